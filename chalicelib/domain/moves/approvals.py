"""Approvals: a second person approves or refuses a move for which a colleague asked. With the approval the
move is taken."""

from collections.abc import Mapping
from typing import Annotated, Any

from chalicelib.domain.engine.declare import ANYBODY, MOVES, Done, move, on_leaving, where
from chalicelib.domain.engine.letters_owed import asker_of
from chalicelib.domain.engine.process import granted
from chalicelib.domain.engine.server_facts import FactContext, Server, filled, fills
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, refuse_if, required
from chalicelib.domain.model.case_records import Approval
from chalicelib.domain.model.codes import AT_TABLE, EVERY, Role as R, Stage as S
from chalicelib.domain.model.field_marks import Given, Names, Text


@on_leaving(*S)
def _asked_no_more(case: Case, act: Act) -> Case:
    """Return the case without requests for approval that are out of date. A request stays if its move can
    still be taken at the present stage. Any other request ends when the case closes; a request for a move of
    the talks ends with the talks."""
    return replace(
        case,
        approvals=tuple(
            asked
            for asked in case.approvals
            if case.stage in MOVES[asked.move].at
            or (case.stage != S.CLOSED and not MOVES[asked.move].at <= AT_TABLE)
        ),
    )


def _asked_of(case: Case, act: Act) -> bool:
    return any(act.role.code in asked.roles for asked in case.approvals)


@fills("asked")
def _facts_asked_for(server: Server, context: FactContext) -> Mapping[str, Any]:
    """Return the fields of the move for which approval was asked, converted to their types. `context` names
    the request in its field `approval`. Return {} if the case has no such request."""
    asked = next((a for a in context.case.approvals if a.id == context.body.get("approval")), None)
    return server.reread(asked.move, asked.facts) if asked else {}


@fills("afresh")
def _server_facts(server: Server, context: FactContext) -> Mapping[str, Any]:
    """Return the server facts of the move for which approval was asked, as of now. Return {} if the case has
    no such request."""
    asked = next((a for a in context.case.approvals if a.id == context.body.get("approval")), None)
    body = _facts_asked_for(server, context)
    return filled(asked.move, server, context._replace(body=body)) if asked else {}


@move(
    at=EVERY,
    by=R.LEAD | R.SUPERVISOR | R.EXECUTIVE,
    tells="approval_decided? → asker",
    fits=lambda case: case.approvals,
    grants=True,
    about=where(_asked_of, ANYBODY),
    answers=("approval",),
    even=("destroyed",),
    shortcut="p",
)
def approve(
    case: Case,
    act: Act,
    *,
    approval: Annotated[str, Names("approval")],
    asked: Annotated[Mapping[str, Any], Given(noted=True)],
    afresh: Annotated[Mapping[str, Any], Given()],
) -> Done:
    """Approve a colleague's request, as the second person. The requested move is taken together with the
    approval, in one entry of the timeline. `asked` are the fields of the requested move, and `afresh` its
    server facts as of now."""
    found = _approval(case, act, approval)
    # Approving the answer means giving the answer, and the author of the report may not give it.
    refuse_if(
        found.move == "answer" and case.inquiry.report and case.inquiry.report.by == act.who, "own_report"
    )
    rest = tuple(a for a in case.approvals if a.id != approval)
    return granted(replace(case, approvals=rest), act, found, {**afresh, **asked})


@move(
    at=EVERY,
    by=R.LEAD | R.SUPERVISOR | R.EXECUTIVE,
    tells="approval_decided? → asker",
    fits=lambda case: case.approvals,
    about=where(_asked_of, ANYBODY),
    even=("destroyed",),
)
def refuse_approval(
    case: Case, act: Act, *, approval: Annotated[str, Names("approval")], reason: Text
) -> Done:
    """Refuse a colleague's request for approval, as the second person, with the reason. The requested move is
    not taken."""
    found = _approval(case, act, approval)
    rest = tuple(a for a in case.approvals if a.id != approval)
    return Done(replace(case, approvals=rest), (("approval_decided", asker_of(found)),), {"move": found.move})


def _approval(case: Case, act: Act, id: str) -> Approval:
    found = required(
        next((a for a in case.approvals if a.id == id), None), "approval_unknown", field="approval"
    )
    refuse_if(found.by == act.who, "own_request")
    refuse_if(act.role.code not in found.roles, "approver_level", roles=found.roles)
    return found
