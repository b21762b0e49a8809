"""A builder of test situations: a scenario with staff on duty, complaints, and a clock that tests move."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce, wraps
from hashlib import sha256
from operator import or_
from typing import Any, TypeVar

from chalicelib.access.authorization import CLOCK, Caller
from chalicelib.domain import timeline
from chalicelib.domain.engine.deadlines import look_at
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import Case, Confirmed
from chalicelib.domain.model.codes import Channel, ConfirmedBy, Role, Undelivered
from chalicelib.domain.outages import GAP
from chalicelib.domain.roster import Member, Roster, Team
from chalicelib.web import request_models
from chalicelib.wiring import Product

Build = TypeVar("Build", bound=Callable[..., Any])
T0 = datetime(2026, 2, 12, 1, tzinfo=UTC)
"""Thursday 12 February 2026, 09:00 in Shanghai: shortly before the Spring Festival."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NETWORK = "203.0.113.7"
"""The network from which complaints are filed."""
UNBROKEN = 36_500 * DAY
"""A gap of the clock that no test reaches: time that passes in a test is no outage, unless the test says
so."""
ROLES = {
    "wang": "intake",
    "zhao": "investigator",
    "sun": "lead",
    "zhou": "supervisor",
    "wu": "executive",
    "zheng": "administrator",
    "qian": "safety",
    "feng": "followup",
    "chen": "followup",
}
DEPARTMENT = {"he": "department", "shi": "department_head"}
"""The repair department, which answers the investigators' questions."""


def staff(who: str, *more: Role) -> Caller:
    """Return a member of staff with their role on the roster, and `more` roles."""
    return Caller(
        who, reduce(or_, more, Role[ROLES[who].upper()]), frozenset({"general"}), name=f"{who}@house.example"
    )


WANG, ZHAO, SUN, ZHOU, WU, QIAN, FENG, CHEN = (
    staff(who) for who in ("wang", "zhao", "sun", "zhou", "wu", "qian", "feng", "chen")
)
HE = Caller("he", Role.DEPARTMENT, frozenset({"repair"}), name="he@house.example")
LIN = Caller("lin", Role.LEAD, frozenset({"general"}), name="lin@house.example")
BY_CODE = Confirmed(ConfirmedBy.CODE)
"""The confirmation that parties give in tests."""
CONSUMER = Caller("consumer", Role.CONSUMER, channel=Channel.WEB)


def complaint(**changes: Any) -> dict[str, Any]:
    """Return the body of an ordinary complaint, with changes."""
    return {
        "person": {"name": "王芳", "phone": "13800138000", "email": "wang.fang@mail.example"},
        "account": {"story": "洗衣机坏了，商家不退。"},
        "matters": [
            {"type": "quality", "sub_type": "defect", "amount": {"amount": "1655.00", "currency": "CNY"}},
            {"type": "warranty", "sub_type": "repair_refused"},
        ],
        "region": "310000",
        "wishes": ["refund"],
        "hurt": "no",
        "consents": {"truthful": True, "data_use": True},
        **changes,
    }


def sure(caller: Caller, name: str, body: dict[str, Any]) -> tuple[Caller, dict[str, Any]]:
    """Return caller and body of a move, confirmed as far as needed: a party by code. For a move that gives
    something up, and when staff join two complaints of a person, they say that they have read it back, unless
    the body has a scan."""
    declared = MOVES.get(name)
    if caller.party:
        return replace(caller, confirmed=BY_CODE), body
    reads = name == "link_duplicate" or (
        declared is not None
        and declared.gives_up is not None
        and "read_back" in declared.parameters
        and "scan" not in body
    )
    return caller, {"read_back": True, **body} if reads else body


def sent_code(product: Product, ref: str, party: str = "p1") -> str:
    """Return the one-time code that was last sent to a party."""
    lines = [json.loads(entry.line) for entry in product.file.whole(ref).entries]
    sent = [
        line["facts"] for line in lines if line["move"] == "send_code" and line["facts"]["party"] == party
    ]
    return product.links.code(ref, party, sent[-1]["code"])


def roster() -> Roster:
    """Return the roster: staff on duty, and the repair department."""

    def duty(of: dict[str, str]) -> dict[str, tuple[Member, ...]]:
        return {
            role: tuple(Member(who, who.title(), f"{who}@house.example") for who in of if of[who] == role)
            for role in of.values()
        }

    return Roster(
        {
            "general": Team({"zh": "客户权益组", "en": "Customer rights team"}, "400-800-1234", duty(ROLES)),
            "repair": Team({"zh": "维修部", "en": "Repairs"}, "", duty(DEPARTMENT)),
        }
    )


