"""Zips of code for Lambda, with the same bytes every time. The code is compiled, so that it needs no check at
start."""

import subprocess
import sys
import zipfile
from pathlib import Path

NOTES = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
"""Files of an installer with different content each time."""


def zip_compiled(folder: Path, file: Path, runs_at: str) -> None:
    """Compile a folder for the place where it will run, and zip it."""
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
