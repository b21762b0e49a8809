"""Sample slots of letters: all filled, and in the branches that letters take."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache
from types import NoneType, SimpleNamespace
from typing import Any, get_args, get_origin

from chalicelib.domain.engine.declare import MOVES, names_of
from chalicelib.domain.engine.running import DEADLINES
from chalicelib.domain.model.case_records import UndoneAct
from chalicelib.domain.model.codes import Role
from chalicelib.view.deadlines import LateView
from chalicelib.view.obligation import ObligationView

TODAY = datetime(2026, 12, 1, 7, 30, tzinfo=UTC)
MIDNIGHT = datetime(2026, 12, 8, 16, tzinfo=UTC)
PERFORMED = datetime(2026, 12, 15, 16, tzinfo=UTC)
"""The end of the day by which an obligation is performed."""
CURED = datetime(2026, 12, 22, 16, tzinfo=UTC)
"""The end of the cure period."""
WORDS = (
    *dict.fromkeys(name for move in MOVES.values() for name in sorted(move.personal)),
    *("words", "published"),
)
"""The free texts of letters: the words of every move, and those that the engine adds."""
FORBIDDEN = (
    "尽快",
    "近期",
    "相关部门",
    "特此告知",
    "望周知",
    "请知悉",
    "宝贵意见",
    "无理",
    "恶意",
    "缠访",
    "职业打假",
    "职业索赔",
    "!",
    "！",
    "unfortunately",
    "as soon as possible",
    "you failed to",
    "alleged",
)


def finding(fact: str) -> SimpleNamespace:
    """Return a finding of fact with its evidence."""
    return SimpleNamespace(
        fact=fact,
        evidence=[SimpleNamespace(id="E1", kind="statement"), SimpleNamespace(id="Q1", kind="no_answer")],
    )


def matter(n: int, state: str | None = None, **changes: Any) -> SimpleNamespace:
    """Return a matter as letters see it."""
    ground = "no_consumer_relation" if state == "declined" else None
    said = {
        "n": n,
        "type": "quality",
        "sub_type": "defect",
        "amount": 128000,
        "state": state,
        "ground": ground,
        "reason": "没有找到您的订单。\n请看附件。" if ground else None,
        "conclusion": None,
        "findings": [],
        "asked": True,
        "final": False,
        "problem": None,
        "instead": "某某电器，400-000-0000" if ground else None,
        "earlier": None,
        "result": {"accepted": "changed", "declined": "confirmed", None: "sent_back"}[state],
        "votes": 2,
    }
    if state == "accepted":
        said |= {
            "conclusion": "upheld",
            "reason": "检测确认电池有缺陷。",
            "findings": [finding("电池鼓包，\n型号A1。"), finding("已修过两次。")],
        }
    return SimpleNamespace(**{**said, **changes})


def earlier(settled: bool) -> SimpleNamespace:
    """Return the earlier case on which a decline rests."""
    return SimpleNamespace(ref="1234-5678-9012", on=MIDNIGHT, settled=settled)


TERM = SimpleNamespace(proof="payment_record", measure="agreed_penalty", penalty=5000, after=None)
WAITS = SimpleNamespace(**{**vars(TERM), "after": "C1"})
"""The terms of an obligation, alone (TERM) and after another clause (WAITS)."""


def promise(id: str = "O1", **changes: Any) -> ObligationView:
    """Return an obligation as letters see it."""
    return ObligationView(
        **{
            "id": id,
            "matter": 1,
            "kind": "refund",
            "amount": 128000,
            "by": None,
            "to": "p1",
            "entry": 1,
            "since": TODAY,
            "due": PERFORMED,
            "ends": PERFORMED,
            "clause": None,
            "days": None,
            "owes": False,
            "waits_for": None,
            "standing": "pending",
            "late": False,
            "cure": None,
            "next": None,
            "measured": None,
            "enforceable": False,
            "with_it": (),
            "agree_by": None,
            "performed": None,
            **changes,
        }
    )


def breached(**changes: Any) -> ObligationView:
    """Return an obligation of an agreement, demanded and in breach, as letters see it."""
    taken = [
        SimpleNamespace(measure="agreed_penalty", at=TODAY, amount=5000),
        SimpleNamespace(measure="interest", at=TODAY, amount=None),
    ]
    return promise(
        **{
            "matter": 0,
            "clause": "C1",
            "term": TERM,
            "notice": PERFORMED,
            "cure": CURED,
            "found": CURED,
            "next": MIDNIGHT,
            "measures": taken,
            "state": "breached",
            "enforceable": True,
            "with_it": ("O2",),
            **changes,
        }
    )


def changed(**changes: Any) -> SimpleNamespace:
    """Return a change proposed by the other side, as letters see it."""
    old, new = (
        SimpleNamespace(by=by, amount=amount, what=what)
        for by, amount, what in ((PERFORMED, 128000, "退回原支付账户。"), (CURED, 100000, "分两笔退回。"))
    )
    return SimpleNamespace(
        **{"old": old, "new": new, "reason": "系统升级。\n下周恢复。", "digest": "ef56" * 16, **changes}
    )


def offered(**changes: Any) -> SimpleNamespace:
    """Return the other side's offer in a negotiation, as letters see it."""
    return SimpleNamespace(
        **{
            "id": "F2",
            "amount": 80000,
            "counters": "F1",
            "terms": "退款八百元。\n三天之内到账。",
            "own": False,
            "state": "accepted",
            **changes,
        }
    )


