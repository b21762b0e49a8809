"""The parties of a case: representatives with their powers and term, successors, changed addresses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.process import take
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.codes import (
    Capacity,
    Conclusion,
    EvidenceKind,
    Hurt,
    Language,
    Power,
    Role,
    Side,
    Stage,
    Way,
)
from chalicelib.domain.model.letters import key_of
from chalicelib.domain.moves.evidence import MOST_OF_ALL, MOST_PIECES, MOST_TOGETHER
from chalicelib.domain.moves.intake import Person
from chalicelib.domain.moves.parties import MOST_AGENTS, MOST_KNOWN
from tests.domain.life import (
    AGENT,
    ASK,
    BY_PHONE,
    DAUGHTER,
    DAY,
    ELDERLY,
    HOUR,
    NOBODY,
    PERSON,
    SEEN,
    T0,
    Life,
    accepted,
    answered,
    both_heard,
    disputed,
    drafted,
    joint,
    leave,
    mediated,
    mediating,
    performing,
    represented,
    speaker,
    talking,
)

TODAY = published().day_of(T0)


# Representatives


def test_a_representative_acts_once_staff_have_seen_the_document() -> None:
    """A representative named by the consumer is asked for the document, and can only write and send it. Once
    it is checked, they act within its powers."""
    life = Life()
    life.take("add_representative", "li", **AGENT)
    assert life.letters_to("party:p2") == ["authority_request"]
    assert "party_reply" in life.running
    life.take("message", "p2", text="我是他女儿，材料随后寄到。")
    assert life.refused("give_information", "p2", answer="x") == "move_not_allowed_in_stage"
    assert life.refused("ask_handler_change", "p2", reason="x") == "authority_unchecked"
    life.take(
        "check_authority",
        "wang",
        representative="p2",
        document="授权委托书",
        powers=(Power.ANSWER,),
        until=TODAY + 30 * DAY,
    )
    life.take("message", "p2", text="我是他女儿。")
    assert life.refused("withdraw", "p2") == "power_missing"
    assert "party_reply" not in life.running


@pytest.mark.parametrize(
    ("by", "changes", "code"),
    [
        ("li", {"checked": True}, "only_for_others"),
        ("li", SEEN, "only_for_others"),
        ("wang", {"checked": True}, "document_needed"),
        ("wang", {**SEEN, "person": replace(DAUGHTER, capacity=Capacity.SELF)}, "capacity_needed"),
        ("wang", {**SEEN, "party": "p7"}, "unknown_person"),
        ("wang", {**SEEN, "person": replace(DAUGHTER, phone=None)}, "contact_needed"),
    ],
)
def test_an_authority_that_is_not_one_is_refused(by: str, changes: dict[str, Any], code: str) -> None:
    """Nobody checks their own document, and a checked authority names its document. A representative needs a
    capacity, a contact and a person to represent."""
    assert Life().refused("add_representative", by, **{**AGENT, **changes}) == code


@pytest.mark.parametrize(
    ("move", "said"),
    [
        ("message", {"text": "x"}),
        ("accept_answer", {}),
        ("leave_case", {}),
        ("consent_represented", {"agrees": True}),
        ("change_contact", {"phone": "+8613700137000"}),
        ("add_representative", AGENT),
    ],
)
def test_a_party_speaks_for_themselves(move: str, said: dict[str, Any]) -> None:
    """A move of a party is about that party: naming another person, or themselves, is refused."""
    life, _ = joint(2)
    if move == "accept_answer":
        life.take("accept", "wang")
        answered(life=life)
    for party in ("p1", "p2"):
        assert life.refused(move, "li", **said, party=party) == "only_for_others"


def test_a_representative_names_nobody_else() -> None:
    """A representative cannot pass powers on: the person represented or staff name a second one."""
    life = represented(Life())
    assert life.refused("add_representative", "p2", **AGENT) == "principal_only"
    life.take("add_representative", "li", **AGENT)
    assert life.refused("add_representative", "wang", **{**AGENT, "party": "p2"}) == "unknown_person"


def test_number_of_representatives_is_limited() -> None:
    """Former ones count too; staff may record another."""
    life = Life()
    for n in range(MOST_AGENTS):
        life.take("add_representative", "li", **AGENT)
        life.take("end_representation", "li", representative=f"p{n + 2}")
    assert life.refused("add_representative", "li", **AGENT) == "too_many_agents"
    life.take("add_representative", "wang", **AGENT)


@pytest.mark.parametrize(
    ("move", "said"),
    [
        ("message", {"text": "x"}),
        ("substitute_party", {"person": BY_PHONE, "document": "E1", "reason": "继承"}),
        ("change_contact", {"phone": "+8613700137000"}),
        ("leave_case", {}),
        ("consent_represented", {"agrees": True}),
        ("invite_interview", {"meeting": T0 + DAY, "how": Way.PHONE, "purpose": "核实"}),
    ],
)
def test_moves_reject_a_person_who_has_left(move: str, said: dict[str, Any]) -> None:
    """A move about a person who has left the case is refused."""
    life, own = joint(3)
    life.take("accept", "wang")
    leave(life, "p2", own["p2"])
    who = {"invite_interview": "zhao"}.get(move, "wang" if move != "leave_case" else "sun")
    for gone in ("p2", "p9", "clock"):
        assert life.refused(move, who, **said, party=gone) in ("unknown_person", "nothing_asked")


def test_a_head_does_not_grow_with_every_change_of_address() -> None:
    """The head keeps a person's latest addresses only."""
    life = Life()
    for n in range(2 * MOST_KNOWN):
        life.take("change_contact", "li", phone=f"+86137{n:08}", known_by=(f"hash{n}",))
    assert len(life.case.parties[0].known_by) == MOST_KNOWN
    assert f"hash{2 * MOST_KNOWN - 1}" in life.case.parties[0].known_by


