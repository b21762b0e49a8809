"""Panels of a reconsideration: an odd number of people with no part in the case, who declare, vote once and
stay; or the higher office."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case_records import Reconsideration, Seat
from chalicelib.domain.model.codes import Conclusion, Conflict, Hurt, Result, Role, Severity, Side, Stage
from chalicelib.domain.moves.reconsideration import appointable, majority
from chalicelib.domain.roster import Hours, Roster
from tests.domain.life import (
    ASK,
    BY_PHONE,
    DAY,
    OFFICE,
    PANEL,
    T0,
    Life,
    accepted,
    answered,
    appoint,
    contested,
    on_duty,
    ruled,
    seated,
    voice,
    voted,
)
from tests.domain.reviewed import CHANGED, CONFIRMED, REVIEW

# The panel


@pytest.mark.parametrize(
    ("members", "chair", "code"),
    [
        (("mei", "hu"), "mei", "panel_odd"),
        (("mei",), "mei", "panel_odd"),
        (("mei", "hu", "gao", "luo"), "mei", "panel_odd"),
        (("mei", "hu", "hu"), "mei", "panel_odd"),
        (("mei", "hu", "gao"), "luo", "chair_on_panel"),
        (("mei", "hu", "nobody"), "mei", "unknown_person"),
        (("mei", "hu", "zhou"), "mei", "own_appointment"),
    ],
)
def test_a_panel_is_three_or_more_odd_and_led_by_one_of_them(
    members: tuple[str, ...], chair: str, code: str
) -> None:
    """Members are different people from the roster, without the appointing officer."""
    assert contested().refused("appoint_panel", "zhou", members=members, chair=chair) == code


def test_five_may_sit_too() -> None:
    """All five get a letter; the executive may appoint as well, a lead may not."""
    life = contested()
    assert life.refused("appoint_panel", "sun", members=PANEL, chair="mei") == "move_not_allowed_for_role"
    appoint(life, *OFFICE, by="wu")
    assert len(life.case.panel) == 5
    assert all(life.letters_to(f"staff:{who}") == ["panel_appointment"] for who in OFFICE)
    assert "panel_appointment" not in life.running
    assert "panel_named" not in life.letters_to()


@pytest.mark.parametrize(("who", "move"), [("wang", "accept"), ("zhao", "take"), ("zhou", "answer")])
def test_panel_refuses_a_handler_and_names_the_entry(who: str, move: str) -> None:
    """The refusal names the entry and the move of the handling."""
    life = contested()
    entry = next(
        n
        for n, line in enumerate(life.entries, 1)
        if f'"who":"{who}"' in line.line and f'"move":"{move}"' in line.line
    )
    assert life.handled()[who] == (entry, move)
    assert life.refused("appoint_panel", "wu", members=("mei", "hu", who), chair="mei") == "handled_before"


@pytest.mark.parametrize(
    "name",
    sorted(
        {name for name, move in MOVES.items() if not move.handles}
        - {"ask_reconsideration", "appoint_panel", "declare_interest", "vote"}
    ),
)
def test_to_pass_on_a_word_is_not_to_handle(name: str) -> None:
    """An officer who recorded a message, a call or this request may still sit."""
    life = answered(Conclusion.NOT_UPHELD, accepted(person=BY_PHONE))
    if name == "message":
        life.take("message", "lin", text="转达。")
    else:
        life.tell("lin")
    contested(life)
    assert "lin" not in life.handled()
    assert appoint(life, "mei", "hu", "lin").case.seat("lin")


def test_panel_refuses_a_recused_member() -> None:
    """A member recused from the case or from its panel is refused."""
    life = answered()
    life.take("recuse", "lin", conflict=Conflict.RELATIVE)
    contested(life)
    assert life.refused("appoint_panel", "zhou", members=("mei", "hu", "lin"), chair="mei") == "stood_back"


@pytest.mark.parametrize(
    "name",
    sorted(
        name
        for name, move in MOVES.items()
        if REVIEW in move.at and (Role.PANEL | Role.CHAIR) & (move.by | move.recorded_by)
    ),
)
def test_panel_moves_need_a_declaration_of_interest(name: str) -> None:
    """Every move of the panel is refused to members without a declaration, and to people who do not sit."""
    life = appoint(contested())
    role = Role.CHAIR if Role.CHAIR in MOVES[name].by else Role.PANEL
    assert life.refused(name, "tang", role) == "not_on_panel"
    if name != "declare_interest":
        assert life.refused(name, "mei", role) == "declare_first"


def test_the_consumer_is_told_who_sits_once_all_have_declared() -> None:
    """The consumer may object within three working days; a second declaration is refused."""
    life = appoint(contested())
    life.take("declare_interest", "mei", interest=False)
    assert life.refused("declare_interest", "mei", interest=False) == "declared_before"
    life.take("declare_interest", "hu", interest=False)
    assert "panel_named" not in life.letters_to()
    assert "party_reply" not in life.running
    life.take("declare_interest", "gao", interest=False)
    assert life.letters_to()[-1] == "panel_named"
    # Thursday; three working days
    assert f"{life.due['party_reply'].astimezone(SHANGHAI):%m-%d %H:%M}" == "03-11 00:00"


def test_an_interest_vacates_the_seat() -> None:
    """The member is recused for good, another must be appointed, and that clock runs again."""
    life = appoint(contested()).later(DAY)
    assert life.refused("declare_interest", "gao", interest=True) == "conflict_needed"
    life.take(
        "declare_interest", "gao", interest=True, conflict=Conflict.BUSINESS_TIE, reason="店长是我表弟。"
    )
    assert life.case.seat("gao") is None
    assert "gao" in life.case.inquiry.recused
    assert life.running["panel_appointment"].start == life.time
    assert life.letters_to("role:supervisor")[-1] == "task"
    assert "表弟" not in life.entries[-1].line
    for who in ("mei", "hu"):
        life.take("declare_interest", who, interest=False)
    assert life.refused("vote", "mei", **voice(life, CONFIRMED)) == "panel_incomplete"
    assert "panel_named" not in life.letters_to()
    assert life.refused("appoint_panel", "zhou", members=PANEL, chair="mei") == "stood_back"
    appoint(life, "mei", "hu", "luo")
    assert "panel_appointment" not in life.running
    assert life.letters_to("staff:mei") == ["panel_appointment"]
    life.take("declare_interest", "luo", interest=False)
    assert life.letters_to()[-1] == "panel_named"


@pytest.mark.parametrize("awaiting", [False, True])
def test_a_member_may_stand_back_at_any_time(awaiting: bool) -> None:
    """The seat is empty, also while information is awaited, and a new member must sit before further
    votes."""
    life = seated()
    if awaiting:
        life.take("ask_information", "mei", **ASK)
    life.take("recuse", "hu", conflict=Conflict.OTHER_DOUBT)
    if awaiting:
        life.take("give_information", "li", answer="在这里。")
    assert life.case.seat("hu") is None
    assert "panel_appointment" in life.running
    assert life.refused("vote", "mei", **voice(life, CONFIRMED)) == "panel_incomplete"


def test_kept_panel_member_keeps_their_declaration() -> None:
    """A member who stays keeps their declaration, and one who returns declares again. If all have declared,
    the consumer gets the names at once."""
    life = appoint(contested(), *OFFICE)
    for who in PANEL:
        life.take("declare_interest", who, interest=False)
    appoint(life, *PANEL, chair="hu")
    assert life.case.recourse.reconsideration
    assert life.case.recourse.reconsideration.complete
    assert life.case.chair == "hu"
    assert life.letters_to()[-1] == "panel_named"
    assert life.letters_to("staff:mei") == ["panel_appointment"]
    appoint(life, "mei", "hu", "luo"), appoint(life, *PANEL)
    assert life.refused("vote", "gao", **voice(life, CONFIRMED)) == "declare_first"


def test_the_chairs_questions_are_no_handling() -> None:
    """A member may ask and hear, and still be named again together with somebody new."""
    life = seated()
    life.take("ask_department", "mei", department="repair", question="修过几次？")
    life.take("record_interview", "hu", person="店长", note="说修过。", shown=True)
    life.take("recuse", "gao", conflict=Conflict.OTHER_DOUBT)
    appoint(life, "mei", "hu", "luo")
    assert {seat.who for seat in life.case.panel} == {"mei", "hu", "luo"}


# Votes


def test_each_votes_once_on_every_matter_with_reasons() -> None:
    """A vote covers all matters of the request and no other, and is final. Only a member votes, in that
    role."""
    life = seated()
    vote = voice(life, CONFIRMED)
    assert life.refused("vote", "mei", **{**vote, "results": {1: CONFIRMED}}) == "every_matter_voted"
    assert life.refused("vote", "mei", **{**vote, "reasons": {1: "x"}}) == "every_matter_voted"
    assert (
        life.refused("vote", "mei", **{**vote, "results": {**vote["results"], 3: CONFIRMED}})
        == "every_matter_voted"
    )
    life.take("vote", "mei", **vote)
    assert "证据不足" not in life.entries[-1].line
    assert life.refused("vote", "mei", **voice(life, CHANGED)) == "voted_before"
    assert life.refused("vote", "luo", Role.PANEL, **vote) == "not_on_panel"
    assert life.refused("vote", "zhou", **vote) == "move_not_allowed_for_role"


def test_the_chair_decides_when_all_votes_are_in() -> None:
    """The decision is refused before all votes are in, from others than the chair, and against the votes."""
    life = seated()
    for who in ("mei", "hu"):
        life.take("vote", who, **voice(life, CONFIRMED))
    assert life.refused("decide_reconsideration", "mei", **ruled(life)) == "votes_missing"
    life.take("vote", "gao", **voice(life, CHANGED))
    assert life.refused("decide_reconsideration", "hu", **ruled(life)) == "move_not_allowed_for_role"
    assert (
        life.refused("decide_reconsideration", "mei", **ruled(life, {1: Conclusion.UPHELD}))
        == "changed_needs_conclusion"
    )
    life.take("decide_reconsideration", "mei", **ruled(life, results={1: CHANGED, 2: CHANGED}))
    facts = life.facts("decide_reconsideration")[-1]
    assert (facts["results"], facts["votes"], facts["of"]) == (
        {"1": "confirmed", "2": "confirmed"},
        {"1": 2, "2": 2},
        3,
    )


@pytest.mark.parametrize("size", [3, 5])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_majority_decides_and_the_chair_a_tie(size: int, data: st.DataObject) -> None:
    """The result with most votes decides each matter by itself; in a tie the chair's own does."""
    one = st.fixed_dictionaries(dict.fromkeys((1, 2), st.sampled_from(Result)))
    votes = data.draw(st.lists(one, min_size=size, max_size=size))
    seats = tuple(
        Seat(who, n == 0, T0, vote) for n, (who, vote) in enumerate(zip(OFFICE, votes, strict=False))
    )
    asked = Reconsideration(T0, 1, (1, 2), Stage.ANSWERED, panel=seats)
    for n in (1, 2):
        said = [vote[n] for vote in votes]
        result = majority(asked)[n]
        assert said.count(result) == max(map(said.count, said))
        assert result == said[0] or said.count(said[0]) < said.count(result)
        most = [
            each for each in (CHANGED, Result.SENT_BACK, CONFIRMED) if said.count(each) == said.count(result)
        ]
        # the order of the seats makes no difference
        assert result == (said[0] if said[0] in most else most[0])


