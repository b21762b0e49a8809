"""Zips of compiled code for Lambda, with the same bytes every time. Python does not check the compiled files
against their sources, so a function starts faster."""

import subprocess
import sys
import zipfile
from pathlib import Path

NOTES = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
"""The names of files that an installer writes with different content each time. These files are left out,
because the zip must have the same bytes every time."""


def zip_compiled(folder: Path, file: Path, runs_at: str, python: str = sys.executable) -> None:
    """Compile the code in `folder`, and write the whole folder into the zip `file`. `runs_at` is the folder
    in Lambda from which the code will run; tracebacks name this folder. `python` is the Python that compiles,
    of the version that will run it."""
    compiling: list[str | Path] = [
        "-m",
        "compileall",
        "-q",
        "-s",
        folder,
        "-p",
        runs_at,
        "--invalidation-mode",
        "unchecked-hash",
        folder,
    ]
    subprocess.run([python, *compiling], env={"PYTHONHASHSEED": "0"}, check=True)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as zipped:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.name not in NOTES:
                entry = zipfile.ZipInfo(str(path.relative_to(folder)), (1980, 1, 1, 0, 0, 0))
                entry.external_attr, entry.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
                zipped.writestr(entry, path.read_bytes())
