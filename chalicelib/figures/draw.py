"""Which closed complaints are drawn to be asked about the process itself (issue 17): once a quarter, by a
rule that gives the same for everybody who knows the numbers, so that nobody can choose whom to ask."""

from collections.abc import Iterable
from hashlib import sha256

MOST = 200
"""How many complaints are drawn in a quarter at most."""


def drawn(quarter: str, refs: Iterable[str], share: int) -> list[str]:
    """Of the complaints with these numbers those whose lot falls under the share (in a hundred), the smallest
    lots first. `quarter` is the first day of the quarter in which they are asked."""
    lots = sorted((lot(quarter, ref), ref) for ref in refs)
    return [ref for drawn_, ref in lots if drawn_ * 100 < share][:MOST]


def lot(quarter: str, ref: str) -> float:
    """The lot of a complaint in a quarter, from 0 up to 1: SHA-256 of the two as a share of all hashes."""
    return int(sha256(f"{quarter} {ref}".encode()).hexdigest(), 16) / 2**256
