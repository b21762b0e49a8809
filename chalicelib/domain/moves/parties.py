"""Who is on a case and how they are reached: contact details, representatives, successors, and people who
complain together."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from chalicelib.domain.engine.declare import BY_EACH, OFTEN, Done, Shows, move, on_leaving, where
from chalicelib.domain.engine.lasting import link_ended
from chalicelib.domain.engine.letters_owed import to_mediator
from chalicelib.domain.engine.process import note, promised
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.model.case import Act, Case, Party, Refusal, refuse_if, required
from chalicelib.domain.model.change import Change
from chalicelib.domain.model.codes import (
    ANY,
    OPEN,
    TALKS,
    UNSIGNED,
    Capacity,
    Language,
    Outcome,
    Power,
    Role as R,
    Side,
    Stage as S,
    Way,
)
from chalicelib.domain.model.obligation import terms_in
from chalicelib.domain.model.parts import Evidence, Joined, Owed, Proposal
from chalicelib.domain.model.said import (
    ANYBODY,
    Asked,
    ByStaff,
    Email,
    Future,
    Given,
    Personal,
    Phone,
    ReadBack,
    Scan,
    Short,
    Text,
    Whom,
)
from chalicelib.domain.moves.answer import checked as checked_remedies
from chalicelib.domain.moves.intake import Person, way_of
from chalicelib.domain.policy import policy

STAFF = R.INTAKE | R.INVESTIGATOR | R.LEAD
People = Annotated[Mapping[str, Mapping[str, Any]], Given()]
"""The personal rows of everybody on the case, by party."""
KnownBy = Annotated[tuple[str, ...], Given()]
MOST_AGENTS, AGENTS_TOGETHER = 5, 2
"""How many people somebody may themselves name to speak for them, alone on a case or in a joint one, those of
the past included; more of them only staff can record."""
SETTLING = UNSIGNED - {S.ANSWERED}
"""Stages in which a text can be put to each person of a joint case. Once there is an answer, each person
accepts that with another move; and once it is settled, nobody is asked any more."""
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


def elected(case: Case) -> None:
    """Raise the Refusal where so many people complain together that they must choose who speaks for them
    before they can go on."""
    people, speak = len(case.consumers), sum(p.speaks for p in case.consumers)
    fewest, most = policy(case.policy).speakers(people)
    refuse_if(
        case.joint and speak < fewest, "representatives_needed", people=people, fewest=fewest, most=most
    )


@on_leaving(*S)
def _closed_for_leaving(case: Case, act: Act) -> Case:
    """A case that closes is over also for those who were about to leave it."""
    return replace(case, together=replace(case.together, leaving=())) if case.stage == S.CLOSED else case


def heard_for_all(case: Case, whose: Party) -> bool:
    """Whether a person is heard for all who complain together: as one chosen to speak, or since nobody
    was."""
    return whose.speaks or not any(other.speaks for other in case.consumers)


def for_all(case: Case, act: Act, *, binds: bool = False) -> None:
    """Raise the Refusal for a person of a joint case who speaks for all of it while others were chosen to;
    and for what `binds` all, as long as nobody was chosen, or of many people too few."""
    if act.role not in R.C or not case.joint:
        return
    speakers = {p.id for p in case.consumers if p.speaks}
    refuse_if(
        speakers and (case.party(act.who).represents or act.who) not in speakers, "representatives_decide"
    )
    if binds:
        elected(case)
    refuse_if(binds and not speakers, "representatives_first")


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
    """Change how a person is reached; both the old and the new address are warned, and the access link is
    renewed."""
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
    before = (("contact_changed#before", f"party:{own.id}"),) if was.get("email") and email else ()
    # The old mailbox holds the link (S19). Whoever has no e-mail keeps their link, since nobody could send
    # them another.
    renews = (any(given.values()) or changed.way != own.way) and Way.EMAIL in (own.way, changed.way)
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
    now on. Staff write it down on their word and see neither: the new one goes to the person by mail."""
    own = case.party(act.who) if act.role in R.PARTY else case.somebody(party or case.consumers[0].id)
    told = ((f"access_link#{own.id}", f"party:{own.id}"),) if own.way == Way.EMAIL else ()
    return Done(case.with_party(renewed(own)), told)


