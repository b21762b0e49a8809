"""What was agreed as a text: duties that can be performed and proved, nothing that no agreement may say, one
digest that all sign."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from hashlib import sha256
from typing import Annotated, Any

from chalicelib.domain import forbidden
from chalicelib.domain.calendar import published
from chalicelib.domain.engine.deadlines import without_drafts
from chalicelib.domain.engine.declare import OF_TALKS, OFTEN, Done, Shows, move, where
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Act, Case, Refusal, refuse_if, required
from chalicelib.domain.model.case_records import AGAINST_COMPANY, BUSINESS, MEDIATOR, Agreement, Pause, Term
from chalicelib.domain.model.codes import (
    FOR_A_BREACH,
    PAID,
    TALKS,
    Confirms,
    Forbidden,
    Language,
    Measure,
    ObligationKind,
    PauseReason,
    Power,
    Proof,
    Role as R,
    Side,
    Stage as S,
)
from chalicelib.domain.model.field_marks import Brand, Given, Money, Personal, Story, Text
from chalicelib.domain.moves.answer import MOST_OBLIGATIONS
from chalicelib.domain.moves.dispute import dispute_of
from chalicelib.domain.moves.joint import elected
from chalicelib.domain.moves.mediation import objecting
from chalicelib.domain.moves.parties import People
from chalicelib.domain.printable import unprintable
from chalicelib.domain.reference import shown
from chalicelib.domain.roster import Roster
from chalicelib.domain.timeline import canonical

FORM = "agreement-1"
"""The version of the form of a text, so that what was signed can be read for as long as it is kept."""
MOST_CURE_DAYS = 90
"""A time to make good, or a number of days after another duty, that is longer is refused as a slip of the
pen."""
MOST_BYTES = 160_000
"""How large a text may be in its canonical form. It is kept in its entry twice, as it was given and as it is
signed, and a row of the table holds 400 KB."""
Said = Annotated[Mapping[int, Mapping[str, Any]], Given()]
"""The words of every entry, by its number."""


@frozen
class Clause:
    """A binding clause: `debtor` owes `creditor` (a person's id on the case, or `business`) something by a
    day, or so many `days` after clause number `after` was performed; how it shows, who confirms it, how long
    it can be made good, what follows if it is not."""

    debtor: str
    creditor: str
    kind: ObligationKind
    what: Text
    proof: Proof
    measure: Measure
    amount: Money | None = None
    by: date | None = None
    after: int | None = None
    days: int | None = None
    confirms: Confirms = Confirms.CREDITOR
    cure_days: int = 7
    penalty: Money | None = None
    what_en: Text | None = None


Clauses = Annotated[tuple[Clause, ...], Personal()]


def _draftable(case: Case, act: Act) -> None:
    dispute = dispute_of(case)
    refuse_if(case.stage == S.NEGOTIATING and act.role is R.MEDIATOR, "not_the_mediator")
    refuse_if(
        case.stage == S.MEDIATING and not (case.talks.mediation and case.talks.mediation.accepted),
        "no_mediator",
    )
    refuse_if(case.talks.mediation and case.talks.mediation.challenge, "challenge_waits")
    # otherwise a text would cut short their time to object
    refuse_if(case.stage == S.MEDIATING and objecting(case, act), "challenge_window_open")
    refuse_if(dispute.ended and case.stage == S.NEGOTIATING, "negotiation_over")
    refuse_if(case.business is None, "company_unnamed")


def _as_accepted(case: Case, said: Callable[[int], Mapping[str, Any]]) -> Mapping[str, Any]:
    """A draft begins with the offer that was accepted, if there is one: the company owes what is in it."""
    offer = case.talks.dispute.accepted if case.talks.dispute else None
    if offer is None:
        return {}
    alone = {} if case.joint else {"creditor": case.consumers[0].id}
    what = {"what": said(offer.entry).get("terms"), "amount": offer.amount}
    return {"clauses": [{"debtor": BUSINESS, **alone, **what}]}


def _as_drafted(case: Case, said: Callable[[int], Mapping[str, Any]]) -> Mapping[str, Any]:
    """A draft is changed from how it stands."""
    draft = case.talks.agreement
    words = said(draft.entry) if draft else {}
    kept = {
        name: words[name]
        for name in ("company", "facts", "clauses", "remarks", "facts_en", "remarks_en")
        if name in words
    }
    english = {"english": True} if "en" in words.get("text", {}).get("languages", ()) else {}
    return {**kept, **english, "replaces": draft.replaces} if draft and kept else {}


@move(
    at=TALKS,
    to=S.SIGNING,
    by=R.NEGOTIATOR | R.MEDIATOR,
    tells="draft_agreement → all",
    fits=lambda case: case.talks.dispute,
    shows=Shows(facts=("version", "digest")),
    confided="talks",
    kept=OFTEN,
    part="talks",
    about=where(_draftable, R.NEGOTIATOR | R.MEDIATOR),
    reads_talks=OF_TALKS,
    answers=("drafting", "mediation"),
    begins=_as_accepted,
)
def draft_agreement(
    case: Case,
    act: Act,
    *,
    company: Brand,
    facts: Story,
    clauses: Clauses,
    remarks: Text | None = None,
    replaces: tuple[str, ...] = (),
    english: bool = False,
    facts_en: Story | None = None,
    remarks_en: Text | None = None,
    roster: Annotated[Roster, Given()],
    people: People,
    said: Said,
) -> Done:
    """Write down what both sides agree to, every binding clause as a duty: with a mediator a mediation
    agreement, without one a settlement. `company` is the company's registered name; `replaces` are earlier
    promises that this takes the place of."""
    _draftable(case, act)
    wording = {
        "company": company,
        "facts": facts,
        "facts_en": facts_en,
        "remarks": remarks,
        "remarks_en": remarks_en,
    }
    drafted = _drafted(case, act, case.stage, clauses, wording, replaces, english, roster, people, said)
    pauses = (*case.clock.halts, Pause(PauseReason.SIGNING, act.now))
    return replace(drafted, case=replace(drafted.case, clock=replace(drafted.case.clock, halts=pauses)))


@move(
    at=S.SIGNING,
    by=R.NEGOTIATOR | R.MEDIATOR,
    tells="draft_changed → all",
    fits=lambda case: case.talks.agreement,
    shows=Shows(words=("changed",), facts=("version", "digest")),
    confided="talks",
    kept=OFTEN,
    part="agreement",
    reads_talks=OF_TALKS,
    begins=_as_drafted,
)
def amend_draft(
    case: Case,
    act: Act,
    *,
    changed: Text,
    company: Brand,
    facts: Story,
    clauses: Clauses,
    remarks: Text | None = None,
    replaces: tuple[str, ...] = (),
    english: bool = False,
    facts_en: Story | None = None,
    remarks_en: Text | None = None,
    roster: Annotated[Roster, Given()],
    people: People,
    said: Said,
) -> Done:
    """Change the text before all have signed: whoever has signed signs the new one, or not, and the time to
    sign begins anew. `changed` says what is different."""
    before = agreement_of(case)
    refuse_if(act.role is R.MEDIATOR and before.back == S.NEGOTIATING, "not_the_mediator")
    wording = {
        "company": company,
        "facts": facts,
        "facts_en": facts_en,
        "remarks": remarks,
        "remarks_en": remarks_en,
    }
    return _drafted(case, act, before.back, clauses, wording, replaces, english, roster, people, said)


TEXTS = (draft_agreement, amend_draft)
"""The moves that put a text before everybody who is to sign it."""


def agreement_of(case: Case) -> Agreement:
    """The agreement that the parties have before them, or that is in force; raises Refusal `no_draft` without
    one."""
    return required(case.talks.agreement, "no_draft")


def _drafted(
    case: Case,
    act: Act,
    back: S,
    clauses: tuple[Clause, ...],
    wording: Mapping[str, str | None],
    replaces: tuple[str, ...],
    english: bool,
    roster: Roster,
    people: Mapping[str, Any],
    said: Mapping[int, Mapping[str, Any]],
) -> Done:
    """The case with a new text before everybody who is to sign."""
    elected(case)
    # they would not be a party to it, and could not leave while it is being signed
    refuse_if(case.joint and case.together.leaving, "people_leaving")
    for id in replaces:
        case.obligation(id)
    terms = terms_of(case, act, clauses)
    _permitted(case, clauses, wording)
    _translated(clauses, wording, english)
    mediated = back == S.MEDIATING
    version = case.talks.drafts + 1
    number, company = f"{shown(case.ref)}-{version}", wording["company"] or ""
    head = _head(case, act, number, mediated, company, roster, people)
    text = {
        **head,
        "complaint": {**head["complaint"], **_bought(case, said)},
        **_body(clauses, terms, wording),
        "languages": [Language.ZH, *([Language.EN] if english else [])],
        "replaces": [_replaced(case, id, said) for id in replaces],
    }
    _printable(text)
    signers = (*(party.id for party in case.consumers), BUSINESS, *([MEDIATOR] if mediated else []))
    # what the text says counts, whatever the register said before
    lawful = bool(text["mediator"] and text["mediator"]["lawful"])
    agreement = Agreement(
        version, case.said_by(act), digest_of(text), act.now, back, terms, signers, lawful, replaces
    )
    # a signature was given for another text
    asked = tuple(a for a in case.approvals if a.move != "sign")
    case = without_drafts(case)  # the new text takes the place of the old one
    after = replace(
        case,
        approvals=asked,
        talks=replace(case.talks, agreement=agreement, drafts=version),
        clock=replace(case.clock, review=None),
        together=replace(case.together, proposal=None),
    )
    return Done(after, facts={"digest": agreement.digest, "version": version}, words={"text": text})


def _printable(text: Mapping[str, Any]) -> None:
    """Raise the Refusal for a text with characters that no document can show, or too long to be kept, before
    anybody has signed it."""
    written = canonical(text)
    # JSON has control characters as backslashes and letters, which are printable
    if lost := unprintable("".join(_strings(text))):
        raise Refusal("unprintable", characters=lost)
    refuse_if(len(written.encode()) > MOST_BYTES, "text_too_long", field="clauses")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (Mapping, list, tuple)):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _strings(item)


def digest_of(text: Mapping[str, Any]) -> str:
    """The digest of a text, which everybody signs: sha256 of its canonical JSON, hex."""
    return sha256(canonical(text).encode()).hexdigest()


def terms_of(case: Case, act: Act, clauses: tuple[Clause, ...]) -> tuple[Term, ...]:
    """The clauses as duties; raises the Refusal that names what one of them lacks, and where."""
    known = {BUSINESS, *(party.id for party in case.consumers)}
    refuse_if(
        len(clauses) + len(case.obligations) > MOST_OBLIGATIONS,
        "too_many_obligations",
        field="clauses",
        most=MOST_OBLIGATIONS,
    )
    for n, clause in enumerate(clauses):
        for field in ("debtor", "creditor"):
            refuse_if(getattr(clause, field) not in known, "unknown_person", field=f"clauses/{n}/{field}")
        refuse_if(
            (clause.debtor == BUSINESS) == (clause.creditor == BUSINESS),
            "clause_one_side",
            field=f"clauses/{n}/creditor",
        )
        refuse_if(clause.kind in FOR_A_BREACH, "kind_for_a_breach", field=f"clauses/{n}/kind")
        _payable(clause, f"clauses/{n}")
        _dated(act, clauses, n)
        _followed(clause, f"clauses/{n}")
    return tuple(
        Term(
            f"C{n}",
            c.debtor,
            c.creditor,
            c.kind,
            c.proof,
            c.confirms,
            c.cure_days,
            c.measure,
            c.amount,
            c.by,
            f"C{c.after}" if c.after else None,
            c.days,
            c.penalty,
        )
        for n, c in enumerate(clauses, 1)
    )


def _payable(clause: Clause, at: str) -> None:
    if (clause.kind in PAID) != bool(clause.amount):
        raise Refusal(
            "remedy_needs_amount" if clause.kind in PAID else "remedy_has_no_amount", field=f"{at}/amount"
        )


def _dated(act: Act, clauses: tuple[Clause, ...], n: int) -> None:
    """A day that has not passed, or a number of days after another clause, which does not in the end wait for
    this one."""
    clause, at = clauses[n], f"clauses/{n}"
    refuse_if(bool(clause.by) == bool(clause.after), "clause_needs_day", field=f"{at}/by")
    refuse_if(clause.by and clause.by < published().day_of(act.now), "remedy_in_past", field=f"{at}/by")
    refuse_if(
        clause.after and not (clause.days and 0 < clause.days <= MOST_CURE_DAYS),
        "clause_needs_days",
        field=f"{at}/days",
        most=MOST_CURE_DAYS,
    )
    refuse_if(clause.days and not clause.after, "clause_needs_day", field=f"{at}/after")
    passed, follows = {n + 1}, clause.after
    while follows:
        refuse_if(not 1 <= follows <= len(clauses), "clause_unknown", field=f"{at}/after", n=follows)
        refuse_if(follows in passed, "clause_circular", field=f"{at}/after", n=follows)
        passed.add(follows)
        follows = clauses[follows - 1].after


def _followed(clause: Clause, at: str) -> None:
    """What follows if it is not performed: against a consumer only what can be agreed, and never a penalty
    above what is owed."""
    refuse_if(
        not 1 <= clause.cure_days <= MOST_CURE_DAYS, "cure_days", field=f"{at}/cure_days", most=MOST_CURE_DAYS
    )
    refuse_if(
        (clause.measure == Measure.AGREED_PENALTY) != bool(clause.penalty),
        "penalty_amount",
        field=f"{at}/penalty",
    )
    if clause.debtor == BUSINESS:
        return
    refuse_if(
        clause.measure in AGAINST_COMPANY,
        "measure_not_for_consumer",
        field=f"{at}/measure",
        measure=clause.measure,
    )
    refuse_if(
        clause.penalty and clause.penalty > (clause.amount or 0),
        "forbidden_clause",
        field=f"{at}/penalty",
        forbidden=Forbidden.PENALTY,
    )


def _permitted(case: Case, clauses: tuple[Clause, ...], wording: Mapping[str, str | None]) -> None:
    """Raise the Refusal for a text that says what no agreement may say; and for silence while a danger is not
    cleared."""
    said = [
        (f"clauses/{n}/{field}", getattr(c, field))
        for n, c in enumerate(clauses)
        for field in ("what", "what_en")
    ]
    if bad := forbidden.found((*said, *wording.items())):
        raise Refusal("forbidden_clause", field=bad[0], forbidden=bad[1])
    for n, clause in enumerate(clauses):
        refuse_if(
            clause.kind == ObligationKind.CONFIDENTIALITY and case.unsafe,
            "forbidden_clause",
            field=f"clauses/{n}/kind",
            forbidden=Forbidden.HAZARD,
        )


def _translated(clauses: tuple[Clause, ...], wording: Mapping[str, str | None], english: bool) -> None:
    """Raise the Refusal for a text in two languages of which a part is in one."""
    if not english:
        return
    asked = [
        *((name, wording[name]) for name in ("facts_en",)),
        *((f"clauses/{n}/what_en", c.what_en) for n, c in enumerate(clauses)),
    ]
    asked += [("remarks_en", wording["remarks_en"])] if wording["remarks"] else []
    if missing := [field for field, text in asked if not text]:
        raise Refusal("english_missing", field=missing[0])


def _head(
    case: Case,
    act: Act,
    number: str,
    mediated: bool,
    company: str,
    roster: Roster,
    people: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """What the text says of itself, of whom it binds, and of who mediated."""
    calendar, dispute = published(), dispute_of(case)
    today = calendar.day_of(act.now)
    who = roster.mediators.member(case.mediator or "") if mediated else None

    def name(id: str | None) -> str | None:
        return (people.get(id or "") or {}).get("name")

    parties = [
        {
            "id": p.id,
            "side": Side.CONSUMER,
            "name": name(p.id),
            "represented_by": next(
                (
                    name(a.id)
                    for a in case.parties
                    if a.represents == p.id and a.valid(today) and Power.SIGN in a.powers
                ),
                None,
            ),
        }
        for p in case.consumers
    ]
    speaks = name(case.business.id if case.business else None)
    parties.append({"id": BUSINESS, "side": Side.BUSINESS, "name": company, "represented_by": speaks})
    return {
        "form": FORM,
        "kind": "mediation" if mediated else "settlement",
        "number": number,
        "drafted_on": today,
        "complaint": {
            "number": shown(case.ref),
            "received_on": calendar.day_of(case.received_at),
            "nature": dispute.nature,
        },
        "parties": parties,
        "mediator": who
        and {
            "name": who.name,
            "body": who.body,
            "lawful": who.lawful,
            "qualification": who.qualification,
            "number": who.number,
        },
    }


def _bought(case: Case, said: Mapping[int, Mapping[str, Any]]) -> dict[str, str]:
    """Product and order as they were told with the complaint, as far as a document can show them; an order is
    one person's, so of a joint complaint it is not said."""
    account = said.get(1, {}).get("account") or {}
    told = {name: account.get(name) for name in ("product", *([] if case.joint else ["order"]))}
    return {name: words for name, words in told.items() if words and not unprintable(words)}


def _body(
    clauses: tuple[Clause, ...], terms: tuple[Term, ...], wording: Mapping[str, str | None]
) -> dict[str, Any]:
    """What the text says was the case, and who does what."""
    duties = [
        {
            "id": t.id,
            "debtor": t.debtor,
            "creditor": t.creditor,
            "kind": t.kind,
            "what": {"zh": c.what, "en": c.what_en},
            "amount": t.amount,
            "by": t.by,
            "after": t.after and {"clause": t.after, "days": t.days},
            "proof": t.proof,
            "confirms": t.confirms,
            "cure_days": t.cure_days,
            "measure": t.measure,
            "penalty": t.penalty,
        }
        for c, t in zip(clauses, terms, strict=True)
    ]
    remarks = {"zh": wording["remarks"], "en": wording["remarks_en"]} if wording["remarks"] else None
    return {
        "facts": {"zh": wording["facts"], "en": wording["facts_en"]},
        "clauses": duties,
        "remarks": remarks,
    }


def _replaced(case: Case, id: str, said: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """An earlier promise as the text names it."""
    owed = case.obligation(id)
    return {
        "id": id,
        "kind": owed.kind,
        "amount": owed.amount,
        "by": owed.by,
        "what": said.get(owed.entry, {}).get("terms"),
    }
