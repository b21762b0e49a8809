"""Alarms under failure: each dependency breaks in turn, exactly its alarms rise, and they fall after the
repair."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from botocore.awsrequest import AWSResponse

from chalicelib.aws.post import Ses
from chalicelib.aws.seal import KmsKey
from chalicelib.cases.casework import KeptOther
from chalicelib.delivery.correspondence import Standstill, Unreachable
from chalicelib.documents import FontMissing, RenderFailed
from chalicelib.documents.paperwork import Paper, Paperwork, SealFailed
from chalicelib.domain.calendar import stamp
from chalicelib.domain.holds import Switching
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Undelivered
from chalicelib.domain.register import Register
from chalicelib.domain.roster import Hours
from chalicelib.operations.integrity import Cursor
from chalicelib.workers import handlers
from chalicelib.workers.batch import ScheduleFailed
from infra import build, template
from infra.alarms import (
    ALARM,
    MINUTE,
    OK,
    UNKNOWN,
    Alarm,
    Composite,
    Metric,
    Point,
    Record,
    judged,
    points_of,
)
from infra.resources import described
from tests.aws_calls import observed_calls
from tests.casework.manned import ZHENG, manned
from tests.casework.post import FakePost
from tests.casework.unrendered import broken
from tests.closed import complete
from tests.documents.conftest import Key
from tests.domain.registered import mediator
from tests.scenario import DAY, HOUR, SUN, T0, WANG, Scenario
from tests.web.events import context, message, schedule


def alarms(tree: dict[str, Any]) -> dict[str, Alarm]:
    """Return the alarms among a template's resources, by logical id."""
    stack = described("us-east-1")
    return {
        name: Alarm.of(name, resource["Properties"], stack)
        for name, resource in tree.items()
        if resource.get("Type") == "AWS::CloudWatch::Alarm"
    }


ALARMS = alarms(template.infrastructure()["Resources"])
RISK = "PromisesAtRisk"
COMPOSITE = {
    name: Composite(described("us-east-1").resolve(resource["Properties"]["AlarmRule"]))
    for name, resource in template.infrastructure()["Resources"].items()
    if resource.get("Type") == "AWS::CloudWatch::CompositeAlarm"
}
SOURCE = "".join(path.read_text("utf-8") for path in (build.ROOT / "chalicelib").rglob("*.py"))


def ours(name: str) -> Metric:
    """Return a metric of the application on this stack."""
    return Metric("Redress", name, frozenset({("Stack", "redress")}))


def of(service: str, name: str, **dimensions: str) -> Metric:
    """Return a metric that AWS itself reports."""
    return Metric(f"AWS/{service}", name, frozenset(dimensions.items()))


class Series(NamedTuple):
    """A metric with its value of each minute, in health (`well`) and in failure (`ill`); None for no
    report."""

    metric: Metric
    well: float | None
    ill: float | None


def depth(queue: str) -> Series:
    """Return the series of messages in a dead-letter queue."""
    return Series(of("SQS", "ApproximateNumberOfMessagesVisible", QueueName=queue), 0, 1)


def age(queue: str, ill: float) -> Series:
    """Return the series of the age of a queue's oldest message, in seconds."""
    return Series(of("SQS", "ApproximateAgeOfOldestMessage", QueueName=queue), 0, ill)


def errors(function: str) -> Series:
    """Return the series of a function's failed runs."""
    return Series(of("Lambda", "Errors", FunctionName=function), 0, 1)


def throttles(name: str, index: str = "") -> Metric:
    """Return the metric of requests that the table, or one of its indexes, refused."""
    return of("DynamoDB", name, TableName="Table", **({"GlobalSecondaryIndexName": index} if index else {}))


