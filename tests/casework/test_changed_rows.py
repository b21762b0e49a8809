"""The feeds of changes: no reader misses a change, however late it commits, and the changes of a case come in
the order of its entries."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from chalicelib.access.authorization import Caller
from chalicelib.aws import rows
from chalicelib.aws.case_file import FENCES_MET
from chalicelib.aws.changed_rows import FENCES, KEPT, Changed
from chalicelib.aws.rows import Row
from chalicelib.cases.casework import Unavailable, WriteConflict
from chalicelib.domain.model.codes import Channel, Role
from chalicelib.view.party import reader_of
from chalicelib.web.api import timeline
from tests.aws_calls import Calls, observed_calls
from tests.casework.joint import OTHER
from tests.casework.restored import Restorable
from tests.scenario import DAY, HOUR, SUN, WANG, ZHAO, Scenario

SHOP = Caller("partner:shop", Role.PARTNER, channel=Channel.API)
MALL = Caller("partner:mall", Role.PARTNER, channel=Channel.API)
SECOND = timedelta(seconds=1)


def feed_changes(
    scenario: Scenario, feed: str = SHOP.who, position: str = "", limit: int = 100
) -> list[Changed]:
    """Return the changes of a feed after a position."""
    return scenario.product.changed_rows.after(feed, position, limit)[0]


def moves(changes: list[Changed]) -> list[tuple[str, int]]:
    """Return move and entry number of changes."""
    return [(one.move, one.entry) for one in changes]


def seen(scenario: Scenario, ref: str, partner: Caller = SHOP) -> list[tuple[str, int]]:
    """Return move and number of the entries that the partner reads in the timeline of a case."""
    dossier = scenario.product.file.whole(ref)
    reader = reader_of(dossier, scenario.time, partner).person  # type: ignore[union-attr]
    shown = (timeline.entries(reader)(n) for n in range(1, dossier.case.entries + 1))
    return [(one["move"], one["n"]) for one in shown if one]


class Reader:
    """A reader of a feed, which remembers its position and what it got."""

    def __init__(self, scenario: Scenario, feed: str = SHOP.who) -> None:
        self.rows, self.feed = scenario.product.changed_rows, feed
        self.position, self.got = "", list[Changed]()

    def read(self, limit: int = 100) -> list[Changed]:
        """Read on from the position; return what is new."""
        new, self.position = self.rows.after(self.feed, self.position, limit)
        self.got += new
        return new


@contextmanager
def stalled(operation: str, meanwhile: Callable[[], object], last: str = "") -> Iterator[None]:
    """Do something before the next call of an operation, once: the caller stalls until it is done. With
    `last`, the call is the first after one of the operation `last`, if there is one."""
    state = {"armed": not last, "done": False}

    def hears(model: Any, **_: Any) -> None:
        if state["armed"] and not state["done"] and model.name == operation:
            state["done"] = True
            meanwhile()
        state["armed"] = state["armed"] or model.name == last

    with observed_calls("before-call", hears):
        yield
    assert state["done"] or last


def test_partner_learns_what_it_reads(scenario: Scenario) -> None:
    """A feed has the entries of the partner's timeline, with number, stage and moment, and nothing
    internal."""
    case = scenario.submit(SHOP, external_id="A-1")
    scenario.later(HOUR)
    scenario.move(WANG, "set_severity", case.ref, severity="S3", why="无人受伤。")
    scenario.move(WANG, "accept", case.ref)
    found = feed_changes(scenario)
    assert moves(found) == seen(scenario, case.ref) == [("submit", 1), ("accept", 3)]
    assert found[1] == Changed(case.ref, "A-1", "accept", 3, scenario.time, "investigating")


def test_feed_has_what_the_timeline_has(scenario: Scenario) -> None:
    """Steps of the clock, an approval by a second person and a message between staff are in the feed exactly
    where the partner's timeline has them."""
    case = scenario.submit(SHOP)
    scenario.live(20 * DAY, case.ref)
    scenario.move(WANG, "note", case.ref, text="内部备注。")
    every = scenario.moves(case.ref)
    assert {"take_step", "note"} <= {*every}
    assert moves(feed_changes(scenario)) == seen(scenario, case.ref)
    assert "note" not in {one.move for one in feed_changes(scenario)}


