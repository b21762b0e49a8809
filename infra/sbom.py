"""The software bill of materials: a list of every third-party part that ships. These are the wheels of the
package and of the layers, the runtime of Chalice, and the npm packages of pages and documents. Each part
names the zip in which it ships.

The list is written into out/sbom.json (CycloneDX 1.6), with versions, digests and licences. The texts of the
licences are written into out/notices.txt."""

import hashlib
import json
import re
import tomllib
import uuid
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from cyclonedx.spdx import fixup_id, is_expression

from infra import layer, static, wheels
from infra.npm import Release
from infra.pins import plain
from infra.targets import HOST, Target

ROOT = Path(__file__).parent.parent
PACKAGE = "deployment.zip"
NAMESPACE = uuid.UUID("9f0d3a5e-6f0b-5c39-9a3d-3c1b6a0c5a57")
LICENCES = {"govuk-frontend": "MIT", layer.FONTS.name: "MIT AND OFL-1.1"}
"""The licence of each npm package, as the package states it. The key is the name of the package."""
TEXT = re.compile(r"LICEN[CS]E|COPYING|NOTICE|AUTHORS", re.IGNORECASE)
"""The pattern of the name of a file that holds the text of a licence, or notices."""


class Component(NamedTuple):
    """A third-party part. `purl`: its package address. `digests`: its digests by algorithm. `licences`: its
    licences in CycloneDX's form. `ships_in`: the name of the zip in which it ships. `texts`: its licence
    texts by file name. `files`: the sha256 of each file by name, if only some files of the package ship."""

    name: str
    version: str
    purl: str
    digests: dict[str, str]
    licences: list[dict[str, Any]]
    ships_in: str
    texts: dict[str, str]
    files: dict[str, str]


def write(out: Path, target: Target = HOST) -> None:
    """Write sbom.json and notices.txt into the folder `out`. The package and the layers must already be in
    this folder, built for `target`."""
    found = sorted(components(out, target))
    described = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (out / "sbom.json").write_text(
        json.dumps(document(found, described["name"], described["version"]), ensure_ascii=False, indent=1),
        "utf-8",
    )
    (out / "notices.txt").write_text("\n".join(map(notice, found)), "utf-8")


def components(out: Path, target: Target = HOST) -> Iterator[Component]:
    """Yield a component for every third-party part that ships. `out` is the folder with the package, built
    for `target`."""
    shipped = {PACKAGE: ROOT / "requirements.txt", **{each.zip: each.pins for each in layer.LAYERS.values()}}
    for file, pins in shipped.items():
        yield from of_wheels(wheels.fetch(pins, target), file)
    yield of_chalice(out / PACKAGE)
    modules = static.MODULES
    yield of_release(static.GOVUK, PACKAGE, modules / static.GOVUK.name)
    yield of_release(layer.FONTS, layer.DOCUMENTS.zip, layer.fonts() / layer.FOLDER)


def of_wheels(fetched: wheels.Fetched, ships_in: str) -> Iterator[Component]:
    """Yield a component for each of these wheels. `ships_in` is the name of the zip in which the wheels
    ship."""
    told = {plain(found.name): found for found in distributions(path=[str(fetched.folder)])}
    for wheel in fetched.wheels:
        found = told[wheel.name]
        yield Component(
            wheel.name,
            wheel.version,
            f"pkg:pypi/{wheel.name}@{wheel.version}",
            {"SHA-256": wheel.sha256},
            licences(found),
            ships_in,
            texts(found),
            {},
        )


def of_chalice(package: Path) -> Component:
    """Return the component for Chalice, because Chalice adds some of its own files to every package.
    `package` is the zip of the package."""
    found = distribution("chalice")
    with zipfile.ZipFile(package) as zipped:
        files = {
            name: hashlib.sha256(zipped.read(name)).hexdigest()
            for name in sorted(zipped.namelist())
            if re.fullmatch(r"chalice/.*\.py", name)
        }
    return Component(
        "chalice",
        found.version,
        f"pkg:pypi/chalice@{found.version}",
        {},
        licences(found),
        PACKAGE,
        texts(found),
        files,
    )


def of_release(release: Release, ships_in: str, folder: Path) -> Component:
    """Return the component for an npm package. Only some of its files ship, in the zip `ships_in`. `folder`
    holds its licence texts."""
    found = {
        file.name: file.read_text("utf-8") for file in sorted(folder.glob("*")) if TEXT.search(file.name)
    }
    return Component(
        release.name,
        release.version,
        f"pkg:npm/{quote(release.name)}@{release.version}".replace("/@", "/%40", 1),
        {"SHA-512": release.sha512},
        licence(LICENCES[release.name]),
        ships_in,
        found,
        {},
    )


def licences(found: Distribution) -> list[dict[str, Any]]:
    """Return the licences of an installed package in CycloneDX's form: an SPDX licence if its metadata has
    one, otherwise the names in its classifiers."""
    said = [
        words for field in ("License-Expression", "License") for words in found.metadata.get_all(field) or ()
    ]
    for words in said:
        if fixup_id(words) or is_expression(words):
            return licence(words)
    classifiers = found.metadata.get_all("Classifier") or ()
    named = [one.split(" :: ")[-1] for one in classifiers if one.startswith("License")]
    return [{"license": {"name": name}} for name in named or said or ["unknown"]]


def licence(words: str) -> list[dict[str, Any]]:
    """Return a licence in CycloneDX's form. `words` is an SPDX id or an SPDX expression."""
    known = fixup_id(words)
    return [{"license": {"id": known}} if known else {"expression": words}]


def texts(found: Distribution) -> dict[str, str]:
    """Return the licence texts of an installed package, by file name."""
    return {
        str(file): file.read_text("utf-8")
        for file in found.files or ()
        if TEXT.search(file.name) and file.suffix not in (".py", ".pyc")
    }


def document(found: list[Component], name: str, version: str) -> dict[str, Any]:
    """Return the bill of materials in CycloneDX's form. `found` are the parts that it lists. `name` and
    `version` are those of the product. The same parts give the same bill."""
    listed = [
        {
            "type": "library",
            "bom-ref": component.purl,
            "name": component.name,
            "version": component.version,
            "purl": component.purl,
            "licenses": component.licences,
            "hashes": [{"alg": kind, "content": digest} for kind, digest in component.digests.items()],
            "properties": [{"name": "redress:ships-in", "value": component.ships_in}],
            "components": [
                {
                    "type": "file",
                    "bom-ref": f"{component.purl}#{path}",
                    "name": path,
                    "hashes": [{"alg": "SHA-256", "content": digest}],
                }
                for path, digest in component.files.items()
            ],
        }
        for component in found
    ]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, json.dumps(listed))}",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": name, "name": name, "version": version}},
        "components": listed,
    }


def notice(component: Component) -> str:
    """Return the text about a part for notices.txt: a heading, and its licence texts."""
    named = [
        one.get("expression") or one["license"].get("id") or one["license"]["name"]
        for one in component.licences
    ]
    head = f"{component.name} {component.version} ({' and '.join(named)}), in {component.ships_in}"
    bodies = [f"-- {name}\n{text.strip()}\n" for name, text in component.texts.items()]
    return "\n".join([head, "=" * len(head), *(bodies or ["The release brings no text of its licence.\n"])])
