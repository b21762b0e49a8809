"""The preparation of people's words for the typesetter, so that no text makes typesetting fail or runs off
its page. No word is lost. A character that the font lacks is printed as `LOST`, and the document says so."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.domain.printable import unprintable

LOST = "〓"
"""The character that is printed in place of a character without a glyph in our fonts."""
SAYS_LOST = {
    "zh": f"“{LOST}”代替了本文件的字体无法显示的字符，例如表情符号。您提交的原文没有改动。",
    "en": f"“{LOST}” stands for a character that the font of this document cannot show, such as an emoji. "
    "What was sent to us is kept unchanged.",
}
"""The remark in a document in which characters were replaced by `LOST`. The key is the language."""
BREAK = "\u200b"
"""A character without width at which a line may break."""
MARKS = "\u0300-\u036f\u20d0-\u20ff\u302a-\u302f\u3099\u309a"
"""The combining characters, which belong to the character before them."""
WIDE = (
    "\u2e80-\u2fdf\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
"""The letters between which a line may break anywhere, such as Chinese ones. This is the inside of a
character class for a regular expression."""
SPACE = " \n\u2000-\u2006\u2008-\u200a\u3000"
"""The spaces at which a line may break."""
UNBROKEN = re.compile(rf"(?:(?![{WIDE}])[\w{MARKS}]){{30,}}|(?:[^{SPACE}{WIDE}/-]|[/-](?![A-Za-z])){{60,}}")
"""The pattern of a stretch of text in which no line can break: 30 or more letters and digits, or 60 or more
characters of any kind."""
WITHIN = re.compile(rf"(?<=.)(?=[^{MARKS}])")
"""The pattern of the places in an unbroken stretch at which `BREAK` is inserted. No place is before a
combining character, because that character belongs to the one before it."""
LONG = re.compile(
    r"(?=[^\n]{1001})(?:[^\n]{600,999}(?:[。！？；]|[.!?;] )"  # ends at the end of a sentence
    rf"|[^\n]{{950,1000}}(?![{MARKS}])|[^\n]{{1000}})"
)
"""The pattern of the start of a paragraph of more than 1,000 characters, up to where the paragraph is split.
Long paragraphs are split because typst takes quadratic time for text without spaces, and fails at 65,535
bytes of it."""


def typesettable(text: str) -> str:
    """Return the words, prepared for the typesetter. Tabs become spaces, and characters without a glyph
    become `LOST`. A line of more than 1,000 characters is split. In a stretch without a place to break, a
    line may break after every character."""
    said = "\n".join(text.replace("\t", " ").splitlines())
    said = said.translate({ord(lost): LOST for lost in unprintable(said)})
    said = LONG.sub(r"\g<0>\n", said)
    return UNBROKEN.sub(lambda run: WITHIN.sub(BREAK, run[0]), said)


def map_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return the template's data `value` with each text in it replaced by `change(text)`. Digests are not
    changed, since people copy them."""
    if isinstance(value, Mapping):
        if value.get("kind") == "digest":
            return value
        return {name: map_texts(item, change) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [map_texts(item, change) for item in value]
    return change(value) if isinstance(value, str) else value
