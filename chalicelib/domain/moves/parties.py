"""The people on a case: their addresses and links, their representatives, and their successors."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.declare import Done, Shows, move, where
from chalicelib.domain.engine.link_expiry import link_ended
from chalicelib.domain.engine.sending_limits import CONFIRM, morning
from chalicelib.domain.engine.server_facts import FactContext, Server, fills
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.carrying import reset
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
"""The personal data of everybody on the case. The key is the id of a person, the value their fields."""
KnownBy = Annotated[tuple[str, ...], Given()]
"""Keyed hashes of a person's addresses, by which the person is recognised. They cover the addresses that a
move names. If the move changes addresses, they also cover the present ones."""


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
"""How many representatives a person can name themselves: `MOST_AGENTS` on a case of their own,
`AGENTS_TOGETHER` on a joint case. Former representatives count too. Staff can add more representatives."""
MOST_EARLIER = 9
"""How many earlier addresses of a person are kept, because letters to them may not have left yet."""
MOST_KNOWN = 10
"""How many hashes of a person's addresses are kept, the latest first. The person can be found by each of
them."""


def most_agents(case: Case) -> int:
    """Return how many representatives a person can name themselves on this case."""
    return AGENTS_TOGETHER if case.joint else MOST_AGENTS


def complainant_of(case: Case, act: Act, party: str | None) -> Party:
    """Return the complainant that a move concerns. If a party acts, it is the actor, or the person whom the
    actor represents. If staff act, it is the person `party` (an id), or the first complainant if `party` is
    None. Raises Refusal `unknown_person` if `party` is no complainant."""
    if act.role in R.PARTY:
        own = case.party(act.who)
        return case.somebody(own.represents) if own.represents else own
    named = case.somebody(party) if party else case.consumers[0]
    refuse_if(named not in case.consumers, "unknown_person", field="party")
    return named


ADDRESSES: Mapping[Way, str] = {Way.EMAIL: "email", Way.SMS: "phone"}
"""The field of a person's data that holds the address for each automatic way of sending letters. The key is
the way."""
RECIPIENTS_A_DAY = 3
"""To how many new addresses, named by parties, a case writes in one local day. Further messages wait for the
morning of the next day with room."""
LINK_AGAIN = timedelta(minutes=10)
"""After a link was sent, the same link is not sent again for this time, because the first may only be late
and is still valid.

