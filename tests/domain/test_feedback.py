"""After the closing: a survey that each party answers once, and a story that is public only with consent,
until it is withdrawn."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.engine.deadlines import look_at
from chalicelib.domain.model.codes import Conclusion, Outcome, ReopenReason, Role, Stage, Way
from chalicelib.domain.moves.feedback import survey_until
from chalicelib.domain.moves.intake import Account
from chalicelib.domain.reference import shown
from tests.domain.life import (
    AGENT,
    BY_PHONE,
    DAUGHTER,
    DAY,
    HOUR,
    PERSON,
    Life,
    accepted,
    answered,
    disputed,
    joint,
    represented,
    settle,
    talking,
)
from tests.domain.surveyed import OPINION, SCORES, closed

TEXT = "我是李雷，电话13800138000，洗衣机终于退了。"


def consented(life: Life | None = None) -> Life:
    """A closed complaint whose consumer consents to a published story."""
    life = life or closed()
    life.take("consent_story", "li", text=TEXT, agrees=True)
    return life


def surveys(life: Life, to: str = "party:p1") -> list[str]:
    """Return the survey letters to somebody."""
    return [name for name in life.letters_to(to) if name.startswith("survey")]


def test_survey_is_asked_twice() -> None:
    """Letters go at 09:00 of the day after the closing and on the seventh day. The window of thirty calendar
    days ends without effect."""
    life = closed()
    at = life.time
    assert life.running["survey"].start == at
    assert not life.running["survey"].duty
    assert life.live(HOUR) == []
    assert surveys(life) == []
    life.live(DAY)
    assert surveys(life) == ["survey"]
    assert life.letters[-1].name == "survey"
    assert (look_at(life.case) - at.replace(hour=1)) == 7 * DAY  # type: ignore[operator]
    life.live(60 * DAY)
    assert surveys(life) == ["survey", "survey_reminder"]
    assert life.case.stage == Stage.CLOSED
    assert look_at(life.case) is None
    assert life.case.tellings == ()
    assert "survey" not in life.case.taken
    assert survey_until(life.case) == life.running["survey"].due
    assert survey_until(life.case) >= at + 29 * DAY


def test_survey_without_email_starts_no_call() -> None:
    """Without an e-mail address no survey letter, call or clock exists; a caller can still answer."""
    life = Life(BY_PHONE)
    life.take("settle_at_once", "wang", **settle(remedies=()))
    life.live(40 * DAY)
    assert surveys(life) == []
    assert not [t for t in life.case.tellings if t.letter.startswith("survey")]
    assert "survey" not in life.running


def test_only_who_has_an_address_is_asked() -> None:
    """An address given later counts; a representative with an unchecked authority gets no letter."""
    life = Life(BY_PHONE)
    life.take("change_contact", "wang", email="li.lei@mail.example", way=Way.EMAIL)
    life.take("confirm_address", "clock", party="p1", new=True)
    life.take("add_representative", "li", **AGENT)
    life.take("settle_at_once", "wang", **settle(remedies=()))
    life.live(10 * DAY)
    assert surveys(life) == ["survey", "survey_reminder"]
    assert surveys(life, "party:p2") == []


@pytest.mark.parametrize("outcome", [Outcome.JOINED, Outcome.INFORMATION_ONLY, Outcome.WITHDRAWN])
def test_survey_skips_joined_anonymous_and_withdrawn_cases(outcome: Outcome) -> None:
    """A joined case, anonymous information and a withdrawn complaint have no run and no letter, and refuse an
    answer."""
    life = closed()
    life.case = replace(life.case, outcome=outcome)
    assert "survey" not in life.running
    assert life.refused("answer_survey", "li", **SCORES) == "no_survey"


def test_an_answer_is_given_once_and_asks_no_more() -> None:
    """The scores are facts of the entry, the remark is words; the case stores only who has answered."""
    life = closed()
    entry = life.take("answer_survey", "li", **SCORES, comment="等了太久。").entry
    line = json.loads(entry.line)
    assert line["facts"] == {**SCORES, "party": "p1"}
    assert "太久" not in entry.line
    assert life.words(entry.n) == {"comment": "等了太久。"}
    assert life.case.feedback.surveyed == ("p1",)
    assert "survey" not in life.running
    assert (
        life.refused("answer_survey", "li", **SCORES)
        == life.refused("answer_survey", "wang", **SCORES)
        == "surveyed_before"
    )
    life.live(40 * DAY)
    assert surveys(life) == []
    assert life.whole()


def test_an_answer_after_its_window_comes_too_late() -> None:
    """An answer is taken to the last second of the window, also without a letter, and refused after it."""
    life = closed()
    end = survey_until(life.case)
    life.live(end - life.time)
    assert life.refused("answer_survey", "li", **SCORES) == "survey_over"
    other = closed()
    other.live(survey_until(other.case) - other.time - timedelta(seconds=1))
    other.take("answer_survey", "wang", **SCORES)
    assert other.case.feedback.surveyed == ("p1",)


def test_a_case_taken_up_again_is_asked_about_again() -> None:
    """A new closing has a new survey with its own window, letters and answer."""
    life = closed()
    life.take("answer_survey", "li", **SCORES)
    life.later(DAY).take("reopen", "li", cause=ReopenReason.NEW_FACTS, facts="又坏了。")
    assert life.case.feedback.surveyed == ()
    assert "survey" not in life.running
    life.take("take", "zhao")
    life.take("settle_at_once", "zhao", **settle(remedies=()))
    assert life.running["survey"].start == life.time
    life.take("answer_survey", "li", **{**SCORES, "overall": 1})
    assert life.case.feedback.surveyed == ("p1",)


def test_each_of_those_who_complain_together_answers_for_themselves() -> None:
    """Each person has their own run, letter and answer; staff name the person, and nobody answers for
    another."""
    life, _ = joint(2, accepted())
    closed(life)
    assert {run.id for run in life.running.values() if run.name == "survey"} <= {
        "p1",
        life.case.parties[-1].id,
    }
    other = life.case.consumers[1].id
    life.says("answer_survey", other, **SCORES)
    assert life.case.feedback.surveyed == (other,)
    life.take("answer_survey", "wang", **SCORES, party="p1")
    assert life.case.feedback.surveyed == (other, "p1")
    assert life.refused("answer_survey", "wang", **SCORES, party="p9") == "unknown_person"
    life.live(10 * DAY)
    assert surveys(life) == surveys(life, f"party:{other}") == []


def test_a_representative_answers_for_whom_they_represent() -> None:
    """A survey is answered once for both: an answer of the representative counts for the person
    represented."""
    life = accepted()
    represented(life, person=replace(DAUGHTER, email="li.xue@mail.example"))
    closed(life)
    life.live(DAY)
    assert surveys(life) == surveys(life, "party:p2") == ["survey"]
    life.says("answer_survey", "p2", **SCORES)
    assert life.case.feedback.surveyed == ("p1",)
    assert life.refused("answer_survey", "li", **SCORES) == "surveyed_before"
    assert life.facts("answer_survey") == [{**SCORES, "party": "p1"}]


# A story


def test_a_story_needs_an_explicit_yes_and_is_kept_without_who_it_is() -> None:
    """Only the scrubbed text is stored: the timeline has neither the name nor the number."""
    life = closed()
    assert life.refused("consent_story", "li", text=TEXT, agrees=False) == "story_needs_yes"
    assert life.case.feedback.stories == ()
    entry = life.take("consent_story", "li", text=TEXT, agrees=True).entry
    assert life.words(entry.n) == {"text": "我是〔姓名〕，电话〔电话〕，洗衣机终于退了。"}
    assert not [words for _, words in entry.words.values() if "李雷" in words or "138" in words]
    (story,) = life.case.feedback.stories
    assert (story.of, story.entry, story.public) == ("p1", entry.n, False)


def test_story_loses_known_facts_and_keeps_the_shop() -> None:
    """Colleagues' names, the order and the address are removed; the shop stays, as the story is about it."""
    life = Life(
        replace(PERSON, address="梧桐路八号"), account=Account("坏了", shop="阳光电器", order="ORD-77")
    )
    life.take("withdraw", "li")
    life.take("consent_story", "li", text="阳光电器的Zhou看了ORD-77，送到梧桐路八号。", agrees=True)
    assert life.words(life.case.entries) == {"text": "阳光电器的〔姓名〕看了〔单号〕，送到〔地址〕。"}


