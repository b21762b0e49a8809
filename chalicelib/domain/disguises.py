"""Finders for details of people that the case already knows: names, numbers, mailboxes and addresses, even if
they are written in disguise.

A finder is a function. It takes a folded text (see `folding`) and yields the places of its detail, as pairs
of start and end. Its running time grows only linearly with the length of the text."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from chalicelib.domain.folding import folded
from chalicelib.domain.pinyin import family, readings, sounding_like

Find = Callable[[str], Iterable[tuple[int, int]]]
HAN = "\u4e00-\u9fff"
LONG, SHORT = 7, 5
"""Limits for known numbers, in digits. A number with at least `LONG` digits is found even with words between
its digits. A number with fewer than `SHORT` digits is only found as a word."""
SPREAD, CLOSE = 12, 3
"""The most other characters between two digits of a known number: `SPREAD` for a number of at least `LONG`
digits, `CLOSE` for any other number or code."""
NUMERALS = {
    "0": "零〇洞",
    "1": "一幺壹弌",
    "2": "二两贰弍",
    "3": "三叁弎",
    "4": "四肆",
    "5": "五伍",
    "6": "六陆",
    "7": "七柒拐",
    "8": "八捌",
    "9": "九玖勾",
}
"""The Chinese numerals of each digit, with the numerals used on cheques and in radio speech. The key is the
digit."""
_VALUES = {sign: digit for digit, signs in NUMERALS.items() for sign in signs + digit}
_ZEROS = {"百": "00", "千": "000", "万": "0000", "hundred": "00", "thousand": "000"}
_SPELT = {
    word: digit
    for digit, words in {
        "0": "zero oh nought ling dong",
        "1": "one yao yi",
        "2": "two er liang",
        "3": "three san",
        "4": "four si",
        "5": "five wu",
        "6": "six liu",
        "7": "seven qi guai",
        "8": "eight ba",
        "9": "nine jiu",
    }.items()
    for word in words.split()
}
"""The digit that each word means, in English or pinyin. The key is the word."""
_TIMES = {"double": 2, "triple": 3}
_LIKE_DIGITS = str.maketrans("oOlI", "0011")
_RUN = re.compile(rf"[A-Za-z0-9]+|[{''.join(NUMERALS.values())}百千万](?![位个次天])")
_DIALLED = re.compile(r"[+0(（]*$")
"""A pattern for signs before a known telephone number: a plus, zeros or an opening bracket. They are masked
together with the number."""
_NARROW = r"(?:[^\w。！？!?；;，,：:\n]|_){0,2}"
"""A pattern for the signs that may stand between two characters of a Chinese name or a postal address. A mark
that ends a clause does not match."""
_PLACES = "[东西南北中]?(?:路|街|大道|巷|村|镇|乡|区|市|县|桥|门|站|湖|山|江|公园|广场|大学|饭店|酒店|牌)"
_ORDINARY = frozenset(
    re.findall(
        r"\w+",
        "建国 国庆 建设 文明 光明 和平 平安 阳光 明月 向阳 胜利 解放 爱国 开心 高兴 海洋 太阳 长江 东方 春天 冬梅 小雨 小雪 "
        "大雪 永久 永远 友好 健康 新华 中华 国强 志愿 天天 可可 安全 安静 自强 自立 大力 大方 方便",
    )
)
"""Chinese given names that are also ordinary words. Such a given name alone is found only next to a title or
a role, because otherwise the ordinary word would be masked."""
_CALLED = (
    "先生|女士|小姐|经理|主管|店长|老师|师傅|主任|总|哥|姐|叔|说|讲|骂|答应|承诺|告诉|让我|叫我|本人|同志"
)
_CALLING = "(?<=先生)|(?<=女士)|(?<=小姐)|(?<=经理)|(?<=叫)|(?<=名)"
_AT = r"[\s(\[{（【<〈]{0,3}(?:@|(?i:at)(?![a-z])|艾特|爱特|圈a|小老鼠|在|#|\*)[\s)\]}）】>〉]{0,3}"
_DOT = r"[\s(\[{（【<〈]{0,3}(?:\.|。|·|(?i:dot)(?![a-z])|点|點)[\s)\]}）】>〉]{0,3}"
_SHORT_ROADS = {"Street": "St", "Road": "Rd", "Avenue": "Ave", "Lane": "Ln", "Drive": "Dr"}
_PLAIN = r"(?:[^\w@!$]|_){0,3}"
"""A pattern for the signs that may stand between two letters of a name. The signs @, ! and $ do not match,
because people write them in place of a letter."""
_LEET = {
    "a": "4@",
    "b": "8",
    "e": "3",
    "g": "9",
    "i": "1l!",
    "l": "1i",
    "o": "0",
    "s": "5$",
    "t": "7",
    "z": "2",
}
_ENGLISH = frozenset(
    re.findall(
        r"\w+",
        "a an ban bang bin can chi dang die do fan fang fen gang gun hang he hen lie long man me men no nun "
        "pan pen pie pin ping ran rang run sang she shun so song sun tan tang ten tie to wan wen you",
    )
)
"""Pinyin syllables that are also English words. A name of two such syllables is found only if it is written
with capitals."""


class Digit(NamedTuple):
    """A digit or letter found in a text. `sign` is its plain form. It stands from `start` up to but not
    including `end`."""

    sign: str
    start: int
    end: int


def literally(words: Iterable[str]) -> Find:
    """Return a finder for exactly these words; the longest word is found first."""
    said = sorted({word for word in words if word}, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, said)))
    return lambda text: (found.span() for found in pattern.finditer(text)) if said else ()


def digits(text: str) -> list[Digit]:
    """List the digits of a text in any form: as digits, as Chinese numerals, as letters that look like
    digits, or as words in English or pinyin."""
    found: list[Digit] = []
    times = 1
    for run in _RUN.finditer(text):
        said, start = run[0], run.start()
        if said.lower() in _TIMES:
            times = _TIMES[said.lower()]
            continue
        if said.lower() in _ZEROS:
            if found and start - found[-1].end < 2 and text[run.end() : run.end() + 1] not in _VALUES:
                found += [Digit("0", start, run.end())] * len(_ZEROS[said.lower()])
        elif (spelt := _SPELT.get(said.lower())) is not None:
            found += [Digit(spelt, start, run.end())] * times
        else:
            plain = said.translate(_LIKE_DIGITS)
            said = plain if plain.isdigit() and not said.isalpha() else said
            values = (_VALUES.get(sign) for sign in said)
            found += [Digit(sign, start + n, start + n + 1) for n, sign in enumerate(values) if sign]
        times = 1
    return found


def letters(text: str) -> list[Digit]:
    """List the Latin letters and the digits of a text. The letters o, l and i are listed as the digits 0, 1
    and 1, which they look like."""
    found = []
    for at, sign in enumerate(text):
        plain = _VALUES.get(sign) or (sign.lower() if sign.isascii() and sign.isalnum() else "")
        if plain:
            found.append(Digit(plain.replace("o", "0").replace("l", "1").replace("i", "1"), at, at + 1))
    return found


def numbers(known: Iterable[str]) -> Iterator[Find]:
    """Yield finders for these known numbers, for example of orders or telephones. A number that mixes letters
    and many digits is also found by its digits alone."""
    codes, long, short = set[str](), set[str](), set[str]()
    for plain in map(folded, known):
        signs = [sign for sign in plain if sign.isascii() and sign.isalnum()]
        only = "".join(sign for sign in signs if sign.isdigit())
        mixed = len(only) < len(signs)
        if mixed and len(signs) >= SHORT - 1 and len(only) > 1:
            codes.add("".join(sign.sign for sign in letters("".join(signs))))
        if len(only) >= LONG:
            long.add(only)
        elif len(only) >= SHORT and not mixed:
            short.add(only)
        if len(plain.strip()) > 1 and (mixed or len(only) < SHORT):
            yield word(plain.strip())
    yield lambda text: _each(codes, letters(text), CLOSE, text)
    yield lambda text: _each(long, digits(text), SPREAD, text)
    yield lambda text: _each(short, digits(text), CLOSE, text)


def telephones(known: Iterable[str]) -> Iterator[Find]:
    """Yield finders for these known telephone numbers, each with and without its country code."""
    every = set[str]()
    for number in known:
        only = "".join(sign for sign in folded(number) if sign.isdigit())
        home = only.removeprefix("86") if number.startswith("+86") else only
        cut = range(1, 4) if number.startswith("+") and home == only else ()
        every |= {only, home, *(only[n:] for n in cut if len(only) - n >= LONG + 1)}
    yield from numbers(every)


def _each(wanted: Iterable[str], signs: list[Digit], most: int, text: str) -> Iterator[tuple[int, int]]:
    said = "".join(one.sign for one in signs)
    for one in wanted:
        yield from _spread(signs, said, one, most, text)


def _spread(signs: list[Digit], said: str, wanted: str, most: int, text: str) -> Iterator[tuple[int, int]]:
    """Yield the places in `text` at which the characters `wanted` follow each other, with at most `most`
    other characters between two of them. `signs` are the digits (and letters) found in `text`. `said` is the
    plain forms of `signs` as one string."""
    at = said.find(wanted)
    while at >= 0:
        last = at + len(wanted)
        group = signs[at:last]
        gaps = [text[one.end : other.start] for one, other in pairwise(group)]
        near = most == SPREAD or not any(re.search(rf"[{HAN}A-Za-z]", gap) for gap in gaps)
        # A short number beside other digits is a part of another number, and stays. A code with letters is
        # masked inside a longer code too, because a mask too many harms nobody.
        code = len(wanted) >= SHORT and not wanted.isdigit()
        alone = (
            code
            or len(wanted) >= LONG
            or not (
                (at and signs[at - 1].end == group[0].start)
                or (last < len(signs) and signs[last].start == group[-1].end)
            )
        )
        if near and alone and all(len(gap) <= most for gap in gaps):
            start = group[0].start
            yield start - len(_DIALLED.findall(text[max(start - 3, 0) : start])[0]), group[-1].end
            at = said.find(wanted, last)
        else:
            at = said.find(wanted, at + 1)


def mailbox(known: str) -> Iterator[Find]:
    """Yield finders for a known e-mail address, even if its signs are written as words ("at", "dot"). A
    second finder finds the part before the @ alone, if that part is long and has a digit or sign."""
    local, _, domain = folded(known).partition("@")
    yield _compiled(rf"(?i)(?<![A-Za-z0-9]){_around(local)}{_AT}{_around(domain)}(?![A-Za-z0-9])")
    if len(local) >= 6 and not local.isalpha():
        yield _compiled(rf"(?i)(?<![A-Za-z0-9]){_around(local)}(?![A-Za-z0-9])")


def _around(part: str) -> str:
    """Return a pattern for one side of an e-mail address (before or after the @), with its dots in any form.
    The pattern between two pieces never matches a character of a piece, so matching takes only linear
    time."""
    pieces = (piece for piece in re.split(r"\.+", part) if piece)
    return _DOT.join(r"\s?".join(map(re.escape, re.sub(r"\s", "", piece))) for piece in pieces)


def name(known: str) -> Iterator[Find]:
    """Yield finders for a known name. A Chinese name is also found by its given name alone, and in Latin
    letters. Any other name is also found by each of its words."""
    plain = folded(known).strip()
    if re.fullmatch(rf"[{HAN}]{{2,5}}", plain):
        yield from _chinese(plain)
        return
    parts = [part for part in re.split(r"[\s·.,]+", plain) if len(part) > 1]
    yield word(plain)
    if len(parts) > 1 and plain.isascii():
        whole = "|".join(
            _PLAIN.join(_PLAIN.join(_leet(sign) for sign in part.lower() if sign.isalnum()) for part in order)
            for order in (parts, [parts[-1], *parts[:-1]])
        )
        yield _compiled(rf"(?i)(?<![A-Za-z])(?:{whole})(?![A-Za-z])")
    yield from map(word, parts)
    for part in parts:
        if len(part) > 4:
            leet = "".join(map(_leet, part.lower()))
            yield _compiled(rf"(?i)(?<![A-Za-z0-9]){leet}(?![A-Za-z0-9])")


def _leet(letter: str) -> str:
    """Return a pattern for a letter, or for a digit or mark that people write in its place, such as 3 for
    e."""
    return f"[{letter}{_LEET[letter]}]" if letter in _LEET else re.escape(letter)


def _chinese(plain: str) -> Iterator[Find]:
    gap = rf"[^{HAN}]{{0,3}}" if len(plain) > 2 else _NARROW
    yield _compiled(gap.join(plain))
    if len(plain) > 2:
        yield _compiled(_NARROW.join(f"[{sounding_like(sign)}]" for sign in plain))
    yield from _latin(plain)
    if len(plain) > 2:
        given = plain[-2:]
        if given in _ORDINARY:
            yield _compiled(rf"(?:{_CALLING}){given}|{given}(?={_CALLED})")
        else:
            yield _compiled(rf"{_NARROW.join(given)}(?!{_PLACES})")


def _latin(plain: str) -> Iterator[Find]:
    """Yield finders for a Chinese name in Latin letters, with or without tones. The family name may come
    first or last, and the name may be one word or several. A given name of two syllables is also found
    alone."""
    every = [readings(sign) for sign in plain]
    if not all(every):
        return
    cut = family(plain)
    spelt = [
        rf"(?:{'|'.join(one.replace('v', '(?:v|u|yu)') for one in syllables)})[1-5]?" for syllables in every
    ]
    # in a short name a separator between the letters is required: otherwise "an yi" would be found in "any I"
    apart = [
        rf"(?:{'|'.join(_letters(one, short=len(plain) < 3) for one in syllables)})" for syllables in every
    ]
    first, given = spelt[:cut], spelt[cut:]
    inner, outer = r"[-'\s]?", r"[\W_]{0,2}"
    plainly = any(not {*syllables} & _ENGLISH for syllables in every) or len(plain) > 2
    orders = (
        outer.join((inner.join(first), inner.join(given))),
        outer.join((inner.join(given), inner.join(first))),
    )
    if plainly:
        yield _compiled(rf"(?i)(?<![A-Za-z])(?:{'|'.join(orders)})(?![A-Za-z])")
        between = r"[\W_]{1,2}" if len(plain) < 3 else outer
        for spaced in (apart, [*apart[cut:], *apart[:cut]]):
            yield _compiled(rf"(?i)(?<![A-Za-z]){between.join(spaced)}(?![A-Za-z])")
    else:
        for order in orders:
            yield _capitals(order)
    if len(given) > 1:
        yield _compiled(rf"(?i)(?<![A-Za-z]){inner.join(given)}(?![A-Za-z])")


def _letters(syllable: str, short: bool) -> str:
    return (r"[\W_]{1,2}" if short else r"[\W_]{0,2}").join(syllable)


def _capitals(pattern: str) -> Find:
    """Return a finder for the matches of a pattern that contain at least two capitals."""
    find = _compiled(rf"(?i)(?<![A-Za-z]){pattern}(?![A-Za-z])")

    def capital(text: str) -> Iterator[tuple[int, int]]:
        for start, end in find(text):
            if sum(sign.isupper() for sign in text[start:end]) > 1:
                yield start, end

    return capital


def place(known: str) -> Iterator[Find]:
    """Yield finders for a known postal address: one for the whole address, and one for each part that
    identifies a home, such as the road."""
    plain = folded(known)
    parts = [part for part in re.split(r"[,，;；\n]+|(?<=[省市区县镇乡])", plain) if part]
    roads = [one for part in parts for one in _parts_of(part.strip())]
    for part in sorted({plain.strip(), *roads}, key=len, reverse=True):
        if len(part) > 2:
            yield _compiled(_written(part))


def _parts_of(part: str) -> Iterator[str]:
    """Yield the pieces of a part of an address that identify a home: the road and what follows the road. A
    town or country alone yields nothing."""
    if re.search(r"\d", part):
        yield part
        road = re.match(rf"[{HAN}]{{2,8}}?(?:大道|路|街|巷|弄|胡同|村|小区|花园|公寓|苑|里)", part)
        if road:
            yield road[0]
            yield part[road.end() :]
            for unit in re.finditer(r"\d+号", part):
                yield part[: unit.end()]
        english = re.search(r"\d+[A-Za-z]?\s+([A-Z][a-z]+)\s+(?:[A-Z][a-z]+)", part)
        if english:
            yield english[1] + " " + english[0].split()[-1]
        if english and (short := _SHORT_ROADS.get(english[0].split()[-1])):
            yield f"{english[1]} {short}"
    elif re.search("(?:路|街|巷|弄|小区|花园|公寓|苑|村)$", part):
        yield part


def _written(part: str) -> str:
    """Return a pattern for a part of an address, with its digits in any form. A number of two digits also
    matches as a Chinese numeral with 十 (ten)."""
    found = [
        _counted(piece) if piece.isdigit() else _NARROW.join(map(re.escape, piece))
        for piece in re.findall(r"\d+|[^\d]+", re.sub(r"[\W_]", "", part))
    ]
    ends = r"(?![A-Za-z0-9])" if re.search("[A-Za-z0-9]$", part) else ""
    starts = r"(?<![A-Za-z0-9])" if re.match("[A-Za-z0-9]", part) else ""
    return rf"(?i){starts}{_NARROW.join(found)}{ends}"


def _counted(number: str) -> str:
    each = _NARROW.join(f"[{digit}{NUMERALS[digit]}]" for digit in number)
    if len(number) == 2:
        tens, ones = (f"[{digit}{NUMERALS[digit]}]" for digit in number)
        ten = "[十拾]" if number[0] == "1" else rf"{tens}[十拾]"
        return rf"(?:{each}|{ten}{'' if number[1] == '0' else ones})"
    return each


def word(known: str) -> Find:
    """Return a finder for a known word, also with a few marks between its letters.

    A word of Latin letters only must have the known capitals, or all capitals, because Sun is a name and sun
    is not. Any other word is found in any case. A word that begins or ends with a Latin letter or a digit is
    not found inside a longer word."""
    spaced = r"[-\s·•.*]{0,2}".join(map(re.escape, re.sub(r"[-\s·•.*]", "", known))) or re.escape(known)
    before = r"(?<![A-Za-z])" if re.match("[A-Za-z]", known) else r"(?<!\d)" if known[:1].isdigit() else ""
    after = r"(?![A-Za-z])" if re.search("[A-Za-z]$", known) else r"(?!\d)" if known[-1:].isdigit() else ""
    both = rf"(?:{spaced}|{spaced.upper()})" if known.isascii() and known.isalpha() else rf"(?i:{spaced})"
    return _compiled(before + both + after)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Find:
    compiled = re.compile(pattern)
    return lambda text: (found.span() for found in compiled.finditer(text))
