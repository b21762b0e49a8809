"""Case numbers: 11 random digits and a check digit (ISO 7064 MOD 11,10), shown 4-4-4 and easy to say on the
phone."""

import re

DIGITS, TYPED = 11, 60
"""The number of digits before the check digit, and the most characters of a typed number."""


def reference(random: int) -> str:
    """Return the case number made from a random whole number, without separators."""
    digits = str(random % 9 * 10**10 + 10**10 + random // 9 % 10**10)
    return digits + _check(digits)


def read(text: str) -> str | None:
    """Return a typed case number (with spaces, dashes, full-width digits) without separators; None if it is
    invalid."""
    if len(text) > TYPED:
        return None
    digits = re.sub(r"[\s\-‐-―－]", "", text)
    digits = "".join(str(int(c)) for c in digits) if digits.isdecimal() else ""
    return digits if len(digits) == DIGITS + 1 and _check(digits[:-1]) == digits[-1] else None


def shown(ref: str) -> str:
    """Return the case number as people see it, such as 4821-0936-5174."""
    return f"{ref[:4]}-{ref[4:8]}-{ref[8:]}"


def _check(digits: str) -> str:
    product = 10
    for digit in digits:
        product = (product + int(digit)) % 10 or 10
        product = product * 2 % 11
    return str((11 - product) % 10)
