"""Cases with an open window, one builder for each, and how such a window ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from chalicelib.domain.calendar import instant
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.running import Running
from tests.house import DAY, HOUR, WANG, House
from tests.life import agreed, contested


def request_photos(house: House) -> str:
    """Request photos, which must be given in seven days."""
    ref = house.submit(wishes=["explanation"]).ref
    house.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    return ref


def declined(house: House) -> str:
    """Decline everything; thirty days of silence end the case."""
    contested.staffed(house)
    ref = house.submit(wishes=["explanation"]).ref
    why = {"1": "这是咨询。", "2": "这是咨询。"}
    grounds = dict.fromkeys(why, "not_complaint")
    house.move(WANG, "decline", ref, grounds=grounds, reasons=why, routes=["samr_12315"])
    house.live(HOUR, ref)
    return ref


def answered(house: House) -> str:
    """Answer with "not upheld", with thirty days to contest it."""
    contested.staffed(house)
    return contested.answered(house)


def offered(house: House) -> str:
    """Let the company make an offer for nine days, without a reminder."""
    ref = answered(house)
    house.move(house.by_link(ref), "raise_dispute", ref, nature="amount", about="一分不退不合理。")
    shop = contested.talking(house, ref)
    house.move(shop, "offer", ref, terms="免费换新机。", until=str((house.time + 9 * DAY).date()))
    house.live(HOUR, ref)
    return ref


def invited(house: House) -> str:
    """Let the company ask for mediation; seven days of silence count as refusal."""
    ref = answered(house)
    house.move(house.by_link(ref), "raise_dispute", ref, nature="amount", about="一分不退不合理。")
    shop = contested.talking(house, ref)
    house.move(shop, "invite_mediation", ref)
    house.live(HOUR, ref)
    return ref


def drafted(house: House) -> str:
    """Draft a text for all to sign within seven days."""
    ref = agreed.drafted(house)[0]
    house.live(HOUR, ref)
    return ref


WINDOWS: dict[str, Callable[[House], str]] = {
    "information": request_photos,
    "answer_window": answered,
    "declined": declined,
    "offer": offered,
    "mediation_consent": invited,
    "signing": drafted,
}
"""By window or stage, a function that creates a case in which the window is open."""


def window(house: House, ref: str, name: str) -> Running:
    """Return the open window, by its name or its stage."""
    name = "answer_window" if name == "declined" else name
    return next(run for run in deadlines(house.product.file.load(ref)).values() if run.name == name)


def lapses(house: House, ref: str) -> list[datetime]:
    """Return when the clock ended something because of silence."""
    lines = (json.loads(entry.line) for entry in house.product.file.whole(ref).entries)
    return [instant(line["at"]) for line in lines if line["move"].startswith("lapse_")]
