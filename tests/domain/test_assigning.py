"""Laws of the assignment by the clock: who gets a case next, and who never does."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, strategies as st

from chalicelib.domain.assigning import NextFree, free_again, next_free
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.change import TeamTurns, Turn
from chalicelib.domain.model.codes import Assigns, Language, Result, Role, Severity, Stage
from chalicelib.domain.roster import Hours, Member, Roster, Team
from tests.domain.life import HOUR, T0, Life, decided, disputed, on_duty, represented


def unowned() -> Life:
    """Return a life whose complaint was accepted and has no owner yet."""
    life = Life()
    life.take("accept", "wang")
    return life


CASE = unowned().case
ALL_DAY = (Hours(T0 - HOUR, T0 + HOUR),)
TWO = [Member(who, who, f"{who}@house.example") for who in ("a", "b")]


def team(*people: Member, assigns: Assigns = Assigns.LOAD, role: Role = Role.INVESTIGATOR) -> Roster:
    """Return a roster of one team with these people in one role."""
    return Roster({"general": Team({}, assigns=assigns, duty={role.code: people})})


def chosen(
    roster: Roster, case: Case = CASE, turns: TeamTurns | None = None, **loads: int
) -> NextFree | None:
    """Return who is next at T0; people without a number have no open case."""
    return next_free(case, roster, T0, lambda who: loads.get(who, 0), turns or TeamTurns())


def spoken(case: Case, language: Language) -> Case:
    """Return the case of a complainant who speaks this language."""
    return replace(case, parties=tuple(replace(party, language=language) for party in case.parties))


def had(*order: str) -> TeamTurns:
    """Return the turns of people who got a case long ago, in this order."""
    return TeamTurns(len(order), {id: Turn(n, T0 - 9 * HOUR) for n, id in enumerate(order, 1)})


def who(found: NextFree | None) -> str | None:
    """Return the id of the person, or None."""
    return found.member.id if found else None


def dealt(roster: Roster, n: int, turns: TeamTurns | None = None, **loads: int) -> list[str | None]:
    """Assign `n` cases one after the other, and return who got each."""
    turns, open_, got = turns or TeamTurns(), Counter(loads), list[str | None]()
    for _ in range(n):
        found = next_free(CASE, roster, T0, lambda who: open_[who], turns)
        got.append(who(found))
        if found:
            open_[found.member.id] += 1
            turns = turns.with_next(
                found.member.id, found.load, T0, [m.id for m in roster.teams["general"].people()]
            )
    return got


people = st.lists(
    st.builds(
        lambda id, languages, most, absent: Member(
            id, id, f"{id}@house.example", absent=absent, languages=languages, most=most
        ),
        st.sampled_from("abcdefgh"),
        st.sampled_from([(), (Language.ZH,), (Language.EN,), (Language.ZH, Language.EN)]),
        st.sampled_from([None, 1, 2, 5]),
        st.sampled_from([(), (), ALL_DAY]),
    ),
    max_size=8,
    unique_by=lambda member: member.id,
)
turns = st.permutations("abcdefgh").map(lambda order: had(*order))
loads = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 6), max_size=8)


@given(st.integers(1, 7), st.integers(0, 30), turns)
def test_rotation_gives_equal_people_equal_numbers(k: int, n: int, before: TeamTurns) -> None:
    """Each of k people gets n // k of n cases, or one more. Earlier turns do not matter."""
    ids = "abcdefg"[:k]
    roster = team(*(Member(id, id, "x@y.example") for id in ids), assigns=Assigns.ROTATION)
    got = Counter(dealt(roster, n, before))
    assert sum(got.values()) == n
    assert all(got[id] in (n // k, n // k + 1) for id in ids)


@given(people, loads, turns, st.sampled_from(Language), st.sampled_from([Assigns.LOAD, Assigns.ROTATION]))
def test_nobody_gets_a_case_who_may_not(
    people: list[Member], open_: dict[str, int], before: TeamTurns, language: Language, assigns: Assigns
) -> None:
    """The chosen person is present, below their limit, unbarred, and speaks the language if anybody in the
    role does. If nobody is chosen, nobody fits."""
    case = spoken(replace(CASE, inquiry=replace(CASE.inquiry, recused=("a",))), language)
    spoken_here = any(not one.languages or language in one.languages for one in people)

    def fits(one: Member) -> bool:
        speaks = not spoken_here or not one.languages or language in one.languages
        room = one.most is None or open_.get(one.id, 0) < one.most
        return one.present(T0) and speaks and room and one.id != "a"

    found = chosen(team(*people, assigns=assigns), case, before, **open_)
    able = [one for one in people if fits(one)]
    assert (found is None) == (not able)
    if found:
        assert found.member in able
        assert found.why == assigns
        own = open_.get(found.member.id, 0)
        if assigns == Assigns.LOAD:
            assert own == found.load == min(open_.get(one.id, 0) for one in able)
        same = [one for one in able if assigns == Assigns.ROTATION or open_.get(one.id, 0) == own]
        assert before.number(found.member.id) == min(before.number(one.id) for one in same)


@given(st.integers(1, 6), st.integers(0, 40), loads)
def test_load_evens_out(k: int, n: int, open_: dict[str, int]) -> None:
    """The person who gets a case never has more than another one. With enough cases, all numbers end within
    one of each other."""
    ids = "abcdef"[:k]
    roster = team(*(Member(id, id, "x@y.example") for id in ids))
    got = dealt(roster, n, **open_)
    had = Counter({id: open_.get(id, 0) for id in ids})
    for one in got:
        assert one is not None
        assert had[one] == min(had[id] for id in ids)
        had[one] += 1
    if n >= 6 * k:
        assert max(had.values()) - min(had.values()) <= 1


def test_teams_that_assign_by_hand_have_no_next_person() -> None:
    """Assignment by hand is the default. An unknown team and an owned case have no next person either."""
    assert chosen(team(*TWO, assigns=Assigns.HAND)) is None
    assert chosen(Roster()) is None
    assert chosen(team(*TWO), replace(CASE, owner="zhao")) is None
    assert chosen(team(*TWO), replace(CASE, stage=Stage.RECEIVED)) is None
    assert chosen(team(*TWO, role=Role.LEAD)) is None
    elsewhere = replace(team(*TWO).teams["general"], assigns=Assigns.HAND, duty={})
    assert (
        chosen(
            Roster({"general": replace(elsewhere, assigns=Assigns.LOAD), "b": team(*TWO).teams["general"]})
        )
        is None
    )


def test_a_person_back_from_an_absence_gets_the_next_case_and_no_flood() -> None:
    """The person missed turns while away. They are next once, and then everybody takes turns."""
    a, b, c = (Member(id, id, "x@y.example") for id in "abc")
    before = had("a", "b", "c")
    assert dealt(team(a, b, c, assigns=Assigns.ROTATION), 5, before) == ["a", "b", "c", "a", "b"]
    away = replace(a, absent=ALL_DAY)
    assert dealt(team(away, b, c, assigns=Assigns.ROTATION), 3, before) == ["b", "c", "b"]


def test_a_skipped_person_keeps_their_turn() -> None:
    """A speaker of Chinese who is passed over for a case in English gets the next one in Chinese."""
    a, b = replace(TWO[0], languages=(Language.ZH,)), TWO[1]
    roster = team(a, b, assigns=Assigns.ROTATION)
    assert who(chosen(roster, spoken(CASE, Language.EN))) == "b"
    assert who(chosen(roster, CASE, had("b"))) == "a"


def test_language_nobody_speaks_is_not_asked_for() -> None:
    """A case in English waits for an absent speaker; without any speaker, anybody may get it."""
    a = replace(TWO[0], languages=(Language.ZH,))
    b = replace(TWO[1], languages=(Language.EN,), absent=ALL_DAY)
    assert chosen(team(a, b), spoken(CASE, Language.EN)) is None
    assert who(chosen(team(a), spoken(CASE, Language.EN))) == "a"


@pytest.mark.parametrize("assigns", [Assigns.LOAD, Assigns.ROTATION])
def test_colleague_who_speaks_for_the_company_gets_no_case_of_theirs(assigns: Assigns) -> None:
    """A person who is a party to the case is passed over."""
    case = represented(disputed()).case
    party = replace(case.parties[-1], colleague="a")
    spoken_for = replace(CASE, parties=(*CASE.parties, party))
    assert who(chosen(team(*TWO, assigns=assigns), spoken_for)) == "b"


def test_talks_get_a_negotiator_who_did_not_investigate() -> None:
    """Nobody gets talks before the severity is set, and nobody who worked for the answer."""
    case = disputed().case
    roster = team(*(Member(id, id, "x@y.example") for id in ("zhao", "b")), role=Role.NEGOTIATOR)
    assert chosen(roster, replace(case, severity=None)) is None
    barred = replace(case.talks.dispute, barred=("zhao",))
    serious = replace(case, severity=Severity.S3, talks=replace(case.talks, dispute=barred))
    assert who(chosen(roster, serious)) == "b"
    assert chosen(team(*TWO), serious) is None


def test_reviewed_answer_is_not_handled_again_by_its_author() -> None:
    """A matter that a panel sent back goes to a person who worked neither on the inquiry nor on it."""
    life = decided(Result.SENT_BACK)
    assert life.case.stage == Stage.INVESTIGATING
    case = replace(life.case, owner=None)
    assert case.contents
    worked = case.contents.investigated
    assert worked
    both = team(*(Member(id, id, "x@y.example") for id in (*worked, "b")))
    assert who(chosen(both, case, **{"b": 9})) == "b"
    assert chosen(team(*(Member(id, id, "x@y.example") for id in worked)), case) is None


def test_free_again_is_the_next_presence() -> None:
    """The moment is the beginning of duty, or the end of an absence, of a person who may handle the case."""
    a = replace(TWO[0], on=(Hours(T0 + 5 * HOUR, T0 + 9 * HOUR),), absent=(Hours(T0, T0 + 6 * HOUR),))
    b = replace(TWO[1], absent=(Hours(T0 - HOUR, T0 + 8 * HOUR),))
    assert free_again(CASE, team(a, b), T0) == T0 + 6 * HOUR
    assert free_again(CASE, team(b), T0) == T0 + 8 * HOUR
    recused = replace(CASE, inquiry=replace(CASE.inquiry, recused=("a",)))
    assert free_again(recused, team(a, b), T0) == T0 + 8 * HOUR
    assert free_again(CASE, team(), T0) is None


def test_people_who_left_are_forgotten() -> None:
    """The turns of a team name only its people."""
    after = had("gone", "b").with_next("a", 4, T0, "ab")
    assert (after.made, {id: turn.n for id, turn in after.last.items()}) == (3, {"b": 2, "a": 3})
    assert after.last["a"] == Turn(3, T0, 5)


def test_stale_count_includes_the_last_assignment() -> None:
    """The stored number lags behind for a moment; without the turn, the same person would get two cases."""
    after = TeamTurns().with_next("a", 1, T0, "ab")
    assert who(chosen(team(*TWO), CASE, after, a=1, b=2)) == "b"
    later = replace(after, last={"a": replace(after.last["a"], at=T0 - HOUR)})
    assert who(chosen(team(*TWO), CASE, later, a=1, b=2)) == "a"


def assigned(life: Life, **said: Any) -> Life:
    """Let the clock assign the case."""
    life.take("assign_next", "clock", **{"to": "zhao", "assigns": Assigns.LOAD, "load": 4, **said})
    return life


def test_assign_next_names_the_owner_and_the_rule() -> None:
    """The owner gets the task, the consumer the name; the entry keeps rule and number."""
    life = assigned(unowned())
    assert life.case.owner == "zhao"
    assert life.facts("assign_next") == [{"to": "zhao", "assigns": "load", "load": 4}]
    told = [(letter.name, letter.to) for letter in life.letters[-2:]]
    assert told == [("task", "staff:zhao"), ("handler_named", "party:p1")]


def test_assign_next_moves_no_date() -> None:
    """Promises and running deadlines stay, apart from the one for naming an owner."""
    from chalicelib.domain.engine.deadlines import due

    life = unowned()
    before = {name: at for name, at in due(life.case).items() if name != "assignment"}
    assert due(assigned(life).case) == before


def test_assign_next_is_refused_for_an_owned_case_and_an_outsider() -> None:
    """The roster may have changed since the person was chosen."""
    life = unowned()
    assert life.refused("assign_next", "clock", to="nobody", assigns=Assigns.LOAD) == "unknown_person"
    assert life.refused("assign_next", "sun", to="zhao", assigns=Assigns.LOAD) == "move_not_allowed_for_role"
    recused = replace(life.case, inquiry=replace(life.case.inquiry, recused=("zhao",)))
    life.case = recused
    assert life.refused("assign_next", "clock", to="zhao", assigns=Assigns.LOAD) == "recused_before"
    life = assigned(unowned())
    assert life.refused("assign_next", "clock", to="sun", assigns=Assigns.LOAD) == "has_owner"
    assert on_duty().serves("sun", "general")
