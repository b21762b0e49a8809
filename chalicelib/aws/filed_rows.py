"""The lists of the complaints that a partner filed. A row of a complaint is written in the transaction of the
move that changes it, and only if its content changes."""

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from heapq import merge
from itertools import islice
from typing import Any

from chalicelib.aws import rows
from chalicelib.aws.rows import Row, Write
from chalicelib.domain.calendar import instant
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Stage
from chalicelib.domain.timeline import canonical
from chalicelib.view.filed import Between, FiledCase, State, filed_case


class FiledRows:
    """The lists of the complaints of each partner."""

    def page(
        self, partner: str, states: Iterable[State], part: Between, limit: int
    ) -> tuple[list[FiledCase], bool]:
        """Return a page of the complaints that `partner` filed, and whether more follow. `states`: open,
        closed, or both. It costs one query for each state."""
        found = merge(
            *(self._listed(partner, state, part, limit + 2) for state in states),
            key=lambda one: one.place,
            reverse=part.newest,
        )
        items = list(islice((one for one in found if one.place != part.after), limit + 1))
        return items[:limit], len(items) > limit

    def numbers(self, partner: str, external_id: str) -> list[str]:
        """Return the numbers of the complaints that `partner` filed under its own number `external_id`, in
        ascending order. There are several if a complaint was split."""
        return [row.sk for row in Row.query(_named(partner, external_id), consistent_read=True)]

    def _listed(self, partner: str, state: State, part: Between, most: int) -> Iterator[FiledCase]:
        first, last = (part.first, part.after or part.last) if part.newest else (part.after, part.last)
        found = Row.query(
            _list(partner, state),
            Row.sk.between(max(first, part.first), last),
            scan_index_forward=not part.newest,
            limit=most,
        )
        for row in found:
            at, _, ref = row.sk.partition("#")
            said = json.loads(row.body or "{}").get("external_id")
            yield FiledCase(ref, said, state, Stage(row.stage or ""), instant(at))


def listed(write: Write, before: Case | None, case: Case) -> None:
    """Add to a transaction those rows of a case on the lists of its partner that the move changes."""
    was, now = _rows(before), _rows(case)
    for key in was.keys() - now.keys():
        write.delete(Row(*key))
    for key, row in now.items():
        if was.get(key) != row:
            write.save(Row(*key, **row))


def _rows(case: Case | None) -> Mapping[tuple[str, str], dict[str, Any]]:
    """Return the rows of a case by their keys; {} for a case that no partner filed."""
    if case is None or not case.intake.partner:
        return {}
    partner, one = case.intake.partner, filed_case(case)
    found: dict[tuple[str, str], dict[str, Any]] = {
        (_list(partner, one.state), one.place): {
            "body": canonical({"external_id": one.external_id}),
            "stage": str(one.stage),
        }
    }
    own = one.external_id
    return found | ({(_named(partner, own), case.ref): {}} if own else {})


def _list(partner: str, state: State) -> str:
    return rows.lookup("filed", f"{partner}#{state}")


def _named(partner: str, external_id: str) -> str:
    """Return the partition key of the cases with a partner's own number. As everywhere, small and capital
    letters of such a number count as the same."""
    return rows.lookup("filed_as", f"{partner}#{sha256(external_id.strip().lower().encode()).hexdigest()}")
