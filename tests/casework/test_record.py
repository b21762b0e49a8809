"""A record changed in the table itself is found before a decision, marked and reported.

Nothing is decided on it.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from hashlib import sha256

import boto3
import pytest

from chalicelib.aws import rows
from chalicelib.aws.archive import S3Archive
from chalicelib.aws.case_file import DynamoCaseFile
from chalicelib.aws.rows import SCHEMA, Row
from chalicelib.cases.dossier import Partition
from chalicelib.domain.calendar import stamp
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.codes import Fault
from chalicelib.domain.timeline import link
from chalicelib.operations.integrity import HAND_ON_MS, MOST_NOTED, goes_on
from chalicelib.operations.signed_lists import ROUND
from chalicelib.wiring import Product
from tests.casework.recorded import an_hour, edited, life, tamper
from tests.cloud.driven import MINUTE
from tests.life.complaint import report
from tests.scenario import DAY, HOUR, SUN, WANG, ZHAO, ZHOU, Scenario


def test_changed_head_refuses_deciding_moves(scenario: Scenario) -> None:
    """The deciding move is refused and the case marked; the supervisor and operations are notified.

    Moves of a party are still taken.
    """
    ref = scenario.move(WANG, "accept", scenario.submit().ref).ref
    scenario.move(ZHAO, "file_report", ref, **report(scenario.time.date(), 1, 2))
    edited(ref, severity="S4")
    with pytest.raises(Refusal, match="record_in_doubt"):
        scenario.move(SUN, "answer", ref)
    case = scenario.product.file.load(ref)
    assert [doubt.fault for doubt in case.doubts] == [Fault.HEAD]
    assert scenario.letters(ref, "role:supervisor")[-1] == "record_doubted"
    scenario.move(ZHAO, "message", ref, text="我们在看。")
    asked = scenario.move(ZHOU, "clear_doubt", ref, reason="已与备份核对。").approvals[0].id
    scenario.move(SUN, "approve", ref, approval=asked)
    assert scenario.move(SUN, "answer", ref).stage == "answered"


def test_the_clock_lets_nothing_lapse_on_a_changed_head(scenario: Scenario) -> None:
    """An expired window on a changed record does not lapse; ladders that only notify go on."""
    ref = scenario.move(WANG, "accept", scenario.submit().ref).ref
    scenario.move(ZHAO, "file_report", ref, **report(scenario.time.date(), 1, 2))
    scenario.move(SUN, "answer", ref)
    edited(ref, wish_amount=1)
    scenario.later(60 * DAY)
    scenario.product.casework.look_at(ref, scenario.time)
    case = scenario.product.file.load(ref)
    assert case.doubted
    assert case.stage == "answered"
    scenario.later(HOUR)
    assert scenario.product.casework.look_at(ref, scenario.time)
    case = scenario.product.file.load(ref)
    assert case.stage == "answered"
    assert {"take_step", "letter_failed"} <= case.taken.keys()


FOUND = {
    "line": (2, Fault.ENTRY),
    "words": (3, Fault.ENTRY),
    "removed": (2, Fault.ENTRY),
    "swapped": (2, Fault.ENTRY),
    "unreadable": (2, Fault.ENTRY),
    "broken": (1, Fault.ROW),
    "beginning": (5, Fault.ENTRY),
    "head": (5, Fault.HEAD),
    "added": (1, Fault.ROW),
    "stranger": (1, Fault.ROW),
    "redirected": (1, Fault.ROW),
    "renamed": (1, Fault.ROW),
    "listed": (1, Fault.ROW),
    "letter": (4, Fault.ROW),
    "letter of no entry": (1, Fault.ROW),
    "letter of a later entry": (1, Fault.ROW),
    "letter of a post": (1, Fault.ROW),
    "letter changed": (4, Fault.ROW),
    "letter removed": (4, Fault.ROW),
    "post changed": (1, Fault.ROW),
}


@pytest.mark.parametrize("what", FOUND)
def test_the_check_finds_whatever_was_changed_and_marks_the_case(scenario: Scenario, what: str) -> None:
    """The check finds changed, unreadable, removed, swapped and added entries, edited words and an edited
    head.

    It also finds a person, name, address, letter or work-list row of a wrong hand.
    """
    ref, untouched = life(scenario), life(scenario)
    tamper(ref, what)
    assert FOUND[what] in scenario.product.record.check(ref)
    assert scenario.product.record.check(untouched) == []
    case = scenario.product.file.load(ref)
    assert FOUND[what] in [(doubt.entry, doubt.fault) for doubt in case.doubts]
    scenario.product.record.check(ref)
    assert scenario.product.file.load(ref).entries == case.entries, "the same places are noted once"


def test_a_deleted_entry_is_one_place(scenario: Scenario) -> None:
    """The entry before the deleted one is not reported, although its successor was taken on another head."""
    ref = life(scenario)
    tamper(ref, "removed")
    assert scenario.product.record.check(ref) == [(2, Fault.ENTRY)]


def forged(scenario: Scenario, ref: str) -> None:
    """Rewrite a whole timeline as a thief of the MAC key could: another handler, all later hashes and the
    head.
    """
    pk, head, macs = rows.case(ref), "", scenario.product.macs
    entries = sorted(
        (row for row in Row.query(pk) if rows.kind(row.sk)[0] == "ENTRY"), key=lambda row: row.sk
    )
    for row in entries:
        row.body = (row.body or "").replace('"who":"wang"', '"who":"sun"')
        row.hash = head = link(head, row.body)
    edited(ref, head=head)
    kept = sha256((Row.get(pk, rows.HEAD).body or "").encode()).hexdigest()
    entries[-1].kept, entries[-1].mac = kept, macs.head(pk, len(entries), kept)
    Row(pk, rows.HEAD).update(actions=[Row.mac.set(entries[-1].mac)])
    for row in entries:
        row.save()


def closed(scenario: Scenario) -> str:
    """Create a closed case on which nothing is left to do."""
    ref = scenario.submit().ref
    scenario.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    for _ in range(20):
        scenario.live(5 * DAY, ref)
        an_hour(scenario)
    assert not goes_on(scenario.product.file.load(ref))
    return ref


def test_yesterdays_heads_are_signed_and_kept(scenario: Scenario) -> None:
    """A rewritten timeline, with its hashes and head, differs from the signed list."""
    ref, other, first = life(scenario), life(scenario), scenario.time
    an_hour(scenario, first + DAY)
    lists = scenario.product.record.lists
    listed = [lists.of_day(first.date(), shard) for shard in {rows.shard(ref), rows.shard(other)}]
    assert {ref, other} == {one.ref for each in listed for one in each}
    forged(scenario, ref)
    assert scenario.product.record.check(ref) == [], "by itself it holds, with the key in the wrong hands"
    an_hour(scenario, first + 2 * DAY)
    assert [doubt.fault for doubt in scenario.product.file.load(ref).doubts] == [Fault.LISTED]
    assert not scenario.product.file.load(other).doubts


def told_changed(capsys: pytest.CaptureFixture[str]) -> int:
    """Return how many changes were reported to operations since the last call."""
    return capsys.readouterr().out.count('"RecordChanged": 1')


def test_a_list_that_was_not_signed_by_us_and_a_case_that_is_gone_are_told(
    scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """Operations see both; the other cases are still checked."""
    ref, first, record = life(scenario), scenario.time, scenario.product.record
    an_hour(scenario, first + DAY)
    for row in [*Row.query(rows.case(ref))]:
        row.delete()
    capsys.readouterr()
    assert record.verify(first.date(), rows.shard(ref)) == 1
    key = f"heads/{rows.shard(ref)}/{first.date() - 2 * ROUND * DAY}"
    scenario.product.archive.keep(key, json.dumps({"list": "{}", "signature": "AAAA"}).encode())
    assert record.verify((first - 2 * ROUND * DAY).date(), rows.shard(ref)) == 0
    assert told_changed(capsys) == 2
    an_hour(scenario)
    assert told_changed(capsys) >= 1, "the hourly comparison misses its head"


def test_a_list_of_another_day_and_a_strangers_list_are_told(
    scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """A list that we signed is rejected in the place of another, and nothing in it is believed."""
    ref, first, archive = life(scenario), scenario.time, scenario.product.archive
    shard, lists = rows.shard(ref), scenario.product.record.lists
    an_hour(scenario, first + DAY)
    archive.keep(f"heads/{shard}/{first.date() + DAY}", archive.read(f"heads/{shard}/{first.date()}"))
    archive.keep(f"heads/{shard}/{first.date() + 2 * DAY}", b"[]")
    capsys.readouterr()
    assert not lists.of_day(first.date() + DAY, shard)
    assert not lists.of_day(first.date() + 2 * DAY, shard)
    assert told_changed(capsys) == 2


class NotedArchive:
    """An archive that notes each key that it names."""

    def __init__(self, of: S3Archive) -> None:
        self.keep, self.read, self._of, self.named = of.keep, of.read, of, list[str]()

    def keys(self, folder: str, after: str = "") -> Iterator[str]:
        """Yield the keys of a folder behind one."""
        for key in self._of.keys(folder, after):
            self.named.append(key)
            yield key


def test_an_hour_names_only_the_lists_that_it_needs(scenario: Scenario) -> None:
    """The check names the hourly lists of today and yesterday, and the daily lists of the last 28 days. The
    first hour of a day names every day, because closed cases are then checked in turn."""
    ref, archive = life(scenario), scenario.product.archive
    shard, noted = rows.shard(ref), NotedArchive(archive)
    for back in range(2, 60):
        archive.keep(f"hours/{shard}/{stamp(scenario.time - back * DAY)}", b"{}")
        archive.keep(f"heads/{shard}/{(scenario.time - back * DAY).date()}", b"{}")
    an_hour(scenario)
    lists = replace(scenario.product.record.lists, archive=noted)
    scenario.product.__dict__["record"] = replace(scenario.product.record, lists=lists)
    an_hour(scenario, scenario.time + HOUR)
    hours, days = ([key for key in noted.named if f"{of}/{shard}/" in key] for of in ("hours", "heads"))
    assert hours == [f"hours/{shard}/{stamp(scenario.time - HOUR)}"]
    assert min(days) == f"heads/{shard}/{(scenario.time - 28 * DAY).date()}"


@pytest.mark.parametrize("what", ["not signed", "of another shard", "of another hour"])
def test_an_hourly_list_that_is_there_already_is_not_trusted_unless_we_signed_it(
    scenario: Scenario, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    """Operations are notified, our own list is stored next to it, and finds a rollback."""
    ref, archive, roster = life(scenario), scenario.product.archive, scenario.product.record.lists.roster
    shard = rows.shard(ref)
    an_hour(scenario)
    (key,) = archive.keys(f"hours/{shard}/")
    (other,) = archive.keys(f"hours/{(shard + 1) % rows.shards()[1]}/")
    content = {
        "not signed": b"{}",
        "of another shard": archive.read(other),
        "of another hour": archive.read(key),
    }
    scenario.later(HOUR)
    archive.keep(f"hours/{shard}/{stamp(scenario.time)}", content[what])
    capsys.readouterr()
    scenario.later(MINUTE)
    an_hour(scenario)
    assert told_changed(capsys) >= 1
    found = roster(shard, scenario.time)
    assert (found.at, ref in found.cases) == (scenario.time, True)


def test_lists_of_a_former_key_count(
    scenario: Scenario, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sealing key changes. Lists of before are read as long as the settings have its public key, and are
    told as changed without it."""
    ref = life(scenario)
    an_hour(scenario)
    shard, before = rows.shard(ref), scenario.product.seal_key.public_key
    made = boto3.client("kms", "us-east-1").create_key(KeySpec="RSA_3072", KeyUsage="SIGN_VERIFY")
    monkeypatch.setenv("SEAL_KEY", made["KeyMetadata"]["KeyId"])
    capsys.readouterr()
    assert ref not in Product().record.lists.roster(shard, scenario.time).cases
    assert told_changed(capsys)
    monkeypatch.setenv("FORMER_SEALS", b64encode(before).decode())
    now = Product().record.lists
    assert ref in now.roster(shard, scenario.time).cases
    now.keep_hour(shard, [], True, [], later := scenario.time + HOUR)
    assert now.roster(shard, later).at == later
    assert not told_changed(capsys)


