"""Letters about what is late: each duty in a sentence, who has it, the next dates, and the ways outside."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.domain.model.codes import Hurt, Wish
from chalicelib.locale import formats
from chalicelib.locale.formats import texts
from tests.domain.life import DAY, DECLINED, HOUR, on_duty
from tests.letters.rendered import BOTH, RenderedLife, rendered_life

NO_DATE = {"zh": "新的时间还没有定下来", "en": "No new date has been set yet"}


WHAT = {
    "zh": "我们本应在{by}前完成调查并答复您，到现在还没有答复。",
    "en": "We should have finished our enquiry and answered you by {by}. You have no answer yet.",
}


def late() -> RenderedLife:
    """Return an accepted complaint without an answer in time."""
    life = rendered_life()
    life.live(17 * DAY)
    return life


def sentence(life: RenderedLife, language: str) -> str:
    """Return the sentence that says that the answer is late."""
    return WHAT[language].format(by=formats.moment(language, life.due["investigation"]))


@BOTH
def test_we_are_late_with_the_answer(language: str) -> None:
    """The letter says in a sentence what is late, that no new date is set, who has it, the next step of the
    ladder, and where else to go. It announces the next letter, which follows."""
    life = late()
    text, run = life.text("overdue", language), life.running["investigation"]
    assert run.at
    for said in (
        sentence(life, language),
        NO_DATE[language],
        formats.label(language, "lead", "role"),
        formats.label(language, "supervisor", "role"),
        formats.moment(language, run.at),
        formats.label(language, "samr_12315", "route"),
        formats.moment(language, life.due["overdue_notice"]),
    ):
        assert said in text
    announced = life.due["overdue_notice"]
    told = life.letters_to().count("overdue")
    life.live(announced - life.time)
    assert life.letters_to().count("overdue") == told + 1
    assert life.due["overdue_notice"] == announced + 7 * DAY
    assert formats.moment(language, life.due["overdue_notice"]) in life.text("overdue", language)


@BOTH
def test_one_letter_names_everything_that_is_late(language: str) -> None:
    """Progress, answer and the demand of the law are late at once: one letter has a sentence on each."""
    life = rendered_life(wishes=(Wish.REFUND,))
    life.live(16 * DAY)
    text = life.text("overdue", language)
    whole = texts(language)["overdue"]["what"]
    for name in ("progress", "investigation", "statutory_remedy"):
        assert whole[name].format(by=formats.moment(language, life.due[name])) in text
    moments = [line["at"] for line in life.lines if line["facts"].get("consumer") == "overdue"]
    assert len(moments) == len(life.letters_to()) - life.letters_to().index("overdue") + 1


@BOTH
def test_nobody_who_is_away_is_named(language: str) -> None:
    """The handler and the lead are away, so the letter names the next level that is there."""
    life = late()
    assert formats.label(language, "supervisor", "role") in life.text("overdue", language)
    away = rendered_life(roster=on_duty("zhao", "sun", "lin"))
    away.live(9 * DAY)
    text = away.text("overdue", language)
    assert "Zhao" not in text
    assert texts(language)["overdue"]["who"].format(who=formats.label(language, "supervisor", "role")) in text


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
    """The letter on a late acknowledgement says who has it, where else to go, and when the next one comes,
    which a week later is the common apology."""
    life = RenderedLife()
    life.live(24 * HOUR)
    text = life.text("late_acknowledgement", language)
    for said in (
        formats.moment(language, life.due["overdue_notice"]),
        formats.label(language, "lead", "role"),
        formats.label(language, "supervisor", "role"),
        formats.label(language, "samr_12315", "route"),
    ):
        assert said in text
    life.live(7 * DAY)
    text, by = life.text("overdue", language), formats.moment(language, life.due["acknowledgement"])
    assert texts(language)["overdue"]["what"]["acknowledgement"].format(by=by) in text
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
        sentence(life, language),
        "等厂家的检测报告。",
        formats.label(language, "lead", "role"),
    ):
        assert said in text
    life.live(7 * DAY)
    told = texts(language)["overdue"]["promised"].format(by=formats.moment(language, new))
    assert told in life.text("overdue", language)
    assert NO_DATE[language] not in life.text("overdue", language)
    life.live(4 * DAY)
    broken = texts(language)["overdue"]["broken"].format(by=formats.moment(language, new))
    assert broken in life.text("overdue", language)
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
