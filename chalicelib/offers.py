"""What somebody can do on a case now: the one answer that letters, pages, interface and desk give (issue 13).

An offer to a party is made by trying the move on the case, with nothing written; what is said to try it
stands here only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from chalicelib.access import STAFF, Caller, acting, hears
from chalicelib.domain.calendar import published
from chalicelib.domain.engine.deadlines import DEADLINES
from chalicelib.domain.engine.process import (
    BY_PHRASE,
    MEANWHILE,
    MOVES,
    NEUTRAL,
    OBJECTED_TO,
    OPEN_TO_RECUSED,
    Move,
)
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.model.case import Act, Case, Party, Refusal
from chalicelib.domain.model.codes import (
    TALKS,
    Confirmation,
    Conflict,
    Measure,
    Nature,
    Proof,
    ReopenReason,
    Role,
    Side,
    Stage,
)
from chalicelib.domain.model.mediated import MEDIATOR
from chalicelib.domain.model.obligation import Obligation
from chalicelib.domain.moves.breach import MONEY
from chalicelib.domain.moves.dispute import TOLD_IN_CONFIDENCE
from chalicelib.domain.moves.feedback import standing, survey_until
from chalicelib.domain.moves.meetings import MOST_ASKS

OF_A_SIDE = (
    "offer",
    "accept_offer",
    "refuse_offer",
    "share_statement",
    "consent_mediation",
    "refuse_mediation",
    "challenge_mediator",
    "ask_meeting_change",
)
"""Moves in talks that staff can write down for certain sides only."""
ABOUT_TEXT = frozenset({"draft_agreement", "amend_draft", "sign", "record_meeting", "decide_absence"})
"""Moves that nobody can take without reading what was said or written in the talks."""
FOR_THEMSELVES = frozenset({"add_representative", "end_representation"})
"""Moves that nobody takes for whom they represent."""
ANYTHING = "-"
"""What stands for whatever is not tried."""
Tries = Iterator[tuple[str, dict[str, Any] | None]]
"""What a move could be about, where it names one of several ("" else), with what is said to try it; None: it
is not tried."""


Offers = dict[str, tuple[str, ...]]
"""Moves that can be taken, each with the duties, sides, statements or steps that it can be about, where it
names one of several."""


def offers(case: Case, caller: Caller, now: datetime) -> Offers:
    """What this caller can do on the case now, in the order in which moves are declared, those that end the
    case last."""
    caller = acting(case, caller)
    person = case.party(caller.party) if caller.party else None
    unproven = person and person.represents and not person.valid(published().day_of(now))
    names: Collection[str] = (() if person.checked else MEANWHILE) if person and unproven else MOVES.keys()
    names = BY_PHRASE & set(names) if caller.by_phrase else names
    neutral = replace(caller, roles=caller.roles & ~NEUTRAL) if case.bars(caller.who) else caller
    found: Offers = {}
    for move in _in_order(case.stage):
        if move.name in names and _open_to(case, caller, neutral, move, now):
            about = (
                _of_party(case, person, caller, move, now) if person else _of_staff(case, caller, move, now)
            )
            if about:
                found[move.name] = tuple(filter(None, about))
    return found


@cache
def _in_order(stage: Stage) -> list[Move]:
    """The moves of a stage, those that end the case last."""
    found = (move for move in MOVES.values() if stage in move.at)
    return sorted(found, key=lambda move: move.to == {Stage.CLOSED})


def _open_to(case: Case, caller: Caller, neutral: Caller, move: Move, now: datetime) -> bool:
    """Whether role and power let the caller, who is `neutral` where they hold no talks, take a move,
    and there is anything on the case to take it on."""
    if not (neutral.roles & move.takers and move.fits(case)):
        return False
    if case.doubted and move.decides:
        return False
    if caller.who in (*case.recused, *case.colleagues) and move.name not in OPEN_TO_RECUSED:
        return False
    if move.name in ("approve", "refuse_approval"):
        return any(role.code in asked.roles for asked in case.approvals for role in caller.roles)
    return not _in_vain(case, neutral, move.name, now)


def _of_party(case: Case, person: Party, caller: Caller, move: Move, now: datetime) -> list[str]:
    """What a party can take a move about: for whom they act it makes sense, and the case takes what is
    tried."""
    if (
        person.represents
        and (move.name in FOR_THEMSELVES or move.power not in person.powers)
        and move.name not in MEANWHILE
    ):
        return []
    if not SENSE.get(move.name, _always)(case, person):
        return []
    act = Act(person.id, next(iter(caller.roles)), now, "", "")
    return [
        one
        for one, said in TRIED.get(move.name, _untried)(case, act)
        if said is None or takes(case, act, move.name, **said)
    ]


def _of_staff(case: Case, caller: Caller, move: Move, now: datetime) -> list[str]:
    """What staff can take a move about: the duties it is open on, the sides it can be written down for."""
    if move.about_one:
        return duties(case, Act(caller.who, Role.FOLLOWUP, now, "", ""), move.name)
    return [str(side) for side in sides_of(move.name, case)] if move.name in OF_A_SIDE else [""]


def duties(case: Case, act: Act, name: str) -> list[str]:
    """The duties that somebody can take a move on; staff whatever else they say with it."""
    if act.role is not Role.FOLLOWUP:
        return [
            one for one, said in TRIED[name](case, act) if said is not None and takes(case, act, name, **said)
        ]
    if name == "take_measure":
        return [owed.id for owed in case.owed if measures(case, act, owed)]
    refusals = (
        (owed.id, _refused(case, act, name, owed, side=sides_owed(name, owed)[0])) for owed in case.owed
    )
    return [id for id, refusal in refusals if refusal is None or refusal.field != "obligation"]


def takes(case: Case, act: Act, name: str, **said: Any) -> bool:
    """Whether the case takes a move as it is said, tried with nothing written."""
    try:
        MOVES[name].do(case, act, **said)
    except Refusal:
        return False
    return True


def _always(case: Case, person: Party) -> bool:
    return True


def _untried(case: Case, act: Act) -> Tries:
    yield "", None


def _said(**said: Any) -> Callable[[Case, Act], Tries]:
    """The same is said whatever the case is."""
    return lambda case, act: iter([("", said)])


def _of_duties(said: Callable[[Obligation, Act], dict[str, Any]]) -> Callable[[Case, Act], Tries]:
    """It is said of each duty that is owed by, or to, whom somebody acts for."""
    return lambda case, act: (
        (o.id, {"obligation": o.id, **said(o, act)})
        for o in case.owed
        if case.stands_for(act.who) in (o.debtor, o.to)
    )


def _open_offer(case: Case) -> str | None:
    return case.dispute.open.id if case.dispute and case.dispute.open else None


def _meeting(case: Case) -> str:
    return case.mediation.meeting.id if case.mediation and case.mediation.meeting else ""


def _later(owed: Obligation, act: Act) -> date:
    return (owed.by or published().day_of(act.now)) + timedelta(days=1)


TRIED: Mapping[str, Callable[[Case, Act], Tries]] = {
    "reopen": _said(cause=ReopenReason.NEW_FACTS, facts=""),
    "raise_dispute": _said(nature=Nature.FACTS, about="", barred=()),
    "state_position": _said(text=""),
    "invite_mediation": _said(),
    "consent_mediation": _said(),
    "refuse_mediation": _said(reason=ANYTHING),
    "agree_extension": _said(),
    "refuse_to_sign": _said(),
    "challenge_mediator": _said(conflict=Conflict.OTHER_DOUBT, reason=ANYTHING, unknown_before=ANYTHING),
    "offer": lambda case, act: iter(
        [("", {"terms": "", "until": published().day_of(act.now), "counters": _open_offer(case)})]
    ),
    "accept_offer": lambda case, act: iter([("", {"offer": _open_offer(case)})]),
    "refuse_offer": lambda case, act: iter([("", {"offer": _open_offer(case)})]),
    "ask_meeting_change": lambda case, act: iter([("", {"reason": ANYTHING, "meeting": _meeting(case)})]),
    "sign": lambda case, act: iter([("", {"digest": case.agreement.digest if case.agreement else ""})]),
    "record_confirmation": lambda case, act: (
        (str(step), {"step": step, "court": ANYTHING}) for step in Confirmation
    ),
    "share_statement": lambda case, act: (
        (said.id, {"statement": said.id}) for said in (case.dispute.statements if case.dispute else ())
    ),
    "claim_done": _of_duties(lambda owed, act: {"proof": Proof.STATEMENT, "what": ""}),
    "confirm_done": _of_duties(lambda owed, act: {}),
    "dispute_done": _of_duties(lambda owed, act: {"reason": ""}),
    "waive": _of_duties(lambda owed, act: {"words": ""}),
    "propose_change": _of_duties(lambda owed, act: {"reason": "", "said": {}, "by": _later(owed, act)}),
    "agree_change": _of_duties(lambda owed, act: {"digest": owed.proposed.digest if owed.proposed else None}),
}
"""What a party says of a move to try it; of every other move stage, role and `SENSE` decide."""


def _speaks(case: Case, person: Party) -> bool:
    """Whether they are heard for all who complain together: as one chosen to speak, or since nobody was."""
    return _whose(case, person).speaks or not any(other.speaks for other in case.consumers)


def _whose(case: Case, person: Party) -> Party:
    """Whose complaint it is: their own, or that of whom they represent."""
    return case.party(person.represents) if person.represents else person


def _asked_again(case: Case, person: Party) -> bool:
    """Whether a request for reconsideration is theirs to take back."""
    whose, asked = _whose(case, person), case.reconsideration
    return not case.joint or whose.speaks or bool(asked and asked.by == whose.id)


def tested(case: Case, person: Party) -> bool:
    """Whether a proposed test still waits for their side's word, and they can give it."""
    test, whose = case.appraisal, _whose(case, person)
    heard = person.side == Side.BUSINESS or _speaks(case, person)
    return test is not None and person.side not in test.agreed and whose.id not in test.said and heard


