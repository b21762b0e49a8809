"""Calendar invitations, read back by an independent parser."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.domain.model.letters import LETTERS
from chalicelib.letters import ics
from chalicelib.letters.ics import Address
from tests.letters.invitations import AWKWARD, HOUSE, START, WANG, invitation, read
from tests.letters.sample import slots


def meeting(**changes: Any) -> SimpleNamespace:
    """Return a meeting as the slots of a letter name it."""
    return SimpleNamespace(
        **{
            "id": "M1",
            "at": START,
            "minutes": 60,
            "sequence": 0,
            "place": AWKWARD,
            "way": "counter",
            "uid": "482109365174-M1@redress.example",
            **changes,
        }
    )


def test_an_invitation_says_who_when_where_and_how_long() -> None:
    """An invitation has all that RFC 5546 demands of a REQUEST, in UTC. It asks the reader to answer and
    is marked private."""
    content = invitation()
    event = read(content)
    assert b"METHOD:REQUEST\r\n" in content
    assert (event.dtstart.value, event.dtend.value) == (START, START + timedelta(minutes=90))
    assert event.dtstamp.value == START - timedelta(days=9)
    assert (event.uid.value, event.sequence.value, event.status.value) == (
        "482109365174-M1@redress.example",
        "0",
        "CONFIRMED",
    )
    assert event.contents["class"][0].value == "PRIVATE"
    assert event.url.value == "https://redress.example/case"
    assert (event.summary.value, event.location.value, event.description.value) == (
        "调解会议",
        AWKWARD,
        "第一行\n第二行",
    )
    assert event.organizer.value == "mailto:complaints@redress.example"
    assert event.organizer.params["CN"] == ["客户权益组"]
    assert event.attendee.value == "mailto:wang.fang@mail.example"
    assert {name: event.attendee.params[name] for name in ("CN", "RSVP", "PARTSTAT", "ROLE")} == {
        "CN": ["王芳"],
        "RSVP": ["TRUE"],
        "PARTSTAT": ["NEEDS-ACTION"],
        "ROLE": ["REQ-PARTICIPANT"],
    }


def test_a_cancellation_names_the_same_meeting() -> None:
    """A cancellation has the same uid, a higher sequence number, and no request to answer."""
    content = invitation("CANCEL", sequence=2)
    event = read(content)
    assert b"METHOD:CANCEL\r\n" in content
    assert (event.uid.value, event.sequence.value, event.status.value) == (
        "482109365174-M1@redress.example",
        "2",
        "CANCELLED",
    )
    assert "RSVP" not in event.attendee.params


@pytest.mark.parametrize("words", ["调" * 200, "a" * 73 + "解" * 40, "，；,;\\\n" * 30, "𫖯䶮" * 60])
def test_lines_are_folded_by_bytes_and_never_inside_a_character(words: str) -> None:
    """Each line has at most 75 octets, ends with CR LF, and is valid UTF-8 (RFC 5545, 3.1)."""
    content = invitation(description=words, location=words)
    *lines, end = content.split(b"\r\n")
    assert end == b""
    assert lines[-1] == b"END:VCALENDAR"
    assert b"\n" not in b"".join(lines)
    for line in lines:
        assert len(line) <= 75
        assert line.decode()
    assert read(content).description.value == words


def test_words_cannot_add_a_property() -> None:
    """Line breaks, quotes and colons in a name, place or title add no property."""
    hostile = 'x\r\nATTENDEE:mailto:eve@mail.example\nX-EVIL:1";X="y'
    content = invitation(
        summary=hostile,
        location=hostile,
        description=hostile,
        attendee=Address(hostile, WANG.email),
        organizer=Address(hostile, HOUSE.email),
    )
    event = read(content)
    assert len(event.attendee_list) == 1
    assert event.attendee.value == "mailto:wang.fang@mail.example"
    assert not any(
        line.startswith((b"X-EVIL", b"ATTENDEE:")) for line in content.replace(b"\r\n ", b"").split(b"\r\n")
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_letters_about_a_meeting_carry_it(language: str) -> None:
    """Notice and change of a meeting carry a REQUEST, its cancellation a CANCEL; no other letter carries
    an invitation."""
    for name, method in (
        ("meeting_notice", "REQUEST"),
        ("meeting_changed", "REQUEST"),
        ("meeting_cancelled", "CANCEL"),
    ):
        (file,) = ics.attachments(name, language, slots(meeting=meeting(sequence=1)), HOUSE, WANG)
        assert (file.name, file.media_type) == (
            "invite.ics",
            f"text/calendar; method={method}; charset=utf-8",
        )
        event = read(file.content)
        assert f"METHOD:{method}\r\n".encode() in file.content
        assert event.sequence.value == "1"
        assert event.location.value == AWKWARD
        assert "4821-0936-5174" in event.summary.value
        assert "400-800-1234" in event.description.value
    assert [
        name
        for name in LETTERS
        if not LETTERS[name].method and ics.attachments(name, language, slots(), HOUSE, WANG)
    ] == []


def test_a_shared_calendar_opens_nobodys_case() -> None:
    """An invitation omits the party's access link, which can sign agreements. Staff get the desk's
    address, which needs a sign-in."""
    own = slots(meeting=meeting())
    (file,) = ics.attachments("meeting_notice", "zh", own, HOUSE, WANG)
    assert own["link"].rpartition("/")[2].encode() not in file.content.replace(b"\r\n ", b"")
    assert read(file.content).url.value == "https://redress.example/case"
    desk = slots(meeting=meeting(), side=None, link="https://redress.example/desk/cases/482109365174")
    (file,) = ics.attachments("meeting_notice", "zh", desk, HOUSE, WANG)
    assert read(file.content).url.value == "https://redress.example/desk/cases/482109365174"


def test_a_meeting_without_a_place_has_no_empty_one() -> None:
    """A meeting by phone, or with erased place, has no location."""
    (file,) = ics.attachments("meeting_notice", "zh", slots(meeting=meeting(place=None)), HOUSE, WANG)
    assert not hasattr(read(file.content), "location")
