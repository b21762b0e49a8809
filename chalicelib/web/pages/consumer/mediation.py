"""Formal mediation on a case page: the fields of its forms, and the sentences of its entries."""

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
    """Return the subject of a move's form: the meeting still to be held."""
    meeting = view.case.talks.mediation.meeting if view.case.talks.mediation else None
    name = MOVES[move].naming("meeting")
    return {name: meeting.id} if meeting and name else {}


def form_fields(view: View, fields: list[Field]) -> list[Field]:
    """Return the fields of an objection to the mediator. Only after the window must the party say why it is
    late."""
    late = not objects_until(view)
    return [
        replace(field, required=True) if field.name == "unknown_before" else field
        for field in fields
        if late or field.name != "unknown_before"
    ]


def sentences(language: str, facts: Facts) -> Iterator[str]:
    """Yield the sentences for the facts of an entry of a mediation."""
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