def once(build: Build) -> Build:
    """Wrap a builder so that its situation is played once in a process. A later call from the same
    state loads that situation, as after a restart of the product."""

    @wraps(build)
    def built(scenario: Scenario, *said: Any, **more: Any) -> Any:
        def play() -> Any:
            return build(scenario, *said, **more)

        return scenario.played.again(build, repr((said, more)), play) if scenario.played else play()

    return built  # type: ignore[return-value]


class Scenario:
    """The product, with time in the test's hands."""

    def __init__(self, product: Product, sent: Callable[[], list[dict[str, Any]]]) -> None:
        self.product, self.time, self._sent = product, T0, sent
        self.played: Any = None
        self.started()
        product.file.keep_roster(roster())

    def started(self, restart: Callable[[], None] = lambda: None) -> None:
        """Set the product's time to that of the scenario, as after the start of a process."""
        restart()
        self.product.__dict__["now"] = lambda: self.time
        self.product.__dict__["pause"] = lambda seconds: None
        self.product.outages.gap = UNBROKEN

    def later(self, by: timedelta) -> None:
        """Let time pass in which the clock finds nothing to do. What fell due waits for the next minute that
        is played."""
        self.time += by

    def stands_still(self, by: timedelta) -> None:
        """Let time pass without the clock, then play a minute; a long gap is then recorded as an outage."""
        self.product.outages.beat(self.time)
        self.time += by
        self.product.outages.gap = GAP
        self.minute()
        self.product.outages.gap = UNBROKEN

    def submit(self, caller: Caller = CONSUMER, key: Any = None, **changes: Any) -> Case:
        """File an ordinary complaint, with changes."""
        return self.product.casework.submit(
            caller,
            request_models.arguments("submit", json.dumps(complaint(**changes)), self.time),
            key,
            network=NETWORK,
        )

    def move(self, caller: Caller, name: str, ref: str, seen: int | None = None, **body: Any) -> Case:
        """Take a move with these fields as request body; confirmations are added."""
        caller, body = sure(caller, name, body)
        return self.product.casework.move(
            name, ref, caller, request_models.arguments(name, json.dumps(body), self.time), None, seen
        )

    def party(self, case: Case) -> Caller:
        """Return the consumer of a case, with their link."""
        return Caller("p1", Role.CONSUMER, ref=case.ref, party="p1", channel=Channel.WEB)

    def by_link(self, ref: str, id: str = "p1") -> Caller:
        """Return a person of a case, with their link and their role there."""
        return Caller(id, self.product.file.load(ref).party(id).role, ref=ref, party=id, channel=Channel.WEB)

    def tell(self, ref: str, by: Caller = WANG) -> int:
        """Tell every waiting letter by phone; return their number."""
        waiting = self.product.file.load(ref).tellings
        for telling in waiting:
            self.move(
                by,
                "record_telling",
                ref,
                telling=telling.id,
                how="counter",
                told=True,
                said="按文书读给本人听。",
            )
        return len(waiting)

    def confirm(self, ref: str, party: str = "p1") -> Case:
        """Confirm the mailbox of a party, or their new address that waits, as the button in the letter
        does."""
        new = self.product.file.load(ref).party(party).pending is not None
        return self.product.casework.move("confirm_address", ref, CLOCK, {"party": party, "new": new})

    def code(self, ref: str, name: str, party: str = "p1", **body: Any) -> dict[str, str]:
        """Send a party the code for a move in these terms, to their confirmed mailbox; return the header
        with it."""
        self.confirm(ref, party)
        self.product.codes.send(
            self.by_link(ref, party), name, request_models.arguments(name, json.dumps(body), self.time)
        )
        return {"Confirmation-Code": sent_code(self.product, ref, party)}

    def agreed(self, ref: str, asked: Caller, by: Caller, name: str, /, **body: Any) -> Case:
        """Ask for a move as one person and approve it as another."""
        case = self.move(asked, name, ref, **body)
        return self.move(by, "approve", ref, approval=case.approvals[-1].id)

    def live(self, by: timedelta, *refs: str) -> None:
        """Let time pass: the clock runs whenever something falls due on these cases, and letters leave at
        once. A clock that takes no step at what is due fails."""
        end, idle = self.time + by, 0
        self.post()
        while (
            at := min(filter(None, (look_at(self.product.file.load(ref)) for ref in refs)), default=end)
        ) < end:
            idle = 0 if at > self.time else idle + 1
            assert idle < 100, "the clock takes no step"
            self.time = max(at, self.time)
            self.minute(), self.post()
        self.time = end

    def keep(self, case: Case) -> None:
        """Save a head with its MACs as a move does; no clock looks at it."""
        from chalicelib.aws import rows
        from chalicelib.aws.case_file import CASE

        pk, body = rows.case(case.ref), CASE.written(case).decode()
        macs, kept = self.product.macs, sha256(body.encode()).hexdigest()
        head = rows.Row(pk, rows.HEAD, body=body, entries=case.entries)
        head.mac, head.mac_state = (
            macs.head(pk, case.entries, kept),
            macs.clock(pk, case.entries, None, None),
        )
        head.save()

    def late(self, ref: str) -> set[str]:
        """Return the missed deadlines of a case: those with a step at or after their due moment."""
        return {facts["deadline"] for facts in self.lines(ref, "take_step") if not facts["early"]}

    def letters(self, ref: str, to: str = "party:p1") -> list[str]:
        """Return the names of a case's letters to a recipient, in the order of the timeline. All letters of
        the case must be readable, and none given up. Letters that are no longer true are skipped."""
        found = self.product.file.whole(ref).letters
        assert all(
            letter["state"] in ("owed", "sent", "told by staff", "to be fetched")
            or letter["way"] == "page"
            or (letter["sent"] or {}).get("why") == Undelivered.OVERTAKEN
            for letter in found
        )
        mine = [letter for letter in found if letter["to"] == to]
        return [letter["name"] for letter in sorted(mine, key=lambda letter: (letter["at"], letter["entry"]))]

    def minute(self) -> int:
        """Run the schedule of a minute and the walks it asks for; return the number of rows that were looked
        at."""
        clock = self.product.clockwork
        clock.tick()
        cases = sum(clock.walk(task["shard"], lambda: 120_000) for task in self._tasks("CLOCK_QUEUE"))
        return cases + sum(
            clock.walk_letters(task["shard"], lambda: 120_000) for task in self._tasks("POST_QUEUE")
        )

    def post(self) -> int:
        """Deliver every letter and link that was asked for; return the number of tasks."""
        tasks = list(self._tasks("LETTERS_QUEUE"))
        for task in tasks:
            self.product.letters_asked(task, lambda: 120_000)
        return len(tasks)

    def watch(self) -> int:
        """Check the record of every shard that was asked for; return the number of requests."""
        tasks = list(self._tasks("RECORD_QUEUE"))
        for task in tasks:
            self.product.record.watch(task["shard"], lambda: 120_000, task["rest"])
        return len(tasks)

    def documents(self) -> int:
        """Make every document that was asked for; return the number of requests."""
        tasks = list(self._tasks("DOCUMENTS_QUEUE"))
        for task in tasks:
            self.product.documents.make(task["ref"], task.get("copy", ""))
        return len(tasks)

    def sent(self) -> list[dict[str, Any]]:
        """Return every mail that left, in order: {to, subject, text}, and files by name if it has any."""
        return self._sent()

    def moves(self, ref: str) -> list[str]:
        """Return the moves of a case's timeline, in order. The chain must verify, and the index must hold
        the next due moment."""
        dossier = self.product.file.whole(ref)
        assert timeline.verify(dossier.entries, dossier.case) is None
        from chalicelib.aws import rows

        row = rows.Row.get(rows.case(ref), "CASE")
        # a row from before an outage was recorded is early, and is corrected when it is due
        soonest, at = (look_at(case) for case in (replace(dossier.case, outages=()), dossier.case))
        assert row.look_at == (at and timeline.stamp(at)) or (
            soonest and at and timeline.stamp(soonest) <= row.look_at < timeline.stamp(at)
        )
        return [json.loads(entry.line)["move"] for entry in dossier.entries]

    def lines(self, ref: str, move: str) -> list[dict[str, Any]]:
        """Return the facts of every entry of one move."""
        lines = (json.loads(entry.line) for entry in self.product.file.whole(ref).entries)
        return [line["facts"] for line in lines if line["move"] == move]

    def _tasks(self, queue: str) -> Iterator[dict[str, Any]]:
        sqs, url = self.product.client("sqs", region_name="us-east-1"), self.product.setting(queue)
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                yield json.loads(message["Body"])
