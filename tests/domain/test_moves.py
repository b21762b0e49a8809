"""Permission of moves: a stage, role or rule that does not allow a move refuses it with a named reason, and
nothing changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.process import take
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.case_records import Matter, Subject
from chalicelib.domain.model.codes import (
    Conflict,
    GoodsClass,
    Ground,
    HelpNeed,
    Hurt,
    Outcome,
    ReopenReason,
    Role,
    Severity,
    Stage,
    SubjectKind,
    Type,
    Way,
    Wish,
)
from chalicelib.domain.moves.intake import Account, Consents, Person
from chalicelib.figures.export_rows import rows
from tests.domain.life import (
    ASK,
    DAY,
    DECLINED,
    DISPUTE,
    HOUR,
    MATTERS,
    MINUTE,
    NOBODY,
    PERSON,
    SURE,
    T0,
    Life,
)


@pytest.mark.parametrize("name", MOVES)
def test_a_move_is_refused_in_every_other_stage_and_to_every_other_role(name: str) -> None:
    """A stage that a move does not name refuses every role. A role that the matrix leaves blank is refused in
    every stage of the move."""
    life = Life()
    role = next(iter(MOVES[name].by | MOVES[name].recorded_by))
    for stage in set(Stage) - MOVES[name].at:
        life.case = replace(life.case, stage=stage)
        assert life.refused(name, "x", role) == "move_not_allowed_in_stage"
    for role in set(Role) - set(MOVES[name].by | MOVES[name].recorded_by):
        for stage in MOVES[name].at:
            life.case = replace(life.case, stage=stage)
            assert life.refused(name, "x", role) == "move_not_allowed_for_role"
        if not MOVES[name].at:
            with pytest.raises(Refusal, match="move_not_allowed_for_role"):
                take(name, None, life.act("x", role))


def test_a_complaint_is_filed_once_and_an_unknown_move_never() -> None:
    """Submitting starts a case and is no move on one; an undeclared move is refused."""
    life = Life()
    assert life.refused("submit", "li") == "move_not_allowed_in_stage"
    assert life.refused("delete", "wu") == "unknown_move"


def test_other_problem_is_described_in_words() -> None:
    """A credit record has its own type and wish; any other subject is described in the person's words."""
    Life(matters=(Matter(Type("credit"), "credit_record"),), wishes=(Wish.CORRECT_CREDIT, Wish.CHANGE_RATE))
    said = Account("说来话长。", problem="停车场不开门", product="停车", fair="处理当班的人。")
    life = Life(
        matters=(Matter(Type("other"), "other"),),
        wishes=(Wish.SANCTION,),
        account=said,
        subject=Subject(SubjectKind.GOODS, GoodsClass.OTHER),
    )
    assert life.words(1)["account"]["problem"] == "停车场不开门"
    assert Life(matters=(Matter(Type("other"), "other"),), hurt=Hurt.COULD_BE).case.safety, (
        "a danger is not kept waiting for words"
    )


def test_a_company_is_counted_where_the_policy_lists_its_name() -> None:
    """A listed name counts in upper and lower case; any other may be a person's, and stays among the
    words."""

    def counted(named: str | None) -> Any:
        case = Life(policy="demo-1", account=Account("坏了。", business=named)).case
        return dict(rows(case, ()))["complaints"].get("company")

    assert counted(" 安居家电 ") == "安居家电"
    assert counted("王芳的小店") is counted(None) is None


