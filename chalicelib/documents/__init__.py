"""The documents (PDF): sealed agreements, papers for courts, copies of complaints, reports. Only the
documents worker imports this package, because its Lambda layer holds typst, pyHanko and the fonts.

This module has the start of each kind of document's identifier, and the errors that making a document can
raise. The message of an error quotes no person, because it is logged."""

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]
MARK = "urn:redress:agreement:"
"""The start of the identifier of an agreement; the number of the agreement follows. The identifier is in the
metadata of the PDF, and can be found by searching the bytes of the file."""
APPLICATION = "urn:redress:application:"
"""The start of the identifier of a court application, which is never sealed. It is not `MARK`, because the
public check calls an unknown file with `MARK` an altered agreement."""
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
    """The typesetter rejected the document. `said` is the typesetter's message, which may quote the text and
    so must not be logged."""

    def __init__(self, message: str) -> None:
        super().__init__("the typesetter refused")
        self.said = message


class RenderTimedOut(DocumentFailed):
    """The typesetter took too long; the message gives the time limit in seconds."""


class RenderStopped(DocumentFailed):
    """The typesetter was ended by a signal or ran out of memory; the message gives the limits of memory and
    time."""


class SealRefused(DocumentFailed):
    """The document cannot be sealed with the certificate of the seal; the message says why."""


class SealInvalid(DocumentFailed):
    """The document has no valid seal of ours, or the attached data is wrong; the message names the failed
    check."""
