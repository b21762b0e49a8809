"""Language tags for the passages of a page in another language, for screen readers (WCAG 3.1.2): people's
words, letters, names, titles of laws.

A page is in Chinese or English, and so is nearly every quotation on it, so the script identifies the
language. Only this module decides it, on the rendered page."""

import re
from functools import cache, lru_cache

from chalicelib.locale.formats import texts

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
"""The Chinese characters, as a range of a regular expression."""
BETWEEN = r"[0-9A-Z\s.,:%/()+*#¥。，、；：？！“”‘’《》（）【】—…·-]{0,8}"
"""The text allowed between Chinese characters of one passage: a number, an abbreviation, punctuation."""
KEPT_CHOICES = 2_000
"""The number of list options whose language is cached."""
WORDS = 3
"""The least number of words of an English passage on a Chinese page; fewer may be a name or a unit."""
TAG = (
    r"(?<=<)(?:(?P<kept>textarea|title|style|script)\b.*?</(?P=kept)>"
    r"|option(?P<of>[^>]*)>(?P<option>[^<]*)</option>)"
)
"""Elements that cannot contain a tag, and options, which get the tag themselves."""
CHINESE = re.compile(
    rf"[<{HAN}](?:{TAG}"
    rf"|(?<!<)(?<![{HAN}].)(?<!lang=\"zh-CN\">.)(?P<rest>(?:{BETWEEN}[{HAN}])*[。！？；：”）》…]*)(?![^<>]*>))",
    re.DOTALL,
)
ENGLISH = re.compile(
    rf"[<>](?:{TAG}|(?<=>)(?<!lang=\"en\">)\s*(?P<rest>[^<>]*[A-Za-z][^<>]*?)(?=\s*<))", re.DOTALL
)
"""Patterns of passages. Both begin with one character of a small set, which is much faster to find than
alternatives; `rest` is the remainder."""
ONE, WORD = re.compile(f"[{HAN}]"), re.compile(r"(?<!\S)\W?[A-Za-z]{2,}")
FOUND = {"en": CHINESE, "zh": ENGLISH}
"""The pattern of passages in the other language, by the language of the page."""
OTHER = {"en": "zh-CN", "zh": "en"}


def with_language_tags(body: str, language: str) -> str:
    """Return a page with language tags on the passages in the other language."""
    lang = OTHER[language]

    def mark(found: re.Match[str]) -> str:
        option = found["option"]
        if option and _choice(option, language):
            return f'<option lang="{lang}"{found["of"]}>{option}</option>'
        if found["rest"] is None:
            return found[0]
        begins = found.start("rest") - found.start() if language == "zh" else 0
        passage = found[0][begins:]
        if language == "zh" and not _other(passage, language):
            return found[0]
        return f'{found[0][:begins]}<span lang="{lang}">{passage}</span>'

    return FOUND[language].sub(mark, body)


def _other(text: str, language: str) -> bool:
    """Return whether a whole text is in the other language, or is the name of a language."""
    if text.strip() in _names(language):
        return True
    han, words = len(ONE.findall(text)), len(WORD.findall(text))
    return words >= WORDS and words > han if language == "zh" else han > 0 and words == 0


_choice = lru_cache(KEPT_CHOICES)(_other)


@cache
def _names(language: str) -> set[str]:
    """Return the names of the other languages, each in its own language."""
    return {name for code, name in texts(language)["language"].items() if code != language}
