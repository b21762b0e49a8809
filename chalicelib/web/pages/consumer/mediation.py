"""Formal mediation on a party's pages: the fields of forms, and sentences for entries in the timeline."""

from collections.abc import Iterator

from chalicelib.locale.formats import label, listed, moment_of
from chalicelib.view.mediation import objects_until
from chalicelib.view.party import Facts
from chalicelib.web.forms import Field
from chalicelib.web.pages import say
from chalicelib.web.pages.consumer.own_view import View


def form_subject(view: View, move: str) -> dict[str, str]:
    """Return the meeting that the form of the move is about, as {parameter: id}. It is the meeting that is
    still to be held. Return an empty mapping if there is no such meeting, or if the move concerns no
    meeting."""
    meeting = view.case.talks.mediation.meeting if view.case.talks.mediation else None
    name = view.naming(move, "meeting")
    return {name: meeting.id} if meeting and name else {}


def form_fields(view: View, fields: list[Field]) -> list[Field]:
    """Return the fields of a form, adapted to an objection to the mediator. `fields`: the usual fields. The
    field `unknown_before` asks why the party did not know the reason earlier. After the time to object has
    ended, this field is required; before, it is left out."""
    late = not objects_until(view)
    return [
        field.changed(required=True) if field.name == "unknown_before" else field
        for field in fields
        if late or field.name != "unknown_before"
    ]


def sentences(language: str, facts: Facts) -> Iterator[str]:
    """Yield sentences for the page about a timeline entry on mediation. `facts`: the facts of the entry."""
    if "conflict" in facts:
        yield label(language, facts["conflict"], "conflict")
    if "upheld" in facts:
        yield say(language, "consumer.parts.mediation." + ("upheld" if facts["upheld"] else "not_upheld"))
    if "meeting" in facts:
        at = moment_of(language, facts["at"]) if facts.get("at") else ""
        kind = "meeting_cancelled" if facts.get("cancel") else "meeting_at" if at else "meeting"
        yield say(language, f"consumer.parts.mediation.{kind}", id=facts["meeting"], at=at)
    if "present" in facts:
        yield say(
            language,
            f"consumer.parts.mediation.{'present' if facts['present'] else 'nobody'}",
            sides=listed(language, facts["present"], "side"),
        )
    if "good" in facts:
        yield say(language, "consumer.parts.mediation." + ("good" if facts["good"] else "not_good"))
