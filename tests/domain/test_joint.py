"""Joint complaints: each person joins and leaves by their own will, answers for themselves, and gets their
own letters."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.domain import timeline
from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.engine.deadlines import deadlines, look_at
from chalicelib.domain.model.case_records import Owed
from chalicelib.domain.model.codes import (
    Hurt,
    Outcome,
    Power,
    Region,
    Remedy,
    ReopenReason,
    Role,
    Route,
    Side,
    Stage,
    Way,
    Wish,
)
from chalicelib.domain.moves.joint import has_room
from chalicelib.domain.policy import policy
from tests.domain.life import (
    ASK,
    BY_PHONE,
    DAY,
    HOUR,
    MATTERS,
    PERSON,
    STORY,
    T0,
    Life,
    accepted,
    answered,
    disputed,
    join,
    joint,
    leave,
    neighbour,
    performing,
    represented,
    settle,
    talking,
    text,
)


def test_invited_person_joins_by_their_own_yes() -> None:
    """A person invited on their own case joins by their own yes. Their own case waits as joined; the joint
    one has their data and gets their letters."""
    life, other = Life(), neighbour(1)
    assert other.refused("join_case", "li", own_wish=True) == "cannot_be_joined"
    other.take("invite_to_join", "sun", leading=life.case)
    assert other.letters_to()[-1] == "joint_invitation"
    assert "party_reply" in other.running
    assert other.refused("join_case", "li", own_wish=False, joint=life.case) == "own_consent"
    life.keep(other.take("join_case", "li", own_wish=True, joint=life.case).also[0])
    assert (other.case.outcome, other.case.together.joined and other.case.together.joined.ref) == (
        Outcome.JOINED,
        life.case.ref,
    )
    assert not other.running
    assert life.case.joint
    assert life.case.parties[-1].own == other.case.ref
    assert life.letters_to("party:p2") == ["linked"]
    assert life.people["p2"]["name"] == "邻居1"
    assert STORY not in life.entries[-1].line
    assert life.whole()
    assert other.whole()


@pytest.mark.parametrize("how", ["itself", "joined", "performing", "closed", "joint"])
def test_join_refuses_unsuitable_cases(how: str) -> None:
    """A case cannot join itself, a joined case, one in performance or closed, nor can a joint case join
    another."""
    life, other = Life(), neighbour(1)
    if how == "joined":
        first = Life()
        life.take("link_duplicate", "wang", leading=first.case)
    elif how == "performing":
        life = performing()
    elif how == "closed":
        life.take("withdraw", "li")
    elif how == "joint":
        join(other, neighbour(2))
    leading = other.case if how == "itself" else life.case
    assert other.refused("invite_to_join", "sun", leading=leading) == "cannot_be_joined"


def test_a_joint_case_that_went_on_meanwhile_takes_nobody_in() -> None:
    """The invitation was in time, but the joint case is in performance by now: joining is refused, and their
    own case goes on."""
    life, other = accepted(), neighbour(1)
    other.take("invite_to_join", "sun", leading=life.case)
    answered(life=life).take("accept_answer", "li")
    assert other.refused("join_case", "li", own_wish=True, joint=life.case) == "cannot_be_joined"
    assert look_at(other.case)


def test_a_joint_case_has_room_for_as_many_as_the_policy_says() -> None:
    """One more person is refused; their own case goes on."""
    most = policy("default-1").people
    life, _ = joint(most)
    other = neighbour(most + 1)
    assert other.refused("invite_to_join", "sun", leading=life.case) == "joint_case_full"
    other.case = replace(other.case, together=replace(other.case.together, invited=life.case.ref))
    assert other.refused("join_case", "li", own_wish=True, joint=life.case) == "joint_case_full"
    assert not has_room(other.case, other.act("li"), joint=life.case)
    assert len(life.case.consumers) == most


def test_a_complaint_with_open_promises_is_not_invited() -> None:
    """It could not join, so the letter would ask for what cannot be done."""
    other = answered()
    assert other.refused("invite_to_join", "sun", leading=Life().case) == "promises_open"


def test_a_joiners_danger_and_messages_come_along() -> None:
    """A tag keeps its moment and a message its clock when their case waits as joined."""
    life, other = Life(), neighbour(1, hurt=Hurt.HURT)
    other.take("message", "li", text="烫伤了。")
    join(life, other)
    assert life.due["safety_triage"] == T0 + 4 * HOUR
    assert "message_reply" in life.running


def test_a_person_who_leaves_goes_on_under_their_own_number() -> None:
    """The leaver's case takes over the joint stage and what was shown. It has their own day of receipt,
    nobody else in it, and a new promise if its date is later. The joint case goes on without them."""
    life = accepted()
    late = neighbour(1, at=T0 + 10 * DAY)
    late.take("accept", "wang")
    life.later(10 * DAY)
    join(life, late)
    life.later(DAY)
    alone = leave(life, "p2", late)
    assert (alone.case.stage, alone.case.ref, len(alone.case.consumers)) == (
        Stage.INVESTIGATING,
        late.case.ref,
        1,
    )
    assert alone.case.received_at == late.case.received_at
    assert alone.due["investigation"] == T0.replace(hour=16) + 25 * DAY
    assert alone.case.promised == alone.due["investigation"]
    assert alone.letters_to()[-1] == "unlinked"
    assert alone.whole()
    assert not life.case.joint
    assert life.case.party("p2").left
    assert life.refused("message", "p2", Role.REPRESENTATIVE, text="x")


def test_first_complainant_leaves_with_a_new_number() -> None:
    """The first complainant has no other number: a new case begins for them alone, with the clocks and
    promises so far."""
    life, _ = joint(3)
    life.take("accept", "wang")
    alone = leave(life, "p1")
    assert alone.case.ref != life.case.ref
    assert alone.case.promises == life.case.promises
    assert alone.case.entries == 1
    assert [p.id for p in alone.case.consumers] == ["p1"]
    assert [p.id for p in life.case.consumers] == ["p2", "p3"]
    assert alone.people["p1"]["name"] == PERSON.name
    assert timeline.verify(alone.entries, alone.case) is None
    assert deadlines(alone.case).keys() >= {
        key for key in deadlines(life.case) if key.startswith("investigation")
    }


def test_letter_to_a_leaver_stops_no_other_window() -> None:
    """A letter not yet read to a leaver stops nobody else's window, and no call to them is due."""
    life, own = joint(3)
    life.case = life.case.with_party(replace(life.case.party("p2"), way=Way.PHONE))
    life.take("ask_information", "wang", **ASK)
    assert life.running["information"].stopped == "undelivered"
    leave(life, "p2", own["p2"])
    assert life.running["information"].due
    assert life.case.tellings == ()


