"""Builders of obligations that are performed late or not at all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.model.codes import Duty
from chalicelib.domain.model.obligation import Obligation
from tests.domain.life import (
    DAY,
    Life,
    bound,
    clause,
    disputed,
    mediated,
    mediating,
    performing,
    returned,
    talking,
    unopposed,
)

NOT_PAID: dict[str, Any] = {
    "reason": "宽限期满，没有付款记录。",
    "counter": "消费者已经交还洗衣机，没有其他应当先履行的义务。",
}


def promise(life: Life, id: str = "O1") -> Obligation:
    """Return one obligation of a case, in any state."""
    return next(o for o in life.case.obligations if o.id == id)


def state(life: Life, id: str = "O1") -> Duty:
    """Return the state of one obligation."""
    return promise(life, id).state


def runs(life: Life, name: str) -> set[str]:
    """Return the obligations for which a deadline runs."""
    return {running.id for running in deadlines(life.case).values() if running.name == name}


def both_owe(**changes: Any) -> Life:
    """Return a case with an agreement in force. The consumer (O1) returns the goods within five days; the
    company (O2) pays 800 yuan three days after."""
    life = unopposed(mediated(mediating(talking(disputed()))))
    return bound(life, returned(life), clause(life, **{"by": None, "after": 1, "days": 3, **changes}))


def approved(life: Life, move: str, by: str = "feng", second: str = "zhou", /, **said: Any) -> Life:
    """Ask for a move, and let a second person approve it."""
    life.take("approve", second, approval=life.ask_approval(move, by, **said))
    return life


def called_on(life: Life | None = None, id: str = "O1") -> Life:
    """Let the day of an obligation pass, so that its debtor gets a cure notice."""
    life = life or performing()
    while state(life, id) == Duty.PENDING:
        life.live(timedelta(days=1))
    assert state(life, id) == Duty.IN_CURE
    return life


def uncured(life: Life | None = None, id: str = "O1") -> Life:
    """Let the time to make good pass too."""
    return called_on(life, id).over("cure")


def breached(life: Life | None = None, id: str = "O1", **said: Any) -> Life:
    """Find a breach, and let a second person confirm it."""
    return approved(uncured(life, id), "find_breach", obligation=id, **{**NOT_PAID, **said})


def says_done(life: Life, id: str, by: str | None = None) -> Life:
    """Claim an obligation as performed, as its debtor."""
    debtor = promise(life, id).debtor
    who = by or ("feng" if debtor == "business" and life.case.business is None else speaks(life, debtor))
    role = None if who == "feng" else life.case.party(who).role
    life.take("claim_done", who, role, obligation=id, proof="payment_record", what="已经办好。")
    return life


def speaks(life: Life, whose: str) -> str:
    """Return the person who acts for a side of an obligation."""
    return life.case.business.id if whose == "business" and life.case.business else whose


def confirms(life: Life, id: str) -> Life:
    """Confirm an obligation as its creditor."""
    who = speaks(life, promise(life, id).to)
    life.take("confirm_done", who, life.case.party(who).role, obligation=id)
    return life


def closed(life: Life) -> Life:
    """Let the clock close a settled case."""
    life.live(timedelta(minutes=2))
    return life


def changing() -> Life:
    """Propose another day and way as the consumer."""
    life = both_owe()
    owed = life.case.obligation("O1")
    assert owed.by
    life.take(
        "propose_change", "p1", obligation="O1", by=owed.by + 9 * DAY, way="快递寄回。", reason="在外地出差。"
    )
    return life
