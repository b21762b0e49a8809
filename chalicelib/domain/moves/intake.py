"""Intake: a complaint is submitted, and then accepted or declined. Its matters and severity are corrected, a
duplicate is joined to its leading case, and the complaint can be withdrawn."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

from chalicelib.domain.calendar import length, published
from chalicelib.domain.engine.deadlines import due, of_a_draft
from chalicelib.domain.engine.declare import ANYBODY, MOVES, OFTEN, Done, Second, Shows, move, where
from chalicelib.domain.engine.grounds import About, on_record
from chalicelib.domain.engine.letters_owed import to_mediator
from chalicelib.domain.engine.process import note, promise_answer
from chalicelib.domain.engine.server_facts import FactContext, Server, fills
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.carrying import carried
from chalicelib.domain.model.case import Act, Case, Intake, Party, Refusal, Withdrawn, refuse_if, required
from chalicelib.domain.model.case_records import (
    EarlierCase,
    Joined,
    Matter,
    Outside,
    PartnerAccess,
    Pause,
    RuledTeam,
    Ruling,
    Safety,
    Subject,
)
from chalicelib.domain.model.codes import (
    AT_TABLE,
    ELSEWHERE,
    IN_OWN_WORDS,
    ON_EARLIER,
    OPEN,
    SECOND_PERSON,
    TYPES,
    Capacity,
    Channel,
    Conduct,
    ConsentText,
    EvidenceKind,
    Fact,
    FiledAs,
    Ground,
    HelpNeed,
    Hurt,
    Known,
    Language,
    Missing,
    Outcome,
    PauseReason,
    Power,
    Region,
    Reply,
    Role as R,
    Route,
    Severity,
    Stage as S,
    Way,
    Wish,
)
from chalicelib.domain.model.field_marks import (
    RARE,
    Brand,
    ByStaff,
    Choice,
    EarlierRef,
    Email,
    FormRule,
    Gist,
    Given,
    Money,
    Name,
    Names,
    OfficialShort,
    OfficialText,
    PartyId,
    Past,
    Personal,
    Phone,
    ReadBack,
    Short,
    Story,
    Suggested,
    TeamId,
    Text,
)
from chalicelib.domain.model.letters import letter_of
from chalicelib.domain.moves.safety import tag_safety
from chalicelib.domain.policy import policy
from chalicelib.domain.routing import Facts, known, severe_team


@frozen
class Person:
    """A person on the case, and how to reach them. A name and a phone number or e-mail address are needed,
    except in an anonymous report of a danger or a violation. `way` is how letters are sent to them."""

    name: Name | None = None
    phone: Phone | None = None
    email: Email | None = None
    address: Short | None = None
    language: Language = Language.ZH
    way: Way | None = None
    help: tuple[HelpNeed, ...] = ()
    on_behalf_of: Name | None = None
    capacity: Capacity = Capacity.SELF


@frozen
class Account:
    """What happened, in the person's own words. `problem` describes a matter for which the list of types has
    no type. `when` and `sums`: an approximate date, and amounts that are approximate or in another currency,
    as the person wrote them."""

    story: Story
    problem: Short | None = None
    where: Short | None = None
    product: Brand | None = None
    business: Annotated[Brand, Suggested()] | None = None
    shop: Brand | None = None
    order: Short | None = None
    tried: Text | None = None
    fair: Text | None = None
    evidence: Text | None = None
    outside_number: Short | None = None
    when: Short | None = None
    sums: Short | None = None


@frozen
class Consents:
    """The person's consents, each asked for separately and never ticked in advance. The first two are
    required; an anonymous report of a violation needs no `data_use`. `sensitive` is required if the person
    names a need for help (PIPL 29). A report of danger is recorded without any consent, because protecting
    life and health requires none (PIPL 13 no. 4)."""

    truthful: bool
    data_use: bool
    sensitive: bool = False
    publish: bool = False
    delegated_mediation: bool = False


@frozen
class PartnerConsent:
    """The statement of a partner that it showed the person what it reads of the complaint, and that they
    agreed. `version`: the text that it showed, from `GET /v1/consents`. `at`: when the person agreed."""

    version: ConsentText
    at: Annotated[datetime, Past()]


DANGER = frozenset({Hurt.HURT, Hurt.COULD_BE})
"""The answers to the question "was anyone hurt, or could be?" that make a complaint a report of danger."""
NOT_UNDERSTOOD: Mapping[str, str] = {}


@move(
    to=S.RECEIVED,
    by=R.CONSUMER,
    recorded_by=R.INTAKE | R.INVESTIGATOR | R.LEAD | R.PARTNER,
    tells=(
        "receipt → consumer, safety_advice? → consumer, safety_alert? → role:safety, safety_alert? → "
        "role:supervisor"
    ),
    shows=Shows(hides=("rule",)),
    starts=("acknowledgement", "investigation", "statutory_remedy"),
)
def submit(
    _: None,
    act: Act,
    *,
    ref: Annotated[str, Given()],
    rules: Annotated[str, Given(noted=True)],
    known_by: Annotated[tuple[str, ...], Given()],
    person: Annotated[Person, Personal()],
    account: Annotated[Account, Personal(), Gist()],
    matters: tuple[Matter, ...],
    consents: Consents,
    wishes: tuple[Wish, ...] = (),
    hurt: Hurt,
    filed_as: FiledAs = FiledAs.COMPLAINT,
    wish_amount: Money | None = None,
    subject: Subject | None = None,
    happened_on: Annotated[date | None, Past()] = None,
    happened_until: Annotated[date | None, Past()] = None,
    region: Region | None = None,
    asked_business: Known = Known.UNKNOWN,
    outside: Outside | None = None,
    channel: Channel = Channel.WEB,
    external_id: Short | None = None,
    received_at: Annotated[datetime | None, Past()] = None,
    late_reason: Text | None = None,
    consent: Annotated[PartnerConsent | None, FormRule(without=("",))] = None,
    unread: Annotated[Mapping[str, str], Given()] = NOT_UNDERSTOOD,
    named_by: Annotated[str, Given()] = "",
    team: Annotated[TeamId, Given(noted=True)] = "",
    rule: Annotated[Ruling | None, Given(noted=True)] = None,
    by_mail: Annotated[bool, Given(noted=True)] = False,
) -> Done:
    """Record a complaint. If the day on which it happened is not known exactly, `happened_on` is the first
    possible day and `happened_until` the last. The 24 hours run from `received_at`, when the consumer first
    made the complaint, even if staff typed the complaint in later. `late_reason` says why it was typed in
    late. A report of danger is never refused because a consent or a reason is missing.

    With `filed_as` "report" the sender only reports a violation (举报) and wants nothing for themselves. The
    report is taken as information, and needs neither a name nor an address. A complaint that reports a
    violation too stays a complaint.

    `consent` is the statement of a partner that the person agreed that the partner reads the complaint as
    they do. It is taken only of a person who complains for themselves, and whom we can tell how to end it.

    `unread` holds values of the request that could not be understood. The key is the place of the value in
    the request (JSON pointer). The server fills in `ref`, the number of the case, and `rules`, the name of
    its policy. It also fills in the `team` that the routing chose, and the `rule` by which it did; "" stands
    for the team of the policy. `by_mail`: it came as a mail to our public address, so it was not asked for
    wishes and consents."""
    heard = received_at or act.now
    refuse_if(heard > act.now, "received_in_future", field="received_at")
    reports = filed_as == FiledAs.REPORT
    refuse_if(reports and {*wishes} - {Wish.SANCTION}, "report_wants_nothing", field="wishes")
    if hurt not in DANGER and not by_mail:
        refuse_if(not reports and not wishes, "wish_needed", field="wishes")
        _worded(account, wishes)
        _consented(consents, person, anonymous=reports and not (person.name or person.phone or person.email))
        refuse_if(
            act.now > published().shifted(heard, length(policy(rules).late_reason_after)) and not late_reason,
            "late_reason_needed",
            field="late_reason",
        )
    for n, matter in enumerate(matters):
        refuse_if(
            matter.sub_type not in TYPES[matter.type],
            "sub_type_of_another_type",
            field=f"matters/{n}/sub_type",
        )
    way = way_of(person, anonymous=hurt in DANGER or reports)
    if consent:
        refuse_if(act.role is not R.PARTNER, "only_partners_state", field="consent")
        for_themselves = person.capacity == Capacity.SELF and not person.on_behalf_of
        refuse_if(not for_themselves or way == Way.NONE, "consent_of_another", field="consent")
    # `named_by` is a keyed hash of the sender. It is stored to limit the letters that one sender can cause.
    sender = {"named_by": named_by} if named_by else {}
    party = Party(
        "p1",
        way,
        person.language,
        person.capacity,
        known_by=known_by,
        needs_help=bool(person.help),
        shares=PartnerAccess(consent.version, consent.at) if consent else None,
    )
    undecided = tuple(replace(matter, accepted=None, ground=None, earlier=None) for matter in matters)
    given = tuple(name for name, yes in vars(consents).items() if yes)
    # only the consumer's own answer to the question about danger sets the safety tag
    tag = Safety(heard, act.who) if hurt in DANGER else None
    case = Case(
        ref,
        rules,
        S.RECEIVED,
        channel,
        heard,
        act.now,
        team or policy(rules).team,
        (party,),
        undecided,
        Intake(
            wishes,
            wish_amount,
            subject or Subject(),
            happened_on,
            region,
            asked_business,
            hurt,
            filed_as,
            given,
            act.who if act.role is R.PARTNER else None,
            policy(rules).listed(account.business),
            _brand(rules, account),
            happened_until,
            external_id,
        ),
        outside=(outside,) if outside else (),
        safety=tag,
    )
    return Done(
        case.with_evidence(EvidenceKind.STATEMENT, act),
        MOVES[tag_safety.__name__].always_tells if tag else (),
        people={party.id: {**vars(person), **sender}},
        words={"unread": unread} if unread else {},
    )


def similar(case: Case, other: Case) -> bool:
    """Return whether the person of the open complaint `other` gets a letter about `case`, if the stories are
    alike. The two share an address, and the person has confirmed the one to which their letters go."""
    person = other.parties[0]
    return (
        other.stage in OPEN
        and other.recorded_at < case.recorded_at
        and person.proven
        and not person.left
        and not set(person.known_by).isdisjoint(case.parties[0].known_by)
    )


@move(at=OPEN, by=R.CLOCK, tells="similar_filed? → party", shows=Shows(about_one=True))
def tell_similar(
    case: Case,
    act: Act,
    *,
    party: PartyId,
    similar: EarlierRef,
    on: date,
    company: Annotated[Brand | None, Personal()] = None,
) -> Done:
    """Write to a person that a complaint much like theirs was filed with one of their addresses. The letter
    has its number, its day, and its company. Somebody else may have filed it, so the
    new complaint shows nothing of this. A person gets one such letter on a local day.

    The person is the one who filed the complaint. A representative who came later may lack the power to
    answer. Raises Refusal `unknown_person` for any other party."""
    refuse_if(case.somebody(party) != case.parties[0], "unknown_person", field="party")
    before = case.taken.get(tell_similar.__name__)
    refuse_if(before and published().day_of(before) == published().day_of(act.now), "told_today")
    return Done(case, (("similar_filed", f"party:{party}"),))


def filed_facts(
    rules: str,
    *,
    person: Person,
    account: Account,
    matters: tuple[Matter, ...],
    subject: Subject | None = None,
    region: Region | None = None,
    channel: Channel = Channel.WEB,
    **others: Any,
) -> Facts:
    """Return the facts of a complaint that the routing asks for, before the complaint has a case. The
    parameters are those of `submit`. The severity is not known yet."""
    bought, companies = subject or Subject(), (policy(rules).listed(account.business), _brand(rules, account))
    return Facts(
        tuple(matter.type for matter in matters),
        known(bought.goods_class),
        known(bought.service_class),
        known(region),
        known(*companies),
        (channel,),
        (person.language,),
    )


def _brand(rules: str, account: Account) -> str | None:
    """Return the listed name that the complaint gives as the product or the shop; None without one."""
    return policy(rules).listed(account.product) or policy(rules).listed(account.shop)


def _worded(account: Account, wishes: tuple[Wish, ...]) -> None:
    """Raise Refusal if a wish needs an explanation in words and has none. A problem or a product of an
    "other" kind needs none besides the story."""
    refuse_if(IN_OWN_WORDS & {*wishes} and not account.fair, "wish_needs_words", field="account/fair")


def _consented(consents: Consents, person: Person, *, anonymous: bool) -> None:
    for consent in ("truthful",) if anonymous else ("truthful", "data_use"):
        refuse_if(
            not getattr(consents, consent), "consent_needed", field=f"consents/{consent}", consent=consent
        )
    refuse_if(
        person.help and person.name and not consents.sensitive,
        "consent_needed",
        field="consents/sensitive",
        consent="sensitive",
    )


def way_of(person: Person, *, anonymous: bool) -> Way:
    """Return how letters reach the person. It is the way that the person chose, if they gave an address for
    it. Otherwise it is a way for which they gave an address. An `anonymous` report may have none.

    Raises Refusal `mobile_needed` for short messages to a number that is no mobile number of mainland China.
    A fixed line would lose these messages unnoticed, and the owners of premium numbers abroad would profit.
    Raises Refusal `contact_needed` without a phone number or e-mail address."""
    given = {
        Way.EMAIL: person.email,
        Way.SMS: person.phone,
        Way.PHONE: person.phone,
        Way.POST: person.address,
    }
    elsewhere = person.way == Way.SMS and person.phone and not MOBILE.fullmatch(person.phone)
    refuse_if(elsewhere, "mobile_needed", field="person/phone")
    if person.way and given.get(person.way):
        return person.way
    if person.email or person.phone:
        return Way.EMAIL if person.email else Way.PHONE
    if anonymous:  # a report of a danger or a violation needs no name or address
        return Way.NONE
    raise Refusal("contact_needed", field="person/phone")


MOBILE = re.compile(r"\+861(?!6[08])[3-9]\d{9}")
"""A pattern for mobile numbers of mainland China (工业和信息化部, 电信网编号计划). It leaves out 160 and 168, which are
paid information lines."""
NOTHING: dict[int, Any] = {}
UNNAMED: Mapping[str, Case] = {}
OF_EACH = Choice(matters=lambda case: range(1, len(case.matters) + 1))
"""Marks a parameter with a value for each matter of a case that just came in."""
EarlierCases = Annotated[Mapping[str, Case], Given()]
"""Those earlier cases of the same consumers that a decline names, by number."""
LIMITATION = 3
"""After how many years a claim is out of time, counted from the day on which the consumer knew of the harm
(民法典 188)."""


GROUNDS_OF_TWO = Second(
    "A ground that a second person confirms.",
    lambda case, act, **facts: any(
        ground in SECOND_PERSON for ground in (facts.get("declined") or facts.get("grounds") or {}).values()
    ),
)


@move(
    at=S.RECEIVED,
    to=S.INVESTIGATING,
    by=R.INTAKE | R.LEAD,
    tells="accepted | accepted_in_part → consumer",
    second=GROUNDS_OF_TWO,
    shows=Shows(),
    kept=OFTEN,
    starts=("assignment",),
    meets=("acknowledgement",),
    answers=("acknowledgement", "scope_decision"),
    shortcut="a",
)
def accept(
    case: Case,
    act: Act,
    *,
    declined: Annotated[dict[int, Ground], OF_EACH, RARE] = NOTHING,
    reasons: Annotated[dict[int, OfficialText], OF_EACH, RARE] = NOTHING,
    instead: Annotated[dict[int, OfficialShort], OF_EACH, RARE] = NOTHING,
    earlier: Annotated[dict[int, EarlierRef], OF_EACH, RARE] = NOTHING,
    routes: Annotated[tuple[Route, ...], RARE] = (),
    earlier_cases: EarlierCases = UNNAMED,
) -> Done:
    """Accept the case. At least one of its matters must be accepted. `declined` names the ground for each
    declined matter, and `reasons` the reason. `instead` names where to complain about a matter of another
    business, and `earlier` the earlier case that settled or answered a matter. All four are keyed by the
    number of the matter. `routes` are other bodies to which the consumer can turn."""
    # nothing may be declined while the record is in doubt; `decline` has the same rule
    refuse_if(declined and case.doubted, "record_in_doubt")
    matters = _decided(case, declined, reasons, instead, earlier, earlier_cases)
    refuse_if(not any(matter.accepted for matter in matters), "nothing_accepted", field="declined")
    return Done(
        replace(case, matters=matters, owner=None),
        (("accepted_in_part" if declined else "accepted", "consumer"),),
    )


@move(
    at=S.RECEIVED,
    to=S.DECLINED,
    by=R.INTAKE | R.LEAD,
    tells="declined → consumer",
    second=GROUNDS_OF_TWO,
    decides=True,
    shows=Shows(),
    kept=OFTEN,
    meets=("acknowledgement",),
)
def decline(
    case: Case,
    act: Act,
    *,
    grounds: dict[int, Ground],
    reasons: dict[int, OfficialText],
    instead: dict[int, OfficialShort] = NOTHING,
    earlier: dict[int, EarlierRef] = NOTHING,
    routes: tuple[Route, ...],
    earlier_cases: EarlierCases = UNNAMED,
) -> Case:
    """Decline every matter, each on a listed ground (`grounds`) and with a reason in plain words (`reasons`).
    `instead` names where to complain about a matter of another business, and `earlier` the earlier case that
    settled or answered a matter. All four are keyed by the number of the matter. `routes` are other bodies to
    which the consumer can turn."""
    refuse_if(
        set(grounds) != set(range(1, len(case.matters) + 1)), "every_matter_needs_a_ground", field="grounds"
    )
    return replace(case, matters=_decided(case, grounds, reasons, instead, earlier, earlier_cases))


ABOUT_FACTS = frozenset(Missing) - {
    Missing.IDENTITY,
    Missing.AUTHORITY,
    Missing.WISH,
    Missing.ACCOUNT_FOR_REFUND,
}
"""The items of a request that ask what happened, and to what. The others ask who somebody is, what they want,
or where money goes."""


on_record(Fact.ASKED)(lambda case, _: _asked_for(case, *ABOUT_FACTS))
on_record(Fact.ASKED_PURCHASE)(lambda case, _: _asked_for(case, Missing.PURCHASE_PROOF, Missing.ORDER_NUMBER))


@on_record(Fact.ASKED_AUTHORITY)
def _authority_was_asked(case: Case, about: About) -> bool:
    """Return whether we asked for a representative's authority, in a request or in the letter to a
    representative whose authority is still unchecked."""
    unchecked = {p.id for p in case.parties if p.represents and not p.checked}
    asked = "authority_request" in {letter_of(key).name for key, at in case.told.items() if at}
    return _asked_for(case, Missing.AUTHORITY) or bool(unchecked and asked)


@on_record(Fact.ASKED_IDENTITY)
def _identity_was_asked(case: Case, about: About) -> bool:
    forged = any(one.kind == Conduct.FORGED and not one.withdrawn for one in case.inquiry.conduct)
    return forged or _asked_for(case, Missing.IDENTITY)


def _asked_for(case: Case, *items: Missing) -> bool:
    return any(item in request.items for request in case.requests for item in items)


on_record(Fact.IN_COURT)(
    lambda case, _: any(other.body in (Route.COURT, Route.ARBITRATION) for other in case.outside)
)


@on_record(Fact.THREE_YEARS)
def _is_three_years_back(case: Case, about: About) -> bool:
    """Return whether what happened was, at the complaint, more than three years back (民法典 188). The time can
    have begun later, which is for the reason of the decline to say."""
    day = published().day_of(case.received_at)
    then = case.intake.happened_until or case.intake.happened_on
    return then is not None and (then.year + LIMITATION, then.month, then.day) < (
        day.year,
        day.month,
        day.day,
    )


LABELS = re.compile(
    "职业(?:索赔|打假)|恶意(?:投诉|索赔)|缠访|刁民|无理取闹|professional (?:claimant|complainant)", re.I
)
"""Words that judge the person and not the fact. No reason for a decline may contain them."""


def _decided(
    case: Case,
    declined: Mapping[int, Ground],
    reasons: Mapping[int, str] | None,
    instead: Mapping[int, str] | None,
    earlier: Mapping[int, str],
    known: Mapping[str, Case],
) -> tuple[Matter, ...]:
    """Return the matters of the case, each marked as accepted or declined. `declined` is the ground of each
    declined matter, keyed by its number. `reasons` and `instead` are None when a second person approves the
    move, because the request already has them. `earlier` is the number of an earlier case for each matter.
    `known` has those of these cases that belong to the same consumers. Raises Refusal for an unknown matter
    or earlier case, or a missing reason."""
    for n in declined:
        refuse_if(not 1 <= n <= len(case.matters), "unknown_matter", field=f"grounds/{n}", n=n)
    refuse_if(
        reasons is not None and set(declined) - set(reasons), "every_ground_needs_a_reason", field="reasons"
    )
    for n, reason in (reasons or {}).items():
        refuse_if(LABELS.search(reason), "names_the_person", field=f"reasons/{n}")
    others = [n for n, ground in declined.items() if ground in ELSEWHERE]
    if instead is not None and (unnamed := [n for n in others if n not in instead]):
        raise Refusal("instead_needed", field=f"instead/{unnamed[0]}")
    for n, ground in declined.items():
        refuse_if(ground in ON_EARLIER and n not in earlier, "earlier_needed", field=f"earlier/{n}")
    for n, ref in earlier.items():
        refuse_if(n not in declined or ref not in known, "earlier_unknown", field=f"earlier/{n}")
    return tuple(
        replace(
            matter,
            accepted=n not in declined,
            ground=declined.get(n),
            earlier=_rests_on(declined.get(n), known[earlier[n]]) if n in earlier else None,
        )
        for n, matter in enumerate(case.matters, 1)
    )


def _rests_on(ground: Ground | None, earlier: Case) -> EarlierCase | None:
    """Return the record of the earlier case on which this ground rests. Return None if it rests on none."""
    at = {Ground.ALREADY_SETTLED: settled_at, Ground.REPEAT: answered_at}.get(ground or Ground.NOT_COMPLAINT)
    on = at and at(earlier)
    return EarlierCase(earlier.ref, published().day_of(on), at is settled_at) if on else None


@fills("earlier_cases")
def _earlier_cases(server: Server, context: FactContext) -> Mapping[str, Case]:
    """Return the earlier cases of the same consumers that the request names, by number. The number of another
    person's case is left out, just like a number that no case has, so the answer reveals nothing."""
    numbers = {*(context.body.get("earlier") or {}).values()}
    found = ((ref, server.complaint(ref)) for ref in sorted(numbers))
    return {ref: one for ref, one in found if one and is_earlier(server, context.case, one)}


