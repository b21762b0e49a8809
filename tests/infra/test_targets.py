"""The Python and the processor for which the package is built."""

from __future__ import annotations

import json
import re
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra import build, layer, targets, wheels
from infra.pins import pinned
from infra.targets import DEPLOYED, HOST, Broken, Target, chosen


def test_deployed_is_the_newest_python_on_arm64() -> None:
    """Nobody has to know about processors: what is deployed without a word is Python 3.13 on arm64."""
    assert chosen({}) == DEPLOYED == Target("3.13", "arm64")
    assert chosen({"RUNTIME": "", "ARCHITECTURE": ""}) == DEPLOYED


def test_operator_chooses_another_target() -> None:
    """The setting of one part leaves the other part as it is."""
    assert chosen({"RUNTIME": "3.12"}) == Target("3.12", "arm64")
    assert chosen({"ARCHITECTURE": "x86_64"}) == Target("3.13", "x86_64")


@pytest.mark.parametrize(
    "environment", [{"RUNTIME": "3.9"}, {"RUNTIME": "python3.13"}, {"ARCHITECTURE": "arm"}]
)
def test_unknown_target_is_refused_with_what_is_known(environment: dict[str, str]) -> None:
    """A target that we do not support is refused before anything is built."""
    with pytest.raises(Broken, match=r"3\.11, 3\.12, 3\.13.*arm64, x86_64"):
        chosen(environment)


@pytest.mark.parametrize(
    ("target", "newest"),
    [
        (Target("3.11", "x86_64"), "manylinux_2_26_x86_64"),
        (Target("3.11", "arm64"), "manylinux_2_26_aarch64"),
        (Target("3.13", "arm64"), "manylinux_2_34_aarch64"),
    ],
)
def test_wheels_are_those_of_the_runtime(target: Target, newest: str) -> None:
    """The tags name the processor, and end at the C library of Lambda's runtime."""
    assert target.platforms[-1] == newest
    assert {tag.endswith(target.machine) for tag in target.platforms} == {True}


def test_pins_are_chosen_by_the_target_and_not_by_this_python() -> None:
    """Pillow differs between Python 3.11 and later ones, whichever Python builds."""
    chosen_pins = {
        python: [
            pin.version
            for pin in pinned(layer.DOCUMENTS.pins, Target(python, "arm64").markers)
            if pin.applies and pin.name == "pillow"
        ]
        for python in targets.PYTHONS
    }
    assert chosen_pins["3.11"] != chosen_pins["3.12"] == chosen_pins["3.13"]
    assert all(len(versions) == 1 for versions in chosen_pins.values())


def test_wheel_of_another_processor_is_installed(tmp_path: Path) -> None:
    """A wheel for arm64 arrives on any host, and only such a wheel."""
    (pin,) = (one for one in pinned(build.ROOT / "requirements.txt") if one.name == "markupsafe")
    (tmp_path / "pins.txt").write_text(
        f"{pin.name}=={pin.version} {' '.join(f'--hash=sha256:{one}' for one in pin.hashes)}\n"
    )
    wheels.install(tmp_path / "pins.txt", tmp_path / "arm", DEPLOYED)
    wheels.install(tmp_path / "pins.txt", tmp_path / "host")
    assert DEPLOYED.foreign(tmp_path / "arm") == []
    assert HOST.foreign(tmp_path / "host") == []
    if HOST.architecture != DEPLOYED.architecture:
        assert DEPLOYED.foreign(tmp_path / "host")


LACKS = ("cognito", "ses")


