"""Outages of ours: parties' windows move by them and our own deadlines do not. No window lapses before its
reminder is as old as planned."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import example, given, strategies as st

from chalicelib.domain.calendar import SHANGHAI, End, Length, Span, published
from chalicelib.domain.engine.deadlines import DEADLINES, deadlines, due, look_again
from chalicelib.domain.engine.running import rule_of
from chalicelib.domain.model.codes import Conclusion
from chalicelib.domain.outages import Outage, Part, Snapshot, latest_end, lost, undone
from tests.closed import complete
from tests.domain.life import ASK, T0, Life, answered

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 4, 20, 2, tzinfo=T0.tzinfo)
"""A Monday morning, ten days before a holiday."""
ENDS = st.sampled_from(["m", "h", "d", "w"])


def at(text: str) -> datetime:
    """Return a local moment, given as "04-22 10:00"."""
    return datetime.fromisoformat(f"2026-{text.replace(' ', 'T')}").replace(tzinfo=SHANGHAI)


def span(since: str, until: str) -> Span:
    """Return the time between two local moments."""
    return Span(at(since), at(until))


def minutes(since: int, until: int) -> Span:
    """Return the time between two moments, given in minutes after START."""
    return Span(START + since * MINUTE, START + until * MINUTE)


def last(text: str, *outages: Span, generous: bool = False) -> str:
    """Return the local end of a run of this length that began at START."""
    length = Length(int(text[:-1]), text[-1])
    end = published().ends(START, length, generous=generous, lost=outages).at
    return f"{end.astimezone(SHANGHAI) - MINUTE:%m-%d %H:%M}"


def photos_requested() -> Life:
    """Return a case with a request for photos: seven days, with a reminder on the fourth."""
    life = Life()
    life.take("ask_information", "wang", **ASK)
    return life


spans = st.tuples(st.integers(-2_000, 60_000), st.integers(1, 3_000)).map(
    lambda drawn: minutes(drawn[0], drawn[0] + drawn[1])
)
many = st.lists(spans, max_size=4)
lengths = st.builds(Length, st.integers(1, 20), ENDS)


def register(times: list[Span]) -> tuple[Outage, ...]:
    """Return the register of these outages."""
    return tuple(
        Outage(Part.SITE, one.since, one.until or START, entered=START + n * MINUTE)
        for n, one in enumerate(times)
    )


def total(times: list[Span]) -> timedelta:
    """Return their total length."""
    return sum(((one.until or one.since) - one.since for one in times), timedelta(0))


# Lost time


def test_overlapping_outages_count_once() -> None:
    """The clock, the site and the mail were out at the same time."""
    times = [span("04-21 10:00", "04-21 16:00"), span("04-21 12:00", "04-21 18:00")]
    assert lost(register(times), START, []) == [span("04-21 10:00", "04-21 18:00")]


def test_outage_in_a_pause_or_before_the_run_loses_no_time() -> None:
    """The window was stopped then, or had not begun."""
    times = [Span(START - DAY, START + HOUR), span("04-21 10:00", "04-23 10:00")]
    pause = span("04-22 00:00", "04-22 12:00")
    assert lost(register(times), START, [pause]) == [
        Span(START, START + HOUR),
        span("04-21 10:00", "04-22 00:00"),
        span("04-22 12:00", "04-23 10:00"),
    ]


def test_endless_pause_covers_later_outages() -> None:
    """A pause without an end covers every outage after its beginning."""
    times = [span("04-21 10:00", "04-21 16:00")]
    assert lost(register(times), START, [Span(at("04-21 09:00"), None)]) == []


@given(many, many)
def test_lost_time_is_a_union(times: list[Span], pauses: list[Span]) -> None:
    """Each moment counts once, also if entered twice, and none of a pause counts."""
    found = lost(register(times), START, pauses)
    assert found == lost(register(times * 2), START, pauses)
    for moment in (START + n * 97 * MINUTE for n in range(650)):
        inside = [one for one in found if one.until and one.since <= moment < one.until]
        away = any(one.until and one.since <= moment < one.until for one in times)
        stood = any(one.until and one.since <= moment < one.until for one in pauses)
        assert len(inside) == (away and not stood)


# The end of a window


@pytest.mark.parametrize(
    ("text", "outage", "before", "after"),
    [
        ("5h", ("04-20 11:00", "04-20 17:00"), "04-20 14:59", "04-20 20:59"),
        ("7d", ("04-22 10:00", "04-22 16:00"), "04-27 23:59", "04-28 23:59"),
        ("7d", ("04-22 20:00", "04-23 02:00"), "04-27 23:59", "04-28 23:59"),
        ("7d", ("04-22 10:00", "04-23 16:00"), "04-27 23:59", "04-29 23:59"),
        ("7d", ("04-27 23:00", "04-28 05:00"), "04-27 23:59", "04-28 23:59"),
        ("7d", ("04-28 00:00", "04-28 05:00"), "04-27 23:59", "04-27 23:59"),
        ("7d", ("04-20 01:00", "04-20 09:00"), "04-27 23:59", "04-27 23:59"),
        ("5w", ("04-22 10:00", "04-22 16:00"), "04-27 23:59", "04-28 23:59"),
        ("5w", ("04-25 10:00", "04-25 16:00"), "04-27 23:59", "04-28 23:59"),
        ("8w", ("05-02 10:00", "05-02 16:00"), "04-30 23:59", "04-30 23:59"),
        ("9w", ("04-30 20:00", "05-01 02:00"), "05-06 23:59", "05-07 23:59"),
        ("9w", ("05-02 10:00", "05-02 16:00"), "05-06 23:59", "05-07 23:59"),
    ],
)
def test_a_window_moves_by_what_was_lost(text: str, outage: tuple[str, str], before: str, after: str) -> None:
    """The end moves by hours, or by whole days for a window in days. The outage lies within a day, over
    midnight, over the end, after it, before it, on a rest day or over a holiday."""
    first, moved = last(text), last(text, span(*outage))
    assert (first, moved) == (before, after)


def test_two_outages_are_counted_together() -> None:
    """Six hours on each of two days are half a day and give one day; another thirteen hours give two."""
    two = [span("04-21 10:00", "04-21 16:00"), span("04-22 10:00", "04-22 16:00")]
    assert last("7d", *two) == "04-28 23:59"
    assert last("7d", *two, span("04-23 08:00", "04-23 21:00")) == "04-29 23:59"


def test_an_end_that_was_rolled_over_rest_days_moves_from_there() -> None:
    """Twelve days would end on Saturday 2 May and were promised to the end of 6 May: an outage on the way
    gives the 7th."""
    outage = span("04-22 10:00", "04-22 16:00")
    assert last("12d", generous=True) == "05-06 23:59"
    assert last("12d", outage, generous=True) == "05-07 23:59"


def test_a_day_of_ones_own_moves_too() -> None:
    """The named day of an offer moves by an outage; its generous end is then rolled over rest days."""
    outage = span("04-29 10:00", "04-29 16:00")
    own = published().own(START, date(2026, 4, 30), lost=[outage])
    assert own.at == at("05-02 00:00")
    assert own.generous == at("05-07 00:00")


@given(lengths, many, many, st.booleans())
@example(Length(10, "d"), [minutes(0, 1), minutes(2, 1442), minutes(0, 2)], [], True)
def test_an_outage_never_brings_an_end_forward(
    length: Length, times: list[Span], pauses: list[Span], generous: bool
) -> None:
    """The end is later by all time lost before it, plus less than a day and the rest days after that. Another
    outage makes it no earlier, also if it joins two others."""

    def counted(of: Sequence[Outage]) -> End:
        away = lost(of, START, pauses)
        return published().ends(START, length, generous=generous, pauses=pauses, lost=away)

    def end(of: list[Span]) -> datetime:
        return latest_end(counted, START, register(of)).at

    ends = [end(times[:n]) for n in range(len(times) + 1)]
    assert ends == sorted(ends)
    before = [one for one in lost(register(times), START, pauses) if one.since < ends[0]]
    assert ends[-1] >= ends[0] + (total(before) if not pauses else timedelta(0))
    every = total(lost(register(times), START, pauses))
    rests = timedelta(days=0 if length.unit in "mh" else 11)
    assert ends[-1] <= ends[0] + every * (1 if length.unit != "w" else 3) + rests + total(pauses) + DAY
    assert end(times * 2) == ends[-1], "entered twice it counts once"


# Windows of parties and our own deadlines


def test_windows_of_parties_move_and_duties_of_ours_do_not() -> None:
    """Deadlines declare it; a day set by the law, a court or a document does not move."""
    windows = {name for name, each in DEADLINES.items() if each.moves}
    assert windows == {
        "information",
        "answer_window",
        "offer",
        "mediation_consent",
        "company_silence",
        "challenge",
        "signing",
        "party_reply",
        "joint_consent",
        "speaker_choice",
        "creditor_answer",
        "change_reply",
        "cure",
        "reopen_window",
        "undo_withdrawal",
        "survey",
        "opinion",
    }
    complete(
        {"mediation", "judicial_confirmation", "authority_term"},
        {name for name, each in DEADLINES.items() if each.fixed},
        "this test",
        "name the law that fixes its end, so that our outages do not move it",
    )


def test_an_open_window_moves_and_says_why() -> None:
    """The window of the request moves by the outage with its reason; our own deadlines do not."""
    life = photos_requested()
    before = deadlines(life.case)
    life.live(2 * DAY)
    life.had(life.time - 6 * HOUR, 6 * HOUR)
    after = deadlines(life.case)
    (window,) = (run for run in after.values() if run.name == "information")
    assert (window.moved, [one.part for one in window.outages]) == (DAY, [Part.SITE])
    assert window.planned == before[window.key].end
    ours = {key: run.end for key, run in after.items() if run.duty}
    assert ours == {key: run.end for key, run in before.items() if run.duty}


def test_an_outage_in_a_pause_of_the_window_gives_nothing() -> None:
    """The talks had already stopped the time to contest."""
    life = answered(Conclusion.NOT_UPHELD)
    life.live(3 * DAY)
    life.take("raise_dispute", "li", nature="amount", about="太少。")
    life.live(2 * DAY)
    life.had(life.time - DAY, 6 * HOUR)
    life.live(DAY)
    (window,) = (run for run in deadlines(life.case).values() if run.name == "answer_window")
    assert window.stopped == "talks"
    assert not window.outages


def test_a_correction_never_shortens_what_was_told() -> None:
    """An operator entered thirty hours, and then six: the window keeps the end after thirty."""
    life = photos_requested()
    life.live(3 * DAY)
    first = Outage(Part.SITE, life.time - 30 * HOUR, life.time, entered=life.time)
    corrected = replace(first, since=life.time - 6 * HOUR, before=(Span(first.since, first.until),))
    told = [due(replace(life.case, outages=(one,)))["information"] for one in (first, corrected)]
    assert told[0] == told[1] > life.due["information"]
    assert first.id == corrected.id


# Lapses


@pytest.mark.parametrize("hours", [6, 30])
@pytest.mark.parametrize("when", ["before", "over the reminder", "over the end"])
def test_a_lapse_waits_for_its_reminder_and_the_grace(hours: int, when: str) -> None:
    """The clock stops anywhere in seven days. The reminder leaves, three days and fifteen hours lie between
    it and the end, and the lapse follows after the grace."""
    life = photos_requested()
    began, rule = life.time, rule_of(life.case.policy, "information")
    assert [step.at for step in rule.ladder] == ["day 4", "due"]
    planned = life.due["information"]
    reminds = planned - 3 * DAY - 15 * HOUR
    out = timedelta(hours=hours)
    stops = {"before": began + DAY, "over the reminder": reminds - HOUR, "over the end": planned - HOUR}[when]
    life.live(stops - life.time)
    life.out(out).clock()
    assert life.case.stage == "awaiting_information", "nothing lapses when the clock is back"
    moved = life.due["information"]
    assert moved >= planned + out
    life.live(20 * DAY)
    assert life.letters_to().count("information_reminder") == 1
    (lapse,) = (line for line in life.lines if line["move"] == "lapse_information")
    ended = datetime.fromisoformat(lapse["at"])
    reminded = max(stops + out, reminds) if when == "over the reminder" else reminds
    assert ended == max(moved, reminded + (planned - reminds)) + 24 * HOUR


def test_a_lapse_overtakes_no_reminder() -> None:
    """The reminder leaves first, also where the register has no outage, as for a parked case. The end that
    everybody reads is that of the lapse."""
    life = photos_requested().later(9 * DAY)
    assert life.clock() == ["take_step"]
    assert life.letters_to()[-1] == "information_reminder"
    left, ends = life.time, life.due["information"]
    assert ends >= left + 3 * DAY + 15 * HOUR
    assert ends == at("03-19 00:00"), "six days after the 12th, since a begun day counts in full"
    life.live(ends - MINUTE - left)
    assert life.case.stage == "awaiting_information"
    life.live(MINUTE)
    assert life.case.stage != "awaiting_information"


def test_window_without_an_outage_lapses_at_its_end() -> None:
    """The lapse comes at the end of the window, to the second."""
    life = photos_requested()
    ends = life.due["information"]
    life.live(ends - life.time - timedelta(seconds=1))
    assert life.case.stage == "awaiting_information"
    life.live(timedelta(seconds=1))
    assert life.case.stage != "awaiting_information"


@pytest.mark.parametrize(("by", "moves"), [(10 * MINUTE, False), (10 * MINUTE + timedelta(seconds=1), True)])
def test_ten_minutes_are_no_outage(by: timedelta, moves: bool) -> None:
    """Only a longer gap counts."""
    life = photos_requested()
    ends = life.due["information"]
    life.live(DAY)
    assert (life.out(by).due["information"] > ends) == moves


def test_the_index_of_older_rows_is_early_never_late() -> None:
    """An index written before the outage was entered lies between the case's value without it and with it."""
    life = photos_requested()
    life.live(2 * DAY)
    written = look_again(life.case, life.time)
    life.had(life.time - HOUR, HOUR)
    now = look_again(life.case, life.time)
    assert written == look_again(replace(life.case, outages=()), life.time)
    assert written is not None
    assert now is not None
    assert written <= now