def test_the_24_hours_count_from_when_it_was_said() -> None:
    """`received_at` starts the clocks and is stored next to `recorded_at`; typing it an hour later needs a
    reason."""
    said = T0 - 5 * HOUR
    life = Life(by="wang", received_at=said, late_reason="电话里先处理了安全问题。")
    assert (life.case.received_at, life.case.recorded_at) == (said, T0)
    assert life.due["acknowledgement"] == said + 24 * HOUR


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"received_at": T0 + MINUTE}, "received_in_future", "received_at"),
        ({"received_at": T0 - 2 * HOUR}, "late_reason_needed", "late_reason"),
        (
            {"matters": (MATTERS[0], Matter(Type("price"), "rude"))},
            "sub_type_of_another_type",
            "matters/1/sub_type",
        ),
        ({"wishes": (Wish.SANCTION,)}, "wish_needs_words", "account/fair"),
        ({"wishes": (Wish.FAIR_PROPOSAL,)}, "wish_needs_words", "account/fair"),
        ({"consents": Consents(truthful=False, data_use=True)}, "consent_needed", "consents/truthful"),
        ({"consents": Consents(truthful=True, data_use=False)}, "consent_needed", "consents/data_use"),
        (
            {
                "person": replace(PERSON, help=(HelpNeed.ELDERLY,)),
                "consents": Consents(truthful=True, data_use=True),
            },
            "consent_needed",
            "consents/sensitive",
        ),
        ({"person": Person("李雷")}, "contact_needed", "person/phone"),
        ({"person": NOBODY, "hurt": Hurt.NO}, "contact_needed", "person/phone"),
    ],
)
def test_a_complaint_that_cannot_be_recorded_says_why(
    changes: dict[str, object], code: str, field: str
) -> None:
    """Each refusal names its reason and the field that the caller must change."""
    with pytest.raises(Refusal) as refused:
        Life(**changes)
    assert (refused.value.code, refused.value.field) == (code, field)


@pytest.mark.parametrize("hurt", [Hurt.HURT, Hurt.COULD_BE])
def test_a_report_of_danger_needs_no_consent_and_no_reason_for_being_late(hurt: Hurt) -> None:
    """A report of danger is recorded without consent, and without the reason why it was typed late."""
    life = Life(
        hurt=hurt,
        consents=Consents(truthful=False, data_use=True),
        received_at=T0 - 2 * HOUR,
        person=replace(PERSON, help=(HelpNeed.ELDERLY,)),
    )
    assert life.case.unsafe
    assert life.case.intake.consents == ("data_use",)


@pytest.mark.parametrize("hurt", [Hurt.HURT, Hurt.COULD_BE])
def test_a_safety_fact_is_recorded_without_a_name_or_contact(hurt: Hurt) -> None:
    """Anonymous callers can always report safety facts; their letters wait to be fetched, and no call is
    due."""
    life = Life(NOBODY, hurt=hurt, consents=Consents(truthful=True, data_use=True))
    assert (life.case.parties[0].way, life.letters[0].way, life.case.tellings) == (Way.NONE, "fetch", ())
    assert life.due["acknowledgement"] == T0 + 24 * HOUR
    assert life.case.shielded


@pytest.mark.parametrize(
    ("person", "way"),
    [
        (PERSON, Way.EMAIL),
        (replace(PERSON, way=Way.PHONE), Way.PHONE),
        (replace(PERSON, email=None), Way.PHONE),
        (replace(PERSON, phone=None, way=Way.PHONE), Way.EMAIL),
        (Person("李雷", address="梧桐路八号", phone="1", way=Way.POST), Way.POST),
    ],
)
def test_letters_go_the_way_the_person_chose_if_there_is_one(person: Person, way: Way) -> None:
    """The chosen way is used if its address was given, else the address that was."""
    assert Life(person).case.parties[0].way == way


def test_one_matter_accepted_is_enough() -> None:
    """Matters are accepted or declined each on its own ground. The letter names both, the answer is promised,
    and the ladder stops."""
    life = Life()
    life.take("accept", "wang", declined={2: Ground.NOT_COMPLAINT}, reasons={2: "这是咨询。"})
    assert [(matter.accepted, matter.ground) for matter in life.case.matters] == [
        (True, None),
        (False, Ground.NOT_COMPLAINT),
    ]
    assert life.case.stage == Stage.INVESTIGATING
    assert set(life.due) == {"investigation", "assignment", "progress"}
    assert life.letters_to() == ["receipt", "accepted_in_part"]
    assert life.case.promised == life.due["investigation"]


def test_declining_every_matter_declines_the_case() -> None:
    """Every matter needs its listed ground and its reason; the window to contest starts with the letter."""
    life = Life()
    for short, code in [
        ({"grounds": {1: Ground.OUTSIDE_COMPETENCE}}, "every_matter_needs_a_ground"),
        ({"reasons": {1: "查无此单。"}}, "every_ground_needs_a_reason"),
    ]:
        assert life.refused("decline", "wang", **{**DECLINED, **short}) == code
    life.take("decline", "wang", **DECLINED)
    assert life.case.stage == Stage.DECLINED
    assert life.letters_to()[-1] == "declined"
    assert set(life.due) == {"answer_window"}


