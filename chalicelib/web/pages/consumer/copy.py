"""The copy of a complaint for the person who filed it: number, stage, answers, dates, and files. The copy has
no links and no passphrase, so that nobody can open the case with it."""

from collections.abc import Iterator
from typing import Any

from chalicelib.domain.reference import shown
from chalicelib.locale.formats import label, moment, money
from chalicelib.web.api.values import view_json
from chalicelib.web.pages import file_list, say
from chalicelib.web.pages.consumer import deadlines as case_deadlines, sent as case_sent
from chalicelib.web.pages.consumer.own_view import View


def file_name(ref: str, ending: str) -> str:
    """Return the name under which a copy of the complaint `ref` is saved, with the ending of its format."""
    return f"{shown(ref)}.{ending}"


def copy_data(view: View) -> dict[str, Any]:
    """Return the data for the copy of a complaint. `documents.copy` makes a PDF from them."""
    case, language = view.case, view.language
    short = [
        (say(language, "consumer.done.number"), shown(case.ref)),
        (say(language, "consumer.done.received"), moment(language, case.received_at, end=False)),
        (say(language, "consumer.copy.stage"), label(language, case.stage, "stage")),
        (say(language, "consumer.copy.made"), moment(language, view.now, end=False)),
    ]
    sections = {
        "consumer.copy.short": short,
        "consumer.case.own": [*_matters(view), *case_sent.own(view)],
        "consumer.section.deadlines.title": [*_dates(view)],
        "files.title": [*_files(view)],
    }
    return {
        "language": language,
        "number": shown(case.ref),
        "title": say(language, "consumer.copy.title"),
        "at": view_json(view.now),
        "sections": [{"title": say(language, path), "rows": rows} for path, rows in sections.items() if rows],
        "note": say(language, "consumer.copy.note"),
    }


def _matters(view: View) -> Iterator[tuple[str, str]]:
    colon = "：" if view.language == "zh" else ": "
    for n, matter in enumerate(view.case.matters, 1):
        said = colon.join(
            (
                label(view.language, matter.type, "type"),
                label(view.language, matter.sub_type, "sub_type", matter.type),
            )
        )
        amount = (
            f"\n{money(view.language, matter.amount)}" if matter.amount is not None and view.first else ""
        )
        yield say(view.language, "consumer.case.matter", n=n), said + amount


def _files(view: View) -> Iterator[tuple[str, str]]:
    """Yield (caption, text) for each file that has arrived. The text gives the name, type and state of the
    file."""
    for item in file_list.listed_files(view.product.uploads, view.dossier, view.caller, view.language).items:
        if not item.choose:
            yield item.shows, "\n".join(filter(None, (item.name, item.what, item.state, item.why)))


def _dates(view: View) -> Iterator[tuple[str, str]]:
    """Yield (act, text) for each running deadline that has an end. The text gives the end, and what happens
    if nobody acts. If we have not answered yet, also yield the day for which we promised the answer."""
    language = view.language
    for run in case_deadlines.runs(view):
        if run.due:
            by = say(language, "consumer.case.until", by=moment(language, run.due))
            yield run.what, f"{by}\n{run.silence}"
    if view.case.promised and "answer" not in view.case.taken:
        by = say(language, "consumer.case.promised", by=moment(language, view.case.promised))
        yield say(language, "consumer.case.promise"), by
