"""Closed worlds: lists that must name everything declared, and what to do about a difference."""

from __future__ import annotations

from collections.abc import Collection


def complete(written: Collection[str], declared: Collection[str], file: str, decide: str) -> None:
    """Assert that a list names all that is declared and nothing else. A failure names the file to open and
    what to decide there."""
    missing, gone = {*declared} - {*written}, {*written} - {*declared}
    assert not missing, f"{sorted(missing)} is missing in {file}: {decide}"
    assert not gone, f"{sorted(gone)} in {file} is declared nowhere: delete it there, or correct its name"
