"""Marks the passages of a page that are in another language with `lang`, for screen readers (WCAG 3.1.2).
Such passages are people's words, letters, names, and titles of laws.

A page and its quotations are in Chinese or English, so the script of the letters identifies the language. The
tags are added to the HTML of the rendered page. A passage that a template has marked itself is left as it
is."""

import re
from functools import cache, lru_cache

from chalicelib.locale.formats import texts

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
"""The Chinese characters, for use inside the brackets of a regular expression."""
BETWEEN = r"[0-9A-Z\s.,:%/()+*#¥。，、；：？！“”‘’《》（）【】—…·-]{0,8}"
"""What may stand between two Chinese characters of one passage: a number, an abbreviation, punctuation."""
KEPT_CHOICES = 2_000
"""The number of option labels for which the detected language is cached."""
WORDS = 3
"""An English passage on a Chinese page is marked from this number of words on. Fewer words may be a name or a
unit."""
TAG = (
    r"(?<=<)(?:(?P<kept>textarea|title|style|script)\b.*?</(?P=kept)>"
    r"|option(?P<of>[^>]*)>(?P<option>[^<]*)</option>)"
)
"""A regular expression for elements that must not get a tag inside: `textarea`, `title`, `style`, `script`,
`option`. An option gets the `lang` attribute itself."""
CHINESE = re.compile(
    rf"[<{HAN}](?:{TAG}"
    rf"|(?<!<)(?<![{HAN}].)(?<!lang=\"zh-CN\">.)(?P<rest>(?:{BETWEEN}[{HAN}])*[。！？；：”）》…]*)(?![^<>]*>))",
    re.DOTALL,
)
ENGLISH = re.compile(
    rf"[<>](?:{TAG}|(?<=>)(?<!lang=\"en\">)\s*(?P<rest>[^<>]*[A-Za-z][^<>]*?)(?=\s*<))", re.DOTALL
)
"""Regular expressions for the Chinese passages of an English page, and for the English passages of a Chinese
page. Each starts with a set of single characters, which is searched much faster than alternatives. The group
`rest` is what follows this first character."""
ONE, WORD = re.compile(f"[{HAN}]"), re.compile(r"(?<!\S)\W?[A-Za-z]{2,}")
FOUND = {"en": CHINESE, "zh": ENGLISH}
"""By the language of the page, the regular expression for its passages in the other language."""
OTHER = {"en": "zh-CN", "zh": "en"}


def with_language_tags(body: str, language: str) -> str:
    """Return the HTML of a page with `lang` on the passages in the other language. `language` is that of the
    page."""
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
    """Return whether a text is wholly in the other language than the page, whose language is `language`. The
    name of the other language counts too, whatever its script."""
    if text.strip() in _names(language):
        return True
    han, words = len(ONE.findall(text)), len(WORD.findall(text))
    return words >= WORDS and words > han if language == "zh" else han > 0 and words == 0


_choice = lru_cache(KEPT_CHOICES)(_other)


@cache
def _names(language: str) -> set[str]:
    """Return the names of the other languages, as each language calls itself. `language` is that of the
    page."""
    return {name for code, name in texts(language)["language"].items() if code != language}
