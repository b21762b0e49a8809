"""Formal mediation on a party's case page: the fields of its forms, and sentences for its entries in the
timeline."""

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


def form_subject(view: View, move: str) -> dict[str, str]:
    """Return what the form of the move is about, as {parameter: id}: the meeting that is still to be held.
    Return an empty mapping if there is none, or if the move is about no meeting."""
    meeting = view.case.talks.mediation.meeting if view.case.talks.mediation else None
    name = MOVES[move].naming("meeting")
    return {name: meeting.id} if meeting and name else {}


def form_fields(view: View, fields: list[Field]) -> list[Field]:
    """Return the fields of the form to object to the mediator. Once the window to object has ended, the party
    must also say why they did not know the reason before (`unknown_before`)."""
    late = not objects_until(view)
    return [
        replace(field, required=True) if field.name == "unknown_before" else field
        for field in fields
        if late or field.name != "unknown_before"
    ]


def sentences(language: str, facts: Facts) -> Iterator[str]:
    """Yield sentences that state the `facts` of a timeline entry about mediation."""
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
