"""The quarterly random sample of closed complaints, whose people are then asked for their opinion of the
process. The sample is computed from the case numbers alone, so nobody can choose who is asked, and anyone can
check the sample."""

from collections.abc import Iterable
from hashlib import sha256

MOST = 200
"""The maximum number of complaints in the sample of a quarter."""


def sampled(quarter: str, refs: Iterable[str], share: int) -> list[str]:
    """Return the numbers of the complaints in the sample, at most `MOST`. A complaint is in the sample if its
    `lot` is below `share` percent. If there are too many, those with the smallest lot are taken.

    `quarter` is the first day of the quarter in which people are asked (ISO). `refs` are the numbers of the
    complaints to choose from."""
    lots = sorted((lot(quarter, ref), ref) for ref in refs)
    return [ref for drawn_, ref in lots if drawn_ * 100 < share][:MOST]


def lot(quarter: str, ref: str) -> float:
    """Return the lot of the complaint `ref` in a quarter: a pseudo-random number from 0 to below 1. It is the
    SHA-256 of the two arguments, divided by the number of possible hashes."""
    return int(sha256(f"{quarter} {ref}".encode()).hexdigest(), 16) / 2**256
