"""Joint complaints, in which several people complain together: joining and leaving, the chosen
representatives, and each person's consent."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from chalicelib.domain.engine.deadlines import spoken_for
from chalicelib.domain.engine.declare import BY_EACH, OFTEN, Done, Shows, move, on_leaving, where
from chalicelib.domain.engine.letters_owed import REPRESENTED, to_mediator
from chalicelib.domain.engine.process import note, promise_answer
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.engine.server_facts import FactContext, Server, fills
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.carrying import carried, reset
from chalicelib.domain.model.case import Act, Case, Party, Refusal, refuse_if, required
from chalicelib.domain.model.case_records import Doubt, Evidence, Joined, Owed, Proposal, SpeakerChoice
from chalicelib.domain.model.change import Change
from chalicelib.domain.model.codes import OPEN, TALKS, UNSIGNED, Outcome, Power, Role as R, Stage as S
from chalicelib.domain.model.field_marks import (
    ByStaff,
    Given,
    Names,
    PartyId,
    ReadBack,
    Scan,
    Text,
    Whom,
    YesNo,
)
from chalicelib.domain.model.letters import key_of
from chalicelib.domain.model.obligation import terms_in
from chalicelib.domain.moves.answer import checked as checked_remedies
from chalicelib.domain.moves.forwarding import forward_words
from chalicelib.domain.moves.parties import STAFF, People, asked_again, circle_of, complainant_of
from chalicelib.domain.policy import policy

SETTLING = UNSIGNED - {S.ANSWERED}
"""The stages at which a settlement can be proposed to each person of a joint case. Answered cases are left
out, because an answer is accepted by another move. In a settled case nobody is asked any more."""


def elected(case: Case) -> None:
    """Raise Refusal if the people of a joint case must choose representatives first. They must if there are
    so many of them that the policy requires representatives, and they have chosen too few."""
    people, speak = len(case.consumers), sum(p.speaks for p in case.consumers)
    fewest, most = policy(case.policy).speakers(people)
    refuse_if(
        case.joint and speak < fewest, "representatives_needed", people=people, fewest=fewest, most=most
    )


@on_leaving(*S)
def _closed_for_leaving(case: Case, act: Act) -> Case:
    """Return the case. If it is closed, the list of people who are leaving is emptied."""
    return replace(case, together=replace(case.together, leaving=())) if case.stage == S.CLOSED else case


def heard_for_all(case: Case, whose: Party) -> bool:
    """Return whether the complainant `whose` speaks for all complainants. They do if they were chosen as a
    representative, or if nobody was chosen."""
    return whose.speaks or not any(other.speaks for other in case.consumers)


def for_all(case: Case, act: Act, *, binds: bool = False) -> None:
    """Raise Refusal if a person of a joint case acts for all, although others were chosen as representatives.
    If the move `binds` all people, also raise Refusal if they have chosen too few representatives, or
    none."""
    if act.role not in R.C or not case.joint:
        return
    speakers = {p.id for p in case.consumers if p.speaks}
    refuse_if(
        speakers and (case.party(act.who).represents or act.who) not in speakers, "representatives_decide"
    )
    if binds:
        elected(case)
    refuse_if(binds and not speakers, "representatives_first")


@fills("joint")
def _inviting(server: Server, context: FactContext) -> Case | None:
    """Return the joint case to which the consumer of this case was invited. Return None if the consumer was
    not invited."""
    return server.load(context.case.together.invited) if context.case.together.invited else None


@fills("own")
def _own_case(server: Server, context: FactContext) -> Case | None:
    """Return the case that the person who leaves had before they joined this case. Return None if they had
    none."""
    case = context.case
    speaks = case.party(context.party) if context.party else None
    id = (speaks.represents or speaks.id) if speaks else context.body.get("party") or case.consumers[0].id
    whose = next((party for party in case.parties if party.id == id), None)
    return server.load(whose.own) if whose and whose.own else None


def _room(joint: Case, field: str | None = None) -> None:
    """Raise Refusal if nobody can join this joint case: it has gone too far, or it is full."""
    settled = joint.talks.dispute and joint.talks.dispute.accepted
    refuse_if(
        joint.together.joined or joint.stage not in UNSIGNED or settled, "cannot_be_joined", field=field
    )
    refuse_if(
        len(joint.consumers) >= policy(joint.policy).people,
        "joint_case_full",
        field=field,
        most=policy(joint.policy).people,
    )


def has_room(case: Case, act: Act, *, joint: Case | None) -> bool:
    """Return whether the case `joint`, to which the consumer was invited, still takes in people."""
    try:
        _room(required(joint, "cannot_be_joined"))
    except Refusal:
        return False
    return True


@move(
    at=UNSIGNED,
    by=STAFF,
    tells="joint_invitation → consumer",
    fits=lambda case: not case.joint and not case.open_obligations,
    shows=Shows(),
    kept=OFTEN,
)
def invite_to_join(case: Case, act: Act, *, leading: Case) -> Case:
    """Invite the consumer of this case to join the case `leading`, in which other people complain about the
    same thing."""
    refuse_if(leading.ref == case.ref or case.joint, "cannot_be_joined", field="leading")
    _room(leading, "leading")
    refuse_if(case.open_obligations, "promises_open")
    return replace(case, together=replace(case.together, invited=leading.ref))


@move(
    at=UNSIGNED,
    to=S.CLOSED,
    by=R.C,
    recorded_by=R.INTAKE,
    power=Power.SETTLE,
    tells="closed? → mediator",
    fits=lambda case: case.together.invited and not (case.open_obligations or case.passed_on),
    shows=Shows(),
    kept=BY_EACH,
    part="now",
    rank=1,
    answers=("joint_invitation",),
    turn=has_room,
)
def join_case(
    case: Case, act: Act, *, own_wish: bool, joint: Annotated[Case | None, Given()], people: People
) -> Done:
    """Join the joint case `joint`, to which the consumer was invited, of their own will (`own_wish`). Their
    own case is closed. The own case is kept, because they may leave the joint case again. `people` are the
    personal data of each party, keyed by id."""
    joint = required(joint, "cannot_be_joined")
    _room(joint)
    refuse_if(not own_wish, "own_consent", field="own_wish")
    refuse_if(case.open_obligations, "promises_open")
    refuse_if(case.passed_on, "forward_first")
    n = len(joint.parties) + 1
    came = _with_agents(case, case.consumers[0], f"p{n}", n + 1)
    member, *agents = came.values()
    noted = (
        joint.outside
        if joint.joint
        else tuple(replace(o, party=joint.consumers[0].id) for o in joint.outside)
    )
    messages = (*joint.messages, *(replace(w, by=came.get(w.by, member).id) for w in case.messages))
    safe = carried(
        "join",
        joint,
        case,
        safety=case.safety if case.unsafe and not joint.unsafe else joint.safety,
        messages=messages,
        parties=(*joint.parties, replace(member, own=case.ref), *agents),
        outside=(*noted, *(replace(o, party=member.id) for o in case.outside)),
    )
    safe, confirms = asked_again(safe, safe.parties[len(joint.parties) :])
    told = note(
        "join_case",
        joint,
        safe,
        _as(act, member.id),
        {"joined": case.ref, "party": member.id},
        (("linked", f"party:{member.id}"), *confirms),
        {party.id: people.get(was, {}) for was, party in came.items()},
    )
    waits = carried(
        "joined",
        case,
        joint,
        outcome=Outcome.JOINED,
        joined=Joined(joint.ref, case.place, together=True),
        parties=tuple(replace(p, pending=None) for p in case.parties),
    )
    return Done(waits, to_mediator(case, "closed"), facts={"leading": joint.ref}, also=(told,))


@move(
    at=OPEN - {S.SIGNING},
    by=R.C | R.LEAD | R.CLOCK,
    recorded_by=R.INTAKE,
    tells="representatives_decided? → consumer",
    fits=lambda case: case.joint and not case.bound,
    shows=Shows(words=("reason",), about_one=True),
    kept=OFTEN,
    warns=True,
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
    """Leave a joint complaint. The person's own case goes on with its history, its deadlines, and what they
    could see so far. During signing nobody can leave by this move, but by leaving the talks. The clock takes
    this move for people whom another move marked as leaving.

    `own` is the case that the person had before they joined, or None. If `own` is None, a new case with the
    number `ref` is made."""
    member = complainant_of(case, act, party)
    refuse_if(act.role is R.CLOCK and member.id not in case.together.leaving, "unknown_person", field="party")
    refuse_if(not case.joint, "not_joint")
    # an agreement in force binds all people of the case until it is performed
    refuse_if(case.bound, "bound_together")
    split = _split(
        case, member, own or replace(case, ref=ref, entries=0, head="", parties=(member,)), act, people, said
    )
    # the representatives of a person leave together with the person
    circle = circle_of(case, member.id)
    asked = case.recourse.reconsideration
    # a late request for reconsideration by the person, or their representative, moves to their own case
    late = asked is not None and asked.late and asked.by in circle
    choice = case.together.choice and case.together.choice.without(member.id)
    # in the joint case nothing waits any more for the person who leaves
    after = carried(
        "left",
        case,
        split.case,
        told={letter: at for letter, at in case.told.items() if key_of(letter).person not in circle},
        tellings=tuple(t for t in case.tellings if t.party not in circle),
        leaving=tuple(id for id in case.together.leaving if id != member.id),
        reconsideration=None if late else asked,
        messages=tuple(w for w in case.messages if w.by not in circle),
        obligations=tuple(o for o in case.obligations if member.id not in (o.to, o.debtor)),
        parties=tuple(
            replace(p.gone(act.now), own=split.case.ref if p == member else p.own) if p.id in circle else p
            for p in case.parties
        ),
        outside=tuple(o for o in case.outside if o.party != member.id),
        forwards=tuple(one for one in case.forwards if one.party != member.id),
        choice=choice,
        partner=case.intake.partner if own else None,
        external_id=case.intake.external_id if own else None,
    )
    facts = {"left": member.id, "own": split.case.ref}
    ended = case.together.choice and not choice and after.joint
    return Done(after, (("representatives_decided", "consumer"),) if ended else (), facts, also=(split,))


def _split(
    case: Case,
    member: Party,
    own: Case,
    act: Act,
    people: Mapping[str, Any],
    said: Mapping[int, Mapping[str, Any]],
) -> Change:
    """Return the change to the own case of `member`, who leaves the joint case. The own case gets the state
    of the joint case, as far as it concerns this person.

    The person can no longer read the joint timeline. So their obligations and the words of the answer are
    copied into the new entry. `people` are the personal data of each party, keyed by id. `said` are the words
    of each entry, keyed by its number."""
    came, entry = _with_agents(case, member, "p1", len(own.parties) + 1), own.entries + 1
    alone, *agents = came.values()
    # A generation above 1 means that the party may have been another person before. A higher generation ends
    # the access links of that person.
    alone = replace(alone, generation=own.parties[0].generation + (member.generation > 1), speaks=False)
    # keep earlier parties, marked as having left, so that no id is used twice
    gone = tuple(p.gone(act.now) for p in own.parties[1:])
    own_ = {member.id: "p1"}
    mine = tuple(
        replace(
            o,
            to=own_.get(o.to, o.to),
            debtor=own_.get(o.debtor, o.debtor),
            entry=entry,
            way=0,
            proposed=None,
            denied=0,
            decided=0,
        )
        for o in case.obligations
        if member.id in (o.to, o.debtor)
    )
    told = {
        key.topic: at or act.now
        for key, at in ((key_of(letter), at) for letter, at in case.told.items())
        if key.person in ("", member.id)
    }
    first = member.id == case.parties[0].id
    # only talks that still go on move to the own case
    talks = case.talks.dispute if case.stage in TALKS else None
    stages = tuple(
        replace(entered, since=max(entered.since, own.received_at))
        for entered, stay in zip(case.stages, case.stays, strict=True)
        if not stay.until or stay.until > own.received_at
    )
    waiting = tuple(replace(w, by="p1") for w in case.messages if w.by in circle_of(case, member.id))
    recused = dict.fromkeys((*own.inquiry.recused, *case.inquiry.recused))
    owner = case.held_before if talks else case.owner
    theirs = [one for one in case.forwards if one.party == member.id]
    after = carried(
        "leave",
        own,
        case,
        stage=talks.back if talks else case.stage,
        owner=None if owner in recused else owner,
        parties=(alone, *gone, *agents),
        obligations=mine,
        messages=waiting,
        written={came[id].id: count for id, count in case.written.items() if id in came},
        origin=(case.ref, member.id),
        matters=tuple(m if first else replace(m, amount=None) for m in case.matters),
        recused=tuple(recused),
        report=case.inquiry.report and replace(case.inquiry.report, entry=entry),
        evidence=_brought(case, own, member, entry),
        reconsideration=case.recourse.reconsideration
        and replace(case.recourse.reconsideration, entry=entry, by="p1"),
        surveyed=tuple(came[id].id for id in case.feedback.surveyed if id in came),
        opined=tuple(came[id].id for id in case.feedback.opined if id in came),
        halts=tuple(replace(pause, until=pause.until or act.now) for pause in case.clock.halts),
        late=tuple(replace(span, until=span.until or act.now) for span in case.clock.late),
        steps={**case.clock.steps, **own.clock.steps},
        told=told,
        stages=stages,
        taken={**case.taken, "submit": own.received_at},
        outside=tuple(replace(o, party=None) for o in case.outside if o.party in (None, member.id)),
        forwards=(
            *(one for one in own.forwards if one.id not in {each.id for each in theirs}),
            *(replace(one, party="p1", entry=entry, answer=0) for one in theirs),
        ),
        holders=own.holders if own.entries else (),
        doubts=(*(own.doubts if own.entries else ()), *still_doubted(case, entry)),
    )
    after = promise_answer(after, act, "leave_case") if after.stage == S.INVESTIGATING else after
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
    if theirs:
        words["forwards"] = {one.id: forward_words(one, said) for one in theirs}
    rows = {party.id: people.get(was, {}) for was, party in came.items()}
    after, confirms = asked_again(after, (alone, *agents))
    # the letter goes to a represented person too, also if the clock splits them off
    told_of = (("unlinked", "consumer"), ("unlinked", REPRESENTED), *confirms)
    before = own if own.entries else None
    # the clock also splits off people who said no, and they were not silent
    silent = act.role is R.CLOCK and member.consents is not False
    facts = {"from": case.ref, **({"silent": True} if silent else {})}
    return note("leave_case", before, after, _as(act, "p1"), facts, told_of, rows, words)


def parting(case: Case, people: Iterable[str]) -> Case:
    """Return the case with these people (ids) marked as leaving. The clock then splits them off."""
    return replace(
        case, together=replace(case.together, leaving=tuple(dict.fromkeys((*case.together.leaving, *people))))
    )


def still_doubted(case: Case, entry: int) -> tuple[Doubt, ...]:
    """Return the uncleared marks of tampering, for a case that is split off from this case. They name
    `entry`, the number of the entry about the split, because the new timeline has its own numbers."""
    return tuple(replace(doubt, entry=entry, noted=0) for doubt in case.doubts if not doubt.cleared)


def _as(act: Act, id: str) -> Act:
    """Return the act of a complainant with the id that the same person has in another case. An act of staff
    is returned unchanged."""
    return replace(act, who=id) if act.role in R.C else act


def _brought(case: Case, own: Case, member: Party, entry: int) -> tuple[Evidence, ...]:
    """Return the evidence that a person takes along when they leave: the evidence of their own case, and what
    they sent to the joint case. The evidence from the joint case names `entry` as its entry. Its words stay
    in the joint case."""
    before = own.evidence if own.entries else tuple(replace(e, entry=entry) for e in case.evidence[:1])
    sent = (e for e in case.evidence[1:] if e.by in circle_of(case, member.id))
    return (*before, *(replace(e, id=f"E{len(before) + n}", entry=entry) for n, e in enumerate(sent, 1)))


def _with_agents(case: Case, party: Party, id: str, first: int) -> dict[str, Party]:
    """Return a person and their representatives, as parties of another case. The key is their id on this
    case. On the other case the person gets the id `id`, and the representatives are numbered from `first`."""
    agents = (p for p in case.parties if p.represents == party.id and not p.left)
    came = {p.id: reset("arrives", p, id=f"p{n}", represents=id) for n, p in enumerate(agents, first)}
    return {party.id: reset("arrives", party, id=id), **came}


def _to_choose(case: Case, act: Act) -> None:
    """Raise Refusal if a complainant cannot propose now who speaks for the joint case. They can if no
    proposal is open, also to replace the people who speak for it."""
    refuse_if(not case.joint, "not_joint")
    refuse_if(case.together.choice, "choice_open")


@move(
    at=OPEN,
    by=R.C | R.INTAKE | R.LEAD,
    power=Power.NEGOTIATE,
    tells="joint_representatives? → consumer, representatives_decided? → consumer",
    fits=lambda case: case.joint,
    shows=Shows(),
    kept=OFTEN,
    part="people",
    rank=1,
    about=where(_to_choose),
    answers=("mediation_consent",),
    changes=("speakers",),
)
def appoint_joint_representatives(
    case: Case,
    act: Act,
    *,
    representatives: tuple[Annotated[str, Names("complainant", "representatives")], ...],
    each_agrees: Annotated[bool, ByStaff()] = False,
) -> Done:
    """Choose the people who speak for all people of a joint case. The policy sets the largest number, and for
    many people a smallest number.

    A person of the case proposes them, and each other person is asked to agree. Until then, those who speak
    already go on. Staff record a choice to which each person has agreed already (`each_agrees`)."""
    refuse_if(not case.joint, "not_joint")
    staff = act.role not in R.C
    refuse_if(staff and not each_agrees, "each_agrees", field="each_agrees")
    speakers, people = tuple(dict.fromkeys(representatives)), len(case.consumers)
    fewest, most = policy(case.policy).speakers(people)
    refuse_if(len(speakers) > most, "too_many_representatives", field="representatives", most=most)
    # staff can record that nobody speaks for all any more
    if len(speakers) < (fewest if staff else max(1, fewest)):
        few = {"people": people, "fewest": max(1, fewest), "most": most}
        raise Refusal("too_few_representatives", field="representatives", **few)
    refuse_if(
        not {*speakers} <= {party.id for party in case.consumers}, "unknown_person", field="representatives"
    )
    if staff:
        return _decided(case, act, speakers)
    _to_choose(case, act)
    same = {*speakers} == {party.id for party in case.consumers if party.speaks}
    refuse_if(same, "speakers_chosen", field="representatives")
    own, asked = complainant_of(case, act, None).id, tuple(party.id for party in case.consumers)
    choice = SpeakerChoice(speakers, asked, (own,))
    told = tuple(("joint_representatives", f"for:{id}") for id in asked if id != own)
    return Done(replace(case, together=replace(case.together, choice=choice)), told, _stays(case))


def _decided(case: Case, act: Act, speakers: Iterable[str] | None, **facts: object) -> Done:
    """Return the case after the end of a proposal, with the letter about it to each person. `speakers`: the
    ids of the people who now speak for all; None if the proposal failed, so that nothing changes. `facts`:
    facts for the entry."""
    parties, speak = case.parties, tuple(speakers or ())
    if speakers is not None:
        parties = tuple(replace(p, speaks=p.id in speak) for p in case.parties)
    # the time to answer for all goes on for those who speak already
    stay = _stays(case) if speakers is None else {}
    over = replace(case.together, choice=None, chosen=case.together.chosen if stay else act.now)
    told = (("representatives_decided", "consumer"),)
    return Done(replace(case, parties=parties, together=over), told, {**facts, **stay, "speak": speak})


def _stays(case: Case) -> dict[str, tuple[str, ...]]:
    """Return the fact `stay`: the people who speak for the joint case until others are chosen. The result is
    empty if nobody or too few people speak for it."""
    return {"stay": tuple(p.id for p in case.consumers if p.speaks)} if spoken_for(case) else {}


def _asked_to_agree(case: Case, act: Act, party: str | None = None) -> tuple[SpeakerChoice, str]:
    """Return the open proposal of speakers, and the id of the answering person. Raises Refusal without such a
    proposal. Raises Refusal for a person who was not asked, or who has agreed already."""
    choice, own = required(case.together.choice, "no_choice"), complainant_of(case, act, party).id
    refuse_if(own not in choice.asked or own in choice.agreed, "choice_answered")
    return choice, own


@move(
    at=OPEN,
    by=R.C,
    recorded_by=R.INTAKE | R.LEAD | R.NEGOTIATOR | R.MEDIATOR,
    power=Power.NEGOTIATE,
    tells="representatives_decided? → consumer",
    fits=lambda case: case.together.choice,
    shows=Shows(about_one=True, yes="agrees"),
    kept=BY_EACH,
    part="people",
    about=where(_asked_to_agree),
    answers=("speaker_choice",),
)
def agree_representatives(case: Case, act: Act, *, agrees: YesNo, party: Whom = None) -> Done:
    """Agree to the people who were proposed to speak for the joint case, or refuse them (`agrees` false). A
    refusal ends the proposal, because each person must agree. The last agreement makes the choice."""
    choice, own = _asked_to_agree(case, act, party)
    if not agrees:
        return _decided(case, act, None)
    agreed = replace(choice, agreed=(*choice.agreed, own))
    if agreed.complete:
        return _decided(case, act, choice.speakers)
    return Done(replace(case, together=replace(case.together, choice=agreed)))


@move(at=OPEN, by=R.CLOCK, tells="representatives_decided → consumer", decides=True, shows=Shows())
def lapse_representatives(case: Case, act: Act) -> Done:
    """End the time to agree to the proposed speakers of a joint case. The choice holds if each of them and
    more than half of the people have agreed, and nobody has refused.

    Silence does not stop it, because one silent person would stop all others. Nobody loses anything by it:
    only the person can settle, change or withdraw their own complaint."""
    choice = required(case.together.choice, "no_choice")
    # the letter is declared as always sent
    return replace(_decided(case, act, choice.speakers if choice.holds else None, lapsed=True), tells=())


@move(
    at=SETTLING,
    by=STAFF | R.NEGOTIATOR | R.MEDIATOR,
    tells="joint_consent → consumer",
    fits=lambda case: case.joint,
    shows=Shows(words=("settlement",)),
)
def ask_consent(case: Case, act: Act, *, settlement: Text, remedies: tuple[Owed, ...] = ()) -> Case:
    """Propose a settlement, change or withdrawal to each person of a joint case. `settlement` is the exact
    text, and `remedies` are its remedies. Silence is not consent."""
    refuse_if(not case.joint, "not_joint")
    checked_remedies(case, act, remedies)
    # a request to approve a settlement was based on consent to the earlier text, so it ends
    return replace(
        case,
        approvals=tuple(asked for asked in case.approvals if asked.move != "settle_at_once"),
        together=replace(case.together, proposal=Proposal(case.said_by(act), remedies)),
        parties=case.without_consents,
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
    case: Case, act: Act, *, agrees: YesNo, party: Whom = None, read_back: ReadBack = False, scan: Scan = None
) -> Case:
    """Agree to the text that was proposed to the people of a joint case, or refuse it (`agrees` false). A
    person who refuses goes on with a case of their own. A person may change the answer, but not repeat it."""
    refuse_if(case.together.proposal is None, "nothing_asked")
    person = complainant_of(case, act, party)
    refuse_if(person.consents is agrees, "consent_repeated", field="agrees")
    return case.with_party(replace(person, consents=agrees))


@move(at=SETTLING, by=R.CLOCK, tells="joint_consent_ended? → consumer", decides=True)
def lapse_joint_consent(case: Case, act: Act, *, party: PartyId) -> Done:
    """End the time to agree to the text that was proposed to the people of a joint case. People who have not
    answered go on with a case of their own. The people who have agreed go on together."""
    silent = tuple(run.id for run in running_of(case, "joint_consent") if run.due and run.due <= act.now)
    told = tuple(("joint_consent_ended", f"for:{person.id}") for person in case.consumers if person.consents)
    return Done(parting(case, silent), told, {"leaving": silent})
