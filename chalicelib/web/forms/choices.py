"""The options of form fields in which the user chooses a thing: a person, evidence, an obligation, a
question, a colleague, a team. Also the codes that can be chosen from a code list."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any

from chalicelib.access.offers import sides_of
from chalicelib.domain.engine.declare import MOVES, has_annotation
from chalicelib.domain.engine.grounds import About, missing_fact
from chalicelib.domain.engine.lateness import missed_duties
from chalicelib.domain.engine.overtaken import waiting_calls
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import Matter
from chalicelib.domain.model.codes import (
    FOR_A_BREACH,
    TALKS,
    TYPES,
    Cause,
    GroundCode,
    ObligationKind,
    Role,
    Side,
    Stage,
    Way,
)
from chalicelib.domain.model.field_marks import FormRule, SideOf, Suggested
from chalicelib.domain.model.letters import key_of, subject_of
from chalicelib.domain.moves.feedback import unpublished_stories
from chalicelib.domain.moves.improvement import OWNERS
from chalicelib.domain.moves.intake import answered_at, settled_at
from chalicelib.domain.moves.mentions import mentionable
from chalicelib.domain.moves.reconsideration import appointable
from chalicelib.domain.moves.team_change import unfit
from chalicelib.domain.policy import names
from chalicelib.domain.reference import shown
from chalicelib.locale.formats import day, label, listed, moment
from chalicelib.web.forms import agreement as agreed, obligations as owed
from chalicelib.web.forms.form_context import Asking, Option, matter_called, offer_called
from chalicelib.wiring import product


def open_matters(case: Case, move: str = "", name: str = "") -> dict[int, Matter]:
    """Return the matters that the parameter `name` of the move `move` can name. The key is the number of the
    matter. If the move declares the matters, return these. Otherwise return all matters while the case is
    received, and the accepted matters at later stages."""
    if only := MOVES[move].choice(name).matters if move else None:
        return {n: case.matters[n - 1] for n in only(case)}
    return {
        n: matter
        for n, matter in enumerate(case.matters, 1)
        if case.stage == Stage.RECEIVED or matter.accepted
    }


def choosable(codes: type[StrEnum]) -> Collection[StrEnum]:
    """Return the codes of a code list that people can choose. SMS is left out if this installation cannot
    send short messages."""
    if codes is Way and not product.texts:
        return [way for way in Way if way != Way.SMS]
    return CHOOSABLE.get(codes) or list(codes)


def offered(hint: Any) -> tuple[str, ...]:
    """Return suggestions for a free-text field. `hint`: the type of the field. For a type marked Suggested,
    the suggestions are the companies that the policy lists. For any other type there are none."""
    return product.policy.companies if has_annotation(hint, Suggested) else ()


def must(ask: Asking, name: str) -> bool:
    """Return whether this form requires the field `name` although a request may leave it out."""
    move, asked, part = MOVES[ask.move], *asked_as(ask.move, name)
    return (part in asked.needed and bool(asked.when(ask.head))) or (
        move.sides is not None and has_annotation(move.parameters.get(name, ("",))[0], SideOf)
    )


def asked_as(move: str, name: str) -> tuple[FormRule, str]:
    """Return (FormRule, part) for the field `name`. The FormRule tells how the form of the move asks for a
    parameter. `name`: the path of the field, `parameter` or `parameter.part`. The part is empty if the field
    asks for the whole parameter, or for its value for a single matter."""
    whole, _, part = name.partition(".")
    return MOVES[move].form_rule(whole), "" if part.isdecimal() else part


def asks(ask: Asking, name: str) -> bool:
    """Return whether the form has a field named `name`, for a parameter or for a part of it. The FormRule of
    the move can leave a field out."""
    asked, part = asked_as(ask.move, name)
    return part not in asked.without and not asked.unless(ask.head)


def chosen(ask: Asking, name: str, part: str = "") -> Collection[Any] | None:
    """Return the codes or ids that the parameter `name` accepts on this case. Return None if all are
    accepted. `part`: the number of the matter, if the parameter has a value for each matter."""
    move, whole = MOVES[ask.move], name.partition(".")[0]
    if move.sides and has_annotation(move.parameters[whole][0], SideOf):
        return sides_of(move, ask.case)
    of, about = move.choice(whole).of, move.choice(whole).about
    return owed.of_each(ask, about) if about else of and of(ask.case, part)


def missing(ask: Asking, code: StrEnum) -> str:
    """Return which fact the record of the case lacks for this code, as text. Return "" if the code can be
    chosen, or if it is no ground."""
    if not (ask.head and isinstance(code, GroundCode)):
        return ""
    fact = missing_fact(ask.head, code, About(ask.seen.obligation, ask.seen.earlier))
    return label(ask.language, fact, "fact") if fact else ""


def _approvals(ask: Asking) -> Iterator[Option]:
    for asked in ask.case.approvals:
        asker = ask.roster.member(asked.by)
        what, at = label(ask.language, asked.move, "move"), moment(ask.language, asked.at, end=False)
        yield Option.of(asked.id, what, asker.name if asker else asked.by, at)


def _tellings(ask: Asking) -> Iterator[Option]:
    for told in filter(ask.seen.tells, waiting_calls(ask.case)):
        what, since = letter_called(ask.language, told.letter), moment(ask.language, told.since, end=False)
        yield Option.of(told.id, what, ask.seen.names.get(told.party, ""), since)


def letter_called(language: str, key: str) -> str:
    """Return the label of a letter. `key`: the key of the letter in `Case.told`. If the letter is about a
    thing such as an obligation, the label ends with the id of the thing in brackets."""
    name, about, _ = key_of(key)
    subject = subject_of(about)
    return label(language, name, "letter") + (f" ({subject})" if subject[:1].isupper() else "")


def _colleagues(ask: Asking) -> Iterator[Option]:
    """Yield the members of the case's team, as options. Left out are recused members, and those who speak for
    the company on the case.

    During negotiation or mediation, negotiators come first, and two kinds of members are left out too. They
    are members barred from the dispute, and a member with the e-mail address of the trader's
    representative."""
    team = ask.roster.teams.get(ask.case.team)
    talks = ask.case.talks.dispute if ask.case.stage in TALKS else None
    people = [(member, role) for role, members in team.duty.items() for member in members] if team else []
    never = {*ask.case.inquiry.recused, *ask.case.colleagues, *(talks.barred if talks else ())}
    if talks:
        people.sort(key=lambda found: found[1] != Role.NEGOTIATOR.code)
        never |= {
            member.id
            for member, _ in people
            if ask.seen.company and member.email.casefold() == ask.seen.company.casefold()
        }
    for member in {member.id: member for member, _ in people if member.id not in never}.values():
        roles = (role for other, role in people if other.id == member.id)
        yield Option(member.id, f"{member.name} · {listed(ask.language, roles, 'role')}")


def _mentionable(ask: Asking) -> Iterator[Option]:
    """Yield the colleagues whom a note can mention, as options sorted by name. Left out is the author. Of an
    absent one the option says when they are back."""
    people = {one.id: one for team in ask.roster.teams.values() for one in team.people()}
    for one in sorted(people.values(), key=lambda one: one.name):
        if one.id != ask.seen.who and mentionable(ask.case, one.id, ask.roster):
            back = [gone.until for gone in one.absent if ask.seen.now and ask.seen.now in gone]
            away = ask.text("away", until=moment(ask.language, max(back))) if back else None
            roles = (role.code for role in ask.roster.roles(one.id))
            yield Option.of(one.id, one.name, listed(ask.language, roles, "role"), away)


def _everybody(ask: Asking) -> Iterator[Option]:
    """Return all staff on the roster as options with their teams, sorted by name."""
    people = {m.id for team in ask.roster.teams.values() for m in team.people()}
    return iter(sorted((Option(id, _colleague(ask, id)) for id in people), key=lambda one: one.label))


@cache
def _problems(language: str) -> tuple[Option, ...]:
    """Return the types of problems as options. Each option means a sub-type together with its type, so that
    users cannot choose two that contradict each other."""
    return tuple(
        Option(
            f"{kind}/{sub}",
            label(language, sub, "sub_type", kind),
            under=label(language, kind, "type"),
            search=label(language, sub, "search", "sub_type", kind),
        )
        for kind, subs in TYPES.items()
        for sub in subs
    )


def _matters(ask: Asking, name: str) -> Iterator[Option]:
    found = open_matters(ask.case, ask.move, name.partition(".")[0])
    return (Option(str(n), matter_called(ask.language, n, matter)) for n, matter in found.items())


def _parties(ask: Asking, ids: Collection[str]) -> Iterator[Option]:
    """Return people on the case as options. `ids`: the ids of the people. A party sees only themselves and
    the people who represent them. Staff see everybody."""
    found = (party for party in ask.case.parties if party.id in ids and ask.mine(party))
    return (Option(party.id, ask.person(party)) for party in found)


def _impartial(ask: Asking) -> Iterator[Option]:
    """Return, as options, the present members of the panel and then the people who can be appointed to decide
    the reconsideration."""
    now = ask.seen.now or datetime.min.replace(tzinfo=UTC)
    found = appointable(ask.case, ask.seen.who, ask.roster, ask.seen.handled(), now)
    ids = dict.fromkeys([*(seat.who for seat in ask.case.panel), *found])
    return (Option(id, _colleague(ask, id)) for id in ids)


def _colleague(ask: Asking, id: str) -> str:
    """Return the name of the staff member `id`, followed by their teams."""
    member = ask.roster.member(id)
    teams = [ask.team(team) for team in ask.roster.teams if ask.roster.serves(id, team)]
    return " · ".join([member.name if member else id, *teams])


def _offers(ask: Asking) -> Iterator[Option]:
    """Yield the open offer of the talks as the only option. Yield nothing if there is none, or if the user's
    own side made the offer."""
    offer = ask.case.talks.dispute.open if ask.case.talks.dispute else None
    if offer and ask.side != offer.side:
        yield Option.of(offer.id, offer_called(ask.language, offer), ask.seen.words(offer.entry))


def _forwards(ask: Asking, ids: Collection[str]) -> Iterator[Option]:
    """Yield the forwards with these ids as options: receiver and state. A party gets only their own."""
    for one in ask.case.forwards:
        if one.id in ids and ask.mine(ask.case.party(one.party)):
            receiver = label(ask.language, one.body, "route") if one.body else ask.seen.words(one.entry)
            yield Option.of(one.id, one.id, receiver, label(ask.language, one.state, "forwarded"))


def _statements(ask: Asking) -> Iterator[Option]:
    """Yield, as options, the statements that the other side cannot see yet. Staff see the statements of both
    sides. The trader sees all statements of the trader's side. A complainant sees their own statements, and
    the statements that staff recorded for the complainants' side."""
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


