"""Installed releases are pinned with the hashes of their files; no other file is installed."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from infra import build, pins, wheels
from infra.pins import Pin, Pins, pinned

FILES = [build.ROOT / each.file for each in pins.ALL]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_release_has_hashes_and_names_no_index(file: Path) -> None:
    """A pins file has hashes for the files of every platform, and no address: each machine chooses its own
    index."""
    found = pinned(file)
    assert found
    assert all(re.fullmatch("[0-9a-f]{64}", one) for pin in found for one in pin.hashes)
    assert "://" not in file.read_text("utf-8")


def test_a_release_is_pinned_once() -> None:
    """A file repeats no pin of the files it builds on, and each Python installs one release."""
    names = [pin.name for file in FILES for pin in pinned(file) if pin.applies]
    assert sorted(names) == sorted(set(names))


def wanted(source: str) -> list[Requirement]:
    """Return the requirements of a source."""
    file, _, group = source.partition(":")
    if group:
        lines = tomllib.loads((build.ROOT / file).read_text("utf-8"))["dependency-groups"][group]
    else:
        lines = (build.ROOT / file).read_text("utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("each", pins.ALL, ids=lambda each: each.file)
def test_pins_fit_their_source(each: Pins) -> None:
    """The pins fit their source, so a change without `make pins` fails here."""
    there = {pin.name: pin.version for pin in pinned(build.ROOT / each.file) if pin.applies}
    for one in wanted(each.source):
        if one.marker is None or one.marker.evaluate():
            assert one.specifier.contains(there[pins.plain(one.name)]), one


@pytest.mark.parametrize("line", ["six==1.17.0\n", "six>=1 --hash=sha256:00\n"])
def test_line_without_hash_or_version_is_refused(tmp_path: Path, line: str) -> None:
    """A line without a hash, or without an exact version, raises ValueError."""
    (tmp_path / "pins.txt").write_text(line)
    with pytest.raises(ValueError, match="is no pin with hashes"):
        pinned(tmp_path / "pins.txt")


def test_a_pin_is_read_as_it_is_written(tmp_path: Path) -> None:
    """A pin is read with its marker and over several lines."""
    (tmp_path / "pins.txt").write_text(
        "# written\nA_b.c==1 ; python_version < '3' \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
        "d==2 \\\n    --hash=sha256:cc\n"
    )
    assert pinned(tmp_path / "pins.txt") == [
        Pin("a-b-c", "1", frozenset({"aa", "bb"}), False),
        Pin("d", "2", frozenset({"cc"}), True),
    ]


def test_a_file_with_another_hash_is_not_installed(tmp_path: Path) -> None:
    """A wrong hash ends the build and names the release."""
    six = next(pin for pin in pinned(build.ROOT / "requirements.txt") if pin.name == "six")
    (tmp_path / "pins.txt").write_text(f"six=={six.version} --hash=sha256:{'0' * 64}\n")
    with pytest.raises(wheels.Unfetched, match="six"):
        wheels.install(tmp_path / "pins.txt", tmp_path / "installed")
    assert not [*(tmp_path / "installed").glob("six*")]


def test_a_release_without_a_hash_is_not_installed(tmp_path: Path) -> None:
    """A release without a hash ends the build."""
    (tmp_path / "pins.txt").write_text("six==1.17.0\n")
    with pytest.raises(wheels.Unfetched, match="hash"):
        wheels.install(tmp_path / "pins.txt", tmp_path / "installed")
