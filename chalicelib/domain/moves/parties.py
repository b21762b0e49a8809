"""The people on a case and their contact details: addresses, links, representatives, successors."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.declare import Done, Shows, move, where
from chalicelib.domain.engine.link_expiry import link_ended
from chalicelib.domain.engine.sending_limits import CONFIRM, morning
from chalicelib.domain.engine.server_facts import FactContext, Server, fills
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import LINK, Act, Case, Party, Pending, Refusal, refuse_if, required
from chalicelib.domain.model.change import Recipient
from chalicelib.domain.model.codes import (
    ANY,
    AUTOMATIC,
    OPEN,
    Capacity,
    Language,
    Power,
    Role as R,
    Side,
    Stage as S,
    Way,
)
from chalicelib.domain.model.field_marks import (
    ANYBODY,
    ByStaff,
    Email,
    FormRule,
    Future,
    Given,
    Names,
    PartyId,
    Personal,
    Phone,
    RepresentativeId,
    Short,
    Text,
    Whom,
)
from chalicelib.domain.moves.intake import Person, way_of

STAFF = R.INTAKE | R.INVESTIGATOR | R.LEAD
People = Annotated[Mapping[str, Mapping[str, Any]], Given()]
"""The rows of personal data of everybody on the case, by party."""
KnownBy = Annotated[tuple[str, ...], Given()]
"""The keyed hashes of all addresses of the person that a move names or changes: the new ones and the present
ones."""


@fills("known_by")
def _hashed(server: Server, context: FactContext) -> tuple[str, ...]:
    said, case = context.body, context.case
    if person := said.get("person"):
        return server.hashes(person.phone, person.email)
    whose = context.party or said.get("party") or case.consumers[0].id
    has = server.people(case).get(whose, {})
    ways = ("phone", "email")
    return server.hashes(*dict.fromkeys(of.get(way) for of in (said, has) for way in ways))


MOST_AGENTS, AGENTS_TOGETHER = 5, 2
"""The most people that somebody may themselves name to speak for them, alone on a case or in a joint one.
Former representatives count. Staff can record more."""
MOST_EARLIER = 9
"""The number of earlier changes whose old addresses are kept for the letters about them."""
MOST_KNOWN = 10
"""The number of latest addresses by which a person is found again."""


def most_agents(case: Case) -> int:
    """Return how many representatives somebody may name on this case themselves."""
    return AGENTS_TOGETHER if case.joint else MOST_AGENTS


def complainant_of(case: Case, act: Act, party: str | None) -> Party:
    """Return the complainant that a move concerns: the actor, the person they represent, or the one that
    staff name, by default the first."""
    if act.role in R.PARTY:
        own = case.party(act.who)
        return case.somebody(own.represents) if own.represents else own
    named = case.somebody(party) if party else case.consumers[0]
    refuse_if(named not in case.consumers, "unknown_person", field="party")
    return named


ADDRESSES: Mapping[Way, str] = {Way.EMAIL: "email", Way.SMS: "phone"}
"""The field of a person's row that holds the address for automatic letters, by way."""
RECIPIENTS_A_DAY = 3
"""The number of new addresses named by parties to which a case writes on one local day. The next message
waits for the morning of the first day with room."""
LINK_AGAIN = timedelta(minutes=10)
"""The time after a link was sent in which the same link is not sent again. It is still valid, and its reader
may only be waiting for it.

A renewed link, as after a new address, is another link. A link that waits to be read out or posted is not
requested again."""
Leaves = Annotated[datetime | None, Given()]
"""The moment at which the message to a new address may leave by the limits of networks (UTC); None: at
once."""


def _named_today(case: Case, today: date) -> int:
    """Return how many new addresses parties have named on the case today."""
    return case.recipients[1] if case.recipients and case.recipients[0] == today else 0


def _counted(case: Case, act: Act, own: str, leaves: datetime | None) -> tuple[Case, datetime]:
    """Count a new address that a party names. Return the case and the moment (UTC) at which the message to it
    leaves.

    That is now, or the morning of the first day with room for one more. It is never before `leaves`."""
    today = published().day_of(act.now)
    named = _named_today(case, today)
    turns = [
        party.pending.leaves if party.pending else party.waits for party in case.parties if party.id != own
    ]
    waiting = [published().day_of(at) for at in turns if at and at > act.now]
    days = (today + timedelta(days=n) for n in range(len(waiting) + 2))
    free = next(day for day in days if waiting.count(day) + named * (day == today) < RECIPIENTS_A_DAY)
    if free == today:
        return replace(case, recipients=(today, named + 1)), max(act.now, leaves or act.now)
    return case, max(morning(free), leaves or act.now)


