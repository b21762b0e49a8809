"""What a form offers to choose that is not a list of codes: people, evidence, obligations and questions of
the case, colleagues, teams."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import Any

from chalicelib.domain.engine.deadlines import missed
from chalicelib.domain.engine.process import MOVES, Move
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import (
    FOR_A_BREACH,
    TALKS,
    TYPES,
    Cause,
    Dismissal,
    ObligationKind,
    Result,
    Right,
    Role,
    Route,
    Severity,
    Side,
    Stage,
)
from chalicelib.domain.model.parts import Matter
from chalicelib.domain.moves.answer import EXAMINED, MOST_CAUSES, agreed_remedies
from chalicelib.domain.moves.feedback import waiting
from chalicelib.domain.moves.intake import SERIOUS
from chalicelib.domain.moves.invitation import ENDS
from chalicelib.domain.moves.reconsideration import appointable, contestable, counted, ready
from chalicelib.domain.policy import names
from chalicelib.letters.saying import day, label, moment
from chalicelib.offers import sides_of
from chalicelib.web.forms import agreement as agreed, obligations as owed
from chalicelib.web.forms.asking import Asking, Option, matter_called, offer_called


def open_matters(case: Case, move: str = "", name: str = "") -> dict[int, Matter]:
    """The matters that can be spoken of: what the move takes there, else, once a case has been accepted, its
    accepted ones."""
    only = OF_MATTERS.get(move)
    if only:
        return {n: case.matters[n - 1] for n in only(case, name)}
    return {
        n: matter
        for n, matter in enumerate(case.matters, 1)
        if case.stage == Stage.RECEIVED or matter.accepted
    }


def under_review(case: Case, name: str = "") -> tuple[int, ...]:
    """The matters that are decided anew; of these a new conclusion, with what it gives, is for those that
    were answered and are changed."""
    asked = case.recourse.reconsideration
    if asked is None or name not in ("conclusions", "matter"):
        return asked.matters if asked else ()
    results = counted(asked) if ready(case) else dict.fromkeys(asked.matters, Result.CHANGED)
    return tuple(
        n for n, result in results.items() if result == Result.CHANGED and case.matters[n - 1].accepted
    )


def results_of(case: Case, n: str) -> Collection[Result]:
    """What can be decided on a matter: sent back is only what was answered, and once."""
    return frozenset(Result) - (
        {Result.SENT_BACK}
        if case.recourse.sent_back or not case.matters[int(n) - 1].accepted
        else frozenset()
    )


def grounds_of(case: Case, _: str = "") -> Collection[Dismissal]:
    """Why a request can be dismissed: as late only one that came late."""
    late = case.recourse.reconsideration is not None and case.recourse.reconsideration.late
    return frozenset(Dismissal) - (frozenset() if late else {Dismissal.LATE})


def must(ask: Asking, name: str) -> bool:
    """Whether a part that is optional elsewhere is needed on this form."""
    place = f"{ask.move}.{name}"
    sure = SURE.get(place) or SURE.get(place.rpartition(".")[0])
    return (
        place in MUST
        or (sure is not None and sure(ask.case))
        or (place == "agree_change.scan" and bool(owed.digest(ask)))
    )


def asks(move: str, name: str) -> bool:
    """Whether a move asks for a parameter, or for a part of a value, of this name."""
    return move in ASKED_BY.get(name, (move,)) and name not in UNASKED.get(move, ())


def severities(case: Case, _: str = "") -> Collection[Severity]:
    """How serious a dispute can be said to be: a critical or major case is not made less by it."""
    return [severity for severity in Severity if case.severity not in SERIOUS or severity <= case.severity]


def _sides(move: Move, case: Case, _: str) -> Collection[Side]:
    return sides_of(move, case)


def silent(case: Case, now: datetime | None) -> Collection[str]:
    """The questions to departments that are past their date without an answer: silence that a finding may
    rest on."""
    return {run.id for run in running_of(case, "department_answer") if now and run.due and run.due <= now}


def _approvals(ask: Asking) -> Iterator[Option]:
    for asked in ask.case.approvals:
        asker = ask.roster.member(asked.by)
        said = (
            label(ask.language, asked.move, "move"),
            asker.name if asker else asked.by,
            moment(ask.language, asked.at, end=False),
        )
        yield Option(asked.id, " · ".join(said))


def _tellings(ask: Asking) -> Iterator[Option]:
    for telling in filter(ask.seen.tells, ask.case.tellings):
        whom = ask.seen.names.get(telling.party, "")
        said = (
            letter_called(ask.language, telling.letter),
            whom,
            moment(ask.language, telling.since, end=False),
        )
        yield Option(telling.id, " · ".join(filter(None, said)))


def letter_called(language: str, key: str) -> str:
    """A letter by its key in `Case.told`: its name, and the number of what it is about."""
    name, *about = key.partition("@")[0].split("#")
    return " ".join([label(language, name, "letter"), *(f"({part})" for part in about if part[:1].isupper())])


def _colleagues(ask: Asking) -> Iterator[Option]:
    """Colleagues of the case's team who have not stood back from it; of talks also nobody who is barred from
    them, their officers first."""
    team, talks = (
        ask.roster.teams.get(ask.case.team),
        ask.case.talks.dispute if ask.case.stage in TALKS else None,
    )
    people = [(member, role) for role, members in team.duty.items() for member in members] if team else []
    never = {*ask.case.inquiry.recused, *(talks.barred if talks else ())}
    if talks:
        people.sort(key=lambda found: found[1] != Role.NEGOTIATOR.code)
        never |= {
            member.id
            for member, _ in people
            if ask.seen.company and member.email.casefold() == ask.seen.company.casefold()
        }
    for member in {member.id: member for member, _ in people if member.id not in never}.values():
        roles = (label(ask.language, role, "role") for other, role in people if other.id == member.id)
        yield Option(member.id, f"{member.name} · {', '.join(roles)}")


def _problems(ask: Asking) -> Iterator[Option]:
    """One choice says type and sub-type together, so that the two cannot disagree."""
    for kind, subs in TYPES.items():
        for sub in subs:
            yield Option(
                f"{kind}/{sub}",
                label(ask.language, sub, "sub_type", kind),
                under=label(ask.language, kind, "type"),
            )


def _matters(ask: Asking) -> Iterator[Option]:
    for n, matter in open_matters(ask.case, ask.move, "matter").items():
        yield Option(str(n), matter_called(ask.language, n, matter))


def _people(ask: Asking) -> Iterator[Option]:
    for party in ask.case.parties if ask.move in OF_ANYBODY else ask.case.consumers:
        if not party.left and ask.mine(party):
            yield Option(party.id, ask.person(party))


def _impartial(ask: Asking) -> Iterator[Option]:
    """The panel's members, and who could be appointed to it."""
    now = ask.seen.now or datetime.min.replace(tzinfo=UTC)
    found = appointable(ask.case, ask.seen.who, ask.roster, ask.seen.handled(), now)
    for id in dict.fromkeys([*(seat.who for seat in ask.case.panel), *found]):
        yield Option(id, _colleague(ask, id))


