"""What was promised, as those read it who owe it and to whom it is owed: how each duty stands, until when,
what they can say of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.owing import WATCHED, cure_end, due_moment, officer_confirms, overdue
from chalicelib.domain.model.codes import PAID, Duty, Power, Side, Stage
from chalicelib.domain.model.mediated import BUSINESS
from chalicelib.domain.model.obligation import Obligation, clause_in, quoted, terms_in
from chalicelib.domain.model.parts import Owed
from chalicelib.letters.saying import day, label, moment, money
from chalicelib.slots import EPOCH
from chalicelib.web.forms import Field
from chalicelib.web.pages import say
from chalicelib.web.pages.consumer import agreement as case_agreement
from chalicelib.web.pages.consumer.own_view import ABOUT_A_DUTY, OF_A_DUTY, Facts, View
from chalicelib.wiring import product

MOVES = ABOUT_A_DUTY
"""What can be said of a duty: offered where it stands, what is wanted most first."""
NAMED = frozenset({"obligation", "digest"})
"""What a form is about: the duty, and the text of a change that is signed."""
WORDS_IN = (
    "file_report",
    "settle_at_once",
    "leave_case",
    "decide_reconsideration",
    *case_agreement.TEXTS,
    "propose_change",
)
"""The entries in which a duty stands in words."""
NO_TICK = frozenset({Duty.REFERRED})
"""What is not dealt with here any more, and still not done."""
LATE = frozenset({"late", "in_cure", "in_cure_over", "in_cure_untold", "breached"})
"""How a duty stands that should have been performed by now."""
ASKED = {"propose_change": ("by", "reason", "amount", "way")}
"""Forms that ask in another order than their move is declared in: what people come for first."""


class Change(NamedTuple):
    """Another day, amount or way that a side has proposed: what changes, as (what, old, new), why, and until
    when the other side may agree; `mine`: this side proposed it; `digest` and `text` where it is signed."""

    mine: bool
    rows: list[tuple[str, str, str]]
    reason: str
    until: datetime | None
    left: str
    over: bool
    digest: str | None
    text: Mapping[str, Any]


class Promised(NamedTuple):
    """A duty as its page tells it: what, with whom (`other` by name, `who` in a phrase), until the end of
    which day, its `code` and how it stands in a sentence; the `run` on it; `asks`: something waits for
    whoever reads it; `wanted`: the move that does; `proof`: what is said to show that it was done."""

    id: str
    owes: bool
    what: str
    other: str
    who: str
    clause: str
    because: str
    words: str
    by: datetime | None
    code: Duty
    settled: bool
    ticked: bool
    late: bool
    offer: bool
    state: str
    run: Any
    called_on: str
    found: str
    measures: list[tuple[str, datetime]]
    change: Change | None
    powerless: bool
    moves: list[str]
    wanted: str
    asks: bool
    proof: tuple[str, str] | None


def ledger(view: View, about: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that is theirs to do or owed to them; `about` are the deadlines of duties."""
    every = [_promised(view, owed, about) for owed in view.owed()]
    breached, shown = any(one.found and not one.settled for one in every), "performing"
    if all(one.settled for one in every):
        shown = "settled"
    elif view.case.stage == Stage.BREACHED:
        shown = "breached" if breached else "others"
    return {
        "every": every,
        "owe": [one for one in every if one.owes],
        "owed": [one for one in every if not one.owes],
        "both": view.case.bound is not None,
        "first": view.case.bound is not None or view.case.stage in WATCHED,
        "intro": say(view.language, f"consumer.parts.owed.intro.{shown}")
        if view.case.stage in WATCHED and every
        else "",
        "side": "_side" if view.company or view.party.represents else "",
        "asks": any(one.asks for one in every),
        "totals": view.totals(),
    }


def about(runs: Iterable[Any]) -> dict[str, Any]:
    """The deadline to be told of each duty, and of each change of one: a window that is over is not told as
    if it still ran."""
    found: dict[str, Any] = {}
    for run in runs:
        if run.name == "party_reply" or (run.name in OF_A_DUTY and (run.ours or not run.late)):
            found.setdefault(run.id, run)
    return found


def called(owed: Obligation | Owed, language: str) -> str:
    """A promise by its kind and amount."""
    amount = money(language, owed.amount) if owed.amount else ""
    return ("，" if language == "zh" else ", ").join(
        filter(None, (label(language, owed.kind, "obligation_kind"), amount))
    )


