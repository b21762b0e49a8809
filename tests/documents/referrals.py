"""Builders of a breached agreement that is referred for enforcement."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from chalicelib.domain.model.case_records import Term
from chalicelib.domain.model.codes import Confirms, Duty, Measure, ObligationKind, Proof
from chalicelib.domain.model.obligation import Consequence, Obligation
from chalicelib.domain.model.referral import Referral
from tests.documents.agreements import IN_FORCE, Text, agreement, digest

NOTICE, CURED_BY = datetime(2026, 12, 31, 16, tzinfo=UTC), datetime(2027, 1, 7, 16, tzinfo=UTC)
FOUND, TAKEN, REFERRED = (datetime(2027, 1, day, 2, tzinfo=UTC) for day in (11, 13, 29))


def referred_obligation(n: int = 1, text: Text | None = None, **changes: object) -> Obligation:
    """Return clause number n as an obligation in breach, with its measure, and referred."""
    said = (text or agreement())["clauses"][n - 1]
    by = date.fromisoformat(said["by"]) if "by" in said else date(2026, 12, 31)
    term = Term(
        said["id"],
        said["debtor"],
        said["creditor"],
        ObligationKind(said["kind"]),
        Proof(said["proof"]),
        Confirms(said["confirms"]),
        said["cure_days"],
        Measure(said.get("measure", "court")),
        said.get("amount"),
        by,
    )
    made = Obligation(
        f"O{n}",
        0,
        term.kind,
        by,
        term.creditor,
        9,
        REFERRED,
        term.amount,
        state=Duty.REFERRED,
        debtor=term.debtor,
        term=term,
        notice=NOTICE,
        found=FOUND,
        measures=(Consequence(Measure.AGREED_PENALTY, TAKEN, 14, 5000),),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def referral(text: Text | None = None, n: int = 1, **changes: object) -> Referral:
    """Return the referral of clause number n of an agreement."""
    text = text or agreement()
    it = Referral(
        referred_obligation(n, text),
        text,
        digest(text),
        IN_FORCE,
        text["clauses"][n - 1]["what"]["zh"],
        CURED_BY,
    )
    return replace(it, **changes)  # type: ignore[arg-type]
