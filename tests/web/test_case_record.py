"""Tests of the record of one case with its chain, as JSON and as PDF, for auditors."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.aws import rows
from chalicelib.documents.copy import copy as made
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Role
from chalicelib.web.pages.desk import case_record
from chalicelib.web.pages.desk.case_record import printed_record
from chalicelib.web.pages.desk.reading import Reading
from tests.documents.reader import words
from tests.scenario import SUN, WANG, Scenario
from tests.web.desk import GROUPS, Desk, visible

WORDS = ("洗衣机坏了", "王芳", "wang.fang@mail.example", "13800138000", "请看这张照片")


@pytest.fixture
def case(scenario: Scenario) -> Case:
    """A complaint with some entries, among them words of the complainant and of staff."""
    case = scenario.submit()
    scenario.move(scenario.party(case), "message", case.ref, text="请看这张照片")
    scenario.move(WANG, "note", case.ref, text="已经打过电话")
    scenario.move(SUN, "assign", case.ref, to="zhao")
    return scenario.move(WANG, "accept", case.ref)


def record(client: Any, scenario: Scenario, case: Case, who: str = "auditor", **query: Any) -> dict[str, Any]:
    """Return the record of a case as JSON."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    desk = Desk(client, scenario, who)
    path = f"/desk/cases/{case.ref}/record-json" + (f"?{asked}" if asked else "")
    answer = client.http.get(path, headers=desk.headers)
    assert answer.status_code == 200, answer.body
    return dict(json.loads(answer.body))


def checked(found: dict[str, Any], previous: str = "") -> str:
    """Check a record by the steps that it states, with nothing of ours; return its last hash."""
    for entry in found["entries"]:
        assert entry["previous"] == previous
        if entry["line"] is not None:
            assert sha256(f"{previous}\n{entry['line']}".encode()).hexdigest() == entry["hash"]
            hashes = json.loads(entry["line"])["words"]
            for name, said in entry["said"].items():
                assert sha256((said["salt"] + said["text"]).encode()).hexdigest() == hashes[name]
        previous = entry["hash"]
    return previous


def test_the_auditor_checks_the_chain_by_the_stated_steps(
    client: Any, scenario: Scenario, case: Case
) -> None:
    """Each hash follows from the line and the hash before, up to the head. No word of a person is in it."""
    found = record(client, scenario, case)
    assert [entry["n"] for entry in found["entries"]] == [1, 2, 3, 4, 5]
    assert checked(found) == found["head"]
    assert (found["intact"], found["next"]) == (True, None)
    assert len(found["how_to_verify"]) == 5
    text = json.dumps(found, ensure_ascii=False)
    for word in WORDS:
        assert word not in text


def test_whoever_may_read_the_words_gets_them_with_their_salts(
    client: Any, scenario: Scenario, case: Case
) -> None:
    """A supervisor reads the people's words, and can check them against the lines."""
    found = record(client, scenario, case, "zhou")
    assert checked(found) == found["head"]
    assert "洗衣机坏了" in found["entries"][0]["said"]["account"]["text"]


def test_a_changed_entry_is_found_by_the_steps_and_by_us(client: Any, scenario: Scenario, case: Case) -> None:
    """Somebody changes a line in the table: the record is not intact, and its hashes do not agree."""
    row = rows.Row.get(rows.case(case.ref), rows.key("ENTRY", f"{3:06}"))
    row.update(actions=[rows.Row.body.set(str(row.body).replace("note", "message"))])
    found = record(client, scenario, case)
    assert found["intact"] is False
    with pytest.raises(AssertionError):
        checked(found)


def test_a_long_record_comes_in_parts_that_follow_each_other(
    client: Any, scenario: Scenario, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each part names the entry with which the next one begins, and their hashes are one chain."""
    monkeypatch.setattr(case_record, "MOST_BYTES", 900)
    first, previous, parts = 1, "", 0
    while first:
        found = record(client, scenario, case, **{"from": first})
        previous, first, parts = checked(found, previous), found["next"], parts + 1
    assert previous == found["head"]
    assert parts > 1


@pytest.mark.parametrize("who", sorted(GROUPS))
def test_only_those_who_see_all_cases_get_the_record(
    client: Any, scenario: Scenario, case: Case, who: str
) -> None:
    """An auditor, a supervisor and an executive get the record and the link to it, and other staff get
    403."""
    desk, sees = Desk(client, scenario, who), who in ("auditor", "zhou", "wu")
    for path in ("record", "record-json"):
        desk.get(f"/desk/cases/{case.ref}/{path}", 200 if sees else 403)
    if sees:
        assert f"/desk/cases/{case.ref}/record" in desk.get(f"/desk/cases/{case.ref}")


def test_a_download_of_the_record_is_logged_by_itself(client: Any, scenario: Scenario, case: Case) -> None:
    """The record of reads names the auditor who opened the page of the record, and then the download."""

    def logged() -> list[tuple[str, str, str]]:
        items = scenario.product.reads.of_case(case.ref, "", 10)[0]
        return sorted((one["who"], one["thing"], str(one.get("revealed") or "")) for one in items)

    Desk(client, scenario, "auditor").get(f"/desk/cases/{case.ref}/record")
    assert logged() == [("auditor", "timeline", "")]
    record(client, scenario, case)
    assert logged() == [("auditor", "timeline", ""), ("auditor", "timeline", "record")]
    page = Desk(client, scenario, "zhou").get(f"/desk/cases/{case.ref}/reads")
    assert "the whole record with its chain" in page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pdf_has_each_line_and_hash(scenario: Scenario, case: Case, language: str, fonts: Path) -> None:
    """Without its line breaks, the document has the exact lines and hashes, and no word of a person."""
    dossier = scenario.product.file.dossier_of(scenario.product.file.load(case.ref))
    caller = Caller("auditor", Role.AUDITOR)
    printed = made(printed_record(Reading(dossier, caller, language, scenario.product)))
    said = words(printed).replace("\u200b", "")  # where a long word may break
    for entry in dossier.entries:
        assert entry.hash in said
        assert "".join(entry.line.split()) in said
    for word in WORDS:
        assert word not in said


def test_the_worker_makes_the_pdf_for_its_reader_alone(
    client: Any, scenario: Scenario, case: Case, fonts: Path
) -> None:
    """The page says that it is being made. Once it is, the browser is led to it; another reader is not."""
    desk = Desk(client, scenario, "auditor")
    at = desk.post(f"/desk/cases/{case.ref}/record", {})
    assert "is being made" in visible(desk.get(at))
    assert scenario.documents() == 1
    answer = client.http.get(at, headers=desk.headers)
    assert answer.status_code == 303
    assert f"/copies/{case.ref}/" in answer.headers["Location"]
    assert "is being made" in visible(Desk(client, scenario, "zhou").get(at))


def test_an_auditor_takes_no_act(client: Any, scenario: Scenario, case: Case) -> None:
    """The page of the case says that it can only be read, and a forged form is refused, also if it is
    incomplete."""
    desk = Desk(client, scenario, "auditor")
    page = desk.get(f"/desk/cases/{case.ref}")
    assert "/moves/" not in page
    desk.post(f"/desk/cases/{case.ref}/moves/note", {"text": "x"}, 403)
    for move in ("note", "decline", "assign", "file_report", "change_team"):
        answer = desk.post(f"/desk/cases/{case.ref}/moves/{move}", {"reason": "把这句话还给我"}, 403)
        assert "fill this in" not in answer
        desk.post(f"/desk/cases/{case.ref}/moves/{move}/preview", {}, 403)
    assert scenario.moves(case.ref)[-1] == "accept"
