"""Cases with an open window, one builder for each, and how such a window ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from chalicelib.domain.calendar import instant
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.running import Running
from tests.life import agreed, contested
from tests.scenario import DAY, HOUR, WANG, Scenario


def request_photos(scenario: Scenario) -> str:
    """Request photos, which must be given in seven days."""
    ref = scenario.submit(wishes=["explanation"]).ref
    scenario.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    return ref


def declined(scenario: Scenario) -> str:
    """Decline everything; thirty days of silence end the case."""
    contested.staffed(scenario)
    ref = scenario.submit(wishes=["explanation"]).ref
    why = {"1": "这是咨询。", "2": "这是咨询。"}
    grounds = dict.fromkeys(why, "not_complaint")
    scenario.move(WANG, "decline", ref, grounds=grounds, reasons=why, routes=["samr_12315"])
    scenario.live(HOUR, ref)
    return ref


def answered(scenario: Scenario) -> str:
    """Answer with "not upheld", with thirty days to contest it."""
    contested.staffed(scenario)
    return contested.answered(scenario)


def offered(scenario: Scenario) -> str:
    """Let the company make an offer for nine days, without a reminder."""
    ref = answered(scenario)
    scenario.move(scenario.by_link(ref), "raise_dispute", ref, nature="amount", about="一分不退不合理。")
    shop = contested.talking(scenario, ref)
    scenario.move(shop, "offer", ref, terms="免费换新机。", until=str((scenario.time + 9 * DAY).date()))
    scenario.live(HOUR, ref)
    return ref


def invited(scenario: Scenario) -> str:
    """Let the company ask for mediation; seven days of silence count as refusal."""
    ref = answered(scenario)
    scenario.move(scenario.by_link(ref), "raise_dispute", ref, nature="amount", about="一分不退不合理。")
    shop = contested.talking(scenario, ref)
    scenario.move(shop, "invite_mediation", ref)
    scenario.live(HOUR, ref)
    return ref


def drafted(scenario: Scenario) -> str:
    """Draft a text for all to sign within seven days."""
    ref = agreed.drafted(scenario)[0]
    scenario.live(HOUR, ref)
    return ref


WINDOWS: dict[str, Callable[[Scenario], str]] = {
    "information": request_photos,
    "answer_window": answered,
    "declined": declined,
    "offer": offered,
    "mediation_consent": invited,
    "signing": drafted,
}
"""By window or stage, a function that creates a case in which the window is open."""


def window(scenario: Scenario, ref: str, name: str) -> Running:
    """Return the open window, by its name or its stage."""
    name = "answer_window" if name == "declined" else name
    return next(run for run in deadlines(scenario.product.file.load(ref)).values() if run.name == name)


def lapses(scenario: Scenario, ref: str) -> list[datetime]:
    """Return when the clock ended something because of silence."""
    lines = (json.loads(entry.line) for entry in scenario.product.file.whole(ref).entries)
    return [instant(line["at"]) for line in lines if line["move"].startswith("lapse_")]
