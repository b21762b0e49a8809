"""A restored table harms nobody: no letter leaves twice, no loss counts as tampering, and lost numbers are
known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

import pytest

from chalicelib.access.authorization import CLOCK, NotFound
from chalicelib.aws import rows
from chalicelib.aws.former import FormerTable
from chalicelib.aws.rows import Row
from chalicelib.domain.engine.deadlines import due
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.outages import Outage, Part
from chalicelib.domain.timeline import link
from chalicelib.locale.formats import label
from chalicelib.operations.destruction import WAITS
from tests.casework.destroyed import OWN, SAID, WHY, closed, holds, hour, left, stored
from tests.casework.recorded import an_hour, edited
from tests.casework.restored import Restorable
from tests.life.agreed import digest as agreed_digest, drafted
from tests.scenario import DAY, HOUR, SUN, WANG, WU, ZHOU, Scenario

LI = "wang.fang@mail.example"


@pytest.fixture
def table(scenario: Scenario) -> Restorable:
    """A scenario whose table can be restored."""
    return Restorable(scenario)


def test_owed_letter_that_left_does_not_leave_again(table: Restorable) -> None:
    """The letter was owed in the copy, and the ledger has it."""
    ref = table.scenario.submit().ref
    table.copied()
    table.deliver()
    assert len(table.letters()) == 1
    table.restore()
    table.reconcile()
    table.scenario.later(HOUR)
    table.deliver()
    assert len(table.letters()) == 1
    (letter,) = table.scenario.product.file.whole(ref).letters
    assert letter["state"] == "sent"


def test_owed_letter_that_did_not_leave_leaves(table: Restorable) -> None:
    """Mail was away until the restore, so the ledger does not have the letter."""
    table.scenario.submit()
    table.copied()
    table.restore()
    table.reconcile()
    table.scenario.later(HOUR)
    table.deliver()
    assert len(table.letters()) == 1


def test_letter_to_several_people_does_not_leave_again(table: Restorable) -> None:
    """In the copy it is a single row, from which the letters of the recipients are made."""
    scenario = table.scenario
    ref = scenario.submit(hurt="hurt").ref
    assert list(Row.query(rows.case(ref), Row.sk.startswith(rows.post(""))))
    table.copied()
    table.deliver()
    before = Counter(table.letters())
    table.restore()
    table.reconcile()
    scenario.later(HOUR)
    table.deliver()
    assert Counter(table.letters()) == before


def test_step_of_the_clock_is_taken_again_without_its_letters(table: Restorable) -> None:
    """The clock reminds of a window again, and nobody is reminded twice. Nobody did anything that is missing,
    so nobody is told of a loss."""
    scenario = table.scenario
    ref = scenario.move(WANG, "ask_information", scenario.submit().ref, items=["photos"], why="看不清。").ref
    table.deliver()
    table.copied()
    reminded = lambda: [one for one in table.post.taken if "information_reminder" in one[1]]  # noqa: E731
    names: list[str] = []
    for _ in range(12):
        scenario.later(DAY / 2)
        scenario.minute()
        table.deliver()
        names = [letter["name"] for letter in scenario.product.file.whole(ref).letters]
        if "information_reminder" in names:
            break
    assert "information_reminder" in names
    before = Counter(table.letters())
    table.restore()
    found = table.reconcile(table.former)
    assert [(one.ref, one.concerned) for one in found.behind] == [(ref, ())]
    for _ in range(3):
        scenario.minute()
        table.deliver()
    assert Counter(table.letters()) == before
    again = [one for one in scenario.product.file.whole(ref).letters if one["name"] == "information_reminder"]
    assert again
    assert {one["state"] for one in again} == {"sent"}
    assert not reminded()


def test_what_people_do_again_is_told_again(table: Restorable) -> None:
    """Staff may accept in other words than before, so the party gets that letter too."""
    scenario = table.scenario
    ref = scenario.submit().ref
    table.deliver()
    table.copied()
    scenario.move(WANG, "accept", ref)
    table.deliver()
    table.restore()
    table.reconcile(), table.deliver()
    before = len(table.letters())
    scenario.move(WANG, "accept", ref)
    table.deliver()
    assert len(table.letters()) == before + 1


def test_code_that_is_asked_for_again_leaves(table: Restorable) -> None:
    """The clock's role sends a code, but a person asks for it, and it has other digits."""
    scenario = table.scenario
    ref, *_ = drafted(scenario)
    table.deliver(), table.copied()
    scenario.code(ref, "sign", digest=agreed_digest(scenario, ref))
    table.deliver()
    before = len(table.letters())
    table.restore()
    found = table.reconcile(table.former)
    assert [letter.partition(" ")[2] for letter in found.behind[0].letters] == ["one_time_code.0"]
    scenario.code(ref, "sign", digest=agreed_digest(scenario, ref))
    table.deliver()
    assert len(table.letters()) == before + 1