LINK_AGAIN = timedelta(minutes=10)
"""How long after a link was sent it is not sent again, since its reader may only be waiting for the mail."""


@move(at=ANY, by=R.CLOCK, tells="access_link? → consumer", shows=Shows())
def send_link(case: Case, act: Act, *, party: str) -> Done:
    """Send somebody their own link again, by mail to the address that we know: a new one when it has ended.
    It is the clock's, since whoever asks has not shown who they are."""
    asked = case.somebody(party)
    refuse_if(asked.way != Way.EMAIL, "no_address_to_send_to")
    letter = f"access_link#{asked.id}"
    before = case.told.get(letter)
    refuse_if(before and act.now - before < LINK_AGAIN, "link_just_sent")
    again = case.with_party(renewed(asked)) if link_ended(case, act.now) else case
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


@move(at=UNSIGNED, by=STAFF, tells="joint_invitation → consumer", shows=Shows(), kept=OFTEN)
def invite_to_join(case: Case, act: Act, *, leading: Case) -> Case:
    """Ask the consumer of this case whether they want to complain together with those of another one about
    the same."""
    refuse_if(
        leading.ref == case.ref or leading.together.joined or leading.stage not in UNSIGNED or case.joint,
        "cannot_be_joined",
        field="leading",
    )
    return replace(case, together=replace(case.together, invited=leading.ref))


@move(
    at=UNSIGNED,
    to=S.CLOSED,
    by=R.C,
    recorded_by=R.INTAKE,
    power=Power.SETTLE,
    tells="closed? → mediator",
    fits=lambda case: case.together.invited and not case.owed,
    shows=Shows(),
    kept=BY_EACH,
    part="now",
    rank=1,
    answers=("joint_invitation",),
)
def join_case(
    case: Case, act: Act, *, own_wish: bool, joint: Annotated[Case | None, Given()], people: People
) -> Done:
    """The consumer joins the complaint they were invited to, of their own will; their own case waits, joined
    to it."""
    joint = required(joint, "cannot_be_joined")
    refuse_if(
        joint.stage not in UNSIGNED or (joint.talks.dispute and joint.talks.dispute.accepted),
        "cannot_be_joined",
    )
    refuse_if(not own_wish, "own_consent", field="own_wish")
    refuse_if(case.owed, "promises_open")
    if len(joint.consumers) >= policy(joint.policy).people:
        raise Refusal("joint_case_full", most=policy(joint.policy).people)
    n = len(joint.parties) + 1
    came = _with_agents(case, case.consumers[0], f"p{n}", n + 1)
    member, *agents = came.values()
    safety = case.safety if case.unsafe and not joint.unsafe else joint.safety
    noted = (
        joint.outside
        if joint.joint
        else tuple(replace(o, party=joint.consumers[0].id) for o in joint.outside)
    )
    messages = (*joint.messages, *(replace(w, by=came.get(w.by, member).id) for w in case.messages))
    safe = replace(
        joint,
        safety=safety,
        together=replace(joint.together, proposal=None),
        messages=messages,
        parties=(*joint.parties, replace(member, own=case.ref), *agents),
        outside=(*noted, *(replace(o, party=member.id) for o in case.outside)),
    )
    told = note(
        "join_case",
        joint,
        safe,
        _as(act, member.id),
        {"joined": case.ref, "party": member.id},
        (("linked", f"party:{member.id}"),),
        {party.id: people.get(was, {}) for was, party in came.items()},
    )
    waits = replace(
        case,
        together=replace(case.together, joined=Joined(joint.ref, case.place, together=True), invited=None),
        tellings=(),
        messages=(),
    )
    return Done(
        replace(waits, outcome=Outcome.JOINED),
        to_mediator(case, "closed"),
        facts={"leading": joint.ref},
        also=(told,),
    )


