"""The view of procedures at other bodies, such as an authority, about the same complaint. It has the body,
the day by which the body wants our reply, and the number that it gave to the complaint."""

from datetime import datetime
from typing import Any

from chalicelib.domain.calendar import day_end
from chalicelib.domain.concerned import FIRST
from chalicelib.domain.frozen import frozen, values
from chalicelib.domain.model.case_records import BUSINESS, Outside
from chalicelib.domain.moves.outside import note_outside_proceeding
from chalicelib.view.party import Partner, PartyReader
from chalicelib.view.reader import Reader


@frozen(kw_only=True)
class OutsideView(Outside):
    """A procedure at another body. `ends`: the end (UTC) of the day by which the body wants our reply; None
    without such a day. `late`: whether that moment has passed without our reply. `number`: the number that
    the body gave to the complaint; "" if it is unknown, or if the reader may not know it."""

    ends: datetime | None
    late: bool
    number: str


def outside(reader: Reader) -> list[OutsideView]:
    """Return the procedures at other bodies that concern this reader. The company and partner systems get
    none."""
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
    """Return the number that the body `body` gave to the complaint. Return "" if the reader knows none.
    `until`: for a letter, the number of a timeline entry; only numbers noted up to this entry count.

    The number that was noted last counts. If none was noted, the number in the complaint counts. In a joint
    case, a party gets a number only if it was noted for that party.
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
    account = reader.complaint.get("account") or {} if own else {}
    return account.get("outside_number") or ""
