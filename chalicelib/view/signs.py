"""An early sign in words, for the desk and for letters: the reasons for it, and how often signs are wrong."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from chalicelib.domain.roster import Roster
from chalicelib.figures.signs import COOL, STRICTER, measured
from chalicelib.locale.formats import date_called, joined, kind, label, texts

MOST = 1_000_000
"""The largest odds that are shown. The tail of a model says no more than that."""


def reasons(language: str, sign: Mapping[str, Any], roster: Roster) -> Iterator[str]:
    """Yield the reasons for a stored sign, each as a sentence or two. A sign of the former release has
    none."""
    if not (weeks := sign.get("weeks")):
        return
    if any(weeks):
        yield _said(
            language,
            "reason",
            others=round(100 * sign["others"]),
            times=f"{sign['found'] / max(sign['usual'], 0.1):.1f}",
            spread=round(100 * sign["spread"]),
            odds=f"{_odds(sign['chance']):,}",
        )
    else:
        yield _said(language, "new")
    if sign.get("special"):
        yield _said(language, "special", name=sign["special"], times=STRICTER)
    if burst := sign.get("burst"):  # a letter's row leaves out what is None
        channel = burst["channel"] and label(language, burst["channel"], "channel")
        through = _said(language, "channel", channel=channel) if channel else ""
        came = date_called(language, date.fromisoformat(burst["day"]))
        yield _said(language, "burst", n=burst["n"], day=came, channel=through)
    if others := [kind(language, facet, code, roster) for facet, code in sign.get("together", ())]:
        yield _said(language, "together", kinds=joined(language, others))
    if told := sign.get("told"):
        day = date.fromisoformat(told)
        said = "covered" if sign.get("covered") else "told"
        yield _said(language, said, day=date_called(language, day), until=date_called(language, day + COOL))


def also(language: str, sign: Mapping[str, Any], roster: Roster) -> str:
    """Return the line of a letter about another kind that most of its complaints belong to."""
    what = kind(language, sign["facet"], sign["code"], roster)
    return _said(language, "also", what=what, n=sign["found"], usual=sign["usual"])


def rate(language: str) -> str:
    """Return how often signs are wrong and how often problems are found, as measured in simulated worlds."""
    false, worst, found = (measured()[trial] for trial in ("false_letters", "worst_year", "found"))
    letters = false["rates"].values()
    return _said(
        language,
        "rate",
        worlds=len(letters),
        years=false["runs"],
        least=f"{min(letters):.1f}",
        most=f"{max(letters):.1f}",
        worst=round(max(worst["rates"].values())),
        found=int(100 * min(found["rates"].values())),
    )


def _odds(chance: float) -> int:
    """Return the power of ten below 1/chance, at most `MOST`."""
    odds = 1
    while odds < MOST and chance * odds * 10 <= 1:
        odds *= 10
    return odds


def _said(language: str, text: str, **facts: Any) -> str:
    return str(texts(language)["page"]["signs"][text]).format(**facts)
