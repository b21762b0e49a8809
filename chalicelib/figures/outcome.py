"""The results of complaints for a board and a regulator: conclusions of answers, money promised and paid,
repeated complaints, and improvement actions against the main causes.

Sums of money pass `figures.protection.summed`. A period that is not over has no sums, because those of many
nights would tell the amounts of a day."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum, auto
from typing import Any

from chalicelib.domain.model.codes import ReopenReason, Verdict
from chalicelib.domain.moves.improvement import contain, finish_action, open_action, verify_action
from chalicelib.figures.protection import summed

Row = Mapping[str, Any]
UNKEPT = frozenset({ReopenReason.REMEDY_FAILED, ReopenReason.PROOF_WRONG})
"""The reasons of a reopening that mean that a promise was not kept after all."""
FLOWS = ("promised", "paid")
"""What happened to money: the company promised it to a consumer, or paid it to them."""
SUMS = ("people", "total", "largest", "goodwill_people", "goodwill_total", "goodwill_largest")
"""The columns of the statement `redress` with a sum of money, and with the goodwill in it."""
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


def redress(rows: Collection[Row], span: str, running: bool) -> dict[str, Row]:
    """Return the money that was promised and paid in a period, by `FLOWS`: the distinct `people`, the `total`
    in fen, and the `goodwill` in it. A hidden sum is None.

    `rows` are those of the statement `redress` in the months of the period. `span` is the length of the
    period: `month`, `quarter` or `year`. `running`: the period is not over."""
    told = dict[str, Row]()
    for what in FLOWS:
        row = next(
            (row for row in rows if (row["what"], row["span"]) == (what, span)), dict.fromkeys(SUMS, 0)
        )
        total, goodwill = summed(*(row[name] for name in SUMS[:3])), summed(*(row[name] for name in SUMS[3:]))
        sums = {"total": None, "goodwill": None} if running else {"total": total, "goodwill": goodwill}
        told[what] = {"people": row["people"], **sums}
    return told


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
