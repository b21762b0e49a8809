"""The topical terms in free text, without names. Only workers whose Lambda layer has rjieba import this
module."""

import re
from collections.abc import Iterable, Mapping

import rjieba

from chalicelib.domain.scrub import scrub

SHORTEST = 2
"""The minimum number of characters of a Chinese term."""
ENGLISH = re.compile(r"(?<![\w'’-])[a-z]{4,}(?![\w'’-])")
"""The pattern of an English word of at least four letters, in lower case. A word with a capital letter is not
a term, even at the start of a sentence, because it may be a name."""
MASKED = re.compile("〔[^〕]*〕")
EMPTY = """
一样 不会 不到 不能 东西 事情 以为 出来 可能 希望 应该 开始 感觉 成为 时候 有点 没有
看到 知道 能够 觉得 认为 请问 谢谢 起来 进行
about after again also although always another anyone anything around back because been before being
both cannot could does doing done down during each either else even ever every everything from give
given going have having hence here however instead into just like made make many more most much must
need neither never nobody none nothing once only onto other over please quite rather really same several
shall should since some someone something still such tell than thank thanks that their them then there
these they thing things this those though through told took under until upon very want wanted well went
were what when where whether which while will with within without would your
"""
"""Frequent words that say nothing about the topic of a text, so they are no terms."""


def terms(text: str, known: Mapping[str, Iterable[str]]) -> set[str]:
    """Return the terms of `text`: its Chinese nouns, verbs and adjectives, and its English words. `known`
    holds the names of people and places in the case, as keyword arguments of `scrub`.

    A term contains nothing that `scrub` removes. Names of people, places, organisations and brands are left
    out. Chinese words outside the dictionary are left out, because most of them are names."""
    hidden = {**known, "places": [*known.get("places", ()), *known.get("keep", ())], "keep": ()}
    said = MASKED.sub(" ", scrub(text, "zh", **hidden))
    chinese = {
        word
        for word, kind in rjieba.tag(said, hmm=False)
        if kind[0] in "nva" and kind[:2] not in ("nr", "ns", "nt", "nz") and len(word) >= SHORTEST
    }
    return (chinese | {*ENGLISH.findall(said)}) - {*EMPTY.split()}