def test_hours_without_a_list_are_named_and_made_up_for(
    scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """The next list names the missing hours and covers the moves in them."""
    ref, archive = life(scenario), scenario.product.archive
    an_hour(scenario)
    new = scenario.later(3 * HOUR) or scenario.submit().ref
    scenario.later(3 * HOUR)
    capsys.readouterr()
    an_hour(scenario)
    assert '"RecordListMissing": 5' in capsys.readouterr().out
    *_, last = archive.keys(f"hours/{rows.shard(ref)}/")
    assert json.loads(json.loads(archive.read(last))["list"])["missing"] == [
        f"2026-02-12T0{n}" for n in range(2, 7)
    ]
    assert new in scenario.product.record.lists.roster(rows.shard(new), scenario.time).cases


def test_a_day_on_which_the_schedule_stood_still_is_made_up_for(scenario: Scenario) -> None:
    """The day's list is made, even if nothing moved, and the lists that were due are checked."""
    ref, first = closed(scenario), scenario.time
    forged(scenario, ref)
    an_hour(scenario, first + HOUR)
    assert not scenario.product.file.load(ref).doubts, "its turn has not come"
    an_hour(scenario, first + 10 * DAY)
    an_hour(scenario, first + (ROUND + 2) * DAY)
    assert {first.date() + n * DAY for n in range(ROUND + 2)} <= {
        *scenario.product.record.lists.days(rows.shard(ref))
    }
    assert [doubt.fault for doubt in scenario.product.file.load(ref).doubts] == [Fault.LISTED]


def test_a_case_that_can_be_neither_read_nor_marked_is_told_and_holds_up_no_other(
    scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """A broken head is reported; a changed one is noted after an entry of a wrong hand."""
    broken, blocked, other = life(scenario), life(scenario), life(scenario)
    an_hour(scenario)
    Row.get(rows.case(broken), rows.HEAD).update(actions=[Row.body.set("{")])
    edited(blocked, severity="S4")
    Row(rows.case(blocked), rows.entry(6), body="{}", words="{}").save()
    tamper(other, "line")
    capsys.readouterr()
    an_hour(scenario, scenario.time + DAY)
    assert told_changed(capsys) >= 3
    assert [doubt.fault for doubt in scenario.product.file.load(other).doubts] == [Fault.ENTRY]
    assert Fault.HEAD in {doubt.fault for doubt in scenario.product.file.load(blocked).doubts}


def test_a_check_stops_in_time_and_goes_on_from_there(scenario: Scenario) -> None:
    """Without time left the check hands itself on; each run continues, and no case is checked twice."""
    scenario.product.__dict__["file"] = counted = Counted(scenario)
    for part in ("casework", "record"):
        scenario.product.__dict__.pop(part, None)
    refs = [scenario.submit(key=None).ref for _ in range(12)]
    shard = max(range(4), key=lambda n: sum(rows.shard(ref) == n for ref in refs))
    mine = sorted(ref for ref in refs if rows.shard(ref) == shard)
    record = scenario.product.record
    record.watch(shard, lambda: HAND_ON_MS)
    assert not counted.checked
    runs = 0
    while any(task["rest"] for task in scenario._tasks("RECORD_QUEUE")):
        record.watch(shard, partial(next, iter([60_000] * 2 + [0] * 1_000)), rest=True)
        runs += 1
    assert runs > 2
    assert counted.checked == mine


class Counted(DynamoCaseFile):
    """A case file that records the cases read with all their rows."""

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(lambda: scenario.time, macs=scenario.product.macs)
        self.checked: list[str] = []

    def partition(self, case: Case) -> Partition:
        """Return every row of a case."""
        self.checked.append(case.ref)
        return super().partition(case)


def test_a_case_is_checked_against_its_newest_list_only(scenario: Scenario) -> None:
    """A case that moved after an older list is not checked for that list."""
    ref, record = closed(scenario), scenario.product.record
    named = [
        one
        for day in record.lists.days(rows.shard(ref))
        for one in record.lists.of_day(day, rows.shard(ref))
        if one.ref == ref
    ]
    assert len(named) > 1
    forged(scenario, ref)
    assert [bool(record._newest(one, [])) for one in named] == [*[False] * (len(named) - 1), True]


def test_changed_progress_of_the_check_restarts_it(
    scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """The progress of the check has a MAC; if it was changed, the check begins again."""
    ref = life(scenario)
    an_hour(scenario)
    row = Row.get(rows.watched(rows.shard(ref)), rows.CURSOR)
    row.update(actions=[Row.body.set((row.body or "").replace("2026", "2027"))])
    tamper(ref, "line")
    capsys.readouterr()
    an_hour(scenario, scenario.time + HOUR)
    assert told_changed(capsys) >= 2
    assert scenario.product.file.load(ref).doubts


def test_an_open_case_that_cannot_be_read_is_waited_for(
    scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """If the case has a newer version than this release can read, operations are notified after two days."""
    ref = life(scenario)
    an_hour(scenario)
    Row.get(rows.case(ref), rows.HEAD).update(actions=[Row.v.set(99)])
    for _ in range(4):
        capsys.readouterr()
        an_hour(scenario, scenario.time + DAY)
    lags = [
        json.loads(line)["RecordOpenLag"]
        for line in capsys.readouterr().out.splitlines()
        if "RecordOpenLag" in line
    ]
    assert max(lags) >= 2 * 86_400
    Row.get(rows.case(ref), rows.HEAD).update(actions=[Row.v.set(SCHEMA)])
    an_hour(scenario, scenario.time + DAY)
    capsys.readouterr()
    an_hour(scenario, scenario.time + HOUR)
    assert '"RecordOpenLag": 3600.0' in capsys.readouterr().out


def test_broken_timeline_notes_a_limited_number_of_places(scenario: Scenario) -> None:
    """Only a limited number of places is noted and sent in letters; the case is in doubt."""
    ref = life(scenario)
    for n in range(MOST_NOTED + 5):
        scenario.move(ZHAO, "message", ref, text=f"第{n}次。")
    for row in [*Row.query(rows.case(ref), Row.sk.startswith("ENTRY#"))]:
        row.update(actions=[Row.body.set("{}")])
    assert len(scenario.product.record.check(ref)) > MOST_NOTED
    assert len(scenario.product.file.load(ref).doubts) == MOST_NOTED


def test_clearing_covers_no_change_after_the_request(scenario: Scenario) -> None:
    """The second approval clears no doubt if the head was changed after the request.

    A changed last entry refuses any move.
    """
    ref = life(scenario)
    tamper(ref, "line")
    scenario.product.record.check(ref)
    asked = scenario.move(ZHOU, "clear_doubt", ref, reason="已与备份核对。").approvals[0].id
    edited(ref, severity="S4")
    assert scenario.move(SUN, "approve", ref, approval=asked).doubted
    asked = scenario.move(ZHOU, "clear_doubt", ref, reason="已与备份核对。").approvals[0].id
    case = scenario.move(SUN, "approve", ref, approval=asked)
    assert not case.doubted
    Row.get(rows.case(ref), rows.entry(case.entries)).update(actions=[Row.hash.set("0" * 64)])
    with pytest.raises(Refusal, match="record_in_doubt"):
        scenario.move(SUN, "answer", ref)


def test_many_address_changes_keep_the_known_address(scenario: Scenario) -> None:
    """The address still in use is among the person's known addresses, however often the other one changes."""
    ref = life(scenario)
    for n in range(12):
        scenario.move(scenario.by_link(ref), "change_contact", ref, email=f"n{n}@mail.example")
    assert scenario.product.record.check(ref) == []