def _panel(ask: Asking) -> Iterator[Option]:
    for seat in ask.case.panel:
        yield Option(seat.who, _colleague(ask, seat.who))


def _colleague(ask: Asking, id: str) -> str:
    """A member of staff by name, with their teams."""
    member = ask.roster.member(id)
    teams = [ask.team(team) for team in ask.roster.teams if ask.roster.serves(id, team)]
    return " · ".join([member.name if member else id, *teams])


def _representatives(ask: Asking) -> Iterator[Option]:
    for party in ask.case.parties:
        if party.represents and not party.left and ask.mine(party):
            yield Option(party.id, ask.person(party))


def _joint(ask: Asking) -> Iterator[Option]:
    return (Option(party.id, ask.person(party)) for party in ask.case.consumers)


def _offers(ask: Asking) -> Iterator[Option]:
    """The offer that waits for an answer of the other side."""
    offer = ask.case.talks.dispute.open if ask.case.talks.dispute else None
    if offer and ask.side != offer.side:
        yield Option(
            offer.id,
            " · ".join(filter(None, (offer_called(ask.language, offer), ask.seen.words(offer.entry)))),
        )


def _statements(ask: Asking) -> Iterator[Option]:
    """What can still be shown to the other side: of a party their own."""
    for said in ask.case.talks.dispute.statements if ask.case.talks.dispute else ():
        by = next((party for party in ask.case.parties if party.id == said.by), None)
        if (
            not said.shared
            and ask.side in (None, said.side)
            and (by is None or ask.mine(by) or ask.side == Side.BUSINESS)
        ):
            yield Option(
                said.id,
                " · ".join(
                    filter(
                        None, (said.id, label(ask.language, said.side, "side"), ask.seen.words(said.entry))
                    )
                ),
            )


