"""Tests of what-if: the background replay of proposed deadlines, its comparison with today's policy, and its
page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import pytest

from chalicelib.domain.model.case import Refusal
from chalicelib.domain.policy import names, policy
from chalicelib.figures import what_if
from chalicelib.figures.replay import STEP, played
from chalicelib.figures.what_if import (
    LAST_MS,
    MOST_CHANGES,
    Proposals,
    WhatIf,
    checked,
    connected_complaints,
    shortened,
)
from chalicelib.locale.formats import texts
from tests.casework.actions import open_action
from tests.scenario import DAY, HOUR, WANG, Scenario
from tests.web.desk import Desk, visible

DEFAULT = policy("default-1")


def endless() -> int:
    """Return the time left of a run that nothing ends, in milliseconds."""
    return 10 * LAST_MS


def worker(scenario: Scenario) -> WhatIf:
    """Return the replay of the nightly worker."""
    product = scenario.product
    return WhatIf(product.file, product.proposals, lambda: 16, lambda: scenario.time)


def replayed(scenario: Scenario, days: int = 90, **lengths: str) -> dict[str, Any]:
    """Propose lengths, let the worker replay, and return the result."""
    id = scenario.product.proposals.ask("zhou", lengths, days)
    worker(scenario).run(endless)
    result: dict[str, Any] = scenario.product.proposals.one(id)["result"]
    return result


def numbers(result: dict[str, Any], key: str) -> tuple[int, int]:
    """Return a number of a result: under today's policy, and under the proposal."""
    cell = result["numbers"].get(key, {"today": [0], "proposed": [0]})
    return cell["today"][0], cell["proposed"][0]


def late_to_acknowledge(scenario: Scenario, n: int = 1) -> list[str]:
    """Return complaints that nobody acknowledged for 25 hours, and which are still open."""
    refs = [scenario.submit(person={"name": "王芳", "email": f"w{i}@mail.example"}).ref for i in range(n)]
    scenario.live(25 * HOUR, *refs)
    return refs


def test_open_complaint_counts_on_both_sides_with_its_number(scenario: Scenario) -> None:
    """The decision was late after 24 hours, and would not have been after 48. The open complaint is named
    behind the number of today."""
    (ref,) = late_to_acknowledge(scenario)
    found = replayed(scenario, acknowledgement="48h")
    assert numbers(found, "acknowledgement late") == (1, 0)
    assert found["numbers"]["acknowledgement late"]["today"][1] == [ref]
    assert (found["done"], found["of"], found["refs"], found["broken"]) == (1, 1, [], [])
    assert found["letters"]["today"] > found["letters"]["proposed"]


def test_open_complaint_counts_however_long_it_did_not_move(scenario: Scenario) -> None:
    """A proposal for seven days also replays a complaint that did not move for forty, because a deadline
    still runs in it."""
    scenario.submit()
    scenario.later(40 * DAY)
    found = replayed(scenario, days=7, acknowledgement="48h")
    assert (found["done"], found["broken"]) == (1, [])
    assert numbers(found, "acknowledgement late")[0] > 0


def test_improvement_action_is_no_complaint_that_failed(scenario: Scenario) -> None:
    """An open improvement action waits for a deadline too. It is left out, and not counted among the
    complaints that could not be replayed."""
    open_action(scenario, owner="sun")
    found = replayed(scenario, acknowledgement="48h")
    assert (found["done"], found["refs"], found["broken"], found["numbers"]) == (1, [], [], {})


class Lists(NamedTuple):
    """The lists of a case store with one shard: the complaints that moved, by day, and those that are due."""

    moved: dict[date, list[str]]
    due: list[str]

    def moved_on(self, day: date, shard: int) -> Iterator[str]:
        """Yield the complaints that moved on a day."""
        yield from self.moved.get(day, [])

    def due_on(self, shard: int) -> Iterator[str]:
        """Yield the complaints that the clock will look at."""
        yield from self.due


def test_of_too_many_complaints_half_moved_and_half_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """A replay takes the complaints that moved last and those that wait for a deadline in turns, each once,
    up to its limit."""
    today = datetime(2026, 3, 2, 1, tzinfo=UTC)
    lists: Any = Lists({today.date(): ["a", "b"], today.date() - DAY: ["c", "d", "e"]}, ["b", "x", "y", "z"])
    replay = WhatIf(lists, Proposals(lists, lambda: today), lambda: 1, lambda: today)
    assert {*replay._chosen(7)} == {*"abcdexyz"}
    assert {*replay._chosen(1)} == {*"abxyz"}
    monkeypatch.setattr(what_if, "MOST_CASES", 5)
    assert replay._chosen(7) == [*"abxcy"]


