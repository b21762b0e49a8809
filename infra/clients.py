"""The clients that others generate from our OpenAPI document. `python -m infra.clients` generates one with
openapi-python-client and, where Node is installed, one with openapi-typescript. It exits with 1 if a
generator warns, or if TypeScript does not accept its client.

The generators are not among the development packages: they are fetched into `.local/clients`, with pinned
hashes."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from infra import environments, pins
from infra.npm import Release, fetch
from infra.wheels import Unfetched

HERE = environments.LOCAL / "clients"
PACKAGES, NPM = HERE / "packages", HERE / "npm"
TYPESCRIPT = (
    Release(
        "openapi-typescript",
        "7.13.0",
        "sha512-EFP392gcqXS7ntPvbhBzbF8TyBA+baIYEm791Hy5YkjDYKTnk/Tn5OQeKm5BIZvJihpp8Zzr4hzx0Irde1LNGQ==",
    ),
    Release(
        "typescript",
        "5.9.3",
        "sha512-jl1vZzPDinLr9eUt3J/t7V6FgNEw9QjvBPdysz9KfQDD41fQrC2Y4vKQdiaUpFT4bXlb1RHhLpp8wtm6M5TgSw==",
    ),
)
NAME = "complaints_client"
"""The name of the Python package that is generated."""


def main() -> None:
    """Generate every client that this machine can generate. Exits with the warnings of a generator."""
    document = write_document()
    python(document)
    print("openapi-python-client: no warning")
    if shutil.which("node") is None:
        print("openapi-typescript: not tried, because Node is not installed")
        return
    typescript(document)
    print("openapi-typescript: no warning")


def write_document() -> Path:
    """Write the OpenAPI document to a file, and return the file."""
    from app import app
    from chalicelib.web.api.openapi import document

    HERE.mkdir(parents=True, exist_ok=True)
    file = HERE / "openapi.json"
    file.write_text(json.dumps(document(app), ensure_ascii=False), encoding="utf-8")
    return file


def python(document: Path) -> Path:
    """Return the folder from which the generated Python client, and what it needs, are imported. Exits if the
    generator warns."""
    _install()
    made = HERE / "python"
    config = HERE / "config.json"
    config.write_text(json.dumps({"post_hooks": [], "package_name_override": NAME}), encoding="utf-8")
    command: list[str | Path] = [sys.executable, "-m", "openapi_python_client", "generate"]
    command += ["--overwrite", "--fail-on-warning", "--meta", "none"]
    command += ["--path", document, "--output-path", made / NAME, "--config", config]
    _quietly("openapi-python-client", command)
    return made


def typescript(document: Path) -> None:
    """Generate the types of the interface for TypeScript, and let TypeScript check them. Exits if one of the
    two says anything is wrong."""
    try:
        programs = fetch(TYPESCRIPT, NPM) / ".bin"
    except Unfetched as unfetched:
        sys.exit(str(unfetched))
    made = HERE / "schema.d.ts"
    said = _quietly("openapi-typescript", [programs / "openapi-typescript", document, "--output", made])
    if "warn" in said.lower() or "⚠" in said:
        sys.exit(f"openapi-typescript warns:\n{said}")
    _quietly("tsc", [programs / "tsc", "--noEmit", "--strict", made])


def importing(*folders: Path) -> dict[str, str]:
    """Return the environment of a process that also imports from the generator's packages and from
    `folders`."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (*folders, PACKAGES)))}


def _install() -> None:
    """Install the pinned packages of the generator, unless they are installed already."""
    file, mark = pins.ROOT / pins.CLIENTS.file, PACKAGES / "installed"
    if mark.is_file() and mark.read_text("utf-8") == file.read_text("utf-8"):
        return
    shutil.rmtree(PACKAGES, ignore_errors=True)
    command: list[str | Path] = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--require-hashes", "--target", PACKAGES, "-r", file]
    _quietly("pip", command)
    mark.write_text(file.read_text("utf-8"), "utf-8")


def _quietly(name: str, command: list[str | Path]) -> str:
    """Run a program and return what it printed. Exits with that if the program fails."""
    done = subprocess.run(command, text=True, capture_output=True, env=importing(), cwd=HERE)
    if done.returncode:
        sys.exit(f"{name} fails:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


if __name__ == "__main__":
    main()
