"""A new e-mail address, or a telephone for short messages. It gets one message that asks for confirmation,
and is used once its owner has confirmed it. Until then letters go to the old one if that is confirmed,
else staff call."""

from __future__ import annotations

from dataclasses import is_dataclass, replace
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.declare import MOVES, has_annotation
from chalicelib.domain.engine.process import take
from chalicelib.domain.engine.sending_limits import CONFIRM, morning
from chalicelib.domain.model.case import Party, Refusal
from chalicelib.domain.model.codes import Channel, Hurt, Language, Power, Role, Way
from chalicelib.domain.model.field_marks import Contact, Email
from chalicelib.domain.moves.intake import Person, submit
from chalicelib.domain.moves.parties import LINK_AGAIN, RECIPIENTS_A_DAY
from tests.closed import complete
from tests.domain.life import (
    AGENT,
    ASK,
    BY_PHONE,
    DAUGHTER,
    DAY,
    HOUR,
    NOBODY,
    PERSON,
    T0,
    Life,
    accepted,
    join,
    joint,
    leave,
    neighbour,
    represented,
)

NEW = "new@mail.example"
BY_TEXT = Person("李雷", phone="+8613800138000", way=Way.SMS)
OTHER, MINUTE = "+8613700137000", HOUR / 60


def own(life: Life) -> Party:
    """Return the consumer."""
    return life.case.parties[0]


def letters(life: Life, *names: str) -> list[tuple[str, str]]:
    """Return the keys of these letters and their channels."""
    return [(one.key, one.way) for one in life.letters if one.name in names]


def changed(person: Person = PERSON, by: str = "li", /, **said: Any) -> Life:
    """Return a complaint whose consumer has just named a new e-mail address."""
    life = Life(person, hurt=Hurt.HURT) if person == NOBODY else Life(person)
    life.take("change_contact", by, **(said or {"email": NEW}))
    return life


def confirm(life: Life, party: str = "p1") -> Life:
    """Confirm the new address as its owner."""
    life.take("confirm_address", "clock", party=party, new=True)
    return life


# One message to the new address, one to the old


def test_a_new_mailbox_gets_one_message_and_the_old_one_is_told_once() -> None:
    """The person is reached at the old mailbox as before; the head has no address."""
    life = changed()
    assert letters(life, CONFIRM, "contact_changed") == [
        (f"{CONFIRM}#p1", "email"),
        ("contact_changed#before", "email"),
    ]
    assert (life.people["p1"]["email"], life.people["p1"]["pending"]) == (PERSON.email, {"email": NEW})
    assert "new@mail" not in repr(life.case)
    assert "new@mail" not in life.entries[-1].line
    assert (own(life).way, own(life).generation) == (Way.EMAIL, 1)


@pytest.mark.parametrize("by", ["li", "wang", "sun", "zhao"])
def test_only_the_owner_confirms_a_new_address(by: str) -> None:
    """The owner confirms it, whether the consumer named it or staff recorded it."""
    life = changed(PERSON, by)
    assert own(life).pending is not None
    assert life.people["p1"]["email"] == PERSON.email


def test_a_representative_changes_their_own_address_in_the_same_way() -> None:
    """A representative's new address waits too, and the person's own stays the same."""
    life = represented(accepted())
    life.says("change_contact", "p2", email=NEW, way=Way.EMAIL)
    assert life.case.party("p2").pending is not None
    assert own(life).pending is None
    assert letters(life, CONFIRM) == [(f"{CONFIRM}#p2", "email")]


@pytest.mark.parametrize(
    ("person", "said", "way"),
    [
        (PERSON, {"phone": OTHER, "way": Way.SMS}, Way.SMS),
        (PERSON, {"way": Way.SMS}, Way.SMS),
        (BY_TEXT, {"phone": OTHER}, Way.SMS),
        (BY_TEXT, {"email": NEW, "way": Way.EMAIL}, Way.EMAIL),
        (BY_PHONE, {"email": NEW, "way": Way.EMAIL}, Way.EMAIL),
        (BY_PHONE, {"way": Way.SMS}, Way.SMS),
        (NOBODY, {"email": NEW}, Way.EMAIL),
    ],
)
def test_every_address_to_which_letters_did_not_leave_waits(
    person: Person, said: dict[str, Any], way: Way
) -> None:
    """An address given earlier for calls only waits too; the present channel stays."""
    life = changed(person, **said)
    before = Life(person, hurt=Hurt.HURT) if person == NOBODY else Life(person)
    pending = own(life).pending
    assert pending is not None
    assert (pending.way, own(life).way) == (way, own(before).way)
    assert letters(life, CONFIRM) == [(f"{CONFIRM}#p1", way)]


