"""The quarterly random sample of closed complaints whose people are asked for their opinion of the process.
Anyone who knows the case numbers can compute the same sample. So nobody can choose who is asked."""

from collections.abc import Iterable
from hashlib import sha256

MOST = 200
"""The maximum number of sampled complaints in a quarter."""


def sampled(quarter: str, refs: Iterable[str], share: int) -> list[str]:
    """Return the sampled complaints, at most `MOST`, those with the smallest lot first. A complaint is
    sampled if its lot is below `share` percent. `quarter` is the first day of the quarter in which people are
    asked; `refs` are the case numbers to choose from."""
    lots = sorted((lot(quarter, ref), ref) for ref in refs)
    return [ref for drawn_, ref in lots if drawn_ * 100 < share][:MOST]


def lot(quarter: str, ref: str) -> float:
    """Return the lot of complaint `ref` in a quarter, from 0 to below 1. It is the SHA-256 of both arguments,
    as a fraction of all possible hashes."""
    return int(sha256(f"{quarter} {ref}".encode()).hexdigest(), 16) / 2**256
