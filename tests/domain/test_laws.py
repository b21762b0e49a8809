"""The laws of the process, on random lives: legal and illegal moves by anybody, in any order, with the clock on time or away."""
from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chalicelib.domain.case import Case, Refusal
from chalicelib.domain.codes import Ground, Hurt, Outcome, Stage, Undelivered, Way
from chalicelib.domain.deadlines import Running, deadlines, look_at, when
from chalicelib.domain.escalation import due_step
from chalicelib.domain.policy import policy
from chalicelib.domain.process import MOVES, take
from tests.domain.life import ASK, BY_PHONE, DAY, DECLINED, DECLINED_BY_TWO, HOUR, MINUTE, NOBODY, PERSON, ROLES, Life, on_duty

OF_THE_CLOCK = {"take_step", "lapse_decline"}
"""Taken through the ladders only."""
NEVER_RESTART = {"message", "assign", "take", "refuse_approval", "extend_information"}
ROSTERS = (on_duty(), on_duty("sun", "wang"), on_duty(lead=(), executive=()), on_duty(intake=()))
SPANS = st.sampled_from([timedelta(0), MINUTE, 3 * HOUR, 16 * HOUR, DAY, 3 * DAY, 8 * DAY, 25 * DAY, 50 * DAY])


def variants(life: Life, leading: Case) -> dict[str, list[dict[str, Any]]]:
    """What the body of each move may say now, well or badly."""
    approvals = [{"approval": a.id} for a in life.case.approvals] or [{"approval": "none"}]
    tellings = [t.id for t in life.case.tellings] or ["none"]
    part = {"declined": {2: Ground.NOT_COMPLAINT}, "reasons": {2: "无"}}
    return {
        "accept": [{}, part, {**part, "declined": {2: Ground.OUT_OF_TIME}}, {**part, "declined": {9: Ground.OUT_OF_TIME}}],
        "decline": [DECLINED, DECLINED_BY_TWO, {**DECLINED, "reasons": {}}],
        "ask_information": [ASK], "give_information": [{"answer": "在这里。"}], "extend_information": [{}],
        "lapse_information": [{"pursue": False}, {"pursue": True}],
        "link_duplicate": [{"leading": leading}, {"leading": life.case}], "unlink_duplicate": [{}],
        "withdraw": [{}], "reopen": [{"cause": "new_facts", "facts": "新情况"}], "approve": approvals,
        "refuse_approval": [{**approval, "reason": "不行"} for approval in approvals], "take": [{}],
        "assign": [{"to": "zhao"}, {"to": "nobody"}],
        "message": [{"text": "还要多久？"}],
        "record_telling": [{"telling": id, "how": Way.PHONE, "told": told, "said": "读了"} for id in tellings for told in (True, False)],
        "letter_failed": [{"letter": sent.name, "id": sent.id, "party": "p1", "why": Undelivered.BOUNCE}
                          for sent in life.letters[-3:] if sent.to == "party:p1"],
    }