def acted(table: Restorable) -> str:
    """File a complaint, copy the table, and let the officer accept and the consumer write; return its
    number."""
    scenario = table.scenario
    ref = scenario.submit().ref
    table.deliver(), table.copied()
    scenario.later(HOUR)
    scenario.move(WANG, "accept", ref)
    scenario.move(scenario.by_link(ref), "message", ref, text="发票在附件里。")
    table.deliver()
    return ref


def test_each_person_reads_what_they_must_do_again(table: Restorable) -> None:
    """The consumer reads of their message and not of the officer's step, the officer reads of both, since
    they work on the case. No words stand in the letters."""
    acted(table)
    table.restore()
    (found,) = table.reconcile(table.former).behind
    assert found.concerned == ("p1",)
    table.deliver()
    told = table.about_missing()
    assert {*told} == {LI, "wang@house.example"}
    (consumer,), (officer,) = told[LI], told["wang@house.example"]
    message, accept = (label("zh", move, "move") for move in ("message", "accept"))
    assert message in consumer
    assert f"：{accept}" not in consumer
    assert message in officer
    assert accept in officer
    assert "发票" not in consumer + officer


def test_letter_about_missing_entries_leaves_once(table: Restorable) -> None:
    """The operator repeats the step; then the table is restored once more, to an earlier moment. The second
    loss has a letter of its own."""
    acted(table)
    first, copy = table.moment, table._copy
    table.restore()
    table.reconcile(table.former), table.deliver()
    table.reconcile(table.former), table.deliver()
    assert {to: len(texts) for to, texts in table.about_missing().items()} == {LI: 1, "wang@house.example": 1}
    table.scenario.later(HOUR)
    table.moment, table._copy = first - HOUR / 60, copy
    table.restore()
    table.reconcile(table.former), table.deliver()
    assert len(table.about_missing()[LI]) == 2


def test_changed_former_table_proves_nothing(table: Restorable) -> None:
    """Somebody put another step into the damaged table, or removed one. Nobody is told of a step that they
    did not take, and everybody is told that something is missing."""
    ref = acted(table)
    table.restore()
    client, former = rows.connection().client, table.former
    key = {"pk": {"S": rows.case(ref)}, "sk": {"S": rows.entry(3)}}
    true = client.get_item(TableName=former, Key=key)["Item"]
    line = true["body"]["S"].replace('"move":"message"', '"move":"withdraw"')
    two = client.get_item(TableName=former, Key={**key, "sk": {"S": rows.entry(2)}})["Item"]
    forged = {**true, "body": {"S": line}, "hash": {"S": link(two["hash"]["S"], line)}}
    losses = table.scenario.product.restoration.losses
    assert losses(table.moment, former).behind[0].concerned == ("p1",)
    client.put_item(TableName=former, Item=forged)
    assert losses(table.moment, former).behind[0].concerned is None
    client.delete_item(TableName=former, Key=key)
    assert losses(table.moment, former).behind[0].concerned is None
    client.put_item(TableName=former, Item=true)
    client.put_item(
        TableName=former,
        Item={**forged, "sk": {"S": rows.entry(4)}, "hash": {"S": link(true["hash"]["S"], line)}},
    )
    assert losses(table.moment, former).behind[0].concerned is None
    table.reconcile(former), table.deliver()
    assert "没有记录" in table.about_missing()[LI][0]
    assert label("zh", "withdraw", "move") not in table.about_missing()[LI][0]