@move(
    at=OPEN - {S.SIGNING},
    by=R.C | R.LEAD | R.CLOCK,
    recorded_by=R.INTAKE,
    fits=lambda case: case.joint and not case.bound,
    shows=Shows(words=("reason",), about_one=True),
    kept=OFTEN,
)
def leave_case(
    case: Case,
    act: Act,
    *,
    party: Whom = None,
    reason: Text | None = None,
    own: Annotated[Case | None, Given()],
    ref: Annotated[str, Given()],
    people: People,
    said: Annotated[Mapping[int, Mapping[str, Any]], Given()],
) -> Done:
    """A person leaves a joint complaint: their own case goes on by itself, with its history, its clocks and
    what was shown so far. Whoever does not want what lies before all to be signed says so first. The clock
    splits off those who are `leaving`."""
    member = meant(case, act, party)
    refuse_if(act.role is R.CLOCK and member.id not in case.together.leaving, "unknown_person", field="party")
    refuse_if(not case.joint, "not_joint")
    # the one text binds them all until it is performed
    refuse_if(case.bound, "bound_together")
    split = _split(
        case, member, own or replace(case, ref=ref, entries=0, head="", parties=(member,)), act, people, said
    )
    owed = tuple(o for o in case.obligations if member.id not in (o.to, o.debtor))
    # their representatives go with them
    circle = circle_of(case, member.id)
    told = {letter: at for letter, at in case.told.items() if letter.partition("@")[2] not in circle}
    parties = tuple(
        replace(p, left=p.left or act.now, generation=p.generation + 1) if p.id in circle else p
        for p in case.parties
    )
    asked = case.recourse.reconsideration
    # their request goes with them
    late = asked is not None and asked.late and asked.by in circle
    # nobody waits for them any more
    after = replace(
        case,
        told=told,
        tellings=tuple(t for t in case.tellings if t.party not in circle),
        together=replace(case.together, leaving=tuple(id for id in case.together.leaving if id != member.id)),
        recourse=replace(case.recourse, reconsideration=None if late else asked),
        messages=tuple(w for w in case.messages if w.by not in circle),
        obligations=owed,
        parties=parties,
        outside=tuple(o for o in case.outside if o.party != member.id),
        intake=replace(case.intake, partner=case.intake.partner if own else None),
    )
    return Done(after, facts={"left": member.id, "own": split.case.ref}, also=(split,))


