"""Calendar invitations (RFC 5545, sent by RFC 5546 and RFC 6047). An invitation is a file that is attached to
a letter. It enters a meeting in the reader's calendar, moves the meeting, or cancels it.

Only the organiser's side is implemented. Invited people answer on their page or on the phone. A reply that a
calendar program mails back is noted on the case (`incoming/replies.py`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.model.letters import letter_of
from chalicelib.letters import Attachment
from chalicelib.locale.formats import texts

if TYPE_CHECKING:
    from icalendar import vCalAddress

PRODUCT = "-//redress//consumer complaints//ZH"
FETCHED_EVERY = timedelta(minutes=15)
"""How often a calendar program should fetch a feed."""


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


class FeedEvent(NamedTuple):
    """An event of a calendar feed. `start`, `end`: moments in UTC, or days of which `end` is the day after
    the last. `end` is None if the event is a single moment. `busy`: whether it takes the time of its
    owner."""

    uid: str
    sequence: int
    start: datetime | date
    end: datetime | date | None
    summary: str
    url: str
    busy: bool


def feed(name: str, events: Iterable[FeedEvent], stamp: datetime) -> bytes:
    """Return a calendar feed (RFC 5545) that calendar programs fetch again and again. An event that is
    missing in it disappears from their calendars. `name`: the name of the calendar. `stamp`: when the feed is
    made. Moments are in UTC, and the feed names the time zone in which calendars show them."""
    from icalendar import Calendar, Event, vUri

    made = Calendar()
    for key, value in (
        ("prodid", PRODUCT),
        ("version", "2.0"),
        ("calscale", "GREGORIAN"),
        ("method", "PUBLISH"),
        ("x-wr-calname", _line(name)),
        ("x-wr-timezone", SHANGHAI.key),
        ("x-published-ttl", f"PT{FETCHED_EVERY.seconds // 60}M"),
    ):
        made.add(key, value)
    made.add("refresh-interval", FETCHED_EVERY, parameters={"VALUE": "DURATION"})
    for one in events:
        event = Event()
        event.add("uid", one.uid)
        event.add("sequence", one.sequence)
        event.add("dtstamp", stamp.astimezone(UTC))
        event.add("dtstart", one.start)
        if one.end:
            event.add("dtend", one.end)
        event.add("summary", _line(one.summary))
        event.add("transp", "OPAQUE" if one.busy else "TRANSPARENT")
        event.add("class", "PRIVATE")
        event.add("url", vUri(one.url))
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