def test_member_leaves_before_withdrawing_alone() -> None:
    """Nobody withdraws for others: a person leaves first and withdraws alone; a single consumer cannot
    leave."""
    life, own = joint(2)
    assert life.refused("withdraw", "p1") == "leave_first"
    alone = leave(life, "p2", own["p2"])
    alone.take("withdraw", "li")
    assert alone.case.outcome == Outcome.WITHDRAWN
    assert life.case.stage == Stage.RECEIVED
    assert life.refused("leave_case", "p1") == "not_joint"
    life.take("withdraw", "li")


@pytest.mark.parametrize("stage", ["received", "awaiting", "investigating", "answered", "performing"])
def test_leaving_is_possible_at_every_stage_and_leaves_nobody_in_limbo(stage: str) -> None:
    """Both cases keep the stage of the joint one, and each has a running clock."""
    life, own = joint(2)
    if stage == "awaiting":
        life.take("ask_information", "wang", **ASK)
    elif stage != "received":
        life.take("accept", "wang")
    if stage in ("answered", "performing"):
        answered(life=life)
    for id in ("p1", "p2") if stage == "performing" else ():
        life.says("accept_answer", id)
    before = life.case.stage
    alone = leave(life.later(DAY), "p2", own["p2"])
    assert life.case.stage == alone.case.stage == before
    assert look_at(life.case)
    assert look_at(alone.case)
    assert life.whole()
    assert alone.whole()


def test_thirty_complain_and_three_do_not_agree() -> None:
    """Three of thirty people say no and go on alone, each with their own number and clocks. Twenty-seven
    settle, each with their own obligation, and every timeline verifies."""
    life, own = joint(30)
    life.take("ask_consent", "sun", settlement="每人退款300元，七日内到账。", remedies=settle()["remedies"])
    assert len([letter for letter in life.letters if letter.name == "joint_consent"]) == 30
    against = ("p3", "p17", "p30")
    for party in life.case.consumers:
        life.says("consent_represented", party.id, agrees=party.id not in against)
    assert life.refused("settle_at_once", "sun", **settle()) == "consent_of_each"
    alone = [leave(life, id, own[id]) for id in against]
    life.take("settle_at_once", "sun", **settle())
    assert len(life.case.open_obligations) == 27
    assert {o.to for o in life.case.open_obligations} == {p.id for p in life.case.consumers}
    assert sum(o.amount or 0 for o in life.case.open_obligations) == 27 * 30000
    for other in alone:
        assert other.case.stage == Stage.RECEIVED
        assert "acknowledgement" in other.running
        assert other.whole()
    for owed in life.case.open_obligations:
        life.says("confirm_done", owed.to, obligation=owed.id)
    life.live(HOUR)
    assert life.case.outcome == Outcome.FULFILLED
    assert life.whole()