def _handled(case: Case, person: Party) -> bool:
    """Whether there is somebody to object to: under reconsideration its panel, once it has been told of."""
    asked = case.reconsideration
    return case.place != Stage.UNDER_RECONSIDERATION or (asked is not None and asked.complete)


def _agents(case: Case, person: Party) -> bool:
    """Whether anybody speaks for them, checked or not."""
    return any(other.represents == person.id and not other.left for other in case.parties)


SENSE: Mapping[str, Callable[[Case, Party], object]] = {
    "accept_answer": lambda case, person: _whose(case, person).consents is not True,
    "ask_reconsideration": _speaks,
    "withdraw_request": _asked_again,
    "consent_appraisal": tested,
    "ask_handler_change": _handled,
    "withdraw": lambda case, person: not case.joint,
    "end_representation": _agents,
    "answer_survey": lambda case, person: case.stands_for(person.id) not in case.surveyed,
    "consent_story": lambda case, person: not standing(case, case.stands_for(person.id)),
    "withdraw_story": lambda case, person: standing(case, case.stands_for(person.id)),
}
"""Moves that a party is offered only where they make sense for whom they act."""


def measures(case: Case, act: Act, owed: Obligation) -> set[Measure]:
    """What can follow a breach now."""
    return {
        measure
        for measure in Measure
        if not _refused(
            case, act, "take_measure", owed, measure=measure, amount=1 if measure in MONEY else None
        )
    }