def test_the_contact_of_the_company_and_the_number_of_the_case_go() -> None:
    """The company's representative is removed like the consumer, also in Latin letters."""
    life = talking(disputed(answered(Conclusion.NOT_UPHELD)))
    life.people["p2"] = {**life.people["p2"], "name": "秦大店"}
    life.take("withdraw", "li")
    said = f"秦、大、店和Qin Dadian都说不管，我的编号是{shown(life.case.ref)}。"
    life.take("consent_story", "li", text=said, agrees=True)
    left = life.words(life.case.entries)["text"]
    assert left == "〔姓名〕和〔姓名〕都说不管，我的编号是〔单号〕。"


def test_one_story_of_a_person_stands_at_a_time() -> None:
    """A new story needs the withdrawal of the old one; only the author consents."""
    life = consented()
    assert life.refused("consent_story", "li", text="另一个", agrees=True) == "story_stands"
    life.take("withdraw_story", "li")
    assert life.refused("withdraw_story", "li") == "no_story"
    consented(life)
    assert [story.id for story in life.case.feedback.stories] == ["S1", "S2"]
    assert life.refused("consent_story", "wang", text=TEXT, agrees=True) == "move_not_allowed_for_role"
    assert (
        life.refused("consent_story", "p1", Role.REPRESENTATIVE, text=TEXT, agrees=True)
        == "move_not_allowed_for_role"
    )


