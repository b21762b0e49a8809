"""The papers of an agreement: the agreement itself, the court applications, the seal.

Only the documents worker imports this room, since its layer holds typst, pyHanko and the fonts. Failures
raise the errors below. Their text quotes no person, since it goes to the log."""

MARK = "urn:redress:agreement:"
"""The mark of an agreement's document. With the number appended it is the document's identifier, in its
metadata and readable in the raw file."""
APPLICATION = "urn:redress:application:"
"""The mark of a court application, which is never sealed. It differs from the agreement's mark, since
otherwise the check would call an application altered."""
REFERRAL = "urn:redress:referral:"
"""The mark of the paper for a creditor whose claim was referred to the courts; it is never sealed."""

COPY = "urn:redress:copy:"
"""The mark of the copy of a complaint for its author; it is never sealed."""
REPORT = "urn:redress:report:"
"""The mark of the report of a month or a year; it is never sealed."""


class DocumentFailed(Exception):
    """A document that could not be made; nothing was stored."""


class GlyphMissing(DocumentFailed):
    """Characters without a glyph in the fonts, named by code point."""

    def __init__(self, characters: str) -> None:
        super().__init__(" ".join(f"U+{ord(character):04X}" for character in sorted(set(characters))))
        self.characters = characters


class FontMissing(DocumentFailed):
    """A missing font, named by file or family."""


class RenderFailed(DocumentFailed):
    """A refusal of the document by the typesetter. `said` is its message, which may contain words of the
    text."""

    def __init__(self, message: str) -> None:
        super().__init__("the typesetter refused")
        self.said = message


class RenderTimedOut(DocumentFailed):
    """A timeout of the typesetter; the text names the limit in seconds."""


class RenderStopped(DocumentFailed):
    """An end of the typesetter by a signal or by too little memory; the text names its limits."""


class SealRefused(DocumentFailed):
    """A document that cannot be sealed with this certificate; the text says why."""


class SealInvalid(DocumentFailed):
    """A document without a valid seal of ours over its attached data; the text names the failed check."""
