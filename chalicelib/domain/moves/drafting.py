"""The draft of an agreement. It must be possible to perform each clause and to prove its performance. A
forbidden clause is refused. All parties sign the same text, which its digest identifies."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Annotated, Any

from chalicelib.domain import forbidden
from chalicelib.domain.calendar import published
from chalicelib.domain.engine.deadlines import without_drafts
from chalicelib.domain.engine.declare import OF_TALKS, OFTEN, Done, Shows, move, where
from chalicelib.domain.engine.running import DEADLINES, Run, ends, rule_of
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
from chalicelib.domain.model.field_marks import (
    Brand,
    EntryWords,
    Given,
    Money,
    Names,
    Personal,
    RowNumber,
    Story,
    Text,
)
from chalicelib.domain.moves.answer import MOST_OBLIGATIONS
from chalicelib.domain.moves.dispute import dispute_of
from chalicelib.domain.moves.joint import elected
from chalicelib.domain.moves.mediation import objecting
from chalicelib.domain.moves.parties import People
from chalicelib.domain.numerals import arabic
from chalicelib.domain.printable import unprintable
from chalicelib.domain.reference import shown
from chalicelib.domain.roster import Roster
from chalicelib.domain.timeline import canonical
from chalicelib.domain.written_time import MONTHS, day_written

FORM = "agreement-1"
"""The version of the structure of an agreement's text. It is written into the text, so that signed texts stay
readable when the structure changes."""
MOST_CURE_DAYS = 90
"""The largest number of days in a clause: to cure a breach, or to perform after another clause or after the
entry into force. More is refused, because it must be a slip of the pen."""
LEAST_DAYS = 3
"""How many days after the entry into force a clause of an agreement is due at the earliest. The last
signature can come late, after an outage or because staff had to read the text out. Nobody may then be late at
once. The text states this rule."""
MOST_BYTES = 160_000
"""The largest size of an agreement's text in canonical JSON, in bytes. An entry stores the text twice, as
given and as signed, and a database row holds at most 400 KB."""


@frozen
class Clause:
    """A binding clause: `debtor` owes `creditor` what `what` says. Each of the two is a person's id on the
    case, or `business`.

    The clause is due on the day `by`, or `days` after the performance of the clause with the number `after`.
    Without `after`, the `days` count from the entry into force of the agreement.
    `proof` is the kind of proof of performance, and `confirms` is who confirms the proof. If `cure_days` pass
    without performance, the `measure` follows."""

    debtor: Annotated[str, Names("bound", "debtor")]
    creditor: Annotated[str, Names("bound", "creditor")]
    kind: ObligationKind
    what: Text
    proof: Proof
    measure: Measure
    amount: Money | None = None
    by: date | None = None
    after: Annotated[int, RowNumber()] | None = None
    days: int | None = None
    confirms: Confirms = Confirms.CREDITOR
    cure_days: int = 7
    penalty: Money | None = None
    what_en: Text | None = None


Clauses = Annotated[tuple[Clause, ...], Personal()]
Replaced = tuple[Annotated[str, Names("obligation", "replaces")], ...]


def _draftable(case: Case, act: Act) -> None:
    dispute = dispute_of(case)
    refuse_if(case.stage == S.NEGOTIATING and act.role is R.MEDIATOR, "not_the_mediator")
    refuse_if(
        case.stage == S.MEDIATING and not (case.talks.mediation and case.talks.mediation.accepted),
        "no_mediator",
    )
    refuse_if(case.talks.mediation and case.talks.mediation.challenge, "challenge_waits")
    # the sides can still object to the mediator, and a draft now would end the time in which they can
    refuse_if(case.stage == S.MEDIATING and objecting(case, act), "challenge_window_open")
    refuse_if(dispute.ended and case.stage == S.NEGOTIATING, "negotiation_over")
    refuse_if(case.business is None, "company_unnamed")


def _as_accepted(case: Case, said: Callable[[int], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the first values for the form of a draft: the company's name, and a clause for each complainant
    by which the company owes what the accepted offer says. The amount is that of a single complainant's
    clause. Return {} if no offer was accepted. `said` returns the words of an entry by the number of the
    entry."""
    offer = case.talks.dispute.accepted if case.talks.dispute else None
    if offer is None:
        return {}
    terms = said(offer.entry).get("terms")
    what = {"what": terms, **_due_in(terms or "", offer.at)}
    people = [party.id for party in case.consumers]
    if len(people) == 1 and offer.amount is not None:
        wanted = [kind for kind in PAID if kind.value in case.intake.wishes]
        kind = wanted[0] if len(wanted) == 1 else ObligationKind.PAY
        what |= {"amount": offer.amount, "kind": kind, "proof": Proof.PAYMENT_RECORD}
    clauses = [{"debtor": BUSINESS, "creditor": id, **what} for id in people]
    business = case.intake.company or (said(1).get("account") or {}).get("business")
    return {"clauses": clauses, **({"company": business} if business else {})}


