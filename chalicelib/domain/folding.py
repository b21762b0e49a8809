"""Text as a reader sees it: disguised letters and digits become plain ones, with a map back to the text as it
was typed.

Only what a pattern is matched on is folded. What is published is cut from the text as it was typed.
"""

import unicodedata
from typing import NamedTuple

_CYRILLIC = (
    "аaАAвbВBеeЕEіiІIїiЇIјjЈJкkКKмmМMнhНHоoОOрpРPсcСCтtТTуyУYхxХXѕsЅSһhҺHԁdԀdґrгrпnшwщwҮYүyԛqԜWԝwӏlӀIьbзzЗZ"
)
_GREEK = "αaΑAβbΒBγyεeΕEζzΖZηnΗHιiΙIκkΚKμuΜMνvΝNοoΟOρpΡPτtΤTυuΥYχxΧXωwϲcϹCϳjͿJ"
_OTHER = "ıiɩiɑaɡgɪiʏyʟlʜhɴnʀrꜱsᴀaʙbᴄcᴅdᴇeꜰfɢgᴊjᴋkᴍmᴏoᴘpᴛtᴜuᴠvᴡwᴢzⅼlｌlÐDđdłlŁLøoØOßsþpæaœo"
_MARKS = "﹫@＠@﹟#＃#＊*﹡*⁎*∗*＋+﹢+／/⁄/∕/＿_﹍_﹎_．.﹒.｡。丨|｜|∣|│|‧·・·∙·⋅·•·●·∶:‘'’'ʼ'′'`'－-﹣-−-‒-⁃-ー-─-━-―-﹘-〜~～~∼~"
LOOKS: dict[str, str] = {
    pairs[at]: pairs[at + 1]
    for pairs in (_CYRILLIC, _GREEK, _OTHER, _MARKS)
    for at in range(0, len(pairs), 2)
}
"""Signs that look like a Latin letter, or are used like a plain mark, each with that."""
LOOKS |= {chr(0x1F150 + n): chr(65 + n) for n in range(26)}
LOOKS |= {chr(0x1F170 + n): chr(65 + n) for n in range(26)}
LOOKS |= {chr(0x1F1E6 + n): chr(65 + n) for n in range(26)}
INVISIBLE = frozenset({"Cf", "Mn", "Me", "Cs"})
"""Categories of signs that take no room of their own: a reader does not see that they are there."""
BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Letters that are blank."""


class Folded(NamedTuple):
    """The text that a reader sees. Its character `n` is typed from `starts[n]` to before `ends[n]`; the
    invisible signs behind a character belong to it."""

    text: str
    starts: list[int]
    ends: list[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the place in the typed text of a piece of `text` that is not empty."""
        return self.starts[start], self.ends[end - 1]


def fold(typed: str) -> Folded:
    """Fold a text."""
    read: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for at, sign in enumerate(typed):
        plain = sign if sign.isascii() else _plain(sign)
        if plain is None:
            if ends:
                ends[-1] = at + 1
            continue
        for one in plain:
            read.append(one)
            starts.append(at)
            ends.append(at + 1)
    return Folded("".join(read), starts, ends)


def folded(typed: str) -> str:
    """Return a text as it is read, without the map."""
    return fold(typed).text


def _plain(sign: str) -> str | None:
    """Return what a sign is read as; None for one that nobody sees."""
    if sign in LOOKS:
        return LOOKS[sign]
    if "\u4e00" <= sign <= "\u9fff":
        return sign
    kind = unicodedata.category(sign)
    if kind in INVISIBLE:
        return None
    if sign in BLANK or kind == "Zs":
        return " "
    if kind == "Pd":
        return "-"
    digit = unicodedata.digit(sign, None)
    if digit is not None:
        return str(digit)
    # marks of Chinese punctuation mean something else than the Latin ones
    if kind[0] in "PS" and kind != "So":
        return sign
    parts = unicodedata.normalize("NFKD", sign)
    return "".join(LOOKS.get(one, one) for one in parts if unicodedata.category(one) not in INVISIBLE) or sign
