"""The replay of the complaints of the last weeks under other lengths of deadlines, compared with today's
policy. A proposal is a file in the store of figures. The nightly worker replays it in the background. Each
hourly run goes on as long as it has time, and the next one continues. No case is changed."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import chain, zip_longest
from typing import Any, Protocol

from ulid import ULID

from chalicelib.access.authorization import NotFound
from chalicelib.cases.casework import Newer, Unavailable, Unreadable
from chalicelib.cases.dossier import Dossier
from chalicelib.domain.calendar import SHANGHAI, length, published, stamp
from chalicelib.domain.engine.running import DEADLINES
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Refusal, refuse_if
from chalicelib.domain.policy import Policy, Rule, policy
from chalicelib.domain.roster import Roster
from chalicelib.figures.replay import STEP, Life, others, out_of_order, played

FOLDER = "figures/what-if/"
"""The folder of the store: a file for each proposal, one with its result so far, and one if it is
cancelled."""
ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
LEVELS = "supervisor", "executive"
COLUMNS = "warned", "late", *LEVELS, "lapsed"
"""The numbers for each deadline. `warned`: reminders before its end. `late`: reminders at its end or later.
`supervisor`, `executive`: reminders that notify these roles. `lapsed`: moves that the clock took because
nobody had acted, such as closing a case."""
DAYS = (7, 30, 90)
"""The periods that a proposal can cover, in days up to today. It replays the complaints that moved in this
period, and all that the clock still watches."""
MOST_CASES, NAMED = 2_000, 20
"""`MOST_CASES`: the most complaints that a proposal replays. `NAMED`: the most complaints that are named for
a number."""
MOST_CHANGES, MOST_LISTED = 10, 20
"""How many lengths a proposal changes, and how many proposals are listed."""
AT_ONCE = 20
"""After how many complaints the result so far is stored."""
LAST_MS = 60_000
"""A run begins no further complaints if it has less time left than this, in milliseconds."""


class ReplayedCases(Protocol):
    """The case store, as a replay uses it. `moved_on` yields the numbers of the complaints of a shard that
    moved on a day (UTC). `due_on` yields those that the clock will look at, however long ago they moved."""

    def whole(self, ref: str) -> Dossier: ...
    def roster(self) -> Roster: ...
    def moved_on(self, day: date, shard: int) -> Iterator[str]: ...
    def due_on(self, shard: int) -> Iterator[str]: ...


class Store(Protocol):
    """The store of figures. `keys` yields the keys that begin with a text, in their order."""

    def put(self, key: str, content: bytes, type: str = ...) -> None: ...
    def read(self, key: str) -> bytes: ...
    def keys(self, folder: str) -> Iterator[str]: ...


@frozen
class Proposals:
    """The stored proposals and their results. `store`: the store of figures. `now`: returns the present
    moment."""

    store: Store
    now: Callable[[], datetime]

    def ask(self, who: str, lengths: Mapping[str, str], days: int) -> str:
        """Store a proposal and return its id. `lengths`: the new lengths by deadline. `days`: one of
        `DAYS`."""
        id = str(ULID.from_datetime(self.now()))
        asked = {"id": id, "by": who, "at": stamp(self.now()), "lengths": dict(lengths), "days": days}
        self._put(f"{id}.json", asked)
        return id

    def cancel(self, id: str) -> None:
        """End the replay of a proposal. Its result so far stays."""
        self._put(f"{id}.cancelled", {"at": stamp(self.now())})

    def all(self) -> list[dict[str, Any]]:
        """Return the newest proposals, the newest first. The key `cancelled` says whether one was cancelled.
        It costs a list of the folder, and a read for each proposal."""
        keys = [*self.store.keys(FOLDER)]
        ids = [key.removesuffix(".json") for key in keys if key.endswith(".json") and key.count(".") == 1]
        return [
            {**self._read(f"{id.removeprefix(FOLDER)}.json"), "cancelled": f"{id}.cancelled" in keys}
            for id in sorted(ids, reverse=True)[:MOST_LISTED]
        ]

    def one(self, id: str) -> dict[str, Any]:
        """Return a proposal with its result so far. Raises NotFound if there is none with this id."""
        if not ID.fullmatch(id):
            raise NotFound(id)
        try:
            found = self._read(f"{id}.json")
        except Unavailable:
            raise NotFound(id) from None
        cancelled = f"{FOLDER}{id}.cancelled" in self.store.keys(f"{FOLDER}{id}")
        return {**found, "cancelled": cancelled, "result": self.result(id)}

    def result(self, id: str) -> dict[str, Any]:
        """Return the result so far of a proposal; an empty one before its replay began."""
        try:
            return self._read(f"{id}.result.json")
        except Unavailable:
            return {"refs": None, "done": 0, "of": 0, "numbers": {}, "broken": [], "late": [], "letters": {}}

    def _read(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.store.read(FOLDER + name))
        return found

    def _put(self, name: str, content: Mapping[str, Any]) -> None:
        self.store.put(FOLDER + name, json.dumps(content).encode(), "application/json")

    def keep(self, id: str, result: Mapping[str, Any]) -> None:
        """Store the result so far of a proposal."""
        self._put(f"{id}.result.json", result)


@frozen
class WhatIf:
    """Replays the proposals. `shards`: returns the number of shards of the list of moved complaints."""

    file: ReplayedCases
    proposals: Proposals
    shards: Callable[[], int]
    now: Callable[[], datetime]

    def run(self, left_ms: Callable[[], int]) -> None:
        """Go on with every proposal that is neither finished nor cancelled, in turns, while there is time.
        `left_ms` returns the remaining time in milliseconds."""
        while left_ms() > LAST_MS:
            waiting = [one for one in reversed(self.proposals.all()) if not one["cancelled"]]
            results = [(one, self.proposals.result(one["id"])) for one in waiting]
            open_ = [(one, result) for one, result in results if result["refs"] != []]
            if not open_:
                return
            for one, result in open_:
                self.proposals.keep(one["id"], self._further(one, result, left_ms))

    def _further(
        self, asked: Mapping[str, Any], result: dict[str, Any], left_ms: Callable[[], int]
    ) -> dict[str, Any]:
        """Return the result after `AT_ONCE` further complaints, or after fewer if the time ends."""
        if result["refs"] is None:
            refs = self._chosen(asked["days"])
            result = {**result, "refs": refs, "of": len(refs), "until": stamp(self.now())}
        rules, roster = suffix(asked["lengths"]), self.file.roster()
        numbers = result["numbers"]
        for _ in range(AT_ONCE):
            if not result["refs"] or left_ms() <= LAST_MS:
                break
            ref = result["refs"][0]
            together = self._connected(ref)
            names = {dossier.case.ref for dossier in together or ()} | {ref}
            result["done"] += len(names & {*result["refs"]})
            result["refs"] = [one for one in result["refs"] if one not in names]
            if together is None:
                result["broken"].append(ref)
            if not together:
                continue
            until = datetime.fromisoformat(result["until"])
            pairs = zip(
                played(together, roster, "", until), played(together, roster, rules, until), strict=True
            )
            for today, proposed in pairs:
                if today.broken:
                    result["broken"].append(today.ref)
                    continue
                if proposed.broken:
                    result["late"].append(today.ref)
                for side, life in (("today", today), ("proposed", proposed)):
                    result["letters"][side] = result["letters"].get(side, 0) + life.letters
                    _count(numbers, side, life)
        return result

    def _chosen(self, days: int) -> list[str]:
        """Return the numbers of at most `MOST_CASES` complaints. In turns, they are one that moved in the
        last `days` days, those that moved last first, and one that the clock will look at, however long ago
        it moved. Of many complaints, half are thus of each kind."""
        shards = range(self.shards())
        back = (self.now().date() - timedelta(days=n) for n in range(days))
        moved = (ref for day in back for shard in shards for ref in self.file.moved_on(day, shard))
        due = (ref for shard in shards for ref in self.file.due_on(shard))
        found = dict[str, None]()
        for ref in filter(None, chain.from_iterable(zip_longest(moved, due))):
            found[ref] = None
            if len(found) == MOST_CASES:
                break
        return [*found]

    def _connected(self, ref: str) -> list[Dossier] | None:
        """Return the complaint `ref` and all complaints connected with it; None if one of them cannot be
        read. An improvement action or a training is no complaint, and gives an empty list."""
        try:
            found = connected_complaints(self.file, ref)
        except (NotFound, Newer, Unreadable):
            return None
        plain = all(not one.case.improvement and not one.case.training for one in found)
        return found if plain else []


def connected_complaints(file: Any, ref: str) -> list[Dossier]:
    """Return the complaint `ref` and all complaints connected with it, directly or through others. Complaints
    are connected if an entry of one names the other. `file` is the case store."""
    found, more = dict[str, Dossier](), {ref}
    while more:
        found |= {one: file.whole(one) for one in more}
        more = {one for dossier in found.values() for one in others(dossier)} - found.keys()
    return list(found.values())


def counted(lives: Iterable[Life]) -> Counter[tuple[str, str]]:
    """Return the numbers of these replays, added up. The key is a deadline and one of `COLUMNS`."""
    found = Counter[tuple[str, str]]()
    for life in lives:
        for one in life.taken:
            what = "lapsed" if one.move != STEP else "warned" if one.early else "late"
            found[one.deadline, what] += 1
            if one.told in LEVELS:
                found[one.deadline, one.told] += 1
    return found


def _count(numbers: dict[str, Any], side: str, life: Life) -> None:
    """Add a replay to the numbers of a result. They are keyed by deadline and column; each holds, for both
    sides, the number and the complaints behind it."""
    for (deadline, column), n in counted([life]).items():
        cell = numbers.setdefault(f"{deadline} {column}", {"today": [0, []], "proposed": [0, []]})
        cell[side][0] += n
        if len(cell[side][1]) < NAMED:
            cell[side][1].append(life.ref)


def suffix(lengths: Mapping[str, str]) -> str:
    """Return proposed lengths as the end of a policy name, which `policy` reads."""
    return "+" + ",".join(f"{name}={proposed}" for name, proposed in sorted(lengths.items()))


def changeable(rules: Policy) -> dict[str, str]:
    """Return the deadlines whose length a proposal can change, with their lengths today."""
    return {name: rule.length for name, rule in rules.rules.items() if rule.length and name in DEADLINES}


def checked(rules: Policy, said: Mapping[str, str]) -> dict[str, str]:
    """Return the proposed lengths that differ from those of `rules`, after the checks of the lengths of a
    policy. `said`: the typed length of each deadline.

    Raises Refusal for a length in another form, for none or too many changes, and for a length that puts the
    steps of the deadline in the wrong order. `field` is the name of the deadline, or `days` for no change."""
    today = changeable(rules)
    found = {name: typed.strip() for name, typed in said.items() if name in today}
    found = {name: typed for name, typed in found.items() if typed != today[name]}
    refuse_if(not found, "nothing_proposed", field="days")
    refuse_if(len(found) > MOST_CHANGES, "too_many_lengths", field=sorted(found)[0], most=MOST_CHANGES)
    for name, typed in found.items():
        try:
            n = length(typed)
        except ValueError:
            raise Refusal("bad_length", field=name) from None
        refuse_if(not 0 < n.n <= 999 or n.unit not in "hdwl", "bad_length", field=name)
    crooked = sorted({name for name, _ in out_of_order(rules.name + suffix(found))} & found.keys())
    if crooked:
        raise Refusal("steps_out_of_order", field=crooked[0])
    return found


def shortened(rules: Policy, lengths: Mapping[str, str]) -> list[str]:
    """Return the deadlines that a proposal makes shorter and whose end date people see. A person's date stays
    as we sent it, so a shorter length would only apply to later complaints."""
    proposed = policy(rules.name + suffix(lengths))
    return [
        name
        for name in sorted(lengths)
        if DEADLINES[name].seen_by and _ends(proposed.rules[name]) < _ends(rules.rules[name])
    ]


def _ends(rule: Rule) -> datetime:
    """Return the end of a deadline that starts on an ordinary Monday morning in China."""
    start = datetime.fromisoformat("2026-03-02T01:00:00+00:00")
    return published().ends(start, length(rule.length), generous=rule.generous, pauses=[], zone=SHANGHAI).at
