"""The complaint form: the fields of `submit`, page by page, as a consumer answers them."""

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
"""Fields that only staff fill in when they record a complaint."""
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
"""The pages of the form in their order, each with its fields; an inner group is folded until it is needed.
The first page asks whether anyone is in danger."""
FIRST, SECOND, *_, LAST = PAGES
STORY = "story"
"""The page that also accepts photos and files."""
BEGINS = {"asked_business": "unknown"}
"""The preselected option of an empty page."""


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
"""Valid answers to every required field. A page is validated among them, so that only its own errors
appear."""


def onward(draft: Draft) -> str:
    """Return the first page that is unanswered or has an error, else the last page."""
    return next((each for each in PAGES if each not in draft.answered or each in draft.wrong), LAST)


def names(page: str) -> list[str]:
    """Return the fields of a page in their order."""
    return [name for item in PAGES[page] for name in ([item] if isinstance(item, str) else item)]


def is_on_page(page: str, name: str) -> bool:
    """Return whether a field of the form is on a page."""
    return any(name == own or name.startswith(f"{own}.") for own in names(page))


def field_page(name: str) -> str:
    """Return the page of a field, or the first page with a part of it. For an unknown field, return the last
    page."""
    pages = (
        page for page in PAGES if is_on_page(page, name) or any(f.startswith(f"{name}.") for f in names(page))
    )
    return next(pages, LAST)


def page_answers(page: str, form: Form) -> dict[str, list[str]]:
    """Return the answers that a posted form gives on a page, without the blank ones."""
    found = dict.fromkeys(name for name, value in form.pairs() if is_on_page(page, name) and value.strip())
    return {name: form.all(name) for name in found}


def body(language: str, form: Form) -> dict[str, Any]:
    """Return the request body of the answers. The language of the form becomes the language of the
    letters."""
    pairs = [("person.language", language), *form.pairs()]
    found: dict[str, Any] = json.loads(forms.body(submit.__name__, Form(pairs), OURS))
    return found


def page_body(page: str, language: str, form: Form) -> dict[str, Any]:
    """Return a body whose only errors are those of this page."""
    others = ((name, value) for name, value in COMPLETE.items() if not is_on_page(page, name))
    return body(
        language, Form([*others, *((name, value) for name, value in form.pairs() if is_on_page(page, name))])
    )


def page_data(language: str, page: str, form: Form, errors: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    """Return the data of a page: its fields by name, and the error summary in their order. The last page also
    has all answers."""
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
    """Yield each page with its answers as (label, value)."""
    for page in [*PAGES][:-1]:
        shown = (fields[name] for name in names(page) if name in fields and fields[name].values)
        yield page, [(field.label, _shown(language, field)) for field in shown]


def _summary(
    language: str, page: str, fields: Mapping[str, forms.Field], placed: Collection[Mapping[str, str]]
) -> Iterator[dict[str, str]]:
    """Yield the lines of the error summary in the order of the fields. Each links to its field, which may be
    on another page."""
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
    """Return an error at the field where a consumer can correct it, with a message that fits that field."""
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
    """Return a field as this form shows it: one list holds type and sub-type, and the outside body is
    optional."""
    if field.name.endswith(".sub_type"):
        return replace(
            field, label=label(language, "type", "label"), required=field.name.startswith("matters.0.")
        )
    return replace(field, required=False) if field.name == "outside.body" else field


def _all(fields: Iterable[forms.Field]) -> Iterator[forms.Field]:
    for field in fields:
        yield field
        yield from _all(field.parts)
