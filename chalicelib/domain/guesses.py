"""Guesses of what a complaint is about, from the words of its story: its type, and the class of what was
bought. They are proposals; the consumer chooses. The table of weights is written by `infra.guesses` from
situations in both languages."""

import gzip
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any
from unicodedata import normalize

TABLE = Path(__file__).with_name("guesses.json.gz")
FIRST, LAST = 3_000, 1_000
"""The numbers of characters at the beginning and at the end of a story that are read. In a longer story they
say what it is about, and the time for it stays short."""
MOST = 3
"""The number of types that are proposed."""
CHINESE, WORD = re.compile(r"[\u4e00-\u9fff]+"), re.compile(r"[a-z][a-z']*|[£$]|\d+")
LONGEST_CHINESE, LONGEST_PHRASE = 4, 4
"""The most characters of a piece of Chinese, and the most words of an English phrase."""
ENDINGS = ("ings", "ing", "edly", "ied", "ies", "ed", "es", "ly", "s", "e")
UNDOUBLED = "lsaeiou"
"""The letters that stay doubled at the end of a stem."""


def guesses(story: str, most: int = MOST) -> tuple[str, ...]:
    """Return the types that a story is probably about, the most probable first. A type is given with its
    sub-type, as in "insurance/claim_refused". Return fewer or none if no word of the story is known."""
    table, score = _table(), Counter[int]()
    weights: Mapping[str, str] = table["weights"]
    for piece in pieces(story, table["words"]):
        row = weights.get(piece, "")
        for code, weight in zip(row[::2], row[1::2], strict=True):
            score[ord(code)] += ord(weight) - START
    best = sorted(score, key=lambda code: (-score[code], code))
    return tuple(table["types"][code - START] for code in best[:most])


def bought(story: str) -> str | None:
    """Return the class of goods or services that a story probably speaks of, as in "service/lodging". Return
    None if it speaks of none, or of two equally often."""
    table = _table()
    groups = _groups(*_split(story), table["words"])
    found = Counter(table["classes"][group] for group in groups if group in table["classes"])
    best = [*found.most_common(2), ("", 0)]
    return best[0][0] if found and best[0][1] > best[1][1] else None


START = 48
"""The character with this number stands for the first type, and for the weight 0, in a row of the table."""


@cache
def _table() -> dict[str, Any]:
    """Return the table. `types`: the types by their number. `words`: a word or phrase → the groups it belongs
    to. `classes`: a group → the class it speaks of. `weights`: a piece of text → pairs of characters, each a
    type and a weight."""
    read: dict[str, Any] = json.loads(gzip.decompress(TABLE.read_bytes()))
    return read


def pieces(story: str, words: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the pieces of a story that have a weight: short pieces of Chinese, stems of English words and
    pairs of neighbours, groups of words ("@hotel"), and pairs of groups. `words`: the groups of each word."""
    chinese, stems = _split(story)
    groups = sorted({f"@{group}" for group in _groups(chinese, stems, words)})
    pairs = map(" ".join, pairwise(stems))
    return {*chinese, *stems, *pairs, *groups, *map("".join, combinations(groups, 2))}


def stem(word: str) -> str:
    """Return the stem of an English word, so that "renting" and "rented" are the same word."""
    if len(word) > 4:
        ending = next((e for e in ENDINGS if word.endswith(e) and len(word) - len(e) >= 3), "")
        word = word.removesuffix(ending) + ("y" if ending in ("ied", "ies") else "")
        if len(word) > 3 and word[-1] == word[-2] and word[-1] not in UNDOUBLED:
            word = word[:-1]
        return word[:-1] + "y" if word.endswith("i") else word
    return word[:-1] if len(word) == 4 and word.endswith("s") and not word.endswith("ss") else word


def _groups(chinese: set[str], stems: Sequence[str], words: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the groups of the words in a story, once for each different word."""
    phrases = {
        " ".join(stems[at : at + length])
        for length in range(1, LONGEST_PHRASE + 1)
        for at in range(len(stems) - length + 1)
    }
    return [group for word in sorted(words.keys() & (phrases | chinese)) for group in words[word]]


def _split(story: str) -> tuple[set[str], list[str]]:
    """Return the pieces of Chinese in a story, and its English words by their stems. Of a long story only the
    beginning and the end are read."""
    part = story if len(story) <= FIRST + LAST else f"{story[:FIRST]}\n{story[-LAST:]}"
    text = normalize("NFKC", part).lower()
    chinese = {
        run[at : at + length]
        for run in CHINESE.findall(text)
        for length in range(1, LONGEST_CHINESE + 1)
        for at in range(len(run) - length + 1)
    }
    return chinese, [stem(word) for word in WORD.findall(text)]
