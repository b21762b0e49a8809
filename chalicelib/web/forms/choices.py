"""What a form offers to choose that is not a list of codes: people, evidence, obligations and questions of
the case, colleagues, teams."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from chalicelib.access.offers import sides_of
from chalicelib.domain.engine.deadlines import missed
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import Matter
from chalicelib.domain.model.codes import (
    FOR_A_BREACH,
    TALKS,
    TYPES,
    Cause,
    ObligationKind,
    Right,
    Role,
    Side,
    Stage,
    Way,
)
from chalicelib.domain.model.field_marks import Asked
from chalicelib.domain.model.letters import key_of, subject_of
from chalicelib.domain.moves.answer import EXAMINED, MOST_CAUSES
from chalicelib.domain.moves.changing import agree_change
from chalicelib.domain.moves.feedback import waiting
from chalicelib.domain.moves.improvement import OWNERS
from chalicelib.domain.moves.reconsideration import appointable
from chalicelib.domain.policy import names, policy
from chalicelib.locale.formats import day, label, moment
from chalicelib.web.forms import agreement as agreed, obligations as owed
from chalicelib.web.forms.form_context import Asking, Option, matter_called, offer_called
from chalicelib.wiring import product


def open_matters(case: Case, move: str = "", name: str = "") -> dict[int, Matter]:
    """The matters that can be spoken of: what the move takes there, else, once a case has been accepted, its
    accepted ones."""
    if only := MOVES[move].choice(name).matters if move else None:
        return {n: case.matters[n - 1] for n in only(case)}
    return {
        n: matter
        for n, matter in enumerate(case.matters, 1)
        if case.stage == Stage.RECEIVED or matter.accepted
    }


def choosable(codes: type[StrEnum]) -> Collection[StrEnum]:
    """What can be chosen of a list of codes: short messages only where they can be sent."""
    if codes is Way and not product.texts:
        return [way for way in Way if way != Way.SMS]
    return CHOOSABLE.get(codes) or list(codes)


def offered(name: str) -> tuple[str, ...]:
    """What is offered while somebody types here, and anything else can be typed."""
    return policy(product.setting("POLICY", "default-1")).companies if name == "account.business" else ()


def must(ask: Asking, name: str) -> bool:
    """Whether a part that is optional elsewhere is needed on this form."""
    move, asked, part = MOVES[ask.move], *asked_as(ask.move, name)
    return (
        (part in asked.needed and bool(asked.when(ask.head)))
        or (name == "side" and move.sides is not None)
        or (name == "scan" and move.do is agree_change and bool(owed.digest(ask)))
    )


def asked_as(move: str, name: str) -> tuple[Asked, str]:
    """How a form asks for what stands at a place, and which part of the parameter that is: "" for the
    parameter itself, and for what is said of each matter."""
    whole, _, part = name.partition(".")
    return MOVES[move].asked(whole), "" if part.isdecimal() else part


def asks(ask: Asking, name: str) -> bool:
    """Whether a form asks for a parameter, or for a part of a value."""
    asked, part = asked_as(ask.move, name)
    return part not in asked.without and not asked.unless(ask.head)


def chosen(ask: Asking, name: str, part: str = "") -> Collection[Any] | None:
    """The codes or ids that can be said for a parameter, of what is said of each matter for one; None where
    every one can."""
    move, whole = MOVES[ask.move], name.partition(".")[0]
    if whole == "side" and move.sides:
        return sides_of(move, ask.case)
    of = move.choice(whole).of
    return of and of(ask.case, part)


def _approvals(ask: Asking) -> Iterator[Option]:
    for asked in ask.case.approvals:
        asker = ask.roster.member(asked.by)
        what, at = label(ask.language, asked.move, "move"), moment(ask.language, asked.at, end=False)
        yield Option.of(asked.id, what, asker.name if asker else asked.by, at)


def _tellings(ask: Asking) -> Iterator[Option]:
    for told in filter(ask.seen.tells, ask.case.tellings):
        what, since = letter_called(ask.language, told.letter), moment(ask.language, told.since, end=False)
        yield Option.of(told.id, what, ask.seen.names.get(told.party, ""), since)


def letter_called(language: str, key: str) -> str:
    """A letter by its key in `Case.told`: its name, and the number of what it is about."""
    name, about, _ = key_of(key)
    subject = subject_of(about)
    return label(language, name, "letter") + (f" ({subject})" if subject[:1].isupper() else "")


def _colleagues(ask: Asking) -> Iterator[Option]:
    """Colleagues of the case's team who have not stood back from it; of talks also nobody who is barred from
    them, their officers first."""
    team = ask.roster.teams.get(ask.case.team)
    talks = ask.case.talks.dispute if ask.case.stage in TALKS else None
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


def _owners(ask: Asking) -> Iterator[Option]:
    """Everybody of the house who can own an improvement action, with their teams."""
    return (one for one in _everybody(ask) if ask.roster.roles(one.code) & OWNERS)


def _everybody(ask: Asking) -> Iterator[Option]:
    """Everybody on the roster, with their teams."""
    people = {m.id for team in ask.roster.teams.values() for m in team.people()}
    return iter(sorted((Option(id, _colleague(ask, id)) for id in people), key=lambda one: one.label))


def _problems(ask: Asking) -> Iterator[Option]:
    """One choice says type and sub-type together, so that the two cannot disagree."""
    return (
        Option(
            f"{kind}/{sub}",
            label(ask.language, sub, "sub_type", kind),
            under=label(ask.language, kind, "type"),
            search=label(ask.language, sub, "search", "sub_type", kind),
        )
        for kind, subs in TYPES.items()
        for sub in subs
    )


def _matters(ask: Asking) -> Iterator[Option]:
    found = open_matters(ask.case, ask.move, "remedies")
    return (Option(str(n), matter_called(ask.language, n, matter)) for n, matter in found.items())


def _parties(ask: Asking, ids: Collection[str]) -> Iterator[Option]:
    """Those of these people who are still on the case, of a party their own."""
    found = (party for party in ask.case.parties if party.id in ids and not party.left and ask.mine(party))
    return (Option(party.id, ask.person(party)) for party in found)


def _impartial(ask: Asking) -> Iterator[Option]:
    """The panel's members, and who could be appointed to it."""
    now = ask.seen.now or datetime.min.replace(tzinfo=UTC)
    found = appointable(ask.case, ask.seen.who, ask.roster, ask.seen.handled(), now)
    ids = dict.fromkeys([*(seat.who for seat in ask.case.panel), *found])
    return (Option(id, _colleague(ask, id)) for id in ids)


