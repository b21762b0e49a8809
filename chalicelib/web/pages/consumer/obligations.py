"""The obligations of a case as their debtor and creditor read them: state, due date, and possible moves."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.obligation_deadlines import WATCHED, change_reply, overdue
from chalicelib.domain.model.case_records import BUSINESS, Owed
from chalicelib.domain.model.codes import PAID, Duty, Power, Side, Stage
from chalicelib.domain.model.obligation import DONE, Obligation
from chalicelib.domain.moves.changing import agree_change, propose_change, refuse_change
from chalicelib.domain.moves.drafting import TEXTS
from chalicelib.domain.moves.performance import claim_done, confirm_done, dispute_done, waive
from chalicelib.locale.formats import date_called, label, moment, money, texts
from chalicelib.view import obligation
from chalicelib.view.deadlines import of_promise
from chalicelib.view.effects import offer_standing
from chalicelib.view.obligation import Denial, ObligationChange, ObligationView
from chalicelib.view.party import Facts
from chalicelib.web.forms import Field
from chalicelib.web.pages import say
from chalicelib.web.pages.consumer import agreement as case_agreement
from chalicelib.web.pages.consumer.own_view import View


class Promised(NamedTuple):
    """An obligation as a party's page shows it.

    `done`: the obligation was performed. `what`: its kind and amount. `other`: the name of the other side.
    `who`: the name of the other side in a phrase, "to …" or "from …". `because`: the broken obligation that
    led to this obligation. `words`: its text. `state`: a sentence on its state. `run`: its deadline; None
    without one.

    `change`: a proposed change. `rows`: the terms that the change replaces, as (label, old, new). `mine`: the
    reader's side proposed the change. `over`: the time to agree to the change has passed. `powerless`: the
    reader may not agree for the person they represent.

    `pressed`: the main moves on the obligation. `rare`: the other moves on the obligation. `replies`: the
    moves on the change. `proof`: the kind, the text and the day of the proof of performance. `denial`: the
    creditor's denial of performance, with the decision on it. `denies`: a sentence on whose denial it is."""

    owed: ObligationView
    done: bool
    what: str
    other: str
    who: str
    because: str
    words: str
    state: str
    run: Any
    change: ObligationChange | None
    rows: list[tuple[str, str, str]]
    mine: bool
    over: bool
    powerless: bool
    pressed: list[str]
    rare: list[str]
    replies: list[str]
    proof: tuple[str, str, str] | None
    denial: Denial | None
    denies: str


