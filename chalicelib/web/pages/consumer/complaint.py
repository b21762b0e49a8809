"""The complaint form. A consumer fills it in on several pages. It asks for the parameters of the move
`submit`."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.guesses import FIRST as READ, LAST as READ_LAST, bought, guesses
from chalicelib.domain.model.codes import (
    FiledAs,
    GoodsClass,
    Hurt,
    Sector,
    ServiceClass,
    Type,
    Wish,
    sectors_of,
)
from chalicelib.domain.money import fen
from chalicelib.domain.moves.intake import submit
from chalicelib.domain.scrub import has_card
from chalicelib.locale.formats import joined, label, money
from chalicelib.web import forms
from chalicelib.web.drafts import Draft
from chalicelib.web.forms import as_written
from chalicelib.web.forms.form_context import Asking, Option
from chalicelib.web.pages import Form, say
from chalicelib.wiring import product

STAFF_GIVE = ("channel", "external_id", "received_at", "late_reason")
"""The parameters of `submit` that only staff give, when they record a complaint for somebody."""
OURS = (*STAFF_GIVE, "happened_until")
"""The parameters of `submit` for which the form does not ask. It finds `happened_until` in the words for the
day."""
WRITTEN = ("account.when", "account.sums")
"""The fields that the form fills with a date or with amounts as they were written."""
PAGES: Mapping[str, tuple[str | tuple[str, ...], ...]] = {
    "safety": ("hurt", ("filed_as",)),
    "story": ("account.story", "happened_on", ("account.where", "region", "account.evidence")),
    "wish": ("wishes", "wish_amount", ("account.fair",)),
    "problem": (
        "matters.0.sub_type",
        ("account.problem",),
        ("matters.0.amount",),
        ("matters.1.sub_type", "matters.1.amount"),
        ("matters.2.sub_type", "matters.2.amount"),
    ),
    "business": (
        "account.business",
        ("account.product", "account.shop", "account.order"),
        ("subject.kind", "subject.goods_class", "subject.service_class"),
    ),
    "tried": (
        "asked_business",
        ("account.tried",),
        ("outside.body", "account.outside_number", "outside.since", "outside.due"),
    ),
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
"""The pages of the form in their order. The key is the name of the page, the value the names of its fields.
Names in an inner tuple are fields that are folded at first. The first page asks whether anyone is in danger,
because such a complaint must not wait. The story comes next, because the type of the problem is proposed from
it, and the pages after that ask only what this type needs."""
FIRST, SECOND, *_, LAST = PAGES
WISH = "wish"
"""The name of the page with the wishes. A report of a violation has none, so the page is left out."""
STORY = "story"
"""The name of the page on which the consumer can also add photos and files."""
PROBLEM, TYPE = "problem", "matters.0.sub_type"
"""The page on which the type of the problem is chosen, and the name of its field."""
NONE, FIND = "none", "find"
"""The answer that none of the proposed types fits, and the field for words to find others by. They stay in
the draft, and are not sent."""
FOUND = 8
"""The most types that are proposed for words to find them by."""
ABOUT = ("account.problem", "account.product", "account.shop", "account.order", "subject.kind")
"""The fields that not every type of problem needs. Each stands for the folded fields after it, too."""
NEEDS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys((Type.BANK, Type.CREDIT, Type.INVESTMENT, Type.ONLINE), ("account.product",)),
    **dict.fromkeys((Type.INSURANCE, Type.TELECOM, Type.UTILITIES), ("account.product", "account.order")),
    **dict.fromkeys((Type.FLIGHT, Type.RAIL, Type.ROAD), ("account.order",)),
    Type.TRAVEL: ("account.order", "subject.kind"),
    Type.HOUSING: ("account.order", "subject.kind"),
    Type.FRAUD: ("account.order", "account.shop", "subject.kind"),
    Type.CONDUCT: ("account.shop", "subject.kind"),
    Type.HANDLING: ("account.order",),
}
"""Which of the fields `ABOUT` a type of problem needs. A type that is not listed needs all but
`account.problem`, which only `Type.OTHER` needs. A type that tells the sector needs no class."""
BEGINS = {"asked_business": "unknown"}
"""The option that is selected at first. The key is the name of the field."""


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
"""A valid answer for every required field, by the name of the field. A page is validated together with these
answers for the other pages, so that only its own answers can cause errors."""


def onward(draft: Draft) -> str:
    """Return the name of the page that a consumer fills in next. It is the first page without answers or with
    an error. If there is no such page, return the last page."""
    todo = (each for each in asked_pages(draft.form) if each not in draft.answered or each in draft.wrong)
    return next(todo, LAST)


def asked_pages(form: Form) -> list[str]:
    """Return the names of the pages that the answers in `form` leave to be filled in, in their order."""
    return [page for page in PAGES if page != WISH or form["filed_as"] != FiledAs.REPORT]


def looks_on(page: str, form: Form) -> bool:
    """Return whether the reader does not choose a type yet, but looks for others."""
    return page == PROBLEM and not form["send"] and bool(form["look"] or form[TYPE] == NONE)


def names(page: str) -> list[str]:
    """Return the names of the fields of a page, in their order."""
    return [name for item in PAGES[page] for name in ([item] if isinstance(item, str) else item)]


def is_on_page(page: str, name: str) -> bool:
    """Return whether the field `name` is on `page`, alone or as a part of another field."""
    own_name = page == PROBLEM and name == FIND
    return own_name or any(name == own or name.startswith(f"{own}.") for own in names(page))


def field_page(name: str) -> str:
    """Return the name of the page that has the field `name`. For a field with parts, return the first page
    that has one of the parts. For an unknown field, return the last page."""
    pages = (
        page for page in PAGES if is_on_page(page, name) or any(f.startswith(f"{name}.") for f in names(page))
    )
    return next(pages, LAST)


def page_answers(page: str, form: Form) -> dict[str, list[str]]:
    """Return the posted answers that belong to `page`, by the name of the field. Blank answers are left
    out."""
    found = dict.fromkeys(name for name, value in form.pairs() if is_on_page(page, name) and value.strip())
    return {name: form.all(name) for name in found}


def body(language: str, form: Form) -> dict[str, Any]:
    """Return the request body for the answers in `form`. `language`: the language of the form, which becomes
    the language of our letters to the consumer."""
    today = product.today()
    pairs = [("person.language", language), *as_written.pairs(_sendable(form).pairs(), today)]
    found: dict[str, Any] = json.loads(forms.body(submit.__name__, Form(pairs), STAFF_GIVE))
    return found


def page_body(page: str, language: str, form: Form) -> dict[str, Any]:
    """Return a request body to validate the answers of `page` alone. The answers for all other pages are the
    valid ones in COMPLETE."""
    reports = form["filed_as"] == FiledAs.REPORT
    complete = {**COMPLETE, "filed_as": FiledAs.REPORT, "wishes": ""} if reports else COMPLETE
    others = ((name, value) for name, value in complete.items() if value and not is_on_page(page, name))
    return body(
        language, Form([*others, *((name, value) for name, value in form.pairs() if is_on_page(page, name))])
    )


def page_data(language: str, page: str, form: Form, errors: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    """Return the data of a page of the form for the template. They hold the fields by name, and the lines of
    the error summary. The last page also gets all answers, so that the consumer can check them. `errors`: the
    errors in `form`."""
    said, form = form, _sendable(form) if page == LAST else form
    begins = {**BEGINS, **(_guessed_class(form) if page == "business" else {})}
    form = Form([*((name, value) for name, value in begins.items() if not form[name]), *form.pairs()])
    placed = [_placed(language, error) for error in errors]
    wanted = {name.partition(".")[0] for each in (PAGES if page == LAST else [page]) for name in names(each)}
    fields = _fields(language, form, placed, MOVES[submit.__name__].parameters.keys() - wanted)
    if page == PROBLEM:
        fields[TYPE] = _proposed(language, fields[TYPE], said)
    in_order = asked_pages(said)
    place = in_order.index(page) if page in in_order else 0
    return {
        "page": page,
        "items": [*_items(page, fields, said)],
        "f": fields,
        "quiet": "" if said["subject.kind"] else _class_label(language, begins),
        "notes": _notes(said["account.story"]) if page == PROBLEM else [],
        "lists": page == PROBLEM and fields[TYPE].widget == "select",
        "find": said[FIND],
        "summary": [*_summary(language, page, fields, placed)],
        "long": any(fields[name].long for name in names(page) if name in fields),
        "n": place + 1,
        "of": len(in_order),
        "before": in_order[place - 1] if place else "",
        "last": page == LAST,
        "answers": [*_answers(language, fields)] if page == LAST else [],
    }


def answers(language: str, form: Form) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the answers in `form` as (page, answers), as `_answers` yields them."""
    return [*_answers(language, _fields(language, _sendable(form), (), ()))]