def duty(id: str = "C1", **changes: Any) -> SimpleNamespace:
    """Return a clause of an agreement whose creditor is the reader, as letters see it."""
    return SimpleNamespace(
        **{
            "id": id,
            "kind": "refund",
            "amount": 80000,
            "penalty": None,
            "measure": "interest",
            "by": PERFORMED,
            "after": None,
            "days": None,
            "proof": "payment_record",
            "confirms": "creditor",
            "cure_days": 7,
            "zh": "原路退回。\n分两笔。",
            "en": None,
            "debtor": "梧桐家电有限公司",
            "creditor": "李雷",
            "owes": False,
            "gets": True,
            **changes,
        }
    )


RETURN = duty(
    "C2",
    kind="return_goods",
    amount=None,
    by=None,
    after="C1",
    days=7,
    debtor="李雷",
    creditor="梧桐家电有限公司",
    owes=True,
    gets=False,
    confirms="officer",
    measure="agreed_penalty",
    penalty=5000,
    zh="交给上门取件的人员。",
    en="Hand it over.",
)
"""The reader's own obligation, due seven days after the first clause is performed."""
DRAFT = {
    "parties": [
        {"id": "p1", "side": "consumer", "name": "李雷"},
        {"id": "business", "side": "business", "name": "梧桐家电有限公司", "represented_by": "秦店长"},
    ],
    "mediator": {
        "name": "严明",
        "body": "市消费纠纷人民调解委员会",
        "lawful": True,
        "qualification": "人民调解员",
        "number": "RT-1",
    },
    "complaint": {
        "number": "4821-0936-5174",
        "received_on": "2026-11-20",
        "nature": "amount",
        "product": "洗衣机A1",
        "order": "2026110301",
    },
    "languages": ["zh"],
    "facts": {"zh": "洗衣机不脱水。\n修过两次。"},
    "remarks": {"zh": "双方没有其他争议。"},
}
"""The text of an agreement without its clauses."""


def agreed(**changes: Any) -> SimpleNamespace:
    """Return an agreement with a mediator, unsigned by the reader and the company, as letters see it."""
    return SimpleNamespace(
        **{
            "number": "4821-0936-5174-1",
            "version": 1,
            "digest": "ab12" * 16,
            "text": DRAFT,
            "kind": "mediation",
            "drafted_on": MIDNIGHT,
            "duties": [duty(), RETURN],
            "me": None,
            "missing": [SimpleNamespace(who="reader", n=1), SimpleNamespace(who="business", n=1)],
            "unsigned": [SimpleNamespace(who="consumer", n=2), SimpleNamespace(who="mediator", n=1)],
            "replaced": [SimpleNamespace(kind="repair", amount=None, by=PERFORMED, what="修好。")],
            "in_force": TODAY,
            "sealed": "cd34" * 16,
            "application": True,
            "verify": "https://redress.example/verify",
            **changes,
        }
    )


