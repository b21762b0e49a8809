"""E-mail addresses of ours, in every spelling, and the moves that would take one as a party's."""

from __future__ import annotations

import unicodedata
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given, strategies as st

from chalicelib.domain.addresses import ALIKE, mailbox, our_addresses
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.field_marks import Contact, Ours

OURS = our_addresses(["complaints.example", "客诉.例子", ""], ["Sun@House.example", "ren@mail.example", ""])


@pytest.mark.parametrize(
    "address",
    [
        "me@complaints.example",
        "me@COMPLAINTS.Example",
        "me@mail.complaints.example",
        "me@a.b.complaints.example.",
        "me@complaints.example..",
        "me@complaints。example",
        "me@ｃｏｍｐｌａｉｎｔｓ．ｅｘａｍｐｌｅ",
        "ｍｅ＠complaints.example",
        "me@соmplaints.example",
        "me@cοmplaints.eхаmple",
        "me@СОMPLAINTS.EXAMPLE",
        "me@cómplaints.example",
        "me@comp\u00adlaints.example",
        "me@客诉.例子",
        "me@xn--ubto43i.xn--fsqu00a",
        "me@" + ".".join(("xn--" + "соmplaints".encode("punycode").decode(), "example")),
        "sun@house.example",
        "SUN@house.example",
        "sun+private@house.example",
        "ѕun@house.example",
        "ѕυn@hоuse.example",
        "sun@ΗΟUSE.example",
        "ren@mail.example",
    ],
)
def test_our_addresses_are_found_in_every_spelling(address: str) -> None:
    """Capitals, full width, dots, subdomains, tags, Punycode, soft hyphens, marks and other scripts are
    recognised."""
    assert OURS.hold(address)


@pytest.mark.parametrize(
    "address",
    [
        "me@mail.example",
        "sun@mail.example",
        "sunny@house.example",
        "s.un@house.example",
        "me@house.example",
        "me@mycomplaints.example",
        "me@complaints.example.cn",
        "complaints.example@mail.example",
        "ren0@mail.example",
        "王芳@例子.example",
        "+8613800138000",
        "",
    ],
)
def test_similar_address_is_not_ours(address: str) -> None:
    """A longer name, another domain, our domain before the at sign, or a digit for a letter makes it another
    address."""
    assert not OURS.hold(address)


@given(st.data())
def test_every_letter_that_looks_alike_is_folded(data: st.DataObject) -> None:
    """An address of ours is recognised whichever of its letters are replaced by similar ones."""
    drawn = [data.draw(st.sampled_from(letter + ALIKE.get(letter, ""))) for letter in "sunhouseexample"]
    word = "".join(drawn)
    assert OURS.hold(f"{word[:3]}@{word[3:8]}.{word[8:]}")


@given(st.text(max_size=60))
def test_a_mailbox_has_one_form(text: str) -> None:
    """Reading a mailbox twice gives the same as reading it once, and no text breaks it."""
    once = mailbox(f"{text}@mail.example")
    assert unicodedata.normalize("NFKC", mailbox(once)) == unicodedata.normalize("NFKC", once)
    OURS.hold(text)


def _gives_email(hint: Any, seen: tuple[Any, ...] = ()) -> bool:
    """Return whether a value of this type holds an e-mail address, at any depth."""
    marks = getattr(hint, "__metadata__", ())
    if any(isinstance(mark, Contact) and mark.kind != "phone" for mark in marks):
        return True
    kind = getattr(hint, "__origin__", hint) if marks else hint
    if is_dataclass(kind) and isinstance(kind, type) and kind not in seen:
        hints = get_type_hints(kind, include_extras=True)
        return any(_gives_email(hints[field.name], (*seen, kind)) for field in fields(kind))
    return any(_gives_email(part, seen) for part in get_args(kind))


def test_every_move_that_takes_an_address_has_it_checked() -> None:
    """A move that adds an address has it checked, or declares that it may be ours."""
    takes = {
        (name, parameter)
        for name, declared in MOVES.items()
        for parameter, (hint, _) in declared.parameters.items()
        if _gives_email(hint) and not any(isinstance(one, Ours) for one in getattr(hint, "__metadata__", ()))
    }
    checked = {(name, place.split("/")[0]) for name, declared in MOVES.items() for place in declared.emails}
    assert takes == checked
    assert {name for name, _ in checked} == {
        "submit",
        "change_contact",
        "add_representative",
        "substitute_party",
    }


def test_only_the_companys_representative_may_have_an_address_of_ours() -> None:
    """Only the company's representative works here, so only they may have an address of ours."""
    own = {
        name
        for name, declared in MOVES.items()
        for hint, _ in declared.parameters.values()
        if any(isinstance(mark, Ours) for mark in getattr(hint, "__metadata__", ()))
    }
    assert own == {"name_business_representative"}