def is_earlier(server: Server, case: Case, other: Case) -> bool:
    """Return whether `other` is an earlier complaint of the same consumers. While a consumer's address is not
    known to be theirs, there is no such complaint, because the sender of this case may be a stranger."""
    known = all(party.identified for party in case.consumers)
    earlier = other.recorded_at < case.recorded_at
    return known and earlier and _same_people(case, other, _reached_by(server, case))


def _reached_by(server: Server, case: Case) -> Mapping[str, tuple[str, ...]]:
    """Return the keyed hash of the address to which the letters of each complainant go, by the id of the
    complainant. Complainants without such an address are left out."""
    people, field = server.people(case), {Way.EMAIL: "email", Way.SMS: "phone", Way.PHONE: "phone"}
    return {
        party.id: server.hashes(people.get(party.id, {}).get(field[party.way]))
        for party in case.consumers
        if party.way in field
    }


@fills("reached_by")
def _reached_now(server: Server, context: FactContext) -> Mapping[str, tuple[str, ...]]:
    return _reached_by(server, context.case)


@fills("leading_reached_by")
def _leading_reached_now(server: Server, context: FactContext) -> Mapping[str, tuple[str, ...]]:
    named = context.body.get("leading")
    leading = named if named is None or isinstance(named, Case) else server.complaint(named)
    return _reached_by(server, leading) if leading else {}


