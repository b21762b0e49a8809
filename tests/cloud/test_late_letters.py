"""Whole lives in which mail stands still for days, at random times: no letter leaves that is no longer true,
no decision is lost, and no letter names a day that has passed as one to come.

What makes a letter untrue is read here from the moves on the timeline, not from deadlines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain.calendar import instant
from tests.cloud import laws
from tests.cloud.driven import Driven, driven
from tests.cloud.faults import Fault, Faults
from tests.cloud.lives import broken_and_made_good, declined, represented, talked_over, upheld_and_paid
from tests.cloud.session import Call
from tests.scenario import DAY, HOUR, T0

WITHIN, AWAY, THERE = 70 * DAY, 2 * DAY, 1 * DAY
"""The time in which mail stands still again and again, and the longest that it stands still and goes."""
ENDS = {
    "performance_question": {"confirm_done", "dispute_done", "decide_proof", "waive"},
    "cure_notice": {"claim_done", "confirm_done", "waive"},
    "obligation_reminder": {"claim_done", "confirm_done", "waive"},
    "obligation_due": {"claim_done", "confirm_done", "waive"},
    "offer": {"accept_offer", "refuse_offer", "lapse_offer"},
    "information_request": {"give_information", "lapse_information", "withdraw"},
    "information_reminder": {"give_information", "lapse_information", "withdraw"},
    "handler_named": {"take", "assign", "hand_over", "assign_negotiator", "accept_appointment"},
    "handler_changed": {"take", "assign", "hand_over", "assign_negotiator", "accept_appointment"},
    "late_acknowledgement": {"accept", "decline", "withdraw"},
    "meeting_notice": {"change_meeting", "record_meeting"},
    "mediator_appointed": {"end_mediation", "lapse_mediation"},
    "dispute_opened": {"end_negotiation", "lapse_negotiation", "accept_appointment", "record_on_the_spot"},
    "panel_named": {"decide_reconsideration"},
    "reconsideration_received": {"decide_reconsideration", "withdraw_request"},
}
"""By letter, the moves after which it is no longer true. If both name a thing, it is the same thing."""
DECISIONS = {
    "accepted",
    "accepted_in_part",
    "declined",
    "answer",
    "reconsideration_decision",
    "breach_found",
    "proof_decided",
    "measure",
    "closed",
    "fulfilled",
    "withdrawn",
    "in_force",
    "extension",
}
"""Letters that must reach their reader however long they waited."""
ZH = re.compile(r"(\d{4})年(\d+)月(\d+)日（星期.）(\d\d):(\d\d)(（这个时间已经过去）)?")
"""A moment in a letter, and the remark that it has passed."""
OF_AN_OUTAGE = re.compile(r"因为[^。]*这个期限由[^。]*。")
"""The sentence that says from when to when an outage of ours lasted."""


class NoMail(Faults):
    """A schedule in which mail stands still for days."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.cease()
        chance = Random(f"no mail {seed}")
        self.spans, at = list[tuple[datetime, datetime]](), T0
        while at < T0 + WITHIN:
            until = at + AWAY * chance.random()
            self.spans.append((at, until))
            at = until + THERE * chance.random()

    def drawn(self, call: Call) -> Fault | None:
        """Return the fault of a call: mail cannot be reached in a span."""
        now = self.now()
        away = any(since <= now < until for since, until in self.spans)
        return Fault.UNREACHED if away and call.operation == "SendEmail" else None

    def cease(self) -> None:
        """End the spans."""
        super().cease()
        self.spans = []


@pytest.mark.parametrize(
    ("seed", "life"), enumerate((upheld_and_paid, talked_over, broken_and_made_good, declined, represented))
)
def test_no_letter_leaves_that_is_no_longer_true(seed: int, life: Any) -> None:
    """Play a life while mail stands still at times, and look at every letter that left."""
    faults = NoMail(seed)
    with driven(faults) as scenario:
        scenario.every = HOUR  # while mail stands still, each run tries a letter
        life(scenario)
        faults.cease()
        scenario.live(laws.QUIET)
        laws.hold(scenario)
        late = 0
        for ref in laws.refs(scenario):
            for letter, at in left(scenario, ref):
                late += at - instant(letter["at"]) > timedelta(hours=1)
                true_when_it_left(scenario, ref, letter, at)
            no_decision_lost(scenario, ref)
        dates_lie_ahead(scenario)
        assert late, "no letter was late"


def left(scenario: Driven, ref: str) -> Iterator[tuple[dict[str, Any], datetime]]:
    """Yield each letter of a case that left, and when."""
    letters = {letter["id"]: letter for letter in scenario.product.file.whole(ref).letters}
    for mail in scenario.cloud.mails:
        if mail.tags.get("ref") == ref:
            yield dict(letters[mail.tags["letter"].replace("_", ".")]), mail.at


def true_when_it_left(scenario: Driven, ref: str, letter: dict[str, Any], at: datetime) -> None:
    """Assert that no move had made a letter untrue when it left."""
    about = str(letter["facts"].get("about", "")).partition("#")[0]
    for line in lines(scenario, ref):
        if line["n"] <= letter["entry"] or instant(line["at"]) >= at:
            continue
        thing = line["facts"].get("obligation") or line["facts"].get("offer") or line["facts"].get("meeting")
        if line["move"] in ENDS.get(letter["name"], ()) and about in ("", thing, "business"):
            raise AssertionError((letter["name"], letter["at"], at, line["move"], line["at"]))


def lines(scenario: Driven, ref: str) -> list[dict[str, Any]]:
    """Return the lines of the timeline."""
    dossier = scenario.product.file.whole(ref)
    return [dossier.line(n) for n in range(1, dossier.case.entries + 1)]


def no_decision_lost(scenario: Driven, ref: str) -> None:
    """Assert that each decision was sent, told, or is on the page for its reader."""
    reached = laws.letters_reached(scenario, ref)
    case = scenario.product.file.load(ref)
    waits = {call.id for call in case.tellings}
    for letter in scenario.product.file.whole(ref).letters:
        if letter["name"] in DECISIONS and letter["to"].startswith("party:") and letter["way"] != "page":
            ids = {letter["id"], *letter["beside"]}
            assert ids & reached.keys() or ids & waits, (letter["name"], letter["state"], letter["sent"])


def dates_lie_ahead(scenario: Driven) -> None:
    """Assert that each end of a deadline that passed while a letter waited is marked in the letter."""
    for ref in laws.refs(scenario):
        letters = {letter["id"]: letter for letter in scenario.product.file.whole(ref).letters}
        for mail in scenario.cloud.mails:
            letter = (
                letters.get(mail.tags["letter"].replace("_", ".")) if mail.tags.get("ref") == ref else None
            )
            if letter is None or not letter["to"].startswith("party:"):
                continue
            for year, month, day, hour, minute, over in ZH.findall(
                OF_AN_OUTAGE.sub("", f"{mail.subject}\n{mail.plain}")
            ):
                local = datetime(int(year), int(month), int(day), tzinfo=ZoneInfo("Asia/Shanghai"))
                named = local + timedelta(hours=int(hour), minutes=int(minute))
                passed = instant(letter["at"]) < named <= mail.at
                assert passed == bool(over), (letter["name"], letter["at"], mail.at, named, over)
