"""Improvement actions on the pure domain, with figures set by the test."""

from __future__ import annotations

from datetime import date
from typing import Any

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.process import take
from chalicelib.domain.engine.server_facts import CauseCounts
from chalicelib.domain.escalation import due_step, step
from chalicelib.domain.model.case_records import Counted, Improvement
from chalicelib.domain.model.codes import Cause, Source
from chalicelib.domain.moves.improvement import stretches
from tests.domain.life import DAY, HOUR, T0, Life

TODAY = published().day_of(T0)
OPENED: dict[str, Any] = {
    "cause": Cause.NOT_TOLD,
    "source": Source.ROOT_CAUSE,
    "why": "三个月里二十三件投诉都说没有看到退货说明。",
    "measure": "改写商品页上的退货说明。",
    "owner": "zhao",
    "due": TODAY + 30 * DAY,
}


OTHERS = ((400, 70), (350, 60), (300, 52), (250, 43), (200, 35), (200, 34), (150, 26), (150, 27), (100, 17))
"""How often each other cause was found in the 52 weeks before an action and in the 63 days after."""


class Action(Life):
    """An improvement action from its opening on. The test sets how often its cause was `counted` before and
    after it, which other actions were `parallel`, and the day of an early `sign` of its cause."""

    def __init__(self, by: str = "sun", policy: str = "default-1", **said: Any) -> None:
        super().__init__(policy=policy)
        complaint, self.case = self.case, None  # type: ignore[assignment]
        self.entries, self.letters, self.complaint = [], [], complaint
        self.counted: tuple[int, int] | None = (300, 20)
        self.parallel: tuple[str, ...] = ()
        self.sign: date | None = None
        opened = {**OPENED, **said}
        opening = {"ref": f"{next(self.numbers):012}", "rules": policy, "roster": self.roster}
        self.keep(take("open_action", None, self.act(by), **opening, **opened))

    def _given(self, name: str, said: Any) -> dict[str, Any]:
        given = super()._given(name, said)
        if name == "verify_action":
            return given | {"figures": self.figures()}
        return given | ({"sign": self.sign} if name == "watch_action" else {})

    def clock(self) -> list[str]:
        """Take every step that is due now, with the facts that the server fills in."""
        taken = []
        while running := due_step(self.case, self.time):
            given = lambda move: self._given(move, {}) if move == "watch_action" else {}  # noqa: E731
            self.keep(step(self.case, running, self.act("clock"), self.roster, given=given))
            taken.append(self.lines[-1]["move"])
        return taken

    def figures(self) -> CauseCounts | None:
        """Return the figures of this moment."""
        days = stretches(self.case, self.time)
        if self.counted is None or days is None:
            return None
        periods = (Counted(*of, 1000, n) for of, n in zip(days, self.counted, strict=False))
        return CauseCounts(*periods, others=OTHERS, parallel=self.parallel)

    @property
    def action(self) -> Improvement:
        """Return the action of the case."""
        assert self.case.improvement
        return self.case.improvement

    def contained(self, by: str = "zhao") -> Action:
        """Record what protects people at once."""
        self.take("contain", by, contained="暂停销售，逐件核对。", protects="九月以后的买家。")
        return self

    def done(self, by: str = "zhao") -> Action:
        """Record what protects people at once, and report the action as done."""
        self.contained(by)
        self.take("finish_action", by, done="说明已改写，9月1日上线。")
        return self

    def verified(self, verdicts: int = 1, by: str = "zhou") -> Action:
        """Take so many checks, each on its day."""
        for _ in range(verdicts):
            due = self.running["verification"].due
            assert due
            self.live(due - HOUR - self.time)
            self.take("verify_action", by)
        return self


def separate_copy(life: Action) -> Action:
    """Return a copy of the action that goes on separately."""
    other = Action()
    other.__dict__.update(life.__dict__, entries=[*life.entries], letters=[*life.letters])
    return other
