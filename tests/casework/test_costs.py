"""The number of AWS calls for each operation."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from chalicelib.aws import rows
from chalicelib.aws.case_file import CASE, HEAD_REFUSED
from chalicelib.domain.calendar import stamp
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.overtaken import waiting_calls
from chalicelib.domain.engine.process import take
from chalicelib.domain.engine.running import in_stage
from chalicelib.domain.model.case import Act, Refusal
from chalicelib.domain.model.case_records import CallTask
from chalicelib.domain.model.codes import Role, Way
from tests.aws_calls import Calls
from tests.domain.crowd import crowded
from tests.domain.life import Life
from tests.life.complaint import report
from tests.scenario import DAY, HOUR, SUN, WANG, ZHAO, Scenario


@pytest.fixture
def warm(calls: Calls, scenario: Scenario) -> Calls:
    """A counter on a warm container: secrets are read and the roster is cached."""
    scenario.submit()
    scenario.post()
    scenario.product.file.roster()
    scenario.product.outages.known(scenario.time)
    calls.made()
    return calls


def test_a_submission_is_one_transaction_and_one_send(warm: Calls, scenario: Scenario) -> None:
    """A submission reads nothing; a repeated key costs the reads that detect it."""
    scenario.submit()
    assert warm.made() == {"TransactWriteItems": 1, "SendMessage": 1}


def test_a_move_is_one_read_one_transaction_one_send(warm: Calls, scenario: Scenario) -> None:
    """A move costs one load and one save."""
    case = scenario.submit()
    warm.made()
    scenario.move(WANG, "accept", case.ref)
    assert warm.made() == {"GetItem": 1, "TransactWriteItems": 1, "SendMessage": 1}


def test_deadlines_are_computed_once_a_save(scenario: Scenario) -> None:
    """Saving computes the deadlines of a case once and reuses them, since digests do not change deadlines."""
    change = scenario.product.casework.change("accept", scenario.submit().ref, WANG, {}, None)
    assert deadlines(scenario.product.file.save(change)) is deadlines(change.case)


def test_call_tasks_are_examined_once_a_case(scenario: Scenario) -> None:
    """The work list asks for them for each of hundreds of call tasks; a changed case examines them anew."""
    waits = tuple(CallTask(f"{n}", "receipt", "p1", scenario.time) for n in range(3))
    case = replace(scenario.submit(), tellings=waits)
    assert waiting_calls(case) is waiting_calls(case)
    assert in_stage(case, "telling") is in_stage(case, "telling")
    assert len(waiting_calls(replace(case, tellings=waits[1:]))) == 2


def test_moved_case_has_one_row_a_day(scenario: Scenario) -> None:
    """Each day has one row for a case that moved, however often it moved.

    A case is found by its people, by the keys that officers type, and by the row that lists these keys. Its
    earlier heads are found by its number.
    """
    case = scenario.submit(account={"story": "漏水。", "order": "8812"})
    scenario.move(WANG, "accept", case.ref)
    scenario.later(DAY)
    scenario.move(ZHAO, "take", case.ref)
    kept = [(row.pk, row.sk) for row in rows.Row.scan()]
    days = [(rows.moved(stamp(at), case.ref), case.ref) for at in (scenario.time - DAY, scenario.time)]
    assert [key for key in sorted(kept) if key[0].startswith("MOVED#")] == days
    assert {pk.split("#")[1] for pk, _ in kept if pk.startswith("FIND#")} == {
        "person",
        "find",
        "found",
        "head",
    }


def test_an_answer_costs_what_any_move_does(warm: Calls, scenario: Scenario) -> None:
    """A report, an answer and a question to a department cost one read, one transaction and one send each."""
    ref = scenario.move(WANG, "accept", scenario.submit().ref).ref
    scenario.product.file.roster()
    for caller, name, body in [
        (ZHAO, "ask_department", {"department": "repair", "question": "修过几次？"}),
        (ZHAO, "file_report", report(scenario.time.date(), 1, 2)),
        (SUN, "answer", {}),
    ]:
        warm.made()
        scenario.move(caller, name, ref, **body)
        assert warm.made() == {"GetItem": 1, "TransactWriteItems": 1, "SendMessage": 1}


def test_a_ladder_step_is_one_read_and_one_transaction(warm: Calls, scenario: Scenario) -> None:
    """A step costs one send more, for its letter.

    Roster, mediators and the register of outages are cached for a minute, what is held for ten seconds.
    """
    case = scenario.submit()
    scenario.later(16 * HOUR)
    scenario.product.holds.known()
    scenario.product.file.roster()
    scenario.product.outages.known(scenario.time)
    warm.made()
    assert scenario.product.casework.look_at(case.ref, scenario.time) == 1
    assert warm.made() == {"GetItem": 1, "TransactWriteItems": 1, "SendMessage": 1}
    scenario.later(timedelta(minutes=2))
    scenario.product.file.roster()
    for _ in range(2):
        scenario.product.file.load(case.ref)
    assert warm.made() == {"Query": 2, "GetItem": 2}


def test_an_idle_minute_is_one_query_a_shard(warm: Calls, scenario: Scenario) -> None:
    """An idle minute queries the cases, letters by rank and shard, parked rows and what is held, and reads
    the state of mail.

    One write is the heartbeat. With nothing due there is no other call.
    """
    scenario.product.clockwork.tick()
    scenario.later(timedelta(minutes=1))
    warm.made()
    assert scenario.product.clockwork.tick() == 0
    queries = len(scenario.product.index.shards()) + 4 * 3 + 2
    assert warm.made() == {"Query": queries, "GetItem": 1, "UpdateItem": 1}


def test_a_letter_is_one_claim_four_reads_one_mail_three_records(warm: Calls, scenario: Scenario) -> None:
    """A letter is claimed; the head, the people and its entry are read; its address is looked up and counted.

    It is then sent, recorded, and made findable by the provider's id and by its own digest. The state of mail
    is read every ten seconds. Two queries look for complaints with the addresses of the new one.
    """
    scenario.submit(person={"name": "李雪", "phone": "13900139000", "email": "li.xue@mail.example"})
    warm.made()
    scenario.post()
    made = warm.made()
    made.pop("ReceiveMessage"), made.pop("DeleteMessage")
    assert made == {
        "UpdateItem": 3,
        "GetItem": 1,
        "Query": 3,
        "BatchGetItem": 2,
        "SendEmail": 1,
        "PutItem": 2,
    }


def test_the_head_of_a_case_stays_small(scenario: Scenario) -> None:
    """An ordinary head is far below 8 kB and contains no personal data."""
    case = scenario.submit(account={"story": "长" * 20_000})
    scenario.move(WANG, "accept", case.ref)
    body = str(rows.Row.get(rows.case(case.ref), rows.HEAD).body)
    assert len(body) < 4_000
    assert "长" not in body
    assert "王芳" not in body
    assert "13800138000" not in body


def test_a_long_head_is_kept_packed_and_read_as_it_was(scenario: Scenario) -> None:
    """A joint complaint repeats itself, so its packed head is less than half as long and loads unchanged."""
    life = crowded(Life(), people=30)
    change = life.take("accept", "wang")
    scenario.product.file.save(change)
    key = {"pk": {"S": rows.case(life.case.ref)}, "sk": {"S": rows.HEAD}}
    kept = scenario.product.client("dynamodb").get_item(TableName=rows.Row.Meta.table_name, Key=key)["Item"][
        "body"
    ]["S"]
    assert len(kept) < len(CASE.written(life.case)) / 2
    assert scenario.product.file.load(life.case.ref) == life.case


def test_a_head_that_is_full_is_refused_and_nothing_is_written(scenario: Scenario) -> None:
    """The refusal names its reason, and the case is unchanged."""
    case = scenario.submit()
    full = replace(
        case,
        inquiry=replace(
            case.inquiry,
            recused=tuple(sha256(f"{n}".encode()).hexdigest() for n in range(HEAD_REFUSED // 32)),
        ),
    )
    change = take("message", full, Act("p1", Role.CONSUMER, scenario.time, "id", "salt"), text="x")
    with pytest.raises(Refusal, match="case_full"):
        scenario.product.file.save(change)
    assert scenario.product.file.load(case.ref) == case
    assert scenario.moves(case.ref) == ["submit"]


def test_full_head_accepts_a_move_that_shrinks_it(scenario: Scenario) -> None:
    """A telling is recorded although many others still wait."""
    case = scenario.submit()
    waits = tuple(
        CallTask(sha256(f"{n}".encode()).hexdigest(), "receipt", "p1", scenario.time)
        for n in range(HEAD_REFUSED // 44)
    )
    said = {"telling": waits[0].id, "how": Way.COUNTER, "told": True, "said": "读了。", "people": {}}
    full, act = replace(case, tellings=waits), Act("wang", Role.INTAKE, scenario.time, "id", "salt")
    scenario.product.file.save(take("record_telling", full, act, **said))
    assert len(scenario.product.file.load(case.ref).tellings) == len(waits) - 1