def meeting(**changes: Any) -> SimpleNamespace:
    """Return a meeting as letters see it."""
    return SimpleNamespace(
        **{
            "id": "M1",
            "uid": "482109365174-M1@redress.example",
            "at": TODAY,
            "minutes": 60,
            "way": "in_person",
            "sequence": 1,
            "place": "市民中心三楼。\n调解室。",
            "papers": "发票。",
            "was": MIDNIGHT,
            **changes,
        }
    )


def mediator(**changes: Any) -> SimpleNamespace:
    """Return a mediator as letters see them."""
    return SimpleNamespace(
        **{
            "name": "严明",
            "body": "市消费纠纷人民调解委员会",
            "lawful": True,
            "qualification": "人民调解员",
            "number": "RT-1",
            "experience": "从事调解十二年",
            "past": 2,
            "past_cases": "去年调解过一件。",
            **changes,
        }
    )


def late(deadline: str = "investigation") -> SimpleNamespace:
    """Return a missed deadline as letters see it."""
    missed = LateView(
        deadline, ("lead",), None, None, TODAY - timedelta(1), TODAY + timedelta(1), ("supervisor",)
    )
    return SimpleNamespace(deadline=deadline, due=TODAY - timedelta(3), late=missed)


def talks(**changes: Any) -> SimpleNamespace:
    """Return the state of a negotiation as letters see it."""
    return SimpleNamespace(**{"agreed": None, "other_agreed": True, "over": False, "joint": True, **changes})


def typed(hint: Any) -> Any:
    """Return a value of a parameter's type, as an entry stores it."""
    if thing := names_of(hint):
        return THINGS.get(thing.kind, "p1")
    kind = getattr(hint, "__origin__", hint)
    inside = [one for one in get_args(kind) if one is not NoneType]
    if inside:
        return [typed(inside[0])] if get_origin(kind) is tuple else typed(inside[0])
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return str(next(iter(kind)))
    return PLAIN.get(kind, "1")


THINGS = {"role": "lead", "deadline": "investigation", "letter": "declined", "move": "waive"}
"""Values for kinds of things that a letter names by a label."""
PLAIN: dict[Any, Any] = {bool: True, int: 5, date: MIDNIGHT, datetime: MIDNIGHT}
"""Values of plain types; a day stands for its end."""


@cache
def declared() -> dict[str, Any]:
    """Return the facts of every move by their types."""
    return {
        name: typed(hint)
        for move in MOVES.values()
        for name, (hint, _) in move.parameters.items()
        if name not in move.personal
    }


def facts(**changes: Any) -> dict[str, Any]:
    """Return the facts of all letters together: those of every move by their types, and those listed here,
    which letters read as something else."""
    return declared() | {
        "items": ["purchase_proof", "photos"],
        "file_faults": ["type", "too_large"],
        "asked_at": TODAY,
        "routes": ["samr_12315", "court"],
        "passphrase": None,
        "representatives": ["p2"],
        "mediator": "严明",
        "qualification": "人民调解员",
        "own": False,
        "entry": 4,
        "fault": "head",
        "year": 2027,
        "url": "https://crm.example.com/hooks",
        "host": "crm.example.com",
        "gone": False,
        "since": TODAY,
        "found": 31,
        "usual": 6.5,
        "low": 2,
        "high": 13,
        "weeks": "6、7",
        "also": ["企业：清源旗舰店：31件，推算约6.5件"],
        "deadlines": ["challenge", "assignment"],
        "early": True,
        "deadline": "investigation",
        "was_due": TODAY,
        "due": MIDNIGHT,
        "by": MIDNIGHT,
        "done_on": MIDNIGHT,
        "late_minutes": -485,
        "holder": "lead",
        "roles": ["lead", "executive"],
        "passed_on": "absent",
        "last_move": "submit",
        "task": "telling",
        "move": "decline",
        "asker": "王芳",
        "approved": True,
        "letter": "declined",
        "why": "bounce",
        "cases": ["482109365174", "111122223333"],
        "reason": "complex",
        "body": "samr_12315",
        "stop": True,
        "change": True,
        "way": "phone",
        "language": "en",
        "meeting": TODAY,
        "how": "counter",
        "expected": MIDNIGHT,
        "proof": "payment_record",
        "accepted": True,
        "severity": "S1",
        "ground": "late",
        "measure": "agreed_penalty",
        "amount": 5000,
        "owed": "O3",
        "ending": "no_prospect",
        "of": 3,
        "seat": "chair",
        "nature": "facts",
        "others": ["amount", "remedy"],
        "read_back": True,
        "upheld": True,
        "present": ["consumer"],
        "released": True,
        "confirms": "waive",
        "undone": [UndoneAct(TODAY, "message", Role.CONSUMER, "p1")],
        "known": False,
        **changes,
    }


