"""The day on which an obligation was performed: the proof states it, and the creditor may contradict it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.domain.calendar import published
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.codes import Duty, Measure, Outcome, Proof, Stage
from chalicelib.figures.export_rows import rows
from tests.domain.life import DAY, Life, performing
from tests.domain.promises import breached, closed, promise, state

PAID: dict[str, Any] = {"obligation": "O1", "proof": Proof.PAYMENT_RECORD, "what": "已退回支付账户。"}


def today(life: Life) -> date:
    """Return the local day of a life."""
    return published().day_of(life.time)


def waiting(days: int = 0) -> Life:
    """Return a case whose refund was paid today and is claimed so many days later."""
    life = performing()
    life.later(days * DAY)
    return life


def refused(life: Life, move: str, by: str, **said: Any) -> tuple[str, str | None]:
    """Return code and field of a refusal, and check that nothing was written."""
    before = life.case
    with pytest.raises(Refusal) as found:
        life.take(move, by, **said)
    assert life.case == before
    return found.value.code, found.value.field


def test_the_day_of_the_proof_counts_and_not_that_of_its_confirmation() -> None:
    """Paid on the last day, confirmed four days after it: the promise was kept in time."""
    life = performing()
    by = promise(life).by
    assert by
    life.later((by - today(life)).days * DAY).take("claim_done", "feng", **PAID, done_on=by)
    life.later(4 * DAY).take("confirm_done", "li", obligation="O1")
    assert (promise(life).performed_on, state(life)) == (by, Duty.CONFIRMED)
    assert published().day_of(promise(life).since) == by + 4 * DAY


def test_without_a_day_it_is_the_day_of_the_claim_or_of_the_confirmation() -> None:
    """The form asks for the day only where it is another one."""
    life = performing()
    paid = today(life.later(DAY))
    life.take("claim_done", "feng", **PAID)
    assert life.facts("claim_done")[0]["done_on"] == str(paid)
    life.later(3 * DAY).take("confirm_done", "li", obligation="O1")
    assert promise(life).performed_on == paid
    told = performing()
    told.later(2 * DAY).take("confirm_done", "li", obligation="O1")
    assert promise(told).performed_on == today(told)


@pytest.mark.parametrize("days", [1, 400])
def test_nothing_is_done_tomorrow(days: int) -> None:
    """A day in the future is refused at its field, for each who can name one."""
    life = waiting(2)
    said = {"done_on": today(life) + days * DAY}
    assert refused(life, "claim_done", "feng", **PAID, **said) == ("done_in_future", "done_on")
    assert refused(life, "confirm_done", "li", obligation="O1", **said) == ("done_in_future", "done_on")
    life.take("claim_done", "feng", **PAID)
    denied = {"obligation": "O1", "reason": "没收到。"}
    assert refused(life, "dispute_done", "li", **denied, **said) == ("done_in_future", "done_on")
    life.take("dispute_done", "li", **denied)
    decided = {"obligation": "O1", "accepted": True, "reason": "银行回单。"}
    assert refused(life, "decide_proof", "chen", **decided, **said) == ("done_in_future", "done_on")


def test_nothing_is_done_before_it_was_promised() -> None:
    """The day of the promise itself is possible, the day before it is not."""
    life = waiting(3)
    made = published().day_of(promise(life).begun)
    assert refused(life, "claim_done", "feng", **PAID, done_on=made - DAY) == (
        "done_before_promise",
        "done_on",
    )
    life.take("claim_done", "feng", **PAID, done_on=made)
    assert promise(life).done_on == made


def test_the_creditor_may_name_another_day() -> None:
    """The money came two days after the proof says; the creditor's day counts."""
    life = waiting(3)
    life.take("claim_done", "feng", **PAID, done_on=today(life) - 2 * DAY)
    life.take("confirm_done", "li", obligation="O1", done_on=today(life))
    assert promise(life).performed_on == today(life)


def test_of_two_days_the_officer_names_one() -> None:
    """A denied day needs the officer's own finding; a denial without a day leaves that of the proof."""
    for named, code in ((True, "day_disputed"), (False, "")):
        life = waiting(3)
        paid = today(life) - 2 * DAY
        life.take("claim_done", "feng", **PAID, done_on=paid)
        other = {"done_on": today(life)} if named else {}
        life.take("dispute_done", "li", obligation="O1", reason="不对。", **other)
        decided = {"obligation": "O1", "accepted": True, "reason": "银行回单。"}
        if named:
            assert refused(life, "decide_proof", "chen", **decided) == (code, "done_on")
            life.take("decide_proof", "chen", **decided, done_on=paid + DAY)
        else:
            life.take("decide_proof", "chen", **decided)
        assert promise(life).performed_on == paid + DAY * named


def test_a_refused_proof_leaves_no_day() -> None:
    """What was not done has no day, and the next claim begins anew."""
    life = waiting(3)
    life.take("claim_done", "feng", **PAID, done_on=today(life) - DAY)
    life.take("dispute_done", "li", obligation="O1", reason="没收到。")
    life.take("decide_proof", "chen", obligation="O1", accepted=False, reason="回单是别人的。")
    assert (promise(life).done_on, state(life)) == (None, Duty.PENDING)


def test_a_breach_ends_as_if_it_had_never_been() -> None:
    """Two people found a breach, and a penalty is owed. Then the creditor says that the money came in time:
    no breach remains, nor its penalty."""
    life = breached()
    by = promise(life).by
    assert by
    life.take("take_measure", "feng", obligation="O1", measure=Measure.INTEREST, basis="民法典579条。")
    apart = life.case.obligations[-1]
    assert (apart.of, apart.open) == ("O1", True)
    life.says("confirm_done", "p1", obligation="O1", done_on=by)
    assert (state(life), promise(life).ever_breached) == (Duty.CONFIRMED, False)
    assert state(life, apart.id) == Duty.EXCUSED
    assert life.case.stage == Stage.PERFORMING


@pytest.mark.parametrize(("after", "outcome"), [(0, Outcome.FULFILLED), (30, Outcome.FULFILLED_AFTER_BREACH)])
def test_only_a_performance_after_the_cure_was_a_breach(after: int, outcome: Outcome) -> None:
    """What came after the day that the demand set was late, whoever confirms it when."""
    life = breached()
    by = promise(life).by
    assert by
    day = min(by + after * DAY, today(life))
    life.says("confirm_done", "p1", obligation="O1", done_on=day)
    for other in life.case.open_obligations:
        life.says("confirm_done", "p1", obligation=other.id)
    assert closed(life).case.outcome == outcome


def test_the_export_has_the_day() -> None:
    """The figures read the day of the performance beside that of its confirmation."""
    life = waiting(1)
    paid = today(life)
    life.take("claim_done", "feng", **PAID, done_on=paid)
    life.later(5 * DAY).take("confirm_done", "li", obligation="O1")
    (row,) = (row for table, row in rows(life.case, ()) if table == "promises" and row["id"] == "O1")
    assert (row["done_on"], row["state_at"]) == (paid, life.time)
    assert timedelta(days=4) < row["state_at"].date() - paid
