"""The rows that steer a case carry MACs, so that a change in the table is noticed at its next use."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.access.links import PurposeKeys
from chalicelib.aws import rows
from chalicelib.aws.case_file import OLDER, READ_ONLY, DynamoCaseFile
from chalicelib.aws.macs import Macs
from chalicelib.aws.rows import Row
from chalicelib.aws.versions import RowShape
from chalicelib.cases.casework import Unreadable
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.codes import Fault
from tests.casework.recorded import edited, life
from tests.scenario import DAY, SUN, WANG, ZHAO, ZHOU, Scenario


def head(ref: str) -> Row:
    """Return the head's row of a case."""
    return Row.get(rows.case(ref), rows.HEAD)


def macs(scenario: Scenario, since: str, **keys: str) -> Macs:
    """Return MACs with these keys; from `since` on every row must have them."""
    kept = (
        PurposeKeys(max(keys), keys)
        if keys
        else scenario.product._keys(scenario.product.setting("RECORD_KEY_ARN"))
    )
    return Macs(lambda: kept, lambda: kept, since)


def faults(scenario: Scenario, ref: str) -> list[Fault]:
    """Return the faults noted on a case."""
    return [doubt.fault for doubt in scenario.product.file.load(ref).doubts]


def on(scenario: Scenario, found: Macs | None) -> None:
    """Rebuild the product with these MACs; None stands for an earlier release."""
    product = scenario.product.__dict__
    for part in ("casework", "correspondence", "clockwork", "record", "outbox", "index", "post_index"):
        product.pop(part, None)
    file = DynamoCaseFile(
        lambda: scenario.time,
        macs=found,
        changed=lambda ref: scenario.product._changed("the head of a case", ref=ref),
    )
    product.update({"file": file, **({"macs": found} if found else {})})


def taken(scenario: Scenario, ref: str) -> list[str]:
    """Return the moves of a case, even if its chain is broken."""
    return [json.loads(entry.line)["move"] for entry in scenario.product.file.whole(ref).entries]


def bearer(scenario: Scenario, ref: str) -> dict[str, str]:
    """Return the header with the access token of the consumer."""
    party = scenario.product.file.load(ref).party("p1")
    return {"Authorization": f"Bearer {scenario.product.links.token(ref, party.id, party.generation)}"}


class Older(DynamoCaseFile):
    """The case file of a release without MACs, which leaves them in the rows unchanged."""

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(lambda: scenario.time, RowShape(Case, older=OLDER, leaves=READ_ONLY))


STEERING: dict[str, Callable[[Row], Any]] = {
    "body": lambda row: edited(rows.ref_of(row.pk), severity="S4"),
    "look_at": lambda row: row.update(actions=[Row.look_at.set("2027-02-12T01:00:00Z")]),
    "shard": lambda row: row.update(actions=[Row.shard.set(9)]),
    "out of the index": lambda row: row.update(actions=[Row.look_at.remove(), Row.shard.remove()]),
    "no mac": lambda row: row.update(actions=[Row.mac.remove()]),
    "no mac of the clock": lambda row: row.update(actions=[Row.mac_state.remove()]),
    "a mac of another key": lambda row: row.update(actions=[Row.mac.set("7." + "0" * 64)]),
}


@pytest.mark.parametrize("what", STEERING)
def test_changed_head_is_doubted_at_its_next_move(scenario: Scenario, what: str) -> None:
    """A move that decides nothing is still taken, and afterwards the head is whole."""
    ref = scenario.move(WANG, "accept", scenario.submit().ref).ref
    STEERING[what](head(ref))
    assert scenario.product.file.load(ref).altered
    scenario.move(scenario.by_link(ref), "message", ref, text="还在吗？")
    assert faults(scenario, ref) == [Fault.HEAD]
    assert not scenario.product.file.load(ref).altered
    assert taken(scenario, ref)[-2:] == ["doubt_record", "message"]
    with pytest.raises(Refusal, match="record_in_doubt"):
        scenario.move(SUN, "settle_at_once", ref, agreement="同意。", causes=["no_owner"], terms="退款。")


