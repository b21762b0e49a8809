"""The view of a complaint on the list of the partner that filed it."""

from datetime import datetime
from typing import Literal, NamedTuple

from chalicelib.domain.calendar import stamp
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Stage

State = Literal["open", "closed"]


class FiledCase(NamedTuple):
    """A complaint on the list of the partner that filed it. `external_id`: the partner's own number; None
    without one. `state`: whether the complaint is open or closed. `filed_at`: when it was recorded."""

    number: str
    external_id: str | None
    state: State
    stage: Stage
    filed_at: datetime

    @property
    def place(self) -> str:
        """Return the position of the complaint on its list."""
        return place(stamp(self.filed_at), self.number)


class Between(NamedTuple):
    """A part of a list. `first` and `last`: the first and the last position that belong to it. `after`: the
    position after which a page begins; "" for the first page. `newest`: whether the newest comes first."""

    first: str
    last: str
    after: str
    newest: bool


def filed_case(case: Case) -> FiledCase:
    """Return a complaint as it is on the list of its partner."""
    state: State = "closed" if case.stage == Stage.CLOSED else "open"
    return FiledCase(case.ref, case.intake.external_id, state, case.stage, case.recorded_at)


def place(at: str, ref: str = "") -> str:
    """Return a position on a list: the moment of recording (a time stamp), and the number of the case."""
    return f"{at}#{ref}"