BY_AWS = {
    "ClockDeadAlarm": depth("ClockDead"),
    "ClockAgeAlarm": age("ClockQueue", 901),
    "LettersDeadAlarm": depth("LettersDead"),
    "LettersAgeAlarm": age("LettersQueue", 901),
    "PostDeadAlarm": depth("PostDead"),
    "PostAgeAlarm": age("PostQueue", 901),
    "PostEventsDeadAlarm": depth("PostEventsDead"),
    "PostEventsAgeAlarm": age("PostEventsQueue", 1801),
    "MailsDeadAlarm": depth("MailsDead"),
    "MailsAgeAlarm": age("MailsQueue", 901),
    "FilesDeadAlarm": depth("FilesDead"),
    "FilesAgeAlarm": age("FilesQueue", 901),
    "DocumentsDeadAlarm": depth("DocumentsDead"),
    "DocumentsAgeAlarm": age("DocumentsQueue", 1801),
    "RecordDeadAlarm": depth("RecordDead"),
    "RecordAgeAlarm": age("RecordQueue", 7201),
    "APIHandlerErrors": errors("APIHandler"),
    "ClockErrors": errors("Clock"),
    "CoverErrors": errors("Cover"),
    "RecordErrors": errors("Record"),
    "WatchErrors": errors("Watch"),
    "NightErrors": errors("Night"),
    "WordsErrors": errors("Words"),
    "SeekErrors": errors("Seek"),
    "DestroyErrors": errors("Destroy"),
    "AccountsErrors": errors("Accounts"),
    "HooksErrors": errors("Hooks"),
    "FetchErrors": errors("Fetch"),
    "WalkErrors": errors("Walk"),
    "LettersErrors": errors("Letters"),
    "PostErrors": errors("Post"),
    "PostEventsErrors": errors("PostEvents"),
    "MailsErrors": errors("Mails"),
    "FilesErrors": errors("Files"),
    "DocumentsErrors": errors("Documents"),
    "SiteErrorsAlarm": Series(of("ApiGateway", "5XXError", ApiName="redress"), 0, 1),
    "FirewallAlarm": Series(
        of("WAFV2", "BlockedRequests", WebACL="redress", Region="us-east-1", Rule="ALL"), 0, 100
    ),
    "CopiesFailAlarm": Series(
        of(
            "S3",
            "OperationsFailedReplication",
            SourceBucket="Evidence",
            DestinationBucket="none",
            RuleId="evidence",
        ),
        0,
        1,
    ),
    "FunctionsThrottledAlarm": Series(of("Lambda", "Throttles", FunctionName="Clock"), 0, 1),
    "WorkersThrottledAlarm": Series(of("Lambda", "Throttles", FunctionName="Walk"), 0, 1),
    "TableThrottledAlarm": Series(throttles("ReadThrottleEvents"), None, 3),
    "IndexesThrottledAlarm": Series(throttles("WriteThrottleEvents", "pool"), None, 3),
    "BouncesAlarm": Series(of("SES", "Reputation.BounceRate"), 0.02, 0.03),
    "BouncesHighAlarm": Series(of("SES", "Reputation.BounceRate"), 0.02, 0.05),
    "SpamReportsAlarm": Series(of("SES", "Reputation.ComplaintRate"), 0.0005, 0.0008),
    "SpamReportsHighAlarm": Series(of("SES", "Reputation.ComplaintRate"), 0.0005, 0.001),
}
"""The alarms on metrics of AWS services, each with its series."""
WITH = {"BouncesHighAlarm": {"BouncesAlarm"}, "SpamReportsHighAlarm": {"SpamReportsAlarm"}}
"""The alarms with a lower limit on the same metric, which rise too."""


class Watch:
    """A scenario under observation minute by minute: its printed metrics and the reports of AWS."""

    def __init__(self, scenario: Scenario, capsys: pytest.CaptureFixture[str]) -> None:
        self.scenario, self._capsys = scenario, capsys
        self.points, self._last, self._refused = list[Point](), list[Point](), list[Metric]()
        manned(scenario)
        scenario.time = T0 - HOUR
        self._hour()
        hour = self._read()
        self.points += [  # as if the scenario had run like this for seven hours
            point._replace(at=point.at - ago * HOUR) for ago in range(1, 8) for point in hour
        ]
        scenario.time = T0
        self.quiet(10)

    def minutes(
        self,
        many: int,
        clock: bool = True,
        walks: bool = True,
        hourly: bool = True,
        accounts: bool = True,
        hooks: bool = True,
        fetch: bool = True,
    ) -> None:
        """Let so many minutes pass. Each flag False stops one part: the clock, the walks it asks for, the
        hourly check of the roster, the check of accounts, the sending of webhooks, the
        fetching of mails."""
        for _ in range(many):
            if clock:
                self._scheduled(handlers.clock, "ClockErrors")
            if accounts:
                self._scheduled(handlers.accounts, "AccountsErrors")
            if hooks:
                self._scheduled(handlers.hooks, "HooksErrors")
            if fetch:
                self._scheduled(handlers.fetch, "FetchErrors")
            self._work("LETTERS_QUEUE", *(("CLOCK_QUEUE", "POST_QUEUE") if walks else ()))
            self.points += [Point(metric, self.scenario.time, 1) for metric in self._refused]
            self._refused.clear()
            self._last = self._read()
            if hourly and self.scenario.time.minute == 0:
                self._hour()
                self._read()
            self.scenario.later(MINUTE)

    def quiet(self, many: int, hourly: bool = True) -> None:
        """Let so many minutes pass without running the clock: the reports of the first minute are copied.
        Whole hours are played."""
        for n in range(many):
            if n == 0 or self.scenario.time.minute == 0:
                self.minutes(1, hourly=hourly)
            else:
                self.points += [point._replace(at=self.scenario.time) for point in self._last]
                self.scenario.later(MINUTE)

    def eight_tries(self) -> None:
        """Let a failure be retried after one minute, two, four and so on; the eighth try parks it."""
        for n in range(7):
            self.minutes(1)
            self.quiet(2**n - 1)
        self.minutes(2)

    @contextmanager
    def throttled(self, refuses: Callable[[dict[str, Any]], bool]) -> Iterator[None]:
        """Make the table refuse the calls that `refuses` picks by their body. Each refusal counts for its
        table or index."""

        def answer(model: Any, params: Any, **_: Any) -> Any:
            if model.service_model.service_name != "dynamodb" or not refuses(
                asked := json.loads(params["body"])
            ):
                return None
            self._refused.append(throttles("ReadThrottleEvents", asked.get("IndexName", "")))
            code = {"Code": "ProvisionedThroughputExceededException", "Message": "slow down"}
            return AWSResponse("", 400, {}, None), {
                "Error": code,
                "ResponseMetadata": {"HTTPStatusCode": 400},
            }

        with observed_calls("before-call", answer):
            yield

    def reports(self, metric: Metric, value: float = 1) -> None:
        """Record a report of AWS."""
        self.points.append(Point(metric, self.scenario.time, value))

    def _hour(self) -> None:
        """Run the hourly work, and report the heartbeat of the nightly work."""
        self.scenario.product.cover.watch()
        self.scenario.product.record.hour()
        self.scenario.product.destruction.hour(lambda: 600_000)
        self.scenario.product.word_writer.run(lambda: 600_000)
        self.scenario.watch()
        self.scenario.product.meters.count("NightHeartbeat")

    def _scheduled(self, function: Any, errors: str) -> None:
        try:
            function(schedule(), context())
        except ScheduleFailed:
            self.reports(BY_AWS[errors].metric)  # Lambda counts what its function raises

    def _work(self, *queues: str) -> None:
        woken = {"LETTERS_QUEUE": handlers.letters, "CLOCK_QUEUE": handlers.walk, "POST_QUEUE": handlers.post}
        for queue in queues:
            for task in self.scenario._tasks(queue):
                woken[queue](message(task), context())

    def _read(self) -> list[Point]:
        """Return the points of this minute, printed or reported by hand."""
        self.points += [
            point for line in self._capsys.readouterr().out.splitlines() for point in points_of(line)
        ]
        return [point for point in self.points if point.at == self.scenario.time]