def _same_people(case: Case, other: Case, reached_by: Mapping[str, tuple[str, ...]]) -> bool:
    """Return whether each complainant of `case` shares an address with a complainant of `other`. The address
    to which their letters go must be shared, see `_reached_by`. The reason: anybody can file a complaint with
    the telephone number of another person, and a mailbox of their own."""
    known = {key for party in other.consumers for key in party.known_by}
    return not any(
        known.isdisjoint(party.known_by) or known.isdisjoint(reached_by.get(party.id, party.known_by))
        for party in case.consumers
    )


STANDS = frozenset({S.ANSWERED, S.PERFORMING, S.BREACHED, S.CLOSED})
"""The stages in which an answer is valid: nobody investigates or reviews the case again, or disputes it."""


def settled_at(case: Case) -> datetime | None:
    """Return when the two sides settled this case (UTC): by an agreement in force, or at once. Return None if
    they did not."""
    if case.bound:
        return case.bound.in_force
    return case.inquiry.settled.at if case.inquiry.settled and case.stage in STANDS else None


def answered_at(case: Case) -> datetime | None:
    """Return when this case was answered (UTC), if the answer is still valid. Return None otherwise, and for
    a withdrawn or linked case."""
    over = case.outcome in (Outcome.WITHDRAWN, Outcome.JOINED)
    return case.taken.get("answer") if case.stage in STANDS and not over else None