def test_all_of_a_joint_case_add_only_so_many_pieces_together() -> None:
    """The limit is common to all people of the case; staff take in further pieces."""
    life, _ = joint(3)
    for _ in range(MOST_OF_ALL):
        life.case = life.case.with_evidence(EvidenceKind.STATEMENT, life.act("p3", Role.CONSUMER))
    assert life.refused("add_evidence", "p2", Role.CONSUMER, shows="又一张") == "too_many_together"
    life.take("add_evidence", "wang", shows="代收的照片")


@pytest.mark.parametrize("together", [True, False])
def test_one_person_adds_only_so_many_pieces_of_evidence(together: bool) -> None:
    """Beyond the limit staff take pieces in, so nobody can fill a case; another person's pieces do not
    count."""
    life, most = Life(), MOST_TOGETHER if together else MOST_PIECES
    if together:
        joint(2, life)
    for n in range(most):
        life.take("add_evidence", "li", shows=f"照片{n}")
    assert life.refused("add_evidence", "li", shows="又一张") == "too_many_pieces"
    if not together:
        joint(2, life)
    life.says("add_evidence", "p2", shows="我的照片")
    life.take("add_evidence", "wang", shows="代收的照片")


@settings(max_examples=120, deadline=None)
@given(
    st.sets(st.sampled_from(sorted(Power))),
    st.sampled_from(
        sorted(
            name
            for name, move in MOVES.items()
            if move.at and move.by & Role.REPRESENTATIVE and name != "tag_safety"
        )
    ),
)
def test_powers_decide_every_move(powers: set[Power], name: str) -> None:
    """A representative takes a move exactly if its power is among theirs; an expired or unchecked authority
    takes none."""
    life = represented(accepted(), powers=tuple(powers), until=TODAY + 5 * DAY)
    life.case = replace(life.case, stage=min(MOVES[name].at))

    def refused() -> str | None:
        try:
            take(name, life.case, life.act("p2"))
        except Refusal as refusal:
            return refusal.code
        except (TypeError, AttributeError):  # permission was given: only the parameters are missing
            return None
        return None

    assert (refused() == "power_missing") == (MOVES[name].power not in powers)
    life.later(6 * DAY)
    assert refused() == "authority_expired"
    life.case = life.case.with_party(replace(life.case.party("p2"), checked=False))
    assert (refused() == "authority_unchecked") == ("unchecked" not in MOVES[name].even)


