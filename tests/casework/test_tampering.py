"""The fourteen tamperings are each noticed in time, at every stage of a case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.cases.casework import Unreadable
from chalicelib.domain.model.codes import Fault
from chalicelib.operations.integrity import goes_on
from tests.casework.recorded import an_hour
from tests.life.complaint import report
from tests.scenario import DAY, HOUR, SUN, WANG, ZHAO, Scenario, once
from tests.store import PDF, Store
from tests.tampering import AT_NEXT_LIST, AT_NEXT_USE, DO, Tamperer


def filed(scenario: Scenario) -> str:
    """Create a complaint with a file."""
    case, store = scenario.submit(), Store(scenario)
    store.tell(store.put(store.declare(case, scenario.party(case), type="application/pdf"), PDF))
    scenario.post()
    return case.ref


@once
def received(scenario: Scenario) -> str:
    """Create a complaint without any decision."""
    ref = filed(scenario)
    scenario.move(scenario.by_link(ref), "message", ref, text="还在吗？")
    return ref


@once
def investigated(scenario: Scenario) -> str:
    """Create an accepted complaint under investigation."""
    ref = scenario.move(WANG, "accept", received(scenario)).ref
    scenario.move(ZHAO, "message", ref, text="我们在看。")
    scenario.post()
    return ref


@once
def answered(scenario: Scenario) -> str:
    """Create an answered complaint whose window runs."""
    ref = investigated(scenario)
    scenario.move(ZHAO, "file_report", ref, **report(scenario.time.date(), 1, 2))
    scenario.move(SUN, "answer", ref)
    scenario.post()
    return ref


@once
def over(scenario: Scenario) -> str:
    """Create a closed complaint on which nothing is left to do."""
    ref = filed(scenario)
    scenario.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    for _ in range(20):
        scenario.live(5 * DAY, ref)
        an_hour(scenario)
    assert not goes_on(scenario.product.file.load(ref))
    return ref


STAGES: dict[str, Callable[[Scenario], str]] = {
    one.__name__: one for one in (received, investigated, answered, over)
}
CLOSED = [what for what in DO if "clock" not in what]


def change_reported(capsys: pytest.CaptureFixture[str]) -> bool:
    """Return whether a change was reported to operations since the last call."""
    return '"RecordChanged": ' in capsys.readouterr().out


def change_reported_after(scenario: Scenario, time: timedelta, capsys: pytest.CaptureFixture[str]) -> bool:
    """Return whether a change is reported once this time has passed and the record was checked."""
    an_hour(scenario, scenario.time + time)
    return change_reported(capsys)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("what", DO)
def test_each_tampering_is_noticed_in_its_time(
    scenario: Scenario, capsys: pytest.CaptureFixture[str], what: str, stage: str
) -> None:
    """A tampering is noticed at its next use, the next hourly list, within a day, or in 28 days if closed."""
    if stage == "over" and what not in CLOSED:
        pytest.skip("no clock runs any more")
    ref = STAGES[stage](scenario)
    by = Tamperer(rows.connection().client, Row.Meta.table_name, ref, scenario.submit().ref)
    by.remember()
    scenario.move(WANG, "note", ref, text="已读。")
    an_hour(scenario, scenario.time + HOUR)
    capsys.readouterr()
    reported = False
    DO[what](by)
    if what == "the mailbox of a party":
        scenario.move(WANG, "message", ref, text="请看信。")
        scenario.post()
        assert "stranger@evil.example" not in {mail["to"] for mail in scenario.sent()}
    elif what in AT_NEXT_USE:
        try:
            scenario.move(scenario.by_link(by.other), "message", by.other, text="另一件。")
            scenario.move(ZHAO if stage != "over" else SUN, "note", ref, text="再看。")
        except Unreadable:
            assert what == "the head of another case"
    elif what in AT_NEXT_LIST and stage != "over":
        an_hour(scenario, scenario.time + HOUR)
    else:
        step, most = (DAY, 29) if stage == "over" else (HOUR, 24)
        reported = any(change_reported_after(scenario, step, capsys) for _ in range(most))
    assert reported or change_reported(capsys), "operations"
    if what == "the head of another case":
        assert not scenario.product.file.load(by.other).doubts
    else:
        assert scenario.product.file.load(ref).doubts


@pytest.mark.parametrize("stage", ["received", "answered"])
def test_a_clock_that_was_stopped_runs_again(scenario: Scenario, stage: str) -> None:
    """The note on the case puts it back into the index."""
    ref = STAGES[stage](scenario)
    by = Tamperer(rows.connection().client, Row.Meta.table_name, ref, "")
    an_hour(scenario)
    DO["the clock stopped"](by)
    an_hour(scenario, scenario.time + DAY)
    case = scenario.product.file.load(ref)
    assert [doubt.fault for doubt in case.doubts] == [Fault.HEAD]
    assert Row.get(rows.case(ref), rows.HEAD).look_at


def test_untouched_cases_are_never_doubted(scenario: Scenario) -> None:
    """Cases of all stages stay undoubted over a month of lists and checks, while the key is changed."""
    refs = [make(scenario) for make in STAGES.values()]
    for n in range(30):
        an_hour(scenario, scenario.time + DAY)
        if n == 10:
            scenario.product.__dict__["_kept_keys"].clear()
    assert [scenario.product.file.load(ref).doubts for ref in refs] == [()] * len(refs)