def _promised(view: View, owed: Obligation, about: Mapping[str, Any]) -> Promised:
    language, owes, run = view.language, owed.debtor == view.principal, about.get(owed.id)
    change = (
        _change(view, owed, about.get(f"change_proposed#{owed.id}")) if owed.proposed and owed.open else None
    )
    stands, moves = _stands(view, owed), moves_of(view, owed)
    who = _other(view, owed)
    slots = {
        "who": who,
        "you": say(language, "consumer.parts.owed.you" + _side(view)),
        "at": moment(language, owed.since, end=False),
    }
    if first := view.case.first_owed(owed):
        slots |= {"first": called(first, language)}
    wanted = (
        "confirm_done"
        if stands == "claimed" and not owes
        else "claim_done"
        if stands not in ("waits", "disputed")
        else ""
    )
    wanted = wanted if wanted in moves else ""
    answers = change is not None and not change.mine and not change.over
    return Promised(
        owed.id,
        owes,
        called(owed, language),
        who,
        say(language, f"consumer.parts.owed.{'to' if owes else 'from'}", who=who),
        owed.term.id[1:] if owed.term else "",
        _because(view, owed),
        _words(view, owed),
        _by(view, owed),
        owed.stands(_today()),
        not owed.open,
        not owed.open and owed.state not in NO_TICK,
        stands in LATE,
        owed.offer,
        say(language, f"consumer.parts.owed.state.{'owe' if owes else 'owed'}.{stands}", **slots),
        run,
        moment(language, owed.notice, end=False) if owed.notice and owed.open else "",
        moment(language, owed.found, end=False) if owed.found else "",
        [(_measure(language, taken), taken.at) for taken in owed.measures],
        change,
        answers and not view.empowered(Power.SETTLE),
        moves,
        wanted,
        answers or bool(wanted),
        _proof(view, owed),
    )


def moves_of(view: View, owed: Obligation) -> list[str]:
    """What this party can say of a duty now; while an answer is to be accepted or not, only whether it was
    done."""
    hidden = ("propose_change", "waive") if view.case.stage == Stage.ANSWERED else ()
    return [move for move in MOVES if move not in hidden and owed.id in view.offers.get(move, ())]


def _stands(view: View, owed: Obligation) -> str:
    """How a duty stands, as the sentence is named that says so."""
    state, now = owed.stands(_today()), product.now()
    if owed.state == Duty.PENDING and view.case.first_owed(owed):
        return "waits"
    if state == Duty.DUE:
        return "late" if overdue(view.case, owed, now) else "due"
    if state == Duty.CLAIMED and officer_confirms(owed):
        return "claimed_officer"
    if state == Duty.IN_CURE:
        end = cure_end(view.case, owed)
        return "in_cure_untold" if end is None else "in_cure_over" if end <= now else "in_cure"
    return str(state)


def _by(view: View, owed: Obligation) -> datetime | None:
    """The end of its last day, also once that has passed."""
    return due_moment(view.case, owed) or (published().own(EPOCH, owed.by).at if owed.by else None)


def _other(view: View, owed: Obligation) -> str:
    """The other side of a duty by name: as the agreement calls it; of what an answer promised, us."""
    other = owed.to if owed.debtor == view.principal else owed.debtor
    if owed.term is None and other == BUSINESS:
        return say(view.language, "consumer.parts.owed.us")
    return case_agreement.called(view, other, view.words(owed.entry, *case_agreement.TEXTS).get("text"))


def _because(view: View, owed: Obligation) -> str:
    """For the breach of what it is owed; "" where it is for none."""
    source = next((o for o in view.owed() if o.id == owed.of), None)
    if source is None:
        return ""
    return say(view.language, "consumer.parts.owed.because", what=called(source, view.language))


def _words(view: View, owed: Obligation) -> str:
    """What a duty says in words."""
    return terms_in(owed, view.words(owed.way or owed.entry, *WORDS_IN), view.language) or ""


def _proof(view: View, owed: Obligation) -> tuple[str, str] | None:
    """What is said to show that it was done: which kind of proof, and the words beside it; of a case that was
    split off, it stands on the other."""
    claimed = owed.state == Duty.CLAIMED
    n = (
        view.dossier.last("claim_done", fits=lambda line: line["facts"]["obligation"] == owed.id)
        if claimed
        else 0
    )
    if not n:
        return None
    line, words = view.dossier.said(n)
    return label(view.language, line["facts"]["proof"], "proof"), words.get("what", "")


def _measure(language: str, taken: Any) -> str:
    amount = money(language, taken.amount) if taken.amount else ""
    return ("，" if language == "zh" else ", ").join(
        filter(None, (label(language, taken.measure, "measure"), amount))
    )


