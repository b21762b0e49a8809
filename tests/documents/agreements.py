"""Builders of signed agreements: an ordinary one, and a long one with rare characters."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from chalicelib.domain.timeline import canonical

IN_FORCE = datetime(2026, 12, 2, 3, 4, 5, tzinfo=UTC)
"""Wednesday 2 December 2026, 11:04 in Beijing."""
VERIFY = "https://complaints.example/verify"
CRACKED = "使用第二天内胆开裂。双方对开裂原因没有争议，对退款金额有争议。"
MARKUP = "#strong[不是标记] $x$ *也不是* @谁 <标签> \\ 。"
ENDLESS = "由企业承担上门取货、运输和重新安装的全部费用，订单号ORDER2026110300000000000000000000000000000000000000000123456789。"
COSTS = "The business bears every cost of collection, transport and installation. "
RARE = "䶮㛃𬭎𫖯"
Text = dict[str, Any]


def clause(id: str = "C1", **changes: Any) -> Text:
    """Return a clause: a refund by the end of the year."""
    return {
        "id": id,
        "debtor": "p2",
        "creditor": "p1",
        "kind": "refund",
        "what": {"zh": "将购机款原路退回消费者付款的账户。", "en": None},
        "amount": 129900,
        "by": "2026-12-31",
        "after": None,
        "proof": "payment_record",
        "confirms": "creditor",
        "cure_days": 7,
        "measure": "agreed_penalty",
        "penalty": 5000,
        **changes,
    }


def agreement(**changes: Any) -> Text:
    """Return a mediated agreement of two parties with one clause."""
    return stored(
        {
            "form": "agreement-1",
            "kind": "mediation",
            "number": "7151-1980-9316-1",
            "languages": ["zh"],
            "drafted_on": "2026-12-01",
            "complaint": {
                "number": "7151-1980-9316",
                "received_on": "2026-11-20",
                "nature": "amount",
                "product": "洗衣机A1",
                "order": "2026110301",
            },
            "parties": [
                {"id": "p1", "side": "consumer", "name": "王芳", "represented_by": None},
                {"id": "p2", "side": "business", "name": "某某电器有限公司", "represented_by": "李雷"},
            ],
            "mediator": {
                "name": "周明",
                "body": "浦东新区消费纠纷人民调解委员会",
                "lawful": True,
                "qualification": "人民调解员",
                "number": "沪人调2023-0117",
            },
            "facts": {
                "zh": f"2026年11月3日，消费者在企业网店购买洗衣机一台，价款人民币1,299.00元。\n{CRACKED}",
                "en": None,
            },
            "clauses": [clause()],
            "remarks": None,
            **changes,
        }
    )


def stored(text: Text) -> Text:
    """Return a text as the timeline stores it: empty values have no key."""
    kept: Text = json.loads(canonical(text))
    return kept


def settlement(**changes: Any) -> Text:
    """Return an agreement that the two sides reached without a mediator."""
    return agreement(kind="settlement", mediator=None, **changes)


def messy() -> Text:
    """Return an agreement with twelve clauses, long and rare names, both languages, and words without a
    break."""
    long = "位于上海市浦东新区世纪大道的某某国际家用电器（中国）销售服务有限责任公司自由贸易试验区分公司"
    kinds = (
        "refund",
        "compensate",
        "repair",
        "return_goods",
        "apology",
        "give_invoice",
        "pay",
        "remove_post",
        "confidentiality",
        "provide_service",
        "cooperate",
        "end_contract",
    )
    proofs = (
        "payment_record",
        "statement",
        "repair_record",
        "delivery_record",
        "photo",
        "receipt",
        "visit",
        "system_record",
    )
    amounts = {1: 129900, 2: 100, 7: 123456789, 10: 500000}
    clauses = []
    for n, kind in enumerate(kinds, 1):
        debtor, creditor = ("p1", "p2") if kind in ("return_goods", "remove_post") else ("p2", "p1")
        when = (
            {"by": f"2026-12-{10 + n}"}
            if n % 2
            else {"by": None, "after": {"clause": f"C{n - 1}", "days": 7}}
        )
        follows = (
            {"measure": ("agreed_penalty", "hold_counter")[n % 2], "penalty": (5000, None)[n % 2]}
            if n % 3
            else {"measure": None}
        )
        what = {"zh": ENDLESS * (9 if n == 3 else 1), "en": None if n % 3 else COSTS * (6 if n == 3 else 1)}
        clauses.append(
            clause(
                f"C{n}",
                kind=kind,
                amount=amounts.get(n),
                debtor=debtor,
                creditor=creditor,
                what=what,
                proof=proofs[n % 8],
                confirms=("officer", "creditor")[n % 4 > 0],
                **when,
                **follows,
            )
        )
    return agreement(
        number="7151-1980-9316-12",
        languages=["zh", "en"],
        clauses=clauses,
        parties=[
            {
                "id": "p1",
                "side": "consumer",
                "name": f"欧阳{RARE}",
                "represented_by": "Anne-Marie O’Neill-Ødegård",
            },
            {
                "id": "p3",
                "side": "consumer",
                "name": "Maximilian Freiherr von und zu Hohenstein-Österreich",
                "represented_by": None,
            },
            {"id": "p2", "side": "business", "name": long, "represented_by": "司马相如"},
        ],
        facts={
            "zh": f"2026年11月3日，消费者购买洗衣机一台。{MARKUP}\n" + CRACKED * 12,
            "en": (
                "The business’s online shop sold a washing machine to the consumer. Its drum cracked on "
                "the second day. "
            )
            * 6,
        },
        remarks={
            "zh": "双方同意以后的联系都通过本投诉的页面进行：https://complaints.example/case/71511980931612345678901234567890。",
            "en": None,
        },
    )


def digest(text: Text) -> str:
    """Return the digest that the parties sign."""
    return sha256(canonical(text).encode()).hexdigest()


def signatures(text: Text) -> list[Text]:
    """Return a signature of each party and the mediator, in different ways. A representative signs for a
    represented party."""
    ways, roles = ("link", "paper", "desk"), {"consumer": "consumer", "business": "business_rep"}
    found = [
        {
            "id": party["id"],
            "name": party.get("represented_by") or party["name"],
            "role": "representative"
            if party.get("represented_by") and party["side"] == "consumer"
            else roles[party["side"]],
            "for": party["name"] if party.get("represented_by") else None,
            "at": f"2026-12-01T0{n}:04:05Z",
            "way": ways[n % 2],
        }
        for n, party in enumerate(text["parties"])
    ]
    mediator = text.get("mediator")
    return (
        [
            *found,
            {
                "id": "mediator",
                "name": mediator["name"],
                "role": "mediator",
                "for": None,
                "at": "2026-12-02T03:04:05Z",
                "way": "desk",
            },
        ]
        if mediator
        else found
    )
