"""The words of the writer of a mail, without the mail that they answer.

Mail programs quote in three ways: lines that begin with ">", a line such as "…写道：" before the quoted
text, and a block of headers before it. A text in doubt is kept: the reader rather sees our own words again
than misses words of the writer."""

import re
from collections.abc import Collection

from chalicelib.domain.frozen import frozen

MOST_LINES, MOST_PASSES = 20_000, 10
"""How many lines are read; how often a text is cut, because a cut can bring two lines together."""
QUOTED = re.compile(r"[ \t\u3000]{0,3}>")
AMOUNT = re.compile(r"[ \t\u3000]{0,3}>[ ]?[=\d]")
"""A line that begins with ">" and may mean "more than"."""
WRITES = re.compile(
    r"(?:\b(?:wrote|writes)|[写寫]道|來信|来信|撰[写寫])\s{0,3}(?:[:：]|-{2,9})?\s{0,3}$", re.IGNORECASE
)
"""The end of a line that says who wrote the quoted text."""
BEGINS = re.compile(
    r"[\s-]{0,9}(?:On\b|At\b|在|于|於|\d{4}\s?[-/.年]|\d{1,2}[./]\d{1,2}[./]\d{2,4}|(?:周|星期|週)[一二三四五六日天])",
    re.IGNORECASE,
)
"""How the line begins, unless the name of the writer stands first."""
DAY = re.compile(
    r"\d{4}\s?[-/.年]\s?\d{1,2}\s?[-/.月]|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\b\d{1,2},? [A-Z][a-z]{2,8}\.?,? \d{4}"
    r"|[A-Z][a-z]{2,8}\.? \d{1,2},? \d{4}|[月七八九十] ?\d{1,2}, \d{4}"
)
TIME = re.compile(r"\d{1,2}[:：.点]\d{2}|\d{1,2}\s?[APap]\.?[Mm]")
ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
NAMED = re.compile(r"<[^<>\s]{1,254}>\s{0,2}[:：]\s{0,3}$")
"""The end of a line that names the writer without a word for writing."""
LONGEST, MOST_WRAPPED = 400, 3
"""The length of such a line, and in how many lines a mail program breaks it."""
DIVIDER = re.compile(
    r"[\s>*]{0,5}[-‐‑–—_=─━]{2,60}\s{0,9}"
    r"(?:original(?: message| mail| email)?|replied message|reply message|原始郵件|原[始邮郵]?[邮郵]?件|原始信息|"
    r"原始訊息|邮件原件|郵件原件|回复的原(?:始)?邮件|回覆的原(?:始)?郵件|原[邮郵]件信息)"
    r"\s{0,9}[-‐‑–—_=─━]{2,60}\s{0,9}$",
    re.IGNORECASE,
)
FORWARDS = re.compile(
    r"\s{0,9}[-—–_=]{2,60}\s{0,9}(?:forwarded (?:message|mail|email)|转发(?:的)?(?:原)?(?:邮件|信息|邮件信息)|轉寄(?:的)?郵件|"
    r"转发邮件信息|轉寄信件)\s{0,9}[-—–_=]{2,60}\s{0,9}$"
    r"|\s{0,9}(?:begin forwarded message|开始转发的邮件|下面是被转发的邮件|以下是转发的邮件|開始轉寄郵件)\s{0,3}[:：]\s{0,9}$",
    re.IGNORECASE,
)
"""The line before a mail that is forwarded."""
ALONE = re.compile(r"\s{0,20}(?:original(?: message)?|原始邮件|原始郵件)\s{0,20}$", re.IGNORECASE)
"""The same without lines around it. It counts only directly before a block of headers."""
RULE = re.compile(r"\s{0,9}[-_=*─━]{5,100}\s{0,9}$")
FIELDS = {
    "from": r"from|发件人|寄件者|寄件人|發件人|差出人|来自",
    "sent": r"sent(?: time| at| on)?|date|发送时间|发送日期|发件时间|日期|时间|寄件日期|傳送時間|已发送|寄件時間|送信日時",
    "to": r"to|收件人|收件者|cc|抄[\s\u3000]{0,2}送|副本|宛先",
    "subject": r"subject|主[\s\u3000]{0,2}题|主旨|主題|件名",
}
"""The fields of a block of headers, as mail programs name them."""
FIELD = re.compile(
    r"[\s|*]{0,6}(?:"
    + "|".join(f"(?P<{kind}>{names})" for kind, names in FIELDS.items())
    + r")(?:[\s*]{0,4}[:：]|\s{0,3}\|)",
    re.IGNORECASE,
)
CELL = re.compile(FIELD.pattern.rpartition("(?:[")[0] + r"\s{1,3}\S.{0,300}[@\d]", re.IGNORECASE)
"""A field in a table, without a colon."""
BLOCK = 12
"""In how many lines the fields of a block stand."""
BELOW = re.compile(
    r"见下|如下|下面|下方|以下|下文|逐条|逐一|红字|红色|蓝字|蓝色|標註|标注|文中|原文中|邮件中|内联"
    r"|\b(?:below|in-?line|in (?:red|blue|green|bold))\b",
    re.IGNORECASE,
)
"""Words that say that the answers stand in the quoted text."""
SHORT = 300
"""Up to how many characters a text is short enough to only point to the answers below."""
DEVICE = re.compile(
    r"\s{0,9}(?:[-—*]{1,3}\s{0,3})?(?:"
    r"(?:发自|發自|傳送自|寄自|来自|來自)\s{0,2}(?:我的)?\s{0,2}[^。，！？!?]{0,20}"
    r"(?:iphone|ipad|ipod|mac|手机|手機|平板|华为|华爲|荣耀|小米|红米|三星|安卓|邮箱|郵箱|邮件|郵件|android|outlook|"
    r"windows|galaxy|huawei|honor|xiaomi|redmi|oppo|vivo|oneplus|nova|mate|foxmail|qq|gmail|harmonyos|鸿蒙)"
    r"[^。，！？!?]{0,25}"
    r"|(?:从|從)我的\s{0,2}[^。，！？!?]{1,20}(?:发送|傳送|發送)"
    r"|从 ?windows 版邮件发送|(?:使用|通过|透過)[^。，！？!?]{1,25}(?:mail|邮箱|大师|outlook)[^。，！？!?]{0,15}(?:发送|傳送|發送)"
    r"|(?:获取|下载|取得)\s?outlook(?: for)?\s?\S{0,9}"
    r"|sent (?:from|via|with) (?:my |the )?[^.!?]{0,40}"
    r"(?:iphone|ipad|mac|phone|mobile|device|mail|android|outlook|windows|galaxy|huawei|xiaomi|samsung|"
    r"tablet|app|blackberry|oppo|vivo|honor)[^.!?]{0,40}\.?"
    r"|get outlook for \w{2,10}"
    r")\s{0,9}(?:<https?://[^\s<>]{1,300}>\s{0,9})?$",
    re.IGNORECASE,
)
"""What a phone or a mail program adds at the end."""


