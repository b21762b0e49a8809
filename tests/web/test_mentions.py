"""Tests of mentions in notes: whom they reach, until when, and that they change nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.access.authorization import Caller, Thing, may_read
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.codes import Role
from chalicelib.domain.moves.mentions import mentionable
from chalicelib.domain.roster import Hours, Member, Team
from tests.scenario import DAY, SUN, WANG, ZHAO, ZHOU, Scenario, roster
from tests.web.desk import Desk, visible

MINE = "/desk?list=mine"


@pytest.fixture
def case(scenario: Scenario) -> Case:
    """A complaint that has just come in."""
    return scenario.submit()


def with_people(scenario: Scenario, **people: dict[str, tuple[Member, ...]]) -> None:
    """Store a roster with more people in a role of a team: team → role → people."""
    teams = dict(roster().teams)
    for id, duty in people.items():
        had = teams.get(id, Team({"zh": id, "en": id}))
        teams[id] = replace(had, duty={**had.duty, **duty})
    scenario.product.file.keep_roster(replace(roster(), teams=teams))


def mine(client: Any, scenario: Scenario, who: str) -> str:
    """Return the own list of a member of staff, as text."""
    return visible(Desk(client, scenario, who).get(MINE))


@pytest.mark.parametrize("said", [{"text": "see this", "mentions": ["zhao"]}, {"text": "@zhao see this"}])
def test_a_mentioned_colleague_has_the_case_on_their_list_until_they_open_it(
    client: Any, scenario: Scenario, case: Case, said: dict[str, Any]
) -> None:
    """A mention by form or text puts the case on the colleague's list with the author's name, until the
    colleague opens the case."""
    Desk(client, scenario, "wang").take(case, "note", **said)
    assert "Wang mentions you in a note" in mine(client, scenario, "zhao")
    assert "mentions you" in visible(Desk(client, scenario, "zhao").get(f"/desk/cases/{case.ref}"))
    assert "mentions you" not in mine(client, scenario, "zhao")
    assert "mentions you" not in visible(Desk(client, scenario, "zhao").get(f"/desk/cases/{case.ref}"))
    assert scenario.moves(case.ref) == ["submit", "note", "read_mention"]


def test_an_answer_by_a_note_ends_the_mention(client: Any, scenario: Scenario, case: Case) -> None:
    """Somebody who answers through the interface, without opening the page, is not mentioned any more."""
    scenario.move(WANG, "note", case.ref, text="@zhao?")
    after = scenario.move(ZHAO, "note", case.ref, text="@wang yes")
    assert [one.who for one in after.mentions] == ["wang"]


def test_only_the_mentioned_person_ends_a_mention_by_opening(
    client: Any, scenario: Scenario, case: Case
) -> None:
    """Another colleague who opens the case changes nothing."""
    scenario.move(WANG, "note", case.ref, text="@zhao")
    Desk(client, scenario, "sun").get(f"/desk/cases/{case.ref}")
    assert scenario.moves(case.ref) == ["submit", "note"]


def test_a_mention_changes_no_clock_owner_handler_or_decision(scenario: Scenario, case: Case) -> None:
    """Deadlines and owner stay. Neither the mention nor opening the case makes a handler, who may not sit on
    a panel."""
    before = {key: (run.due, run.done) for key, run in deadlines(case).items()}
    scenario.move(WANG, "note", case.ref, text="@sun @zhou")
    after = scenario.move(SUN, "read_mention", case.ref)
    after = scenario.move(ZHOU, "read_mention", case.ref)
    assert {key: (run.due, run.done) for key, run in deadlines(after).items()} == before
    assert (after.owner, after.mentions) == (None, ())
    assert after.contents is not None
    assert {*after.contents.handled} == {"consumer", "wang"}


@pytest.mark.parametrize(
    ("who", "code", "word"),
    [
        ("wang", "mention_of_oneself", "yourself"),
        ("he", "mention_without_right", "He may not read this complaint"),
        ("zheng", "mention_without_right", "Zheng may not read"),
        ("Nobody", "mention_unknown", "“Nobody”"),
    ],
)
def test_a_wrong_mention_is_refused_and_the_note_kept_in_the_form(
    client: Any, scenario: Scenario, case: Case, who: str, code: str, word: str
) -> None:
    """A choice of the author, of a person without access to the case, or of an unknown person is refused, and
    the form keeps the note."""
    with pytest.raises(Refusal) as refused:
        scenario.move(WANG, "note", case.ref, text="look", mentions=(who,))
    assert refused.value.code == code
    page = Desk(client, scenario, "wang").take(case, "note", 422, text="look", mentions=[who])
    assert word in page
    assert ">look</textarea>" in page
    assert scenario.moves(case.ref) == ["submit"]


@pytest.mark.parametrize(
    "text",
    [
        *("wang.fang@mail.example", "a@zhao@qian.example", "a @ b", "@", "tel@", "电话 1390 @ 夜里"),
        *("@Nobody look", "请＠李四看", "@zhaoxiang", "@he look", "@zheng look", "@wang"),
    ],
)
def test_a_text_that_names_nobody_to_be_told_is_an_ordinary_note(
    scenario: Scenario, case: Case, text: str
) -> None:
    """The sign of an e-mail address, a lone one, an unknown name, a person without access, and the author's
    own name mention nobody, and no note is refused for them."""
    assert scenario.move(WANG, "note", case.ref, text=text).mentions == ()


@pytest.mark.parametrize("text", ["@Zhao@Qian＠Feng都看", "＠zhao@qian@feng", "@Zhao，@Qian @Feng!"])
def test_names_that_follow_one_another_are_all_told(scenario: Scenario, case: Case, text: str) -> None:
    """Several colleagues are named without a space, as people do."""
    after = scenario.move(WANG, "note", case.ref, text=text)
    assert {one.who for one in after.mentions} == {"zhao", "qian", "feng"}


def test_a_person_removed_from_the_roster_is_refused(client: Any, scenario: Scenario, case: Case) -> None:
    """A form that was opened before the removal says so, and keeps the words."""
    teams = roster().teams
    general = teams["general"]
    left = replace(general, duty={role: of for role, of in general.duty.items() if role != "investigator"})
    scenario.product.file.keep_roster(replace(roster(), teams={**teams, "general": left}))
    page = Desk(client, scenario, "wang").take(case, "note", 422, text="my words", mentions=["zhao"])
    assert "my words" in page
    assert "The roster has nobody called “zhao”" in page


def test_the_longest_name_counts_and_two_of_one_name_are_asked_about(scenario: Scenario, case: Case) -> None:
    """张三 is not 张三丰. Of two people with one name, the one who may read the case is meant. If both may,
    nobody is, until the author chooses in the form."""
    people = {
        "general": {"intake": (Member("a", "张三", "a@x"), Member("b", "张三丰", "b@x"))},
        "repair": {"department": (Member("c", "张三丰", "c@x"),)},
    }
    with_people(scenario, **people)
    named = scenario.move(ZHAO, "note", case.ref, text="请@张三丰、@张三看一下")
    assert {one.who for one in named.mentions} == {"a", "b"}
    people["general"]["lead"] = (Member("d", "张三", "d@x"),)
    with_people(scenario, **people)
    after = scenario.move(WANG, "note", case.ref, text="@张三")
    assert after.mentions == named.mentions
    assert [one.who for one in scenario.move(ZHAO, "note", case.ref, text="see", mentions=("d",)).mentions][
        -1
    ] == "d"


def test_the_note_says_who_is_away(client: Any, scenario: Scenario, case: Case) -> None:
    """The form says until when a colleague is absent, and the entry of the note says that they were."""
    gone = Hours(scenario.time - DAY, scenario.time + 3 * DAY)
    with_people(scenario, general={"investigator": (Member("zhao", "Zhao", "z@x", absent=(gone,)),)})
    desk = Desk(client, scenario, "wang")
    assert "Zhao · investigator · absent until" in desk.get(f"/desk/cases/{case.ref}/moves/note")
    desk.take(case, "note", text="@Zhao", **{})
    page = visible(desk.get(f"/desk/cases/{case.ref}"))
    assert "Absent when it was written" in page


def test_a_change_of_team_ends_the_mention_of_people_of_the_former_team(
    client: Any, scenario: Scenario, case: Case
) -> None:
    """A change of team removes the case from the lists of mentioned people in the former team, but not from a
    supervisor's list."""
    scenario.move(WANG, "note", case.ref, text="@zhao @zhou")
    with_people(scenario, retail={"intake": (Member("x", "X", "x@x"),), "lead": (Member("y", "Y", "y@x"),)})
    scenario.move(SUN, "change_team", case.ref, to="retail", reason="wrong team")
    assert case.ref not in str(scenario.product.file.work("PERSON#zhao", None, 9)[0])
    assert case.ref in str(scenario.product.file.work("PERSON#zhou", None, 9)[0])


