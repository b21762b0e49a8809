"""Each dependency breaks in turn: the right alarms rise, no others, and fall once it is repaired."""
from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, NamedTuple

import botocore.handlers
import pytest
from botocore.awsrequest import AWSResponse

from chalicelib.correspondence import Rejected
from chalicelib.documents import FontMissing
from chalicelib.domain.calendar import stamp
from chalicelib.domain.register import Register
from chalicelib.domain.roster import Hours
from chalicelib.paperwork import Paper, Paperwork, SealFailed
from infra import build, template
from infra.alarms import ALARM, MINUTE, OK, UNKNOWN, Alarm, Metric, Point, Record, judged, told
from infra.resources import described
from tests.casework.post import FakePost
from tests.casework.test_cover import ZHENG, manned
from tests.house import DAY, HOUR, T0, House
from tests.web.test_mediators_page import mediator


def alarms(tree: dict[str, Any]) -> dict[str, Alarm]:
    """The alarms of a template's resources."""
    stack = described("us-east-1")
    return {name: Alarm.of(name, resource["Properties"], stack)
            for name, resource in tree.items() if resource.get("Type") == "AWS::CloudWatch::Alarm"}


ALARMS = alarms(template.infrastructure()["Resources"])
SOURCE = "".join(path.read_text("utf-8") for path in (build.ROOT / "chalicelib").rglob("*.py"))


def ours(name: str) -> Metric:
    """A metric of the application on this stack."""
    return Metric("Redress", name, frozenset({("Stack", "redress")}))


def of(service: str, name: str, **dimensions: str) -> Metric:
    """A metric that AWS itself reports."""
    return Metric(f"AWS/{service}", name, frozenset(dimensions.items()))


class Series(NamedTuple):
    """What is reported of a metric each minute while all is well and while it is not; None: nothing."""

    metric: Metric
    well: float | None
    ill: float | None


def depth(queue: str) -> Series:
    """Messages in a dead-letter queue."""
    return Series(of("SQS", "ApproximateNumberOfMessagesVisible", QueueName=queue), 0, 1)


def age(queue: str, ill: float) -> Series:
    """The age of the oldest message, in seconds."""
    return Series(of("SQS", "ApproximateAgeOfOldestMessage", QueueName=queue), 0, ill)


def errors(function: str) -> Series:
    """Runs of a function that ended in an error."""
    return Series(of("Lambda", "Errors", FunctionName=function), 0, 1)


def throttles(name: str, index: str = "") -> Metric:
    """Requests that the table, or one of its indexes, refused."""
    return of("DynamoDB", name, TableName="Table", **({"GlobalSecondaryIndexName": index} if index else {}))


COMING = {
    "OldestOverdueAlarm": Series(ours("OldestOverdueSeconds"), 0, 301),
    "OldestLetterAlarm": Series(ours("OldestLetterSeconds"), 0, 901),
    "ParkedNowAlarm": Series(ours("ParkedNow"), 0, 1),
    "LettersParkedAlarm": Series(ours("LettersParked"), None, 1),
    "LettersNotSentAlarm": Series(ours("LettersNotSent"), None, 1),
    "StaffAddressRefusesAlarm": Series(ours("StaffAddressRefuses"), None, 1),
    "ShardFailedAlarm": Series(ours("ShardFailed"), None, 1),
    "WalkFailedAlarm": Series(ours("WalkFailed"), None, 1),
    "MailStandsStillAlarm": Series(ours("MailStandsStill"), 0, 1),
    "MailHeldAlarm": Series(ours("MailHeld"), 0, 1),
    "ClockHeldAlarm": Series(ours("ClockHeld"), 0, 1),
}
"""What the application does not report yet, or not each minute; once it does, BREAKS captures it."""
BY_AWS = {
    "ClockDeadAlarm": depth("ClockDead"), "ClockAgeAlarm": age("ClockQueue", 301),
    "LettersDeadAlarm": depth("LettersDead"), "LettersAgeAlarm": age("LettersQueue", 901),
    "PostEventsDeadAlarm": depth("PostEventsDead"), "PostEventsAgeAlarm": age("PostEventsQueue", 1801),
    "FilesDeadAlarm": depth("FilesDead"), "FilesAgeAlarm": age("FilesQueue", 901),
    "DocumentsDeadAlarm": depth("DocumentsDead"), "DocumentsAgeAlarm": age("DocumentsQueue", 1801),
    "APIHandlerErrors": errors("APIHandler"), "ClockErrors": errors("Clock"), "CoverErrors": errors("Cover"),
    "WalkErrors": errors("Walk"), "LettersErrors": errors("Letters"),
    "PostEventsErrors": errors("PostEvents"), "FilesErrors": errors("Files"),
    "DocumentsErrors": errors("Documents"),
    "SiteErrorsAlarm": Series(of("ApiGateway", "5XXError", ApiName="redress"), 0, 1),
    "FunctionsThrottledAlarm": Series(of("Lambda", "Throttles", FunctionName="Walk"), 0, 1),
    "TableThrottledAlarm": Series(throttles("WriteThrottleEvents", "list"), None, 3),
}
"""What AWS reports of its services."""