def test_voter_cannot_be_replaced() -> None:
    """A voter cannot be replaced, outvoted by new members, or put under a new chair."""
    life = seated()
    life.take("vote", "hu", **voice(life, CHANGED))
    for members, chair, code in [
        (("mei", "gao", "luo"), "mei", "voted_stays"),
        (tuple(OFFICE), "mei", "panel_odd"),
        (PANEL, "gao", "voted_stays"),
        (("mei", "hu", "luo", "tang"), "mei", "panel_odd"),
    ]:
        assert life.refused("appoint_panel", "zhou", members=members, chair=chair) == code
    appoint(life, "mei", "hu", "luo")
    assert [(seat.who, bool(seat.votes)) for seat in life.case.panel] == [
        ("mei", False),
        ("hu", True),
        ("luo", False),
    ]
    life.take("recuse", "mei", conflict=Conflict.OTHER_DOUBT)
    appoint(life, "tang", "hu", "luo")
    assert life.case.chair == "tang"


def test_with_five_a_panel_that_has_begun_to_vote_stays_five() -> None:
    """A smaller panel would have another majority."""
    life = seated(contested(), *OFFICE)
    for who in ("hu", "gao"):
        life.take("vote", who, **voice(life, CHANGED))
    assert life.refused("appoint_panel", "zhou", members=("mei", "hu", "gao"), chair="mei") == "panel_odd"
    life.take("recuse", "tang", conflict=Conflict.OTHER_DOUBT)
    assert life.refused("appoint_panel", "zhou", members=("mei", "hu", "gao"), chair="mei") == "panel_odd"
    appoint(life, "mei", "hu", "gao", "luo", "lin")


