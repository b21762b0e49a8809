"""Chinese numerals in days and times that people write."""

DIGITS = str.maketrans("零〇一二两三四五六七八九", "001223456789")


def arabic(numeral: str) -> str:
    """Return a number up to 99 in Chinese characters with Arabic digits: 二十五 is 25. The digits of a year are
    read one by one: 二〇二六 is 2026."""
    tens, ten, ones = numeral.translate(DIGITS).rpartition("十")
    return f"{tens or 1}{ones or 0}" if ten else ones
