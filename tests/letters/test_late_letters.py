"""Letters about a missed deadline: its name, the promised date, and the date of the next letter."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.domain.model.codes import Hurt
from chalicelib.locale import formats
from tests.domain.life import DAY, DECLINED, HOUR
from tests.letters.rendered import BOTH, RenderedLife, rendered_life

NO_DATE = {"zh": "新的时间还没有定下来", "en": "No new date has been set yet"}


def late() -> RenderedLife:
    """Return an accepted complaint without an answer in time."""
    life = rendered_life()
    life.live(17 * DAY)
    return life


@BOTH
def test_we_are_late_with_the_answer(language: str) -> None:
    """The letter names the missed deadline with its date, says that no new date is set, and announces the
    next letter, which follows."""
    life = late()
    text = life.text("overdue", language)
    for said in (
        formats.label(language, "investigation", "deadline"),
        formats.moment(language, life.due["investigation"]),
        NO_DATE[language],
        formats.moment(language, life.due["overdue_notice"]),
    ):
        assert said in text
    announced = life.due["overdue_notice"]
    life.live(8 * DAY)
    assert life.letters_to().count("overdue") == 2
    assert life.due["overdue_notice"] == announced + 7 * DAY
    assert formats.moment(language, life.due["overdue_notice"]) in life.text("overdue", language)


@BOTH
def test_a_step_that_tells_several_roles_names_them_all(language: str) -> None:
    """Each addressee of an escalation sees the other roles that must act."""
    life = RenderedLife(hurt=Hurt.HURT)
    life.live(5 * HOUR)
    late_with = formats.label(language, "safety_triage", "deadline")
    found = {text for key, _, said, text in life.texts if key == "escalation" and said == language}
    roles = " and " if language == "en" else "和"
    roles = roles.join(formats.label(language, role, "role") for role in ("safety", "executive"))
    assert any(late_with in text and roles in text for text in found)


@BOTH
def test_we_are_late_with_the_acknowledgement(language: str) -> None:
    """The letter on a late acknowledgement announces the next one, which a week later is the common
    apology."""
    life = RenderedLife()
    life.live(2 * DAY)
    assert formats.moment(language, life.due["overdue_notice"]) in life.text("late_acknowledgement", language)
    life.live(7 * DAY)
    text = life.text("overdue", language)
    assert formats.label(language, "acknowledgement", "deadline") in text
    assert NO_DATE[language] in text


@BOTH
def test_a_new_date_is_told_with_its_reason(language: str) -> None:
    """The letter has both dates, the reason, and the role that promised. The next apology names the new
    date while it is ahead, and afterwards that it was missed."""
    life = late()
    life.take(
        "promise_anew",
        "sun",
        deadline="investigation",
        by=life.time.date() + 10 * DAY,
        reason="等厂家的检测报告。",
    )
    text, new = life.text("extension", language), life.due["new_date"]
    for said in (
        formats.moment(language, new),
        formats.moment(language, life.due["investigation"]),
        "等厂家的检测报告。",
        formats.label(language, "lead", "role"),
    ):
        assert said in text
    life.live(7 * DAY)
    assert formats.moment(language, new) in life.text("overdue", language)
    assert NO_DATE[language] not in life.text("overdue", language)
    life.live(4 * DAY)
    assert formats.moment(language, new) in life.text("overdue", language)
    assert NO_DATE[language] in life.text("overdue", language)


PROVISIONAL = {"zh": "2027年的日期是暂定的", "en": "Dates in 2027 are provisional"}


@BOTH
def test_a_date_in_a_year_without_a_notice_is_marked(language: str) -> None:
    """A provisional date, in a year whose holiday notice is missing, is marked. Other letters have no
    mark."""
    life = RenderedLife()
    assert PROVISIONAL[language] not in life.text("receipt", language)
    life.time = datetime(2026, 12, 22, 2, tzinfo=UTC)
    life.take("decline", "wang", **DECLINED)
    text = life.text("declined", language)
    assert formats.moment(language, life.due["answer_window"]) in text
    assert PROVISIONAL[language] in text
