"""Random answers to the survey, whose results are attacked: how often a number from one to nine follows.

The reader of the attack has the survey in the company's reports and those of every team, of months, quarters
and years. The reader also knows that each answer has one team, type, channel and stage, and at least one
right. `LEFT_OUT` names the numbers of the survey that are not attacked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import product
from random import Random
from typing import Any

from chalicelib.figures.protection import LEAST, STEP, percent
from chalicelib.figures.report import HOUSE, QUARTER, READ, Period, ReportRows, earlier, report
from chalicelib.figures.survey import CONTENT, FEW, SCORES, mean_step
from tests.figures.disclosure import Key, Known, at_most, equal, exact, rounded, threshold
from tests.trials import Trial

FACETS: Mapping[str, Sequence[str]] = {
    "team": ("east", "north", "west"),
    "type": ("price", "quality", "safety", "conduct"),
    "channel": ("web", "phone"),
    "stage": ("settled", "answered", "mediated"),
    "right": ("refund", "repair", "return"),
}
"""The breakdowns of the survey, with some codes. An answer can have several rights."""
TEAMS = FACETS["team"]
SURVEYED = [date(2026, n, 1) for n in (1, 2, 3, 4)]
PERIODS = {
    **{f"{month:%Y-%m}": [month] for month in SURVEYED},
    "2026-Q1": SURVEYED[:QUARTER],
    "2026": SURVEYED,
}
"""The periods of the reports, with their months."""
ATTACKED = {"survey/questions", "survey/answered", *(f"survey/by/{facet}" for facet in FACETS)}
"""The parts of a report about surveys that the attack has."""
LEFT_OUT = {
    "survey/rounded_to": "the rule of the protection",
    "survey/asked": "who was asked is all closed complaints, whose number reports show",
    "opinions": "another survey, with one number for each question and quarter, and no parts of it",
    "words": "the answers with a term; nothing adds up to their total",
    "opinion_words": "the opinions with a term; nothing adds up to their total",
}
"""The parts of a report about surveys that the attack does not have, with the reason."""
Counts = Mapping[Key, int]
"""The number of people by month, facet, code and score."""


def number(counts: Counts, keys: Iterable[Key]) -> int:
    """Return the number of people with these keys."""
    return sum(counts[key] for key in keys)


def answers(dice: Random) -> Counts:
    """Return random numbers of survey answers. The first code of each facet is common."""
    found = Counter[Key]()
    scores = [dice.choice((1, 2, 6)) for _ in SCORES]
    for month in SURVEYED:
        for _ in range(dice.choice((12, 20, 40, 70))):
            (score,) = dice.choices(range(1, 6), scores)
            for facet, codes in FACETS.items():
                often = 2 if facet == "right" and dice.random() < 0.3 else 1
                weights = [1 / (n + 1) ** 2 for n in range(len(codes))]
                found.update((month, facet, code, score) for code in {*dice.choices(codes, weights, k=often)})
    every = [(facet, code) for facet, codes in FACETS.items() for code in codes]
    return {
        (month, *one, score): found[month, *one, score]
        for month, one, score in product(SURVEYED, every, range(1, 6))
    }


def answer_keys(
    months: Iterable[date], facet: str = "team", code: str = "", scores: Iterable[int] = range(1, 6)
) -> list[Key]:
    """Return the keys of answers with a code of a facet; "" means any code, which are all answers."""
    return [*product(months, [facet], [code] if code else FACETS[facet], scores)]


def relations() -> Iterator[Known]:
    """Yield how the numbers belong together: the codes of each facet have one total for each score. That of
    the rights can be higher, but no right has more."""
    for month, score in product(SURVEYED, range(1, 6)):
        whole = answer_keys([month], scores=[score])
        for facet in ("type", "channel", "stage"):
            yield equal(whole, answer_keys([month], facet, scores=[score]))
        rights = answer_keys([month], "right", scores=[score])
        yield at_most(whole, rights)
        yield from (at_most([right], whole) for right in rights)


def statements(counts: Counts) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of the statements on the survey. Each answer is that of another person."""
    cells = [
        (HOUSE, "all", "all", "team", ""),
        *((team, "all", "all", "team", team) for team in TEAMS),
        *((HOUSE, facet, code, facet, code) for facet, codes in FACETS.items() for code in codes),
    ]
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in READ}
    for whose, facet, code, *part in cells:
        cell = {"team": whose, "facet": facet, "code": code}
        for month in SURVEYED:
            often = [number(counts, answer_keys([month], *part, [score])) for score in range(1, 6)]
            row = {**cell, "month": month, "question": "overall", "n": sum(often)}
            found["survey"].append(row | dict(zip(SCORES, often, strict=True)))
            rate = {**cell, "month": earlier(month), "asked": 100, "answered": sum(often)}
            found["survey_rate"].append(rate)
        for span, months in (
            *(("month", [one]) for one in SURVEYED),
            ("quarter", SURVEYED[:QUARTER]),
            ("year", SURVEYED),
        ):
            for what in ("survey", "survey_rate"):
                row = {**cell, "what": what, "span": span, "month": months[0]}
                found["survey_people"].append(row | {"people": number(counts, answer_keys(months, *part))})
    return found


