"""Early warning signs on the desk: kinds of complaints that came more often than usual. The nightly run
computes them."""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import Caller
from chalicelib.cases.casework import Unavailable
from chalicelib.domain.roster import Roster
from chalicelib.figures.signs import WEEK
from chalicelib.locale.formats import kind
from chalicelib.view.signs import rate, reasons
from chalicelib.web import pages
from chalicelib.web.pages.plots import Axes, Plot, plot, weeks_scale
from chalicelib.web.problems import forbid_unless
from chalicelib.web.routes import desk
from chalicelib.wiring import product

routes = Blueprint(__name__)


@routes.route("/desk/signs", methods=pages.GET)
@desk.staffed
def signs(request: Any, caller: Caller) -> Response:
    """Show the kinds of complaints that came more often than expected in the last week. For each kind, show
    its weeks, the expected band, the reasons and its newest complaints. Show how often signs are wrong."""
    forbid_unless(caller.roles & desk.SEES_SIGNS)
    try:
        found = json.loads(product.shelf.read("figures/signs.json"))
    except Unavailable:  # the file does not exist before the first nightly run
        found = {"day": None, "signs": []}
    language, roster = pages.language(request), product.file.roster()
    gap = found.get("missing", ())  # the former release stored no such days
    return desk.page(
        request,
        caller,
        "desk_signs.html",
        day=found["day"],
        gap={"n": len(gap), "first": gap[0], "last": gap[-1]} if gap else None,
        signs=[_shown(language, sign, roster) for sign in found["signs"]],
        rate=rate(language),
    )


def _shown(language: str, sign: Mapping[str, Any], roster: Roster) -> dict[str, Any]:
    """Return a stored sign with its words. `past`: whether an earlier week has such complaints. `series`: the
    last day of each week, with the number of its complaints; the former release stored no weeks. `plot`: its
    plot."""
    numbers, ended = [*sign.get("weeks", ()), sign["found"]], date.fromisoformat(sign["day"])
    days = [ended - timedelta(days=1) - n * WEEK for n in range(len(numbers) - 1, -1, -1)]
    what = kind(language, sign["facet"], sign["code"], roster)
    return {
        **sign,
        "what": what,
        "plot": _plot(language, what, days, numbers, sign) if "weeks" in sign else None,
        "past": any(numbers[:-1]),
        "series": [(f"{day.month}-{day.day}", n) for day, n in zip(days, numbers, strict=True)],
        "reasons": [*reasons(language, sign, roster)],
    }


def _plot(language: str, what: str, days: list[date], numbers: list[int], sign: Mapping[str, Any]) -> Plot:
    """Return the plot of the weeks of a sign, with the expected band of the last one. `what`: its kind."""
    unit, most = pages.say(language, "figures.unit.complaints"), max(*numbers, sign["high"])
    axes = Axes(language, weeks_scale(language, days, "weeks_until", unit, most))
    bands = [*(None for _ in numbers[1:]), (sign["low"], sign["high"])]
    shapes = [axes.grid, axes.bars("bar", numbers), axes.ranges("range", bands)]
    means = {"bar": pages.say(language, "signs.cases_in_week"), "range": pages.say(language, "signs.band")}
    return plot(language, what, str(numbers[-1]), axes, shapes, means)