def _change(view: View, owed: Obligation, run: Any) -> Change | None:
    """What is proposed; its words may have been erased, its day stays."""
    asked = owed.proposed
    if asked is None:
        return None
    words = view.words(asked.entry, "propose_change")
    text = words.get("text") or {
        "old": {},
        "new": {"by": asked.by and asked.by.isoformat(), "amount": asked.amount},
    }
    clause = clause_in(owed, view.words(owed.entry, *WORDS_IN))
    old, new = (
        {**text[side], "what": quoted(text[side].get("what"), clause, view.language)}
        for side in ("old", "new")
    )
    rows = [
        (
            say(view.language, f"consumer.parts.owed.change.{name}"),
            _part(view.language, name, old.get(name)),
            _part(view.language, name, new.get(name)),
        )
        for name in ("by", "amount", "what")
        if old.get(name) != new.get(name)
    ]
    until = run.due if run else None
    return Change(
        asked.by_side == view.principal,
        rows,
        words.get("reason", ""),
        until,
        run.left if until else "",
        bool(run and run.late),
        asked.digest,
        text,
    )


def _part(language: str, name: str, value: Any) -> str:
    """One thing that a change is about, as people read it."""
    if value in (None, ""):
        return say(language, f"consumer.parts.owed.change.no_{name}")
    if name == "by":
        return day(language, published().own(EPOCH, date.fromisoformat(value)).at)
    return money(language, value) if name == "amount" else str(value)


def sentences(view: View, move: str, facts: Facts) -> Iterator[str]:
    """What the facts of an entry about a duty say: which one, for which side it was written down, what it is
    to be or what follows."""
    owed, language, comma = view.duty(facts), view.language, "，" if view.language == "zh" else ", "
    if owed:
        yield called(owed, language)
    if facts.get("side"):
        yield label(language, Side.BUSINESS if facts["side"] == BUSINESS else Side.CONSUMER, "side")
    lists = {"excuse": ("ground", "excuse_ground"), "take_measure": ("measure", "measure")}
    said = (
        [label(language, facts[name], listed) for name, listed in [lists[move]] if name in facts]
        if move in lists
        else []
    )
    if facts.get("by"):
        said.append(say(language, "consumer.parts.owed.new_day", by=_part(language, "by", facts["by"])))
    if facts.get("amount"):
        said.append(money(language, facts["amount"]))
    if said:
        yield comma.join(said)


def after(view: View, move: str, id: str, about: Mapping[str, Any]) -> str:
    """What happens next, and by when, once this party has said something of a duty; "" where there is nothing
    to say of it."""
    one = next((_promised(view, owed, about) for owed in view.owed() if owed.id == id), None)
    if one is None or move not in MOVES:
        return ""
    until, last = one.run.due if one.run else None, ""
    if move == "propose_change":
        until = one.change.until if one.change else None
    if move == "agree_change":
        until = one.by
    if move in ("confirm_done", "waive"):
        last = "" if view.case.owed else "_last"
    elif until is None:
        last = "_undated"
    elif move == "claim_done" and one.run.name != "creditor_answer":
        last = "_officer"
    by = moment(view.language, until) if until else ""
    return say(view.language, f"consumer.parts.owed.next.{move}{last}", what=one.what, who=one.other, by=by)


def named(view: View, move: str, chosen: str = "") -> dict[str, str]:
    """What the form of a move is about: the `chosen` duty, or the only one there is; of a change that is
    signed the digest of its text."""
    found = [owed for owed in view.owed() if owed.id in view.offers.get(move, ())] if move in MOVES else []
    one = next((owed for owed in found if owed.id == chosen or (not chosen and len(found) == 1)), None)
    digest = one.proposed.digest if one and one.proposed and move == "agree_change" else None
    return ({"obligation": one.id} if one else {}) | ({"digest": digest} if digest else {})


def asked(view: View, move: str, fields: list[Field], id: str) -> list[Field]:
    """What the form about a duty asks, in its own words, without what its kind does not have."""
    one = next((owed for owed in view.owed() if owed.id == id), None)
    if one is None or move not in ("propose_change", "waive"):
        return fields
    needs_day = one.by is not None and overdue(view.case, one, product.now())
    order = ASKED.get(move, ())
    shown = [field for field in fields if field.name != "amount" or one.kind in PAID]
    said = [
        replace(
            field,
            label=say(view.language, f"consumer.parts.owed.form.{move}.{field.name}"),
            hint="",
            required=field.required or (field.name == "by" and needs_day),
        )
        for field in shown
    ]
    return sorted(said, key=lambda field: order.index(field.name) if field.name in order else 0)


def _side(view: View) -> str:
    return "_side" if view.company or view.party.represents else ""


def _today() -> date:
    return published().day_of(product.now())