@pytest.mark.parametrize("what", STEERING)
def test_changed_head_is_doubted_by_the_clock_and_runs_again(scenario: Scenario, what: str) -> None:
    """A walk notes the change once; the note puts the case back into the index."""
    ref = scenario.submit().ref
    STEERING[what](head(ref))
    scenario.product.casework.look_at(ref, scenario.time)
    scenario.product.casework.look_at(ref, scenario.time)
    assert taken(scenario, ref) == ["submit", "doubt_record"]
    assert head(ref).look_at


def test_changed_head_is_read_and_operations_hear(
    scenario: Scenario, client: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """The consumer can still read the case; reading writes nothing."""
    ref = scenario.submit().ref
    headers = bearer(scenario, ref)
    edited(ref, severity="S4")
    capsys.readouterr()
    answer = client.http.get(f"/v1/cases/{ref}", headers=headers)
    assert answer.status_code == 200
    assert '"RecordChanged": 1' in capsys.readouterr().out


def test_head_of_another_case_is_never_answered(
    scenario: Scenario, client: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Reading answers 503 with a text, the other case is unaffected, and the clock parks the row."""
    ref, other = scenario.submit().ref, scenario.submit().ref
    foreign, headers = head(other), bearer(scenario, ref)
    Row(
        rows.case(ref),
        rows.HEAD,
        **{name: value for name, value in foreign.attribute_values.items() if name not in ("pk", "sk")},
    ).save()
    capsys.readouterr()
    with pytest.raises(Unreadable):
        scenario.product.file.load(ref)
    answer = client.http.get(f"/v1/cases/{ref}", headers=headers)
    assert (answer.status_code, answer.json_body["type"]) == (503, "/problems/record_unreadable")
    assert '"RecordChanged": 1' in capsys.readouterr().out
    for _ in range(30):
        scenario.later(DAY)
        scenario.minute()
    assert head(ref).shard == rows.PARKED
    assert scenario.moves(other)[0] == "submit"
    assert not scenario.product.file.load(other).doubts


def test_head_put_back_is_noted_behind_its_entries(scenario: Scenario) -> None:
    """A head that is older than its timeline is noted, and then the case can be saved again."""
    ref = scenario.move(WANG, "accept", scenario.submit().ref).ref
    before = head(ref)
    scenario.move(ZHAO, "message", ref, text="我们在看。")
    before.save()
    scenario.move(scenario.by_link(ref), "message", ref, text="还在吗？")
    assert faults(scenario, ref) == [Fault.HEAD]
    assert taken(scenario, ref)[-2:] == ["doubt_record", "message"]


def redirected(ref: str) -> None:
    """Change the mailbox in a person's row from outside."""
    row = Row.get(rows.case(ref), rows.party("p1"))
    row.update(
        actions=[Row.body.set(json.dumps({**json.loads(row.body or "{}"), "email": "x@evil.example"}))]
    )


def test_changed_recipient_gets_no_letter(scenario: Scenario) -> None:
    """The letter is not sent; the case is doubted, and an officer has to tell its content."""
    ref = scenario.submit().ref
    scenario.post()
    redirected(ref)
    scenario.move(WANG, "accept", ref)
    scenario.post()
    assert "x@evil.example" not in {mail["to"] for mail in scenario.sent()}
    assert faults(scenario, ref) == [Fault.ROW]
    letter = next(one for one in scenario.product.file.whole(ref).letters if one["name"] == "accepted")
    assert letter["state"] == "given up"
    assert [task.letter for task in scenario.product.file.load(ref).tellings] == ["accepted"]


def test_head_and_recipient_changed_together_get_no_letter(scenario: Scenario) -> None:
    """A matching digest in the head does not help: letters wait until two people accept the head."""
    ref = scenario.submit().ref
    scenario.post()
    redirected(ref)
    row = Row.get(rows.case(ref), rows.party("p1"))
    from chalicelib.domain.timeline import digest

    said = json.loads(head(ref).body or "{}")
    said["parties"][0]["kept"] = digest(row.salt or "", row.body or "")
    edited(ref, parties=said["parties"])
    scenario.move(WANG, "accept", ref)
    for _ in range(4):
        scenario.post(), scenario.minute(), scenario.later(DAY / 48)
    assert "x@evil.example" not in {mail["to"] for mail in scenario.sent()}
    assert faults(scenario, ref) == [Fault.HEAD]
    assert scenario.product.file.load(ref).tellings
    scenario.agreed(ref, ZHOU, SUN, "clear_doubt", reason="已与备份核对。")
    scenario.later(DAY / 24), scenario.minute()
    assert "x@evil.example" in {mail["to"] for mail in scenario.sent()}, "two people let it stand"


@pytest.mark.parametrize("several", [False, True])
def test_changed_letter_waits_for_a_person(scenario: Scenario, several: bool) -> None:
    """A changed letter waits, and so does a changed post before it is expanded."""
    ref = scenario.submit(**({"hurt": "hurt"} if several else {})).ref
    kind = rows.post("") if several else rows.letter("")
    row = next(one for one in Row.query(rows.case(ref), Row.sk.startswith(kind)) if one.state == "owed")
    row.update(actions=[Row.body.set((row.body or "").replace('"party:p1"', '"staff:wang"') + " ")])
    scenario.post(), scenario.later(DAY / 24), scenario.minute()
    row.refresh()
    assert (row.state, row.shard) == ("owed", rows.PARKED)
    assert Fault.ROW in faults(scenario, ref)


def test_every_row_that_steers_a_case_has_its_macs(scenario: Scenario) -> None:
    """Heads, entries, letters and posts have their MACs in every state."""
    ref, found = life(scenario), scenario.product.macs
    scenario.minute(), scenario.post()
    for row in Row.query(rows.case(ref)):
        kind = rows.kind(row.sk)[0]
        if kind in ("LETTER", "POST"):
            assert found.fits_letter(row), row.sk
            assert found.fits_state(row), row.sk
        elif kind == "ENTRY":
            assert found.fits_head(row.mac, row.pk, int(rows.kind(row.sk)[1]), row.kept)


def test_macs_bind_the_key_of_their_row(scenario: Scenario) -> None:
    """No row replaces another, and no value its neighbour."""
    found = macs(scenario, "")
    one = found.letter(Row("CASE#1", "LETTER#a", body="{}", state="owed"))
    assert found.fits_letter(one)
    assert not found.fits_letter(Row("CASE#2", "LETTER#a", body="{}", mac=one.mac))
    assert not found.fits_letter(Row("CASE#1", "LETTER#b", body="{}", mac=one.mac))
    assert not found.fits_letter(Row("CASE#1", "LETTER#a", body="{}", mac=one.mac, entries=1))
    assert not found.fits_state(Row("CASE#1", "LETTER#a", state="sent", mac_state=one.mac_state))
    assert found.clock("CASE#1", 1, 23, "4") != found.clock("CASE#1", 12, 3, "4")


def test_key_in_rotation_doubts_nothing(scenario: Scenario) -> None:
    """The next key is present before it is current; a container without it reads the keys again."""
    reads: list[PurposeKeys] = []
    one, both, next_ = (
        PurposeKeys("1", {"1": "a"}),
        PurposeKeys("1", {"1": "a", "2": "b"}),
        PurposeKeys("2", {"1": "a", "2": "b"}),
    )

    def reread() -> PurposeKeys:
        reads.append(both)
        return both

    behind, ahead = Macs(lambda: one, reread), Macs(lambda: next_, lambda: next_)
    mac = ahead.head("CASE#1", 3, "kept")
    assert mac.startswith("2.")
    assert behind.fits_head(mac, "CASE#1", 3, "kept")
    assert ahead.fits_head(behind.head("CASE#1", 3, "kept"), "CASE#1", 3, "kept")
    assert len(reads) == 1
    assert not behind.fits_head("9." + mac[2:], "CASE#1", 3, "kept"), "a key that never was"


MIGRATING = "2026-04-01"


@pytest.mark.parametrize("since", [MIGRATING, ""])
def test_case_of_an_earlier_release_is_taken_over(scenario: Scenario, since: str) -> None:
    """Until the day from which MACs are required, a head without one or with an outdated one is accepted.

    After that day it counts as changed.
    """
    own = scenario.product.macs
    on(scenario, None)
    scenario.product.__dict__["file"] = Older(scenario)
    ref = scenario.submit().ref
    assert head(ref).mac is None
    on(scenario, macs(scenario, since) if since else own)
    assert scenario.product.file.load(ref).altered == (not since)
    if since:
        scenario.move(WANG, "accept", ref)
        assert head(ref).mac
        older = replace(scenario.product.casework, file=Older(scenario))
        older.move("message", ref, ZHAO, {"text": "我们在看。"})
        assert not scenario.product.file.load(ref).altered, "the mark of the head before is still there"
        scenario.move(scenario.by_link(ref), "message", ref, text="好的。")
        assert not scenario.product.file.load(ref).doubts
        assert scenario.product.record.check(ref) == []


@pytest.mark.parametrize("what", ["body", "no mac", "out of the index", "look_at"])
def test_taking_off_a_mac_is_noticed_while_releases_change(scenario: Scenario, what: str) -> None:
    """A head whose last entry has a MAC must have its own."""
    on(scenario, macs(scenario, MIGRATING))
    ref = scenario.submit().ref
    row = head(ref)
    row.update(actions=[Row.mac.remove(), Row.mac_state.remove()])
    STEERING[what](row)
    assert scenario.product.file.load(ref).altered


def test_clock_moves_what_an_earlier_release_put_off(scenario: Scenario) -> None:
    """A case that an earlier release put off after a failure does not count as changed."""
    on(scenario, macs(scenario, MIGRATING))
    ref = scenario.submit().ref
    later = "2026-02-13T02:00:00Z"
    head(ref).update(actions=[Row.faults.set(3), Row.look_at.set(later)])
    assert not scenario.product.file.load(ref).altered


@pytest.mark.parametrize("what", ["state", "sent", "no mac", "nothing"])
def test_letters_of_an_earlier_release_are_signed_once_and_then_watched(
    scenario: Scenario, what: str
) -> None:
    """The check signs them before MACs are required. What is changed in their state afterwards is found, also
    on letters from before that day."""
    scenario.product.__dict__["file"] = Older(scenario)
    ref = scenario.submit(hurt="hurt").ref
    on(scenario, macs(scenario, MIGRATING))
    scenario.post()
    letters = [row for row in Row.query(rows.case(ref)) if rows.kind(row.sk)[0] in ("LETTER", "POST")]
    assert letters
    for row in letters:
        row.update(actions=[Row.mac.remove(), Row.mac_state.remove(), Row.mac_sent.remove()])
    assert scenario.product.record.check(ref) == []
    for row in letters:
        row.refresh()
        assert scenario.product.macs.fits_letter(row), row.sk
        assert scenario.product.macs.fits_state(row), row.sk
    scenario.later(60 * DAY)
    row = next(row for row in letters if row.sent)
    changed = {
        "state": [Row.state.set("skipped")],
        "sent": [Row.sent.set((row.sent or "").replace("{", '{"x":1,', 1))],
        "no mac": [Row.mac.remove()],
        "nothing": [Row.tries.set(3)],
    }
    row.update(actions=changed[what])
    found = scenario.product.record.check(ref)
    assert [fault for _, fault in found] == ([] if what == "nothing" else [Fault.ROW])


def test_a_letter_whose_content_was_changed_is_not_signed(scenario: Scenario) -> None:
    """The entry of a letter binds its content, so the check finds the change before MACs are required."""
    on(scenario, macs(scenario, MIGRATING))
    ref = scenario.submit().ref
    row = next(row for row in Row.query(rows.case(ref)) if rows.kind(row.sk)[0] == "LETTER")
    row.update(actions=[Row.body.set((row.body or "") + " "), Row.mac.remove()])
    assert [fault for _, fault in scenario.product.record.check(ref)] == [Fault.ROW]
    row.refresh()
    assert row.mac is None
