"""The agreement on a party's case page: text, digest, signatures, obligations, sealed document, and judicial
confirmation."""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case_records import BUSINESS, MEDIATOR
from chalicelib.domain.model.codes import Confirmation, Power, Side, Stage
from chalicelib.domain.moves.signing import record_confirmation, refuse_to_sign, sign
from chalicelib.locale.formats import label
from chalicelib.view.agreement import STEPS, agreement_view, unsigned_view
from chalicelib.view.party import Facts
from chalicelib.web.forms import Field
from chalicelib.web.pages import say
from chalicelib.web.pages.consumer.effects import effects_table
from chalicelib.web.pages.consumer.own_view import View
from chalicelib.web.pages.file_list import document_link, referral_links
from chalicelib.web.problems import Problem

STEP = "step"
"""The parameter that names a step of judicial confirmation. The form states which step the party reports, and
does not ask for it."""
READ = "read"
"""The name of the box "I have read the text", which a party must tick before signing. The box is not part of
the move, because the move's `digest` identifies the text."""


def agreement(view: View) -> dict[str, Any] | None:
    """Return the data of the agreement for the page of this party. It is the agreement that the party is to
    sign, or that binds the party. Return None if there is none."""
    found = agreement_view(view, view.offers)
    if found is None:
        return None
    parties = {
        one
        for clause in (found.text or {}).get("clauses", ())
        for one in (clause["debtor"], clause["creditor"])
    }
    return {
        **vars(found),
        "names": {id: party_name(view, id, found.text) for id in parties},
        "signers": {one.of: _named(view, one.of, found.text) for one in found.signatures},
        "missing": missing(view, found.missing, found.text),
        "effects": None if found.in_force else effects_table(view, sign.__name__, {"digest": found.digest}),
        "powerless": found.signs and not view.empowered(Power.SIGN),
        "moves": view.moves("agreement"),
        "document": document_link(found.sealed),
        "application": document_link(found.sealed, "application"),
        "referrals": list(referral_links(view.language, found.referrals)),
        "verify": view.product.setting("PUBLIC_URL") + "/verify",
    }


def party_name(view: View, id: str, text: Mapping[str, Any] | None) -> str:
    """Return the name of a party to an agreement. `id`: the id of a person on the case, BUSINESS for the
    trader, or MEDIATOR. `text`: the text of the agreement. If the text gives no name, return the party's role
    or side."""
    names = {party["id"]: party.get("name") for party in text["parties"]} if text else {}
    if text and text.get("mediator"):
        names[MEDIATOR] = text["mediator"]["name"]
    unnamed = (
        label(view.language, MEDIATOR, "role")
        if id == MEDIATOR
        else label(view.language, Side.BUSINESS if id == BUSINESS else Side.CONSUMER, "side")
    )
    return names.get(id) or unnamed


def missing(view: View, ids: tuple[str, ...], text: Mapping[str, Any] | None) -> list[str]:
    """Return the names of the people and companies who have not signed the agreement `text`. `ids`: their
    ids. In a joint complaint, the reader only learns how many of the other complainants have not signed."""
    own = [id for id in ids if id in (view.principal, BUSINESS, MEDIATOR) or not view.case.joint]
    others = len(ids) - len(own)
    more = [say(view.language, "consumer.parts.agreement.others", n=others)] if others else []
    return [*(_named(view, id, text) for id in own), *more]


def _named(view: View, id: str, text: Mapping[str, Any] | None) -> str:
    """Return the name of the signer `id` as the agreement `text` gives it. If the signer is the reader,
    return the word for "you"."""
    own = id == view.principal and not view.party.represents and not view.company
    return say(view.language, "consumer.parts.agreement.you") if own else party_name(view, id, text)


def unsigned(view: View) -> dict[str, Any] | None:
    """Return the data of the last text in the present talks that not everybody signed, with the names of
    those who did not sign. Return None if there is no such text, or if a newer text exists."""
    found = unsigned_view(view)
    return {**found._asdict(), "missing": missing(view, found.missing, None)} if found else None


def needs_reading(move: str, digest: str) -> bool:
    """Return whether the party must confirm in the form of the move that they have read a text. `digest`: the
    digest of the text; empty if there is no text."""
    return MOVES[move].by_digest or bool(digest and MOVES[move].naming("digest"))


def form_subject(view: View, move: str, chosen: str = "") -> dict[str, str]:
    """Return the facts that the form of the move states instead of asking for them, as {parameter: value}.
    For a move on the text to sign, it is the digest of the text. For judicial confirmation, it is the step to
    report: `chosen`, else the first possible step."""
    found = view.case.talks.agreement
    if MOVES[move].by_digest and found and view.case.stage == Stage.SIGNING:
        return {MOVES[move].naming("digest"): found.digest}
    steps = [str(step) for step in STEPS if step in view.offers.get(move, ())]
    return {STEP: chosen if chosen in steps else steps[0]} if steps else {}


def form_fields(
    view: View, move: str, fields: list[Field], about: Mapping[str, str], wrong: Problem | None
) -> list[Field]:
    """Return the fields of the form of the move, adapted to agreements. `fields`: the usual fields. `about`:
    the result of `form_subject`. `wrong`: the problem with the form that was posted last; None if there was
    none.

    If there is a text to read, the only field is READ. A report that the two sides have applied for judicial
    confirmation asks only for the court. A refusal to sign gets a hint that no reason is needed."""
    if needs_reading(move, about.get(MOVES[move].naming("digest"), "")):
        error = (
            next((one["message"] for one in wrong.errors if one["pointer"] == f"/{READ}"), "")
            if wrong
            else ""
        )
        return [
            Field(
                READ, "tick", say(view.language, "consumer.parts.agreement.read"), required=True, error=error
            )
        ]
    # only the report of an application asks for the court; the court's case number comes with its decision
    if move == record_confirmation.__name__:
        applied = about.get(STEP) == Confirmation.APPLIED
        return [field.changed(required=True) for field in fields if applied and field.name == "court"]
    if move == refuse_to_sign.__name__:
        hint = say(view.language, "consumer.parts.agreement.no_reason")
        return [field.changed(hint=hint) for field in fields]
    return fields


def sentences(view: View, facts: Facts) -> Iterator[str]:
    """Yield sentences for the page about a timeline entry on an agreement. `facts`: the facts of the
    entry."""
    language, comma = view.language, "、" if view.language == "zh" else ", "
    if "version" in facts and "digest" in facts:
        yield say(language, "consumer.parts.agreement.version", n=facts["version"])
    if "of" in facts:
        who = MEDIATOR if facts["of"] == MEDIATOR else BUSINESS if facts["of"] == BUSINESS else "consumer"
        yield say(
            language,
            "consumer.parts.agreement.of",
            who=label(language, who, "role" if who == MEDIATOR else "side"),
        )
    if facts.get("in_force"):
        yield say(language, "consumer.parts.agreement.last")
    if "missing" in facts:
        roles = [
            label(language, id, "role" if id == MEDIATOR else "side")
            for id in (id if id in (MEDIATOR, BUSINESS) else str(Side.CONSUMER) for id in facts["missing"])
        ]
        yield say(language, "consumer.parts.agreement.unsigned_by", who=comma.join(dict.fromkeys(roles)))
    if "sha256" in facts:
        yield say(language, "consumer.parts.agreement.document", digest=facts["sha256"])
    if "step" in facts:
        yield label(language, facts["step"], "confirmation")
