"""Photos and files that somebody adds to a complaint before it is sent.

Until then they lie in the store under the draft, where nobody can guess them and nobody but us reads them:
the first bytes, to say at once what we cannot take. Once the complaint is filed, each is declared on the case
in the consumer's name and copied to where files arrive, to be checked like any other. What is not sent
expires.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from chalicelib.access.authorization import Caller
from chalicelib.cases.casework import Unavailable, once
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Case, refuse_if
from chalicelib.evidence import file_types
from chalicelib.evidence.uploads import ANY, Form, State, Upload, Uploads, wrong_size

MOST = 20
"""How many files can be added to one draft; more of them can be added to the case."""


@frozen
class Enclosure:
    """A file of a draft: what it shows, its name where that is known; once it has arrived its size in bytes
    and its media type by content ("" for one that we do not take)."""

    id: str
    shows: str
    name: str = ""
    size: int | None = None
    found: str = ""

    @property
    def why(self) -> str:
        """The code of the sentence that says why an arrived file is not taken; "" where nothing is wrong."""
        if self.size is None:
            return ""
        return wrong_size(self.size) or ("" if self.found else "file_type_unknown")

    @property
    def goes(self) -> bool:
        """Whether it goes with the complaint."""
        return self.size is not None and not self.why


class DraftStore(Protocol):
    """Where files of drafts lie. `sizes` gives the size of each that has arrived under a draft by its id, as
    it was sent first; `head` its first bytes; `hand_over` copies it to where a declared file arrives."""

    def form(self, draft: str, id: str, back: str) -> Form: ...
    def sizes(self, draft: str) -> Mapping[str, int]: ...
    def head(self, draft: str, id: str, most: int) -> bytes: ...
    def hand_over(self, draft: str, id: str, upload: Upload) -> None: ...
    def remove(self, draft: str, id: str) -> None: ...


@frozen
class Enclosures:
    """Takes files in with a complaint that is being written, over the store; `draft` is the name of the
    folder of one."""

    uploads: Uploads
    store: DraftStore

    def add(self, files: Sequence[Enclosure], one: Enclosure) -> list[Enclosure]:
        """The files of a draft with one more, or as they are when it is among them. Raises Refusal beyond the
        most."""
        known = any(file.id == one.id for file in files)
        refuse_if(not known and len(files) >= MOST, "too_many_enclosures", most=MOST)
        return [*files] if known else [*files, one]

    def looked_at(self, draft: str, files: Sequence[Enclosure]) -> list[Enclosure]:
        """The files with the size and the type of those that have arrived since they were last looked at.
        What cannot be taken is deleted at once."""
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
        """Declare the files that arrived on the case, in the name of who filed it, and let them arrive there.
        Doing it again changes nothing. Raises Unavailable; the case then expects none that did not come."""
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
        """Delete what has arrived of these files."""
        for file in files:
            self.store.remove(draft, file.id)
