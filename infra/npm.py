"""The download of packages from npm, checked against pinned digests."""

import base64
import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from infra.wheels import Unfetched


class Release(NamedTuple):
    """A version of an npm package. `integrity` is the sha512 of its archive in npm's format."""

    name: str
    version: str
    integrity: str

    @property
    def sha512(self) -> str:
        """The sha512 of the package's archive, in hexadecimal."""
        return base64.b64decode(self.integrity.removeprefix("sha512-")).hex()


def fetch(releases: Iterable[Release], folder: Path) -> Path:
    """Install these packages below `folder`. Return the folder that holds a folder for each package. Raises
    Unfetched if npm is missing or fails, or if an archive is not the pinned one."""
    if shutil.which("npm") is None:
        raise Unfetched("npm is needed once, to fetch what pages and documents are set with.")
    wanted = {release.name: release for release in releases}
    quiet = ("--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--silent")
    names = [f"{release.name}@{release.version}" for release in wanted.values()]
    done = subprocess.run(
        ["npm", "install", "--prefix", folder, *quiet, *names], text=True, capture_output=True
    )
    if done.returncode:
        raise Unfetched(f"npm could not fetch {', '.join(names)}:\n{done.stdout}{done.stderr}")
    modules = folder / "node_modules"
    installed = json.loads((modules / ".package-lock.json").read_text("utf-8"))["packages"]
    for name, release in wanted.items():
        if (found := installed[f"node_modules/{name}"]["integrity"]) != release.integrity:
            shutil.rmtree(modules)
            raise Unfetched(f"{name}@{release.version} is not the pinned one: {found}")
    return modules
