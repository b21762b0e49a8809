"""What complaints led to: hidden sums of money, and improvement actions against causes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import given, settings, strategies as st

from chalicelib.domain.model.codes import Cause
from chalicelib.figures.export_rows import learnt
from chalicelib.figures.lake import Lake, parquet, path
from chalicelib.figures.outcome import ALL, ActionState, Sum, actions, redress, settled_sums
from chalicelib.figures.report import HOUSE, READ, Period, ReportRows, report
from tests.domain.actions import Action
from tests.domain.life import DAY

MARCH = date(2026, 3, 1)


def row(
    people: int, total: int, largest: int, goodwill: tuple[int, int, int] = (0, 0, 0), **said: Any
) -> dict[str, Any]:
    """Return a row of the statement `redress`: promised in March, by everybody with or without goodwill."""
    return {
        **{"what": "promised", "span": "month", "month": MARCH},
        **{"people": people, "total": total, "largest": largest},
        **dict(zip(("goodwill_people", "goodwill_total", "goodwill_largest"), goodwill, strict=True)),
        **{"owed_people": people - goodwill[0], "owed_total": total - goodwill[1], "owed_largest": largest},
        **said,
    }


def told(whole: Any, parts: Mapping[str, Any] | None = None, span: str = "month") -> Any:
    """Return what a report tells of promised money: of all complaints, or the totals of their parts by type.
    The arguments are rows, or lists with the rows of several months."""
    cells = {ALL: whole, **{("type", code): part for code, part in (parts or {}).items()}}
    rows = {cell: given if isinstance(given, list) else [given] for cell, given in cells.items()}
    found = {code: said["promised"] for (_, code), said in redress(rows, span).items()}
    return found["all"] if parts is None else {code: found[code]["total"] for code in parts}


def test_sums_of_few_people_or_one_large_amount_are_hidden() -> None:
    """A sum needs ten people, none of whom has more than half. Zero is shown."""
    assert told(row(10, 1_000, 500)) == {"people": 10, "total": 1_000, "goodwill": 0}
    assert told(row(10, 1_000, 501)) == {"people": 10, "total": None, "goodwill": None}
    assert told(row(9, 900, 100))["total"] is None
    assert told([]) == {"people": 0, "total": 0, "goodwill": 0}


def test_goodwill_is_hidden_with_a_rest_of_few_people() -> None:
    """Goodwill is shown apart only if what remains of the sum may be shown too."""
    assert told(row(30, 3_000, 100, (15, 1_000, 100)))["goodwill"] == 1_000
    assert told(row(30, 3_000, 100, (9, 800, 100)))["goodwill"] is None
    assert told(row(30, 3_000, 100, (22, 2_200, 100)))["goodwill"] is None


def test_hidden_parts_do_not_follow_from_the_whole() -> None:
    """If a facet has a hidden sum, the smallest other sum of the facet is hidden too."""
    whole = row(45, 4_500, 100)
    parts = {"a": row(20, 2_000, 100), "b": row(16, 1_600, 100), "c": row(9, 900, 100)}
    assert told(whole, parts) == {"a": 2_000, "b": None, "c": None}
    assert told(whole, {"a": row(20, 2_000, 100), "b": row(25, 2_500, 100)}) == {"a": 2_000, "b": 2_500}


def test_a_year_does_not_tell_a_hidden_month() -> None:
    """A year is hidden if it differs from the months that are shown by the amounts of a few people."""
    months = [row(20, 2_000, 100), row(3, 300, 100, month=date(2026, 4, 1))]
    year = row(23, 2_300, 100, span="year")
    assert told([*months, year], span="year")["total"] is None
    months[1] = row(20, 2_000, 100, month=date(2026, 4, 1))
    assert told([*months, year | {"people": 40, "total": 4_000}], span="year")["total"] == 4_000


@settings(max_examples=60)
@given(st.lists(st.lists(st.integers(1, 500), max_size=30), min_size=1, max_size=6))
def test_what_readers_can_subtract_passes_the_rule(kinds: list[list[int]]) -> None:
    """For any amounts of different people, a total less all shown parts of it is zero or may be shown."""
    every = [amount for kind in kinds for amount in kind]
    whole = row(len(every), sum(every), max(every, default=0))
    parts = {str(n): row(len(kind), sum(kind), max(kind, default=0)) for n, kind in enumerate(kinds)}
    said = told(whole, parts)
    hidden = [amount for n, kind in enumerate(kinds) for amount in kind if said[str(n)] is None]
    if told(whole)["total"] is not None:
        assert Sum(len(hidden), sum(hidden), max(hidden, default=0)).shown


def test_final_sums_do_not_tell_what_was_entered_later() -> None:
    """A final report keeps a sum that changed by fewer than ten people, of all complaints and of each code. A
    sum that was hidden before is shown."""
    was = {"promised": told(row(20, 2_000, 100)), "paid": told(row(9, 900, 100))}
    few, many = (
        {"promised": told(row(n, n * 100, 100)), "paid": told(row(11, 1_100, 100))} for n in (29, 30)
    )

    def final(now: Any) -> Any:
        former = {"received": 1, "redress": was, "by": {"type": {"a": {"redress": was}}}}
        later = {
            "received": 2,
            "redress": now,
            "by": {"type": {"a": {"redress": now}, "b": {"redress": now}}},
        }
        return settled_sums(later, former)

    kept = {**few, "promised": was["promised"]}
    assert final(few) == {
        "received": 2,
        "redress": kept,
        "by": {"type": {"a": {"redress": kept}, "b": {"redress": few}}},
    }
    assert final(many)["redress"] == many


def test_team_has_no_sum_that_the_company_hides() -> None:
    """The smallest shown team is hidden beside a team of few people, in its own report too."""

    def of(team: str, facet: str, code: str, people: int) -> dict[str, Any]:
        return row(people, people * 100, 100, team=team, facet=facet, code=code)

    teams = {"a": 20, "b": 16, "c": 9}
    rows = [of(HOUSE, "all", "all", 45), *(of(HOUSE, "team", team, n) for team, n in teams.items())]
    rows += [of(team, "all", "all", n) for team, n in teams.items()]
    figures = ReportRows({**dict.fromkeys(READ, ()), "redress": rows})
    reports = {team: report(figures, Period("2026-03"), MARCH, team) for team in teams}
    found = {team: each["all"]["redress"]["promised"]["total"] for team, each in reports.items()}
    assert found == {"a": 2_000, "b": None, "c": None}


def test_actions_come_from_their_timelines(tmp_path: Path) -> None:
    """An exported action is told with its state, its verdict, and the numbers of its check."""
    life = Action()
    life.take("contain", "zhao", contained="下架旧说明。", protects="所有买家。")
    life.take("finish_action", "zhao", done="说明已改写。")
    life.later(92 * DAY)
    life.take("verify_action", "zhou")
    ((look,),) = [life.case.improvement.looks] if life.case.improvement else [()]
    (file := tmp_path / path("learning", life.time.date())).parent.mkdir(parents=True)
    file.write_bytes(parquet("learning", [line for _, line in learnt(life.case, life.lines)]))
    with Lake(tmp_path) as lake:
        entries = lake.run("actions")
    found = actions(entries, [Cause.NOT_TOLD], date(2026, 12, 1))[Cause.NOT_TOLD]
    assert look.expected
    assert look.after
    assert found == {
        life.case.ref: {
            "team": "general",
            "state": "verified",
            "contained": "2026-03-05",
            "verdict": "fell",
            "expected": round(look.expected),
            "found": look.after.cause,
        }
    }


def test_period_that_is_not_over_has_no_sums() -> None:
    """The report so far shows how many people, and no sum, because many nights would tell single amounts."""
    rows = {**dict.fromkeys(READ, ()), "redress": [row(20, 2_000, 100, team=HOUSE, facet="all", code="all")]}
    running, over = (
        report(ReportRows(rows), Period("2026-03", day), day)["all"]["redress"]["promised"]
        for day in (date(2026, 3, 20), date(2026, 4, 1))
    )
    assert running == {"people": 20, "total": None, "goodwill": None}
    assert over["total"] == 2_000


def entry(ref: str, day: int, move: str, verdict: str | None = None, **said: Any) -> dict[str, Any]:
    """Return a row of the statement `actions`, by default about the cause `design`."""
    told = {"ref": ref, "team": "general", "cause": "design", "expected": None, "found": None}
    return {**told, "day": date.fromordinal(MARCH.toordinal() + day), "move": move, "verdict": verdict} | said


def test_actions_stand_as_at_the_end_of_the_period() -> None:
    """A report tells how far each action had come. Entries after the period do not count."""
    entries = [
        entry("A1", 0, "open_action"),
        entry("A1", 1, "contain"),
        entry("A1", 2, "finish_action"),
        entry("A1", 93, "verify_action", "fell", expected=40, found=12),
        entry("A2", 5, "open_action"),
        entry("A3", 6, "open_action", cause="skill"),
    ]

    def states(day: int) -> list[tuple[str, str, str, str]]:
        found = actions(entries, ["design"], date.fromordinal(MARCH.toordinal() + day))["design"]
        return [(ref, one["state"], one["contained"], one["verdict"]) for ref, one in found.items()]

    assert states(0) == []
    assert states(3) == [("A1", "done", "2026-03-02", "")]
    assert states(94) == [("A2", "open", "", ""), ("A1", "verified", "2026-03-02", "fell")]
    assert states(93 + 366) == [("A2", "open", "", "")]
    assert actions(entries, ["skill", "policy"], MARCH) == {"skill": {}, "policy": {}}


def test_an_action_whose_cause_rose_is_open_again() -> None:
    """If the cause became more frequent, people must be protected again, and the verdict stays."""
    entries = [
        entry("A1", 0, "open_action"),
        entry("A1", 1, "contain"),
        entry("A1", 2, "finish_action"),
        entry("A1", 93, "verify_action", "cannot_be_told", expected=3, found=2),
        entry("A1", 120, "watch_action", "rose"),
    ]
    action = actions(entries, ["design"], date(2027, 1, 1))["design"]["A1"]
    assert (action["state"], action["contained"], action["verdict"]) == (ActionState.OPEN, "", "rose")