def test_when_all_have_voted_nothing_of_the_panel_changes() -> None:
    """Only the decision is left to write."""
    life = voted(CONFIRMED)
    for members, chair in [(PANEL, "hu"), (tuple(OFFICE), "mei"), (("mei", "hu", "luo"), "mei")]:
        assert life.refused("appoint_panel", "zhou", members=members, chair=chair) in (
            "voted_stays",
            "panel_odd",
        )


# Decisions without a panel


def six(*more: str) -> Roster:
    """Return a company of six, each with one role, and `more` people of an office."""
    whole = on_duty(lead=("sun",), safety=(), followup=("feng",), negotiator=(), panel=more)
    served = {role: people for role, people in whole.teams["general"].duty.items() if people}
    general = replace(whole.teams["general"], duty=served)
    return replace(whole, teams={"general": general, "office": whole.teams["office"]})


def test_the_executive_decides_alone_only_where_no_panel_can_be_formed() -> None:
    """A company of six has two members left without the executive, who sits on no panel; with one more a
    panel decides."""
    life = contested(answered(Conclusion.NOT_UPHELD, accepted(roster=six("mei"))))
    alone = {**ruled(life, {1: Conclusion.UPHELD}), "results": {1: CHANGED, 2: CONFIRMED}}
    assert life.refused("decide_reconsideration", "wu", **alone) == "panel_first"
    named = {"members": ("sun", "feng", "wu"), "chair": "sun"}
    assert life.refused("appoint_panel", "zhou", **named) == "unknown_person"
    life.roster = six()
    assert life.refused("appoint_panel", "zhou", **named) == "executive_decides"
    for changes in ({"results": {1: CHANGED}}, {"results": {}}):
        assert life.refused("decide_reconsideration", "wu", **{**alone, **changes}) == "every_matter_voted"
    life.take("decide_reconsideration", "wu", **alone)
    assert life.case.stage == Stage.ANSWERED
    assert life.case.recourse.reviewed == (1, 2)
    assert life.case.talks.mediation_offered
    assert life.facts("decide_reconsideration")[-1]["of"] == 0