def in_charge(form: Form) -> tuple[Sector, ...]:
    """Return the sectors of the complaint in `form`; empty before a type is chosen."""
    types = [kind for kind in (_type(form, n) for n in range(3)) if kind]
    goods, service = form["subject.goods_class"], form["subject.service_class"]
    known = ServiceClass(service) if service in [*ServiceClass] else None
    return (
        sectors_of(types, known or (GoodsClass(goods) if goods in [*GoodsClass] else None)) if types else ()
    )


def _type(form: Form, n: int = 0) -> Type | None:
    """Return the type of the matter with this number, without its sub-type; None before it is chosen."""
    code = form[f"matters.{n}.sub_type"].partition("/")[0]
    return next((kind for kind in Type if kind == code), None)


def _sendable(form: Form) -> Form:
    """Return the answers that can be sent: "none of these" is no type, and words to find one no answer."""
    unsent = (TYPE, NONE)
    return Form(pair for pair in form.pairs() if pair[0] != FIND and pair != unsent)


def _items(page: str, fields: Mapping[str, forms.Field], form: Form) -> Iterator[str | tuple[str, ...]]:
    """Yield the fields that a page shows, as in PAGES. Fields that the type of the problem does not need are
    left out, unless they have an answer or an error."""
    kind = _type(form)
    needed = NEEDS.get(kind or "", ABOUT if kind == Type.OTHER else ABOUT[1:])
    for item in PAGES[page]:
        group = (item,) if isinstance(item, str) else item
        folded = group[0].rpartition(".")[0] == "subject"
        shown = tuple(
            name
            for name in group
            if (name not in ABOUT and not folded)
            or (ABOUT[-1] if folded else name) in needed
            or fields[name].error
            or form[name]
        )
        if shown:
            yield item if isinstance(item, str) else shown