A new link, as after a change of address, is sent at once. A link that staff must read out or post is never
sent again."""
Leaves = Annotated[datetime | None, Given()]
"""The earliest time (UTC) at which a message to a new address may leave, by the limits for each network. None
means at once."""


def _counted(case: Case, act: Act, own: str, leaves: datetime | None) -> tuple[Case, datetime]:
    """Return the case with one more address counted that a party named for the person `own` (an id). Also
    return when the message to this address leaves (UTC).

    The message leaves now if today's limit allows it. Otherwise it leaves on the morning of the first day
    with room for one more. It never leaves before `leaves`."""
    today = published().day_of(act.now)
    named = case.recipients[1] if case.recipients and case.recipients[0] == today else 0
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
    renews=True,
    changes=("people",),
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
    """Change how a person is reached. A new e-mail address, or a new telephone number for short messages, is
    used only after its owner has confirmed it. Until then letters go to the present address, and a letter
    there tells of the change."""
    # on a joined case the person is reached through their other link, on the leading case
    if case.together.joined:
        raise Refusal("linked_case", leading=case.together.joined.ref)
    own = case.party(act.who) if act.role in R.PARTY else case.somebody(party or case.consumers[0].id)
    # the representative's address gives access for the company, so it changes only when the company's
    # representative is named again
    refuse_if(own.side == Side.BUSINESS, "unknown_person", field="party")
    was, said = people.get(own.id, {}), {"email": email, "phone": phone, "address": address}
    given = {name: value for name, value in said.items() if value}
    refuse_if(not given and way is None and language is None, "nothing_changed", field="email")
    waits = own.pending.way if own.pending else None
    if way is None and waits and ADDRESSES[waits] in given:  # the request corrects the waiting address
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
    # Renew the link, because messages at the old address contain it. A person without automatic letters keeps
    # their link, because nobody could send them another one.
    renews = (any(given.values()) or changed.way != own.way) and AUTOMATIC & {own.way, changed.way}
    if renews:
        changed = replace(changed, generation=renewed(own).generation)
    # tell the owner of the old address about the change, at the old address
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
    """Return the fields that keep a person's addresses (`was`) as they were before this entry. A letter to
    the old address needs them, and this letter may leave only after the next change. So several earlier
    changes are kept."""
    old = {name: was.get(name) for name in ("email", "phone", "address")}
    earlier = [*(was.get("earlier") or {}).items()][-MOST_EARLIER:]
    return {"before": old, "earlier": {**dict(earlier), str(entry): old}}


def _is_new(own: Party, was: Mapping[str, Any], way: Way, wanted: Mapping[str, Any]) -> bool:
    """Return whether letters by this `way` would go to an address that its owner must first confirm. Such an
    address is not in use now and was not confirmed before. `was` and `wanted` are the person's data before
    and after the change."""
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
    """Return the case with a new address that waits for its owner to confirm it, and the letters about this.
    An address that waited before is replaced. `row` is the person's stored data, `given` are the fields of
    the request, and `wanted` the data after the change. Other new data count at once, except the address to
    which letters go now.

    The link stays as it is, so a thief of the link gains nothing by naming an address. Letters and codes
    still go to the old mailbox. Its owner learns of the change and keeps the link."""
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
        at = older.leaves  # the new message replaces the earlier one, which has not left
    elif by_party:
        counts, (case, at) = True, _counted(case, act, own.id, leaves)
    at_once = {name: value for name, value in given.items() if name not in named}
    entry = case.entries + 1
    after = replace(
        own,
        confirmed=own.confirmed and at_once.get("email") in (None, row.get("email")),
        phone_confirmed=own.phone_confirmed and at_once.get("phone") in (None, row.get("phone")),
        pending=Pending(way, entry, older.first if older else entry, act.now, at, by_party),
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
    """Return the case, and messages that ask these people to confirm their waiting addresses. These people
    have come from another case. The earlier message to them has a link to that other case, so a new message
    is sent."""
    waits = [(party, party.pending) for party in people if party.pending]
    for party, pending in waits:
        entry = case.entries + 1
        case = case.with_party(replace(party, pending=replace(pending, entry=entry, first=entry)))
    return case, tuple((f"{CONFIRM}#{party.id}", f"{pending.way}:{party.id}") for party, pending in waits)


def renewed(party: Party) -> Party:
    """Return the person with a new access link. All earlier links stop working. The link that was prepared
    for a waiting address stops working too."""
    return replace(party, generation=party.generation + len(party.generations))


@move(
    at=ANY,
    by=R.PARTY,
    recorded_by=STAFF | R.NEGOTIATOR,
    tells="access_link? → party",
    shows=Shows(about_one=True),
    renews=True,
)
def renew_link(case: Case, act: Act, *, party: Annotated[Whom, ANYBODY] = None) -> Done:
    """Give a person a new access link, for example if somebody else may have the old link. The old link stops
    working. Staff can record that a person asks for a new link. Staff see neither link, because the new link
    is sent to the person."""
    own = case.party(act.who) if act.role in R.PARTY else case.somebody(party or case.consumers[0].id)
    told = ((f"{LINK}#{own.id}", f"party:{own.id}"),) if own.way in AUTOMATIC else ()
    return Done(case.with_party(renewed(own)), told)


@move(at=ANY, by=R.CLOCK, tells="access_link? → consumer", shows=Shows())
def send_link(case: Case, act: Act, *, party: PartyId) -> Done:
    """Send a person their own link again, or a new link if the old one has expired. A person without e-mail
    learns by phone or letter how to open their complaint. Only the clock does this, for somebody who asked
    for the link without proving their identity."""
    asked = case.somebody(party)
    refuse_if(asked.way == Way.NONE, "no_address_to_send_to")
    letter = f"{LINK}#{asked.id}"
    before = case.told.get(letter)
    waits = any(telling.letter == letter for telling in case.tellings)
    refuse_if(waits or (before and act.now - before < LINK_AGAIN), "link_just_sent")
    ended = asked.way in AUTOMATIC and link_ended(case, act.now)  # a link expires, a passphrase does not
    again = case.with_party(renewed(asked)) if ended else case
    return Done(again, ((letter, f"party:{asked.id}"),))


@move(at=ANY, by=R.CLOCK, tells="one_time_code? → consumer")
def send_code(
    case: Case, act: Act, *, party: PartyId, confirms: Annotated[str, Names("move", "confirms")], code: str
) -> Done:
    """Send a person a one-time code with which they confirm the move `confirms`. `code` is a value from which
    the code is computed. The value alone reveals nothing."""
    takes_codes(case.somebody(party), act.now)
    return Done(case, ((f"one_time_code#{party}", f"party:{party}"),))


NEW_ADDRESS = timedelta(days=3)
"""For this time no code is sent to a new address that was given by link. Otherwise a thief of the link could
name their own mailbox, and act before the owner reads of the change."""


def takes_codes(party: Party, now: datetime) -> None:
    """Raise Refusal if the person cannot get one-time codes. They need an e-mail address that is confirmed
    (`address_unconfirmed`) and that is not new (`address_new`)."""
    refuse_if(party.way != Way.EMAIL or not party.confirmed, "address_unconfirmed")
    if party.readdressed and now < party.readdressed + NEW_ADDRESS:
        raise Refusal("address_new", at=party.readdressed + NEW_ADDRESS)


@move(at=ANY, by=R.CLOCK, tells="contact_changed? → party", shows=Shows())
def confirm_address(case: Case, act: Act, *, party: PartyId, new: bool = False, people: People) -> Done:
    """Confirm that a mailbox or telephone belongs to this person. Only a message to this address contains the
    link to the page on which the person confirms it. With `new` the waiting address is confirmed. Letters now
    go to that address, with another link, and the link in the old mailbox stops working."""
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
    """Allow letters again to an e-mail address that had returned or refused our letters. This holds for all
    cases. `reason` says what has changed."""
    return Done(case, facts={"party": case.somebody(party or case.consumers[0].id).id})


def _nameable(case: Case, act: Act, party: str | None = None) -> Party:
    """Return the complainant whose representative the actor can name now. Raises Refusal `principal_only` for
    a representative, and `too_many_agents` for a complainant who has the most they can name themselves."""
    principal, most = complainant_of(case, act, party), most_agents(case)
    refuse_if(act.role is R.REPRESENTATIVE, "principal_only")
    refuse_if(
        act.role in R.PARTY and sum(p.represents == principal.id for p in case.parties) >= most,
        "too_many_agents",
        most=most,
    )
    return principal


@move(
    at=OPEN,
    by=R.C | STAFF,
    tells="authority_request? → representative",
    shows=Shows(about_one=True),
    about=where(_nameable),
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
    """Add a representative (`person`) of a party, with their powers and the last day of their term (`until`).
    A representative can act only after staff have checked the `document` that gives them authority; `checked`
    says that staff have done so."""
    principal = _nameable(case, act, party)
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
    """Return the first values for the form in which staff check the authority of a representative. They name
    the first representative whose authority was not checked, with their powers and term. Return {} if there
    is none."""
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
    changes=("people",),
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
    """Confirm that staff checked the document that gives a representative authority: matter, powers, term,
    signature. The representative can then act within these `powers` until the end of the day `until`."""
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
    """End the representation of a party by `representative`. The person represented can do this at any time,
    and the clock does this at the end of the term."""
    agent = _agent(case, representative)
    refuse_if(
        act.role is R.REPRESENTATIVE or (act.role is R.CONSUMER and agent.represents != act.who),
        "principal_only",
    )
    # letters that must be read out to the representative are now read out to the person represented
    told = tuple(
        replace(t, party=agent.represents or "p1") if t.party == agent.id else t for t in case.tellings
    )
    ended = replace(case.with_party(agent.gone(act.now)), tellings=told)
    return Done(ended, (("authority_ending", f"for:{agent.represents}"),))


def _agent(case: Case, id: str) -> Party:
    return required(
        next((p for p in case.parties if p.id == id and p.represents and not p.left), None),
        "unknown_person",
        field="representative",
    )


@move(at=OPEN - {S.SIGNING}, by=STAFF, shows=Shows(), changes=("people",))
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
    """Replace a party by an heir, guardian or other successor (`person`), who proves this with a `document`.
    The old access link stops working."""
    own = case.somebody(party)
    # the company's representative is replaced by another move, `name_business_representative`
    refuse_if(own.side == Side.BUSINESS, "unknown_person", field="party")
    refuse_if(not person.name, "name_needed", field="person/name")
    taken = reset(
        "replaced",
        own,
        way=way_of(person, anonymous=False),
        language=person.language,
        capacity=person.capacity,
        known_by=known_by,
        generation=renewed(own).generation,
        needs_help=bool(person.help),
    )
    return Done(case.with_party(taken), people={own.id: vars(person)})


def circle_of(case: Case, id: str) -> frozenset[str]:
    """Return the ids of a person and of all their present and former representatives."""
    return frozenset(p.id for p in case.parties if id in (p.id, p.represents))
