"""Missed deadlines: reported to staff and parties again and again until they are met."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from chalicelib.domain.calendar import SHANGHAI, length
from chalicelib.domain.engine.deadlines import DEADLINES
from chalicelib.domain.engine.running import rule_of
from chalicelib.domain.model.change import Change
from chalicelib.domain.policy import names
from tests.domain.life import BY_PHONE, DAY, Life


class Watched(Life):
    """A life that records the letters in digests."""

    def keep(self, change: Change) -> Change:
        """Save a change, and record the digests."""
        self.digests = [*getattr(self, "digests", []), *change.repeated]
        return super().keep(change)


def silent(by: timedelta = 60 * DAY, life: Life | None = None) -> Life:
    """An accepted complaint that nobody works on."""
    life = life or Life()
    life.take("accept", "wang")
    life.live(by)
    return life


def steps(life: Life, name: str) -> list[tuple[datetime, str]]:
    """Return the time and the recipient of each step of a deadline."""
    lines = [json.loads(entry.line) for entry in life.entries]
    return [
        (datetime.fromisoformat(line["at"]), line["facts"].get("to", ""))
        for line in lines
        if line["move"] == "take_step" and line["facts"]["deadline"] == name
    ]


def apologies(life: Life) -> list[datetime]:
    """Return the moments at which a letter told the consumer that we are late."""
    return [
        datetime.fromisoformat(json.loads(change.entry.line)["at"])
        for _, _, change in life.stepped
        if any(letter.name == "overdue" for letter in change.letters)
    ]


def test_missed_deadline_is_reported_every_two_working_days() -> None:
    """The executive is reminded again after their step, over holidays, without end; from the second time in
    the digest only."""
    life = Watched()
    silent(life=life)
    told = [(f"{at.astimezone(SHANGHAI):%m-%d}", who) for at, who in steps(life, "investigation")][4:9]
    # Qingming from 4 to 6 April
    assert told == [(day, "wu") for day in ("03-28", "04-01", "04-03", "04-08", "04-10")]
    assert life.letters_to("staff:wu").count("escalation") == 1
    assert [run.who for run in life.digests if run.deadline == "investigation"] == ["wu"] * (
        len(steps(life, "investigation")) - 5
    )


@pytest.mark.parametrize("policy", [name for name in names() if name != "demo-1"])
def test_every_duty_of_ours_repeats(policy: str) -> None:
    """Every policy repeats them every two working days, or every 24 hours where it counts in hours.
    Exceptions are deadlines that end in a move, and a few with their own rhythm."""
    own = {"follow_up_visit": "30d", "unreachable": "30d"}
    for name, declared in DEADLINES.items():
        rule = rule_of(policy, name)
        if declared.duty and rule.ladder and not rule.ladder[-1].take and name != "overdue_notice":
            hours = rule.length and length(rule.length).unit in "hl"
            assert rule.ladder[-1].every == own.get(name, "24h" if hours else "2w"), name
        assert declared.duty or not rule.ladder or not rule.ladder[-1].every, name


def test_the_consumer_is_told_again_every_seven_days() -> None:
    """The letters come seven days after the last one, to the minute, whatever the staff do meanwhile. Another
    duty that becomes late is told at once. No moment has two letters."""
    life = silent(50 * DAY)
    told = apologies(life)
    again = [at for at, _ in steps(life, "overdue_notice")]
    late = [life.due[name] for name in ("assignment", "progress", "investigation")]
    assert {*told} == {*again, *late}
    assert len(told) == len({*told}) == life.letters_to().count("overdue")
    assert all(at - 7 * DAY in told for at in again)
    assert all(later - at <= 7 * DAY for at, later in pairwise(told))
    assert life.due["overdue_notice"] == told[-1] + 7 * DAY


def test_a_decision_that_is_late_is_told_again_too() -> None:
    """The late acknowledgement has its own apology, then letters every seven days."""
    life = Life()
    life.live(16 * DAY)
    assert life.letters_to() == ["receipt", "late_acknowledgement", "overdue", "overdue"]


def test_meeting_a_missed_deadline_ends_its_letters() -> None:
    """The move that meets the deadline ends the letters, and no counter of it is left."""
    life = Life().later(3 * DAY)
    life.clock()
    assert "overdue_notice" in life.running
    life.take("accept", "wang")
    life.take("take", "zhao")
    assert "overdue_notice" not in life.running
    life.live(6 * DAY)
    assert life.letters_to().count("overdue") == 0


def test_party_without_mail_is_called_again_after_seven_days() -> None:
    """A letter repeats only after the call about the last one; that call is reported until it is made."""
    life = silent(20 * DAY, Life(BY_PHONE))
    assert life.running["overdue_notice"].stopped == "undelivered"
    assert life.running["telling"].at
    assert "telling" in {key.partition("#")[0] for key in life.case.clock.steps}
    while life.case.tellings:
        life.tell("wang")
    # a call is made once, so the case stores no step of a finished one
    assert "telling" not in {key.partition("#")[0] for key in life.case.clock.steps}
    assert life.due["overdue_notice"] == life.time + 7 * DAY


def test_a_year_of_silence_does_not_fill_the_case_up() -> None:
    """A repeated step changes a number; of the repeated letters the case keeps only the last."""
    life = silent(360 * DAY)
    assert {key.partition("#")[0] for key in life.case.clock.steps} - {"overdue_notice"} == {
        "assignment",
        "progress",
        "investigation",
    }
    assert len(life.case.clock.steps) <= 4
    assert len(life.case.clock.late) == 1
    assert life.letters_to().count("overdue") > 40


def promised(life: Life, by: str, days: int, deadline: str = "investigation") -> Life:
    """Promise a new date in so many days."""
    life.take(
        "promise_anew", by, deadline=deadline, by=life.time.date() + days * DAY, reason="等厂家的检测报告。"
    )
    return life


def refusal(life: Life, by: str, days: int = 20, deadline: str = "investigation") -> str:
    """Return the code with which a new date is refused."""
    return life.refused(
        "promise_anew", by, deadline=deadline, by=life.time.date() + days * DAY, reason="等厂家的检测报告。"
    )


def test_a_new_date_is_a_new_promise() -> None:
    """A new date goes out with its reason, as a deadline of its own. The missed one stays missed and
    reported, and the consumer's seven days run on."""
    life = silent(17 * DAY)
    before, notice = life.running["investigation"], life.running["overdue_notice"]
    promised(life, "sun", 10)
    assert life.letters_to()[-1] == "extension"
    assert life.case.promises[-1].reason == "promise_anew"
    assert life.case.promised == life.due["new_date"] == life.case.promises[-1].by
    assert life.running["investigation"] == before
    assert life.running["overdue_notice"] == notice


