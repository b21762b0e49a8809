"""Signs of a cluster: sent once to the readers who can act, and listed on the desk."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from chalicelib.figures.nightly import EXPORT, SIGNS, Nightly, _shown
from chalicelib.figures.signs import PAST, Sign
from tests.figures.made import year
from tests.scenario import DAY, Scenario
from tests.web.desk import Desk, visible

PLANTED = """
update made set class = 'food', type = 'quality', company = '清源旗舰店', region = '440000'
where came_at >= timestamp '2026-09-07' and came_at < timestamp '2026-09-14' and chance(i, 'planted') < 0.9
"""
REASONS = {
    "zh": {
        "每周的件数",
        "偶然达到这么多的概率不到",
        "已发信给主管",
        "大多是同一批投诉",
        "每位主管每年平均收到",
    },
    "en": {"Complaints in each week", "by chance less than once in", "Supervisors got a letter on"},
}
"""What the page says of a sign beside its numbers."""
HEADS = {
    "zh": ("食品", "企业：清源旗舰店", "发生地：广东省"),
    "en": ("Food", "Company: 清源旗舰店", "Province: Guangdong"),
}


FORMER = {
    "facet": "region",
    "code": "440000",
    "day": "2026-09-13",
    "found": 37,
    "usual": 7.9,
    "chance": 1e-12,
    "letter": "group_alert",
    "cases": [],
}
"""A sign as the former release stored it."""


def test_a_cluster_is_told_once_and_stands_on_the_desk(
    scenario: Scenario, nightly: Nightly, client: Any, tmp_path: Path
) -> None:
    """A cluster of bad food is mailed to the supervisor in one letter, not again the next night. Its page
    lists weeks, band, reasons and complaints, for permitted readers."""
    assert "今晚" in visible(Desk(client, scenario, "zhou", "zh").get("/desk/signs"))
    year(made := tmp_path / "made", 1_500, planted=PLANTED, ended="2026-09-14")
    for file in made.rglob("*.parquet"):
        nightly.store.put(EXPORT + str(file.relative_to(made)), file.read_bytes())
    scenario.time = datetime(2026, 9, 14, 16, 40, tzinfo=UTC)  # in China it is the 15th
    nightly.reckon()
    assert json.loads(nightly.store.read(SIGNS))["day"] == "2026-09-14"
    for language, heads in HEADS.items():
        page = visible(Desk(client, scenario, "zhou", language).get("/desk/signs"))
        assert all(head in page for head in heads)
        assert {one for one in REASONS[language] if one not in page} == set()
        found, listed = (
            re.findall(r"近七天(\d+)件[；。]|(\d+) in the last seven days[;.]", page),
            re.findall(r"\d{4}-\d{4}-\d{4}", page),
        )
        assert len(listed) == sum(int(one or other) for one, other in found) > 0
    form = Desk(client, scenario, "zhou").get("/desk/open-action?source=cluster")
    assert 'value="cluster" selected' in form or 'value="cluster" checked' in form
    for _ in range(2):
        scenario.minute()
        (told,) = (mail for mail in scenario.sent() if "投诉明显增多" in mail["subject"])
        assert told["to"] == "zhou@house.example"
        assert all(head in told["subject"] + told["text"] for head in HEADS["zh"])
        assert "此前六周没有这一类投诉" in told["text"]
        assert re.search(r"食品：\d+件，推算约[\d.]+件", told["text"])
        scenario.later(DAY)
        nightly.reckon()
    Desk(client, scenario, "wang").get("/desk/signs", 403)
    assert 'href="/desk/signs"' in Desk(client, scenario, "sun").get("/desk")
    assert 'href="/desk/signs"' not in Desk(client, scenario, "wang").get("/desk")


def test_batch_of_one_day_and_missing_days_are_named(
    scenario: Scenario, nightly: Nightly, client: Any
) -> None:
    """The page says that a kind without a past came on one day by one channel, that an earlier letter
    explains it, and which days were not exported. It shows a sign of the former release with fewer facts, and
    its letter counts as sent."""
    day = date(2026, 9, 14)
    sign = Sign("company", "清源旗舰店", day, 9, 0.1, 0, 0, 1e-9, (0,) * PAST, 1.0, 0.1, "中秋节")
    lines = [{"ref": f"26000000000{n}", "day": date(2026, 9, 10), "channel": "phone"} for n in range(9)]
    held_back = _shown(sign, lines) | {"told": "2026-09-11", "covered": True}
    stored = {"day": "2026-09-14", "signs": [held_back, FORMER], "missing": ["2026-09-02"]}
    nightly.store.put(SIGNS, json.dumps(stored).encode())
    page = visible(Desk(client, scenario, "zhou", "en").get("/desk/signs"))
    assert "9 of them came on Thursday 10 September 2026, channel: Phone" in page
    assert "either the problem is new" in page
    assert "explained by a letter that supervisors got on Friday 11 September 2026" in page
    assert "These seven days touch 中秋节. The threshold is 20 times stricter then" in page
    assert "Days not exported and not counted: 1, between Wednesday 2 September 2026" in page
    assert "37 in the last seven days; about 7.9 in an ordinary week." in page
    nightly.store.put(SIGNS, json.dumps({"day": "2026-09-13", "signs": [FORMER]}).encode())
    assert nightly._told() == {("region", "440000"): date(2026, 9, 13)}
