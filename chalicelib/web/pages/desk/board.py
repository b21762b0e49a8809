"""The supervisor's board: the work that waits now, counted from the rows of work lists, and the trend from
the nightly figures. Each number links to the cases that it counts."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import reduce
from typing import Any, NamedTuple
from urllib.parse import urlencode

from chalicelib.domain.calendar import stamp
from chalicelib.domain.model.codes import Stage
from chalicelib.domain.roster import Gap, Roster
from chalicelib.figures.team_figures import AGES, TREND
from chalicelib.locale.formats import label, moment, whole_text
from chalicelib.web.pages import say
from chalicelib.web.pages.desk.urgency import SOON
from chalicelib.web.pages.plots import Axes, Plot, Scale, Shape, months_scale, plot, weeks_scale

MOST = 1_000
"""The number up to which the cases of a list are counted. Of more cases, pages say that there are more."""
COUNTED = {"unassigned": "team", "approvals": "", "tellings": "", "undelivered": "tellings"}
"""The work lists of a team of which the board shows only the number of cases. The value is the list that has
all of these cases too; "" if there is none. A list within an empty one is not counted."""
AHEAD = timedelta(days=7)
"""For how long ahead the board shows roles without anybody present."""
QUESTION = "question"
"""The code that stands for the stage of a case of another team that asks a question of a department."""
Item = Mapping[str, Any]


class Number(NamedTuple):
    """A number of a page as text. `href`: the address of the cases that it counts; "" for zero. `tone`:
    `late`, `soon`, or ""."""

    text: str
    href: str = ""
    tone: str = ""


class Tally(NamedTuple):
    """The number of `open` cases of one team. `late`: those of them whose next deadline is over. `soon`:
    those whose next deadline ends within `SOON`."""

    open: int = 0
    late: int = 0
    soon: int = 0

    def plus(self, other: "Tally") -> "Tally":
        """Return the tally of the cases of both."""
        return Tally(self.open + other.open, self.late + other.late, self.soon + other.soon)


class TeamNow(NamedTuple):
    """The open cases of a team at the moment `at` (UTC). `stages` and `people` hold the tallies by stage and
    by owner. An owner is "" for none, and for a question, because the owner of its case works in another
    team. `counts`: the numbers of the lists in `COUNTED`. `more`: the team has more than `MOST` cases, and
    only the first `MOST` on its list are counted. `more_late`: all counted cases are late."""

    team: str
    at: datetime
    stages: Mapping[str, Tally]
    people: Mapping[str, Tally]
    counts: Mapping[str, int]
    more: bool
    more_late: bool

    @property
    def all(self) -> Tally:
        """The tally of the whole team."""
        return reduce(Tally.plus, self.stages.values(), Tally())


class Line(NamedTuple):
    """A line of a table: its name, and its numbers."""

    name: str
    numbers: list[Number]


class Table(NamedTuple):
    """A table of the board: its name, the column heads, and the lines."""

    name: str
    head: list[str]
    lines: list[Line]


def team_now(team: str, items: Sequence[Item], counts: Mapping[str, int], at: datetime) -> TeamNow:
    """Return what waits in a team. `items`: the first cases on its work list, the next deadline first; more
    than `MOST` of them mean that there are more."""
    now, soon = stamp(at), stamp(at + SOON)
    stages, people = defaultdict[str, Tally](Tally), defaultdict[str, Tally](Tally)
    for item in items[:MOST]:
        due = item["next_due"] or stamp(at + 2 * SOON)
        one = Tally(1, int(due <= now), int(now < due <= soon))
        stage, owner = (item["stage"], item.get("owner") or "") if item["team"] == team else (QUESTION, "")
        stages[stage], people[owner] = stages[stage].plus(one), people[owner].plus(one)
    more = len(items) > MOST
    last_due = items[MOST - 1]["next_due"] if more else None
    return TeamNow(team, at, stages, people, counts, more, bool(last_due and last_due <= now))


def tables(language: str, found: Sequence[TeamNow], roster: Roster) -> Iterator[Table]:
    """Yield the tables of what waits now: all of one team, or a summary of several."""
    yield _summary(language, found, roster)
    if len(found) == 1:
        yield _stages(language, found[0])
    else:
        yield _late_stages(language, found, roster)
    yield _people(language, found, roster)


def _summary(language: str, found: Sequence[TeamNow], roster: Roster) -> Table:
    head = ["open", "late", "soon", *COUNTED]
    lines = [
        Line(
            roster.team_name(one.team, language),
            [
                *_tally(language, one, one.all, {}),
                *(_number(language, one.counts[name], list_address(one.team, list=name)) for name in COUNTED),
            ],
        )
        for one in found
    ]
    return Table("teams", [say(language, f"board.head.{name}") for name in head], lines)


def _stages(language: str, found: TeamNow) -> Table:
    order = {code: n for n, code in enumerate((*Stage, QUESTION))}
    stages = sorted(found.stages.items(), key=lambda one: order.get(one[0], len(order)))
    lines = [
        Line(_stage(language, code), _tally(language, found, tally, _filter(code))) for code, tally in stages
    ]
    return Table("stages", _heads(language), lines)


def _late_stages(language: str, found: Sequence[TeamNow], roster: Roster) -> Table:
    late = Counter[str]()
    for one in found:
        late.update({code: tally.late for code, tally in one.stages.items() if tally.late})
    stages = [str(code) for code in (*Stage, QUESTION) if code in late]
    lines = [
        Line(
            roster.team_name(one.team, language),
            [
                _number(
                    language,
                    one.stages[code].late if code in one.stages else 0,
                    list_address(one.team, **_filter(code), late="late"),
                    one.more_late,
                    "late",
                )
                for code in stages
            ],
        )
        for one in found
    ]
    return Table("late_stages", [_stage(language, code) for code in stages], lines if stages else [])


def _people(language: str, found: Sequence[TeamNow], roster: Roster) -> Table:
    """Return the table of all owners, those with the most late cases first."""
    names = {member.id: member.name for team in roster.teams.values() for member in team.people()}
    shown = [(one, who, tally) for one in found for who, tally in one.people.items() if who]
    shown.sort(key=lambda row: (-row[2].late, -row[2].soon, -row[2].open, row[1]))
    lines = [
        Line(
            names.get(who, who)
            if len(found) == 1
            else say(
                language, "board.person", name=names.get(who, who), team=roster.team_name(one.team, language)
            ),
            _tally(language, one, tally, {"person": who}),
        )
        for one, who, tally in shown
    ]
    return Table("people", _heads(language), lines)


def _heads(language: str) -> list[str]:
    return [say(language, f"board.head.{name}") for name in Tally._fields]


def _filter(stage: str) -> dict[str, str]:
    """Return the filter of a list for the cases of a stage. A list of questions has no such filter."""
    return {} if stage == QUESTION else {"stage": stage}


def _stage(language: str, code: str) -> str:
    return say(language, "board.question") if code == QUESTION else label(language, code, "stage")


def _tally(language: str, found: TeamNow, tally: Tally, wanted: Mapping[str, str]) -> list[Number]:
    """Return the numbers of a tally. `wanted`: the filters that lead to its cases."""
    return [
        _number(language, tally.open, list_address(found.team, **wanted), found.more),
        *(
            _number(language, n, list_address(found.team, **wanted, late=tone), found.more_late, tone)
            for tone, n in (("late", tally.late), ("soon", tally.soon))
        ),
    ]


def _number(language: str, n: int, href: str, more: bool = False, tone: str = "") -> Number:
    """Return a number with its link. A number above `MOST`, or one of a list that was not counted to its end
    (`more`), says that there are more."""
    text = whole_text(language, min(n, MOST))
    if not n and not more:
        return Number(text)
    return Number(say(language, "board.more", n=text) if more or n > MOST else text, href, tone if n else "")


def list_address(team: str, list: str = "team", **filters: str) -> str:
    """Return the address of a work list of a team with these filters."""
    return f"/desk?{urlencode({'list': list, 'team': team, **filters})}"


def gap_lines(
    language: str, gaps: Mapping[str, tuple[Gap, ...]], roster: Roster
) -> list[tuple[str, list[str]]]:
    """Return the gaps of each team as text, next to the name of the team. A team without gaps is left out."""
    return [
        (
            roster.team_name(team, language),
            [
                say(
                    language,
                    "board.gap",
                    role=label(language, gap.role, "role"),
                    since=moment(language, gap.hours.since),
                    until=moment(language, gap.hours.until),
                )
                for gap in found
            ],
        )
        for team, found in gaps.items()
        if found
    ]


def span_name(language: str, span: str, begun: str) -> str:
    """Return the name of a week or a month as text. `begun` is its first day."""
    day = date.fromisoformat(begun)
    return say(language, f"board.{span}", year=day.year, month=f"{day:%m}", day=f"{day:%d}")


def trend_table(language: str, found: Sequence[Item], span: str, team: str) -> Table:
    """Return the table of what happened in each week or month, the newest first. `found`: the weeks or months
    as the nightly figures store them."""
    lines = []
    for one in reversed(found):
        n = {what: one[what][0] for what in TREND}

        def number(what: str, text: str = "", begun: str = one["begun"], n: Mapping[str, int] = n) -> Number:
            address = urlencode({"team": team, "span": span, "begun": begun, "of": what})
            href = f"/desk/board/cases?{address}" if n[what] else ""
            return Number(text or whole_text(language, n[what]), href)

        lines.append(
            Line(
                span_name(language, span, one["begun"]),
                [
                    number("received"),
                    number("closed"),
                    number("acknowledged", _share(language, n, "acknowledged")),
                    number("acknowledged_late"),
                    number("answered", _share(language, n, "answered")),
                    number("answered_late"),
                    *map(number, AGES),
                ],
            )
        )
    return Table("trend", [say(language, f"board.trend.{what}") for what in TREND], lines)


def _share(language: str, n: Mapping[str, int], step: str) -> str:
    """Return how many complaints took a step in time, with the share in percent, as text."""
    if not n[step]:
        return say(language, "board.none_of")
    good = n[step] - n[f"{step}_late"]
    return say(
        language,
        "board.share",
        n=whole_text(language, good),
        of=whole_text(language, n[step]),
        percent=round(100 * good / n[step]),
    )


def plots(language: str, found: Sequence[Item], span: str) -> list[Plot]:
    """Return the plots of what happened in each week or month, the oldest first. Received and closed have the
    same scale."""
    if not found:
        return []
    n = {what: [one[what][0] for one in found] for what in TREND}
    shares = {
        step: [
            100 * (all_ - late) / all_ if all_ else None
            for all_, late in zip(n[step], n[f"{step}_late"], strict=True)
        ]
        for step in ("acknowledged", "answered")
    }
    ages = [n[age] for age in AGES]
    under = [[sum(those) for those in zip(*ages[:k], strict=True)] for k in range(len(ages) + 1)]
    most = max(*n["received"], *n["closed"])
    counted = Axes(language, _scale(language, found, span, "complaints", most))
    percent = Axes(language, _scale(language, found, span, "percent", 100))
    open_ = Axes(language, _scale(language, found, span, "complaints", max(under[-1])))
    stacked = [open_.bars(str(k + 1), those, under[k]) for k, those in enumerate(ages)]
    return [
        *(
            _plot(language, what, n[what][-1], counted, [counted.bars("bar", n[what])])
            for what in ("received", "closed")
        ),
        *(
            _plot(language, what, those[-1], percent, [percent.bars("bar", those)], "%")
            for what, those in shares.items()
        ),
        _plot(language, "open", under[-1][-1], open_, stacked),
    ]


def _scale(language: str, found: Sequence[Item], span: str, unit: str, high: float) -> Scale:
    days = [one["begun"] for one in found]
    if span == "month":
        return months_scale(language, [day[:7] for day in days], unit, high)
    begun = [date.fromisoformat(day) for day in days]
    return weeks_scale(language, begun, "weeks", say(language, f"figures.unit.{unit}"), high)


def _plot(
    language: str, what: str, newest: float | None, axes: Axes, shapes: Sequence[Shape], unit: str = ""
) -> Plot:
    last = say(language, "board.none_of") if newest is None else whole_text(language, newest) + unit
    means = {str(n): say(language, f"board.trend.{age}") for n, age in enumerate(AGES, 1)}
    return plot(language, say(language, f"board.plot.{what}"), last, axes, [axes.grid, *shapes], means)