def test_a_new_date_that_passes_is_missed_too() -> None:
    """The consumer gets a letter on that day; the supervisor and the executive are reminded, again and
    again."""
    life = promised(silent(17 * DAY), "sun", 10)
    due = life.due["new_date"]
    life.live(20 * DAY)
    told = steps(life, "new_date")
    assert [who for _, who in told][:4] == ["sun", "zhou", "wu", "wu"]
    assert told[1][0] == due
    assert life.running["overdue_notice"].start >= due


def test_each_further_date_takes_a_level_more() -> None:
    """The first date needs the level that the ladder has reached, or above. The next needs one above its last
    giver; after three only the executive gives one."""
    life = silent(17 * DAY)
    assert refusal(life, "zhao") == "move_not_allowed_for_role"
    promised(life, "sun", 3)
    assert refusal(life, "sun") == "promise_level"
    promised(life, "zhou", 4)
    assert refusal(life, "sun") == refusal(life, "zhou") == "promise_level"
    promised(promised(life, "wu", 5), "wu", 6)
    assert refusal(life, "zhou") == "promise_level"
    # the ladder has reached the executive
    assert refusal(silent(30 * DAY), "zhou") == "promise_level"


def test_a_new_date_is_later_than_any_that_was_told() -> None:
    """An earlier or equal date is refused, also before the announced one has passed."""
    life = promised(silent(17 * DAY), "sun", 10)
    assert refusal(life, "wu", 9) == refusal(life, "wu", 10) == "told_later_date"
    promised(life, "wu", 11)


def test_only_what_was_missed_is_promised_anew() -> None:
    """A new date is refused for a deadline that still runs, that was met, that no party knows, or that does
    not exist."""
    life = silent(10 * DAY)
    assert refusal(life, "wu") == "not_missed"
    life.live(10 * DAY)
    assert {
        refusal(life, "wu", deadline=name) for name in ("acknowledgement", "telling", "new_date", "")
    } == {"not_missed"}


def test_with_the_duty_its_new_date_is_over() -> None:
    """A late decision ends both the deadline and its new date."""
    life = Life()
    life.live(2 * DAY)
    promised(life, "wu", 3, "acknowledgement")
    assert life.case.promised is None
    assert "new_date" in life.running
    life.take("accept", "wang")
    assert "new_date" not in life.running
    assert life.case.promised == life.due["investigation"]