@pytest.mark.parametrize(
    ("person", "said"),
    [
        (PERSON, {"phone": OTHER}),
        (PERSON, {"way": Way.PHONE}),
        (PERSON, {"language": Language.EN}),
        (BY_PHONE, {"phone": OTHER}),
        (BY_PHONE, {"email": NEW}),
        (PERSON, {"address": "上海市黄浦区", "way": Way.POST}),
    ],
)
def test_change_without_a_new_mailbox_counts_at_once(person: Person, said: dict[str, Any]) -> None:
    """A number to call, an address without mail and a language count at once: no message goes to anybody
    new."""
    life = changed(person, **said)
    assert own(life).pending is None
    assert letters(life, CONFIRM) == []
    assert life.case.recipients is None


def test_a_mailbox_that_was_confirmed_before_is_not_asked_again() -> None:
    """A confirmed mailbox is used again after a time by phone: nobody new gets a message."""
    life = Life()
    life.take("confirm_address", "clock", party="p1")
    life.take("change_contact", "li", way=Way.PHONE)
    life.take("change_contact", "li", way=Way.EMAIL)
    assert (own(life).way, own(life).pending) == (Way.EMAIL, None)
    assert letters(life, CONFIRM) == []


def test_new_mailbox_waits_while_other_details_count_at_once() -> None:
    """Another number to call counts at once; the present mailbox is replaced only when the telephone is
    confirmed."""
    life = changed(PERSON, "li", email=NEW, phone=OTHER, way=Way.SMS, address="上海市")
    assert life.people["p1"]["email"] == PERSON.email
    assert life.people["p1"]["address"] == "上海市"
    assert life.people["p1"]["pending"] == {"email": NEW, "phone": OTHER}
    confirm(life)
    assert (life.people["p1"]["email"], life.people["p1"]["phone"]) == (NEW, OTHER)
    assert (own(life).way, own(life).confirmed, own(life).phone_confirmed) == (Way.SMS, False, True)


# Confirmed


def test_the_link_follows_only_once_it_is_confirmed() -> None:
    """Letters go there from then on, first the one about the change; the earlier links end."""
    life = confirm(changed())
    assert life.letters[-1].key == "contact_changed#new"
    assert (life.people["p1"]["email"], "pending" in life.people["p1"]) == (NEW, False)
    assert (own(life).confirmed, own(life).generation, own(life).generations) == (True, 2, (2,))
    assert life.refused("confirm_address", "clock", party="p1", new=True) == "nothing_changed"


def test_the_old_mailbox_can_be_confirmed_while_a_new_one_waits() -> None:
    """The owner of the old mailbox can still confirm it; that does not confirm the new one."""
    life = changed()
    life.take("confirm_address", "clock", party="p1")
    assert own(life).confirmed
    assert own(life).pending is not None
    assert life.people["p1"]["email"] == PERSON.email


def test_codes_go_to_the_old_mailbox_until_the_new_one_is_confirmed_and_not_there_for_days() -> None:
    """A stolen link gains no code by naming a mailbox; staff who record one know the person."""
    asked = {"party": "p1", "confirms": "waive", "code": "1"}
    for by, after in (("li", "address_new"), ("wang", "")):
        life = Life()
        life.take("confirm_address", "clock", party="p1")
        life.take("change_contact", by, email=NEW)
        life.take("send_code", "clock", **asked)
        assert life.people["p1"]["email"] == PERSON.email
        confirm(life)
        if after:
            assert life.refused("send_code", "clock", **asked) == after
        else:
            life.take("send_code", "clock", **asked)


