"""Moves named in letters: the reader can take each of them, and the expected act of their page is among them,
in many cases and both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from types import SimpleNamespace

import pytest
from hypothesis import Phase, given, settings, strategies as st

from chalicelib.access.offers import offers
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.sending_limits import CODE
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.change import Change
from chalicelib.domain.model.codes import Conclusion, Role, Side
from chalicelib.domain.model.letters import LETTERS, key_of, letter_of
from chalicelib.letters import HERE, render
from chalicelib.locale.formats import choice
from chalicelib.view.expected import expected
from chalicelib.view.party import PartyReader
from tests.acts import PARTS, named_moves
from tests.domain.life import (
    BY_PHONE,
    DAY,
    HOUR,
    PERSON,
    Life,
    answered,
    disputed,
    drafted,
    invited,
    joint,
    mediated,
    mediating,
    offered,
    reported,
    sign,
    talking,
)
from tests.domain.variants import STARTS, come, somebody_does_something
from tests.letters.reading import covering
from tests.letters.rendered import RenderedLife
from tests.letters.sample import BRANCHES, MIDNIGHT, slots
from tests.view.read import party

NOTHING_NEEDED = {
    "zh": ("您不需要(再)?做什么", "投诉页面上另有一件事等您办理", "\n不过，"),
    "en": ("nothing (else |more )?you need to do", " else is open on ", "\nHowever, something"),
}
"""By language: the pattern of the sentence that nothing is needed, the sentence of an open act, and how the
latter begins after the former."""
POWERLESS = {"zh": "您的授权不包括", "en": "Your authority does not cover"}
"""By language: how a letter says that its reader, a representative, has no power to answer it."""
ANSWERED = {name for move in MOVES.values() if move.by & Role.PARTY for name in move.answers}
"""The deadlines and letters that a move of a party answers."""
PARTY_LETTERS = [name for name, one in LETTERS.items() if one.to == "party" and not one.bare]


def asks(reader: PartyReader, key: str) -> bool:
    """Return whether a letter asks its reader for something: it opened a window that runs for the reader, or
    reminds of it, and a move of a party answers it."""
    letter = letter_of(key)
    return any(
        run.name in ANSWERED.intersection(letter.opens + letter.reminds)
        or key_of(run.id).name == letter.name in ANSWERED
        for run in reader.runs()
    )


class Named(RenderedLife):
    """A case that reads its letters as they leave, and collects in `vain` the moves that the reader cannot
    take.

    `silent` collects the expected acts that a letter does not name, though the case page does.

    `mute` collects the letters that ask for something, and name no act that their reader can take. A letter
    to a representative without the power to answer says so instead.

    A letter to an address that was replaced leads to no page, so it names no expected act.

    Two letters are exempt. One-time codes belong to a move in progress, which a random case does not track
    (`one_time_code.py`). The decision on an approval quotes the requested move."""

    vain: list[tuple[str, str, str]]
    silent: list[tuple[str, str, str]]
    mute: list[tuple[str, str, str]]
    before: Case

    def keep(self, change: Change) -> Change:
        """Keep a change and read its letters."""
        if not hasattr(self, "vain"):
            self.vain, self.silent, self.mute = [], [], []
        before, self.before = len(self.texts), change.before or change.case
        super().keep(change)
        for key, to, language, text in self.texts[before:]:
            id = to[6:] if to.startswith("party:") else ""
            if key.partition("#")[0] != CODE and any(
                one.id == id and not one.left for one in self.case.parties
            ):
                reader = party(self, id)
                able = offers(self.case, reader.caller, self.time)
                act = expected(reader, able)
                leads = not letter_of(key).bare and not key.endswith("#before")
                if act and leads and choice(language, act.move) not in text:
                    self.silent.append((key, language, act.move))
                named = {*named_moves(language, text)}
                if leads and asks(reader, key) and not named & {*able} and POWERLESS[language] not in text:
                    self.mute.append((key, language, id))
                quoted = {one.move for one in self.before.approvals} if key == "approval_decided" else set()
                acts = named - {*able} - quoted
                self.vain += [(key, language, act) for act in acts]
        return change


def test_a_letter_asks_before_it_names_an_act() -> None:
    """Each template checks with `can` every move that it names by its button, except `message`, which is
    always possible."""
    for text in HERE.glob("*/*.md"):
        source = text.read_text("utf-8")
        acts = {PARTS.get(act, act) for act in re.findall(r"'(\w+)' \| choice", source)}
        assert acts - {"message"} <= {*re.findall(r"can\('(\w+)'", source)}, text


@pytest.mark.parametrize("how", STARTS)
def test_a_letter_names_only_what_its_reader_can_do(how: str) -> None:
    """A case from each start, left alone until every deadline has lapsed, names no impossible move, and the
    expected one."""
    life = Named(PERSON)
    come(life, how)
    life.live(120 * DAY)
    assert not life.vain
    assert not life.silent
    assert not life.mute


def together(people: int) -> Named:
    """Return an answered joint complaint of so many people that reads its letters."""
    life = Named(PERSON)
    life.take("accept", "wang")
    life.take("take", "zhao")
    joint(people, life)
    answered(Conclusion.NOT_UPHELD, life)
    return life


def chosen(life: Life) -> Life:
    """Let the people of a joint complaint choose the first of them to speak."""
    life.says("appoint_joint_representatives", "p1", representatives=("p1",))
    for person in life.case.consumers[1:]:
        life.says("agree_representatives", person.id, agrees=True)
    return life


JOINT: dict[str, Callable[[], Life]] = {
    "answered": lambda: together(3),
    "talking": lambda: talking(disputed(together(3))),
    "invited without speakers": lambda: invited(talking(disputed(together(3)))),
    "invited": lambda: invited(talking(disputed(chosen(together(3))))),
    "chosen while invited": lambda: chosen(invited(talking(disputed(together(3))))),
    "offered": lambda: (life := talking(disputed(together(2))), offered(life, Side.BUSINESS))[0],
    "mediated": lambda: mediated(mediating(talking(disputed(chosen(together(3)))))),
    "drafted": lambda: drafted(talking(disputed(together(2)))),
    "bound": lambda: sign(drafted(mediated(mediating(talking(disputed(chosen(together(3)))))))),
    "many": lambda: invited(talking(disputed(together(11)))),
}
"""Joint complaints at moments at which their people are asked for something."""


@pytest.mark.parametrize("how", JOINT)
def test_a_letter_to_people_of_a_joint_case_names_what_its_reader_can_do(how: str) -> None:
    """Each person who is asked can answer, or choose who answers, or leave; left alone until every deadline
    has lapsed."""
    life = JOINT[how]()
    assert isinstance(life, Named)
    life.live(120 * DAY)
    assert (life.vain, life.silent, life.mute) == ([], [], [])


@settings(
    max_examples=settings().max_examples // 7,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
@given(dice=st.randoms(use_true_random=True))
def test_letters_of_random_lives_name_only_possible_moves(dice: Random) -> None:
    """A case of random moves and pauses names no impossible move. A smaller seed is another life and no
    shorter one, so nothing is shrunk."""
    life, leading = Named(dice.choice([PERSON, BY_PHONE])), Life(PERSON)
    come(life, dice.choice(STARTS))
    for _ in range(14):
        if dice.random() < 0.3:
            life.live(dice.choice([HOUR, DAY, 8 * DAY, 25 * DAY]))
        else:
            somebody_does_something(life, leading, dice)
    assert not life.vain
    assert not life.silent
    assert not life.mute


@pytest.mark.parametrize(
    ("language", "says"),
    [
        (
            "zh",
            "不过，投诉页面上另有一件事等您办理：请在2026年12月8日（星期二）24:00前选择“签署协议”，也可以来电。",
        ),
        (
            "en",
            "However, something else is open on your complaint page: please choose “Sign the agreement” by "
            "Tuesday 8 December 2026, 24:00, or call.",
        ),
    ],
)
def test_a_letter_about_something_else_names_the_expected_act(language: str, says: str) -> None:
    """The letter names the act of the page with its date, in text and mail, and no date that has passed."""
    due = SimpleNamespace(move="sign", due=MIDNIGHT, moves=["sign"])
    letter = render("progress", language, slots(next=due))
    assert says in letter.text
    assert choice(language, "sign") in letter.html
    late = render("progress", language, slots(next=due, today=MIDNIGHT + DAY)).text
    assert f"“{choice(language, 'sign')}”" in late
    assert says not in late


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_letter_that_names_the_expected_act_says_it_once(language: str) -> None:
    """A label with punctuation, which the mail escapes, is found as well."""
    line = {"zh": "另有一件事", "en": "omething else is open"}[language]
    for name, act in (("answer", "accept_answer"), ("performance_question", "confirm_done")):
        letter = render(name, language, slots(next=SimpleNamespace(move=act, due=MIDNIGHT, moves=[act])))
        assert choice(language, act) in letter.text
        assert line not in letter.text
        assert line not in letter.html


@pytest.mark.parametrize("name", PARTY_LETTERS)
def test_an_open_act_does_not_contradict_the_letter(name: str) -> None:
    """A letter that says that nothing is needed names an open act of the page as an exception."""
    for language, (nothing, opened, however) in NOTHING_NEEDED.items():
        for branch in covering(name, language, [one for one in BRANCHES.values() if one["side"]]):
            filled = {
                **branch,
                "next": SimpleNamespace(move="confirm_done", due=MIDNIGHT, moves=["confirm_done"]),
            }
            text = render(name, language, filled, mailed=False).text
            body, found, _ = text.partition(opened)
            if found and re.search(nothing, body):
                assert body.endswith(however)


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("zh", "\n在投诉页面上，请在"),
        (
            "en",
            "\nOn your complaint page, please choose “Accept the answer”, “Ask to negotiate” or “Ask for ",
        ),
    ],
)
def test_open_act_is_told_with_its_alternatives(language: str, says: str) -> None:
    """A letter about the time to respond to our answer names each response, and not the yes alone. It does
    not call this act another one."""
    life = RenderedLife(PERSON)
    life.take("accept", "wang")
    life.take("take", "zhao")
    life.take("file_report", "zhao", **reported(life))
    life.take("answer", "zhou")
    life.take("correct_answer", "sun", wrong="九百元", right="一千元")
    text = life.text("answer_corrected", language)
    assert says in text
    moves = ("accept_answer", "ask_reconsideration", "raise_dispute")
    assert [choice(language, move) in text for move in moves] == [True] * 3
