"""The destruction of personal data: who decides it, what stops it, and that nothing of the person is found
afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest

from chalicelib.access.authorization import CLOCK, Caller
from chalicelib.cases.casework import Unavailable
from chalicelib.domain.model.case import Refusal
from chalicelib.operations.destruction import WAITS
from tests.casework.destroyed import STORY, WHY, closed, destroyed, holds, hour, load, stored
from tests.cloud.moto_scenario import moto_scenario
from tests.personal_data import personal
from tests.scenario import SUN, WANG, WU, ZHOU, Scenario


def code_of(refused: pytest.ExceptionInfo[Refusal]) -> tuple[str, str | None]:
    """Return code and field of a refusal."""
    return refused.value.code, refused.value.field


def test_nothing_of_the_person_is_found_after_the_destruction(scenario: Scenario) -> None:
    """No word, name, address, keyed hash or file of the person lies in a table, an index or a bucket, while
    another person's complaint is untouched."""
    scenario.played = None
    other = scenario.submit(
        person={"name": "李雷", "email": "li.lei@mail.example"}, account={"story": "快递丢了。"}
    )
    scenario.post()
    theirs = personal()
    ref = closed(scenario)
    case = load(scenario, ref)
    mine = personal() - theirs
    keys = {key for party in case.parties for key in party.known_by}
    assert any(STORY in one for one in mine)
    assert f"evidence/{ref}/" in stored(scenario)
    scenario.agreed(ref, ZHOU, WU, "destroy_data", **WHY)
    scenario.post()
    scenario.later(WAITS)
    hour(scenario)
    left = stored(scenario)
    assert [one for one in mine | keys if holds(left, one)] == []
    assert re.findall(rf"(?:evidence|thumbs|incoming)/{ref}/", left) == []
    assert load(scenario, other.ref).parties[0].known_by


def test_an_earlier_address_finds_nobody_afterwards(scenario: Scenario) -> None:
    """The person changed their mailbox twice. No lookup of an address is left, confirmed or not."""
    scenario.played = None
    ref = scenario.submit().ref
    for name in ("second", "third"):
        scenario.move(scenario.by_link(ref), "change_contact", ref, email=f"{name}@mail.example")
        scenario.later(timedelta(hours=1))
    scenario.post()
    keys = {key for party in load(scenario, ref).parties for key in party.known_by}
    keys |= {*scenario.product.lookups.of("second@mail.example")}
    scenario.move(scenario.by_link(ref), "withdraw", ref)
    scenario.agreed(ref, ZHOU, WU, "destroy_data", **WHY)
    scenario.later(WAITS)
    assert hour(scenario) == 1
    assert [key for key in keys if key in stored(scenario)] == []


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scenario]:
    """A scenario on moto whose evidence is copied to another region, which has no bucket yet."""
    with moto_scenario() as scenario:
        monkeypatch.setenv("REPLICA_REGION", "eu-west-1")
        monkeypatch.setenv("EVIDENCE_COPY", "copies")
        scenario.product.__dict__.pop("vault", None)
        yield scenario