class Watch:
    """A house under observation: what it prints, what AWS reports beside it, and time, minute by minute."""

    def __init__(self, house: House, capsys: pytest.CaptureFixture[str]) -> None:
        self.house, self._capsys, self.points, self._last = house, capsys, list[Point](), list[Point]()
        manned(house)
        for hours in range(8, 0, -1):                           # it has run for some time
            house.time = T0 - hours * HOUR
            house.product.cover.watch()
        house.time = T0
        self.minutes(10)

    def minutes(self, many: int, clock: bool = True, cover: bool = True) -> None:
        """So many minutes, with the clock running or not, and each hour's look at the roster or not."""
        for _ in range(many):
            if clock:
                self._tick()
            self.house.post()
            self._last = self._read()
            if cover and self.house.time.minute == 0:
                self.house.product.cover.watch()
                self._read()
            self.house.later(MINUTE)

    def quiet(self, many: int, cover: bool = True) -> None:
        """So many minutes like the first: in between the clock is not run, what it reported is copied."""
        self.minutes(1, cover=cover)
        for _ in range(many - 1):
            if self.house.time.minute == 0:
                self.minutes(1, cover=cover)
            else:
                self.points += [point._replace(at=self.house.time) for point in self._last]
                self.house.later(MINUTE)

    def reports(self, metric: Metric, value: float = 1) -> None:
        """AWS reports something of its own."""
        self.points.append(Point(metric, self.house.time, value))

    def _tick(self) -> None:
        try:
            self.house.minute()
        except Exception:
            self.reports(BY_AWS["ClockErrors"].metric)          # Lambda counts what its function raises
            return
        for series in COMING.values():
            if series.well is not None:
                self.reports(series.metric, series.well)

    def _read(self) -> list[Point]:
        """What was printed, and reported by hand, in this minute."""
        self.points += [point for line in self._capsys.readouterr().out.splitlines() for point in told(line)]
        return [point for point in self.points if point.at == self.house.time]


@pytest.fixture
def watch(faults: Faults, house: House, capsys: pytest.CaptureFixture[str]) -> Watch:
    """A house that has been well for some time."""
    return Watch(house, capsys)


class Faults:
    """The table as AWS throttles it, when told to; each refused call is counted by table or index."""

    def __init__(self) -> None:
        self.throttled, self.refused = False, list[Metric]()

    def answer(self, model: Any, params: Any, **_: Any) -> Any:
        """What the service answers instead of doing the call."""
        if not self.throttled or model.service_model.service_name != "dynamodb":
            return None
        self.refused.append(throttles("ReadThrottleEvents", json.loads(params["body"]).get("IndexName", "")))
        code = {"Code": "ProvisionedThroughputExceededException", "Message": "slow down"}
        return AWSResponse("", 400, {}, None), {"Error": code, "ResponseMetadata": {"HTTPStatusCode": 400}}


