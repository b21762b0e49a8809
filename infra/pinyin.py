"""The script that writes `chalicelib/domain/pinyin.txt`: the Chinese characters by their reading (pinyin).
The file ships with the product. The script needs pypinyin, which does not ship. Run `pip install
pypinyin==0.55.0` in an environment of its own, then `python -m infra.pinyin` in it."""

import unicodedata
from collections import defaultdict
from importlib import import_module
from pathlib import Path

LIST = Path(__file__).parents[1] / "chalicelib/domain/pinyin.txt"
MOST_READINGS = 4
"""The maximum number of readings of a character in the list. The most usual readings are listed."""


def syllable(reading: str) -> str:
    """Return a reading (pinyin) without its tone, and with v in place of ü."""
    parts = unicodedata.normalize("NFD", reading).replace("u\u0308", "v")
    return "".join(one for one in parts if not unicodedata.combining(one)).lower()


def main() -> None:
    """Write the list. Each line has a reading, and the characters that have this reading."""
    table: dict[int, str] = import_module("pypinyin.pinyin_dict").pinyin_dict
    found: dict[str, list[str]] = defaultdict(list)
    for code in range(0x4E00, 0xA000):
        readings = dict.fromkeys(map(syllable, table.get(code, "").split(",")))
        for reading in [*readings][:MOST_READINGS]:
            if reading.isascii() and reading.isalpha():
                found[reading].append(chr(code))
    LIST.write_text("".join(f"{one} {''.join(found[one])}\n" for one in sorted(found)), encoding="utf-8")


if __name__ == "__main__":
    main()
