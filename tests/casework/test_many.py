"""Many people on one case: the way to their signatures, one letter for each, and workers that die."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.access.authorization import CLOCK
from chalicelib.domain.model.codes import Stage, Undelivered
from chalicelib.operations.clockwork import DueRow
from tests.aws_calls import observed_calls
from tests.casework.joint import rows
from tests.casework.post import FakePost
from tests.domain.crowd import crowded
from tests.domain.life import Life
from tests.life.agreed import COMPANY, YAN, digest, registered
from tests.life.complaint import report
from tests.life.contested import MA, SHOP
from tests.scenario import DAY, SUN, WANG, ZHAO, ZHOU, Scenario

MANY, SIGN = 12, 9
"""The number of complainants, and how many of them sign in time."""


class Died(BaseException):
    """The worker has died, whatever it was doing."""


class Deaths:
    """A worker that dies after its n-th answered call; with None it never dies."""

    def __init__(self) -> None:
        self.left: int | None = None

    def note(self, **_: Any) -> None:
        """Count one answered call; raise `Died` at the n-th."""
        if self.left is not None:
            self.left -= 1
            if not self.left:
                self.left = None
                raise Died

    def until_done(self, work: Callable[[], object]) -> int:
        """Let workers die on the same work, each one call later than the last, until one ends it.

        Return how many died.
        """
        for calls in range(1, 200):
            self.left = calls
            try:
                work()
            except Died:
                continue
            self.left = None
            return calls - 1
        raise AssertionError("no worker ends it")


@pytest.fixture
def deaths() -> Iterator[Deaths]:
    """Workers that die when a test requires it."""
    deaths = Deaths()
    with observed_calls("after-call", deaths.note):
        yield deaths


def together(scenario: Scenario, many: int) -> str:
    """Create a joint complaint of `many` people, two of whom speak for all; the last three have a lawyer
    each.
    """
    registered(scenario)
    first = scenario.submit().ref
    for n in range(1, many):
        other = scenario.submit(person={"name": f"邻居{n}", "email": f"neighbour{n}@mail.example"}).ref
        if n >= many - 3:
            lawyer = {"name": f"律师{n}", "email": f"lawyer{n}@mail.example", "capacity": "lawyer"}
            powers = ["submit", "answer", "negotiate", "settle", "sign"]
            scenario.move(
                WANG,
                "add_representative",
                other,
                person=lawyer,
                powers=powers,
                checked=True,
                document="授权委托书",
            )
        scenario.move(SUN, "invite_to_join", other, leading=first)
        scenario.move(scenario.by_link(other), "join_case", other, own_wish=True)
    chosen = [p.id for p in scenario.product.file.load(first).consumers[:2]]
    scenario.move(WANG, "appoint_joint_representatives", first, representatives=chosen, each_agrees=True)
    return first


def mediated(scenario: Scenario, ref: str) -> None:
    """Bring the case to a mediator after a dispute; the time to object to the mediator is over."""
    scenario.move(WANG, "accept", ref)
    scenario.move(ZHAO, "take", ref)
    scenario.move(ZHAO, "file_report", ref, **report(scenario.time.date(), 1, 2, conclusion="not_upheld"))
    scenario.move(ZHOU, "answer", ref)
    scenario.move(scenario.by_link(ref), "raise_dispute", ref, nature="amount", about="一分不退不合理。")
    scenario.move(SUN, "assign_negotiator", ref, to="ma", severity="S4")
    scenario.move(MA, "name_business_representative", ref, person=SHOP)
    scenario.move(MA, "invite_mediation", ref)
    for side in ("consumer", "business"):
        scenario.move(MA, "consent_mediation", ref, side=side)
    scenario.move(SUN, "appoint_mediator", ref, mediator="yan")
    scenario.move(YAN, "accept_appointment", ref, independent=True)
    scenario.post()
    scenario.later(15 * DAY)


def text(scenario: Scenario, ref: str) -> dict[str, Any]:
    """Return an agreement that pays each person eight hundred yuan."""
    day = (scenario.time + 40 * DAY).date().isoformat()
    refund = {
        "debtor": "business",
        "kind": "refund",
        "what": "原路退回。",
        "proof": "payment_record",
        "measure": "interest",
        "amount": {"amount": "800.00"},
        "by": day,
    }
    return {
        "company": COMPANY,
        "facts": "各消费者购买洗衣机一台，不脱水。",
        "clauses": [
            {**refund, "creditor": person.id} for person in scenario.product.file.load(ref).consumers
        ],
    }


def sign(scenario: Scenario, ref: str, *who: str) -> None:
    """Let these people and the company sign the present text."""
    company = scenario.product.file.load(ref).business
    assert company
    for id in (*who, company.id):
        scenario.move(scenario.by_link(ref, id), "sign", ref, digest=digest(scenario, ref))


def silent(scenario: Scenario, many: int, signed: int) -> tuple[str, DueRow]:
    """Let some people and the company sign a text in time.

    Return the case number and the due row for splitting off the others.
    """
    ref = together(scenario, many)
    mediated(scenario, ref)
    scenario.move(YAN, "draft_agreement", ref, **text(scenario, ref))
    scenario.post()
    sign(scenario, ref, *(p.id for p in scenario.product.file.load(ref).consumers[:signed]))
    scenario.later(5 * DAY)
    while scenario.product.casework.look_at(ref, scenario.time):  # a reminder gives each more time
        scenario.post()
    scenario.later(14 * DAY)
    while not scenario.product.file.load(ref).together.leaving:
        scenario.post()
        assert scenario.product.casework.look_at(ref, scenario.time)
    found = [
        due
        for shard in scenario.product.index.shards()
        for due in scenario.product.index.walk(shard, scenario.time)
        if due.kind == "SPLIT"
    ]
    assert [due.ref for due in found] == [ref]
    assert len(scenario.product.file.load(ref).together.leaving) == many - signed
    return ref, found[0]


def own(scenario: Scenario, ref: str) -> dict[str, str]:
    """Return the own numbers of the people who left a joint case."""
    return {
        p.id: p.own for p in scenario.product.file.load(ref).parties if p.own and p.left and not p.represents
    }


def test_many_complain_together_and_those_who_want_it_are_bound(scenario: Scenario, post: FakePost) -> None:
    """Three of twelve do not sign and go on alone, each with a number of their own.

    Nine and the company sign the next text. Every recipient gets each letter once.
    """
    ref, _ = silent(scenario, MANY, SIGN)
    scenario.minute(), scenario.post()
    case = scenario.product.file.load(ref)
    assert case.together.leaving == ()
    assert len(case.consumers) == SIGN
    assert case.stage == Stage.MEDIATING
    assert all(
        due.kind != "SPLIT"
        for shard in scenario.product.index.shards()
        for due in scenario.product.index.walk(shard, scenario.time)
    )
    gone = own(scenario, ref)
    assert len(gone) == MANY - SIGN
    for number in gone.values():
        alone = scenario.product.file.load(number)
        assert alone.stage == Stage.ANSWERED
        assert len(alone.consumers) == 1
        assert scenario.moves(number)[-1] == "leave_case"
        assert [scenario.letters(number, f"party:{p.id}")[-1] for p in alone.parties if not p.left] == [
            "unlinked"
        ] * 2
    scenario.move(YAN, "draft_agreement", ref, **text(scenario, ref))
    sign(scenario, ref, *(p.id for p in case.consumers))
    scenario.move(YAN, "sign", ref, digest=digest(scenario, ref))
    scenario.product.casework.move("record_seal", ref, CLOCK, {"sha256": "ab" * 32, "size": 48_000})
    bound = scenario.product.file.load(ref)
    assert bound.bound
    assert bound.bound.sealed
    assert len(bound.open_obligations) == SIGN
    assert bound.stage == Stage.PERFORMING
    scenario.post()
    letters = scenario.product.file.whole(ref).letters
    # letters with documents wait for them
    over = {letter["id"] for letter in letters if (letter["sent"] or {}).get("why") == Undelivered.OVERTAKEN}
    assert all(letter["state"] in ("sent", "owed") for letter in letters if letter["id"] not in over)
    each = Counter((letter["entry"], letter["name"], letter["to"]) for letter in letters)
    assert set(each.values()) == {1}
    told = {letter["to"] for letter in letters if letter["name"] == "in_force"}
    company = bound.business
    assert company
    assert told == {*(f"party:{p.id}" for p in bound.consumers), f"party:{company.id}", "staff:yan"}
    scenario.moves(ref)


def test_a_worker_that_dies_while_splitting_off_is_followed_by_one_who_ends_it(
    deaths: Deaths, scenario: Scenario
) -> None:
    """After a death at any call, each person has one case of their own and one letter.

    Nothing is left to split off.
    """
    ref, due = silent(scenario, 4, 2)
    died = deaths.until_done(lambda: scenario.product.clockwork.of_case(due, scenario.time))
    assert died > 5
    assert scenario.product.file.load(ref).together.leaving == ()
    assert rows_of(scenario, ref, "SPLIT#") == 0
    gone = own(scenario, ref)
    assert len(gone) == 2
    assert scenario.moves(ref).count("leave_case") == 2
    for number in gone.values():
        assert scenario.moves(number).count("leave_case") == 1
    scenario.later(timedelta(minutes=5))
    scenario.minute()
    for number in gone.values():
        assert scenario.letters(number, "party:p1").count("unlinked") == 1


def test_a_worker_that_dies_while_expanding_a_letter_is_followed_by_one_who_ends_it(
    deaths: Deaths, scenario: Scenario
) -> None:
    """After a death at any call, everybody has the letter once, and the post has left the index."""
    life = crowded(Life(), people=30)
    change = life.take("ask_consent", "sun", settlement="每人退款300元。")
    (post,) = (post for post in change.posts if post.name == "joint_consent")
    scenario.product.file.save(change)
    died = deaths.until_done(lambda: scenario.product.outbox.expand(life.case.ref, post.id, scenario.time))
    assert died > 2
    assert (
        rows_of(scenario, life.case.ref, "LETTER#")
        == 60
        == len(scenario.product.file.posted(life.case.ref, post.id))
    )


def rows_of(scenario: Scenario, ref: str, kind: str) -> int:
    """Return the number of rows of this kind on a case."""
    return sum(sk.startswith(kind) for pk, sk in rows(scenario) if pk == f"CASE#{ref}")