@move(
    at=ANY,
    by=R.C,
    recorded_by=STAFF,
    tells=f"{CONFIRM}? → party, contact_changed? → party",
    fits=lambda case: not case.together.joined,
    shows=Shows(about_one=True),
)
def change_contact(
    case: Case,
    act: Act,
    *,
    email: Email | None = None,
    phone: Phone | None = None,
    address: Short | None = None,
    way: Annotated[Way | None, FormRule(never={"": "none"})] = None,
    language: Language | None = None,
    party: Annotated[Whom, ANYBODY] = None,
    people: People,
    known_by: KnownBy,
    leaves: Leaves = None,
) -> Done:
    """Change how a person is reached. A new e-mail address, or telephone for short messages, counts once its
    owner has confirmed it. Until then letters go on to the present one, which is informed."""
    # they are reached through the leading case, where they have a link of their own
    if case.together.joined:
        raise Refusal("linked_case", leading=case.together.joined.ref)
    own = case.party(act.who) if act.role in R.PARTY else case.somebody(party or case.consumers[0].id)
    # this address opens the company's page, so a new address requires naming the representative again
    refuse_if(own.side == Side.BUSINESS, "unknown_person", field="party")
    was, said = people.get(own.id, {}), {"email": email, "phone": phone, "address": address}
    given = {name: value for name, value in said.items() if value}
    refuse_if(not given and way is None and language is None, "nothing_changed", field="email")
    waits = own.pending.way if own.pending else None
    if way is None and waits and ADDRESSES[waits] in given:  # this corrects the waiting address
        way = waits
    again: Mapping[str, Any] = was.get("pending") or {} if waits and way == waits else {}
    wanted = {**was, **again, **given}
    reached = Person(
        email=wanted.get("email"),
        phone=wanted.get("phone"),
        address=wanted.get("address"),
        way=way or own.way,
    )
    new_way = way_of(reached, anonymous=False)
    changed = replace(
        own,
        language=language or own.language,
        known_by=tuple(dict.fromkeys((*known_by, *own.known_by)))[:MOST_KNOWN],
    )
    row = {**was, **_kept_as_it_was(was, case.entries + 1)}
    if _is_new(own, was, new_way, wanted):
        return _waits(case, act, changed, row, given, wanted, new_way, leaves)
    same_email, same_phone = (wanted.get(name) == was.get(name) for name in ("email", "phone"))
    touched = way is not None or ADDRESSES.get(new_way, "") in given
    changed = replace(
        changed,
        way=new_way,
        confirmed=own.confirmed and same_email,
        phone_confirmed=own.phone_confirmed and same_phone,
        readdressed=own.readdressed if same_email else act.now if act.role in R.PARTY else None,
        pending=None if touched else own.pending,
    )
    refuse_if(
        all(wanted.get(name) == was.get(name) for name in said)
        and (changed.way, changed.language, changed.pending) == (own.way, own.language, own.pending),
        "nothing_changed",
        field="email",
    )
    if changed.pending is None:
        row.pop("pending", None)
    # Messages to the old address contain the link. A person without automatic letters keeps their link, since
    # nobody could send them another.
    renews = (any(given.values()) or changed.way != own.way) and AUTOMATIC & {own.way, changed.way}
    if renews:
        changed = replace(changed, generation=renewed(own).generation)
    # the owner of the old mailbox or telephone is informed there
    there = ADDRESSES.get(own.way, "")
    moved = was.get(there) and (changed.way != own.way or wanted.get(there) != was.get(there))
    before = (("contact_changed#before", f"{own.way}:{own.id}"),) if moved else ()
    return Done(
        case.with_party(changed),
        (("contact_changed", f"party:{own.id}"), *before),
        {"renewed": True} if renews else {},
        people={own.id: {**row, **given}},
    )


def _kept_as_it_was(was: Mapping[str, Any], entry: int) -> dict[str, Any]:
    """Return a person's addresses before the change in an entry, for the letter to the old address. That
    letter may leave after the next change, so the latest few changes are kept."""
    old = {name: was.get(name) for name in ("email", "phone", "address")}
    earlier = [*(was.get("earlier") or {}).items()][-MOST_EARLIER:]
    return {"before": old, "earlier": {**dict(earlier), str(entry): old}}


