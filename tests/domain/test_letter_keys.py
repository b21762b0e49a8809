"""Keys of letters: one function finds the declaration of a letter, whatever suffix its key has. Letters of
the talks are read out only by people who hear the talks."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.permission import NEUTRAL
from chalicelib.domain.engine.process import take
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, Limit, Refusal
from chalicelib.domain.model.case_records import CallTask
from chalicelib.domain.model.codes import Role, Way
from chalicelib.domain.model.letters import LETTERS, Key, key_of, letter_key, letter_of
from tests.domain.life import BY_PHONE, Conclusion, Life, answered, disputed, drafted, joint, talking

ROOT = Path(__file__).parents[2]
FILES = [ROOT / "app.py", *sorted((ROOT / "chalicelib").rglob("*.py"))]
SUFFIXES = ("", "#F1", "#M1#business", "@p1", "@p2", "#F1@p1", "#M1#business@p2")
"""Every form of a suffix of a letter's key."""
TALKS = sorted(name for name, letter in LETTERS.items() if letter.confided)
QUOTES_NOTHING = {"not_signed"}
"""Letters of confidential moves that repeat no word and no number of the talks."""
TAKES_APART = {
    "chalicelib/domain/model/letters.py": "keys of letters",
    "chalicelib/domain/engine/running.py": "keys of the runs of deadlines",
    "chalicelib/aws/rows.py": "keys of the table",
    "chalicelib/aws/case_file.py": "keys of the table",
    "chalicelib/aws/suggestion_rows.py": "keys of the table",
    "chalicelib/aws/changed_rows.py": "keys of the table",
    "chalicelib/aws/filed_rows.py": "keys of the table",
    "chalicelib/incoming/headers.py": "addresses of mailboxes",
    "chalicelib/incoming/mail.py": "addresses of mailboxes",
    "chalicelib/incoming/quotes.py": "lines of mails",
    "chalicelib/incoming/verdicts.py": "addresses of mailboxes",
    "chalicelib/aws/read_rows.py": "keys of the table",
    "chalicelib/aws/erasure.py": "keys of the table",
    "chalicelib/locale/formats.py": "addresses of mailboxes",
    "chalicelib/web/request_models.py": "addresses of mailboxes",
    "chalicelib/domain/addresses.py": "addresses of mailboxes",
    "chalicelib/domain/disguises.py": "addresses of mailboxes",
    "chalicelib/domain/scrub.py": "addresses of mailboxes",
    "chalicelib/wiring.py": "addresses of mailboxes",
    "chalicelib/access/links.py": "addresses of mailboxes",
    "chalicelib/incoming/replies.py": "addresses of mailboxes",
    "chalicelib/domain/roster.py": "addresses of mailboxes",
    "chalicelib/aws/repairs.py": "keys of the table",
    "chalicelib/aws/word_rows.py": "keys of the table",
    "chalicelib/domain/finding.py": "addresses of mailboxes",
    "chalicelib/view/expected.py": "roles of teams",
    "chalicelib/web/pages/desk/shown_facts.py": "digests of long facts",
    "chalicelib/delivery/correspondence.py": "roles of teams",
    "chalicelib/web/pages/desk/reading.py": "roles of departments",
}
"""The files that may look for "#" or "@" in a text, each with the kind of text."""
LOOKS = {"partition", "rpartition", "split", "rsplit", "find", "rfind", "index", "endswith", "startswith"}


@cache
def talks() -> Life:
    """A joint complaint with a draft for both sides; one of its people has only a telephone."""
    life, _ = joint(2, Life(BY_PHONE))
    life.take("accept", "wang")
    life.take("take", "zhao")
    return drafted(talking(disputed(answered(Conclusion.NOT_UPHELD, life))))


def waiting(letter: str) -> Case:
    """Return the complaint with one letter that waits for a call."""
    life = talks()
    return replace(life.case, tellings=(CallTask("t1", letter, "p1", life.time),))


def refusal(case: Case, role: Role, hears: bool = True) -> str:
    """Return the code with which this role is refused to read the waiting letter out; "" if it may."""
    said = {"telling": "t1", "how": Way.PHONE, "told": True, "said": "念了全文。"}
    limits = frozenset[Limit]() if hears else frozenset[Limit](["deaf"])
    act = Act("somebody", role, talks().time, "a1", "n1", frozenset({"general"}), limits=limits)
    try:
        take("record_telling", case, act, **said, people={"p1": {"phone": "+8613800138000"}})
    except Refusal as refused:
        return refused.code
    return ""