def sides_owed(name: str, owed: Obligation) -> tuple[str, ...]:
    """For whom staff can write a change down: either side proposes it; the other one agrees to it."""
    own = owed.proposed.by_side if name == "agree_change" and owed.proposed else ""
    return tuple(side for side in (owed.debtor, owed.to) if side != own)


def _refused(case: Case, act: Act, name: str, owed: Obligation, **said: Any) -> Refusal | None:
    """What the domain answers to a follow-up officer's move on a duty: tried on the case, with nothing
    written."""
    move = MOVES[name]
    said = {name: value for name, value in said.items() if name in move.parameters}
    day = {"by": date.max} if "by" in move.parameters else {}
    given: dict[str, Any] = {name: {} for name in move.given}
    try:
        move.do(
            case,
            act,
            **{**dict.fromkeys(move.parameters, ANYTHING), **day, **given, **said, "obligation": owed.id},
        )
    except Refusal as refusal:
        return refusal
    return None


def sides_of(name: str, case: Case, _: str = "") -> Collection[Side]:
    """For which sides a move in talks can be written down: who answers an offer, who has something to show,
    who has not said so yet."""
    talks, mediation = case.dispute, case.mediation
    if talks is None:
        return frozenset(Side)
    meeting = mediation.meeting if mediation else None
    asked = {Side.BUSINESS} if any(asked.move == name for asked in case.approvals) else set()
    left: dict[str, Collection[Side]] = {
        **dict.fromkeys(
            ("offer", "accept_offer", "refuse_offer"),
            [talks.open.side.other] if talks.open else frozenset(Side),
        ),
        "share_statement": {said.side for said in talks.statements if not said.shared},
        "consent_mediation": {side for side in Side if talks.consents.get(side) is not True},
        "refuse_mediation": {side for side in Side if talks.consents.get(side) is not False} - asked,
        "challenge_mediator": frozenset(Side),
        "ask_meeting_change": {side for side in Side if meeting and meeting.asks.get(side, 0) < MOST_ASKS},
    }
    return left[name]