def _is_new(own: Party, was: Mapping[str, Any], way: Way, wanted: Mapping[str, Any]) -> bool:
    """Return whether letters would go to an address that is not in use now and that its owner has not
    confirmed."""
    if way not in ADDRESSES:
        return False
    same = wanted.get(ADDRESSES[way]) == was.get(ADDRESSES[way])
    return not (same and (way == own.way or replace(own, way=way).proven))


def _waits(
    case: Case,
    act: Act,
    own: Party,
    row: Mapping[str, Any],
    given: Mapping[str, Any],
    wanted: Mapping[str, Any],
    way: Way,
    leaves: datetime | None,
) -> Done:
    """Keep a new address until its owner confirms it, in place of one that waited before. The other fields
    count at once, but for the address to which letters leave now.

    The link is not renewed here. A thief of the link gains nothing by naming an address. Letters and codes
    still go to the old mailbox, which is informed and keeps its link."""
    later = {ADDRESSES[way], ADDRESSES.get(own.way, "")} - {""}
    named = {name: wanted[name] for name in later if name == ADDRESSES[way] or name in given}
    older = own.pending
    refuse_if(
        older and row.get("pending") == named and act.now - older.since < LINK_AGAIN,
        "link_just_sent",
        field="email",
    )
    by_party, at, counts = act.role in R.PARTY, act.now, False
    if by_party and older and older.leaves > act.now and (older.way, older.own) == (way, True):
        at = older.leaves  # the earlier message never leaves, and this one takes its turn
    elif by_party:
        counts, (case, at) = True, _counted(case, act, own.id, leaves)
    at_once = {name: value for name, value in given.items() if name not in named}
    entry = case.entries + 1
    pending = Pending(way, entry, older.first if older else entry, act.now, at, by_party)
    after = replace(
        own,
        confirmed=own.confirmed and at_once.get("email") in (None, row.get("email")),
        phone_confirmed=own.phone_confirmed and at_once.get("phone") in (None, row.get("phone")),
        pending=pending,
    )
    present = own.way in AUTOMATIC and row.get(ADDRESSES[own.way])
    informed = (
        ("contact_changed#before", f"{own.way}:{own.id}")
        if present
        else ("contact_changed", f"party:{own.id}")
    )
    return Done(
        case.with_party(after),
        ((f"{CONFIRM}#{own.id}", f"{way}:{own.id}"), informed),
        {"waits": True, **({"called": True} if after.held_back else {})},
        people={own.id: {**row, **at_once, "pending": named}},
        reaches=Recipient(way, at, counts),
    )


def asked_again(case: Case, people: Iterable[Party]) -> tuple[Case, tuple[tuple[str, str], ...]]:
    """Return the case and the messages that ask new people on it to confirm a waiting address. Their earlier
    message has a link to the case that they came from."""
    waits = [(party, party.pending) for party in people if party.pending]
    for party, pending in waits:
        entry = case.entries + 1
        case = case.with_party(replace(party, pending=replace(pending, entry=entry, first=entry)))
    return case, tuple((f"{CONFIRM}#{party.id}", f"{pending.way}:{party.id}") for party, pending in waits)


def renewed(party: Party) -> Party:
    """Return the person with a new access link. Earlier links no longer work, nor does the one prepared for a
    waiting address."""
    return replace(party, generation=party.generation + len(party.generations))


@move(
    at=ANY,
    by=R.PARTY,
    recorded_by=STAFF | R.NEGOTIATOR,
    tells="access_link? → party",
    shows=Shows(about_one=True),
)
def renew_link(case: Case, act: Act, *, party: Annotated[Whom, ANYBODY] = None) -> Done:
    """Give a person a new access link, for example when somebody else may have theirs. The old one stops
    working. Staff can record the request and see neither link: the new one is sent to the person."""
    own = case.party(act.who) if act.role in R.PARTY else case.somebody(party or case.consumers[0].id)
    told = ((f"{LINK}#{own.id}", f"party:{own.id}"),) if own.way in AUTOMATIC else ()
    return Done(case.with_party(renewed(own)), told)


@move(at=ANY, by=R.CLOCK, tells="access_link? → consumer", shows=Shows())
def send_link(case: Case, act: Act, *, party: PartyId) -> Done:
    """Send a person their own link again by their chosen way, or a new link when it has ended. Without e-mail
    they learn by phone or letter how to open their complaint. Only the clock takes this, since the requester
    has not proved their identity."""
    asked = case.somebody(party)
    refuse_if(asked.way == Way.NONE, "no_address_to_send_to")
    letter = f"{LINK}#{asked.id}"
    before = case.told.get(letter)
    waits = any(telling.letter == letter for telling in case.tellings)
    refuse_if(waits or (before and act.now - before < LINK_AGAIN), "link_just_sent")
    ended = asked.way in AUTOMATIC and link_ended(case, act.now)  # a passphrase does not end
    again = case.with_party(renewed(asked)) if ended else case
    return Done(again, ((letter, f"party:{asked.id}"),))


