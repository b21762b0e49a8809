"""Public terms: the place of a deadline, or of a letter that asks something, on the page about the
process."""

from typing import NamedTuple

from chalicelib.domain.model.codes import Stage


class PublicTerm(NamedTuple):
    """A line of the public page: the first stage that it concerns (None: it can run in most), and its place
    among the lines there.

    `what` and `silence` name the texts of the case page about the task and about the effect of silence. ""
    stands for an effect of silence that differs by stage; the public page has its own text for it. `panel`:
    it runs only where a panel reviews the decision, and not the higher office.
    """

    stage: Stage | None
    place: int
    what: str = "what"
    silence: str = "silence"
    panel: bool = False