@pytest.fixture
def watch(scenario: Scenario, capsys: pytest.CaptureFixture[str]) -> Watch:
    """A scenario that has been healthy for some time."""
    return Watch(scenario, capsys)


# The failures. Each breaks a part, lets time pass, yields, and repairs the part.

Break = Callable[[Watch, Any], Iterator[None]]


def left_alone(watch: Watch, since: timedelta) -> Case:
    """File a complaint that long ago; no officer has decided on it."""
    now = watch.scenario.time
    watch.scenario.time = now - since
    case = watch.scenario.submit()
    watch.scenario.post()
    watch.scenario.time = now
    return case


def accepted(watch: Watch) -> Case:
    """Accept a complaint now; its letter matters although it opens no window."""
    case = left_alone(watch, HOUR)
    watch.scenario.move(SUN, "assign", case.ref, to="zhao")
    return watch.scenario.move(WANG, "accept", case.ref)


def put_back() -> None:
    """Make each parked row due again."""
    from chalicelib.aws import rows
    from chalicelib.aws.due_index import parked

    for due in parked():
        shard = rows.shard(due.ref) if due.kind == "CASE" else rows.post_shard(due.ref, 0)
        row = rows.Row(rows.case(due.ref), rows.key(due.kind, due.id))
        row.update(actions=[rows.Row.shard.set(shard), rows.Row.faults.remove()])


def the_clock_stops(watch: Watch, _: Any) -> Iterator[None]:
    """No schedule of the clock fires."""
    watch.minutes(8, clock=False)
    yield
    watch.quiet(8)


def the_hourly_schedules_stop(watch: Watch, _: Any) -> Iterator[None]:
    """No hourly schedule fires for seven hours."""
    watch.quiet(7 * 60, hourly=False)
    yield
    watch.quiet(4 * 60)


def the_check_of_the_record_falls_behind(watch: Watch, _: Any) -> Iterator[None]:
    """The check of a shard has not finished for three days."""
    from chalicelib.aws import rows

    record, then = watch.scenario.product.record, watch.scenario.time - 3 * DAY
    shard = rows.shard(accepted(watch).ref)
    record.watch(shard, lambda: 60_000, again=True)
    record.cursors.keep(shard, Cursor(then, then.date(), began=then))
    record.watch(shard, lambda: 0, rest=True)
    watch.minutes(1)
    yield
    watch.quiet(130)


def an_hour_has_no_list(watch: Watch, _: Any) -> Iterator[None]:
    """The last hourly list is deleted."""
    product = watch.scenario.product
    *_, last = product.archive.keys("hours/0/")
    product.client("s3").delete_object(Bucket=product.setting("SEALED"), Key=last)
    watch.minutes(60)
    yield
    watch.quiet(70)


def the_hooks_schedule_stops(watch: Watch, _: Any) -> Iterator[None]:
    """The schedule that sends webhooks does not fire."""
    watch.minutes(8, hooks=False)
    yield
    watch.minutes(8)


def the_fetch_schedule_stops(watch: Watch, _: Any) -> Iterator[None]:
    """The schedule that fetches mails does not fire."""
    watch.minutes(8, fetch=False)
    yield
    watch.minutes(8)


def hold(watch: Watch, *parts: str) -> None:
    """Hold these parts by the switch of the desk, and release all others."""
    product = watch.scenario.product
    use = Switching(product.holds.newest().version + 1, parts, watch.scenario.time, "zheng", "演练")
    product.holds.switch(use)


def webhooks_are_held(watch: Watch, _: Any) -> Iterator[None]:
    """Operators hold webhooks."""
    hold(watch, "hooks")
    watch.minutes(9)
    yield
    hold(watch)
    watch.minutes(1)
    watch.quiet(15)


def an_endpoint_is_gone(watch: Watch, _: Any) -> Iterator[None]:
    """A receiver answers that it wants no more webhooks."""
    watch.scenario.product.meters.count("HookDisabled")
    watch.minutes(2)
    yield
    watch.quiet(90)


