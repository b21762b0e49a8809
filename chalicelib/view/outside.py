"""The view of proceedings at other bodies, such as an authority: the body, its day for our reply, and its
number for the case."""

from datetime import datetime
from typing import Any

from chalicelib.domain.calendar import day_end
from chalicelib.domain.frozen import frozen, values
from chalicelib.domain.model.case_records import BUSINESS, Outside
from chalicelib.domain.moves.intake import submit
from chalicelib.domain.moves.outside import note_outside_proceeding
from chalicelib.view.party import FIRST, Partner, PartyReader
from chalicelib.view.reader import Reader


@frozen(kw_only=True)
class OutsideView(Outside):
    """Another body that also deals with the dispute. `ends`: the end of the day that it set for our reply;
    None without one. `late`: we did not reply by then. `number`: its number for the case; "" if it is
    unknown, or the reader may not know it."""

    ends: datetime | None
    late: bool
    number: str


def outside(reader: Reader) -> list[OutsideView]:
    """Return the other bodies that deal with this reader's dispute. The company and partners get none."""
    if not reader.authorised or reader.principal == BUSINESS or isinstance(reader, Partner):
        return []
    return [
        OutsideView(
            **values(one),
            ends=(ends := day_end(one.due) if one.due else None),
            late=reader.past(ends) and not one.replied,
            number=number_at(reader, one.body),
        )
        for one in reader.case.outside
        if one.party is None or reader.principal in (None, one.party)
    ]


def number_at(reader: Reader, body: str | None, until: int | None = None) -> str:
    """Return the number that another body gave to the matter; "" if there is none for this reader. The number
    that was noted last counts. For a letter, only numbers noted up to entry `until` count. If none was noted,
    the number in the complaint counts.

    If several people complain, a party gets only a number that was noted for them.
    """
    party = reader if isinstance(reader, PartyReader) else None

    def visible(line: dict[str, Any]) -> bool:
        seen = party is None or party.sees(line["n"], line["move"], line, line["facts"])
        return line["facts"]["body"] == body and seen

    if n := reader.dossier.last(note_outside_proceeding, until=until, fits=visible):
        line = reader.dossier.line(n)
        others = party and party.others and not party.made_by(line["move"], line, line["facts"])
        return "" if others else reader.words(n).get("number") or ""
    filed = reader.dossier.line(1)["facts"].get("outside") or {}
    own = reader.principal in (None, FIRST) and filed.get("body") == body
    account = reader.words(1, submit).get("account") or {} if own else {}
    return account.get("outside_number") or ""
