"""Who is on a case and how they are reached: contact details, representatives, successors."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from chalicelib.domain.engine.declare import Done, Shows, move, where
from chalicelib.domain.engine.lasting import link_ended
from chalicelib.domain.engine.server_facts import Server, Wanted, fills
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import LINK, Act, Case, Party, Refusal, refuse_if, required
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
from chalicelib.domain.model.said import (
    ANYBODY,
    Asked,
    ByStaff,
    Email,
    Future,
    Given,
    Personal,
    Phone,
    Short,
    Text,
    Whom,
)
from chalicelib.domain.moves.intake import Person, way_of

STAFF = R.INTAKE | R.INVESTIGATOR | R.LEAD
People = Annotated[Mapping[str, Mapping[str, Any]], Given()]
"""The personal rows of everybody on the case, by party."""
KnownBy = Annotated[tuple[str, ...], Given()]
"""The keyed hashes of all addresses of the person whom a move names, or some of whose addresses it
changes."""


@fills("known_by")
def _hashed(server: Server, wanted: Wanted) -> tuple[str, ...]:
    said, case = wanted.said, wanted.case
    if person := said.get("person"):
        return server.hashes(person.phone, person.email)
    whose = wanted.party or said.get("party") or case.consumers[0].id
    has = server.people(case).get(whose, {})
    return server.hashes(*(said.get(way) or has.get(way) for way in ("phone", "email")))


MOST_AGENTS, AGENTS_TOGETHER = 5, 2
"""How many people somebody may themselves name to speak for them, alone on a case or in a joint one, those of
the past included; more of them only staff can record."""
MOST_KNOWN = 10
"""By how many of their latest addresses somebody is found again."""


def most_agents(case: Case) -> int:
    """How many people somebody may name on this case themselves to speak for them."""
    return AGENTS_TOGETHER if case.joint else MOST_AGENTS


def meant(case: Case, act: Act, party: str | None) -> Party:
    """The complaining person who is meant: the acting party themselves, or whom they represent, or the person
    whom staff name; by default the first one."""
    if act.role in R.PARTY:
        own = case.party(act.who)
        return case.somebody(own.represents) if own.represents else own
    named = case.somebody(party) if party else case.consumers[0]
    refuse_if(named not in case.consumers, "unknown_person", field="party")
    return named


@move(
    at=ANY,
    by=R.C,
    recorded_by=STAFF,
    tells="contact_changed? → party",
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
    way: Annotated[Way | None, Asked(never={"": "none"})] = None,
    language: Language | None = None,
    party: Annotated[Whom, ANYBODY] = None,
    people: People,
    known_by: KnownBy,
) -> Done:
    """Change how a person is reached; both the old and the new address are warned, also when only the way
    changes, and the access link is renewed."""
    # they are reached through the leading case, on which they have a link of their own
    if case.together.joined:
        raise Refusal("linked_case", leading=case.together.joined.ref)
    own = case.party(act.who) if act.role in R.PARTY else case.somebody(party or case.consumers[0].id)
    # their address opens the company's page: for a new one the representative is named anew
    refuse_if(own.side == Side.BUSINESS, "unknown_person", field="party")
    was = people.get(own.id, {})
    given = {"email": email, "phone": phone, "address": address}
    new = {
        **was,
        **{name: value for name, value in given.items() if value},
        "before": {name: was.get(name) for name in given},
    }
    reached = Person(
        email=new.get("email"), phone=new.get("phone"), address=new.get("address"), way=way or own.way
    )
    refuse_if(not any(given.values()) and way is None and language is None, "nothing_changed", field="email")
    same_email = new.get("email") == was.get("email")
    changed = replace(
        own,
        way=way_of(reached, anonymous=False),
        language=language or own.language,
        confirmed=own.confirmed and same_email,
        readdressed=own.readdressed if same_email else act.now if act.role in R.PARTY else None,
        known_by=tuple(dict.fromkeys((*known_by, *own.known_by)))[:MOST_KNOWN],
    )
    refuse_if(
        (changed.way, changed.language) == (own.way, own.language)
        and all(was.get(name) == new.get(name) for name in given),
        "nothing_changed",
        field="email",
    )
    # whoever reads the old mailbox, or has the old telephone, hears of the change there
    there = {Way.EMAIL: "email", Way.SMS: "phone"}.get(own.way, "")
    moved = was.get(there) and (changed.way != own.way or new.get(there) != was.get(there))
    before = (("contact_changed#before", f"{own.way}:{own.id}"),) if moved else ()
    # What was sent there before holds the link (S19). Whoever gets nothing that leaves by itself keeps their
    # link, since nobody could send them another.
    renews = (any(given.values()) or changed.way != own.way) and AUTOMATIC & {own.way, changed.way}
    after = case.with_party(renewed(changed) if renews else changed)
    return Done(
        after,
        (("contact_changed", f"party:{own.id}"), *before),
        {"renewed": True} if renews else {},
        people={own.id: new},
    )


def renewed(party: Party) -> Party:
    """The person with a new access link; the one before no longer opens anything."""
    return replace(party, generation=party.generation + 1)


@move(
    at=ANY,
    by=R.PARTY,
    recorded_by=STAFF | R.NEGOTIATOR,
    tells="access_link? → party",
    shows=Shows(about_one=True),
)
def renew_link(case: Case, act: Act, *, party: Annotated[Whom, ANYBODY] = None) -> Done:
    """Somebody gets a new access link, as when another person may have theirs; the old one opens nothing from
    now on. Staff write it down on their word and see neither: the new one is sent to the person."""
    own = case.party(act.who) if act.role in R.PARTY else case.somebody(party or case.consumers[0].id)
    told = ((f"{LINK}#{own.id}", f"party:{own.id}"),) if own.way in AUTOMATIC else ()
    return Done(case.with_party(renewed(own)), told)


LINK_AGAIN = timedelta(minutes=10)
"""How long after a link was sent the same link is not sent again, whoever asks: it is still good, and its
reader may only be waiting for it. It is another link once theirs was renewed, as with a new address. What is
told on the phone or posted is not asked for again before that is done."""


@move(at=ANY, by=R.CLOCK, tells="access_link? → consumer", shows=Shows())
def send_link(case: Case, act: Act, *, party: str) -> Done:
    """Send somebody their own link again on the way they chose: a new one when it has ended. Whoever has no
    mail is told on the phone, or in a letter, how they open their complaint. It is the clock's, since whoever
    asks has not shown who they are."""
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
def send_code(case: Case, act: Act, *, party: str, confirms: str, code: str) -> Done:
    """Send somebody a one-time code with which they confirm the move `confirms`; `code` is what it is made
    from, and says nothing by itself."""
    takes_codes(case.somebody(party), act.now)
    return Done(case, ((f"one_time_code#{party}", f"party:{party}"),))


NEW_ADDRESS = timedelta(days=3)
"""How long no code is sent to a new address that was given by link. Otherwise whoever took the link could
name a mailbox of their own before the owner has read of the change."""


def takes_codes(party: Party, now: datetime) -> None:
    """Raise the Refusal that keeps one-time codes from somebody, if any: they go by mail, to a mailbox of
    which its owner has said that it is theirs, and that is not new."""
    refuse_if(party.way != Way.EMAIL or not party.confirmed, "address_unconfirmed")
    if party.readdressed and now < party.readdressed + NEW_ADDRESS:
        raise Refusal("address_new", at=party.readdressed + NEW_ADDRESS)


@move(at=ANY, by=R.CLOCK, shows=Shows())
def confirm_address(case: Case, act: Act, *, party: str) -> Case:
    """The owner of a mailbox has said that it is this person's, on the page that only a letter to it leads
    to."""
    return case.with_party(replace(case.somebody(party), confirmed=True))


@move(
    at=ANY,
    by=R.LEAD | R.SUPERVISOR,
    fits=lambda case: any(party.way == Way.EMAIL for party in case.parties),
    shows=Shows(),
    handles=False,
    turn=lambda case, act, *, refusing: bool(refusing),
)
def release_address(case: Case, act: Act, *, reason: Text, party: Annotated[Whom, ANYBODY] = None) -> Done:
    """Letters go again to an e-mail address that returned or refused them: `reason` says what has changed. It
    holds for all cases."""
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
        Asked(
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
) -> Done:
    """Somebody speaks for a party, within their powers and term, once staff have checked the authority
    document."""
    principal = meant(case, act, party)
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
    return Done(case.with_party(agent), told, {"representative": agent.id}, people={agent.id: vars(person)})


def _unproven(case: Case, _: object) -> Mapping[str, Any]:
    """What is said of the first representative whose authority was not checked yet."""
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
    representative: str,
    document: Short,
    powers: tuple[Power, ...],
    until: Annotated[date | None, Future()] = None,
) -> Case:
    """Staff have seen the authority document: matter, powers, term, signature. From now on the representative
    acts within it."""
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
def end_representation(case: Case, act: Act, *, representative: str) -> Done:
    """The person represented ends it at any time; the clock at the end of its term."""
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
    party: Annotated[str, ANYBODY],
    person: Annotated[
        Person,
        Personal(),
        Asked(("name",), without=("on_behalf_of",), never={"way": "none"}, unhinted=("name", "email")),
    ],
    document: Short,
    reason: Text,
    known_by: KnownBy,
) -> Done:
    """An heir, a guardian or a successor takes a party's place, on proof; the old access link opens nothing
    any more."""
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
        generation=own.generation + 1,
        needs_help=bool(person.help),
        confirmed=False,
    )
    return Done(case.with_party(taken), people={own.id: vars(person)})


def circle_of(case: Case, id: str) -> frozenset[str]:
    """A person and all who speak, or spoke, for them."""
    return frozenset(p.id for p in case.parties if id in (p.id, p.represents))
