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
from tests.house import DAY, HOUR, WANG, House

MINUTE = timedelta(minutes=1)
SINCE = "2026-04-01"
"""The day from which rows of no case must have MACs, on a stack that is being upgraded."""


def request_photos(house: House) -> str:
    """Request photos, which must be given in seven days."""
    ref = house.submit(wishes=["explanation"]).ref
    house.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    house.post(), house.minute()
    return ref


def away(house: House) -> str:
    """Enter an outage of a day and a half that has just ended; return the sort key of its row."""
    outage = Outage(Part.SITE, house.time - 36 * HOUR, house.time, entered=house.time)
    house.product.outages.enter(outage)
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


def ends(house: House, ref: str) -> Any:
    """Return the end of the window for photos as it is derived now."""
    return due(house.product.file.load(ref))["information"]


def on(house: House, since: str) -> None:
    """Rebuild the register and what reads it; from `since` on every row of no case must have MACs."""
    kept: PurposeKeys = house.product._keys(house.product.setting("RECORD_KEY_ARN"))
    product = house.product.__dict__
    for part in ("casework", "correspondence", "clockwork", "record", "outbox", "file", "outages"):
        product.pop(part, None)
    product["macs"] = Macs(lambda: kept, lambda: kept, "", since)
    house.product.outages.gap = 36_500 * DAY


def taken(house: House, ref: str) -> list[str]:
    """Return the moves of a case. Its index need not hold the moment of a step that waits."""
    return [json.loads(entry.line)["move"] for entry in house.product.file.whole(ref).entries]


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
    house: House, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    """The change is reported at the next read. Nothing moves a window that is not ours. Our own steps go on.
    An operator settles it, and then the window ends as it should."""
    ref = request_photos(house)
    house.later(2 * DAY)
    planned = ends(house, ref)
    sk = away(house)
    moved = ends(house, ref)
    assert moved == planned + 2 * DAY
    an_hour(house)
    CHANGES[what](sk)
    capsys.readouterr()
    house.later(2 * MINUTE)
    assert ends(house, ref) in (planned, moved)
    assert change_reported(capsys)
    other = house.submit().ref
    for _ in range(20):
        house.later(DAY)
        house.minute()
    assert not [move for move in taken(house, ref) if move.startswith("lapse_")]
    assert "take_step" in taken(house, other)
    ops.main(["outage", "--settle", "--do"], lambda stack, endpoint: None)
    capsys.readouterr()
    house.later(2 * MINUTE)
    house.minute()
    assert [move for move in taken(house, ref) if move.startswith("lapse_")]
    assert not change_reported(capsys)
    assert [one.id for one in house.product.outages.listed(house.time).outages] == [rows.kind(sk)[1]]
    an_hour(house)
    assert not change_reported(capsys)


def put_back(house: House, sk: str) -> None:
    """Put the register back to before the outage was entered, with its valid MACs."""
    out(sk).delete()
    _older(house).save()


def times_back(house: House, sk: str) -> None:
    """Put a corrected outage back to its first times, with its valid MACs."""
    before, listed = out(sk), beat()
    house.product.outages.correct(rows.kind(sk)[1], house.time - 60 * HOUR, house.time, house.time)
    an_hour(house, house.time + HOUR)
    before.save()
    beat().update(actions=[Row.body.set(listed.body), Row.mac.set(listed.mac)])


def wiped(house: House, sk: str) -> None:
    """Remove the whole register."""
    out(sk).delete()
    beat().delete()


def wiped_and_begun(house: House, sk: str) -> None:
    """Remove the whole register; the clock begins a new one."""
    wiped(house, sk)
    OutageRows(house.product.macs).beat(house.time)


def false_gap(house: House, sk: str) -> None:
    """Put back the time of the clock's last run, with its valid MAC, so that the clock enters a gap."""
    older, row = _older(house), beat()
    row.update(actions=[Row.look_at.set(older.look_at), Row.mac_state.set(older.mac_state)])
    gap = OutageRows(house.product.macs, gap=GAP).beat(house.time + HOUR)
    assert gap
    assert gap.until - gap.since > 2 * DAY


def _older(house: House) -> Row:
    """Return the clock's row as it was before the outage."""
    row: Row = house.older  # type: ignore[attr-defined]
    return row


@pytest.mark.parametrize("undo", [put_back, times_back, wiped, wiped_and_begun, false_gap])
def test_a_register_put_back_is_noticed_at_the_next_list(
    house: House, capsys: pytest.CaptureFixture[str], undo: Callable[[House, str], None]
) -> None:
    """Each row is valid, so only the signed list shows the change. Then no window lapses any more."""
    ref = request_photos(house)
    house.older = beat()  # type: ignore[attr-defined]
    house.later(2 * DAY)
    house.product.outages.beat(house.time)
    sk = away(house)
    an_hour(house)
    undo(house, sk)
    capsys.readouterr()
    house.later(HOUR)
    an_hour(house)
    assert change_reported(capsys)
    house.later(2 * MINUTE)
    assert house.product.file.load(ref).uncertain
    assert house.product.file.load(ref).outages or undo in (put_back, wiped, wiped_and_begun)
    ops.main(["outage", "--settle", "--do"], lambda stack, endpoint: None)
    house.later(2 * MINUTE)
    assert sk in {rows.outage(one.id) for one in house.product.file.load(ref).outages}
    capsys.readouterr()
    an_hour(house)
    assert not change_reported(capsys)


