"""The rows of evidence files: one per file, stored among the rows of its case."""

from pynamodb.expressions.update import Action

from chalicelib.aws import rows
from chalicelib.aws.rows import Row, changes, stamped
from chalicelib.aws.versions import OURS, RowShape
from chalicelib.domain.timeline import canonical
from chalicelib.evidence.uploads import OPEN, FileState, Upload, to_row

FILE = RowShape(Upload)


class DynamoFileRows:
    """The rows of evidence files. The state, and the hash of the checked content, are separate attributes, so
    that the conditions of writes can name them."""

    def declare(self, upload: Upload) -> None:
        """Store the row of a declared file, which is expected to arrive. The row expires if the file never
        arrives. Raises WriteConflict if the file was declared before."""
        Row(rows.case(upload.ref), rows.file(upload.id)).update(_written(upload), Row.pk.does_not_exist())

    def find(self, ref: str, id: str) -> Upload | None:
        """Return the file with this id of the case `ref`; None if unknown. Raises Newer if a newer release
        wrote it."""
        row = Row.find(rows.case(ref), rows.file(id))
        return FILE.read(row) if row else None

    def save(self, upload: Upload) -> None:
        """Save the next state of a file. Raises WriteConflict if the file was kept or refused before, or if
        the hash of other content was saved for it."""
        same = Row.hash.does_not_exist()
        if upload.sha256:
            same |= Row.hash == upload.sha256
        Row(rows.case(upload.ref), rows.file(upload.id)).update(
            _written(upload), Row.state.is_in(*OPEN) & same & OURS
        )

    def forget(self, upload: Upload) -> None:
        """Remove the row of a file that has not arrived yet. Raises WriteConflict if the file has arrived."""
        Row(rows.case(upload.ref), rows.file(upload.id)).delete(condition=Row.state == FileState.EXPECTED)


def _written(upload: Upload) -> list[Action]:
    body, ttl = to_row(upload), int(upload.until.timestamp()) if upload.state == FileState.EXPECTED else None
    FILE.complete(upload, body)
    return [
        *changes(body=canonical(body), state=upload.state, hash=upload.sha256 or None, ttl=ttl),
        stamped(),
    ]
