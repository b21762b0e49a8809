"""Confirmation of what a party gives up: by a code, by a call that was read back, on paper, or by signing
in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.process import take
from chalicelib.domain.model.case import Confirmed, Refusal
from chalicelib.domain.model.codes import ConfirmedBy, Duty, EvidenceKind, Power, Role, Way
from tests.domain.life import BY_PHONE, Life, answered, bound, contested, performing, settle

GIVES_UP = {
    "accept_answer",
    "accept_offer",
    "agree_change",
    "consent_represented",
    "leave_talks",
    "settle_at_once",
    "sign",
    "waive",
    "withdraw_request",
}
TAKEN_BACK = {
    "withdraw": "undone within three days",
    "join_case": "left again",
    "offer": "binds nobody before all have signed",
    "record_confirmation": "only tells what a court is asked or says",
}
"""Moves that need the power to settle or sign and give nothing up for good, with the reason."""
SAID: dict[str, dict[str, Any]] = {
    "accept_answer": {},
    "withdraw_request": {},
    "waive": {"obligation": "O1", "words": "算了"},
}

SETTLED = {name: value for name, value in settle().items() if name != "read_back"}


def begun(name: str) -> Life:
    """Return a complaint that allows a move that gives something up."""
    return {
        "accept_answer": answered,
        "withdraw_request": contested,
        "waive": performing,
        "settle_at_once": Life,
    }[name]()


def test_moves_that_settle_or_sign_declare_what_they_give_up() -> None:
    """Every move that needs the power to settle or sign is declared to give something up, or listed with a
    reason. A new move must be decided on."""
    settles = {name for name, move in MOVES.items() if move.power in (Power.SETTLE, Power.SIGN)}
    assert {name for name, move in MOVES.items() if move.gives_up} == GIVES_UP
    assert settles - GIVES_UP == TAKEN_BACK.keys()


@pytest.mark.parametrize("name", SAID)
def test_a_party_confirms_it_and_that_is_kept_with_the_act(name: str) -> None:
    """Without confirmation the move is refused and nothing changes. With it the entry says how and when; the
    program used is among the words, which can be erased."""
    life = begun(name)
    act, case = life.act("li"), life.case
    with pytest.raises(Refusal, match="code_needed"):
        take(name, case, replace(act, confirmed=None), **SAID[name])
    assert life.case is case
    change = take(
        name, case, replace(act, confirmed=Confirmed(ConfirmedBy.CODE, {"agent": "Firefox"})), **SAID[name]
    )
    life.keep(change)
    assert life.facts(name)[-1]["confirmed"]["by"] == "code"
    assert life.words(life.case.entries)["client"] == {"agent": "Firefox"}
    assert "Firefox" not in change.entry.line


@pytest.mark.parametrize(
    ("name", "by"),
    [("accept_answer", "wang"), ("withdraw_request", "wang"), ("waive", "feng"), ("settle_at_once", "wang")],
)
def test_staff_who_write_it_down_have_read_it_back_or_have_it_on_paper(name: str, by: str) -> None:
    """Staff rang the number on file, or the scan of the paper is among the evidence. Neither, or a missing
    scan, is refused."""
    life, said_now = begun(name), SETTLED if name == "settle_at_once" else SAID[name]
    assert life.refused(name, by, **said_now) == "read_back_needed"
    assert life.refused(name, by, **said_now, scan="E1") == "scan_needed"
    call = take(name, life.case, life.act(by), **said_now, read_back=True)
    with_scan = life.case.with_evidence(EvidenceKind.FILE, life.act(by))
    paper = take(name, with_scan, life.act(by), **said_now, scan=with_scan.evidence[-1].id)
    said = [life.keep(change) and life.facts(name)[-1]["confirmed"]["by"] for change in (call, paper)]
    assert said == ["call", "paper"]


def test_refused_move_asks_for_no_code() -> None:
    """The move's own refusal comes first, so no code is sent in vain."""
    life = performing()
    life.take("waive", "li", **SAID["waive"])
    with pytest.raises(Refusal, match="obligation_unknown"):
        take("waive", life.case, replace(life.act("li"), confirmed=None), **SAID["waive"])
    assert life.case.obligations[0].state is Duty.WAIVED


def test_each_who_signs_is_confirmed_in_their_own_way() -> None:
    """Both sides confirm by a code, the mediator by signing in at the desk."""
    life = bound()
    ways = {facts["of"]: facts["confirmed"]["by"] for facts in life.facts("sign")}
    assert ways == {"p1": "code", "business": "code", "mediator": "signed_in"}


def test_a_no_gives_nothing_up() -> None:
    """A party who refuses the text put to all needs no confirmation; one who consents does."""
    declared = MOVES["consent_represented"].gives_up
    assert declared
    assert declared({"agrees": True})
    assert not declared({"agrees": False})


def test_a_code_goes_only_to_a_confirmed_mailbox() -> None:
    """An unconfirmed mailbox may be somebody else's, and a code is not read out on the phone."""
    life = Life()
    asked = {"party": "p1", "confirms": "waive", "code": "1"}
    assert life.refused("send_code", "clock", **asked) == "address_unconfirmed"
    life.take("confirm_address", "clock", party="p1")
    life.take("send_code", "clock", **asked)
    assert life.letters_to()[-1] == "one_time_code"
    assert not life.case.tellings
    assert life.refused("send_code", "li", Role.CONSUMER, **asked) == "move_not_allowed_for_role"
    phone = Life(BY_PHONE)
    assert phone.case.parties[0].way is Way.PHONE
    assert phone.refused("send_code", "clock", **asked) == "address_unconfirmed"
