"""The same dispute outside the company: a proceeding of an authority, or a case that a court has taken up."""

from datetime import date
from typing import Annotated

from chalicelib.domain.engine.declare import OFTEN, Done, Shows, move
from chalicelib.domain.engine.letters_owed import to_mediator
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, refuse_if
from chalicelib.domain.model.case_records import Outside
from chalicelib.domain.model.codes import ANY, OPEN, Outcome, Role as R, Route, Stage as S
from chalicelib.domain.model.field_marks import Choice, OfficialShort, OfficialText, Past, Short, Story, Whom
from chalicelib.domain.moves.parties import STAFF, complainant_of

COURTS = frozenset({Route.COURT, Route.ARBITRATION})


@move(
    at=ANY,
    by=STAFF | R.NEGOTIATOR | R.FOLLOWUP,
    recorded_by=R.C,
    tells="outside_noted? → consumer",
    shows=Shows(words=("number",), written=True, code="body"),
    kept=OFTEN,
)
def note_outside_proceeding(
    case: Case,
    act: Act,
    *,
    body: Route,
    number: Short,
    since: Annotated[date | None, Past()] = None,
    due: date | None = None,
    party: Whom = None,
) -> Done:
    """Note that another body deals with the same matter: its number, when the proceeding began (`since`), and
    by when the company must answer there (`due`). The case goes on, and the earlier of the two dates for the
    answer counts. In a joint case `party` is the person concerned; if staff leave it out, it concerns
    everybody."""
    whose = complainant_of(case, act, party).id if case.joint and (party or act.role in R.PARTY) else None
    noted = Outside(body, since, due, party=whose)
    kept = tuple(other for other in case.outside if (other.body, other.party) != (body, whose))
    return Done(
        replace(case, outside=(*kept, noted)), (("outside_noted", f"for:{whose}" if whose else "consumer"),)
    )


@move(
    at=ANY,
    by=STAFF,
    tells="outside_reply → owner",
    fits=lambda case: any(not other.replied for other in case.outside),
    shows=Shows(),
    answers=("outside_due",),
)
def reply_outside(
    case: Case,
    act: Act,
    *,
    body: Annotated[Route, Choice(lambda case, _: {o.body for o in case.outside if not o.replied})],
    reply: Story,
    party: Whom = None,
) -> Case:
    """Reply to another body that asked the company, with no more personal data than the body asked for. The
    consumer still gets the answer of the case. If several people of a joint case have proceedings at that
    body, `party` must name the person."""
    asked = [
        other
        for other in case.outside
        if other.body == body and not other.replied and party in (None, other.party)
    ]
    refuse_if(not asked, "outside_unknown", field="body")
    refuse_if(len({other.party for other in asked}) > 1, "unknown_person", field="party")
    return replace(
        case, outside=tuple(replace(o, replied=act.now) if o in asked else o for o in case.outside)
    )


@move(at=OPEN, to=S.CLOSED, by=R.LEAD, tells="closed → both, closed? → mediator", decides=True, shows=Shows())
def close_in_court(
    case: Case, act: Act, *, body: Annotated[Route, Choice(lambda case, _: COURTS)], number: OfficialShort
) -> Done:
    """Close a case that a court or arbitration tribunal has taken up. Safety work and obligations go on."""
    refuse_if(body not in COURTS, "not_a_court", field="body")
    kept = tuple(o for o in case.obligations if not o.offer)
    return Done(replace(case, outcome=Outcome.IN_COURT, obligations=kept), to_mediator(case, "closed"))


@move(
    at=S.RECEIVED,
    to=S.CLOSED,
    by=R.LEAD,
    tells="closed → consumer",
    fits=lambda case: case.anonymous or case.reports,
    decides=True,
    shows=Shows(),
    meets=("acknowledgement",),
)
def close_information(case: Case, act: Act, *, passed_to: OfficialShort, reason: OfficialText) -> Done:
    """Close an anonymous warning of danger, or a report of a violation, that was passed on inside the
    company. A danger must be assessed before. Nobody gets an answer on the merits: the sender is unknown or
    wants nothing for themselves. A sender whom we can reach learns which authority examines a report."""
    refuse_if(not (case.anonymous or case.reports), "somebody_to_answer")
    refuse_if(case.unsafe and case.safety and not case.safety.triaged, "triage_first")
    return Done(replace(case, outcome=Outcome.INFORMATION_ONLY))
