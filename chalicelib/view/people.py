"""The view of the people on a complaint: what they gave of themselves, their representatives, the joint
complaint as one of its people sees it, and the panel."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from chalicelib.domain.calendar import day_end, published
from chalicelib.domain.frozen import frozen, values
from chalicelib.domain.model.case import Party
from chalicelib.domain.model.case_records import Owed
from chalicelib.domain.model.codes import Remedy
from chalicelib.domain.moves.intake import link_duplicate
from chalicelib.domain.moves.joint import ask_consent, invite_to_join, join_case, leave_case
from chalicelib.domain.moves.reconsideration import appoint_panel, ask_reconsideration
from chalicelib.domain.roster import Roster, Team
from chalicelib.view.party import Partner, PartyReader
from chalicelib.view.reader import Reader
from chalicelib.view.review import review_view
from chalicelib.view.staff import Staff

LINKED = (link_duplicate, invite_to_join, join_case, leave_case, ask_reconsideration)
"""The moves whose entries name another case that is linked with this one."""


@frozen(kw_only=True)
class PersonView(Party):
    """A person on the case. `told`: what they gave of themselves, such as name and addresses; empty for a
    reader who may not know it. `valid_now`: for a representative, the authority was checked and has not
    ended. `ends`: the end of the last day of that authority."""

    told: Mapping[str, Any]
    ends: datetime | None
    valid_now: bool

    @property
    def name(self) -> str | None:
        """Return the person's name; None if the reader may not know it."""
        return self.told.get("name")


class Put(NamedTuple):
    """A settlement that was proposed to each person of a joint complaint. `text`: its words. `remedies`: what
    the reader gets by it."""

    text: str
    remedies: tuple[Owed, ...]


class JointView(NamedTuple):
    """A joint complaint as one of its people sees it. It shows no other person's name. `people`: how many
    they are. `number`: the reader's own number among them. `own`: the number of the case that they had before
    they joined. `speak`: the numbers of the people who speak for all. `put`: the proposed settlement.
    `consents`: the reader's answer to it; None before they have answered."""

    people: int
    number: str
    own: str | None
    speak: tuple[str, ...]
    put: Put | None
    consents: bool | None


class Decider(NamedTuple):
    """A member of the panel, without a name: whether they are the chair, and their teams."""

    chair: bool
    teams: tuple[Team, ...]


def people(reader: Reader) -> list[PersonView]:
    """Return the people whom the reader may see. Staff see all. A complainant sees their representatives. A
    representative sees only themselves."""
    if reader.principal is None and not isinstance(reader, Partner):
        return [_person(reader, party) for party in reader.case.parties]
    if not isinstance(reader, PartyReader) or reader.company or not reader.authorised:
        return []
    return [_person(reader, p) for p in ([reader.party] if reader.party.represents else reader.agents())]


def _person(reader: Reader, party: Party) -> PersonView:
    known = not isinstance(reader, Staff) or reader.known
    return PersonView(
        **{**values(party), "known_by": (), "kept": ""},
        told=reader.dossier.people.get(party.id, {}) if known else {},
        ends=day_end(party.until) if party.until else None,
        valid_now=party.valid(published().day_of(reader.now)),
    )


def joint_view(reader: PartyReader) -> JointView | None:
    """Return a joint complaint as one of its people sees it. Return None if only one person complains, or the
    reader may not see it."""
    case, whose = reader.case, reader.whose
    if not case.joint or reader.company or not reader.authorised:
        return None
    return JointView(
        len(case.consumers),
        _number(whose),
        whose.own,
        tuple(_number(party) for party in case.consumers if party.speaks),
        put_in(reader, case.together.proposal.entry) if case.together.proposal else None,
        whose.consents,
    )


def _number(party: Party) -> str:
    """Return the number by which the others in a joint complaint know this person. It never changes."""
    return party.id[1:]


def put_in(reader: Reader, n: int) -> Put | None:
    """Return the settlement that entry `n` proposes to the people of a joint complaint, with the remedies for
    the reader. Return None if the entry proposes none."""
    if not reader.has_entry(n, ask_consent):
        return None
    remedies = (
        Owed(
            one["matter"],
            Remedy(one["kind"]),
            date.fromisoformat(one["by"]),
            one.get("amount"),
            one.get("party"),
        )
        for one in reader.dossier.line(n)["facts"].get("remedies") or ()
    )
    own = tuple(
        owed for owed in remedies if reader.principal is None or owed.party in (None, reader.principal)
    )
    return Put(reader.words(n, ask_consent).get("settlement", ""), own)


def other_case(reader: Reader) -> str:
    """Return the number of the case that is linked with this one; "" without one. If several were noted, the
    last counts."""

    def linked_number(line: Mapping[str, Any]) -> str:
        return str(line["facts"].get("leading") or line["facts"].get("from") or "")

    n = reader.dossier.last(*LINKED, fits=linked_number)
    return linked_number(reader.dossier.line(n)) if n else ""


def deciders(reader: Reader, roster: Roster, until: int | None = None) -> list[Decider]:
    """Return the members of the panel for the pending request, once it is complete. An objector names a
    member by the place in this order. For a letter, `until` is a timeline entry: return the panel that was
    last appointed as of that entry."""
    n = reader.dossier.last(appoint_panel, until=until) if until else 0
    facts, asked = reader.dossier.line(n)["facts"] if n else {}, None if until else review_view(reader)
    seats = [(who, who == facts["chair"]) for who in facts.get("members", ())]
    seats += [(seat.who, seat.chair) for seat in asked.panel] if asked else []
    return [
        Decider(chair, tuple(team for id, team in roster.teams.items() if roster.serves(who, id)))
        for who, chair in seats
    ]
