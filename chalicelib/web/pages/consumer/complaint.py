"""The complaint form. It asks a consumer for the parameters of the move `submit`, spread over several
pages."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.codes import Hurt, Wish
from chalicelib.domain.moves.intake import submit
from chalicelib.locale.formats import label
from chalicelib.web import forms
from chalicelib.web.drafts import Draft
from chalicelib.web.pages import Form, say

OURS = ("channel", "external_id", "received_at", "late_reason")
"""Parameters of `submit` that only staff fill in, when they record a complaint for somebody."""
PAGES: Mapping[str, tuple[str | tuple[str, ...], ...]] = {
    "safety": ("hurt",),
    "business": ("account.business", ("account.product", "account.shop", "account.order")),
    "problem": (
        "matters.0.sub_type",
        ("account.problem",),
        ("matters.0.amount",),
        ("matters.1.sub_type", "matters.1.amount"),
        ("matters.2.sub_type", "matters.2.amount"),
        ("subject.kind", "subject.goods_class", "subject.service_class"),
    ),
    "story": ("account.story", "happened_on", ("account.where", "region", "account.evidence")),
    "tried": (
        "asked_business",
        ("account.tried",),
        ("outside.body", "account.outside_number", "outside.since", "outside.due"),
    ),
    "wish": ("wishes", "wish_amount", ("account.fair",)),
    "you": (
        "person.name",
        "person.phone",
        "person.email",
        ("person.address", "person.way", "person.help"),
        ("person.on_behalf_of", "person.capacity"),
    ),
    "check": (
        "consents.truthful",
        "consents.data_use",
        ("consents.sensitive", "consents.publish", "consents.delegated_mediation"),
    ),
}
"""The pages of the form in their order, with the names of their fields. A group of names in an inner tuple is
folded at first. The first page asks whether anyone is in danger, since such a complaint must not wait."""
FIRST, SECOND, *_, LAST = PAGES
STORY = "story"
"""The page on which the consumer can also add photos and files."""
BEGINS = {"asked_business": "unknown"}
"""The option that is preselected while a field has no answer, by field name."""


COMPLETE: Mapping[str, str] = {
    "hurt": Hurt.NO,
    "account.story": "—",
    "account.product": "—",
    "account.problem": "—",
    "account.fair": "—",
    "matters.0.sub_type": "quality/defect",
    "wishes": Wish.EXPLANATION,
    "person.name": "—",
    "person.phone": "+8613800000000",
    "consents.truthful": "true",
    "consents.data_use": "true",
    "consents.sensitive": "true",
}
"""A valid answer for every required field. To validate one page alone, its answers are put among these, so
that no other page causes an error."""


def onward(draft: Draft) -> str:
    """Return the first page that has no answers yet or has an error. If there is none, return the last
    page."""
    return next((each for each in PAGES if each not in draft.answered or each in draft.wrong), LAST)


def names(page: str) -> list[str]:
    """Return the names of the fields of a page, in their order."""
    return [name for item in PAGES[page] for name in ([item] if isinstance(item, str) else item)]


def is_on_page(page: str, name: str) -> bool:
    """Return whether the field `name`, or a field around it, belongs to `page`."""
    return any(name == own or name.startswith(f"{own}.") for own in names(page))


def field_page(name: str) -> str:
    """Return the page of the field `name`. For a field with parts, return the first page with one of the
    parts; for an unknown field, the last page."""
    pages = (
        page for page in PAGES if is_on_page(page, name) or any(f.startswith(f"{name}.") for f in names(page))
    )
    return next(pages, LAST)


def page_answers(page: str, form: Form) -> dict[str, list[str]]:
    """Return the posted answers that belong to `page`, by field name. Blank answers are left out."""
    found = dict.fromkeys(name for name, value in form.pairs() if is_on_page(page, name) and value.strip())
    return {name: form.all(name) for name in found}


def body(language: str, form: Form) -> dict[str, Any]:
    """Return the request body for the answers in `form`. The language of the form becomes the language of our
    letters."""
    pairs = [("person.language", language), *form.pairs()]
    found: dict[str, Any] = json.loads(forms.body(submit.__name__, Form(pairs), OURS))
    return found


def page_body(page: str, language: str, form: Form) -> dict[str, Any]:
    """Return a request body in which only the answers of `page` can have errors. All other answers are those
    of COMPLETE."""
    others = ((name, value) for name, value in COMPLETE.items() if not is_on_page(page, name))
    return body(
        language, Form([*others, *((name, value) for name, value in form.pairs() if is_on_page(page, name))])
    )


def page_data(language: str, page: str, form: Form, errors: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    """Return the data of a page of the form for the template: its fields by name, and the lines of the error
    summary. The last page also gets all answers, for review."""
    form = Form([*((name, value) for name, value in BEGINS.items() if not form[name]), *form.pairs()])
    placed = [_placed(language, error) for error in errors]
    wanted = {name.partition(".")[0] for each in (PAGES if page == LAST else [page]) for name in names(each)}
    fields = _fields(language, form, placed, MOVES[submit.__name__].parameters.keys() - wanted)
    place = [*PAGES].index(page)
    before = [*PAGES][place - 1] if place else ""
    return {
        "page": page,
        "items": PAGES[page],
        "f": fields,
        "summary": [*_summary(language, page, fields, placed)],
        "long": any(fields[name].long for name in names(page) if name in fields),
        "n": place + 1,
        "of": len(PAGES),
        "before": before,
        "last": page == LAST,
        "answers": [*_answers(language, fields)] if page == LAST else [],
    }


def _answers(language: str, fields: Mapping[str, forms.Field]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield each page except the last, with its answers as a list of (label, value)."""
    for page in [*PAGES][:-1]:
        shown = (fields[name] for name in names(page) if name in fields and fields[name].values)
        yield page, [(field.label, _shown(language, field)) for field in shown]


