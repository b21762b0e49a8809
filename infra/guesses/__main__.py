"""The script that writes `chalicelib/domain/guesses.json.gz`: how much each word speaks for each type of
problem. `situations.zh.txt` and `situations.en.txt` have short situations under each type. `words.txt` has
groups of words that stand for one another, in both languages, so that a situation in one language also
teaches the other. Run `python -m infra.guesses` after a change in these files."""

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chalicelib.domain.guesses import LONGEST_CHINESE, START, TABLE, WORD, pieces, stem
from chalicelib.domain.model.codes import TYPES

HERE = Path(__file__).parent
LIGHT, HEAVY, PAIR, FULL = 0.8, 2.5, 0.3, 60
"""The weights of a chance neighbourhood, of a group of words and of a pair of groups, beside 1 for other
pieces, and the scale of the whole numbers in the table."""
SINGLE = 0.7
"""The weight of a single Chinese character, beside 1 for a longer piece."""
OFTEN = 4
"""A pair of groups seen in fewer situations than this is left out: a long story has many pairs by chance."""
RARE, POWER = 2, 0.65
"""A piece seen `RARE` times in one type only has half of the full weight; `POWER` lifts small shares."""


def situations() -> Iterator[tuple[str, str]]:
    """Yield (type, situation) for all situations. Raises KeyError for a type that is not in the code list."""
    known = {f"{kind}/{sub}": f"{kind}/{sub}" for kind, subs in TYPES.items() for sub in subs}
    for file in sorted(HERE.glob("situations.*.txt")):
        code = ""
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("# "):
                code = known[line[2:]]
            else:
                yield from ((code, one.strip()) for one in line.split("|") if one.strip())


def groups() -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return the groups of each word, and the class of goods or services of each group that has one."""
    words, classes = defaultdict[str, list[str]](list), dict[str, str]()
    lines = (HERE / "words.txt").read_text(encoding="utf-8").splitlines()
    for line in (one for one in lines if not one.startswith("#")):
        head, chinese, english = line.split("|")
        group, bought = head.split()
        if bought != "-":
            classes[group] = bought
        phrases = (" ".join(map(stem, WORD.findall(one.replace("-", " ")))) for one in english.split())
        for word in dict.fromkeys([*(one[:LONGEST_CHINESE] for one in chinese.split()), *phrases]):
            words[word].append(group)
    return dict(words), classes


def weight(piece: str, here: int, everywhere: int) -> int:
    """Return how much a piece of text speaks for a type. `here`: the situations of the type that have it.
    `everywhere`: all that have it."""
    share: float = (here / (everywhere + RARE)) ** POWER
    neighbours = " " in piece or (len(piece) == LONGEST_CHINESE and piece > "\u4e00")
    scale = {1: HEAVY, 2: PAIR}.get(piece.count("@"), LIGHT if neighbours else 1)
    return round(share * scale * FULL * (SINGLE if len(piece) == 1 and piece > "\u4e00" else 1))


def least(piece: str) -> int:
    """Return in how many situations a piece must be seen, because a rarer one only repeats its situation."""
    if piece > "\u4e00":
        return min(len(piece), 3)
    return OFTEN if piece.count("@") == 2 else 2


def table() -> dict[str, Any]:
    """Return the table that `chalicelib/domain/guesses.py` reads."""
    words, classes = groups()
    types = [f"{kind}/{sub}" for kind, subs in TYPES.items() for sub in subs]
    number = {code: n for n, code in enumerate(types)}
    seen, found = Counter[str](), defaultdict[str, Counter[str]](Counter)
    for code, situation in situations():
        for piece in pieces(situation, words):
            seen[piece] += 1
            found[piece][code] += 1
    weights = {
        piece: "".join(
            chr(START + number[code]) + chr(START + n)
            for code, here in sorted(codes.items())
            if (n := weight(piece, here, seen[piece]))
        )
        for piece, codes in sorted(found.items())
        if seen[piece] >= least(piece) or (piece.isalpha() and piece < "\u4e00")
    }
    return {"types": types, "words": words, "classes": classes, "weights": weights}


def main() -> None:
    """Write the table."""
    text = json.dumps(table(), ensure_ascii=False, separators=(",", ":"))
    TABLE.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main()
