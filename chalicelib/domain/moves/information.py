"""Missing information: one request for all of it, an answer in any form, more time once, and the consequences
of silence."""

from typing import Annotated

from chalicelib.domain.engine.declare import OFTEN, Done, Second, Shows, move
from chalicelib.domain.engine.lateness import late_with
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, Refusal, refuse_if, required
from chalicelib.domain.model.case_records import CheckedFile, Extension, Request
from chalicelib.domain.model.codes import Missing, Outcome, Role as R, Stage as S
from chalicelib.domain.model.field_marks import Given, OfficialText, Story, Text, YesNo
from chalicelib.domain.model.letters import letter_of
from chalicelib.domain.moves.evidence import with_evidence

ASKABLE = frozenset({S.RECEIVED, S.INVESTIGATING, S.UNDER_RECONSIDERATION})


@move(
    at=ASKABLE,
    to=S.AWAITING_INFORMATION,
    by=R.INTAKE | R.INVESTIGATOR | R.LEAD | R.CHAIR,
    tells="information_request → consumer",
    second=Second(
        "A second request at the same stage needs the lead's yes, unless the lead asks.",
        lambda case, act, **facts: (
            act.role is not R.LEAD and any(asked.stage == case.stage for asked in case.requests)
        ),
    ),
    shows=Shows(words=("why",)),
    kept=OFTEN,
    meets=("acknowledgement",),
    shortcut="i",
)
def ask_information(case: Case, act: Act, *, items: tuple[Missing, ...], why: OfficialText) -> Case:
    """Ask the consumer for all missing information at once. `items` is what is missing, `why` says why it is
    needed."""
    return replace(case, requests=(*case.requests, Request(act.now, case.stage, items, act.who)))


@move(
    at=S.AWAITING_INFORMATION,
    to=ASKABLE,
    by=R.C,
    recorded_by=R.INTAKE | R.INVESTIGATOR | R.PARTNER,
    tells="information_received → consumer",
    shows=Shows(words=("answer",), about_one=True),
    part="now",
    answers=("information",),
    even=("by_phrase",),
    starts=("scope_decision",),
    counted=True,
)
def give_information(
    case: Case,
    act: Act,
    *,
    answer: Story,
    file: Annotated[CheckedFile | None, Given(noted=True)] = None,
    mail: Annotated[str | None, Given(noted=True)] = None,
) -> Case:
    """Give the missing information, in words (`answer`) or as a checked `file`. `mail`: it came by the mail
    with this id. After any answer the case returns to the stage at which the information was asked for. If
    information is still missing, staff must ask for it again."""
    case = with_evidence(case, act, file) if file else case
    # the person has answered, so staff need not read the request out to them any more
    told = tuple(
        telling for telling in case.tellings if letter_of(telling.letter).name != "information_request"
    )
    mails = tuple(one for one in case.mails if one.id != mail)
    return replace(case, stage=_information_asked(case).stage, tellings=told, mails=mails)


@move(
    at=S.AWAITING_INFORMATION,
    by=R.C | R.INTAKE | R.INVESTIGATOR,
    fits=lambda case: case.request and not (case.request.extended or case.clock.review),
    shows=Shows(words=("reason",), about_one=True),
    part="now",
    answers=("information",),
    changes=("information",),
)
def extend_information(case: Case, act: Act, *, reason: Text | None = None) -> Case:
    """Give the consumer seven more days to send the missing information, because the consumer asks for more
    time. This is possible once."""
    asked = _information_asked(case)
    refuse_if(asked.extended, "already_extended")
    refuse_if(case.clock.review, "extension_too_late")
    return replace(
        case,
        requests=(*case.requests[:-1], replace(asked, extended=act.now)),
        clock=replace(case.clock, extensions=(*case.clock.extensions, Extension("information", act.now))),
    )


@move(
    at=S.AWAITING_INFORMATION,
    to=ASKABLE | {S.CLOSED},
    by=R.CLOCK | R.LEAD,
    tells="not_pursued | decided_without → consumer",
    fits=lambda case: case.clock.review,
    decides=True,
    shows=Shows(),
    starts=("scope_decision",),
    answers=("lapse_review",),
)
def lapse_information(
    case: Case, act: Act, *, pursue: YesNo = False, reason: OfficialText | None = None
) -> Done:
    """End a request for information that was not answered in time. A received case that nobody has accepted
    closes as not pursued. At a later stage the work goes on without the information.

    The clock may not do this in a case with a safety tag, severity S1 or a need for help. In such a case the
    team lead decides, who may also keep a received case open (`pursue`)."""
    asked = _information_asked(case)
    reviewed(case, act, reason)
    if asked.stage == S.RECEIVED and not pursue:
        return Done(
            replace(case, stage=S.CLOSED, outcome=Outcome.NOT_PURSUED), (("not_pursued", "consumer"),)
        )
    return Done(replace(case, stage=asked.stage), (("decided_without", "consumer"),))


def reviewed(case: Case, act: Act, reason: str | None) -> None:
    """Check that the team lead may take a move that the clock normally takes after silence. Raises Refusal
    `lapse_not_barred` unless the clock handed the decision to the team lead, and `duty_missed` while another
    duty of ours is missed. Raises Refusal `reason_needed` without a reason. For the clock nothing is
    checked."""
    refuse_if(act.role is R.LEAD and not case.clock.review, "lapse_not_barred")
    late = (run.name for run in late_with(case)) if act.role is R.LEAD else ()
    if missed := next((name for name in late if name != "lapse_review"), None):
        raise Refusal("duty_missed", deadline=missed)
    refuse_if(act.role is R.LEAD and not reason, "reason_needed", field="reason")


def _information_asked(case: Case) -> Request:
    return required(case.request, "nothing_asked")
