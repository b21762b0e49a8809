"""The part of a case page about an agreement: the text and its digest, who signs it, what it makes owed, its
document, the court."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple

from chalicelib.domain.calendar import day_end, instant, stamp
from chalicelib.domain.engine.deadlines import DEADLINES
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.model.codes import Confirmation, Confirms, Power, Side, Stage
from chalicelib.domain.model.mediated import BUSINESS, MEDIATOR, Agreement, Sealed
from chalicelib.domain.model.referral import referred
from chalicelib.letters.saying import label, money
from chalicelib.view.party import Facts
from chalicelib.web.forms import Field
from chalicelib.web.pages import root, say
from chalicelib.web.pages.consumer.own_view import View
from chalicelib.web.problems import Problem
from chalicelib.wiring import product

NAMED = frozenset({"digest", "step"})
"""What a form is about: the very text that was shown, the step of the judicial confirmation."""
TEXTS = ("draft_agreement", "amend_draft")
"""The entries in which a text stands."""
STEPS = (Confirmation.AGREES, Confirmation.APPLIED)
"""What a party can say of the judicial confirmation: that their side wants it, that both have applied."""
READ = "read"
"""The field that is ticked before a text is signed; it is no part of the move, whose `digest` says what was
read."""


class Clause(NamedTuple):
    """A clause as people read it; `mine` is owe, owed or "" for other people's, `by` the end of its day,
    `after` what it waits for."""

    n: str
    id: str
    what: str
    words: Mapping[str, str | None]
    debtor: str
    creditor: str
    mine: str
    by: datetime | None
    after: str
    proof: str
    confirms: str
    cure_days: int
    measure: str


class Signed(NamedTuple):
    """A signature: whose, by what name, when and which way."""

    of: str
    name: str
    at: datetime
    way: str


def agreement(view: View) -> dict[str, Any] | None:
    """The text that lies before this person, or binds them; None where there is none."""
    found = view.case.agreement
    if found is None:
        return None
    text, moves = text_of(view, found), view.moves("agreement")
    clauses = list(_clauses(view, text)) if text else []
    signed, waits = list(_signed(view, found, text)), not found.in_force and view.principal in found.missing
    window = next((run for run in running_of(view.case, DEADLINES["signing"]) if view.concerns(run)), None)
    return {
        "version": found.version,
        "digest": found.digest,
        "text": text,
        "clauses": clauses,
        "back": found.back,
        "drafted_on": found.drafted,
        "owe": [one for one in clauses if one.mine == "owe"],
        "owed": [one for one in clauses if one.mine == "owed"],
        "signed": signed,
        "mine": next((one for one in signed if one.of == view.principal), None),
        "missing": missing(view, found.missing, text),
        "waits": waits,
        "until": window and window.due if waits else None,
        "powerless": waits and not view.empowered(Power.SIGN),
        "moves": moves,
        "lapse": "" if found.in_force else view.lapse("lapse_signing", window.due if window else None),
        "changed": view.words(found.entry, *TEXTS).get("changed", ""),
        "in_force": found.in_force,
        "sealed": found.sealed,
        "document": document_link(found.sealed),
        "application": document_link(found.sealed, "application"),
        "referrals": list(_referrals(view)),
        "verify": product.setting("PUBLIC_URL") + "/verify",
        "confirmation": _confirmation(view, found, moves),
    }


def document_link(sealed: Sealed | None, paper: str = "agreement") -> str | None:
    """Where whoever reads the case downloads the sealed document, or the `application` that goes with it;
    None while there is none."""
    if sealed is None or (paper == "application" and not sealed.application):
        return None
    return f"{root()}/case/agreement" + (f"?paper={paper}" if paper != "agreement" else "")


def _referrals(view: View) -> Iterator[tuple[str, str]]:
    """What this person can take to a court: where each paper is downloaded, and what it is called."""
    for name, owed in referred(view.case).items():
        if owed.to == view.principal and owed.term:
            yield (
                f"{root()}/case/agreement?paper={name}",
                say(view.language, f"consumer.parts.agreement.{name.partition('-')[2]}", n=owed.term.id[1:]),
            )


def text_of(view: View, found: Agreement) -> Mapping[str, Any] | None:
    """The text that was drafted, as it is signed; None once its words were erased."""
    text: Mapping[str, Any] | None = view.words(found.entry, *TEXTS).get("text")
    return text


def called(view: View, id: str, text: Mapping[str, Any] | None) -> str:
    """Somebody of an agreement by the name that stands in it, else by their place in it."""
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
    """Who has not signed: by name oneself, the company and the mediator; of the others who complain only how
    many they are."""
    own = [id for id in ids if id in (view.principal, BUSINESS, MEDIATOR) or not view.case.joint]
    others = len(ids) - len(own)
    more = [say(view.language, "consumer.parts.agreement.others", n=others)] if others else []
    return [*(_named(view, id, text) for id in own), *more]


def _signed(view: View, found: Agreement, text: Mapping[str, Any] | None) -> Iterator[Signed]:
    for one in found.signatures:
        yield Signed(one.of, _named(view, one.of, text), one.at, one.way)


def _named(view: View, id: str, text: Mapping[str, Any] | None) -> str:
    """Somebody who signs, by name; whoever reads it as themselves."""
    own = id == view.principal and not view.party.represents and not view.company
    return say(view.language, "consumer.parts.agreement.you") if own else called(view, id, text)


def _clauses(view: View, text: Mapping[str, Any]) -> Iterator[Clause]:
    """Each clause of a text."""
    language = view.language
    comma = "，" if language == "zh" else ", "
    for clause in text["clauses"]:
        id, stands = clause["id"], view.principal
        mine = "owe" if clause["debtor"] == stands else "owed" if clause["creditor"] == stands else ""
        amount = money(language, clause["amount"]) if clause.get("amount") else ""
        what = comma.join(filter(None, (label(language, clause["kind"], "obligation_kind"), amount)))
        penalty = money(language, clause["penalty"]) if clause.get("penalty") else ""
        after = clause.get("after") and say(
            language,
            "consumer.parts.agreement.after",
            n=clause["after"]["clause"][1:],
            days=clause["after"]["days"],
        )
        measure = (
            comma.join(filter(None, (label(language, clause["measure"], "measure"), penalty)))
            if clause.get("measure")
            else ""
        )
        by = day_end(date.fromisoformat(clause["by"])) if clause.get("by") else None
        debtor, creditor = (called(view, clause[side], text) for side in ("debtor", "creditor"))
        confirms = (
            creditor
            if clause["confirms"] == Confirms.CREDITOR
            else label(language, clause["confirms"], "confirms")
        )
        yield Clause(
            id[1:],
            id,
            what,
            clause["what"],
            debtor,
            creditor,
            mine,
            by,
            after or "",
            label(language, clause["proof"], "proof"),
            confirms,
            clause["cure_days"],
            measure,
        )


def _confirmation(view: View, found: Agreement, moves: list[str]) -> dict[str, Any] | None:
    """How far judicial confirmation has come, what this side can do about it and until when; None before the
    agreement is in force."""
    if not found.in_force:
        return None
    run = next(running_of(view.case, DEADLINES["judicial_confirmation"]), None)
    said = [(line["facts"]["step"], words) for _, (line, words) in view.dossier.of("record_confirmation")]
    words = {name: told[name] for _, told in said for name in ("court", "number") if told.get(name)}
    steps = [str(step) for step in STEPS if step in view.offers.get("record_confirmation", ())]
    return {
        "lawful": found.lawful,
        "until": run.due if run else None,
        "over": bool(run and run.due and run.due <= product.now()),
        "mine": view.party.side in found.applies,
        "theirs": view.party.side.other in found.applies,
        "applied": found.applied,
        "confirmed": found.confirmed,
        "steps": steps,
        **words,
    }


def unsigned(view: View) -> dict[str, Any] | None:
    """The last text of these talks, where it was not signed: who did not sign, since when, where it went on;
    None when none was, or another text came."""
    if view.case.agreement or view.case.dispute is None:
        return None
    line = view.dossier.line(n) if (n := view.dossier.last("refuse_to_sign", "lapse_signing")) else None
    if line is None or instant(line["at"]) < view.case.dispute.at:
        return None
    return {
        "at": instant(line["at"]),
        "late": line["move"] == "lapse_signing",
        "back": line["facts"]["back"],
        "missing": missing(view, tuple(line["facts"]["missing"]), None),
    }


def named(view: View, move: str, chosen: str = "") -> dict[str, str]:
    """What the form of a move is about, as it stands now: the digest of the text that it shows, the `chosen`
    step or the first there is."""
    found = view.case.agreement
    if move == "sign" and found and view.case.stage == Stage.SIGNING:
        return {"digest": found.digest}
    steps = [str(step) for step in STEPS if step in view.offers.get(move, ())]
    return {"step": chosen if chosen in steps else steps[0]} if steps else {}


def asked(
    view: View, move: str, fields: list[Field], about: Mapping[str, str], wrong: Problem | None
) -> list[Field]:
    """What the form of a move about an agreement asks beside what the move declares, or less."""
    if move == "sign" or (move == "agree_change" and about.get("digest")):
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
    # which court, once both have gone to it; its number comes with its decision
    if move == "record_confirmation":
        applied = about.get("step") == Confirmation.APPLIED
        return [replace(field, required=True) for field in fields if applied and field.name == "court"]
    return fields


def sentences(view: View, facts: Facts) -> Iterator[str]:
    """What the facts of an entry about an agreement say."""
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


def told(view: View) -> dict[str, Any] | None:
    """The agreement as the interface tells it to a party: the text, its digest, who has signed it and who has
    not, until when."""
    found, case = agreement(view), view.case.agreement
    if found is None or case is None:
        return None

    def at(moment: datetime | None) -> str | None:
        return stamp(moment) if moment else None

    court, sealed = found["confirmation"], case.sealed
    return {
        "version": case.version,
        "digest": case.digest,
        "text": found["text"],
        "signatures": [
            {"of": one.of, "at": at(one.at), "way": one.way, "role": one.role} for one in case.signatures
        ],
        "missing": view.by_role(case.missing),
        "sign_until": at(found["until"]),
        "signs": bool(found["waits"]),
        "in_force": at(case.in_force),
        "sealed": sealed
        and {"at": at(sealed.at), "sha256": sealed.sha256, "size": sealed.size, "path": found["document"]},
        "referrals": [{"name": name, "path": path} for path, name in found["referrals"]],
        "confirmation": court and {**court, "until": at(court["until"]), "applied": at(court["applied"])},
    }
