"""Calendar invitations (RFC 5545, sent by RFC 5546 and RFC 6047). An invitation is a file that is attached to
a letter. It enters a meeting in the reader's calendar, moves the meeting, or cancels it.

Only the organiser's side is implemented. Invited people answer on their page or on the phone. A reply that a
calendar program mails back is noted on the case (`incoming/replies.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.domain.model.letters import letter_of
from chalicelib.letters import Attachment
from chalicelib.locale.formats import texts

if TYPE_CHECKING:
    from icalendar import vCalAddress

PRODUCT = "-//redress//consumer complaints//ZH"


class Address(NamedTuple):
    """A person with an e-mail address, as a calendar shows an organiser or an invited person."""

    name: str
    email: str


def attachments(
    name: str, language: str, slots: Mapping[str, Any], organizer: Address, attendee: Address
) -> tuple[Attachment, ...]:
    """Return the calendar file that is attached to the letter `name`, in a tuple; () if the letter is not
    about a meeting. `slots` are the values for the letter's text. `slots["meeting"]` has `uid`, `sequence`,
    `at` (UTC), `minutes`, and `place` (words, or None).

    A party's calendar file has no access link but a link to the sign-in page. Otherwise family and colleagues
    who share the calendar could sign in as the party."""
    method = letter_of(name).method
    if not method:
        return ()
    meeting, words = slots["meeting"], texts(language)["calendar"]
    url = slots["link"] if slots["side"] is None else f"{slots['public_url']}/case"
    content = calendar(
        method,
        uid=meeting.uid,
        sequence=meeting.sequence,
        start=meeting.at,
        minutes=meeting.minutes,
        summary=words["summary"].format(number=slots["number"]),
        location=meeting.place or "",
        description=words["description"].format(
            number=slots["number"], url=url, phone=slots["phone"], team=slots["team"]
        ),
        organizer=organizer,
        attendee=attendee,
        stamp=slots["today"],
        url=url,
    )
    return (Attachment("invite.ics", f"text/calendar; method={method}; charset=utf-8", content),)


def calendar(
    method: str,
    *,
    uid: str,
    sequence: int,
    start: datetime,
    minutes: int,
    summary: str,
    location: str,
    description: str,
    organizer: Address,
    attendee: Address,
    stamp: datetime,
    url: str,
) -> bytes:
    """Return the content of a calendar file about one meeting. `method` is REQUEST to enter or move the
    meeting, and CANCEL to cancel it. `stamp` is the moment at which the file is made.

    Calendars know a meeting by its `uid`. They ignore a message unless its `sequence` is higher than that of
    the last message, so this number must rise with each message. Times are in UTC, which every calendar shows
    in its owner's time zone. The meeting is marked private, because a mediation is confidential."""
    # This import is here, because it takes 50 ms of a cold start, and only an invitation needs it.
    from icalendar import Calendar, Event, vUri

    event = Event()
    event.add("uid", uid)
    event.add("sequence", sequence)
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", start.astimezone(UTC))
    event.add("dtend", start.astimezone(UTC) + timedelta(minutes=minutes))
    event.add("summary", _line(summary))
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("class", "PRIVATE")
    event.add("organizer", _person(organizer))
    asked = {} if method == "CANCEL" else {"PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"}
    event.add("attendee", _person(attendee, CUTYPE="INDIVIDUAL", ROLE="REQ-PARTICIPANT", **asked))
    for name, words in (("location", _line(location)), ("description", description)):
        if words:
            event.add(name, words)
    event.add("url", vUri(url))
    made = Calendar()
    for name, value in (("prodid", PRODUCT), ("version", "2.0"), ("method", method)):
        made.add(name, value)
    made.add_component(event)
    return bytes(made.to_ical())


def _person(who: Address, **parameters: str) -> vCalAddress:
    from icalendar import vCalAddress

    address = vCalAddress(f"mailto:{who.email}")
    # A parameter cannot hold a double quote or a control character (RFC 5545, 3.2), so they are replaced.
    address.params |= {"CN": _line(who.name).replace('"', "'"), **parameters}
    return address


def _line(text: str) -> str:
    return " ".join(text.split())