def test_each_length_has_a_source_in_both_languages(scenario: Scenario, client: Any) -> None:
    """The law, standard or paper behind each length of each policy has words in Chinese and in English. The
    Chinese form shows them, and lengths in words."""
    sources = {rule.source for name in names() for rule in policy(name).rules.values()} - {""}
    for language in ("en", "zh"):
        assert sources - texts(language)["page"]["process"]["source"].keys() == set()
    shown = visible(Desk(client, scenario, "zhou", "zh").get("/desk/what-if"))
    assert "现行：24小时" in shown
    assert "our own" not in shown


def test_replay_under_the_own_lengths_takes_the_steps_that_were_taken(scenario: Scenario) -> None:
    """The steps of the clock in an open complaint are those of its timeline."""
    (ref,) = late_to_acknowledge(scenario)
    (life,) = played(
        connected_complaints(scenario.product.file, ref), scenario.product.file.roster(), "", scenario.time
    )
    taken = [(one.deadline, one.step) for one in life.taken if one.move == STEP]
    real = [(facts["deadline"], facts["step"]) for facts in scenario.lines(ref, "take_step")]
    assert taken == real
    assert life.broken is None


def test_what_silence_did_is_compared(scenario: Scenario) -> None:
    """A person did not answer a request within 7 days, and the complaint was closed. With 20 days it would
    not have been closed yet."""
    scenario.later(40 * DAY)  # beyond the Spring Festival
    ref = scenario.submit().ref
    scenario.confirm(ref)
    scenario.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    scenario.live(12 * DAY, ref)
    assert scenario.product.file.load(ref).stage == "closed"
    assert numbers(replayed(scenario, information="20d"), "information lapsed") == (1, 0)


def test_act_that_would_have_come_too_late_is_named(scenario: Scenario) -> None:
    """A person answered after five days. With three days the complaint would have been closed before."""
    scenario.later(40 * DAY)  # beyond the Spring Festival
    ref = scenario.submit().ref
    scenario.confirm(ref)
    scenario.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    scenario.live(5 * DAY, ref)
    scenario.move(scenario.by_link(ref), "give_information", ref, answer="照片补上了。")
    found = replayed(scenario, information="3d")
    assert (found["late"], found["broken"]) == ([ref], [])


def test_replay_changes_nothing_of_a_case(scenario: Scenario) -> None:
    """A replay changes neither the case nor its moves, and sends no letter."""
    (ref,) = late_to_acknowledge(scenario)
    before = scenario.product.file.load(ref), scenario.moves(ref), len(scenario.sent())
    replayed(scenario, acknowledgement="48h")
    scenario.post()
    assert (scenario.product.file.load(ref), scenario.moves(ref), len(scenario.sent())) == before


def test_run_without_time_is_continued_by_the_next(scenario: Scenario) -> None:
    """Each run goes on until its time ends, and stores how far it is. The numbers are those of one run."""
    late_to_acknowledge(scenario, 3)
    id = scenario.product.proposals.ask("zhou", {"acknowledgement": "48h"}, 90)
    done = []
    for _ in range(4):
        left = iter([10 * LAST_MS, 10 * LAST_MS, 0, 0])
        worker(scenario).run(lambda left=left: next(left, 0))  # type: ignore[misc]
        done.append(scenario.product.proposals.result(id)["done"])
    assert done == [1, 2, 3, 3]
    assert numbers(scenario.product.proposals.result(id), "acknowledgement late") == (3, 0)


