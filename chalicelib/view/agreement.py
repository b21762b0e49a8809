"""The view of a settlement agreement: its text, its signers and their time to sign, the papers for a court,
and judicial confirmation."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple, NotRequired, cast

from typing_extensions import TypedDict

from chalicelib.access.offers import Offers
from chalicelib.domain.calendar import day_end, instant
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.frozen import frozen, values
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import MEDIATOR, Agreement
from chalicelib.domain.model.codes import Confirmation, Confirms, Measure, ObligationKind, Proof, Side, Stage
from chalicelib.domain.model.referral import referred
from chalicelib.domain.moves.drafting import TEXTS
from chalicelib.domain.moves.signing import (
    lapse_signing,
    record_confirmation,
    record_seal,
    refuse_to_sign,
    sign,
)
from chalicelib.view.party import Facts, PartyReader, side_of
from chalicelib.view.reader import Reader

STEPS = (Confirmation.AGREES, Confirmation.APPLIED)
"""The steps of judicial confirmation that a party can report. `AGREES`: the party's side agrees to apply for
it. `APPLIED`: both sides have applied."""


class Court(TypedDict):
    """The judicial confirmation of an agreement, as one side sees it. `lawful`: whether a court can confirm
    the agreement, because it was made before a lawfully established body. `until`: the last moment (UTC) to
    apply. `over`: whether that moment has passed. `mine`: whether this side agrees to apply. `theirs`:
    whether the other side does. `applied`: when both sides had applied. `confirmed`: whether the court
    confirmed the agreement; None if it has not decided. `steps`: the steps that this side can report now.
    `court`, `number`: the name of the court and the number of the case there. They are missing until somebody
    reports them."""

    lawful: bool
    until: datetime | None
    over: bool
    mine: bool
    theirs: bool
    applied: datetime | None
    confirmed: bool | None
    steps: list[Confirmation]
    court: NotRequired[str]
    number: NotRequired[str]


@frozen(kw_only=True)
class AgreementView(Agreement):
    """The agreement as one party sees it, whether it waits for signatures or is in force. `text`: its text as
    it is signed, in which amounts are whole numbers of 0.01 CNY; None if it was erased. `changed`: what the
    last draft changed, in words. `signs`: whether the reader's signature is still missing. `sign_until`:
    until when (UTC) it is expected. `lapse`: the stage to which the case goes if the text stays unsigned; ""
    if it is in force.

    `referrals`: the papers that the reader can take to a court. The key is the name of the paper, the value
    the id of the clause. `confirmation`: its judicial confirmation; None before it is in force. `version`:
    its number among the drafts of the case. `signatures`: the signatures so far. `missing`: the roles of the
    people who have not signed. `in_force`: when it came into force; None before that. `sealed`: its sealed
    document; None before that."""

    text: Mapping[str, Any] | None
    changed: str
    signs: bool
    sign_until: datetime | None
    lapse: str
    referrals: Mapping[str, str]
    confirmation: Court | None


class Unsigned(NamedTuple):
    """A text that was not signed by everybody. `at`: when it was given up. `late`: True if the time to sign
    ran out; False if somebody refused to sign. `back`: the stage to which the case returned. `missing`: the
    ids of the people who had not signed."""

    at: datetime
    late: bool
    back: Stage
    missing: tuple[str, ...]


class ClauseView(NamedTuple):
    """A clause of an agreement's text. `debtor`, `creditor`: their names. `owes`: whether the reader is the
    debtor. `gets`: whether the reader is the creditor. `zh`, `en`: the text in each language. `amount`,
    `penalty`: in fen.

    `by`: the end (UTC) of its last day. If `by` is None, the clause is due `days` days after the clause with
    the id `after` is performed, or without `after`, `days` days after the agreement is in force.
    """

    id: str
    kind: ObligationKind
    amount: int | None
    penalty: int | None
    measure: Measure
    by: datetime | None
    after: str | None
    days: int | None
    proof: Proof
    confirms: Confirms
    cure_days: int
    zh: str | None
    en: str | None
    debtor: str
    creditor: str
    owes: bool
    gets: bool


class Replaced(NamedTuple):
    """An earlier obligation that the agreement replaces. `amount`: in fen. `by`: the end (UTC) of its last
    day. `what`: its text."""

    kind: ObligationKind
    amount: int | None
    by: datetime | None
    what: str | None


class Drafted(NamedTuple):
    """The text of an agreement, as of one timeline entry. `number`: the number of the agreement. `digest`:
    the digest that people sign. `text`: the content; None if it was erased. `duties`: its clauses. `me`: the
    reader's name in the text. `missing`: the ids of the signers who have not signed. `replaced`: the earlier
    obligations that it replaces.

    `in_force`: since when it is in force; None before that. `sealed`: the SHA-256 digest (hex) of the sealed
    document; None if there is none. `application`: whether the sealed document includes an application for
    judicial confirmation.
    """

    number: str | None
    digest: str
    text: Mapping[str, Any] | None
    kind: str
    drafted_on: datetime | None
    duties: tuple[ClauseView, ...]
    me: str | None
    missing: tuple[str, ...]
    replaced: tuple[Replaced, ...]
    in_force: datetime | None
    sealed: str | None
    application: bool


def agreement_view(reader: PartyReader, offers: Offers) -> AgreementView | None:
    """Return the agreement as the reader sees it. Return None if the case has none. `offers`: the moves that
    the reader can take now."""
    case, found = reader.case, reader.case.talks.agreement
    if found is None:
        return None
    signs, due = not found.in_force and reader.principal in found.missing, sign_by(case, reader.principal)
    return AgreementView(
        **values(found),
        text=text_of(reader, found),
        changed=reader.words(found.entry, *TEXTS).get("changed", ""),
        signs=signs,
        sign_until=due if signs else None,
        lapse="" if found.in_force else reader.lapse(lapse_signing, due),
        referrals={
            name: owed.term.id
            for name, owed in referred(case).items()
            if owed.to == reader.principal and owed.term
        },
        confirmation=_court(reader, found, offers) if found.in_force else None,
    )


def text_of(reader: Reader, found: Agreement) -> Mapping[str, Any] | None:
    """Return the text of the agreement `found`, as it is to be signed. Return None if the text was erased, or
    if the reader may not read it."""
    text: Mapping[str, Any] | None = reader.words(found.entry, *TEXTS).get("text")
    return text


def text_until(reader: Reader, until: int) -> Drafted | None:
    """Return the text that was last drafted or changed, as of entry `until`. Return None if there was no
    text. A reader who is no party sees it as the mediator does, who is a signer too."""
    n = reader.dossier.last(*TEXTS, until=until)
    if not n:
        return None
    text: Mapping[str, Any] = reader.words(n).get("text") or {}
    me, names = (
        reader.principal or MEDIATOR,
        {p["id"]: p.get("name") or p["id"] for p in text.get("parties", ())},
    )
    since = [
        line for m, (line, _) in reader.dossier.of(sign, record_seal, until=until, granted=True) if m > n
    ]
    signed = [line for line in since if "of" in line["facts"]]
    seals = [line["facts"] for line in since if line["move"] == record_seal.__name__]
    # A faulty document is sealed again, so the last seal counts.
    sealed: Facts = seals[-1] if seals else {}
    # once the agreement is in force, the day of a clause is that of its obligation
    days = {o.term.id: o.by for o in reader.case.obligations if o.term and o.entry == n}
    signers = [*names, *([MEDIATOR] if text.get("mediator") else [])]
    return Drafted(
        text.get("number"),
        reader.dossier.line(n)["facts"]["digest"],
        text or None,
        text.get("kind", "settlement"),
        _ends(text.get("drafted_on")),
        tuple(_clause(clause, names, me, days) for clause in text.get("clauses", ())),
        names.get(me),
        tuple(signer for signer in signers if signer not in {line["facts"]["of"] for line in signed}),
        tuple(
            Replaced(old["kind"], old.get("amount"), _ends(old.get("by")), old.get("what"))
            for old in text.get("replaces", ())
        ),
        next((instant(line["at"]) for line in signed if line["facts"].get("in_force")), None),
        sealed.get("sha256"),
        bool(sealed.get("application")),
    )


def _clause(
    clause: Mapping[str, Any], names: Mapping[str, str], me: str, days: Mapping[str, date | None]
) -> ClauseView:
    waits, what, day = clause.get("after") or {}, clause["what"], days.get(clause["id"])
    return ClauseView(
        clause["id"],
        clause["kind"],
        clause.get("amount"),
        clause.get("penalty"),
        clause["measure"],
        day_end(day) if day else _ends(clause.get("by")),
        waits.get("clause"),
        waits.get("days"),
        clause["proof"],
        clause["confirms"],
        clause["cure_days"],
        what.get("zh"),
        what.get("en"),
        names[clause["debtor"]],
        names[clause["creditor"]],
        clause["debtor"] == me,
        clause["creditor"] == me,
    )


def _ends(day: str | None) -> datetime | None:
    return day_end(date.fromisoformat(day)) if day else None


def other_applies(reader: Reader, until: int) -> bool | None:
    """Return whether the other side had agreed to apply for judicial confirmation, as of entry `until`.
    Return None if no court can confirm the agreement."""
    if not (reader.case.bound and reader.case.bound.lawful):
        return None
    said = (line for _, (line, _) in reader.dossier.of(record_confirmation, until=until))
    agreed = {side_of(line, line["facts"]) for line in said if line["facts"]["step"] == Confirmation.AGREES}
    return (reader.side or Side.CONSUMER).other in agreed


def sign_by(case: Case, signer: str) -> datetime | None:
    """Return until when (UTC) the signature of the signer with the id `signer` is expected. Return None if
    they have signed, or have not got the text yet."""
    return next((run.due for run in running_of(case, "signing", signer)), None)


def apply_by(case: Case) -> datetime | None:
    """Return until when (UTC) both sides can apply for judicial confirmation. Return None if they cannot
    apply."""
    return next((run.due for run in running_of(case, "judicial_confirmation")), None)


def referral_papers(reader: Reader) -> Mapping[str, str]:
    """Return the papers that creditors can take to a court about broken obligations. The key is the name of
    the paper, the value the id of the obligation."""
    return {name: owed.id for name, owed in referred(reader.case).items()}


def confirmation_entry(reader: Reader) -> int:
    """Return the number of the last timeline entry about judicial confirmation. Return 0 if there is none."""
    return reader.dossier.last(record_confirmation)


def unsigned_view(reader: Reader) -> Unsigned | None:
    """Return the last text of the present talks, if it was given up unsigned. Return None if there was no
    such text, or if a newer text exists."""
    talks = reader.case.talks
    line = None if talks.agreement else reader.dossier.latest(refuse_to_sign, lapse_signing)
    if line is None or talks.dispute is None or instant(line["at"]) < talks.dispute.at:
        return None
    late, facts = line["move"] == lapse_signing.__name__, line["facts"]
    return Unsigned(instant(line["at"]), late, facts["back"], tuple(facts["missing"]))


def _court(reader: PartyReader, found: Agreement, offers: Offers) -> Court:
    until, steps = apply_by(reader.case), offers.get(record_confirmation.__name__, ())
    said = [words for _, (_, words) in reader.dossier.of(record_confirmation)]
    told = {
        "lawful": found.lawful,
        "until": until,
        "over": reader.past(until),
        "mine": reader.party.side in found.applies,
        "theirs": reader.party.side.other in found.applies,
        "applied": found.applied,
        "confirmed": found.confirmed,
        "steps": [step for step in STEPS if step in steps],
        **{name: words[name] for words in said for name in ("court", "number") if words.get(name)},
    }
    return cast(Court, told)
