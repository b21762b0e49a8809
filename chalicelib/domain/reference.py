"""Case numbers: 11 random digits and a check digit (ISO 7064 MOD 11,10). A case number is shown in groups of
four digits, which are easy to say on the phone."""

import re

DIGITS, TYPED = 11, 60
"""`DIGITS`: how many digits come before the check digit. `TYPED`: the most characters that a typed case
number may have, with its separators."""


def reference(random: int) -> str:
    """Return a case number, without separators, made from the random whole number `random`."""
    digits = str(random % 9 * 10**10 + 10**10 + random // 9 % 10**10)
    return digits + _check(digits)


def read(text: str) -> str | None:
    """Return the case number that somebody typed, without separators. Return None if the text is no valid
    case number. Spaces, dashes and full-width digits are accepted."""
    if len(text) > TYPED:
        return None
    digits = re.sub(r"[\s\-‐-―－]", "", text)
    digits = "".join(str(int(c)) for c in digits) if digits.isdecimal() else ""
    return digits if len(digits) == DIGITS + 1 and _check(digits[:-1]) == digits[-1] else None


def shown(ref: str) -> str:
    """Return a case number as people see it, such as 4821-0936-5174."""
    return f"{ref[:4]}-{ref[4:8]}-{ref[8:]}"


def _check(digits: str) -> str:
    product = 10
    for digit in digits:
        product = (product + int(digit)) % 10 or 10
        product = product * 2 % 11
    return str((11 - product) % 10)