on_record(Fact.SETTLED_BEFORE)(lambda case, about: any(settled_at(one) for one in about.earlier()))
on_record(Fact.ANSWERED_BEFORE)(lambda case, about: any(answered_at(one) for one in about.earlier()))


@move(
    at=OPEN - AT_TABLE,
    to=S.CLOSED,
    by=R.INTAKE | R.INVESTIGATOR | R.LEAD,
    tells="linked? → consumer",
    fits=lambda case: not case.together.joined and case.place != S.UNDER_RECONSIDERATION,
    decides=True,
    shows=Shows(),
    kept=OFTEN,
    meets=("acknowledgement",),
)
def link_duplicate(
    case: Case,
    act: Act,
    *,
    leading: Case,
    read_back: ReadBack = False,
    reached_by: Annotated[Mapping[str, tuple[str, ...]], Given()],
    leading_reached_by: Annotated[Mapping[str, tuple[str, ...]], Given()],
) -> Done:
    """Close this case as a duplicate of the case `leading` of the same consumer. Open messages and outside
    proceedings move to the leading case. Replies go to the leading case from now on. `reached_by`,
    `leading_reached_by`: see `_reached_by`.

    Anybody can file a complaint with the address of another person. So the letters of both cases must go to
    addresses that are known to be those of the same consumer. Otherwise staff call the number on file, and
    the person says that both complaints are theirs (`read_back`)."""
    _not_reviewed(case, "link_duplicate")
    refuse_if(leading.ref == case.ref or leading.together.joined, "already_linked", field="leading")
    # a joined case has no deadlines, so nobody would watch its obligations
    refuse_if(case.open_obligations, "promises_open")
    refuse_if(case.passed_on, "forward_first")
    refuse_if(not _same_people(case, leading, reached_by), "not_same_consumer", field="leading")
    refuse_if(
        leading.stage == S.CLOSED and due(leading).get("reopen_window", act.now) <= act.now,
        "leading_closed",
        field="leading",
    )
    known = {key for party in case.consumers for key in party.known_by}
    there = replace(leading, parties=tuple(p for p in leading.consumers if not known.isdisjoint(p.known_by)))
    sure = all(party.identified for party in (*case.consumers, *there.consumers))
    sure = sure and _same_people(there, case, leading_reached_by)
    refuse_if(not (sure or read_back), "same_consumer_unsaid", field="read_back")
    same = next(p.id for p in leading.consumers if set(p.known_by) & set(case.consumers[0].known_by))
    noted = (
        replace(other, party=same if leading.joint else None)
        for other in case.outside
        if not any(
            known.body == other.body and known.due and (other.due is None or known.due <= other.due)
            for known in leading.outside
        )
    )
    # the leading case takes over the open messages and the outside proceedings of the duplicate
    heard = carried(
        "link",
        leading,
        case,
        messages=(*leading.messages, *(replace(w, by=same) for w in case.messages)),
        outside=(*leading.outside, *noted),
        safety=case.safety if case.unsafe and not leading.unsafe else leading.safety,
    )
    told = note(
        "link_duplicate",
        leading,
        heard,
        act,
        {"joined": case.ref, "whose": same},
        (("linked", f"for:{same}"),),
    )
    return Done(
        carried("linked", case, leading, outcome=Outcome.JOINED, joined=Joined(leading.ref, case.place)),
        also=(told,),
    )