def cut(text: str, ours: Collection[str] = ()) -> str:
    """Return what the writer wrote, without the quoted mail and the line of the device. A text that has been
    cut is not changed again.

    `ours` are addresses in small letters, and domains such as "@reply.example", from which we send. With them
    a quoted mail that names only other addresses is kept: the writer shows what others wrote."""
    found = text
    for _ in range(MOST_PASSES):
        before, found = found, _once(found, ours)
        if found == before:
            return found
    return text  # a text that was made to be cut again and again


def _once(text: str, ours: Collection[str]) -> str:
    lines = text.split("\n")
    if len(lines) > MOST_LINES:
        return text
    kept: list[str] = []
    named = marked = False
    at = 0
    while at < len(lines):
        if FORWARDS.match(lines[at]):  # what somebody forwards is what they want to say
            kept += lines[at:]
            break
        mark = _mark(lines, at, ours)
        if mark.shows:
            kept += lines[at : at + mark.lines]
        elif mark.lines:
            named |= mark.names
            marked = True
            if mark.opens and _ends(kept):
                break
            _end(kept)
            kept += [""] if kept else []
        else:
            kept.append(lines[at])
        at += mark.lines or 1
    _end(kept)
    while kept and not kept[0].strip():
        kept.pop(0)
    # Some people indent their own words.
    return text if marked and not named and not kept else "\n".join(kept)


def _end(kept: list[str]) -> None:
    """Remove the blank lines at the end, and the line of the device."""
    while kept and (not kept[-1].strip() or DEVICE.match(kept[-1])):
        kept.pop()


def _ends(kept: list[str]) -> bool:
    """Return whether the quoted mail follows, and no more words of the writer: something was written above
    it, and that does not only point to answers below."""
    above = "".join(kept).strip()
    return bool(above) and not (len(above) <= SHORT and BELOW.search(above))