def other_region() -> Any:
    """Make the bucket of copies, and return the client of its region."""
    there = boto3.client("s3", "eu-west-1")
    there.create_bucket(Bucket="copies", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    there.put_bucket_versioning(Bucket="copies", VersioningConfiguration={"Status": "Enabled"})
    return there


def test_copies_in_another_region_are_destroyed_too(copied: Scenario) -> None:
    """S3 copies no deletion of a version, so the function deletes the copies by itself, in all versions. The
    copies of another complaint stay."""
    there, ref = other_region(), closed(copied)
    for key in (f"evidence/{ref}/a", f"evidence/{ref}/a", f"thumbs/{ref}/a", "evidence/1/a"):
        there.put_object(Bucket="copies", Key=key, Body=b"a photograph")
    there.delete_object(Bucket="copies", Key=f"thumbs/{ref}/a")
    copied.agreed(ref, ZHOU, WU, "destroy_data", **WHY)
    copied.later(WAITS)
    assert hour(copied) == 1
    left = there.list_object_versions(Bucket="copies")["Versions"]
    assert [one["Key"] for one in left] == ["evidence/1/a"]
    assert f"evidence/{ref}/" not in stored(copied)


def test_a_destruction_goes_on_once_the_other_region_answers(copied: Scenario) -> None:
    """While the copies cannot be deleted, the case stays on the list; the next hour deletes them."""
    ref = closed(copied)
    copied.agreed(ref, ZHOU, WU, "destroy_data", **WHY)
    copied.later(WAITS)
    with pytest.raises(Unavailable):
        hour(copied)
    there = other_region()
    there.put_object(Bucket="copies", Key=f"evidence/{ref}/a", Body=b"a photograph")
    assert hour(copied) == 1
    assert "Versions" not in there.list_object_versions(Bucket="copies")


def test_the_record_still_verifies(scenario: Scenario) -> None:
    """The check of the record finds nothing changed: not on the case, nor against the list from before."""
    ref = closed(scenario)
    scenario.product.record.hour()
    scenario.watch()
    scenario.agreed(ref, ZHOU, WU, "destroy_data", **WHY)
    scenario.later(WAITS)
    hour(scenario)
    assert scenario.product.record.check(ref) == []
    assert scenario.moves(ref)[-1] == "begin_destruction"
    scenario.product.record.hour()
    scenario.watch()
    assert not load(scenario, ref).doubted


def test_the_person_is_told_before(scenario: Scenario) -> None:
    """Who asked for the destruction gets a letter about it while the address is still there."""
    destroyed(scenario)
    assert [mail for mail in scenario.sent() if "将被删除" in mail["subject"]]


def test_a_destruction_waits_a_day(scenario: Scenario) -> None:
    """Within a day nothing is deleted."""
    ref = closed(scenario)
    scenario.agreed(ref, ZHOU, WU, "destroy_data", **WHY)
    scenario.later(WAITS - timedelta(seconds=1))
    assert hour(scenario) == 0
    assert load(scenario, ref).parties[0].known_by


def test_one_person_alone_destroys_nothing(scenario: Scenario) -> None:
    """The supervisor's request waits for a second person, who is not the same."""
    ref = closed(scenario)
    asked = scenario.move(ZHOU, "destroy_data", ref, **WHY).approvals[-1].id
    with pytest.raises(Refusal) as refused:
        scenario.move(ZHOU, "approve", ref, approval=asked)
    assert refused.value.code == "own_request"
    scenario.later(WAITS)
    assert hour(scenario) == 0


@pytest.mark.parametrize("caller", [WANG, SUN, WU], ids=lambda caller: caller.who)
def test_other_roles_cannot_ask_for_it(scenario: Scenario, caller: Caller) -> None:
    """Only the supervisor asks for a destruction."""
    with pytest.raises(Refusal) as refused:
        scenario.move(caller, "destroy_data", closed(scenario), **WHY)
    assert refused.value.code == "move_not_allowed_for_role"


def test_a_hold_refuses_a_destruction(scenario: Scenario) -> None:
    """While two people hold the records, nothing can be destroyed; afterwards it can."""
    ref = closed(scenario)
    scenario.agreed(ref, ZHOU, WU, "hold_records", reason="法院要求保全。")
    with pytest.raises(Refusal) as refused:
        scenario.move(ZHOU, "destroy_data", ref, **WHY)
    assert code_of(refused) == ("records_held", "ground")
    scenario.agreed(ref, WU, ZHOU, "release_records", reason="诉讼已经结束。")
    scenario.agreed(ref, ZHOU, WU, "destroy_data", **WHY)
    assert load(scenario, ref).retention.to_destroy


def test_a_hold_stops_a_decided_destruction(scenario: Scenario) -> None:
    """A hold within the day after the decision keeps all data."""
    ref = closed(scenario)
    scenario.agreed(ref, ZHOU, WU, "destroy_data", **WHY)
    scenario.agreed(ref, ZHOU, WU, "hold_records", reason="当天收到起诉状。")
    scenario.later(WAITS)
    assert hour(scenario) == 0
    assert STORY in stored(scenario)


def test_a_reopened_case_keeps_its_data(scenario: Scenario) -> None:
    """Who comes back within the day is not met by an empty case: the destruction is given up."""
    ref = closed(scenario)
    scenario.agreed(ref, ZHOU, WU, "destroy_data", **WHY)
    scenario.move(scenario.by_link(ref), "undo_withdrawal", ref)
    scenario.later(WAITS)
    assert hour(scenario) == 0
    assert STORY in stored(scenario)


def test_an_open_case_is_refused(scenario: Scenario) -> None:
    """The data of a complaint that is being handled cannot be destroyed."""
    ref = scenario.submit().ref
    with pytest.raises(Refusal) as refused:
        scenario.move(ZHOU, "destroy_data", ref, **WHY)
    assert refused.value.code == "move_not_allowed_in_stage"


def test_the_time_of_retention_must_be_over_to_be_the_ground(scenario: Scenario) -> None:
    """A case of last week cannot be destroyed because of its age."""
    with pytest.raises(Refusal) as refused:
        scenario.move(ZHOU, "destroy_data", closed(scenario), ground="retention_over", reason="清理旧件。")
    assert code_of(refused) == ("retention_not_over", "ground")


def test_nothing_more_can_be_done_afterwards(scenario: Scenario) -> None:
    """A case without people cannot be reopened."""
    ref = destroyed(scenario)
    with pytest.raises(Refusal) as refused:
        scenario.move(SUN, "reopen", ref, cause="new_facts", facts="新的证据。")
    assert refused.value.code == "data_destroyed"
    assert load(scenario, ref).approvals == ()


def test_old_cases_are_destroyed_by_themselves(scenario: Scenario) -> None:
    """Three years after its last move a closed case is decided on by the clock, and destroyed a day later
    without a letter."""
    ref = closed(scenario)
    scenario.live(timedelta(days=400), ref)
    scenario.post()
    sent = len(scenario.sent())
    last = max(load(scenario, ref).taken.values())
    scenario.time = last.replace(year=last.year + 3)
    hour(scenario)
    assert load(scenario, ref).retention.to_destroy is None
    scenario.later(timedelta(days=1))
    hour(scenario)
    assert load(scenario, ref).retention.to_destroy
    scenario.later(WAITS)
    assert hour(scenario) == 1
    assert STORY not in stored(scenario)
    assert len(scenario.sent()) == sent


def test_a_held_case_outlives_its_time(scenario: Scenario) -> None:
    """The clock leaves a held case alone."""
    ref = closed(scenario)
    scenario.agreed(ref, ZHOU, WU, "hold_records", reason="法院要求保全。")
    scenario.later(timedelta(days=3 * 366 + 2))
    hour(scenario)
    scenario.later(WAITS)
    assert hour(scenario) == 0
    assert load(scenario, ref).retention.held


def test_the_search_for_old_cases_costs_what_is_due(scenario: Scenario) -> None:
    """Once the days before are done, an hour looks at no day twice."""
    scenario.later(timedelta(days=3 * 366))
    hour(scenario)
    looked = []
    moved_on = scenario.product.file.moved_on
    scenario.product.file.moved_on = lambda day, shard: looked.append(day) or moved_on(day, shard)
    hour(scenario)
    assert looked == []


def test_a_run_without_time_leaves_the_rest_to_the_next(scenario: Scenario) -> None:
    """A run with no time left does nothing, and loses nothing."""
    ref = closed(scenario)
    scenario.agreed(ref, ZHOU, WU, "destroy_data", **WHY)
    scenario.later(WAITS)
    assert hour(scenario, left_ms=1_000) == 0
    assert hour(scenario) == 1
    assert load(scenario, ref).retention.destroyed


def test_a_destruction_that_broke_off_is_finished(scenario: Scenario) -> None:
    """After a crash once it began the next hour goes on, and the check finds nothing changed before that."""
    ref = closed(scenario)
    scenario.agreed(ref, ZHOU, WU, "destroy_data", **WHY)
    scenario.later(WAITS)
    scenario.product.casework.move("begin_destruction", ref, CLOCK, {})
    assert scenario.product.record.check(ref) == []
    assert hour(scenario) == 1
    assert STORY not in stored(scenario)
    assert hour(scenario) == 0


def test_the_ledger_knows_what_to_destroy_again(scenario: Scenario) -> None:
    """After a restore of the table the ledger names the case."""
    before = scenario.time
    ref = destroyed(scenario)
    assert (ref, "") in scenario.product.ledger.erased_since(before)