def the_accounts_schedule_stops(watch: Watch, _: Any) -> Iterator[None]:
    """The schedule that looks for disabled accounts does not fire."""
    watch.minutes(8, accounts=False)
    yield
    watch.quiet(8)


def somebody_comes_who_is_out(watch: Watch, client: Any) -> Iterator[None]:
    """An officer with a disabled account calls the desk with a session from before."""
    product, now = watch.scenario.product, watch.scenario.time
    product.sessions.keep(
        "SESSION", "theirs", {"sub": "sun", "groups": [], "since": stamp(now)}, now + HOUR, "sun"
    )
    product.staff.disable("sun")
    assert client.http.get("/desk", headers={"Cookie": "__Host-desk=theirs"}).status_code == 403
    watch.minutes(1)
    yield
    watch.quiet(5)


def everybody_of_a_role_is_away(watch: Watch, _: Any) -> Iterator[None]:
    """A due warning finds no intake officer present, and goes to the lead."""
    now = watch.scenario.time
    watch.scenario.product.cover.away(ZHENG, "wang", Hours(now, now + HOUR))
    left_alone(watch, 16 * HOUR)
    watch.minutes(3, hourly=False)
    yield
    watch.quiet(5)


def a_role_is_empty(watch: Watch, _: Any) -> Iterator[None]:
    """The executive is away tomorrow, and has no deputy."""
    now = watch.scenario.time
    watch.scenario.product.cover.away(ZHENG, "wu", Hours(now + 20 * HOUR, now + 30 * HOUR))
    watch.quiet(2 * 60)
    yield
    manned(watch.scenario)
    watch.quiet(3 * 60)


def a_qualification_ends(watch: Watch, _: Any) -> Iterator[None]:
    """The qualification of a mediator ends in 30 days."""
    ending = mediator(until=watch.scenario.time.date() + timedelta(days=30))
    watch.scenario.product.cover.register(lambda register: Register({ending.id: ending}))
    watch.minutes(2 * 60)
    yield
    watch.scenario.product.cover.register(lambda register: Register({}))
    watch.quiet(3 * 60)


def a_complaint_is_left_alone(watch: Watch, _: Any) -> Iterator[None]:
    """Two complaints are left undecided, one for a day and one for twelve."""
    for days in (1, 12):
        left_alone(watch, days * DAY)
    watch.minutes(2)
    yield
    watch.quiet(10)


def nobody_walks(watch: Watch, _: Any) -> Iterator[None]:
    """The clock asks for walks, and none runs."""
    left_alone(watch, 16 * HOUR)
    watch.minutes(9, walks=False)
    yield
    watch.minutes(1)
    watch.quiet(5)


def the_clock_is_held(watch: Watch, _: Any) -> Iterator[None]:
    """Operations hold the clock while a step is due: it still beats, and takes no step."""
    left_alone(watch, 16 * HOUR)
    hold(watch, "clock")
    watch.minutes(9)
    yield
    hold(watch)
    watch.minutes(1)
    watch.quiet(15)


def the_moves_are_held(watch: Watch, _: Any) -> Iterator[None]:
    """An administrator holds all changes while nothing is due: everything else stops too."""
    hold(watch, "moves")
    watch.minutes(9)
    yield
    hold(watch)
    watch.minutes(1)
    watch.quiet(15)


def our_clock_is_wrong(watch: Watch, _: Any) -> Iterator[None]:
    """Our clock is forty days ahead of the table's, so the clock asks for no walk and reports no lateness."""
    product = watch.scenario.product
    ahead = lambda: watch.scenario.time + timedelta(days=40)  # noqa: E731
    product.__dict__["clockwork"] = replace(product.clockwork, casework=replace(product.casework, now=ahead))
    watch.minutes(9)
    yield
    del product.__dict__["clockwork"]
    watch.minutes(1)
    watch.quiet(5)


def mail_is_held(watch: Watch, _: Any) -> Iterator[None]:
    """Operations hold the mail while a letter is owed; its age rings after a quarter of an hour."""
    hold(watch, "mail")
    watch.scenario.submit()
    watch.quiet(16)
    watch.minutes(5)
    yield
    hold(watch)
    watch.minutes(1)
    watch.quiet(15)


def mail_nears_its_quota(watch: Watch, _: Any) -> Iterator[None]:
    """In 24 hours 91 in a hundred of the letters that the provider allows were sent, and 20 a day later."""
    product, used = watch.scenario.product, [91.0]
    product.__dict__["mail_provider"] = SimpleNamespace(quota_used=lambda: used[0])
    product.look_ahead()
    watch.minutes(1)
    yield
    used[0] = 20.0
    watch.quiet(60)
    product.look_ahead()
    watch.quiet(5)
    del product.__dict__["mail_provider"]


def mail_stands_still(watch: Watch, _: Any) -> Iterator[None]:
    """The provider takes no mail, and more letters wait than can be tried: one each time the clock runs,
    here every third minute. In the end each letter has left once."""
    post = FakePost.into(watch.scenario)
    post.trouble = Standstill("down")
    many = 9
    # one address each: letters to one unconfirmed address would wait for each other
    for n in range(many):
        watch.scenario.submit(person={"name": "王芳", "email": f"wang{n}@mail.example"})
    for _ in range(8):
        watch.quiet(3)
    yield
    assert post.tried < many
    post.trouble = None
    watch.minutes(1)
    for _ in range(2):
        watch.quiet(8)
    watch.minutes(1)
    assert len(post.taken) == many