def test_a_panel_of_people_who_all_stand_back_leads_to_the_executive() -> None:
    """A recused member is refused when named again. Once too few are left nobody can be named, and the
    executive decides, whatever votes were given before."""
    life = seated(contested(answered(Conclusion.NOT_UPHELD, accepted(roster=six("mei", "hu", "gao")))))
    for who in ("sun", "feng"):
        life.take("recuse", who, conflict=Conflict.OTHER_DOUBT)
    life.take("vote", "mei", **voice(life, CHANGED))
    for who in ("hu", "gao"):
        life.take("recuse", who, conflict=Conflict.OTHER_DOUBT)
        assert life.refused("appoint_panel", "zhou", members=PANEL, chair="mei") == "executive_decides"
    life.roster = on_duty(panel=(*PANEL, "luo", "tang"))
    assert life.refused("appoint_panel", "zhou", members=PANEL, chair="mei") == "stood_back"
    life.roster = six("mei")
    life.take("recuse", "mei", conflict=Conflict.OTHER_DOUBT)
    life.take("decide_reconsideration", "wu", **ruled(life, results={1: CONFIRMED, 2: CONFIRMED}))
    facts = life.facts("decide_reconsideration")[-1]
    assert (facts["of"], set(facts["votes"].values())) == (0, {0})


