"""The lines of the public page about the process. Deadlines have such lines, and letters that ask for
something."""

from typing import NamedTuple

from chalicelib.domain.model.codes import Stage


class PublicTerm(NamedTuple):
    """One line of the public page about the process. `stage`: the first stage that the line concerns; None if
    it concerns most stages. `place`: the position of the line among the lines of that stage.

    `what`: the name of the text that says what is to be done. `silence`: the name of the text that says what
    happens if nobody acts. It is "" if that differs by stage, because the page then has a text of its own.
    `panel`: whether the line appears only if a panel decides reconsiderations, and not the higher office.
    """

    stage: Stage | None
    place: int
    what: str = "what"
    silence: str = "silence"
    panel: bool = False
