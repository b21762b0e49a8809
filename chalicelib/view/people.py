"""The view of the people on a complaint: their identity, their representatives and terms, the joint complaint
for one of its people, the panel."""

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
"""The moves whose entries name another case to which this one belongs."""


@frozen(kw_only=True)
class PersonView(Party):
    """A person on the case. `told` is what they gave of themselves, such as name and addresses, for a
    permitted reader. A representative is `valid_now` after the check of their authority and within its term,
    which `ends` with a day."""

    told: Mapping[str, Any]
    ends: datetime | None
    valid_now: bool

    @property
    def name(self) -> str | None:
        """Return the person's name, for a reader who may know it."""
        return self.told.get("name")


class Put(NamedTuple):
    """A proposal to each person of a joint complaint, and its remedies for the reader."""

    text: str
    remedies: tuple[Owed, ...]


class JointView(NamedTuple):
    """A joint complaint for one of its people: the number of `people`, the reader's own number, and the
    numbers of those who `speak` for all. `own` is the number of their complaint before joining. `put` is the
    proposal and `consents` their answer (None before it). No other person's name is shown."""

    people: int
    number: str
    own: str | None
    speak: tuple[str, ...]
    put: Put | None
    consents: bool | None


class Decider(NamedTuple):
    """A panel member: chair flag and teams, no name."""

    chair: bool
    teams: tuple[Team, ...]


def people(reader: Reader) -> list[PersonView]:
    """Return the people that the reader may see: for staff all, for a person their representatives, for a
    representative only themselves."""
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
    """Return a joint complaint for one of its people; None for a single complainant."""
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
    """Return the lasting number by which others in a joint complaint know this person."""
    return party.id[1:]


def put_in(reader: Reader, n: int) -> Put | None:
    """Return the proposal of entry `n` to each person; None without one."""
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
    """Return the last noted number of the case that this one continues, joined or came from; "" without
    one."""

    def linked_number(line: Mapping[str, Any]) -> str:
        return str(line["facts"].get("leading") or line["facts"].get("from") or "")

    n = reader.dossier.last(*LINKED, fits=linked_number)
    return linked_number(reader.dossier.line(n)) if n else ""


def deciders(reader: Reader, roster: Roster, until: int | None = None) -> list[Decider]:
    """Return the panel of the pending request once it is complete, in the order in which an objector names
    its members. For a letter, return the panel last appointed as of entry `until`."""
    n = reader.dossier.last(appoint_panel, until=until) if until else 0
    facts, asked = reader.dossier.line(n)["facts"] if n else {}, None if until else review_view(reader)
    seats = [(who, who == facts["chair"]) for who in facts.get("members", ())]
    seats += [(seat.who, seat.chair) for seat in asked.panel] if asked else []
    return [
        Decider(chair, tuple(team for id, team in roster.teams.items() if roster.serves(who, id)))
        for who, chair in seats
    ]
