"""The clock's moves about deadlines: reminders, warnings, escalations, and dates that become later because of
a new calendar."""

from datetime import datetime
from typing import Annotated

from chalicelib.domain.engine.declare import Done, Shows, move
from chalicelib.domain.engine.lateness import announced_to
from chalicelib.domain.engine.letters_owed import to_all, to_both_sides, to_whom
from chalicelib.domain.engine.running import APOLOGY, reached, running_of
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case
from chalicelib.domain.model.case_records import BUSINESS, MEDIATOR
from chalicelib.domain.model.change import Repetition
from chalicelib.domain.model.codes import EVERY, Role as R, Side
from chalicelib.domain.model.field_marks import ColleagueId, DeadlineName, Names
from chalicelib.domain.model.letters import key_of, letter_key, letter_of, opened_by
from chalicelib.domain.moves.performance import of_both, recipient, to_answerer, to_creditor, to_debtor


@move(
    at=EVERY,
    by=R.CLOCK,
    tells="warning | escalation | outside_deadline | task | action_due → owner, "
    "late_acknowledgement | overdue | information_reminder | answer_reminder | obligation_reminder | "
    "obligation_due | change_reminder | visit | "
    "authority_ending | mediation_invitation_reminder | meeting_reminder | signing_reminder | "
    "confirmation_reminder | "
    "survey | survey_reminder → consumer",
    shows=Shows(company=True),
)
def take_step(
    case: Case,
    act: Act,
    *,
    deadline: DeadlineName,
    run: str,
    step: int,
    overtaken: int,
    due: datetime,
    late_minutes: int,
    early: bool,
    waited_s: int = 0,
    by: datetime | None = None,
    to: ColleagueId | None = None,
    role: Annotated[str, Names("role")] | None = None,
    passed_on: Annotated[str, Names("passed_on")] | None = None,
    all_away: bool = False,
    also: tuple[ColleagueId, ...] = (),
    consumer: Annotated[str, Names("letter", "consumer")] | None = None,
    review: bool = False,
    again: bool = False,
) -> Done:
    """Take one step of a deadline's ladder: send a reminder or warning, or escalate to a higher level. Each
    step is taken once.

    `run` is the key of the deadline on this case. `early` means that the deadline is not yet due. `to` and
    `also` are the people who are notified. `consumer` is the key of the letter to the consumer.

    `overtaken` is how many lower steps were skipped because this step was due too. With `again` the step only
    repeats an earlier step, so it goes into the daily digest of the people notified. `waited_s` is how many
    seconds late the clock was; figures use it."""
    case = replace(case, clock=replace(case.clock, steps={**case.clock.steps, run: step + 1}))
    if review:
        case = replace(case, clock=replace(case.clock, review=act.now))
    ours = "action_due" if case.improvement else "warning" if early else "escalation"
    letter = "task" if review else "outside_deadline" if deadline == "outside_due" else ours
    told, concerned = [who for who in (to, *also) if who], tuple[tuple[str, str], ...]()
    if consumer:
        apology = letter_of(consumer).apology
        concerned = _apologies(case, deadline, run, consumer) if apology else _concerned(case, consumer)
    if again:
        return Done(case, concerned, repeated=tuple(Repetition(who, run, deadline, due) for who in told))
    return Done(case, (*((letter, f"staff:{who}") for who in told), *concerned))


@move(at=EVERY, by=R.CLOCK, tells="deadline_recomputed → owner, deadline_recomputed? → consumer")
def recompute_deadline(
    case: Case, act: Act, *, deadline: DeadlineName, run: str, about: str, was_due: datetime, due: datetime
) -> Done:
    """Announce that a date became later because the calendar of a year was loaded: from `was_due` to `due`.
    The owner of the case is informed. If the deadline is a time limit of parties, the party is informed too.
    A date that became earlier is not announced, because the announced date stays valid."""
    name = "deadline_recomputed" + (f"#{about}" if about and deadline != "party_reply" else "")
    return Done(case, _concerned(case, name) if opened_by(deadline) else ())


def _apologies(case: Case, deadline: str, key: str, letter: str) -> tuple[tuple[str, str], ...]:
    """Return the letters that tell the parties who know the end of the duty with the run `key` that we are
    late, as pairs of letter key and recipient. A party whose last such letter came after that end gets none,
    because that letter named every duty that was late."""
    run = next(run for run in running_of(case, deadline) if run.key == key)
    told = {whom: reached(case, letter_key(APOLOGY, whom)) for whom in announced_to(case, run)}
    return tuple(
        to_whom(letter, whom)
        for whom, at in told.items()
        if not at or None in at or (run.due and max(one for one in at if one) < run.due)
    )


def _concerned(case: Case, letter: str) -> tuple[tuple[str, str], ...]:
    """Return this letter of the clock with its recipients, as pairs of letter key and recipient.

    A meeting reminder goes to everybody. A letter about an obligation goes to its debtor or creditor or both,
    and a letter about a visit to all creditors. The reminder of court confirmation goes to the sides that
    have not yet agreed to apply to the court. Any other letter goes to the mediator who has not signed, to
    the person that it names, or to all complainants."""
    name, about, _ = key_of(letter)
    if name == "visit":
        return tuple(
            (letter if to != BUSINESS else f"{letter}#{to}", recipient(to))
            for to in dict.fromkeys(o.to for o in case.open_obligations)
        )
    if owed := next((o for o in case.open_obligations if o.id == about), None):
        sides = {
            "obligation_reminder": to_debtor,
            "obligation_due": of_both,
            "deadline_recomputed": of_both,
            "change_reminder": to_answerer,
        }
        return sides.get(name, to_creditor)(name, owed)
    if name == "meeting_reminder":
        return to_all(letter)
    if about == MEDIATOR:
        return ((letter, MEDIATOR),)
    if name == "confirmation_reminder":
        agreed = case.bound.applies if case.bound else ()
        return tuple(
            (told, to)
            for told, to in to_both_sides(letter)
            if (Side.BUSINESS if to == BUSINESS else Side.CONSUMER) not in agreed
        )
    persons = {p.id: p.represents or p.id for p in case.parties} | {f.id: f.party for f in case.forwards}
    whom = persons.get(about, about)
    return ((letter, BUSINESS if whom == BUSINESS else f"for:{whom}" if whom else "consumer"),)
