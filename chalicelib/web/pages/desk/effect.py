"""The effect of an improvement action as texts: its checks, as its page and its timeline show them."""

from collections.abc import Callable
from typing import Any

from chalicelib.domain.model.case_records import ActionScope, Counted, Look, RateChange
from chalicelib.domain.model.codes import GoodsClass, Region, ScopeKind, ServiceClass, Unclear
from chalicelib.domain.recurrence import (
    AGE,
    CONFIDENCE,
    LEAST_BASELINE,
    LEAST_BEFORE,
    LEAST_OTHERS,
    POWER,
    agree,
)
from chalicelib.locale.formats import date_called, label, section
from chalicelib.web.pages import say
from chalicelib.web.pages.figures import joined

FORMER = 0.95
"""The confidence of intervals that the former release computed."""


def meaning(language: str, look: Look) -> str:
    """Return what a check has shown, as sentences. If nothing can be told, they say what it would take: how
    many complaints, weeks or other causes."""
    if look.after is None:
        return say(language, f"actions.means.{'came_back' if look.sign else 'stayed_away'}")
    facts: dict[str, Any] = {"weeks": LEAST_BASELINE.days // 7, "causes": LEAST_OTHERS, "least": LEAST_BEFORE}
    facts["counted"] = look.before.days // 7 if look.before else 0
    said: str = look.unclear or look.verdict
    if said == Unclear.TOO_FEW and not agree(filter(None, (look.own, look.beside, look.outside))):
        said = "disagree"
    enough = ""
    if look.unclear and look.needed:
        enough = say(language, "actions.needed", n=look.needed, power=f"{100 * POWER:g}")
    elif look.unclear == Unclear.TOO_FEW:
        enough = say(language, "actions.never_enough")
    return joined(language, say(language, f"actions.means.{said}", **facts), enough)


def rates(language: str, look: Look) -> str:
    """Return how often the cause was found before and after an action, as sentences, with the growth of the
    customers if it is known; "" without figures."""
    if not look.before or not look.after:
        return ""
    before, after = (f"{counted.a_week:.1f}" for counted in (look.before, look.after))
    if look.expected is None or look.ratio is None:
        return say(language, "actions.rates_short", before=before, after=after)
    grew = look.customers_grew
    facts = {"n": f"{look.ratio * (grew or 1):.2f}", "expected": f"{look.expected:.0f}"}
    facts |= {"days": f"{look.after.days}", "found": f"{look.after.cause}"}
    said = say(language, "actions.rates", before=before, after=after, **facts)
    return joined(language, said, say(language, "actions.customers_grew", n=f"{grew:.2f}") if grew else "")


def scope(language: str, chosen: ActionScope, team: Callable[[str], str]) -> str:
    """Return the part of the complaints that an action is for. `team` returns the name of a team."""
    if chosen.kind == ScopeKind.TEAM:
        return team(chosen.code)
    if chosen.kind == ScopeKind.COMPANY:
        return chosen.code
    classes = GoodsClass if chosen.code in [*GoodsClass] else ServiceClass
    codes = Region if chosen.kind == ScopeKind.REGION else classes
    return label(language, chosen.code, section(codes))


def rule(language: str) -> str:
    """Return how a verdict is reached, as sentences."""
    return say(language, "actions.looks_says", age=AGE.days)


def counted_lines(language: str, counted: Counted) -> list[str]:
    """Return how often a cause was found in a period, and the days of the period, as lines of text."""
    since, until = (date_called(language, at) for at in (counted.since, counted.until))
    found = say(language, "actions.counted", cause=counted.cause, rate=f"{counted.a_week:.1f}")
    return [found, say(language, "actions.between", since=since, until=until)]


def change_lines(language: str, change: RateChange) -> list[str]:
    """Return a change with its interval, as lines of text."""
    return [
        say(language, "actions.times", n=f"{change.ratio:.2f}"),
        interval(language, change.low, change.high),
    ]


def interval(language: str, low: float, high: float | None, confidence: float = CONFIDENCE) -> str:
    """Return a confidence interval as text. `high` is None if it has no upper end."""
    ends = {"low": f"{low:.2f}", "high": f"{high or 0:.2f}", "share": f"{100 * confidence:g}"}
    return say(language, f"actions.{'from_low' if high is None else 'interval'}", **ends)


def changes(language: str, look: Look) -> list[tuple[str, list[str]]]:
    """Return the comparisons of a check: the label of each, and its lines of text."""
    if look.after is None:
        at = look.sign and date_called(language, look.sign)
        said = say(language, "actions.early_sign", day=at) if at else say(language, "actions.no_early_sign")
        return [("", [said])]
    if look.beside is None and look.low is not None:  # of the former release, which compared nothing else
        times = [say(language, "actions.times", n=f"{look.ratio:.2f}")] if look.ratio is not None else []
        return [(say(language, "actions.own"), [*times, interval(language, look.low, look.high, FORMER)])]
    own = "own_per_customer" if look.customers_grew else "own"
    found = {own: look.own, "beside": look.beside, "outside": look.outside}
    return [
        (say(language, f"actions.{name}"), change_lines(language, one)) for name, one in found.items() if one
    ]
