"""The investigation: questions to departments, interviews, appraisals, progress reports, more time, and new
promised dates."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

from chalicelib.domain import routing
from chalicelib.domain.calendar import SHANGHAI, published
from chalicelib.domain.engine.deadlines import due, open_questions
from chalicelib.domain.engine.declare import OFTEN, Done, Second, Shows, move, where
from chalicelib.domain.engine.grounds import on_record
from chalicelib.domain.engine.lateness import announced_to, missed_duties
from chalicelib.domain.engine.letters_owed import to_whom
from chalicelib.domain.engine.process import promise_answer
from chalicelib.domain.engine.running import Running, parts_of, rule_of
from chalicelib.domain.engine.server_facts import FactContext, Server, fills
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, Party, Refusal, refuse_if, required
from chalicelib.domain.model.case_records import Appraisal, Extension, Pause, Promise, Question
from chalicelib.domain.model.codes import (
    ANY,
    OPEN,
    EvidenceKind,
    ExtensionReason,
    Fact,
    PauseReason,
    Role as R,
    Side,
    Stage as S,
    Talk,
)
from chalicelib.domain.model.field_marks import (
    ANYBODY,
    Choice,
    DeadlineName,
    DepartmentId,
    Future,
    Given,
    Name,
    Names,
    OfficialBrand,
    OfficialShort,
    OfficialStory,
    OfficialText,
    PartyId,
    Story,
    Text,
    YesNo,
)
from chalicelib.domain.moves.dispute import Side_, side_of
from chalicelib.domain.moves.joint import heard_for_all
from chalicelib.domain.policy import policy
from chalicelib.domain.roster import Roster

HEARING = frozenset({S.INVESTIGATING, S.UNDER_RECONSIDERATION})
TESTED = frozenset({S.INVESTIGATING, S.NEGOTIATING, S.MEDIATING})
INQUIRY = R.INVESTIGATOR | R.LEAD
HELD_BY = (Talk.PHONE, Talk.COUNTER)
"""The ways in which an interview is held. Both people talk at the agreed time, so no written way is one."""
LEVELS = (R.LEAD, R.SUPERVISOR, R.EXECUTIVE)
"""The roles to which a missed deadline is escalated, the lowest level first."""


@move(
    at=HEARING | {S.PERFORMING, S.BREACHED},
    by=INQUIRY | R.CHAIR | R.FOLLOWUP,
    tells="task? → department",
    task_due="department_answer",
)
def ask_department(
    case: Case,
    act: Act,
    *,
    department: DepartmentId | None = None,
    question: Text,
    papers: Text | None = None,
    due: Annotated[date | None, Future()] = None,
    roster: Annotated[Roster, Given()],
    by_rule: Annotated[DepartmentId | None, Given()] = None,
) -> Done:
    """Ask a department what it knows about the case. `papers` names documents that it shall send, and `due`
    the day of the answer. Without `department`, the department that the rules of the roster name is asked. A
    department that handles the case cannot be asked."""
    to = required(department or by_rule, "department_unruled", field="department")
    refuse_if(
        to == case.team or (case.owner and roster.serves(case.owner, to)),
        "department_handles",
        field="department",
    )
    refuse_if(roster.fault(to, "questions") == "closed", "department_closed", field="department")
    refuse_if(to not in roster.departments, "department_unknown", field="department")
    asked = Question(f"Q{len(case.inquiry.questions) + 1}", to, act.now, case.said_by(act), due)
    return Done(
        replace(case, inquiry=replace(case.inquiry, questions=(*case.inquiry.questions, asked))),
        (("task", f"role:department@{to}"),),
        {} if department else {"by_rule": to},
    )


@fills("by_rule")
def _by_rule(server: Server, context: FactContext) -> str | None:
    """Return the department that the rules name for the case. Return None if the request names one, or if no
    rule does."""
    return None if context.body.get("department") else ruled_department(context.case, server.roster())


def ruled_department(case: Case, roster: Roster) -> str | None:
    """Return the department that the rules name for a question about the case, or None if no rule does."""
    return routing.department(routing.facts_of(case), roster)


@move(
    at=OPEN,
    by=R.DEPARTMENT | R.DEPARTMENT_HEAD,
    tells="task? → owner",
    fits=open_questions,
    task_due="investigation",
    even=("asked",),
    answers=("department_answer",),
)
def answer_department(
    case: Case, act: Act, *, question: Annotated[str, Names("question")], answer: Story
) -> Done:
    """Record a department's answer to a question (`question` is its id). The answer becomes evidence, which
    the findings of the report can name."""
    asked = next((q for q in open_questions(case) if q.id == question), None)
    refuse_if(asked is None or asked.department not in act.teams, "question_unknown", field="question")
    questions = tuple(replace(q, answered=act.now) if q.id == question else q for q in case.inquiry.questions)
    answered = replace(case, inquiry=replace(case.inquiry, questions=questions)).with_evidence(
        EvidenceKind.DEPARTMENT, act
    )
    return Done(answered, (("task", "owner"),))


@move(
    at=HEARING,
    by=INQUIRY | R.PANEL | R.CHAIR,
    tells="interview_invitation? → consumer",
    shows=Shows(words=("where", "purpose"), about_one=True),
    kept=OFTEN,
)
def invite_interview(
    case: Case,
    act: Act,
    *,
    meeting: Annotated[datetime, Future()],
    how: Annotated[Talk, Choice(lambda case, _: HELD_BY)],
    purpose: OfficialText,
    where: OfficialShort | None = None,
    party: Annotated[PartyId, ANYBODY] = "p1",
) -> Done:
    """Invite a person on the case to an interview. `meeting` is the time, `how` the way, `purpose` the
    subject. `party` is the id of the person. They may bring somebody."""
    refuse_if(how not in HELD_BY, "talk_otherwise", field="how")
    invited = case.somebody(party).id
    return Done(_heard(case, act, {invited: meeting}), (("interview_invitation", f"party:{invited}"),))


@move(
    at=HEARING,
    by=INQUIRY | R.PANEL | R.CHAIR,
    tells="interview_cancelled? → consumer",
    fits=lambda case: case.inquiry.interviews,
    shows=Shows(words=("reason",), about_one=True),
    kept=OFTEN,
    adds={"meeting": datetime},
)
def cancel_interview(
    case: Case, act: Act, *, reason: OfficialText, party: Annotated[PartyId, ANYBODY] = "p1"
) -> Done:
    """Cancel the coming interview with a person on the case, and tell them why. `party` is the id of the
    person. Another invitation only replaces the time."""
    invited = case.somebody(party).id
    ahead = {**_heard(case, act, {}).inquiry.interviews}
    at = required(ahead.pop(invited, None), "interview_unknown", field="party")
    without = replace(case, inquiry=replace(case.inquiry, interviews=ahead))
    return Done(without, (("interview_cancelled", f"party:{invited}"),), {"meeting": at})


def _heard(case: Case, act: Act, invited: Mapping[str, datetime]) -> Case:
    """Return the case with the interviews that are still ahead, and those of `invited`."""
    ahead = {who: at for who, at in case.inquiry.interviews.items() if at > act.now}
    return replace(case, inquiry=replace(case.inquiry, interviews={**ahead, **invited}))


@move(at=HEARING, by=INQUIRY | R.PANEL | R.CHAIR)
def record_interview(case: Case, act: Act, *, person: Name, note: Story, shown: bool) -> Case:
    """Record an interview with `person`. Before that, the `note` about it must be shown or read out to this
    person (`shown`). The note becomes evidence."""
    refuse_if(not shown, "note_not_shown", field="shown")
    return _heard(case, act, {}).with_evidence(EvidenceKind.INTERVIEW, act)


@move(
    at=TESTED,
    by=INQUIRY | R.NEGOTIATOR | R.MEDIATOR,
    tells="appraisal_proposal → both",
    fits=lambda case: not case.appraisal,
    shows=Shows(company=True),
)
def propose_appraisal(
    case: Case,
    act: Act,
    *,
    laboratory: OfficialBrand,
    question: OfficialText,
    custody: OfficialText,
    cost: OfficialText,
) -> Case:
    """Propose an appraisal to both sides: the laboratory and why it is fit, the question, the object and who
    keeps it (`custody`), and the cost."""
    refuse_if(case.appraisal, "appraisal_open")
    return replace(
        case,
        inquiry=replace(
            case.inquiry, appraisals=(*case.inquiry.appraisals, Appraisal(act.now, case.said_by(act)))
        ),
    )


def tested(case: Case, person: Party) -> bool:
    """Return whether this person can still answer the proposal of an appraisal. They can if they speak for
    their side and their side has not answered yet."""
    test, whose = case.appraisal, case.stands_for(person.id)
    heard = person.side == Side.BUSINESS or heard_for_all(case, case.party(whose))
    return test is not None and person.side not in test.agreed and whose not in test.said and heard


@move(
    at=TESTED,
    by=R.C | R.BUSINESS_REP,
    recorded_by=INQUIRY | R.NEGOTIATOR | R.MEDIATOR,
    fits=lambda case: _waits(case),
    shows=Shows(words=("reason",), words_for="speaker", about_one=True, yes="agrees"),
    part="now",
    answers=("appraisal_proposal",),
    about=where(lambda case, act: tested(case, case.party(act.who))),
)
def consent_appraisal(
    case: Case, act: Act, *, agrees: YesNo, side: Side_ = None, reason: Text | None = None
) -> Case:
    """Agree to the proposed appraisal for one side, or refuse it (`agrees` false). A refusal is recorded and
    ends the proposal.

    In a joint case the chosen representatives answer for all. If none were chosen, every person must
    agree."""
    test, whose = _proposed(case), side_of(case, act, side)
    together = case.joint and act.role in R.C
    speakers = {p.id for p in case.consumers if p.speaks} if together else set()
    me = case.party(act.who).represents or act.who if together else ""
    refuse_if(speakers and me not in speakers, "representatives_decide")
    if not agrees:
        return _tested(case, replace(test, refused=(whose,), ended=act.now))
    said = {*test.said, me} - {""}
    if together and not speakers and not said >= {p.id for p in case.consumers}:
        return _tested(case, replace(test, said=tuple(sorted(said))))
    return _tested(case, replace(test, agreed=tuple(sorted({*test.agreed, whose})), said=tuple(sorted(said))))


@move(
    at=TESTED,
    by=INQUIRY | R.NEGOTIATOR | R.MEDIATOR,
    tells="appraisal_started → both",
    fits=lambda case: _waits(case) and case.appraisal and set(case.appraisal.agreed) == set(Side),
    shows=Shows(company=True),
)
def start_appraisal(case: Case, act: Act, *, expected: Annotated[date, Future()]) -> Case:
    """Start the appraisal, once both sides have agreed. `expected` is the day on which its result is
    expected. The time of the investigation is suspended until the result."""
    test = _proposed(case)
    if set(test.agreed) != set(Side):
        raise Refusal("both_sides_agree", side=next(side for side in Side if side not in test.agreed))
    begun = _tested(case, replace(test, started=act.now, expected=expected))
    return replace(
        begun, clock=replace(begun.clock, halts=(*case.clock.halts, Pause(PauseReason.APPRAISAL, act.now)))
    )


@move(
    at=OPEN,
    by=INQUIRY | R.NEGOTIATOR | R.MEDIATOR,
    tells="appraisal_result → both",
    fits=lambda case: case.appraisal and case.appraisal.started,
    shows=Shows(words=("result",), company=True),
    answers=("appraisal",),
)
def end_appraisal(case: Case, act: Act, *, result: OfficialStory) -> Case:
    """Record the result of the appraisal. Both sides get the result, and it becomes evidence. The suspended
    time of the investigation runs on, and the consumer gets a new promised date."""
    test = required(case.appraisal, "appraisal_not_running")
    refuse_if(test.started is None, "appraisal_not_running")
    pauses = tuple(
        replace(pause, until=act.now) if pause.why == PauseReason.APPRAISAL and not pause.until else pause
        for pause in case.clock.halts
    )
    ended = _tested(replace(case, clock=replace(case.clock, halts=pauses)), replace(test, ended=act.now))
    return promise_answer(ended.with_evidence(EvidenceKind.APPRAISAL, act), act, "end_appraisal")


on_record(Fact.TEST)(lambda case, _: bool(case.inquiry.appraisals))
on_record(Fact.TEST_REFUSED)(
    lambda case, _: any(
        test.refused and case.talks.in_present(test.ended) for test in case.inquiry.appraisals
    )
)
on_record(Fact.JOINT)(lambda case, _: case.joint)


def _waits(case: Case) -> bool:
    return case.appraisal is not None and case.appraisal.started is None


def _proposed(case: Case) -> Appraisal:
    return required(case.appraisal if _waits(case) else None, "appraisal_not_proposed")


def _tested(case: Case, test: Appraisal) -> Case:
    return replace(
        case,
        inquiry=replace(
            case.inquiry,
            appraisals=tuple(test if a.entry == test.entry else a for a in case.inquiry.appraisals),
        ),
    )


@move(
    at=HEARING,
    by=INQUIRY | R.CHAIR,
    tells="progress → consumer",
    shows=Shows(words=("done", "upcoming")),
    kept=OFTEN,
    answers=("progress",),
)
def tell_progress(case: Case, act: Act, *, done: OfficialText, upcoming: OfficialText) -> Case:
    """Report progress to the consumer: what was done, what comes next (`upcoming`), and whether the promised
    date can be kept."""
    return case


@move(
    at=S.INVESTIGATING,
    by=R.INVESTIGATOR,
    tells="extension → consumer",
    second=Second("Always, since whoever asks for more time may not grant it."),
    fits=lambda case: (
        case.extended("investigation") < len(policy(case.policy).rules["investigation"].extensions)
    ),
    shows=Shows(words=("why",)),
    changes=("promised",),
)
def ask_extension(case: Case, act: Act, *, reason: ExtensionReason, why: OfficialText) -> Case:
    """Ask for more time for the answer, before the answer is due. Once another person grants the time, the
    consumer gets the reason and the new date, and the warnings begin again. `why` explains the reason."""
    refuse_if(
        case.extended("investigation") >= len(policy(case.policy).rules["investigation"].extensions),
        "extensions_used_up",
    )
    ends = due(case).get("investigation")
    refuse_if(ends is None or act.judged_at >= ends, "extension_after_due")
    refuse_if(any(asked.move == "ask_extension" for asked in case.approvals), "extension_asked")
    clock = replace(
        case.clock,
        extensions=(*case.clock.extensions, Extension("investigation", act.now)),
        steps={key: n for key, n in case.clock.steps.items() if parts_of(key)[0] != "investigation"},
    )
    longer = replace(case, clock=clock)
    # A yes can come so late that the new date is over too. No letter promises such a date.
    refuse_if(due(longer)["investigation"] <= act.now, "extension_over")
    return promise_answer(longer, act, reason)


@move(
    at=ANY,
    by=R.LEAD | R.SUPERVISOR | R.EXECUTIVE,
    tells="extension? → consumer, extension? → business",
    fits=lambda case: any(missed_duties(case)),
    shows=Shows(words=("reason",)),
)
def promise_anew(
    case: Case, act: Act, *, deadline: DeadlineName, by: Annotated[date, Future()], reason: OfficialText
) -> Done:
    """Promise a new date (`by`) for a missed deadline, with the reason, to each party who knew the date that
    we missed. The date must be later than every date promised before. The deadline still counts as missed
    and is still escalated."""
    run = required(
        next((run for run in missed_duties(case) if run.name == deadline), None),
        "not_missed",
        field="deadline",
    )
    level = _level(case, run)
    refuse_if(LEVELS.index(act.role) < LEVELS.index(level), "promise_level", role=level.code)
    what = "answer" if run.name == "investigation" else run.name
    end = published().own(act.now, by, zone=SHANGHAI).at
    before = [one.by for one in case.promises if one.what == what and one.run in ("", run.key)]
    refuse_if(run.due and end <= max([run.due, *before]), "told_later_date", field="by")
    new = Promise(what, end, act.now, "promise_anew", run.key, act.role.code)
    told = tuple(to_whom("extension", whom) for whom in announced_to(case, run))
    return Done(replace(case, promises=(*case.promises, new)), told)


def _level(case: Case, run: Running) -> R:
    """Return the lowest role that may promise a new date for a missed deadline.

    Two levels are compared, and the higher one is returned. The first is the highest level that was notified
    of the deadline. The second is one above the level that last promised a date. The executive can always
    promise."""
    told = {
        who for step in rule_of(case.policy, run.name).ladder[: run.done] for who in step.tell.split(" + ")
    }
    reached = [n for n, level in enumerate(LEVELS) if level.code in told]
    given = [
        n + 1 for n, level in enumerate(LEVELS) if level.code in {p.level for p in case.new_dates(run.key)}
    ]
    return LEVELS[min(max([0, *reached, *given]), len(LEVELS) - 1)]


@move(at=OPEN, by=R.INTAKE | R.INVESTIGATOR | R.LEAD, shows=Shows())
def record_return(case: Case, act: Act, *, received_on: date) -> Case:
    """Record the day on which the company got the goods back. The refund of a return without reason is due
    within seven days after this day."""
    refuse_if(received_on > published().day_of(act.now), "received_in_future", field="received_on")
    return replace(case, inquiry=replace(case.inquiry, goods_back=received_on))
