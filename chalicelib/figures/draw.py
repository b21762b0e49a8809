"""The quarterly sample of closed complaints whose people are asked about the process itself. Anyone who knows
the case numbers gets the same sample, so that nobody can choose the people."""

from collections.abc import Iterable
from hashlib import sha256

MOST = 200
"""The maximum number of sampled complaints in a quarter."""


def drawn(quarter: str, refs: Iterable[str], share: int) -> list[str]:
    """Return the complaints whose lot is below the share (in percent), the smallest lots first, at most
    `MOST`. `quarter` is the first day of the quarter of the survey."""
    lots = sorted((lot(quarter, ref), ref) for ref in refs)
    return [ref for drawn_, ref in lots if drawn_ * 100 < share][:MOST]


def lot(quarter: str, ref: str) -> float:
    """Return a complaint's lot in a quarter, from 0 to below 1: the SHA-256 of both as a fraction of all
    hashes."""
    return int(sha256(f"{quarter} {ref}".encode()).hexdigest(), 16) / 2**256