def an_address_cannot_be(watch: Watch, _: Any) -> Iterator[None]:
    """The provider refuses for good a letter that matters."""
    post = FakePost.into(watch.scenario)
    post.trouble = Unreachable(Undelivered.BOUNCE)
    accepted(watch)
    watch.minutes(1)
    yield
    post.trouble = None
    watch.quiet(10)


def a_colleague_gets_no_mail(watch: Watch, _: Any) -> Iterator[None]:
    """The mailbox of an officer returns a letter, and the provider reports the bounce."""
    scenario = watch.scenario
    case = scenario.submit()
    scenario.move(SUN, "assign", case.ref, to="zhao")
    watch.minutes(1)
    task = next(
        letter
        for letter in scenario.product.file.whole(case.ref).letters.newest(9, "")
        if letter["name"] == "task"
    )
    mail = {
        "messageId": "m-1",
        "destination": ["zhao@house.example"],
        "tags": {"ref": [case.ref], "letter": [task["id"].replace(".", "_")]},
    }
    scenario.product.provider_says(
        {"eventType": "Bounce", "mail": mail, "bounce": {"bounceType": "Permanent"}}
    )
    watch.minutes(1)
    yield
    watch.quiet(10)


def a_text_cannot_be_made(watch: Watch, _: Any) -> Iterator[None]:
    """The text of a letter that matters cannot be rendered: the letter counts as not sent after an hour, and
    is parked after two."""
    whole = broken(watch.scenario, "accepted")
    accepted(watch)
    watch.eight_tries()
    yield
    watch.scenario.product.__dict__["correspondence"] = whole
    del watch.scenario.product.__dict__["clockwork"]
    put_back()
    watch.minutes(1)
    watch.quiet(9)


def a_case_cannot_be_read(watch: Watch, _: Any) -> Iterator[None]:
    """The body of a case's head is broken."""
    from chalicelib.aws import rows

    case = left_alone(watch, HOUR)
    row = rows.Row.get(rows.case(case.ref), rows.HEAD)
    body = row.body
    row.update(actions=[rows.Row.body.set("{}"), rows.Row.look_at.set(stamp(watch.scenario.time))])
    watch.eight_tries()
    yield
    row.update(actions=[rows.Row.body.set(body)])
    put_back()
    watch.minutes(1)
    watch.quiet(9)


def a_record_is_changed(watch: Watch, _: Any) -> Iterator[None]:
    """A timeline entry is edited in the table."""
    from chalicelib.aws import rows

    case = accepted(watch)
    row = rows.Row.get(rows.case(case.ref), rows.entry(2))
    row.update(actions=[rows.Row.body.set((row.body or "").replace('"who":"sun"', '"who":"wu"'))])
    watch.scenario.product.record.check(case.ref)
    watch.minutes(1)
    yield
    watch.quiet(5)


def a_complaint_cannot_be_exported(watch: Watch, _: Any) -> Iterator[None]:
    """The list of the day names a complaint that does not exist."""
    from chalicelib.aws import rows

    now = watch.scenario.time
    rows.Row(rows.moved(stamp(now), "9"), "9").save()
    watch.scenario.product.figures.export(now.date())
    watch.minutes(1)
    yield
    watch.quiet(5)


def a_day_is_not_exported(watch: Watch, _: Any) -> Iterator[None]:
    """A month after the first exported day, the nightly work has no time for the days since."""
    figures = watch.scenario.product.figures
    figures.export(watch.scenario.time.date() - 31 * DAY)
    figures.night(left_ms=lambda: 0)
    watch.minutes(1)
    yield
    figures.night()
    watch.minutes(1)
    watch.quiet(60)
    figures.night()
    watch.minutes(2)


def rows_belong_to_nothing(watch: Watch, _: Any) -> Iterator[None]:
    """A head without a case and a row of an unknown kind are due. Both are parked at once, until they are
    deleted."""
    from chalicelib.aws import rows

    ghosts = [
        rows.Row(rows.case("ghost"), sk, shard=shard, look_at=stamp(watch.scenario.time))
        for sk, shard in ((rows.HEAD, 1), ("RIDDLE#1", rows.ranked(0, 1)))
    ]
    for ghost in ghosts:
        ghost.save()
    watch.minutes(2)
    yield
    for ghost in ghosts:
        ghost.delete()
    watch.minutes(2)


def a_font_is_missing(watch: Watch, _: Any) -> Iterator[None]:
    """The documents worker lacks a font for an agreement."""

    def missing(*_: Any) -> bytes:
        raise FontMissing("NotoSansSC-Regular.ttf")

    paper = Paper("123456789018", 1, {}, (), "", T0, False, None)
    office: Any = SimpleNamespace(agreement=missing)
    archive: Any = None
    worker = Paperwork(
        lambda _: paper, lambda _: {}, print, office, archive, archive, watch.scenario.product.meters
    )
    with pytest.raises(SealFailed):
        worker.make(paper.ref)
    watch.minutes(1)
    yield
    watch.quiet(10)


