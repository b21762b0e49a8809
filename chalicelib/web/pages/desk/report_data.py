"""An internal report as data, with a row for each number: as CSV for spreadsheets, and as JSON for programs.
Both have the labels of one language. Codes are the same in every language."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from typing_extensions import TypedDict

from chalicelib.domain.calendar import SHANGHAI, instant
from chalicelib.domain.forewords import Foreword
from chalicelib.domain.roster import Roster
from chalicelib.figures.counterparts import COUNTERPARTS, OF_FACETS, VERSIONS, Fit, Source, Version, valid_on
from chalicelib.figures.measures import FACETS, MEASURES, Basis, Measure, Status, Unit, numbers
from chalicelib.figures.published import SINGLE
from chalicelib.figures.report import Period, Report
from chalicelib.locale import formats
from chalicelib.web.pages import say

FORMAT = "report-1"
"""The name of the JSON format. A change that a reader of the file would not understand gets a new number."""
SO_FAR = "so_far"
"""The edition of a report of a period that is not over."""
COLUMNS = (
    "period",
    "edition",
    "as_of",
    "team",
    "facet",
    "code",
    "label",
    "measure",
    "name",
    "unit",
    "value",
    "year_before",
    "status",
)
"""The columns of the CSV file."""


class Coded(TypedDict):
    """A code with its label."""

    code: str
    label: str


class Counterpart(TypedDict):
    """What somebody else publishes or asks for. `fit`: whether it means the same as the measure. `says`: what
    it is, and how it differs."""

    source: Source
    name: str
    fit: Fit
    says: str


class Breakdown(Coded):
    """A breakdown of complaints by the codes of a facet."""

    counterparts: list[Counterpart]


class DefinedMeasure(TypedDict):
    """A measure of the report. `says`: its definition. `counted_by`: the moment by whose month it counts."""

    code: str
    name: str
    says: str
    unit: Unit
    counted_by: Basis
    counterparts: list[Counterpart]


class ReportNumber(TypedDict):
    """A number of the report. `facet` and `code`: about which complaints it is. `label`: the label of the
    code. `value`: null if it is not shown, for the reason `status`. `year_before`: the same number of the
    year before, or null."""

    facet: str
    code: str
    label: str
    measure: str
    unit: Unit
    value: float | None
    year_before: float | None
    status: Status


class Validity(TypedDict):
    """A version of the counterparts with its first and its last day (China); the newest one has no last
    day."""

    version: str
    since: str
    until: str | None


class WrittenPart(TypedDict):
    """A part of the foreword: its heading, and what a person wrote."""

    title: str
    text: str


class WrittenForeword(TypedDict):
    """The page that a person wrote on the report, in its newest version."""

    version: int
    at: str
    by: str
    parts: list[WrittenPart]


class ReportData(TypedDict):
    """An internal report as data. `edition`: `provisional`, `final`, `so_far`, or `single` for the only
    report that an earlier release made. `as_of`: the moment up to which its records go. `team`: the team that
    it is about; empty for the whole company. `notes`: sentences on how far it can be relied on.
    `counterparts`: their version that is valid at the end of the period."""

    format: str
    schema: str
    period: str
    edition: Literal["provisional", "final", "so_far", "single"]
    as_of: str
    language: Literal["zh", "en"]
    team: Coded | None
    notes: list[str]
    foreword: WrittenForeword | None
    counterparts: Validity
    facets: list[Breakdown]
    measures: list[DefinedMeasure]
    numbers: list[ReportNumber]


def report_data(
    language: str,
    report: Report,
    roster: Roster,
    team: str,
    schema: str,
    notes: Iterable[str] = (),
    foreword: Foreword | None = None,
) -> Mapping[str, Any]:
    """Return a report as the JSON `ReportData`. `team`: the id of the team that the report is about, or
    `HOUSE`. `schema`: the address of the schema. `notes`: the sentences on the report. `foreword`: its newest
    foreword in this language."""
    valid = valid_for(report)
    return {
        "format": FORMAT,
        "schema": schema,
        **_about(report),
        "language": language,
        "team": {"code": team, "label": label(language, "team", team, roster)} if team else None,
        "notes": [*notes],
        "foreword": foreword and _written(language, foreword, roster),
        "counterparts": {
            "version": valid.name,
            "since": str(valid.since),
            "until": valid.until and str(valid.until),
        },
        "facets": defined_facets(language, valid),
        "measures": [defined(language, measure, valid) for measure in MEASURES.values()],
        "numbers": [*_numbers(language, report, roster)],
    }


def csv_table(
    language: str, report: Report, roster: Roster, team: str
) -> tuple[list[str], list[Mapping[str, Any]]]:
    """Return the heads of the columns of a report as CSV, and its rows by these heads. The arguments are
    those of `report_data`."""
    heads = {name: say(language, f"measures.column.{name}") for name in COLUMNS}
    every = {**_about(report), "team": team}
    names = {code: name_of(language, measure) for code, measure in MEASURES.items()}
    units = {unit: say(language, f"measures.unit.{unit}") for unit in Unit}
    states = {status: say(language, f"measures.status.{status}") for status in Status}
    rows = (
        {
            **every,
            **row,
            "name": names[row["measure"]],
            "unit": units[row["unit"]],
            "status": states[row["status"]],
        }
        for row in _numbers(language, report, roster)
    )
    return [*heads.values()], [{heads[name]: row[name] for name in COLUMNS} for row in rows]


def defined(language: str, measure: Measure, valid: Version) -> DefinedMeasure:
    """Return a measure with its definition and its counterparts in a version."""
    return {
        "code": measure.code,
        "name": name_of(language, measure),
        "says": say(language, measure.says),
        "unit": measure.unit,
        "counted_by": measure.basis,
        "counterparts": counterparts(language, measure.like, valid),
    }


def defined_facets(language: str, valid: Version) -> list[Breakdown]:
    """Return the facets of numbers with their counterparts in a version."""
    return [
        {
            "code": facet,
            "label": say(language, f"measures.facet.{facet}"),
            "counterparts": counterparts(language, facet, valid),
        }
        for facet in FACETS
    ]


def counterparts(language: str, like: str, valid: Version) -> list[Counterpart]:
    """Return the counterparts of a group of measures, or of a facet, in a version."""
    return [
        {
            "source": source,
            "name": say(language, f"measures.source.{source}"),
            "fit": fit,
            "says": say(language, f"measures.counterpart.{like}.{source}"),
        }
        for source, fit in {**COUNTERPARTS, **OF_FACETS}.get(like, {}).items()
        if source in valid.sources
    ]


def sentence(language: str, one: Counterpart) -> str:
    """Return a sentence on a counterpart."""
    fit = say(language, f"measures.fit.{one['fit']}")
    return say(language, "measures.one", name=one["name"], fit=fit, says=one["says"])


def counted_as(language: str, measure: DefinedMeasure) -> str:
    """Return a sentence on the unit of a measure, and on the moment by which it is counted."""
    unit, basis = (
        say(language, f"measures.{path}")
        for path in (f"unit.{measure['unit']}", f"basis.{measure['counted_by']}")
    )
    return say(language, "measures.counted", unit=unit, basis=basis)


def validity(language: str, valid: Version) -> str:
    """Return a sentence on which version of the counterparts is shown, and on which days it is valid."""
    path = "measures.valid_until" if valid.until else "measures.valid"
    days = {"since": valid.since, "until": valid.until}
    called = {name: formats.date_called(language, day) for name, day in days.items() if day}
    return say(language, path, version=valid.name, **called)


def groups(language: str, valid: Version) -> Iterator[tuple[str, list[list[DefinedMeasure]], list[str]]]:
    """Yield each group of measures that have the same counterparts: its name, its measures, of which those
    with the same definition are together, and a sentence on each counterpart in a version."""
    for like in COUNTERPARTS:
        families = defaultdict[str, list[DefinedMeasure]](list)
        for measure in MEASURES.values():
            if measure.like == like:
                families[measure.says].append(defined(language, measure, valid))
        told = [sentence(language, one) for one in counterparts(language, like, valid)]
        yield like, [*families.values()], told


def definitions(language: str, valid: Version) -> Mapping[str, Any]:
    """Return the definition of each measure, with its counterparts in a version, as texts: `title`, `says`
    (paragraphs), and `groups` of measures with the same counterparts. A group has a `title`, `families`, and
    `like` (a sentence on each counterpart). A family has the `names` of measures, each with its code, and
    their common definition in `says`. The last group has the breakdowns."""
    found = [
        {
            "title": say(language, f"measures.group.{like}"),
            "families": [
                {
                    "names": [(capital(one["name"]), one["code"]) for one in family],
                    "says": [family[0]["says"], *dict.fromkeys(counted_as(language, one) for one in family)],
                }
                for family in families
            ],
            "like": told,
        }
        for like, families, told in groups(language, valid)
    ]
    facets = [
        {
            "names": [(capital(one["label"]), one["code"])],
            "says": [sentence(language, other) for other in one["counterparts"]],
        }
        for one in defined_facets(language, valid)
    ]
    return {
        "title": say(language, "measures.title"),
        "says": [say(language, "measures.lead"), validity(language, valid)],
        "like": say(language, "measures.like"),
        "groups": [*found, {"title": say(language, "measures.facets"), "families": facets, "like": []}],
    }


def valid_for(report: Report) -> Version:
    """Return the version of the counterparts that a report names. A report of an earlier release names none;
    then return the version that was valid at the end of its period."""
    end = Period(report["period"]).months[-1]
    return VERSIONS.get(report.get("counterparts", "")) or valid_on(end)


def name_of(language: str, measure: Measure) -> str:
    """Return the name of a measure."""
    return say(language, measure.name, **{gap: say(language, of) for gap, of in measure.words.items()})


def capital(text: str) -> str:
    """Return a label with a capital first letter, because it starts a line."""
    return text[:1].upper() + text[1:]


def label(language: str, facet: str, code: str, roster: Roster) -> str:
    """Return the label of a code of a facet. Return the code itself if it has no label, because a later
    release may have made the report."""
    try:
        match facet:
            case "all":
                return say(language, "measures.facet.all")
            case "month":
                return formats.month_name(language, code)
            case "age" | "entry" | "question" | "help":
                return say(language, f"figures.{facet}.{code}")
            case "opinion":
                return formats.label(language, code, "label")
            case "word":
                type_, _, term = code.partition("/")
                return f"{formats.label(language, type_, 'type')} · {term}"
            case "opinion_word" | "company":
                return code
            case "region":
                return formats.label(language, code, facet)
            case _:
                return formats.kind(language, facet, code, roster)
    except LookupError:
        return code


def _written(language: str, foreword: Foreword, roster: Roster) -> WrittenForeword:
    author = roster.member(foreword.who)
    return {
        "version": foreword.version,
        "at": foreword.at.astimezone(SHANGHAI).isoformat(),
        "by": author.name if author else foreword.who,
        "parts": [
            {"title": say(language, f"reports.foreword.field.{name}"), "text": text}
            for name, text in foreword.texts.items()
        ],
    }


def _numbers(language: str, report: Report, roster: Roster) -> Iterator[ReportNumber]:
    labels = dict[tuple[str, str], str]()
    for number in numbers(report):
        facet, code, measure, value, before, status = number
        if (facet, code) not in labels:
            labels[facet, code] = label(language, facet, code, roster)
        if measure.unit == Unit.YUAN:
            value, before = (fen and fen / 100 for fen in (value, before))
        yield {
            "facet": facet,
            "code": code,
            "label": labels[facet, code],
            "measure": measure.code,
            "unit": measure.unit,
            "value": value,
            "year_before": before,
            "status": status,
        }


def _about(report: Report) -> dict[str, str]:
    """Return the period, the edition and `as_of` of a report. A report of a period that is over covers the
    records before the day on which it was made."""
    until = report.get("until")
    made = datetime.fromisoformat(report["made"]).replace(tzinfo=SHANGHAI)
    return {
        "period": report["period"],
        "edition": SO_FAR if until else report.get("edition", SINGLE),
        "as_of": (instant(until).astimezone(SHANGHAI) if until else made).isoformat(),
    }