# Before the confirmation


def test_letters_go_on_to_the_old_mailbox_if_it_is_confirmed() -> None:
    """A letter that opens a window goes to the old mailbox, and the window runs."""
    life = Life()
    life.take("confirm_address", "clock", party="p1")
    life.take("change_contact", "li", email=NEW)
    life.take("ask_information", "wang", **ASK)
    assert (life.letters[-1].name, life.letters[-1].way) == ("information_request", "email")
    assert life.running["information"].due is not None


def test_staff_call_where_nobody_confirmed_the_old_mailbox() -> None:
    """The window is stopped until staff have called; our own deadline to decide runs."""
    life = Life()
    due = life.due["acknowledgement"]
    life.take("change_contact", "li", email=NEW)
    assert life.due["acknowledgement"] == due
    life.take("ask_information", "wang", **ASK)
    assert life.letters[-1].way == "telling"
    assert life.running["information"].stopped == "undelivered"
    assert [telling.letter for telling in life.case.tellings] == ["information_request"]
    assert "telling" in life.running
    life.tell()
    assert life.running["information"].due is not None


def test_first_mailbox_is_unused_until_confirmed() -> None:
    """An anonymous caller who names a mailbox fetches letters until it is confirmed."""
    life = changed(NOBODY)
    life.take("accept", "wang")
    assert life.letters[-1].way == "fetch"
    assert life.case.tellings == ()
    life = confirm(changed(NOBODY))
    life.take("accept", "wang")
    assert life.letters[-1].way == "email"


def test_party_on_the_phone_is_called_about_a_new_address() -> None:
    """A party on the phone gets a call about the change too."""
    life = changed(BY_PHONE, "li", email=NEW, way=Way.EMAIL)
    assert [telling.letter for telling in life.case.tellings if telling.letter != "receipt"] == [
        "contact_changed"
    ]
    life.take("accept", "wang")
    assert life.letters[-1].way == "telling"


def test_a_representative_hears_alone_while_nobody_confirmed_the_persons_mailbox() -> None:
    """The representative gets the letter, and the person is not called as well."""
    life = represented(accepted())
    life.take("change_contact", "li", email=NEW)
    life.take("tell_progress", "zhao", done="a", upcoming="b")
    assert {letter.to for letter in life.letters if letter.name == "progress"} == {"party:p2"}


def test_a_lost_link_is_told_on_the_phone_meanwhile() -> None:
    """A new link goes neither to the unconfirmed mailbox nor to the new one."""
    life = changed()
    life.take("send_link", "clock", party="p1")
    assert life.letters[-1].way == "telling"
    assert own(life).says_phrase


# A second address, or none


def test_a_second_address_replaces_the_first() -> None:
    """Only the last one can be confirmed."""
    life = changed()
    first = own(life).pending
    life.take("change_contact", "li", email="newer@mail.example")
    second = own(life).pending
    assert first is not None
    assert second is not None
    assert (second.first, second.entry) == (first.entry, first.entry + 1)
    assert life.people["p1"]["pending"] == {"email": "newer@mail.example"}
    assert life.people["p1"]["before"]["email"] == PERSON.email


def test_the_same_address_again_is_asked_again_only_after_a_while() -> None:
    """The confirmation message may still be on its way to its reader."""
    life = changed()
    assert life.refused("change_contact", "li", email=NEW) == "link_just_sent"
    life.later(LINK_AGAIN).take("change_contact", "li", email=NEW)
    assert [key for key, _ in letters(life, CONFIRM)] == [f"{CONFIRM}#p1"] * 2


def test_a_typing_error_is_corrected_without_saying_the_way_again() -> None:
    """A waiting number for short messages is replaced by the next number."""
    life = changed(PERSON, "li", phone=OTHER, way=Way.SMS)
    life.take("change_contact", "li", phone="+8613600136000")
    assert own(life).pending is not None
    assert life.people["p1"]["pending"] == {"phone": "+8613600136000"}
    assert life.people["p1"]["phone"] == PERSON.phone


