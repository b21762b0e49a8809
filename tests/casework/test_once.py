"""Rivals, double clicks, retries and double fires have one effect; a refused or lost move leaves no trace."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.access.authorization import CLOCK
from chalicelib.aws.due_index import looked
from chalicelib.cases.casework import Repeated, WriteConflict, once
from chalicelib.domain.engine.process import take
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.codes import Role
from chalicelib.domain.reference import reference
from chalicelib.web import request_models
from tests.casework.joint import rows, together
from tests.scenario import CONSUMER, HOUR, SUN, WANG, Scenario, complaint


def test_workers_that_fire_the_same_step_have_one_effect(scenario: Scenario) -> None:
    """Four workers look at the same case at once: one entry, one letter."""
    case = scenario.submit()
    scenario.later(16 * HOUR)
    taken = together(scenario, 4, lambda casework: casework.look_at(case.ref, scenario.time))
    assert sorted(taken) == [0, 0, 0, 1]
    assert scenario.moves(case.ref) == ["submit", "take_step"]
    assert [letter["name"] for letter in scenario.product.file.whole(case.ref).letters].count("warning") == 1


def test_a_rival_that_lost_tries_anew_on_the_fresh_case(scenario: Scenario) -> None:
    """Three messages at once become three entries in a chain."""
    case = scenario.submit()
    done = together(
        scenario,
        3,
        lambda casework: casework.move("message", case.ref, scenario.party(case), {"text": "还要多久？"}),
    )
    assert sorted(after.entries for after in done) == [2, 3, 4]
    assert scenario.moves(case.ref) == ["submit", "message", "message", "message"]


def test_a_lost_race_writes_nothing(scenario: Scenario) -> None:
    """The second of two changes to the same state raises `Conflict` and leaves no trace."""
    file, case = scenario.product.file, scenario.submit()
    act = scenario.product.casework.act(WANG, Role.INTAKE, scenario.time)
    first, second = take("withdraw", case, act), take("accept", case, replace(act, id="other"))
    file.save(first)
    before = rows(scenario)
    with pytest.raises(WriteConflict):
        file.save(second)
    assert rows(scenario) == before
    assert scenario.moves(case.ref) == ["submit", "withdraw"]


def test_a_form_made_from_an_older_state_is_told(scenario: Scenario) -> None:
    """A move that carries an outdated entry number is refused."""
    case = scenario.submit()
    scenario.move(WANG, "message", case.ref, text="我们在看。")
    before = rows(scenario)
    with pytest.raises(WriteConflict):
        scenario.move(WANG, "accept", case.ref, seen=case.entries)
    assert rows(scenario) == before
    scenario.move(WANG, "accept", case.ref, seen=case.entries + 1)


def test_a_refused_move_writes_nothing(scenario: Scenario) -> None:
    """A refusal by stage, role or move names its reason and leaves the table unchanged."""
    case = scenario.submit()
    before = rows(scenario)
    elsewhere = reference(1)
    for caller, name, body, code in [
        (scenario.party(case), "accept", {}, "move_not_allowed_for_role"),
        (SUN, "unlink_duplicate", {}, "move_not_allowed_in_stage"),
        (SUN, "assign", {"to": "nobody"}, "unknown_person"),
        (WANG, "link_duplicate", {"leading": elsewhere}, "unknown_case"),
        (CLOCK, "lapse_decline", {}, "move_not_allowed_in_stage"),
        (SUN, "approve", {"approval": "none"}, "approval_unknown"),
    ]:
        with pytest.raises(Refusal) as refused:
            scenario.move(caller, name, case.ref, **body)
        assert refused.value.code == code
    assert rows(scenario) == before


def test_one_key_is_one_complaint(scenario: Scenario) -> None:
    """A double click, a retry, or four requests at once get the first answer, and there is one case."""
    key = once(CONSUMER, "submit", "k-1", b"body")
    first = scenario.submit(key=key)
    scenario.later(timedelta(minutes=5))
    assert scenario.submit(key=key).ref == first.ref
    said, other = (
        request_models.arguments("submit", json.dumps(complaint()), scenario.time),
        once(CONSUMER, "submit", "k-2", b"body"),
    )
    four = together(scenario, 4, lambda casework: casework.submit(CONSUMER, said, other))
    assert len({case.ref for case in four}) == 1
    heads = [key for key in rows(scenario) if key[1] == "CASE"]
    assert len(heads) == 2
    receipts = [row for (_, sk), row in rows(scenario).items() if sk.startswith("LETTER#")]
    assert len(receipts) == 2


def test_a_key_used_for_something_else_is_refused(scenario: Scenario) -> None:
    """The same key with another body is refused, and nothing is written."""
    scenario.submit(key=once(CONSUMER, "submit", "k-1", b"body"))
    before = rows(scenario)
    with pytest.raises(Refusal, match="wrong_key_reuse"):
        scenario.submit(key=once(CONSUMER, "submit", "k-1", b"another"))
    assert rows(scenario) == before


def test_a_move_with_a_key_is_taken_once(scenario: Scenario) -> None:
    """A retried message is one message; the key of another caller or route is a different key."""
    case = scenario.submit()
    party = scenario.party(case)

    def say(key: Any) -> Case:
        return scenario.product.casework.move(
            "message",
            case.ref,
            party,
            request_models.arguments("message", '{"text": "还要多久？"}', scenario.time),
            key,
        )

    say(once(party, f"{case.ref}/message", "k", b"1"))
    say(once(party, f"{case.ref}/message", "k", b"1"))
    assert scenario.moves(case.ref) == ["submit", "message"]
    say(once(WANG, f"{case.ref}/message", "k", b"1"))
    assert scenario.moves(case.ref) == ["submit", "message", "message"]


def test_a_key_is_forgotten_after_a_month(scenario: Scenario) -> None:
    """An expired record can be overwritten, whether or not the table has dropped it."""
    key = once(CONSUMER, "submit", "k-1", b"body")
    first = scenario.submit(key=key)
    scenario.later(timedelta(days=31))
    assert scenario.submit(key=key).ref != first.ref


def test_saving_the_same_change_with_its_key_twice_says_what_it_made(scenario: Scenario) -> None:
    """The case file tells a repeated key from a lost race and names the case."""
    case = scenario.submit()
    change = take("withdraw", case, scenario.product.casework.act(WANG, Role.INTAKE, scenario.time))
    key = once(WANG, "x", "k", b"1")
    scenario.product.file.save(change, key)
    with pytest.raises(Repeated) as repeated:
        scenario.product.file.save(change, key)
    assert (repeated.value.ref, repeated.value.digest) == (case.ref, key.digest)


def test_an_index_that_was_behind_is_settled_and_a_rival_makes_that_void(scenario: Scenario) -> None:
    """A case that was due too early gets its right moment; one that moved in between is left alone."""
    from chalicelib.aws import rows as table

    case = scenario.submit()
    stale = table.Row.get(table.case(case.ref), table.HEAD)
    stale.update(actions=looked(scenario.product.macs, stale, stale.shard, scenario.time - HOUR))
    assert scenario.product.casework.look_at(case.ref, scenario.time) == 0
    assert scenario.moves(case.ref) == ["submit"]
    moved = scenario.move(WANG, "accept", case.ref)
    scenario.product.file.settle(case)
    assert scenario.moves(moved.ref) == ["submit", "accept"]


def test_replies_to_a_joined_case_reach_the_leading_one(scenario: Scenario) -> None:
    """A reply from a form of the joined case reaches the leading one too; the joined case stays silent."""
    leading, joined = scenario.submit(), scenario.submit()
    joined = scenario.move(WANG, "link_duplicate", joined.ref, leading=leading.ref)
    assert (
        scenario.move(
            scenario.party(joined), "message", joined.ref, seen=joined.entries, text="还要多久？"
        ).ref
        == leading.ref
    )
    scenario.post()
    scenario.later(timedelta(days=9))
    scenario.minute()
    assert scenario.moves(joined.ref) == ["submit", "link_duplicate"]
    assert scenario.moves(leading.ref)[:3] == ["submit", "link_duplicate", "message"]
