"""A story that somebody agrees to have published. The case keeps only whose story it is, in which entry its
words stand, and since when it is public."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Story:
    """A story: `of` which person, with its words in `entry`; `released` and `withdrawn` when that was. It
    stands until it is withdrawn."""

    id: str
    of: str
    entry: int
    released: datetime | None = None
    withdrawn: datetime | None = None

    @property
    def public(self) -> bool:
        """Whether everybody can read it now."""
        return self.released is not None and self.withdrawn is None
