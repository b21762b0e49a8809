"""Words of free text that tell what it is about, none of which is a name; only whoever has rjieba in its
layer imports this."""

import re
from collections.abc import Iterable, Mapping

import rjieba

from chalicelib.domain.scrub import scrub

SHORTEST = 2
"""A Chinese term has at least so many characters."""
ENGLISH = re.compile(r"(?<![\w'’-])[a-z]{4,}(?![\w'’-])")
"""A word in English. One with a capital may be a name, also where a sentence begins."""
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
"""Words that stand in any text, whatever it is about."""


def terms(text: str, known: Mapping[str, Iterable[str]]) -> set[str]:
    """The nouns, verbs and adjectives of a text, and its words in English. Left out are what is `known` (the
    arguments of `scrub`), what a rule of `scrub` finds, names of people, places, organisations and brands,
    and what is not in the dictionary, as names mostly are."""
    hidden = {**known, "places": [*known.get("places", ()), *known.get("keep", ())], "keep": ()}
    said = MASKED.sub(" ", scrub(text, "zh", **hidden))
    chinese = {
        word
        for word, kind in rjieba.tag(said, hmm=False)
        if kind[0] in "nva" and kind[:2] not in ("nr", "ns", "nt", "nz") and len(word) >= SHORTEST
    }
    return (chinese | {*ENGLISH.findall(said)}) - {*EMPTY.split()}
