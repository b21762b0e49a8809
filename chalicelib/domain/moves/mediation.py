"""Mediation by an outside mediator: the appointment and independence of the mediator, objections to the
mediator, more time, and the end."""

from datetime import date
from typing import Annotated

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.declare import OFTEN, Done, Second, Shows, move, on_leaving, where
from chalicelib.domain.engine.grounds import About, on_record
from chalicelib.domain.engine.letters_owed import to_all
from chalicelib.domain.engine.process import resumed
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, Refusal, refuse_if, required
from chalicelib.domain.model.case_records import MEDIATOR, Challenge, Extension, Mediation, Pause
from chalicelib.domain.model.codes import (
    Conflict,
    Ending,
    Fact,
    PauseReason,
    Power,
    Role as R,
    Side,
    Stage as S,
)
from chalicelib.domain.model.field_marks import ByStaff, Choice, Given, Names, OfficialText, Text, YesNo
from chalicelib.domain.moves.dispute import Side_, held_by, side_of
from chalicelib.domain.moves.information import reviewed
from chalicelib.domain.moves.invitation import OVER, concluded
from chalicelib.domain.moves.joint import for_all
from chalicelib.domain.moves.parties import People
from chalicelib.domain.register import Mediator
from chalicelib.domain.roster import Roster

ENDED = OVER - {S.NEGOTIATING}
BY_THE_MEDIATOR = frozenset(Ending) - {
    Ending.AGREED,
    Ending.WITHDRAWN,
    Ending.OUT_OF_TIME,
    Ending.COMPANY_SILENT,
}
"""The grounds on which the mediator can end the mediation. For each of the remaining grounds there is another
move."""
ENOUGH_ABSENCES = 2
"""After this number of absences of one side without good reason, the mediator may end the mediation."""
LONGER = "mediation"
"""The name of the deadline of the mediation. Both sides and the mediator can together extend it once."""


def mediation_of(case: Case) -> Mediation:
    """Return the mediation of a case. Raises Refusal `not_mediated` if it has none."""
    return required(case.talks.mediation, "not_mediated")


def _vacant(case: Case) -> object:
    return case.talks.mediation and not case.talks.mediation.accepted


@move(
    at=S.MEDIATING,
    by=R.LEAD | R.SUPERVISOR,
    tells="mediator_engagement → mediator",
    fits=_vacant,
    shows=Shows(facts=()),
    kept=OFTEN,
    part="mediation",
    answers=("mediator_appointment",),
)
def appoint_mediator(
    case: Case,
    act: Act,
    *,
    mediator: Annotated[str, Names("mediator")],
    roster: Annotated[Roster, Given()],
    people: People,
) -> Case:
    """Ask a mediator of the register to mediate. They must be qualified now, know the subject of the dispute
    and the languages of both sides, and have no ties to either side. A mediator who left or was rejected on
    this case cannot be asked again. `people` are the personal data of each party, keyed by id."""
    mediation = mediation_of(case)
    refuse_if(mediation.accepted, "mediator_accepted")
    known = suitable(case, roster, mediator, published().day_of(act.now))
    # refuse a mediator who is a party to the case: their address is that of a party
    refuse_if(
        known.email.casefold() in {str(person.get("email")).casefold() for person in people.values()},
        "mediator_tied",
        field="mediator",
    )
    return replace(
        case,
        talks=replace(
            case.talks,
            mediation=replace(mediation, mediator=mediator, lawful=known.lawful, appointed=act.now),
        ),
    )


def suitable(case: Case, roster: Roster, who: str, today: date) -> Mediator:
    """Return the mediator `who` (an id) from the register, if they can be appointed to this case. Raises
    Refusal if they cannot; its code names the ground, for example that they work for the company."""
    refuse_if(who in (*mediation_of(case).past, *case.inquiry.recused), "mediator_rejected", field="mediator")
    refuse_if(
        any(roster.serves(who, team) for team in roster.teams) or who in case.colleagues,
        "mediator_of_the_house",
        field="mediator",
    )
    return roster.mediators.fit(
        who,
        fields=tuple(matter.type for matter in case.matters if matter.accepted is not False),
        languages=tuple({party.language for party in case.parties if not party.left}),
        today=today,
    )


def unsuitable(case: Case, roster: Roster, who: str, today: date) -> str:
    """Return the code of the ground on which the mediator `who` (an id) cannot be appointed to this case.
    Return "" if they can."""
    try:
        suitable(case, roster, who, today)
    except Refusal as refusal:
        return refusal.code
    return ""


