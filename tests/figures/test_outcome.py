"""What complaints led to: hidden sums of money, and improvement actions against causes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from chalicelib.domain.model.codes import Cause
from chalicelib.figures.export_rows import learnt
from chalicelib.figures.lake import Lake, parquet, path
from chalicelib.figures.outcome import ActionState, actions, redress
from chalicelib.figures.report import HOUSE, READ, Period, ReportRows, report
from tests.domain.actions import Action
from tests.domain.life import DAY

MARCH = date(2026, 3, 1)


def row(people: int, total: int, largest: int, **said: Any) -> dict[str, Any]:
    """Return a row of the statement `redress`: promised in March, by everybody without goodwill."""
    return {
        **{"what": "promised", "span": "month", "month": MARCH},
        **{"people": people, "total": total, "largest": largest},
        **{"goodwill_people": 0, "goodwill_total": 0, "goodwill_largest": 0},
        **said,
    }


def told(*rows: Mapping[str, Any], span: str = "month", running: bool = False) -> Any:
    """Return what a report tells of promised money."""
    return redress(rows, span, running)["promised"]


def test_sums_of_few_people_or_one_large_amount_are_hidden() -> None:
    """A sum needs ten people, none of whom has more than half, and so does the goodwill in it. Zero is
    shown."""
    assert told(row(10, 9_000, 1_500)) == {"people": 10, "total": 9_000, "goodwill": 0}
    assert told(row(10, 9_000, 4_501)) == {"people": 10, "total": None, "goodwill": 0}
    goodwill = {"goodwill_people": 10, "goodwill_total": 3_100, "goodwill_largest": 500}
    assert told(row(30, 9_000, 1_500, **goodwill))["goodwill"] == 3_000
    assert told(row(30, 9_000, 1_500, **goodwill | {"goodwill_people": 9}))["goodwill"] is None
    assert told() == {"people": 0, "total": 0, "goodwill": 0}


def test_a_period_has_the_sum_of_its_own_length() -> None:
    """A year has a row of its own, because a person can be in several months."""
    year = row(23, 18_000, 1_500, span="year")
    assert told(row(20, 9_000, 1_500), year, span="year") == {"people": 23, "total": 18_000, "goodwill": 0}


def test_period_that_is_not_over_has_no_sums() -> None:
    """The report so far shows how many people, and no sum, because many nights would tell single amounts."""
    rows = {
        **dict.fromkeys(READ, ()),
        "redress": [row(20, 9_000, 1_500, team=HOUSE, facet="all", code="all")],
    }
    running, over = (
        report(ReportRows(rows), Period("2026-03", day), day)["all"]["redress"]["promised"]
        for day in (date(2026, 3, 20), date(2026, 4, 1))
    )
    assert running == {"people": 20, "total": None, "goodwill": None}
    assert over["total"] == 9_000


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


def test_rows_of_earlier_releases_count_each_complaint_as_a_person(tmp_path: Path) -> None:
    """Rows without digests, offers and conclusions give money by complaint, no repeats and no conclusions."""
    at = "2026-03-02T01:00:00"
    promise = {"debtor": "business", "kind": "refund", "state": "pending", "state_at": at, "agreed": False}
    refs = ("1", "1", "2")
    tables: dict[str, list[dict[str, Any]]] = {
        "complaints": [
            {"ref": ref, "received_at": at, "recorded_at": at, "type": "price", "team": "a", "joined": False}
            for ref in ("1", "2")
        ],
        "promises": [{"ref": ref, "id": f"O{n}", "amount": 100, **promise} for n, ref in enumerate(refs)],
        "moves": [{"ref": "1", "n": 2, "taken_at": at, "move": "answer", "asked": False}],
    }
    for table, rows in tables.items():
        (file := tmp_path / path(table, "2026-03-02")).parent.mkdir(parents=True)
        file.write_bytes(parquet(table, rows))
    with Lake(tmp_path) as lake:
        found = lake.run("redress")
        assert lake.run("upheld") == lake.run("repeats") == []
    house = [one for one in found if (one["team"], one["facet"], one["span"]) == (HOUSE, "all", "year")]
    assert [(one["what"], one["people"], one["total"], one["largest"]) for one in house] == [
        ("promised", 2, 300, 200)
    ]


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