@pytest.mark.parametrize(
    ("declined", "reasons", "code"),
    [
        (
            {1: Ground.OUTSIDE_COMPETENCE, 2: Ground.OUTSIDE_COMPETENCE},
            {1: "无", 2: "无"},
            "nothing_accepted",
        ),
        ({3: Ground.OUTSIDE_COMPETENCE}, {3: "无"}, "unknown_matter"),
        ({0: Ground.OUTSIDE_COMPETENCE}, {0: "无"}, "unknown_matter"),
        ({1: Ground.OUTSIDE_COMPETENCE}, {}, "every_ground_needs_a_reason"),
    ],
)
def test_an_acceptance_must_accept_something_that_is_there(
    declined: dict[int, Ground], reasons: dict[int, str], code: str
) -> None:
    """Declining all matters is no acceptance; an unknown matter, or a ground without a reason, is refused."""
    assert Life().refused("accept", "wang", declined=declined, reasons=reasons) == code


def test_a_colleague_takes_a_case_of_their_own_team_only() -> None:
    """The taker becomes the handler; another team's case is refused."""
    life = Life()
    life.case = replace(life.case, team="telecom")
    assert life.refused("take", "zhao") == "not_own_team"
    life.case = replace(life.case, team="general")
    life.take("take", "zhao")
    assert life.case.owner == "zhao"


def test_assigning_tells_the_colleague_and_after_acceptance_the_consumer() -> None:
    """The receiver must serve in the team; the consumer learns of a new contact only after acceptance."""
    life = Life()
    assert life.refused("assign", "sun", to="nobody") == "unknown_person"
    life.take("assign", "sun", to="wang")
    assert life.letters_to("staff:wang") == ["task"]
    assert "handler_named" not in life.letters_to()
    life.take("accept", "wang")
    life.take("assign", "sun", to="zhao")
    assert life.letters_to("staff:zhao") == ["task"]
    assert life.letters_to()[-1] == "handler_named"


@pytest.mark.parametrize("gone", [None, "zhao"])
def test_only_the_first_handler_is_named_as_such(gone: str | None) -> None:
    """A later handler is announced as a change, also after the first was recused. The first leader of the
    talks is named as such again, to both sides."""
    life = Life()
    life.take("accept", "wang")
    life.take("assign", "sun", to="zhao")
    if gone:
        life.take("recuse", gone, conflict=Conflict.RELATIVE)
    life.take("assign", "sun", to="lin")
    assert life.letters_to()[-2:] == ["handler_named", "handler_changed"]
    life.later(DAY).take("raise_dispute", "li", **DISPUTE)
    life.take("assign_negotiator", "sun", to="ma", severity=Severity.S4)
    life.take("assign_negotiator", "sun", to="bai")
    assert life.letters_to()[-2:] == ["handler_named", "handler_changed"]


def test_only_its_own_moves_restart_a_deadline() -> None:
    """A message, a handover or a reassignment leaves every clock as it was."""
    life = Life()
    life.take("accept", "wang")
    before = life.running["investigation"]
    life.later(3 * DAY)
    life.take("message", "li", text="还要多久？")
    life.take("assign", "sun", to="zhao")
    life.take("assign", "sun", to="wang")
    life.take("take", "zhao")
    assert life.running["investigation"] == before


@pytest.mark.parametrize("by", ["li", "shop", "12345"])
def test_a_party_s_message_waits_for_a_reply_on_any_channel(by: str) -> None:
    """A message recorded by anybody opens a deadline. Further messages share the first one's time, and a
    reply of staff answers all."""
    life = Life()
    life.take("message", by, text="第一条")
    life.later(HOUR)
    life.take("message", by, text="第二条")
    assert len(life.case.messages) == 1
    assert life.due["message_reply"].date() == date(2026, 3, 9)
    life.take("message", "12345" if by == "li" else "li", text="另一个人")
    assert len(life.case.messages) == 2
    life.take("message", "wang", text="已经收到。")
    assert life.case.messages == ()
    assert life.letters_to()[-1] == "message_reply"
    assert "message_reply" not in life.due