def _not_reviewed(case: Case, move: str) -> None:
    """Raise Refusal if the case is under reconsideration, because then only the panel decides. This includes
    the time in which the panel waits for information."""
    refuse_if(case.place == S.UNDER_RECONSIDERATION, "move_not_allowed_in_stage", move=move, stage=case.place)


@move(
    at=S.CLOSED,
    to=OPEN,
    by=R.INTAKE | R.INVESTIGATOR | R.LEAD,
    tells="unlinked → consumer",
    fits=lambda case: case.together.joined,
    shows=Shows(),
    starts=("scope_decision", "investigation", "assignment"),
)
def unlink_duplicate(case: Case, act: Act) -> Case:
    """Separate a duplicate from its leading case. The duplicate returns to the stage at which it was joined,
    and its deadlines start again."""
    joined = required(case.together.joined, "not_linked")
    refuse_if(joined.together, "leave_first")
    return replace(case, stage=joined.stage, together=replace(case.together, joined=None), outcome=None)


def _agents(case: Case) -> dict[str, Party]:
    return {party.id: party for party in case.parties if party.represents and not party.left}


def _askers(case: Case) -> list[str]:
    return [*(party.id for party in case.consumers), *_agents(case)]


AskedBy = Annotated[
    Annotated[str, Names("party", "asked_by")] | None,
    ByStaff(),
    Choice(lambda case, _: _askers(case)),
    FormRule(needed=("",), unless=lambda case: not _agents(case)),
]
"""The id of the person who called, if staff record a move and somebody represents the consumer."""


