"""The register of outages and the letters to staff carry MACs, so that nobody moves windows or writes to
staff by a change in the table."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.access.links import PurposeKeys
from chalicelib.aws import rows
from chalicelib.aws.macs import Macs
from chalicelib.aws.outage_rows import OutageRows
from chalicelib.aws.rows import Row
from chalicelib.domain.calendar import stamp
from chalicelib.domain.engine.deadlines import due
from chalicelib.domain.outages import GAP, Outage, Part
from infra import ops
from tests.casework.post import FakePost
from tests.casework.recorded import an_hour
from tests.life.promised import called_on, settled, until
from tests.scenario import DAY, HOUR, WANG, Scenario

MINUTE = timedelta(minutes=1)
SINCE = "2026-04-01"
"""The day from which rows of no case must have MACs, on a stack that is being upgraded."""


def request_photos(scenario: Scenario) -> str:
    """Request photos, which must be given in seven days."""
    ref = scenario.submit(wishes=["explanation"]).ref
    scenario.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    scenario.post(), scenario.minute()
    return ref


def away(scenario: Scenario) -> str:
    """Enter an outage of a day and a half that has just ended; return the sort key of its row."""
    outage = Outage(Part.SITE, scenario.time - 36 * HOUR, scenario.time, entered=scenario.time)
    scenario.product.outages.enter(outage)
    return rows.outage(outage.id)


def out(sk: str) -> Row:
    """Return the row of an outage."""
    return Row.get(rows.OUTAGES, sk)


def beat() -> Row:
    """Return the row of the clock's last run."""
    return Row.get(rows.OUTAGES, rows.BEAT)


def change_reported(capsys: pytest.CaptureFixture[str]) -> bool:
    """Return whether a change was reported to operations since the last call."""
    return '"RecordChanged": ' in capsys.readouterr().out


def ends(scenario: Scenario, ref: str) -> Any:
    """Return the end of the window for photos as it is derived now."""
    return due(scenario.product.file.load(ref))["information"]


def on(scenario: Scenario, since: str) -> None:
    """Rebuild the register and what reads it; from `since` on every row of no case must have MACs."""
    kept: PurposeKeys = scenario.product._keys(scenario.product.setting("RECORD_KEY_ARN"))
    product = scenario.product.__dict__
    for part in ("casework", "correspondence", "clockwork", "record", "outbox", "file", "outages"):
        product.pop(part, None)
    product["macs"] = Macs(lambda: kept, lambda: kept, "", since)
    scenario.product.outages.gap = 36_500 * DAY


def taken(scenario: Scenario, ref: str) -> list[str]:
    """Return the moves of a case. Its index need not hold the moment of a step that waits."""
    return [json.loads(entry.line)["move"] for entry in scenario.product.file.whole(ref).entries]


def forged(sk: str) -> None:
    """Add an outage of a month."""
    body = json.loads(out(sk).body or "{}") | {"since": "2026-01-10T00:00:00Z", "part": "mail"}
    Row(rows.OUTAGES, rows.outage("20260110T000000Z-mail"), body=json.dumps(body)).save()


def longer(sk: str) -> None:
    """Make an outage longer by a month."""
    body = json.loads(out(sk).body or "{}") | {"since": "2026-01-10T00:00:00Z"}
    out(sk).update(actions=[Row.body.set(json.dumps(body))])


