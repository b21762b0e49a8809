"""Replay under the same policy reproduces a case; under another policy it reports the differences."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chalicelib.cases.dossier import Dossier
from chalicelib.domain.model.codes import Role
from chalicelib.domain.outages import Outage, Part
from chalicelib.figures.replay import STEP, of_ladders, out_of_order, played
from chalicelib.figures.what_if import connected_complaints
from infra.replay import compared, main, moved, report_lines, wrong
from tests.cloud import laws
from tests.cloud.driven import Driven, driven
from tests.cloud.faults import Faults
from tests.cloud.lives import (
    broken_and_made_good,
    by_phone,
    decided_anew,
    left_alone,
    never_signed,
    represented,
    three_together,
    upheld_and_paid,
)
from tests.life.contested import answered, staffed
from tests.scenario import DAY, HE, HOUR, SUN, T0, WANG, ZHAO

STRICT = """based_on = "default-1"

[deadline.acknowledgement]
length = "2h"
ladder = [{ at = "due", tell = "supervisor" }, { every = "24h", tell = "executive" }]

[deadline.answer_window]
length = "1h"
ladder = [{ at = "due", take = "lapse_answer" }]
"""


def of_several(scenario: Driven) -> None:
    """A second complaint of the same person is linked, and another person joins and leaves again.

    A declined matter is reconsidered separately, while the rest goes on and a department is asked.
    """
    staffed(scenario)
    first, again = (scenario.submit(wishes=["explanation"]).ref for _ in range(2))
    other = scenario.submit(person={"name": "邻居", "email": "neighbour@mail.example"}).ref
    scenario.move(WANG, "link_duplicate", again, leading=first)
    scenario.move(SUN, "invite_to_join", other, leading=first)
    scenario.move(scenario.by_link(other), "join_case", other, own_wish=True)
    scenario.live(DAY / 4, first)
    scenario.move(scenario.by_link(first, "p2"), "leave_case", first)
    declined = {"declined": {"2": "not_complaint"}, "reasons": {"2": "这是咨询。"}, "routes": ["samr_12315"]}
    scenario.move(WANG, "accept", first, **declined)
    scenario.move(scenario.by_link(first), "ask_reconsideration", first, reasons={"2": "不是咨询。"})
    scenario.move(SUN, "assign", first, to="zhao")
    scenario.move(ZHAO, "ask_department", first, department="repair", question="修过几次？")
    scenario.move(HE, "answer_department", first, question="Q1", answer="修过两次。")
    scenario.live(40 * DAY, first)


def stood_still(scenario: Driven) -> None:
    """The clock stops over the reminder of one request and over the end of another.

    The site was away too, which is entered days later.
    """
    staffed(scenario)
    refs = []
    for _ in range(2):
        refs.append(scenario.submit(wishes=["explanation"]).ref)
        scenario.move(WANG, "ask_information", refs[-1], items=["photos"], why="看不清。")
        scenario.live(3 * DAY)
    scenario.stands_still(30 * HOUR)
    scenario.live(DAY)
    outages = scenario.product.outages
    outages.enter(Outage(Part.SITE, scenario.time - DAY, scenario.time - 6 * HOUR, entered=scenario.time))
    scenario.live(60 * DAY)


def filed_again(scenario: Driven) -> None:
    """A complaint is answered and filed again. The second filing is declined with the first as its ground,
    and a second person approves."""
    staffed(scenario)
    first = answered(scenario)
    again = scenario.submit().ref
    scenario.confirm(again)
    declined = {
        "grounds": {"1": "repeat", "2": "not_complaint"},
        "reasons": {"1": "已答复。", "2": "这是咨询。"},
        "earlier": {"1": first},
        "routes": ["samr_12315"],
    }
    scenario.agreed(again, WANG, SUN, "decline", **declined)
    scenario.live(40 * DAY, first, again)


LIVES = [
    broken_and_made_good,
    by_phone,
    decided_anew,
    filed_again,
    left_alone,
    never_signed,
    of_several,
    represented,
    stood_still,
    three_together,
    upheld_and_paid,
]


def quiet() -> Faults:
    """Return a schedule without faults."""
    faults = Faults(0)
    faults.cease()
    return faults


def recorded(dossier: Dossier) -> list[tuple[str, int, bool, str]]:
    """Return the acts of the clock that the complaint's own timeline records. Each is its move, and for a
    step of a ladder its number, whether it warns early, and the role that it notifies."""
    lines = (dossier.line(n) for n in range(1, dossier.case.entries + 1))
    return [
        (STEP, line["facts"]["step"], line["facts"]["early"], line["facts"].get("role") or "")
        if line["move"] == STEP
        else (line["move"], 0, False, "")
        for line in lines
        if line["role"] == Role.CLOCK.code and line["move"] in of_ladders()
    ]


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.__name__)
def test_under_its_own_policy_a_life_is_what_it_was(life: Callable[[Driven], None]) -> None:
    """No move is refused in the replay, and the clock takes each of its steps again.

    Deadline, ladder step and notified role are the same.
    """
    with driven(quiet()) as scenario:
        life(scenario)
        for ref in laws.refs(scenario):
            together = connected_complaints(scenario.product.file, ref)
            for dossier, again in zip(
                together, played(together, scenario.product.file.roster()), strict=True
            ):
                assert again.broken is None
                steps = [one[2:] for one in again.taken]
                assert [one for one in recorded(dossier) if one not in steps] == []
            assert any(map(recorded, together))


def test_under_a_stricter_policy_it_is_said_what_would_have_been_late(tmp_path: Path) -> None:
    """A two-hour acknowledgement would have reached the executive.

    Under a window of an hour the acceptance of the answer would have come too late.
    """
    (strict := tmp_path / "next.toml").write_text(STRICT)
    with driven(quiet()) as scenario:
        upheld_and_paid(scenario)
        file, pairs = scenario.product.file, []
        assert moved(file, T0.date()) == {*laws.refs(scenario)}
        for ref in laws.refs(scenario):
            pairs += compared([file.whole(ref)], file.roster(), str(strict))
    (pair,) = pairs
    assert pair[1].broken
    assert pair[1].broken[1] == "move_not_allowed_in_stage"
    said = "\n".join(report_lines(pairs))
    assert "1 closed complaints were played" in said
    assert "answer_window" in said
    assert "1 in which more would have been late or lapsed" in said
    assert "answer_window lapsed +1" in said
    assert "1 in which somebody did what they could no longer have done" in said


def test_a_file_that_is_no_policy_is_refused_with_its_place(tmp_path: Path) -> None:
    """A ladder out of order is reported with its deadline and step.

    An unreadable file, a missing base policy and an invalid length are reported too; our own policies are in
    order.
    """
    (crooked := tmp_path / "crooked.toml").write_text(
        STRICT.replace(
            '{ at = "due", tell = "supervisor" }',
            '{ at = "+4h", tell = "lead" }, { at = "1h", tell = "lead" }',
        )
    )
    (unread := tmp_path / "unread.toml").write_text("[deadline")
    (alone := tmp_path / "alone.toml").write_text('team = "general"\n')
    (long := tmp_path / "long.toml").write_text(STRICT.replace('"2h"', '"2 hours"'))
    assert list(wrong(str(crooked))) == ["acknowledgement: step 2 comes before the one above it"]
    for file in (unread, alone, long, tmp_path / "none.toml"):
        assert "is no policy" in next(wrong(str(file)))
    with pytest.raises(SystemExit, match="comes before the one above it"):
        main(["--policy", str(crooked), "--since", "2026-01-01"], lambda *_: None)
    for ours in ("default-1", "bank-1", "telecom-1", "demo-1"):
        assert list(out_of_order(ours)) == []
