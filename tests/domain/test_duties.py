"""The obligations of an agreement: each can be performed and proved, gets its day, and has no forbidden
clause."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from pydantic import ValidationError

from chalicelib.domain.engine.process import take
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.case_records import AGAINST_COMPANY
from chalicelib.domain.model.codes import Conclusion, Forbidden, Measure, ObligationKind
from chalicelib.domain.moves.answer import MOST_OBLIGATIONS
from chalicelib.domain.moves.drafting import Clause, terms_of
from chalicelib.web.request_models import arguments
from tests.domain.life import (
    DAY,
    Life,
    answered,
    clause,
    disputed,
    drafted,
    mediated,
    mediating,
    returned,
    talking,
    text,
    unopposed,
)


def refusal(life: Life, *clauses: Clause, **changes: Any) -> tuple[str, str | None]:
    """Return the code and the field with which a draft is refused."""
    said = text(life, *clauses, **changes)
    with pytest.raises(Refusal) as refused:
        take(
            "draft_agreement", life.case, life.act("yan"), **{**life._given("draft_agreement", said), **said}
        )
    return refused.value.code, refused.value.field


# Obligations


def flawed(life: Life) -> dict[str, tuple[tuple[Clause, ...], str, str]]:
    """Return clauses that lack something or say too much, each with its refusal code and field."""
    day = life.time.date()
    pay, back = clause(life), returned(life)
    penal = {"measure": Measure.AGREED_PENALTY}
    return {
        "unknown debtor": ((replace(pay, debtor="p9"),), "unknown_person", "debtor"),
        "unknown creditor": ((replace(pay, creditor="李雷"),), "unknown_person", "creditor"),
        "the mediator owes": ((replace(pay, debtor="mediator"),), "unknown_person", "debtor"),
        "the business to itself": ((replace(pay, creditor="business"),), "clause_one_side", "creditor"),
        "the consumer to themselves": ((replace(back, creditor="p1"),), "clause_one_side", "creditor"),
        "a refund of nothing": ((replace(pay, amount=None),), "remedy_needs_amount", "amount"),
        "a refund of zero": ((replace(pay, amount=0),), "remedy_needs_amount", "amount"),
        "an apology with an amount": (
            (replace(pay, kind=ObligationKind.APOLOGY),),
            "remedy_has_no_amount",
            "amount",
        ),
        "no day": ((replace(pay, by=None),), "clause_needs_day", "by"),
        "two days": ((back, replace(pay, after=1, days=7)), "clause_needs_day", "by"),
        "a day that has passed": ((replace(pay, by=day - DAY),), "clause_before_signing", "by"),
        "the last day to sign": ((replace(pay, by=day + 7 * DAY),), "clause_before_signing", "by"),
        "after, but how long": ((back, replace(pay, by=None, after=1)), "clause_needs_days", "days"),
        "after no days": ((back, replace(pay, by=None, after=1, days=0)), "clause_needs_days", "days"),
        "after too many days": ((back, replace(pay, by=None, after=1, days=91)), "clause_needs_days", "days"),
        "a day and days": ((replace(pay, days=7),), "clause_needs_day", "by"),
        "no days": ((replace(pay, by=None, days=0),), "clause_needs_days", "days"),
        "after a clause that is not there": (
            (replace(pay, by=None, after=2, days=7),),
            "clause_unknown",
            "after",
        ),
        "after a clause before the first": (
            (replace(pay, by=None, after=-1, days=7),),
            "clause_unknown",
            "after",
        ),
        "after itself": ((replace(pay, by=None, after=1, days=7),), "clause_circular", "after"),
        "each after the other": (
            (replace(pay, by=None, after=2, days=7), replace(back, by=None, after=1, days=7)),
            "clause_circular",
            "after",
        ),
        "no time to make good": ((replace(pay, cure_days=0),), "cure_days", "cure_days"),
        "too much time to make good": ((replace(pay, cure_days=91),), "cure_days", "cure_days"),
        "a penalty without its amount": ((replace(pay, **penal),), "penalty_amount", "penalty"),
        "an amount without the penalty": ((replace(pay, penalty=5000),), "penalty_amount", "penalty"),
        "a penalty above what the consumer owes": (
            (replace(back, kind=ObligationKind.PAY, amount=5000, penalty=5001, **penal),),
            "forbidden_clause",
            "penalty",
        ),
        "a penalty on a consumer who owes no money": (
            (replace(back, penalty=1, **penal),),
            "forbidden_clause",
            "penalty",
        ),
        "words that no agreement may say": (
            (replace(pay, what="消费者不得再投诉。"),),
            "forbidden_clause",
            "what",
        ),
        "the same in English": (
            (replace(pay, what_en="The consumer shall not sue."),),
            "forbidden_clause",
            "what_en",
        ),
    }


@pytest.mark.parametrize("name", flawed(unopposed()))
def test_a_duty_that_cannot_be_kept_is_refused(name: str) -> None:
    """Each flaw has its own refusal code at its field, and nothing is drafted."""
    life = unopposed()
    clauses, code, field = flawed(life)[name]
    at, found = refusal(life, *clauses)[::-1], refusal(life, *clauses)
    assert found[0] == code
    assert at[0]
    assert at[0].startswith("clauses/")
    assert at[0].endswith(f"/{field}")


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": {"amount": "800.001"}},
        {"amount": {"amount": "-1.00"}},
        {"amount": 800},
        {"debtor": None},
        {"creditor": None},
        {"what": None},
        {"proof": None},
        {"measure": None},
        {"kind": None},
        {"what": ""},
        {"by": "2026-02-30"},
        {"kind": "none_such"},
        {"more": "1"},
    ],
)
def test_a_body_says_all_of_a_duty(changes: dict[str, Any]) -> None:
    """A request without debtor, measure or proof, or with a fraction of a fen, is refused before any rule is
    checked."""
    life = unopposed()
    whole = {
        "debtor": "business",
        "creditor": "p1",
        "kind": "refund",
        "what": "退款。",
        "proof": "payment_record",
        "measure": "interest",
        "amount": {"amount": "800.00"},
        "by": "2026-03-20",
    }
    body = {"company": "梧桐家电有限公司", "facts": "洗衣机不脱水。", "clauses": [whole]}
    (read,) = arguments("draft_agreement", json.dumps(body), life.time)["clauses"]
    assert read.amount == 80000
    body["clauses"] = [{name: value for name, value in {**whole, **changes}.items() if value is not None}]
    with pytest.raises(ValidationError):
        arguments("draft_agreement", json.dumps(body), life.time)
    with pytest.raises(ValidationError):
        arguments("draft_agreement", json.dumps({**body, "clauses": []}), life.time)


def test_an_agreement_has_room_for_so_many_duties() -> None:
    """The limit counts the new obligations together with the open ones."""
    life = unopposed()
    assert refusal(life, *[clause(life)] * (MOST_OBLIGATIONS + 1)) == ("too_many_obligations", "clauses")
    owing = unopposed(mediated(mediating(talking(disputed(answered(Conclusion.UPHELD))))))
    assert refusal(owing, *[clause(owing)] * MOST_OBLIGATIONS) == ("too_many_obligations", "clauses")


@pytest.mark.parametrize("measure", Measure)
def test_against_a_consumer_only_what_can_be_agreed(measure: Measure) -> None:
    """Reports to the regulator and sanctions cannot be agreed against a consumer; against the company every
    measure can."""
    life = unopposed()
    penalty = 100 if measure == Measure.AGREED_PENALTY else None
    pays = {"kind": ObligationKind.PAY, "amount": 5000, "measure": measure, "penalty": penalty}
    if measure not in AGAINST_COMPANY:
        terms_of(life.case, life.act("yan"), (returned(life, **pays),))
    else:
        assert refusal(life, returned(life, **pays)) == ("measure_not_for_consumer", "clauses/0/measure")
    terms_of(life.case, life.act("yan"), (clause(life, measure=measure, penalty=penalty and 900000),))


@settings(max_examples=120, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(1, 6)), min_size=1, max_size=6))
def test_waiting_never_goes_round_in_a_circle(after: list[int | None]) -> None:
    """A text is accepted exactly if every obligation gets its day: no chain of "after" is a circle or ends
    nowhere."""
    life = unopposed()
    clauses = tuple(clause(life, **({"by": None, "after": n, "days": 7} if n else {})) for n in after)

    def ends(n: int, seen: tuple[int, ...] = ()) -> bool:
        follows = after[n - 1] if n <= len(after) else 0
        return follows is None or (follows != 0 and follows not in (*seen, n) and ends(follows, (*seen, n)))

    if all(ends(n) for n in range(1, len(after) + 1)):
        assert [term.after for term in terms_of(life.case, life.act("yan"), clauses)] == [
            f"C{n}" if n else None for n in after
        ]
    else:
        assert refusal(life, *clauses)[0] in ("clause_circular", "clause_unknown")


# Forbidden clauses


@pytest.mark.parametrize("field", ["company", "facts", "facts_en", "remarks", "remarks_en"])
def test_waived_right_is_found_in_any_part_of_the_text(field: str) -> None:
    """A right cannot be given up in any part of the text."""
    assert refusal(unopposed(), **{field: "消费者放弃投诉、起诉的权利。"}) == ("forbidden_clause", field)


def test_confidentiality_is_refused_while_a_danger_is_open() -> None:
    """Confidentiality can be agreed, but not on a complaint with an open safety tag."""
    life = unopposed()
    quiet = clause(life, kind=ObligationKind.CONFIDENTIALITY, amount=None, what="双方对协议金额保密。")
    drafted(life, quiet)
    unsafe = unopposed()
    unsafe.take("tag_safety", "ma", facts="冒烟。")
    said = text(unsafe, quiet)
    assert refusal(unsafe, quiet) == ("forbidden_clause", "clauses/0/kind")
    assert said["clauses"]
    with pytest.raises(Refusal) as refused:
        take(
            "draft_agreement",
            unsafe.case,
            unsafe.act("yan"),
            **{**unsafe._given("draft_agreement", said), **said},
        )
    assert refused.value.facts == {"forbidden": Forbidden.HAZARD}