def filed(scenario: Scenario, n: int) -> str:
    """File the complaint of one of several people; return its number."""
    person = {"name": "王芳", "email": f"wang.fang{n}@mail.example"}
    return scenario.submit(person=person).ref


def listed(table: Restorable) -> tuple[str, str, str, str]:
    """File A, B and D, copy the table, accept A, file C, and list all heads; return A, B, C and D."""
    scenario = table.scenario
    a, b, d = (filed(scenario, n) for n in range(3))
    an_hour(scenario)
    table.deliver()
    table.copied()
    scenario.later(HOUR)
    scenario.move(WANG, "accept", a)
    c = filed(scenario, 3)
    table.deliver()
    an_hour(scenario)
    scenario.move(WANG, "take", a)  # on no list
    return a, b, c, d


def test_losses_are_told_apart(table: Restorable) -> None:
    """Of A entries are missing, C is missing, D was changed in the table; B lacks nothing."""
    a, b, c, d = listed(table)
    table.restore()
    edited(d, severity="S4")
    found = table.scenario.product.restoration.losses(table.moment)
    assert [(one.ref, one.entries, one.had, len(one.heads)) for one in found.behind] == [(a, 1, 2, 1)]
    assert [one.split(" ")[1] for one in found.behind[0].letters] == ["accepted.0"]
    assert [(one.ref, one.received is not None) for one in found.lost] == [(c, True)]
    assert found.recorded == ()
    assert b not in (*found.changed, *(one.ref for one in found.behind))


def test_restored_cases_are_in_no_doubt(table: Restorable, capsys: pytest.CaptureFixture[str]) -> None:
    """Hourly checks, the round of open cases and the lists of the day find nothing, for two days. The next
    lists name the restored heads, so that a later change is found."""
    scenario = table.scenario
    a, b, c, d = listed(table)
    table.restore()
    table.reconcile()
    capsys.readouterr()
    for hours in (1, 2, 26, 50):
        an_hour(scenario, table.moment + hours * HOUR + DAY / 24)
    for shard in range(16):
        for day in scenario.product.record.lists.days(shard):
            assert scenario.product.record.verify(day, shard) == 0
    assert '"RecordChanged"' not in capsys.readouterr().out
    assert scenario.moves(a)[:2] == ["submit", "record_restored"]
    assert not any(scenario.product.file.load(ref).doubts for ref in (a, b, d))
    newest = {
        ref: one
        for shard in range(16)
        for ref, one in scenario.product.record.lists.roster(shard, scenario.time).cases.items()
    }
    assert newest[a].head == scenario.product.file.load(a).head
    assert c not in newest


class Former:
    """A table that was replaced: the numbers of entries of its cases."""

    def __init__(self, entries: dict[str, int]) -> None:
        self.entries = entries

    def moved(self, table: str, since: datetime) -> dict[str, int]:
        """Return the cases of the table."""
        assert table == "former"
        return self.entries

    def undone(self, table: str, ref: str, entries: int, head: str) -> None:
        """Return that nothing is proved."""

    def letters(self, table: str, ref: str, ids: Collection[str]) -> None:
        """Return that nothing is proved."""


