"""What forms of mediation and of agreements offer to choose: mediators, meetings, who is bound, who signs;
and what a draft begins with."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from chalicelib.domain.calendar import published
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.codes import Confirmation, Ending, Side
from chalicelib.domain.model.parts import BUSINESS
from chalicelib.domain.moves.mediation import BY_THE_MEDIATOR, enough_absences, suitable
from chalicelib.domain.moves.meetings import undecided
from chalicelib.letters.saying import day, label, moment, texts
from chalicelib.web.forms import obligations as owed
from chalicelib.web.forms.asking import Asking, Option


def mediators(ask: Asking) -> Iterator[Option]:
    """Everybody on the register: first who can be appointed to this case, then the others, each with what is
    in the way."""
    today = published().day_of(ask.seen.now) if ask.seen.now else date.min
    found: list[tuple[str, Option]] = []
    for id, mediator in ask.roster.mediators.entries.items():
        try:
            suitable(ask.case, ask.roster, id, today)
            why = ""
        except Refusal as refusal:
            why = str(texts(ask.language)["page"]["form"]["unfit"][refusal.code])
        said = " · ".join(filter(None, (mediator.name, mediator.body, why)))
        found.append((why, Option(id, said, under=ask.text("not_fit" if why else "fit"))))
    yield from (option for why, option in sorted(found, key=lambda one: bool(one[0])))


def meetings(ask: Asking) -> Iterator[Option]:
    """The meeting that is to be held; where an absence is decided, the meetings that a side has missed."""
    mediation = ask.case.talks.mediation
    missed = {absence.meeting for absence in undecided(ask.case)} if ask.move == "decide_absence" else None
    for meeting in mediation.meetings if mediation else ():
        if meeting.ahead if missed is None else meeting.id in missed:
            at, way = (
                moment(ask.language, meeting.at, end=False),
                label(ask.language, meeting.way, "meeting_way"),
            )
            yield Option(meeting.id, ask.text("meeting", id=meeting.id, at=at, way=way))


def bound(ask: Asking) -> Iterator[Option]:
    """Whom an agreement can bind: the company, and everybody who complains."""
    return (Option(id, ask.bound(id)) for id in (BUSINESS, *(party.id for party in ask.case.consumers)))


def signers(ask: Asking) -> Iterator[Option]:
    """Whose signature is missing."""
    return (
        Option(id, ask.bound(id))
        for id in (ask.case.talks.agreement.missing if ask.case.talks.agreement else ())
    )


def scans(ask: Asking) -> Iterator[Option]:
    """The files among the evidence that can be the scan of a signature, the newest first."""
    for piece in reversed(ask.case.evidence):
        if owed.newer(ask, piece):
            at = day(ask.language, piece.at, end=False)
            yield Option(piece.id, " · ".join(filter(None, (piece.id, at, ask.seen.words(piece.entry)))))


def absent(case: Case, _: str = "") -> Collection[Side]:
    """The sides whose absence waits for a decision."""
    return {absence.side for absence in undecided(case)}


def agreeing(case: Case, _: str = "") -> Collection[Side]:
    """The sides that have not said yet that they apply for judicial confirmation; all, where that is no
    longer asked."""
    said = case.talks.agreement.applies if case.talks.agreement else ()
    return frozenset(Side) - frozenset(said) or frozenset(Side)


def steps(case: Case, _: str = "") -> Collection[Confirmation]:
    """What of judicial confirmation can still be recorded."""
    applied = case.talks.agreement is not None and bool(case.talks.agreement.applied)
    return frozenset(Confirmation) - ({Confirmation.AGREES, Confirmation.APPLIED} if applied else frozenset())


def ends(case: Case, _: str = "") -> Collection[Ending]:
    """On which grounds the mediator can end: as absent only once a side has been so often enough."""
    return BY_THE_MEDIATOR - (frozenset() if enough_absences(case) else {Ending.ABSENT})


def accepted(ask: Asking) -> Mapping[str, Any]:
    """A draft begins with the offer that was accepted, if there is one: the company owes what is in it."""
    offer = ask.case.talks.dispute.accepted if ask.case.talks.dispute else None
    if offer is None:
        return {}
    alone = {} if ask.case.joint else {"creditor": ask.case.consumers[0].id}
    return {
        "clauses": [
            {
                "debtor": BUSINESS,
                **alone,
                "what": ask.seen.said(offer.entry).get("terms"),
                "amount": offer.amount,
            }
        ]
    }


def drafted(ask: Asking) -> Mapping[str, Any]:
    """A draft is changed from how it stands."""
    draft = ask.case.talks.agreement
    said = ask.seen.said(draft.entry) if draft else {}
    kept = {
        name: said[name]
        for name in ("company", "facts", "clauses", "remarks", "facts_en", "remarks_en")
        if name in said
    }
    english = {"english": "true"} if "en" in said.get("text", {}).get("languages", ()) else {}
    return {**kept, **english, "replaces": draft.replaces} if draft and kept else {}
