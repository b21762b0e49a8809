"""Case numbers: 11 random digits and a check digit (ISO 7064 MOD 11,10). They are shown in groups of four,
which are easy to say on the phone."""

import re

DIGITS, TYPED = 11, 60
"""`DIGITS`: the number of digits before the check digit. `TYPED`: the most characters that somebody may type
for a case number."""


def reference(random: int) -> str:
    """Return a case number, without separators, made from a random whole number."""
    digits = str(random % 9 * 10**10 + 10**10 + random // 9 % 10**10)
    return digits + _check(digits)


def read(text: str) -> str | None:
    """Return the case number that somebody typed, without its separators; None if it is not valid. Spaces,
    dashes and full-width digits are accepted."""
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