def test_two_proposals_are_replayed_in_turns(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run alternates between two waiting proposals, so that both have begun after one portion each."""
    monkeypatch.setattr(what_if, "AT_ONCE", 1)
    late_to_acknowledge(scenario, 2)
    ask = scenario.product.proposals.ask
    ids = [ask("zhou", {"acknowledgement": "48h"}, 30)]
    scenario.later(HOUR)
    ids.append(ask("wu", {"acknowledgement": "12h"}, 7))
    left = iter([10 * LAST_MS] * 3)
    worker(scenario).run(lambda: next(left, 0))
    assert [scenario.product.proposals.result(id)["done"] for id in ids] == [1, 1]
    worker(scenario).run(endless)
    late = [numbers(scenario.product.proposals.result(id), "acknowledgement late") for id in ids]
    assert late[0] == (2, 0)
    assert late[1][1] >= late[1][0] == 2


def test_cancelled_proposal_is_not_replayed_further(scenario: Scenario, client: Any) -> None:
    """A cancelled proposal keeps its numbers so far, and the next run does not continue it."""
    late_to_acknowledge(scenario, 2)
    id = scenario.product.proposals.ask("zhou", {"acknowledgement": "48h"}, 30)
    left = iter([10 * LAST_MS] * 2)
    worker(scenario).run(lambda: next(left, 0))
    desk = Desk(client, scenario, "zhou")
    assert "Being replayed. 1 of 2 complaints." in visible(desk.get(f"/desk/what-if/{id}"))
    assert desk.post(f"/desk/what-if/{id}", {}).endswith(f"/desk/what-if/{id}")
    worker(scenario).run(endless)
    assert "Cancelled. 1 of 2 complaints." in visible(desk.get(f"/desk/what-if/{id}"))


def test_supervisor_proposes_and_reads_both_columns(scenario: Scenario, client: Any) -> None:
    """The form is filled with today's lengths. The page of the proposal says that it waits, and then has both
    columns with links to the complaints, in both languages."""
    (ref,) = late_to_acknowledge(scenario)
    desk = Desk(client, scenario, "zhou")
    page = desk.get("/desk/what-if")
    today = dict(re.findall(r'name="length\.(\w+)" value="(\w+)"', page))
    assert today == what_if.changeable(scenario.product.policy)
    fields = {f"length.{name}": length for name, length in today.items()}
    at = desk.post("/desk/what-if", {**fields, "length.acknowledgement": "48h", "days": "30"})
    path = "/desk/what-if/" + at.rpartition("/")[2]
    assert "Waiting. The replay begins within the hour." in visible(desk.get(path))
    scenario.product.nightly(endless)
    for language, words in (("en", ("Finished", "today", "proposal")), ("zh", ("已经完成", "现行", "方案"))):
        read = Desk(client, scenario, "zhou", language).get(path)
        assert [word for word in words if word not in visible(read)] == []
        assert f"/desk/cases/{ref}" in read
    assert path in desk.get("/desk/what-if")


def test_wrong_lengths_are_answered_with_everything_typed(scenario: Scenario, client: Any) -> None:
    """A length in another form, no change, and a length at which reminders come in the wrong order are
    refused. The form keeps what was typed."""
    desk = Desk(client, scenario, "zhou")
    bad = {"acknowledgement": ("soon", "0h", "24x", "1000d", "-5d", "1m", "２４h", "24h' OR 1=1")}
    for name, typed in ((name, one) for name, every in bad.items() for one in every):
        page = desk.post("/desk/what-if", {f"length.{name}": typed, "days": "30"}, 422)
        assert "a number from 1 to 999" in visible(page)
        assert typed in page
    assert "change at least one" in visible(desk.post("/desk/what-if", {"days": "30"}, 422))
    desk.post("/desk/what-if", {"length.acknowledgement": "48h", "days": "31"}, 422)


def test_lengths_are_checked_as_those_of_a_policy() -> None:
    """Reminders at fixed times must stay in order, and only some lengths can change at a time."""
    with pytest.raises(Refusal, match="steps_out_of_order"):
        checked(DEFAULT, {"acknowledgement": "8h"})
    many = dict.fromkeys([*what_if.changeable(DEFAULT)][: MOST_CHANGES + 1], "17d")
    with pytest.raises(Refusal, match="too_many_lengths"):
        checked(DEFAULT, many)
    assert checked(DEFAULT, {"acknowledgement": " 48h ", "unknown": "1h", "signing": "7d"}) == {
        "acknowledgement": "48h"
    }


def test_shorter_time_of_which_people_are_told_is_marked() -> None:
    """The proposal marks only shorter deadlines that people outside know, in whatever unit they are."""
    assert shortened(DEFAULT, {"answer_window": "20d", "signing": "10d", "approval": "4h"}) == [
        "answer_window"
    ]
    assert shortened(DEFAULT, {"answer_window": "5w"}) == ["answer_window"]
    assert shortened(DEFAULT, {"answer_window": "40d"}) == []


def test_only_those_who_oversee_propose(scenario: Scenario, client: Any) -> None:
    """Roles without oversight can neither read nor start nor cancel a proposal, and an unknown id gives
    404."""
    id = scenario.product.proposals.ask("zhou", {"acknowledgement": "48h"}, 30)
    for who in ("sun", "wang", "zheng", "auditor"):
        desk = Desk(client, scenario, who)
        for path in ("/desk/what-if", f"/desk/what-if/{id}"):
            desk.get(path, 403), desk.post(path, {"days": "30"}, 403)
    assert Desk(client, scenario, "wu").get(f"/desk/what-if/{id}")
    for wrong in ("x", "0" * 26, "..%2Fsigns"):
        Desk(client, scenario, "zhou").get(f"/desk/what-if/{wrong}", 404)


def test_numbers_name_only_some_complaints(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """A result names at most `NAMED` complaints for each number, so that it stays small."""
    monkeypatch.setattr(what_if, "NAMED", 2)
    late_to_acknowledge(scenario, 4)
    cell = replayed(scenario, acknowledgement="48h")["numbers"]["acknowledgement late"]["today"]
    assert (cell[0], len(cell[1])) == (4, 2)