def test_representative_reports_a_danger_without_authority() -> None:
    """A representative can report a danger without the power for it, after the term, and with an unchecked
    document."""
    life = represented(accepted(), powers=(), until=TODAY + 5 * DAY).later(6 * DAY)
    life.case = life.case.with_party(replace(life.case.party("p2"), checked=False))
    life.take("tag_safety", "p2", facts="又冒烟了。")
    assert life.case.unsafe


def test_the_last_day_of_an_authority_is_a_whole_day() -> None:
    """An authority holds to the end of its last day in Shanghai, to the second."""
    life = represented(Life(), until=TODAY + DAY)
    life.time = T0.replace(hour=15, minute=59, second=59) + DAY
    life.take("message", "p2", text="还在有效期。")
    life.later(HOUR)
    assert life.refused("message", "p2", text="过期了。") == "authority_expired"


def test_an_authority_warns_and_ends_by_the_clock() -> None:
    """Both get a letter seven days before the last day. At its end the authority is over, the consumer gets a
    letter, and further letters go to them."""
    life = represented(accepted(person=ELDERLY), until=TODAY + 20 * DAY)
    life.tell()
    life.take("tell_progress", "zhao", done="a", upcoming="b")
    assert life.letters[-1].to == "party:p2"
    life.live(14 * DAY)
    assert "authority_ending" in life.letters_to("party:p2")
    life.live(8 * DAY)
    assert life.case.party("p2").left
    assert life.letters_to("party:p1")[-1] == "authority_ending"
    life.take("tell_progress", "zhao", done="a", upcoming="b")
    assert life.letters[-1].to == "party:p1"


def test_the_person_represented_ends_it_at_any_time() -> None:
    """The representative and other people cannot; afterwards the old link is closed."""
    life = represented(Life())
    before = life.case.party("p2").generation
    assert life.refused("end_representation", "p2", representative="p2") == "principal_only"
    life.take("end_representation", "li", representative="p2")
    assert life.case.party("p2").left
    assert life.case.party("p2").generation > before
    assert life.refused("message", "p2", text="我还在。") in ("authority_expired", "unknown_person")
    assert life.refused("end_representation", "li", representative="p2") == "unknown_person"


def test_letters_go_to_whoever_may_receive_them() -> None:
    """Letters go to a representative with the power to submit, and to the person too if they have mail;
    otherwise once."""
    both, only, neither = (
        represented(accepted()),
        represented(accepted(person=ELDERLY)),
        represented(accepted(), powers=(Power.SETTLE,)),
    )
    for life, to in [(both, {"party:p1", "party:p2"}), (only, {"party:p2"}), (neither, {"party:p1"})]:
        life.take("tell_progress", "zhao", done="a", upcoming="b")
        assert {letter.to for letter in life.letters if letter.name == "progress"} == to


def test_performance_question_reaches_the_representative() -> None:
    """The question to an elderly parent on the phone goes to the daughter who represents them."""
    life = represented(accepted(person=ELDERLY))
    answered(life=life)
    while life.case.tellings:
        life.tell()
    life.says("accept_answer", "p2")
    life.take("claim_done", "feng", obligation="O1", proof="payment_record", what="已退。")
    assert life.case.tellings[-1].party == "p2"
    assert life.letters[-1].to == "party:p2"


