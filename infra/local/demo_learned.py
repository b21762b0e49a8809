"""A demo complaint that leads to an improvement action and a training."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from os import environ

from chalicelib.domain.calendar import SHANGHAI
from chalicelib.locale.formats import texts
from infra.local import run
from infra.local.demo_stage import (
    CONSENTS,
    Browser,
    Complaint,
    Stack,
    Trouble,
    file,
    mailbox,
    say,
    today,
    yuan,
)

COUNTED = ("actions_opened", "actions_done", "actions_verified", "trainings")
"""The names of numbers in the report for the current year. Each must be at least one after this complaint was
played."""
LINE = re.compile(r'<th scope="row">(.*?)</th>.*?<td>([\d,]+)</td>', re.DOTALL)


@dataclass(frozen=True)
class Report:
    """The section "learning" of the desk's report for the current year. `heading`: the heading by language.
    `lines`: by language a mapping from the label of each line to its number."""

    heading: dict[str, str]
    lines: dict[str, dict[str, str]]

    def lines_in(self, language: str) -> Iterator[str]:
        """Yield in a language the heading of the section, then each line with its number."""
        yield self.heading[language]
        yield from (f"    {label}  {n}" for label, n in self.lines[language].items())


def learned(stack: Stack, life: str) -> list[Complaint | Report]:
    """Play the complaint of a consumer who is content with the answer but not with the treatment. The survey
    leads to an improvement action with a training. Another person checks twice whether the figures show an
    effect of the action. The report for the current year counts the action and the training."""
    case = _judged(stack, life)
    action = _improved(case)
    action.wait_for_step("verification", "supervisor", action.due("verification"))
    for _ in range(2):
        _verified(action)
    reckon(life)
    return [case, action, reported(action)]


def _judged(stack: Stack, life: str) -> Complaint:
    """Play a complaint that is answered with an explanation, accepted and closed, and return it. In the
    survey the consumer gives a poor rating. The supervisor notes what follows from it."""
    case = file(
        stack,
        life,
        "罗敏",
        {
            "person": {"name": "罗敏", "email": mailbox("luo.min")},
            "account": {
                "story": "会员卡自动续费了一年，没有人提前告诉我。打了三次电话，每次说法都不一样，我只想知道怎么关掉。",
                "business": "康泰健身",
            },
            "region": "310000",
            "matters": [{"type": "price", "sub_type": "auto_renewal", "amount": yuan("198.00")}],
            "wishes": ["explanation"],
            "hurt": "no",
            "consents": CONSENTS,
        },
    )
    case.do("intake", "accept")
    case.do("lead", "assign", to=stack.staff["investigator2"]["id"])
    case.do(
        "investigator2",
        "file_report",
        findings=[{"matter": 1, "fact": "续费前五日没有发出提醒。", "evidence": ["E1"]}],
        rights={
            "know": "infringed",
            "choose": "not_infringed",
            "fair_trade": "not_infringed",
            "safety": "not_examined",
        },
        unexamined="不涉及人身安全。",
        rules=[{"law": "consumer_protection_2013", "article": "第八条"}],
        conclusions={"1": "not_upheld"},
        reasons={"1": "续费已由您本人在当日取消并原路退回；没有提前提醒，是我们做得不对。"},
        causes=["not_told"],
    )
    case.do("lead", "answer", routes=["samr_12315", "association", "court"])
    case.do("罗敏", "accept_answer")
    case.do(
        "罗敏",
        "answer_survey",
        **{"overall": 1, "ease": 1, "speed": 2, "fairness": 3, "clarity": 1},
        comment="三次电话三种说法，最后还是我自己找到的按钮。",
    )
    case.do("supervisor", "note", text="续费没有提醒、说法不一，已据此开一项改进措施。")
    return case


def _improved(case: Complaint) -> Complaint:
    """Let the supervisor open an improvement action with a training for those who answer the phone. Return
    the action, which works like a complaint. Its owner reports it as done, and is refused when they try to
    verify it themselves."""
    stack, life, staff = case.stack, case.life, case.stack.staff
    opened = stack.call(
        case.called("supervisor"),
        stack.token("supervisor"),
        "POST",
        "/v1/actions",
        {
            "cause": "not_told",
            "source": "survey",
            "complaint": case.number,
            "why": "续费前没有提醒，三次来电三种说法，满意度回访总体1分。",
            "measure": "续费前五日发提醒；接待人员统一说法。",
            "owner": staff["lead"]["id"],
            "due": today(2),  # Day 0 could be over at midnight; the demo policy sets its own length.
            "training": "complaint_handling",
        },
    )
    action = Complaint(stack, life, opened["number"], {}, {})
    say(life, f"{case.called('supervisor')} opens the improvement action {action.number} from it")
    action.look()
    held = stack.call(
        case.called("lead"),
        stack.token("lead"),
        "POST",
        "/v1/trainings",
        {
            "topic": "complaint_handling",
            "held": today(),
            "people": [staff[name]["id"] for name in ("intake", "lead", "investigator", "investigator2")],
            "what": "自动续费怎样提醒、怎样关闭，来电怎样答复。",
            "proof": "签到表和测验，均在90分以上。",
            "action": action.number,
        },
    )
    say(life, f"{case.called('lead')} records the training {held['number']} that it names")
    action.do(
        "lead",
        "contain",
        contained="当天起由人工逐个电话提醒下周续费的会员。",
        protects="下周续费的会员；已经续费的，由接待人员主动退款。",
    )
    action.do("lead", "finish_action", done="提醒已上线，接待口径已统一，四人已培训。")
    action.refused("lead", "verify_action")
    return action


def _verified(action: Complaint) -> None:
    """Wait for the day of verification, and let a second person verify the action by the figures. The figures
    show no effect, because only a few minutes have passed."""
    due = action.due("verification")
    action.wait("the time of the next look at the figures", lambda: datetime.now(UTC) >= due, due)
    reckon(action.life)
    action.do("supervisor", "verify_action", finding="改进以后的投诉还太少，看不出变化。")


def reckon(life: str) -> None:
    """Compute the figures with an operator's command, including the events of today. The nightly run would
    only count days that are over. `life` is the name under which progress is printed. Raises Trouble if the
    command fails."""
    command = [sys.executable, "-m", "infra.ops", "--stack", run.STACK, "--endpoint", run.EMULATOR]
    done = subprocess.run(
        [*command, "figures", "--today", "--do"],
        env={**environ, "TMPDIR": str(run.DATA)},
        text=True,
        capture_output=True,
    )
    if done.returncode:
        raise Trouble(f"The figures were not reckoned: {done.stderr.strip()[-1500:]}")
    say(life, "the figures are reckoned, with today so far")


def reported(action: Complaint) -> Report:
    """Return the section "learning" of the report for the current year, as the supervisor reads it on the
    desk. Raises Trouble if an event of the played complaint is missing from the report, or if the report is
    not made as PDF."""
    desk, year = Browser(action.stack, "supervisor"), f"{datetime.now(SHANGHAI):%Y}"
    heading, lines = dict[str, str](), dict[str, dict[str, str]]()
    for language in ("zh", "en"):
        page = desk.open(f"/desk/reports/{year}", language)[1].decode()
        said = texts(language)["page"]["reports"]
        heading[language] = re.findall(r"<h1[^>]*>(.*?)</h1>", page)[0]
        part = page.partition('<section id="learning"')[2].partition("</section>")[0]
        lines[language] = {unescape(label): n for label, n in LINE.findall(part)}
        for name in COUNTED:
            label = said["count"][name][:1].upper() + said["count"][name][1:]
            if lines[language].get(label, "0") == "0":
                raise Trouble(f"“{label}” is missing from the report of {year}: {part}")
    say(action.life, f"✓ it stands in the report of {year} so far")
    at, _ = desk.open(f"/desk/reports/{year}", posted=b"")
    action.wait("the report as PDF", lambda: desk.open(at)[1].startswith(b"%PDF"), datetime.now(UTC))
    return Report(heading, lines)