def _colleague(ask: Asking, id: str) -> str:
    """A member of staff by name, with their teams."""
    member = ask.roster.member(id)
    teams = [ask.team(team) for team in ask.roster.teams if ask.roster.serves(id, team)]
    return " · ".join([member.name if member else id, *teams])


def _offers(ask: Asking) -> Iterator[Option]:
    """The offer that waits for an answer of the other side."""
    offer = ask.case.talks.dispute.open if ask.case.talks.dispute else None
    if offer and ask.side != offer.side:
        yield Option.of(offer.id, offer_called(ask.language, offer), ask.seen.words(offer.entry))


def _statements(ask: Asking) -> Iterator[Option]:
    """What can still be shown to the other side: of a party their own."""
    whose = {party.id: party for party in ask.case.parties}
    for said in ask.case.talks.dispute.statements if ask.case.talks.dispute else ():
        own = said.by not in whose or ask.mine(whose[said.by]) or ask.side == Side.BUSINESS
        if own and not said.shared and ask.side in (None, said.side):
            side = label(ask.language, said.side, "side")
            yield Option.of(said.id, said.id, side, ask.seen.words(said.entry))


def _questions(ask: Asking) -> Iterator[Option]:
    for asked in ask.case.inquiry.questions:
        if not asked.answered and (not ask.seen.teams or asked.department in ask.seen.teams):
            yield Option.of(asked.id, asked.id, ask.team(asked.department), ask.seen.words(asked.entry))


def _departments(ask: Asking) -> Iterator[Option]:
    return (Option(id, ask.team(id)) for id in ask.roster.departments if id != ask.case.team)