def test_whoever_can_be_mentioned_may_read_the_case(scenario: Scenario, case: Case) -> None:
    """The process lets staff mention exactly those people on the roster who may read the case."""
    known = scenario.product.file.roster()
    for team in known.teams.values():
        for one in team.people():
            teams = frozenset(id for id in known.teams if known.serves(one.id, id))
            caller = Caller(one.id, known.roles(one.id), teams)
            reads = may_read(case, Thing.PEOPLE, caller, scenario.time)
            assert mentionable(case, one.id, known) is reads, one.id


def test_a_recused_or_appointed_colleague_cannot_be_mentioned(scenario: Scenario, case: Case) -> None:
    """A recusal removes an earlier mention from the colleague's list, and a new mention raises
    `mention_without_right`."""
    scenario.move(WANG, "note", case.ref, text="@sun")
    recused = scenario.move(SUN, "recuse", case.ref, conflict="relative")
    assert case.ref not in str(scenario.product.file.work("PERSON#sun", None, 9)[0])
    assert scenario.move(WANG, "note", case.ref, text="@sun").mentions == recused.mentions
    with pytest.raises(Refusal) as refused:
        scenario.move(WANG, "note", case.ref, text="see", mentions=("sun",))
    assert refused.value.code == "mention_without_right"


def test_a_mention_on_a_closed_case_reaches_the_list(scenario: Scenario, case: Case) -> None:
    """Notes can be written at every stage, so a mention counts at every stage."""
    scenario.move(scenario.party(case), "withdraw", case.ref)
    scenario.later(timedelta(minutes=1))
    scenario.move(WANG, "note", case.ref, text="@zhao")
    assert case.ref in str(scenario.product.file.work("PERSON#zhao", None, 9)[0])
    assert scenario.move(ZHAO, "read_mention", case.ref).mentions == ()
    assert case.ref not in str(scenario.product.file.work("PERSON#zhao", None, 9)[0])


def test_opening_without_a_mention_is_refused_as_a_move(scenario: Scenario, case: Case) -> None:
    """The move does nothing for anybody who is not mentioned."""
    with pytest.raises(Refusal) as refused:
        scenario.move(Caller("zhao", Role.INVESTIGATOR, frozenset({"general"})), "read_mention", case.ref)
    assert refused.value.code == "not_mentioned"
