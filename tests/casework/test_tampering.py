"""The fourteen tamperings are each noticed in time, at every stage of a case."""

from __future__ import annotations

from collections.abc import Callable

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


def filed(scenario: Scenario, nth: int = 0) -> str:
    """Create a complaint with a file, of the nth person."""
    person = {"name": f"王芳{nth}", "email": f"wang{nth}@mail.example"}
    case, store = scenario.submit(person=person), Store(scenario)
    store.tell(store.put(store.declare(case, scenario.party(case), type="application/pdf"), PDF))
    scenario.post()
    return case.ref


@once
def received(scenario: Scenario, nth: int = 0) -> str:
    """Create a complaint without any decision."""
    ref = filed(scenario, nth)
    scenario.move(scenario.by_link(ref), "message", ref, text="还在吗？")
    return ref


@once
def investigated(scenario: Scenario, nth: int = 0) -> str:
    """Create an accepted complaint under investigation."""
    ref = scenario.move(WANG, "accept", received(scenario, nth)).ref
    scenario.move(ZHAO, "message", ref, text="我们在看。")
    scenario.post()
    return ref


@once
def answered(scenario: Scenario, nth: int = 0) -> str:
    """Create an answered complaint whose window runs."""
    ref = investigated(scenario, nth)
    scenario.move(ZHAO, "file_report", ref, **report(scenario.time.date(), 1, 2))
    scenario.move(SUN, "answer", ref)
    scenario.post()
    return ref


@once
def over(scenario: Scenario) -> str:
    """Create a closed complaint on which nothing is left to do."""
    return ended(scenario, 1)[0]


def ended(scenario: Scenario, number: int) -> list[str]:
    """Create so many closed complaints on which nothing is left to do."""
    refs = [filed(scenario, nth) for nth in range(number)]
    for ref in refs:
        scenario.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    for _ in range(20):
        scenario.live(5 * DAY, *refs)
        an_hour(scenario)
    assert not any(goes_on(scenario.product.file.load(ref)) for ref in refs)
    return refs


STAGES: dict[str, Callable[..., str]] = {
    one.__name__: one for one in (received, investigated, answered, over)
}
CLOSED = [what for what in DO if "clock" not in what]
"""The changes that can be made to a closed case, in which no clock runs any more."""


def reported(capsys: pytest.CaptureFixture[str]) -> int:
    """Return how many changes were reported to operations since the last call."""
    return capsys.readouterr().out.count('"RecordChanged": ')


@pytest.mark.parametrize("stage", STAGES)
def test_each_tampering_is_noticed_in_its_time(
    scenario: Scenario, capsys: pytest.CaptureFixture[str], stage: str
) -> None:
    """A tampering is noticed at its next use, the next hourly list, within a day, or in 28 days if closed."""
    closed = stage == "over"
    names = CLOSED if closed else [*DO]
    refs = (
        ended(scenario, len(names)) if closed else [STAGES[stage](scenario, nth) for nth in range(len(names))]
    )
    client, other = rows.connection().client, scenario.submit().ref
    tampered = {
        what: Tamperer(client, Row.Meta.table_name, ref, other) for what, ref in zip(names, refs, strict=True)
    }
    for by in tampered.values():
        by.remember()
        scenario.move(WANG, "note", by.number, text="已读。")
    an_hour(scenario, scenario.time + HOUR)

    def noticed(*names: str) -> None:
        """Assert that each of these changes was reported, and is noted on its case if that can be read."""
        assert reported(capsys) >= len(names)
        assert not scenario.product.file.load(other).doubts
        refs = {what: tampered[what].number for what in names if what != "the head of another case"}
        assert [what for what, ref in refs.items() if not scenario.product.file.load(ref).doubts] == []

    for what in AT_NEXT_USE:
        by = tampered[what]
        reported(capsys)
        DO[what](by)
        if what == "the mailbox of a party":
            scenario.move(WANG, "message", by.number, text="请看信。")
            scenario.post()
            assert "stranger@evil.example" not in {mail["to"] for mail in scenario.sent()}
        else:
            try:
                scenario.move(scenario.by_link(other), "message", other, text="另一件。")
                scenario.move(SUN if closed else ZHAO, "note", by.number, text="再看。")
            except Unreadable:
                assert what == "the head of another case"
        noticed(what)
    by_list = [] if closed else [*AT_NEXT_LIST]
    later = [what for what in names if what not in {*AT_NEXT_USE, *by_list}]
    for whats, times, time in ((by_list, 1, HOUR), (later, 29, DAY) if closed else (later, 24, HOUR)):
        for what in whats:
            DO[what](tampered[what])
        for _ in range(times):
            an_hour(scenario, scenario.time + time)
        noticed(*whats)


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
