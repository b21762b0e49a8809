"""The largest joint complaint that the ordinary rules allow: a hundred people, each with a lawyer, up to an
agreement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

from chalicelib.domain.calendar import stamp
from chalicelib.domain.model.case import Party
from chalicelib.domain.model.case_records import CallTask, Waiting
from chalicelib.domain.model.codes import (
    Capacity,
    Conclusion,
    Duty,
    EvidenceKind,
    Language,
    Measure,
    Power,
    Role,
    Way,
)
from chalicelib.domain.model.obligation import Amendment, Consequence
from chalicelib.domain.moves.parties import MOST_KNOWN
from chalicelib.domain.policy import policy
from tests.domain.life import (
    DAY,
    T0,
    Life,
    agreement,
    answered,
    clause,
    disputed,
    drafted,
    mediated,
    mediating,
    returned,
    sign,
    talking,
)

PEOPLE = policy("default-1").people


def ulid(*of: object) -> str:
    """Return an id as long and as random as a real one."""
    return "01JZ5K0000" + sha256(repr(of).encode()).hexdigest()[:16].upper()


def crowded(life: Life, way: Way = Way.EMAIL, people: int = PEOPLE) -> Life:
    """Put many people on this case, each with a lawyer whose authority was checked. All are reached in one
    way, at as many addresses as a person can have. Each has a message that waits for a reply, and one
    exhibit."""
    first = life.case.consumers[0]
    for n in range(people):
        person = replace(first, id=f"p{1000 + n}") if n else first
        known = tuple(sha256(f"{person.id} {k}".encode()).hexdigest()[:40] for k in range(MOST_KNOWN))
        lawyer = Party(
            f"p{2000 + n}",
            way,
            Language.ZH,
            Capacity.LAWYER,
            known_by=known[:2],
            represents=person.id,
            powers=tuple(Power),
            until=(T0 + 800 * DAY).date(),
            checked=True,
        )
        person = replace(person, way=way, known_by=known, own=f"{n:012}" if n else None)
        life.case = life.case.with_party(person).with_party(lawyer)
        for id, name in ((person.id, "欧阳"), (lawyer.id, "律师")):
            life.people[id] = {"name": f"{name}{n}", "email": f"{id}@mail.example", "language": "zh"}
        life.case = replace(
            life.case, messages=(*life.case.messages, Waiting(ulid("message", n), life.time, person.id))
        )
        life.case = life.case.with_evidence(
            EvidenceKind.FILE, life.act(person.id, Role.CONSUMER), ulid("file", n)
        )
    speak = {p.id for p in life.case.consumers[:2]}
    life.case = replace(life.case, parties=tuple(replace(p, speaks=p.id in speak) for p in life.case.parties))
    return life


def record_calls(life: Life) -> Life:
    """Record every waiting phone call as made, all at this moment."""
    life.case = replace(
        life.case,
        told=life.case.told | {telling.letter: life.time for telling in life.case.tellings},
        tellings=(),
    )
    return life


def investigated(life: Life) -> Life:
    """Let zhao investigate the complaint."""
    life.take("accept", "wang")
    life.take("take", "zhao")
    return life


def put_text(life: Life) -> Life:
    """Put a text to each person; half of them agree to it."""
    life.take("ask_consent", "zhao", settlement="每人退款三百元，七日内到账。")
    for person in life.case.consumers[::2]:
        life.says("consent_represented", person.id, agrees=True)
    return life


def texted(life: Life) -> Life:
    """Draft a mediated text: each consumer returns something and is paid for it."""
    record_calls(life).later(5 * DAY)
    pairs = [(returned(life, debtor=p.id), clause(life, creditor=p.id)) for p in life.case.consumers]
    return drafted(life, *(each for pair in pairs for each in pair))


def almost(life: Life) -> Life:
    """Sign the text as all but one."""
    return sign(record_calls(life), *agreement(life).missing[:-1])


def broken(life: Life) -> Life:
    """Leave every obligation unperformed: its debtor gets a cure notice, a breach is found, measures follow,
    another day is proposed."""
    late, letters = (
        [],
        ("obligation_reminder", "obligation_due", "performance_question", "cure_notice", "change_proposed"),
    )
    for owed in life.case.obligations:
        changes = Amendment(
            life.time,
            99,
            owed.debtor,
            by=owed.by,
            amount=owed.amount,
            digest=sha256(owed.id.encode()).hexdigest(),
        )
        taken = tuple(
            Consequence(measure, life.time, 99, 80000)
            for measure in (Measure.PAY_FIRST, Measure.REPORT_REGULATOR)
        )
        late.append(
            replace(
                owed, state=Duty.BREACHED, notice=life.time, found=life.time, proposed=changes, measures=taken
            )
        )
    about = [(f"{letter}#{owed.id}", owed) for letter in letters for owed in late]
    callee = {life.case.stands_for(party.id): party.id for party in reversed(life.case.parties)}
    clocks = ("obligation", "creditor_answer", "cure", "breach_decision", "measure")
    life.case = replace(
        life.case,
        obligations=tuple(late),
        told=life.case.told | {letter: life.time for letter, _ in about},
        posted={**life.case.posted, **{letter: f"{ulid(letter)}.1" for letter, _ in about}},
        tellings=tuple(
            CallTask(f"{ulid(letter)}.1.0", letter, callee[owed.to], life.time)
            for letter, owed in about
            if letter.startswith("cure")
        ),
        clock=replace(
            life.case.clock,
            steps={
                **life.case.clock.steps,
                **{f"{name}#{owed.id}#{stamp(life.time)}": 3 for name in clocks for owed in late},
            },
        ),
    )
    return life


WAY: dict[str, Callable[[Life], Life]] = {
    "received": lambda life: life,
    "investigating": investigated,
    "consents": put_text,
    "answered": lambda life: answered(Conclusion.NOT_UPHELD, life),
    "talking": lambda life: talking(disputed(life)),
    "mediated": lambda life: mediated(mediating(life)),
    "drafted": texted,
    "almost signed": almost,
    "bound": sign,
    "broken": broken,
}
"""The way of a crowd from its complaint to an agreement that is not performed."""