def a_copy_cannot_be_made(watch: Watch, _: Any) -> Iterator[None]:
    """The copy of a complaint cannot be rendered; documents to be sealed have an alarm of their own."""

    def broken(*_: Any) -> bytes:
        raise RenderFailed("maximum grouping depth exceeded")

    office: Any = SimpleNamespace(copy=broken)
    copies: Any = SimpleNamespace(read=lambda _: b"{}", fail=lambda _: None)
    product = watch.scenario.product
    worker = Paperwork(lambda _: None, lambda _: {}, print, office, product.archive, copies, product.meters)
    assert worker.make("123456789018", "a copy")
    watch.minutes(1)
    yield
    watch.quiet(10)


def something_else_is_kept(watch: Watch, _: Any) -> Iterator[None]:
    """A document without seal lies under the key of an agreement."""
    paper = Paper("123456789018", 1, {}, "ab" * 32, (), T0, False, None)

    def keep(*_: Any, **__: Any) -> bytes:
        raise KeptOther("agreements")

    office: Any = SimpleNamespace(agreement=lambda *_: b"", sealed=lambda _: {})
    archive: Any = SimpleNamespace(keep=keep)
    worker = Paperwork(
        lambda _: paper, lambda _: {}, print, office, archive, archive, watch.scenario.product.meters
    )
    with pytest.raises(SealFailed):
        worker.make(paper.ref)
    watch.minutes(1)
    yield
    watch.quiet(10)


def the_key_service_signs_wrongly(watch: Watch, _: Any) -> Iterator[None]:
    """The key service signs wrongly twice, then correctly; the returned signature is the correct one."""
    made = Key()
    wrong = [b"no signature", Key().sign(b"data")]
    client = SimpleNamespace(
        get_public_key=lambda **_: {"PublicKey": made.public},
        sign=lambda Message, **_: {"Signature": wrong.pop() if wrong else made.sign(Message)},
    )
    key = KmsKey(lambda: client, "key", watch.scenario.product.meters)
    assert key.sign(b"data") == made.sign(b"data")
    watch.minutes(1)
    yield
    watch.quiet(10)


def a_walk_breaks(watch: Watch, _: Any) -> Iterator[None]:
    """A walk raises an unforeseen error: the alarm rises within three minutes, long before the message is a
    dead letter."""
    left_alone(watch, 16 * HOUR)

    def walk(*_: Any) -> Any:
        raise RuntimeError

    watch.scenario.product.index.__dict__["walk"] = walk
    watch.minutes(3)
    yield
    del watch.scenario.product.index.__dict__["walk"]
    watch.minutes(1)
    watch.quiet(5)


def a_shard_is_throttled(watch: Watch, _: Any) -> Iterator[None]:
    """One key of the index refuses every call, to the clock and to the walk that is asked for
    nevertheless."""
    key = {"N": "3"}
    with watch.throttled(lambda asked: key in asked.get("ExpressionAttributeValues", {}).values()):
        watch.minutes(6)
        yield
    watch.quiet(10)


def the_table_is_throttled(watch: Watch, client: Any) -> Iterator[None]:
    """The table refuses every call; the site answers 503."""
    case = watch.scenario.submit()
    stranger = {"Authorization": f"Bearer p1-1-{'a' * 26}"}
    watch.minutes(1)
    with watch.throttled(lambda _: True):
        for _ in range(8):
            assert client.http.get(f"/v1/cases/{case.ref}", headers=stranger).status_code == 503
            watch.reports(BY_AWS["SiteErrorsAlarm"].metric)
            watch.minutes(1)
        yield
    watch.quiet(30)


SILENCE = {"OldestOverdueAlarm", "OldestLetterAlarm", RISK}
SET_ASIDE = {"ParkedNowAlarm", "UnhandledErrorAlarm"}
BREAKS: dict[Break, set[str]] = {
    the_clock_stops: {"ClockHeartbeatAlarm", *SILENCE},
    the_hourly_schedules_stop: {
        "CoverHeartbeatAlarm",
        "DestroyHeartbeatAlarm",
        "WordsHeartbeatAlarm",
        "NightHeartbeatAlarm",
        "RecordHeartbeatAlarm",
    },
    an_hour_has_no_list: {"RecordListMissingAlarm"},
    the_check_of_the_record_falls_behind: {"RecordOpenLagAlarm", "RecordOthersLagAlarm"},
    a_record_is_changed: {"RecordChangedAlarm"},
    a_complaint_cannot_be_exported: {"FiguresFailedAlarm"},
    a_day_is_not_exported: {"DaysNotExportedAlarm"},
    the_accounts_schedule_stops: {"AccountsHeartbeatAlarm"},
    the_hooks_schedule_stops: {"HooksHeartbeatAlarm"},
    the_fetch_schedule_stops: {"FetchHeartbeatAlarm"},
    webhooks_are_held: {"HooksHeldAlarm"},
    an_endpoint_is_gone: {"HookDisabledAlarm"},
    somebody_comes_who_is_out: {"StaffRefusedAlarm"},
    everybody_of_a_role_is_away: {"StepReachedNobodyAlarm"},
    a_role_is_empty: {"EmptyRolesAlarm"},
    a_qualification_ends: {"MediatorsExpiringAlarm"},
    a_complaint_is_left_alone: {"AcknowledgementMissedAlarm", "LadderExhaustedAlarm", RISK},
    nobody_walks: {"OldestOverdueAlarm", RISK},
    the_clock_is_held: {"ClockHeldAlarm", "OldestOverdueAlarm"},
    the_moves_are_held: {"MovesHeldAlarm", "ClockHeldAlarm", "MailHeldAlarm", "HooksHeldAlarm"},
    our_clock_is_wrong: {"ClockAstrayAlarm", *SILENCE},
    mail_is_held: {"MailHeldAlarm", "OldestLetterAlarm"},
    mail_stands_still: {"MailStandsStillAlarm", "OldestLetterAlarm", RISK},
    mail_nears_its_quota: {"MailQuotaAlarm", "MailQuotaHighAlarm"},
    an_address_cannot_be: {"LettersNotSentAlarm"},
    a_colleague_gets_no_mail: {"StaffAddressRefusesAlarm"},
    a_text_cannot_be_made: {"LettersParkedAlarm", "LettersNotSentAlarm", *SET_ASIDE},
    a_case_cannot_be_read: {"ParkedAlarm", "RecordChangedAlarm", *SET_ASIDE},
    rows_belong_to_nothing: {"ParkedAlarm", "LettersParkedAlarm", "ParkedNowAlarm"},
    a_walk_breaks: {"WalkFailedAlarm"},
    a_shard_is_throttled: {"ShardFailedAlarm", "WalkFailedAlarm", "IndexesThrottledAlarm"},
    a_font_is_missing: {"SealFailedAlarm"},
    a_copy_cannot_be_made: {"CopyFailedAlarm"},
    something_else_is_kept: {"SealFailedAlarm", "KeptOtherAlarm"},
    the_key_service_signs_wrongly: {"SignatureWrongAlarm"},
    the_table_is_throttled: {
        *SILENCE,
        "ShardFailedAlarm",
        "TableThrottledAlarm",
        "IndexesThrottledAlarm",
        "ClockErrors",
        "AccountsErrors",
        "AccountsHeartbeatAlarm",
        "HooksErrors",
        "HooksHeartbeatAlarm",
        "Answered503Alarm",
        "SiteErrorsAlarm",
    },
}
"""The failures of the running application, each with exactly the alarms that rise."""


