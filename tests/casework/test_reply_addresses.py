"""A letter names the address of its reader's replies, which only we can make."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from chalicelib.access.links import PurposeKeys, ReplyAddresses
from chalicelib.letters import OURS
from tests.cloud.scenario import account
from tests.scenario import SUN, WANG, Scenario

DOMAIN = "reply.house.example"
KEYS = PurposeKeys("1", {"1": "first"})
LATER = PurposeKeys("12", {"12": "next", "1": "first"})


@given(st.text("0123456789", min_size=12, max_size=12), st.integers(1, 999).map("p{}".format))
def test_address_names_person_and_case(ref: str, party: str) -> None:
    """The address is read back, in any case of its letters, and after the key was replaced."""
    made = ReplyAddresses(KEYS, DOMAIN).of(ref, party)
    assert made == made.lower()
    assert len(made.partition("@")[0]) <= 64
    for keys in (KEYS, LATER):
        assert ReplyAddresses(keys, DOMAIN).whose(made.upper()) == (ref, party)
    assert ReplyAddresses(LATER, DOMAIN).of(ref, party) != made


@given(st.text())
def test_guessed_address_is_nobodys(text: str) -> None:
    """No text that we did not make is an address of ours."""
    addresses = ReplyAddresses(KEYS, DOMAIN)
    for guess in (text, f"{text}@{DOMAIN}", f"482109365174-p1-1-{text}@{DOMAIN}"):
        assert addresses.whose(guess) is None


@pytest.mark.parametrize(
    "change",
    [
        ("482109365174", "482109365182"),
        ("-p1-", "-p2-"),
        ("-1-", "-2-"),
        (DOMAIN, "reply.other.example"),
        ("@", "x@"),
    ],
)
def test_changed_address_is_nobodys(change: tuple[str, str]) -> None:
    """The address of one person or case is no help to guess that of another."""
    addresses = ReplyAddresses(KEYS, DOMAIN)
    assert addresses.whose(addresses.of("482109365174", "p1").replace(*change)) is None


def test_letters_ask_for_replies(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each letter to a party invites a reply if a reply domain is set. Its headers say whether a person wrote
    it."""
    monkeypatch.setenv("REPLY_DOMAIN", DOMAIN)
    ref = scenario.submit().ref
    scenario.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    scenario.move(SUN, "message", ref, text="请寄照片。")
    scenario.post()
    mine = scenario.product.reply_addresses.of(ref, "p1")
    sent = [mail for mail in account()[0].mails if mail.tags["ref"] == ref]
    asks = {mail.tags["name"]: mail.headers.get("Reply-To") for mail in sent}
    assert asks == {"receipt": mine, "information_request": mine, "message_reply": mine}
    assert len({mail.headers["References"] for mail in sent}) == 1
    automatic = {mail.tags["name"]: mail.headers.get("Auto-Submitted") for mail in sent}
    assert automatic["receipt"] == "auto-generated"
    assert automatic["message_reply"] is None
    assert all("也可以直接回复这封邮件" in mail.plain for mail in sent)
    assert all("也可以直接回复这封邮件" in mail.text for mail in sent)
    case = scenario.confirm(ref)
    assert scenario.product.correspondence.reply_address(ref, case.parties[0].id) == mine


def test_without_domain_no_letter_asks_for_replies(scenario: Scenario) -> None:
    """A deployment without a domain for replies has no reply address, and no letter speaks of one."""
    ref = scenario.submit().ref
    scenario.post()
    (mail,) = account()[0].mails
    assert mail.headers == {
        OURS: "1",
        "Auto-Submitted": "auto-generated",
        "References": f"<{ref}@{scenario.product.own_domains[0]}>",
    }
    assert "回复这封邮件" not in mail.plain


def test_new_address_gets_no_reply_address(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message that asks to confirm a new address, and the warning to the earlier one, may reach
    strangers."""
    monkeypatch.setenv("REPLY_DOMAIN", DOMAIN)
    ref = scenario.submit().ref
    case = scenario.confirm(ref)
    scenario.move(scenario.party(case), "change_contact", ref, email="wf@mail.example")
    scenario.post()
    mails = {mail.tags["name"]: mail.headers.get("Reply-To") for mail in account()[0].mails}
    assert {"confirm_contact", "contact_changed"} <= mails.keys()
    assert mails["confirm_contact"] is None
    assert mails["contact_changed"] is None
