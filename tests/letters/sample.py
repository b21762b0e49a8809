"""Slots of a letter: all filled, and the branches that letters take."""
from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

TODAY = datetime(2026, 12, 1, 7, 30, tzinfo=UTC)
MIDNIGHT = datetime(2026, 12, 8, 16, tzinfo=UTC)
DEADLINES = ("acknowledgement", "scope_decision", "information", "answer_window", "investigation", "reopen_window", "message_reply",
             "telling", "approval", "assignment", "lapse_review")
WORDS = ("why", "text", "reason", "answer")
FORBIDDEN = ("尽快", "近期", "相关部门", "特此告知", "望周知", "请知悉", "宝贵意见", "无理", "恶意", "缠访", "职业打假", "!", "！",
             "unfortunately", "as soon as possible", "you failed to", "alleged")


def matter(n: int, state: str | None = None, **changes: Any) -> SimpleNamespace:
    """A matter as letters see it."""
    ground = "no_consumer_relation" if state == "declined" else None
    return SimpleNamespace(**{"n": n, "type": "quality", "sub_type": "defect", "amount": 128000, "state": state, "ground": ground,
                              "reason": "没有找到您的订单。\n请看附件。" if ground else None, **changes})


def facts(**changes: Any) -> dict[str, Any]:
    """The facts of every letter at once."""
    return {"items": ["purchase_proof", "photos"], "asked_at": TODAY, "routes": ["samr_12315", "court"], "passphrase": None,
            "deadline": "investigation", "due": MIDNIGHT, "by": MIDNIGHT, "late_minutes": -485, "holder": "lead", "role": "lead",
            "passed_on": "absent", "last_move": "submit", "task": "telling", "move": "decline", "asker": "王芳", "approved": True,
            "letter": "declined", "why": "bounce", **changes}


def slots(**changes: Any) -> dict[str, Any]:
    """Every slot filled."""
    return {"number": "4821-0936-5174", "name": "李雷", "link": "https://redress.example/case/4821-0936-5174/1-abc_def-ghi",
            "public_url": "https://redress.example", "team": "客户权益组", "phone": "400-800-1234", "today": TODAY,
            "stage": "investigating", "outcome": "declined", "due": dict.fromkeys(DEADLINES, MIDNIGHT), "wishes": ["refund", "apology"],
            "matters": [matter(1, "accepted"), matter(2, "declined"), matter(3, type="safety", sub_type="injury", amount=None)],
            "wish_amount": 128000, "received_at": TODAY, "facts": facts(), "words": dict.fromkeys(WORDS, "第一行\n\n第二行"),
            "promised": MIDNIGHT, "handler": "韩梅", "handler_phone": "010-5555", "other": "1111-2222-3333", "routes": ["gov_12345"],
            **changes}


def due(*names: str) -> dict[str, datetime]:
    """These deadlines run, all to the same end."""
    return dict.fromkeys(names, MIDNIGHT)


BRANCHES: dict[str, dict[str, Any]] = {
    "everything": slots(),
    "nothing optional": slots(
        name=None, words=None, promised=None, handler=None, handler_phone=None, routes=[], wishes=[], wish_amount=None,
        due=due("acknowledgement"), matters=[matter(1, "accepted", amount=None), matter(2, "declined", reason=None)],
        facts=facts(routes=[], by=None, passed_on=None, asked_at=None, approved=False, holder="owner", role="owner")),
    "anonymous": slots(name=None, facts=facts(passphrase="红色 山羊 七"), due=due("acknowledgement")),
    "late": slots(today=MIDNIGHT + timedelta(hours=30), facts=facts(late_minutes=0)),
    "late, no next step": slots(today=MIDNIGHT, facts=facts(by=None, late_minutes=1600), handler=None),
    "erased, on a closed case": slots(words=dict.fromkeys(WORDS), stage="closed"),
    "undecided": slots(matters=[matter(1)], due=due("acknowledgement", "investigation"), promised=None),
    "waiting": slots(matters=[matter(1, type="other", sub_type="other")], due=due("acknowledgement", "information"), promised=None),
    "answer promised": slots(due=due("acknowledgement", "investigation")),
    "facts left out": slots(facts={key: value for key, value in facts().items()
                                   if key not in ("passphrase", "asked_at", "by", "holder", "passed_on")}),
}
