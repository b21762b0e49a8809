"""Limits on people's words before typesetting, so that no text breaks a document or runs off its page.

All words stay. A character without a glyph is printed as `LOST`, and the document says so."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.domain.printable import unprintable

LOST = "〓"
"""The replacement for a character without a glyph."""
SAYS_LOST = {
    "zh": f"“{LOST}”代替了本文件的字体无法显示的字符，例如表情符号。您提交的原文没有改动。",
    "en": f"“{LOST}” stands for a character that the font of this document cannot show, such as an emoji. "
    "What was sent to us is kept unchanged.",
}
"""The remark in a document with replaced characters."""
BREAK = "\u200b"
"""An invisible place for a line break."""
MARKS = "\u0300-\u036f\u20d0-\u20ff\u302a-\u302f\u3099\u309a"
"""The combining characters, which attach to the one before."""
WIDE = (
    "\u2e80-\u2fdf\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
"""The letters between which a line may break."""
SPACE = " \n\u2000-\u2006\u2008-\u200a\u3000"
"""The spaces at which a line may break."""
UNBROKEN = re.compile(rf"(?:(?![{WIDE}])[\w{MARKS}]){{30,}}|(?:[^{SPACE}{WIDE}/-]|[/-](?![A-Za-z])){{60,}}")
"""A run without a place to break: 30 or more letters and digits, or 60 or more of any characters."""
WITHIN = re.compile(rf"(?<=.)(?=[^{MARKS}])")
"""The possible break places inside a run."""
LONG = re.compile(
    r"(?=[^\n]{1001})(?:[^\n]{600,999}(?:[。！？；]|[.!?;] )"  # as far as a sentence goes
    rf"|[^\n]{{950,1000}}(?![{MARKS}])|[^\n]{{1000}})"
)
"""The start of a paragraph longer than 1,000 characters. Typst takes quadratic time for text without width,
and fails at 65,535 bytes of it."""


def bounded(words: str) -> str:
    """Return the words for typesetting. Tabs become spaces; characters without a glyph become `LOST`. A line
    of more than 1,000 characters is split. An unbroken run may break after every character."""
    said = "\n".join(words.replace("\t", " ").splitlines())
    said = said.translate({ord(lost): LOST for lost in unprintable(said)})
    said = LONG.sub(r"\g<0>\n", said)
    return UNBROKEN.sub(lambda run: WITHIN.sub(BREAK, run[0]), said)


def each(value: Any, change: Callable[[str], str]) -> Any:
    """Return a view with every text changed; digests stay, since people copy them."""
    if isinstance(value, Mapping):
        if value.get("kind") == "digest":
            return value
        return {name: each(item, change) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [each(item, change) for item in value]
    return change(value) if isinstance(value, str) else value