def test_other_feeds_stay_empty(scenario: Scenario) -> None:
    """A feed has no change of another partner's case, nor of a case without a partner."""
    scenario.submit(SHOP)
    scenario.submit()
    mine = scenario.submit(MALL)
    assert [one.number for one in feed_changes(scenario, MALL.who)] == [mine.ref]
    assert feed_changes(scenario, "partner:sho") == []


def test_older_case_has_no_rows_before_its_next_move(scenario: Scenario) -> None:
    """A case from before the feeds comes into the feed with its next entry."""
    case = scenario.submit(SHOP)
    for row in [*Row.query(rows.changed(SHOP.who))]:
        row.delete()
    assert feed_changes(scenario) == []
    scenario.move(WANG, "accept", case.ref)
    assert moves(feed_changes(scenario)) == [("accept", 2)]


def test_pages_follow_each_other(scenario: Scenario) -> None:
    """Pages of any size hold each change once, in one order."""
    refs = [scenario.submit(SHOP).ref for _ in range(5)]
    for ref in refs:
        scenario.move(WANG, "accept", ref)
    for limit in (1, 3, 100):
        reader = Reader(scenario)
        while reader.read(limit):
            pass
        assert reader.got == feed_changes(scenario)
    assert len(reader.got) == 10


def test_rows_expire(scenario: Scenario) -> None:
    """A row is stored for the stated time."""
    scenario.submit(SHOP)
    (row,) = Row.query(rows.changed(SHOP.who), Row.sk < rows.LAST_CHANGE)
    assert row.ttl == int((scenario.time + KEPT).timestamp())


def test_change_of_another_case_is_told_too(scenario: Scenario) -> None:
    """A move that changes two cases tells the partner of each: who joins a joint case and who leaves it."""
    first, second = scenario.submit(SHOP), scenario.submit(MALL, person=OTHER)
    scenario.move(SUN, "invite_to_join", second.ref, leading=first.ref)
    scenario.move(scenario.by_link(second.ref), "join_case", second.ref, own_wish=True)
    member = scenario.product.file.load(first.ref).consumers[-1].id
    for ref, partner in ((first.ref, SHOP), (second.ref, MALL)):
        assert moves(feed_changes(scenario, partner.who)) == seen(scenario, ref, partner)
    scenario.move(scenario.by_link(first.ref, member), "leave_case", first.ref)
    for ref, partner in ((first.ref, SHOP), (second.ref, MALL)):
        assert moves(feed_changes(scenario, partner.who)) == seen(scenario, ref, partner)
    assert feed_changes(scenario, MALL.who)[-1].move == "leave_case"


def test_two_cases_of_one_partner_change_together(scenario: Scenario) -> None:
    """A move that changes two cases of one partner tells it of both."""
    first, second = scenario.submit(SHOP), scenario.submit(SHOP)
    scenario.move(WANG, "link_duplicate", second.ref, leading=first.ref)
    assert {one.number for one in feed_changes(scenario)[-2:]} == {first.ref, second.ref}
    for ref in (first.ref, second.ref):
        assert moves([one for one in feed_changes(scenario) if one.number == ref]) == seen(scenario, ref)


def test_split_case_keeps_its_partner(scenario: Scenario) -> None:
    """A case that is split off for the person whom a partner filed for comes into its feed, with the
    partner's own number."""
    first, second = scenario.submit(SHOP, external_id="A"), scenario.submit(SHOP, person=OTHER)
    scenario.move(SUN, "invite_to_join", second.ref, leading=first.ref)
    scenario.move(scenario.by_link(second.ref), "join_case", second.ref, own_wish=True)
    scenario.move(scenario.by_link(first.ref), "leave_case", first.ref)
    (split,) = (one for one in feed_changes(scenario) if one.number not in (first.ref, second.ref))
    assert (split.move, split.entry, split.external_id) == ("leave_case", 1, "A")


# Cost


def test_case_without_a_partner_costs_nothing_more(scenario: Scenario, calls: Calls) -> None:
    """A case without a partner costs no more calls and no more items in the transaction. A partner's case
    adds a row, a check and, if the stage changes, a row on the partner's list. It adds no call."""
    items = list[int]()

    def count(model: Any, params: Any, **_: Any) -> None:
        if model.name == "TransactWriteItems":
            items.append(len(json.loads(params["body"])["TransactItems"]))

    plain, partners = scenario.submit(), scenario.submit(SHOP)
    scenario.product.file.roster()
    scenario.product.outages.known(scenario.time)
    with observed_calls("before-call", count):
        for case in (plain, partners):
            calls.made()
            scenario.move(WANG, "accept", case.ref)
            assert calls.made() == {"GetItem": 1, "TransactWriteItems": 1, "SendMessage": 1}
    assert items[1] - items[0] == 3


