"""The place of a deadline, or of a letter that asks something, on the public page about the process."""

from typing import NamedTuple

from chalicelib.domain.model.codes import Stage


class PublicTerm(NamedTuple):
    """One line of the public page about the process. `stage`: the first stage that it concerns; None: it can
    run in most stages. `place`: its position among the lines of that stage.

    `what`, `silence`: the names of the texts about the task and about what happens if nobody acts. "" for
    `silence`: that differs by stage, so the public page has a text of its own. `panel`: the line holds only
    if a panel decides reconsiderations, not the higher office.
    """

    stage: Stage | None
    place: int
    what: str = "what"
    silence: str = "silence"
    panel: bool = False
