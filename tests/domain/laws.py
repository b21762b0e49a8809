"""The laws of the process: properties that hold of every complaint after every move by people or the
clock."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, invariant

from chalicelib.access.authorization import Caller
from chalicelib.access.offers import offers
from chalicelib.domain import timeline
from chalicelib.domain.calendar import instant, published
from chalicelib.domain.engine.deadlines import APOLOGIES, deadlines, look_at
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.entry_index import contents
from chalicelib.domain.engine.lateness import announced_to, apology_at, late_with
from chalicelib.domain.engine.link_expiry import LINK_LASTS, link_ended
from chalicelib.domain.engine.overtaken import waiting_calls
from chalicelib.domain.engine.process import take
from chalicelib.domain.engine.running import (
    DEADLINES,
    UNREMINDED,
    UNTOLD,
    Running,
    moment,
    nothing_follows,
    reached,
    rule_of,
    running_of,
    when,
)
from chalicelib.domain.escalation import due_step
from chalicelib.domain.model.case import Case, Party, Refusal
from chalicelib.domain.model.case_records import BUSINESS, MEDIATOR, Pause
from chalicelib.domain.model.change import Change
from chalicelib.domain.model.codes import TALKS, Duty, Outcome, PauseReason, Reply, Role, Stage, Way
from chalicelib.domain.model.letters import letter_key, letter_of
from chalicelib.domain.moves.call_tasks import to_post
from chalicelib.domain.moves.dispute import of_the_talks
from chalicelib.domain.moves.drafting import digest_of
from tests.domain.life import ROLES, STAFF, T0, Life, read_back
from tests.domain.variants import variants

NEVER_RESTART = {
    "message",
    "assign",
    "hand_over",
    "change_team",
    "follow_rules",
    "take",
    "refuse_approval",
    "extend_information",
    "add_evidence",
    "ask_department",
    "tag_safety",
    "triage_safety",
    "record_interview",
    "note_outside_proceeding",
    "change_contact",
    "add_representative",
    "release_address",
    "promise_anew",
}
MAY_START = {
    "message_reply",
    "telling",
    "progress",
    "department_answer",
    "safety_triage",
    "safety_report",
    "outside_due",
    "party_reply",
    "authority_term",
    "approval",
    "investigation",
    "survey",
    "opinion",
    "new_date",
    "assignment",
}
"""Deadlines that such a move may start: `progress` starts with each letter to the consumer, `survey` and
`opinion` with an address, `assignment` if another team gets a case that somebody owned."""
SECOND = timedelta(seconds=1)
IN_TIME = {
    "reopen",
    "answer_survey",
    "give_opinion",
    "accept_answer",
    "sign",
    "record_confirmation",
    "claim_done",
    "confirm_done",
    "dispute_done",
}
"""Moves that people can take only until a day."""
LAPSES = {"lapse_information", "lapse_consent", "lapse_negotiation", "lapse_mediation", "lapse_signing"}
"""Moves of the clock through its ladders, and of the lead once they are handed over."""


def fair(case: Case, running: Running, now: datetime) -> None:
    """Check that a window which ended now lost no time to an outage of ours."""
    declared, rule = DEADLINES[running.name], rule_of(case.policy, running.name)
    plain = next(run for run in running_of(replace(case, outages=()), running.name, running.id))
    end = plain.planned or plain.end  # without outages, a late reminder still moves the end
    assert end
    assert plain.start
    away = [(one.since, one.until) for one in case.outages if one.until > plain.start]
    paused = [
        (stay.since, stay.until or now)
        for stay in (*case.stays, *case.clock.halts)
        if isinstance(stay, Pause) or stay.stage not in declared.during
    ]
    tick = timedelta(minutes=10)
    ticks = range(int((end.at - plain.start) / tick))
    moments = (plain.start + n * tick for n in ticks)
    lost = sum(
        any(since <= at < until for since, until in away) and not any(s <= at < u for s, u in paused)
        for at in moments
    )
    if declared.fixed:
        return
    assert not declared.moves or now >= end.at + (lost - 2 * len(away)) * tick, "what was lost is given"
    if lost > 2 * len(away):
        assert now >= end.at + timedelta(hours=24), "the grace"
    for reminder in [step for step in rule.ladder[:-1] if step.consumer][-1:]:
        planned = moment(case.severity, plain.start, end, reminder.at)
        name = f"{reminder.consumer}#{running.id}".rstrip("#")
        told = [at for at in reached(case, name) if at and at >= plain.start]
        assert all(now >= at + (end.at - planned) for at in told), "the reminder is as old as planned"
        stage = next(
            s.stage for s in case.stays if s.since <= planned and not (s.until and s.until <= planned)
        )
        assert told or running.done or stage not in declared.during, "the reminder left first"


def in_vain(life: Life, leading: Case) -> Iterator[tuple[str, str]]:
    """Return the pairs (party, move) that the case offers and then refuses for every input."""
    could = variants(life, leading)
    for party in (party for party in life.case.parties if not party.left):
        for name in offers(
            life.case, Caller(party.id, party.role, ref=life.case.ref, party=party.id), life.time
        ):
            if not any(taken(life, name, party.id, party.role, said) for said in could[name]):
                yield party.id, name


PROGRESS = {"taken": {}, "entries": 0, "head": "", "contents": None, "stages": ()}
"""The fields of a case that every move changes."""


def standing(
    life: Life, leading: Case, offered: Callable[..., Collection[str]] = offers
) -> Iterator[tuple[str, str, str]]:
    """Return the triples (party, move, fault) of the moves that stay offered in vain once they were taken.

    Each offered move is played twice with each of its inputs. After the first time it is no longer offered,
    or the second time has an effect, or it is refused while another input still has an effect."""
    could, after = variants(life, leading), copy(life)
    after.time += SECOND
    for party in (party for party in life.case.parties if not party.left):
        caller = Caller(party.id, party.role, ref=life.case.ref, party=party.id)
        for name in offered(life.case, caller, life.time):
            for said in could[name]:
                after.case = life.case
                if not (change := _change(after, name, party, said)):
                    continue
                after.case = change.case
                if name not in offered(after.case, caller, after.time):
                    continue
                if (again := _change(after, name, party, said)) and not _effect(again):
                    yield party.id, name, "the second time it is accepted and changes nothing"
                others = (_change(after, name, party, other) for other in variants(after, leading)[name])
                if not again and not any(other and _effect(other) for other in others):
                    yield party.id, name, "it is offered again, and nothing is left to act on"


def _change(life: Life, name: str, party: Party, said: dict[str, Any]) -> Change | None:
    """Return the change that a party's move makes; None if it is refused."""
    try:
        return take(name, life.case, life.act(party.id, party.role), **{**life._given(name, said), **said})
    except Refusal:
        return None