@pytest.mark.parametrize("at", ["2026-01-02T00:00:00Z", "later", None, "yesterday"])
def test_a_changed_last_run_of_the_clock_makes_no_gap_and_hides_none(
    house: House, capsys: pytest.CaptureFixture[str], at: str | None
) -> None:
    """The clock of another process runs on, enters nothing, and windows wait for an operator."""
    ref = request_photos(house)
    house.later(6 * HOUR)
    at = stamp(house.time) if at == "later" else at
    beat().update(actions=[Row.look_at.set(at) if at else Row.look_at.remove()])
    capsys.readouterr()
    assert not house.product.outages.beats(house.time)
    assert OutageRows(house.product.macs, house.product._register_changed, GAP).beat(house.time) is None
    assert change_reported(capsys)
    house.later(2 * MINUTE)
    assert house.product.outages.beats(house.time)
    assert house.product.file.load(ref).uncertain


def test_a_register_of_an_earlier_release_is_taken_over(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """Until the day from which MACs are required, rows without them count. The hourly check signs them, so
    that they count afterwards; a row that is added later without one does not."""
    on(house, SINCE)
    ref = request_photos(house)
    older = OutageRows()
    beat().delete()
    older.beat(house.time)
    house.later(2 * DAY)
    planned = ends(house, ref)
    outage = Outage(Part.SITE, house.time - 36 * HOUR, house.time, entered=house.time)
    older.enter(outage)
    older.beat(house.time)
    house.later(2 * MINUTE)
    assert ends(house, ref) == planned + 2 * DAY
    assert out(rows.outage(outage.id)).mac is None
    house.minute()
    an_hour(house)
    assert out(rows.outage(outage.id)).mac
    older.beat(house.time + MINUTE)
    house.later(2 * MINUTE)
    assert not house.product.file.load(ref).uncertain
    house.minute()
    on(house, "")
    house.minute()
    assert ends(house, ref) == planned + 2 * DAY
    assert not change_reported(capsys)
    forged(rows.outage(outage.id))
    house.later(2 * MINUTE)
    assert ends(house, ref) == planned + 2 * DAY
    assert change_reported(capsys)


def test_a_new_key_doubts_no_register(house: House) -> None:
    """Rows that the earlier key signed stay ours, and the current key signs the next ones."""
    both = PurposeKeys("2", {"1": "a", "2": "b"})
    old = OutageRows(Macs(lambda: PurposeKeys("1", {"1": "a"}), lambda: both))
    new = OutageRows(Macs(lambda: both, lambda: both))
    old.beat(house.time)
    old.enter(Outage(Part.SITE, house.time - DAY, house.time, entered=house.time))
    assert not new.listed(house.time).doubted
    new.enter(Outage(Part.MAIL, house.time - DAY, house.time, entered=house.time))
    new.beat(house.time + MINUTE)
    assert not old.listed(house.time).doubted
    assert len(old.listed(house.time).outages) == 2


# Letters to staff


def owe_staff_letter(house: House) -> Row:
    """Owe a member of staff a letter of no case; return its row."""
    house.product.file.owe("wang", "x", "calendar_missing", {"year": 2027})
    row = next(iter(Row.query(rows.case(rows.staff_letters("wang")))))
    house.time += 2 * MINUTE
    return row


def test_a_changed_letter_to_staff_waits_for_a_person(
    house: House, post: FakePost, capsys: pytest.CaptureFixture[str]
) -> None:
    """The changed letter is set aside unsent, and an alarm rises."""
    row = owe_staff_letter(house)
    row.update(actions=[Row.body.set((row.body or "").replace("2027", "2099"))])
    capsys.readouterr()
    house.minute()
    row.refresh()
    assert (row.state, row.shard) == ("owed", rows.PARKED)
    assert change_reported(capsys)
    assert not post.taken


def test_a_letter_to_staff_of_an_earlier_release_leaves(house: House, post: FakePost) -> None:
    """Until the day from which MACs are required, a letter without one is sent."""
    on(house, SINCE)
    house.product.correspondence.__dict__["post"] = post
    row = owe_staff_letter(house)
    row.update(actions=[Row.mac.remove(), Row.mac_state.remove()])
    house.minute()
    row.refresh()
    assert row.state == "sent"


def test_a_changed_line_of_a_digest_is_left_out(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """An alarm rises, and the other lines stay."""
    for ref in ("1", "2"):
        house.product.file.repeat("wu", {"ref": ref, "run": "answer", "due": stamp(house.time)})
    row = next(iter(Row.query(rows.digest("wu"))))
    row.update(actions=[Row.body.set((row.body or "").replace('"1"', '"3"'))])
    capsys.readouterr()
    assert [line["ref"] for line in house.product.correspondence.lines.lines("wu")] == ["2"]
    assert change_reported(capsys)
