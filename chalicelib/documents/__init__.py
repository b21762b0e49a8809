"""The documents (PDF): sealed agreements, papers for courts, copies of complaints, reports. This module names
their marks and their errors.

Only the documents worker imports this package, since its Lambda layer holds typst, pyHanko and the fonts. A
failure raises one of the errors below. Their message quotes no person, since it is logged."""

MARK = "urn:redress:agreement:"
"""The start of an agreement's identifier; the number of the agreement follows. The identifier is in the
document's metadata, and can be read in the bytes of the file."""
APPLICATION = "urn:redress:application:"
"""The start of the identifier of a court application, which is never sealed. It differs from the agreement's.
Otherwise the public check would call an application an altered agreement."""
REFERRAL = "urn:redress:referral:"
"""The start of the identifier of the paper for a creditor whose claim was referred to the courts; it is never
sealed."""

COPY = "urn:redress:copy:"
"""The start of the identifier of a copy of a complaint for its author; it is never sealed."""
REPORT = "urn:redress:report:"
"""The start of the identifier of the report of a month or a year; it is never sealed."""


class DocumentFailed(Exception):
    """The document could not be made, and nothing was stored."""


class GlyphMissing(DocumentFailed):
    """The fonts have no glyph for some characters of the text; the message lists their code points."""

    def __init__(self, characters: str) -> None:
        super().__init__(" ".join(f"U+{ord(character):04X}" for character in sorted(set(characters))))
        self.characters = characters


class FontMissing(DocumentFailed):
    """A font is missing; the message names its file or its family."""


class RenderFailed(DocumentFailed):
    """The typesetter rejected the document. `said` is its message, which may quote the text and must not be
    logged."""

    def __init__(self, message: str) -> None:
        super().__init__("the typesetter refused")
        self.said = message


class RenderTimedOut(DocumentFailed):
    """The typesetter took too long; the message gives the limit in seconds."""


class RenderStopped(DocumentFailed):
    """The typesetter was ended by a signal or ran out of memory; the message gives its limits."""


class SealRefused(DocumentFailed):
    """The document cannot be sealed with this certificate; the message says why."""


class SealInvalid(DocumentFailed):
    """The document has no valid seal of ours, or the data attached to it is wrong; the message names the
    failed check."""
