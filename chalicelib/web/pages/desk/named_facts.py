"""Facts that an entry stores as plain text and that name something: a code, a person, a team, a letter, a
case."""

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
"""Facts stored as plain text that are codes of a list."""
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
"""Facts stored as plain text that name letters, people, parties of an agreement, teams, or cases."""
READ_AS = {
    (change_meeting.__name__, "was"): "at",
    (sign.__name__, "of"): "signer",
    (propose_change.__name__, "side"): "debtor",
    (agree_change.__name__, "side"): "debtor",
    (send_code.__name__, "confirms"): "move",
}
"""Facts whose name means something else elsewhere: the move and the fact, and the fact whose format
applies."""