@pytest.fixture(scope="module")
def chinese(out: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packaged template as it is built for a China region."""
    folder = tmp_path_factory.mktemp("china")
    made = build.composed(json.loads((out / "chalice.json").read_text("utf-8")), HOST._replace(without=LACKS))
    (folder / "sam.json").write_text(json.dumps(made), "utf-8")
    return folder


def conditions(node: Any) -> Iterator[str]:
    """Yield the conditions that a condition asks for."""
    if isinstance(node, list):
        for one in node:
            yield from conditions(one)
    if isinstance(node, dict):
        for key, value in node.items():
            yield from ([value] if key == "Condition" else conditions(value))


def test_china_has_no_type_that_its_regions_lack(chinese: Path) -> None:
    """Neither Cognito nor SES is made, nothing refers to them, and their substitutes have to be named."""
    made = json.loads((chinese / "sam.json").read_text("utf-8"))
    build.check(made)
    types = {one["Type"] for one in made["Resources"].values()}
    assert not [kind for kind in types if kind.startswith(("AWS::Cognito", "AWS::SES"))]
    assert "BouncesAlarm" not in made["Resources"]
    asked = {name for of in made["Conditions"].values() for name in conditions(of)}
    assert asked <= made["Conditions"].keys()
    for name, good in (("OidcIssuer", "https://issuer.example"), ("MailGateway", "smtps://smtp.example:465")):
        about = made["Parameters"][name]
        assert "Default" not in about
        assert re.fullmatch(about["AllowedPattern"], good)
        assert not re.fullmatch(about["AllowedPattern"], "")


def test_lint_finds_what_china_lacks(tmp_path: Path) -> None:
    """A type that no China region has is found, so one that we add later will be."""
    pool = {"Type": "AWS::Cognito::UserPool", "Properties": {}}
    small = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Pool": pool}}
    (tmp_path / "sam.json").write_text(json.dumps(small), "utf-8")
    assert "AWS::Cognito::UserPool" in build.lint(tmp_path, build.CHINA)


def test_unknown_service_cannot_be_left_out() -> None:
    """The message names what a package can be built without."""
    assert chosen({"WITHOUT": "ses,cognito"}).without == LACKS
    with pytest.raises(Broken, match=r"WITHOUT=dynamodb.*cognito, ses"):
        chosen({"WITHOUT": "ses,dynamodb"})


def binary(machine: int) -> bytes:
    """Return the header of a compiled file for a processor."""
    return b"\x7fELF" + bytes(14) + struct.pack("<H", machine)


def test_file_for_another_processor_breaks_the_build(tmp_path: Path) -> None:
    """The build refuses a compiled file for another processor, on any host, without importing it."""
    (tmp_path / "a.so").write_bytes(binary(targets.ELF["aarch64"]))
    (tmp_path / "b.so.1").write_bytes(binary(targets.ELF["x86_64"]))
    (tmp_path / "c.so").write_bytes(b"text")
    assert DEPLOYED.foreign(tmp_path) == ["b.so.1", "c.so"]
    with pytest.raises(Broken, match="not for arm64"):
        build._import_alone(DEPLOYED, tmp_path)


def test_target_of_another_machine_is_not_imported(tmp_path: Path) -> None:
    """A package for another processor is checked by its tags only; the same folder fails for this machine."""
    other = Target(HOST.python, "x86_64" if HOST.architecture == "arm64" else "arm64")
    build._import_alone(other, tmp_path)
    with pytest.raises(Broken, match="does not import"):
        build._import_alone(HOST, tmp_path)


def test_python_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the target's Python nothing can be compiled for it; the message says what to do."""
    monkeypatch.setenv("PATH", "")
    other = next(one for one in targets.PYTHONS if one != HOST.python)
    with pytest.raises(Broken, match=rf"python{other}.*RUNTIME={HOST.python}"):
        Target(other, "arm64").interpreter  # noqa: B018
    assert HOST.interpreter == sys.executable


def test_local_package_is_built_for_its_host(resources: dict[str, Any]) -> None:
    """The package that the tests and the local run use names this machine's Python and processor."""
    for one in resources.values():
        if one["Type"] == "AWS::Serverless::Function":
            assert one["Properties"]["Runtime"] == f"python{HOST.python}"
            assert one["Properties"]["Architectures"] == [HOST.architecture]
        if one["Type"] == "AWS::Serverless::LayerVersion":
            assert one["Properties"]["CompatibleArchitectures"] == [HOST.architecture]