@pytest.mark.parametrize("said", [{"email": PERSON.email}, {"way": Way.PHONE}])
def test_going_back_gives_the_new_address_up(said: dict[str, Any]) -> None:
    """The present address, or another channel, ends the waiting, and the link of the device that named the
    new one."""
    life = changed()
    life.take("change_contact", "wang", **said)
    assert own(life).pending is None
    assert "pending" not in life.people["p1"]
    assert own(life).generations == (3,)


def test_another_language_leaves_the_new_address_waiting() -> None:
    """Another language or postal address leaves the new address waiting."""
    life = changed()
    life.take("change_contact", "li", language=Language.EN, address="上海市")
    assert own(life).pending is not None
    assert life.people["p1"]["pending"] == {"email": NEW}


def test_a_successor_does_not_inherit_it() -> None:
    """A successor inherits neither the pending address nor the confirmation of the old one."""
    life = changed()
    life.take("confirm_address", "clock", party="p1")
    life.take("substitute_party", "wang", party="p1", person=DAUGHTER, document="公证书", reason="继承。")
    assert (own(life).pending, own(life).confirmed, own(life).generation) == (None, False, 3)


def test_joining_and_leaving_ask_for_confirmation_again() -> None:
    """The message that they have leads to their former case."""
    life, other = Life(), neighbour(1)
    other.take("change_contact", "li", email=NEW)
    id = join(life, other)
    pending = life.case.party(id).pending
    assert pending is not None
    assert pending.entry == life.case.entries
    assert life.letters[-1].key == f"{CONFIRM}#{id}"
    assert other.case.parties[0].pending is None
    alone = leave(life, id, other)
    assert alone.letters[-1].key == f"{CONFIRM}#p1"
    confirm(alone)
    assert alone.people["p1"]["email"] == NEW


# The limit of the case


def test_three_new_addresses_a_case_and_day_are_written_to_at_once() -> None:
    """The next address is saved, and its message waits for the morning; one that replaces it takes its
    turn."""
    life = Life()
    for n in range(60):
        life.later(MINUTE).take("change_contact", "li", email=f"n{n}@mail.example")
        pending = own(life).pending
        assert pending is not None
        at_once = n < RECIPIENTS_A_DAY
        assert pending.leaves == (life.time if at_once else morning(published().day_of(T0) + DAY))
    assert life.people["p1"]["pending"] == {"email": "n59@mail.example"}
    life.later(DAY).take("change_contact", "li", email=NEW)
    assert own(life).pending.leaves == life.time  # type: ignore[union-attr]


def test_staff_are_not_limited() -> None:
    """Staff may name any number of addresses: they know the person."""
    life = Life()
    for n in range(9):
        life.take("change_contact", "wang", email=f"n{n}@mail.example")
        assert own(life).pending.leaves == life.time  # type: ignore[union-attr]
    assert life.case.recipients is None


def test_representatives_are_counted_with_addresses() -> None:
    """A named representative gets our letter; beyond the limit it waits, and its window with it."""
    life, mailed = Life(), {**AGENT, "person": replace(DAUGHTER, email="li.xue@mail.example")}
    for n in range(RECIPIENTS_A_DAY + 1):
        change = life.take("add_representative", "li", **mailed)
        waits = life.case.parties[-1].waits
        assert (waits is None) == (n < RECIPIENTS_A_DAY)
        assert [post.waits for post in change.posts] == [waits]
    staffed = Life()
    assert staffed.take("add_representative", "wang", **mailed).reaches is None


def test_people_of_a_joint_complaint_wait_for_a_day_with_room() -> None:
    """Three of them get their message on each day."""
    life, _ = joint(9)
    for party in life.case.consumers:
        life.says("change_contact", party.id, email=f"{party.id}@new.example")
    days = [published().day_of(party.pending.leaves) for party in life.case.consumers if party.pending]
    today = published().day_of(T0)
    assert [(day - today).days for day in days] == [0, 0, 0, 1, 1, 1, 2, 2, 2]


