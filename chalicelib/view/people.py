"""The view of the people on a case: their names and addresses, their representatives, a joint case as one of
its people sees it, and the panel."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from chalicelib.domain.calendar import day_end, published
from chalicelib.domain.frozen import frozen, values
from chalicelib.domain.model.case import Case, Party
from chalicelib.domain.model.case_records import Owed, PartnerAccess
from chalicelib.domain.model.codes import ConsentText, Remedy
from chalicelib.domain.moves.intake import link_duplicate
from chalicelib.domain.moves.joint import ask_consent, invite_to_join, join_case, leave_case
from chalicelib.domain.moves.partner_access import PRESENT_TEXT, filed_for
from chalicelib.domain.moves.reconsideration import appoint_panel, ask_reconsideration
from chalicelib.domain.roster import Roster, Team
from chalicelib.view.party import Partner, PartyReader
from chalicelib.view.reader import Reader
from chalicelib.view.review import review_view
from chalicelib.view.staff import Staff

LINKED = (link_duplicate, invite_to_join, join_case, leave_case, ask_reconsideration)
"""The moves whose entries name another case that is linked with this case."""


@frozen(kw_only=True)
class PersonView(Party):
    """A person on the case. `told`: what the person told us of themselves, such as name and addresses; empty
    if the reader may not know it. The last two fields are about the authority of a representative. `ends`:
    the end (UTC) of its last day; None if it has none. `valid_now`: whether staff have checked it and it has
    not ended."""

    told: Mapping[str, Any]
    ends: datetime | None
    valid_now: bool

    @property
    def name(self) -> str | None:
        """Return the person's name; None if the reader may not know it."""
        return self.told.get("name")


class Put(NamedTuple):
    """A settlement that was proposed to each person of a joint case. `text`: its text. `remedies`: the
    remedies that the reader would get."""

    text: str
    remedies: tuple[Owed, ...]


class SpeakersProposed(NamedTuple):
    """The people proposed to speak for a joint case, while the others are asked. `numbers`: their numbers.
    `agreed`: how many people have agreed. `asked`: how many must agree. `own`: whether the reader has
    agreed."""

    numbers: tuple[str, ...]
    agreed: int
    asked: int
    own: bool


class JointView(NamedTuple):
    """A joint case as one of its people sees it, without the names of the other people. People are known to
    each other by numbers. `people`: how many they are. `number`: the reader's number. `own`: the number of
    the case that the reader had before joining; None without one. `speak`: the numbers of the people who
    speak for all. `choice`: the people proposed to speak for all; None without an open proposal. `put`: the
    settlement that is proposed; None without one. `consents`: whether the reader agrees to it; None before
    their answer."""

    people: int
    number: str
    own: str | None
    speak: tuple[str, ...]
    choice: SpeakersProposed | None
    put: Put | None
    consents: bool | None


class ChoiceInside(NamedTuple):
    """A proposal of the people who should speak for a joint case, as staff see it. All fields hold ids of
    people: the proposed `speakers`, those who are `asked`, and those who have `agreed`. The first of these
    made the proposal."""

    speakers: tuple[str, ...]
    asked: tuple[str, ...]
    agreed: tuple[str, ...]


class JointInside(NamedTuple):
    """A joint case as staff see it. `people`: how many they are. `speak`: the ids of the people who speak for
    all. `choice`: the open proposal of others; None without one."""

    people: int
    speak: tuple[str, ...]
    choice: ChoiceInside | None


class Decider(NamedTuple):
    """A member of the panel, without a name. `chair`: whether they are the chair. `teams`: the teams to which
    they belong."""

    chair: bool
    teams: tuple[Team, ...]


def people(reader: Reader) -> list[PersonView]:
    """Return those people on the case whom the reader may see. Staff see all people. A complainant sees their
    representatives, and a representative sees only themselves. The company and partner systems see nobody."""
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


class PartnerView(NamedTuple):
    """The partner that filed the complaint of the reader. `name`: its name. `reads`: whether it reads the
    complaint as the person does. `access`: the last consent of the person to it; None if there never was
    one. `text`: the text to which the person agreed, or can agree now."""

    name: str
    reads: bool
    access: PartnerAccess | None
    text: ConsentText


def partner_view(reader: PartyReader) -> PartnerView | None:
    """Return the partner that filed the complaint. Return None if no partner did. Only the complainant of a
    partner and their representatives get it; for anybody else the result is None."""
    case, own = reader.case, filed_for(reader.case)
    if not own or not reader.authorised or own.id != reader.whose.id:
        return None
    text = own.shares.version if own.shares and case.partner_reads else PRESENT_TEXT
    return PartnerView(str(case.intake.partner).partition(":")[2], case.partner_reads, own.shares, text)


def joint_view(reader: PartyReader) -> JointView | None:
    """Return a joint case as one of its people sees it. Return None if the case is not joint, or if the
    reader may not see it."""
    case, whose = reader.case, reader.whose
    if not case.joint or reader.company or not reader.authorised:
        return None
    return JointView(
        len(case.consumers),
        _number(whose),
        whose.own,
        tuple(_number(party) for party in case.consumers if party.speaks),
        _proposed(case, whose),
        put_in(reader, case.together.proposal.entry) if case.together.proposal else None,
        whose.consents,
    )


def joint_inside(case: Case) -> JointInside | None:
    """Return a joint case as staff see it. Return None if the case is not joint."""
    choice = case.together.choice
    return (
        JointInside(
            len(case.consumers),
            tuple(party.id for party in case.consumers if party.speaks),
            ChoiceInside(choice.speakers, choice.asked, choice.agreed) if choice else None,
        )
        if case.joint
        else None
    )


def _proposed(case: Case, whose: Party) -> SpeakersProposed | None:
    choice = case.together.choice
    if choice is None:
        return None
    numbers = tuple(_number(case.party(id)) for id in choice.speakers)
    return SpeakersProposed(numbers, len(choice.agreed), len(choice.asked), whose.id in choice.agreed)


def _number(party: Party) -> str:
    """Return the number by which the people of a joint case know this person. It never changes."""
    return party.id[1:]


def put_in(reader: Reader, n: int) -> Put | None:
    """Return the settlement that entry `n` proposes to the people of a joint case, with the remedies that the
    reader would get. Return None if the entry proposes no settlement."""
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
    """Return the number of the case with which this case was last linked. Return "" if it was linked with
    none."""

    def linked_number(line: Mapping[str, Any]) -> str:
        return str(line["facts"].get("leading") or line["facts"].get("from") or "")

    n = reader.dossier.last(*LINKED, fits=linked_number)
    return linked_number(reader.dossier.line(n)) if n else ""


def deciders(reader: Reader, roster: Roster, until: int | None = None) -> list[Decider]:
    """Return the members of the panel for the open request for reconsideration. Their order matters, because
    an objection names a member by their position. A party gets an empty list until the panel is complete.
    `until`: for a letter, the number of a timeline entry; the result is then the panel that was last
    appointed as of that entry."""
    n = reader.dossier.last(appoint_panel, until=until) if until else 0
    facts, asked = reader.dossier.line(n)["facts"] if n else {}, None if until else review_view(reader)
    seats = [(who, who == facts["chair"]) for who in facts.get("members", ())]
    seats += [(seat.who, seat.chair) for seat in asked.panel] if asked else []
    return [
        Decider(chair, tuple(team for id, team in roster.teams.items() if roster.serves(who, id)))
        for who, chair in seats
    ]
