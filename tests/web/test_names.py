"""Tests of names: names usable for misuse in mail, or with invisible characters, are refused by code; real
names pass.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.web import request_models
from chalicelib.web.problems import problem
from tests.scenario import T0, complaint


def refused(path: str, said: str) -> tuple[str, list[str]] | None:
    """Return the error code of a name and its messages in both languages; None if the name passes."""
    part, name = path.split(".")
    body: dict[str, Any] = complaint()
    body[part] = {**body[part], name: said}
    try:
        request_models.arguments("submit", json.dumps(body), T0)
    except ValidationError as wrong:
        found = [problem(language, wrong).errors for language in ("zh", "en")]
        assert [error["pointer"] for error in found[0]] == [f"/{part}/{name}"]
        return found[0][0]["code"], [errors[0]["message"] for errors in found]
    return None


@pytest.mark.parametrize(
    "path", ["person.name", "person.on_behalf_of", "account.business", "account.shop", "account.product"]
)
@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("您的退款请登录 https://evil.example/pay", "name_address"),
        ("www.evil.example", "name_address"),
        ("evil.example/pay", "name_address"),
        ("a@evil.example", "name_address"),
        ("ｗｗｗ．ｅｖｉｌ．example", "name_address"),
        ("退款＠evil", "name_address"),
        ("王\u200b芳", "name_characters"),
        ("王\u202e芳", "name_characters"),
        ("\ufeff王芳", "name_characters"),
        ("王\x07芳", "name_characters"),
        ("王芳\n退款请点这里", "name_characters"),
    ],
)
def test_invalid_name_is_refused(path: str, said: str, code: str) -> None:
    """Addresses, links, control and format characters in a name are refused, also in full-width letters."""
    found = refused(path, said)
    assert found
    assert found[0] == code
    zh, en = found[1]
    assert (
        ("网址" in zh and "web" in en) if code == "name_address" else ("看不见" in zh and "invisible" in en)
    )


@pytest.mark.parametrize(
    "said",
    [
        "王芳",
        "𠮷野家",
        "𪚥龘",
        "欧阳·娜娜",
        "阿卜杜拉·热合曼",
        "José-María O’Brien",
        "Zoë Müller",
        "St.John Smith",
        "Nguyễn Thị Ánh",
        "Ærø",
        "J. R. R. Tolkien",
        "Mr.Li",
        "محمد علي",
        "वङ्ग फाङ्ग",
        "👩‍🦰"[:1],
        "e\u0301va",
        "王芳（小）",
        "Li, Lei",
        "No.1 店",
    ],
)
def test_every_name_that_people_have_passes(said: str) -> None:
    """Rare Han characters, middle dots, composed and decomposed accents and every script pass."""
    assert refused("person.name", said) is None


@pytest.mark.parametrize("said", ["JD.com", "Booking.com 旅行社", "1688.com", "A1.2 洗衣机", "Co.,Ltd."])
def test_a_business_may_be_called_after_its_site(said: str) -> None:
    """A company may be named like a site, a person may not: mail programs turn a bare site into a link."""
    assert refused("account.business", said) is None
    assert refused("account.product", said) is None
    if said.startswith(("JD", "Book", "16")):
        assert refused("person.name", said)


@pytest.mark.parametrize("said", ["refund.online", "退款 pay-back.website", "YOUR-BANK.TECH"])
def test_a_person_is_called_after_no_site(said: str) -> None:
    """A person's name is refused for cheap top-level domains too."""
    assert refused("person.name", said)