def check_asker(case: Case, act: Act, asked_by: str | None, power: Power) -> None:
    """Raise Refusal if our staff record a move for a represented consumer, and do not say who called. Raise
    Refusal if a representative called whose authority is unchecked or has ended, or lacks this `power`."""
    if act.role not in R.INTAKE | R.INVESTIGATOR | R.LEAD:
        return
    agents = _agents(case)
    refuse_if(agents and asked_by is None, "asker_needed", field="asked_by")
    refuse_if(asked_by and asked_by not in _askers(case), "unknown_person", field="asked_by")
    if agent := agents.get(asked_by or ""):
        refuse_if(not agent.checked, "authority_unchecked", field="asked_by")
        refuse_if(not agent.valid(published().day_of(act.now)), "authority_expired", field="asked_by")
        refuse_if(power not in agent.powers, "power_missing", field="asked_by", power=power)


@move(
    at=OPEN,
    to=S.CLOSED,
    by=R.C,
    recorded_by=R.INTAKE | R.INVESTIGATOR | R.LEAD | R.PARTNER,
    tells="withdrawn → both, withdrawn → represented, withdrawn? → mediator",
    power=Power.SETTLE,
    fits=lambda case: not case.bound,
    person_hears=True,
    shows=Shows(words=("reason",), company=True, words_for="speaker"),
    about=where(lambda case, act: not case.joint),
    meets=("acknowledgement",),
    warns=True,
)
def withdraw(case: Case, act: Act, *, reason: Text | None = None, asked_by: AskedBy = None) -> Done:
    """Withdraw the complaint, by link or on the phone. The consumer can reopen a withdrawn complaint within
    the time for reopening. If somebody represents the consumer, staff say who called (`asked_by`).

    A represented person gets the letter too, because their right ends.

    A person of a joint case must leave the case first, because nobody can withdraw for others. A complaint
    with a signed agreement cannot be withdrawn. Safety work and obligations go on."""
    refuse_if(case.joint, "leave_first")
    refuse_if(case.bound, "agreement_in_force")
    check_asker(case, act, asked_by, Power.SETTLE)
    kept = tuple(o for o in case.obligations if not o.offer)
    had = Withdrawn(
        act.now,
        case.obligations,
        case.approvals,
        case.clock.halts,
        case.tellings,
        case.told,
        case.talks.agreement,
        case.recourse.reconsideration,
        case.clock.review,
    )
    closed = replace(
        case, outcome=Outcome.WITHDRAWN, obligations=kept, recourse=replace(case.recourse, withdrawn=had)
    )
    return Done(closed, to_mediator(case, "withdrawn"))