def standing(points: Iterable[Point], end: datetime) -> dict[datetime, set[str]]:
    """Return the alarms in alarm at each minute up to `end`."""
    record, found = Record(points), defaultdict[datetime, set[str]](set)
    for name, alarm in ALARMS.items():
        for at, state in alarm.states(record, T0, end):
            found[at] |= {name} if state == ALARM else set()
    return {
        at: names | {name for name, composite in COMPOSITE.items() if composite.holds(names)}
        for at, names in found.items()
    }


def risen(stand: dict[datetime, set[str]], since: datetime, until: datetime) -> set[str]:
    """Return the alarms in alarm at any minute after `since`, up to `until`."""
    return set().union(*(names for at, names in stand.items() if since < at <= until))


@pytest.mark.parametrize("breaks", BREAKS, ids=lambda breaks: breaks.__name__)
def test_failure_raises_its_alarms_until_repaired(breaks: Break, watch: Watch, client: Any) -> None:
    """No alarm rings in health, exactly the failure's alarms rise, and all have fallen after the repair."""
    began = watch.scenario.time
    life = breaks(watch, client)
    next(life)
    broken = watch.scenario.time
    assert list(life) == []
    stand = standing(watch.points, watch.scenario.time)
    assert stand[began] == set()
    assert risen(stand, began, broken) == BREAKS[breaks]
    assert stand[watch.scenario.time] == set()
    assert RISK in BREAKS[breaks] or RISK not in risen(stand, began, watch.scenario.time)


@pytest.mark.parametrize("name", BY_AWS)
def test_aws_metric_raises_only_its_alarm(name: str) -> None:
    """Half an hour of failure between healthy minutes raises one alarm, while all other metrics are
    healthy."""
    each_minute = ("ClockHeartbeat", "AccountsHeartbeat", "FetchHeartbeat", "HooksHeartbeat")
    beats = [Series(ours(name), 1, 1) for name in each_minute]
    beats += [Series(ours(late), 0, 0) for late in ("OldestOverdueSeconds", "OldestLetterSeconds")]
    ill, many = range(10, 40), 75
    points = [
        Point(ours(beat), T0 + hour * HOUR, 1)
        for hour in range(-8, 2)
        for beat in (
            "CoverHeartbeat",
            "DestroyHeartbeat",
            "RecordHeartbeat",
            "NightHeartbeat",
            "WordsHeartbeat",
        )
    ]
    for minute in range(-10, many):
        for series in (*beats, BY_AWS[name]):
            value = series.ill if minute in ill else series.well
            points += [Point(series.metric, T0 + minute * MINUTE, value)] if value is not None else []
    began, broken, end = (T0 + minutes * MINUTE for minutes in (10, 40, many))
    stand = standing(points, end)
    assert risen(stand, T0, began) == set()
    assert risen(stand, began, broken) == {name, *WITH.get(name, ())}
    assert stand[end] == set()


def test_another_stack_neither_hides_nor_raises_an_alarm() -> None:
    """The clock of this stack is dead while that of staging beats and counts errors."""
    staging = frozenset({("Stack", "staging")})
    beat, parked = (Metric("Redress", name, staging) for name in ("ClockHeartbeat", "Parked"))
    points = [Point(metric, T0 + n * MINUTE, 1) for n in range(30) for metric in (beat, parked)]
    rise = risen(standing(points, T0 + 30 * MINUTE), T0 + 6 * MINUTE, T0 + 30 * MINUTE)
    assert "ClockHeartbeatAlarm" in rise
    assert "ParkedAlarm" not in rise


