"""Each move fits one transaction, even at the largest joint complaint that the rules allow."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import replace
from typing import Any

import pytest
from pynamodb.expressions.update import Action

from chalicelib.aws import rows
from chalicelib.aws.case_file import DynamoCaseFile
from chalicelib.aws.rows import Row
from chalicelib.cases.casework import found_again
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.process import take
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.escalation import step
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.change import Change
from chalicelib.domain.model.codes import (
    Conclusion,
    Conduct,
    EvidenceKind,
    Hurt,
    MailOutcome,
    Role,
    Side,
    Stage,
    Talk,
    Way,
)
from chalicelib.domain.policy import policy
from chalicelib.domain.roster import Roster
from tests.domain import actions, trainings
from tests.domain.crowd import WAY, crowded, record_calls
from tests.domain.life import DAY, NOBODY, PERSON, ROLES, T0, Life, answered, both_heard, bound, called, held
from tests.domain.variants import STARTS, come, variants

ITEMS, BYTES, HEAD = 100, 1024 * 1024, 128 * 1024
FED = 2
"""The items that a case of a partner adds to a transaction: the row of the feed of changes and its fence."""


class Weighed:
    """A transaction that counts items and bytes as DynamoDB does, and writes nothing."""

    def __init__(self) -> None:
        self.items, self.bytes, self.head = 1, 400, 0  # an idempotency record goes with it

    def save(self, row: Row, **condition: Any) -> None:
        """Count an item that is written."""
        self._weigh(row, sum(map(len, row.serialize())), row.serialize())

    def update(self, row: Row, actions: Sequence[Action]) -> None:
        """Count an item that is written attribute by attribute."""
        written: dict[str, dict[str, Any]] = {}
        for action in actions:
            action.serialize({}, written)
        self._weigh(row, len(row.pk) + len(row.sk), written)

    def _weigh(self, row: Row, names: int, values: dict[str, dict[str, Any]]) -> None:
        size = names + sum(len(str(value).encode()) for kind in values.values() for value in kind.values())
        self.items, self.bytes = self.items + 1, self.bytes + size
        self.head = max(self.head, size if row.sk == rows.HEAD else 0)

    def delete(self, row: Row, **condition: Any) -> None:
        """Count an item that is deleted."""
        self.items += 1

    def condition_check(self, *key: Any, **condition: Any) -> None:
        """Count an item that is only compared, since DynamoDB counts it like a write."""
        self.items += 1


class FileWithRoster(DynamoCaseFile):
    """A case file without a table, whose roster is that of the case builder."""

    def roster(self) -> Roster:
        """Return the roster of the case builder."""
        return Life().roster


def weighed(change: Change, life: Life) -> Weighed:
    """Return the cost of one change."""
    scales, file = Weighed(), FileWithRoster(lambda: life.time)
    for changed in (whole := found_again(change), *whole.also):
        before = changed.before and changed.before.kept_with(kept="0" * 64)  # as it was read
        file.put(scales, replace(changed, before=before))  # type: ignore[arg-type]
        scales.items += FED
    return scales


def of(life: Life, *moves: tuple[str, str], **said: dict[str, Any]) -> Life:
    """Take these moves with the facts given, or else with their first variant; return the case."""
    for name, who in moves:
        by = life.case.business.id if who == "shop" and life.case.business else who
        role = Role.BUSINESS_REP if who == "shop" else None
        life.take(name, by, role, **said.get(name, variants(life, Life().case)[name][0]))
    return life


def late() -> Life:
    """Return a case that was closed and contested after the window."""
    life = answered(Conclusion.NOT_UPHELD)
    life.live(40 * DAY)
    return of(life, ("ask_reconsideration", "li"))


def coming(how: str, *moves: tuple[str, str], **said: dict[str, Any]) -> Life:
    """Return one of the starts of the random cases after these moves."""
    life = Life()
    come(life, how)
    return of(life, *moves, **said)


def of_partner(*moves: tuple[str, str]) -> Life:
    """Return a case that a partner filed, after these moves."""
    life = Life()
    life.case = replace(life.case, intake=replace(life.case.intake, partner="partner:shop"))
    return of(life, *moves)


def overdue() -> Life:
    """Return a case whose answer is overdue."""
    life = coming("investigating")
    life.live(17 * DAY)
    return life


MAIL = {"party": "p1", "became": MailOutcome.ELSEWHERE, "text": "我还有照片。"}
"""The facts of a mail that its supposed sender must confirm."""


def passed_on(*moves: str) -> Life:
    """Return a case with a proposal to pass it on to another business, after these moves on the proposal."""
    life = coming("investigating", ("refer_outside", "zhao"))
    for name in moves:
        by = "li" if name == "consent_forward" else "zhao"
        life.take(name, by, forward="W1", **({"agrees": True} if by == "li" else {}))
    return life


def conduct_found() -> Life:
    """Return a case with a finding on the conduct of its sender, which rests on a file."""
    life = coming("investigating")
    life.case = life.case.with_evidence(EvidenceKind.FILE, life.act("zhao"), "film")
    last = life.case.evidence[-1].id
    life.take("record_conduct", "zhao", conduct=Conduct.PLANTED, evidence=(last,), fact="录像能看到。")
    return life


def decided_by_two(move: str, **said: Any) -> Life:
    """Return a withdrawn complaint on which two people have taken a move."""
    life = coming("received", ("withdraw", "li"))
    life.take("approve", "wu", approval=life.ask_approval(move, "zhou", **said))
    return life


INTERVIEW: dict[str, Any] = {"meeting": T0 + 4 * DAY, "how": Talk.PHONE, "purpose": "了解经过。"}
OFFER: dict[str, Any] = {"terms": "退一半。", "until": T0.date() + 4 * DAY}
ON: dict[str, Callable[[], Life]] = {
    **{how: lambda how=how: coming(how) for how in STARTS},  # type: ignore[misc]
    "asked": lambda: coming("received", ("ask_information", "wang")),
    "invited to join": lambda: coming("received", ("invite_to_join", "wang")),
    "linked": lambda: coming("received", ("link_duplicate", "wang")),
    "mail came": lambda: coming("received", ("note_mail", "clock"), note_mail=MAIL),
    "confirmed": lambda: coming("received", ("confirm_address", "clock")),
    "of a partner": of_partner,
    "read by a partner": lambda: of_partner(("give_partner_access", "li")),
    "anonymous": lambda: Life(NOBODY, hurt=Hurt.HURT),
    "doubted": lambda: coming("investigating", ("doubt_record", "clock")),
    "triaged": lambda: coming(
        "investigating",
        ("tag_safety", "zhao"),
        ("triage_safety", "qian"),
        triage_safety={"real": True, "reportable": False, "reason": "已排除。"},
    ),
    "anonymous, triaged": lambda: of(Life(NOBODY, hurt=Hurt.HURT), ("triage_safety", "qian")),
    "department": lambda: coming("investigating", ("ask_department", "zhao")),
    "handler": lambda: coming("investigating", ("ask_handler_change", "li")),
    "interview": lambda: coming("investigating", ("invite_interview", "zhao"), invite_interview=INTERVIEW),
    "elsewhere": lambda: coming("investigating", ("note_outside_proceeding", "zhao")),
    "overdue": overdue,
    "more time": lambda: coming("investigating", ("ask_extension", "zhao")),
    "testing": lambda: coming("tested", ("start_appraisal", "zhao")),
    "late request": late,
    "closed twice": lambda: coming("received", ("withdraw", "li"), ("reopen", "li"), ("withdraw", "li")),
    "asked about the process": lambda: coming("over", ("ask_opinion", "clock")),
    "offered": lambda: coming("talking", ("offer", "li"), offer=OFFER),
    "heard both": lambda: both_heard(coming("talking")),
    "appointed": lambda: coming("mediating", ("appoint_mediator", "sun")),
    "mentioned": lambda: coming("received", ("note", "wang"), note={"text": "请看。", "mentions": ("zhao",)}),
    "objected": lambda: coming("mediated", ("challenge_mediator", "li")),
    "meeting": called,
    "met": lambda: called().later(11 * DAY),
    "absent": lambda: held(None, Side.CONSUMER),
    "forward proposed": passed_on,
    "forward agreed": lambda: passed_on("consent_forward"),
    "forward sent": lambda: passed_on("consent_forward", "send_forward"),
    "conduct": conduct_found,
    "held": lambda: decided_by_two("hold_records", reason="法院要求保全。"),
    "to be destroyed": lambda: decided_by_two("destroy_data", ground="asked", reason="本人来电要求。"),
    "old": lambda: coming("received", ("withdraw", "li")).later(1097 * DAY),
    "sealed": lambda: of(bound(), ("record_seal", "clock")),
    "claimed": lambda: coming("performing", ("claim_done", "feng")),
    "changed": lambda: coming("performing", ("propose_change", "li")),
}
"""The starting points of the moves, besides those on the way of the large joint complaint."""


def taken_anyhow(life: Life, leading: Life, *names: str) -> Iterator[tuple[str, Change]]:
    """Yield the change of each named move, if anybody can take it now.

    The last step of each deadline is included if it takes one of these moves.
    """
    said_now = variants(life, leading.case)
    parties = {
        party.id: party.role for party in life.case.parties if party.side == Side.BUSINESS or party.represents
    }
    acts = [
        *(life.act(who) for who in ROLES if who not in ("shop", "p2")),
        life.act("another", Role.SUPERVISOR),
        *(life.act(who, role) for who, role in parties.items()),
    ]
    for name in names:
        may = MOVES[name].by | MOVES[name].recorded_by
        for said in said_now.get(name, ()) if life.case.stage in MOVES[name].at else ():
            try:
                given = {**life._given(name, said), **said}
            except Refusal:
                continue
            for act in (act for act in acts if act.role in may):
                with suppress(Refusal):
                    yield name, take(name, life.case, act, **given)
                    break
            else:
                continue
            break
    for running in {
        running.name: running for running in deadlines(life.case).values() if running.at
    }.values():
        ladder = policy(life.case.policy).rules[running.name].ladder
        last = len(ladder) - 1
        if not {*(ladder[last].take or "take_step").split(" | ")} & {*names}:
            continue
        case = replace(
            life.case, clock=replace(life.case.clock, steps={**life.case.clock.steps, running.key: last})
        )
        due = next(again for again in running_of(case, running.name, running.id) if again.key == running.key)
        with suppress(Refusal):
            change = step(
                case, due, replace(life.act("clock"), now=max(due.at or life.time, life.time)), life.roster
            )
            yield json.loads(change.entry.line)["move"], change


class ChangeRecorder(Life):
    """A complaint that stores its last change in `change`."""

    def keep(self, change: Change) -> Change:
        """Store the change and save it."""
        self.change = change
        return super().keep(change)


class Opened(actions.Action, ChangeRecorder):
    """An improvement action that stores its last change."""


class Recorded(trainings.Record, ChangeRecorder):
    """A training that stores its last change."""


def of_an_action() -> dict[str, Weighed]:
    """Return the costs of the moves of an improvement action and of a training, which are alike in all of
    them.
    """
    life, found = Opened(), {}
    for name, goes in (
        ("open_action", lambda: life),
        ("contain", life.contained),
        ("finish_action", life.done),
        ("verify_action", lambda: life.verified(2)),
        ("watch_action", lambda: life.live(61 * DAY)),
    ):
        goes()
        found[name] = weighed(life.change, life)
    found["record_training"] = weighed((record := Recorded()).change, record)
    return found


@pytest.fixture(scope="module")
def scales() -> dict[str, Weighed]:
    """The largest cost found for each move.

    Moves are weighed on the way of the large joint complaint, with people reached only by telephone. The
    others are weighed on other cases with many people, or else with one person.
    """
    found: dict[str, Weighed] = {"submit": weighed((one := ChangeRecorder()).change, one)}
    found |= of_an_action()

    def weigh(life: Life, *again: str) -> None:
        for name, change in taken_anyhow(life, Life(PERSON), *(MOVES.keys() - found.keys()), *again):
            cost = weighed(change, life)
            found[name] = max(cost, found.get(name, cost), key=lambda each: (each.items, each.bytes))

    life = crowded(Life(), Way.PHONE)
    stops = {where: copied(go(life)) for where, go in WAY.items()}
    for stop in reversed(stops.values()):  # the heaviest first
        weigh(stop, "take_step")
    silent = record_calls(stops["consents"])  # half of them say nothing, and none of their messages waits
    silent.case = replace(silent.case, messages=())
    weigh(silent)
    weigh(choosing(stops["investigating"]))
    for begin in ON.values():
        weigh(crowded(begin(), Way.PHONE))
    for begin in ON.values():
        weigh(begin())
    return found


def choosing(life: Life) -> Life:
    """Return the large joint complaint while its people choose who speaks for them."""
    life = record_calls(copied(life))
    unspoken = tuple(replace(party, speaks=False) for party in life.case.parties)
    life.case = replace(life.case, parties=unspoken, messages=())
    two = tuple(person.id for person in life.case.consumers[:2])
    life.says("appoint_joint_representatives", two[0], representatives=two)
    return record_calls(life)


def copied(life: Life) -> Life:
    """Return a copy of the case builder that later moves do not change."""
    still = copy(life)
    still.entries, still.letters, still.people = [*life.entries], [*life.letters], {**life.people}
    return still


def test_every_move_is_weighed(scales: dict[str, Weighed]) -> None:
    """A new move must be reachable from one of the starting points above."""
    assert MOVES.keys() == scales.keys()


def test_every_move_fits_one_transaction(scales: dict[str, Weighed]) -> None:
    """A move writes at most a hundred items and a megabyte, whatever its recipients and channels."""
    costs = {name: (cost.items, cost.bytes) for name, cost in scales.items()}
    assert not {name: cost for name, cost in costs.items() if cost[0] > ITEMS or cost[1] > BYTES}


@pytest.mark.parametrize("way", [Way.EMAIL, Way.PHONE])
def test_the_head_of_the_largest_complaint_stays_small(way: Way) -> None:
    """The head stays small at every point of the way, whether all letters are delivered or none."""
    life, heads = crowded(Life(), way), {}
    for where, go in WAY.items():
        change = go(life).take(
            "message", "feng" if life.case.stage == Stage.PERFORMING else "sun", text="请看。"
        )
        heads[where] = weighed(change, life).head
    assert max(heads.values()) < HEAD, heads
