"""The register of mediators: fitness, ending qualifications, entries and removals."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.model.case import Refusal
from chalicelib.domain.register import ENDS_SOON, Expertise, Mediator, Register, register_faults
from chalicelib.domain.roster import Member, Roster, Team
from tests.domain.registered import EN, ZH, mediator

TODAY = date(2026, 12, 1)


def register(*people: Mediator) -> Register:
    """Return a register of these mediators."""
    return Register().entered(people)


def test_fit_mediator_is_found() -> None:
    """A fit mediator is valid, independent, and has the field and the languages; the last day of the
    qualification counts."""
    expert = mediator(fields=(Expertise("quality"), Expertise("price")), languages=(ZH,), until=TODAY)
    assert register(expert).fit("ma", fields={"quality", "price"}, languages={ZH}, today=TODAY) == expert
    assert register(mediator()).fit("ma", fields={"privacy"}, languages={ZH, EN}, today=TODAY).lawful


@pytest.mark.parametrize(
    ("changes", "asked", "code"),
    [
        ({}, {"id": "nobody"}, "mediator_unknown"),
        ({"suspended": True}, {}, "mediator_suspended"),
        ({"until": TODAY - timedelta(days=1)}, {}, "mediator_expired"),
        ({"ties": "持有本企业股份"}, {}, "mediator_tied"),
        ({"fields": (Expertise("quality"),)}, {"fields": {"quality", "safety"}}, "mediator_unfit"),
        ({"languages": (ZH,)}, {"languages": {ZH, EN}}, "mediator_language"),
    ],
)
def test_unfit_mediator_has_their_own_reason(
    changes: dict[str, Any], asked: dict[str, Any], code: str
) -> None:
    """Each unfit mediator has their own reason: unknown, suspended, expired, tied, or another field or
    language. The field is named."""
    wanted = {"id": "ma", "fields": {"quality"}, "languages": {ZH}, "today": TODAY, "at": "to", **asked}
    with pytest.raises(Refusal, match=code) as refused:
        register(mediator(**changes)).fit(**wanted)
    assert refused.value.field == "to"


def test_register_lists_qualifications_that_end_soon() -> None:
    """The list starts sixty days ahead and includes the ended, the first to end first; the suspended are left
    out."""
    ends = {
        "later": ENDS_SOON,
        "soon": ENDS_SOON - timedelta(days=1),
        "today": timedelta(),
        "over": timedelta(days=-9),
    }
    people = [mediator(id, until=TODAY + away) for id, away in ends.items()]
    found = register(*people, mediator("off", until=TODAY, suspended=True))
    assert [m.id for m in found.ending(TODAY)] == ["over", "today", "soon"]


def test_entries_change_one_by_one() -> None:
    """An entry is added, replaced, removed or suspended without a change of others; an unknown one cannot be
    changed."""
    both = register(mediator("ma"), mediator("lu"))
    changed = both.entered([replace(both.entries["ma"], past=3), mediator("xu")])
    assert [*changed.entries] == ["ma", "lu", "xu"]
    assert changed.entries["ma"].past == 3
    assert changed.entries["lu"] == both.entries["lu"]
    off = changed.with_suspended("lu", True)
    assert off.entries["lu"].suspended
    assert not off.entries["ma"].suspended
    assert off.with_suspended("lu", False) == changed
    assert [*off.struck("lu").entries] == ["ma", "xu"]
    for change in (lambda: both.struck("xu"), lambda: both.with_suspended("xu", True)):
        with pytest.raises(Refusal, match="mediator_unknown"):
            change()


def test_register_refuses_staff_and_duplicates() -> None:
    """The refusal names every wrong entry; a mediator is known by id and by e-mail address, in any case."""
    people = [
        mediator("ma"),
        mediator("sun"),
        mediator("ma"),
        mediator("lu", email="Wang@House.example"),
        mediator("xu"),
    ]
    assert [*register_faults(people, {"sun", "wang@house.example"})] == [
        (1, "employed"),
        (2, "repeated"),
        (3, "employed"),
    ]


def test_a_mediator_is_reached_like_staff_and_serves_nowhere() -> None:
    """Letters find a mediator's name and address. No team and no ladder has them, and edits of the roster
    leave the register."""
    team = Team(
        {"zh": "综合组", "en": "General"}, duty={"lead": (Member("sun", "Sun", "sun@house.example"),)}
    )
    roster = Roster({"general": team}, register(mediator(phone="+8613800138000")))
    found = roster.member("ma")
    assert found == Member("ma", "马静", "ma@mediation.example", "+8613800138000")
    assert found.present(datetime(2026, 12, 1, tzinfo=UTC))
    assert not roster.serves("ma", "general")
    assert roster.member("sun")
    assert not roster.member("nobody")
    assert (
        roster.enlisted("general", "lead", Member("lin", "Lin", "lin@house.example"))
        .with_team("x", {}, "")
        .mediators
        == roster.mediators
    )


@pytest.mark.parametrize(
    ("days", "reminded"), [(61, None), (60, 60), (15, 60), (14, 14), (0, 14), (-1, None)]
)
def test_an_ending_is_told_twice(days: int, reminded: int | None) -> None:
    """Letters go sixty and fourteen days before; an ended qualification is left to the alarm."""
    found = register(
        mediator(until=TODAY + timedelta(days=days)), mediator("off", until=TODAY, suspended=True)
    )
    assert [near for _, near in found.reminders(TODAY)] == ([reminded] if reminded else [])