def test_a_joint_case_is_settled_as_each_person_agreed() -> None:
    """Another amount, a missing remedy or one not asked about is refused; the remedy of a leaver goes with
    them."""
    life, own = joint(3)
    each = tuple(Owed(1, Remedy.REFUND, T0.date() + 5 * DAY, 10000 * n, f"p{n}") for n in (1, 2, 3))
    life.take("ask_consent", "sun", settlement="按购买金额各退一半。", remedies=each)
    for party in life.case.consumers:
        life.says("consent_represented", party.id, agrees=party.id != "p2")
    leave(life, "p2", own["p2"])
    agreed = (each[2], each[0])
    for other in (
        each,
        agreed[:1],
        (*agreed, Owed(1, Remedy.APOLOGY, T0.date() + DAY)),
        (replace(each[0], amount=9999), each[2]),
    ):
        assert life.refused("settle_at_once", "sun", **settle(remedies=other)) in (
            "not_as_agreed",
            "unknown_person",
        )
    life.take("settle_at_once", "sun", **settle(remedies=agreed))
    assert {(o.to, o.amount) for o in life.case.open_obligations} == {("p1", 10000), ("p3", 30000)}


def test_ask_consent_rejects_invalid_remedies() -> None:
    """A remedy needs a future day, an amount if it is money, and a person of the case."""
    life, _ = joint(2)
    today = T0.date()
    for wrong, code in (
        (Owed(1, Remedy.REFUND, today), "remedy_needs_amount"),
        (Owed(1, Remedy.APOLOGY, today - DAY), "remedy_in_past"),
        (Owed(1, Remedy.APOLOGY, today, party="p7"), "unknown_person"),
    ):
        assert life.refused("ask_consent", "sun", settlement="x", remedies=(wrong,)) == code


def test_a_message_that_waits_goes_along_with_whoever_leaves() -> None:
    """The message is answered on the leaver's own case by the same time, and no longer on the joint one."""
    life, own = joint(2)
    life.says("message", "p2", text="什么时候退款？")
    due = life.due["message_reply"]
    alone = leave(life.later(HOUR), "p2", own["p2"])
    assert alone.due["message_reply"] == due
    assert "message_reply" not in life.due


def test_silence_is_not_consent() -> None:
    """Five working days later the lead learns who has not answered; their silence settles nothing."""
    life, _ = joint(2)
    life.take("accept", "wang")
    life.take("take", "zhao")
    life.take("ask_consent", "zhao", settlement="每人退一半。")
    life.says("consent_represented", "p1", agrees=True)
    life.live(15 * DAY)
    assert any(facts["deadline"] == "party_reply" for facts in life.facts("take_step"))
    assert life.refused("settle_at_once", "sun", **settle(at=life.time)) == "consent_of_each"
    assert life.case.party("p2").consents is None


def test_consent_needs_a_text_and_a_joint_case() -> None:
    """Consent without a text is refused, and a single person needs no joint consent."""
    life, _ = joint(2)
    assert life.refused("consent_represented", "p1", agrees=True) == "nothing_asked"
    assert Life().refused("ask_consent", "wang", settlement="x") == "not_joint"


@pytest.mark.parametrize(
    ("chosen", "agrees", "code"),
    [
        (("p1", "p2"), True, None),
        (("p1",), True, None),
        (("p1", "p2", "p3"), True, "too_many_representatives"),
        (("p1", "p9"), True, "unknown_person"),
        (("p1",), False, "each_agrees"),
    ],
)
def test_joint_representatives_are_chosen_by_all(
    chosen: tuple[str, ...], agrees: bool, code: str | None
) -> None:
    """The ordinary policy allows two at most, from among them, with everybody's agreement."""
    life, _ = joint(3)
    said = {"representatives": chosen, "each_agrees": agrees}
    if code:
        assert life.refused("appoint_joint_representatives", "wang", **said) == code
    else:
        life.take("appoint_joint_representatives", "wang", **said)
        assert tuple(p.id for p in life.case.parties if p.speaks) == chosen


