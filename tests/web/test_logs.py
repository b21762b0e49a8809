"""Tests of the log: JSON, each line with the number and the id of its request or message, and no personal
data.
"""

from __future__ import annotations

import json
import logging
import re
from importlib import import_module
from typing import Any

import pytest

from chalicelib import logs
from chalicelib.delivery.correspondence import Standstill
from chalicelib.domain.model.case import Case
from chalicelib.workers import handlers
from chalicelib.workers.batch import ScheduleFailed
from tests.casework.post import FakePost
from tests.scenario import DAY, Scenario, complaint
from tests.web.events import ID, context, message, schedule

NAME, PHONE, EMAIL, STORY = "王芳", "13800138000", "wang.fang@mail.example", "洗衣机"
PERSONAL = (NAME, PHONE, EMAIL, STORY, "wang.fang", "FROM-A-PERSON")
JSON = {"Content-Type": "application/json"}


def written(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return the log lines since the last call, without metrics. Assert that none names a person."""
    printed = capsys.readouterr()
    assert [words for words in PERSONAL if words in printed.out + printed.err] == []
    return [line for line in map(json.loads, printed.out.splitlines()) if "_aws" not in line]


def letters(case: Case) -> list[str]:
    """Return the ids of the letters of a case."""
    from chalicelib.aws import rows

    owed = rows.Row.query(rows.case(case.ref), rows.Row.sk.startswith(rows.letter("")))
    return [rows.kind(row.sk)[1] for row in owed]


def spoil(case: Case, key: str) -> None:
    """Overwrite a row of the case with an unreadable body that holds a person's words."""
    from chalicelib.aws import rows

    words = {"name": f"{NAME} {PHONE} {EMAIL} {STORY} FROM-A-PERSON"}
    rows.Row.get(rows.case(case.ref), key).update(actions=[rows.Row.body.set(json.dumps(words))])


def test_a_submission_leaves_one_line_with_its_number(
    client: Any, scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line has method, route, status, the new number and the Lambda request id, one for each request."""
    for _ in range(2):
        answer = client.http.post("/v1/complaints", headers=JSON, body=json.dumps(complaint()).encode())
        (line,) = written(capsys)
        wanted = {
            "level": "INFO",
            "logger": "redress",
            "message": "request",
            "method": "POST",
            "status": 201,
            "route": "/v1/complaints",
            "ref": answer.json_body["number"],
        }
        assert line.items() >= wanted.items()
        assert len(line["correlation"]) == 36
        assert logs.correlation() == ""


def test_log_of_a_refusal_quotes_no_input(
    client: Any, scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bad body and a phone number in a path are not logged. The answer names the id in the log. No line
    names the case of an earlier request.
    """
    wrong = complaint(person={"name": NAME, "phone": f"{PHONE}0000", "email": f"{EMAIL} FROM-A-PERSON"})
    with logs.carrying(ref="200000000009"):
        bad = client.http.post("/v1/complaints", headers=JSON, body=json.dumps(wrong).encode())
        strange = client.http.get(f"/v1/cases/{PHONE}", headers={"Authorization": "Bearer p1-1-aaaa"})
    assert (bad.status_code, strange.status_code) == (422, 404)
    lines = written(capsys)
    assert [f"urn:uuid:{line['correlation']}" for line in lines] == [
        answer.json_body["instance"] for answer in (bad, strange)
    ]
    assert not any("ref" in line for line in lines)


def test_an_error_nobody_foresaw_is_found_by_what_the_caller_was_told(
    client: Any, scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page shows the first characters of the id. The line has number, type and places of the error, no
    text.
    """
    case = scenario.submit()
    from chalicelib.aws import rows

    entry = rows.Row.get(rows.case(case.ref), rows.entry(1))
    entry.update(actions=[rows.Row.words.set(json.dumps({"FROM-A-PERSON": 5}))])
    token = scenario.product.links.token(case.ref, "p1", 1)
    page = client.http.get("/case/history", headers={"Cookie": f"__Host-case={case.ref}.{token}"})
    assert page.status_code == 500
    failed, request = written(capsys)
    assert failed["correlation"] == request["correlation"]
    assert failed["ref"] == request["ref"] == case.ref
    assert f"<strong>{request['correlation'][:8]}</strong>" in page.body.decode()
    (error, *_) = failed["errors"]
    assert error["type"] == "TypeError"
    assert "said" not in error
    assert any(re.fullmatch(r"chalicelib/aws/case_file\.py:\d+ _entries", place) for place in error["stack"])


def test_failing_workers_name_message_and_case_and_no_person(
    scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """A walk logs each broken case and letter, a batch each broken message."""
    case = scenario.submit()
    spoil(case, "PARTY#p1")
    spoil(case, "CASE")
    foreign = {"detail": {"object": {"key": f"incoming/{NAME}"}, "reason": PHONE}}
    for worker, body in (
        (handlers.letters, {"letters": [NAME]}),
        (handlers.files, foreign),
        (handlers.post_events, {"Message": EMAIL}),
    ):
        assert worker(message(body), context()) == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    lines = written(capsys)
    said = [(line["level"], line["message"], line["correlation"]) for line in lines]
    assert said == [("ERROR", "task failed", "m1")] * 3
    assert all(line["errors"][0]["stack"] for line in lines)
    handlers.letters(message({"ref": case.ref, "letters": letters(case)}), context())
    (unmade,) = written(capsys)
    wanted = {"message": "no letter could be made", "letter": "receipt", "correlation": "m1", "ref": case.ref}
    assert unmade.items() >= wanted.items()
    assert unmade["errors"][0]["stack"]
    scenario.later(DAY)
    from chalicelib.aws import rows

    handlers.walk(message({"shard": rows.shard(case.ref)}), context())
    handlers.post(message({"shard": rows.post_shard(case.ref, 0) - rows.POST_FROM}), context())
    broken = written(capsys)
    assert {line["message"] for line in broken} == {"could not look at it", "no letter could be made"}
    assert all((line["correlation"], line["ref"]) == ("m1", case.ref) for line in broken)


@pytest.mark.parametrize("worker", ["letters", "post"])
def test_log_of_blocked_mail_names_the_error_code(
    scenario: Scenario, capsys: pytest.CaptureFixture[str], worker: str
) -> None:
    """A nudge and a walk both log the provider's error code and the letter, but no recipient."""
    FakePost.into(scenario).trouble = Standstill("SendingPausedException")
    case = scenario.submit()
    if worker == "letters":
        handlers.letters(message({"ref": case.ref, "letters": letters(case)}), context())
    else:
        scenario.later(DAY)
        from chalicelib.aws import rows

        handlers.post(message({"shard": rows.post_shard(case.ref, 0) - rows.POST_FROM}), context())
    (line,) = written(capsys)
    wanted = {
        "level": "WARNING",
        "message": "mail stands still",
        "why": "SendingPausedException",
        "letter": "receipt",
        "ref": case.ref,
        "correlation": "m1",
    }
    assert line.items() >= wanted.items()


def test_a_failing_schedule_tells_lambda_only_the_kind_of_error(
    scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lambda itself logs the text of an exception that the function raises."""
    from chalicelib.aws import rows

    rows.Row.get(rows.ROSTER, rows.ROSTER).update(actions=[rows.Row.body.set(json.dumps([EMAIL]))])
    with pytest.raises(ScheduleFailed, match=r"^\w+$") as raised:
        handlers.cover(schedule(), context())
    assert raised.value.__suppress_context__
    (line,) = written(capsys)
    assert (line["message"], line["correlation"]) == ("schedule failed", ID)


def test_a_line_break_makes_no_second_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Input cannot create a second log line. Each line has its time in UTC."""
    logs.set_up()
    logging.getLogger("redress").info("a\n{}", extra={"code": "b\r\nc"})
    (line,) = written(capsys)
    assert (line["message"], line["code"]) == ("a\n{}", "b\r\nc")
    assert line["time"].endswith("+00:00")


def test_library_log_keeps_pattern_and_place_only(capsys: pytest.CaptureFixture[str]) -> None:
    """A library's log arguments may be personal data; a text without a pattern may contain them."""
    logs.set_up()
    logging.getLogger("urllib3").warning("Connection to %s failed", EMAIL)
    logging.getLogger("urllib3").warning(f"Connection to {EMAIL} failed")
    logging.getLogger("urllib3").info("Not of interest")
    pattern, text = written(capsys)
    assert (pattern["message"], text["message"]) == ("Connection to %s failed", "")
    assert (pattern["logger"], pattern["level"]) == ("urllib3", "WARNING")
    assert "test_logs.py:" in pattern["place"]


def test_errors_of_ours_that_say_what_went_wrong_are_real(scenario: Scenario) -> None:
    """Errors whose text may be logged are our own classes, and none of them quotes a caller."""
    import_module("chalicelib.aws.seal")  # the product imports it with the first seal
    classes = {kind.__name__ for kind in subclasses(Exception) if kind.__module__.startswith("chalicelib.")}
    assert classes >= logs.PLAIN
    assert not logs.PLAIN & {"NotFound", "Repeated", "Refused", "WriteConflict"}


def subclasses(kind: type) -> set[type]:
    """Return a class and all its subclasses."""
    return {kind}.union(*(subclasses(sub) for sub in kind.__subclasses__()))