@move(
    at=S.MEDIATING,
    by=R.MEDIATOR,
    tells="mediator_appointed → both",
    fits=_vacant,
    shows=Shows(words=("past_cases",), facts=()),
    kept=OFTEN,
    part="mediation",
    even=("unaccepted",),
    answers=("mediator_appointment",),
)
def accept_appointment(
    case: Case,
    act: Act,
    *,
    independent: bool,
    past_cases: Text | None = None,
    roster: Annotated[Roster, Given()],
) -> Case:
    """Accept the appointment as mediator, and declare to be independent of both sides (`independent`). The
    mediator must still fit the case by the register. `past_cases` are earlier cases with this company, of
    which both sides are informed."""
    mediation = mediation_of(case)
    refuse_if(mediation.accepted, "mediator_accepted")
    refuse_if(not independent, "independence_needed", field="independent")
    suitable(case, roster, act.who, published().day_of(act.now))
    return held_by(
        replace(case, talks=replace(case.talks, mediation=replace(mediation, accepted=act.now, vacant=None))),
        act.who,
    )


def without_mediator(case: Case, act: Act) -> Case:
    """Return the case without its mediator, so that another mediator must be found. The approvals that the
    mediator asked for end, and so does their agreement to more time."""
    mediation = mediation_of(case)
    gone = replace(
        mediation,
        mediator=None,
        lawful=False,
        appointed=None,
        accepted=None,
        vacant=act.now,
        past=(*mediation.past, *filter(None, [mediation.mediator])),
        challenge=None,
        extends=tuple(who for who in mediation.extends if who != MEDIATOR),
        # the next mediator decides again whether there was a good reason for each absence
        absences=tuple(replace(absence, good=None) for absence in mediation.absences),
    )
    return replace(
        _resumed(case, act),
        owner=None if case.owner == mediation.mediator else case.owner,
        approvals=tuple(a for a in case.approvals if a.by != mediation.mediator),
        talks=replace(case.talks, mediation=gone),
    )


@on_leaving(S.MEDIATING)
def _resumed(case: Case, act: Act) -> Case:
    return resumed(case, act, PauseReason.CHALLENGE)


def _challengeable(case: Case, act: Act, side: Side | None = None) -> tuple[Mediation, Side]:
    """Return the mediation, and the side for which the actor can object to the mediator now. Raises Refusal
    if there is no mediator, or if an objection waits for a decision."""
    mediation, whose = mediation_of(case), side_of(case, act, side)
    refuse_if(not mediation.accepted, "no_mediator")
    refuse_if(mediation.challenge, "challenge_waits")
    for_all(case, act)
    return mediation, whose


@move(
    at=S.MEDIATING,
    by=R.C | R.BUSINESS_REP,
    recorded_by=R.LEAD | R.NEGOTIATOR,
    power=Power.NEGOTIATE,
    tells="challenge_received → all, task → role:supervisor",
    fits=lambda case: (
        case.talks.mediation and case.talks.mediation.accepted and not case.talks.mediation.challenge
    ),
    shows=Shows(words=("reason", "unknown_before"), facts=(), own=("conflict",), words_for="speaker"),
    confided="talks",
    kept=OFTEN,
    part="mediation",
    answers=("challenge",),
    task_due="challenge_decision",
    about=where(_challengeable),
    sides=lambda case: frozenset(Side),
)
def challenge_mediator(
    case: Case,
    act: Act,
    *,
    conflict: Conflict,
    reason: Text,
    unknown_before: Text | None = None,
    side: Side_ = None,
) -> Case:
    """Object to the mediator, for one side. After the time to object is over, `unknown_before` must say which
    facts the side did not know before, and how it learnt of them. The time of the mediation is suspended
    until the decision."""
    mediation, whose = _challengeable(case, act, side)
    refuse_if(
        whose not in objecting(case, act) and not unknown_before,
        "challenge_window_over",
        field="unknown_before",
    )
    return replace(
        case,
        clock=replace(case.clock, halts=(*case.clock.halts, Pause(PauseReason.CHALLENGE, act.now))),
        talks=replace(
            case.talks, mediation=replace(mediation, challenge=Challenge(whose, act.now, case.said_by(act)))
        ),
    )


def objecting(case: Case, act: Act) -> frozenset[Side]:
    """Return the sides that can still object to the mediator without new facts. The time to object starts for
    a side when this side gets the letter that names the mediator."""
    runs = running_of(case, "challenge")
    return frozenset(Side(run.id or Side.CONSUMER) for run in runs if run.due is None or run.due > act.now)


@move(
    at=S.MEDIATING,
    by=R.SUPERVISOR | R.EXECUTIVE,
    tells="challenge_decided → all, task? → role:lead",
    fits=lambda case: case.talks.mediation and case.talks.mediation.challenge,
    decides=True,
    shows=Shows(words=("reason",), facts=("upheld",)),
    kept=OFTEN,
    part="mediation",
    task_due="mediator_appointment",
    answers=("challenge_decision",),
)
def decide_challenge(case: Case, act: Act, *, upheld: YesNo, reason: OfficialText) -> Done:
    """Decide on an objection to the mediator. The mediator has no part in the decision. If the objection is
    `upheld`, another mediator must be found. The time of the mediation runs on from now."""
    mediation = mediation_of(case)
    side = required(mediation.challenge, "no_challenge").side
    talks = replace(case.talks, mediation=replace(mediation, challenge=None))
    decided = replace(_resumed(case, act), talks=talks)
    if not upheld:
        return Done(decided, facts={"side": side})
    told = (("task", "role:lead"), ("challenge_decided", f"staff:{mediation.mediator}"))
    return Done(without_mediator(decided, act), told, {"side": side, "was": mediation.mediator})