def test_a_message_on_a_closed_case_is_looked_at_too() -> None:
    """A closed case has only the deadlines after closing, and a message's is one."""
    life = Life()
    life.take("withdraw", "li", reason="不用了")
    assert set(life.due) == {"reopen_window", "undo_withdrawal"}
    assert life.live(20 * HOUR) == []
    life.take("message", "li", text="还有一个问题。")
    assert set(life.running) == {"reopen_window", "undo_withdrawal", "message_reply"}


@pytest.mark.parametrize("by", ["li", "wang", "zhao", "sun", "12345"])
def test_a_withdrawal_closes_the_case_and_says_how_to_come_back(by: str) -> None:
    """The consumer withdraws or staff record it. The windows to undo it and to reopen start. No survey asks
    how we did, because we had no chance to finish."""
    life = Life()
    life.take("withdraw", by)
    assert (life.case.stage, life.case.outcome) == (Stage.CLOSED, Outcome.WITHDRAWN)
    assert life.letters_to()[-1] == "withdrawn"
    assert set(life.due) == {"reopen_window", "undo_withdrawal"}


def came(how: str) -> Case:
    """Return a case closed or declined in this way, which can be reopened."""
    life = Life()
    if how.startswith("withdrawn"):
        if "investigating" in how:
            life.take("accept", "wang")
        if "asked" in how:
            life.take("ask_information", "zhao" if "investigating" in how else "wang", **ASK)
        if "declined" in how:
            life.take("decline", "wang", **DECLINED)
        life.take("withdraw", "li")
    elif how == "not pursued":
        life.take("ask_information", "wang", **ASK)
        life.live(10 * DAY)
    else:
        life.take("decline", "wang", **DECLINED)
        if how == "declined, closed":
            life.live(35 * DAY)
    return life.case


@pytest.mark.parametrize(
    ("how", "stage"),
    [
        ("withdrawn in received", Stage.RECEIVED),
        ("withdrawn while asked in received", Stage.RECEIVED),
        ("withdrawn when declined", Stage.RECEIVED),
        ("withdrawn while investigating", Stage.INVESTIGATING),
        ("withdrawn while asked in investigating", Stage.INVESTIGATING),
        ("not pursued", Stage.RECEIVED),
        ("declined", Stage.RECEIVED),
        ("declined, closed", Stage.RECEIVED),
    ],
)
def test_a_reopened_case_goes_where_its_outcome_says_with_fresh_clocks(how: str, stage: Stage) -> None:
    """A case not pursued or declined returns to received, a withdrawn one to its stage before; every clock
    starts now, at its first step."""
    life = Life()
    life.case = came(how)
    life.later(60 * DAY)
    life.take("reopen", "sun", cause=ReopenReason.NEW_FACTS, facts="找到了发票。")
    assert (life.case.stage, life.case.outcome) == (stage, None)
    fresh = {"scope_decision"} if stage == Stage.RECEIVED else {"investigation", "assignment", "progress"}
    assert set(life.running) == fresh
    assert life.letters_to()[-1] == "reopened"
    assert all(running.start == life.time and running.done == 0 for running in life.running.values())
    assert all(matter.accepted is (None if stage == Stage.RECEIVED else True) for matter in life.case.matters)


def test_the_consumer_reopens_once_inside_the_window_staff_later_or_again() -> None:
    """The consumer reopens once within 30 days; after that the lead can, with new facts."""
    again = {"cause": ReopenReason.NEW_FACTS, "facts": "又坏了。"}
    late = Life()
    late.take("withdraw", "li")
    late.later(40 * DAY)
    assert late.refused("reopen", "li", **again) == "reopen_window_over"
    late.take("reopen", "sun", **again)

    life = Life()
    for _ in range(2):
        life.take("withdraw", "li")
        life.later(29 * DAY)
        if life.case.recourse.reopened:
            break
        life.take("reopen", "li", **again)
    assert life.refused("reopen", "li", **again) == "reopened_before"
    life.take("reopen", "zhou", **again)


def test_consents_and_codes_are_kept_on_the_case() -> None:
    """The case stores the names of the consents given, and none that was pre-ticked."""
    assert Life(consents=SURE).case.intake.consents == ("truthful", "data_use", "sensitive")