# Laws


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                ("change_contact", {"email": NEW}),
                ("change_contact", {"email": "other@mail.example"}),
                ("change_contact", {"email": PERSON.email}),
                ("change_contact", {"phone": OTHER, "way": Way.SMS}),
                ("change_contact", {"way": Way.SMS}),
                ("change_contact", {"way": Way.PHONE}),
                ("change_contact", {"way": Way.EMAIL}),
                ("change_contact", {"address": "上海市", "way": Way.POST}),
                ("confirm_address", {"party": "p1", "new": True}),
                ("confirm_address", {"party": "p1"}),
                ("message", {"text": "在办。"}),
            ]
        ),
        max_size=12,
    )
)
def test_letters_leave_only_to_an_address_of_filing_or_one_that_was_confirmed(
    moves: list[tuple[str, dict[str, Any]]],
) -> None:
    """The row in use holds only such addresses, whatever changes and confirmations come in whatever order.
    The one exception is the message that asks for confirmation."""
    life, trusted = Life(), {PERSON.email}
    for name, said in moves:
        life.later(HOUR)
        by = {"confirm_address": "clock", "message": "wang"}.get(name, "li")
        waits = life.people["p1"].get("pending", {})
        try:
            change = life.take(name, by, **said)
        except Refusal:
            continue
        row = life.people["p1"]
        if name == "confirm_address":  # only the owner of that mailbox has the link
            trusted |= {*waits.values()} if said.get("new") else {row["email"]}
        for letter in change.letters:
            if letter.name == CONFIRM or letter.way not in ("email", "sms"):
                continue
            at = row["before"] if letter.key.endswith("#before") else row
            assert at["phone" if letter.way == "sms" else "email"] in trusted, (name, said, letter)


# Declared


def holds_address(hint: Any) -> bool:
    """Return whether a value of the type `hint` contains an e-mail address or a telephone number, if only in
    a field of a record or in an item of a list."""
    if has_annotation(hint, Contact):
        return True
    if isinstance(hint, type) and is_dataclass(hint):
        return any(map(holds_address, get_type_hints(hint, include_extras=True).values()))
    inner = (hint.__origin__,) if hasattr(hint, "__metadata__") else get_args(hint)
    return any(map(holds_address, inner))


def test_a_move_that_can_reach_somebody_new_is_limited_or_not_a_partys() -> None:
    """A move that names an address, and that a party or a stranger can take, is given the time when its
    message may leave. Filing has limits at its routes; only staff take the others."""
    names = {
        move for move in MOVES.values() if any(holds_address(hint) for hint, _ in move.parameters.values())
    }
    for move in names:
        theirs = move.takers & (Role.PARTY | Role.PARTNER | Role.CLOCK)
        assert move.limited or not theirs or move.do is submit, (
            f"{move.name} names an address and a party takes it: give it a parameter `leaves` marked Given, "
            "as `change_contact` in domain/moves/parties.py has"
        )
    here, decide = "this test", "decide whether a limit holds for its messages, since they reach somebody new"
    limited = {move.name for move in names if move.limited}
    complete({"change_contact", "add_representative"}, limited, here, decide)
    by_staff = {"submit", "substitute_party", "name_business_representative"}
    complete(by_staff, {move.name for move in names} - limited, here, decide)


def test_an_address_is_seen_however_deep_it_lies() -> None:
    """An address is found in a record, an optional, a list or a dict."""
    for hint in (Email, Person, Email | None, tuple[Person, ...], dict[str, Person | None]):
        assert holds_address(hint)
    for hint in (str, Channel, tuple[Power, ...], int | None, Party):
        assert not holds_address(hint)


@pytest.mark.parametrize("name", sorted(move.name for move in MOVES.values() if move.limited))
def test_a_limited_move_waits_as_long_as_it_is_told(name: str) -> None:
    """The letters to parties leave no earlier than the given time, and the case names it."""
    life = Life()
    said = {
        "change_contact": {"email": NEW},
        "add_representative": {**AGENT, "person": replace(DAUGHTER, email=NEW)},
    }[name]
    at = T0 + 3 * DAY
    change = take(name, life.case, life.act("li"), **life._given(name, said), **said, leaves=at)
    assert change.reaches is not None
    assert change.reaches.counted
    assert {post.waits for post in change.posts} == {at}
