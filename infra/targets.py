"""The targets of a build: the Python and the processor for which the package is made.

The local run is built for its host. What is deployed is built for Lambda's newest Python that we support, on
arm64, which is cheaper. It can be built on any host, because the wheels are chosen by their tags."""

import os
import platform
import re
import shutil
import struct
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from infra.template import LACKING

ARCHITECTURES = {"arm64": "aarch64", "x86_64": "x86_64"}
"""Lambda's names of the processors, with those of Linux."""
PYTHONS = ("3.11", "3.12", "3.13")
ELF = {"aarch64": 183, "x86_64": 62}
"""The number of each processor in the header of a compiled file."""


class Broken(Exception):
    """The package cannot be built, or must not be deployed; the message says why."""


class Target(NamedTuple):
    """What the package is built for. `python`: the version of Python, such as 3.13. `architecture`: Lambda's
    name of the processor. `without`: the services of AWS that its regions lack (`template.LACKING`)."""

    python: str
    architecture: str
    without: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of what is fetched and compiled for the target."""
        return f"{self.python}-{self.architecture}"

    @property
    def machine(self) -> str:
        """Linux's name of the processor."""
        return ARCHITECTURES[self.architecture]

    @property
    def runs_here(self) -> bool:
        """Whether this machine can run what is built for the target."""
        return self.name == HOST.name or (sys.platform == "linux" and platform.machine() == self.machine)

    @property
    def platforms(self) -> list[str]:
        """The tags of the wheels that the target's Lambda runtime can load. A local run on another system
        than Linux takes the wheels of that system, for which pip needs no tags.

        Python 3.11 runs on Amazon Linux 2 (glibc 2.26), newer Pythons on Amazon Linux 2023 (2.34)."""
        if self.name == HOST.name and sys.platform != "linux":
            return []
        glibc = 26 if self.python == "3.11" else 34
        minors = (minor for minor in (17, 24, 26, 27, 28, 31, 34) if minor <= glibc)
        return [f"manylinux2014_{self.machine}", *(f"manylinux_2_{minor}_{self.machine}" for minor in minors)]

    @property
    def markers(self) -> dict[str, str]:
        """The values of the markers in files of pins that differ between targets."""
        own = {"python_version": self.python, "python_full_version": f"{self.python}.0"}
        return own | ({"platform_machine": self.machine, "sys_platform": "linux"} if self.platforms else {})

    @property
    def interpreter(self) -> str:
        """The Python of this machine that compiles for the target. Raises Broken if there is none."""
        if self.python == HOST.python:
            return sys.executable
        if found := shutil.which(f"python{self.python}"):
            return found
        raise Broken(
            f"To build for Python {self.python} this machine needs it too, as python{self.python}: install "
            f"it, or name the one that you have with RUNTIME={HOST.python}."
        )

    def foreign(self, folder: Path) -> list[str]:
        """Return the compiled files in a folder that are for another processor."""
        wrong = []
        for file in sorted(folder.rglob("*.so*")) if self.platforms else ():
            header = file.read_bytes()[:20]
            if header[:4] != b"\x7fELF" or struct.unpack("<H", header[18:20])[0] != ELF[self.machine]:
                wrong.append(str(file.relative_to(folder)))
        return wrong


HOST = Target(
    f"{sys.version_info.major}.{sys.version_info.minor}",
    "arm64" if re.fullmatch("arm64|aarch64", platform.machine()) else "x86_64",
)
"""This machine."""
DEPLOYED = Target("3.13", "arm64")


def chosen(environment: Mapping[str, str] = os.environ) -> Target:
    """Return the target of a deploy: `DEPLOYED`, or what an operator names in environment variables. Raises
    Broken if it is none that we support."""
    target = Target(
        environment.get("RUNTIME") or DEPLOYED.python,
        environment.get("ARCHITECTURE") or DEPLOYED.architecture,
        tuple(sorted(filter(None, environment.get("WITHOUT", "").split(",")))),
    )
    if unknown := {*target.without} - {*LACKING}:
        raise Broken(
            f"WITHOUT={','.join(sorted(unknown))}: a package can be built without {', '.join(LACKING)}."
        )
    if target.python not in PYTHONS or target.architecture not in ARCHITECTURES:
        raise Broken(
            f"RUNTIME={target.python} ARCHITECTURE={target.architecture}: the first is one of "
            f"{', '.join(PYTHONS)}, the second one of {', '.join(ARCHITECTURES)}."
        )
    return target
