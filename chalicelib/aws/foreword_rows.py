"""The store of the forewords of reports. Each version is a row that nobody changes."""

from __future__ import annotations

from chalicelib.aws import rows
from chalicelib.aws.rows import Row, Write
from chalicelib.aws.versions import RowShape
from chalicelib.domain.forewords import Foreword

SHAPE = RowShape(Foreword)


class ForewordRows:
    """The store of forewords."""

    def newest(self, period: str, team: str, language: str) -> Foreword | None:
        """Return the newest version of a foreword as stored now; None if there is none."""
        return next(iter(self.versions(period, team, language, 1)), None)

    def versions(
        self, period: str, team: str, language: str, most: int, before: int | None = None
    ) -> list[Foreword]:
        """Return at most `most` versions of a foreword, the newest first. `before`: only versions before
        this one."""
        own, since = (
            rows.foreword(language, 0),
            rows.foreword(language, rows.LAST_VERSION if before is None else max(before - 1, 0)),
        )
        found = Row.query(
            rows.forewords(period, team),
            Row.sk.between(own, since),
            scan_index_forward=False,
            consistent_read=True,
            limit=most,
        )
        return [SHAPE.read(row) for row in found]

    def add(self, new: Foreword) -> None:
        """Store a version. Raises WriteConflict if there is one with this number."""
        key = rows.forewords(new.period, new.team), rows.foreword(new.language, new.version)
        with Write() as write:
            write.save(Row(*key, body=SHAPE.written(new).decode()), condition=Row.pk.does_not_exist())