@move(at=ANY, by=R.CLOCK, tells="one_time_code? → consumer")
def send_code(
    case: Case, act: Act, *, party: PartyId, confirms: Annotated[str, Names("move", "confirms")], code: str
) -> Done:
    """Send a person a one-time code to confirm the move `confirms`. `code` is the input of the code and
    reveals nothing by itself."""
    takes_codes(case.somebody(party), act.now)
    return Done(case, ((f"one_time_code#{party}", f"party:{party}"),))


NEW_ADDRESS = timedelta(days=3)
"""The time in which no code is sent to a new address that was given by link. It prevents a thief of the link
from naming their own mailbox before the owner reads of the change."""


def takes_codes(party: Party, now: datetime) -> None:
    """Raise the Refusal that keeps one-time codes from a person. They need a mailbox that its owner has
    confirmed and that is not new."""
    refuse_if(party.way != Way.EMAIL or not party.confirmed, "address_unconfirmed")
    if party.readdressed and now < party.readdressed + NEW_ADDRESS:
        raise Refusal("address_new", at=party.readdressed + NEW_ADDRESS)


@move(at=ANY, by=R.CLOCK, tells="contact_changed? → party", shows=Shows())
def confirm_address(case: Case, act: Act, *, party: PartyId, new: bool = False, people: People) -> Done:
    """Confirm, for the owner of a mailbox or telephone, that it is this person's. Its page is reached only
    from a message to it. `new`: this is the waiting address. Letters then go there, with a link of its own,
    and the link in the old mailbox stops working."""
    own = case.somebody(party)
    if not new:
        return Done(case.with_party(replace(own, confirmed=True)))
    row = people.get(own.id, {})
    pending = required(own.pending, "nothing_changed")
    named: Mapping[str, Any] = required(row.get("pending"), "nothing_changed")
    here = {**{name: value for name, value in row.items() if name != "pending"}, **named}
    mailed = pending.way == Way.EMAIL
    confirmed = replace(
        own,
        way=pending.way,
        confirmed=mailed or (own.confirmed and here.get("email") == row.get("email")),
        phone_confirmed=not mailed or (own.phone_confirmed and here.get("phone") == row.get("phone")),
        readdressed=(pending.leaves if pending.own else None) if mailed else own.readdressed,
        generation=own.generations[-1],
        pending=None,
    )
    return Done(
        case.with_party(confirmed), (("contact_changed#new", f"party:{own.id}"),), people={own.id: here}
    )


@move(
    at=ANY,
    by=R.LEAD | R.SUPERVISOR,
    fits=lambda case: any(party.way == Way.EMAIL for party in case.parties),
    shows=Shows(),
    handles=False,
    turn=lambda case, act, *, refusing: bool(refusing),
)
def release_address(case: Case, act: Act, *, reason: Text, party: Annotated[Whom, ANYBODY] = None) -> Done:
    """Release an e-mail address that returned or refused letters, for all cases. `reason` says what has
    changed."""
    return Done(case, facts={"party": case.somebody(party or case.consumers[0].id).id})


@move(
    at=OPEN,
    by=R.C | STAFF,
    tells="authority_request? → representative",
    shows=Shows(about_one=True),
    about=where(lambda case, act: not case.party(act.who).represents),
)
def add_representative(
    case: Case,
    act: Act,
    *,
    person: Annotated[
        Person,
        Personal(),
        FormRule(
            ("name", "capacity"),
            one_of=("phone", "email", "address"),
            without=("on_behalf_of", "help"),
            never={"capacity": "self", "way": "none"},
            unhinted=("name", "email"),
        ),
    ],
    powers: tuple[Power, ...],
    until: Annotated[date | None, Future()] = None,
    checked: Annotated[bool, ByStaff()] = False,
    document: Annotated[Short | None, ByStaff()] = None,
    party: Whom = None,
    known_by: KnownBy,
    leaves: Leaves = None,
) -> Done:
    """Add a representative of a party, with powers and a term. They can act once staff have checked the
    authority document."""
    principal = complainant_of(case, act, party)
    refuse_if(act.role is R.REPRESENTATIVE, "principal_only")
    if act.role in R.PARTY and sum(1 for p in case.parties if p.represents == principal.id) >= most_agents(
        case
    ):
        raise Refusal("too_many_agents", most=most_agents(case))
    refuse_if(checked and not document, "document_needed", field="document")
    refuse_if(person.capacity == Capacity.SELF, "capacity_needed", field="person/capacity")
    refuse_if(not person.name, "name_needed", field="person/name")
    agent = Party(
        f"p{len(case.parties) + 1}",
        way_of(person, anonymous=False),
        person.language,
        person.capacity,
        known_by=known_by,
        represents=principal.id,
        powers=powers,
        until=until,
        checked=checked,
    )
    told = () if checked else (("authority_request", f"party:{agent.id}"),)
    reaches = None
    if agent.way in AUTOMATIC and act.role in R.PARTY:
        case, at = _counted(case, act, agent.id, leaves)
        reaches = Recipient(agent.way, at, counted=True)
        agent = replace(agent, waits=at if at > act.now else None)
    return Done(
        case.with_party(agent),
        told,
        {"representative": agent.id},
        people={agent.id: vars(person)},
        reaches=reaches,
    )