def action(**changes: Any) -> SimpleNamespace:
    """Return an improvement action as letters see it."""
    said = {
        "cause": "not_told",
        "source": "survey",
        "measure": "改写商品页上的退货说明。\n请法务核对。",
        "returned": 0,
        "verdict": None,
        "task": "improvement_action",
        "due": MIDNIGHT,
    }
    return SimpleNamespace(**{**said, **changes})


def forward(**changes: Any) -> SimpleNamespace:
    """Return what is passed on to another business as letters see it."""
    said = {
        "company": "城东家电维修中心",
        "body": None,
        "contact": "电话0571-88001234",
        "text": "空调维修后不制冷。\n请处理。",
        "kept": "我们核对收费。\n不等对方。",
    }
    return SimpleNamespace(**{**said, **changes})


def slots(**changes: Any) -> dict[str, Any]:
    """Return all slots, filled."""
    return {
        "number": "4821-0936-5174",
        "own_number": "1",
        "policy": "default-1",
        "name": "李雷",
        "code": "048213",
        "link": "https://redress.example/case/4821-0936-5174/1-abc_def-ghi",
        "lines": [
            SimpleNamespace(
                number="4821-0936-5174",
                training=None,
                deadline="investigation",
                due=MIDNIGHT,
                late_minutes=485,
                untold=1,
            )
        ],
        "more": 2,
        "by_text": False,
        "powerless": False,
        "confirm": "https://redress.example/address/482109365174/p1-1-abcdef",
        "question_link": None,
        "public_url": "https://redress.example",
        "verify": "https://redress.example/verify",
        "phrase": None,
        "team": "客户权益组",
        "phone": "400-800-1234",
        "phone_hours": "",
        "today": TODAY,
        "stage": "investigating",
        "outcome": "declined",
        "purchase": {
            "business": "梧桐家电有限公司",
            "shop": "城西店",
            "product": "洗衣机A1",
            "order": "2026110301",
        },
        "due": dict.fromkeys(DEADLINES, MIDNIGHT),
        "wishes": ["refund", "apology"],
        "matters": [
            matter(1, "accepted"),
            matter(2, "declined"),
            matter(3, type="safety", sub_type="injury", amount=None),
        ],
        "wish_amount": 128000,
        "received_at": TODAY,
        "facts": facts(),
        "words": words("第一行\n\n第二行"),
        "promised": MIDNIGHT,
        "promised_before": TODAY,
        "represented": True,
        "handler": "韩梅",
        "handler_phone": "010-5555",
        "other": "1111-2222-3333",
        "routes": ["samr_12315", "gov_12345", "court"],
        "authorities": ["samr_12315"],
        "hurt": "hurt",
        "shares": SimpleNamespace(
            partner="shop", at=TODAY, end="https://redress.example/case/1/x?to=partner"
        ),
        "advice": ["emergency", "stop", "care"],
        "reports": False,
        "forward": forward(),
        "about": promise(),
        "terms": "退回原支付账户。",
        "said_by": "consumer",
        "said_at": TODAY,
        "asker": None,
        "asker_name": "赵云",
        "acted": "accept_answer",
        "approver": "lead",
        "owed": [
            promise(),
            promise("O2", kind="compensate", offer=True),
            promise("O3", kind="apology", amount=None, state="confirmed"),
        ],
        "ledger": [promise(), promise("O3", kind="apology", amount=None, state="confirmed")],
        "total": SimpleNamespace(owe=None, owed=133000),
        "change": changed(),
        "excused": "account_wrong",
        "action": action(),
        "remedies": [promise(), promise(kind="apology", amount=None)],
        "rights": {"safety": "infringed", "know": "not_examined"},
        "rules": [
            {"law": "consumer_protection_2013", "article": "第二十四条"},
            {"law": "contract", "article": "第3条"},
        ],
        "representative": "赵云",
        "outside_number": "第5号",
        "changed": [("email", "l…@mail.example"), ("phone", "1…5678")],
        "files": [
            SimpleNamespace(shows="裂开的内胆", kept=True),
            SimpleNamespace(shows="付款记录", kept=False),
        ],
        "provisional": [2026],
        "late": [late()],
        "moved": [],
        "waited": None,
        "missed": {},
        "still": ["negotiation"],
        "panel": [
            SimpleNamespace(role="chair", unit="客户权益组"),
            SimpleNamespace(role="panel", unit="维修部"),
        ],
        "can": lambda move, about=None: True,
        "next": None,
        "reopens": True,
        "window_still": True,
        "higher_office": False,
        "reviewing": False,
        "leaving": SimpleNamespace(n=3, own=False),
        "side": "consumer",
        "offer": offered(),
        "dispute": talks(),
        "nature": "amount",
        "parties": [
            SimpleNamespace(name="李雷", side="consumer", represents=None),
            SimpleNamespace(name="赵云", side="consumer", represents="p1"),
            SimpleNamespace(name=None, side="business", represents=None),
        ],
        "mediator": mediator(),
        "meeting": meeting(),
        "agreement": agreed(),
        "challenge": SimpleNamespace(side="consumer", own=True),
        "confirmation": SimpleNamespace(other_agreed=True),
        **changes,
    }


