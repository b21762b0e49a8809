"""A scenario whose product fails at its calls to AWS.

People repeat until they have an answer, and the workers run as on Lambda. A process that died is restarted,
and the clock runs every minute in which something is due.
"""

from __future__ import annotations

import json
import logging
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from itertools import chain, count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any, TypeVar

from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from chalice.app import Rate, ScheduledEventConfig, SQSEventConfig

import app
from chalicelib.access.authorization import Caller
from chalicelib.aws.outage_rows import OutageRows
from chalicelib.aws.rows import PARKED, Row
from chalicelib.cases.casework import Once, Unavailable, WriteConflict, once
from chalicelib.domain.calendar import instant
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.outages import GAP
from chalicelib.evidence.uploads import SCANNERS, TEST_SIGNATURE, PresignedForm, Upload
from chalicelib.web import request_models
from chalicelib.wiring import KEYS_KEPT_S
from chalicelib.workers import handlers
from infra import ops
from tests.cloud.aws import Cloud
from tests.cloud.faults import Died, Faults
from tests.cloud.scenario import account, cloud_scenario, started
from tests.scenario import CONSUMER, UNBROKEN, Scenario, complaint, sure

Answered = TypeVar("Answered")
MINUTE = timedelta(minutes=1)
PATIENCE = 200
"""The most tries, a minute apart, before a test says that the product does not recover."""
MOST_STRIKES = 3000
"""The most runs of the clock in one life before a test says that it never rests."""
LEFT = SimpleNamespace(get_remaining_time_in_millis=lambda: 900_000, aws_request_id="request")
FIRED = {
    "version": "0",
    "account": "",
    "region": "",
    "detail": {},
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "time": "",
    "id": "",
    "resources": [],
}
HOURLY = frozenset({"accounts", "destroy", "night", "record", "words"})
"""Schedules that no case waits for; they run only in lives that request them."""
SCHEDULED = {
    source.name: source for source in app.app.event_sources if isinstance(source, ScheduledEventConfig)
}
SCHEDULES = [source for name, source in SCHEDULED.items() if name not in HOURLY]
EVERY = {Rate.MINUTES: MINUTE, Rate.HOURS: timedelta(hours=1)}
WORKERS = [source for source in app.app.event_sources if isinstance(source, SQSEventConfig)]


