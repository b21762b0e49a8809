"""Duplicates of one consumer's complaint: joined only for the same consumer, reversibly; the clock of a
joined case is silent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.engine.deadlines import deadlines, look_at
from chalicelib.domain.model.codes import Hurt, Outcome, Power, Route, Stage, Way
from chalicelib.domain.moves.intake import Person
from tests.domain.life import ASK, DAY, DECLINED, HOUR, NOBODY, PERSON, T0, Life, represented


def pair() -> tuple[Life, Life]:
    """Return a leading case and, a day later, its duplicate by the same consumer."""
    leading = Life()
    duplicate = Life(Person("李雷", email="li.lei@mail.example"))
    duplicate.later(DAY)
    return leading, duplicate


def join(duplicate: Life, leading: Life) -> None:
    """Join them; both cases change in one transaction."""
    change = duplicate.take("link_duplicate", "wang", leading=leading.case)
    (also,) = change.also
    leading.keep(also)


def test_joining_loses_nothing_and_tells_the_consumer() -> None:
    """The duplicate closes as joined; an entry on each side names the other; the letter goes out on the
    leading case."""
    leading, duplicate = pair()
    join(duplicate, leading)
    assert (duplicate.case.stage, duplicate.case.outcome) == (Stage.CLOSED, Outcome.JOINED)
    assert duplicate.letters_to() == ["receipt"]
    assert duplicate.facts("link_duplicate") == [{"leading": leading.case.ref, "read_back": True}]
    assert leading.facts("link_duplicate") == [{"joined": duplicate.case.ref, "whose": "p1"}]
    assert leading.letters_to()[-1] == "linked"
    assert leading.whole()
    assert duplicate.whole()
    assert leading.case.stage == Stage.RECEIVED


def test_a_joined_case_never_fires() -> None:
    """The clock of a joined case takes no step, whatever waited on it before."""
    leading, duplicate = pair()
    duplicate.take("message", "li", text="还有一件事。")
    join(duplicate, leading)
    assert deadlines(duplicate.case) == {}
    assert look_at(duplicate.case) is None
    assert duplicate.live(90 * DAY) == []


def test_only_open_leading_cases_of_the_same_consumer() -> None:
    """A case cannot join itself, another person's case, a joined one, or one closed for good; it can join one
    in its reopening window."""
    leading, duplicate = pair()
    stranger, anonymous = Life(Person("韩梅", phone="+8613900139000")), Life(NOBODY, hurt=Hurt.HURT)
    assert duplicate.refused("link_duplicate", "wang", leading=duplicate.case) == "already_linked"
    for other in (stranger, anonymous):
        assert duplicate.refused("link_duplicate", "wang", leading=other.case) == "not_same_consumer"
    assert (
        anonymous.refused("link_duplicate", "wang", leading=Life(NOBODY, hurt=Hurt.HURT).case)
        == "not_same_consumer"
    )
    third = Life()
    join(third, leading)
    assert duplicate.refused("link_duplicate", "wang", leading=third.case) == "already_linked"
    leading.take("withdraw", "li")
    duplicate.later(20 * DAY)
    join(duplicate, leading)
    late = Life()
    late.later(40 * DAY)
    assert late.refused("link_duplicate", "wang", leading=leading.case) == "leading_closed"


@pytest.mark.parametrize("way", ["email", "sms"])
def test_a_complaint_with_the_number_of_another_person_is_not_joined_to_theirs(way: str) -> None:
    """Somebody files with an address of another person, and gets their own letters elsewhere. Joined, their
    replies would count as those of that person."""
    leading = Life(PERSON)
    theirs = {
        "email": Person("赵丽", phone=PERSON.phone, email="zhao.li@mail.example"),
        "sms": Person("赵丽", phone="+8613700137000", email=PERSON.email, way=Way.SMS),
    }
    stranger = Life(theirs[way])
    refused = stranger.refused("link_duplicate", "wang", leading=leading.case)
    assert refused == "not_same_consumer"
    assert "linked" not in leading.letters_to()


VICTIM = Person("李雷", phone=PERSON.phone)
"""A person who is reached by telephone only."""


@pytest.mark.parametrize("victims_leads", [True, False])
@pytest.mark.parametrize(
    ("victim", "stranger"),
    [
        (VICTIM, Person("赵丽", phone=PERSON.phone)),
        (PERSON, Person("赵丽", email=PERSON.email)),
        (PERSON, Person("赵丽", phone=PERSON.phone)),
        (VICTIM, Person("赵丽", phone=PERSON.phone, email="zhao.li@mail.example")),
    ],
)
def test_a_complaint_under_the_address_of_another_person_needs_their_word(
    victim: Person, stranger: Person, victims_leads: bool
) -> None:
    """A stranger files with the number or the mailbox of a victim, and holds the link to that complaint. It
    is joined to the victim's complaint only if staff have asked the victim."""
    leading, duplicate = (
        Life(each) for each in ((victim, stranger) if victims_leads else (stranger, victim))
    )
    refused = duplicate.refused("link_duplicate", "wang", leading=leading.case, read_back=False)
    assert refused in ("same_consumer_unsaid", "not_same_consumer")


