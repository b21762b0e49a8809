"""Inputs and moves of the people from a report to performance."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from chalicelib.domain.model.case import Case, Refusal
from tests.scenario import DAY, FENG, HOUR, SUN, ZHAO, Scenario

BY_PHONE = {"name": "赵秀兰", "phone": "13700137000"}
SURE = {"truthful": True, "data_use": True, "sensitive": True}
PROOF = {"proof": "payment_record", "what": "已原路退回，附银行回单。"}
WORKED = {"done": "已联系维修部。", "upcoming": "等检测结果。"}


def report(
    day: date, *matters: int, conclusion: str = "upheld", evidence: str = "E1", amount: str = "1655.00"
) -> dict[str, Any]:
    """Return the body of a complete report, with a refund by this day for each matter it upholds."""
    gives = conclusion in ("upheld", "offer")
    return {
        "findings": [{"matter": n, "fact": "电机不合格，不脱水。", "evidence": [evidence]} for n in matters],
        "rights": {
            "know": "not_infringed",
            "choose": "not_infringed",
            "fair_trade": "infringed",
            "safety": "not_established",
        },
        "rules": [{"law": "consumer_protection_2013", "article": "第二十四条"}],
        "conclusions": {str(n): conclusion for n in matters},
        "reasons": {str(n): "符合退货条件。" for n in matters},
        "causes": ["manufacture"],
        **(
            {
                "remedies": [
                    {"matter": n, "kind": "refund", "by": str(day), "amount": {"amount": amount}}
                    for n in matters
                ],
                "terms": "全额退款，原路退回。",
            }
            if gives
            else {}
        ),
    }


def refusal(scenario: Scenario, *move: Any, **body: Any) -> str:
    """Return the code with which a move is refused."""
    with pytest.raises(Refusal) as refused:
        scenario.move(*move, **body)
    return refused.value.code


def answer(scenario: Scenario, ref: str, **changes: Any) -> Case:
    """File zhao's report and send sun's answer."""
    body = report(
        scenario.time.date() + 10 * DAY,
        *range(1, len(scenario.product.file.load(ref).matters) + 1),
        **changes,
    )
    scenario.move(ZHAO, "file_report", ref, **body)
    return scenario.move(SUN, "answer", ref, routes=["samr_12315"])


def perform(scenario: Scenario, ref: str) -> Case:
    """Claim each obligation as feng, with proof, and confirm it through its creditor's access link."""
    for owed in scenario.product.file.load(ref).open_obligations:
        scenario.move(FENG, "claim_done", ref, obligation=owed.id, **PROOF)
        scenario.move(scenario.by_link(ref, owed.to), "confirm_done", ref, obligation=owed.id)
    scenario.live(HOUR, ref)
    return scenario.product.file.load(ref)