def test_empty_poll_is_one_query(scenario: Scenario, calls: Calls) -> None:
    """A poll without a new change is one query and no write. A poll with one raises the fences in one
    transaction, and reads again."""
    reader = Reader(scenario)
    calls.made()
    assert reader.read() == []
    assert calls.made() == {"Query": 1}
    scenario.submit(SHOP)
    calls.made()
    reader.read()
    assert calls.made() == {"Query": 2, "TransactWriteItems": 1}
    reader.read()
    assert calls.made() == {"Query": 1}


# Late commits


def test_late_commit_stands_after_the_cursor(scenario: Scenario) -> None:
    """A writer that took its moment before a reader read, and commits after, is seen by this reader."""
    first, second = scenario.submit(SHOP), scenario.submit(SHOP)
    reader = Reader(scenario)
    reader.read()

    def meanwhile() -> None:
        scenario.move(WANG, "accept", second.ref)
        assert [one.number for one in reader.read()] == [second.ref]

    with stalled("TransactWriteItems", meanwhile):
        scenario.move(WANG, "accept", first.ref)
    assert [one.number for one in reader.read()] == [first.ref]


def test_two_stalled_writers_are_both_seen(scenario: Scenario) -> None:
    """Two writers stall one within the other; each commits after a reader has passed its moment."""
    one, two, three = (scenario.submit(SHOP).ref for _ in range(3))
    reader = Reader(scenario)
    reader.read()

    def third() -> None:
        scenario.later(2 * SECOND)
        scenario.move(WANG, "accept", three)
        reader.read()

    def second() -> None:
        scenario.later(SECOND)
        with stalled("TransactWriteItems", third):
            scenario.move(WANG, "accept", two)
        reader.read()

    with stalled("TransactWriteItems", second):
        scenario.move(WANG, "accept", one)
    reader.read()
    assert [change.number for change in reader.got[3:]] == [three, two, one]


def test_reader_that_stalls_misses_nothing(scenario: Scenario) -> None:
    """Changes that commit while a reader stalls between its fence and its reading are read next, since the
    fence is below them."""
    first, second = scenario.submit(SHOP).ref, scenario.submit(SHOP).ref
    reader = Reader(scenario)
    with stalled("Query", lambda: scenario.move(WANG, "accept", first), last="TransactWriteItems"):
        assert moves(reader.read()) == [("submit", 1), ("submit", 1)]
    scenario.move(WANG, "accept", second)
    reader.read()
    assert moves(reader.got) == [("submit", 1), ("submit", 1), ("accept", 2), ("accept", 2)]


def test_writer_that_always_loses_gives_up(scenario: Scenario) -> None:
    """A writer that meets a higher fence at each try raises a conflict, and nothing is written."""
    case, tries = scenario.submit(SHOP), 0

    def raised(model: Any, **_: Any) -> None:
        nonlocal tries
        if model.name == "TransactWriteItems":
            tries += 1
            for n in range(FENCES):
                upto = f"2027-01-01T00:00:{tries:02}.000000Z"
                key = {"pk": {"S": rows.changed(SHOP.who)}, "sk": {"S": rows.fence(n)}, "upto": {"S": upto}}
                rows.connection().client.put_item(TableName=Row.Meta.table_name, Item=key)

    change = scenario.product.casework.change("accept", case.ref, WANG, {}, None)
    with observed_calls("before-call", raised), pytest.raises(WriteConflict):
        scenario.product.file.save(change)
    assert tries == FENCES_MET
    assert scenario.product.file.load(case.ref).entries == 1


def test_fence_that_cannot_be_raised_gives_nothing(scenario: Scenario, down: set[str]) -> None:
    """While the fences cannot be raised, a reader gets nothing, and gets all of it later."""
    scenario.submit(SHOP)
    reader = Reader(scenario)
    down.add("TransactWriteItems")
    with pytest.raises(Unavailable):
        reader.read()
    down.clear()
    assert moves(reader.read()) == [("submit", 1)]


