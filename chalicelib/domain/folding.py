"""Text as a reader sees it: disguised letters and digits become plain ones, with a map back to the typed
text.

Folded text is used only for matching patterns. Published text is cut from the typed text."""

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
"""Signs that look like a Latin letter, or serve as a plain mark, each with its plain form."""
LOOKS |= {chr(0x1F150 + n): chr(65 + n) for n in range(26)}
LOOKS |= {chr(0x1F170 + n): chr(65 + n) for n in range(26)}
LOOKS |= {chr(0x1F1E6 + n): chr(65 + n) for n in range(26)}
INVISIBLE = frozenset({"Cf", "Mn", "Me", "Cs"})
"""Categories of invisible signs, which take no space of their own."""
BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Letters that are blank."""


class Folded(NamedTuple):
    """The text that a reader sees. Its character `n` was typed from `starts[n]` to before `ends[n]`.
    Invisible signs behind a character belong to it."""

    text: str
    starts: list[int]
    ends: list[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the place in the typed text of a piece of `text` that is not empty."""
        return self.starts[start], self.ends[end - 1]


def fold(typed: str) -> Folded:
    """Return a text in folded form, with the map to the typed text."""
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
    """Return a text in folded form, without the map."""
    return fold(typed).text


def _plain(sign: str) -> str | None:
    """Return the plain form of a sign, or None for an invisible one."""
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
    # marks of Chinese punctuation differ in meaning from the Latin ones
    if kind[0] in "PS" and kind != "So":
        return sign
    parts = unicodedata.normalize("NFKD", sign)
    return "".join(LOOKS.get(one, one) for one in parts if unicodedata.category(one) not in INVISIBLE) or sign
