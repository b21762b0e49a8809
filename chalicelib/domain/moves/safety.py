"""Safety, handled in parallel to the case: from the first report of harm or danger until two people have
cleared the safety tag."""

from datetime import datetime
from typing import Annotated

from chalicelib.domain.engine.declare import Done, Second, Shows, move
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, refuse_if, required
from chalicelib.domain.model.case_records import Safety
from chalicelib.domain.model.codes import ANY, Role as R
from chalicelib.domain.model.field_marks import Given, Names, Past, Short, Text, YesNo
from chalicelib.domain.roster import Roster

EVERYBODY = (
    R.PARTY
    | R.INTAKE
    | R.INVESTIGATOR
    | R.DEPARTMENT
    | R.LEAD
    | R.SAFETY
    | R.PANEL
    | R.CHAIR
    | R.NEGOTIATOR
    | R.MEDIATOR
    | R.FOLLOWUP
    | R.SUPERVISOR
)
ALERTS = "safety_advice → consumer, safety_alert → role:safety, safety_alert → role:supervisor"
"""The letters that leave at once when danger is reported: advice to the consumer, and alarms to the safety
officer and the supervisor."""


def _tag(case: Case) -> Safety:
    return required(case.safety if case.unsafe else None, "no_safety_tag")


@move(
    at=ANY,
    by=EVERYBODY,
    recorded_by=R.PARTNER,
    tells=ALERTS,
    fits=lambda case: not case.unsafe,
    shows=Shows(words=("facts",), written=True),
    part="always",
    rank=2,
    even=("recused", "colleague", "unchecked", "powerless", "by_phrase", "asked"),
)
def tag_safety(case: Case, act: Act, *, facts: Text) -> Case:
    """Report that somebody was or could be hurt. Everybody on the case may do this. The case then has a
    safety tag, and only two people together can clear the tag."""
    refuse_if(case.unsafe, "tagged_before")
    return replace(case, safety=Safety(act.now, act.who))


@move(at=ANY, by=R.SAFETY | R.SUPERVISOR, fits=lambda case: case.unsafe, answers=("safety_triage",))
def triage_safety(case: Case, act: Act, *, real: YesNo, reportable: YesNo, reason: Text) -> Case:
    """Assess, within four hours, whether a reported danger is real, and whether it must be reported to an
    authority (`reportable`). The assessment can be changed later."""
    tag = replace(_tag(case), triaged=act.now, real=real, reportable=reportable)
    refuse_if(reportable and not real, "not_real_not_reportable", field="reportable")
    return replace(case, safety=tag)


@move(
    at=ANY,
    by=R.SAFETY | R.SUPERVISOR | R.EXECUTIVE,
    tells="stop_sale? → departments",
    second=Second(
        "A second person is needed when the safety officer proposes it.",
        lambda case, act, **facts: act.role is R.SAFETY,
    ),
    fits=lambda case: case.unsafe,
)
def decide_stop_sale(
    case: Case,
    act: Act,
    *,
    stop: YesNo,
    departments: tuple[Annotated[str, Names("department", "departments")], ...],
    product: Short,
    reason: Text,
    roster: Annotated[Roster | None, Given()] = None,
) -> Done:
    """Stop the sale of a product, or lift such a stop (`stop` false). The heads of these departments are
    informed. A supervisor or executive decides alone; a safety officer needs a second person."""
    tag = _tag(case)
    # when a second person approves the move, there is no roster; the departments were checked when it was
    # proposed
    refuse_if(
        roster and not {*departments} <= {*roster.departments}, "department_unknown", field="departments"
    )
    refuse_if(not stop and not tag.stopped, "nothing_stopped", field="stop")
    told = tuple(("stop_sale", f"role:department_head@{department}") for department in departments)
    return Done(replace(case, safety=replace(tag, stopped=act.now if stop else None)), told)


@move(
    at=ANY,
    by=R.SAFETY,
    fits=lambda case: case.unsafe and case.safety and case.safety.reportable,
    answers=("safety_report",),
)
def record_safety_report(
    case: Case, act: Act, *, body: Short, number: Short, reported_at: Annotated[datetime, Past()]
) -> Case:
    """Record that the danger was reported to an authority: to which (`body`), when, and under which number.
    The recall rule, art. 8, allows two working days for the report."""
    return replace(case, safety=replace(_tag(case), reported=reported_at))


def _clearable(case: Case) -> bool:
    tag = case.safety
    return (
        case.unsafe
        and tag is not None
        and tag.triaged is not None
        and not (tag.reportable and not tag.reported)
    )


@move(
    at=ANY,
    by=R.SAFETY,
    second=Second("Always, since nobody clears a safety tag alone."),
    fits=_clearable,
    decides=True,
)
def clear_safety(case: Case, act: Act, *, reason: Text) -> Case:
    """Clear the safety tag. Before that the danger must be assessed and, if necessary, reported to an
    authority. A second person confirms."""
    tag = _tag(case)
    refuse_if(tag.triaged is None, "triage_first")
    refuse_if(tag.reportable and not tag.reported, "report_first")
    return replace(case, safety=replace(tag, cleared=act.now))
