"""The papers of an agreement: the agreement itself, the applications to the court, the seal.

Only the documents worker imports this: typst, pyHanko and the fonts lie in its layer. What goes wrong is one
of the errors below; their text names no words of a person, since it reaches the log."""

MARK = "urn:redress:agreement:"
"""The mark of an agreement's document. Followed by the number it is the document's identifier, in its
metadata, and can be read in the raw file."""
APPLICATION = "urn:redress:application:"
"""The mark of an application to the court. It differs because the application is never sealed, so that
whoever verifies one is not told that it was altered."""
REFERRAL = "urn:redress:referral:"
"""The mark of the paper for a creditor whose claim was referred to the courts; this is never sealed
either."""

COPY = "urn:redress:copy:"
"""The mark of the copy of a complaint for whoever filed it, which is never sealed either."""
REPORT = "urn:redress:report:"
"""The mark of the report of a month or a year, which is never sealed either."""


class DocumentFailed(Exception):
    """A document could not be made, and nothing was kept."""


class GlyphMissing(DocumentFailed):
    """The fonts cannot show these characters, named by code point."""

    def __init__(self, characters: str) -> None:
        super().__init__(" ".join(f"U+{ord(character):04X}" for character in sorted(set(characters))))
        self.characters = characters


class FontMissing(DocumentFailed):
    """A font is not there; named by its file or family."""


class RenderFailed(DocumentFailed):
    """The typesetter refused the document. `said` is its message, which may contain words of the text."""

    def __init__(self, said: str) -> None:
        super().__init__("the typesetter refused")
        self.said = said


class RenderTimedOut(DocumentFailed):
    """The typesetter was stopped when its time was over; names the limit in seconds."""


class SealRefused(DocumentFailed):
    """The document cannot be sealed with this certificate; says why."""


class SealInvalid(DocumentFailed):
    """A document has no valid seal of ours over what is attached to it; says which check failed."""
