"""A builder of situations on the pure domain: one complaint, its timeline and letters, and a clock that the
test moves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from itertools import count
from typing import Any
from weakref import WeakValueDictionary

from chalicelib.domain import moves, timeline
from chalicelib.domain.calendar import published
from chalicelib.domain.engine.deadlines import deadlines, due, look_at
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.entry_index import contents
from chalicelib.domain.engine.lateness import with_outages
from chalicelib.domain.engine.overtaken import Unsent, overtaken
from chalicelib.domain.engine.process import take
from chalicelib.domain.engine.running import Running
from chalicelib.domain.engine.server_facts import FILLS, CauseCounts, Days, FactContext
from chalicelib.domain.escalation import due_step, step
from chalicelib.domain.model.case import Act, Case, Confirmed, Refusal
from chalicelib.domain.model.case_records import (
    BUSINESS,
    Agreement,
    Contents,
    Dispute,
    Matter,
    Mediation,
    Owed,
    Statement,
)
from chalicelib.domain.model.change import Change, Entry, OwedLetter
from chalicelib.domain.model.codes import (
    Capacity,
    Cause,
    Conclusion,
    ConfirmedBy,
    Ending,
    Examined,
    ExtensionReason,
    Ground,
    HelpNeed,
    Hurt,
    Language,
    Law,
    Measure,
    MeetingWay,
    Missing,
    Nature,
    ObligationKind,
    Power,
    Proof,
    Remedy,
    Result,
    Role,
    Severity,
    Side,
    Stage,
    Type,
    Way,
    Wish,
)
from chalicelib.domain.moves.answer import EXAMINED, GIVES, Cited, Finding
from chalicelib.domain.moves.drafting import Clause, first_day
from chalicelib.domain.moves.intake import Account, Consents, Person
from chalicelib.domain.moves.reconsideration import contestable, handlers
from chalicelib.domain.outages import GAP, Outage, Part
from chalicelib.domain.register import Expertise, Mediator, Register
from chalicelib.domain.roster import Hours, Member, Roster, Team

assert moves, "importing them declares every move"
T0 = datetime(2026, 3, 5, 2, tzinfo=UTC)
"""Thursday 5 March 2026, 10:00 in Shanghai: no holiday is near."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
STAFF = {
    "wang": Role.INTAKE,
    "zhao": Role.INVESTIGATOR,
    "sun": Role.LEAD,
    "lin": Role.LEAD,
    "zhou": Role.SUPERVISOR,
    "wu": Role.EXECUTIVE,
    "qian": Role.SAFETY,
    "feng": Role.FOLLOWUP,
    "chen": Role.FOLLOWUP,
    "ma": Role.NEGOTIATOR,
    "bai": Role.NEGOTIATOR,
}
OUTSIDE = {"yan": Role.MEDIATOR, "ren": Role.MEDIATOR, "xie": Role.MEDIATOR}
"""Mediators of the register: yan of a lawfully established body, ren of another body, xie with an expired
qualification."""
DEPARTMENT = {"he": Role.DEPARTMENT, "shi": Role.DEPARTMENT_HEAD}
"""The repair department's contact and its head."""
OFFICE = {"mei": Role.PANEL, "hu": Role.PANEL, "gao": Role.PANEL, "luo": Role.PANEL, "tang": Role.PANEL}
"""People of another team, without a part in the case."""
PANEL = ("mei", "hu", "gao")
"""The usual panel: three people of the office, mei in the chair."""
ROLES = {
    **STAFF,
    **DEPARTMENT,
    **OFFICE,
    **OUTSIDE,
    "li": Role.CONSUMER,
    "p1": Role.CONSUMER,
    "p2": Role.REPRESENTATIVE,
    "shop": Role.BUSINESS_REP,
    "12345": Role.PARTNER,
    "clock": Role.CLOCK,
}
"""Everybody who acts in these tests, each in one role."""
STORY = "洗衣机坏了，商家不退，我住在梧桐路八号。"
PERSON = Person("李雷", phone="+8613800138000", email="li.lei@mail.example")
BY_PHONE = Person("李雷", phone="+8613800138000")
BY_POST = Person("李雷", phone="+8613800138000", address="梧桐路八号", way=Way.POST)
NOBODY = Person()
SURE = Consents(truthful=True, data_use=True, sensitive=True)
MATTERS = (Matter(Type("quality"), "defect", 165500), Matter(Type("warranty"), "repair_refused"))
DECLINED = {
    "grounds": {1: Ground.OUTSIDE_COMPETENCE, 2: Ground.NOT_COMPLAINT},
    "reasons": {1: "查无此单。", 2: "这是咨询。"},
    "routes": (),
}
DECLINED_BY_TWO = {**DECLINED, "grounds": {1: Ground.NOT_FOR_LIVING, 2: Ground.NOT_COMPLAINT}}
ASK = {"items": (Missing.PURCHASE_PROOF, Missing.PHOTOS), "why": "没有凭证无法核实。"}


