"""The language of each passage of a page that is not in the language of the page, for whoever has it read
aloud (WCAG 3.1.2): words of people, letters, names, titles of laws.

A page is in Chinese or in English, and so is nearly all that is quoted on it: the script tells which. It is
decided here alone, on the page as it was rendered."""

import re
from functools import cache, lru_cache

from chalicelib.locale.formats import texts

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
"""Chinese characters, as a range of a regular expression."""
BETWEEN = r"[0-9A-Z\s.,:%/()+*#¥。，、；：？！“”‘’《》（）【】—…·-]{0,8}"
"""What stands between Chinese characters of one passage: a number, an abbreviation, punctuation."""
KEPT_CHOICES = 2_000
"""For how many choices of lists it is kept in which language they are."""
WORDS = 3
"""So many words of letters make an English passage on a Chinese page; fewer may be a name or a unit."""
TAG = (
    r"(?<=<)(?:(?P<kept>textarea|title|style|script)\b.*?</(?P=kept)>"
    r"|option(?P<of>[^>]*)>(?P<option>[^<]*)</option>)"
)
"""What can hold no mark, and what is marked as a whole."""
CHINESE = re.compile(
    rf"[<{HAN}](?:{TAG}"
    rf"|(?<!<)(?<![{HAN}].)(?<!lang=\"zh-CN\">.)(?P<rest>(?:{BETWEEN}[{HAN}])*[。！？；：”）》…]*)(?![^<>]*>))",
    re.DOTALL,
)
ENGLISH = re.compile(
    rf"[<>](?:{TAG}|(?<=>)(?<!lang=\"en\">)\s*(?P<rest>[^<>]*[A-Za-z][^<>]*?)(?=\s*<))", re.DOTALL
)
"""Both begin with one character out of a few, which is looked for much faster than a choice of patterns;
`rest` is what follows it."""
ONE, WORD = re.compile(f"[{HAN}]"), re.compile(r"(?<!\S)\W?[A-Za-z]{2,}")
FOUND = {"en": CHINESE, "zh": ENGLISH}
"""By the language of a page, where something in the other one can stand."""
OTHER = {"en": "zh-CN", "zh": "en"}


def marked(body: str, language: str) -> str:
    """A page with the language of each passage that is not in its own."""
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
    """Whether all of a text is in the other language, or is its name."""
    if text.strip() in _names(language):
        return True
    han, words = len(ONE.findall(text)), len(WORD.findall(text))
    return words >= WORDS and words > han if language == "zh" else han > 0 and words == 0


_choice = lru_cache(KEPT_CHOICES)(_other)


@cache
def _names(language: str) -> set[str]:
    """What other languages are called in themselves."""
    return {name for code, name in texts(language)["language"].items() if code != language}