def test_a_stranger_who_confirmed_another_address_gets_nothing_of_a_victim() -> None:
    """The stranger has confirmed a telephone of their own, and named the mailbox of the victim beside it."""
    stranger = Life(Person("赵丽", phone="+8613700137000", email=PERSON.email, way=Way.SMS))
    own = replace(stranger.case.parties[0], phone_confirmed=True)
    stranger.case = stranger.case.with_party(own)
    assert own.identified
    victim = Life(PERSON)
    victim.take("confirm_address", "clock", party="p1")
    refused = victim.refused("link_duplicate", "wang", leading=stranger.case, read_back=False)
    assert refused == "same_consumer_unsaid"


def test_complaints_from_confirmed_mailboxes_are_joined_without_a_call() -> None:
    """The person has confirmed the mailbox on both complaints."""
    pair_ = pair()
    for life in pair_:
        life.take("confirm_address", "clock", party="p1")
    leading, duplicate = pair_
    duplicate.take("link_duplicate", "wang", leading=leading.case, read_back=False)
    assert duplicate.case.outcome == Outcome.JOINED


@pytest.mark.parametrize("how", [Way.PHONE, Way.COUNTER])
def test_a_number_is_known_once_a_letter_was_read_out_there(how: Way) -> None:
    """A letter that was read to the person at this number shows whose it is. Words at the counter do not."""
    life = Life(VICTIM)
    call = {"told": True, "said": "读给本人听。", "how": how}
    life.take("record_telling", "wang", telling=life.case.tellings[0].id, **call)
    assert life.case.parties[0].identified is (how == Way.PHONE)
    first = Life(VICTIM)
    first.take("record_telling", "wang", telling=first.case.tellings[0].id, **{**call, "how": Way.PHONE})
    if how == Way.PHONE:
        life.take("link_duplicate", "wang", leading=first.case, read_back=False)
    else:
        refused = life.refused("link_duplicate", "wang", leading=first.case, read_back=False)
        assert refused == "same_consumer_unsaid"


@pytest.mark.parametrize(
    "stage", [Stage.RECEIVED, Stage.INVESTIGATING, Stage.AWAITING_INFORMATION, Stage.DECLINED]
)
def test_a_separated_case_goes_back_with_its_deadlines_afresh(stage: Stage) -> None:
    """A separated case returns to the stage it was joined in, or from a request to the stage that asked. No
    earlier deadline fires now."""
    leading, duplicate = pair()
    if stage == Stage.INVESTIGATING:
        duplicate.take("accept", "wang")
    elif stage == Stage.AWAITING_INFORMATION:
        duplicate.take("ask_information", "wang", **ASK)
    elif stage == Stage.DECLINED:
        duplicate.take("decline", "wang", **DECLINED)
    join(duplicate, leading)
    duplicate.later(60 * DAY)
    duplicate.take("unlink_duplicate", "wang")
    back = Stage.RECEIVED if stage == Stage.AWAITING_INFORMATION else stage
    expected = {
        Stage.RECEIVED: {"scope_decision"},
        Stage.INVESTIGATING: {"investigation", "assignment", "progress"},
        Stage.DECLINED: {"answer_window"},
    }
    assert (duplicate.case.stage, duplicate.case.outcome, duplicate.case.together.joined) == (
        back,
        None,
        None,
    )
    assert set(duplicate.running) == expected[back]
    assert duplicate.letters_to()[-1] == "unlinked"
    assert all(
        running.start == duplicate.time and running.at > duplicate.time
        for running in duplicate.running.values()
    )
    if back == Stage.INVESTIGATING:
        assert duplicate.case.promised == duplicate.due["investigation"]
    assert duplicate.live(12 * HOUR) == []


