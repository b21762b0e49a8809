"""Obligations as the interface tells them: to staff with both sides, to a side of one as what it owes or is
owed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.deadlines import DEADLINES
from chalicelib.domain.engine.owing import cure_end, due_moment
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.mediated import Term
from chalicelib.domain.model.obligation import Amendment, Obligation
from chalicelib.web.api.values import money, plain, stamped

AS_IT_IS = ("id", "matter", "kind", "by", "after", "of", "offer")
INSIDE = ("debtor", "to", "since", "claimed_by", "entry", "way")
"""What only staff read of an obligation."""
SIDES = ("debtor", "creditor")


def told(case: Case, owed: Obligation, now: datetime, words: Mapping[str, Any]) -> dict[str, Any]:
    """How an obligation stands: until when, or what it waits for; what followed when its day had passed; the
    change that is proposed, with what its entry says in `words`, for those who may read that."""
    first, whole = case.first_owed(owed) if owed.open else None, plain(owed)
    due, cure = (due_moment(case, owed), cure_end(case, owed)) if owed.open else (None, None)
    return {
        **{name: whole.get(name) for name in AS_IT_IS},
        "state": owed.stands(published().day_of(now)),
        "amount": money(owed.amount),
        "due_at": stamped(due),
        "waits_for": first and first.id,
        "notice": stamped(owed.notice),
        "cure_until": stamped(cure),
        "found": stamped(owed.found),
        "term": owed.term and term(owed.term),
        "measures": [
            {"measure": taken.measure, "at": stamped(taken.at), "amount": money(taken.amount)}
            for taken in owed.measures
        ],
        "proposed": owed.proposed and _proposed(case, owed, owed.proposed, words),
    }


def inside(case: Case, owed: Obligation, now: datetime, words: Mapping[str, Any]) -> dict[str, Any]:
    """The same for staff, with both of its sides."""
    whole = plain(owed)
    return {**told(case, owed, now, words), **{name: whole.get(name) for name in INSIDE}}


def own(case: Case, owed: Obligation, now: datetime, words: Mapping[str, Any], side: str) -> dict[str, Any]:
    """The same for one of its sides: whether it owes this, and whether it proposed the change; nobody is
    named."""
    said = told(case, owed, now, words)
    mine = owed.proposed and {
        **{name: value for name, value in said["proposed"].items() if name != "by_side"},
        "own": owed.proposed.by_side == side,
    }
    terms = said["term"] and {name: value for name, value in said["term"].items() if name not in SIDES}
    return {**said, "owes": owed.debtor == side, "proposed": mine, "term": terms}


def term(agreed: Term) -> dict[str, Any]:
    """A duty of an agreement."""
    return {**plain(agreed), "amount": money(agreed.amount), "penalty": money(agreed.penalty)}


def _proposed(case: Case, owed: Obligation, asked: Amendment, words: Mapping[str, Any]) -> dict[str, Any]:
    run = next(running_of(case, DEADLINES["party_reply"], f"change_proposed#{owed.id}"), None)
    old, new = (words.get("text", {}).get(version, {}).get("what") for version in ("old", "new"))
    by, amount = asked.by or owed.by, owed.amount if asked.amount is None else asked.amount
    return {
        "by_side": asked.by_side,
        "at": stamped(asked.at),
        "until": stamped(run.due if run else None),
        "digest": asked.digest,
        "old": {"by": owed.by and owed.by.isoformat(), "amount": money(owed.amount), "what": old},
        "new": {"by": by and by.isoformat(), "amount": money(amount), "what": new},
        "reason": words.get("reason"),
    }