def test_a_representatives_yes_is_the_consumers() -> None:
    """Accepting, confirming and withdrawing count for the person represented; receiving money is a separate
    power."""
    life = represented(accepted(), powers=(Power.SETTLE, Power.ANSWER))
    answered(life=life)
    life.says("accept_answer", "p2")
    assert life.case.stage == Stage.PERFORMING
    assert life.case.party("p1").consents
    assert life.refused("confirm_done", "p2", obligation="O1") == "power_missing"


@pytest.mark.parametrize("by", ["p2", "wang"])
def test_a_represented_person_learns_of_a_withdrawal_and_can_undo_it(by: str) -> None:
    """A person without mail gets the letter by telephone too, if a representative withdraws or staff record
    it. The time to undo starts with that call."""
    life = represented(accepted(person=ELDERLY))
    said = {} if by == "p2" else {"asked_by": "p2"}
    life.take("withdraw", by, life.case.party("p2").role if by == "p2" else None, **said)
    calls = {task.party: task.id for task in life.case.tellings if key_of(task.letter).name == "withdrawn"}
    assert {"p1", "p2"} == calls.keys()
    call = {"how": Way.PHONE, "told": True, "said": "读给本人听。"}
    life.take("record_telling", "wang", telling=calls["p2"], **call)
    assert life.running["undo_withdrawal"].stopped == "undelivered"
    life.later(5 * DAY).take("record_telling", "wang", telling=calls["p1"], **call)
    assert life.due["undo_withdrawal"] > life.time + 2 * DAY
    life.take("undo_withdrawal", "wang", asked_by="p1")
    assert life.case.stage == Stage.INVESTIGATING


@pytest.mark.parametrize(
    ("talks", "letter"),
    [
        (talking, "negotiation_ended"),
        (mediated, "mediation_ended"),
        (lambda life: drafted(both_heard(talking(life))), "negotiation_ended"),
    ],
)
@pytest.mark.parametrize("side", Side)
def test_a_represented_person_learns_that_their_representative_left_the_talks(
    talks: Callable[[Life], Life], letter: str, side: Side
) -> None:
    """The letter goes to the person too, by telephone. If the company leaves, the letter to the
    representative is enough."""
    life = represented(answered(Conclusion.NOT_UPHELD, accepted(person=ELDERLY)))
    talks(disputed(life) if talks is not mediated else mediating(talking(disputed(life))))
    sent = len(life.letters)
    life.says("leave_talks", "p2" if side == Side.CONSUMER else speaker(life, side))
    told = {each.to for each in life.letters[sent:] if each.name == letter and each.to.startswith("party:")}
    assert ("party:p1" in told) is (side == Side.CONSUMER)
    assert "party:p2" in told


def test_a_window_counts_from_when_everybody_has_been_told() -> None:
    """A window starts with the later of the call to a representative and the e-mail to the person."""
    life = represented(Life())
    life.take("ask_information", "wang", **ASK)
    assert life.running["information"].stopped == "undelivered"
    life.later(3 * HOUR)
    life.tell()
    assert life.running["information"].start == life.time


# Changed addresses and successors


def test_only_what_changes_is_warned_of() -> None:
    """Another phone number leaves the mail: one letter. Another channel warns the mailbox too; a change
    without a difference is refused."""
    life = Life()
    assert life.refused("change_contact", "li") == "nothing_changed"
    life.take("change_contact", "li", phone="+8613700137000")
    assert life.keys().count("contact_changed") == 1
    assert life.keys().count("contact_changed#before") == 0
    life.take("change_contact", "li", way=Way.PHONE)
    assert life.case.parties[0].way == Way.PHONE
    assert [letter.way for letter in life.letters[-2:]] == ["telling", "email"]


def test_a_change_of_address_moves_no_clock() -> None:
    """A change of address moves neither a window nor our own deadlines; each later letter goes the new
    way."""
    life = answered()
    before = dict(life.due)
    life.later(DAY).take("change_contact", "li", email="new@mail.example")
    assert life.due == before