@pytest.mark.parametrize(
    ("days", "code"), [(10, "panel_first"), (90, "")], ids=["back in time", "away for long"]
)
def test_long_absence_of_a_member_lets_the_executive_decide(days: int, code: str) -> None:
    """One of three is away. If they return before the decision is due the panel waits; otherwise, with no
    replacement, the executive decides."""
    life = seated(contested(answered(Conclusion.NOT_UPHELD, accepted(roster=six("mei", "hu", "gao")))))
    for who in ("sun", "feng"):
        life.take("recuse", who, conflict=Conflict.OTHER_DOUBT)
    life.roster = life.roster.away("hu", Hours(life.time, life.time + days * DAY), life.time)
    alone = {**ruled(life), "results": {1: CONFIRMED, 2: CONFIRMED}}
    if code:
        assert life.refused("decide_reconsideration", "wu", **alone) == code
    else:
        life.take("decide_reconsideration", "wu", **alone)
        assert life.case.talks.mediation_offered


def test_five_who_have_begun_to_vote_and_cannot_be_five_again_decide_no_more() -> None:
    """Fewer members would have another majority: if none can be added the executive decides."""
    life = seated(contested(), *OFFICE)
    for who in ("hu", "gao"):
        life.take("vote", who, **voice(life, CHANGED))
    life.roster = six(*OFFICE)
    for who in ("sun", "feng", "tang"):
        life.take("recuse", who, Role.PANEL if who == "tang" else None, conflict=Conflict.OTHER_DOUBT)
    assert life.refused("appoint_panel", "zhou", members=PANEL, chair="mei") == "executive_decides"
    life.take("decide_reconsideration", "wu", **ruled(life, results={1: CONFIRMED, 2: CONFIRMED}))


def part_of_all(how: str = "default-1") -> Life:
    """Return a complaint under reconsideration with too few people for a panel and an executive who handled
    it."""
    life = accepted(roster=six(), policy=how, hurt=Hurt.HURT)
    life.take("decide_stop_sale", "wu", stop=True, departments=(), product="x", reason="x")
    return contested(answered(Conclusion.NOT_UPHELD, life))


@pytest.mark.parametrize("how", ["default-1", "bank-1"])
def test_outside_person_decides_if_the_executive_has_a_part(how: str) -> None:
    """The supervisor names a person from the register, who declares, votes and decides like a panel.
    Mediation is offered at once, and the consumer gets the name."""
    life = part_of_all(how)
    life.take("appoint_panel", "zhou", members=("yan",), chair="yan")
    assert life.letters_to("staff:yan") == ["panel_appointment"]
    assert "panel_appointment" not in life.running
    assert life.refused("vote", "yan", **voice(life, CHANGED)) == "declare_first"
    life.take("declare_interest", "yan", interest=False)
    assert life.letters_to()[-1] == "panel_named"
    life.take("vote", "yan", **voice(life, CHANGED))
    assert life.refused("appoint_panel", "zhou", members=("ren",), chair="ren") == "voted_stays"
    life.take("decide_reconsideration", "yan", **ruled(life, dict.fromkeys((1, 2), Conclusion.UPHELD)))
    assert life.facts("decide_reconsideration")[-1]["of"] == 1
    assert life.case.talks.mediation_offered
    assert life.case.stage == Stage.ANSWERED
    assert life.case.recourse.reviewed == (1, 2)


