"""The complaint form: the fields of `submit` in the order in which a consumer is asked them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from chalicelib.letters.saying import label
from chalicelib.web import forms
from chalicelib.web.pages import Form, say

OURS = ("channel", "external_id", "received_at", "late_reason")
"""Fields that only staff fill in, when they write a complaint down; a consumer is not asked."""
PARTS: Mapping[str, tuple[str | tuple[str, ...], ...]] = {
    "you": (
        "person.name",
        "person.phone",
        "person.email",
        "person.address",
        "person.way",
        "person.language",
        "person.help",
        "person.on_behalf_of",
        "person.capacity",
    ),
    "business": ("account.business", "account.shop", "account.order"),
    "happened": (
        "matters.0.sub_type",
        "account.problem",
        "matters.0.amount",
        ("matters.1.sub_type", "matters.1.amount"),
        ("matters.2.sub_type", "matters.2.amount"),
        "account.story",
        "happened_on",
        "account.where",
        "account.product",
        ("subject.kind", "subject.goods_class", "subject.service_class"),
    ),
    "tried": (
        "asked_business",
        "account.tried",
        "outside.body",
        "account.outside_number",
        "outside.since",
        "outside.due",
    ),
    "wish": ("wishes", "wish_amount", "account.fair"),
    "evidence": ("account.evidence",),
    "safety": ("hurt",),
    "consents": (
        "consents.truthful",
        "consents.data_use",
        "consents.sensitive",
        "consents.publish",
        "consents.delegated_mediation",
    ),
}
"""The form from top to bottom: a heading and its fields; a group of fields within is folded away until it is
needed."""
BEGINS = {"person.capacity": "self", "asked_business": "unknown"}
"""The choices with which an empty form begins."""


def empty(language: str) -> Form:
    """The form before anything was said."""
    return Form([("person.language", language), *BEGINS.items()])


def body(form: Form) -> str:
    """The request body that the form says."""
    return forms.body("submit", form, OURS)


def asked(language: str, form: Form, errors: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    """What the page shows: the parts, every field by its name, and the error summary in the order of the
    page."""
    placed = [_placed(language, error) for error in errors]
    declared = forms.fields("submit", None, language, form=form, errors=placed, leave=OURS)
    fields = {field.name: _told(language, field) for field in _all(declared)}
    order = [
        name
        for names in PARTS.values()
        for item in names
        for name in ([item] if isinstance(item, str) else item)
    ]
    lines = forms.summary(language, fields.values(), placed)
    lines.sort(key=lambda line: order.index(line["href"][1:]) if line.get("href", "")[1:] in order else -1)
    return {"parts": PARTS, "f": fields, "summary": lines}


def _placed(language: str, error: Mapping[str, str]) -> dict[str, str]:
    """An error where a consumer finds it, in words that fit what is to be done there."""
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
    """A field as it is asked on this form: one list asks for type and sub-type; a body outside need not be
    named."""
    if field.name.endswith(".sub_type"):
        return replace(
            field, label=label(language, "type", "label"), required=field.name.startswith("matters.0.")
        )
    return replace(field, required=False) if field.name == "outside.body" else field


def _all(fields: Iterable[forms.Field]) -> Iterator[forms.Field]:
    for field in fields:
        yield field
        yield from _all(field.parts)
