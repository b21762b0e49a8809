"""The store of a staff member's last opening of each case, and of their named filters of work lists. A page
of a list gets both, and the words that it quotes, in one batch read."""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from chalicelib.aws import rows
from chalicelib.aws.draft_rows import draft_in
from chalicelib.aws.rows import Row
from chalicelib.cases.casework import Unavailable, WriteConflict
from chalicelib.cases.waiting import LastOpening, ListDetails
from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.model.case import Case, refuse_if

KEPT = timedelta(days=366)
"""How long the last opening of a case is stored."""
MOST_KNOWN = 10_000
"""How many openings a process remembers as written. If there are more, it forgets all of them."""
MOST_FILTERS = 20
"""How many filters a person can store."""


class DeskRows:
    """The store of last openings and of named filters."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now, self._known = now, dict[tuple[str, str], int]()

    def list_details(
        self, who: str, refs: Iterable[str], named: Mapping[str, str], draft: tuple[str, str]
    ) -> ListDetails:
        """Return the details of a page of a list for the reader `who`, in one batch read. `refs`: the numbers
        of its cases. `named`: the id of the first complainant by case number, for the cases of which the page
        names people. `draft`: the place of the draft of a bulk act, as `DraftRows.keep` gets it."""
        mine, drafted = rows.desk(who), (rows.drafts(draft[0]), rows.draft(who, draft[1]))
        keys = [(mine, rows.FILTERS), drafted, *((mine, ref) for ref in refs)]
        for ref, party in named.items():
            keys += [(rows.case(ref), rows.party(party)), (rows.case(ref), rows.entry(1))]
        shown = ["pk", "sk", "body", "words", "ttl"]
        found = {(row.pk, row.sk): row for row in Row.several(keys, consistent=False, only=shown)}
        people, accounts = {}, {}
        for ref, party in named.items():
            if person := found.get((rows.case(ref), rows.party(party))):
                people[ref] = json.loads(person.body or "{}")
            if first := found.get((rows.case(ref), rows.entry(1))):
                accounts[ref] = json.loads(json.loads(first.words or "{}").get("account", ("", "{}"))[1])
        filters = found.get((mine, rows.FILTERS))
        return ListDetails(
            {sk: row.body or "" for (pk, sk), row in found.items() if pk == mine and sk != rows.FILTERS},
            people,
            accounts,
            json.loads(filters.body or "{}") if filters else {},
            draft_in(found.get(drafted), self._now()),
        )

    def record_opening(self, who: str, case: Case) -> LastOpening | None:
        """Record that the member of staff `who` has opened a case as it is now, and return their opening
        before this one. Return None if they never opened it, if nothing has happened on it since, or if that
        is not known. It costs one write, or none if this process recorded the same. A failed write is
        ignored, because the record only marks what is unread."""
        if self._known.get((who, case.ref)) == case.entries:
            return None
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        now, before = self._now(), None
        with suppress(Unavailable, WriteConflict):
            ttl = int((now + KEPT).timestamp())
            before = Row(rows.desk(who), case.ref, body=stamp(now), entries=case.entries, ttl=ttl).put_over()
            self._known[who, case.ref] = case.entries
        if before and before.body and before.entries:
            return LastOpening(instant(before.body), int(before.entries))
        return None

    def keep_filter(self, who: str, name: str, query: str) -> None:
        """Store a filter under a name, in place of one of the same name. Raises Refusal `filters_full` if
        there are too many, and WriteConflict if the person stored another one at the same moment."""
        self._change(who, lambda had: {**had, name: query})

    def drop_filter(self, who: str, name: str) -> None:
        """Remove the filter with this name; nothing happens if there is none."""
        self._change(who, lambda had: {one: query for one, query in had.items() if one != name})

    def _change(self, who: str, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
        row = Row.find(rows.desk(who), rows.FILTERS)
        body, turn = (row.body or "{}", int(row.entries or 0)) if row else ("{}", 0)
        changed = change(json.loads(body))
        refuse_if(len(changed) > MOST_FILTERS, "filters_full", field="name", most=MOST_FILTERS)
        same = Row.entries == turn if turn else Row.entries.does_not_exist()
        Row(rows.desk(who), rows.FILTERS, body=json.dumps(changed), entries=turn + 1).save(condition=same)
