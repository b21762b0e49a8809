"""Bounds people's words before they are typeset, so that no text breaks a document or runs off its page.

No word is dropped. A character that the font does not have is printed as `LOST`, and the document says so.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.domain.printable import unprintable

LOST = "〓"
"""What is printed for a character that the font does not have."""
SAYS_LOST = {
    "zh": f"“{LOST}”代替了本文件的字体无法显示的字符，例如表情符号。您提交的原文没有改动。",
    "en": f"“{LOST}” stands for a character that the font of this document cannot show, such as an emoji. "
    "What was sent to us is kept unchanged.",
}
"""What a document says if characters were lost."""
BREAK = "\u200b"
"""A place to break that cannot be seen."""
MARKS = "\u0300-\u036f\u20d0-\u20ff\u302a-\u302f\u3099\u309a"
"""Characters that stand on the one before them."""
WIDE = (
    "\u2e80-\u2fdf\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
"""Letters between which a line may be broken."""
SPACE = " \n\u2000-\u2006\u2008-\u200a\u3000"
"""Spaces at which a line may be broken."""
UNBROKEN = re.compile(rf"(?:(?![{WIDE}])[\w{MARKS}]){{30,}}|(?:[^{SPACE}{WIDE}/-]|[/-](?![A-Za-z])){{60,}}")
"""A run without a place to break: of letters and digits, or of anything."""
WITHIN = re.compile(rf"(?<=.)(?=[^{MARKS}])")
"""Where a run may be broken, but for its ends."""
LONG = re.compile(
    r"(?=[^\n]{1001})(?:[^\n]{600,999}(?:[。！？；]|[.!?;] )"  # as far as a sentence goes
    rf"|[^\n]{{950,1000}}(?![{MARKS}])|[^\n]{{1000}})"
)
"""The beginning of a paragraph that is longer than 1,000 characters. Typst needs time that grows with the
square of what has no width, and fails at 65,535 bytes of it."""


def bounded(words: str) -> str:
    """Return the words as they are typeset. Tabs become spaces, characters without a glyph `LOST`. A line of
    more than 1,000 characters becomes several. An unbroken run may break after every character."""
    said = "\n".join(words.replace("\t", " ").splitlines())
    said = said.translate({ord(lost): LOST for lost in unprintable(said)})
    said = LONG.sub(r"\g<0>\n", said)
    return UNBROKEN.sub(lambda run: WITHIN.sub(BREAK, run[0]), said)


def each(value: Any, change: Callable[[str], str]) -> Any:
    """A view with every text in it changed; the digests are left as they are, since people copy them."""
    if isinstance(value, Mapping):
        if value.get("kind") == "digest":
            return value
        return {name: each(item, change) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [each(item, change) for item in value]
    return change(value) if isinstance(value, str) else value