_NUMERAL = "一二两三四五六七八九十"
DAYS_IN_TERMS = re.compile(
    rf"(?<![\d{_NUMERAL}])(\d{{1,2}}|[二三四五六七八九]?十[一二三四五六七八九]?|[{_NUMERAL}])"
    r"\s*(?:个?自然日|日|天)(?:之?内|以内)|within (\d{1,2}) days",
    re.I,
)
_MONTH = f"(?:{'|'.join(MONTHS)})[a-z]*"
DAY_IN_TERMS = re.compile(
    r"(?:20\d\d年)?\d{1,2}月\d{1,2}[日号]|20\d\d-\d\d-\d\d"
    rf"|\b\d{{1,2}} {_MONTH}(?: 20\d\d)?|\b{_MONTH} \d{{1,2}}\b(?:,? 20\d\d)?",
    re.I,
)


def _due_in(terms: str, at: datetime) -> Mapping[str, Any]:
    """Return when the terms of an offer are to be performed, for a clause: the day `by`, or the number of
    `days`. Return {} if they name neither, or more than one. `at`: when the offer was made (UTC)."""
    days = [first or second for first, second in DAYS_IN_TERMS.findall(terms)]
    named = DAY_IN_TERMS.findall(terms)
    if len(days) + len(named) != 1:
        return {}
    day = day_written(named[0], published().day_of(at)) if named else None
    return {"by": day} if day else {"days": int(arabic(days[0]))} if days else {}