def test_outside_person_is_qualified_and_uninvolved() -> None:
    """One qualified person of the register decides, neither recused nor with a part in the case; another
    follows them."""
    life = part_of_all()
    for members, code in [
        (("yan", "ren"), "outside_alone"),
        (("sun", "feng", "wang"), "outside_alone"),
        (("sun",), "mediator_unknown"),
        (("xie",), "mediator_expired"),
    ]:
        assert life.refused("appoint_panel", "zhou", members=members, chair=members[0]) == code
    life.take("appoint_panel", "zhou", members=("yan",), chair="yan")
    life.take("declare_interest", "yan", interest=True, conflict=Conflict.BUSINESS_TIE)
    assert "panel_appointment" in life.running
    assert life.letters_to("role:supervisor")[-1] == "task"
    assert life.refused("appoint_panel", "zhou", members=("yan",), chair="yan") == "stood_back"
    assert list(appointable(life.case, "zhou", life.roster, life.handled(), life.time)) == ["ren"]
    life.take("appoint_panel", "zhou", members=("ren",), chair="ren")
    assert contested().refused("appoint_panel", "zhou", members=("yan",), chair="yan") == "panel_odd"


def test_the_executive_never_decides_with_a_part_in_the_case() -> None:
    """The executive is refused where no panel can be formed, as the higher office, and after a recusal."""
    for how in ("default-1", "bank-1"):
        life = part_of_all(how)
        said = {**ruled(life), "results": {1: CONFIRMED, 2: CONFIRMED}}
        assert life.refused("decide_reconsideration", "wu", **said) == "handled_before"
    other = contested(answered(Conclusion.NOT_UPHELD, accepted(policy="bank-1")))
    other.case = replace(other.case, inquiry=replace(other.case.inquiry, recused=("wu",)))
    assert (
        other.refused(
            "decide_reconsideration", "wu", **{**ruled(other), "results": {1: CONFIRMED, 2: CONFIRMED}}
        )
        == "recused_before"
    )


def test_bank_policy_lets_the_executive_decide() -> None:
    """The executive gets the task, is warned, and decides; no panel is appointed or awaited."""
    life = contested(answered(Conclusion.NOT_UPHELD, accepted(policy="bank-1")))
    assert life.letters_to("role:executive") == ["task"]
    assert "panel_appointment" not in life.running
    assert life.refused("appoint_panel", "zhou", members=PANEL, chair="mei") == "higher_office_decides"
    life.live(25 * DAY)
    assert {facts["to"] for facts in life.facts("take_step") if facts["deadline"] == "reconsideration"} == {
        "wu"
    }
    life.take("decide_reconsideration", "wu", **ruled(life, results={1: CONFIRMED, 2: CONFIRMED}))
    assert life.case.stage == Stage.ANSWERED


def test_a_panel_that_sits_is_not_passed_over() -> None:
    """A complete panel decides, also after a change of the policy or the loss of other people."""
    life = seated()
    life.take("change_policy", "zhou", policy="bank-1", reason="银行业务。")
    said = ruled(life, results={1: CONFIRMED, 2: CONFIRMED})
    assert life.refused("decide_reconsideration", "wu", **said) == "panel_first"
    small = seated(contested(answered(Conclusion.NOT_UPHELD, accepted(roster=six("mei", "hu", "gao")))))
    assert (
        small.refused("decide_reconsideration", "wu", **ruled(small, results={1: CONFIRMED, 2: CONFIRMED}))
        == "panel_first"
    )
    small.roster = six("mei")
    for who in ("sun", "feng"):
        small.take("set_severity", who, severity=Severity.S3, why="x")
    small.take("decide_reconsideration", "wu", **ruled(small, results={1: CONFIRMED, 2: CONFIRMED}))
    assert small.case.stage == Stage.ANSWERED, (
        "most of the panel have left the company and nobody else is left"
    )


# Objections


