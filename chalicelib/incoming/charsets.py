"""The character sets of mails. Many mails carry a wrong label or none, so the bytes themselves decide."""

import codecs
import re
from collections.abc import Iterable

NAMES = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "big5": "cp950",
    "big5-hkscs": "big5hkscs",
    "iso-2022-jp": "iso2022_jp_ext",
    "shift_jis": "cp932",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "utf8": "utf-8",
}
"""The codec that reads a label. It is the larger set where programs write the label of the smaller one."""
SETS = re.compile(
    r"utf_?(8|7|16|32)(_?[bl]e)?|gb18030|hz|big5hkscs|cp(9(32|49|50)|125\d|874|437|850)|euc_(jp|kr)|johab"
    r"|iso2022_(jp(_\w+)?|kr)|shift_jis\w*|iso8859_\d+|koi8_[ru]|mac_roman"
)
"""The codecs that are used. Python has others that run slowly or turn no bytes into text."""
WESTERN = re.compile(r"cp125\d|iso8859_\d+|mac_roman|koi8_[ru]|cp(437|850|874)")
"""Codecs that read nearly all bytes, so that a success proves nothing."""
WIDE = ("utf-16-le", "utf-16-be")
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""The bytes with which some programs begin a text, and its codec."""
SAMPLE = 4000
"""How many characters are looked at to choose between codecs."""
OFTEN = frozenset(
    "的一是不了在有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
    "用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实"
    "這個們來為說時會對過發後裡還進沒動經當樣實開嗎請貴退款訂單收到您好谢谢請問吗请贵退款订单问题電話电话"
)
"""Frequent characters in Chinese, in both scripts. They tell a right reading from a wrong one."""


def decoded(content: bytes, declared: str = "") -> str:
    """Return bytes as text. `declared` is the label in the mail, empty if it has none.

    UTF-8 is believed whenever nearly all bytes are valid and that is no coincidence. Otherwise the label is
    believed, if its codec reads all bytes. If not, the codec is taken that leaves the fewest unreadable
    characters, which are replaced."""
    for mark, name in MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(name, "replace")
    label = codec(declared)
    if label.startswith("utf_16"):
        return _best(content, WIDE)
    if not label and b"\x00" in content[:SAMPLE]:
        wide = _best(content, WIDE)
        if _plausible(wide) * 4 > len(wide[:SAMPLE]):
            return wide
    if b"\x1b$" in content or b"\x1b(" in content:  # an escape sequence that no other text has
        return _best(content, (label if "2022" in label else "", "iso2022_jp_ext"))
    if label in ("hz", "utf_7"):
        return content.decode(label, "replace")
    if content.isascii():
        return content.decode("ascii")
    utf8 = content.decode("utf-8", "replace")
    valid = "\ufffd" not in utf8 and (label in ("", "utf_8") or WESTERN.fullmatch(label))
    if valid or _wide(utf8):
        return utf8
    if label and not WESTERN.fullmatch(label):
        return _best(content, (label, "utf-8", "gb18030"))
    if not label:
        return _best(content, ("utf-8", "gb18030", "cp950", "cp1252"))
    chinese = [text for name in ("gb2312", "cp950") if (text := _strict(content, name)) is not None]
    likely = [text for text in chinese if OFTEN & {*text[:SAMPLE]}]
    return max(likely, key=_plausible, default="") or content.decode(label, "replace")


def codec(declared: str) -> str:
    """Return the name of the codec for a label; empty for a label that is unknown or says nothing."""
    label = declared.strip(" \t\"'").lower()
    try:
        name = codecs.lookup(NAMES.get(label, label)).name.replace("-", "_")
    except (LookupError, ValueError):  # ValueError: a null character
        return ""
    return name if SETS.fullmatch(name) else ""


def _best(content: bytes, names: Iterable[str]) -> str:
    """Return the reading by the first codec that reads all bytes and is as plausible as any other such codec;
    if none reads all bytes, the reading with the fewest replaced characters."""
    named = [name for name in names if name]
    read = [text for name in named if (text := _strict(content, name)) is not None]
    if read:
        return max(read, key=_plausible)
    return min((content.decode(name, "replace") for name in named), key=lambda text: text.count("\ufffd"))


def _strict(content: bytes, name: str) -> str | None:
    try:
        return content.decode(name)
    except UnicodeError:
        return None


def _plausible(text: str) -> int:
    """Return how many of the first characters are frequent in Chinese, or are ASCII."""
    return sum(sign in OFTEN or " " <= sign <= "~" for sign in text[:SAMPLE])


def _wide(text: str) -> bool:
    """Return whether the text was hardly read as UTF-8 by chance. Chinese characters take three bytes there;
    a Chinese text in another set, if it is valid at all, mostly gives characters of two bytes. Of ten
    characters one may be broken, because some programs cut a text within one."""
    signs = [sign for sign in text[: 10 * SAMPLE] if sign > "\x7f"]
    wide, broken = sum(sign >= "\u0800" for sign in signs), signs.count("\ufffd")
    return (wide - broken) * 2 >= len(signs) and broken * 10 <= wide