def _as_drafted(case: Case, said: Callable[[int], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the first values for the form of a changed draft: the fields of the present draft. Return {} if
    there is no draft, or if its words were erased. `said` returns the words of an entry by the number of the
    entry."""
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
    compares=True,
)
def draft_agreement(
    case: Case,
    act: Act,
    *,
    company: Brand,
    facts: Story,
    clauses: Clauses,
    remarks: Text | None = None,
    replaces: Replaced = (),
    english: bool = False,
    facts_en: Story | None = None,
    remarks_en: Text | None = None,
    roster: Annotated[Roster, Given()],
    people: People,
    said: EntryWords,
) -> Done:
    """Draft the agreement and present it to its signers. Every binding clause becomes an obligation once all
    have signed. In mediation the text is a mediation agreement, in negotiation a settlement. `company` is the
    company's registered name. `replaces` are the ids of earlier obligations, which end when the agreement is
    in force."""
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
    replaces: Replaced = (),
    english: bool = False,
    facts_en: Story | None = None,
    remarks_en: Text | None = None,
    roster: Annotated[Roster, Given()],
    people: People,
    said: EntryWords,
) -> Done:
    """Change the draft before all have signed it. Earlier signatures no longer count, and the time to sign
    starts again. `changed` tells the signers what is different. The other fields are those of
    `draft_agreement`."""
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
"""The moves that present the text of an agreement to its signers."""


def agreement_of(case: Case) -> Agreement:
    """Return the agreement of the case, which is being signed or is in force. Raises Refusal `no_draft` if
    the case has none."""
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
    """Return the case with a new text for its signers. The text is added to the words of the entry. `back` is
    the stage to which the case returns if the text is not signed. `wording` has the company, facts and
    remarks by field. Raises Refusal for a text that cannot be signed."""
    elected(case)
    # a person who is leaving would not be a party to the text, and nobody can leave while it is signed
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
    # the text keeps whether the mediator's body is lawful now, even if the register changes later
    lawful = bool(text["mediator"] and text["mediator"]["lawful"])
    agreement = Agreement(
        version, case.said_by(act), digest_of(text), act.now, back, terms, signers, lawful, replaces
    )
    case = without_drafts(case)  # the new text replaces the old one
    after = replace(
        case,
        # requests to approve a paper signature were about the earlier text, so they end
        approvals=tuple(a for a in case.approvals if a.move != "sign"),
        talks=replace(case.talks, agreement=agreement, drafts=version),
        clock=replace(case.clock, review=None),
        together=replace(case.together, proposal=None),
    )
    return Done(after, facts={"digest": agreement.digest, "version": version}, words={"text": text})


def _printable(text: Mapping[str, Any]) -> None:
    """Raise Refusal for a text with characters that no document can print, or for a text that is too long to
    store. The text is checked here because nobody has signed it yet."""
    written = canonical(text)
    # check the strings themselves: JSON escapes control characters, so `written` would always seem printable
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
    """Return the digest of a text: SHA-256 of its canonical JSON, in hex. Signers name this digest when they
    sign the text."""
    return sha256(canonical(text).encode()).hexdigest()


def terms_of(case: Case, act: Act, clauses: tuple[Clause, ...]) -> tuple[Term, ...]:
    """Return the terms of the agreement that these clauses become, with the ids C1, C2 … Raises Refusal for a
    faulty clause; the Refusal names the place of the faulty field."""
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
        _dated(case, act, clauses, n)
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
    refuse_if(
        (clause.kind in PAID) != bool(clause.amount),
        "remedy_needs_amount" if clause.kind in PAID else "remedy_has_no_amount",
        field=f"{at}/amount",
    )


def first_day(case: Case, now: datetime) -> date:
    """Return the first day that a clause can name in a text that is drafted at `now` (UTC). It is the day
    after the last day on which the parties can sign. So nobody is late before the agreement is in force."""
    rule = rule_of(case.policy, "signing")
    return published().day_of(ends(case, DEADLINES["signing"], rule, Run("", now), []).at)


def _dated(case: Case, act: Act, clauses: tuple[Clause, ...], n: int) -> None:
    """Raise Refusal unless clause `n` (from 0) has either a day after the time to sign, or a number of days.
    Raise Refusal if clauses wait for each other in a circle."""
    clause, at = clauses[n], f"clauses/{n}"
    # `days` can be zero by mistake, so it counts as given
    counted = clause.after is not None or clause.days is not None
    refuse_if(bool(clause.by) == counted, "clause_needs_day", field=f"{at}/by")
    first = first_day(case, act.now)
    refuse_if(clause.by and clause.by < first, "clause_before_signing", field=f"{at}/by", day=first)
    refuse_if(
        counted and not (clause.days and 0 < clause.days <= MOST_CURE_DAYS),
        "clause_needs_days",
        field=f"{at}/days",
        most=MOST_CURE_DAYS,
    )
    passed, follows = {n + 1}, clause.after
    while follows:
        refuse_if(not 1 <= follows <= len(clauses), "clause_unknown", field=f"{at}/after", n=follows)
        refuse_if(follows in passed, "clause_circular", field=f"{at}/after", n=follows)
        passed.add(follows)
        follows = clauses[follows - 1].after


def _followed(clause: Clause, at: str) -> None:
    """Raise Refusal for a measure that no agreement can allow against a consumer. Raise Refusal for a
    consumer's penalty above the amount owed, or a wrong number of days to cure. `at` is the place of the
    clause in the input."""
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
    """Raise Refusal `forbidden_clause` if the text contains a clause that no agreement may contain. While a
    danger on the case is not cleared, a clause of confidentiality is such a clause. `wording` has the facts
    and remarks by field."""
    said = [
        (f"clauses/{n}/{field}", getattr(c, field))
        for n, c in enumerate(clauses)
        for field in ("what", "what_en")
    ]
    if bad := forbidden.forbidden_clause((*said, *wording.items())):
        raise Refusal("forbidden_clause", field=bad[0], forbidden=bad[1])
    for n, clause in enumerate(clauses):
        refuse_if(
            clause.kind == ObligationKind.CONFIDENTIALITY and case.unsafe,
            "forbidden_clause",
            field=f"clauses/{n}/kind",
            forbidden=Forbidden.HAZARD,
        )


def _translated(clauses: tuple[Clause, ...], wording: Mapping[str, str | None], english: bool) -> None:
    """Raise Refusal `english_missing` if `english` asks for an English version of the text, but a clause, the
    facts or the remarks have none. `wording` has the facts and remarks by field."""
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
    """Return the head of the agreement's text: its number, kind and date, the complaint, the parties, and the
    mediator. With `mediated` the kind is a mediation agreement, otherwise a settlement. `people` are the
    personal data of each party, keyed by id."""
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
    """Return the product and the order that the complaint names. What a document cannot print is left out. A
    joint complaint names no order, because an order belongs to one person. `said` is the words of each entry,
    keyed by its number."""
    account = said.get(1, {}).get("account") or {}
    told = {name: account.get(name) for name in ("product", *([] if case.joint else ["order"]))}
    return {name: words for name, words in told.items() if words and not unprintable(words)}


def _body(
    clauses: tuple[Clause, ...], terms: tuple[Term, ...], wording: Mapping[str, str | None]
) -> dict[str, Any]:
    """Return the body of the agreement's text: the facts, the clauses and the remarks. `terms` are the terms
    of the clauses, in the same order. `wording` has the facts and remarks by field."""
    duties = [
        {
            "id": t.id,
            "debtor": t.debtor,
            "creditor": t.creditor,
            "kind": t.kind,
            "what": {"zh": c.what, "en": c.what_en},
            "amount": t.amount,
            "by": t.by,
            "after": t.days and {"clause": t.after, "days": t.days},
            "proof": t.proof,
            "confirms": t.confirms,
            "cure_days": t.cure_days,
            "measure": t.measure,
            "penalty": t.penalty,
        }
        for c, t in zip(clauses, terms, strict=True)
    ]
    return {
        "facts": {"zh": wording["facts"], "en": wording["facts_en"]},
        "clauses": duties,
        "least_days": LEAST_DAYS,
        "remarks": {"zh": wording["remarks"], "en": wording["remarks_en"]} if wording["remarks"] else None,
    }


def _replaced(case: Case, id: str, said: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what the agreement's text says about the earlier obligation `id`, which the agreement replaces.
    `said` is the words of each entry, keyed by its number."""
    owed = case.obligation(id)
    return {
        "id": id,
        "kind": owed.kind,
        "amount": owed.amount,
        "by": owed.by,
        "what": said.get(owed.entry, {}).get("terms"),
    }
