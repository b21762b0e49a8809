"""Facts that an entry writes down as plain text and that name something: a code of a list, a person, a team, a letter, a case."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.domain.parts import Matter
from chalicelib.domain.reference import shown
from chalicelib.letters import saying
from chalicelib.web import file_list
from chalicelib.web.asking import obligation_called
from chalicelib.web.picks import letter_called

if TYPE_CHECKING:
    from chalicelib.web.reading import Reading

LISTS = {"deadline": "deadline", "passed_on": "passed_on", "move": "move", "back": "stage", "side": "side"}
"""Facts that are written down as plain text and are codes of a list."""
LETTERS = frozenset({"consumer", "letter"})
PEOPLE = frozenset({"to", "party", "was", "left", "representative", "representatives", "also", "members", "chair", "member", "colleague",
                    "leaving", "mediator"})
BOUND = frozenset({"debtor", "creditor", "signer", "missing", "extends"})
TEAMS = frozenset({"department", "departments"})
NUMBERS = frozenset({"own", "from", "joined", "leading", "cases"})
"""Facts that are written down as plain text and name letters, people, those whom an agreement binds, teams, or cases."""
READ_AS = {"change_meeting.was": "at", "sign.of": "signer", "propose_change.side": "debtor", "agree_change.side": "debtor",
           "send_code.confirms": "move"}
"""Facts that an entry calls by a name which means something else elsewhere."""


def plain(reading: Reading, name: str, value: Any) -> list[str] | None:
    """A fact that is written down as plain text and names something; None for any other."""
    values = value if isinstance(value, list) else [value]
    if name == "role":
        return [reading.role(value)]
    if name in LISTS:
        return [reading.label(value, LISTS[name])]
    if name == "absent":
        return [reading.label(side, "side") for side in value]
    if name == "in_force":
        return [reading.simple("bool", value)]
    if name == "confirmed":
        return [reading.label(value["by"], "confirmed_by")]
    if name == "client":
        return [reading.words_of("comma").join(value.values())]
    if name in LETTERS:
        return [letter_called(reading.language, value)]
    ways = ((PEOPLE, reading.name), (BOUND, reading.bound), (TEAMS, reading.team), (NUMBERS, shown))
    for names, way in ways:
        if name in names:
            return [way(one) for one in values]
    if name == "obligation":
        called = (obligation_called(reading.language, owed, reading.today) for owed in reading.case.obligations if owed.id == value)
        return [next(called, value)]
    if name == "referred":
        return [reading.words_of("comma").join(values)]
    if name == "before":
        return [reading.row(Matter, item) for item in value]
    if name == "votes":
        return [f"{reading.matter(int(n))}: {count}" for n, count in value.items()]
    if name == "file":
        return [f"{file_list.called(reading.language, value['type'])} · {file_list.size(value['size'])} · SHA-256 {value['sha256']}"]
    return [saying.late(reading.language, value)] if name == "late_minutes" else None