def stored(since: str, until: str, part: str = "site", *before: tuple[str, str]) -> str:
    """Return an outage as its row holds it."""
    earlier = [dict(zip(("since", "until"), span, strict=True)) for span in before]
    return json.dumps({"part": part, "since": since, "until": until, "before": earlier})


LISTED = Snapshot("01", "10", {"a": stored("03", "05"), "b": stored("06", "07", "mail")})


@pytest.mark.parametrize(
    ("ran", "changes", "older"),
    [
        ("10", {}, False),
        ("11", {}, False),
        ("09", {}, True),
        ("11", {"a": None}, True),
        ("11", {"a": stored("04", "05")}, True),
        ("11", {"a": stored("04", "05", "site", ("03", "05"))}, False),
        ("11", {"c": stored("02", "03")}, False),
        ("12", {"c": stored("10", "12", "clock")}, False),
        ("12", {"c": stored("09", "12", "clock")}, True),
    ],
)
def test_a_register_is_undone_if_it_lacks_what_was_listed(
    ran: str, changes: dict[str, str | None], older: bool
) -> None:
    """Corrections and new outages are no loss. A gap of the clock from before its listed run is false."""
    rest = {**LISTED.outages, **changes}
    there = Snapshot("01", ran, {id: body for id, body in rest.items() if body})
    assert undone(LISTED, there) == older


def test_a_register_that_began_anew_is_undone() -> None:
    """The first run of the clock is listed too."""
    assert undone(LISTED, LISTED._replace(began="09"))
