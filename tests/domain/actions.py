"""Improvement actions on the pure domain, with figures set by the test."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.process import take
from chalicelib.domain.escalation import due_step, step
from chalicelib.domain.model.case_records import Counted, Improvement
from chalicelib.domain.model.codes import Cause, Source
from chalicelib.domain.moves.improvement import CauseCounts, stretches
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


class Action(Life):
    """An improvement action from its opening on; the test sets what is `counted` before and after it."""

    def __init__(self, by: str = "sun", policy: str = "default-1", **said: Any) -> None:
        super().__init__(policy=policy)
        complaint, self.case = self.case, None  # type: ignore[assignment]
        self.entries, self.letters, self.complaint = [], [], complaint
        self.counted: tuple[tuple[int, int], tuple[int, int]] | None = ((30, 1000), (12, 1000))
        opened = {**OPENED, **said}
        opening = {"ref": f"{next(self.numbers):012}", "rules": policy, "roster": self.roster}
        self.keep(take("open_action", None, self.act(by), **opening, **opened))

    def _given(self, name: str, said: Any) -> dict[str, Any]:
        return super()._given(name, said) | ({"figures": self.figures()} if name in LOOKS else {})

    def clock(self) -> list[str]:
        """Take every step that is due now, with the facts that the server fills in."""
        taken = []
        while running := due_step(self.case, self.time):
            given = lambda move: self._given(move, {}) if move in LOOKS else {}  # noqa: E731
            self.keep(step(self.case, running, self.act("clock"), self.roster, given=given))
            taken.append(self.lines[-1]["move"])
        return taken

    def figures(self) -> CauseCounts | None:
        """Return the figures of this moment."""
        if self.counted is None:
            return None
        days = stretches(self.case, self.time)
        return CauseCounts(
            *(Counted(*of, total, cause) for of, (cause, total) in zip(days, self.counted, strict=True))
        )

    @property
    def action(self) -> Improvement:
        """Return the action of the case."""
        assert self.case.improvement
        return self.case.improvement

    def done(self, by: str = "zhao") -> Action:
        """Report the action as done."""
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


LOOKS = ("verify_action", "watch_action")


def separate_copy(life: Action) -> Action:
    """Return a copy of the action that goes on separately."""
    other = Action()
    other.__dict__.update(life.__dict__, entries=[*life.entries], letters=[*life.letters])
    return other