@pytest.fixture
def faults() -> Iterator[Faults]:
    """Asked for before `house`, whose clients must be made after it."""
    found = Faults()
    hook = ("before-call", found.answer)
    botocore.handlers.BUILTIN_HANDLERS.append(hook)
    yield found
    botocore.handlers.BUILTIN_HANDLERS.remove(hook)


# What breaks. Each breaks something, lets time pass, yields, and repairs it.

Break = Callable[[Watch, Any], Iterator[None]]


def the_clock_stops(watch: Watch, _: Any) -> Iterator[None]:
    """No schedule fires."""
    watch.minutes(8, clock=False)
    yield
    watch.minutes(8)


def the_cover_schedule_stops(watch: Watch, _: Any) -> Iterator[None]:
    """The hourly one neither."""
    watch.quiet(7 * 60, cover=False)
    yield
    watch.quiet(4 * 60)


def a_role_is_empty(watch: Watch, _: Any) -> Iterator[None]:
    """The executive is away tomorrow, and has no deputy."""
    now = watch.house.time
    watch.house.product.cover.away(ZHENG, "wu", Hours(now + 20 * HOUR, now + 30 * HOUR))
    watch.quiet(2 * 60)
    yield
    manned(watch.house)
    watch.quiet(3 * 60)


def a_qualification_ends(watch: Watch, _: Any) -> Iterator[None]:
    """A mediator's, in 30 days."""
    ending = mediator(until=watch.house.time.date() + timedelta(days=30))
    watch.house.product.cover.register(lambda register: Register({ending.id: ending}))
    watch.quiet(2 * 60)
    yield
    watch.house.product.cover.register(lambda register: Register({}))
    watch.quiet(3 * 60)


def a_complaint_is_left_alone(watch: Watch, _: Any) -> Iterator[None]:
    """For a day, another one for twelve: nobody decides."""
    now = watch.house.time
    for days in (1, 12):
        watch.house.time = now - days * DAY
        watch.house.submit()
        watch.house.post()
    watch.house.time = now
    watch.minutes(2)
    yield
    watch.quiet(10)


def an_address_cannot_be(watch: Watch, _: Any) -> Iterator[None]:
    """The provider will never take the letter."""
    post = FakePost.into(watch.house)
    post.trouble = Rejected("header")
    watch.house.submit()
    watch.minutes(1)
    yield
    post.trouble = None
    watch.quiet(10)


def a_case_cannot_be_read(watch: Watch, _: Any) -> Iterator[None]:
    """Its row is broken."""
    from chalicelib.aws import rows
    case = watch.house.submit()
    watch.house.post()
    row = rows.Row.get(rows.case(case.ref), rows.HEAD)
    row.update(actions=[rows.Row.body.set("{}"), rows.Row.look_at.set(stamp(watch.house.time))])
    watch.minutes(128)
    yield
    watch.quiet(10)


def a_font_is_missing(watch: Watch, _: Any) -> Iterator[None]:
    """The documents worker cannot set an agreement."""
    def missing(*_: Any) -> bytes:
        raise FontMissing("NotoSansSC-Regular.ttf")
    paper = Paper("123456789018", 1, {}, (), "", T0, False, None)
    office: Any = SimpleNamespace(agreement=missing)
    archive: Any = None
    worker = Paperwork(lambda _: paper, lambda _: {}, print, office, archive, watch.house.product.meters)
    with pytest.raises(SealFailed):
        worker.make(paper.ref)
    watch.minutes(1)
    yield
    watch.quiet(10)


def the_table_is_throttled(watch: Watch, given: Any) -> Iterator[None]:
    """Every call to it; callers of the site are told to come again."""
    client, faults = given
    case = watch.house.submit()
    stranger = {"Authorization": f"Bearer p1-1-{'a' * 26}"}
    watch.minutes(1)
    faults.throttled = True
    for _ in range(8):
        assert client.http.get(f"/v1/cases/{case.ref}", headers=stranger).status_code == 503
        watch.reports(BY_AWS["SiteErrorsAlarm"].metric)
        watch.minutes(1)
        for metric in faults.refused:
            watch.points.append(Point(metric, watch.house.time - MINUTE, 1))
        faults.refused.clear()
    yield
    faults.throttled = False
    watch.quiet(30)