def _questions(ask: Asking) -> Iterator[Option]:
    for asked in ask.case.inquiry.questions:
        if not asked.answered and (not ask.seen.teams or asked.department in ask.seen.teams):
            yield Option(
                asked.id,
                " · ".join(filter(None, (asked.id, ask.team(asked.department), ask.seen.words(asked.entry)))),
            )


def _departments(ask: Asking) -> Iterator[Option]:
    return (Option(id, ask.team(id)) for id in ask.roster.departments if id != ask.case.team)


def _policies(ask: Asking) -> Iterator[Option]:
    return (Option(name, name) for name in names() if name != ask.case.policy)


def _evidence(ask: Asking) -> Iterator[Option]:
    """Each piece by number, kind, day and first words; last the questions that a department has left without
    an answer."""
    for piece in ask.case.evidence:
        kind, at = label(ask.language, piece.kind, "evidence_kind"), day(ask.language, piece.at, end=False)
        yield Option(piece.id, " · ".join(filter(None, (piece.id, kind, at, ask.seen.words(piece.entry)))))
    late = silent(ask.case, ask.seen.now)
    for asked in ask.case.inquiry.questions:
        if asked.id in late:
            said = (
                asked.id,
                label(ask.language, "no_answer", "evidence_kind"),
                ask.team(asked.department),
                ask.seen.words(asked.entry),
            )
            yield Option(asked.id, " · ".join(filter(None, said)))


def _missed(ask: Asking) -> Iterator[Option]:
    """What was missed, with the date that had been told."""
    for run in missed(ask.case):
        if run.due:
            yield Option(
                run.name,
                " · ".join((label(ask.language, run.name, "deadline"), moment(ask.language, run.due))),
            )


def _stories(ask: Asking) -> Iterator[Option]:
    """The stories that wait to be released."""
    for story in waiting(ask.case):
        yield Option(
            story.id,
            " · ".join(
                filter(None, (story.id, ask.seen.names.get(story.of, ""), ask.seen.words(story.entry)))
            ),
        )