def _proposed(language: str, field: forms.Field, form: Form) -> forms.Field:
    """Return the field for the type with the types that the story speaks of, and "none of these". Without
    proposals, or if none fits, return the field with its whole list."""
    chosen = form[TYPE]
    found = guesses(form[FIND], FOUND) or guesses(form["account.story"])
    if not found or (chosen == NONE and not form[FIND]):
        return field
    codes = dict.fromkeys([*([chosen] if chosen not in ("", NONE) else []), *found])
    listed = {option.code: option for option in field.options}
    options = [
        listed[code]._replace(label=type_called(language, listed[code])) for code in codes if code in listed
    ]
    return field.changed(
        widget="radios",
        label=say(language, "consumer.complain.guessed"),
        options=(*options, Option(NONE, say(language, "consumer.complain.none"))),
        values=tuple(value for value in field.values if value in listed),
    )


def type_called(language: str, option: Option) -> str:
    """Return the label of an option after the heading of its group."""
    return (
        f"{option.under}{'：' if language == 'zh' else ': '}{option.label}" if option.under else option.label
    )


def _guessed_class(form: Form) -> dict[str, str]:
    """Return the fields of what was bought, as the story tells it; empty if they are answered, or if the type
    of the problem tells another sector."""
    said = "" if form["subject.kind"] else bought(f"{form['account.story']} {form['account.product']}") or ""
    kind, _, code = said.partition("/")
    if not kind:
        return {}
    known = GoodsClass(code) if kind == "goods" else ServiceClass(code)
    chosen = _type(form)
    told = chosen.sectors if chosen else ()
    return (
        {"subject.kind": kind, f"subject.{kind}_class": code}
        if {*known.sectors} <= {*(told or Sector)}
        else {}
    )


def _class_label(language: str, begins: Mapping[str, str]) -> str:
    """Return the label of the class that is selected at first; "" without one."""
    kind = begins.get("subject.kind", "")
    return label(language, begins[f"subject.{kind}_class"], f"{kind}_class") if kind else ""


