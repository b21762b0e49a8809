"""Two releases run on one table during a deploy. The other one has its own code and its own process."""

from __future__ import annotations

from collections import Counter

import pytest

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.domain.model.codes import OPEN
from chalicelib.web.callers import CASE_COOKIE
from tests.beside import OtherFailed, Turns, in_turns, raised, release
from tests.casework.recorded import an_hour
from tests.cloud.lives import upheld_and_paid
from tests.cloud.moto_pool import whole_scenario
from tests.cloud.session import Call
from tests.scenario import HOUR, WANG, Scenario

COMMITS = raised()
pytestmark = pytest.mark.skipif(len(COMMITS) < 2, reason="needs the history of the project")


def before(scenario: Scenario) -> Turns:
    """Return the scenario, in turns with the release before the one that last raised a version of rows."""
    return in_turns(scenario, release(f"{COMMITS[0]}^"))


def told(scenario: Scenario) -> list[object]:
    """Return the only case as its moves in order, its letters with recipient and state, and the recipients of
    mails."""
    (ref,) = (rows.ref_of(row.pk) for row in Row.scan() if row.sk == rows.HEAD)
    letters = scenario.product.file.whole(ref).letters
    an_hour(scenario, scenario.time + HOUR)
    assert not scenario.product.file.load(ref).doubts
    return [
        scenario.moves(ref),
        Counter((letter["name"], letter["to"], letter["state"]) for letter in letters),
        Counter(mail["to"] for mail in scenario.sent()),
    ]


def test_life_of_two_releases_is_that_of_one() -> None:
    """Moves, letters and mails are the same as with one release, and the record is whole."""
    found = []
    for others in (False, True):
        with whole_scenario() as scenario:
            turns = before(scenario) if others else in_turns(scenario, None)
            upheld_and_paid(turns)
            found.append(told(turns))
    assert found[0] == found[1]
    assert len({*turns.other.taken}) > 4


def test_moves_of_two_releases_at_once_are_all_taken(scenario: Scenario) -> None:
    """Whenever the other release writes a move, we have just written another one. Each is taken once."""
    turns = before(scenario)
    ref = Scenario.submit(turns).ref
    rivals = [2, 1]

    def first(call: Call) -> None:
        if call.operation == "TransactWriteItems" and rivals and rivals.pop():
            Scenario.move(turns, turns.by_link(ref), "message", ref, text="还要多久？")

    turns.other.heard = first
    for move, said in (("accept", {}), ("message", {"text": "我们在查。"})):
        turns.other.ask(turns, "move", WANG, move, ref, **said)
    turns.other.heard = lambda call: None
    assert turns.moves(ref) == ["submit", "message", "message", "accept", "message"]
    Scenario.post(turns)
    letters = turns.letters(ref)
    turns.other.ask(turns, "post")
    assert turns.letters(ref) == letters
    assert len(turns.sent()) == len({mail["subject"] for mail in turns.sent()})
    assert turns.product.file.load(ref).stage in OPEN


def test_release_that_cannot_read_a_case_leaves_it_alone(scenario: Scenario) -> None:
    """If the release between was left out, the older one refuses every move, tells its readers to come again,
    and changes nothing. What is due waits for the newer one."""
    older = release(f"{COMMITS[1]}^")
    older.ask(scenario, "start")
    case = scenario.submit()
    scenario.later(16 * HOUR)
    kept = [row.serialize() for row in Row.query(rows.case(case.ref))]
    for order in (("move", WANG, "accept", case.ref), ("move", scenario.party(case), "withdraw", case.ref)):
        with pytest.raises(OtherFailed, match="Newer"):
            older.ask(scenario, *order)
    cookie = f"{CASE_COOKIE}={case.ref}.{scenario.product.links.token(case.ref, 'p1', 1)}"
    status, headers, page = older.ask(scenario, "get", "/case", headers={"Cookie": cookie})
    assert (status, headers["Retry-After"]) == (503, "60")
    assert "系统正在更新" in page.decode()
    older.ask(scenario, "minute"), older.ask(scenario, "post")
    assert [row.serialize() for row in Row.query(rows.case(case.ref))] == kept
    scenario.minute(), scenario.post()
    assert scenario.moves(case.ref) == ["submit", "take_step"]
    assert "receipt" in scenario.letters(case.ref)