def test_a_successor_takes_the_place_with_its_clocks() -> None:
    """Staff record a successor on proof. The old link and capacity end, and the obligations are owed to the
    successor."""
    life = performing()
    before = dict(life.due)
    life.take(
        "substitute_party",
        "zhao",
        party="p1",
        person=replace(DAUGHTER, capacity=Capacity.HEIR),
        document="公证书",
        reason="继承。",
    )
    own = life.case.parties[0]
    assert (own.capacity, own.generation, own.way) == (Capacity.HEIR, 2, Way.PHONE)
    assert life.people["p1"]["name"] == "李雪"
    assert life.due == before
    assert {o.to for o in life.case.open_obligations} == {"p1"}
    assert "李雪" not in life.entries[-1].line
    assert life.refused("substitute_party", "li", party="p1", person=DAUGHTER, document="x", reason="x") == (
        "move_not_allowed_for_role"
    )


def test_ended_representation_returns_the_call_to_the_person() -> None:
    """A call that waits for the daughter goes to the mother instead, and so does the window."""
    life = represented(accepted(person=ELDERLY))
    life.tell(), life.take("take", "zhao")
    answered(life=life)
    life.take("end_representation", "li", representative="p2")
    assert {telling.party for telling in life.case.tellings} == {"p1"}


# Lost links


def test_a_link_is_sent_again_to_the_address_that_is_known() -> None:
    """The mail goes to the person themselves, not again within ten minutes; a person without a contact gets
    none."""
    life = Life()
    life.take("send_link", "clock", party="p1")
    assert life.letters_to() == ["receipt", "access_link"]
    assert life.refused("send_link", "clock", party="p1") == "link_just_sent"
    life.later(timedelta(minutes=10)).take("send_link", "clock", party="p1")
    assert Life(NOBODY, hurt=Hurt.HURT).refused("send_link", "clock", party="p1") == "no_address_to_send_to"
    assert life.refused("send_link", "li", party="p1") == "move_not_allowed_for_role"


def test_link_request_without_mail_leads_to_one_call() -> None:
    """A call explains it once, and no second one is due before it is made. A passphrase does not expire."""
    life = Life(BY_PHONE)
    life.take("send_link", "clock", party="p1")
    assert life.keys()[-1] == "access_link#p1"
    assert life.case.parties[0].generation == 1
    assert [telling.letter for telling in life.case.tellings][-1] == "access_link#p1"
    life.later(timedelta(days=1))
    assert life.refused("send_link", "clock", party="p1") == "link_just_sent"


def test_a_link_is_renewed_by_whose_it_is_and_by_staff_on_their_word() -> None:
    """The new link goes to the person by mail, and is never read out on the phone."""
    life, by_phone = Life(), Life(BY_PHONE)
    life.take("renew_link", "li"), life.take("renew_link", "wang")
    assert life.case.parties[0].generation == 3
    assert life.keys()[-2:] == ["access_link#p1"] * 2
    by_phone.take("renew_link", "wang")
    assert by_phone.case.parties[0].generation == 2
    assert by_phone.letters_to() == ["receipt"]


@pytest.mark.parametrize(
    ("person", "said", "generation"),
    [
        (PERSON, {"email": "new@mail.example"}, 1),
        (PERSON, {"phone": "+8613700137000"}, 2),
        (PERSON, {"way": Way.PHONE}, 2),
        (PERSON, {"language": Language.EN}, 1),
        (BY_PHONE, {"phone": "+8613700137000"}, 1),
    ],
)
def test_a_changed_contact_renews_the_link_that_went_there(
    person: Person, said: dict[str, Any], generation: int
) -> None:
    """The old mailbox held the link. A person without mail keeps the link, another language changes no
    address, and a new mailbox renews it once confirmed."""
    life = Life(person)
    life.take("change_contact", "wang", **said)
    assert life.case.parties[0].generation == generation
