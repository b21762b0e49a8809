"""Chinese names in Latin letters (pinyin).

The file `pinyin.txt` has one line for each syllable, without tones, with the characters that are read like
it. It covers 20,924 characters in 84 kB, while the library pypinyin has 3.6 MB. The command `python -m
infra.pinyin` makes the file from the table of pypinyin 0.55.0 (MIT licence)."""

from functools import cache
from pathlib import Path

LIST = Path(__file__).with_name("pinyin.txt")
COMPOUND = {
    *("欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "夏侯", "南宫"),
    *("端木", "轩辕", "宇文", "长孙", "独孤", "百里", "东郭", "呼延", "澹台", "申屠"),
}
"""Family names of two characters. Any other family name counts as one character."""


@cache
def _readings() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in LIST.read_text("utf-8").splitlines():
        syllable, _, characters = line.partition(" ")
        for character in characters:
            found[character] = (*found.get(character, ()), syllable)
    return found


def readings(character: str) -> tuple[str, ...]:
    """Return the syllables by which a Chinese character can be read, in small letters without tones. Return
    () for any other sign."""
    return _readings().get(character, ())


@cache
def sounding_like(character: str) -> str:
    """Return all characters that can be read like this character, as one string. The string contains the
    character itself and its traditional form."""
    lines = (line.partition(" ") for line in LIST.read_text("utf-8").splitlines())
    wanted = readings(character)
    return character + "".join(characters for syllable, _, characters in lines if syllable in wanted)


def family(name: str) -> int:
    """Return how many characters of a Chinese name are its family name: one, or two if the name begins with a
    compound family name."""
    return 2 if name[:2] in COMPOUND and len(name) > 2 else 1
