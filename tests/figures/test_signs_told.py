"""More complaints than usual are told to those who can do something about it, once a week, and stand on a
page of the desk."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chalicelib.figures.nightly import Nightly
from tests.figures.made import year
from tests.house import DAY, House
from tests.web.desk import Desk, visible

PLANTED = """
update made set class = 'food', type = 'quality'
where came_at >= timestamp '2026-09-07' and came_at < timestamp '2026-09-14' and chance(i, 'planted') < 0.9
"""
HEAD = {"zh": "食品", "en": "Food"}


def test_a_cluster_is_told_once_a_week_and_stands_on_the_desk(
    house: House, nightly: Nightly, client: Any, tmp_path: Path
) -> None:
    """A made year with bad food in September: the supervisor reads of it that night, and not again the
    next; the page shows it with its complaints, to those who may see it."""
    assert "今晚" in visible(Desk(client, house, "zhou", "zh").get("/desk/signs"))
    year(tmp_path, 1_500, planted=PLANTED, ended="2026-09-14")
    house.time = datetime(2026, 9, 14, 0, 40, tzinfo=UTC)
    nightly.reckon()
    for language, head in HEAD.items():
        page = visible(Desk(client, house, "zhou", language).get("/desk/signs"))
        assert head in page and "2600-0000-" in page
    form = Desk(client, house, "zhou").get("/desk/open-action?source=cluster")
    assert 'value="cluster" selected' in form or 'value="cluster" checked' in form
    for _ in range(2):
        house.minute()
        (told,) = (mail for mail in house.sent() if "食品" in mail["subject"])
        assert told["to"] == "zhou@house.example" and "此前八周平均每周" in told["text"]
        house.later(DAY)
        nightly.reckon()
    Desk(client, house, "wang").get("/desk/signs", 403)
    assert 'href="/desk/signs"' in Desk(client, house, "sun").get("/desk")
    assert 'href="/desk/signs"' not in Desk(client, house, "wang").get("/desk")
