"""The two layers, for documents and files and for figures: pinned, complete, reproducible, small, and
attached only where needed."""

from __future__ import annotations

import re
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from infra import build, layer
from infra.pins import pinned, plain
from infra.zipping import zip_compiled

PINS = [
    (each.zip, pin.name, pin.version)
    for each in layer.LAYERS.values()
    for pin in pinned(each.pins)
    if pin.applies
]
SHIPPED = {pin.name for pin in pinned(build.ROOT / "requirements.txt")}


@pytest.fixture(scope="module")
def zipped(out: Path) -> Iterator[zipfile.ZipFile]:
    """The layer of documents as it is deployed."""
    with zipfile.ZipFile(out / "layer.zip") as found:
        yield found


@pytest.mark.parametrize(("file", "name", "version"), PINS, ids=[name for _, name, _ in PINS])
def test_layer_holds_each_pin(out: Path, file: str, name: str, version: str) -> None:
    """A layer holds each pin in its version, and nothing that the package ships already."""
    metadata = re.compile(
        f"python/{re.sub('-', '[-_.]', name)}-{re.escape(version)}.dist-info/METADATA", re.IGNORECASE
    )
    with zipfile.ZipFile(out / file) as zipped:
        assert any(metadata.fullmatch(entry) for entry in zipped.namelist())
    assert name not in SHIPPED


def test_every_need_of_it_is_pinned() -> None:
    """Each requirement of a pinned package is pinned too, in the layer or in requirements.txt."""
    have = {name for _, name, _ in PINS} | SHIPPED
    needed = {
        plain(need.name)
        for _, name, _ in PINS
        for need in map(Requirement, requires(name) or ())
        if not need.marker or need.marker.evaluate({"extra": ""})
    }
    assert needed <= have


def test_fonts_with_their_licence_are_in_it(zipped: zipfile.ZipFile) -> None:
    """The fonts lie in the folder in which the typesetter looks for them on `sys.path`."""
    assert {f"python/{layer.FOLDER}/{Path(face).name}" for face in layer.FACES} <= set(zipped.namelist())


def test_layer_is_compiled_and_holds_no_commands(zipped: zipfile.ZipFile) -> None:
    """Each module ships with its unchecked .pyc, because the folder cannot be written on Lambda. Commands,
    tests and RECORD files do not ship."""
    names = set(zipped.namelist())
    compiled = f"python/pyhanko/sign/signers/__pycache__/pdf_signer.{sys.implementation.cache_tag}.pyc"
    assert zipped.read(compiled)[4:8] == b"\x01\x00\x00\x00"
    assert not [
        name
        for name in names
        if name.startswith("python/bin/") or "/tests/" in name or name.endswith("/RECORD")
    ]
    assert {entry.date_time for entry in zipped.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_with_the_package_it_is_small_enough(out: Path) -> None:
    """The package with either layer stays below Lambda's limit of 250 MB; the build refuses more."""
    package, *layers = [
        sum(entry.file_size for entry in zipfile.ZipFile(out / name).infolist())
        for name in ("deployment.zip", *(each.zip for each in layer.LAYERS.values()))
    ]
    assert package + max(layers) < build.LARGEST == 250e6


def test_a_layer_without_what_it_is_for_breaks_the_build(out: Path, tmp_path: Path) -> None:
    """The build refuses a layer unless every module imports from package and layer alone, without
    site-packages and settings. An empty layer is refused."""
    with zipfile.ZipFile(out / "deployment.zip") as package:
        package.extractall(tmp_path / "package")
    with zipfile.ZipFile(tmp_path / "layer.zip", "w") as empty:
        empty.writestr("python/nothing", "")
    with pytest.raises(build.Broken, match="No module named 'asn1crypto'"):
        build.finish_layer(tmp_path / "package", tmp_path / "layer.zip")


def test_zipping_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    """The same content gives the same bytes, so an unchanged layer is not deployed again."""
    for name in ("one", "two"):
        (folder := tmp_path / name / "python").mkdir(parents=True)
        (folder / "module.py").write_text("x = {1, 'a', 2.5}\n")
        (folder / "RECORD").write_text(name)
        zip_compiled(folder.parent, tmp_path / f"{name}.zip", "/opt")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_only_the_workers_that_need_a_layer_have_it(resources: dict[str, Any]) -> None:
    """All other functions start without the weight of a layer."""
    layers = {
        name: resource["Properties"].get("Layers")
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    assert {name: found for name, found in layers.items() if found} == {
        **{worker: [{"Ref": "DocsLayer"}] for worker in ("Documents", "Files")},
        **{worker: [{"Ref": "FiguresLayer"}] for worker in ("Night", "Words", "Seek")},
    }
    worker = resources["Documents"]["Properties"]
    assert (worker["MemorySize"], worker["Timeout"]) == (1024, 120)