def _summary(
    language: str, page: str, fields: Mapping[str, forms.Field], placed: Collection[Mapping[str, str]]
) -> Iterator[dict[str, str]]:
    """Yield the lines of the error summary, in the order of the fields in the whole form. The link of a line
    leads to the field, also if it is on another page. `placed` are the errors, as `_placed` returns them."""
    order = [name for each in PAGES for name in names(each)]
    lines = {line.get("href", "")[1:]: line for line in forms.summary(language, fields.values(), placed)}
    for name in sorted(lines, key=lambda name: order.index(name) if name in order else -1):
        there = field_page(name)
        yield lines[name] if there == page or not name else {**lines[name], "href": f"{there}#{name}"}


def _shown(language: str, field: forms.Field) -> str:
    labels = {option.code: option.label for option in field.options}
    between = "、" if language == "zh" else ", "
    return between.join(labels.get(value, value) for value in field.values)


def _fields(
    language: str, form: Form, placed: Iterable[Mapping[str, str]], leave: Collection[str]
) -> dict[str, forms.Field]:
    declared = forms.fields(submit.__name__, None, language, form=form, errors=placed, leave={*OURS, *leave})
    return {field.name: _told(language, field) for field in _all(declared)}


def _placed(language: str, error: Mapping[str, str]) -> dict[str, str]:
    """Return the error, moved to the field in which a consumer can correct it. A box that must be ticked gets
    a message of its own."""
    pointer = (
        error["pointer"].replace("/matters", "/matters/0/sub_type")
        if error["pointer"] == "/matters"
        else error["pointer"]
    )
    unticked = pointer.startswith("/consents/") and error["code"] in ("missing", "consent_needed")
    return {**error, "pointer": pointer} | (
        {"message": say(language, "consumer.complain.tick")} if unticked else {}
    )


def _told(language: str, field: forms.Field) -> forms.Field:
    """Return the field as the complaint form shows it. One list asks for type and sub-type together; only the
    first matter is required. The other body that handles the complaint is optional."""
    if field.name.endswith(".sub_type"):
        return replace(
            field, label=label(language, "type", "label"), required=field.name.startswith("matters.0.")
        )
    return replace(field, required=False) if field.name == "outside.body" else field


def _all(fields: Iterable[forms.Field]) -> Iterator[forms.Field]:
    for field in fields:
        yield field
        yield from _all(field.parts)