def surveyed(counts: Counts) -> Iterator[tuple[list[Key], Mapping[str, Any] | None]]:
    """Yield each cell of all reports of the survey, as the people that it counts and what is shown."""
    rows = ReportRows(statements(counts))
    for (period, months), whose in product(PERIODS.items(), (HOUSE, *TEAMS)):
        quarterly = period.endswith("-03")
        told = report(rows, Period(period), date(2027, 1, 1), whose)["survey"]
        if not told:
            continue
        of_quarter = SURVEYED[:QUARTER] if quarterly else months
        yield answer_keys(of_quarter if whose else months, "team", whose), told["questions"].get("overall")
        for facet, codes in FACETS.items() if not whose else ():
            for code in codes if quarterly or len(months) > 1 else ():
                yield answer_keys(of_quarter, facet, code), told["by"][facet].get(code)


def cell(keys: list[Key], said: Mapping[str, Any] | None) -> Iterator[Known]:
    """Yield what one cell of the survey tells: its number, the number of each score, the share of content
    people and the mean. `said`: the cell; None if it is hidden."""
    if said is None:
        yield rounded(keys, None)
        return
    yield rounded(keys, said["n"])
    if "answered" in said:
        yield rounded(keys, said["answered"])
    for score, n in enumerate(said["scores"], 1):
        yield rounded((key for key in keys if key[3] == score), n)
    content = [key for key in keys if key[3] >= CONTENT] if said["n"] > FEW else []
    of = said["content"]
    fitting = [n for n in range(LEAST, said["n"] + 1, STEP) if of and percent(n, said["n"]) == of["percent"]]
    yield from (rounded(content, n) for n in (fitting if of else [None]) if content and len(fitting) < 2)
    if said["mean"] is not None:
        half = mean_step(max(said["n"] - STEP // 2, LEAST)) / 2
        for sign in (1, -1):
            yield Known({key: sign * (key[3] - said["mean"]) - half for key in keys}, float("-inf"), 1e-9)


def told(counts: Counts, former: bool = False) -> set[Key]:
    """Return the names of the groups whose number from one to nine follows from all reports: of a code, of
    some scores, of a month, a quarter or the year. `former`: as if numbers from ten on were exact."""
    cells = [*surveyed(counts)]
    known = [one for keys, said in cells for one in cell(keys, said)]
    if former:
        scored = [
            [key for key in keys if key[3] == score]
            for keys, said in cells
            if said is not None
            for score in range(1, 6)
        ]
        known = [threshold(keys, number(counts, keys)) for keys in (*(keys for keys, _ in cells), *scored)]
    scores = (range(1, 6), (1, 2, 3), (4, 5), (1,), (5,))
    every = [("team", ""), *((facet, code) for facet, codes in FACETS.items() for code in codes)]
    months = [*([month] for month in SURVEYED), SURVEYED[:QUARTER], SURVEYED]
    groups = (answer_keys(some, *one, those) for some, one, those in product(months, every, scores))
    targets = {tuple(keys): keys for keys in groups if 0 < number(counts, keys) < LEAST}
    return exact([*relations(), *known], targets)


def telling(runs: int, former: bool = False) -> float:
    """Return in which share of random companies a number from one to nine follows (see `told`)."""
    return sum(bool(told(answers(Random(seed)), former)) for seed in range(runs)) / runs


SURVEY = (
    Trial(
        "disclosure_survey",
        "survey: a number from one to nine follows from the reports of the company and of all teams",
        lambda runs: {"four months": telling(runs)},
        100,
        at_most=0,
    ),
)
"""The trial of the protection of the survey."""