def test_a_call_about_a_decision_waits_until_a_duplicate_is_separated() -> None:
    """The person never heard of the decision, so their window to contest it begins with the call. No call is
    due as long as the case is joined."""
    leading = Life()
    duplicate = Life(Person("李雷", phone="+8613800138000", address="梧桐路八号", way=Way.POST))
    duplicate.take("decline", "wang", **DECLINED)
    join(duplicate, leading)
    assert deadlines(duplicate.case) == {}
    duplicate.later(30 * DAY)
    duplicate.take("unlink_duplicate", "wang")
    assert {"declined", "unlinked"} <= {call.letter for call in duplicate.case.tellings}
    while duplicate.case.tellings:
        duplicate.tell()
    assert duplicate.running["answer_window"].start == duplicate.time


def test_an_invitation_to_a_joint_complaint_ends_when_the_case_is_joined_as_a_duplicate() -> None:
    """The person may never have got its letter, and the call about it has ended too. So its window does not
    come back with the separation, and staff can invite the person again."""
    leading, joint = Life(), Life(Person("韩梅", phone="+8613900139000"))
    duplicate = Life(Person("李雷", phone="+8613800138000", address="梧桐路八号", way=Way.POST))
    duplicate.take("invite_to_join", "sun", leading=joint.case)
    assert "party_reply#joint_invitation" in deadlines(duplicate.case)
    join(duplicate, leading)
    duplicate.take("unlink_duplicate", "wang")
    assert "party_reply#joint_invitation" not in deadlines(duplicate.case)
    duplicate.take("invite_to_join", "sun", leading=joint.case)
    assert "joint_invitation" in [call.letter for call in duplicate.case.tellings]


def test_a_case_that_was_not_joined_cannot_be_separated_nor_a_joined_one_reopened() -> None:
    """Each case is refused with its own code."""
    leading, duplicate = pair()
    join(duplicate, leading)
    assert duplicate.refused("reopen", "sun", cause="new_facts", facts="新情况") == "linked_case"
    leading.take("withdraw", "li")
    assert leading.refused("unlink_duplicate", "wang") == "not_linked"


def test_the_date_of_another_body_is_watched_on_the_leading_case() -> None:
    """A joined case has no clock, so the other body's date moves to the leading case; an earlier date there
    stays."""
    for own, dates in ((None, [4]), (3, [3]), (6, [6, 4])):
        life, leading = Life(), Life()
        life.take(
            "note_outside_proceeding", "wang", body=Route.GOV_12345, number="N-1", due=T0.date() + 4 * DAY
        )
        if own:
            leading.take(
                "note_outside_proceeding",
                "wang",
                body=Route.GOV_12345,
                number="N-0",
                due=T0.date() + own * DAY,
            )
        leading.keep(life.take("link_duplicate", "wang", leading=leading.case).also[0])
        assert [other.due for other in leading.case.outside] == [T0.date() + n * DAY for n in dates]
        assert "outside_due" in leading.due


def test_only_the_person_who_filed_hears_of_a_similar_complaint() -> None:
    """A representative who came later may lack the power to answer the letter."""
    life = represented(Life(), powers=(Power.SUBMIT,))
    said = {"similar": "000000000042", "on": T0.date()}
    assert life.refused("tell_similar", "clock", party="p2", **said) == "unknown_person"
    life.take("tell_similar", "clock", party="p1", **said)
    assert life.letters_to()[-1] == "similar_filed"