@pytest.mark.parametrize(
    ("people", "chosen", "code"),
    [
        (10, 0, None),
        (10, 3, "too_many_representatives"),
        (11, 0, "too_few_representatives"),
        (11, 1, "too_few_representatives"),
        (11, 2, None),
        (11, 5, None),
        (11, 6, "too_many_representatives"),
    ],
)
def test_many_people_choose_two_to_five(people: int, chosen: int, code: str | None) -> None:
    """Up to ten people choose two at most, or none; more than ten choose two to five."""
    life, _ = joint(people)
    said = {"representatives": tuple(f"p{n + 1}" for n in range(chosen)), "each_agrees": True}
    if code:
        assert life.refused("appoint_joint_representatives", "wang", **said) == code
    else:
        life.take("appoint_joint_representatives", "wang", **said)
        assert sum(p.speaks for p in life.case.parties) == chosen


def test_many_people_do_not_go_on_together_before_they_have_chosen() -> None:
    """Mediation and drafting are refused to them and to staff before representatives are chosen, and once too
    few of those are left."""
    life, own = joint(11, accepted())
    talking(disputed(life))
    for by, role in (("p3", Role.CONSUMER), ("ma", None)):
        assert life.refused("invite_mediation", by, role) == "representatives_needed"
    assert life.refused("draft_agreement", "ma", **text(life)) == "representatives_needed"
    life.take("appoint_joint_representatives", "wang", representatives=("p1", "p2"), each_agrees=True)
    life.take("invite_mediation", "ma")
    join(life, neighbour(20))
    leave(life, "p2", own["p2"])
    assert life.refused("consent_mediation", "ma", side=Side.CONSUMER) == "representatives_needed"
    life.take("consent_mediation", "ma", side=Side.BUSINESS)


def test_a_reply_goes_to_one_or_to_all() -> None:
    """Staff answer one person of a joint case, or all; a reply to one goes to the others only if staff choose
    so."""
    life, _ = joint(3)
    life.says("message", "p2", text="我的快递单号错了。")
    life.take("message", "wang", text="已改。", party="p2")
    assert [letter.to for letter in life.letters if letter.name == "message_reply"] == ["party:p2"]
    life.take("message", "wang", text="下周一有结果。")
    assert [letter.to for letter in life.letters if letter.name == "message_reply"][1:] == [
        "party:p1",
        "party:p2",
        "party:p3",
    ]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["join", "leave"]), max_size=8), st.integers(0, 9))
def test_joining_and_leaving_lose_nobody(moves: list[str], seed: int) -> None:
    """Each person is on exactly one case after any order of joining and leaving, and every chain stays
    whole."""
    life, lives = Life(wishes=(Wish.REFUND,)), 1
    outside: list[Life] = []
    for n, move in enumerate(moves):
        if move == "join":
            other = neighbour(n + 1, at=life.time)
            join(life, other)
            lives += 1
        elif life.case.joint:
            gone = life.case.consumers[(seed + n) % len(life.case.consumers)]
            outside.append(leave(life, gone.id, None))
        life.live(HOUR)
        assert len(life.case.consumers) + len(outside) == lives
        assert life.whole()
    assert all(
        alone.case.consumers and look_at(alone.case) and timeline.verify(alone.entries, alone.case) is None
        for alone in outside
    )


def test_a_case_that_joined_others_is_not_separated_as_a_duplicate() -> None:
    """Separating it would put its person on two cases at once; they leave the joint one, and their own goes
    on."""
    other = neighbour(1)
    join(Life(), other)
    assert other.refused("unlink_duplicate", "sun") == "leave_first"


def test_reopening_asks_everybody_anew() -> None:
    """A yes to an old answer does not count for the next one."""
    life, _ = joint(2)
    life.take("accept", "wang")
    answered("not_upheld", life)  # type: ignore[arg-type]
    for id in ("p1", "p2"):
        life.says("accept_answer", id)
    life.says("reopen", "p1", cause=ReopenReason.NEW_FACTS, facts="有新检测。")
    assert all(p.consents is None for p in life.case.consumers)
    assert len(MATTERS) == len(life.case.matters)
    assert f"{life.due['investigation'].astimezone(SHANGHAI):%H:%M}" == "00:00"