SILENCE = {"OldestOverdueAlarm", "OldestLetterAlarm"}
BREAKS: dict[Break, set[str]] = {
    the_clock_stops: {"ClockHeartbeatAlarm", *SILENCE},
    the_cover_schedule_stops: {"CoverHeartbeatAlarm"},
    a_role_is_empty: {"EmptyRolesAlarm"},
    a_qualification_ends: {"MediatorsExpiringAlarm"},
    a_complaint_is_left_alone: {"AcknowledgementMissedAlarm", "LadderExhaustedAlarm"},
    an_address_cannot_be: {"LettersGivenUpAlarm"},
    a_case_cannot_be_read: {"ParkedAlarm", "UnhandledErrorAlarm"},
    a_font_is_missing: {"SealFailedAlarm"},
    the_table_is_throttled: {*SILENCE, "TableThrottledAlarm", "ClockErrors", "Answered503Alarm",
                             "SiteErrorsAlarm"},
}
"""What breaks in the running application, and the alarms that rise, no others."""


def rising(record: Record, start: datetime, end: datetime, since: datetime) -> set[str]:
    """The alarms that rise at any time from `since` on."""
    return {name for name, alarm in ALARMS.items()
            if any(state == ALARM for at, state in alarm.states(record, start, end) if at > since)}


def at_end(record: Record, start: datetime, end: datetime) -> set[str]:
    """The alarms that stand in the end."""
    return {name for name, alarm in ALARMS.items() if list(alarm.states(record, start, end))[-1][1] == ALARM}


@pytest.mark.parametrize("breaks", BREAKS, ids=lambda breaks: breaks.__name__)
def test_what_breaks_raises_its_alarms_and_repaired_they_fall(
        breaks: Break, watch: Watch, faults: Faults, client: Any) -> None:
    """While all is well none stands; broken, those and no others rise; repaired, all have fallen."""
    began = watch.house.time
    life = breaks(watch, (client, faults))
    next(life)
    broken = watch.house.time
    assert list(life) == []
    record = Record(watch.points)
    assert at_end(record, T0, began) == set()
    assert rising(record, T0, broken, began) == BREAKS[breaks]
    assert at_end(record, T0, watch.house.time) == set()


BY_HAND = COMING | BY_AWS


@pytest.mark.parametrize("name", BY_HAND)
def test_what_is_reported_raises_its_alarm_and_no_other(name: str) -> None:
    """Ten minutes well, half an hour ill, half an hour well again, with everything else well."""
    others = [series._replace(ill=series.well) for series in COMING.values() if series is not BY_HAND[name]]
    beats = [Series(ours("ClockHeartbeat"), 1, 1), *others]
    ill, end = range(10, 40), 75
    points = [Point(ours("CoverHeartbeat"), T0 + hour * HOUR, 1) for hour in range(-8, 2)]
    for minute in range(-10, end):
        for series in (*beats, BY_HAND[name]):
            value = series.ill if minute in ill else series.well
            points += [Point(series.metric, T0 + minute * MINUTE, value)] if value is not None else []
    record = Record(points)
    assert rising(record, T0, T0 + 10 * MINUTE, T0) == set()
    assert rising(record, T0, T0 + 40 * MINUTE, T0) == {name}
    assert at_end(record, T0, T0 + end * MINUTE) == set()


def test_a_failing_walk_shows_within_three_minutes() -> None:
    """The walk itself reports it, long before its message reaches the dead-letter queue."""
    record = Record([Point(ours("WalkFailed"), T0, 1)])
    states = ALARMS["WalkFailedAlarm"].states(record, T0, T0 + HOUR)
    first = next(at for at, state in states if state == ALARM)
    assert first - T0 <= 3 * MINUTE