class Driven(Scenario):
    """The scenario under a schedule of faults.

    The product's invocations are disturbed; a test's own reads are not.
    """

    def __init__(self, scenario: Scenario, cloud: Cloud, faults: Faults) -> None:
        self.cloud, self.faults = cloud, faults
        self.__dict__.update(scenario.__dict__)
        self.played = None  # a scenario played under faults cannot be reused
        cloud.now = faults.now = lambda: self.time
        faults.cloud, faults.later = cloud, self.later
        self.hourly: list[ScheduledEventConfig] = []
        self.still: list[tuple[datetime, datetime]] = []
        self.uploaded: dict[tuple[str, str], bytes] = {}
        self.tokens: list[tuple[str, str, str]] = []
        self.seen: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.read_out: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._scanner, self._rotates, self._read = "", False, self.time
        self.every = MINUTE
        """The least time between two runs of the clock."""
        self._folder = TemporaryDirectory()
        self._swept = self.time.date()
        self.accepted: Counter[tuple[str, str]] = Counter()
        self.counted: Counter[str] = Counter()
        self.strikes = 0
        self._ids, self._chance, self._keys = count(1), Random(faults.seed), count(1)
        self._fires = {schedule.name: self.time for schedule in SCHEDULES}
        self._handling: list[Callable[[], None]] = []
        faults.rivals = [self._work, self._twin]
        self.restart()

    def restart(self) -> None:
        """Start another process without the memory of the old one.

        Numbers and ids are drawn from the seed, and nobody sleeps.
        """
        self.started(started)
        product = self.product
        product.__dict__["meters"] = self
        product.__dict__["casework"] = replace(
            product.casework,
            fresh=lambda: f"{next(self._ids):026}",
            random=lambda: self._chance.getrandbits(64),
        )
        if self._scanner:
            product.__dict__["uploads"] = replace(product.uploads, scanner=SCANNERS[self._scanner])
        if any(schedule.name == "night" for schedule in self.hourly):
            product.__dict__["figures"] = replace(product.figures, folder=Path(self._folder.name))

    def every_hour(self, *names: str) -> None:
        """Run these hourly schedules too."""
        self.hourly = [SCHEDULED[name] for name in names]
        self._fires |= dict.fromkeys(names, self.time)
        self.restart()

    def takes_files(self, scanner: str) -> None:
        """Report files in the store, and the scanner's verdicts on them, to the worker of files."""
        self._scanner = scanner
        self.cloud.files.created = self._arrived
        self.restart()

    def _arrived(self, bucket: str, detail: dict[str, Any]) -> None:
        """Report a new file to the worker, sometimes twice, and let the scanner report later."""
        found = detail["object"]
        if bucket != self.product.setting("EVIDENCE") or not found["key"].startswith("incoming/"):
            return
        for _ in range(2 if self.faults.chance(0.2) else 1):
            self._tell({"source": "aws.s3", "detail": detail}, 0)
        if self._scanner == "guardduty":
            body = self.cloud.files.held[bucket].files[found["key"]][-1].body or b""
            result = "THREATS_FOUND" if TEST_SIGNATURE in body else "NO_THREATS_FOUND"
            said = {"objectKey": found["key"], "eTag": found["etag"], "versionId": found["version-id"]}
            scanned = {"s3ObjectDetails": said, "scanResultDetails": {"scanResultStatus": result}}
            self._tell({"source": "aws.guardduty", "detail": scanned}, self._chance.choice([0, 60, 600]))

    def _tell(self, event: dict[str, Any], delay: int) -> None:
        self.cloud.send_message(
            {"QueueUrl": self._files().url, "MessageBody": json.dumps(event), "DelaySeconds": delay}
        )

    def upload(self, ref: str, caller: Caller, type: str, content: bytes) -> Upload:
        """Declare a file, fetch its form and send it as a browser, each until it is answered."""
        key = once(caller, f"{ref}/files", f"{next(self._keys):026}", b"")
        said = {"type": type, "shows": "裂开的内胆"}
        uploads = lambda: self.product.uploads  # noqa: E731  (a restart replaces the product)
        upload = self._until("declare", lambda: uploads().declare(ref, caller, said, key))
        form = self._until("form", lambda: uploads().form(upload, caller))
        self.uploaded[ref, upload.id] = content
        self._until("send", lambda: _sent(form, content))
        return upload

    def rotate(self, keys: str) -> None:
        """Let an operator make the next key, until the command says that it is done.

        From then on the functions reread their keys every five minutes.
        """
        self._rotates = True

        def turned() -> None:
            self.product.__dict__["pause"] = self._waits
            try:
                ops.main(["rotate", keys, "--do"], lambda stack, endpoint: None)
            except SystemExit as stopped:
                if "Two keys" not in str(stopped):  # an earlier run has done it, although its answer was lost
                    raise Unavailable("operator") from None
            finally:
                self.product.__dict__["pause"] = lambda seconds: None

        self._until("rotate", turned)

    def _waits(self, seconds: float) -> None:
        """Let the scenario go on while an operator waits."""
        if seconds > MINUTE.total_seconds():
            self.later(timedelta(seconds=seconds))
            self._aged()
            self.minute()

    def _aged(self) -> None:
        """Drop the cached keys once they are five minutes old."""
        if self._rotates and self.time - self._read >= timedelta(seconds=KEYS_KEPT_S):
            self._read = self.time
            self.product.__dict__["_kept_keys"] = {}

    def count(self, name: str, value: float = 1, unit: str = "Count", team: str = "") -> None:
        """Count a metric."""
        self.counted[name] += 1

    def submit(self, caller: Caller = CONSUMER, key: Any = None, **changes: Any) -> Case:
        """File a complaint, with the same key until it is answered."""
        said, body = complaint(**changes), once(caller, "submit", str(next(self._keys)), b"")
        return self._insisted(
            "submit",
            lambda: self.product.casework.submit(
                caller, request_models.arguments("submit", json.dumps(said), self.time), body
            ),
        )

    def move(self, caller: Caller, name: str, ref: str, seen: int | None = None, **body: Any) -> Case:
        """Take a move, with the same key until it is answered."""
        key = once(caller, f"{ref}/{name}", str(next(self._keys)), json.dumps(body))
        return self._insisted(name, lambda: self._move(caller, name, ref, seen, key, body))

    def _move(
        self, caller: Caller, name: str, ref: str, seen: int | None, key: Once | None, body: dict[str, Any]
    ) -> Case:
        caller, body = sure(caller, name, body)
        return self.product.casework.move(
            name, ref, caller, request_models.arguments(name, json.dumps(body), self.time), key, seen
        )

    def _insisted(self, name: str, do: Callable[[], Case]) -> Case:
        case = self._until(name, do)
        self.accepted[case.ref, name] += 1
        return case

    def _until(self, name: str, do: Callable[[], Answered]) -> Answered:
        for _ in range(PATIENCE):
            self._aged()
            try:
                with self.faults.unquiet():
                    return do()
            except Died:
                self.restart()
            except (Unavailable, WriteConflict):
                pass
            self.later(MINUTE)
            self.minute()
        raise AssertionError(f"{name} was never answered")

    def message(self, ref: str, most: int = 3) -> None:
        """Let the consumer write up to `most` messages, each between two calls of another invocation."""

        def write() -> None:
            if self.accepted[ref, "message"] >= most:
                return
            try:
                self._move(self.by_link(ref), "message", ref, None, None, {"text": "还要多久？"})
            except (Refusal, WriteConflict):
                return
            self.accepted[ref, "message"] += 1

        self.faults.rivals.append(write)

    def live(self, by: timedelta, *refs: str) -> None:
        """Let time pass; the clock runs in every minute in which something is due or a message is visible."""
        end = self.time + by
        self.post()
        self.read_pages()
        while (at := self.next(self.time + self.every)) < end:
            if away := self.faults.stops(at):
                self.stands_still(away)
                continue
            self.time = at
            self.minute()
        self.time = max(self.time, end)

    def read_pages(self) -> None:
        """Let every party read all their letters, and remember what the letters say, in `seen`."""
        for ref in (pk.removeprefix("CASE#") for pk, sk in self._cases() if sk == "CASE"):
            dossier, roster = self.product.file.whole(ref), self.product.file.roster()
            for row in dossier.letters:
                said = row["to"].startswith("party:") and self.product.correspondence.shown(
                    dossier, row, roster, self.time
                )
                if said:
                    self.seen[ref, row["id"]].append(str(said.text))

    def reads_out(self, ref: str, telling: str) -> None:
        """Let an officer read a letter aloud, as the desk shows it now; remember the text in `read_out`."""
        text = self.product.correspondence.text_to_read(self.product.file.load(ref), telling, self.time)
        self.read_out[ref, telling].append(str(text))

    def _cases(self) -> list[tuple[str, str]]:
        return [*self.cloud.tables[Row.Meta.table_name].items]

    def stands_still(self, by: timedelta) -> None:
        """Let time pass without the clock, then run it until it has recorded the gap."""
        outages = OutageRows(self.product.macs)
        outages.beat(self.time)
        self.still.append((self.time, self.time + by))
        self.time += by
        for _ in range(PATIENCE):
            self.product.outages.gap = GAP
            self._run("clock", FIRED)
            if OutageRows(self.product.macs).beats(self.time):
                break
            self.time += MINUTE
        self.product.outages.gap = UNBROKEN
        self.post()

    def next(self, earliest: datetime) -> datetime:
        """Return the next whole minute in which there is something to do."""
        last = datetime.max.replace(tzinfo=earliest.tzinfo)
        waiting = [message.visible for worker in WORKERS for message in self._queue(worker).messages]
        if self._scanner and self._dead().messages:
            waiting.append(earliest)  # an alarm calls the operator
        hours = (self._fires[schedule.name] for schedule in self.hourly)
        at = max(earliest, min((*self._looks(), *waiting, *hours), default=last))
        return at if at == last else at.replace(second=0) + (MINUTE if at.second else timedelta())

    def _anything_due(self) -> bool:
        return any(at <= self.time for at in self._looks())

    def _looks(self) -> Iterator[datetime]:
        """Yield when the first row of each shard is due."""
        shards = self._due().partitions.items()
        return (min(look(index)) for shard, index in shards if index and shard != PARKED)

    def _due(self) -> Any:
        return self.cloud.tables[Row.Meta.table_name].indexes["due"]

    def _queue(self, worker: SQSEventConfig) -> Any:
        return next(queue for url, queue in self.cloud.queues.items() if url.endswith(f"/{worker.queue}"))

    def minute(self) -> int:
        """Run the schedules of this minute and the workers; return how many messages were handled."""
        self.strikes += 1
        assert self.strikes < MOST_STRIKES, f"no rest: {list(chain(*self._due().partitions.values()))[:5]}"
        # a clock that finds nothing writes nothing
        for schedule in (*(SCHEDULES if self._anything_due() else ()), *self.hourly):
            if self.time >= self._fires[schedule.name]:
                self._fires[schedule.name] = (
                    self.time + EVERY[schedule.schedule_expression.unit] * schedule.schedule_expression.value
                )
                self._run(schedule.name, FIRED)
        if self.hourly or self._scanner:
            self._daily()
        return self.post()

    def _daily(self) -> None:
        """Let S3 expire files once a day, and let an operator move dead messages of files back.

        No clock asks for a file again, so the runbook's `redrive` is the only way.
        """
        if self._swept < self.time.date():
            self._swept = self.time.date()
            self.cloud.files.sweep()
        if self._scanner:
            for message in self._dead().messages:
                self._tell(json.loads(message.body), 0)
            self._dead().messages.clear()

    def _files(self) -> Any:
        return self._queue(next(worker for worker in WORKERS if worker.name == "files"))

    def _dead(self) -> Any:
        return self.cloud.queues[f"{self._files().url}-dead"]

    def post(self) -> int:
        """Let the workers handle every visible message; return how many were handled."""
        done = 0
        while batch := next(filter(None, map(self._received, WORKERS)), None):
            done += self._handle(*batch)
        return done

    documents = post

    def _received(self, worker: SQSEventConfig) -> tuple[SQSEventConfig, list[dict[str, Any]]] | None:
        url = self._queue(worker).url
        found = self.cloud.receive_message({"QueueUrl": url, "MaxNumberOfMessages": worker.batch_size})
        return (worker, found["Messages"]) if found else None

    def _handle(self, worker: SQSEventConfig, messages: list[dict[str, Any]]) -> int:
        """Invoke a worker, and delete the messages that it did not report as failed, unless it died.

        Sometimes the queue forgets that a message was deleted.
        """
        event = {
            "Records": [
                {"messageId": one["MessageId"], "body": one["Body"], "receiptHandle": one["ReceiptHandle"]}
                for one in messages
            ]
        }
        self._handling.append(lambda: self._run(worker.name, event))
        answer = self._run(worker.name, event)
        self._handling.pop()
        if answer is None:
            return 0
        failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
        done = [one for one in messages if one["MessageId"] not in failed]
        for one in done:
            if not self.faults.chance(0.1):
                self.cloud.delete_message(
                    {"QueueUrl": self._queue(worker).url, "ReceiptHandle": one["ReceiptHandle"]}
                )
        return len(done)

    def _run(self, name: str, event: dict[str, Any]) -> Any:
        """Invoke a worker; return None if it died or failed as a whole."""
        self._aged()
        try:
            with self.faults.unquiet():
                return getattr(handlers, name)(event, LEFT)
        except Died:
            self.restart()
        except Exception as error:  # Lambda logs it, and the schedule or the message comes again
            self.counted[f"{name}: {type(error).__name__}"] += 1
        return None

    def _work(self) -> None:
        """Act as a rival: another worker does all pending work."""
        self.product.clockwork.tick()
        self.post()

    def _twin(self) -> None:
        """Act as a rival: another worker gets the same message, as standard queues permit."""
        if self._handling:
            self._handling[-1]()


def _sent(form: PresignedForm, content: bytes) -> None:
    """Send a file by a form as a browser does; raise `Unavailable` if it was not taken."""
    parts = "".join(
        f'--line\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in form.fields.items()
    )
    file = b'--line\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    body = parts.encode() + file + content + b"\r\n--line--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=line"}
    try:
        answered = URLLib3Session().send(AWSRequest("POST", form.url, headers, body).prepare())
    except BotoCoreError as error:
        raise Unavailable("browser") from error
    if answered.status_code >= 300:
        raise Unavailable("browser")


def look(rows: list[tuple[Any, ...]]) -> Iterator[datetime]:
    """Yield the moments by which rows of the index are sorted, without their prefixes."""
    return (instant(re.search(r"\d{4}-.*Z", row[0])[0]) for row in rows)  # type: ignore[index]


@contextmanager
def driven(faults: Faults) -> Iterator[Driven]:
    """A scenario under a schedule of faults, which prints and logs nothing."""
    cloud, _ = account()
    logging.disable(logging.CRITICAL)
    try:
        with redirect_stdout(StringIO()), cloud_scenario(faults, SHARDS="2") as scenario:
            yield Driven(scenario, cloud, faults)
    finally:
        logging.disable(logging.NOTSET)
