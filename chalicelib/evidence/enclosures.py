"""Photos and files that a person adds to a complaint before sending it.

Until the complaint is sent, its files are stored under the secret name of the draft. We read only their first
bytes, to reject files of other types at once; nobody else reads them. When the complaint is sent, each file
is declared on the case in the consumer's name. The file is then copied to the place of new uploads, and
checked like any upload. If the draft is never sent, its files expire.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from chalicelib.access.authorization import Caller
from chalicelib.cases.casework import Unavailable, once
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Case, refuse_if
from chalicelib.evidence import file_types
from chalicelib.evidence.uploads import (
    ANY,
    CEILING,
    MOST_OF_CASE,
    FileState,
    Parts,
    PresignedForm,
    Upload,
    Uploads,
    room_left,
    wrong_size,
)

MOST = 20
"""The maximum number of files in one draft. More files can be added to the case later."""


@frozen
class Enclosure:
    """A file of a draft. `shows`: what it shows, in the sender's words. `size`: its size in bytes, None until
    the file has arrived. `found`: its media type by its content, empty if the type is not accepted. `full`:
    the file does not fit in a case with the other files."""

    id: str
    shows: str
    name: str = ""
    size: int | None = None
    found: str = ""
    full: bool = False

    @property
    def why(self) -> str:
        """The code of the sentence that says why an arrived file is rejected; empty if it is accepted or has
        not arrived."""
        if self.size is None:
            return ""
        if wrong := wrong_size(self.size):
            return wrong
        return "file_draft_full" if self.full else "" if self.found else "file_type_unknown"

    @property
    def goes(self) -> bool:
        """Whether the file is sent with the complaint: it has arrived and is accepted."""
        return self.size is not None and not self.why


class DraftStore(Protocol):
    """The store of the files of drafts. `draft` is the secret folder name of a draft. `form` returns a form
    for the upload of a file, `parts` returns links for its parts. `sizes` returns the sizes of the files that
    have arrived, by id. `head` returns the first `most` bytes of a file. `hand_over` copies a file to the
    place where the declared file `upload` of a case arrives."""

    def form(self, draft: str, id: str, back: str, most: int = CEILING) -> PresignedForm: ...
    def parts(self, draft: str, id: str, size: int) -> Parts: ...
    def sizes(self, draft: str) -> Mapping[str, int]: ...
    def head(self, draft: str, id: str, most: int) -> bytes: ...
    def hand_over(self, draft: str, id: str, upload: Upload) -> None: ...
    def remove(self, draft: str, id: str) -> None: ...


@frozen
class Enclosures:
    """Accepts files for complaints that are not sent yet. `draft` is the secret folder name of a draft."""

    uploads: Uploads
    store: DraftStore

    def add(self, files: Sequence[Enclosure], one: Enclosure, size: int = 0) -> list[Enclosure]:
        """Return the files of a draft, with the file `one` added unless the draft has it already. `size` is
        its size in bytes, 0 if unknown. Raises Refusal `too_many_enclosures` if the draft has `MOST` files,
        and `draft_files_full` if a case has no room for them all."""
        known = any(file.id == one.id for file in files)
        refuse_if(not known and len(files) >= MOST, "too_many_enclosures", most=MOST)
        room_left(_arrived(files), 0 if known else size, "draft_files_full")
        return [*files] if known else [*files, one]

    def looked_at(self, draft: str, files: Sequence[Enclosure]) -> list[Enclosure]:
        """Return the files of a draft. For each file that has arrived since the last call, size and type are
        filled in. A file that is not accepted is deleted from the store at once."""
        if all(file.size is not None for file in files):
            return [*files]
        sizes, seen = self.store.sizes(draft), [*files]
        for n, file in enumerate(files):
            seen[n] = self._looked_at(draft, file, sizes, _arrived(seen))
        return seen

    def _looked_at(self, draft: str, file: Enclosure, sizes: Mapping[str, int], others: int) -> Enclosure:
        """Look at one file. `others`: the bytes of the files that are accepted so far."""
        size = sizes.get(file.id)
        if file.size is not None or size is None:
            return file
        found = file_types.type_of(self.store.head(draft, file.id, file_types.HEAD)) if size else ""
        seen = replace(file, size=size, found=found or "", full=others + size > MOST_OF_CASE)
        if seen.why:
            self.store.remove(draft, file.id)
        return seen

    def hand_over(self, draft: str, files: Sequence[Enclosure], case: Case, caller: Caller) -> None:
        """Declare the arrived files of a draft on a case, in the name of its filer (`caller`), and copy them
        to the place of new uploads. A repeated call changes nothing. If a file cannot be copied, withdraw its
        declaration and raise Unavailable."""
        for file in files:
            if file.goes:
                said = {"type": ANY, "shows": file.shows, "name": file.name, "size": file.size}
                key = once(caller, f"{case.ref}/files", file.id, file.shows)
                upload = self.uploads.declare(case.ref, caller, said, key)
                if upload.state != FileState.EXPECTED:
                    continue
                try:
                    self.store.hand_over(draft, file.id, upload)
                except Unavailable:
                    self.uploads.forget(upload, caller)
                    raise

    def remove(self, draft: str, files: Sequence[Enclosure]) -> None:
        """Delete these files of a draft."""
        for file in files:
            self.store.remove(draft, file.id)


def _arrived(files: Sequence[Enclosure]) -> int:
    """Return how many bytes the accepted files have together."""
    return sum(file.size or 0 for file in files if file.goes)
