"""Files of evidence on the pages of the desk, next to the facts that they support."""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from chalicelib.access.authorization import Thing, may_read
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case_records import Evidence
from chalicelib.evidence.file_types import PICTURED
from chalicelib.view.evidence import pieces
from chalicelib.web.forms.shapes import parts, shape
from chalicelib.web.pages import file_list, root
from chalicelib.web.pages.desk.reading import Reading, first_words

KINDS = {"image": "image", "video": "video", "audio": "audio", "application": "pdf"}
"""How a page shows a file, by the first part of its media type."""


class ShownFile(NamedTuple):
    """A file of evidence on a page. `id`: the number of the evidence. `at`: the address of the file. `kind`:
    how the page shows it: `image`, `video`, `audio` or `pdf`; "" for a file of unknown type, which can only
    be saved. `pictured`: whether there is a small picture of it. `caption`: what it shows. `what`: its type
    and size, as text."""

    id: str
    at: str
    kind: str
    pictured: bool
    caption: str
    what: str


def asks_evidence(move: str) -> bool:
    """Return whether the form of a move asks for evidence on which a fact rests."""
    return any(_names_evidence(hint) for hint, _ in MOVES[move].parameters.values())


def _names_evidence(hint: Any) -> bool:
    kind, inside = shape(hint)
    if kind == "picks":
        return bool(inside.kind == "evidence")
    return kind == "rows" and any(_names_evidence(part) for _, part, _ in parts(inside))


def evidence_files(reading: Reading, ids: Collection[str] | None = None) -> Iterator[ShownFile]:
    """Yield the files of the evidence with these ids, in their order on the case; None: of all evidence.
    Leave out files that were destroyed with the data of their sender. Yield nothing if the caller may not
    read the files."""
    case = reading.dossier.case
    if may_read(case, Thing.FILES, reading.caller, reading.now):
        for piece in pieces(reading.reader):
            if piece.file and (ids is None or piece.id in ids):
                sender = reading.dossier.line(piece.entry)["who"]
                if not case.erased(sender):
                    yield shown_file(reading, piece, piece.says)


def shown_file(reading: Reading, piece: Evidence, says: str) -> ShownFile:
    """Return the file of a piece of evidence. `says`: what the sender wrote of it."""
    facts = reading.dossier.line(piece.entry)["facts"] if reading.reader.has_entry(piece.entry) else {}
    file = facts.get("file") or {}
    type, size = str(file.get("type") or ""), file.get("size")
    return ShownFile(
        piece.id,
        f"{root()}/desk/cases/{reading.case.ref}/files/{piece.file}",
        KINDS.get(type.partition("/")[0], ""),
        type in PICTURED,
        first_words(reading.mask(says, "evidence")) or reading.label(piece.kind, "evidence_kind"),
        f"{file_list.type_label(reading.language, type)} · {file_list.size(size)}" if type and size else "",
    )