def test_representative_of_a_joiner_keeps_their_authority() -> None:
    """A daughter who joins for her mother acts for her there too, with the same powers and term."""
    life, other = accepted(), represented(neighbour(1))
    other.take("invite_to_join", "sun", leading=life.case)
    life.keep(other.take("join_case", "p2", own_wish=True, joint=life.case).also[0])
    agents = [p for p in life.case.parties if p.represents == "p2"]
    assert [(p.checked, p.powers) for p in agents] == [(True, tuple(Power))]


def test_an_offer_that_one_person_accepted_does_not_lapse_with_anothers_silence() -> None:
    """Each person's remedies are their own: a person who accepted keeps the offer, a silent one does not."""
    life, _ = joint(2)
    life.take("accept", "wang")
    answered("offer", life)  # type: ignore[arg-type]
    life.says("accept_answer", "p1")
    life.live(40 * DAY)
    assert {o.to for o in life.case.open_obligations} == {"p1"}


def test_a_joint_case_is_no_duplicate_of_one_persons() -> None:
    """Linking it to a case of one of them would take the others along, so a link needs the very same
    people."""
    life, own = joint(2)
    another = Life()
    assert life.refused("link_duplicate", "wang", leading=another.case) == "not_same_consumer"
    (heard,) = another.take("link_duplicate", "wang", leading=life.case).also
    life.keep(heard)
    assert another.case.together.joined
    assert own["p2"].case.together.joined
    assert life.whole()


def test_a_test_in_a_joint_case_needs_each_person_or_whom_they_chose() -> None:
    """One of three does not agree for the others; chosen representatives speak for their side only."""
    life, _ = joint(3)
    life.take("accept", "wang")
    life.take(
        "propose_appraisal", "zhao", laboratory="质检院", question="是否合格", custody="封存", cost="企业"
    )
    for id in ("p1", "p2"):
        life.says("consent_appraisal", id, agrees=True)
    assert life.case.appraisal
    assert life.case.appraisal.agreed == ()
    life.says("consent_appraisal", "p3", agrees=True)
    assert life.case.appraisal.agreed == (Side.CONSUMER,)


def test_chosen_representatives_speak_on_a_test() -> None:
    """Representatives decide on procedure (民事诉讼法 56); each person settles for themselves."""
    life, _ = joint(3)
    life.take("accept", "wang")
    life.take("appoint_joint_representatives", "wang", representatives=("p2",), each_agrees=True)
    life.take(
        "propose_appraisal", "zhao", laboratory="质检院", question="是否合格", custody="封存", cost="企业"
    )
    for agrees in (True, False):
        assert (
            life.refused("consent_appraisal", "p1", Role.CONSUMER, agrees=agrees) == "representatives_decide"
        )
    life.says("consent_appraisal", "p2", agrees=True)
    assert life.case.appraisal
    assert life.case.appraisal.agreed == (Side.CONSUMER,)


def test_letters_about_one_person_reach_them_alone() -> None:
    """Only that person gets the letters about their number at another body and about their request for
    another handler."""
    life, _ = joint(3)
    life.take("accept", "wang")
    life.take("take", "zhao")
    life.says("note_outside_proceeding", "p2", body=Route.SAMR_12315, number="N-2", due=T0.date() + 4 * DAY)
    life.says("ask_handler_change", "p2", reason="不接电话。")
    life.take("decide_handler_change", "sun", change=False, reason="核实过。")
    again = neighbour(1)
    again.take("link_duplicate", "wang", leading=life.case)
    for letter in ("outside_noted", "recusal_decided"):
        assert [told.to for told in life.letters if told.name == letter] == ["party:p2"]
    assert life.case.outside[0].party == "p2"
    assert "outside_due" in life.running
    life.take("note_outside_proceeding", "zhao", body=Route.SAMR_12315, number="N-0")
    assert [told.to for told in life.letters if told.name == "outside_noted"][1:] == [
        "party:p1",
        "party:p2",
        "party:p3",
    ]


def test_a_linked_complaint_of_one_person_is_told_to_them_alone() -> None:
    """The other people of a joint complaint get no letter about it."""
    life, _ = joint(3)
    again = neighbour(2)
    (change,) = again.take("link_duplicate", "wang", leading=life.case).also
    assert [letter.to for letter in change.letters] == ["party:p3"]