def _in_vain(case: Case, caller: Caller, move: str, now: datetime) -> bool:
    """Whether a move could only be refused to this caller on the case as it stands, or they cannot read what
    they would tell or sign."""
    if case.dispute and (
        _too_soon(case, move, now) or (move == "agree_extension" and _extends(case, caller))
    ):
        return True
    if (
        caller.roles == Role.MEDIATOR
        and case.mediation
        and case.mediation.challenge
        and move not in OBJECTED_TO
    ):
        return True
    if move in ABOUT_TEXT and caller.roles & STAFF and not hears(case, caller):
        return True
    if move in ("sign", "recuse") and caller.roles == Role.MEDIATOR and case.agreement:
        return MEDIATOR not in case.agreement.missing if move == "sign" else case.stage == Stage.SIGNING
    if move == "answer_survey" and case.spells and survey_until(case) <= now:
        return True
    if move in ("take", "assign") and case.mediates:
        return True
    if move == "refuse_reopening":  # while people can have it reopened themselves
        return not takes(case, Act(caller.who, Role.LEAD, now, "", ""), move, reason=ANYTHING)
    if move == "undo_withdrawal":
        return not takes(case, Act(caller.who, Role.LEAD, now, "", ""), move)
    if move == "take" and case.stage in TALKS:
        return case.severity is None or not caller.roles & Role.NEGOTIATOR or case.owner == caller.who
    if move == "record_on_the_spot":
        return case.joint and any(person.consents is not True for person in case.consumers)
    kept = all(telling.letter.partition("#")[0] in TOLD_IN_CONFIDENCE for telling in case.tellings)
    return move == "record_telling" and kept and not hears(case, caller)


def _too_soon(case: Case, move: str, now: datetime) -> bool:
    """Whether a mediation must come to something else first: a mediator, a decision on an objection, the time
    of the meeting."""
    mediation, meeting = case.mediation, case.mediation.meeting if case.mediation else None
    objects = any(run.due is None or run.due > now for run in running_of(case, DEADLINES["challenge"]))
    if move == "draft_agreement":
        unready = mediation is None or not mediation.accepted or mediation.challenge is not None or objects
        talks_over = case.dispute is not None and case.dispute.ended is not None
        return case.business is None or (unready if case.stage == Stage.MEDIATING else talks_over)
    if move == "end_mediation":
        return mediation is None or mediation.challenge is not None
    if move == "call_meeting":
        return objects
    return move == "record_meeting" and meeting is not None and meeting.at > now


def _extends(case: Case, caller: Caller) -> bool:
    """Whether this caller, or their side, has agreed to more time already."""
    whose = case.party(caller.party).side if caller.party else MEDIATOR
    return case.mediation is not None and whose in case.mediation.extends
