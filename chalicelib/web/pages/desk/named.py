"""Facts that stand in an entry as plain text and name something: a code of a list, a person, a team, a
letter, a case."""

from chalicelib.domain.moves.changing import agree_change, propose_change
from chalicelib.domain.moves.meetings import change_meeting
from chalicelib.domain.moves.parties import send_code
from chalicelib.domain.moves.signing import sign

LISTS = {
    "deadline": "deadline",
    "passed_on": "passed_on",
    "move": "move",
    "back": "stage",
    "side": "side",
    "verdict": "verdict",
}
"""Facts that are written down as plain text and are codes of a list."""
LETTERS = frozenset({"consumer", "letter"})
PEOPLE = frozenset(
    {
        "to",
        "owner",
        "people",
        "party",
        "was",
        "left",
        "representative",
        "representatives",
        "also",
        "members",
        "chair",
        "member",
        "colleague",
        "leaving",
        "mediator",
    }
)
BOUND = frozenset({"debtor", "creditor", "signer", "missing", "extends"})
TEAMS = frozenset({"department", "departments"})
NUMBERS = frozenset({"own", "from", "joined", "leading", "cases", "complaint", "action"})
"""Facts that are written down as plain text and name letters, people, those whom an agreement binds, teams,
or cases."""
READ_AS = {
    (change_meeting.__name__, "was"): "at",
    (sign.__name__, "of"): "signer",
    (propose_change.__name__, "side"): "debtor",
    (agree_change.__name__, "side"): "debtor",
    (send_code.__name__, "confirms"): "move",
}
"""Facts that an entry calls by a name which means something else elsewhere."""
