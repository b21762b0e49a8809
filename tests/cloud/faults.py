"""Faults at calls to AWS, drawn from a seed, on the road between the product and the small AWS."""

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
from tests.cloud.secrets_manager import PREVIOUS
from tests.cloud.session import Apply, Call, answer, error
from tests.scenario import T0


class Died(BaseException):
    """The process has died. No Exception, since no product code may catch it."""


class Fault(StrEnum):
    """A fault at one call."""

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
"""Faults that a call of any kind can have."""
OUTAGES = (Fault.UNREACHED, Fault.BROKEN, Fault.THROTTLED, Fault.LOST)
"""Faults that a service can have for a while."""
HARMLESS = {Fault.RIVAL, Fault.REFUSED, Fault.SLOW, Fault.STALE}
"""Faults after which no answer is missing."""
REFUSALS = (0, 0, 0, 0.05, 0.3)
"""The possible shares of letters that are refused for their address; on these no window may end.

They are drawn separately, so that a seed's other faults stay the same.
"""
STOPS, LONGEST_STOP = (0, 0, 0, 1, 2), timedelta(hours=36)
"""How often, and for how long at most, the clock does not run; drawn separately for the same reason."""
DEATHS = {Fault.DIED_BEFORE, Fault.DIED_AFTER}
MOST_DEATHS = 0.1
"""The largest share of deaths in a schedule without other faults.

At a fifth of its calls a process would hardly ever reach a letter.
"""
SLOWEST = timedelta(seconds=19)
"""The longest delay of an answer that is still in time."""
LONGEST_BURST = 12
"""The most failures of a service in a row; a client tries three times."""
MOST_FAULTS = 1_000
"""The most faults in a schedule.

A longer one only repeats itself, and a few such would take most of the time of thousands.
"""
LONGEST_OUTAGE = {
    "dynamodb": timedelta(minutes=40),
    "sqs": timedelta(hours=2),
    "sesv2": timedelta(hours=8),
    "secretsmanager": timedelta(hours=1),
}
"""The longest outage of each service."""
LONGEST_AT_STORES = {"s3": timedelta(hours=3), "kms": timedelta(hours=6)}
"""The longest outage of each store."""
WITHIN = timedelta(days=20)
"""The time from the start of a life within which an outage begins."""
THROTTLES = {
    "dynamodb": ("ProvisionedThroughputExceededException", "ThrottlingException"),
    "sqs": ("ThrottlingException",),
    "sesv2": ("TooManyRequestsException",),
    "secretsmanager": ("ThrottlingException",),
    "s3": ("SlowDown",),
    "kms": ("ThrottlingException", "LimitExceededException"),
}
STATUS = {"sesv2": 429, "s3": 503}
"""The status of a throttling answer, where it is not 400."""


ONLY_AT = {
    Fault.CUT: {"PutObject", "GetObject", "POST"},
    Fault.FORBIDDEN: {"PutObject", "CopyObject", "Sign"},
    Fault.WRONG: {"Sign"},
    Fault.STALE: {"GetSecretValue"},
}
"""The only operations that can have these faults."""


@dataclass(frozen=True)
class Happened:
    """One fault with its call, its invocation of the product and its operation.

    `what` names the letter of a mail.
    """

    call: int
    invocation: int
    fault: Fault
    operation: str
    what: str = ""

    def __str__(self) -> str:
        return f"{self.call}: {self.operation} {self.fault} {self.what}".rstrip()


class Outage(NamedTuple):
    """A service that has only this fault for a time."""

    service: str
    fault: Fault
    start: datetime
    end: datetime


class Faults:
    """A schedule of faults, which occur only within `unquiet`.

    A `rival` runs before the call that draws it; faults occur in the rival only in an invocation of its own.

    Each seed has its own share and kinds of faults: one schedule is a day of throttling, another many deaths.
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
        # drawn separately, like the refusals
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
        self._foreseen: list[Fault | None] = []

    def _outage(self, chance: Random, longest: Mapping[str, timedelta]) -> Outage:
        service = chance.choice(sorted(longest))
        start = T0 + WITHIN * chance.random()
        fault = chance.choice(OUTAGES)
        return Outage(service, fault, start, start + longest[service] * chance.random())

    def stops(self, at: datetime) -> timedelta:
        """Return the length of the clock's stop at this moment; each stop is returned once."""
        begun = [stop for stop in self._stops if stop[0] <= at]
        self._stops = [stop for stop in self._stops if stop not in begun]
        return sum((long for _, long in begun), timedelta(0))

    def cease(self) -> None:
        """End all faults."""
        self.rate, self.refusals, self.at_stores = 0.0, 0.0, 0.0
        self.outages, self._stops = [], []
        self._bursts.clear()

    @contextmanager
    def unquiet(self) -> Iterator[None]:
        """Make one invocation of the product, in which calls can fail."""
        was = self._on, self.invocation
        self._invocations += 1
        self._on, self.invocation = True, self._invocations
        try:
            yield
        finally:
            self._on, self.invocation = was

    def __call__(self, call: Call, apply: Apply) -> AWSResponse:
        """Handle a try of a call as the road to AWS."""
        self.calls += 1
        if (fault := self._next(call)) is None:
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

    def foresees(self, call: Call) -> bool:
        """Return whether the next call has no fault at its first try. A fault that is drawn here occurs when
        the call is made."""
        self._foreseen = []
        self._foreseen = [self._next(call)]
        return self._foreseen == [None]

    def passed(self, call: Call) -> None:
        """Count a call that was answered without a fault and without the wire."""
        self.calls += 1
        self._foreseen = []
        self._taken(call)

    def _next(self, call: Call) -> Fault | None:
        """Return the fault of the next try: the foreseen one, or else a drawn one."""
        # a seed cannot reproduce the order of calls in other threads
        if not self._on or current_thread() is not main_thread():
            return None
        return self._foreseen.pop() if self._foreseen else self.drawn(call)

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
        if answer.status_code == 200:
            self._taken(call)
        return answer

    def _taken(self, call: Call) -> None:
        if call.operation == "SendEmail":
            self.taken.append((self.calls, self.invocation, letter(call)))

    def chance(self, of: float) -> bool:
        """Return whether another event of this probability occurs, in a schedule with faults."""
        return self._chance.random() < min(1.0, self.rate * 10) * of

    def excused(self, mail: int) -> bool:
        """Return whether the mail taken at this call may be sent again.

        That is so if its answer was lost, or a fault in the same invocation could prevent its record.
        """
        invocation = next(of for at, of, _ in self.taken if at == mail)
        return any(
            one.invocation == invocation and one.call >= mail and one.fault not in HARMLESS
            for one in self.happened
        )

    def summed(self) -> Counter[Fault]:
        """Return how often each fault happened."""
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
    """Return the letter that a call mails, by case and id; empty for another call."""
    return "/".join(tag["Value"] for tag in call.request.get("EmailTags", ()))