PICKS: dict[str, Callable[[Asking], Iterator[Option]]] = {
    "deadline": _missed,
    "approval": _approvals,
    "telling": _tellings,
    "to": _colleagues,
    "sub_type": _problems,
    "matter": _matters,
    "party": _people,
    "representative": _representatives,
    "representatives": _joint,
    "obligation": owed.options,
    "side": owed.sides,
    "question": _questions,
    "department": _departments,
    "departments": _departments,
    "policy": _policies,
    "evidence": _evidence,
    "members": _impartial,
    "chair": _impartial,
    "member": _panel,
    "offer": _offers,
    "counters": _offers,
    "statement": _statements,
    "fulfils": owed.options,
    "replaces": owed.options,
    "mediator": agreed.mediators,
    "meeting": agreed.meetings,
    "story": _stories,
    "debtor": agreed.bound,
    "creditor": agreed.bound,
    "signer": agreed.signers,
    "scan": agreed.scans,
}
"""Parameters that name something on the case, a colleague, a team, or a code that depends on another."""
OF_ANYBODY = frozenset(
    {"change_contact", "renew_link", "release_address", "substitute_party", "invite_interview"}
)
"""Moves about anybody on the case; the others are about those who complain."""
NUMBERED: Mapping[str, str] = {"clauses": "clause"}
"""Lists whose rows have a number, by which other rows name them."""
NAMES_A_ROW = frozenset({"after"})
"""Parts that name a row of such a list by its number."""
NEEDED: Mapping[str, tuple[Right, ...]] = {"rights": EXAMINED}
"""Codes that need an answer where something is asked for each code; the others may be left open."""
ORDERED: Mapping[str, int] = {"causes": MOST_CAUSES}
"""Lists of at most so many codes in which the first is the main one."""
COURTS = frozenset({Route.COURT, Route.ARBITRATION})
NARROWED: Mapping[tuple[str, str], Callable[[Case, str], Collection[Any]]] = {
    ("close_in_court", "body"): lambda case, _: COURTS,
    ("end_mediation", "ending"): agreed.ends,
    ("decide_absence", "side"): agreed.absent,
    ("record_confirmation", "side"): agreed.agreeing,
    ("record_confirmation", "step"): agreed.steps,
    ("end_negotiation", "ending"): lambda case, _: ENDS,
    ("identify_dispute", "severity"): severities,
    **{(name, "side"): partial(_sides, move) for name, move in MOVES.items() if move.sides},
    ("reply_outside", "body"): lambda case, _: {other.body for other in case.outside if not other.replied},
    ("vote", "results"): results_of,
    ("decide_reconsideration", "results"): results_of,
    ("dismiss_request", "ground"): grounds_of,
}
"""Codes of which a move takes only some on this case, or for one of its matters."""
OF_AN_OBLIGATION: Mapping[tuple[str, str], Callable[[Asking], Collection[Any]]] = {
    ("take_measure", "measure"): owed.measures
}
"""Codes of which a move takes only some on the obligation that it is about."""
OF_MATTERS: Mapping[str, Callable[[Case, str], Collection[int]]] = {
    "ask_reconsideration": lambda case, _: contestable(case),
    "vote": under_review,
    "decide_reconsideration": under_review,
}
"""Moves that are about certain matters of a case only."""
BY_MATTER = ("results", "conclusions", "reasons")
"""What is asked together, matter by matter, by the moves that decide anew."""
UNASKED = {
    "name_business_representative": frozenset({"address", "way", "capacity"}),
    "lapse_signing": frozenset({"signer"}),
}
"""Parameters that no form asks: how the company's representative is reached follows from the address they
gave; whose time to sign is over, the clock says."""
ASKED_BY = {"on_behalf_of": ("submit",), "help": ("submit", "substitute_party")}
"""Parts of a value that only some of the moves that take it ask."""
MUST = frozenset(
    {
        "add_representative.person.name",
        "add_representative.person.capacity",
        "substitute_party.person.name",
        "name_business_representative.person.name",
        "state_position.side",
        "propose_change.side",
        "agree_change.side",
        "sign.signer",
        "sign.scan",
        "refuse_to_sign.signer",
        *(f"{name}.side" for name, move in MOVES.items() if move.sides),
    }
)
"""Parts that are optional elsewhere and needed here."""
ALSO_ONE = frozenset({"scan"})
"""Choices that are asked even if there is only one thing to choose, since not choosing it says something
too."""
NO_HINT = frozenset(
    f"{move}.person.{part}"
    for part in ("name", "email")
    for move in ("add_representative", "substitute_party", "name_business_representative")
)
"""Fields whose usual hint speaks to whoever complains."""
NOT_CHOSEN = {
    "change_contact.way": "none",
    "add_representative.person.capacity": "self",
    "add_representative.person.way": "none",
    "substitute_party.person.way": "none",
}
"""Choices that make no sense where they are."""
CHOOSABLE: Mapping[type[StrEnum], Collection[StrEnum]] = {
    ObligationKind: tuple(kind for kind in ObligationKind if kind not in FOR_A_BREACH)
}
"""Lists of which not every code is anybody's to choose."""
SURE: Mapping[str, Callable[[Case], bool]] = {
    "assign_negotiator.severity": lambda case: case.severity is None,
    "offer.counters": lambda case: case.talks.dispute is not None and case.talks.dispute.open is not None,
    "decide_reconsideration.results": lambda case: True,
    "decide_reconsideration.conclusions": ready,
}
"""Parts that may be left out, but not on such a case."""
GROUPS: Mapping[type[StrEnum], Mapping[str, str]] = {
    Cause: {
        code: group
        for group, codes in {
            "product": "design manufacture supplier storage_transport label_manual",
            "sale": "advertising pricing_error not_told pressure_selling terms",
            "service": "skill attitude capacity late_action wrong_decision",
            "process": "policy handoff no_owner authority_limit",
            "system": "it_fault data_error interface security",
            "partner": "merchant carrier service_partner",
            "consumer": "misuse misunderstanding expectation",
            "none": "no_fault unknown",
        }.items()
        for code in codes.split()
    }
}
"""Long lists whose codes stand in groups; the groups' labels are in the section named `…_group`."""
PREFILLED: Mapping[str, Callable[[Asking], Mapping[str, Any]]] = {
    "appoint_panel": lambda ask: (
        {"members": [seat.who for seat in ask.case.panel], "chair": ask.case.chair} if ask.case.panel else {}
    ),
    "edit_matters": lambda ask: {"matters": ask.case.matters},
    "identify_dispute": lambda ask: {"severity": ask.case.severity},
    "settle_at_once": lambda ask: {"remedies": agreed_remedies(ask.case)} if ask.case.joint else {},
    "check_authority": lambda ask: next(
        (
            {"representative": p.id, "powers": p.powers, "until": p.until}
            for p in ask.case.parties
            if p.represents and not p.checked and not p.left
        ),
        {},
    ),
    "draft_agreement": agreed.accepted,
    "amend_draft": agreed.drafted,
}
"""Forms that begin with what the case has now."""
