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
TAG = (
    r"(?<=<)(?:(?P<kept>textarea|title|style|script)\b.*?</(?P=kept)>"
    r"|option(?P<of>[^>]*)>(?P<option>[^<]*)</option>)"
)
"""A regular expression for elements in which no tag may be put: `textarea`, `title`, `style`, `script`,
`option`. An `option` is marked with an attribute of its own instead."""
CHINESE = (
    rf"(?s)[<{HAN}](?:{TAG}"
    rf"|(?<!<)(?<![{HAN}].)(?<!lang=\"zh-CN\">.)(?P<rest>(?:{BETWEEN}[{HAN}])*[。！？；：”）》…]*)(?![^<>]*>))"
)
ENGLISH = rf"(?s)[<>](?:{TAG}|(?<=>)(?<!lang=\"en\">)\s*(?P<rest>[^<>]*[A-Za-z][^<>]*?)(?=\s*<))"
"""CHINESE finds the Chinese passages of an English page, and ENGLISH the English passages of a Chinese page.
Each regular expression starts with a set of single characters, because such a set is searched much faster
than alternatives. The group `rest` is the passage after this first character. They are compiled at their
first use, because CHINESE takes three milliseconds."""
ONE, WORD = f"[{HAN}]", r"(?<!\S)\W?[A-Za-z]{2,}"
FOUND = {"en": CHINESE, "zh": ENGLISH}
"""The regular expression that finds the passages in the other language. The key is the language of the
page."""
OTHER = {"en": "zh-CN", "zh": "en"}


def with_language_tags(body: str, language: str) -> str:
    """Return the HTML of a page with the attribute `lang` on each passage in the other language. `language`:
    the language of the page."""
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

    return re.sub(FOUND[language], mark, body)


def _other(text: str, language: str) -> bool:
    """Return whether a whole text is in the other language than the page. `language`: the language of the
    page. The name of the other language counts as the other language, whatever its script."""
    if text.strip() in _names(language):
        return True
    han, words = len(re.findall(ONE, text)), len(re.findall(WORD, text))
    return words >= WORDS and words > han if language == "zh" else han > 0 and words == 0


_choice = lru_cache(KEPT_CHOICES)(_other)


@cache
def _names(language: str) -> set[str]:
    """Return the names of the languages other than `language`, each written in its own language."""
    return {name for code, name in texts(language)["language"].items() if code != language}
