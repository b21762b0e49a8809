"""Numbers in the texts of letters and pages, in digits and in words, in both languages."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PRODUCT = Path(__file__).parents[2] / "chalicelib"
SLOT = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|\{[\w.]*\}|<(style|script)\b.*?</\1>|<[^>]+>", re.DOTALL)
"""What is no text: slots, tags of templates and of HTML."""
WORDS = {
    word: n
    for n, words in {
        2: "two twice half",
        3: "three thrice",
        4: "four",
        5: "five",
        6: "six",
        7: "seven",
        8: "eight",
        9: "nine",
        10: "ten",
        11: "eleven",
        12: "twelve",
        14: "fourteen",
        15: "fifteen",
        20: "twenty",
        24: "twenty-four",
        28: "twenty-eight",
        30: "thirty",
        40: "forty",
        48: "forty-eight",
        50: "fifty",
        60: "sixty",
        90: "ninety",
        100: "hundred",
        1000: "thousand",
    }.items()
    for word in words.split()
}
ENGLISH = rf"(?:{'|'.join(sorted(WORDS, key=len, reverse=True))}|\d[\d,.]*)"
ENGLISH_UNITS = (
    r"(?:hours?|days?|minutes?|seconds?|weeks?|months?|years?|people|persons?|members?|times|yuan|characters"
    r"|digits|files?|MB|kB|GB|per cent|pages?|points?|addresses|links?|messages|letters|complaints|questions?"
    r"|tries|drafts?|cases|decimals?)"
)
ENGLISH_NUMBER = re.compile(
    rf"\b({ENGLISH})(?:[ -](?:clock|working|calendar|more|full|whole|other|local|last|closing|odd)){{0,2}}"
    rf"[ -]?{ENGLISH_UNITS}\b|\b({ENGLISH}) ?%|\b(twice)\b|\b(?:least|most|than|than the) ({ENGLISH})\b"
    rf"|\b({ENGLISH}) or more\b",
    re.IGNORECASE,
)
DIGITS = {"〇": 0, "两": 2, **{sign: n for n, sign in enumerate("一二三四五六七八九", 1)}}
TENS = {"十": 10, "百": 100, "千": 1000, "万": 10000}
CHINESE = r"(?:[二两三四五六七八九十百千万\d]|一(?=[十百千万]))[一二三四五六七八九十百千万\d,.]*"
CHINESE_NUMBER = re.compile(
    rf"(?<![第几数{''.join(DIGITS)}十])({CHINESE})(?:多|余)?个?"
    r"(?:小时|天|日|工作日|自然日|周|月|年|分钟|秒|人|位|名|次|%|元|字|件|份|项|封|分|倍|成|MB|张|问题|选项|步)"
)
LAW = re.compile(r"《[^》]*》|第[一二三四五六七八九十百〇\d]+条(?:第[一二三四五六七八九十]+[款项])*")
"""The name of a law and its article: these numbers are the law's."""


def texts() -> Iterator[tuple[str, str, str]]:
    """Yield each text with its place and its language; "" where a template serves both."""
    for file in sorted((PRODUCT / "letters").glob("*/*.md")):
        name, _, language = file.stem.rpartition(".")
        yield f"letters/{file.parent.name}" + (f"/{name}" if name else ""), language, file.read_text("utf-8")
    for file in sorted((PRODUCT / "locale").glob("*/**/*.json")):
        _, language, *path = file.relative_to(PRODUCT).with_suffix("").parts
        for key, text in _strings(json.loads(file.read_text("utf-8"))):
            yield ".".join((*path, key)), language, text
    for file in sorted((PRODUCT / "web/templates").glob("*.html")):
        yield f"templates/{file.name}", "", file.read_text("utf-8")


def _strings(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from _strings(one, f"{place}.{key}".lstrip("."))


def numbers(text: str) -> list[int]:
    """Return the numbers of a text that measure something, in their order. "One" is left out: it is more
    often an article than a number."""
    plain = LAW.sub(" ", SLOT.sub(" ", text))
    found = [(m.start(), _english(next(filter(None, m.groups())))) for m in ENGLISH_NUMBER.finditer(plain)]
    found += [(m.start(), _chinese(m[1])) for m in CHINESE_NUMBER.finditer(plain)]
    return [n for _, n in sorted(found)]


def _english(said: str) -> int:
    word = said.lower()
    return WORDS[word] if word in WORDS else int(float(word.strip(".,").replace(",", "")))


def _chinese(said: str) -> int:
    if said[0].isdecimal():
        return int(float(re.sub(r"[^\d.]", "", said).strip(".")))
    total, digit = 0, 0
    for sign in said:
        if sign in TENS:
            total, digit = total + (digit or 1) * TENS[sign], 0
        else:
            digit = DIGITS.get(sign, 0)
    return total + digit


def literals() -> dict[tuple[str, str], Counter[int]]:
    """Return the numbers in each text, by place and language."""
    found: dict[tuple[str, str], Counter[int]] = {}
    for place, language, text in texts():
        if said := numbers(text):
            found[place, language] = found.get((place, language), Counter()) + Counter(said)
    return found
