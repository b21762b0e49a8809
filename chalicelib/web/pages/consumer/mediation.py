"""The part of a case page about formal mediation: what a form asks there, and what an entry of it says."""

from collections.abc import Iterator

from chalicelib.domain.calendar import instant
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.frozen import replace
from chalicelib.locale.formats import label, moment
from chalicelib.view.mediation import objects_until
from chalicelib.view.party import Facts
from chalicelib.web.forms import Field
from chalicelib.web.pages import say
from chalicelib.web.pages.consumer.own_view import View

NAMED = frozenset({"meeting"})
"""What a form of a mediation is about: shown on it, and not asked."""


def named(view: View, move: str) -> dict[str, str]:
    """What the form of a move is about: the meeting that is still to be held."""
    meeting = view.case.talks.mediation.meeting if view.case.talks.mediation else None
    return {"meeting": meeting.id} if meeting and "meeting" in MOVES[move].parameters else {}


def asked(view: View, fields: list[Field]) -> list[Field]:
    """What a form asks: an objection to the mediator must say why it comes late, after its window alone."""
    late = not objects_until(view)
    return [
        replace(field, required=True) if field.name == "unknown_before" else field
        for field in fields
        if late or field.name != "unknown_before"
    ]


def sentences(language: str, facts: Facts) -> Iterator[str]:
    """What the facts of an entry of a mediation say."""
    if "conflict" in facts:
        yield label(language, facts["conflict"], "conflict")
    if "upheld" in facts:
        yield say(language, "consumer.parts.mediation." + ("upheld" if facts["upheld"] else "not_upheld"))
    if "meeting" in facts:
        at = moment(language, instant(facts["at"]), end=False) if facts.get("at") else ""
        kind = "meeting_cancelled" if facts.get("cancel") else "meeting_at" if at else "meeting"
        yield say(language, f"consumer.parts.mediation.{kind}", id=facts["meeting"], at=at)
    if "present" in facts:
        here = [label(language, side, "side") for side in facts["present"]]
        yield say(
            language,
            "consumer.parts.mediation.present" if here else "consumer.parts.mediation.nobody",
            sides=("、" if language == "zh" else ", ").join(here),
        )
    if "good" in facts:
        yield say(language, "consumer.parts.mediation." + ("good" if facts["good"] else "not_good"))
