"""The paper that a creditor takes to court when an agreement was not performed. After judicial confirmation
the paper is an application for enforcement (强制执行申请书). Without it the paper is a statement of performance
(履行情况说明).

The paper is in Chinese, because courts work in Chinese, and is filled in from the record of the case. What
only the applicant knows stays blank. The paper is not sealed."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import date
from typing import Any

from chalicelib.documents import REFERRAL
from chalicelib.documents.agreement import Wording
from chalicelib.documents.confirmation import closing, paragraph, person, section
from chalicelib.documents.typesetting import ROOM, press
from chalicelib.domain.calendar import day_end, published
from chalicelib.domain.model.codes import Duty, Measure, ObligationKind
from chalicelib.domain.model.obligation import Obligation
from chalicelib.domain.model.referral import Referral
from chalicelib.evidence.confined import Room
from chalicelib.locale import formats

ENFORCE_YEARS, SUE_YEARS = 2, 3
"""The time limits in years: to apply for enforcement (民事诉讼法 250), and to sue (民法典 188)."""
ENFORCEMENT_LAW = (
    "法律依据：《中华人民共和国民事诉讼法》第二百零六条、第二百三十五条、第二百五十条、第二百六十四条，《最高人民法院关于"
    "适用〈中华人民共和国民事诉讼法〉的解释》第四百六十条，《诉讼费用交纳办法》第二十条、第三十八条。"
)
COURT_LAW = "法律依据：《中华人民共和国民法典》第一百八十八条、第一百九十五条、第五百七十七条，《中华人民共和国民事诉讼法》第二十四条。"


def paper(referral: Referral, *, room: Room = ROOM) -> bytes:
    """Return the creditor's paper for a referred obligation as unsealed PDF/A-3a. The same `referral` gives
    the same bytes. `room` holds the limits of memory and time for typesetting. Raises DocumentFailed if the
    paper cannot be typeset."""
    made = _Application(referral) if referral.ruling else _Statement(referral)
    number = referral.text["number"]
    view = {
        "number": number,
        "mark": f"{REFERRAL}{number}:{referral.owed.id}:{referral.mark}",
        "page": ["第{n}页，共{of}页"],
        "parts": [{"language": "zh", "title": made.title, "sections": list(made.sections())}],
    }
    return press("application", view, referral.owed.since, room)


class _Paper(Wording, ABC):
    """The common parts of both papers: debtor, creditor, obligation, and what happened to the obligation.
    `it` is the referral, `owed` the referred obligation, and `clause` the clause of the agreement behind this
    obligation."""

    title = ""

    def __init__(self, referral: Referral) -> None:
        super().__init__("zh", referral.text)
        self.it, self.owed, text = referral, referral.owed, referral.text
        parties = {party["id"]: party for party in text["parties"]}
        self.clause = next(
            one for one in text["clauses"] if self.owed.term and one["id"] == self.owed.term.id
        )
        self.named = formats.clause("zh", self.clause["id"])
        self.debtor, self.creditor = parties[self.owed.debtor], parties[self.owed.to]
        self.agreement = f"{'调解' if text['kind'] == 'mediation' else '和解'}协议（编号{text['number']}）"
        self.what = self.it.what

    @abstractmethod
    def sections(self) -> Iterator[dict[str, Any]]:
        """Yield the sections of the paper, as the template takes them."""

    def duty(self, obligation: Obligation) -> str:
        """Return an obligation in short: its kind and its amount."""
        return "，".join(
            filter(
                None, (formats.label("zh", obligation.kind, "obligation_kind"), self.money(obligation.amount))
            )
        )

    def last(self, day: date | str | None) -> str:
        """Return the end of a day in words: the date, and 24:00."""
        return f"{self.day(str(day))}24:00"

    def expiry(self, years: int) -> str:
        """Return the end of a time limit in words: `years` after the last day for performance. If that day
        was changed, the earlier of the agreed day and the present day counts, because it is the safer one."""
        days = [day for day in (self.clause.get("by"), self.owed.by and self.owed.by.isoformat()) if day]
        first = date.fromisoformat(min(days))
        try:
            return self.last(first.replace(year=first.year + years))
        except ValueError:  # this year has no 29 February
            return self.last(first.replace(year=first.year + years, day=28))

    def facts(self, *more: list[str]) -> dict[str, Any]:
        """Return a block of rows, as the template takes it, about the obligation and what happened to it. The
        rows `more` come right after the row that describes the obligation."""
        rows = [
            ["义务", f"{self.named}：{self.duty(self.owed)}"],
            *more,
            ["履行期限", self.last(self.owed.by)],
        ]
        if changed := "\n".join(self.changes()):
            rows.append(["生效后的变更", changed])
        rows += [
            ["约定的逾期后果", self.consequence()],
            ["催告", self.notice()],
            [
                "认定违约",
                f"{self.moment(self.owed.found)}，由跟进专员认定，经主管确认。" if self.owed.found else "",
            ],
            ["已采取的措施", "\n".join(self.measures()) or "没有"],
            ["目前的情况", f"到{self.moment(self.owed.since)}为止，没有履行完毕的记录。"],
        ]
        return {"kind": "facts", "rows": rows}

    def changes(self) -> Iterator[str]:
        """Yield in words each change of the obligation since the agreement was signed."""
        by, amount = self.clause.get("by"), self.clause.get("amount")
        if by and self.owed.by and by != self.owed.by.isoformat():
            yield f"履行期限：原为{self.last(by)}。"
        if amount != self.owed.amount:
            yield f"金额：原为{self.money(amount)}。"
        if self.owed.way:
            yield f"内容：原为“{self.clause['what']['zh']}”"

    def consequence(self) -> str:
        """Return in words what the agreement provides for non-performance."""
        measure, penalty = self.clause.get("measure"), self.clause.get("penalty")
        if not measure:
            return "没有另外约定"
        return "，".join(filter(None, (formats.label("zh", measure, "measure"), self.money(penalty))))

    def notice(self) -> str:
        """Return in words when the demand for performance was sent, and until when the debtor could then
        perform."""
        sent = f"{self.moment(self.owed.notice)}催告{self.debtor['name']}履行" if self.owed.notice else ""
        return sent + (f"，宽限期到{formats.moment('zh', self.it.until)}为止。" if self.it.until else "。")

    def measures(self) -> Iterator[str]:
        """Yield in words each measure taken because of the breach, with the day on which it was taken."""
        for taken in self.owed.measures:
            said = "，".join(
                filter(None, (formats.label("zh", taken.measure, "measure"), self.money(taken.amount)))
            )
            yield f"{formats.day('zh', taken.at, end=False)}：{said}"

    def others(self) -> Iterator[dict[str, Any]]:
        """Yield a section with the state of the other obligations between the same two sides. Yield nothing
        if there are no others."""
        rows = [
            [
                owed.term.id if owed.term else "",
                f"{self.names[owed.debtor]}对{self.names[owed.to]}：{self.duty(owed)}",
                self.last(owed.by) if owed.by else "先要履行的一项办完后起算",
                self.state(owed),
            ]
            for owed in self.it.others
        ]
        if rows:
            yield section(
                "双方之间其他约定义务的履行情况",
                {
                    "kind": "grid",
                    "widths": [9, 42, 28, 21],
                    "rows": rows,
                    "head": ["条款", "义务", "履行期限", "目前的情况"],
                },
            )

    def state(self, obligation: Obligation) -> str:
        """Return the state of an obligation in words, with its date once the obligation has ended."""
        said = formats.label("zh", obligation.state_on(published().day_of(self.owed.since)), "duty")
        if obligation.open:
            return said
        on = obligation.performed_on
        day = formats.day("zh", day_end(on)) if on else formats.day("zh", obligation.since, end=False)
        return f"{said}，{day}"


class _Application(_Paper):
    """The application for enforcement."""

    title = "强制执行申请书"

    def sections(self) -> Iterator[dict[str, Any]]:
        """Yield the sections in the order of the courts' own form."""
        court, number = self.it.ruling or ("", "")
        yield section("申请执行人", {"kind": "facts", "rows": list(person(self.creditor))})
        yield section(
            "被执行人", {"kind": "facts", "rows": [*person(self.debtor), ["可供执行的财产线索", ""]]}
        )
        yield section(
            "执行依据",
            {
                "kind": "facts",
                "rows": [
                    ["作出裁定的法院", court],
                    ["民事裁定书编号", number],
                    ["裁定书生效日期", ""],
                    ["确认的协议", self.agreement],
                ],
            },
        )
        yield section("请求事项", {"kind": "list", "items": list(self.requests()), "long": True})
        others = "等当事人" if len(self.names) > 2 else ""
        reached = (
            f"{self.moment(self.it.in_force)}，申请执行人{self.creditor['name']}与被执行人{self.debtor['name']}{others}经"
            f"{self.text['mediator']['body']}主持调解达成的{self.agreement}生效。{court}以{number}民事裁定确认该协议有效。"
            "被执行人没有按照协议履行下列义务，经催告，宽限期届满后仍未履行："
        )
        yield section("事实和理由", paragraph(reached), self.facts())
        yield from self.others()
        yield section("提交的材料", {"kind": "list", "items": self.papers(number)})
        yield section("", closing("申请执行人", self.creditor["name"], court=court))
        yield section("提交前请看", {"kind": "plain", "text": "\n".join(self.advice(court))})

    def requests(self) -> Iterator[str]:
        """Yield the requests to the court: to perform the obligation, to pay the sum agreed for delay, and
        the claims that the law gives."""
        debtor, creditor = self.debtor["name"], self.creditor["name"]
        what = f"{self.duty(self.owed)}。{' '.join(self.what.split())}"
        yield f"强制{debtor}对{creditor}履行{self.agreement}{self.named}约定的义务：{what}"
        found = {taken.measure: taken.amount for taken in self.owed.measures}
        for measure, said in ((Measure.AGREED_PENALTY, "违约金"), (Measure.INTEREST, "利息")):
            apart = [owed for owed in self.it.apart if owed.kind == ObligationKind(measure)]
            left = [owed for owed in apart if owed.open or owed.state == Duty.REFERRED]  # sums not yet paid
            if self.clause.get("measure") == measure and (left or not apart):
                agreed = self.clause.get("penalty") or found.get(measure)
                amount = sum(owed.amount or 0 for owed in left) if apart else agreed
                yield f"强制{debtor}按照协议对{creditor}支付{said}{self.money(amount or None)}。"
        yield f"责令{debtor}{'加倍支付迟延履行期间的债务利息' if self.owed.amount else '支付迟延履行金'}。"
        yield "申请执行费由被执行人负担。"

    def papers(self, number: str) -> list[str]:
        """Return the enclosures of the application, each in words. `number` is the number of the court's
        ruling."""
        return [
            f"确认协议有效的民事裁定书，编号{number}",
            f"{self.agreement}（已用电子签章封存的电子文件及其打印件）",
            "申请执行人的身份证件复印件"
            if self.creditor["side"] == "consumer"
            else "申请执行人的营业执照复印件和法定代表人身份证明",
            *(["代理人的授权委托书和身份证明"] if self.creditor.get("represented_by") else []),
            "关于催告和违约认定的书面告知，以及双方关于履行的往来记录",
            "被执行人财产线索的材料（有的）",
        ]

    def advice(self, court: str) -> list[str]:
        """Return advice that the creditor reads before they submit the paper: until when, to which court, and
        what to change in the paper. `court` is the court that confirmed the agreement."""
        return [
            "本申请书按照案件记录填写，由您自己决定是否提交。请核对内容，填写空白处，签名或者盖章并写明日期。",
            f"最迟在{self.expiry(ENFORCE_YEARS)}前提出：申请执行的期间为二年，从协议规定的履行期间的最后一日起计算。期间可以依法中止、"
            "中断，是否中止、中断由人民法院认定，请不要等到最后一日。",
            f"向作出裁定的人民法院（{court}），或者与它同级的被执行的财产所在地的人民法院提出。向后一种法院提出的，请把“此致”后面的"
            "法院名称改成那个法院。",
            "已经收到一部分的，请把请求事项改为还没有收到的部分。申请执行费在执行以后交纳，提出申请时不用预交。",
            *(
                ["协议生效后有变更的，变更的部分能不能强制执行，由人民法院审查。"]
                if any(self.changes())
                else []
            ),
            ENFORCEMENT_LAW,
        ]


