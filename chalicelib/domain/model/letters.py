"""The keys under which a case knows its letters, and what is declared of a letter, found by its key.

A key is "letter", or "letter#about" where several of a name run side by side. Either is followed by "@person"
where each of several people has a letter of their own.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from chalicelib.domain.frozen import frozen

Confided = Literal["", "talks", "put_in_talks"]
"""Whether a letter repeats what was said in the talks: never, always, or where it was written once the two
sides talked."""


@frozen
class Letter:
    """A declared letter. One that is `confided` to the talks is told and read by neutral officers only."""

    name: str
    confided: Confided = ""


class Key(NamedTuple):
    """The parts of a letter's key; "" for one that it does not have."""

    name: str
    about: str = ""
    person: str = ""

    @property
    def topic(self) -> str:
        """The key of the same letter, whichever person has it."""
        return letter_key(self.name, self.about)


DECLARED: Mapping[str, Letter] = {
    letter.name: letter
    for letter in (
        Letter("offer", confided="talks"),
        Letter("offer_answered", confided="talks"),
        Letter("minutes", confided="talks"),
        Letter("absence_asked", confided="talks"),
        Letter("draft_agreement", confided="talks"),
        Letter("draft_changed", confided="talks"),
        Letter("challenge_received", confided="talks"),
        Letter("mediation_ended", confided="talks"),
        # the exact text of a settlement, which may be that of the talks
        Letter("joint_consent", confided="put_in_talks"),
    )
}
"""The letters of which something is declared."""


def letter_key(name: str, about: str = "", person: str = "") -> str:
    """Make the key of a letter."""
    return name + (f"#{about}" if about else "") + (f"@{person}" if person else "")


def key_of(key: str) -> Key:
    """Take a letter's key apart."""
    topic, _, person = key.partition("@")
    name, _, about = topic.partition("#")
    return Key(name, about, person)


def subject_of(about: str) -> str:
    """Return the id in what a letter is about, without the side that it goes to."""
    return about.partition("#")[0]


def letter_of(key: str) -> Letter:
    """Return what is declared of a letter, by its key; of one that only a newer release declares, nothing
    but its name."""
    name = key_of(key).name
    return DECLARED.get(name) or Letter(name)