class RandomLife(RuleBasedStateMachine):
    """One complaint in anybody's hands."""

    @initialize(person=st.sampled_from([PERSON, BY_PHONE, NOBODY]), hurt=st.sampled_from(Hurt), roster=st.sampled_from(ROSTERS))
    def filed(self, person: Any, hurt: Hurt, roster: Any) -> None:
        """A complaint arrives."""
        self.leading = Life(PERSON)
        self.life = Life(person, hurt=Hurt.HURT if person is NOBODY else hurt, roster=roster)
        self.promised: datetime | None = None

    @rule(data=st.data())
    def somebody_may(self, data: st.DataObject) -> None:
        """Somebody takes a move that stage and role allow."""
        names = [name for name in MOVES if name not in OF_THE_CLOCK and self.life.case.stage in MOVES[name].at]
        name = data.draw(st.sampled_from(names))
        may = MOVES[name].by | MOVES[name].recorded_by
        self.tried(name, data.draw(st.sampled_from([who for who, role in ROLES.items() if role in may])), data)

    @rule(data=st.data(), name=st.sampled_from(sorted(MOVES.keys() - OF_THE_CLOCK - {"submit"})), by=st.sampled_from(list(ROLES)))
    def somebody_tries(self, data: st.DataObject, name: str, by: str) -> None:
        """Somebody tries any move."""
        self.tried(name, by, data)

    @rule(by=SPANS)
    def time_passes(self, by: timedelta) -> None:
        """The clock fires as things fall due."""
        self.life.live(by)

    @rule(by=SPANS)
    def the_clock_was_away(self, by: timedelta) -> None:
        """An outage, after which everything due is done at once."""
        self.life.later(by).clock()

    @precondition(lambda self: self.life.case.tellings)
    @rule()
    def somebody_calls(self) -> None:
        """What waits is told on the phone."""
        self.life.tell()

    def tried(self, name: str, by: str, data: st.DataObject) -> None:
        """Try a move: refused, it changes nothing; taken, it is one entry."""
        life, before, clocks = self.life, self.life.case, deadlines(self.life.case)
        options = variants(life, self.leading.case)[name]
        if not options or (name == "lapse_information" and ROLES[by].code == "clock"):
            return
        said = data.draw(st.sampled_from(options))
        asked = {**life._given(name, said), **said}
        shown = repr(before)
        try:
            change = take(name, before, life.act(by), **asked)
        except Refusal:
            assert repr(before) == shown
            return
        assert repr(before) == shown and change.before is before and change.entry.n == before.entries + 1 == change.case.entries
        life.keep(change)
        for also in change.also:
            self.leading.keep(also)
            assert self.leading.whole()
        if name in NEVER_RESTART:
            self.unmoved(clocks, extended=name == "extend_information")

    def unmoved(self, before: dict[str, Running], extended: bool) -> None:
        """No clock that ran before starts anew or ends elsewhere, but a request that was given more time."""
        now = deadlines(self.life.case)
        for key, running in now.items():
            assert key in before or running.name in ("message_reply", "telling"), f"{key} was started"
            if key in before and not (extended and running.name == "information"):
                assert (running.start, running.end, running.done) == (before[key].start, before[key].end, before[key].done)

    @invariant()
    def an_open_case_is_never_in_limbo(self) -> None:
        """It has a deadline that runs, or one that stands still until a person is told, which somebody is to do."""
        case = self.life.case
        if case.stage == Stage.CLOSED:
            return
        running = deadlines(case).values()
        waits = any(run.stopped == "undelivered" for run in running) and bool(case.tellings)
        assert waits or any(run.end for run in running), (case.stage, [*running])

    @invariant()
    def the_chain_is_whole(self) -> None:
        """Every entry binds the one before it, up to the head."""
        assert self.life.whole()

    @invariant()
    def the_alarm_is_the_earliest_step(self) -> None:
        """`look_at` is the minimum over every running deadline of its next step, and after the clock fired nothing is due."""
        case = self.life.case
        rules = policy(case.policy).rules
        steps = [when(case, run, rules[run.name], case.steps.get(run.key, 0)) for run in deadlines(case).values()]
        assert look_at(case) == min(filter(None, steps), default=None)
        self.life.clock()
        assert due_step(self.life.case, self.life.time) is None
        assert (at := look_at(self.life.case)) is None or at > self.life.time

    @invariant()
    def no_step_is_taken_twice(self) -> None:
        """Each step of each run is on the timeline once, and each run climbs upwards only."""
        taken = [(facts["run"], facts["step"]) for facts in self.life.facts("take_step")]
        assert len(set(taken)) == len(taken)
        for run in {run for run, _ in taken}:
            steps = [step for of, step in taken if of == run]
            assert steps == sorted(steps)

    @invariant()
    def a_date_once_told_is_never_shortened(self) -> None:
        """A promise is only ever replaced by a later one, with a reason; while investigated it is the deadline's own date or later."""
        case = self.life.case
        if self.promised:
            assert case.promised and case.promised >= self.promised
        self.promised = case.promised
        assert all(promise.reason for promise in case.promises[1:])
        end = deadlines(case).values() if case.stage == Stage.INVESTIGATING else ()
        assert all(case.promised and run.due <= case.promised for run in end if run.name == "investigation" and run.due)

    @invariant()
    def stays_join_up(self) -> None:
        """The stage line has no gap, and a joined case is silent."""
        case = self.life.case
        assert all(one.until == two.since for one, two in zip(case.spells, case.spells[1:], strict=False))
        assert case.spells[-1].stage == case.stage and case.spells[-1].until is None
        assert case.outcome != Outcome.JOINED or (look_at(case) is None and case.joined)


TestRandomLife = RandomLife.TestCase
TestRandomLife.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