def test_an_intake_officer_tells_no_text_of_a_joint_case() -> None:
    """The key of a draft in a joint case names the person; the letter is confidential nevertheless."""
    life = talks()
    (letter,) = [t.letter for t in life.case.tellings if t.letter.startswith("draft")]
    assert letter == "draft_agreement@p1"
    assert refusal(waiting(letter), Role.INTAKE) == "told_in_confidence"
    assert refusal(waiting(letter), Role.NEGOTIATOR) == ""


@pytest.mark.parametrize("role", [*Role])
@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", TALKS)
def test_a_letter_of_the_talks_is_told_by_neutral_officers_only(name: str, suffix: str, role: Role) -> None:
    """The suffix of a key changes nothing; an officer who also investigates reads them out only while they
    hear the talks."""
    case = waiting(name + suffix)
    takes = role in MOVES["record_telling"].takers
    may = "" if role in NEUTRAL else "told_in_confidence"
    assert refusal(case, role) == (may if takes else "move_not_allowed_for_role")
    assert refusal(case, role, hears=False) == (
        "told_in_confidence" if takes else "move_not_allowed_for_role"
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    "name", sorted(name for name, letter in LETTERS.items() if letter.to == "party" and not letter.confided)
)
def test_any_other_letter_is_told_by_intake(name: str, suffix: str) -> None:
    """Intake can read out every letter that is not of the talks."""
    assert refusal(waiting(name + suffix), Role.INTAKE) == ""


def test_a_text_put_to_each_before_the_talks_is_told_by_intake() -> None:
    """The text of a settlement is confidential only if it may be one of the talks."""
    life, _ = joint(2, Life(BY_PHONE))
    case = replace(life.case, tellings=(CallTask("t1", "joint_consent@p1", "p1", life.time),))
    assert refusal(case, Role.INTAKE) == ""
    assert refusal(waiting("joint_consent@p1"), Role.INTAKE) == "told_in_confidence"


def test_letters_of_moves_made_in_confidence_are_confided() -> None:
    """A new letter of such a move is declared confidential, or listed here as one that repeats nothing."""
    told = {
        letter
        for move in MOVES.values()
        if move.confided == "talks"
        for tell in move.tells
        for letter in tell.letters
    }
    outside = {name for name in told if LETTERS[name].to == "party"}
    assert outside - QUOTES_NOTHING <= {*TALKS}


WORDS = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)
ABOUT = st.from_regex(r"([A-Z][0-9]{1,3})?(#business)?", fullmatch=True).map(lambda it: it.removeprefix("#"))
PEOPLE = st.from_regex(r"(p[0-9]{1,3})?", fullmatch=True)


@given(WORDS, ABOUT, PEOPLE)
def test_a_key_is_taken_apart_as_it_was_made(name: str, about: str, person: str) -> None:
    """No suffix hides the letter's name."""
    key = letter_key(name, about, person)
    assert key_of(key) == Key(name, about, person)
    assert letter_of(key).name == name
    assert key_of(key).topic == letter_key(name, about)


def test_an_answer_ends_the_call_about_its_question_in_a_joint_case() -> None:
    """The call of each person ends, also one whose key names them."""
    life, _ = joint(2, Life(BY_PHONE))
    life.take("ask_information", "wang", items=(), why="缺少凭证。")
    asked = [t.letter for t in life.case.tellings if letter_of(t.letter).name == "information_request"]
    assert asked == ["information_request@p1"]
    life.says("give_information", "p2", answer="凭证见附件。")
    assert not [t for t in life.case.tellings if letter_of(t.letter).name == "information_request"]


def looks() -> Iterator[tuple[str, int]]:
    """Yield each place of the product that looks for the marks of a key: file and line."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            texts: list[ast.expr] = []
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in LOOKS
                and node.args
            ):
                texts = [node.args[0]]
            elif isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
                texts = [node.left]
            for text in texts:
                parts = text.values if isinstance(text, ast.JoinedStr) else [text]
                if any(isinstance(p, ast.Constant) and p.value in ("#", "@") for p in parts):
                    yield str(path.relative_to(ROOT)), node.lineno


def test_no_other_code_takes_a_letters_key_apart() -> None:
    """Only `key_of` and `letter_of` split a key: they know all its suffixes."""
    assert sorted((file, line) for file, line in looks() if file not in TAKES_APART) == []
