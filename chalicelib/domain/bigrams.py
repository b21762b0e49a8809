"""The tokens by which words are searched. Chinese has no spaces, so a run of Chinese characters is cut into
all its pairs of neighbours. A run of other letters or digits is one token."""

import re
import unicodedata
from collections.abc import Iterator

_CHINESE = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003ffff"
CHINESE = re.compile(f"[{_CHINESE}]")
"""A character of a script without spaces between words: Chinese, Japanese or Korean."""
RUNS = re.compile(rf"[{_CHINESE}]+|[^\W_{_CHINESE}]+")
"""A run of such characters, or a run of other letters and digits."""
UNMARKED = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Latin letters that Unicode does not take apart, and the plain letters that people type for them."""
GAPS = re.compile(
    rf"(?<=[{_CHINESE}])[^\S\n]*\n\s*(?=[{_CHINESE}])"
    rf"|(?<=(?<![{_CHINESE}])[{_CHINESE}])[^\S\n]+(?=[{_CHINESE}](?![{_CHINESE}]))"
)
"""The gaps inside a Chinese word: the end of a line, and spaces between characters that each stand alone."""
LONGEST = 40
"""The most characters of a token that is not a pair. A longer run is cut to this length."""


def joined(text: str) -> str:
    """Return a text without the gaps inside Chinese words, as in text that was pasted with its line ends."""
    return GAPS.sub("", text)


def bare(text: str) -> str:
    """Return a text without case, width and accents."""
    parts = unicodedata.normalize("NFKD", text).casefold().translate(UNMARKED)
    return unicodedata.normalize("NFC", "".join(c for c in parts if unicodedata.category(c) != "Mn"))


def tokens(text: str) -> Iterator[str]:
    """Yield the tokens of a text in their order."""
    for run in RUNS.findall(bare(joined(text))):
        if not CHINESE.match(run):
            yield run[:LONGEST]
        elif len(run) == 1:
            yield run
        else:
            yield from (run[n : n + 2] for n in range(len(run) - 1))


def pieces(text: str) -> list[str]:
    """Return the runs of letters and digits of a typed text. A text contains the typed words if it contains
    each run."""
    return [run[:LONGEST] for run in RUNS.findall(bare(joined(text)))]
