"""What the people on a case bring to show: described in words, or a file that has been checked."""
from __future__ import annotations

from typing import Annotated

from chalicelib.domain.case import Act, Case, Refusal
from chalicelib.domain.codes import OPEN, EvidenceKind
from chalicelib.domain.codes import Role as R
from chalicelib.domain.parts import Filed
from chalicelib.domain.process import move
from chalicelib.domain.said import Given, Text


@move(at=OPEN, by=R.C | R.BUSINESS_REP, recorded_by=R.INTAKE | R.INVESTIGATOR | R.LEAD | R.NEGOTIATOR | R.MEDIATOR | R.FOLLOWUP | R.PARTNER)
def add_evidence(case: Case, act: Act, *, shows: Text, file: Annotated[Filed | None, Given(noted=True)] = None) -> Case:
    """Add something that shows what happened, and say what it shows; what comes after the answer is marked as late, not refused.

    A file is added by the worker that has checked it, in the name of whoever sent it.
    """
    if file and any(piece.file == file.id for piece in case.evidence):
        raise Refusal("evidence_known")
    return case.with_evidence(EvidenceKind.FILE if file else EvidenceKind.STATEMENT, act, file.id if file else None)