# Completeness: each alarm and metric is covered


def test_the_package_has_these_very_alarms(resources: dict[str, Any]) -> None:
    """The packaged alarms are the ones tested here. API Gateway reports the site under the stack's name."""
    assert alarms(resources) == ALARMS
    assert resources["RestAPI"]["Properties"]["DefinitionBody"]["info"]["title"] == {"Ref": "AWS::StackName"}


def test_every_alarm_has_a_case() -> None:
    """Each alarm rises and falls in a test; an untested one may never ring, or never stop."""
    complete(
        set().union(BY_AWS, *BREAKS.values()),
        ALARMS | COMPOSITE,
        "tests/infra/test_alarms.py",
        "add what breaks to BREAKS, or to BY_AWS where AWS reports it; then its step in infra/RUNBOOK.md",
    )


def test_every_alarm_says_how_it_takes_silence() -> None:
    """Each alarm sets how missing data counts; unset, silence would give a state that wakes no officer."""
    for alarm in ALARMS.values():
        assert alarm.properties["TreatMissingData"] == alarm.missing
        assert alarm.missing in ("breaching", "notBreaching", "ignore")


def test_every_metric_of_ours_is_reported_by_the_application_with_these_dimensions() -> None:
    """Each alarm on our namespace names a metric in the source, with the stack as its dimension."""
    for alarm in ALARMS.values():
        for metric, _, _ in alarm.metrics.values():
            if metric.namespace == "Redress":
                assert metric == ours(metric.name)
                assert f'"{metric.name}"' in SOURCE, metric.name
            else:
                assert re.fullmatch(r"AWS/(Lambda|SQS|DynamoDB|ApiGateway|WAFV2|SES|S3)", metric.namespace)


def test_a_team_is_reported_beside_the_house(product: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A value with a team counts twice: for the stack, which alarms watch, and for the team on it."""
    product.meters.count("SurveyScore", 4, "None", "general")
    product.meters.count("Parked")
    points = [point for line in capsys.readouterr().out.splitlines() for point in points_of(line)]
    assert [(dict(point.metric.dimensions), point.value) for point in points] == [
        ({"Stack": "redress"}, 4),
        ({"Stack": "redress", "Team": "general"}, 4),
        ({"Stack": "redress"}, 1),
    ]


@pytest.mark.parametrize(("most", "sent", "used"), [(50_000, 35_000, 70), (50_000, 0, 0), (-1, 35_000, 0)])
def test_quota_is_reported_in_percent(most: float, sent: float, used: float) -> None:
    """The used share of a day's letters is a percentage; -1 means that any number may be sent."""
    account = {"SendQuota": {"Max24HourSend": most, "SentLast24Hours": sent}}
    client = SimpleNamespace(get_account=lambda: account)
    assert Ses(lambda: client, "a@house.example", "set").quota_used() == used


# The evaluation of alarms


def test_dead_clock_wakes_while_all_is_held() -> None:
    """The composite alarm leaves out what is held, but a clock that does not run is never silent."""
    held = {"ClockHeldAlarm", "MailHeldAlarm"}
    promises = {
        "OldestOverdueAlarm",
        "OldestLetterAlarm",
        "AcknowledgementMissedAlarm",
        "MailStandsStillAlarm",
    }
    assert not COMPOSITE[RISK].holds(held | promises)
    assert COMPOSITE[RISK].holds({"ClockHeldAlarm", "OldestLetterAlarm"})
    assert COMPOSITE[RISK].holds({"MailHeldAlarm", "OldestOverdueAlarm"})
    assert COMPOSITE[RISK].holds(held | {"ClockHeartbeatAlarm"})


def test_rule_of_another_form_is_refused() -> None:
    """A rule that the evaluator does not know raises an error instead of a wrong answer."""
    with pytest.raises(ValueError, match="not known"):
        Composite('ALARM("a") AND ALARM("b")').holds({"a"})


@pytest.mark.parametrize(
    ("seen", "enough", "breaching", "well", "ignored", "unknown"),
    [
        ("0-X-X", 3, OK, OK, OK, OK),
        ("----0", 3, OK, OK, OK, OK),
        ("-----", 3, ALARM, OK, "before", UNKNOWN),
        ("0XX-X", 3, ALARM, ALARM, ALARM, ALARM),
        ("--X--", 3, ALARM, OK, "before", ALARM),
        ("0-X-X", 2, ALARM, ALARM, ALARM, ALARM),
        ("00X0X", 2, ALARM, ALARM, ALARM, ALARM),
        ("0-X--", 2, ALARM, OK, OK, OK),
        ("----0", 2, ALARM, OK, OK, OK),
        ("---X-", 2, ALARM, OK, "before", ALARM),
    ],
)
def test_silence_is_judged_as_the_guide_says(
    seen: str, enough: int, breaching: str, well: str, ignored: str, unknown: str
) -> None:
    """The two tables of the guide for alarms of three periods, the newest at the right: X breaches, - is
    silent."""
    found = [{"X": True, "0": False, "-": None}[one] for one in reversed(seen)]
    ways = ("breaching", "notBreaching", "ignore", "missing")
    assert [judged(found, 3, enough, way, "before") for way in ways] == [breaching, well, ignored, unknown]