CHANGES: dict[str, Callable[[str], Any]] = {
    "a row added": forged,
    "a row with a MAC of another row": lambda sk: Row(
        rows.OUTAGES, rows.outage("x"), body=out(sk).body, mac=out(sk).mac
    ).save(),
    "a row changed": longer,
    "a row removed": lambda sk: out(sk).delete(),
    "a MAC removed": lambda sk: out(sk).update(actions=[Row.mac.remove()]),
    "an unreadable row": lambda sk: Row(rows.OUTAGES, rows.outage("x"), body="{").save(),
    "the digest's MAC removed": lambda sk: beat().update(actions=[Row.mac.remove()]),
    "the digest removed": lambda sk: beat().update(actions=[Row.body.remove(), Row.mac.remove()]),
    "an unreadable digest": lambda sk: beat().update(actions=[Row.body.set("[")]),
    "the clock's row removed": lambda sk: beat().delete(),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_register_lets_no_window_lapse_until_it_is_settled(
    scenario: Scenario, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    """The change is reported at the next read. Nothing moves a window that is not ours. Our own steps go on.
    An operator settles it, and then the window ends as it should."""
    ref = request_photos(scenario)
    scenario.later(2 * DAY)
    planned = ends(scenario, ref)
    sk = away(scenario)
    moved = ends(scenario, ref)
    assert moved == planned + 2 * DAY
    an_hour(scenario)
    CHANGES[what](sk)
    capsys.readouterr()
    scenario.later(2 * MINUTE)
    assert ends(scenario, ref) in (planned, moved)
    assert change_reported(capsys)
    other = scenario.submit().ref
    for _ in range(20):
        scenario.later(DAY)
        scenario.minute()
    assert not [move for move in taken(scenario, ref) if move.startswith("lapse_")]
    assert "take_step" in taken(scenario, other)
    ops.main(["outage", "--settle", "--do"], lambda stack, endpoint: None)
    capsys.readouterr()
    scenario.later(2 * MINUTE)
    scenario.minute()
    assert [move for move in taken(scenario, ref) if move.startswith("lapse_")]
    assert not change_reported(capsys)
    assert [one.id for one in scenario.product.outages.listed(scenario.time).outages] == [rows.kind(sk)[1]]
    an_hour(scenario)
    assert not change_reported(capsys)


def put_back(scenario: Scenario, sk: str) -> None:
    """Put the register back to before the outage was entered, with its valid MACs."""
    out(sk).delete()
    _older(scenario).save()


def times_back(scenario: Scenario, sk: str) -> None:
    """Put a corrected outage back to its first times, with its valid MACs."""
    before, listed = out(sk), beat()
    scenario.product.outages.correct(
        rows.kind(sk)[1], scenario.time - 60 * HOUR, scenario.time, scenario.time
    )
    an_hour(scenario, scenario.time + HOUR)
    before.save()
    beat().update(actions=[Row.body.set(listed.body), Row.mac.set(listed.mac)])


def wiped(scenario: Scenario, sk: str) -> None:
    """Remove the whole register."""
    out(sk).delete()
    beat().delete()


def wiped_and_begun(scenario: Scenario, sk: str) -> None:
    """Remove the whole register; the clock begins a new one."""
    wiped(scenario, sk)
    OutageRows(scenario.product.macs).beat(scenario.time)


def false_gap(scenario: Scenario, sk: str) -> None:
    """Put back the time of the clock's last run, with its valid MAC, so that the clock enters a gap."""
    older, row = _older(scenario), beat()
    row.update(actions=[Row.look_at.set(older.look_at), Row.mac_state.set(older.mac_state)])
    gap = OutageRows(scenario.product.macs, gap=GAP).beat(scenario.time + HOUR)
    assert gap
    assert gap.until - gap.since > 2 * DAY


def _older(scenario: Scenario) -> Row:
    """Return the clock's row as it was before the outage."""
    row: Row = scenario.older  # type: ignore[attr-defined]
    return row


@pytest.mark.parametrize("undo", [put_back, times_back, wiped, wiped_and_begun, false_gap])
def test_a_register_put_back_is_noticed_at_the_next_list(
    scenario: Scenario, capsys: pytest.CaptureFixture[str], undo: Callable[[Scenario, str], None]
) -> None:
    """Each row is valid, so only the signed list shows the change. Then no window lapses any more."""
    ref = request_photos(scenario)
    scenario.older = beat()  # type: ignore[attr-defined]
    scenario.later(2 * DAY)
    scenario.product.outages.beat(scenario.time)
    sk = away(scenario)
    an_hour(scenario)
    undo(scenario, sk)
    capsys.readouterr()
    scenario.later(HOUR)
    an_hour(scenario)
    assert change_reported(capsys)
    scenario.later(2 * MINUTE)
    assert scenario.product.file.load(ref).uncertain
    assert scenario.product.file.load(ref).outages or undo in (put_back, wiped, wiped_and_begun)
    ops.main(["outage", "--settle", "--do"], lambda stack, endpoint: None)
    scenario.later(2 * MINUTE)
    assert sk in {rows.outage(one.id) for one in scenario.product.file.load(ref).outages}
    capsys.readouterr()
    an_hour(scenario)
    assert not change_reported(capsys)


@pytest.mark.parametrize("at", ["2026-01-02T00:00:00Z", "later", None, "yesterday"])
def test_a_changed_last_run_of_the_clock_makes_no_gap_and_hides_none(
    scenario: Scenario, capsys: pytest.CaptureFixture[str], at: str | None
) -> None:
    """The clock of another process runs on, enters nothing, and windows wait for an operator."""
    ref = request_photos(scenario)
    scenario.later(6 * HOUR)
    at = stamp(scenario.time) if at == "later" else at
    beat().update(actions=[Row.look_at.set(at) if at else Row.look_at.remove()])
    capsys.readouterr()
    assert not scenario.product.outages.beats(scenario.time)
    assert (
        OutageRows(
            scenario.product.macs, lambda: scenario.product._changed("the register of outages"), GAP
        ).beat(scenario.time)
        is None
    )
    assert change_reported(capsys)
    scenario.later(2 * MINUTE)
    assert scenario.product.outages.beats(scenario.time)
    assert scenario.product.file.load(ref).uncertain


def test_a_register_of_an_earlier_release_is_taken_over(
    scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """Until the day from which MACs are required, rows without them count. The hourly check signs them, so
    that they count afterwards; a row that is added later without one does not."""
    on(scenario, SINCE)
    ref = request_photos(scenario)
    older = OutageRows()
    beat().delete()
    older.beat(scenario.time)
    scenario.later(2 * DAY)
    planned = ends(scenario, ref)
    outage = Outage(Part.SITE, scenario.time - 36 * HOUR, scenario.time, entered=scenario.time)
    older.enter(outage)
    older.beat(scenario.time)
    scenario.later(2 * MINUTE)
    assert ends(scenario, ref) == planned + 2 * DAY
    assert out(rows.outage(outage.id)).mac is None
    scenario.minute()
    an_hour(scenario)
    assert out(rows.outage(outage.id)).mac
    older.beat(scenario.time + MINUTE)
    scenario.later(2 * MINUTE)
    assert not scenario.product.file.load(ref).uncertain
    scenario.minute()
    on(scenario, "")
    scenario.minute()
    assert ends(scenario, ref) == planned + 2 * DAY
    assert not change_reported(capsys)
    forged(rows.outage(outage.id))
    scenario.later(2 * MINUTE)
    assert ends(scenario, ref) == planned + 2 * DAY
    assert change_reported(capsys)


def test_a_new_key_doubts_no_register(scenario: Scenario) -> None:
    """Rows that the earlier key signed stay ours, and the current key signs the next ones."""
    both = PurposeKeys("2", {"1": "a", "2": "b"})
    old = OutageRows(Macs(lambda: PurposeKeys("1", {"1": "a"}), lambda: both))
    new = OutageRows(Macs(lambda: both, lambda: both))
    old.beat(scenario.time)
    old.enter(Outage(Part.SITE, scenario.time - DAY, scenario.time, entered=scenario.time))
    assert not new.listed(scenario.time).doubted
    new.enter(Outage(Part.MAIL, scenario.time - DAY, scenario.time, entered=scenario.time))
    new.beat(scenario.time + MINUTE)
    assert not old.listed(scenario.time).doubted
    assert len(old.listed(scenario.time).outages) == 2


# Letters to staff


def owe_staff_letter(scenario: Scenario) -> Row:
    """Owe a member of staff a letter of no case; return its row."""
    scenario.product.file.owe("wang", "x", "calendar_missing", {"year": 2027})
    row = next(iter(Row.query(rows.case(rows.staff_letters("wang")))))
    scenario.time += 2 * MINUTE
    return row


def test_a_changed_letter_to_staff_waits_for_a_person(
    scenario: Scenario, post: FakePost, capsys: pytest.CaptureFixture[str]
) -> None:
    """The changed letter is set aside unsent, and an alarm rises."""
    row = owe_staff_letter(scenario)
    row.update(actions=[Row.body.set((row.body or "").replace("2027", "2099"))])
    capsys.readouterr()
    scenario.minute()
    row.refresh()
    assert (row.state, row.shard) == ("owed", rows.PARKED)
    assert change_reported(capsys)
    assert not post.taken


def test_a_letter_to_staff_of_an_earlier_release_leaves(scenario: Scenario, post: FakePost) -> None:
    """Until the day from which MACs are required, a letter without one is sent."""
    on(scenario, SINCE)
    scenario.product.correspondence.__dict__["post"] = post
    row = owe_staff_letter(scenario)
    row.update(actions=[Row.mac.remove(), Row.mac_state.remove()])
    scenario.minute()
    row.refresh()
    assert row.state == "sent"


def test_a_changed_line_of_a_digest_is_left_out(
    scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """An alarm rises, and the other lines stay."""
    for ref in ("1", "2"):
        scenario.product.file.repeat("wu", {"ref": ref, "run": "answer", "due": stamp(scenario.time)})
    row = next(iter(Row.query(rows.digest("wu"))))
    row.update(actions=[Row.body.set((row.body or "").replace('"1"', '"3"'))])
    capsys.readouterr()
    assert [line["ref"] for line in scenario.product.correspondence.lines.lines("wu")] == ["2"]
    assert change_reported(capsys)


def test_a_delay_that_an_outage_undoes_ends_when_the_outage_is_entered(scenario: Scenario) -> None:
    """The cure ends later, so the decision about the breach is not late any more. No move is needed."""
    ref, _, _ = settled(scenario)
    called_on(scenario, ref)
    called = scenario.time
    until(scenario, ref, "cure")
    until(scenario, ref, "breach_decision")
    assert scenario.product.file.load(ref).behind
    outage = Outage(Part.SITE, called + DAY, called + 2 * DAY, entered=scenario.time)
    scenario.product.outages.enter(outage)
    case = scenario.product.file.load(ref)
    assert not case.behind
    assert case.clock.late[-1].until == scenario.time
