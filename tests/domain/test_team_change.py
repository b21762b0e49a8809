"""The hand-over of a case to another team: dates stay, one team has the case, and a third return needs the
supervisor."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given, settings, strategies as st

from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.overtaken import Unsent, overtaken
from chalicelib.domain.engine.process import take
from chalicelib.domain.model.case import Party, Refusal
from chalicelib.domain.model.case_records import TeamTerm
from chalicelib.domain.model.codes import Language, Side, Stage, Way
from chalicelib.domain.moves.team_change import at_work, unfit
from chalicelib.domain.roster import Member, Roster, Team
from tests.domain.life import (
    DAY,
    PERSON,
    T0,
    Life,
    accepted,
    answered,
    join,
    leave,
    mediated,
    neighbour,
    seated,
    talking,
)
from tests.domain.variants import STARTS, come

WHY = "消费者住在广州，由南区组办理。"
OURS = {"assignment", "approval"}
"""The internal deadlines that the hand-over itself starts."""


def moved(life: Life, *teams: str, by: str = "sun") -> Life:
    """Hand the case over to these teams, one after another, a day apart."""
    for team in teams:
        life.later(DAY).take("change_team", by, to=team, reason=WHY)
    return life


def with_team(roster: Roster, id: str, team: Team) -> Roster:
    """Return the roster with another team."""
    return replace(roster, teams={**roster.teams, id: team})


def test_the_new_team_has_the_case_and_the_old_team_is_remembered() -> None:
    """Exactly one team has the case. Its owner of the old team is noted and no longer owns it."""
    life = moved(accepted(), "south")
    assert life.case.team == "south"
    assert life.case.owner is None
    assert life.case.teams == (TeamTerm("general", T0, T0 + DAY, "zhao"),)
    assert life.facts("change_team") == [{"to": "south", "was": "general", "unfit": ""}]


def test_own_case_keeps_its_holders_and_a_new_one_starts_with_its_own() -> None:
    """A person leaves a joint case. Their earlier case keeps the teams that it had. A case that is made then
    begins with the team of the joint case, at its own first entry."""
    life, other, third = accepted(), neighbour(1), neighbour(2)
    moved(other, "south")
    earlier = other.case.holders
    life.time = third.time = other.time
    mine, theirs = (join(life, each) for each in (other, third))
    back, new = leave(life, mine, other).case, leave(life, theirs).case
    assert [one.team for one in back.holders] == ["general", "south", "general"]
    assert back.holders[: len(earlier)] == earlier
    assert [(one.team, one.entry) for one in new.holders] == [("general", 1)]


def test_both_sides_and_the_new_team_are_told() -> None:
    """The letter names the new team, and the person on duty in that team gets the task."""
    life = moved(accepted(), "south")
    assert life.letters_to()[-1] == "team_changed"
    assert life.letters_to("role:lead")[-1] == "task"


@pytest.mark.parametrize("how", STARTS)
def test_no_date_moves_at_any_start(how: str) -> None:
    """Every deadline that ran keeps its start, its end and its pause."""
    life = Life(PERSON)
    come(life, how)
    if not at_work(life.case):
        return
    before = deadlines(life.case)
    life.take("change_team", "zhou", to="south", reason=WHY)
    after = deadlines(life.case)
    kept = {key: (run.due, run.start, run.stopped) for key, run in before.items()}
    assert {key: (run.due, run.start, run.stopped) for key, run in after.items() if key in kept} == kept
    assert {run.name for key, run in after.items() if key not in kept} <= OURS | {"telling"}


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(STARTS),
    st.lists(st.tuples(st.sampled_from(["south", "general"]), st.integers(0, 3)), max_size=5),
)
@example("talking", [("south", 0), ("south", 2)])
def test_hand_overs_never_make_a_date_later(how: str, hand_overs: list[tuple[str, int]]) -> None:
    """A case that is handed back and forth, with the clock running, has the ladder of a case that stayed. A
    date is suspended only while no team has found an owner in time."""
    life, stayed = Life(PERSON), Life(PERSON)
    come(life, how)
    come(stayed, how)
    for team, days in hand_overs:
        steps = [[move for _, move in one.live(days * DAY)] for one in (life, stayed)]
        if at_work(life.case) and team != life.case.team:
            life.take("change_team", "zhou", to=team, reason=WHY)
        mine, runs = ({run.name: run for run in deadlines(one.case).values()} for one in (life, stayed))
        ownerless = "assignment" in mine and mine["assignment"].due <= life.time
        compared = [
            name
            for name in mine.keys() & runs.keys() - OURS
            if not (ownerless and mine[name].stopped == "late")
        ]
        assert [mine[name].due for name in compared] == [runs[name].due for name in compared], steps


def test_a_case_without_an_owner_is_not_given_more_time_to_find_one() -> None:
    """The time to find an owner starts again only if somebody had the case."""
    life = Life()
    life.take("accept", "wang")
    before = life.due["assignment"]
    assert moved(life, "south").due["assignment"] == before
    life.take("take", "zhao")
    assert moved(life, "general").due["assignment"] > before


def test_the_letter_about_the_team_is_no_progress() -> None:
    """Hand-overs do not postpone the next report on progress."""
    life = accepted()
    before = life.due["progress"]
    assert moved(life, "south").due["progress"] == before


def test_only_the_newest_letter_about_the_team_is_true() -> None:
    """A letter that still waits is not sent after the case went on to a third team."""
    life = moved(accepted(), "south")
    letter = next(one for one in life.letters if one.name == "team_changed")
    waits = Unsent(letter.id, letter.key, letter.to, life.time)
    assert not overtaken(life.case, waits, life.time)
    moved(life, "general")
    assert overtaken(life.case, waits, life.time)


def test_an_owner_of_the_old_team_does_not_come_back_with_the_stage() -> None:
    """After talks or a reconsideration the case has no owner of the team that had it before."""
    talks, anew = moved(talking(), "south"), moved(seated(), "south")
    assert talks.case.held_before is None
    assert anew.case.recourse.reconsideration
    assert anew.case.recourse.reconsideration.owner is None


def test_a_mediator_from_outside_stays() -> None:
    """The mediator belongs to no team."""
    life = mediated()
    mediator = life.case.owner
    assert mediator
    assert moved(life, "south").case.owner == mediator


def test_the_panel_stays() -> None:
    """A panel is appointed for the case, and not by its team."""
    life = seated()
    panel = life.case.panel
    assert moved(life, "south").case.panel == panel


def test_a_closed_case_with_an_open_promise_goes_too() -> None:
    """The follow-up of the promise is open work. A closed case without open work stays where it is."""
    life = answered()
    life.take("accept_answer", "li")
    assert life.case.open_obligations
    assert moved(life, "south").case.team == "south"
    done = Life()
    done.take("withdraw", "li")
    assert done.case.stage == Stage.CLOSED
    assert done.refused("change_team", "zhou", to="south", reason=WHY) == "nothing_to_hand_over"


def test_a_team_that_cannot_take_it_is_refused_by_name() -> None:
    """Each reason has a name of its own."""
    life = accepted()
    nobody = Team({"zh": "北区组", "en": "North"}, duty={"lead": ()})
    away = replace(life.roster.teams["south"], closed=T0.date())
    life.roster = with_team(with_team(life.roster, "north", nobody), "past", away)
    refused = {
        to: life.refused("change_team", "zhou", to=to, reason=WHY)
        for to in ("general", "repair", "office", "north", "past", "nowhere")
    }
    assert refused == {
        "general": "same_team",
        "repair": "team_is_department",
        "office": "team_empty",
        "north": "team_empty",
        "past": "team_closed",
        "nowhere": "unknown_team",
    }


def test_a_team_whose_people_are_all_tied_is_refused() -> None:
    """Nobody of such a team could work on the case."""
    life = accepted()
    zhao = Member("zhao", "Zhao", "zhao@house.example")
    life.roster = with_team(life.roster, "west", Team({"zh": "西区组", "en": "West"}, duty={"lead": (zhao,)}))
    life.take("recuse", "zhao", conflict="kinship")
    assert life.refused("change_team", "zhou", to="west", reason=WHY) == "team_tied"


def test_a_team_that_answers_a_question_of_the_case_is_refused() -> None:
    """A team cannot be asked as a department and handle the case as well. Once it has answered, it can."""
    life = accepted()
    he = Member("he", "He", "he@house.example")
    both = Team({"zh": "维修部", "en": "Repairs"}, duty={"department": (he,), "lead": (he,)})
    life.roster = with_team(life.roster, "repair", both)
    life.take("ask_department", "zhao", department="repair", question="修过几次？")
    assert life.refused("change_team", "zhou", to="repair", reason=WHY) == "team_was_asked"
    life.take("answer_department", "he", question="Q1", answer="两次。")
    life.take("change_team", "zhou", to="repair", reason=WHY)
    assert life.case.team == "repair"


def test_a_team_whose_people_all_answer_for_the_asked_department_is_refused() -> None:
    """Nobody of such a team could own the case. One person who does not answer is enough, and so is the
    answer."""
    life = accepted()
    he, bo = (Member(who, who.title(), f"{who}@house.example") for who in ("he", "bo"))
    west = Team({"zh": "西区组", "en": "West"}, duty={"lead": (he,), "investigator": (he,)})
    life.roster = with_team(life.roster, "west", west)
    life.take("ask_department", "zhao", department="repair", question="修过几次？")
    assert life.refused("change_team", "zhou", to="west", reason=WHY) == "team_was_asked"
    more = replace(west, duty={**west.duty, "investigator": (he, bo)})
    assert unfit(life.case, "west", with_team(life.roster, "west", more)) == ""
    life.take("answer_department", "he", question="Q1", answer="两次。")
    life.take("change_team", "zhou", to="west", reason=WHY)
    assert life.case.team == "west"


def test_a_person_who_also_serves_the_asked_department_does_not_handle_the_case() -> None:
    """The person would put the question to themselves. After the answer they may handle the case."""
    life = accepted()
    zhao = Member("zhao", "Zhao", "zhao@house.example")
    both = Team({"zh": "维修部", "en": "Repairs"}, duty={"department": (zhao,)})
    life.take("ask_department", "sun", department="repair", question="修过几次？")
    life.roster = with_team(life.roster, "repair", both)
    life.take("assign", "sun", to="sun")
    assert life.refused("assign", "sun", to="zhao") == "answers_for_department"
    act = replace(life.act("zhao"), teams=frozenset({"general", "repair"}))
    with pytest.raises(Refusal, match="answers_for_department"):
        take("take", life.case, act)
    life.take("answer_department", "he", question="Q1", answer="两次。")
    life.take("assign", "sun", to="zhao")
    assert life.case.owner == "zhao"


def test_nobody_who_speaks_for_the_company_is_given_the_case() -> None:
    """A colleague who represents the company is a party to the case."""
    life = talking()
    life.case = replace(
        life.case,
        parties=(
            *life.case.parties,
            Party("p9", Way.EMAIL, Language.ZH, side=Side.BUSINESS, colleague="bai"),
        ),
    )
    assert life.refused("assign_negotiator", "sun", to="bai") == "speaks_for_company"
    assert life.refused("hand_over", "sun", to="bai", reason="休假。") == "speaks_for_company"


def test_staff_of_another_team_cannot_hand_it_over() -> None:
    """Only a supervisor hands over a case of any team."""
    life = accepted()
    life.case = replace(life.case, team="office")
    assert life.refused("change_team", "sun", to="south", reason=WHY) == "not_own_team"
    life.take("change_team", "zhou", to="south", reason=WHY)


def test_an_investigator_does_not_end_the_work_of_a_neutral_officer() -> None:
    """Only the lead or the neutral officer hands over a case in talks."""
    life = talking()
    assert life.refused("change_team", "zhao", to="south", reason=WHY) == "not_neutral"
    life.take("change_team", "sun", to="south", reason=WHY)


def test_a_third_return_needs_the_supervisor() -> None:
    """A lead decides on two returns. The third one needs the supervisor's approval, and the case stays until
    then."""
    life = moved(accepted(), "south", "general", "south")
    asked = life.later(DAY).ask_approval("change_team", "sun", to="general", reason=WHY)
    assert life.case.team == "south"
    assert life.case.approvals[-1].roles == ("supervisor",)
    life.take("approve", "zhou", approval=asked)
    assert life.case.team == "general"
    assert life.letters_to()[-1] == "team_changed"


def test_a_request_for_the_third_return_ends_with_the_team_that_made_it() -> None:
    """The case has gone to a further team since the request, so the request of the old lead is refused."""
    life = moved(accepted(), "south", "general", "south")
    people = {"lead": (Member("xi", "Xi", "xi@house.example"),)}
    life.roster = with_team(life.roster, "west", Team({"zh": "西区组", "en": "West"}, duty=people))
    asked = life.later(DAY).ask_approval("change_team", "sun", to="general", reason=WHY)
    moved(life.later(DAY), "west", by="zhou")
    with pytest.raises(Refusal, match="not_own_team"):
        life.take("approve", "zhou", approval=asked)
    assert life.case.team == "west"


def test_a_first_hand_over_to_a_further_team_is_no_return() -> None:
    """Only teams that had the case before count."""
    life = moved(accepted(), "south", "general", "south")
    people = {"lead": (Member("nan", "Nan", "nan@house.example"),)}
    life.roster = with_team(life.roster, "west", Team({"zh": "西区组", "en": "West"}, duty=people))
    assert moved(life, "west").case.team == "west"


def test_the_supervisor_decides_on_a_third_return_alone() -> None:
    """The supervisor is the person who would be asked."""
    life = moved(accepted(), "south", "general", "south")
    assert moved(life, "general", by="zhou").case.team == "general"


def test_the_clock_moves_a_case_by_the_rules_and_gives_no_reason() -> None:
    """The rules need no approval."""
    life = moved(accepted(), "south", "general", "south")
    life.later(DAY).take("follow_rules", "clock", to="general")
    assert life.case.team == "general"


def test_a_team_change_is_declared_for_every_stage_with_open_work() -> None:
    """A new stage of a complaint must not strand cases in a team."""
    assert MOVES["change_team"].at == MOVES["follow_rules"].at >= {*Stage} - {Stage.IMPROVED, Stage.TRAINED}
