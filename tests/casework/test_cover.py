"""Staff cover: empty roles are reported in time, roster edits are not lost, and all cases of a person pass
on.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.cases.casework import Unavailable
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.codes import Role
from chalicelib.domain.phone_hours import PhoneHours
from chalicelib.domain.roster import COVER, Hours, Member, Roster, Team
from chalicelib.locale import formats
from chalicelib.operations.staffing import AT_ONCE, Handed
from tests.aws_calls import Calls
from tests.casework.manned import ZHENG, manned
from tests.casework.walks import walked
from tests.scenario import DAY, HOUR, LIN, SUN, T0, WANG, ZHAO, ZHOU, Scenario, roster

OTHER = "qian"
"""Another investigator of the team."""
GENERAL = {"zh": "综合组", "en": "General"}


def deputy() -> Member:
    """Return a second investigator."""
    return Member(OTHER, "Qian", "qian@house.example")


def reported(capsys: pytest.CaptureFixture[str]) -> list[float]:
    """Return the values of the metric `EmptyRoles`."""
    return [
        json.loads(line)["EmptyRoles"]
        for line in capsys.readouterr().out.splitlines()
        if "EmptyRoles" in line
    ]


def test_an_empty_role_is_reported_48_hours_ahead(
    scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """A full roster reports nothing; each team and role without anybody present is reported until a stand-in
    is there.

    Every run counts a heartbeat.
    """
    manned(scenario)
    assert scenario.product.cover.watch() == 0
    scenario.product.cover.away(ZHENG, "sun", Hours(T0 + 3 * DAY, T0 + 4 * DAY))
    assert scenario.product.cover.watch() == 0
    scenario.later(DAY + HOUR)
    assert scenario.product.cover.watch() == 1
    scenario.product.cover.away(ZHENG, "wu", Hours(T0 + 2 * DAY, T0 + 4 * DAY))
    scenario.product.cover.away(ZHENG, "zhao", Hours(T0, T0 + 9 * DAY))
    assert scenario.product.cover.watch() == 3
    scenario.product.cover.edit(
        lambda found: found.enlisted("general", "lead", Member("lin", "Lin", "lin@house.example"))
    )
    assert scenario.product.cover.watch() == 2
    assert reported(capsys) == [0, 0, 1, 3, 2]


def covered(scenario: Scenario) -> None:
    """Man every role; let the team be open on weekday mornings, with the lead on its cover rota."""
    manned(scenario)
    mornings = tuple(PhoneHours(day, time(9), time(12)) for day in range(1, 6))
    scenario.product.cover.edit(
        lambda found: found.with_team("general", GENERAL, "400", hours=mornings).enlisted(
            "general", COVER, Member("sun", "Sun", "sun@house.example")
        )
    )


def test_gap_of_a_cover_rota_is_reported_like_an_empty_role(scenario: Scenario) -> None:
    """An absence of the only person leaves the role empty, and the rota outside the telephone hours."""
    covered(scenario)
    assert scenario.product.cover.watch() == 0
    scenario.product.cover.away(ZHENG, "sun", Hours(T0, T0 + HOUR))
    assert scenario.product.cover.watch() == 1
    scenario.product.cover.away(ZHENG, "sun", Hours(T0, T0 + 5 * HOUR))
    assert scenario.product.cover.watch() == 2
    gaps = scenario.product.cover.gaps(scenario.product.file.fresh_roster()[0])["general"]
    assert {gap.role: gap.hours for gap in gaps} == {
        "lead": Hours(T0, T0 + 5 * HOUR),
        COVER: Hours(T0 + 3 * HOUR, T0 + 5 * HOUR),
    }


@pytest.mark.parametrize(("hour", "to"), [(0, "qian"), (3, "sun"), (30, "sun")])
def test_alarm_outside_the_hours_goes_to_the_cover_rota(scenario: Scenario, hour: int, to: str) -> None:
    """A danger that is reported at night reaches the rota at once, and the supervisor as always."""
    covered(scenario)
    scenario.later(hour * HOUR)
    scenario.submit(hurt="hurt")
    scenario.post()
    alarms = {mail["to"] for mail in scenario.sent() if mail["to"].endswith("house.example")}
    assert alarms == {f"{to}@house.example", "zhou@house.example"}


def test_no_roster_at_all_is_reported_too(scenario: Scenario) -> None:
    """The team that gets new cases is missed although it is not on the roster.

    An empty department is missed in its two roles.
    """
    scenario.product.file.keep_roster(Roster())
    everything = scenario.product.cover.watch()
    assert everything >= len({"intake", "lead", "supervisor", "executive"})
    scenario.product.file.keep_roster(Roster({"repair": Team(GENERAL, duty={"department": ()})}))
    assert scenario.product.cover.watch() == everything + 2


def test_edits_at_the_same_time_do_not_lose_each_other(scenario: Scenario) -> None:
    """The second of two edits is applied to the result of the first."""
    one, two = Hours(T0 + DAY, T0 + 2 * DAY), Hours(T0 + 5 * DAY, T0 + 6 * DAY)
    raced = iter([True])

    def slow(found: Roster) -> Roster:
        if next(raced, False):
            scenario.product.cover.away(ZHENG, "sun", one)
        return found.away("wang", two, scenario.time)

    scenario.product.cover.edit(slow)
    found, version = scenario.product.file.fresh_roster()
    away = {id: member.absent for id in ("sun", "wang") if (member := found.member(id))}
    assert away == {"sun": (one,), "wang": (two,)}
    assert version == 3


def test_an_edit_that_always_loses_says_so(scenario: Scenario) -> None:
    """The edit raises `roster_changed` and overwrites nothing."""

    def slower(found: Roster) -> Roster:
        scenario.product.file.keep_roster(found)
        return Roster()

    with pytest.raises(Refusal, match="roster_changed"):
        scenario.product.cover.edit(slower)
    assert scenario.product.file.fresh_roster()[0] == roster()


def test_a_roster_from_before_versions_can_be_changed(scenario: Scenario) -> None:
    """A row without a version counts as version 0."""
    from chalicelib.aws import rows

    rows.Row.get(rows.ROSTER, rows.ROSTER).update(actions=[rows.Row.entries.remove()])
    scenario.product.cover.away(ZHENG, "sun", Hours(T0, T0 + DAY))
    assert scenario.product.file.fresh_roster()[1] == 1


def test_roster_edit_drops_past_absences(scenario: Scenario) -> None:
    """The next edit drops absences that are over."""
    scenario.product.cover.away(ZHENG, "sun", Hours(T0, T0 + DAY))
    scenario.later(2 * DAY)
    scenario.product.cover.away(ZHENG, "wang", Hours(scenario.time, scenario.time + DAY))
    assert scenario.product.file.fresh_roster()[0].member("sun") == roster().member("sun")


def test_absence_is_entered_for_oneself_or_ones_team(scenario: Scenario) -> None:
    """Everybody may enter an absence for themselves, heads for their teams, and a supervisor for all.

    The administrator and a personnel system may do so for anybody.
    """
    found = (
        roster()
        .with_team("shop", {"zh": "门店", "en": "Shop"}, "")
        .enlisted("shop", "intake", Member("shop", "S", "s@house.example"))
    )
    scenario.product.file.keep_roster(found)
    away = Hours(T0 + HOUR, T0 + DAY)
    system = Caller("partner:hr", Role.PARTNER)
    allowed = {
        ("wang", WANG),
        ("zhao", SUN),
        ("zhao", ZHOU),
        ("shop", ZHOU),
        ("shop", ZHENG),
        ("zhao", ZHENG),
        ("shop", system),
    }
    for who, caller in sorted(allowed, key=str):
        scenario.product.cover.away(caller, who, away)
        scenario.product.cover.back(caller, who, away)
    for who, caller in (("zhao", WANG), ("shop", SUN), ("shop", ZHAO)):
        with pytest.raises(Refusal, match="not_your_people"):
            scenario.product.cover.away(caller, who, away)
        scenario.product.cover.away(ZHENG, who, away)
        with pytest.raises(Refusal, match="not_your_people"):
            scenario.product.cover.back(caller, who, away)
        scenario.product.cover.back(ZHENG, who, away)
    with pytest.raises(Refusal, match="unknown_person"):
        scenario.product.cover.away(ZHENG, "nobody", away)
    with pytest.raises(Refusal, match="unknown_person"):
        scenario.product.cover.away(Caller("newcomer", Role.INTAKE), "newcomer", away)


@pytest.mark.parametrize(
    ("caller", "above"),
    [
        (SUN, ("zhou", "wu")),
        (ZHOU, ("wu",)),
        (replace(SUN, roles=Role.LEAD | Role.ADMINISTRATOR), ("zhou", "wu")),
    ],
)
def test_absence_of_a_superior_is_refused(scenario: Scenario, caller: Caller, above: tuple[str, ...]) -> None:
    """Nobody enters an absence for a person above them in the line, whatever other role they have."""
    away = Hours(T0 + HOUR, T0 + DAY)
    for who in above:
        with pytest.raises(Refusal, match="not_your_people"):
            scenario.product.cover.away(caller, who, away)
        scenario.product.cover.away(ZHENG, who, away)
        with pytest.raises(Refusal, match="not_your_people"):
            scenario.product.cover.back(caller, who, away)
    assert not {*above} & {
        *scenario.product.cover.speaks_for(caller, scenario.product.file.fresh_roster()[0])
    }


def test_a_step_that_finds_everybody_away_is_told_to_operations(
    scenario: Scenario, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """A step that finds everybody away goes a level up and is counted; one that a deputy takes is not."""
    scenario.product.cover.away(ZHENG, "sun", Hours(T0, T0 + 9 * DAY))
    ref = scenario.submit().ref
    scenario.later(16 * HOUR)
    scenario.minute()
    assert '"StepReachedNobody"' not in capsys.readouterr().out
    scenario.later(8 * HOUR)
    scenario.minute()
    assert '"StepReachedNobody": 1' in capsys.readouterr().out
    assert ref in [getattr(record, "ref", "") for record in caplog.records]


def test_leaving_the_last_role_needs_an_empty_list(scenario: Scenario) -> None:
    """A person leaves their last role only with an empty list, and one of several roles at any time."""
    manned(scenario, followup=deputy(), investigator=deputy())
    held(scenario, 1)
    scenario.product.cover.edit(
        lambda found: found.enlisted("general", "followup", Member("zhao", "Zhao", "zhao@house.example"))
    )
    scenario.product.cover.dismiss("general", "followup", "zhao")
    with pytest.raises(Refusal, match="still_holds_cases"):
        scenario.product.cover.dismiss("general", "investigator", "zhao")
    scenario.product.cover.hand_over(SUN, "zhao", OTHER, "离职")
    scenario.product.cover.dismiss("general", "investigator", "zhao")
    assert scenario.product.file.fresh_roster()[0].member("zhao") is None


def held(scenario: Scenario, many: int, accepted: bool = True) -> list[Case]:
    """Create open cases of one investigator, a minute after each other, the first due first."""
    found = []
    for _ in range(many):
        case = scenario.submit()
        if accepted:
            scenario.move(WANG, "accept", case.ref)
        found.append(scenario.move(SUN, "assign", case.ref, to="zhao"))
        scenario.later(timedelta(minutes=1))
    return found


def owners(scenario: Scenario, cases: list[Case]) -> list[str | None]:
    """Return the present owners of the cases."""
    return [scenario.product.file.load(case.ref).owner for case in cases]


def lists(scenario: Scenario) -> list[dict[str, Any]]:
    """Return every hand-over letter with its recipient and the cases it names."""
    refs = {ref for ref, _ in _hand_overs(scenario)}
    letters = [
        letter
        for ref in refs
        for letter in scenario.product.file.whole(ref).letters
        if letter["name"] == "hand_over"
    ]
    facts = {(line["n"], ref): line["facts"] for ref, line in _hand_overs(scenario)}
    return [
        {
            "to": letter["to"],
            "cases": next(
                f["cases"] for (n, _), f in facts.items() if n == letter["entry"] and f.get("cases")
            ),
        }
        for letter in sorted(letters, key=lambda letter: letter["to"])
    ]


def _hand_overs(scenario: Scenario) -> list[tuple[str, dict[str, Any]]]:
    from chalicelib.aws import rows

    entries = [row for row in rows.Row.scan() if row.pk.startswith("CASE#") and row.sk.startswith("ENTRY")]
    lines = [(rows.ref_of(row.pk), json.loads(row.body)) for row in entries]
    return [(ref, line) for ref, line in lines if line["move"] == "hand_over"]


def test_everything_somebody_holds_passes_on(scenario: Scenario) -> None:
    """Ownership, work lists and the owner's tasks pass on, and no deadline restarts.

    Consumers are notified, and both colleagues get the list.
    """
    manned(scenario, investigator=deputy())
    cases = [*held(scenario, 2), *held(scenario, 1, accepted=False)]
    other = scenario.submit()
    runs = [case.promised for case in cases]
    scenario.later(DAY)
    handed = scenario.product.cover.hand_over(SUN, "zhao", OTHER, "休假")
    assert (set(handed.moved), handed.failed, handed.left) == ({case.ref for case in cases}, (), 0)
    assert owners(scenario, [*cases, other]) == [OTHER] * 3 + [None]
    assert [scenario.product.file.load(case.ref).promised for case in cases] == runs
    assert not scenario.product.file.work("PERSON#zhao", None, 9)[0]
    assert len(scenario.product.file.work(f"PERSON#{OTHER}", None, 9)[0]) == 3
    assert all(scenario.moves(case.ref)[-1] == "hand_over" for case in cases)
    assert [(letter["to"], letter["cases"]) for letter in lists(scenario)] == [
        ("staff:qian", list(handed.moved)),
        ("staff:zhao", list(handed.moved)),
    ]
    scenario.post()
    told = [mail["to"] for mail in scenario.sent() if "移交" in mail["subject"]]
    assert sorted(told) == ["qian@house.example", "zhao@house.example"]


def test_the_next_deadline_stands_first_on_the_list(scenario: Scenario) -> None:
    """The list of the new owner begins with the next deadline."""
    manned(scenario, investigator=deputy())
    held(scenario, 3)
    due = [item["ref"] for item in scenario.product.file.work("PERSON#zhao", None, 9)[0]]
    assert list(scenario.product.cover.hand_over(ZHOU, "zhao", OTHER, "休假").moved) == due


def test_only_heads_hand_over_and_only_within_a_team(scenario: Scenario) -> None:
    """Only the lead or a supervisor hands cases over, to another known person of the same team."""
    found = manned(scenario, investigator=deputy()).with_team("shop", {"zh": "门店", "en": "Shop"}, "")
    scenario.product.file.keep_roster(
        found.enlisted("shop", "investigator", Member("shop", "S", "s@house.example"))
    )
    cases = held(scenario, 1)
    elsewhere = Caller("boss", Role.LEAD, frozenset({"shop"}))
    for caller, giver, to, code in (
        (SUN, "zhao", "shop", "not_your_people"),
        (elsewhere, "zhao", OTHER, "not_your_people"),
        (WANG, "zhao", OTHER, "not_your_people"),
        (SUN, "zhao", "nobody", "unknown_person"),
        (SUN, "nobody", OTHER, "unknown_person"),
        (SUN, OTHER, OTHER, "same_person"),
    ):
        with pytest.raises(Refusal, match=code):
            scenario.product.cover.hand_over(caller, giver, to, "休假")
    assert scenario.product.cover.hand_over(ZHOU, "zhao", "shop", "休假").failed == (cases[0].ref,)
    assert scenario.product.cover.hand_over(elsewhere, "zhao", "shop", "休假") == Handed((), (), 0)
    assert owners(scenario, cases) == ["zhao"]


def test_a_crash_in_the_middle_leaves_whole_cases_and_the_same_again_goes_on(scenario: Scenario) -> None:
    """The result names the cases that were not handed over, and none is half done.

    A second call moves them, and a third finds nothing to do.
    """
    manned(scenario, investigator=deputy())
    cases = held(scenario, 4)
    cover, left = scenario.product.cover, iter([True, True])

    class Dying:
        """Casework that stops answering after two moves."""

        def __getattr__(self, name: str) -> Any:
            return getattr(scenario.product.casework, name)

        def move(self, *said: Any) -> Case:
            """Move a case, or raise `Unavailable`."""
            if not next(left, False):
                raise Unavailable("case file")
            return scenario.product.casework.move(*said)

    first = replace(cover, casework=Dying()).hand_over(SUN, "zhao", OTHER, "休假")
    assert (len(first.moved), len(first.failed)) == (2, 2)
    assert sorted(filter(None, owners(scenario, cases))) == ["qian", "qian", "zhao", "zhao"]
    second = cover.hand_over(SUN, "zhao", OTHER, "休假")
    assert set(second.moved) == set(first.failed)
    assert owners(scenario, cases) == [OTHER] * 4
    assert {letter["to"]: tuple(letter["cases"]) for letter in lists(scenario)} == {
        "staff:qian": second.moved,
        "staff:zhao": second.moved,
    }
    assert cover.hand_over(SUN, "zhao", OTHER, "休假").moved == ()


def test_a_case_that_changes_hands_meanwhile_is_left_alone(scenario: Scenario) -> None:
    """A case assigned to a third person in that moment stays there; a message in between does no harm."""
    manned(scenario, investigator=deputy())
    taken, written = held(scenario, 2)
    raced = {
        taken.ref: lambda: scenario.move(LIN, "assign", taken.ref, to="wang"),
        written.ref: lambda: scenario.move(
            scenario.party(written), "message", written.ref, text="还要多久？"
        ),
    }

    class Racing:
        """Casework that another move overtakes once per case."""

        def __getattr__(self, name: str) -> Any:
            return getattr(scenario.product.casework, name)

        def move(self, name: str, ref: str, *said: Any) -> Case:
            """Let the other move go first."""
            raced.pop(ref, lambda: None)()
            return scenario.product.casework.move(name, ref, *said)

    handed = replace(scenario.product.cover, casework=Racing()).hand_over(SUN, "zhao", OTHER, "休假")
    assert (handed.moved, handed.failed) == ((written.ref,), ())
    assert owners(scenario, [taken, written]) == ["wang", OTHER]


def test_a_hand_over_costs_four_calls_a_case(calls: Calls, scenario: Scenario) -> None:
    """Each case costs two reads, one transaction and at most one nudge, plus a few calls in all.

    Eighty cases take far less than the 29 s of a request. What is held is asked once.
    """
    manned(scenario, investigator=deputy())
    cases = held(scenario, 10)
    scenario.product.file.roster()
    scenario.product.file.load(cases[0].ref)  # the register of outages is believed for a minute
    calls.made()
    assert len(scenario.product.cover.hand_over(SUN, "zhao", OTHER, "休假").moved) == 10
    made = calls.made()
    assert made["TransactWriteItems"] == 10
    assert made["GetItem"] <= 2 * 10 + 2
    assert made.get("SendMessage", 0) <= 10
    assert made["Query"] == 2
    assert sum(made.values()) <= 4 * 10 + 3
    assert AT_ONCE >= 80


def test_handover_leaves_surplus_cases_for_the_next_time(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer states how many cases are left."""
    monkeypatch.setattr("chalicelib.operations.staffing.AT_ONCE", 2)
    monkeypatch.setattr("chalicelib.operations.staffing.PAGE", 1)
    manned(scenario, investigator=deputy())
    held(scenario, 3)
    first = scenario.product.cover.hand_over(SUN, "zhao", OTHER, "休假")
    again = scenario.product.cover.hand_over(SUN, "zhao", OTHER, "休假")
    assert (len(first.moved), first.left, len(again.moved), again.left) == (2, 1, 1, 0)