def test_another_stack_neither_hides_nor_raises_an_alarm() -> None:
    """The clock of production is dead while that of staging beats and counts errors."""
    staging = frozenset({("Stack", "staging")})
    beat, parked = (Metric("Redress", name, staging) for name in ("ClockHeartbeat", "Parked"))
    record = Record(Point(metric, T0 + n * MINUTE, 1) for n in range(30) for metric in (beat, parked))
    assert "ClockHeartbeatAlarm" in rising(record, T0, T0 + 30 * MINUTE, T0 + 6 * MINUTE)
    assert "ParkedAlarm" not in rising(record, T0, T0 + 30 * MINUTE, T0)


# The closed world

def test_the_package_has_these_very_alarms(resources: dict[str, Any]) -> None:
    """What is judged here is what is deployed; API Gateway reports the site by the name of the stack."""
    assert alarms(resources) == ALARMS
    assert resources["RestAPI"]["Properties"]["DefinitionBody"]["info"]["title"] == {"Ref": "AWS::StackName"}


def test_every_alarm_has_a_case() -> None:
    """An alarm that nobody has seen rise and fall may never ring, or never stop."""
    assert set().union(BY_HAND, *BREAKS.values()) == ALARMS.keys()


def test_every_alarm_says_how_it_takes_silence() -> None:
    """Left open, it would say that it knows too little, which wakes nobody."""
    for alarm in ALARMS.values():
        assert alarm.properties["TreatMissingData"] == alarm.missing
        assert alarm.missing in ("breaching", "notBreaching", "ignore")


def test_every_metric_of_ours_is_reported_by_the_application_with_these_dimensions() -> None:
    """By its name, of this stack; what is coming is not there yet, and leaves the list when it is."""
    coming = {series.metric.name for series in COMING.values()} - {"OldestOverdueSeconds"}
    for alarm in ALARMS.values():
        for metric, _, _ in alarm.metrics.values():
            if metric.namespace == "Redress":
                assert metric == ours(metric.name)
                assert (f'"{metric.name}"' in SOURCE) != (metric.name in coming), metric.name
            else:
                assert re.fullmatch(r"AWS/(Lambda|SQS|DynamoDB|ApiGateway)", metric.namespace)


def test_a_team_is_reported_beside_the_house(product: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """With a team a value counts twice: for the stack, which alarms watch, and for the team on it."""
    product.meters.count("SurveyScore", 4, "None", "general")
    product.meters.count("Parked")
    points = [point for line in capsys.readouterr().out.splitlines() for point in told(line)]
    assert [(dict(point.metric.dimensions), point.value) for point in points] == [
        ({"Stack": "redress"}, 4), ({"Stack": "redress", "Team": "general"}, 4), ({"Stack": "redress"}, 1)]


# The judge itself

@pytest.mark.parametrize(("seen", "enough", "breaching", "well", "ignored", "unknown"), [
    ("0-X-X", 3, OK, OK, OK, OK), ("----0", 3, OK, OK, OK, OK), ("-----", 3, ALARM, OK, "before", UNKNOWN),
    ("0XX-X", 3, ALARM, ALARM, ALARM, ALARM), ("--X--", 3, ALARM, OK, "before", ALARM),
    ("0-X-X", 2, ALARM, ALARM, ALARM, ALARM), ("00X0X", 2, ALARM, ALARM, ALARM, ALARM),
    ("0-X--", 2, ALARM, OK, OK, OK), ("----0", 2, ALARM, OK, OK, OK),
    ("---X-", 2, ALARM, OK, "before", ALARM),
])
def test_silence_is_judged_as_the_guide_says(
        seen: str, enough: int, breaching: str, well: str, ignored: str, unknown: str) -> None:
    """Its two tables for alarms of three periods, the newest at the right: X breaches, - is silent."""
    found = [{"X": True, "0": False, "-": None}[one] for one in reversed(seen)]
    ways = ("breaching", "notBreaching", "ignore", "missing")
    assert [judged(found, 3, enough, way, "before") for way in ways] == [breaching, well, ignored, unknown]
