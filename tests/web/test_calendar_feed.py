"""Tests of the calendar feeds of staff: their contents, their readers, and the cost of a fetch."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
import vobject
from hypothesis import given, strategies as st

from chalicelib.access.rate_limits import CEILINGS
from chalicelib.domain.calendar import stamp
from chalicelib.domain.frozen import replace
from chalicelib.domain.reference import shown
from chalicelib.letters import ics
from chalicelib.web.routes.calendars import FEED
from tests.aws_calls import Calls
from tests.scenario import DAY, HOUR, SUN, WANG, ZHAO, Scenario
from tests.web.boards import company, listed, stored
from tests.web.desk import Desk, visible
from tests.web.mediated import YAN, mediating, meeting

PATH = re.compile(r'value="https?://[^/"]+(?:/api)?(/calendar/[a-z2-7]{26}/desk\.ics)"')


def made(client: Any, scenario: Scenario, who: str, team: str = "", language: str = "en") -> str:
    """Make a feed on the page, and return the path of its address."""
    desk = Desk(client, scenario, who, language)
    known = set(PATH.findall(desk.get("/desk/calendar")))
    desk.post("/desk/calendar", {"do": "make", "team": team})
    (path,) = set(PATH.findall(desk.get("/desk/calendar?done=make"))) - known
    return str(path)


def fetched(client: Any, path: str, status: int = 200, **headers: str) -> Any:
    """Fetch a feed as a calendar program does, which has no cookie."""
    answer = client.http.get(path, headers=headers)
    assert answer.status_code == status, answer.body
    return answer


def events(client: Any, path: str) -> dict[str, Any]:
    """Return the events of a feed by their summary, read by a library that is not ours."""
    body = fetched(client, path).body.decode()
    found = vobject.readOne(body).contents.get("vevent", [])
    return {one.summary.value: one for one in found}


def test_feed_has_numbers_acts_and_moments_and_no_words(scenario: Scenario, client: Any) -> None:
    """The feed of an investigator has the due day of the case that they own. It names no person and no word
    of the complaint. Its moments are in UTC, and it names the time zone."""
    ref = scenario.submit().ref
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    path = made(client, scenario, "zhao")
    answer = fetched(client, path)
    body = answer.body.decode()
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert f"{shown(ref)} · " in body.replace("\r\n ", "")
    assert "X-WR-TIMEZONE:Asia/Shanghai" in body
    words = ("王芳", "13800138000", "wang.fang", "洗衣机", "1655", "上海")
    assert [word for word in words if word in body] == []
    assert all(line.endswith("Z") for line in body.split("\r\n") if re.match(r"DT(START|END|STAMP):", line))


def test_lines_of_a_feed_are_folded_and_end_as_the_standard_says(scenario: Scenario, client: Any) -> None:
    """Every line ends with CR LF and has at most 75 octets (RFC 5545, 3.1), also in Chinese. Each event has
    the properties that it must have, and ids are unique (3.6.1)."""
    scenario.product.file.keep_roster(company())
    stored([listed(n, "team1", scenario.time + n * HOUR, "received", "lead1") for n in range(40)])
    body = fetched(client, made_for(scenario, "lead1", "team1")).body
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert max(map(len, body.split(b"\r\n"))) <= 75
    assert body.startswith(b"BEGIN:VCALENDAR\r\n")
    assert body.endswith(b"END:VCALENDAR\r\n")
    found = vobject.readOne(body.decode()).vevent_list
    assert len({one.uid.value for one in found}) == len(found) == 40
    assert {
        name for one in found for name in ("dtstamp", "dtstart", "summary") if name not in one.contents
    } == set()


def made_for(scenario: Scenario, who: str, team: str = "", language: str = "zh", lasts: Any = DAY) -> str:
    """Store a feed as the page does, and return the path of its address."""
    product = scenario.product
    kept = {"who": who, "team": team, "made": product.calendars.new(), "since": stamp(scenario.time)}
    until = scenario.time + 400 * lasts
    secret = product.calendars.secret(who, kept["made"])
    kept |= {"language": language, "until": stamp(until)}
    product.sessions.keep("CALENDAR", secret, kept, until, who)
    return FEED.format(secret=secret)


def test_deadline_at_midnight_takes_its_last_day(scenario: Scenario, client: Any) -> None:
    """A deadline that ends at 24:00 of a day is an event of that whole day, and not of the next. Another one
    is an event at its moment in UTC."""
    scenario.product.file.keep_roster(company())
    stored(
        [
            listed(1, "team1", datetime(2026, 2, 20, 16, tzinfo=UTC), "received", None),
            listed(2, "team1", datetime(2026, 2, 20, 15, 59, tzinfo=UTC), "received", None),
            listed(3, "team1", None, "received", None),
        ]
    )
    found = events(client, made_for(scenario, "lead1", "team1"))
    moment, whole = found.values()
    assert (whole.dtstart.value, whole.dtend.value) == (date(2026, 2, 20), date(2026, 2, 21))
    assert moment.dtstart.value == datetime(2026, 2, 20, 15, 59, tzinfo=UTC)
    assert "dtend" not in moment.contents


def test_meeting_moves_with_its_id_and_disappears_when_cancelled(scenario: Scenario, client: Any) -> None:
    """A meeting is in the feed of the mediator with its length. Moved, it keeps its id and gets a higher
    sequence. Cancelled, it is gone. A meeting that ends at 24:00 ends there."""
    ref = mediating(scenario)
    path = made_for(scenario, "yan", language="en")
    assert f"{shown(ref)} · meeting" not in events(client, path)
    scenario.live(14 * DAY, ref)
    scenario.move(YAN, "call_meeting", ref, **meeting(scenario))
    first = events(client, path)[f"{shown(ref)} · meeting"]
    assert first.dtend.value - first.dtstart.value == 1.5 * HOUR
    late = (scenario.time + 25 * DAY).replace(hour=14, minute=0)
    scenario.move(YAN, "change_meeting", ref, meeting="M1", at=late.isoformat(), minutes=120, reason="改期。")
    moved = events(client, path)[f"{shown(ref)} · meeting"]
    assert moved.uid.value == first.uid.value
    assert int(moved.sequence.value) > int(first.sequence.value)
    assert moved.dtend.value == late.replace(hour=16)
    scenario.move(YAN, "change_meeting", ref, meeting="M1", cancel=True, reason="取消。")
    assert f"{shown(ref)} · meeting" not in events(client, path)


def test_interview_is_in_the_feed_until_it_is_over(scenario: Scenario, client: Any) -> None:
    """A person who is invited again is heard at the new moment only. The feed names no person. A cancelled
    interview is gone, and so is a past one once it is recorded."""
    ref = scenario.submit().ref
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    path, name = made_for(scenario, "zhao", language="en"), f"{shown(ref)} · interview"
    assert name not in events(client, path)
    said = {"how": "phone", "purpose": "了解经过。"}
    sooner = (scenario.time + HOUR).isoformat()
    scenario.move(ZHAO, "invite_interview", ref, meeting=sooner, **said)
    scenario.move(ZHAO, "cancel_interview", ref, reason="您在电话里已经说清楚了。")
    assert name not in events(client, path)
    for hours in (48, 30):
        at = scenario.time + hours * HOUR
        scenario.move(ZHAO, "invite_interview", ref, meeting=at.isoformat(), **said)
    found = events(client, path)[name]
    assert found.dtstart.value == at
    assert "王芳" not in fetched(client, path).body.decode()
    scenario.later(31 * HOUR)
    scenario.move(ZHAO, "record_interview", ref, person="王芳", note="第三天开始漏水。", shown=True)
    assert name not in events(client, path)


def test_whoever_leaves_or_loses_the_role_loses_the_feed_at_once(scenario: Scenario, client: Any) -> None:
    """A feed is unknown as soon as the stored roster removes its person, or the person from its team, even if
    a container still caches the former roster."""
    scenario.product.file.keep_roster(company())
    own, team = made_for(scenario, "lead1"), made_for(scenario, "lead1", "team1")
    for path in (own, team):
        fetched(client, path)
    found = company()
    one, two = found.teams["team1"], found.teams["team2"]
    (lead,) = one.duty["lead"]
    other = {"team2": replace(two, duty={**two.duty, "lead": (lead,)})}
    without = {"team1": replace(one, duty={**one.duty, "lead": ()})}
    scenario.product.file.fresh_roster()
    scenario.product.file.keep_roster(replace(found, teams={**found.teams, **without, **other}))
    fetched(client, own), fetched(client, team, 404)
    scenario.product.file.keep_roster(replace(found, teams={**found.teams, **without}))
    fetched(client, own, 404)


def test_disabled_or_signed_out_person_has_no_feed(scenario: Scenario, client: Any) -> None:
    """A disabled account, or one whose sessions were all ended, has no feed from before."""
    path = made_for(scenario, "zhao")
    fetched(client, path)
    scenario.later(HOUR)
    scenario.product.staff.disable("zhao")
    fetched(client, path, 404)
    scenario.product.staff.enable("zhao")
    scenario.later(HOUR)
    fetched(client, path)
    scenario.later(HOUR)
    scenario.product.staff.sign_out("zhao", scenario.time)
    fetched(client, path, 404)


def test_renewed_and_ended_addresses_stop_at_once(scenario: Scenario, client: Any) -> None:
    """A renewed feed has another address, and the former is unknown. The page shows an address until it is
    ended, in both languages."""
    first = made(client, scenario, "zhao")
    second = made(client, scenario, "zhao", language="zh")
    fetched(client, first, 404), fetched(client, second)
    desk = Desk(client, scenario, "zhao", "zh")
    assert PATH.findall(desk.get("/desk/calendar")) == [second]
    desk.post("/desk/calendar", {"do": "end", "team": ""})
    fetched(client, second, 404)
    assert "停用" not in re.sub(r"<p.*?</p>", "", desk.get("/desk/calendar"))
    scenario.later(400 * DAY)


def test_nobody_makes_a_feed_of_a_team_that_they_do_not_work_in(scenario: Scenario, client: Any) -> None:
    """A handler can make feeds of own teams only, a supervisor of all teams, and a person outside the roster
    of none."""
    scenario.product.file.keep_roster(company())
    Desk(client, scenario, "zhao").post("/desk/calendar", {"do": "make", "team": "team1"}, 403)
    assert made(client, scenario, "zhou", "team1")
    page = Desk(client, scenario, "auditor").get("/desk/calendar")
    assert "The roster does not have you" in visible(page)
    Desk(client, scenario, "auditor").post("/desk/calendar", {"do": "make", "team": ""}, 403)
    Desk(client, scenario, "zhao").post("/desk/calendar", {"do": "steal", "team": ""}, 403)


def test_unchanged_feed_is_not_sent_again(scenario: Scenario, client: Any) -> None:
    """A program that has the feed gets 304 without a body, until something changes."""
    ref = scenario.submit().ref
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    path = made_for(scenario, "zhao")
    tag = fetched(client, path).headers["ETag"]
    scenario.later(HOUR)
    again = fetched(client, path, 304, **{"If-None-Match": tag})
    assert (again.body, again.headers["ETag"]) == (b"", tag)
    scenario.move(SUN, "assign", ref, to="sun")
    assert fetched(client, path, **{"If-None-Match": tag}).headers["ETag"] != tag


def test_a_fetch_costs_five_calls_however_many_cases_there_are(
    scenario: Scenario, client: Any, calls: Calls
) -> None:
    """Fetching reads the feed, the person, the roster and one page of a list, and counts the fetch."""
    scenario.product.file.keep_roster(company())
    path = made_for(scenario, "lead1", "team1")
    fetched(client, path), calls.made()
    for most in (0, 700):
        stored([listed(n, "team1", scenario.time + DAY, "received", None) for n in range(most)])
        scenario.later(HOUR)
        scenario.product.file.roster(), calls.made()
        body = fetched(client, path).body
        assert calls.made() == {"GetItem": 3, "Query": 1, "UpdateItem": 1}
        assert body.count(b"BEGIN:VEVENT") == min(most, 500)


def test_a_stranger_cannot_lock_a_person_out(scenario: Scenario, client: Any) -> None:
    """Wrong addresses use up the limit of the network that asks, and a right one still works from there. A
    program that asks too often locks only its own calendar."""
    right, other = made_for(scenario, "zhao"), made_for(scenario, "sun")
    wrong = FEED.format(secret="a" * 26)
    ceilings = CEILINGS["calendar"]
    for n in range(ceilings[("network",)].most + 1):
        fetched(client, wrong, 404 if n < ceilings[("network",)].most else 429)
    for n in range(ceilings[("account",)].most + 1):
        fetched(client, right, 200 if n < ceilings[("account",)].most else 429)
    fetched(client, other)


@pytest.mark.parametrize("secret", ["x", "A" * 26, "a" * 27, "%E4%B8%80" * 26, "' OR 1=1", "..%2Fetc"])
def test_an_address_in_another_form_is_unknown(scenario: Scenario, client: Any, secret: str) -> None:
    """Any other text in place of the secret is answered like an unknown address, and read nowhere."""
    assert client.http.get(FEED.format(secret=secret)).status_code in (404, 400)


def test_the_secret_of_a_feed_is_logged_nowhere(
    scenario: Scenario, client: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lines about requests to a feed, known and unknown, hold the route and not the address. Metrics do not
    hold it either, and the table has no secret."""
    path = made_for(scenario, "zhao")
    secret = path.split("/")[2]
    capsys.readouterr()
    fetched(client, path), fetched(client, FEED.format(secret="b" * 26), 404)
    printed = capsys.readouterr()
    assert FEED in printed.out
    assert secret not in printed.out + printed.err
    assert "b" * 26 not in printed.out + printed.err
    from chalicelib.aws.rows import Secret

    assert not any(secret in str(row.attribute_values) for row in Secret.scan())


@given(name=st.text(max_size=200), summary=st.text(max_size=300))
def test_any_text_is_read_as_it_was_written(name: str, summary: str) -> None:
    """A library that is not ours reads the summary that was written, without line breaks and controls."""
    start = datetime(2026, 2, 20, 15, 59, tzinfo=UTC)
    event = ics.FeedEvent("1@redress", 0, start, None, summary, "https://redress.example/desk", False)
    body = ics.feed(name, [event], start)
    assert max(map(len, body.split(b"\r\n"))) <= 75
    if summary.isprintable():
        assert vobject.readOne(body.decode()).vevent.summary.value == " ".join(summary.split())