REGISTER = Register(
    {
        id: Mediator(
            id,
            name,
            f"{id}@mediators.example",
            body,
            lawful,
            "人民调解员",
            f"RT-{id}",
            until,
            "调解消费纠纷十二年",
            (Expertise("any"),),
            tuple(Language),
            employed=False,
        )
        for id, name, body, lawful, until in (
            ("yan", "严明", "市消费纠纷人民调解委员会", True, date(2036, 12, 31)),
            ("ren", "任平", "和顺商事调解工作室", False, date(2036, 12, 31)),
            ("xie", "谢安", "市消费纠纷人民调解委员会", True, date(2026, 1, 31)),
        )
    }
)
"""The usual register of mediators."""


def on_duty(*absent: str, **roles: tuple[str, ...]) -> Roster:
    """Return the usual people on duty, with other people for some roles; those in `absent` are away for
    good."""
    people = {
        role.code: tuple(who for who in STAFF if STAFF[who] == role) for role in dict.fromkeys(STAFF.values())
    }
    away = (Hours(datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)),)
    repair = {role.code: (who,) for who, role in DEPARTMENT.items()}
    office = {Role.PANEL.code: roles.pop(Role.PANEL.code, tuple(OFFICE))}
    people |= roles

    def duty(roles: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[Member, ...]]:
        return {
            role: tuple(
                Member(who, who.title(), f"{who}@house.example", absent=away if who in absent else ())
                for who in whos
            )
            for role, whos in roles.items()
        }

    return Roster(
        {
            "general": Team({"zh": "客户权益组", "en": "Customer rights"}, "400-800-1234", duty(people)),
            "south": Team({"zh": "南区组", "en": "South"}, "020-8000-1234", duty(people)),
            "repair": Team({"zh": "维修部", "en": "Repairs"}, "", duty(repair)),
            "office": Team({"zh": "总部", "en": "Head office"}, "", duty(office)),
        },
        REGISTER,
    )


def reported(life: Life, conclusion: Conclusion = Conclusion.UPHELD, **changes: Any) -> dict[str, Any]:
    """Return the facts of a whole report: one conclusion for every accepted matter, and a remedy where the
    conclusion gives one."""
    accepted = [
        n
        for n, matter in enumerate(life.case.matters, 1)
        if matter.accepted and n not in life.case.recourse.answered
    ]
    day = published().day_of(life.time)
    remedies = (
        tuple(Owed(n, Remedy.REFUND, day + 10 * DAY, 165500) for n in accepted) if conclusion in GIVES else ()
    )
    return {
        "findings": tuple(Finding(n, "洗衣机不脱水。", ("E1",)) for n in accepted),
        "rights": dict.fromkeys(EXAMINED, Examined.NOT_INFRINGED),
        "rules": (Cited(Law.CONSUMER_PROTECTION_2013, "第二十四条"),),
        "conclusions": dict.fromkeys(accepted, conclusion),
        "reasons": dict.fromkeys(accepted, "符合退货条件。"),
        "causes": (Cause.MANUFACTURE,),
        "remedies": remedies,
        "terms": "全额退款，原路退回。" if remedies else None,
        **changes,
    }