def words(said: str | None) -> dict[str, Any]:
    """Return every free text of a letter, with the same content."""
    return {**dict.fromkeys(WORDS, said), "account": {"story": said, "product": said, "shop": said}}


def due(*names: str) -> dict[str, datetime]:
    """Return these running deadlines, all with the same end."""
    return dict.fromkeys(names, MIDNIGHT)


BARE: dict[str, Any] = {
    "name": None,
    "words": None,
    "promised": None,
    "promised_before": None,
    "represented": False,
    "handler": None,
    "handler_phone": None,
    "routes": [],
    "confirm": None,
    "question_link": None,
    "verify": None,
    "purchase": {},
    "wishes": [],
    "wish_amount": None,
    "about": None,
    "terms": None,
    "owed": [],
    "ledger": [],
    "excused": None,
    "remedies": [],
    "rules": [],
    "representative": None,
    "outside_number": None,
    "changed": [],
    "files": [],
    "approver": None,
    "hurt": "unknown",
    "can": lambda move, about=None: False,
    "next": None,
    "leaving": SimpleNamespace(n=0, own=False),
    "offer": offered(amount=None, counters=None, terms=None, state="lapsed"),
    "dispute": talks(other_agreed=None, joint=False),
    "mediator": None,
    "meeting": meeting(way="online", place=None, papers=None, was=None, sequence=0),
    "confirmation": None,
    "challenge": SimpleNamespace(side="business", own=False),
    "parties": [],
    "agreement": agreed(
        number=None,
        text=None,
        kind="settlement",
        drafted_on=None,
        duties=[],
        missing=[],
        unsigned=[],
        replaced=[],
        in_force=None,
        sealed=None,
        application=False,
    ),
}
"""Empty values of all optional slots."""
BRANCHES: dict[str, dict[str, Any]] = {
    "representatives chosen": slots(facts=facts(speak=["p1", "p2"])),
    "representatives not chosen in time": slots(facts=facts(lapsed=True)),
    "a person who was proposed left": slots(facts=facts(left="p2")),
    "a text waited for signatures": slots(facts=facts(ending="refused", unsigned=True)),
    "an action whose cause rose": slots(action=action(verdict="rose", returned=1)),
    "a new contact is confirmed": slots(facts=facts(about="new")),
    "a new contact waits": slots(facts=facts(about="before", waits=True)),
    "a new contact that waited counts": slots(facts=facts(about="before", waits=True, counts=True)),
    "a new contact waits, nobody confirmed the old one": slots(
        facts=facts(about="before", waits=True, called=True)
    ),
    "a new number waits, nobody confirmed the old one": slots(
        by_text=True, facts=facts(about="before", waits=True, called=True)
    ),
    "a new contact waits, and somebody is called": slots(facts=facts(about="", waits=True)),
    "an action that is done": slots(action=action(task="verification")),
    "trainings": slots(
        lines=[
            SimpleNamespace(
                number="客户权益组",
                training="impartiality",
                role="panel",
                people=2,
                late_minutes=late,
                deadline="",
            )
            for late in (485, None)
        ],
        more=0,
    ),
    "an action without its words": slots(action=action(due=None, measure=None)),
    "everything": slots(),
    "nothing optional": slots(
        **BARE,
        due=due("acknowledgement"),
        matters=[matter(1, "accepted", amount=None, findings=[]), matter(2, "declined", reason=None)],
        facts=facts(
            routes=[],
            by=None,
            passed_on=None,
            asked_at=None,
            approved=False,
            holder="owner",
            role="owner",
            reason=None,
            stop=False,
            change=False,
            way=None,
            language=None,
            expected=None,
            proof=None,
            accepted=False,
            task="set_severity",
            severity=None,
            of=0,
        ),
    ),
    "split off": slots(leaving=SimpleNamespace(n=1, own=True), stage="mediating", facts=facts(silent=True)),
    "the only one of two": slots(leaving=SimpleNamespace(n=1, own=False), stage="negotiating"),
    "anonymous": slots(
        name=None,
        facts=facts(passphrase="红色 山羊 七"),
        due=due("acknowledgement"),
        outcome="information_only",
    ),
    "a report": slots(reports=True, due=due("acknowledgement"), outcome="information_only", wishes=[]),
    "late": slots(today=MIDNIGHT + timedelta(hours=30), facts=facts(late_minutes=0, task="set_severity")),
    "late, no next step": slots(
        today=MIDNIGHT, facts=facts(by=None, late_minutes=1600, accepted=False), handler=None
    ),
    "erased, on a closed case": slots(words=words(None), stage="closed"),
    "undecided": slots(matters=[matter(1)], due=due("acknowledgement", "investigation"), promised=None),
    "waiting": slots(
        matters=[matter(1, type="other", sub_type="other", problem="停车费")],
        due=due("acknowledgement", "information"),
        promised=None,
    ),
    "answer promised": slots(
        due=due("acknowledgement", "investigation"), promised_before=None, rights={}, hurt="could_be"
    ),
    "facts left out": slots(
        facts={
            key: value
            for key, value in facts().items()
            if key
            not in (
                "passphrase",
                "asked_at",
                "by",
                "holder",
                "passed_on",
                "way",
                "language",
                "proof",
                "severity",
                "expected",
            )
        }
    ),
    "a department is asked": slots(facts=facts(task="ask_department")),
    "a department is asked, by a link": slots(
        facts=facts(task="ask_department"),
        question_link="https://redress.example/question/482109365174/Q1-1-abcdef",
    ),
    "a report is returned": slots(
        facts=facts(task="return_report", change=False),
        due=due("acknowledgement", "assignment"),
        handler=None,
    ),
    "declined, nothing said": slots(stage="declined", outcome="declined", owed=[]),
    "answered, nothing owed": slots(
        stage="answered",
        outcome="answered_accepted",
        owed=[],
        due=due("acknowledgement", "answer_window"),
        words={**words("话"), "terms": None, "unexamined": None, "papers": None},
    ),
    "not contested, one promise": slots(
        outcome="answered_not_contested", owed=[promise(amount=None)], about=promise(), terms=None
    ),
    "in court": slots(
        outcome="in_court", facts=facts(body="court", deadline="creditor_answer", accepted=False)
    ),
    "in court, nothing owed": slots(
        outcome="in_court", owed=[], about=None, facts=facts(deadline="creditor_answer"), words=None
    ),
    "joined with others": slots(facts=facts(party="p3", about="before", representative="p2", proof=None)),
    "performing again": slots(
        stage="performing", due={"acknowledgement": MIDNIGHT, "breach_decision": MIDNIGHT}, hurt="no"
    ),
    "decided anew, for good": slots(
        stage="answered",
        outcome="answered_final",
        owed=[promise(offer=True)],
        matters=[matter(1, "accepted", final=True), matter(2, "accepted", final=True, result="confirmed")],
    ),
    "decided anew, one of two": slots(
        stage="answered",
        outcome="answered_accepted",
        due=due("acknowledgement", "answer_window"),
        matters=[
            matter(1, "accepted", final=True),
            matter(2, "accepted", result=None, asked=False),
            matter(3, "declined", result=None),
        ],
    ),
    "declined on an earlier case": slots(
        matters=[
            matter(n, "declined", ground=ground, earlier=earlier(settled))
            for n, (ground, settled) in enumerate((("already_settled", True), ("repeat", False)), 1)
        ]
    ),
    "a decline upheld": slots(
        stage="closed",
        outcome="declined",
        due=due("acknowledgement", "reopen_window"),
        owed=[],
        matters=[matter(1, "declined", final=True)],
    ),
    "a decline overturned": slots(
        matters=[matter(1, "accepted", conclusion=None), matter(2, "declined", result=None)], owed=[]
    ),
    "under reconsideration": slots(
        stage="under_reconsideration",
        reviewing=True,
        facts=facts(
            change=True,
            task="reconsideration",
            seat="panel",
            deadline="reconsideration",
            **{"from": "111122223333"},
        ),
    ),
    "under reconsideration, not changed": slots(
        stage="under_reconsideration",
        reviewing=True,
        facts=facts(change=False),
        higher_office=True,
        due=due("acknowledgement", "reconsideration"),
    ),
    "decided alone, told later": slots(
        stage="answered",
        facts=facts(of=0),
        due=due("acknowledgement"),
        words=None,
        matters=[matter(1, "accepted", conclusion=None, result="confirmed", final=True)],
    ),
    "decided by the higher office": slots(
        stage="closed",
        facts=facts(of=0),
        higher_office=True,
        due=due("acknowledgement"),
        matters=[matter(1, "declined"), matter(2, "declined", result=None)],
    ),
    "a decline upheld, the rest settled": slots(
        stage="performing",
        outcome="settled_at_once",
        facts=facts(of=0),
        matters=[matter(1, "accepted", result=None, final=True), matter(2, "declined", final=True)],
    ),
    "to the company": slots(side="business", stage="negotiating"),
    "to the company, nothing optional": slots(
        **BARE,
        side="business",
        stage="negotiating",
        due=due("acknowledgement"),
        facts=facts(
            ending=None,
            read_back=False,
            others=None,
            approved=False,
            routes=[],
            by=None,
            expected=None,
            passed_on=None,
            asked_at=None,
        ),
    ),
    "the company has offered, and it is over": slots(
        side="business",
        stage="negotiating",
        dispute=talks(agreed=True, other_agreed=None, over=True),
        facts=facts(approved=False, ending=None),
        offer=offered(own=True, state="lapsed"),
    ),
    "to the company, on a closed case": slots(
        side="business", stage="closed", outcome="not_settled", offer=offered(own=True)
    ),
    "negotiation is over": slots(
        stage="negotiating",
        dispute=talks(over=True),
        facts=facts(ending=None),
        offer=offered(state="refused"),
        due=due("acknowledgement", "mediation_consent"),
    ),
    "the consumer has agreed": slots(
        stage="negotiating", dispute=talks(agreed=True), offer=offered(own=True, state="refused")
    ),
    "in mediation": slots(
        stage="mediating",
        offer=offered(own=True),
        due=due("acknowledgement", "mediation", "mediator_appointment", "investigation"),
    ),
    "decided from outside": slots(
        facts=facts(of=1, members=["yan"]), panel=[SimpleNamespace(role="chair", unit="")]
    ),
    "reopened before": slots(
        stage="closed",
        outcome="not_settled",
        due=due("acknowledgement"),
        reopens=False,
        can=lambda move, about=None: move != "reopen",
    ),
    "not settled": slots(stage="closed", outcome="not_settled", due=due("acknowledgement", "reopen_window")),
    "not settled, the company": slots(stage="performing", side="business", owed=[]),
    "left the others": slots(
        facts=facts(**{"from": "111122223333"}), due=due("acknowledgement", "answer_window")
    ),
    "a company's duty to confirm": slots(
        side="business",
        stage="performing",
        owed=[promise(matter=0, clause="C1")],
        about=promise(matter=0, clause="C2", kind="return_goods", amount=None, due=None, term=WAITS, days=7),
        facts=facts(deadline="creditor_answer", proof=None, upheld=False),
    ),
    "to the mediator": slots(side=None, stage="mediating", facts=facts(task="ask_meeting_change")),
    "to the mediator, over": slots(
        side=None,
        stage="closed",
        outcome="not_settled",
        facts=facts(upheld=False, ending="out_of_time"),
        agreement=agreed(kind="settlement", duties=[RETURN]),
    ),
    "to the mediator, nothing optional": slots(
        **BARE,
        side=None,
        stage="mediating",
        due=due("acknowledgement"),
        facts=facts(
            task="challenge_mediator",
            ending=None,
            by=None,
            expected=None,
            passed_on=None,
            asked_at=None,
            present=None,
        ),
    ),
    "a text in two languages": slots(
        stage="signing",
        agreement=agreed(
            me="李雷",
            text={
                **DRAFT,
                "languages": ["zh", "en"],
                "mediator": None,
                "remarks": None,
                "facts": {"zh": "事实。", "en": "Facts."},
            },
            missing=[
                SimpleNamespace(who="reader", n=1),
                SimpleNamespace(who="consumer", n=2),
                SimpleNamespace(who="mediator", n=1),
            ],
            unsigned=[SimpleNamespace(who="reader", n=1), SimpleNamespace(who="consumer", n=1)],
            replaced=[],
        ),
    ),
    "a mediator without a lawful body": slots(
        stage="mediating",
        mediator=mediator(lawful=False, past=0, past_cases=None),
        meeting=meeting(way="phone", was=TODAY, papers=None),
        facts=facts(ending="absent"),
    ),
    "called on": slots(
        stage="performing",
        about=breached(found=None, measures=[], next=None, owes=True),
        excused=None,
        facts=facts(deadline="cure", proof=None, accepted=False),
    ),
    "called on, not told yet": slots(
        stage="performing",
        about=breached(found=None, cure=None, measures=[], term=None, owes=True),
        facts=facts(deadline="cure", proof=None, accepted=False),
    ),
    "called on, and over": slots(
        side="business",
        stage="performing",
        today=CURED,
        about=breached(found=None, measures=[]),
        facts=facts(proof=None, accepted=False),
    ),
    "in breach": slots(
        stage="breached",
        about=breached(owes=True),
        ledger=[
            breached(owes=True),
            promise("O2", matter=0, clause="C2", due=None, term=WAITS, days=7),
            promise("O3", matter=0, clause="C1", of="O1", kind="interest", amount=None, owes=True),
        ],
        total=SimpleNamespace(owe=133000, owed=None),
        facts=facts(accepted=False, measure="interest", amount=None),
    ),
    "in breach, the company": slots(
        side="business",
        stage="breached",
        about=breached(owes=True, term=SimpleNamespace(**{**vars(TERM), "penalty": None})),
        change=changed(digest=None),
        ledger=[breached(owes=True), promise("O2", due=None)],
        facts=facts(measure="court", amount=None),
    ),
    "referred": slots(
        stage="closed",
        outcome="referred",
        about=breached(state="referred"),
        facts=facts(measure="enforcement"),
        ledger=[breached(state="referred"), promise("O2", clause="C2", state="referred", due=None)],
    ),
    "referred, not confirmed": slots(
        side="business",
        stage="performing",
        outcome="referred",
        facts=facts(measure="hold_counter"),
        about=breached(state="referred", enforceable=False, with_it=()),
        ledger=[promise("O2", matter=0, clause="C2", owes=True), breached(state="referred")],
    ),
    "settled without being done": slots(
        stage="closed",
        outcome="fulfilled",
        excused="force_majeure",
        about=promise(broken=True),
        facts=facts(by=None, measure="pay_first"),
        ledger=[promise(state="waived"), promise("O2", state="excused", owes=True)],
        change=changed(
            old=SimpleNamespace(by=None, amount=None, what="退回。"),
            new=SimpleNamespace(by=CURED, amount=None, what="退回。"),
            digest=None,
        ),
    ),
    "promised after another duty": slots(
        stage="closed",
        owed=[
            promise(matter=0, clause="C2", due=None, term=WAITS, days=7),
            promise("O2", matter=0, clause="C1", state="replaced"),
        ],
    ),
}