def _undoable(case: Case, act: Act) -> Withdrawn:
    """Return the state of the case that was kept at its withdrawal. Raises Refusal if the case was not
    withdrawn, or if the time to undo the withdrawal is over."""
    had, over = required(case.recourse.withdrawn, "not_withdrawn"), due(case).get("undo_withdrawal")
    refuse_if(case.outcome != Outcome.WITHDRAWN or case.stages[-1].since != had.at, "not_withdrawn")
    refuse_if(over and over <= act.now, "undo_over")
    return had


@move(
    at=S.CLOSED,
    to=OPEN,
    by=R.C,
    recorded_by=R.INTAKE | R.INVESTIGATOR | R.LEAD,
    tells="withdrawal_undone → both, withdrawal_undone → represented, withdrawal_undone? → mediator",
    fits=lambda case: case.outcome == Outcome.WITHDRAWN and case.recourse.withdrawn,
    shows=Shows(company=True),
    part="now",
    rank=2,
    answers=("undo_withdrawal",),
    about=where(_undoable, ANYBODY),
)
def undo_withdrawal(case: Case, act: Act, *, asked_by: AskedBy = None) -> Done:
    """Undo a withdrawal, by link or on the phone, until the end of the third day after the letter about it.
    If somebody represents the consumer, staff say who called (`asked_by`).
    The complaint goes on at the stage at which it was withdrawn. Each deadline moves by the time for which
    the complaint was withdrawn. This is not a reopening, so the consumer can still reopen the complaint
    once."""
    had = _undoable(case, act)
    check_asker(case, act, asked_by, Power.ANSWER)
    stood = case.stages[-2]
    days = published().day_of(act.now) - published().day_of(had.at)
    talks = case.talks.dispute and replace(
        case.talks.dispute,
        offers=tuple(
            replace(offer, until=offer.until + days) if offer.state == Reply.OPEN else offer
            for offer in case.talks.dispute.offers
        ),
    )
    now = {owed.id: owed for owed in case.obligations}
    told = {letter: at for letter, at in case.told.items() if letter_of(letter).name != "withdrawn"}
    again = replace(
        case,
        stage=stood.stage,
        outcome=None,
        recourse=replace(case.recourse, withdrawn=None, reconsideration=had.reconsideration),
        talks=replace(case.talks, dispute=talks, agreement=had.agreement),
        approvals=had.approvals,
        feedback=replace(case.feedback, surveyed=()),  # the survey is asked again after the next closing
        clock=replace(
            case.clock, review=had.review, halts=(*had.halts, Pause(PauseReason.WITHDRAWN, had.at, act.now))
        ),
        stages=case.stages[:-1],
        obligations=tuple(now.get(owed.id, owed) for owed in had.obligations),
        told={**{letter: at for letter, at in had.told.items() if of_a_draft(letter)}, **told},
        tellings=(
            *(waits for waits in case.tellings if letter_of(waits.letter).name != "withdrawn"),
            *(waits for waits in had.tellings if of_a_draft(waits.letter)),
        ),
        taken={move: at for move, at in case.taken.items() if move != "withdraw"},
    )
    again = promise_answer(again, act, "undo_withdrawal") if again.stage == S.INVESTIGATING else again
    return Done(again, to_mediator(again, "withdrawal_undone"))


