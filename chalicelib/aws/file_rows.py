"""The rows of evidence files: one per file, in its case's partition."""
from __future__ import annotations

import json

from pynamodb.exceptions import DoesNotExist

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.aws.translated import translated
from chalicelib.domain.timeline import canonical
from chalicelib.evidence import KEPT_AS, OPEN, State, Upload, kept


class DynamoFileRows:
    """The states of files. A state and the hash of what was checked stand beside the rest, for the conditions."""

    def declare(self, upload: Upload) -> None:
        """Write down that a file is expected; it disappears by itself when none comes. Raises Conflict when it was declared before."""
        with translated():
            _row(upload).save(condition=Row.pk.does_not_exist())

    def find(self, ref: str, id: str) -> Upload | None:
        """A file, as it stands."""
        with translated():
            try:
                row = Row.get(rows.case(ref), rows.file(id), consistent_read=True)
            except DoesNotExist:
                return None
        return KEPT_AS.validate_python(json.loads(row.body or "{}"))

    def save(self, upload: Upload) -> None:
        """The next state of a file that is still open. Raises Conflict when it is not, or when other content was pinned before."""
        same = Row.hash.does_not_exist()
        if upload.sha256:
            same |= Row.hash == upload.sha256
        with translated():
            _row(upload).save(condition=Row.state.is_in(*OPEN) & same)


def _row(upload: Upload) -> Row:
    ttl = int(upload.until.timestamp()) if upload.state == State.EXPECTED else None
    return Row(rows.case(upload.ref), rows.file(upload.id), body=canonical(kept(upload)), state=upload.state,
               hash=upload.sha256 or None, ttl=ttl)
