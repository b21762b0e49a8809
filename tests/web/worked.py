"""A desk at work: cases in all situations of ordinary handling."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import or_

from chalicelib.access.authorization import Caller
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Role
from tests.scenario import DAY, HOUR, SUN, WANG, ZHAO, Scenario
from tests.web.feedback import closed

ALL = (
    Role.INTAKE,
    Role.INVESTIGATOR,
    Role.LEAD,
    Role.SAFETY,
    Role.NEGOTIATOR,
    Role.MEDIATOR,
    Role.FOLLOWUP,
    Role.SUPERVISOR,
)
BOSS = Caller("boss", reduce(or_, ALL), frozenset({"general"}))


def story(scenario: Scenario) -> Iterator[Case]:
    """Yield cases in so many situations that every staff move is possible in one of them."""
    party = scenario.party
    case = scenario.submit(hurt="could_be", person={"name": "王芳", "phone": "13800138000"})
    yield case
    scenario.move(BOSS, "triage_safety", case.ref, real=True, reportable=True, reason="电池起火")
    yield case
    scenario.move(
        BOSS,
        "record_safety_report",
        case.ref,
        body="市场监管局",
        number="B-1",
        reported_at=scenario.time.isoformat(),
    )
    scenario.move(
        BOSS, "note_outside_proceeding", case.ref, body="samr_12315", number="12315-7", due="2026-03-20"
    )
    scenario.move(WANG, "ask_information", case.ref, items=["photos"], why="需要照片")
    yield case
    scenario.move(party(case), "give_information", case.ref, answer="照片在信里")
    scenario.move(WANG, "accept", case.ref)
    scenario.move(SUN, "assign", case.ref, to="zhao")
    scenario.move(
        BOSS,
        "add_representative",
        case.ref,
        person={"name": "赵律师", "email": "zhao@law.example", "capacity": "lawyer"},
        powers=["submit", "answer"],
    )
    yield case
    scenario.move(party(case), "ask_handler_change", case.ref, reason="不认真")
    scenario.move(
        ZHAO,
        "propose_appraisal",
        case.ref,
        laboratory="市质检所",
        question="是否有缺陷",
        custody="封存",
        cost="企业承担",
    )
    scenario.move(ZHAO, "ask_extension", case.ref, reason="complex", why="事实复杂")
    meeting = f"{scenario.time + DAY:%Y-%m-%dT%H:%M:%SZ}"
    scenario.move(ZHAO, "invite_interview", case.ref, meeting=meeting, how="phone", purpose="核实经过")
    yield case
    scenario.move(party(case), "consent_appraisal", case.ref, agrees=True)
    scenario.move(ZHAO, "consent_appraisal", case.ref, agrees=True, side="business")
    yield case
    scenario.move(ZHAO, "start_appraisal", case.ref, expected="2026-03-10")
    yield case
    tested = scenario.move(ZHAO, "end_appraisal", case.ref, result="存在缺陷")
    piece = tested.evidence[-1].id
    scenario.move(ZHAO, "record_conduct", case.ref, conduct="forged", evidence=[piece], fact="凭证被改过。")
    yield case
    rights = dict.fromkeys(("know", "choose", "fair_trade", "safety"), "infringed")
    scenario.move(
        ZHAO,
        "file_report",
        case.ref,
        findings=[{"matter": n, "fact": "坏了", "evidence": ["E1"]} for n in (1, 2)],
        rights=rights,
        rules=[{"law": "contract", "article": "第三条"}],
        conclusions={"1": "upheld", "2": "not_upheld"},
        reasons={"1": "应退", "2": "无据"},
        causes=["manufacture"],
        remedies=[{"matter": 1, "kind": "refund", "by": "2026-04-30", "amount": {"amount": "1655.00"}}],
        terms="原路退回",
    )
    yield case
    scenario.move(SUN, "answer", case.ref)
    yield case
    scenario.move(party(case), "accept_answer", case.ref)
    scenario.move(BOSS, "claim_done", case.ref, obligation="O1", proof="payment_record", what="已退款")
    yield case
    receiver = {"company": "城东维修", "contact": "0571-88001234", "sent": "请修。", "kept": "我们核对收费。"}
    scenario.move(WANG, "refer_outside", case.ref, **receiver)
    yield case
    scenario.move(party(case), "consent_forward", case.ref, forward="W1", agrees=True)
    yield case
    scenario.move(WANG, "send_forward", case.ref, forward="W1")
    yield case
    first, second = scenario.submit(person={"name": "李雷", "phone": "13900139000"}), scenario.submit()
    scenario.move(WANG, "invite_to_join", second.ref, leading=first.ref)
    yield second
    scenario.move(party(second), "join_case", second.ref, own_wish=True)
    scenario.move(WANG, "ask_consent", first.ref, settlement="各退一半")
    yield first
    scenario.move(party(first), "appoint_joint_representatives", first.ref, representatives=["p1"])
    yield first
    linked = scenario.submit()
    scenario.move(WANG, "link_duplicate", linked.ref, leading=scenario.submit().ref)
    yield linked
    gone = scenario.submit()
    scenario.move(party(gone), "withdraw", gone.ref)
    scenario.move(party(gone), "consent_story", gone.ref, text="最后退了。", agrees=True)
    yield gone
    scenario.move(party(gone), "reopen", gone.ref, cause="returned", facts="还是要有个说法。")
    scenario.move(party(gone), "withdraw", gone.ref)
    yield gone
    yield scenario.submit(person={}, hurt="could_be")
    yield scenario.product.file.load(closed(scenario))
    late = scenario.submit()
    # the decision about acceptance is overdue
    scenario.live(30 * HOUR, late.ref)
    yield late
