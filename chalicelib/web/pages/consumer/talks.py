"""The part of a case page about the talks: what is in dispute, what each side has said and offered,
mediation, what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.domain.calendar import day_end, instant, stamp
from chalicelib.domain.engine.deadlines import DEADLINES, deadlines
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.model.codes import TALKS, Side, Stage
from chalicelib.domain.model.parts import Dispute
from chalicelib.domain.model.parts import Offer as Made
from chalicelib.web.pages.consumer import anew as case_anew
from chalicelib.web.pages.consumer.own_view import View
from chalicelib.wiring import product

ANSWERS = frozenset({"accept_offer", "refuse_offer", "consent_mediation"})
"""Moves that answer what waits for this side."""
ENDED = frozenset(
    {"end_negotiation", "lapse_consent", "record_on_the_spot", "end_mediation", "lapse_mediation"}
)
"""What ends talks, and says why."""
ANSWERS_IT = ("answer", "decide_reconsideration", "settle_at_once")
"""What, decided after talks, stands above what came of them."""
NAMED = frozenset({"offer", "counters", "statement"})
"""What a form of the talks is about: shown on it, and not asked."""
RAISED = ("raise_dispute", "identify_dispute")
HOLDS = TALKS | {Stage.SIGNING, Stage.PERFORMING, Stage.BREACHED}
"""The stages in which whoever holds the case is told to the company."""


class Said(NamedTuple):
    """A statement: one's own, or one of the other side that it has shown."""

    id: str
    own: bool
    at: datetime
    shared: datetime | None
    text: str


class Offered(NamedTuple):
    """An offer of either side; `until` is the end of its last day."""

    id: str
    own: bool
    at: datetime
    until: datetime
    amount: int | None
    state: str
    terms: str
    counters: str | None


class Asked(NamedTuple):
    """The invitation to mediation: each side's answer (None: not yet), by when it answers, and whether that
    has passed; whether a refusal of this side waits to be confirmed; when the company's silence `ends` the
    negotiation, and to which stage that `leads`."""

    mine: bool | None
    theirs: bool | None
    due: datetime | None
    due_theirs: datetime | None
    waits: bool
    late: bool
    late_theirs: bool
    ends: datetime | None
    leads: str


def talks(view: View) -> dict[str, Any] | None:
    """All there is to say about the talks, to one side of them; `first` while nothing was decided since. None
    where there were none."""
    case, dispute = view.case, view.case.dispute
    if dispute is None or not view.stands(dispute.entry, *RAISED):
        return None
    owner = product.file.roster().member(case.owner) if case.owner and case.stage in TALKS else None
    due = {run.name: run.due for run in deadlines(case).values()}
    said, offers, asked = (
        list(_said(view, dispute)),
        [_offered(view, offer) for offer in dispute.offers],
        _asked(view, dispute),
    )
    open_ = next((one for one in offers if one.state == "open"), None)
    moves = view.moves("talks")
    newest = dispute.at >= max(
        (at for move, at in case.taken.items() if move in ANSWERS_IT), default=dispute.at
    )
    return {
        "on": case.stage in TALKS,
        "first": newest,
        "nature": dispute.nature,
        "others": dispute.others,
        "since": dispute.at,
        "ended": dispute.ended,
        "about": view.words(dispute.entry, *RAISED).get("about", ""),
        "officer": owner and owner.name,
        "named_by": due.get("assignment"),
        "until": due.get("negotiation") or due.get("mediation"),
        "mine": [one for one in said if one.own],
        "theirs": [one for one in said if not one.own],
        "offers": offers,
        "open": open_,
        "waits": not ANSWERS.isdisjoint(moves) and not (asked and asked.mine is False and not open_),
        "accepted": next((one for one in offers if one.state == "accepted"), None),
        "drafted": due.get("drafting"),
        "asked": asked,
        "why": _why(view, dispute),
        "moves": moves,
    }


def _said(view: View, dispute: Dispute) -> Iterator[Said]:
    for one in dispute.statements:
        line, words = view.dossier.said(one.entry)
        if view.sees(one.entry, "state_position", line, line["facts"]):
            own = view.said(line, line["facts"])
            yield Said(one.id, own, instant(line["at"]), one.shared, words.get("text", ""))


