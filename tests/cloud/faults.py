"""What can go wrong at a call to AWS, as a schedule drawn from a seed: a road that lies between the product
and the small AWS."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain
from random import Random
from threading import current_thread, main_thread
from typing import NamedTuple

from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from tests.cloud.aws import NONE, Cloud, cancelled
from tests.cloud.refused import Refused
from tests.cloud.rest_xml import Raw
from tests.cloud.secrets import PREVIOUS
from tests.cloud.session import Apply, Call, answer, error
from tests.house import T0


class Died(BaseException):
    """The process is gone. Not an Exception: no product code may catch it."""


class Fault(StrEnum):
    """What happens at one call."""

    UNREACHED = "unreached"
    BROKEN = "broken"
    THROTTLED = "throttled"
    CONFLICT = "conflict"
    LOST = "lost"
    DIED_BEFORE = "died before"
    DIED_AFTER = "died after"
    RIVAL = "rival"
    REFUSED = "refused"
    SLOW = "slow"
    DONE = "done, then an error"
    CUT = "cut"
    FORBIDDEN = "forbidden"
    WRONG = "wrong signature"
    STALE = "stale"


AT_STORES = {
    "s3": (Fault.SLOW, Fault.DONE, Fault.CUT, Fault.FORBIDDEN),
    "kms": (Fault.SLOW, Fault.DONE, Fault.FORBIDDEN, Fault.WRONG),
    "secretsmanager": (Fault.SLOW, Fault.DONE, Fault.STALE),
}
"""Faults that only calls to files, keys and secrets can have."""
ANY = tuple(fault for fault in Fault if fault not in {Fault.REFUSED, *chain(*AT_STORES.values())})
"""What may happen at a call of any kind."""
OUTAGES = (Fault.UNREACHED, Fault.BROKEN, Fault.THROTTLED, Fault.LOST)
"""What a service may do for a while."""
HARMLESS = {Fault.RIVAL, Fault.REFUSED, Fault.SLOW, Fault.STALE}
"""After these no answer is missing."""
REFUSALS = (0, 0, 0, 0.05, 0.3)
"""So great a share of the letters is refused for their address: on these no window may end. Drawn apart, so
that the other faults of a seed stay what they were."""
STOPS, LONGEST_STOP = (0, 0, 0, 1, 2), timedelta(hours=36)
"""So often, and for so long, the clock does not run; drawn apart for the same reason."""
DEATHS = {Fault.DIED_BEFORE, Fault.DIED_AFTER}
MOST_DEATHS = 0.1
"""So often at most a process dies where nothing else goes wrong: at a fifth of its calls it hardly ever
reaches a letter."""
SLOWEST = timedelta(seconds=19)
"""So long an answer takes at most that still comes in time."""
LONGEST_BURST = 12
"""So many calls to a service go wrong one after the other, where a client tries three times."""
MOST_FAULTS = 1_000
"""After so many all goes well: a schedule of more only repeats itself, and a few of these would take most of
the time of thousands."""
LONGEST_OUTAGE = {
    "dynamodb": timedelta(minutes=40),
    "sqs": timedelta(hours=2),
    "sesv2": timedelta(hours=8),
    "secretsmanager": timedelta(hours=1),
}
"""So long a service does nothing else."""
LONGEST_AT_STORES = {"s3": timedelta(hours=3), "kms": timedelta(hours=6)}
"""The same of the stores."""
WITHIN = timedelta(days=20)
"""Of the beginning of a life an outage begins."""
THROTTLES = {
    "dynamodb": ("ProvisionedThroughputExceededException", "ThrottlingException"),
    "sqs": ("ThrottlingException",),
    "sesv2": ("TooManyRequestsException",),
    "secretsmanager": ("ThrottlingException",),
    "s3": ("SlowDown",),
    "kms": ("ThrottlingException", "LimitExceededException"),
}
STATUS = {"sesv2": 429, "s3": 503}
"""The status of an answer that throttles, where it is not 400."""


ONLY_AT = {
    Fault.CUT: {"PutObject", "GetObject", "POST"},
    Fault.FORBIDDEN: {"PutObject", "CopyObject", "Sign"},
    Fault.WRONG: {"Sign"},
    Fault.STALE: {"GetSecretValue"},
}
"""Operations that alone can have these faults."""


@dataclass(frozen=True)
class Happened:
    """One fault: at which call, of which invocation of the product, to which operation; `what` names the
    letter of a mail."""

    call: int
    invocation: int
    fault: Fault
    operation: str
    what: str = ""

    def __str__(self) -> str:
        return f"{self.call}: {self.operation} {self.fault} {self.what}".rstrip()


class Outage(NamedTuple):
    """A service that does nothing but this for a time."""

    service: str
    fault: Fault
    start: datetime
    end: datetime


class Faults:
    """A schedule. Nothing goes wrong until somebody says `unquiet`. A `rival` runs at the call that it comes
    before: what it begins as an invocation of its own goes wrong too, the rest does not.

    Each seed has its own share of faults and its own kinds, so that one schedule is a day of throttling and
    another a rain of deaths.
    """

    def __init__(self, seed: int, only: tuple[Fault, ...] = ANY) -> None:
        self.seed, self._chance = seed, Random(seed)
        self.rate = self._chance.choice([0.01, 0.03, 0.1, 0.1, 0.2])
        self.kinds = sorted(self._chance.sample(only, self._chance.randint(1, len(only))))
        if DEATHS.issuperset(self.kinds):
            self.rate = min(self.rate, MOST_DEATHS)
        self._refuser = Random(f"refusals {seed}")
        self.refusals = self._refuser.choice(REFUSALS)
        self.outages = [
            self._outage(self._chance, LONGEST_OUTAGE) for _ in range(self._chance.choice([0, 0, 1, 2, 4]))
        ]
        # drawn apart, as the refusals
        self._stores = Random(f"stores {seed}")
        self.at_stores = self._stores.choice([0, 0.02, 0.1, 0.3])
        self.outages += [
            self._outage(self._stores, LONGEST_AT_STORES) for _ in range(self._stores.choice([0, 0, 1, 3]))
        ]
        stopper = Random(f"stops {seed}")
        self._stops = [
            (T0 + WITHIN * stopper.random(), LONGEST_STOP * stopper.random())
            for _ in range(stopper.choice(STOPS))
        ]
        self.later: Callable[[timedelta], None] = lambda by: None
        self.now: Callable[[], datetime] = lambda: T0
        self.cloud = Cloud(lambda: T0)
        self.rivals: list[Callable[[], None]] = []
        self.calls, self.invocation = 0, 0
        self.happened: list[Happened] = []
        self.taken: list[tuple[int, int, str]] = []
        self._on, self._invocations, self._bursts = False, 0, dict[str, tuple[Fault, int]]()

    def _outage(self, chance: Random, longest: Mapping[str, timedelta]) -> Outage:
        service = chance.choice(sorted(longest))
        start = T0 + WITHIN * chance.random()
        fault = chance.choice(OUTAGES)
        return Outage(service, fault, start, start + longest[service] * chance.random())

    def stops(self, at: datetime) -> timedelta:
        """For how long the clock stands still that would run at a moment; each stop comes once."""
        begun = [stop for stop in self._stops if stop[0] <= at]
        self._stops = [stop for stop in self._stops if stop not in begun]
        return sum((long for _, long in begun), timedelta(0))

    def cease(self) -> None:
        """Nothing goes wrong any more."""
        self.rate, self.refusals, self.at_stores = 0.0, 0.0, 0.0
        self.outages, self._stops = [], []
        self._bursts.clear()

    @contextmanager
    def unquiet(self) -> Iterator[None]:
        """One invocation of the product, in which calls go wrong."""
        was = self._on, self.invocation
        self._invocations += 1
        self._on, self.invocation = True, self._invocations
        try:
            yield
        finally:
            self._on, self.invocation = was

    def __call__(self, call: Call, apply: Apply) -> AWSResponse:
        """The road."""
        self.calls += 1
        if not self._on:
            return self._applied(call, apply)
        # of what goes on at the same time no order is told again by a seed
        fault = self.drawn(call) if current_thread() is main_thread() else None
        if fault is None:
            return self._applied(call, apply)
        self.happened.append(Happened(self.calls, self.invocation, fault, call.operation, letter(call)))
        match fault:
            case Fault.UNREACHED:
                raise EndpointConnectionError(endpoint_url=call.url)
            case Fault.BROKEN | Fault.DONE:
                if fault == Fault.DONE:
                    self._applied(call, apply)
                code = "InternalError" if call.service == "s3" else "InternalServerError"
                return error(call, Refused(code, status=500))
            case Fault.THROTTLED:
                code = self._chance.choice(THROTTLES[call.service])
                return error(call, Refused(code, "Slow down.", STATUS.get(call.service, 400)))
            case Fault.CONFLICT:
                return error(
                    call,
                    cancelled(
                        [
                            {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"},
                            *[NONE] * (len(call.request["TransactItems"]) - 1),
                        ]
                    ),
                )
            case Fault.REFUSED:
                return error(call, Refused("MessageRejected", "Local address contains whitespace", 400))
            case Fault.SLOW:
                self.later(SLOWEST * self._stores.random())
                return self._applied(call, apply)
            case Fault.FORBIDDEN:
                code = "AccessDenied" if call.service == "s3" else "AccessDeniedException"
                return error(call, Refused(code, "Access Denied", 403 if call.service == "s3" else 400))
            case Fault.CUT:
                return _cut(call, apply)
            case Fault.WRONG:
                return _wrong(self._applied(call, apply))
            case Fault.STALE:
                return self._applied(call, lambda: answer(self.cloud, _before(call, self.cloud)))
            case Fault.LOST:
                self._applied(call, apply)
                raise ReadTimeoutError(endpoint_url=call.url)
            case Fault.DIED_BEFORE:
                raise Died
            case Fault.DIED_AFTER:
                self._applied(call, apply)
                raise Died
        self._on = False
        try:
            self._chance.choice(self.rivals)()
        finally:
            self._on = True
        return self._applied(call, apply)

    def drawn(self, call: Call) -> Fault | None:
        """Draw the fault of the next call; None for a call that succeeds."""
        if len(self.happened) >= MOST_FAULTS:
            return None
        if call.operation == "SendEmail" and self._refuser.random() < self.refusals:
            return Fault.REFUSED
        now = self.now()
        for outage in self.outages:
            if outage.service == call.service and outage.start <= now < outage.end:
                return outage.fault
        if call.service in self._bursts:
            fault, left = self._bursts.pop(call.service)
            if left > 1:
                self._bursts[call.service] = fault, left - 1
            return fault
        if self._chance.random() >= self.rate:
            return self._at_store(call)
        fault = self._chance.choice(self.kinds)
        if fault == Fault.CONFLICT and call.operation != "TransactWriteItems":
            return None
        if fault in OUTAGES and self._chance.random() < 0.3:
            self._bursts[call.service] = fault, self._chance.randint(1, LONGEST_BURST)
        return fault

    def _at_store(self, call: Call) -> Fault | None:
        if call.service not in AT_STORES or self._stores.random() >= self.at_stores:
            return None
        fault = self._stores.choice(AT_STORES[call.service])
        only = ONLY_AT.get(fault)
        return fault if only is None or call.operation in only else None

    def _applied(self, call: Call, apply: Apply) -> AWSResponse:
        answer = apply()
        if call.operation == "SendEmail" and answer.status_code == 200:
            self.taken.append((self.calls, self.invocation, letter(call)))
        return answer

    def chance(self, of: float) -> bool:
        """Whether something else goes wrong that happens so often, in a schedule that has faults at all."""
        return self._chance.random() < min(1.0, self.rate * 10) * of

    def excused(self, mail: int) -> bool:
        """Whether the mail taken at this call may leave again: its answer was lost, or something went wrong
        in the same invocation before it could be recorded."""
        invocation = next(of for at, of, _ in self.taken if at == mail)
        return any(
            one.invocation == invocation and one.call >= mail and one.fault not in HARMLESS
            for one in self.happened
        )

    def summed(self) -> Counter[Fault]:
        """How often each fault happened."""
        return Counter(one.fault for one in self.happened)


def _cut(call: Call, apply: Apply) -> AWSResponse:
    """Break a connection in the middle: S3 keeps nothing of a put, and half of a read arrives."""
    if call.operation != "GetObject":
        said = (
            "Your socket connection to the server was not read from or written to within the timeout period."
        )
        return error(call, Refused("RequestTimeout", said, 400))
    answered = apply()
    if answered.status_code < 300:
        content = answered.raw.read()
        answered.raw = Raw(content[: len(content) // 2])
    return answered


def _wrong(answered: AWSResponse) -> AWSResponse:
    """Change the signature in an answer."""
    if answered.status_code == 200:
        told = json.loads(answered.content)
        signature = bytearray(b64decode(told["Signature"]))
        signature[-1] ^= 1
        answered._content = json.dumps({**told, "Signature": b64encode(signature).decode()}).encode()
    return answered


def _before(call: Call, cloud: Cloud) -> Call:
    """Turn a call into one for the previous version of the secret."""
    secret = cloud.secrets.held.get(call.request["SecretId"])
    stage = {"VersionStage": PREVIOUS} if secret and PREVIOUS in secret.staged else {}
    return replace(call, request={**call.request, **stage})


def letter(call: Call) -> str:
    """The letter that a call mails, by case and id; nothing for another call."""
    return "/".join(tag["Value"] for tag in call.request.get("EmailTags", ()))
