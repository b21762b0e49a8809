"""Reminders before a lapse that leave late, fail, or are told by a call. The window waits for its reminder,
and each date that a reader sees is the date that holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.engine.deadlines import deadlines, look_at
from chalicelib.domain.engine.running import Running, moment, reminder, reminder_of, rule_of, running_of
from chalicelib.domain.escalation import due_step, step
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.case_records import CallTask
from chalicelib.domain.model.codes import AUTOMATIC, Conclusion, Way
from chalicelib.domain.model.letters import key_of, letter_of
from chalicelib.domain.moves.call_tasks import BY_POST
from chalicelib.domain.moves.intake import Person
from chalicelib.domain.outages import LATE
from chalicelib.domain.undelivered_windows import delivery_failures
from tests.domain.life import (
    ASK,
    BY_PHONE,
    DAUGHTER,
    DECLINED,
    Life,
    answered,
    contested,
    disputed,
    drafted,
    invited,
    joint,
    represented,
    talking,
)

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
GRACE, FAR = DAY, 200 * DAY


def planned_age(case: Case, running: Running) -> timedelta:
    """Return the time between the reminder and the lapse of a run without any delay of ours."""
    plain = replace(case, outages=(), clock=replace(case.clock, steps={}, late=()))
    run = next(run for run in running_of(plain, running.name, running.id))
    n = reminder_of(case.policy, running.name)
    assert n is not None
    assert run.start
    assert run.end
    at = rule_of(case.policy, running.name).ladder[n].at
    return run.end.at - moment(case.severity, run.start, run.end, at)


def photos_requested(life: Life) -> Life:
    """Request photos, which must be given in seven days."""
    life.take("ask_information", "wang", **ASK)
    return life


def contestable(life: Life) -> Life:
    """Answer with "not upheld", with thirty days to contest it."""
    life.take("accept", "wang")
    life.take("take", "zhao")
    return answered(Conclusion.NOT_UPHELD, life)


def declined(life: Life) -> Life:
    """Decline everything; thirty days of silence end the case."""
    life.take("decline", "wang", **DECLINED)
    return life


def asked_to_mediate(life: Life) -> Life:
    """End the negotiation, so that both sides are asked whether they want mediation."""
    return invited(talking(disputed(contestable(life))))


def to_sign(life: Life) -> Life:
    """Draft a text that both sides may sign within seven days."""
    return drafted(talking(disputed(contestable(life))))


WINDOWS: dict[str, Callable[[Life], Life]] = {
    "information": photos_requested,
    "answer_window": contestable,
    "declined": declined,
    "mediation_consent": asked_to_mediate,
    "signing": to_sign,
}
"""By window or stage, a function that brings a complaint there."""


def alone() -> Life:
    """Return the complaint of one person with a mailbox."""
    return Life()


def by_phone() -> Life:
    """Return the complaint of one person who is called for each letter."""
    return Life(BY_PHONE)


def by_post() -> Life:
    """Return the complaint of one person who gets letters by post."""
    return Life(Person("李雷", phone="+8613800138000", way=Way.POST))


def by_text() -> Life:
    """Return the complaint of one person who gets short messages."""
    return Life(Person("李雷", phone="+8613800138000", way=Way.SMS))


def with_agent() -> Life:
    """Return the complaint of a person who is called, with a representative who has a mailbox."""
    return represented(Life(BY_PHONE), person=replace(DAUGHTER, email="li.xue@mail.example"))


def together() -> Life:
    """Return the joint complaint of three people with a mailbox each."""
    return joint(3)[0]


def together_by_phone() -> Life:
    """Return the joint complaint of a person who is called and of one with a mailbox."""
    return joint(2, Life(BY_PHONE))[0]


READERS = (alone, by_phone, by_post, by_text, with_agent, together, together_by_phone)


@dataclass
class Mail:
    """The letters of a life with their present states, and the plan for the reminders of one window.

    `after`: how late each reminder leaves, in turn. None for one that never leaves; a call tells it a day
    after that was found out. All other letters leave at once, and all other calls are made after an hour.
    """

    life: Life
    window: str
    after: list[timedelta | None]
    away: tuple[tuple[datetime, datetime], ...] = ()
    seen: int = 0
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: dict[str, datetime] = field(default_factory=dict)
    reached: dict[str, datetime] = field(default_factory=dict)
    reminds: dict[str, str] = field(default_factory=dict)
    age: dict[str, timedelta] = field(default_factory=dict)
    shown: dict[str, datetime] = field(default_factory=dict)
    told: list[tuple[str, datetime, datetime]] = field(default_factory=list)
    steps: list[tuple[str, int]] = field(default_factory=list)

    def runs(self) -> list[Running]:
        """Return the runs of the watched window."""
        name = "answer_window" if self.window == "declined" else self.window
        return [run for run in deadlines(self.life.case).values() if run.name == name]

    def sort(self) -> None:
        """Give each new letter its row; a reminder of the watched window leaves by the plan."""
        at = stamp(self.life.time)
        for letter in self.life.letters[self.seen :]:
            row = {"id": letter.id, "key": letter.key, "to": letter.to, "way": letter.way, "state": "owed"}
            row |= {"at": at, "sent": None, "beside": letter.beside, "leaves": None}
            self.rows[letter.id] = row
            topic = key_of(letter.key).topic
            ours = next((run.key for run in self.runs() if topic == reminder(self.life.case, run)), None)
            if ours:
                self.reminds[letter.id] = ours
                after = self.after.pop() if self.after else timedelta()
                if letter.way in AUTOMATIC:
                    row["leaves"] = None if after is None else self.life.time + after
                else:
                    self.calls[letter.id] = self.life.time + (after or HOUR)
            elif letter.way in AUTOMATIC:
                row |= {"state": "sent", "sent": {"at": at}}
        self.seen = len(self.life.letters)

    def go(self) -> None:
        """Let the letters leave and the calls be made that are due now."""
        life = self.life
        for id, row in self.rows.items():
            if row["state"] == "owed" and row["leaves"] and row["leaves"] <= life.time:
                row |= {"state": "sent", "sent": {"at": stamp(life.time)}}
                self.reached.setdefault(id, life.time)
                if life.time - instant(row["at"]) > LATE:
                    late = {"letter": row["key"], "id": id, "since": instant(row["at"]), "at": life.time}
                    self.take("letter_late", late)
                said = [(run.key, run.due) for run in self.runs() if run.key == self.reminds[id] and run.due]
                self.told += [(key, life.time, due) for key, due in said]
        for telling in life.case.tellings:
            if self.called(telling) <= life.time:
                post = life.case.party(telling.party).way == Way.POST
                said = {"how": Way.POST if post else Way.COUNTER, "told": True, "said": "读给本人听。"}
                by = "ma" if letter_of(telling.letter).confided else "wang"
                life.take("record_telling", by, telling=telling.id, **said)
                if telling.id in self.reminds:
                    self.reached.setdefault(telling.id, life.time + (BY_POST if post else timedelta()))

    def called(self, telling: CallTask) -> datetime:
        """Return when a call is made."""
        return self.calls.get(telling.id, telling.since + HOUR)

    def clock(self) -> None:
        """Take every due step as the clock does, after a look at the letters of the window."""
        life = self.life
        while running := due_step(life.case, life.time):
            news = list(delivery_failures(life.case, running, self.posted))
            if sum(self.take(move, said) for move, said in news):
                continue
            self.steps.append((running.key, running.done))
            if running.step and running.step.consumer and running.key in [run.key for run in self.runs()]:
                self.age[running.key] = planned_age(life.case, running)
            life.keep(step(life.case, running, life.act("clock"), life.roster))
            self.sort()

    def take(self, move: str, said: dict[str, Any]) -> bool:
        """Take a move of the clock; return whether it was new."""
        with suppress(Refusal):
            self.life.take(move, "clock", **said)
            if move == "letter_failed":
                self.calls[said["id"]] = self.life.time + DAY
            return True
        return False

    def posted(self, post: str) -> Iterator[dict[str, Any]]:
        """Yield the letters of one post."""
        return (row for id, row in self.rows.items() if id.rpartition(".")[0] == post)

    def next(self) -> datetime:
        """Return when something happens next. During an outage the clock takes no step."""
        leaving = [row["leaves"] for row in self.rows.values() if row["state"] == "owed" and row["leaves"]]
        at = look_at(self.life.case) or self.life.time + FAR
        for since, until in self.away:
            at = until if since <= at < until else at
        return min([at, *leaving, *map(self.called, self.life.case.tellings)])

    def live(self) -> tuple[str, datetime]:
        """Let time pass until the clock ends the window; return the run that lapsed, and when."""
        life, ahead, before = self.life, list(self.away), len(self.life.entries)
        for _ in range(500):
            for run in self.runs():
                assert not run.due or run.due >= self.shown.get(run.key, run.due), "a told date came nearer"
                self.shown |= {run.key: run.due} if run.due else {}
            if not self.runs():
                break
            at = max(self.next(), life.time)
            if ahead and ahead[0][1] <= at:
                since, until = ahead.pop(0)
                life.time = max(life.time, until)
                life.had(since, until - since)
                continue
            life.time = at
            self.go()
            if not any(since <= life.time < until for since, until in self.away):
                self.clock()
        (lapse,) = (line for line in life.lines[before:] if line["move"].startswith("lapse_"))
        return self.steps[-1][0], instant(lapse["at"])


delays = st.one_of(
    st.none(), st.integers(0, 90).map(lambda n: n * MINUTE), st.integers(0, 400).map(lambda n: n * HOUR)
)
outages = st.lists(
    st.tuples(st.integers(0, 24 * 45), st.integers(1, 60)).map(
        lambda drawn: (drawn[0] * HOUR, drawn[1] * HOUR)
    ),
    max_size=3,
)


@pytest.mark.parametrize("window", WINDOWS)
@settings(max_examples=30, deadline=None)
@given(reader=st.sampled_from(READERS), after=st.lists(delays, max_size=3), away=outages)
def test_no_window_lapses_before_its_reminder_is_as_old_as_planned(
    window: str,
    reader: Callable[[], Life],
    after: list[timedelta | None],
    away: list[tuple[timedelta, timedelta]],
) -> None:
    """The lapse waits for the reminder of each person, and no step is taken twice. No date is told that is
    past or comes nearer. The date shown last holds. Outages, delays and readers are random."""
    life = WINDOWS[window](reader())
    while life.case.tellings:
        life.tell("ma" if letter_of(life.case.tellings[0].letter).confided else "wang")
    out = tuple((life.time + at, life.time + at + by) for at, by in sorted(away))
    mail = Mail(life, window, after, out)
    mail.seen = len(life.letters)
    run, ended = mail.live()
    reached = [at for id, at in mail.reached.items() if mail.reminds[id] == run]
    assert len(mail.steps) == len(set(mail.steps)), "a step was taken twice"
    assert reached, "nobody got the reminder"
    assert ended >= max(reached) + mail.age[run] - LATE
    latest = mail.shown[run] + LATE + GRACE
    for since, until in out:  # during an outage no window ends
        latest = max(latest, until) if since <= latest else latest
    assert mail.shown[run] <= ended <= latest
    assert all(now < due <= mail.shown[key] for key, now, due in mail.told)


def test_a_reminder_whose_moment_fell_into_a_reconsideration_leaves_before_the_lapse() -> None:
    """A reconsideration was under way at the moment of the reminder. The request is withdrawn, and the case
    is parked past the end of the window: the reminder leaves first, and the window waits for it."""
    life = declined(Life())
    life.live(18 * DAY)
    contested(life).live(4 * DAY)
    life.take("withdraw_request", "li")
    window = life.running["answer_window"]
    assert window.due
    life.later(window.due + DAY - life.time).clock()
    left, age = life.time, planned_age(life.case, window)
    assert life.letters_to()[-1] == "answer_reminder"
    ends = life.running["answer_window"].due
    assert ends
    assert ends >= left + age
    life.live(ends - left)
    assert life.lines[-1]["move"] == "lapse_decline"


def test_no_end_is_told_that_is_past() -> None:
    """A call after the planned end tells an end that is still to come, and that holds. Windows of minutes
    end sooner than the hour that a letter may be late."""
    life = Life(BY_PHONE, policy="demo-1")
    life.take("ask_information", "wang", **ASK)
    while life.case.tellings:
        life.tell()
    life.live(20 * MINUTE)
    while life.case.tellings:
        life.tell()
    ends = life.due["information"]
    assert ends == life.time + 2 * MINUTE
    life.live(2 * MINUTE)
    assert life.lines[-1]["move"] == "lapse_information"