def read_back(name: str, role: Role, said: Mapping[str, Any]) -> dict[str, bool]:
    """Return the confirmation that staff add when a party gives something up, and when they join two
    complaints of a person: read back, unless on paper."""
    gives_up = name == "link_duplicate" or (
        name in MOVES and MOVES[name].gives_up is not None and "read_back" in MOVES[name].parameters
    )
    return {"read_back": True} if gives_up and role not in Role.PARTY and "scan" not in said else {}


_read = lru_cache(maxsize=4096)(json.loads)
"""Return the line of an entry as a dict. The cache serves the laws, which read each line after every step."""


class Life:
    """One complaint from its filing on: `take` moves, let `later` time pass, or `live` with the clock firing
    in between."""

    numbers = count(1)

    def __init__(
        self,
        person: Person = PERSON,
        *,
        roster: Roster | None = None,
        policy: str = "default-1",
        by: str = "li",
        at: datetime = T0,
        **said: Any,
    ) -> None:
        self.time, self.roster = at, roster or on_duty()
        self.origin: Life | None = None
        """The life from which this one was split off. `LIVES` alone does not keep it."""
        self.case: Case = None  # type: ignore[assignment]
        self.entries: list[Entry] = []
        self.letters: list[OwedLetter] = []
        self.people: dict[str, Mapping[str, Any]] = {}
        self.stepped: list[tuple[Case, Running, Change]] = []
        self.take(
            "submit",
            by,
            **{
                "ref": f"{next(self.numbers):012}",
                "rules": policy,
                "known_by": Facts(self).hashes(person.phone, person.email),
                "person": person,
                "hurt": Hurt.NO,
                "account": Account(STORY, order="D-7712"),
                "matters": MATTERS,
                "consents": SURE,
                "wishes": (Wish.APOLOGY,),
                **said,
            },
        )

    def act(self, who: str, role: Role | None = None) -> Act:
        """Return the act of somebody at this moment. A party confirms their identity; a member of the panel
        acts as such."""
        n = next(self.numbers)
        of = {"repair"} if who in DEPARTMENT else {"office"} if who in OFFICE else {"general", "south"}
        seat = self.case.seat(who) if self.case else None
        role = role or ((Role.CHAIR if seat.chair else Role.PANEL) if seat else ROLES[who])
        confirmed = Confirmed(ConfirmedBy.CODE) if role in Role.PARTY else None
        return Act(
            "p1" if who == "li" and self.case else who,
            role,
            self.time,
            f"act{n}",
            f"salt{n}",
            frozenset(of),
            confirmed=confirmed,
        )

    def take(self, name: str, by: str, role: Role | None = None, /, **said: Any) -> Change:
        """Take a move and save its results."""
        act = self.act(by, role)
        return self.keep(
            take(
                name, self.case, act, **{**self._given(name, said), **read_back(name, act.role, said), **said}
            )
        )

    def says(self, name: str, id: str, /, **said: Any) -> Change:
        """Take a move as a party, in their role on the case."""
        return self.take(name, id, self.case.party(id).role, **said)

    def refused(self, name: str, by: str, role: Role | None = None, /, **said: Any) -> str:
        """Return the code with which a move is refused, and check that nothing changed."""
        before = repr(self.case)
        try:
            take(name, self.case, self.act(by, role), **{**self._given(name, said), **said})
        except Refusal as refusal:
            assert repr(self.case) == before, "a refused move changed the case"
            return refusal.code
        raise AssertionError(f"{name} was allowed")

    def keep(self, change: Change) -> Change:
        """Save a change: the case, its entry, its letters, its people. No letter is over when it is
        written."""
        self.case, line = change.case, json.loads(change.entry.line)
        for letter in change.letters:
            new = Unsent(letter.id, letter.key or letter.name, letter.to, self.time, line, due(change.case))
            assert not overtaken(change.case, new, self.time), letter
        LIVES[self.case.ref] = self
        self.entries.append(change.entry)
        self.letters += change.letters
        self.people |= change.people
        return change

    def later(self, by: timedelta) -> Life:
        """Let time pass while the clock is away."""
        self.time += by
        return self

    def out(self, by: timedelta, part: Part = Part.CLOCK) -> Life:
        """Let time pass in which a part of our system is out, enter the outage, and leave due steps to the
        clock."""
        return self.later(by).had(self.time - by, by, part)

    def had(self, since: datetime, by: timedelta, part: Part = Part.SITE) -> Life:
        """Enter an outage in the register; a stop of the clock of ten minutes or less does not count."""
        if part != Part.CLOCK or by > GAP:
            outage = Outage(part, since, since + by, entered=max(self.time, since + by))
            self.case = with_outages(self.case, (*self.case.outages, outage))
        return self

    def over(self, *windows: str) -> Life:
        """Let time pass until these windows are over, if they run."""
        ends = [
            run.due
            for run in deadlines(self.case).values()
            if run.name in windows and run.due and run.due > self.time
        ]
        self.live(max(ends) - self.time) if ends else None
        return self

    def clock(self) -> list[str]:
        """Take every step that is due now, and return the moves taken."""
        taken = []
        while running := due_step(self.case, self.time):
            before = self.case
            change = self.keep(step(self.case, running, self.act("clock"), self.roster))
            self.stepped.append((before, running, change))
            taken.append(_read(change.entry.line)["move"])
        return taken

    def live(self, by: timedelta) -> list[tuple[float, str]]:
        """Let time pass with the clock firing whenever a step is due; return (hours since T0, move) of each
        step."""
        end, taken = self.time + by, []
        while (at := look_at(self.case)) and at <= end:
            self.time = max(at, self.time)
            taken += [((self.time - T0) / HOUR, name) for name in self.clock()]
        self.time = end
        return taken

    def ask_approval(self, name: str, by: str, /, **said: Any) -> str:
        """Ask a second person for a move, and return the id of the approval."""
        self.take(name, by, **said)
        return self.case.approvals[-1].id

    def handled(self) -> dict[str, tuple[int, str]]:
        """Return the people who handled the case, or the case that it was split off from."""
        return dict(handlers(Facts(self), FactContext(self.case, {}, self.time)))

    @property
    def due(self) -> dict[str, datetime]:
        """Return the due moment of every running deadline by name."""
        return due(self.case)

    @property
    def running(self) -> dict[str, Running]:
        """Return every running deadline by name."""
        return {running.name: running for running in deadlines(self.case).values()}

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Return the lines of the entries, without people's words."""
        return [_read(entry.line) for entry in self.entries]

    def facts(self, move: str) -> list[dict[str, Any]]:
        """Return the facts of every entry of one move."""
        return [line["facts"] for line in self.lines if line["move"] == move]

    def letters_to(self, to: str = "party:p1") -> list[str]:
        """Return the names of the letters to somebody, in order."""
        return [letter.name for letter in self.letters if letter.to == to]

    def keys(self, to: str = "party:p1") -> list[str]:
        """Return the keys of the letters to somebody, in order: each letter's name and subject."""
        return [letter.key.partition("@")[0] for letter in self.letters if letter.to == to]

    def words(self, n: int) -> dict[str, Any]:
        """Return the personal words of an entry."""
        return {name: json.loads(words) for name, (_, words) in self.entries[n - 1].words.items()}

    def whole(self) -> bool:
        """Return whether the chain verifies up to the head."""
        return timeline.verify(self.entries, self.case) is None

    def call_task(self) -> str:
        """Return the id of the oldest waiting phone call."""
        return self.case.tellings[0].id

    def tell(self, by: str = "wang", told: bool = True) -> Change:
        """Take the oldest waiting phone call."""
        return self.take(
            "record_telling",
            by,
            telling=self.call_task(),
            how=Way.PHONE,
            told=told,
            said="按文书内容读给本人听。",
        )

    def _given(self, name: str, said: Mapping[str, Any]) -> dict[str, Any]:
        """Return the server facts of a move that `said` does not state, from the providers of the product."""
        if not self.case or name not in MOVES:
            return {}
        context = FactContext(self.case, said, self.time)
        wanted = [fact for fact in MOVES[name].given if fact in FILLS and fact not in said]
        return {fact: FILLS[fact](Facts(self), context) for fact in wanted}


