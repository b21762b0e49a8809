"""The people on a complaint as they are told: who they are, who speaks for whom and until when, a joint
complaint as one of its people sees it, who decides anew."""

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
"""The entries that name another case to which this one belongs."""


@frozen(kw_only=True)
class PersonView(Party):
    """Somebody on the case; what they `told` of themselves (a name, addresses …) for whoever may know that,
    but not how it is kept. Who represents somebody is `valid_now` once their authority was checked, within
    its term, which `ends` a day."""

    told: Mapping[str, Any]
    ends: datetime | None
    valid_now: bool

    @property
    def name(self) -> str | None:
        """Their name, for whoever may know it."""
        return self.told.get("name")


class Put(NamedTuple):
    """What was put to each person of a joint complaint, and the remedies in it that are the reader's."""

    text: str
    remedies: tuple[Owed, ...]


class JointView(NamedTuple):
    """A joint complaint as one person sees it: how many `people` they are, by which numbers they and those
    who `speak` for all are called, what number their complaint had before (`own`), what was put to them and
    whether they agree (None: not said yet); nobody else by name."""

    people: int
    number: str
    own: str | None
    speak: tuple[str, ...]
    put: Put | None
    consents: bool | None


class Decider(NamedTuple):
    """Who decides anew, by their place and their teams, never by name."""

    chair: bool
    teams: tuple[Team, ...]


def people(reader: Reader) -> list[PersonView]:
    """Everybody for staff; for a person whoever speaks for them, for that one only themselves."""
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
    """A joint complaint for one of its people; None where one complains alone."""
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
    """The number by which a person of a joint complaint is called to the others; it stays theirs."""
    return party.id[1:]


def put_in(reader: Reader, n: int) -> Put | None:
    """What entry `n` puts to each; None where it puts nothing."""
    if not reader.stands(n, ask_consent):
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
    """The number of the case that this one goes on with, belonged to or comes from, as it was last written
    down; "" where there is none."""

    def named(line: Mapping[str, Any]) -> str:
        return str(line["facts"].get("leading") or line["facts"].get("from") or "")

    n = reader.dossier.last(*LINKED, fits=named)
    return named(reader.dossier.line(n)) if n else ""


def deciders(reader: Reader, roster: Roster, until: int | None = None) -> list[Decider]:
    """Who decides the request that is before us, once the panel is complete, in the order by which whoever
    objects calls them; in a letter who had last been appointed when it was written."""
    n = reader.dossier.last(appoint_panel, until=until) if until else 0
    facts, asked = reader.dossier.line(n)["facts"] if n else {}, None if until else review_view(reader)
    seats = [(who, who == facts["chair"]) for who in facts.get("members", ())]
    seats += [(seat.who, seat.chair) for seat in asked.panel] if asked else []
    return [
        Decider(chair, tuple(team for id, team in roster.teams.items() if roster.serves(who, id)))
        for who, chair in seats
    ]