def test_losses_on_no_list_are_found_in_the_former_table(table: Restorable) -> None:
    """Moves of the last hour without a letter are on no list, but the former table has them."""
    scenario = table.scenario
    a, b = filed(scenario, 0), filed(scenario, 1)
    an_hour(scenario)
    table.deliver()
    table.copied()
    scenario.move(WANG, "take", a)
    c = filed(scenario, 2)
    former = FormerTable(lambda: rows.connection().client, lambda: scenario.time, scenario.product.macs)
    moved = former.moved(Row.Meta.table_name, table.moment)
    assert moved == {a: 2, b: 1, c: 1}
    table.restore()
    restoration = replace(scenario.product.restoration, former=Former(moved))
    found = restoration.losses(table.moment, "former")
    assert [(one.ref, one.entries, one.had) for one in found.behind] == [(a, 1, 2)]
    assert [one.ref for one in found.lost] == [c]
    restoration.record(found, table.moment)
    again = restoration.losses(table.moment, "former")
    assert (again.behind, again.lost) == ((), ())


def test_unrecorded_restore_is_found(table: Restorable, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the record of the restore, the same table counts as changed: nobody can hide a rollback."""
    a, *_ = listed(table)
    table.restore()
    capsys.readouterr()
    an_hour(table.scenario)
    assert '"RecordChanged"' in capsys.readouterr().out
    assert table.scenario.product.file.load(a).doubted


def test_rollback_after_a_recorded_restore_is_found(table: Restorable) -> None:
    """Only the heads that the restore undid are excused. Who puts back the restored head later is found."""
    scenario = table.scenario
    a, *_ = listed(table)
    table.restore()
    table.reconcile()
    restored = [row.to_dynamodb_dict() for row in Row.query(rows.case(a))]
    scenario.move(WANG, "accept", a)
    scenario.later(HOUR)
    an_hour(scenario)
    assert not scenario.product.file.load(a).doubted
    for row in [*Row.query(rows.case(a))]:
        row.delete()
    for item in restored:
        row = Row()
        row.from_dynamodb_dict(item)
        row.save()
    scenario.later(HOUR)
    an_hour(scenario)
    assert scenario.product.file.load(a).doubted


def test_lost_number_is_kept_and_proved(table: Restorable) -> None:
    """The row has the date of the receipt. A row that somebody else writes is not believed."""
    _, _, c, _ = listed(table)
    table.restore()
    table.reconcile()
    file = table.scenario.product.file
    with pytest.raises(NotFound):
        file.load(c)
    lost = file.lost(c)
    assert lost
    assert lost.moment == table.moment
    assert lost.received
    assert HOUR <= lost.received - table.moment < 2 * HOUR
    Row(rows.lost("999999999999"), rows.LOST, body=Row.get(rows.lost(c), rows.LOST).body).save()
    assert file.lost("999999999999") is None


def test_losses_are_signed_apart_from_the_table(table: Restorable) -> None:
    """The list names each case that lacks entries or is missing."""
    a, _, c, _ = listed(table)
    table.restore()
    table.reconcile()
    lists = table.scenario.product.record.lists
    (key,) = lists.archive.keys("hours/restored/")
    told = lists._read(key, "restored")
    assert told
    _, behind, lost, _, _ = told["losses"]
    assert ([one[0] for one in behind], [one[0] for one in lost]) == ([a], [c])


def test_reconciling_twice_changes_nothing(table: Restorable) -> None:
    """An operator may repeat each step; a second restore to the same moment is not recorded twice."""
    a, _, c, _ = listed(table)
    table.restore()
    table.reconcile()
    before = {(row.pk, row.sk): row.to_dynamodb_dict() for row in Row.scan()}
    found = table.reconcile()
    assert (found.behind, found.lost) == ((), ())
    assert {a, c} <= {*found.recorded}
    assert {(row.pk, row.sk): row.to_dynamodb_dict() for row in Row.scan()} == before
    with pytest.raises(Refusal, match="restored_before"):
        table.scenario.product.casework.move("record_restored", a, CLOCK, {"moment": table.moment})


def test_windows_end_later_by_the_restore(table: Restorable) -> None:
    """From the moment of the restore to its end nobody could act, so parties' windows end later by it."""
    scenario = table.scenario
    ref = scenario.move(WANG, "ask_information", scenario.submit().ref, items=["photos"], why="看不清。").ref
    an_hour(scenario)
    ends = due(scenario.product.file.load(ref))["information"]
    table.copied()
    scenario.later(30 * HOUR)
    table.restore()
    table.reconcile()
    (outage,) = scenario.product.outages.listed(scenario.time).outages
    assert (outage.part, outage.since, outage.until) == (Part.SITE, table.moment, scenario.time)
    assert due(scenario.product.file.load(ref))["information"] - ends >= DAY
    assert not scenario.product.outages.listed(scenario.time).doubted


def test_outage_entered_after_the_moment_stays(table: Restorable) -> None:
    """The restored register lacks it; the signed list still has it, so it is put back, and no doubt
    arises."""
    scenario = table.scenario
    an_hour(scenario)
    table.copied()
    entered = Outage(Part.MAIL, scenario.time - 3 * HOUR, scenario.time - HOUR, scenario.time)
    scenario.product.outages.enter(entered)
    an_hour(scenario, scenario.time + HOUR)
    table.restore()
    table.reconcile()
    an_hour(scenario, scenario.time + HOUR)
    known = scenario.product.outages.listed(scenario.time)
    assert not known.doubted
    assert entered.id in {one.id for one in known.outages}


def test_destroyed_data_are_destroyed_again(table: Restorable) -> None:
    """The destruction was decided and done after the moment; the restore brought the words back for a day."""
    scenario = table.scenario
    ref = closed(scenario)
    table.deliver(), an_hour(scenario)
    table.copied()
    scenario.agreed(ref, ZHOU, WU, "destroy_data", **WHY)
    scenario.later(WAITS)
    assert hour(scenario) == 1
    table.deliver(), an_hour(scenario)
    table.restore()
    table.reconcile()
    restoration = scenario.product.restoration
    assert restoration.erased(table.moment, do=False) == ([ref], [])
    assert restoration.erased(table.moment, do=True) == ([ref], [])
    assert restoration.erased(table.moment, do=True) == ([], [])
    scenario.later(WAITS)
    assert hour(scenario) == 1
    assert scenario.product.file.load(ref).retention.destroyed
    an_hour(scenario)
    assert not scenario.product.file.load(ref).doubts


def test_data_of_one_person_are_destroyed_again(table: Restorable) -> None:
    """The person had left an open joint complaint before the moment. Their part in it and their own complaint
    are destroyed again, and the data of the others stay."""
    scenario = table.scenario
    ref, own = left(scenario)
    table.deliver(), an_hour(scenario)
    table.copied()
    scenario.agreed(own, ZHOU, WU, "destroy_data", **WHY)
    scenario.later(WAITS)
    assert hour(scenario) == 2
    table.deliver(), an_hour(scenario)
    table.restore()
    table.reconcile()
    restoration = scenario.product.restoration
    assert restoration.erased(table.moment, do=True) == (sorted([ref, own]), [])
    assert restoration.erased(table.moment, do=True) == ([], [])
    assert holds(stored(scenario), SAID)
    scenario.later(WAITS)
    assert hour(scenario) == 2
    found = stored(scenario)
    assert not holds(found, SAID)
    assert holds(found, OWN)
    an_hour(scenario)
    assert [scenario.product.file.load(one).doubts for one in (ref, own)] == [(), ()]


def test_data_of_an_open_case_are_destroyed_by_people(table: Restorable) -> None:
    """At the moment of the restore the case was open, so two people decide."""
    scenario = table.scenario
    ref = scenario.submit().ref
    table.copied()
    scenario.product.ledger.erased(ref, scenario.time)
    table.restore()
    assert scenario.product.restoration.erased(table.moment, do=True) == ([], [ref])


def test_staff_take_no_restore(table: Restorable) -> None:
    """Nobody but the operator's command records a restore."""
    ref = table.scenario.submit().ref
    with pytest.raises(Refusal, match="move_not_allowed_for_role"):
        table.scenario.product.casework.move("record_restored", ref, SUN, {"moment": table.moment})