@move(
    at=frozenset({S.RECEIVED, S.AWAITING_INFORMATION, S.INVESTIGATING}),
    by=R.INTAKE | R.INVESTIGATOR | R.LEAD,
    tells="matters_changed? → consumer",
    fits=lambda case: case.place != S.UNDER_RECONSIDERATION,
    shows=Shows(),
    begins=lambda case, _: {"matters": case.matters},
)
def edit_matters(case: Case, act: Act, *, matters: tuple[Matter, ...], reason: OfficialText) -> Done:
    """Split or correct the matters of the complaint; `matters` are all matters from now on. Earlier decisions
    on a matter stand, and the timeline keeps the old matters. The consumer is informed if there are now more
    matters."""
    _not_reviewed(case, "edit_matters")
    for n, matter in enumerate(matters):
        refuse_if(
            matter.sub_type not in TYPES[matter.type],
            "sub_type_of_another_type",
            field=f"matters/{n}/sub_type",
        )
    refuse_if(len(matters) < len(case.matters), "matter_lost", field="matters")
    decided = True if any(matter.accepted for matter in case.matters) else None
    before = (
        *((m.accepted, m.ground, m.earlier) for m in case.matters),
        *[(decided, None, None)] * len(matters),
    )
    edited = tuple(
        replace(m, accepted=accepted, ground=ground, earlier=earlier)
        for m, (accepted, ground, earlier) in zip(matters, before, strict=False)
    )
    return Done(
        replace(case, matters=edited, inquiry=replace(case.inquiry, report=None)),
        (("matters_changed", "consumer"),) if len(matters) > len(case.matters) else (),
        {"before": case.matters},
    )


SERIOUS = frozenset({Severity.S1, Severity.S2})


@move(
    at=OPEN,
    by=R.INTAKE | R.INVESTIGATOR | R.LEAD | R.NEGOTIATOR | R.FOLLOWUP | R.SUPERVISOR,
    tells="task? → supervisor or executive",
    second=Second(
        "A second person is needed to lower a case from S1 or S2, unless the supervisor does it.",
        lambda case, act, **facts: (
            act.role is not R.SUPERVISOR and case.severity in SERIOUS and facts["severity"] > case.severity
        ),
    ),
    changes=("severity",),
    kept=1,
)
def set_severity(
    case: Case,
    act: Act,
    *,
    severity: Severity,
    why: Text,
    goes_to: Annotated[RuledTeam | None, Given()] = None,
) -> Done:
    """Set the severity of a case. If several severities fit, choose the highest. The executive learns of a
    critical case at once, and the supervisor of a major one. `goes_to` is another team that a rule names for
    this severity; the clock then moves the case there."""
    to = {Severity.S1: "role:executive", Severity.S2: "role:supervisor"}.get(severity)
    return Done(replace(case, severity=severity, goes_to=goes_to), (("task", to),) if to else ())


@fills("goes_to")
def _goes_to(server: Server, context: FactContext) -> RuledTeam | None:
    """Return the other team that a rule names for the new severity, if the case waits for an owner."""
    severe = replace(context.case, severity=context.body.get("severity"))
    if severe.severity == context.case.severity:
        return context.case.goes_to
    return severe_team(severe, server.roster()) if severe.awaits_owner else None
