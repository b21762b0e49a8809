"""Signs of a cluster: sent once a week to the readers who can act, and listed on the desk."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chalicelib.figures.nightly import EXPORT, Nightly
from tests.figures.made import year
from tests.scenario import DAY, Scenario
from tests.web.desk import Desk, visible

PLANTED = """
update made set class = 'food', type = 'quality', company = '清源旗舰店', region = '440000'
where came_at >= timestamp '2026-09-07' and came_at < timestamp '2026-09-14' and chance(i, 'planted') < 0.9
"""
HEADS = {
    "zh": ("食品", "企业：清源旗舰店", "发生地：广东省"),
    "en": ("Food", "Company: 清源旗舰店", "Province: Guangdong"),
}


def test_a_cluster_is_told_once_a_week_and_stands_on_the_desk(
    scenario: Scenario, nightly: Nightly, client: Any, tmp_path: Path
) -> None:
    """A cluster of bad food is mailed to the supervisor once, not again the next night. Its page lists the
    complaints, for permitted readers."""
    assert "今晚" in visible(Desk(client, scenario, "zhou", "zh").get("/desk/signs"))
    year(made := tmp_path / "made", 1_500, planted=PLANTED, ended="2026-09-14")
    for file in made.rglob("*.parquet"):
        nightly.store.put(EXPORT + str(file.relative_to(made)), file.read_bytes())
    scenario.time = datetime(2026, 9, 14, 0, 40, tzinfo=UTC)
    nightly.reckon()
    for language, heads in HEADS.items():
        page = visible(Desk(client, scenario, "zhou", language).get("/desk/signs"))
        assert all(head in page for head in heads)
        found, listed = (
            re.findall(r"(\d+)(?:件，| in the last)", page),
            re.findall(r"\d{4}-\d{4}-\d{4}", page),
        )
        assert len(listed) == sum(map(int, found)) > 0
    form = Desk(client, scenario, "zhou").get("/desk/open-action?source=cluster")
    assert 'value="cluster" selected' in form or 'value="cluster" checked' in form
    for _ in range(2):
        scenario.minute()
        for head in HEADS["zh"]:
            (told,) = (mail for mail in scenario.sent() if head in mail["subject"])
            assert told["to"] == "zhou@house.example"
            assert "此前八周平均每周" in told["text"]
        scenario.later(DAY)
        nightly.reckon()
    Desk(client, scenario, "wang").get("/desk/signs", 403)
    assert 'href="/desk/signs"' in Desk(client, scenario, "sun").get("/desk")
    assert 'href="/desk/signs"' not in Desk(client, scenario, "wang").get("/desk")