@frozen
class Mark:
    """The meaning of a line. `lines` is the number of lines from there on that the writer did not write.
    `names` means that they name the writer of the quoted mail. `opens` means that the rest is this mail.
    `shows` means that the writer shows a mail of others, so these lines are kept."""

    lines: int
    names: bool = False
    opens: bool = False
    shows: bool = False


WORDS = Mark(0)


def _mark(lines: list[str], at: int, ours: Collection[str]) -> Mark:
    """Return what the line begins."""
    line = lines[at]
    if end := _quoted(lines, at):
        amounts = all(AMOUNT.match(one) for one in lines[at:end])
        return WORDS if amounts else Mark(end - at)
    if wrapped := _attributed(lines, at):
        begins = _after_blank(lines, at + wrapped)
        ends = _quoted(lines, begins)
        if _of_others(" ".join(lines[at : at + wrapped]), ours):
            return Mark(max(wrapped, ends - at), shows=True)
        return Mark(wrapped, names=True, opens=not ends)
    divides = bool(DIVIDER.match(line))
    beside = divides or ALONE.match(line) or RULE.match(line)
    begins = _after_blank(lines, at + 1) if beside else at
    if found := _fields(lines, begins):
        block = lines[begins : begins + found]
        shows = _of_others(" ".join(one for one in block if _field(one) == "from"), ours)
        return Mark(begins - at + found, names=not shows, opens=not shows, shows=shows)
    return Mark(1, names=True, opens=True) if divides else WORDS


def _quoted(lines: list[str], at: int) -> int:
    """Return where the lines end that are marked as quoted from `at` on; 0 if there are none."""
    end = at
    while end < len(lines) and QUOTED.match(lines[end]):
        end += 1
    return end if end > at else 0


def _of_others(said: str, ours: Collection[str]) -> bool:
    """Return whether these words name addresses, and none of `ours`."""
    found = [address.lower() for address in ADDRESS.findall(said[: 2 * LONGEST])]
    return bool(ours and found) and not any(
        address in ours or f"@{address.partition('@')[2]}" in ours for address in found
    )


def _attributed(lines: list[str], at: int) -> int:
    """Return how many lines name the writer of the quoted text, or 0. They must hold a date and a time, or an
    address: a person who tells a story rarely writes so."""
    first, said = lines[at][: LONGEST + 1], ""
    if len(first) <= LONGEST and NAMED.search(first) and DAY.search(first) and TIME.search(first):
        return 1
    for count in range(1, MOST_WRAPPED + 1):
        line = lines[at + count - 1] if at + count <= len(lines) else ""
        if not line.strip() or len(said) + len(line) > LONGEST:
            return 0
        said = f"{said} {line.strip()}"
        if WRITES.search(line):
            dated, timed, marked = DAY.search(said), TIME.search(said), _quotes_follow(lines, at + count)
            sure = (dated or timed or marked) if ADDRESS.search(said) else (dated and timed and marked)
            return count if sure and (BEGINS.match(said) or ADDRESS.search(said)) else 0
        if count == 1 and not (
            BEGINS.match(line) or ADDRESS.search(line) or _broken(line, lines[at + 1 : at + 2])
        ):
            return 0
    return 0


def _broken(line: str, after: list[str]) -> bool:
    """Return whether a line was broken before or in the address of the writer."""
    return line.rstrip().endswith("<") or (bool(after) and after[0].lstrip().startswith("<"))


def _quotes_follow(lines: list[str], at: int) -> bool:
    """Return whether the next line that is not blank is marked as quoted."""
    return bool(_quoted(lines, _after_blank(lines, at)))


def _after_blank(lines: list[str], at: int) -> int:
    """Return the next line that is not blank, within five lines."""
    for after in range(at, min(at + 5, len(lines))):
        if lines[after].strip():
            return after
    return at


def _fields(lines: list[str], at: int) -> int:
    """Return how many lines the block of headers has that begins here, or 0. It has a sender and two other
    fields. Blank lines can stand between fields, and a long field can be broken."""
    if at >= len(lines) or not _field(lines[at]):
        return 0
    found, last = set[str](), at
    for n in range(at, min(at + BLOCK, len(lines))):
        if kind := _field(lines[n]):
            found.add(kind)
            last = n
        elif n > last + 2:
            break
    return last - at + 1 if "from" in found and len(found) >= 3 else 0


def _field(line: str) -> str:
    """Return which field of a block of headers the line is, or an empty text."""
    found = FIELD.match(line) or CELL.match(line)
    kind = str(found.lastgroup) if found else ""
    return "" if kind == "from" and found and found.re is CELL and "@" not in line else kind
