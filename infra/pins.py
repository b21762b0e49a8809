"""The pins of the Python packages: exact versions with hashes. `python -m infra.pins` writes requirements.txt
and infra/*.txt.

Each file names the version of every package, including packages that other packages need. It also has the
hashes of all files of that version, so it serves for every supported platform and Python. An installation
fails if a downloaded file has no pinned hash.

The packages come from the index that this machine uses. The address of the index is never written into a
file."""

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
OLDEST = "3.11"
"""The oldest supported Python."""


class Pins(NamedTuple):
    """A file of pins. `source`: the file that names the wanted packages. `file`: the file that the pins are
    written into. `beside`: other files of pins that are always installed together with this one. Their
    versions are kept, and their packages are not pinned again here."""

    source: str
    file: str
    beside: tuple[str, ...] = ()


PACKAGE = Pins("infra/package.in", "requirements.txt")
LAYER, FIGURES = (
    Pins(f"infra/{name}.in", f"infra/{name}.txt", (PACKAGE.file,)) for name in ("layer", "figures")
)
DEVELOPMENT = Pins("pyproject.toml:dev", "infra/dev.txt", (PACKAGE.file, LAYER.file, FIGURES.file))
CLIENTS = Pins("infra/clients.in", "infra/clients.txt", (*DEVELOPMENT.beside, DEVELOPMENT.file))
SPARK = Pins("infra/spark.in", "infra/spark.txt")
ALL = (PACKAGE, LAYER, FIGURES, DEVELOPMENT, CLIENTS, SPARK)
HEADER = """\
# Written by `make pins` from {source}: do not edit. Every release with the hashes of all its files.
"""


class Pin(NamedTuple):
    """A pinned package: its normalised name, its version, the sha256 of each file of that version, and
    whether it is installed."""

    name: str
    version: str
    hashes: frozenset[str]
    applies: bool


def pinned(file: Path, markers: Mapping[str, str] | None = None) -> list[Pin]:
    """Return the pins in a file. `markers` are the values by which a pin is installed or not; those of this
    Python by default. Raises ValueError if an entry is not an exact version with hashes."""
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.lstrip().startswith("#")]
    found = []
    for entry in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        words, *hashes = re.split(r"\s*--hash=sha256:", entry)
        wanted = Requirement(words)
        [exact] = wanted.specifier
        if exact.operator != "==" or not hashes:
            raise ValueError(f"{file.name}: {words} is no pin with hashes")
        applies = wanted.marker is None or wanted.marker.evaluate(dict(markers or {}))
        found.append(Pin(plain(wanted.name), exact.version, frozenset(hashes), applies))
    return found


def plain(name: str) -> str:
    """Return a package's name as the index normalises it: in lower case, with single hyphens."""
    return re.sub("[-_.]+", "-", name).lower()


def write(pins: Pins) -> None:
    """Write the file of pins that `pins` describes, with the newest versions that its source allows. Exits if
    no versions fit together."""
    known = [other for other in ALL if other.file in pins.beside]
    without = {pin.name for other in known for pin in pinned(ROOT / other.file)}
    source, _, group = pins.source.partition(":")
    command: list[str | Path] = [
        Path(sys.executable).parent / "uv",
        *("pip", "compile", "--quiet", "--upgrade", "--universal", "--python-version", OLDEST),
        *("--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url"),
        *(word for other in known for word in ("--constraint", other.file)),
        *(word for name in sorted(without) for word in ("--no-emit-package", name)),
        *(("--group", f"{source}:{group}") if group else (source,)),
    ]
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True)
    if done.returncode:
        sys.exit(f"{pins.file} could not be resolved:\n{done.stderr}")
    (ROOT / pins.file).write_text(HEADER.format(source=pins.source) + done.stdout, "utf-8")
    print(f"{pins.file}: {len(pinned(ROOT / pins.file))} releases")


def main() -> None:
    """Write every file that pins the versions and hashes of our dependencies."""
    for pins in ALL:
        write(pins)


if __name__ == "__main__":
    main()