class Facts:
    """The server that the providers of facts ask. It takes the data of other cases from their lives."""

    def __init__(self, life: Life) -> None:
        self.life = life

    def number(self) -> str:
        return f"{next(Life.numbers):012}"

    def roster(self) -> Roster:
        return self.life.roster

    def load(self, ref: str) -> Case:
        return LIVES[ref].case

    def complaint(self, ref: str) -> Case | None:
        return LIVES[ref].case if ref in LIVES else None

    def people(self, case: Case) -> Mapping[str, Mapping[str, Any]]:
        return LIVES[case.ref].people if case.ref in LIVES else {}

    def words(self, case: Case) -> Mapping[int, Mapping[str, Any]]:
        return {entry.n: LIVES[case.ref].words(entry.n) for entry in LIVES[case.ref].entries}

    def contents(self, case: Case) -> Contents:
        return contents(LIVES[case.ref].lines)

    def hashes(self, *addresses: str | None) -> tuple[str, ...]:
        return tuple(sha256(address.encode()).hexdigest() for address in addresses if address)

    def reread(self, move: str, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        return facts

    def read_out(self, case: Case, telling: str, at: datetime) -> str | None:
        return None

    def recurrences(self, action: Case, before: Days, after: Days, through: date) -> CauseCounts | None:
        return None

    def sign(self, action: Case, since: date) -> date | None:
        return None


LIVES: WeakValueDictionary[str, Life] = WeakValueDictionary()
"""The lives of all cases that a test holds, by case number."""


def accepted(**said: Any) -> Life:
    """A complaint that is being investigated by zhao."""
    life = Life(**said)
    life.take("accept", "wang")
    life.take("take", "zhao")
    return life


def triaged(life: Life) -> Life:
    """Let the safety officer assess the danger of a case that has one."""
    if life.case.safety:
        life.take("triage_safety", "qian", real=True, reportable=False, reason="已核实，已停售。")
    return life


def answered(conclusion: Conclusion = Conclusion.UPHELD, life: Life | None = None, **changes: Any) -> Life:
    """A complaint with its answer, the same conclusion for every matter; `changes` go into the report."""
    life = life or accepted()
    life.take("file_report", "zhao", **reported(life, conclusion, **changes))
    life.take("answer", "zhou")
    return life


def performing(**changes: Any) -> Life:
    """A complaint whose answer everybody has accepted, with its remedies owed."""
    life = answered(**changes)
    for party in life.case.consumers:
        life.says("accept_answer", party.id)
    return life


def neighbour(n: int, at: datetime = T0, **said: Any) -> Life:
    """The complaint of another consumer about the same problem."""
    return Life(Person(f"邻居{n}", phone=f"+86139{n:08}", email=f"neighbour{n}@mail.example"), at=at, **said)


def join(life: Life, other: Life) -> str:
    """Let the consumer of `other` join `life` by invitation, and return their party id there."""
    other.take("invite_to_join", "sun", leading=life.case)
    life.keep(other.take("join_case", "li", own_wish=True, joint=life.case).also[0])
    return life.case.parties[-1].id


def joint(people: int, life: Life | None = None) -> tuple[Life, dict[str, Life]]:
    """Return a joint complaint of so many people, and the own cases of those who joined it."""
    life = life or Life()
    own: dict[str, Life] = {}
    for n in range(1, people):
        other = neighbour(n, at=life.time)
        own[join(life, other)] = other
    return life, own


def leave(life: Life, id: str, own: Life | None = None) -> Life:
    """Let a person leave a joint complaint, and return their own case."""
    (split,) = life.says("leave_case", id, own=own.case if own else None).also
    alone = own or Life(at=life.time)
    if own is None:
        alone.entries, alone.letters, alone.people = [], [], {}
    alone.time, alone.origin = life.time, life
    alone.keep(split)
    return alone


def contested(life: Life | None = None, *matters: int, by: str = "li") -> Life:
    """A complaint with these matters under reconsideration, or all that can be."""
    life = life or answered(Conclusion.NOT_UPHELD)
    role = next((party.role for party in life.case.parties if party.id == by), None)
    life.take(
        "ask_reconsideration",
        by,
        role,
        reasons=dict.fromkeys(matters or contestable(life.case), "店长的说法没有核实。"),
    )
    return life


def split_off(life: Life, *matters: int, by: str = "li") -> Life:
    """Return the separate case of declined matters that are contested while the rest goes on."""
    reasons = dict.fromkeys(matters or contestable(life.case), "我不是咨询，是投诉。")
    role = next((party.role for party in life.case.parties if party.id == by), None)
    (own,) = life.take("ask_reconsideration", by, role, reasons=reasons).also
    alone = Life(at=life.time, roster=life.roster)
    alone.entries, alone.letters, alone.people, alone.origin = [], [], {}, life
    alone.keep(own)
    return alone


def appoint(life: Life, *members: str, chair: str | None = None, by: str = "zhou") -> Life:
    """Name a panel: the usual one, or these people with the first as chair."""
    whole = members or PANEL
    life.take("appoint_panel", by, members=whole, chair=chair or whole[0])
    return life


def seated(life: Life | None = None, *members: str) -> Life:
    """A complaint under reconsideration by a panel whose members have all declared no interest."""
    life = appoint(life or contested(), *members)
    for seat in life.case.panel:
        life.take("declare_interest", seat.who, interest=False)
    return life


def voice(life: Life, result: Result) -> dict[str, Any]:
    """Return a vote on every matter of the request."""
    asked = life.case.recourse.reconsideration.matters if life.case.recourse.reconsideration else ()
    return {"results": dict.fromkeys(asked, result), "reasons": dict.fromkeys(asked, "证据不足。")}


def voted(result: Result, life: Life | None = None) -> Life:
    """Let the whole panel vote alike."""
    life = life or seated()
    for seat in life.case.panel:
        life.take("vote", seat.who, **voice(life, result))
    return life


def ruled(
    life: Life, conclusions: Mapping[int, Conclusion] | None = None, /, **changes: Any
) -> dict[str, Any]:
    """Return the facts of a decision, with a remedy for each conclusion that needs one."""
    asked = life.case.recourse.reconsideration.matters if life.case.recourse.reconsideration else ()
    day = published().day_of(life.time)
    given = {n: conclusion for n, conclusion in (conclusions or {}).items() if conclusion in GIVES}
    return {
        "reasons": dict.fromkeys(asked, "复议组核对了证据。"),
        "conclusions": dict(conclusions or {}),
        "remedies": tuple(Owed(n, Remedy.REFUND, day + 10 * DAY, 99900) for n in given),
        "terms": "退款。" if given else None,
        **changes,
    }


def decided(result: Result, life: Life | None = None, conclusion: Conclusion = Conclusion.UPHELD) -> Life:
    """A complaint with the panel's decision, the same for every matter."""
    life = voted(result, life)
    assert life.case.recourse.reconsideration
    assert life.case.chair
    changed = [
        n
        for n in life.case.recourse.reconsideration.matters
        if result == Result.CHANGED and life.case.matters[n - 1].accepted
    ]
    life.take("decide_reconsideration", life.case.chair, **ruled(life, dict.fromkeys(changed, conclusion)))
    return life


def settle(**changes: Any) -> dict[str, Any]:
    """Return the facts of settling a plain case at once: a refund of 300 yuan within five days, agreed on the
    phone."""
    day = published().day_of(changes.pop("at", T0))
    return {
        "agreement": "2026年3月5日电话里同意。",
        "causes": (Cause.LATE_ACTION,),
        "terms": "原路退回。",
        "read_back": True,
        "remedies": (Owed(1, Remedy.REFUND, day + 5 * DAY, 30000),),
        **changes,
    }


DAUGHTER = Person("李雪", phone="+8613900139000", capacity=Capacity.AGENT)
AGENT: dict[str, Any] = {"person": DAUGHTER, "powers": tuple(Power)}
SEEN = {"checked": True, "document": "授权委托书"}
ELDERLY = replace(BY_PHONE, help=(HelpNeed.ELDERLY, HelpNeed.PHONE_ONLY))
MORE_TIME = {"reason": ExtensionReason.COMPLEX, "why": "需要厂家确认。"}


def represented(life: Life, by: str = "wang", **changes: Any) -> Life:
    """Name a representative of the consumer, with a document checked by staff."""
    life.take("add_representative", by, **{**AGENT, **SEEN, **changes})
    return life


def extended(life: Life, by: str = "sun") -> Life:
    """Ask for more time and grant it."""
    life.take("approve", by, approval=life.ask_approval("ask_extension", "zhao", **MORE_TIME))
    return life


SHOP = Person("秦店长", email="qin@shop.example")
DISPUTE: dict[str, Any] = {"nature": Nature.AMOUNT, "about": "一分不退不合理。"}


def disputed(life: Life | None = None, by: str = "li") -> Life:
    """A complaint in negotiation; its answer gives no remedy by default."""
    life = life or answered(Conclusion.NOT_UPHELD)
    life.take("raise_dispute", by, **DISPUTE)
    return life


def talking(life: Life | None = None) -> Life:
    """Bring a life into negotiation: ma holds it, the company's representative is named."""
    life = life or disputed()
    life.take("assign_negotiator", "sun", to="ma", severity=life.case.severity or Severity.S4)
    life.take("name_business_representative", "ma", person=SHOP)
    return life


def speaker(life: Life, side: Side) -> str:
    """Return the id of the person who speaks for a side: the first complainant, or the company's
    representative."""
    return (
        life.case.business.id if side == Side.BUSINESS and life.case.business else life.case.consumers[0].id
    )


def offered(life: Life, side: Side, days: int = 5, **said: Any) -> str:
    """Make an offer of a side, open for some days, and return its id."""
    until = published().day_of(life.time) + days * DAY
    life.says(
        "offer", speaker(life, side), **{"terms": "退三百元。", "until": until, "amount": 30000, **said}
    )
    assert life.case.talks.dispute
    return life.case.talks.dispute.offers[-1].id


def both_heard(life: Life | None = None) -> Life:
    """Bring a life into negotiation with both sides heard."""
    life = life or talking()
    for side in Side:
        life.says("state_position", speaker(life, side), text="请依合同。")
    return life


def invited(life: Life | None = None) -> Life:
    """End the negotiation of a life, so that both sides are asked whether they want mediation."""
    life = both_heard(life)
    life.take("end_negotiation", "ma", ending=Ending.NO_PROSPECT, reason="双方差距太大。")
    return life


def dispute(life: Life) -> Dispute:
    """Return the dispute of a case."""
    assert life.case.talks.dispute
    return life.case.talks.dispute


def statements(life: Life) -> list[Statement]:
    """Return the statements of the talks."""
    return list(dispute(life).statements)


def late_accepted(life: Life) -> Life:
    """Accept an offer of the consumer shortly before the negotiation ends. Then let its last day pass, with
    the time for the draft not over."""
    life.live(13 * DAY)
    life.says("accept_offer", speaker(life, Side.BUSINESS), offer=offered(life, Side.CONSUMER))
    life.live(4 * DAY)
    return life


def mediating(life: Life | None = None) -> Life:
    """Bring a life into formal mediation, with no mediator found yet."""
    life = life or talking()
    life.take("invite_mediation", "ma")
    for side in Side:
        life.says("consent_mediation", speaker(life, side))
    return life


def mediated(life: Life | None = None, by: str = "yan") -> Life:
    """Bring a life into formal mediation with a mediator who has accepted."""
    life = life or mediating()
    life.take("appoint_mediator", "sun", mediator=by)
    life.take("accept_appointment", by, independent=True)
    return life


def heard(life: Life, by: str = "yan") -> Life:
    """Let a side say in the talks that it does not go on."""
    life.take("state_position", by, text="不愿意再谈。", side=Side.CONSUMER)
    return life


def unopposed(life: Life | None = None) -> Life:
    """Bring a life into formal mediation after the time to object to its mediator."""
    life = life or mediated()
    while any(telling.letter.startswith("mediator_appointed") for telling in life.case.tellings):
        life.tell()
    return life.over("challenge")


def called(life: Life | None = None, days: int = 10, **said: Any) -> Life:
    """Call a meeting this many days ahead, after the time to object to the mediator."""
    life = life or mediated()
    life.live(7 * DAY)
    life.take(
        "call_meeting",
        life.case.mediator or "",
        **{
            "at": life.time + days * DAY,
            "minutes": 60,
            "way": MeetingWay.IN_PERSON,
            "place": "市民中心三楼调解室。",
            **said,
        },
    )
    return life


def held(life: Life | None = None, *present: Side, **said: Any) -> Life:
    """Hold a meeting, by default in the presence of both sides."""
    life = called(life)
    meeting = mediation(life).meeting
    assert meeting
    life.live(meeting.at - life.time + HOUR)
    life.take(
        "record_meeting",
        life.case.mediator or "",
        **{
            "meeting": meeting.id,
            "present": present or tuple(Side),
            "minutes": "双方各自说明了情况。",
            "next_step": "下周提出方案。",
            **said,
        },
    )
    return life


def clause(life: Life, **changes: Any) -> Clause:
    """Return an obligation of the company: a refund of 800 yuan in ten days, or after the time to sign."""
    day = published().day_of(life.time)
    return Clause(
        **{
            "debtor": BUSINESS,
            "creditor": life.case.consumers[0].id,
            "kind": ObligationKind.REFUND,
            "what": "原路退回货款。",
            "proof": Proof.PAYMENT_RECORD,
            "measure": Measure.INTEREST,
            "amount": 80000,
            "by": max(day + 10 * DAY, first_day(life.case, life.time)),
            **changes,
        }
    )


def returned(life: Life, **changes: Any) -> Clause:
    """Return an obligation of the consumer: to give the goods back within nine days."""
    day = published().day_of(life.time)
    return clause(
        life,
        **{
            "debtor": life.case.consumers[0].id,
            "creditor": BUSINESS,
            "kind": ObligationKind.RETURN_GOODS,
            "what": "把洗衣机交给上门取件的人员。",
            "proof": Proof.DELIVERY_RECORD,
            "measure": Measure.HOLD_COUNTER,
            "amount": None,
            "by": max(day + 9 * DAY, first_day(life.case, life.time)),
            **changes,
        },
    )


def text(life: Life, *clauses: Clause, **changes: Any) -> dict[str, Any]:
    """Return the facts of a draft: by default one refund."""
    return {
        "company": "梧桐家电有限公司",
        "facts": "消费者于2026年1月购买洗衣机一台，使用中不脱水。",
        "clauses": clauses or (clause(life),),
        **changes,
    }


def drafted(life: Life | None = None, *clauses: Clause, **changes: Any) -> Life:
    """Draft a text for all who are to sign: by default one of a mediation. Time passes in a mediation until
    no side can object to the mediator. A day that is then too early becomes the first possible one."""
    life = life or mediated()
    by = life.case.mediator if life.case.stage == Stage.MEDIATING else "ma"
    if life.case.stage == Stage.MEDIATING:
        unopposed(life)
    first = first_day(life.case, life.time)
    clauses = tuple(replace(each, by=each.by and max(each.by, first)) for each in clauses)
    life.take("draft_agreement", by or "", **text(life, *clauses, **changes))
    return life


def sign(life: Life, *signers: str) -> Life:
    """Sign the current text as these people, or as all whose signature is missing."""
    for signer in signers or agreement(life).missing:
        who = {BUSINESS: speaker(life, Side.BUSINESS), "mediator": life.case.mediator or ""}.get(
            signer, signer
        )
        life.take(
            "sign",
            who,
            Role.MEDIATOR if signer == "mediator" else life.case.party(who).role,
            digest=agreement(life).digest,
        )
    return life


def bound(life: Life | None = None, *clauses: Clause, **changes: Any) -> Life:
    """Bring an agreement into force."""
    return sign(drafted(life, *clauses, **changes))


def mediation(life: Life) -> Mediation:
    """Return the mediation of a case."""
    assert life.case.talks.mediation
    return life.case.talks.mediation


def agreement(life: Life) -> Agreement:
    """Return the agreement of a case, signed or not."""
    assert life.case.talks.agreement
    return life.case.talks.agreement