def test_a_calendar_that_is_not_loaded_is_told_weekly(scenario: Scenario) -> None:
    """The administrator is notified weekly from 1 November on, however often the check runs.

    The notice names the deadlines that the calendar can move.
    """
    scenario.time = T0.replace(year=2026, month=10, day=31)
    scenario.product.cover.watch()
    walked(scenario)
    assert scenario.sent() == []
    for day in range(1, 16):
        scenario.time = T0.replace(year=2026, month=11, day=day)
        for _ in range(2):
            scenario.product.cover.watch()
        walked(scenario)
    told = [mail for mail in scenario.sent() if "2027" in mail["subject"]]
    assert [mail["to"] for mail in told] == ["zheng@house.example"] * 3
    assert [mail["to"] for mail in scenario.sent() if mail["to"] != "zhou@house.example"] == [
        "zheng@house.example"
    ] * 3
    assert formats.label("zh", "challenge", "deadline") in told[0]["text"]


def test_calendar_notice_without_an_administrator_reaches_the_executive(scenario: Scenario) -> None:
    """A notice about the calendar goes to the executive if the roster has no administrator."""
    teams = {
        id: replace(
            team, duty={role: people for role, people in team.duty.items() if role != "administrator"}
        )
        for id, team in roster().teams.items()
    }
    scenario.product.file.keep_roster(Roster(teams))
    scenario.time = T0.replace(year=2026, month=11, day=2)
    scenario.product.cover.watch()
    walked(scenario)
    assert [mail["to"] for mail in scenario.sent()] == ["wu@house.example"]
