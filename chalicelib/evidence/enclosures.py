"""Photos and files that a person adds to a complaint before sending it.

Until it is sent, the files are stored under the secret name of the draft. Nobody but us reads them, and we
read only the first bytes, to reject unaccepted types at once. When the complaint is sent, each file is
declared on the case in the consumer's name. It is then copied to the place of new uploads and checked like
any upload. Files of a draft that is never sent expire.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from chalicelib.access.authorization import Caller
from chalicelib.cases.casework import Unavailable, once
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Case, refuse_if
from chalicelib.evidence import file_types
from chalicelib.evidence.uploads import ANY, FileState, PresignedForm, Upload, Uploads, wrong_size

MOST = 20
"""The maximum number of files in one draft. More files can be added to the case later."""


@frozen
class Enclosure:
    """A file of a draft: what it shows, and its name if known. Once it has arrived, `size` is its size in
    bytes and `found` its media type by content (empty: not accepted)."""

    id: str
    shows: str
    name: str = ""
    size: int | None = None
    found: str = ""

    @property
    def why(self) -> str:
        """The code of the sentence that says why an arrived file is rejected; empty if it is accepted or has
        not arrived."""
        if self.size is None:
            return ""
        return wrong_size(self.size) or ("" if self.found else "file_type_unknown")

    @property
    def goes(self) -> bool:
        """Whether the file is sent with the complaint: it has arrived and is accepted."""
        return self.size is not None and not self.why


class DraftStore(Protocol):
    """The store of the files of drafts. `form` returns an upload form. `sizes` returns the sizes of the
    arrived files of a draft, by id. `head` returns the first bytes of a file. `hand_over` copies a file to
    the place where a declared file of a case arrives."""

    def form(self, draft: str, id: str, back: str) -> PresignedForm: ...
    def sizes(self, draft: str) -> Mapping[str, int]: ...
    def head(self, draft: str, id: str, most: int) -> bytes: ...
    def hand_over(self, draft: str, id: str, upload: Upload) -> None: ...
    def remove(self, draft: str, id: str) -> None: ...


@frozen
class Enclosures:
    """Accepts files for complaints that are not sent yet. `draft` is the secret folder name of a draft."""

    uploads: Uploads
    store: DraftStore

    def add(self, files: Sequence[Enclosure], one: Enclosure) -> list[Enclosure]:
        """Return the files of a draft with `one` added, unless it is among them already. Raises Refusal
        `too_many_enclosures`."""
        known = any(file.id == one.id for file in files)
        refuse_if(not known and len(files) >= MOST, "too_many_enclosures", most=MOST)
        return [*files] if known else [*files, one]

    def looked_at(self, draft: str, files: Sequence[Enclosure]) -> list[Enclosure]:
        """Return the files of a draft with size and type filled in for those that have arrived since. A file
        that is not accepted is deleted at once."""
        if all(file.size is not None for file in files):
            return [*files]
        sizes = self.store.sizes(draft)
        return [self._looked_at(draft, file, sizes) for file in files]

    def _looked_at(self, draft: str, file: Enclosure, sizes: Mapping[str, int]) -> Enclosure:
        size = sizes.get(file.id)
        if file.size is not None or size is None:
            return file
        found = file_types.type_of(self.store.head(draft, file.id, file_types.HEAD)) if size else ""
        seen = replace(file, size=size, found=found or "")
        if seen.why:
            self.store.remove(draft, file.id)
        return seen

    def hand_over(self, draft: str, files: Sequence[Enclosure], case: Case, caller: Caller) -> None:
        """Declare the arrived files on a case in the name of its filer, and copy them to the place of new
        uploads. A repeated call changes nothing. Raises Unavailable if a copy fails; the case then does not
        expect that file."""
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
