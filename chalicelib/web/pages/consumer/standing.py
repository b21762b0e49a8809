"""The status box of a case page: what the party can lose, the soonest first, with the acts that keep it."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.moves.answer import accept_answer
from chalicelib.domain.moves.dispute import raise_dispute
from chalicelib.domain.moves.invitation import refuse_mediation
from chalicelib.locale.formats import late
from chalicelib.view.stakes import OTHERS, WINDOW, Stake, stakes
from chalicelib.web.pages import say
from chalicelib.web.pages.consumer.agreement import form_subject as confirmation
from chalicelib.web.pages.consumer.deadlines import Runs
from chalicelib.web.pages.consumer.obligations import obligation_label
from chalicelib.web.pages.consumer.own_view import View

YES_NO = "agrees"
"""The parameter of a move that says yes or no. The box shows the two answers side by side."""


class Choice(NamedTuple):
    """An act that a party can choose. `move`: the name of the move. `name`: what the button says. `means`:
    what follows from the act. `facts`: the facts that the link to the form states."""

    move: str
    name: str
    means: str
    facts: dict[str, str]


class Standing(NamedTuple):
    """Something that a party can lose. `name`: the name of the deadline. `id`: the id of the thing that it
    concerns. `what`: what is to be done. `due`: until when (UTC); None if the time does not run. `left`: the
    time left, as text. `silence`: what follows if nobody acts. `choices`: the acts that keep it.
    `expected`: whether we expect one of the acts. `urged`: whether it is the one act that we need. `about`:
    the obligation that it concerns, as text."""

    name: str
    id: str
    what: str
    due: datetime | None
    left: str
    silence: str
    choices: list[Choice]
    expected: bool
    urged: bool
    about: str

    @property
    def attended(self) -> bool:
        """Return whether this is an appointment, which the party attends."""
        return self.name in ("meeting", "interview")


def standings(view: View, running: list[Runs]) -> list[Standing]:
    """Return what the party can lose, the soonest first. An act that we expect although its time does not
    run comes before what the party can only wait for; an act that is overdue comes first. `running`: the
    deadlines that the party sees."""
    ahead = stakes(view, view.offers)
    # what others end at the same moment adds nothing to the first line
    same = [one for one in ahead[1:] if one.due == ahead[0].due and not one.moves]
    found = [_standing(view, running, one) for one in ahead if one not in same]
    if view.next and not any(one.expected for one in found):
        place = next((n for n, one in enumerate(found) if not one.choices and not one.attended), len(found))
        found.insert(0 if view.past(view.next.due) else place, _undated(view, running))
    return found


def _standing(view: View, running: list[Runs], stake: Stake) -> Standing:
    of = (stake.deadline, stake.about or "")
    run = next((run for run in running if (run.name, run.id) == of and run.name != "meeting"), None)
    what, silence = (run.what, run.silence) if run else _unlisted(view, stake)
    expected = view.next is not None and view.next.move in stake.moves and view.next.due == stake.due
    return Standing(
        stake.deadline,
        stake.about or "",
        what,
        stake.due,
        late(view.language, view.now - stake.due),
        silence,
        [*_choices(view, stake.moves, stake.about or "")],
        expected,
        expected and view.urges(stake.moves[0], stake.about or ""),
        _about(view, stake.about),
    )


def _undated(view: View, running: list[Runs]) -> Standing:
    """Return the act that we expect although its time does not run, or is over. What would follow by the end
    of a time that is over is not told any more."""
    assert view.next
    wanted = view.next
    run = next((run for run in running if (run.name, run.due) == (wanted.deadline, wanted.due)), None)
    over = view.past(wanted.due)
    return Standing(
        wanted.deadline,
        wanted.about,
        say(view.language, "consumer.case.stake.over") if over else run.what if run else "",
        None,
        "",
        run.silence if run and not over else "",
        [*_choices(view, view.choices, wanted.about)],
        True,
        view.urges(wanted.move, wanted.about),
        _about(view, wanted.about),
    )


def _unlisted(view: View, stake: Stake) -> tuple[str, str]:
    """Return what is to be done, and what follows if nobody acts, for something that is no deadline on the
    party's page."""
    key = "contest" if stake.deadline == WINDOW else OTHERS if stake.about == OTHERS else stake.deadline
    feedback = any(MOVES[move].part == "feedback" for move in stake.moves)
    about = f"consumer.{'runs' if feedback else 'case.stake'}.{key}."
    return say(view.language, about + "what", id=stake.about), say(view.language, about + "silence")


def _about(view: View, id: str | None) -> str:
    owed = next((owed for owed in view.visible_obligations() if owed.id == id), None)
    return obligation_label(owed, view.language) if owed else ""


def _choices(view: View, moves: list[str], about: str) -> Iterator[Choice]:
    return chain.from_iterable(_answers(view, move, moves, about) for move in moves)


def _answers(view: View, move: str, moves: list[str], about: str) -> Iterator[Choice]:
    """Yield the acts that one move allows: yes and no for a question, one for any other move."""
    language, declared = view.language, MOVES[move]
    facts = {"obligation": about} if declared.about_one else confirmation(view, move)
    name = say(language, f"consumer.move.{facts.get('step', move)}.name")
    if YES_NO in declared.parameters:
        for answer, said in (("true", "agree"), ("false", "disagree")):
            means = say(language, f"consumer.choice.{move}.{said}")
            facts = {YES_NO: answer}
            yield Choice(move, say(language, f"consumer.parts.joint.{said}"), means, facts)
    else:
        means = say(language, f"consumer.choice.{_meaning(view, move, moves)}")
        yield Choice(move, name, means, {key: one for key, one in facts.items() if key != "digest"})


def _meaning(view: View, move: str, moves: list[str]) -> str:
    """Return the key of the text on what follows from a move. An answer cannot be accepted during talks. A
    refusal of mediation by the company needs a reason."""
    if move == raise_dispute.__name__ and accept_answer.__name__ in moves:
        return "talks"
    return f"{move}_business" if view.company and move == refuse_mediation.__name__ else move