def _evidence(ask: Asking) -> Iterator[Option]:
    """Each piece by number, kind, day and first words; last the questions to departments that are past their
    date without an answer: silence that a finding may rest on."""
    for piece in ask.case.evidence:
        kind, at = label(ask.language, piece.kind, "evidence_kind"), day(ask.language, piece.at, end=False)
        yield Option.of(piece.id, piece.id, kind, at, ask.seen.words(piece.entry))
    runs, now = running_of(ask.case, "department_answer"), ask.seen.now
    late = {run.id for run in runs if now and run.due and run.due <= now}
    for asked in (asked for asked in ask.case.inquiry.questions if asked.id in late):
        kind, team = label(ask.language, "no_answer", "evidence_kind"), ask.team(asked.department)
        yield Option.of(asked.id, asked.id, kind, team, ask.seen.words(asked.entry))


def _missed(ask: Asking) -> Iterator[Option]:
    """What was missed, with the date that had been told."""
    for run in missed(ask.case):
        if run.due:
            what = label(ask.language, run.name, "deadline")
            yield Option.of(run.name, what, moment(ask.language, run.due))


PICKS: dict[str, Callable[[Asking], Iterator[Option]]] = {
    "deadline": _missed,
    "approval": _approvals,
    "telling": _tellings,
    "to": _colleagues,
    "owner": _owners,
    "people": _everybody,
    "sub_type": _problems,
    "matter": _matters,
    "party": lambda ask: _parties(ask, chosen(ask, "party") or [p.id for p in ask.case.consumers]),
    "representative": lambda ask: _parties(ask, [p.id for p in ask.case.parties if p.represents]),
    "representatives": lambda ask: (Option(p.id, ask.person(p)) for p in ask.case.consumers),
    "obligation": owed.options,
    "side": owed.sides,
    "question": _questions,
    "department": _departments,
    "departments": _departments,
    "policy": lambda ask: (Option(name, name) for name in names() if name != ask.case.policy),
    "evidence": _evidence,
    "members": _impartial,
    "chair": _impartial,
    "member": lambda ask: (Option(seat.who, _colleague(ask, seat.who)) for seat in ask.case.panel),
    "offer": _offers,
    "counters": _offers,
    "statement": _statements,
    "fulfils": owed.options,
    "replaces": owed.options,
    "mediator": agreed.mediators,
    "meeting": agreed.meetings,
    "story": lambda ask: (
        Option.of(story.id, story.id, ask.seen.names.get(story.of), ask.seen.words(story.entry))
        for story in waiting(ask.case)
    ),
    "debtor": agreed.bound,
    "creditor": agreed.bound,
    "signer": agreed.signers,
    "scan": agreed.scans,
}
"""Parameters that name something on the case, a colleague, a team, or a code that depends on another."""
NUMBERED: Mapping[str, str] = {"clauses": "clause"}
"""Lists whose rows have a number, by which other rows name them."""
NAMES_A_ROW = frozenset({"after"})
"""Parts that name a row of such a list by its number."""
NEEDED: Mapping[str, tuple[Right, ...]] = {"rights": EXAMINED}
"""Codes that need an answer where something is asked for each code; the others may be left open."""
ORDERED: Mapping[str, int] = {"causes": MOST_CAUSES}
"""Lists of at most so many codes in which the first is the main one."""
OF_AN_OBLIGATION: Mapping[str, Callable[[Asking], Collection[Any]]] = {"measure": owed.measures}
"""Codes of which a move takes only some on the obligation that it is about."""
BY_MATTER = ("results", "conclusions", "reasons")
"""What is asked together, matter by matter, by the moves that decide anew."""
ALSO_ONE = frozenset({"scan"})
"""Choices that are asked even if there is only one thing to choose, since not choosing it says something
too."""
CHOOSABLE: Mapping[type[StrEnum], Collection[StrEnum]] = {
    ObligationKind: tuple(kind for kind in ObligationKind if kind not in FOR_A_BREACH)
}
"""Lists of which not every code is anybody's to choose."""


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
