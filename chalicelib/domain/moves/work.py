"""What carries a case along at any stage: who works on it, messages, tellings, second persons, and the steps of the clock."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from chalicelib.domain.case import Act, Approval, Case, Refusal, Telling, Waiting
from chalicelib.domain.codes import ANY, OPEN, Undelivered, Way
from chalicelib.domain.codes import Role as R
from chalicelib.domain.codes import Stage as S
from chalicelib.domain.process import Done, delivered, granted, move
from chalicelib.domain.roster import Roster
from chalicelib.domain.said import Given, Story, Text


@move(at=OPEN, by=R.LEAD | R.SUPERVISOR | R.EXECUTIVE, tells="approval_decided? → asker")
def approve(case: Case, act: Act, *, approval: str, asked: Annotated[Mapping[str, Any], Given(noted=True)]) -> Done:
    """The second person's yes: the asked move is taken in this very entry. `asked` are its facts, read back in their own types."""
    found = _approval(case, act, approval)
    rest = tuple(a for a in case.approvals if a.id != approval)
    return granted(replace(case, approvals=rest), act, found, asked)


@move(at=OPEN, by=R.LEAD | R.SUPERVISOR | R.EXECUTIVE, tells="approval_decided? → asker")
def refuse_approval(case: Case, act: Act, *, approval: str, reason: Text) -> Done:
    """The second person's no, with its reason; the asked move is not taken."""
    found = _approval(case, act, approval)
    rest = tuple(a for a in case.approvals if a.id != approval)
    return Done(replace(case, approvals=rest), (("approval_decided", f"staff:{found.by}"),), {"move": found.move})


def _approval(case: Case, act: Act, id: str) -> Approval:
    found = next((a for a in case.approvals if a.id == id), None)
    if found is None:
        raise Refusal("approval_unknown", field="approval")
    if found.by == act.who:
        raise Refusal("own_request")
    if act.role.code not in found.roles:
        raise Refusal("approver_level", roles=found.roles)
    return found


@move(at=OPEN, by=R.INTAKE | R.INVESTIGATOR | R.NEGOTIATOR | R.FOLLOWUP)
def take(case: Case, act: Act) -> Case:
    """Take a case of one's own team."""
    if case.team not in act.teams:
        raise Refusal("not_own_team")
    return replace(case, owner=act.who)


@move(at=OPEN, by=R.LEAD | R.SUPERVISOR, tells="task → owner, handler_changed? → consumer")
def assign(case: Case, act: Act, *, to: str, roster: Annotated[Roster, Given()]) -> Done:
    """Give a case to a colleague of its team; no deadline restarts. The consumer is told once the case has been accepted."""
    if not roster.serves(to, case.team):
        raise Refusal("unknown_person", field="to")
    accepted = case.stage not in (S.RECEIVED, S.DECLINED) and "accept" in case.taken
    return Done(replace(case, owner=to), (("handler_changed", "consumer"),) if accepted else ())


@move(at=ANY, by=R.PARTY | R.INTAKE | R.INVESTIGATOR | R.LEAD | R.NEGOTIATOR | R.MEDIATOR | R.FOLLOWUP | R.SUPERVISOR,
      recorded_by=R.PARTNER, tells="message_reply? → consumer")
def message(case: Case, act: Act, *, text: Story) -> Done:
    """A message: a party's waits for a reply; one from staff is sent to the consumer and answers what waits."""
    if act.role in (R.PARTY | R.PARTNER):
        return Done(replace(case, messages=(*case.messages, Waiting(act.id, act.now))))
    return Done(replace(case, messages=()), (("message_reply", "consumer"),))


@move(at=ANY, by=R.INTAKE | R.INVESTIGATOR | R.LEAD | R.SAFETY | R.NEGOTIATOR | R.FOLLOWUP)
def record_telling(case: Case, act: Act, *, telling: str, how: Way, told: bool, said: Text) -> Case:
    """Record who told whom, how and what was read. A person told has the letter, and its window starts now; a failed try is kept too."""
    found = next((t for t in case.tellings if t.id == telling), None)
    if found is None:
        raise Refusal("telling_unknown", field="telling")
    if not told:
        return case
    newer = case.tellings[case.tellings.index(found) + 1:]
    case = replace(case, tellings=tuple(t for t in case.tellings if t.id != telling))
    if any((t.letter, t.party) == (found.letter, found.party) for t in newer):     # its window belongs to a later letter that still waits
        return case
    return delivered(case, found.letter, act.now)


@move(at=ANY, by=R.CLOCK, tells="undelivered → owner")
def letter_failed(case: Case, act: Act, *, letter: str, id: str, party: str, why: Undelivered) -> Case:
    """A letter did not arrive: the window that began with it stops, and somebody tells the person instead."""
    stopped = delivered(case, letter, None)
    if any(t.id == id for t in case.tellings):
        raise Refusal("telling_unknown")
    return replace(stopped, tellings=(*case.tellings, Telling(id, letter, party, act.now)))


@move(at=ANY, by=R.CLOCK, tells="warning | escalation | task → owner, "
      "late_acknowledgement | overdue | information_reminder | answer_reminder → consumer")
def take_step(case: Case, act: Act, *, deadline: str, run: str, step: int, overtaken: int, due: datetime, late_minutes: int, early: bool,
              by: datetime | None = None, to: str | None = None, role: str | None = None, passed_on: str | None = None,
              consumer: str | None = None, review: bool = False) -> Done:
    """One step of a ladder: a reminder, a warning or an escalation, taken once; lower steps that it overtook are counted."""
    case = replace(case, steps={**case.steps, run: step + 1})
    if review:
        case = replace(case, review=act.now)
    inside = (("task" if review else "warning" if early else "escalation", f"staff:{to}"),) if to else ()
    return Done(case, (*inside, *(((consumer, "consumer"),) if consumer else ())))