def test_a_story_is_released_by_a_supervisor_who_had_no_part_in_the_case() -> None:
    """A handler of the case is refused with the entry; a release does not make a handler."""
    life = consented()
    # zhou issued the answer
    assert life.refused("release_story", "zhou", story="S1") == "own_case"
    life.take("release_story", "lan", Role.SUPERVISOR, story="S1")
    assert life.case.feedback.stories[0].public
    assert life.words(life.case.entries) == {"published": "我是〔姓名〕，电话〔电话〕，洗衣机终于退了。"}
    assert life.letters_to()[-1] == "story_released"
    assert "lan" not in life.handled()
    assert life.refused("release_story", "lan", Role.SUPERVISOR, story="S1") == "story_unknown"


def test_release_removes_exact_pieces_only() -> None:
    """Only exact pieces can be removed; a missing one is refused, and removed text is stored nowhere."""
    life = consented()
    refused = [
        life.refused("release_story", "lan", Role.SUPERVISOR, story="S1", hide=hide)
        for hide in (("不在里面",), ("洗衣机", "没有"))
    ]
    assert refused == ["not_in_story"] * 2
    life.take("release_story", "lan", Role.SUPERVISOR, story="S1", hide=("洗衣机", "我是"))
    assert life.words(life.case.entries) == {"published": "〔略〕〔姓名〕，电话〔电话〕，〔略〕终于退了。"}


@pytest.mark.parametrize("released", [True, False])
@pytest.mark.parametrize("by", ["li", "wang", "sun"])
def test_a_story_is_taken_back_at_any_time(by: str, released: bool) -> None:
    """A story can be withdrawn before its release and after, also when the case goes on again; its author
    gets a letter."""
    life = consented()
    if released:
        life.take("release_story", "lan", Role.SUPERVISOR, story="S1")
    life.take("reopen", "sun", cause=ReopenReason.NEW_FACTS, facts="又坏了。")
    assert life.case.feedback.stories[0].public == released
    life.take("withdraw_story", by)
    assert not life.case.feedback.stories[0].public
    assert life.letters_to()[-1] == "story_withdrawn"
    assert life.facts("withdraw_story")[0]["released"] == released
    life.take("withdraw", "li")
    assert life.refused("release_story", "lan", Role.SUPERVISOR, story="S1") == "story_unknown"


def test_the_story_of_a_person_without_mail_is_told_to_nobody() -> None:
    """A person without mail reads on their page that the story is public; no call is made for it."""
    life = Life(BY_PHONE)
    life.take("settle_at_once", "wang", **settle(remedies=()))
    before = len(life.case.tellings)
    consented(life)
    life.take("release_story", "lan", Role.SUPERVISOR, story="S1")
    life.take("withdraw_story", "li")
    assert len(life.case.tellings) == before


def test_opinion_is_asked_and_given_once() -> None:
    """The question is open for thirty days, without a reminder, also on the phone."""
    life = closed()
    assert life.refused("give_opinion", "li", **OPINION) == "no_opinion_asked"
    life.take("ask_opinion", "clock")
    assert life.letters_to()[-1] == "opinion"
    assert life.running["opinion"].due
    assert life.refused("ask_opinion", "clock") == "opinion_asked"
    entry = life.take("give_opinion", "wang", **OPINION, comment="信看不懂。").entry
    assert json.loads(entry.line)["facts"] == {**OPINION, "party": "p1"}
    assert life.refused("give_opinion", "li", **OPINION) == "opined_before"
    assert "opinion" not in life.running
    assert not life.case.feedback.surveyed
    assert not life.case.feedback.survey_waits
    late = closed()
    late.take("ask_opinion", "clock")
    late.live(40 * DAY)
    assert late.refused("give_opinion", "li", **OPINION) == "opinion_over"
    assert late.letters_to().count("opinion") == 1


def test_opinion_is_not_asked_without_an_address_or_on_a_joined_case() -> None:
    """Parties without an address, of a joined case or of an open complaint are not asked."""
    life = Life(BY_PHONE)
    assert life.refused("ask_opinion", "clock") == "move_not_allowed_in_stage"
    life.take("settle_at_once", "wang", **settle(remedies=()))
    assert life.refused("ask_opinion", "clock") == "nobody_to_ask"
    joined = closed()
    joined.case = replace(joined.case, outcome=Outcome.JOINED)
    assert joined.refused("ask_opinion", "clock") == "no_survey"
