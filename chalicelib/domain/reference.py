"""Case numbers: 11 random digits and a check digit (ISO 7064 MOD 11,10), shown 4-4-4 and sayable on the
phone."""

import re

DIGITS, TYPED = 11, 60
"""How many digits a number has before the check digit, and in how many characters at most somebody may type
it."""


def reference(random: int) -> str:
    """The number made from a random whole number, without separators."""
    digits = str(random % 9 * 10**10 + 10**10 + random // 9 % 10**10)
    return digits + _check(digits)


def read(text: str) -> str | None:
    """A number as somebody typed it (spaces, dashes, full-width digits) without separators; None if it cannot
    be one."""
    if len(text) > TYPED:
        return None
    digits = re.sub(r"[\s\-‐-―－]", "", text)
    digits = "".join(str(int(c)) for c in digits) if digits.isdecimal() else ""
    return digits if len(digits) == DIGITS + 1 and _check(digits[:-1]) == digits[-1] else None


def shown(ref: str) -> str:
    """The number as people see it, such as 4821-0936-5174."""
    return f"{ref[:4]}-{ref[4:8]}-{ref[8:]}"


def _check(digits: str) -> str:
    product = 10
    for digit in digits:
        product = (product + int(digit)) % 10 or 10
        product = product * 2 % 11
    return str((11 - product) % 10)