def _unproven(case: Case, _: object) -> Mapping[str, Any]:
    """Return the first values of the check: the first representative whose authority was not checked, with
    their powers and term."""
    return next(
        (
            {"representative": p.id, "powers": p.powers, "until": p.until}
            for p in case.parties
            if p.represents and not p.checked and not p.left
        ),
        {},
    )


@move(
    at=OPEN,
    by=STAFF,
    fits=lambda case: any(p.represents and not p.checked and not p.left for p in case.parties),
    shows=Shows(),
    begins=_unproven,
)
def check_authority(
    case: Case,
    act: Act,
    *,
    representative: RepresentativeId,
    document: Short,
    powers: tuple[Power, ...],
    until: Annotated[date | None, Future()] = None,
) -> Case:
    """Confirm that the authority document was checked: matter, powers, term, signature. The representative
    then acts within it."""
    agent = _agent(case, representative)
    return case.with_party(replace(agent, checked=True, powers=powers, until=until))


@move(
    at=OPEN,
    by=R.C | R.CLOCK,
    tells="authority_ending? → consumer",
    fits=lambda case: any(p.represents and not p.left for p in case.parties),
    shows=Shows(),
    part="people",
    about=where(lambda case, act: any(p.represents == act.who and not p.left for p in case.parties)),
    warns=True,
)
def end_representation(case: Case, act: Act, *, representative: RepresentativeId) -> Done:
    """End a representation: the person represented at any time, the clock at the end of its term."""
    agent = _agent(case, representative)
    refuse_if(
        act.role is R.REPRESENTATIVE or (act.role is R.CONSUMER and agent.represents != act.who),
        "principal_only",
    )
    # the letters go to the person instead
    told = tuple(
        replace(t, party=agent.represents or "p1") if t.party == agent.id else t for t in case.tellings
    )
    ended = replace(
        case.with_party(replace(agent, left=act.now, generation=agent.generation + 1)), tellings=told
    )
    return Done(ended, (("authority_ending", f"for:{agent.represents}"),))


def _agent(case: Case, id: str) -> Party:
    return required(
        next((p for p in case.parties if p.id == id and p.represents and not p.left), None),
        "unknown_person",
        field="representative",
    )


@move(at=OPEN - {S.SIGNING}, by=STAFF, shows=Shows())
def substitute_party(
    case: Case,
    act: Act,
    *,
    party: Annotated[PartyId, ANYBODY],
    person: Annotated[
        Person,
        Personal(),
        FormRule(("name",), without=("on_behalf_of",), never={"way": "none"}, unhinted=("name", "email")),
    ],
    document: Short,
    reason: Text,
    known_by: KnownBy,
) -> Done:
    """Replace a party by an heir, a guardian or a successor, on proof. The old access link stops working."""
    own = case.somebody(party)
    # the company names a new representative instead
    refuse_if(own.side == Side.BUSINESS, "unknown_person", field="party")
    refuse_if(not person.name, "name_needed", field="person/name")
    taken = replace(
        own,
        way=way_of(person, anonymous=False),
        language=person.language,
        capacity=person.capacity,
        known_by=known_by,
        generation=renewed(own).generation,
        needs_help=bool(person.help),
        confirmed=False,
        phone_confirmed=False,
        readdressed=None,
        pending=None,
    )
    return Done(case.with_party(taken), people={own.id: vars(person)})


def circle_of(case: Case, id: str) -> frozenset[str]:
    """Return a person and all their present and former representatives, by id."""
    return frozenset(p.id for p in case.parties if id in (p.id, p.represents))
