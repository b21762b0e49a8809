"""An agreement as it is told: its text, who signs it until when, what it leads to, judicial confirmation."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, NotRequired, cast

from typing_extensions import TypedDict

from chalicelib.domain.calendar import instant
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Confirmation, Stage
from chalicelib.domain.model.parts import Agreement
from chalicelib.domain.model.referral import referred
from chalicelib.domain.moves.drafting import TEXTS
from chalicelib.domain.moves.signing import lapse_signing, record_confirmation, refuse_to_sign
from chalicelib.offers import Offers
from chalicelib.view.party import PartyReader
from chalicelib.view.reader import Reader

STEPS = (Confirmation.AGREES, Confirmation.APPLIED)
"""What a party can say of the judicial confirmation: that their side wants it, that both have applied."""


class Court(TypedDict):
    """How far judicial confirmation has come, what this side can do about it and until when; which court, and
    its number, once somebody has said so."""

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
    """The text that lies before a party, or binds them. It `signs` whose signature is missing, and is awaited
    until `sign_until`; `lapse`: where the case goes if it is not signed; `referrals`: of each paper that they
    can take to a court the clause it is about; `confirmation`: how far judicial confirmation has come, None
    before the agreement is in force."""

    text: Mapping[str, Any] | None
    changed: str
    signs: bool
    sign_until: datetime | None
    lapse: str
    referrals: Mapping[str, str]
    confirmation: Court | None


class Unsigned(NamedTuple):
    """A text that was not signed: by whom, whether their time ran out or they refused (`late`), and where the
    case went `back` to."""

    at: datetime
    late: bool
    back: Stage
    missing: tuple[str, ...]


def agreement_view(reader: PartyReader, offers: Offers) -> AgreementView | None:
    """The agreement for one party, by what they can do now; None where there is none."""
    case, found = reader.case, reader.case.talks.agreement
    if found is None:
        return None
    signs, due = not found.in_force and reader.principal in found.missing, sign_by(case, reader.principal)
    return AgreementView(
        **vars(found),
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
    """The text that was drafted, as it is signed, for those who may read it; None once its words were
    erased."""
    text: Mapping[str, Any] | None = reader.words(found.entry, *TEXTS).get("text")
    return text


def sign_by(case: Case, signer: str) -> datetime | None:
    """Until when somebody's signature is awaited; None for whoever has signed, or nobody asked yet."""
    return next((run.due for run in running_of(case, "signing", signer)), None)


def apply_by(case: Case) -> datetime | None:
    """Until when both sides can apply for judicial confirmation; None where they cannot."""
    return next((run.due for run in running_of(case, "judicial_confirmation")), None)


def unsigned_view(reader: Reader) -> Unsigned | None:
    """The last text of these talks, where it was not signed; None when none was, or another text came."""
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
