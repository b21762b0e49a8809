"""A builder of situations: a house with staff on duty, complaints in it, and a clock that is moved, never
slept."""

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
from chalicelib.domain.model.codes import Channel, ConfirmedBy, Role
from chalicelib.domain.outages import GAP
from chalicelib.domain.roster import Member, Roster, Team
from chalicelib.web import request_models
from chalicelib.wiring import Product

Build = TypeVar("Build", bound=Callable[..., Any])
T0 = datetime(2026, 2, 12, 1, tzinfo=UTC)
"""Thursday 12 February 2026, 09:00 in Shanghai: the last working day before the Spring Festival is near."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NETWORK = "203.0.113.7"
"""The network that complaints are filed from."""
UNBROKEN = 36_500 * DAY
"""A gap of the clock that no test reaches: time that a test lets pass is no outage, unless it says so."""
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
"""The repair department, which answers questions of those who investigate."""


def staff(who: str, *more: Role) -> Caller:
    """A member of staff with the role they have on the roster."""
    return Caller(
        who, reduce(or_, more, Role[ROLES[who].upper()]), frozenset({"general"}), name=f"{who}@house.example"
    )


WANG, ZHAO, SUN, ZHOU, WU, QIAN, FENG, CHEN = (
    staff(who) for who in ("wang", "zhao", "sun", "zhou", "wu", "qian", "feng", "chen")
)
HE = Caller("he", Role.DEPARTMENT, frozenset({"repair"}), name="he@house.example")
LIN = Caller("lin", Role.LEAD, frozenset({"general"}), name="lin@house.example")
BY_CODE = Confirmed(ConfirmedBy.CODE)
"""What the people of these tests confirm by whatever they do."""
CONSUMER = Caller("consumer", Role.CONSUMER, channel=Channel.WEB)


def complaint(**changes: Any) -> dict[str, Any]:
    """The body of an ordinary complaint."""
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
    """Who takes a move and what they say, once what gives something up is confirmed: by a party with a code,
    by staff who have read it back."""
    declared = MOVES.get(name)
    if caller.party:
        return replace(caller, confirmed=BY_CODE), body
    reads = (
        declared is not None
        and declared.gives_up is not None
        and "read_back" in declared.parameters
        and "scan" not in body
    )
    return caller, {"read_back": True, **body} if reads else body


def sent_code(product: Product, ref: str, party: str = "p1") -> str:
    """The one-time code that was last sent to somebody."""
    lines = [json.loads(entry.line) for entry in product.file.whole(ref).entries]
    sent = [
        line["facts"] for line in lines if line["move"] == "send_code" and line["facts"]["party"] == party
    ]
    return product.links.code(ref, party, sent[-1]["code"])


def roster() -> Roster:
    """Who is on duty, and the department that is asked."""

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
    """A builder whose situation is played once in a process: whoever asks for the same in a house as it was
    then finds it there, as after a restart of the product."""

    @wraps(build)
    def built(house: House, *said: Any, **more: Any) -> Any:
        def play() -> Any:
            return build(house, *said, **more)

        return house.played.again(build, repr((said, more)), play) if house.played else play()

    return built  # type: ignore[return-value]


class House:
    """The product, with time in the test's hands."""

    def __init__(self, product: Product, sent: Callable[[], list[dict[str, Any]]]) -> None:
        self.product, self.time, self._sent = product, T0, sent
        self.played: Any = None
        self.started()
        product.file.keep_roster(roster())

    def started(self, anew: Callable[[], None] = lambda: None) -> None:
        """A process has just started, and its time is the house's."""
        anew()
        self.product.__dict__["now"] = lambda: self.time
        self.product.__dict__["pause"] = lambda seconds: None
        self.product.outages.gap = UNBROKEN

    def later(self, by: timedelta) -> None:
        """Let time pass. The clock runs meanwhile, and finds nothing to do: what it would have found waits
        for the next minute that is played."""
        self.time += by

    def stands_still(self, by: timedelta) -> None:
        """Let time pass in which the clock does not run; the minute after it does."""
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
        """Take a move as a request body says it."""
        caller, body = sure(caller, name, body)
        return self.product.casework.move(
            name, ref, caller, request_models.arguments(name, json.dumps(body), self.time), None, seen
        )

    def party(self, case: Case) -> Caller:
        """The consumer of a case, by their link."""
        return Caller("p1", Role.CONSUMER, ref=case.ref, party="p1", channel=Channel.WEB)

    def by_link(self, ref: str, id: str = "p1") -> Caller:
        """A person on a case, by their own link and in the role they have there."""
        return Caller(id, self.product.file.load(ref).party(id).role, ref=ref, party=id, channel=Channel.WEB)

    def tell(self, ref: str, by: Caller = WANG) -> int:
        """Tell on the phone whatever waits to be told; how many letters that were."""
        waiting = self.product.file.load(ref).tellings
        for telling in waiting:
            self.move(
                by,
                "record_telling",
                ref,
                telling=telling.id,
                how="phone",
                told=True,
                said="按文书读给本人听。",
            )
        return len(waiting)

    def confirm(self, ref: str, party: str = "p1") -> Case:
        """The owner of somebody's mailbox, or of the new address that waits, presses the button on the page
        that a letter leads to."""
        new = self.product.file.load(ref).party(party).pending is not None
        return self.product.casework.move("confirm_address", ref, CLOCK, {"party": party, "new": new})

    def code(self, ref: str, name: str, party: str = "p1", **body: Any) -> dict[str, str]:
        """The header with the code that somebody was sent to their confirmed mailbox for a move in these
        terms."""
        self.confirm(ref, party)
        self.product.codes.send(
            self.by_link(ref, party), name, request_models.arguments(name, json.dumps(body), self.time)
        )
        return {"Confirmation-Code": sent_code(self.product, ref, party)}

    def agreed(self, ref: str, asked: Caller, by: Caller, name: str, /, **body: Any) -> Case:
        """A move that one person asks for and a second one says yes to."""
        case = self.move(asked, name, ref, **body)
        return self.move(by, "approve", ref, approval=case.approvals[-1].id)

    def live(self, by: timedelta, *refs: str) -> None:
        """Let time pass with the clock firing whenever something falls due on one of these cases, and letters
        leaving at once."""
        end = self.time + by
        self.post()
        while (
            at := min(filter(None, (look_at(self.product.file.load(ref)) for ref in refs)), default=end)
        ) < end:
            self.time = max(at, self.time)
            self.minute(), self.post()
        self.time = end

    def keep(self, case: Case) -> None:
        """Put a head into the table as a move would have written it, with its MACs; no clock looks at it."""
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
        """What was missed on a case: every deadline with a step at or after its due moment."""
        return {facts["deadline"] for facts in self.lines(ref, "take_step") if not facts["early"]}

    def letters(self, ref: str, to: str = "party:p1") -> list[str]:
        """The letters of a case to somebody, in the order of the timeline; each can be read, and none was
        given up."""
        found = self.product.file.whole(ref).letters
        assert all(
            letter["state"] in ("owed", "sent", "told by staff", "to be fetched") or letter["way"] == "page"
            for letter in found
        )
        mine = [letter for letter in found if letter["to"] == to]
        return [letter["name"] for letter in sorted(mine, key=lambda letter: (letter["at"], letter["entry"]))]

    def minute(self) -> int:
        """What the schedule does once a minute, and the walks it asks for; how many rows were looked at."""
        clock = self.product.clockwork
        clock.tick()
        cases = sum(clock.walk(task["shard"], lambda: 120_000) for task in self._tasks("CLOCK_QUEUE"))
        return cases + sum(
            clock.walk_letters(task["shard"], lambda: 120_000) for task in self._tasks("POST_QUEUE")
        )

    def post(self) -> int:
        """Deliver every letter that was nudged, and every link that was asked for again; how many tasks there
        were."""
        tasks = list(self._tasks("LETTERS_QUEUE"))
        for task in tasks:
            self.product.letters_asked(task, lambda: 120_000)
        return len(tasks)

    def watch(self) -> int:
        """Check the record of every shard for which that was asked; how many requests there were."""
        tasks = list(self._tasks("RECORD_QUEUE"))
        for task in tasks:
            self.product.record.watch(task["shard"], lambda: 120_000, task["rest"])
        return len(tasks)

    def documents(self) -> int:
        """Make every document that was asked for; how many requests there were."""
        tasks = list(self._tasks("DOCUMENTS_QUEUE"))
        for task in tasks:
            self.product.documents.make(task["ref"], task.get("copy", ""))
        return len(tasks)

    def sent(self) -> list[dict[str, Any]]:
        """Every mail that left, in order: {to, subject, text}, and its files by name when it had any."""
        return self._sent()

    def moves(self, ref: str) -> list[str]:
        """The moves of a case's timeline, in order; the chain must verify and the index must know when to
        look next."""
        dossier = self.product.file.whole(ref)
        assert timeline.verify(dossier.entries, dossier.case) is None
        from chalicelib.aws import rows

        row = rows.Row.get(rows.case(ref), "CASE")
        # one that was written before the register knew of an outage is early, and put right when it is due
        soonest, at = (look_at(case) for case in (replace(dossier.case, outages=()), dossier.case))
        assert row.look_at == (at and timeline.stamp(at)) or (
            soonest and at and timeline.stamp(soonest) <= row.look_at < timeline.stamp(at)
        )
        return [json.loads(entry.line)["move"] for entry in dossier.entries]

    def lines(self, ref: str, move: str) -> list[dict[str, Any]]:
        """The facts of every entry of one move."""
        lines = (json.loads(entry.line) for entry in self.product.file.whole(ref).entries)
        return [line["facts"] for line in lines if line["move"] == move]

    def _tasks(self, queue: str) -> Iterator[dict[str, Any]]:
        sqs, url = self.product.client("sqs", region_name="us-east-1"), self.product.setting(queue)
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                yield json.loads(message["Body"])
