"""What the head of a case keeps of its timeline, so that the whole of it need not be read: the numbers of the
entries that are looked for again, and who has had a part in the case."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Contents:
    """The numbers of `entries` by their move, and of those in which a second person's yes took a move
    (`granted`), in order; everybody who has `handled` the case, with entry and move of their first handling;
    who `investigated` it or answered for the company. Codes only."""

    entries: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    granted: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    handled: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    investigated: tuple[str, ...] = ()
