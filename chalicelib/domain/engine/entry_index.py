"""The index of the timeline of a case: for each move, the numbers of its newest entries. With it, these
entries can be read without searching the timeline."""

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any

from chalicelib.domain.engine.declare import MOVES, OFTEN, Move
from chalicelib.domain.model.case_records import Contents
from chalicelib.domain.model.codes import Role


def including(contents: Contents, line: Mapping[str, Any]) -> Contents:
    """Return the index `contents` with one more entry in it. `line`: the parsed line of that entry."""
    n, who, facts = line["n"], line["who"], line["facts"]
    declared = MOVES[line["move"]]
    taken = MOVES[facts["move"]] if declared.grants else declared
    investigates = line["role"] == Role.INVESTIGATOR.code or taken.for_company
    return Contents(
        _with(contents.entries, declared, n) if declared.kept else contents.entries,
        _with(contents.granted, taken, n) if declared.grants else contents.granted,
        contents.handled
        if not declared.handles or who in contents.handled
        else {**contents.handled, who: (n, declared.name)},
        # `investigated`: these people worked for the company's answer, so none can be the neutral officer.
        tuple(
            dict.fromkeys(
                [
                    *contents.investigated,
                    *([who] if investigates else []),
                    *filter(None, [facts.get("colleague")]),
                ]
            )
        ),
    )


def _with(kept: Mapping[str, tuple[int, ...]], declared: Move, n: int) -> Mapping[str, tuple[int, ...]]:
    return {**kept, declared.name: (*kept.get(declared.name, ()), n)[-(declared.kept or OFTEN) :]}


def contents(lines: Iterable[Mapping[str, Any]]) -> Contents:
    """Return the index of a whole timeline. `lines`: the parsed lines of its entries, in order. It is used
    for a case that was saved without an index."""
    return reduce(including, lines, Contents())
