"""Dates and amounts as people write them in the complaint form. What can be read becomes a date or an amount;
the words are kept where they say more, or cannot be read."""

import re
from collections.abc import Iterable, Iterator
from datetime import date

from chalicelib.domain.happened import MOST_WRITTEN, span
from chalicelib.domain.money import roughly

DAY = "happened_on"
"""The field for the day on which something happened."""
AMOUNT = re.compile(r"matters\.\d+\.amount|wish_amount")
"""The fields for amounts of money."""
SLIP = re.compile(r"[-\d/.年月日号\s]*")
"""A date that cannot be read although it has nothing but digits: a slip, which must be put right."""


def pairs(said: Iterable[tuple[str, str]], today: date) -> Iterator[tuple[str, str]]:
    """Yield the fields and values of a posted form for the request body. An approximate date becomes its
    first and last day (`happened_until`), with the words in `account.when`. The words of an
    approximate or foreign amount go to `account.sums`. Values with a slip stay as they are, so that the form
    reports them."""
    sums = []
    for name, value in said:
        if name == DAY and value.strip():
            yield from _dated(value.strip(), today)
        elif AMOUNT.fullmatch(name) and value.strip():
            amount, words = _sum(value.strip())
            sums += [words] if words else []
            if amount:
                yield name, amount
        else:
            yield name, value
    if sums:
        yield "account.sums", "；".join(dict.fromkeys(sums))


def _dated(written: str, today: date) -> Iterator[tuple[str, str]]:
    found = span(written, today)
    if found is None and (SLIP.fullmatch(written) or len(written) > MOST_WRITTEN):
        yield DAY, written
    elif found is None:
        yield "account.when", written
    else:
        yield DAY, found.first.isoformat()
        if found.first != found.last:
            yield "happened_until", found.last.isoformat()
            yield "account.when", written


def _sum(written: str) -> tuple[str, str]:
    """Return the amount for the request body, or "", and the words to keep, or ""."""
    try:
        fen, exact = roughly(written)
    except ValueError:
        return written, ""
    amount = "" if fen is None else f"{fen // 100}.{fen % 100:02}"
    return (written, "") if exact else (amount, written)
