"""The results of complaints for a board and a regulator: conclusions of answers, money promised and paid,
repeated complaints, and improvement actions against the main causes.

Sums of money pass `figures.protection.summed`. A report shows sums side by side, and their differences must
not tell a hidden sum either. So a year may be hidden because of its months, and a part because of the
total. A period that is not over has no sums, because those of two nights would tell the amounts of a day. A
final report keeps a provisional sum from which it would differ by few people."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum, auto
from typing import Any, NamedTuple

from chalicelib.domain.model.codes import ReopenReason, Verdict
from chalicelib.domain.moves.improvement import contain, finish_action, open_action, verify_action
from chalicelib.figures.protection import LEAST, summed

Row = Mapping[str, Any]
UNKEPT = frozenset({ReopenReason.REMEDY_FAILED, ReopenReason.PROOF_WRONG})
"""The reasons of a reopening that mean that a promise was not kept after all."""
Cell = tuple[str, str]
"""Some of the complaints: those with a code of a facet."""
ALL: Cell = ("all", "all")
"""All complaints."""
FLOWS = ("promised", "paid")
"""What happened to money: the company promised it to a consumer, or paid it to them."""
REMEMBERED = timedelta(days=365)
"""How long after its last entry a report names an improvement action whose effect was verified."""


class Concluded(StrEnum):
    """The conclusion on a complaint as a whole. `UPHELD`: every matter that the answer decides is upheld.
    `UPHELD_IN_PART`: at least one is, in part or wholly. With the next three none is. `OFFERED`: we offer
    something without admission. `GOODWILL`: we give something as goodwill. `REJECTED`: we give nothing.
    `SETTLED`: the complaint was settled at once, without findings."""

    UPHELD, UPHELD_IN_PART, OFFERED, GOODWILL, REJECTED, SETTLED = (auto() for _ in range(6))


class ActionState(StrEnum):
    """How far an improvement action has come: to be done, done, or done and its effect verified."""

    OPEN, DONE, VERIFIED = (auto() for _ in range(3))


class Sum(NamedTuple):
    """A sum of money in fen: of how many distinct people, the `total`, and the `largest` share of one of
    them."""

    people: int
    total: int
    largest: int

    @property
    def shown(self) -> bool:
        """Return whether the sum may be shown by itself."""
        return not self.total or summed(*self) is not None

    def less(self, parts: Collection["Sum"]) -> "Sum":
        """Return what a reader can work out as the rest of the sum, without these `parts`: its total, with
        the fewest people and the largest share that are possible."""
        people, total = (sum(part[at] for part in parts) for at in (0, 1))
        return Sum(self.people - people, max(self.total - total, 0), self.largest)


def outcomes(upheld: Iterable[Row], repeats: Iterable[Row], events: Iterable[Row]) -> dict[str, Any]:
    """Return how often answers concluded what (`concluded`), and how many complaints repeat an earlier one
    (`repeats`) or were reopened because a promise was not kept (`unkept`). The arguments are rows of the
    statements with these names."""
    found = dict.fromkeys(map(str, Concluded), 0)
    for row in upheld:
        found[row["conclusion"]] += row["n"]
    return {
        "concluded": found,
        "repeats": sum(row["n"] for row in repeats),
        "unkept": sum(row["n"] for row in events if row["what"] == "reopened" and row["detail"] in UNKEPT),
    }


def rates(told: Row) -> dict[str, tuple[int, int]]:
    """Return the rates of some complaints, each as a part and the whole that it belongs to. `told` are their
    figures in a report.

    `upheld`: wholly or in part, of the answers with findings. `overturned`: of the matters that
    reconsiderations decided. `mediated`: of the mediations that ended. `broken`: of the promises whose day is
    over and that nobody gave up. `mended`: of the broken ones. `repeats`: of the complaints received.
    `unkept`: of all reopenings."""
    said = told["concluded"]
    ends = sum((Counter(each) for each in told["promises"].values()), Counter[str]())
    return {
        "upheld": (
            said[Concluded.UPHELD] + said[Concluded.UPHELD_IN_PART],
            sum(said.values()) - said[Concluded.SETTLED],
        ),
        "overturned": (told["overturned"], told["matters"]),
        "mediated": (told["mediated"], told["mediated"] + told["unmediated"]),
        "broken": (ends["broken"], sum(ends.values()) - ends["given_up"]),
        "mended": (told["mended"], ends["broken"]),
        "repeats": (told["repeats"], told["received"]),
        "unkept": (told["unkept"], told["reopened"]),
    }


def redress(cells: Mapping[Cell, Collection[Row]], span: str) -> dict[Cell, dict[str, Row]]:
    """Return the money that was promised and paid in a period, by facet and code, and by `FLOWS`: the
    distinct `people`, the `total` in fen, and for all complaints the `goodwill` in it. A hidden sum is None.

    `cells` are the rows of the statement `redress` in the months of the period, by facet and code. `span` is
    the length of the period: `month`, `quarter` or `year`."""
    told: dict[Cell, dict[str, Row]] = {cell: {} for cell in cells}
    for what in FLOWS:
        rows = {cell: [row for row in every if row["what"] == what] for cell, every in cells.items()}
        shown = _shown({cell: _separate(each, span) for cell, each in rows.items()})
        for cell, each in rows.items():
            people = sum(row["people"] for row in each if row["span"] == span)
            told[cell][what] = {"people": people, "total": shown[cell]}
        goodwill, rest = (_separate(rows[ALL], span, part) for part in ("goodwill_", "owed_"))
        parts = shown[ALL] is not None and goodwill and rest
        told[ALL][what] = {**told[ALL][what], "goodwill": goodwill.total if goodwill and parts else None}
    return told


def without_sums(
    told: Mapping[Cell, Mapping[str, Row]], hidden: Collection[str]
) -> dict[Cell, dict[str, Row]]:
    """Return the results of `redress` with the sums of the flows `hidden` left out, but with the numbers of
    people."""
    return {
        cell: {
            what: {**dict.fromkeys(each), "people": each["people"]} if what in hidden else each
            for what, each in flows.items()
        }
        for cell, flows in told.items()
    }


def settled_sums(final: Any, former: Any) -> Any:
    """Return the figures of a final report, at any depth. A sum of money stays that of the provisional report
    (`former`) if the number of people behind it changed by less than `LEAST`."""
    if not isinstance(final, Mapping) or not isinstance(former, Mapping):
        return final
    if final.keys() >= {"people", "total"} and former.get("total") is not None:
        return former if abs(final["people"] - former["people"]) < LEAST else final
    return {name: settled_sums(each, former.get(name)) for name, each in final.items()}


def _shown(sums: Mapping[Cell, Sum | None]) -> dict[Cell, int | None]:
    """Return the totals that may be shown side by side. Of a facet with a hidden sum, the smallest other ones
    are hidden too, until nothing that is hidden follows from the sum of all complaints."""
    whole, shown = sums[ALL], {cell: each.total for cell, each in sums.items() if each}
    for facet in {facet for facet, _ in sums} if whole else ():
        some = {cell: each for cell, each in sums.items() if cell[0] == facet and each and each.total}
        while whole and some and not whole.less(some.values()).shown:
            smallest = min(some, key=lambda cell: some[cell].total)
            del some[smallest], shown[smallest]
    return {cell: shown.get(cell) for cell in sums}


def _separate(rows: Iterable[Row], span: str, part: str = "") -> Sum | None:
    """Return the sum of a period. Return None if it is hidden, or if the shown sums of its months would leave
    a rest of too few people. `part`: the beginning of the names of the columns."""
    found: dict[str, list[Sum]] = {"month": [], span: []}
    for row in rows:
        if row["span"] in found:
            found[row["span"]].append(Sum(*(row[part + name] for name in Sum._fields)))
    whole = found[span][0] if found[span] else Sum(0, 0, 0)
    return whole if whole.shown and whole.less([one for one in found["month"] if one.shown]).shown else None


def actions(entries: Iterable[Row], causes: Collection[str], end: date) -> dict[str, dict[str, Row]]:
    """Return the improvement actions against each of these causes as they stood before the day `end`, by
    number, the newest first. An action whose effect was verified is left out `REMEMBERED` after its last
    entry. `entries` are the rows of the statement `actions`.

    An action has its `team`, its `state`, the day on which people were protected (`contained`, "" without
    one), and its last `verdict` with the number of complaints that were `expected` and `found`."""
    told = dict[str, dict[str, Any]]()
    for row in (row for row in entries if row["day"] < end):
        action = told.setdefault(
            row["ref"], {"contained": "", "verdict": "", "expected": None, "found": None}
        )
        action |= {"cause": row["cause"], "team": row["team"], "day": row["day"]}
        if row["move"] == contain.__name__:
            action["contained"] = str(row["day"])
        if row["move"] == verify_action.__name__ or row["verdict"] == Verdict.ROSE:
            action |= {name: row[name] for name in ("verdict", "expected", "found")}
        if row["verdict"] == Verdict.ROSE:
            action["contained"] = ""
        if state := _state(row):
            action["state"] = state
    kept = {
        ref: action
        for ref, action in reversed(told.items())
        if action["state"] != ActionState.VERIFIED or action["day"] >= end - REMEMBERED
    }
    shown = ("team", "state", "contained", "verdict", "expected", "found")
    return {
        cause: {
            ref: {name: action[name] for name in shown}
            for ref, action in kept.items()
            if action["cause"] == cause
        }
        for cause in causes
    }


def _state(entry: Row) -> ActionState | None:
    """Return the state of an improvement action after an entry; None if the entry does not change it."""
    if entry["move"] == open_action.__name__ or entry["verdict"] == Verdict.ROSE:
        return ActionState.OPEN
    if entry["move"] == finish_action.__name__:
        return ActionState.DONE
    return ActionState.VERIFIED if entry["move"] == verify_action.__name__ else None