def test_fence_in_use_is_tried_again(scenario: Scenario) -> None:
    """A reader whose fences are in use by transactions of moves tries again; fences only rise."""
    scenario.submit(SHOP)
    lower, higher = Reader(scenario), Reader(scenario)

    def meanwhile() -> None:
        scenario.later(SECOND)
        scenario.submit(SHOP)
        higher.read()

    with stalled("TransactWriteItems", meanwhile):
        lower.read()
    fences = [row.upto for row in Row.query(rows.changed(SHOP.who), Row.sk.startswith("FENCE"))]
    last = [*Row.query(rows.changed(SHOP.who), Row.sk < rows.LAST_CHANGE)][-1]
    assert fences == [last.sk.partition("#")[0]] * FENCES


def test_real_conflict_is_not_taken_for_a_fence(scenario: Scenario) -> None:
    """A change of an entry that exists already is a conflict, although a reader has read the feed."""
    case = scenario.submit(SHOP)
    change = scenario.product.casework.change("accept", case.ref, WANG, {}, None)
    scenario.move(WANG, "accept", case.ref)
    feed_changes(scenario)
    with pytest.raises(WriteConflict):
        scenario.product.file.save(change)


# Restores


def test_restore_of_the_table_undoes_rows(scenario: Scenario) -> None:
    """After a restore a reader goes on from its position. It gets what happens from then on, under an entry
    number that it may have seen."""
    table = Restorable(scenario)
    case, reader = scenario.submit(SHOP), Reader(scenario)
    table.copied()
    scenario.move(WANG, "accept", case.ref)
    assert moves(reader.read()) == [("submit", 1), ("accept", 2)]
    table.restore()
    scenario.later(HOUR)
    assert reader.read() == []
    table.reconcile()
    scenario.move(WANG, "message", case.ref, text="请再发一次照片。")
    again = moves(reader.read())
    assert again == seen(scenario, case.ref)[1:]
    assert again[0][1] == 2


# Clocks that differ


@pytest.mark.parametrize("ahead", [-7 * SECOND, 7 * SECOND])
def test_clocks_may_differ(scenario: Scenario, ahead: timedelta) -> None:
    """Containers whose clocks differ by seconds neither stop each other nor disturb the order of a case."""
    first, second = scenario.submit(SHOP).ref, scenario.submit(SHOP).ref
    reader, time = Reader(scenario), scenario.time
    for ref, move, by, clock in (
        (first, "accept", WANG, time + ahead),
        (first, "take", ZHAO, time),
        (second, "accept", WANG, time + ahead / 2),
        (first, "message", scenario.by_link(first), time + SECOND),
    ):
        scenario.time = clock
        scenario.move(by, move, ref, **({"text": "还要多久？"} if move == "message" else {}))
        reader.read()
    assert moves([one for one in reader.got if one.number == first]) == seen(scenario, first)
    assert moves([one for one in reader.got if one.number == second]) == seen(scenario, second)


# Interleavings

NAMES = count()
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["read", "write", "writer stalls", "reader stalls"]),
        st.integers(0, 2),
        st.integers(-5, 5),
        st.integers(1, 3),
    ),
    max_size=14,
)
"""What writers and a reader do, one after another: the act, the case, the clock of the container against
that of the scenario in seconds, and the length of a page."""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(steps=STEPS)
def test_no_interleaving_misses_or_reorders(
    scenario: Scenario, steps: list[tuple[str, int, int, int]]
) -> None:
    """However writers and readers interleave, stall, and differ in their clocks, a reader gets every change
    once, and those of a case in the order of its entries."""
    begin, partner = scenario.time, Caller(f"partner:p{next(NAMES)}", Role.PARTNER, channel=Channel.API)
    refs = [scenario.submit(partner).ref for _ in range(3)]
    readers, rest = [Reader(scenario, partner.who) for _ in range(3)], iter(steps)
    free = [*readers]

    def play() -> None:
        act, which, clock, limit = next(rest, ("", 0, 0, 0))
        scenario.time = begin + clock * SECOND
        if act == "write":
            scenario.move(WANG, "message", refs[which], text="还在查。")
        elif act == "writer stalls":
            with stalled("TransactWriteItems", play):
                scenario.move(WANG, "message", refs[which], text="还在查。")
        elif act and free:
            reader = free.pop()
            with stalled("Query", play, last="TransactWriteItems") if act != "read" else nullcontext():
                reader.read(limit)
            free.append(reader)

    for _ in steps:
        play()
    scenario.time = begin
    for reader in readers:
        while reader.read(2):
            pass
        assert len({(one.number, one.entry) for one in reader.got}) == len(reader.got)
        for ref in refs:
            assert moves([one for one in reader.got if one.number == ref]) == seen(scenario, ref, partner)
