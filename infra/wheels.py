"""Pinned wheels, installed for a target of the build. Each downloaded file must have one of the pinned
hashes."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from infra.pins import pinned, plain
from infra.targets import HOST, Target

ROOT = Path(__file__).parent.parent
HERE = ROOT / ".local" / "wheels"


class Unfetched(Exception):
    """A package could not be fetched; the message names it."""


class Wheel(NamedTuple):
    """An installed wheel: the name and version of its package, and the sha256 of the downloaded file."""

    name: str
    version: str
    sha256: str


class Fetched(NamedTuple):
    """The wheels of a file of pins, and the folder into which they are installed. The folder is cached, so do
    not change it."""

    folder: Path
    wheels: list[Wheel]


def fetch(pins: Path, target: Target = HOST) -> Fetched:
    """Return the wheels of the file `pins` for a target, and the folder with them. They are installed first
    if the pins or this Python have changed. Raises Unfetched if a package cannot be fetched."""
    parts = (pins.read_bytes(), Path(__file__).read_bytes(), sys.version.encode())
    place = HERE / target.name / pins.stem
    folder, made = place / "installed", place / "made.json"
    state = hashlib.sha256(b"\0".join(parts)).hexdigest()
    if made.exists() and (known := json.loads(made.read_text("utf-8")))["state"] == state:
        return Fetched(folder, [Wheel(*wheel) for wheel in known["wheels"]])
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    wheels = install(pins, folder, target)
    made.write_text(json.dumps({"state": state, "wheels": wheels}), "utf-8")
    return Fetched(folder, wheels)


def install(pins: Path, folder: Path, target: Target = HOST) -> list[Wheel]:
    """Install the wheels of the file `pins` for a target into `folder`, without commands, manuals and tests.
    Return the list of wheels. Raises Unfetched if a package cannot be fetched."""
    with TemporaryDirectory() as place:
        report, wanted = Path(place) / "report.json", Path(place) / pins.name
        wanted.write_text("".join(_lines(pins, target)), "utf-8")
        command: list[str | Path] = [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *(
                "--require-hashes",
                "--no-deps",
                "--no-compile",
                "--only-binary=:all:",
                "--implementation",
                "cp",
            ),
            *("--python-version", target.python),
            *(word for tag in target.platforms for word in ("--platform", tag)),
            *("--target", folder, "--report", report, "-r", wanted),
        ]
        done = subprocess.run(command, text=True, capture_output=True)
        if done.returncode:
            raise Unfetched(f"the packages of {pins.name} could not be had:\n{done.stderr}")
        installed = json.loads(report.read_text("utf-8"))["install"]
    for unwanted in (folder / "bin", folder / "share", *folder.rglob("tests")):
        shutil.rmtree(unwanted, ignore_errors=True)
    return sorted(
        Wheel(
            plain(each["metadata"]["name"]),
            each["metadata"]["version"],
            each["download_info"]["archive_info"]["hashes"]["sha256"],
        )
        for each in installed
    )


def _lines(pins: Path, target: Target) -> Iterator[str]:
    """Yield a line for each pin in the file `pins` that the target installs, without markers: pip would
    compare them with this Python. Raises Unfetched if an entry is no pin."""
    try:
        found = pinned(pins, target.markers)
    except ValueError as error:
        raise Unfetched(str(error)) from None
    for pin in found:
        if pin.applies:
            hashes = " ".join(f"--hash=sha256:{digest}" for digest in sorted(pin.hashes))
            yield f"{pin.name}=={pin.version} {hashes}\n"
