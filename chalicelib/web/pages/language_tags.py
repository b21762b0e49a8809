"""Marks each passage of a page that is in another language than the page. The mark is the attribute `lang`,
which screen readers need (WCAG 3.1.2). Such passages are people's words, letters, names, and titles of laws.

Every page and every passage is in Chinese or English, so the script of the letters identifies the language.
The marks are added to the HTML of the rendered page. A passage that a template has marked stays as it is."""

import re
from functools import cache, lru_cache

from chalicelib.locale.formats import texts

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
"""The Chinese characters, written for use inside the brackets of a regular expression."""
BETWEEN = r"[0-9A-Z\s.,:%/()+*#¥。，、；：？！“”‘’《》（）【】—…·-]{0,8}"
"""A regular expression for what may stand between two Chinese characters of the same passage: a number, an
abbreviation, punctuation."""
KEPT_CHOICES = 2_000
"""The number of option labels for which the detected language is cached."""
WORDS = 3
"""The number of words from which an English passage on a Chinese page is marked. A shorter passage may be a
name or a unit."""
KEPT = ("textarea", "title", "style", "script")
"""The elements in which no tag may be put. Nor may one be put in an `option`, which is marked with an
attribute of its own instead."""
TAG = (
    rf"(?<=<)(?:(?P<kept>{'|'.join(KEPT)})\b.*?</(?P=kept)>"
    r"|option(?P<of>[^>]*)>(?P<option>[^<]*)</option>)"
)
CHINESE = (
    rf"(?s)[<{HAN}](?:{TAG}"
    rf"|(?<!<)(?<![{HAN}].)(?<!lang=\"zh-CN\">.)(?P<rest>(?:{BETWEEN}[{HAN}])*[。！？；：”）》…]*)(?![^<>]*>))"
)
ENGLISH = r">([^<>A-Za-z]*+[A-Za-z][^<>]*+)(?=<)"
"""CHINESE finds the Chinese passages of an English page. It starts with a set of single characters, because
such a set is searched much faster than alternatives. The group `rest` is the passage after this first
character. ENGLISH finds the texts with Latin letters of a Chinese page, each after the end of a tag. A single
character at the start is searched fastest, and a text without such letters is passed over only once, because
`*+` gives nothing back. They are compiled at their first use, because CHINESE takes three
milliseconds."""
ONE, WORD = f"[{HAN}]", r"(?<!\S)\W?[A-Za-z]{2,}"


def with_language_tags(body: str, language: str) -> str:
    """Return the HTML of a page with the attribute `lang` on each passage in the other language. `language`:
    the language of the page."""
    return _english_marked(body) if language == "zh" else re.sub(CHINESE, _chinese_mark, body)


def _chinese_mark(found: re.Match[str]) -> str:
    option = found["option"]
    if option and _choice(option, "en"):
        return f'<option lang="zh-CN"{found["of"]}>{option}</option>'
    return found[0] if found["rest"] is None else f'<span lang="zh-CN">{found[0]}</span>'


def _english_marked(body: str) -> str:
    found, done = list[str](), 0
    for text in re.finditer(ENGLISH, body):
        said = text[1].strip()
        if not _other(said, "zh"):
            continue
        at = body.rfind("<", 0, text.start())
        tag = body[at + 1 : text.start()]
        name = tag.partition(" ")[0]
        if name == "option":
            end = at + len("<option")
            found += [body[done:end], ' lang="en"']
            done = end
        elif name not in KEPT and not tag.endswith('lang="en"'):
            start = body.index(said, text.start(1))
            found += [body[done:start], '<span lang="en">', said, "</span>"]
            done = start + len(said)
    return "".join([*found, body[done:]])


def _other(text: str, language: str) -> bool:
    """Return whether a whole text is in the other language than the page. `language`: the language of the
    page. The name of the other language counts as the other language, whatever its script."""
    if text.strip() in _names(language):
        return True
    if language == "zh" and len(text.split()) < WORDS:
        return False
    han, words = len(re.findall(ONE, text)), len(re.findall(WORD, text))
    return words >= WORDS and words > han if language == "zh" else han > 0 and words == 0


_choice = lru_cache(KEPT_CHOICES)(_other)


@cache
def _names(language: str) -> set[str]:
    """Return the names of the languages other than `language`, each written in its own language."""
    return {name for code, name in texts(language)["language"].items() if code != language}