def _split(
    case: Case,
    member: Party,
    own: Case,
    act: Act,
    people: Mapping[str, Any],
    said: Mapping[int, Mapping[str, Any]],
) -> Change:
    """The own case of somebody who leaves: as the joint case stands, for this person only, under the number
    they had or a new one.

    What was promised to them and what the answer said stands in the entry now written, since the joint
    timeline is not theirs."""
    came, entry = _with_agents(case, member, "p1", len(own.parties) + 1), own.entries + 1
    alone, *agents = came.values()
    # a generation above 1 says that somebody else may have had this place before
    alone = replace(
        alone, own=None, generation=own.parties[0].generation + (member.generation > 1), speaks=False
    )
    # so that no id is given twice
    gone = tuple(replace(p, left=p.left or act.now, generation=p.generation + 1) for p in own.parties[1:])
    own_ = {member.id: "p1"}
    mine = tuple(
        replace(
            o, to=own_.get(o.to, o.to), debtor=own_.get(o.debtor, o.debtor), entry=entry, way=0, proposed=None
        )
        for o in case.obligations
        if member.id in (o.to, o.debtor)
    )
    told = {
        key.partition("@")[0]: at or act.now
        for key, at in case.told.items()
        if "@" not in key or key.endswith(f"@{member.id}")
    }
    first = member.id == case.parties[0].id
    matters = tuple(m if first else replace(m, amount=None) for m in case.matters)
    # talks that are over stay with the other people
    talks = case.talks.dispute if case.stage in TALKS else None
    spells = tuple(
        replace(s, since=max(s.since, own.received_at))
        for s in case.spells
        if not s.until or s.until > own.received_at
    )
    waiting = tuple(replace(w, by="p1") for w in case.messages if w.by in circle_of(case, member.id))
    after = replace(
        case,
        intake=replace(
            case.intake,
            partner=own.intake.partner,
            consents=own.intake.consents,
            happened_on=own.intake.happened_on,
            asked_business=own.intake.asked_business,
            hurt=own.intake.hurt,
            subject=own.intake.subject,
        ),
        channel=own.channel,
        recorded_at=own.recorded_at,
    )
    after = replace(
        after,
        talks=replace(after.talks, dispute=None, mediation=None, agreement=None),
        feedback=replace(after.feedback, stories=own.feedback.stories),
        stage=talks.back if talks else case.stage,
        together=replace(after.together, leaving=()),
        owner=case.held_before if talks else case.owner,
    )
    after = replace(
        after,
        ref=own.ref,
        entries=own.entries,
        head=own.head,
        parties=(alone, *gone, *agents),
        obligations=mine,
        tellings=(),
        messages=waiting,
        approvals=(),
        handler_change=None,
        together=replace(after.together, proposal=None, origin=(case.ref, member.id)),
        intake=replace(after.intake, wishes=own.intake.wishes, wish_amount=own.intake.wish_amount),
        received_at=own.received_at,
        matters=matters,
        inquiry=replace(
            after.inquiry,
            questions=(),
            appraisals=(),
            report=case.inquiry.report and replace(case.inquiry.report, entry=entry),
        ),
        evidence=_brought(case, own, member, entry),
        recourse=replace(
            after.recourse,
            reconsideration=case.recourse.reconsideration
            and replace(case.recourse.reconsideration, entry=entry, by="p1"),
        ),
        clock=replace(
            after.clock,
            halts=tuple(replace(pause, until=pause.until or act.now) for pause in case.clock.halts),
            steps={**case.clock.steps, **own.clock.steps},
        ),
        told=told,
        posted={},
        spells=spells,
        taken={**case.taken, "submit": own.received_at},
        outside=tuple(replace(o, party=None) for o in case.outside if o.party in (None, member.id)),
    )
    after = promised(after, act, "leave_case") if after.stage == S.INVESTIGATING else after
    asked = case.recourse.reconsideration
    words = {
        **(said.get(asked.entry, {}) if asked else {}),
        **(said.get(case.inquiry.report.entry, {}) if case.inquiry.report else {}),
    }
    words |= next(
        (
            {"terms": terms_in(o, said[o.way or o.entry])}
            for o in case.obligations
            if o.to == member.id and (o.way or o.entry) in said
        ),
        {},
    )
    rows = {party.id: people.get(was, {}) for was, party in came.items()}
    before, told_of = own if own.entries else None, (("unlinked", "consumer"),)
    facts = {"from": case.ref, **({"silent": True} if act.role is R.CLOCK else {})}
    return note("leave_case", before, after, _as(act, "p1"), facts, told_of, rows, words)


def parting(case: Case, people: Iterable[str]) -> Case:
    """The case from which these people are to be split off."""
    return replace(
        case, together=replace(case.together, leaving=tuple(dict.fromkeys((*case.together.leaving, *people))))
    )


def _as(act: Act, id: str) -> Act:
    """The act as it is written on the other case, where the same person has another id."""
    return replace(act, who=id) if act.role in R.C else act


def _brought(case: Case, own: Case, member: Party, entry: int) -> tuple[Evidence, ...]:
    """The evidence that somebody had added to their own case, and what they sent to the joint one; its words
    stay on the joint case."""
    before = own.evidence if own.entries else tuple(replace(e, entry=entry) for e in case.evidence[:1])
    sent = (e for e in case.evidence[1:] if e.by in circle_of(case, member.id))
    return (*before, *(replace(e, id=f"E{len(before) + n}", entry=entry) for n, e in enumerate(sent, 1)))


def circle_of(case: Case, id: str) -> frozenset[str]:
    """A person and all who speak, or spoke, for them."""
    return frozenset(p.id for p in case.parties if id in (p.id, p.represents))


