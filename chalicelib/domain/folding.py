"""Folding: disguised letters and digits of a text become plain ones, as a reader sees them. A map leads from
each folded character back to the typed text.

Folded text is used only to match patterns. The published text is cut from the typed text."""

import unicodedata
from typing import NamedTuple

_CYRILLIC = (
    "аaАAвbВBеeЕEіiІIїiЇIјjЈJкkКKмmМMнhНHоoОOрpРPсcСCтtТTуyУYхxХXѕsЅSһhҺHԁdԀdґrгrпnшwщwҮYүyԛqԜWԝwӏlӀIьbзzЗZ"
)
_GREEK = "αaΑAβbΒBγyεeΕEζzΖZηnΗHιiΙIκkΚKμuΜMνvΝNοoΟOρpΡPτtΤTυuΥYχxΧXωwϲcϹCϳjͿJ"
_OTHER = "ıiɩiɑaɡgɪiʏyʟlʜhɴnʀrꜱsᴀaʙbᴄcᴅdᴇeꜰfɢgᴊjᴋkᴍmᴏoᴘpᴛtᴜuᴠvᴡwᴢzⅼlｌlÐDđdłlŁLøoØOßsþpæaœo"
_MARKS = "﹫@＠@﹟#＃#＊*﹡*⁎*∗*＋+﹢+／/⁄/∕/＿_﹍_﹎_．.﹒.｡。丨|｜|∣|│|‧·・·∙·⋅·•·●·∶:‘'’'ʼ'′'`'－-﹣-−-‒-⁃-ー-─-━-―-﹘-〜~～~∼~"
_TRADITIONAL = (
    "號号樓楼棟栋單单區区園园廈厦層层莊庄鄉乡縣县鎮镇東东灣湾邨村裡里裏里館馆證证護护訂订運运編编碼码帳帐賬账銀银郵邮電电話话員员經经師师醫医總总長长點点愛爱張张劉刘"
    "陳陈楊杨趙赵黃黄吳吴孫孙馬马羅罗鄭郑謝谢韓韩馮冯蕭萧許许鄧邓呂吕蘇苏盧卢蔣蒋賈贾葉叶閻阎鍾钟譚谭鄒邹陸陆萬万龍龙錢钱湯汤賴赖龔龚蘭兰顏颜嚴严溫温蘆芦魯鲁韋韦畢毕"
    "聶聂齊齐塗涂關关費费紀纪項项陽阳鮑鲍寧宁華华叢丛喬乔賀贺閔闵婁娄閆闫歐欧於于諸诸門门組组隊队"
)
LOOKS: dict[str, str] = {
    pairs[at]: pairs[at + 1]
    for pairs in (_CYRILLIC, _GREEK, _OTHER, _MARKS, _TRADITIONAL)
    for at in range(0, len(pairs), 2)
}
"""The plain form of each sign that looks like a Latin letter or is used like a plain mark, and the simplified
form of each traditional character that addresses, family names and the words before numbers have. The key is
the sign."""
LOOKS |= {chr(0x1F150 + n): chr(65 + n) for n in range(26)}
LOOKS |= {chr(0x1F170 + n): chr(65 + n) for n in range(26)}
LOOKS |= {chr(0x1F1E6 + n): chr(65 + n) for n in range(26)}
INVISIBLE = frozenset({"Cf", "Mn", "Me", "Cs"})
"""The Unicode categories of signs that take no space. Folding leaves these signs out."""
BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Signs that look like a space, although Unicode counts them as letters or symbols. Folding turns each into a
space."""


class Folded(NamedTuple):
    """A folded text. Its character `n` comes from the typed text from `starts[n]` up to but not including
    `ends[n]`. Invisible signs belong to the character before them."""

    text: str
    starts: list[int]
    ends: list[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the start and end, in the typed text, of the piece of `text` from `start` up to but not
        including `end`. The piece must not be empty."""
        return self.starts[start], self.ends[end - 1]


def fold(typed: str) -> Folded:
    """Return the folded form of a typed text, and for each of its characters the place in the typed text."""
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
    """Return the folded form of a typed text as a string, without the map to the typed text."""
    return fold(typed).text


def _plain(sign: str) -> str | None:
    """Return the plain form of one sign (one or more characters), or None for an invisible sign."""
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
    # keep Chinese punctuation, because the patterns of names treat it differently from Latin punctuation
    if kind[0] in "PS" and kind != "So":
        return sign
    parts = unicodedata.normalize("NFKD", sign)
    return "".join(LOOKS.get(one, one) for one in parts if unicodedata.category(one) not in INVISIBLE) or sign
