"""The list of components names exactly the releases in the zips."""

from __future__ import annotations

import json
import re
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion

from infra import build, layer, npm, sbom, static, wheels
from infra.pins import pinned, plain

ZIPS = {
    sbom.PACKAGE: build.ROOT / "requirements.txt",
    **{each.zip: each.pins for each in layer.LAYERS.values()},
}
OURS = {
    sbom.PACKAGE: {"app.py", "chalicelib", "chalice", "__pycache__"},
    layer.DOCUMENTS.zip: {layer.FOLDER, "__pycache__"},
    layer.FIGURES.zip: {"__pycache__"},
}


@pytest.fixture(scope="module")
def listed(out: Path) -> dict[str, Any]:
    """The list of components as it is built."""
    found: dict[str, Any] = json.loads((out / "sbom.json").read_text("utf-8"))
    return found


def of(listed: dict[str, Any], file: str, kind: str = "pkg:pypi/") -> list[dict[str, Any]]:
    """Return the listed components of a zip, of one kind of package."""
    return [
        one
        for one in listed["components"]
        if one["properties"] == [{"name": "redress:ships-in", "value": file}] and one["purl"].startswith(kind)
    ]


def entries(out: Path, file: str) -> list[str]:
    """Return the names in a zip, without the folder of a layer."""
    with zipfile.ZipFile(out / file) as zipped:
        return [name.removeprefix("python/") for name in zipped.namelist()]


def test_sbom_is_valid_cyclonedx(out: Path) -> None:
    """The list is valid by the schema of CycloneDX 1.6."""
    from cyclonedx.validation.json import JsonStrictValidator  # compiles a grammar for two seconds

    said = (out / "sbom.json").read_text("utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(said) is None


@pytest.mark.parametrize("file", ZIPS)
def test_sbom_lists_the_wheels_of_each_zip(out: Path, listed: dict[str, Any], file: str) -> None:
    """The list has each wheel of each zip in its version, and no other."""
    found = re.findall(
        r"^([\w.]+)-([\w.]+)\.dist-info/METADATA$", "\n".join(entries(out, file)), re.MULTILINE
    )
    named = {(one["name"], one["version"]) for one in of(listed, file) if one["name"] != "chalice"}
    assert named == {(plain(name), version) for name, version in found}


@pytest.mark.parametrize("file", ZIPS)
def test_zips_have_only_listed_packages(out: Path, file: str) -> None:
    """Each top-level name in a zip is ours, of Chalice, of the fonts, or of a listed wheel."""
    known = {path.name for path in wheels.fetch(ZIPS[file]).folder.iterdir()} | OURS[file]
    assert {name.split("/")[0] for name in entries(out, file)} <= known


@pytest.mark.parametrize("file", ZIPS)
def test_the_digest_of_each_wheel_is_one_that_is_pinned(listed: dict[str, Any], file: str) -> None:
    """The listed digest is a pinned hash, so the list says which file was installed."""
    pins = {pin.name: pin.hashes for pin in pinned(ZIPS[file]) if pin.applies}
    for one in of(listed, file):
        if one["name"] != "chalice":
            [digest] = one["hashes"]
            assert digest["alg"] == "SHA-256"
            assert digest["content"] in pins[one["name"]]


def test_every_file_of_chalice_is_listed_with_its_digest(out: Path, listed: dict[str, Any]) -> None:
    """The list names each file of Chalice's runtime with the digest of the shipped file."""
    [chalice] = [one for one in listed["components"] if one["name"] == "chalice"]
    named = {file["name"]: file["hashes"][0]["content"] for file in chalice["components"]}
    found = {name for name in entries(out, sbom.PACKAGE) if re.fullmatch(r"chalice/.*\.py", name)}
    assert named.keys() == found
    with zipfile.ZipFile(out / sbom.PACKAGE) as zipped:
        assert named == {name: sha256(zipped.read(name)).hexdigest() for name in found}


def test_npm_releases_are_listed(listed: dict[str, Any]) -> None:
    """Style sheet, API reference and fonts are listed, each with the digest of its archive."""
    found = {
        one["name"]: (one["version"], one["hashes"][0]["content"])
        for one in listed["components"]
        if one["purl"].startswith("pkg:npm/")
    }
    pinned_ones: list[npm.Release] = [static.GOVUK, layer.FONTS]
    assert found == {one.name: (one.version, one.sha512) for one in pinned_ones}


def test_every_component_has_a_licence_and_a_notice(out: Path, listed: dict[str, Any]) -> None:
    """Each component has a known licence and a notice; at most three releases bring no licence text."""
    notices = (out / "notices.txt").read_text("utf-8")
    for one in listed["components"]:
        assert one["licenses"]
        assert {"license": {"name": "unknown"}} not in one["licenses"]
        assert f"\n{one['name']} {one['version']} (" in f"\n{notices}"
    assert notices.count("brings no text") <= 3


def test_another_archive_of_npm_is_refused(tmp_path: Path) -> None:
    """An archive with another digest raises Unfetched, even under the pinned version, and leaves no file."""
    other = static.GOVUK._replace(integrity=layer.FONTS.integrity)
    with pytest.raises(wheels.Unfetched, match="is not the pinned one"):
        npm.fetch([other], tmp_path)
    assert not (tmp_path / "node_modules").exists()