def ledger(view: View, about: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of the obligations that this party owes or is owed, the worst first. `about`: the
    deadline of each obligation, as the function `about` returns them."""
    found = sorted(obligation.ledger(view), key=obligation.worst_first)
    every = [_promised(view, owed, about) for owed in found]
    breached, shown = any(one.owed.found and one.owed.open for one in every), "performing"
    if not any(one.owed.open for one in every):
        shown = "settled"
    elif view.case.stage == Stage.BREACHED:
        shown = "breached" if breached else "others"
    return {
        "every": every,
        "owe": [one for one in every if one.owed.owes],
        "owed": [one for one in every if not one.owed.owes],
        "both": view.case.bound is not None,
        "first": view.case.bound is not None or view.case.stage in WATCHED,
        "intro": say(view.language, f"consumer.parts.owed.intro.{shown}")
        if view.case.stage in WATCHED and every
        else "",
        "side": "_side" if view.company or view.party.represents else "",
        "lost": offer_standing(view.case) == "lost" and all(one.owed.offer for one in every if one.owed.open),
        "totals": view.totals,
    }


def about(runs: Iterable[Any]) -> dict[str, Any]:
    """Return the deadlines that the page shows with an obligation. The key is the id of the obligation.
    `runs`: all running deadlines of the party. The window for a proposed change is left out, because the page
    shows it with the change. A deadline is left out after its end, unless it is our own duty."""
    found: dict[str, Any] = {}
    for run in runs:
        beside_change = run.name == change_reply.__name__
        if of_promise(run.name) and not beside_change and (run.ours or not run.late):
            found.setdefault(run.id, run)
    return found


def obligation_label(obligation: Obligation | Owed, language: str) -> str:
    """Return the kind and the amount of an obligation as text."""
    amount = money(language, obligation.amount) if obligation.amount else ""
    return ("，" if language == "zh" else ", ").join(
        filter(None, (label(language, obligation.kind, "obligation_kind"), amount))
    )


def _promised(view: View, owed: ObligationView, about: Mapping[str, Any]) -> Promised:
    language, who, said = view.language, _other(view, owed), _said(view, owed, "obligation")
    slots = {
        "who": who,
        "you": say(language, "consumer.parts.owed.you" + _side(view)),
        "at": moment(language, owed.since, end=False),
    }
    if owed.waits_for:
        slots["first"] = obligation_label(owed.waits_for, language)
    asked = owed.proposed if owed.open else None
    change = obligation.change_of(view, owed, asked.entry) if asked else None
    mine = asked is not None and asked.by_side == view.principal
    over = owed.agree_by is not None and owed.agree_by <= view.now
    source = next((o for o in view.visible_obligations() if o.id == owed.of), None)
    proof = obligation.claim_of(view, owed) if owed.state == Duty.CLAIMED else None
    claimed = proof and proof[2]
    return Promised(
        owed,
        owed.state in DONE,
        obligation_label(owed, language),
        who,
        say(language, f"consumer.parts.owed.{'to' if owed.owes else 'from'}", who=who),
        say(language, "consumer.parts.owed.because", what=obligation_label(source, language))
        if source
        else "",
        obligation.terms_of(view, owed).read(language) or "",
        say(language, f"consumer.parts.owed.{_state(view, owed)}", **slots),
        about.get(owed.id),
        change,
        _rows(language, change) if change else [],
        mine,
        over,
        change is not None and not mine and not over and not view.empowered(Power.SETTLE),
        [move for move in said if not MOVES[move].rank],
        # rare moves are not offered while the party can contest our answer
        [move for move in said if MOVES[move].rank and view.case.stage != Stage.ANSWERED],
        _said(view, owed, "change"),
        (label(language, proof[0], "proof"), proof[1], date_called(language, claimed) if claimed else "")
        if proof and proof[0]
        else None,
        obligation.denial_of(view, owed),
        say(language, f"consumer.parts.owed.denied.{'owe' if owed.owes else 'owed'}", **slots),
    )


def _state(view: View, owed: ObligationView) -> str:
    """Return the key of the sentence on the state of an obligation or offer, under `parts.owed`."""
    if not owed.offer:
        return f"state.{'owe' if owed.owes else 'owed'}.{owed.standing}"
    return f"offer{'_company' if view.company else ''}.{offer_standing(view.case)}"


def _said(view: View, obligation: Obligation, part: str) -> list[str]:
    """Return the names of the moves that this party can take on the obligation, and that belong to the part
    `part` of the page."""
    return [move for move in view.moves(part) if obligation.id in view.offers[move]]


def _other(view: View, obligation: Obligation) -> str:
    """Return the name of the other side of an obligation, as the agreement in force gives the name. One name
    holds for all obligations of a case. Without an agreement, the name of the trader is "us"."""
    other = obligation.to if obligation.debtor == view.principal else obligation.debtor
    if other == BUSINESS and view.case.bound is None:
        return say(view.language, "consumer.parts.owed.us")
    text = view.words(view.case.bound.entry, *TEXTS).get("text") if view.case.bound else None
    return case_agreement.party_name(view, other, text)


def _rows(language: str, change: ObligationChange) -> list[tuple[str, str, str]]:
    """Return the terms that a change replaces, as (label, old term, new term)."""
    old, new = (
        {"by": terms.by, "amount": terms.amount, "what": terms.what.read(language)}
        for terms in (change.old, change.new)
    )
    return [
        (
            say(language, f"consumer.parts.owed.change.{name}"),
            _part(language, name, old[name]),
            _part(language, name, new[name]),
        )
        for name in old
        if old[name] != new[name]
    ]


def _part(language: str, name: str, value: Any) -> str:
    """Return a term of a change as text. `name`: the term, which is `by`, `amount` or `what`. If the term is
    missing, return a text that says so."""
    if value in (None, ""):
        return say(language, f"consumer.parts.owed.change.no_{name}")
    if name == "by":
        return date_called(language, value)
    return money(language, value) if name == "amount" else str(value)


def sentences(view: View, code: str, facts: Facts) -> Iterator[str]:
    """Yield sentences for the page about a timeline entry on an obligation. `facts`: the facts of the entry.
    `code`: the label of the ground or measure in the entry; empty if there is none."""
    owed, language, comma = view.duty(facts), view.language, "，" if view.language == "zh" else ", "
    if owed:
        yield obligation_label(owed, language)
    if facts.get("side"):
        yield label(language, Side.BUSINESS if facts["side"] == BUSINESS else Side.CONSUMER, "side")
    said = [code] if code else []
    if facts.get("by"):
        said.append(
            say(
                language,
                "consumer.parts.owed.new_day",
                by=_part(language, "by", date.fromisoformat(facts["by"])),
            )
        )
    if facts.get("amount"):
        said.append(money(language, facts["amount"]))
    if said:
        yield comma.join(said)


def after(view: View, move: str, id: str, about: Mapping[str, Any]) -> str:
    """Return a sentence on what comes next after the party took the move on an obligation, and until when.
    `id`: the id of the obligation. `about`: the deadline of each obligation, by the id of the obligation.
    Return an empty string if nothing is to be said."""
    one = next((_promised(view, owed, about) for owed in obligation.ledger(view) if owed.id == id), None)
    if one is None or not MOVES[move].about_one:
        return ""
    until, last = one.run.due if one.run else None, ""
    if move == propose_change.__name__:
        until = one.owed.agree_by
    if move in (agree_change.__name__, refuse_change.__name__):
        until = one.owed.ends
    if move in (confirm_done.__name__, waive.__name__):
        last = "" if view.case.open_obligations else "_last"
    elif until is None:
        last = "_undated"
    elif move == claim_done.__name__ and one.run.name != "creditor_answer":
        last = "_officer"
    elif move == dispute_done.__name__ and one.owed.state != Duty.DISPUTED:
        last = "_noted"
    return say(
        view.language,
        f"consumer.parts.owed.next.{move}{last}",
        what=one.what,
        who=one.other,
        by=moment(view.language, until) if until else "",
    )


def form_subject(view: View, move: str, chosen: str = "") -> dict[str, str]:
    """Return the facts that the form of the move states instead of asking for them, as {parameter: value}.
    The obligation is `chosen`, or the only possible one. If the party signs a proposed change of the
    obligation, the digest of the change is added."""
    about = view.offers.get(move, ()) if MOVES[move].about_one else ()
    found = [owed for owed in view.visible_obligations() if owed.id in about]
    one = next((owed for owed in found if owed.id == chosen or (not chosen and len(found) == 1)), None)
    name, signed = map(MOVES[move].naming, ("obligation", "digest"))
    digest = one.proposed.digest if one and one.proposed and signed else None
    return ({name: one.id} if one else {}) | ({signed: digest} if digest else {})


def form_fields(view: View, move: str, fields: list[Field], id: str) -> list[Field]:
    """Return the fields of the form of a move on an obligation, adapted to the obligation. `fields`: the
    usual fields. `id`: the id of the obligation.

    If the page has labels of its own for the form, only the fields with such a label are asked, in the order
    of the labels. Of these, `amount` is left out unless money is owed."""
    one = next((owed for owed in view.visible_obligations() if owed.id == id), None)
    words = texts(view.language)["page"]["consumer"]["parts"]["owed"]["form"].get(move)
    if one is None or words is None:
        return fields
    needs_day = one.by is not None and overdue(view.case, one, view.now)
    shown = {field.name: field for field in fields if field.name != "amount" or one.kind in PAID}
    return [
        shown[name].changed(
            label=called, hint="", required=shown[name].required or (name == "by" and needs_day)
        )
        for name, called in words.items()
        if name in shown
    ]


def _side(view: View) -> str:
    return "_side" if view.company or view.party.represents else ""