def _evidence(ask: Asking) -> Iterator[Option]:
    """Yield each piece of evidence as an option with number, kind, day and first words. Then yield the
    questions that a department has not answered in time, because a finding may rest on the missing answer."""
    for piece in ask.case.evidence:
        kind, at = label(ask.language, piece.kind, "evidence_kind"), day(ask.language, piece.at, end=False)
        yield Option.of(piece.id, piece.id, kind, at, ask.seen.words(piece.entry))
    runs, now = running_of(ask.case, "department_answer"), ask.seen.now
    late = {run.id for run in runs if now and run.due and run.due <= now}
    for asked in (asked for asked in ask.case.inquiry.questions if asked.id in late):
        kind, team = label(ask.language, "no_answer", "evidence_kind"), ask.team(asked.department)
        yield Option.of(asked.id, asked.id, kind, team, ask.seen.words(asked.entry))


def _earlier(ask: Asking) -> Iterator[Option]:
    """Yield, as options, the earlier cases of the same consumers that were settled or answered: number and
    day."""
    for one in ask.seen.earlier():
        if at := settled_at(one) or answered_at(one):
            yield Option.of(one.ref, shown(one.ref), day(ask.language, at, end=False))


def _missed(ask: Asking) -> Iterator[Option]:
    """Yield, as options, the deadlines that we missed and told the consumer about, each with its due date."""
    for run in missed_duties(ask.case):
        if run.due:
            what = label(ask.language, run.name, "deadline")
            yield Option.of(run.name, what, moment(ask.language, run.due))


