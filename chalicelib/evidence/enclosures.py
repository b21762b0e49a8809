"""Photos and files added to a complaint before it is sent.

Until then the store holds them under the draft's secret name. Only we read them, and only the first bytes, to
reject unaccepted types at once. After filing, each file is declared on the case in the consumer's name. It is
copied to the place of new uploads and checked like any other. Unsent files expire."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from chalicelib.access.authorization import Caller
from chalicelib.cases.casework import Unavailable, once
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Case, refuse_if
from chalicelib.evidence import file_types
from chalicelib.evidence.uploads import ANY, Form, State, Upload, Uploads, wrong_size

MOST = 20
"""The maximum number of files in one draft. Further files can be added to the case."""


@frozen
class Enclosure:
    """A file of a draft: its description and, if known, its name. After arrival it has its size in bytes and
    its media type by content ("" for an unaccepted type)."""

    id: str
    shows: str
    name: str = ""
    size: int | None = None
    found: str = ""

    @property
    def why(self) -> str:
        """Return the code of the sentence that rejects an arrived file; "" for an accepted one."""
        if self.size is None:
            return ""
        return wrong_size(self.size) or ("" if self.found else "file_type_unknown")

    @property
    def goes(self) -> bool:
        """Return whether the file goes with the complaint."""
        return self.size is not None and not self.why


class DraftStore(Protocol):
    """The store of draft files. `sizes` returns the size of each arrived file of a draft by id, as first
    sent. `head` returns its first bytes. `hand_over` copies it to the place of a declared file."""

    def form(self, draft: str, id: str, back: str) -> Form: ...
    def sizes(self, draft: str) -> Mapping[str, int]: ...
    def head(self, draft: str, id: str, most: int) -> bytes: ...
    def hand_over(self, draft: str, id: str, upload: Upload) -> None: ...
    def remove(self, draft: str, id: str) -> None: ...


@frozen
class Enclosures:
    """Accepts files for an unsent complaint. `draft` is the folder name of one draft."""

    uploads: Uploads
    store: DraftStore

    def add(self, files: Sequence[Enclosure], one: Enclosure) -> list[Enclosure]:
        """Return a draft's files with one more, or unchanged if it is among them. Raises Refusal
        `too_many_enclosures`."""
        known = any(file.id == one.id for file in files)
        refuse_if(not known and len(files) >= MOST, "too_many_enclosures", most=MOST)
        return [*files] if known else [*files, one]

    def looked_at(self, draft: str, files: Sequence[Enclosure]) -> list[Enclosure]:
        """Return the files, with size and type of those newly arrived. An unaccepted file is deleted at
        once."""
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
        """Declare the arrived files on the case in the filer's name, and copy them there. A repetition
        changes nothing. Raises Unavailable; the case then does not expect the missing file."""
        for file in files:
            if file.goes:
                said = {"type": ANY, "shows": file.shows, "name": file.name, "size": file.size}
                key = once(caller, f"{case.ref}/files", file.id, file.shows)
                upload = self.uploads.declare(case.ref, caller, said, key)
                if upload.state != State.EXPECTED:
                    continue
                try:
                    self.store.hand_over(draft, file.id, upload)
                except Unavailable:
                    self.uploads.forget(upload, caller)
                    raise

    def remove(self, draft: str, files: Sequence[Enclosure]) -> None:
        """Delete the arrived files among these."""
        for file in files:
            self.store.remove(draft, file.id)
