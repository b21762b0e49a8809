"""Pinned wheels, installed for Lambda's platform. Each downloaded file must have one of the pinned hashes."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from infra.pins import plain

ROOT = Path(__file__).parent.parent
HERE = ROOT / ".local" / "wheels"
GLIBC = {11: 26}.get(sys.version_info.minor, 34)
"""The minor version of the C library in Lambda's runtime for this Python. Python 3.11 runs on Amazon Linux 2
(glibc 2.26), newer Pythons on Amazon Linux 2023 (2.34)."""
PLATFORMS = (
    "manylinux2014_x86_64",
    *(f"manylinux_2_{minor}_x86_64" for minor in (17, 24, 26, 27, 28, 31, 34) if minor <= GLIBC),
)


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


def fetch(pins: Path) -> Fetched:
    """Return the wheels of the file `pins` and the folder with them. They are installed first if the pins or
    this Python have changed. Raises Unfetched if a package cannot be fetched."""
    parts = (pins.read_bytes(), Path(__file__).read_bytes(), sys.version.encode())
    place = HERE / pins.stem
    folder, made = place / "installed", place / "made.json"
    state = hashlib.sha256(b"\0".join(parts)).hexdigest()
    if made.exists() and (known := json.loads(made.read_text("utf-8")))["state"] == state:
        return Fetched(folder, [Wheel(*wheel) for wheel in known["wheels"]])
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    wheels = install(pins, folder)
    made.write_text(json.dumps({"state": state, "wheels": wheels}), "utf-8")
    return Fetched(folder, wheels)


def install(pins: Path, folder: Path) -> list[Wheel]:
    """Install the wheels of the file `pins` into `folder`, without commands, manuals and tests. Return the
    list of wheels. Raises Unfetched if a package cannot be fetched."""
    with TemporaryDirectory() as place:
        report = Path(place) / "report.json"
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
            *("--python-version", f"{sys.version_info.major}.{sys.version_info.minor}"),
            *(word for platform in PLATFORMS for word in ("--platform", platform)),
            *("--target", folder, "--report", report, "-r", pins),
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
