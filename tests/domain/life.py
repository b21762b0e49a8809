"""A builder of situations on the pure domain: one complaint, its timeline and letters, and a clock that is moved, never slept."""
from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any

from chalicelib.domain import moves, timeline
from chalicelib.domain.case import Act, Case, Change, Entry, Letter, Matter, Refusal
from chalicelib.domain.codes import Ground, Hurt, Missing, Role, Way, Wish
from chalicelib.domain.deadlines import Running, deadlines, due, look_at
from chalicelib.domain.escalation import due_step, step
from chalicelib.domain.moves.intake import Account, Consents, Person
from chalicelib.domain.process import take
from chalicelib.domain.roster import Hours, Member, Roster, Team

assert moves, "importing them declares every move"
T0 = datetime(2026, 3, 5, 2, tzinfo=UTC)
"""Thursday 5 March 2026, 10:00 in Shanghai: no holiday is near."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
STAFF = {"wang": Role.INTAKE, "zhao": Role.INVESTIGATOR, "sun": Role.LEAD, "lin": Role.LEAD, "zhou": Role.SUPERVISOR, "wu": Role.EXECUTIVE}
ROLES = {**STAFF, "li": Role.CONSUMER, "shop": Role.BUSINESS_REP, "12345": Role.PARTNER, "clock": Role.CLOCK}
"""Everybody who acts in these tests, each in one role."""
STORY = "洗衣机坏了，商家不退，我住在梧桐路八号。"
PERSON = Person("李雷", phone="+8613800138000", email="li.lei@mail.example")
BY_PHONE = Person("李雷", phone="+8613800138000")
NOBODY = Person()
SURE = Consents(truthful=True, data_use=True, sensitive=True)
MATTERS = (Matter("quality", "defect", 165500), Matter("warranty", "repair_refused"))
DECLINED = {"grounds": {1: Ground.NO_FACTS, 2: Ground.NOT_COMPLAINT}, "reasons": {1: "查无此单。", 2: "这是咨询。"}, "routes": ()}
DECLINED_BY_TWO = {**DECLINED, "grounds": {1: Ground.OUT_OF_TIME, 2: Ground.NOT_COMPLAINT}}
ASK = {"items": (Missing.PURCHASE_PROOF, Missing.PHOTOS), "why": "没有凭证无法核实。"}


def on_duty(*absent: str, **roles: tuple[str, ...]) -> Roster:
    """The usual people on duty, with other people for some roles; `absent` ones are away for good."""
    people = {role.code: tuple(who for who in STAFF if STAFF[who] == role) for role in dict.fromkeys(STAFF.values())} | roles
    away = (Hours(datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)),)
    return Roster({"general": Team({"zh": "客户权益组", "en": "Customer rights"}, "400-800-1234", {
        role: tuple(Member(who, who.title(), f"{who}@house.example", absent=away if who in absent else ()) for who in whos)
        for role, whos in people.items()})})


class Life:
    """One complaint from its first word on: `take` moves, let `later` time pass, or `live` with the clock firing in between."""

    numbers = count(1)

    def __init__(self, person: Person = PERSON, *, roster: Roster | None = None, policy: str = "default-1", by: str = "li",
                 **said: Any) -> None:
        self.time, self.roster = T0, roster or on_duty()
        self.case: Case = None  # type: ignore[assignment]
        self.entries: list[Entry] = []
        self.letters: list[Letter] = []
        self.people: dict[str, Mapping[str, Any]] = {}
        known = tuple(sha256(address.encode()).hexdigest() for address in (person.phone, person.email) if address)
        self.take("submit", by, **{
            "ref": f"{next(self.numbers):012}", "rules": policy, "known_by": known, "person": person, "hurt": Hurt.NO,
            "account": Account(STORY, order="D-7712"), "matters": MATTERS, "consents": SURE, "wishes": (Wish.REFUND,), **said})

    def act(self, who: str, role: Role | None = None) -> Act:
        """Somebody doing something now."""
        n = next(self.numbers)
        return Act(who, role or ROLES[who], self.time, f"act{n}", f"salt{n}", frozenset({"general"}))

    def take(self, name: str, by: str, role: Role | None = None, **said: Any) -> Change:
        """Take a move and keep what it makes."""
        return self.keep(take(name, self.case, self.act(by, role), **{**self._given(name, said), **said}))

    def refused(self, name: str, by: str, role: Role | None = None, **said: Any) -> str:
        """The code with which a move is refused; nothing may have changed."""
        before = repr(self.case)
        try:
            take(name, self.case, self.act(by, role), **{**self._given(name, said), **said})
        except Refusal as refusal:
            assert repr(self.case) == before, "a refused move changed the case"
            return refusal.code
        raise AssertionError(f"{name} was allowed")

    def keep(self, change: Change) -> Change:
        """What saving does: the case, its entry, its letters, its people."""
        self.case = change.case
        self.entries.append(change.entry)
        self.letters += change.letters
        self.people |= change.people
        return change

    def later(self, by: timedelta) -> Life:
        """Let time pass while the clock is away."""
        self.time += by
        return self

    def clock(self) -> list[str]:
        """Take every step that is due now; the moves taken."""
        taken = []
        while running := due_step(self.case, self.time):
            change = self.keep(step(self.case, running, self.act("clock"), self.roster))
            taken.append(json.loads(change.entry.line)["move"])
        return taken

    def live(self, by: timedelta) -> list[tuple[float, str]]:
        """Let time pass with the clock firing whenever something is due: (hours since T0, move) of each step it took."""
        end, taken = self.time + by, []
        while (at := look_at(self.case)) and at <= end:
            self.time = max(at, self.time)
            taken += [((self.time - T0) / HOUR, name) for name in self.clock()]
        self.time = end
        return taken

    def ask_approval(self, name: str, by: str, **said: Any) -> str:
        """Ask a second person for a move; the id of the approval."""
        self.take(name, by, **said)
        return self.case.approvals[-1].id

    @property
    def due(self) -> dict[str, datetime]:
        """The due moment of every running deadline by name."""
        return due(self.case)

    @property
    def running(self) -> dict[str, Running]:
        """Every running deadline by name."""
        return {running.name: running for running in deadlines(self.case).values()}

    def facts(self, move: str) -> list[dict[str, Any]]:
        """The facts of every entry of one move."""
        lines = [json.loads(entry.line) for entry in self.entries]
        return [line["facts"] for line in lines if line["move"] == move]

    def told(self, to: str = "party:p1") -> list[str]:
        """The letters to somebody, in order."""
        return [letter.name for letter in self.letters if letter.to == to]

    def words(self, n: int) -> dict[str, Any]:
        """The personal words of an entry."""
        return {name: json.loads(words) for name, (_, words) in self.entries[n - 1].words.items()}

    def whole(self) -> bool:
        """Whether the chain verifies up to the head."""
        return timeline.verify(self.entries, self.case) is None

    def telling(self) -> str:
        """The id of the telling that waits longest."""
        return self.case.tellings[0].id

    def tell(self, by: str = "wang", told: bool = True) -> Change:
        """Tell the person on the phone what waits longest to be told."""
        return self.take("record_telling", by, telling=self.telling(), how=Way.PHONE, told=told, said="按文书内容读给本人听。")

    def _given(self, name: str, said: Mapping[str, Any]) -> dict[str, Any]:
        if name == "assign":
            return {"roster": self.roster}
        if name == "approve":
            return {"asked": next((a.facts for a in self.case.approvals if a.id == said["approval"]), {})}
        return {}
