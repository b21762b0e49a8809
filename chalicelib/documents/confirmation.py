"""The joint application of both sides to a people's court for judicial confirmation (司法确认申请书), filled in from
the agreement.

The application is in Chinese, because courts work in Chinese, and follows the courts' own form. What only the
applicants know stays blank. The application is not sealed, because the applicants sign it themselves."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any

from chalicelib.documents import APPLICATION, Json
from chalicelib.documents.agreement import Wording
from chalicelib.documents.typesetting import ROOM, press
from chalicelib.domain.timeline import canonical
from chalicelib.evidence.confined import Room
from chalicelib.locale import formats

day, moment = partial(formats.day, "zh"), partial(formats.moment, "zh")
PERSON = ("性别", "出生日期", "民族", "身份证件号码", "住所", "联系方式")
COMPANY = ("统一社会信用代码", "住所", "法定代表人", "联系方式")
PROMISE = (
    "申请人出于解决纠纷的目的自愿达成协议，没有恶意串通、规避法律的行为；协议内容不损害国家利益、社会公共利益和他人合法权益。"
    "如果因为该协议内容而给国家、集体或者他人造成损害的，愿意承担相应的民事责任和其他法律责任。"
)
COURT = (
    "由调解组织自行开展的调解，向当事人住所地、标的物所在地、调解组织所在地的基层人民法院提出；人民法院邀请调解组织开展先行调解的，"
    "向作出邀请的人民法院提出；调解协议所涉纠纷应当由中级人民法院管辖的，向相应的中级人民法院提出。"
)
BASIS = "法律依据：《中华人民共和国民事诉讼法》第二百零五条、第二百零六条，《中华人民共和国人民调解法》第三十三条。"


def application(text: Json, in_force: datetime, until: datetime | None = None, *, room: Room = ROOM) -> bytes:
    """Return the filled-in application as unsealed PDF/A-3a. `text` is the stored text of the agreement.
    `in_force` is when the agreement took effect. `until` is the end of the thirty days to apply, which is
    printed if given. `room` holds the limits of memory and time for typesetting.

    Raises ValueError unless the agreement was mediated by a mediator of a lawfully established body. Raises
    DocumentFailed if the application cannot be typeset."""
    if text["kind"] != "mediation" or not text["mediator"]["lawful"]:
        raise ValueError("judicial confirmation is not open to this agreement")
    view = {
        "number": text["number"],
        "mark": f"{APPLICATION}{text['number']}:{_mark(text, in_force)}",
        "page": ["第{n}页，共{of}页"],
        "parts": [
            {"language": "zh", "title": "司法确认申请书", "sections": list(_sections(text, in_force, until))}
        ],
    }
    return press("application", view, in_force, room)


def _mark(text: Json, in_force: datetime) -> str:
    """Return 16 hexadecimal digits computed from the text of an agreement and from when it took effect. They
    become part of the application's identifier, so that another text gives another identifier."""
    return sha256(canonical({"text": text, "in_force": in_force}).encode()).hexdigest()[:16]


def _sections(text: Json, in_force: datetime, until: datetime | None) -> Iterator[dict[str, Any]]:
    mediator, sides = text["mediator"], _sides(text)
    for party in text["parties"]:
        yield section("申请人", {"kind": "facts", "rows": list(person(party))})
    agreed = f"调解协议（编号{text['number']}）"
    yield section("请求事项", paragraph(f"请求依法确认申请人{sides}于{day(in_force)}达成的{agreed}有效。"))
    reached = (
        f"{day(in_force)}，申请人{sides}经{mediator['body']}调解员{mediator['name']}主持调解，自愿达成{agreed}，"
        f"协议于{moment(in_force, end=False)}生效。协议的主要内容如下："
    )
    yield section(
        "事实和理由",
        paragraph(reached),
        paragraph("\n".join(_duties(text))),
        *([paragraph(f"其他约定：{text['remarks']['zh']}")] if text.get("remarks") else []),
        paragraph(PROMISE),
    )
    yield section("提交的材料", {"kind": "list", "items": _papers(text)})
    yield section("", closing("申请人", *(party["name"] for party in text["parties"])))
    last = f"最后一日为{moment(until)}。" if until else ""
    told = f"请双方自调解协议生效之日起三十日内共同向人民法院提出申请。{last}\n{COURT}\n{BASIS}"
    yield section("提交前请看", {"kind": "plain", "text": told})


def section(title: str, *shown: dict[str, Any]) -> dict[str, Any]:
    """Return a section of a paper, as the template takes it. `title` is its title, and `shown` are its
    blocks, such as those that `paragraph` and `closing` return."""
    return {"title": title, "shown": list(shown)}


def paragraph(words: str) -> dict[str, Any]:
    """Return a block of running text, as the template takes it. Each line of `words` becomes a paragraph."""
    return {"kind": "text", "text": words}


def closing(role: str, *names: str, court: str = "") -> dict[str, Any]:
    """Return the block at the end of a paper, as the template takes it, with a line to sign and date for each
    of the `names`. `role` is what the signers are called. `court` is the name of the court that the paper
    goes to; if it is "", the name stays blank."""
    return {"kind": "closing", "court": court, "role": role, "names": names}


def _sides(text: Json) -> str:
    """Return the names of both sides of an agreement, the consumers first: 王芳、李明与某某公司."""
    return "与".join(
        "、".join(party["name"] for party in text["parties"] if party["side"] == side)
        for side in ("consumer", "business")
    )


def person(party: Json) -> Iterator[list[str]]:
    """Yield the details of a party that the courts' form asks for, each as a label and a value. What only the
    party knows has the value ""."""
    yield ["姓名" if party["side"] == "consumer" else "名称", party["name"]]
    for blank in PERSON if party["side"] == "consumer" else COMPANY:
        yield [blank, ""]
    if party.get("represented_by"):
        yield ["代理人", party["represented_by"]]


def _duties(text: Json) -> Iterator[str]:
    """Yield each obligation of an agreement (`text`) in words: its clause, debtor, creditor, time, kind,
    amount and content."""
    said = Wording("zh", text)
    for clause in text["clauses"]:
        what = "，".join(filter(None, (said.kind(clause), said.money(clause.get("amount")))))
        debtor, creditor = said.names[clause["debtor"]], said.names[clause["creditor"]]
        yield (
            f"{formats.clause('zh', clause['id'])}：{debtor}应当在{said.when(clause)}对{creditor}履行：{what}。"
            f"{' '.join(clause['what']['zh'].split())}"
        )


def _papers(text: Json) -> list[str]:
    return [
        f"调解协议书（编号{text['number']}，已用电子签章封存的电子文件及其打印件）",
        f"{text['mediator']['body']}主持调解的证明、调解组织依法设立的证明和调解员的资格证明",
        "申请人的身份证明：个人的身份证件复印件，企业的营业执照复印件和法定代表人身份证明",
        *(
            ["代理人的授权委托书和身份证明"]
            if any(party.get("represented_by") for party in text["parties"])
            else []
        ),
        "与调解协议有关的财产权利证明等材料（有的）",
    ]