def _notes(story: str) -> list[str]:
    """Return what there is to say about a story. "foreign": it is in a third language. "card": it has the
    number of a card. "long": only a part of it was read for the proposals."""
    part = story[:READ]
    letters = [one for one in part if one.isalpha()]
    others = sum(not one.isascii() and not "\u4e00" <= one <= "\u9fff" for one in letters)
    words = part.lower().split()
    found = {
        "foreign": 3 * others > len(letters) or _latin(words),
        "card": has_card(story),
        "long": len(story) > READ + READ_LAST,
    }
    return [name for name, holds in found.items() if holds]


def _latin(words: Collection[str]) -> bool:
    """Return whether these words are of a language in Latin letters that is not English."""
    latin = [word for word in words if word.isalpha() and word[0] < "\u0370"]
    return len(latin) >= 8 and 2 * len(latin) > len(words) and not ENGLISH & {*latin}


ENGLISH = frozenset(["the", "and", "it", "my", "they", "this", "for", "have", "with", "not", "we", "you"])
"""Words of which every longer English text has one, and that other languages hardly have."""


def _answers(language: str, fields: Mapping[str, forms.Field]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield (page, answers) for each page except the last. The answers are a list of (label, value)."""
    for page in [*PAGES][:-1]:
        shown = (fields[name] for name in names(page) if name in fields and fields[name].values)
        yield page, [(field.label, _shown(language, field)) for field in shown]


def _summary(
    language: str, page: str, fields: Mapping[str, forms.Field], placed: Collection[Mapping[str, str]]
) -> Iterator[dict[str, str]]:
    """Yield the lines of the error summary, in the order of the fields in the whole form. Each line links to
    its field, which may be on another page. `placed`: the errors as `_placed` returns them."""
    order = [name for each in PAGES for name in names(each)]
    lines = {line.get("href", "")[1:]: line for line in forms.summary(language, fields.values(), placed)}
    for name in sorted(lines, key=lambda name: order.index(name) if name in order else -1):
        there = field_page(name)
        yield lines[name] if there == page or not name else {**lines[name], "href": f"{there}#{name}"}


def _shown(language: str, field: forms.Field) -> str:
    if field.widget == "money":
        with suppress(ValueError):
            return money(language, fen(field.value))
    labels = {option.code: type_called(language, option) for option in field.options}
    return joined(language, (labels.get(value, value) for value in field.values))


def _fields(
    language: str, form: Form, placed: Iterable[Mapping[str, str]], leave: Collection[str]
) -> dict[str, forms.Field]:
    asking = Asking(submit.__name__, None, language)
    declared = forms.fields(asking, form=form, errors=placed, leave={*OURS, *leave})
    return {field.name: as_asked(language, field) for field in forms.with_parts(declared)}


def _placed(language: str, error: Mapping[str, str]) -> dict[str, str]:
    """Return the error with the pointer of the field in which a consumer can correct it. A box that must be
    ticked gets a message of its own."""
    pointer = (
        error["pointer"].replace("/matters", "/matters/0/sub_type")
        if error["pointer"] == "/matters"
        else error["pointer"]
    )
    unticked = pointer.startswith("/consents/") and error["code"] in ("missing", "consent_needed")
    return {**error, "pointer": pointer} | (
        {"message": say(language, "consumer.complain.tick")} if unticked else {}
    )


def as_asked(language: str, field: forms.Field) -> forms.Field:
    """Return a field as the form of a complaint asks for it. The field for a sub-type gets the label of the
    type, because the field asks for the two together. Of the matters, only the first is required. The name of
    another body that handles the complaint is optional. A wish is required on this form, because a report of
    a violation leaves its page out."""
    if field.name.endswith(".sub_type"):
        return field.changed(
            label=label(language, "type", "label"), required=field.name.startswith("matters.0.")
        )
    # one of telephone and mailbox is needed, and the hint says so: neither may be called optional
    required = {"outside.body": False, "wishes": True, "person.phone": True, "person.email": True}
    field = field.changed(required=required.get(field.name, field.required))
    if field.name == as_written.DAY:  # a date picker takes no words
        return field.changed(widget="short", hint=say(language, "consumer.complain.day_hint"))
    if as_written.AMOUNT.fullmatch(field.name):
        return field.changed(hint=say(language, "consumer.complain.sum_hint"))
    return field