def test_the_date_of_another_body_comes_along_and_goes_again() -> None:
    """A joiner brings the date of another body along, since a joined case has no clock, and takes it along on
    leaving."""
    life, other = Life(), neighbour(1)
    other.take("note_outside_proceeding", "wang", body=Route.GOV_12345, number="N-1", due=T0.date() + 4 * DAY)
    due = other.due["outside_due"]
    join(life, other)
    assert life.due["outside_due"] == due
    assert life.case.outside[0].party == "p2"
    alone = leave(life, "p2", other)
    assert alone.due["outside_due"] == due
    assert "outside_due" not in life.due
    assert alone.case.outside[0].party is None


def test_representative_leaves_with_the_person() -> None:
    """The representative's link to the joint case ends and their messages move along; no reply to them is due
    there."""
    life, own = joint(3)
    represented(life, party="p2")
    agent = life.case.parties[-1].id
    life.says("message", agent, text="我代表她问。")
    life.says("add_evidence", agent, shows="她的照片")
    alone = leave(life, "p2", own["p2"])
    assert life.case.party(agent).left
    assert life.case.party(agent).generation == 2
    assert life.case.messages == ()
    assert life.refused("withdraw", agent, Role.REPRESENTATIVE) == "authority_expired"
    assert len(alone.case.messages) == 1
    assert len(alone.case.evidence) == 2


def test_leaver_keeps_their_own_intake() -> None:
    """A leaver takes along their own partner, consents and answers, and none of the first complainant's."""
    life = Life(by="12345", happened_on=T0.date() - 9 * DAY, region=Region.HUBEI)
    other = neighbour(1, hurt=Hurt.UNKNOWN, region=Region.MACAO)
    join(life, other)
    alone = leave(life, "p2", other)
    own = alone.case.intake
    assert (own.partner, own.happened_on, own.region, own.hurt) == (None, None, Region.MACAO, Hurt.UNKNOWN)
    assert life.case.intake.partner == "12345"


def test_a_reply_to_one_person_answers_that_person() -> None:
    """Another person's message still waits; a reply to all answers all."""
    life, _ = joint(3)
    for id in ("p1", "p2"):
        life.says("message", id, text="多久？")
    life.take("message", "wang", text="明天。", party="p2")
    assert [waiting.by for waiting in life.case.messages] == ["p1"]
    life.take("message", "wang", text="各位，明天。")
    assert life.case.messages == ()


def test_a_yes_belongs_to_one_text_and_one_round() -> None:
    """A new text ends the approval that waits for the old one. A new joiner, a settlement and a reopening end
    the question."""
    life, _ = joint(2)
    large = settle(remedies=(Owed(1, Remedy.REFUND, T0.date() + 5 * DAY, 90000),))
    life.take("ask_consent", "wang", settlement="甲", remedies=large["remedies"])
    for id in ("p1", "p2"):
        life.says("consent_represented", id, agrees=True)
    life.take("settle_at_once", "wang", **large)
    assert life.case.approvals
    life.take("ask_consent", "wang", settlement="乙", remedies=large["remedies"])
    assert not life.case.approvals
    join(life, neighbour(7))
    assert life.case.together.proposal is None
    assert life.refused("consent_represented", "p1", Role.CONSUMER, agrees=True) == "nothing_asked"


def test_a_date_is_answered_for_the_person_it_was_set_for() -> None:
    """Two people have a date at the same body: a reply names its person. A date noted alone stays its owner's
    when others join."""
    life, other = Life(), neighbour(1)
    for one in (life, other):
        one.take("note_outside_proceeding", "wang", body=Route.GOV_12345, number="N", due=T0.date() + 4 * DAY)
    join(life, other)
    assert [o.party for o in life.case.outside] == ["p1", "p2"]
    assert life.refused("reply_outside", "wang", body=Route.GOV_12345, reply="x") == "unknown_person"
    life.take("reply_outside", "wang", body=Route.GOV_12345, reply="x", party="p2")
    assert [bool(o.replied) for o in life.case.outside] == [False, True]
    assert "outside_due" in life.running


def test_one_telling_of_a_kind_waits_for_a_person() -> None:
    """A newer letter of the same kind replaces the waiting one, so that repeated changes cannot fill a case
    with phone calls."""
    life = Life(BY_PHONE)
    for n in range(5):
        life.take("change_contact", "li", phone=f"+86137{n:08}")
    assert [telling.letter for telling in life.case.tellings].count("contact_changed") == 1
    assert life.refused("change_contact", "li", phone="+8613700000004") == "nothing_changed"