class _Statement(_Paper):
    """The statement of performance, for an agreement that no court has confirmed."""

    title = "履行情况说明"

    def sections(self) -> Iterator[dict[str, Any]]:
        """Yield the sections: the parties, the agreement, the obligation that was not performed, other
        obligations, and how to use the paper."""
        yield section(
            "当事人",
            {
                "kind": "facts",
                "rows": [["权利方", self.party(self.creditor)], ["义务方", self.party(self.debtor)]],
            },
        )
        mediator = self.text.get("mediator")
        by = [["主持调解", f"{mediator['body']}　{mediator['name']}"]] if mediator else []
        yield section(
            "协议",
            {
                "kind": "facts",
                "rows": [["名称和编号", self.agreement], ["生效时间", self.moment(self.it.in_force)], *by],
            },
        )
        yield section("没有履行的义务", self.facts(["内容", self.what]))
        yield from self.others()
        yield section("怎样使用", {"kind": "plain", "text": "\n".join(self.advice())})

    def advice(self) -> list[str]:
        """Return advice for the creditor: what the paper is, where it can be used, and until when."""
        number = self.text["complaint"]["number"]
        return [
            f"本说明按照投诉{number}的案件记录写成，供权利方起诉或者申请仲裁时使用。事实由人民法院或者仲裁机构认定。",
            "起诉：向被告住所地或者合同履行地的人民法院提出。另有仲裁协议的，向约定的仲裁机构申请仲裁。",
            f"最迟在{self.expiry(SUE_YEARS)}前提出：诉讼时效期间为三年，从履行期限届满的次日起计算。提出履行请求等情形会使时效重新计算，"
            "由人民法院或者仲裁机构认定，请不要等到最后一日。",
            "请一起提交已用电子签章封存的协议、关于催告和违约认定的书面告知，以及双方关于履行的往来记录。",
            COURT_LAW,
        ]
