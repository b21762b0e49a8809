"""A letter that waited is compared with the case before it leaves: what is no longer true is not sent."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.access.authorization import CLOCK
from chalicelib.delivery.correspondence import Standstill
from chalicelib.domain.calendar import stamp
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.overtaken import overtaken, unsent, waiting_calls
from chalicelib.locale import formats
from tests.casework.deliveries import LI, MINUTE, pass_time
from tests.casework.joint import OTHER, two
from tests.casework.post import FakePost
from tests.casework.windows import answered, request_photos
from tests.life import agreed, promised
from tests.life.complaint import answer
from tests.life.contested import MA, talking
from tests.life.promised import of, settled
from tests.scenario import DAY, FENG, HOUR, SUN, WANG, ZHAO, Scenario

ARRIVED = {"proof": "delivery_record", "what": "取件单号7788，已签收。"}
LATER = 2 * HOUR
"""Longer than a letter may take, so that it counts as late."""


def stopped(scenario: Scenario) -> FakePost:
    """Return a mail provider from which no letter leaves."""
    post = FakePost.into(scenario)
    post.trouble = Standstill("down")
    return post


def again(scenario: Scenario, post: FakePost) -> None:
    """Let mail leave again, and wait until it has left."""
    post.trouble = None
    pass_time(scenario, 20 * MINUTE)


def outcomes(scenario: Scenario, ref: str, name: str, to: str = "party:p1") -> list[tuple[str, str | None]]:
    """Return state and reason of each letter of this name to a recipient."""
    letters = scenario.product.file.whole(ref).letters
    found = [one for one in letters if (one["name"], one["to"]) == (name, to)]
    return [(one["state"], (one["sent"] or {}).get("why")) for one in found]


OVERTAKEN = ("skipped", "overtaken")


def person(language: str) -> dict[str, str]:
    """Return the consumer, who reads this language."""
    return {"name": "王芳", "email": LI, "language": language}


def test_a_question_about_performance_is_not_asked_after_the_answer(scenario: Scenario) -> None:
    """The company says that it has the goods; it is confirmed before the question can leave."""
    ref, consumer, shop = settled(scenario)
    scenario.post()
    post = stopped(scenario)
    scenario.move(consumer, "claim_done", ref, obligation="O1", **ARRIVED)
    scenario.later(LATER), scenario.minute()
    scenario.move(shop, "confirm_done", ref, obligation="O1")
    again(scenario, post)
    assert outcomes(scenario, ref, "performance_question", f"party:{shop.who}") == [OVERTAKEN]
    assert not waiting_calls(scenario.product.file.load(ref))
    assert not [letter.subject for _, _, letter in post.taken if "是否" in letter.subject]


def test_a_mediator_is_named_by_no_letter_about_the_negotiator(scenario: Scenario) -> None:
    """The letters that open a negotiation and name its officer wait until a mediator leads the talks."""
    agreed.registered(scenario)
    ref = answered(scenario)
    scenario.post()
    post = stopped(scenario)
    consumer = scenario.by_link(ref)
    scenario.move(consumer, "raise_dispute", ref, nature="amount", about="一分不退不合理。")
    shop = talking(scenario, ref)
    scenario.later(LATER), scenario.minute()
    scenario.move(consumer, "invite_mediation", ref)
    scenario.move(shop, "consent_mediation", ref)
    scenario.move(SUN, "appoint_mediator", ref, mediator="yan")
    scenario.move(agreed.YAN, "accept_appointment", ref, independent=True)
    again(scenario, post)
    assert outcomes(scenario, ref, "dispute_opened") == [OVERTAKEN]
    assert OVERTAKEN in outcomes(scenario, ref, "handler_named")
    assert outcomes(scenario, ref, "mediator_appointed") == [("sent", None)]
    texts = [letter.text for to, _, letter in post.taken if to == LI]
    assert not [text for text in texts if "协商由" in text]


def test_an_invitation_to_a_meeting_that_was_moved_is_replaced(scenario: Scenario) -> None:
    """The notice waits; the meeting is moved. Only the letter with the new time leaves."""
    ref, *_ = agreed.mediated(scenario)
    scenario.post()
    post = stopped(scenario)
    agreed.called(scenario, ref)
    scenario.later(LATER), scenario.minute()
    scenario.move(
        agreed.YAN,
        "change_meeting",
        ref,
        meeting="M1",
        at=stamp(scenario.time + 12 * DAY),
        reason="调解室被占用。",
    )
    again(scenario, post)
    assert outcomes(scenario, ref, "meeting_notice") == [OVERTAKEN]
    assert outcomes(scenario, ref, "meeting_changed") == [("sent", None)]


def test_an_invitation_to_a_meeting_that_is_over_is_not_sent(scenario: Scenario) -> None:
    """The notice waits for longer than until the meeting; only time passes."""
    ref, *_ = agreed.mediated(scenario)
    scenario.post()
    post = stopped(scenario)
    agreed.called(scenario, ref, days=8)
    pass_time(scenario, 8 * DAY + HOUR, HOUR)
    again(scenario, post)
    assert outcomes(scenario, ref, "meeting_notice") == [OVERTAKEN]


def test_a_letter_whose_case_closed_while_it_waited_is_not_sent(scenario: Scenario) -> None:
    """The request for photos waits; the complaint is withdrawn. The letter about that is enough."""
    ref = scenario.submit(wishes=["explanation"]).ref
    scenario.post()
    post = stopped(scenario)
    scenario.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    scenario.later(LATER), scenario.minute()
    scenario.move(scenario.by_link(ref), "withdraw", ref, reason="不想再等了。")
    again(scenario, post)
    assert outcomes(scenario, ref, "information_request") == [OVERTAKEN]
    assert outcomes(scenario, ref, "withdrawn") == [("sent", None)]
    assert not waiting_calls(scenario.product.file.load(ref))


def test_the_second_request_replaces_the_first(scenario: Scenario) -> None:
    """Two requests wait, since the first was answered on the telephone; only the second leaves."""
    ref = scenario.submit(wishes=["explanation"]).ref
    scenario.post()
    post = stopped(scenario)
    scenario.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    scenario.later(LATER), scenario.minute()
    scenario.move(scenario.by_link(ref), "give_information", ref, answer="没有照片。")
    scenario.agreed(ref, WANG, SUN, "ask_information", items=["purchase_proof"], why="核对金额。")
    again(scenario, post)
    assert outcomes(scenario, ref, "information_request") == [OVERTAKEN, ("sent", None)]
    assert next(
        run for run in deadlines(scenario.product.file.load(ref)).values() if run.name == "information"
    )


@pytest.mark.parametrize("confirmed", [True, False])
def test_of_two_reports_on_progress_that_wait_only_the_later_leaves(
    scenario: Scenario, confirmed: bool
) -> None:
    """The later report replaces the earlier one, whose text stays on the page. An unconfirmed mailbox gets
    the first report, because only the page shows the second."""
    ref = scenario.submit(wishes=["explanation"]).ref
    if confirmed:
        scenario.confirm(ref)
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.post()
    post = stopped(scenario)
    for done in ("联系了厂家。", "厂家作了答复。"):
        scenario.move(ZHAO, "tell_progress", ref, done=done, upcoming="写报告。")
        scenario.later(LATER), scenario.minute()
    again(scenario, post)
    sent, page = ("sent", None), ("skipped", "unconfirmed")
    found = outcomes(scenario, ref, "progress")
    assert found == ([OVERTAKEN, sent] if confirmed else [sent, page])
    mails = [letter.text for to, _, letter in post.taken if to == LI and "联系了厂家" in letter.text]
    assert len(mails) == (0 if confirmed else 1)
    dossier = scenario.product.file.whole(ref)
    first = next(one for one in dossier.letters if one["name"] == "progress")
    said = scenario.product.correspondence.shown(
        dossier, first, scenario.product.file.roster(), scenario.time
    )
    assert said
    assert "联系了厂家" in str(said.text)


def test_of_two_apologies_that_wait_only_the_later_leaves(scenario: Scenario) -> None:
    """An outage of mail lasts two weeks, in which the clock apologises twice. One apology leaves."""
    ref = scenario.submit(wishes=["explanation"]).ref
    scenario.confirm(ref)
    scenario.move(WANG, "accept", ref)
    scenario.post()
    post = stopped(scenario)
    while scenario.letters(ref).count("overdue") < 2:
        scenario.live(DAY, ref)
    again(scenario, post)
    assert outcomes(scenario, ref, "overdue") == [OVERTAKEN, ("sent", None)]


def test_a_decision_leaves_however_long_it_waited(scenario: Scenario) -> None:
    """The answer and the decision to accept wait; the consumer accepts the answer on the page. Both leave."""
    ref = scenario.submit(wishes=["explanation"]).ref
    scenario.post()
    post = stopped(scenario)
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    answer(scenario, ref, conclusion="not_upheld")
    scenario.move(scenario.by_link(ref), "accept_answer", ref)
    pass_time(scenario, 2 * DAY, HOUR)
    again(scenario, post)
    for name in ("accepted", "answer", "closed"):
        assert outcomes(scenario, ref, name) == [("sent", None)]


def test_a_call_ends_with_what_its_letter_asks_and_comes_back_with_it(scenario: Scenario) -> None:
    """The demand bounces and is to be read out. While the debtor's claim waits nobody calls; once the claim
    is refused, the call is there again."""
    ref, consumer, shop = settled(scenario)
    promised.called_on(scenario, ref)
    load = scenario.product.file.load
    row = next(one for one in scenario.product.file.whole(ref).letters if one["name"] == "cure_notice")
    failed = {"letter": row["key"], "id": row["id"], "party": "p1", "why": "bounce"}
    scenario.product.casework.move("letter_failed", ref, CLOCK, failed)
    assert [call.letter for call in waiting_calls(load(ref))] == ["cure_notice#O1"]
    scenario.move(consumer, "claim_done", ref, obligation="O1", **ARRIVED)
    assert of(scenario, ref, "O1") == "claimed"
    assert waiting_calls(load(ref)) == ()
    scenario.move(shop, "dispute_done", ref, obligation="O1", reason="没有收到货。")
    scenario.move(FENG, "decide_proof", ref, obligation="O1", accepted=False, reason="单号查不到。")
    assert of(scenario, ref, "O1") == "in_cure"
    assert [call.letter for call in waiting_calls(load(ref))] == ["cure_notice#O1"]


def test_staff_get_no_reminder_of_what_is_done(scenario: Scenario) -> None:
    """The warning about an acknowledgement waits; the complaint is accepted."""
    ref = scenario.submit(wishes=["explanation"]).ref
    scenario.post()
    post = stopped(scenario)
    scenario.live(17 * HOUR, ref)
    scenario.move(WANG, "accept", ref)
    again(scenario, post)
    assert ("warning", *OVERTAKEN) in states(scenario, ref)
    assert "late_acknowledgement" not in {name for name, *_ in states(scenario, ref)}


def states(scenario: Scenario, ref: str) -> list[tuple[Any, ...]]:
    """Return name, state and reason of each letter."""
    letters = scenario.product.file.whole(ref).letters
    return [(one["name"], one["state"], (one["sent"] or {}).get("why")) for one in letters]


def test_an_apology_is_not_sent_after_the_decision(scenario: Scenario) -> None:
    """The apology waits; the decision that was late is made and leaves alone."""
    ref = scenario.submit(wishes=["explanation"]).ref
    scenario.post()
    post = stopped(scenario)
    scenario.live(25 * HOUR, ref)
    scenario.move(WANG, "accept", ref)
    again(scenario, post)
    assert outcomes(scenario, ref, "late_acknowledgement") == [OVERTAKEN]
    assert outcomes(scenario, ref, "accepted") == [("sent", None)]


@pytest.mark.parametrize("by", [ZHAO, WANG])
def test_only_the_present_handler_is_named(scenario: Scenario, by: Any) -> None:
    """The letter that names the first handler waits until another has the case."""
    ref = scenario.submit(wishes=["explanation"]).ref
    scenario.move(WANG, "accept", ref)
    scenario.post()
    post = stopped(scenario)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.later(LATER), scenario.minute()
    if by == WANG:
        scenario.move(SUN, "assign", ref, to="wang")
    again(scenario, post)
    named = outcomes(scenario, ref, "handler_named") + outcomes(scenario, ref, "handler_changed")
    assert named == ([OVERTAKEN, ("sent", None)] if by == WANG else [("sent", None)])


def test_a_window_comes_back_with_a_call_if_its_letter_was_skipped(scenario: Scenario) -> None:
    """A request is skipped, because the complaint was withdrawn. The withdrawal is undone: the window does
    not lapse on the letter that never left."""
    ref = request_photos(scenario)
    post = stopped(scenario)
    scenario.later(LATER), scenario.minute()
    scenario.move(scenario.by_link(ref), "withdraw", ref, reason="不想再等了。")
    again(scenario, post)
    assert outcomes(scenario, ref, "information_request") == [OVERTAKEN]
    scenario.move(scenario.by_link(ref), "undo_withdrawal", ref)
    scenario.live(30 * DAY, ref)
    case = scenario.product.file.load(ref)
    assert case.stage == "awaiting_information"
    assert [call.letter for call in waiting_calls(case)] == ["information_request"]


# What a late letter says


def mailed(post: FakePost, scenario: Scenario, ref: str, name: str) -> str:
    """Return subject and text of the letter of this name to the consumer, as it left."""
    letters = scenario.product.file.whole(ref).letters
    ids = {one["id"] for one in letters if (one["name"], one["to"]) == (name, "party:p1")}
    return next(f"{letter.subject}\n{letter.text}" for _, id, letter in post.taken if id in ids)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_late_decision_says_when_it_was_written_and_what_followed(
    scenario: Scenario, language: str
) -> None:
    """The acceptance leaves after the answer, and after the date that it promises. It says so."""
    ref = scenario.submit(wishes=["explanation"], person=person(language)).ref
    scenario.post()
    post = stopped(scenario)
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    written, promised_by = scenario.time, scenario.product.file.load(ref).promised
    assert promised_by
    scenario.later(3 * DAY)
    answer(scenario, ref, conclusion="not_upheld")
    pass_time(scenario, promised_by - scenario.time + DAY, 6 * HOUR)
    again(scenario, post)
    text = mailed(post, scenario, ref, "accepted")
    assert formats.day(language, written) in text
    assert formats.day(language, scenario.time) in text
    assert formats.label(language, "answer", "move") in text
    assert formats.label(language, "answered", "stage") in text
    for sentence in text.splitlines():
        if formats.moment(language, promised_by) in sentence:
            assert OVER[language] in sentence


OVER = {"zh": "（这个时间已经过去）", "en": "(this time has passed)"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_apology_by_post_says_which_of_its_dates_will_have_passed(
    scenario: Scenario, language: str
) -> None:
    """The next step that the apology names is due before the paper arrives. The sentence about that step says
    that its date has passed."""
    who = {"name": "王芳", "address": "一号", "way": "post", "language": language}
    ref = scenario.submit(wishes=["explanation"], person=who).ref
    scenario.live(25 * HOUR, ref)
    dossier = scenario.product.file.whole(ref)
    call = next(each for each in dossier.case.tellings if each.letter == "late_acknowledgement")
    run = next(run for run in deadlines(dossier.case).values() if run.name == "acknowledgement")
    assert run.at
    script = scenario.product.correspondence.script(
        dossier, call, scenario.product.file.roster(), scenario.time
    )
    assert formats.moment(language, run.at) + formats.texts(language)["words"]["over"] in script.shown


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_letter_in_time_says_nothing_of_its_day(scenario: Scenario, language: str) -> None:
    """A letter that leaves within the hour has no remark about the delay."""
    ref = scenario.submit(person=person(language)).ref
    scenario.post()
    post = FakePost.into(scenario)
    scenario.move(WANG, "accept", ref)
    scenario.post()
    text = mailed(post, scenario, ref, "accepted")
    assert {"zh": "这封信写于", "en": "This letter was written"}[language] not in text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_letter_of_splitting_off_promises_no_day_that_has_passed(
    scenario: Scenario, language: str
) -> None:
    """A person leaves a joint complaint after the day on which it should have been answered: the letter
    apologises."""
    ref, own = scenario.submit().ref, scenario.submit(person={**OTHER, "language": language}).ref
    scenario.move(SUN, "invite_to_join", own, leading=ref)
    scenario.move(scenario.by_link(own), "join_case", own, own_wish=True)
    scenario.move(WANG, "accept", ref)
    scenario.live(17 * DAY, ref)
    post = FakePost.into(scenario)
    scenario.move(scenario.by_link(ref, "p2"), "leave_case", ref)
    scenario.post()
    text = next(letter.text for to, _, letter in post.taken if to == OTHER["email"])
    assert {"zh": "我们会在", "en": "You will have our answer by"}[language] not in text
    assert {"zh": "致歉", "en": "We apologise"}[language] in text


def test_given_consent_is_not_asked_again(scenario: Scenario) -> None:
    """A settlement is put to two people in letters that wait. One agrees on the page and is not asked any
    more; the other is."""
    ref, _ = two(scenario)
    scenario.move(WANG, "accept", ref)
    scenario.post()
    post = stopped(scenario)
    scenario.move(WANG, "ask_consent", ref, settlement="每人退款100元。")
    scenario.move(scenario.by_link(ref), "consent_represented", ref, agrees=True)
    again(scenario, post)
    assert outcomes(scenario, ref, "joint_consent") == [OVERTAKEN]
    assert outcomes(scenario, ref, "joint_consent", "party:p2") == [("sent", None)]


def test_both_sides_have_a_day_for_their_answer_to_a_proposed_test(scenario: Scenario) -> None:
    """A test is proposed during talks. The letter to the company names its own last day, and is not sent
    after its answer; the letter to the consumer is."""
    agreed.registered(scenario)
    ref = answered(scenario)
    scenario.move(scenario.by_link(ref), "raise_dispute", ref, nature="amount", about="一分不退不合理。")
    shop = talking(scenario, ref)
    scenario.post()
    post = stopped(scenario)
    said = {
        "laboratory": "市质检院",
        "question": "是否漏水？",
        "custody": "放在质检院。",
        "cost": "企业承担。",
    }
    scenario.move(MA, "propose_appraisal", ref, **said)
    scenario.move(shop, "consent_appraisal", ref, agrees=True)
    again(scenario, post)
    assert outcomes(scenario, ref, "appraisal_proposal", f"party:{shop.who}") == [OVERTAKEN]
    assert outcomes(scenario, ref, "appraisal_proposal") == [("sent", None)]


def test_a_call_about_a_meeting_that_is_over_reads_nothing_out(scenario: Scenario) -> None:
    """The notice comes back, and nobody is reached before the meeting. The page shows no text to read any
    more, and a record that nobody was told ends the call."""
    ref, *_ = agreed.mediated(scenario)
    agreed.called(scenario, ref, days=8)
    row = next(one for one in scenario.product.file.whole(ref).letters if one["name"] == "meeting_notice")
    failed = {"letter": row["key"], "id": row["id"], "party": "p1", "why": "bounce"}
    scenario.product.casework.move("letter_failed", ref, CLOCK, failed)
    (call,) = waiting_calls(scenario.product.file.load(ref))
    said = {"telling": call.id, "how": "phone", "told": False, "said": "会议已经开过。"}
    scenario.live(9 * DAY, ref)
    dossier, now = scenario.product.file.whole(ref), scenario.time
    assert overtaken(dossier.case, unsent(dossier.letters.get(call.id), dossier.line(row["entry"])), now)
    scenario.move(WANG, "record_telling", ref, **said)
    assert waiting_calls(scenario.product.file.load(ref)) == ()
