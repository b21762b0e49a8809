"""Zips of compiled code for Lambda, with the same bytes every time. Python does not check the compiled files
against their sources, which saves time at start."""

import subprocess
import sys
import zipfile
from pathlib import Path

NOTES = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
"""Files that an installer writes with different content each time; they are left out."""


def zip_compiled(folder: Path, file: Path, runs_at: str) -> None:
    """Compile the code in `folder` and write all of it into the zip `file`. `runs_at` is the folder in Lambda
    where the code will be; tracebacks name it."""
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
    subprocess.run([sys.executable, *compiling], env={"PYTHONHASHSEED": "0"}, check=True)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as zipped:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.name not in NOTES:
                entry = zipfile.ZipInfo(str(path.relative_to(folder)), (1980, 1, 1, 0, 0, 0))
                entry.external_attr, entry.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
                zipped.writestr(entry, path.read_bytes())