def _with_agents(case: Case, party: Party, id: str, first: int) -> dict[str, Party]:
    """A person and whoever speaks for them, by their old ids, as they come to another case: as `id`, the
    others from `first` on."""
    agents = (p for p in case.parties if p.represents == party.id and not p.left)
    came = {p.id: replace(p, id=f"p{n}", represents=id, generation=1) for n, p in enumerate(agents, first)}
    return {party.id: replace(party, id=id, generation=1, consents=None), **came}


@move(at=OPEN, by=R.INTAKE | R.LEAD, fits=lambda case: case.joint, shows=Shows())
def appoint_joint_representatives(
    case: Case, act: Act, *, representatives: tuple[str, ...], each_agrees: bool
) -> Case:
    """Write down whom those who complain together chose to speak for them, once each of them has agreed:
    never more than the policy says, nor, of many people, fewer."""
    refuse_if(not case.joint, "not_joint")
    refuse_if(not each_agrees, "each_agrees", field="each_agrees")
    people = len(case.consumers)
    fewest, most = policy(case.policy).speakers(people)
    refuse_if(
        len(set(representatives)) > most, "too_many_representatives", field="representatives", most=most
    )
    if len(set(representatives)) < fewest:
        few = {"people": people, "fewest": fewest, "most": most}
        raise Refusal("too_few_representatives", field="representatives", **few)
    for chosen in representatives:
        refuse_if(
            chosen not in {party.id for party in case.consumers}, "unknown_person", field="representatives"
        )
    return replace(case, parties=tuple(replace(p, speaks=p.id in representatives) for p in case.parties))


@move(
    at=SETTLING,
    by=STAFF | R.NEGOTIATOR | R.MEDIATOR,
    tells="joint_consent → consumer",
    fits=lambda case: case.joint,
    shows=Shows(words=("settlement",)),
)
def ask_consent(case: Case, act: Act, *, settlement: Text, remedies: tuple[Owed, ...] = ()) -> Case:
    """Put the exact text of a settlement, change or withdrawal, with every remedy in it, to each person of a
    joint case; silence is not consent."""
    refuse_if(not case.joint, "not_joint")
    checked_remedies(case, act, remedies)
    # an approval that was asked for rested on the consent to another text
    waiting = tuple(asked for asked in case.approvals if asked.move != "settle_at_once")
    parties = tuple(replace(p, consents=None) for p in case.parties)
    return replace(
        case,
        approvals=waiting,
        together=replace(case.together, proposal=Proposal(case.said_by(act), remedies)),
        parties=parties,
    )


@move(
    at=SETTLING,
    by=R.C,
    recorded_by=R.INTAKE | R.NEGOTIATOR | R.MEDIATOR,
    power=Power.SETTLE,
    fits=lambda case: case.together.proposal,
    gives_up=lambda said: said["agrees"],
    shows=Shows(about_one=True, yes="agrees"),
    part="people",
    answers=("joint_consent",),
)
def consent_represented(
    case: Case, act: Act, *, agrees: bool, party: Whom = None, read_back: ReadBack = False, scan: Scan = None
) -> Case:
    """A person of a joint case agrees to the text that was put to them, or not; whoever does not goes on with
    a case of their own."""
    refuse_if(case.together.proposal is None, "nothing_asked")
    return case.with_party(replace(meant(case, act, party), consents=agrees))


@move(at=SETTLING, by=R.CLOCK, tells="joint_consent_ended? → consumer", decides=True)
def lapse_joint_consent(case: Case, act: Act, *, party: str) -> Done:
    """The time to agree to what was put to each person is over for those who have not: each goes on with a
    case of their own, and those who agreed go on together."""
    runs = running_of(case, "joint_consent")
    silent = tuple(run.id for run in runs if run.due and run.due <= act.now)
    told = tuple(("joint_consent_ended", f"for:{person.id}") for person in case.consumers if person.consents)
    return Done(parting(case, silent), told, {"leaving": silent})