def test_a_party_may_object_to_a_member() -> None:
    """The supervisor decides, not the lead who may have answered; if it is upheld, another member is
    appointed."""
    life = seated()
    life.take("ask_handler_change", "li", reason="组员是店长同学。")
    assert (
        life.refused("decide_handler_change", "sun", change=True, member="hu", reason="x")
        == "move_not_allowed_for_role"
    )
    for member in (None, "luo", "zhao"):
        assert (
            life.refused("decide_handler_change", "zhou", change=True, member=member, reason="x")
            == "not_on_panel"
        )
    life.take("decide_handler_change", "zhou", change=True, member="hu", reason="有此关系。")
    assert life.case.seat("hu") is None
    assert "hu" in life.case.inquiry.recused
    assert "panel_appointment" in life.running
    assert life.letters_to()[-1] == "recusal_decided"
    assert life.case.handler_change is None
    kept = seated()
    kept.take("ask_handler_change", "li", reason="不信任。")
    kept.take("decide_handler_change", "zhou", change=False, reason="没有事实。")
    assert len(kept.case.panel) == 3
    assert kept.case.inquiry.recused == ()


def test_an_objection_is_decided_while_information_is_awaited_too() -> None:
    """The objection concerns the panel while it waits for information too."""
    life = seated()
    life.take("ask_information", "mei", **ASK)
    life.take("ask_handler_change", "li", reason="组员是店长同学。")
    life.take("decide_handler_change", "zhou", change=True, member="hu", reason="有此关系。")
    assert life.case.seat("hu") is None


def test_panel_member_takes_no_other_move() -> None:
    """A lead on a panel can take no other move on that case while they sit."""
    life = seated()
    assert (
        life.refused("tell_progress", PANEL[1], Role.LEAD, done="查了。", upcoming="再查。")
        == "sits_on_panel"
    )


def test_a_chair_who_has_left_the_house_is_followed_by_another() -> None:
    """All have voted and the chair is gone for good: the voters stay, and another leads them and writes the
    decision."""
    life = voted(CHANGED, seated())
    gone = life.case.chair
    stay = [seat.who for seat in life.case.panel if seat.who != gone]
    assert life.refused("appoint_panel", "zhou", members=(*stay, "luo"), chair=stay[0]) == "voted_stays"
    life.roster = on_duty(panel=(*stay, "luo"), chair=())
    life.take("appoint_panel", "zhou", members=(*stay, "luo"), chair=stay[0])
    assert life.case.chair == stay[0]
    assert [bool(seat.votes) for seat in life.case.panel] == [True, True, False]


def test_panel_refuses_auditor_and_administrator() -> None:
    """The auditor, who never writes, and the administrator, who opens no case, are refused as members."""
    life = contested()
    life.roster = on_duty(panel=tuple(OFFICE), auditor=("tan",), administrator=("zheng",))
    for who in ("tan", "zheng"):
        assert (
            life.refused("appoint_panel", "zhou", members=(*PANEL[:2], who), chair=PANEL[0])
            == "unknown_person"
        )


def test_appoint_panel_rejects_company_representatives() -> None:
    """An officer who represented the company in earlier talks is refused."""
    life = contested()
    spoke = replace(life.case.consumers[0], id="p9", side=Side.BUSINESS, colleague=PANEL[0], left=life.time)
    life.case = life.case.with_party(spoke)
    assert life.refused("appoint_panel", "zhou", members=PANEL, chair=PANEL[0]) == "speaks_for_company"


def test_decision_to_change_needs_another_conclusion() -> None:
    """A vote for a change is not carried out by the same conclusion."""
    life = voted(CHANGED, seated(contested(answered(Conclusion.NOT_UPHELD))))
    same = (
        dict.fromkeys(life.case.recourse.reconsideration.matters, Conclusion.NOT_UPHELD)
        if life.case.recourse.reconsideration
        else {}
    )
    assert (
        life.refused("decide_reconsideration", life.case.chair or "", **ruled(life, same))
        == "nothing_changed_in"
    )


def test_objection_is_decided_before_the_vote() -> None:
    """The consumer's objection to a member is decided first."""
    life = voted(CONFIRMED)
    life.take("ask_handler_change", "li", reason="组长是店长的同学。")
    assert life.refused("decide_reconsideration", life.case.chair or "", **ruled(life)) == "objection_waits"
    life.take("decide_handler_change", "zhou", change=False, reason="查无此事。")
    change = life.take("decide_reconsideration", life.case.chair or "", **ruled(life))
    # the officer who answered gets a letter too
    assert {letter.to for letter in change.letters} == {"party:p1", "role:lead", "staff:zhao"}