def _offered(view: View, made: Made) -> Offered:
    line, words = view.dossier.said(made.entry)
    return Offered(
        made.id,
        made.side == view.party.side,
        made.at,
        day_end(made.until),
        made.amount,
        str(made.state),
        words.get("terms", ""),
        line["facts"].get("counters"),
    )


def _asked(view: View, dispute: Dispute) -> Asked | None:
    if dispute.invited is None:
        return None
    side = view.party.side
    waits = view.company and any(asked.move == "refuse_mediation" for asked in view.case.approvals)
    mine, theirs = (dispute.consents.get(each) for each in (side, side.other))
    due, due_theirs = (_answers_by(view, each) for each in (side, side.other))
    late, late_theirs = (at is not None and at <= product.now() for at in (due, due_theirs))
    ends = _until(view, "company_silence")
    leads = view.lapse("lapse_consent", ends, side=Side.BUSINESS) if ends else ""
    return Asked(mine, theirs, due, due_theirs, waits, late, late_theirs, ends, leads)


def _answers_by(view: View, side: Side) -> datetime | None:
    """By when a side answers the invitation; None where no time runs."""
    return _until(view, "company_consent" if side == Side.BUSINESS else "mediation_consent")


def _until(view: View, name: str) -> datetime | None:
    """When a deadline of the talks ends; None where it does not run."""
    runs = running_of(view.case, DEADLINES[name]) if view.case.stage in DEADLINES[name].during else ()
    return next((run.due for run in runs), None)


def _why(view: View, dispute: Dispute) -> Mapping[str, str]:
    """How these talks ended, where it was written down: the ground and the reason, or what was done on the
    spot; a mediation that a second person let end, with its ground alone."""
    for n, (line, words) in reversed(view.dossier.of(*ENDED, granted=True)):
        move, facts = line["facts"].get("move", line["move"]), line["facts"].get("asked", line["facts"])
        if move == "lapse_consent" and "ending" not in facts:  # the consumer's silence is no end
            continue
        if n > dispute.entry and instant(line["at"]) >= dispute.at and not isinstance(facts, str):
            return {**(words if move == line["move"] else {}), "ending": facts.get("ending", "")}
    return {}


def may(view: View) -> dict[str, Any] | None:
    """What is to be known before a dispute is raised: until when it can be, whether mediation is offered with
    it; None where it cannot."""
    if "raise_dispute" not in view.offers:
        return None
    window = next(running_of(view.case, DEADLINES["answer_window"]), None)
    return {
        "until": window and window.due,
        "mediation": view.case.mediation_offered,
        "answered": view.case.stage != Stage.INVESTIGATING,
        "anew": bool(case_anew.may(view)),
    }


def named(view: View, move: str, chosen: str = "") -> dict[str, str]:
    """What the form of a move is about, as it stands now: the offer that waits, or the `chosen` statement,
    else the first not shown yet."""
    found = talks(view)
    if (
        found
        and found["open"]
        and not found["open"].own
        and move in ("accept_offer", "refuse_offer", "offer")
    ):
        return {"counters" if move == "offer" else "offer": found["open"].id}
    kept = [one.id for one in found["mine"] if not one.shared] if found and move == "share_statement" else []
    return {"statement": chosen if chosen in kept else kept[0]} if kept else {}


def told(view: View) -> dict[str, Any] | None:
    """The talks as the interface tells them to one side; amounts in fen."""
    found, dispute = talks(view), view.case.dispute
    if found is None or dispute is None:
        return None

    def at(moment: datetime | None) -> str | None:
        return stamp(moment) if moment else None

    statements = [
        {**one._asdict(), "at": at(one.at), "shared": at(one.shared)}
        for one in (*found["mine"], *found["theirs"])
    ]
    offers = [{**one._asdict(), "at": at(one.at), "until": at(one.until)} for one in found["offers"]]
    return {
        "about": found["about"],
        "nature": dispute.nature,
        "others": dispute.others,
        "since": at(dispute.at),
        "ends": at(found["until"]),
        "ended": at(dispute.ended),
        "negotiator": found["officer"],
        "statements": statements,
        "offers": offers,
        "invited": at(dispute.invited),
        "consents": {side: dispute.consents.get(side) for side in Side},
    }
