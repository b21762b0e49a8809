"""The laws of the process, on random lives: legal and illegal moves by anybody, in any order, with the clock
on time or away.

The seed of the run, in its first lines, plays the same lives again. A failure prints a decorator that plays
the life that it found; put it on its class here. The life is not shortened, as that would take many minutes;
take `phases` out of the settings to shorten it."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import Phase, settings, strategies as st
from hypothesis.stateful import initialize, precondition, rule

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.process import take
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.case_records import BUSINESS, MEDIATOR
from chalicelib.domain.model.codes import LEARNING, Hurt, Role, Stage, Wish
from chalicelib.domain.outages import Part
from tests.domain.laws import Laws
from tests.domain.life import (
    BY_PHONE,
    BY_POST,
    DAY,
    HOUR,
    MINUTE,
    NOBODY,
    PANEL,
    PERSON,
    ROLES,
    Life,
    on_duty,
)
from tests.domain.variants import LATE, SPOKEN, STARTS, come, variants
from tests.process_picture import reached

OF_THE_CLOCK = {
    "take_step",
    "watch_action",
    "recompute_deadline",
    "lapse_decline",
    "lapse_change",
    "lapse_forward",
    "lapse_answer",
    "close_fulfilled",
    "lapse_offer",
    "lapse_joint_consent",
    "lapse_representatives",
    "doubt_record",
}
"""Moves taken only through ladders."""
OF_MEDIATION = {"mediation", "meetings", "drafting", "signing"}
"""Modules with moves that carry on a mediation or a text."""
OF_A_PROMISE = {"performance", "changing", "breach"}
"""Modules with moves about obligations."""
ENDS = {"end_mediation", "refuse_to_sign"}
"""Moves of theirs that lead away, and are taken seldom."""
ROSTERS = (
    on_duty(),
    on_duty("sun", "wang"),
    on_duty(lead=(), executive=()),
    on_duty(intake=()),
    on_duty("mei", panel=PANEL),
    on_duty(panel=(), lead=(), followup=(), safety=(), negotiator=()),
)
SHORT = (timedelta(0), MINUTE, 3 * HOUR, DAY, DAY, 3 * DAY, 8 * DAY, 25 * DAY)
SPANS = st.sampled_from(
    [timedelta(0), MINUTE, 3 * HOUR, 16 * HOUR, DAY, 3 * DAY, 8 * DAY, 25 * DAY, 50 * DAY]
)
DICE = st.randoms(use_true_random=True)


class RandomLife(Laws):
    """One complaint for anybody to act on."""

    @initialize(
        person=st.sampled_from([PERSON, BY_PHONE, BY_POST, NOBODY]),
        hurt=st.sampled_from(Hurt),
        roster=st.sampled_from(ROSTERS),
        wish=st.sampled_from([Wish.REFUND, Wish.APOLOGY]),
        how=st.sampled_from(STARTS),
    )
    def filed(self, person: Any, hurt: Hurt, roster: Any, wish: Wish, how: str) -> None:
        """File a complaint that has already come some way."""
        life = Life(person, hurt=Hurt.HURT if person is NOBODY else hurt, wishes=(wish,))
        come(life, how)
        life.roster = roster
        self.begin(life, Life(PERSON))

    @rule(data=st.data())
    def somebody_may(self, data: st.DataObject) -> None:
        """Take a move that stage and role allow."""
        case = self.life.case
        names = [
            name
            for name in MOVES
            if name not in OF_THE_CLOCK and case.stage in MOVES[name].at and MOVES[name].fits(case)
        ]
        name = data.draw(st.sampled_from(names))
        may = MOVES[name].by | MOVES[name].recorded_by
        self.anything(
            name, data.draw(st.sampled_from([who for who in ROLES if self.role(who) in may] or ["mei"])), data
        )

    @precondition(lambda self: self.life.case.stage == Stage.UNDER_RECONSIDERATION)
    @rule(data=st.data())
    def the_panel_goes_on(self, data: st.DataObject) -> None:
        """Let the next person on the way to a decision try their step."""
        case = self.life.case
        silent = [seat.who for seat in case.panel if not seat.declared] or [
            seat.who for seat in case.panel if not seat.votes
        ]
        if not case.panel or (case.recourse.reconsideration and case.recourse.reconsideration.vacant):
            self.anything("appoint_panel", "zhou", data)
        elif silent:
            self.anything(
                "vote" if all(seat.declared for seat in case.panel) else "declare_interest", silent[0], data
            )
        else:
            self.anything("decide_reconsideration", case.chair or "wu", data)

    @rule(
        data=st.data(),
        name=st.sampled_from(sorted(MOVES.keys() - OF_THE_CLOCK - {"submit"})),
        by=st.sampled_from(list(ROLES)),
    )
    def somebody_tries(self, data: st.DataObject, name: str, by: str) -> None:
        """Try any move as anybody."""
        self.anything(name, by, data)

    @rule(by=SPANS)
    def time_passes(self, by: timedelta) -> None:
        """Let time pass, with the clock firing in between."""
        self.life.live(by)

    @rule(by=SPANS)
    def the_clock_was_away(self, by: timedelta) -> None:
        """Let an outage pass, and then take everything due at once."""
        self.life.out(by).clock()

    @rule(by=SPANS, ago=SPANS, part=st.sampled_from([Part.SITE, Part.MAIL]))
    def an_outage_is_entered(self, by: timedelta, ago: timedelta, part: Part) -> None:
        """Enter a past outage as an operator, now or long afterwards."""
        self.life.had(self.life.time - by - ago, by, part)

    @precondition(lambda self: self.life.case.tellings)
    @rule(answers=st.booleans())
    def somebody_calls(self, answers: bool) -> None:
        """Record the oldest waiting call, which the person answers or not."""
        self.tell(answers)

    def anything(self, name: str, by: str, data: st.DataObject) -> None:
        """Try a move with any input."""
        options = self.options(name, by)
        if options:
            self.tried(name, by, data.draw(st.sampled_from(options)))


class RandomMediation(Laws):
    """A complaint in mediation, with a text, or bound by it. Moves are chosen by chance alone, since the
    simplest ones lead nowhere here."""

    @initialize(dice=DICE)
    def filed(self, dice: Random) -> None:
        """Start a case that has already come some way."""
        life = Life(dice.choice([PERSON, PERSON, BY_PHONE, BY_POST]), wishes=(Wish.REFUND,))
        come(life, dice.choice([*SPOKEN[2:], *SPOKEN[3:], "joint"]))
        self.begin(life, Life(PERSON))

    @rule(dice=DICE)
    def a_turn(self, dice: Random) -> None:
        """Let somebody take their turn, let anybody do anything, or let time pass and take the waiting phone
        calls."""
        kind = dice.choice(
            ["goes on"] * 8 + ["signs"] * 3 + ["time"] * 3 + ["ends", "anything", "anything", "away", "told"]
        )
        case = self.life.case
        ahead = (
            case.talks.mediation.meeting if case.talks.mediation and case.stage == Stage.MEDIATING else None
        )
        if kind == "time":
            self.life.live(
                dice.choice(
                    [*SHORT, *[max(timedelta(0), ahead.at - self.life.time)] * len(SHORT)] if ahead else SHORT
                )
            )
        elif kind == "away":
            self.life.out(dice.choice(SHORT)).clock()
        elif kind == "told":
            self.tell(dice.random() < 0.7)
        elif kind == "signs" and case.talks.agreement and case.stage == Stage.SIGNING:
            of = dice.choice(case.talks.agreement.missing)
            who = {BUSINESS: "shop", MEDIATOR: case.mediator or "yan"}.get(of, of)
            self.tried("sign", who, {"digest": case.talks.agreement.digest})
        else:
            near = [
                name
                for name in MOVES
                if _module(name) in OF_MEDIATION
                and case.stage in MOVES[name].at
                and (name not in ENDS or kind == "ends")
                and (case.unsealed if name == "record_seal" else MOVES[name].fits(case))
            ]
            self.some(
                dice.choice(
                    near if near and kind != "anything" else sorted(MOVES.keys() - OF_THE_CLOCK - {"submit"})
                ),
                dice,
            )

    def some(self, name: str, dice: Random) -> None:
        """Take the first allowed one of several tries of a move."""
        may = MOVES[name].by | MOVES[name].recorded_by
        whos = [
            who
            for who in ROLES
            if self.role(who) in may
            and (self.role(who) is not Role.MEDIATOR or who == self.life.case.mediator)
        ]
        tries = [(who, said) for who in whos for said in self.options(name, who)]
        any(self.tried(name, who, said) for who, said in dice.sample(tries, min(6, len(tries))))


class RandomPerformance(Laws):
    """A complaint with obligations, of an answer or of both sides, performed or not."""

    @initialize(dice=DICE)
    def filed(self, dice: Random) -> None:
        """Start a case that has already come some way."""
        life = Life(dice.choice([PERSON, PERSON, BY_PHONE, BY_POST]), wishes=(Wish.REFUND,))
        come(life, dice.choice(["performing", "bound", "bound", *LATE]))
        self.begin(life, Life(PERSON))

    @rule(dice=DICE)
    def a_turn(self, dice: Random) -> None:
        """Let somebody act on an obligation, a second person approve, time pass, or anybody do anything."""
        kind = dice.choice(["owed"] * 9 + ["yes"] * 4 + ["time"] * 5 + ["anything", "away", "told"])
        if kind == "time":
            self.life.live(dice.choice(SHORT))
        elif kind == "away":
            self.life.out(dice.choice(SHORT)).clock()
        elif kind == "told":
            self.tell(dice.random() < 0.7)
        elif kind == "yes" and self.life.case.approvals:
            self.some(dice.choice(["approve"] * 4 + ["refuse_approval"]), dice)
        else:
            near = [
                name
                for name in MOVES
                if _module(name) in OF_A_PROMISE
                and name not in OF_THE_CLOCK
                and self.life.case.stage in MOVES[name].at
                and MOVES[name].fits(self.life.case)
            ]
            self.some(
                dice.choice(
                    near if near and kind != "anything" else sorted(MOVES.keys() - OF_THE_CLOCK - {"submit"})
                ),
                dice,
            )

    def some(self, name: str, dice: Random) -> None:
        """Take the first allowed one of several tries of a move."""
        may = MOVES[name].by | MOVES[name].recorded_by
        tries = [(who, said) for who in ROLES if self.role(who) in may for said in self.options(name, who)]
        any(self.tried(name, who, said) for who, said in dice.sample(tries, min(6, len(tries))))


def _module(name: str) -> str:
    return MOVES[name].do.__module__.rpartition(".")[2]


TestRandomLife, TestRandomMediation, TestRandomPerformance = (
    each.TestCase for each in (RandomLife, RandomMediation, RandomPerformance)
)
LIVES = settings().max_examples // 20
"""Five lives of each kind, others every day; `make check` plays sixteen times as many."""
UNSHORTENED = settings(phases=(Phase.reuse, Phase.generate))
TestRandomLife.settings = settings(UNSHORTENED, max_examples=LIVES, stateful_step_count=30)
TestRandomMediation.settings = TestRandomPerformance.settings = settings(
    UNSHORTENED, max_examples=LIVES, stateful_step_count=40
)


def test_random_lives_know_an_id_for_every_parameter() -> None:
    """The inputs of every move can be made. Making them fails without an id for a kind of thing."""
    found = variants(Life(PERSON), Life().case)
    assert len([*found.values()]) == len(found)


def test_every_stage_there_is_is_come_to() -> None:
    """Every stage of a complaint is reached from a start by a single move or by silence, so the random lives
    leave none out."""
    seen: set[Stage] = set()
    for how in STARTS:
        leading, first = Life(PERSON), Life()
        come(first, how)
        seen.add(first.case.stage)
        said_now = variants(first, leading.case)
        for name, move in MOVES.items():
            for said in said_now.get(name, []) if first.case.stage in move.at and move.to - seen else []:
                for who, role in (
                    (who, role) for who, role in ROLES.items() if role in move.by | move.recorded_by
                ):
                    try:
                        seen.add(
                            take(
                                name, first.case, first.act(who, role), **{**first._given(name, said), **said}
                            ).case.stage
                        )
                    except (Refusal, TypeError):  # the clock's own moves take no input
                        continue
        first.live(90 * DAY)
        seen.add(first.case.stage)
    assert seen == reached() - LEARNING