PICKS: Mapping[str, Callable[[Asking, str], Iterable[Option]]] = {
    "deadline": lambda ask, _: _missed(ask),
    "approval": lambda ask, _: _approvals(ask),
    "telling": lambda ask, _: _tellings(ask),
    "colleague": lambda ask, _: _colleagues(ask),
    "mentioned": lambda ask, _: _mentionable(ask),
    "owner": lambda ask, _: (one for one in _everybody(ask) if ask.roster.roles(one.code) & OWNERS),
    "staff": lambda ask, _: _everybody(ask),
    "problem": lambda ask, _: _problems(ask.language),
    "earlier": lambda ask, _: _earlier(ask),
    "matter": lambda ask, name: _matters(ask, name),
    "party": lambda ask, name: _parties(ask, chosen(ask, name) or [p.id for p in ask.case.consumers]),
    "representative": lambda ask, _: _parties(
        ask, [p.id for p in ask.case.parties if p.represents and not p.left]
    ),
    "complainant": lambda ask, _: (Option(p.id, ask.person(p)) for p in ask.case.consumers),
    "obligation": lambda ask, _: owed.options(ask),
    "own_side": lambda ask, _: owed.sides(ask),
    "question": lambda ask, _: _questions(ask),
    "department": lambda ask, _: (
        Option(id, ask.team(id)) for id in ask.roster.departments if id != ask.case.team
    ),
    "team": lambda ask, _: (
        Option(id, ask.team(id)) for id in ask.roster.teams if not unfit(ask.case, id, ask.roster)
    ),
    "any_team": lambda ask, _: (Option(id, ask.team(id)) for id in ask.roster.teams),
    "policy": lambda ask, _: (Option(name, name) for name in names() if name != ask.case.policy),
    "evidence": lambda ask, _: _evidence(ask),
    "impartial": lambda ask, _: _impartial(ask),
    "seat": lambda ask, _: (Option(seat.who, _colleague(ask, seat.who)) for seat in ask.case.panel),
    "offer": lambda ask, _: _offers(ask),
    "conduct": lambda ask, name: (
        Option.of(one.id, one.id, label(ask.language, one.kind, "conduct"), ask.seen.words(one.entry))
        for one in ask.case.inquiry.conduct
        if one.id in (chosen(ask, name) or ())
    ),
    "forward": lambda ask, name: _forwards(ask, chosen(ask, name) or ()),
    "mail": lambda ask, _: (
        Option.of(mail.id, moment(ask.language, mail.at, False), ask.seen.words(mail.entry))
        for mail in ask.case.mails
        if ask.mine(ask.case.party(mail.by))
    ),
    "statement": lambda ask, _: _statements(ask),
    "mediator": lambda ask, _: agreed.mediators(ask),
    "meeting": lambda ask, name: agreed.meetings(ask, chosen(ask, name)),
    "story": lambda ask, _: (
        Option.of(story.id, story.id, ask.seen.names.get(story.of), ask.seen.words(story.entry))
        for story in unpublished_stories(ask.case)
    ),
    "bound": lambda ask, _: agreed.bindable_parties(ask),
    "signer": lambda ask, _: agreed.signers(ask),
    "scan": lambda ask, _: agreed.scans(ask),
}
"""The functions that yield the options of a field. The key is the kind of thing that the field names
(`Names.kind`). A function gets the context of the form and the name of the parameter."""
ALSO_ONE = frozenset({"department", "scan"})
"""The kinds of things for which an optional field is shown even if there is a single option. The user can
then choose the option or nothing."""
CHOOSABLE: Mapping[type[StrEnum], Collection[StrEnum]] = {
    ObligationKind: tuple(kind for kind in ObligationKind if kind not in FOR_A_BREACH)
}
"""The codes that people can choose, for code lists of which other codes cannot be chosen. The kinds of
obligations that only follow from a breach cannot be chosen."""


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
"""The headings of the options of a long code list. The key is the code list, the value gives the group of
each code. The labels of the groups of the code list `cause` are in the section `cause_group` of `locale/`."""
