"""Public terms: where the page about the process tells a deadline or a letter that asks something."""

from typing import NamedTuple

from chalicelib.domain.model.codes import Stage


class Told(NamedTuple):
    """A line of the public page: the stage where it matters first (None: it can run in most), and its place
    among the lines there.

    `what` and `silence` name the texts of the case page that say what is due and what silence means; "" for
    what silence means in several stages, which the public page says itself. `panel`: it runs only where a
    panel reviews the decision, and not the higher office.
    """

    stage: Stage | None
    place: int
    what: str = "what"
    silence: str = "silence"
    panel: bool = False