def _effect(change: Change) -> bool:
    """Return whether a change has an effect besides its entry: on the case, on another case, or a letter."""
    before = change.before and replace(change.before, **PROGRESS)
    return replace(change.case, **PROGRESS) != before or bool(change.posts or change.also)


def taken(life: Life, name: str, who: str, role: Role, said: dict[str, Any]) -> bool:
    """Return whether the case takes a move of somebody; the case stays as it was."""
    try:
        take(name, life.case, life.act(who, role), **{**life._given(name, said), **said})
    except Refusal:
        return False
    return True


class Laws(RuleBasedStateMachine):
    """A complaint for anybody to act on: `tried` takes moves on it, and every law is checked after each
    step."""

    def begin(self, life: Life, leading: Life) -> None:
        """Set the life under test and the complaint that it may be joined to."""
        self.life, self.leading = life, leading
        self.promised: datetime | None = None
        self.before, self.votes = life.case, dict[tuple[int, str], Any]()
        self.steps = dict(life.case.clock.steps)

    def tell(self, answers: bool = True) -> None:
        """Record the oldest waiting call by somebody who may take it: a letter of the talks only by a neutral
        officer. `answers`: whether the person answers the telephone.

        Without a number on record no call is accepted. Then the letter is posted, or it is recorded that
        there is no postal address. After calls on three days the same follows."""
        case = self.life.case
        if not case.tellings:
            return
        told, person = case.tellings[0], self.life.people.get(case.tellings[0].party, {})
        neutral = [who for who in ("ma", "bai") if who not in case.colleagues and not case.bars(who)]
        able = neutral if of_the_talks(case, told.letter, told.since) else ["wang"]
        call = {"telling": told.id, "said": "按文书内容读给本人听。"}
        for who in able[:1]:
            if not person.get("phone"):
                by_phone = self.life.refused("record_telling", who, **call, how=Way.PHONE, told=True)
                assert by_phone == "phone_not_on_record"
            if person.get("phone") and (answers or not to_post(told)):
                self.life.take("record_telling", who, **call, how=Way.PHONE, told=answers)
            else:
                posted = bool(person.get("address"))
                self.life.take("record_telling", who, **call, how=Way.POST, told=posted)

    def role(self, who: str) -> Role:
        """Return the role in which somebody acts; the company's present representative is the shop."""
        return (
            self.life.case.party(who).role if any(p.id == who for p in self.life.case.parties) else ROLES[who]
        )

    def options(self, name: str, by: str) -> list[dict[str, Any]]:
        """Return the inputs that somebody may send with a move; the clock takes a lapse through its ladders
        only."""
        return (
            []
            if name in LAPSES and ROLES[by].code == "clock"
            else variants(self.life, self.leading.case)[name]
        )

    def tried(self, name: str, by: str, said: dict[str, Any]) -> bool:
        """Try a move and return whether it was taken. A refusal changes nothing; a taken move is one
        entry."""
        life, before, clocks = self.life, self.life.case, deadlines(self.life.case)
        if by == "shop" and life.case.business:
            by = life.case.business.id
        act = life.act(by, self.role(by))
        shown = repr(before)
        try:
            asked = {**life._given(name, said), **read_back(name, act.role, said), **said}
            change = take(name, before, act, **asked)
        except Refusal:
            assert repr(before) == shown
            return False
        assert repr(before) == shown
        assert change.before is before
        assert change.entry.n == before.entries + 1 == change.case.entries
        if (gives_up := MOVES[name].gives_up) and gives_up(said):
            assert json.loads(change.entry.line)["facts"]["confirmed"], (
                "nothing is given up that nobody has confirmed"
            )
            with suppress(Refusal):
                unsaid = dict.fromkeys(MOVES[name].parameters.keys() & {"read_back", "scan"})
                take(name, before, replace(act, confirmed=None), **{**asked, **unsaid})
                assert act.role is Role.MEDIATOR, "who has signed in as themselves"
        if name.startswith("lapse_"):
            missed = {run.name for run in late_with(before)} - {"lapse_review"}
            assert not missed, "no stage ends while a duty of ours is missed"
        told = Counter((post.name, letter.to) for post in change.posts for letter in post.letters)
        assert max(told.values(), default=1) == 1, "a move tells a person the same letter once"
        life.keep(change)
        life.time += SECOND  # no two people act on one case in the same second
        for also in change.also:
            if also.before is None:  # somebody left a joint case and goes on alone
                alone = also.case
                assert look_at(alone)
                assert timeline.verify([also.entry], alone) is None
            else:
                self.leading.keep(also)
                assert self.leading.whole()
        if name in NEVER_RESTART:
            self.unmoved(clocks, extended=name == "extend_information")
        return True

    def unmoved(self, before: dict[str, Running], extended: bool) -> None:
        """No running deadline starts again or ends at another time, except a request that was given more
        time."""
        now = deadlines(self.life.case)
        for key, running in now.items():
            assert key in before or running.name in MAY_START, f"{key} was started"
            stood = (
                key in before and before[key].stopped == PauseReason.LATE
            )  # it goes on, since we are on time
            if key in before and not stood and not (extended and running.name == "information"):
                assert (running.start, running.end, running.done) == (
                    before[key].start,
                    before[key].end,
                    before[key].done,
                )

    @invariant()
    def an_open_case_is_never_in_limbo(self) -> None:
        """An open case has a running deadline, or one that is stopped until somebody makes a waiting phone
        call."""
        case = self.life.case
        if case.stage == Stage.CLOSED:
            return
        running = deadlines(case).values()
        waits = any(run.stopped == "undelivered" for run in running) and bool(waiting_calls(case))
        assert waits or any(run.end for run in running), (case.stage, [*running])

    @invariant()
    def a_window_that_waits_for_a_letter_has_a_call(self) -> None:
        """If a window stands still because a letter has not arrived, staff have a call to make about it."""
        case = self.life.case
        for run in deadlines(case).values():
            if run.stopped in (UNTOLD, UNREMINDED):
                calls = (letter_of(call.letter) for call in waiting_calls(case))
                of_run = [
                    one
                    for one in calls
                    if run.name in (*one.opens, *one.reminds, *one.before)
                    or (one.apology and run.name == "overdue_notice")
                ]
                assert of_run, (run, case.tellings)

    @invariant()
    def no_clause_is_due_before_a_fair_day(self) -> None:
        """However late the last signature came, a clause is due three days after it at the earliest, unless
        the text itself counts fewer days from then."""
        bound = self.life.case.bound
        for owed in self.life.case.obligations if bound and bound.in_force else ():
            if bound and bound.in_force and owed.entry == bound.entry and owed.by and not owed.dated:
                least = min(3, (owed.term and owed.term.days) or 3)
                assert owed.by >= published().day_of(bound.in_force) + timedelta(days=least), owed

    @invariant()
    def the_clock_ends_nothing_while_we_are_late(self) -> None:
        """Neither a window nor the case ended by the clock while a duty of ours was missed. The time stands
        still exactly while one is."""
        for before, _, change in self.life.stepped:
            name = json.loads(change.entry.line)["move"]
            assert not (name.startswith(("lapse_", "close_")) and any(late_with(before))), name
        case = self.life.case
        assert case.behind == any(late_with(case)), (case.clock.late, [*late_with(case)])
        assert all(span.until for span in case.clock.late[:-1])

    @invariant()
    def every_date_that_passes_is_apologised_for(self) -> None:
        """Each party got an apology for each late duty whose end it knows. So did a representative of the
        company who was named later."""
        case, now = self.life.case, self.life.time
        lines = (line for line in self.life.lines if line["move"] == "name_business_representative")
        named = max((instant(line["at"]) for line in lines), default=T0)
        for run in deadlines(case).values():
            step = apology_at(case.policy, run.name)
            if step is None or run.due is None or run.due > now or (run.at and run.at <= now):
                continue
            assert run.done >= step, run
            for whom in announced_to(case, run):
                since = max(run.due, named) if whom == BUSINESS else run.due
                told = reached(case, *(letter_key(name, whom) for name in APOLOGIES))
                assert told, (run.name, whom)
                assert None in told or max(at for at in told if at) >= since, (run.name, whom)

    @invariant()
    def what_is_offered_can_be_done(self) -> None:
        """Each move offered to somebody on the case is taken with some input, and not offered again in vain.
        It is checked only now and then, as it takes time."""
        if self.life.case.entries % 12 == 0:
            assert not [*in_vain(self.life, self.leading.case)]
            assert not [*standing(self.life, self.leading.case)]

    @invariant()
    def no_link_ends_while_there_is_something_to_do(self) -> None:
        """A case whose link has ended has no running deadline, and offers nobody a move that has a
        deadline."""
        case, now = self.life.case, self.life.time
        if not link_ended(case, now):
            return
        assert case.stage == Stage.CLOSED
        assert not case.open_obligations
        assert not case.messages
        assert all(run.due and run.due + LINK_LASTS <= now for run in deadlines(case).values())
        people = [Caller(p.id, p.role, ref=case.ref, party=p.id) for p in case.parties if not p.left]
        assert not [move for who in people for move in IN_TIME & offers(case, who, now).keys()]

    @invariant()
    def there_is_no_dead_end(self) -> None:
        """A person's move leads on from every open stage, other than withdrawing, linking and the courts; or
        the clock is about to act."""
        case = self.life.case
        giving_up = {"withdraw", "link_duplicate", "close_in_court", "join_case"}
        ways = [
            name
            for name, move in MOVES.items()
            if name not in giving_up
            and case.stage in move.at
            and move.to - {case.stage}
            and move.fits(case)
            and (move.by | move.recorded_by) & ~Role.CLOCK
        ]
        assert case.stage == Stage.CLOSED or ways or case.open_obligations or "closing" in self.life.due, (
            case.stage
        )

    @invariant()
    def a_step_that_was_folded_away_is_never_taken_again(self) -> None:
        """The case derives the same with folded steps as with the steps of all runs."""
        case = self.life.case
        self.steps |= case.clock.steps
        assert deadlines(case) == deadlines(replace(case, clock=replace(case.clock, steps=self.steps)))

    @invariant()
    def the_head_knows_its_timeline(self) -> None:
        """The head knows the places of the entries and the people who had a part, as reading all entries
        would tell."""
        lines = self.life.lines
        assert self.life.case.contents == contents(lines)
        assert {n for numbers in self.life.case.contents.entries.values() for n in numbers} <= {
            line["n"] for line in lines
        }

    @invariant()
    def nobody_with_a_part_in_the_case_sits_on_its_panel(self) -> None:
        """Nobody who handled the case sits on its panel, nor anybody recused. Moves made as a member of the
        panel do not count."""
        case, sits = self.life.case, {seat.who for seat in self.life.case.panel}
        lines = self.life.lines
        handled = {
            line["who"]
            for line in lines
            if MOVES[line["move"]].handles and line["role"] not in ("panel", "chair")
        }
        wrote = {line["who"] for line in lines if line["move"] == "decide_reconsideration"}
        assert not sits & (handled | wrote | set(case.inquiry.recused))
        assert len(case.panel) == len(sits)

    @invariant()
    def a_request_lies_on_a_case_under_reconsideration(self) -> None:
        """A case with a request is under reconsideration, or the request waits to be admitted or for
        information. Its matters are decided, and none was reconsidered before."""
        case, asked = self.life.case, self.life.case.recourse.reconsideration
        assert (asked is not None and not asked.late) == (case.place == Stage.UNDER_RECONSIDERATION)
        assert not asked or not case.together.joined
        assert not asked or not set(asked.matters) & set(case.recourse.reviewed)
        assert not asked or asked.late or case.place == Stage.UNDER_RECONSIDERATION
        assert (
            case.recourse.reopened
            or set(self.before.recourse.reviewed) <= set(case.recourse.reviewed)
            or "reopen" in case.taken
        )

    @invariant()
    def somebody_can_go_on_with_what_is_decided_anew(self) -> None:
        """Under reconsideration somebody is offered a move that leads to the decision, other than a
        withdrawal. That is a panel member, the supervisor unless recused, or the executive if there is
        one."""
        case, life = self.life.case, self.life
        if case.stage != Stage.UNDER_RECONSIDERATION or "zhou" in case.inquiry.recused:
            return
        above = ["zhou", *(member.id for member in life.roster.people(case.team, Role.EXECUTIVE.code))]
        acts = [
            *((name, seat.who) for seat in case.panel for name in ("declare_interest", "vote")),
            *(
                (name, who)
                for who in (*above, *filter(None, [case.chair]))
                for name in ("decide_handler_change", "appoint_panel", "decide_reconsideration")
            ),
        ]
        options = variants(life, self.leading.case)
        assert any(self.possible(name, who, said) for name, who in acts for said in options[name]), case

    def possible(self, name: str, who: str, said: dict[str, Any]) -> bool:
        """Return whether a move would be taken now; the case stays as it was."""
        try:
            take(name, self.life.case, self.life.act(who), **{**self.life._given(name, said), **said})
        except Refusal:
            return False
        return True

    @invariant()
    def a_vote_stands(self) -> None:
        """A vote never changes, and is lost only with a member who is recused."""
        case, asked = self.life.case, self.life.case.recourse.reconsideration
        for seat in case.panel:
            if seat.votes and asked:
                assert self.votes.setdefault((asked.entry, seat.who), seat.votes) == seat.votes
        for entry, who in self.votes:
            assert not asked or asked.entry != entry or case.seat(who) or who in case.inquiry.recused

    @invariant()
    def the_chain_is_whole(self) -> None:
        """Every entry binds the one before it, up to the head."""
        assert self.life.whole()

    @invariant()
    def the_alarm_is_the_earliest_step(self) -> None:
        """`look_at` is the earliest next step of all running deadlines, except of moves that wait because
        silence has no effect now. After the clock fired nothing is due."""
        case = self.life.case

        def next_step(run: Running) -> datetime | None:
            rule, n = rule_of(case.policy, run.name), case.clock.steps.get(run.key, 0)
            takes = rule.ladder and rule.ladder[min(n, len(rule.ladder) - 1)].take
            return None if takes and nothing_follows(case, run.name) else when(case, run, rule, n)

        steps = map(next_step, deadlines(case).values())
        assert look_at(case) == min(filter(None, steps), default=None)
        self.life.clock()
        assert due_step(self.life.case, self.life.time) is None
        assert (at := look_at(self.life.case)) is None or at > self.life.time

    @invariant()
    def what_is_late_never_falls_silent(self) -> None:
        """Every open case has a next alarm. So has each running deadline of ours, also in a closed case: a
        missed one is reported until it is met."""
        case = self.life.case
        assert case.stage == Stage.CLOSED or look_at(case)
        assert all(run.at for run in deadlines(case).values() if run.duty and not run.stopped), deadlines(
            case
        )

    @invariant()
    def our_outage_costs_nobody_anything(self) -> None:
        """A window that the clock ended had its whole length without our outages, and then the grace. It
        ended as long after its reminder as was planned, unless no reminder was due while it ran."""
        for case, running, change in self.life.stepped:
            name, now = json.loads(change.entry.line)["move"], instant(json.loads(change.entry.line)["at"])
            if name.startswith("lapse_"):
                fair(case, running, now)
        self.life.stepped.clear()

    @invariant()
    def no_step_is_taken_twice(self) -> None:
        """Each step of each run is on the timeline once, and each run climbs only upwards."""
        taken = [(facts["run"], facts["step"]) for facts in self.life.facts("take_step")]
        assert len(set(taken)) == len(taken)
        for run in {run for run, _ in taken}:
            steps = [step for of, step in taken if of == run]
            assert steps == sorted(steps)

    @invariant()
    def a_date_once_told_is_never_shortened(self) -> None:
        """A promise is replaced only by a later one, with a reason. During the investigation it is the
        deadline's own date or later."""
        case = self.life.case
        if self.promised:
            assert case.promised
            assert case.promised >= self.promised
        self.promised = case.promised
        assert all(promise.reason for promise in case.promises[1:])
        end = deadlines(case).values() if case.stage == Stage.INVESTIGATING else ()
        assert all(
            case.promised and run.due <= case.promised
            for run in end
            if run.name == "investigation" and run.due
        )

    @invariant()
    def stays_join_up(self) -> None:
        """The stages of a case have no gap in time, and a joined case has no clock."""
        case = self.life.case
        since = [entered.since for entered in case.stages]
        assert since == sorted(since)
        assert case.stages[-1].stage == case.stage
        assert case.outcome != Outcome.JOINED or (look_at(case) is None and case.together.joined)

    @invariant()
    def holders_join_up(self) -> None:
        """The last holder of a case is its team and owner. No two holders in a row are the same."""
        held = [(one.team, one.owner) for one in self.life.case.holders]
        assert held[-1] == (self.life.case.team, self.life.case.owner)
        assert all(one != two for one, two in pairwise(held))

    @invariant()
    def talks_are_kept_in_order(self) -> None:
        """A case in talks has a dispute, with one open offer at most. After an accepted offer no other is
        made, and only drafting has a deadline. A statement is shared once. Nobody who is barred holds the
        talks."""
        case, was = self.life.case, self.before
        talks, before = case.talks.dispute, was.talks.dispute
        assert case.stage not in TALKS or talks
        if talks is None:
            return
        assert sum(offer.state == Reply.OPEN for offer in talks.offers) <= 1
        assert case.stage not in TALKS or case.owner not in talks.barred
        assert not (talks.accepted and talks.ended) or case.stage not in TALKS
        if talks.accepted and case.stage == Stage.NEGOTIATING:
            assert not {"negotiation", "offer", "mediation_consent", "company_consent", "lapse_review"} & {
                run.name for run in deadlines(case).values()
            }
        if before and before.at == talks.at:
            ended = {offer.id: offer for offer in before.offers if offer.state != Reply.OPEN}
            assert all(
                ended.get(offer.id, offer) == offer
                or (talks.ended and ended[offer.id].state == Reply.ACCEPTED)
                for offer in talks.offers
            )
            both = zip(before.statements, talks.statements, strict=False)
            assert all(now.shared == then.shared or then.shared is None for then, now in both)

    @invariant()
    def what_is_said_after_closing_is_said_once(self) -> None:
        """After closing each person answers the survey once and has one current story at most. Every public
        story was released."""
        case = self.life.case
        people = [person.id for person in case.consumers]
        assert set(case.feedback.surveyed) <= set(people)
        assert len({*case.feedback.surveyed}) == len(case.feedback.surveyed)
        assert case.stage == Stage.CLOSED or not case.feedback.surveyed
        standing = [story.of for story in case.feedback.stories if not story.withdrawn]
        assert len({*standing}) == len(standing)
        assert len({story.id for story in case.feedback.stories}) == len(case.feedback.stories)
        released = {facts["story"] for facts in self.life.facts("release_story")}
        assert {story.id for story in case.feedback.stories if story.released} == released

    @invariant()
    def a_text_lies_before_people_in_its_stage_only(self) -> None:
        """A text that not all have signed exists exactly while the case is in signing. Then a window runs, or
        is stopped until the signers know the text, or the lead decides on its end. The text stops no other
        deadline, and no letter about it goes out afterwards."""
        case = self.life.case
        assert (case.talks.agreement is not None and not case.talks.agreement.in_force) == (
            case.stage == Stage.SIGNING
        )
        assert any(h.why == PauseReason.SIGNING and not h.until for h in case.clock.halts) == (
            case.stage == Stage.SIGNING
        )
        if case.stage == Stage.SIGNING:
            assert {run.name for run in deadlines(case).values()} & {"signing", "lapse_review"}
        else:
            assert case.bound or not [t for t in case.tellings if t.letter.startswith("draft_")]

    @invariant()
    def what_is_in_force_was_signed_by_all(self) -> None:
        """Each side signed the stored text itself, once; a change voids all signatures."""
        agreed, life = self.life.case.talks.agreement, self.life
        if agreed is None:
            return
        assert digest_of(life.words(agreed.entry)["text"]) == agreed.digest
        assert len({s.of for s in agreed.signatures}) == len(agreed.signatures)
        assert {s.of for s in agreed.signatures} <= set(agreed.signers)
        assert bool(agreed.in_force) == (not agreed.missing)
        given = {line["facts"]["of"]: line for line in life.lines[agreed.entry :] if line["move"] == "sign"}
        assert set(given) == {s.of for s in agreed.signatures}
        for s in agreed.signatures:
            line = given[s.of]
            paper = line["role"] in ("lead", "negotiator")
            own = (
                s.of
                if paper
                else MEDIATOR
                if line["role"] == "mediator"
                else life.case.stands_for(line["who"])
            )
            assert (line["who"], line["facts"]["version"], own, paper) == (
                s.by,
                agreed.version,
                s.of,
                s.evidence is not None,
            )
        assert not agreed.in_force or agreed.in_force == max(s.at for s in agreed.signatures)

    @invariant()
    def what_is_owed_by_an_agreement_is_what_it_says(self) -> None:
        """The obligations match the agreement term by term. One that waits for another waits for one of the
        same agreement, and lacks a day only while that is open."""
        case = self.life.case
        owed = [o for o in case.obligations if o.term]
        if not case.bound:
            assert not owed
            return
        assert [o.term for o in owed] == list(case.bound.terms)
        ids = {o.term.id: o for o in owed if o.term}
        renewed = {
            facts["obligation"]
            for move in ("agree_change", "excuse", "find_no_breach")
            for facts in self.life.facts(move)
            if "obligation" in facts
        }
        for o in owed:
            assert o.term
            assert (o.kind, o.debtor, o.to) == (o.term.kind, o.term.debtor, o.term.creditor)
            first = ids[o.term.after] if o.term.after else None
            if o.id not in renewed:
                assert o.amount == o.term.amount
                assert o.after == (first.id if first else None)
            assert o.by or not o.open or (first and first.open)
        assert not [o for o in case.open_obligations if o.id in case.bound.replaces]

    @invariant()
    def a_case_is_in_breach_exactly_while_a_promise_is(self) -> None:
        """While it is performed, a case is in breach exactly if an obligation is. Each obligation in breach
        had its cure notice, used up its time, and was found in breach by two people."""
        case = self.life.case
        lines = self.life.lines
        asked = {
            line["facts"]["asked"]: line
            for line in lines
            if line["move"] == "find_breach" and "asked" in line["facts"]
        }
        found = {
            asked[id]["facts"]["obligation"]
            for line in lines
            if (id := line["facts"].get("approval")) in asked
            and line["move"] == "approve"
            and line["who"] != asked[id]["who"]
        }
        if case.stage in (Stage.PERFORMING, Stage.BREACHED):
            assert (case.stage == Stage.BREACHED) == any(o.breached for o in case.open_obligations)
        for o in case.obligations:
            assert not o.found or (o.id in found and o.notice and o.notice < o.found)
            assert (o.state == Duty.BREACHED) <= bool(o.found)
            assert (o.state == Duty.IN_CURE) <= (bool(o.notice) and not o.found)
            assert not o.measures or o.found
            assert o.open or o.proposed is None
            assert o.state != Duty.PENDING or not (o.notice or o.found or o.claimed_by)

    @invariant()
    def the_mediator_is_one_whom_nobody_rejected(self) -> None:
        """The mediator was not rejected, is not recused, and is not our staff. Time is stopped for an
        objection exactly while one waits. One meeting at most is ahead, and none once the talks are over
        or their mediator is gone."""
        case, mediation = self.life.case, self.life.case.talks.mediation
        waits = bool(mediation and mediation.challenge) and case.stage == Stage.MEDIATING
        assert any(h.why == PauseReason.CHALLENGE and not h.until for h in case.clock.halts) == waits
        assert case.stage != Stage.MEDIATING or mediation
        if mediation is None:
            return
        if case.stage in (Stage.MEDIATING, Stage.SIGNING):
            assert mediation.mediator not in (*mediation.past, *case.inquiry.recused, *STAFF)
        assert sum(meeting.upcoming for meeting in mediation.meetings) <= (
            case.stage == Stage.MEDIATING and bool(mediation.mediator)
        )
        assert bool(mediation.accepted) <= bool(mediation.mediator)
        assert bool(mediation.lawful) <= (mediation.mediator == "yan")

    @invariant()
    def what_is_private_was_shared_by_its_own_side(self) -> None:
        """Every shared statement was shared by its own side: from the beginning, or later."""
        case, lines = self.life.case, self.life.lines
        for statement in case.talks.dispute.statements if case.talks.dispute else ():
            said, since = lines[statement.entry - 1], lines[statement.entry :]
            shown = [line for line in since if line["move"] == "share_statement"]
            by = (
                [said]
                if said["facts"].get("share")
                else [each for each in shown if each["facts"]["statement"] == statement.id]
            )
            assert bool(statement.shared) == bool(by)
            for each in by:
                own = Role[each["role"].upper()] in Role.PARTY
                assert statement.side == (case.party(each["who"]).side if own else each["facts"]["side"])

    @invariant()
    def what_was_owed_never_vanishes(self) -> None:
        """An obligation is done, leaves the case with its creditor, or is replaced by a newer one to them on
        that matter."""
        case = self.life.case
        for owed in self.before.open_obligations:
            newer = [
                o
                for o in case.obligations
                if (o.matter, o.to) == (owed.matter, owed.to) and int(o.id[1:]) >= int(owed.id[1:])
            ]
            assert newer or case.party(owed.to).left
        self.before = case