def _extendable(case: Case, act: Act) -> tuple[Mediation, str]:
    """Return the mediation, and who can agree now to more time for it: a side, or `mediator`. Raises Refusal
    if they have agreed before, or if the mediation cannot be extended."""
    mediation, who = mediation_of(case), MEDIATOR if act.role is R.MEDIATOR else str(side_of(case, act, None))
    refuse_if(_prolonged(case), "extended_before")
    refuse_if(case.clock.review, "mediation_over")
    refuse_if(not mediation.accepted, "no_mediator")
    refuse_if(who in mediation.extends, "agreed_before")
    for_all(case, act, binds=True)
    return mediation, who


@move(
    at=S.MEDIATING,
    by=R.C | R.BUSINESS_REP | R.MEDIATOR,
    power=Power.NEGOTIATE,
    tells="mediation_extended? → all",
    fits=lambda case: (
        case.talks.mediation
        and case.talks.mediation.accepted
        and not _prolonged(case)
        and not case.clock.review
    ),
    shows=Shows(facts=()),
    part="mediation",
    rank=1,
    about=where(_extendable, R.PARTY | R.MEDIATOR),
)
def agree_extension(case: Case, act: Act) -> Done:
    """Agree to thirty more days of mediation. This is possible once. Both sides and the mediator must each
    agree. The last of the three agreements extends the mediation."""
    mediation, who = _extendable(case, act)
    agreed = replace(
        case, talks=replace(case.talks, mediation=replace(mediation, extends=(*mediation.extends, who)))
    )
    if {*mediation.extends, who} != {*Side, MEDIATOR}:
        return Done(agreed)
    return Done(
        replace(
            agreed,
            clock=replace(agreed.clock, extensions=(*case.clock.extensions, Extension(LONGER, act.now))),
        ),
        to_all("mediation_extended"),
    )


def _prolonged(case: Case) -> bool:
    """Return whether the present mediation was extended. An extension of an earlier mediation of the same
    case does not count."""
    since = mediation_of(case).since
    return any(more.of == LONGER and more.at >= since for more in case.clock.extensions)


@on_record(Fact.ABSENT_TWICE)
def _enough_absences(case: Case, about: About) -> bool:
    """Return whether one side was absent without good reason so often that the mediator may end the
    mediation."""
    missed = (
        [absence.side for absence in case.talks.mediation.absences if absence.good is False]
        if case.talks.mediation
        else []
    )
    return max(map(missed.count, Side)) >= ENOUGH_ABSENCES


@move(
    at=S.MEDIATING,
    to=ENDED,
    by=R.MEDIATOR,
    tells="mediation_ended → all",
    second=Second(
        "When it ends because an offence is suspected, the supervisor confirms that.",
        lambda case, act, **facts: facts.get("ending") == Ending.SUSPECTED_CRIME,
    ),
    decides=True,
    shows=Shows(words=("reason",), facts=("ending",)),
    confided="talks",
    kept=OFTEN,
    part="mediation",
    fits=lambda case: case.talks.mediation and not case.talks.mediation.challenge,
    rank=1,
    answers=("mediation",),
)
def end_mediation(
    case: Case,
    act: Act,
    *,
    ending: Annotated[Ending, Choice(lambda case, _: BY_THE_MEDIATOR)],
    reason: Text | None = None,
    other_confirms: Annotated[bool, ByStaff()] = False,
) -> Done:
    """End a mediation on a listed ground, without blaming a side. The ground `absent` needs two absences of
    one side without good reason. A private settlement must be confirmed by both sides; `other_confirms` says
    that they did."""
    mediation = mediation_of(case)
    refuse_if(ending not in BY_THE_MEDIATOR, "ground_not_here", field="ending")
    refuse_if(not (reason or act.said_in), "reason_needed", field="reason")
    refuse_if(mediation.challenge, "challenge_waits")
    refuse_if(
        ending == Ending.SETTLED_PRIVATELY and not other_confirms, "both_confirm", field="other_confirms"
    )
    return concluded(case, act, ())


@move(
    at=S.MEDIATING,
    to=ENDED,
    by=R.CLOCK | R.LEAD,
    tells="mediation_ended → all",
    fits=lambda case: case.clock.review and case.talks.mediation,
    decides=True,
    shows=Shows(facts=("ending",)),
    kept=OFTEN,
    part="mediation",
    answers=("lapse_review",),
)
def lapse_mediation(case: Case, act: Act, *, reason: Text | None = None) -> Done:
    """End a mediation that brought no agreement within sixty days, or within ninety days if it was extended.
    Nothing that was said in the mediation binds anybody."""
    reviewed(case, act, reason)
    return replace(concluded(case, act, ()), facts={"ending": Ending.OUT_OF_TIME})
