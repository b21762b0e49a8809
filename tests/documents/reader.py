"""Readers of PDF files through an independent program (poppler)."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any


def poppler_output(program: str, pdf: bytes, *words: str) -> str:
    """Return what one of poppler's programs prints about a document."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "it.pdf"
        file.write_bytes(pdf)
        out = ["-"] if program == "pdftotext" else []
        return subprocess.run(
            [program, *words, file, *out], cwd=folder, capture_output=True, check=True
        ).stdout.decode(errors="replace")


def words(pdf: bytes) -> str:
    """Return all text of a document, without spaces and line breaks."""
    return re.sub(r"\s+", "", poppler_output("pdftotext", pdf, "-raw"))


def boxes(pdf: bytes) -> list[tuple[float, float, float, float]]:
    """Return the position of each word: left, top, right, bottom in points."""
    found = re.findall(
        r'<word xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">',
        poppler_output("pdftotext", pdf, "-bbox"),
    )
    return [(float(left), float(top), float(right), float(bottom)) for left, top, right, bottom in found]


def attached(pdf: bytes) -> dict[str, Any]:
    """Return the attached files, read as JSON, by name."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "it.pdf").write_bytes(pdf)
        (out := Path(folder) / "out").mkdir()
        subprocess.run(
            ["pdfdetach", "-saveall", "-o", out, "it.pdf"], cwd=folder, capture_output=True, check=True
        )
        return {file.name: json.loads(file.read_text("utf-8")) for file in out.iterdir()}
