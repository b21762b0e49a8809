"""What a party can lose: the first moment that is shown is the first at which anything can be lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.access.offers import offers
from chalicelib.domain.calendar import published
from chalicelib.domain.engine.deadlines import deadlines, look_at
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.running import rule_of, running_of
from chalicelib.domain.model.codes import OPEN, Conclusion, Side, Stage, Way
from chalicelib.locale.formats import texts
from chalicelib.view.deadlines import deadlines_view, says
from chalicelib.view.expected import choices, expected
from chalicelib.view.inquiry import interviews
from chalicelib.view.stakes import OTHERS, Stake, stakes
from chalicelib.view.talks import talks_view
from chalicelib.view.timeline import party_entry
from tests.domain import life as lives
from tests.domain.life import (
    ASK,
    DAY,
    HOUR,
    MINUTE,
    PERSON,
    Life,
    accepted,
    agreement,
    answered,
    called,
    contested,
    drafted,
    held,
    joint,
    neighbour,
    offered,
    represented,
    seated,
    talking,
)
from tests.domain.promises import changing
from tests.domain.surveyed import closed
from tests.domain.variants import STARTS, come, somebody_does_something
from tests.view.read import party

SECOND = timedelta(seconds=1)
AS_FAR = 40 * DAY
"""How far a life is followed in which nothing is shown. Most windows are shorter."""


def started(how: str) -> Life:
    """Return a random life's start."""
    life = Life(PERSON)
    come(life, how)
    return life


def long_offer() -> Life:
    """Talks in which the company's offer names a day after the last day of the talks."""
    life = talking()
    day = published().day_of(life.time)
    business = life.case.business
    assert business
    life.says("offer", business.id, terms="退一半。", until=day + 40 * DAY, amount=42126)
    return life


def with_meeting() -> Life:
    """A mediation with an offer of the company and a meeting in 28 seconds."""
    life = called()
    offered(life, Side.BUSINESS)
    meeting = life.case.talks.mediation and life.case.talks.mediation.meeting
    assert meeting
    life.live(meeting.at - timedelta(seconds=28) - life.time)
    return life


def signed_by_one() -> Life:
    """A text that the consumer has signed."""
    life = drafted(held())
    life.says("sign", "p1", digest=agreement(life).digest)
    return life


def asked() -> Life:
    """A complaint for which we asked for information."""
    life = Life()
    life.take("ask_information", "wang", **ASK)
    return life


def withdrawn() -> Life:
    """A complaint that was withdrawn during the investigation."""
    life = accepted()
    life.take("withdraw", "li")
    return life


BUILT: dict[str, Callable[[], Life]] = {
    "long offer": long_offer,
    "meeting": with_meeting,
    "signed by one": signed_by_one,
    "asked": asked,
    "withdrawn": withdrawn,
    "changing": changing,
    "surveyed": closed,
    "seated": lambda: seated(contested(answered(Conclusion.NOT_UPHELD))),
    "joint answered": lambda: answered(life=accepted_joint()),
    "represented": lambda: represented(answered(Conclusion.UPHELD_IN_PART)),
    "minutes": held,
}


def accepted_joint() -> Life:
    """A joint complaint of two people under investigation."""
    life, _ = joint(2)
    life.take("accept", "wang")
    life.take("take", "zhao")
    return life


def offers_of(life: Life, id: str) -> set[tuple[str, str]]:
    """Return the acts that a party can take now, as pairs of a move and what it is taken on."""
    reader = party(life, id)
    now = offers(life.case, reader.caller, life.time)
    return {(move, about) for move, abouts in now.items() for about in abouts or ("",)}


def shown(life: Life, id: str) -> list[Stake]:
    """Return what a party can lose."""
    reader = party(life, id)
    return stakes(reader, offers(life.case, reader.caller, life.time))


def followed(life: Life, until: datetime) -> Iterator[Life]:
    """Yield the life at each moment until `until` at which something can change, with the clock alone
    acting. The given life does not change."""
    then = copy(life)
    then.entries, then.letters, then.people, then.stepped = (
        [*life.entries],
        [*life.letters],
        {**life.people},
        [],
    )
    try:
        while then.time < until:
            ends = [run.due for run in deadlines(then.case).values() if run.due and run.due > then.time]
            step = look_at(then.case)
            nearest = min([until, *ends, *([max(step, then.time + SECOND)] if step else [])])
            then.live(nearest - then.time)
            yield then
    finally:
        lives.LIVES[life.case.ref] = life


def true_of(life: Life) -> None:
    """Assert that every party's first date is true: until a second before it, they can do everything that
    they can do now, and choose among all that is shown. An act that every open complaint has, such as a
    message, does not count."""
    for one in life.case.parties:
        if one.left or life.case.together.joined or not party(life, one.id).authorised:
            continue
        ahead, now = shown(life, one.id), offers_of(life, one.id)
        assert all(stake.due > life.time for stake in ahead), one.id
        assert ahead == sorted(ahead, key=lambda stake: stake.due), one.id
        assert {move for stake in ahead for move in stake.moves} <= {move for move, _ in now}, one.id
        until = min(ahead[0].due - SECOND, life.time + 4 * AS_FAR) if ahead else life.time + AS_FAR
        for then in followed(life, until):
            gone = {move for move, _ in now - offers_of(then, one.id)}
            assert not [move for move in gone if not MOVES[move].at >= OPEN], (one.id, then.time, ahead)


@pytest.mark.parametrize("how", [*STARTS, *BUILT])
def test_nothing_is_lost_before_the_first_date_shown(how: str) -> None:
    """With the clock alone acting, no act of any party disappears before the first date of their box."""
    true_of(BUILT[how]() if how in BUILT else started(how))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_nothing_is_lost_before_the_first_date_in_random_lives(seed: int) -> None:
    """The same holds wherever chance leads a complaint."""
    dice, life, leading = Random(seed), Life(PERSON), Life(PERSON)
    come(life, dice.choice(STARTS))
    for _ in range(6):
        if dice.random() < 0.3:
            life.live(dice.choice([HOUR, 3 * DAY, 25 * DAY]))
        else:
            somebody_does_something(life, leading, dice)
    true_of(life)


@pytest.mark.parametrize("how", [*STARTS, *BUILT])
def test_what_is_expected_is_what_the_box_offers(how: str) -> None:
    """Interface and letters take the expected act from one place with the box: the choices of its date are
    the same."""
    life = BUILT[how]() if how in BUILT else started(how)
    for one in life.case.parties:
        reader = party(life, one.id)
        now = offers(life.case, reader.caller, life.time)
        wanted = expected(reader, now)
        if wanted and wanted.due and wanted.due > life.time and reader.authorised:
            same = [
                s.moves for s in stakes(reader, now) if (s.deadline, s.due) == (wanted.deadline, wanted.due)
            ]
            assert choices(reader, wanted, now) in same


def clock_only(life: Life, until: datetime) -> Life:
    """Return the life at the moment `until`, with the clock alone acting."""
    *_, then = [copy(one) for one in followed(life, until)]
    return then


def boxes(life: Life) -> Iterator[tuple[str, Stake]]:
    """Yield the first date of each party's box."""
    for one in life.case.parties:
        if not (one.left or life.case.together.joined) and party(life, one.id).authorised:
            yield from ((one.id, stake) for stake in shown(life, one.id)[:1])


def suspended(life: Life, stake: Stake) -> bool:
    """Return whether the date of a stake was moved, for instance because we are late ourselves."""
    runs = [run for run in running_of(life.case, stake.deadline) if (run.id or None) == stake.about]
    return any(run.stopped or (run.due and run.due > stake.due) for run in runs)


def done_by_clock(before: Life, then: Life, stake: Stake) -> set[str]:
    """Return the moves of the clock since then that belong to the deadline of a stake: its steps, and what it
    lets lapse or sends at its end."""
    lines = then.lines[before.case.entries :]
    about = {line["move"] for line in lines if line["facts"].get("deadline") == stake.deadline}
    ends = {str(step.take) for step in rule_of(then.case.policy, stake.deadline).ladder if step.take}
    return about | {line["move"] for line in lines if line["move"] in ends}


@pytest.mark.parametrize("how", [*STARTS, *BUILT])
def test_something_ends_at_the_first_date_shown(how: str) -> None:
    """If nobody acts, an act is gone after the first date of the box, or the complaint goes on at another
    stage, or the clock does what the deadline says. The date may have been moved to a later one meanwhile.
    An objection needs a reason that was not known before. An appointment has just begun."""
    life = BUILT[how]() if how in BUILT else started(how)
    for id, stake in boxes(life):
        now, then = offers_of(life, id), clock_only(life, stake.due + 2 * MINUTE)
        if stake.deadline == "meeting" or suspended(then, stake):
            continue
        if stake.deadline == "challenge":
            late = then.refused("challenge_mediator", "li", conflict="interest", reason="他是股东。")
            assert late == "challenge_window_over"
            continue
        ended = now - offers_of(then, id) or life.case.stage != then.case.stage
        assert ended or done_by_clock(life, then, stake), (id, stake)


CLAIMS: dict[str, Callable[[Life, set[str]], object]] = {
    "“不予受理”结案": lambda then, done: then.case.stage == Stage.CLOSED and "lapse_decline" in done,
    "暂不继续”结案": lambda then, done: then.case.stage == Stage.CLOSED and "lapse_information" in done,
    "我们照样做到": lambda then, done: then.case.stage in (Stage.PERFORMING, Stage.CLOSED),
    "征询双方是否同意": lambda then, done: "lapse_negotiation" in done,
    "通知": lambda then, done: "send_cure_notice" in done,
    "视为不同意调解": lambda then, done: "lapse_consent" in done,
    "自动上报主管": lambda then, done: done & {"take_step", "lapse_consent"},
    "按不签处理": lambda then, done: then.case.stage != Stage.SIGNING and "lapse_signing" in done,
    "方案也随着失效": lambda then, done: "lapse_negotiation" in done,
    "投诉保持撤回": lambda then, done: then.case.outcome == "withdrawn",
    "当作不同意": lambda then, done: "lapse_change" in done,
    "现在的复议组": lambda then, done: then.case.stage == Stage.UNDER_RECONSIDERATION,
    "照现在的内容保存": lambda then, done: then.case.stage == Stage.MEDIATING,
    "由这位调解员主持": lambda then, done: then.case.mediator,
}
"""What the texts on silence claim, and what must be true of the case soon after the date. The second
parameter has the moves that were taken since."""


@pytest.mark.parametrize("how", [*STARTS, *BUILT])
def test_what_silence_is_said_to_do_is_what_the_clock_does(how: str) -> None:
    """Each sentence of the box on silence makes a claim. If nobody acts, it is true soon after the date."""
    life, said = BUILT[how]() if how in BUILT else started(how), texts("zh")["page"]["consumer"]["runs"]
    for id, stake in boxes(life):
        reader, then = party(life, id), clock_only(life, stake.due + 2 * MINUTE)
        runs = deadlines_view(reader, lambda: life.roster)
        run = next((r for r in runs if (r.deadline, r.about) == (stake.deadline, stake.about)), None)
        if run is None or stake.deadline == "meeting" or suspended(then, stake):
            continue
        text: Any = said[stake.deadline]
        for key in says(reader, run).silence.split("."):
            text = text[key]
        claims = [holds for words, holds in CLAIMS.items() if words in text]
        assert claims, text
        done = {line["move"] for line in then.lines[life.case.entries :]}
        assert all(holds(then, done) for holds in claims), (id, stake, text, sorted(done))


def first(life: Life, id: str = "p1") -> tuple[str, str | None, list[str]]:
    """Return what a party can lose first, without its moment."""
    soonest = shown(life, id)[0]
    return soonest.deadline, soonest.about, soonest.moves


def test_an_offer_ends_with_the_talks() -> None:
    """An offer that names a later day cannot be accepted after the talks. Every view says so."""
    life = long_offer()
    ends = life.due["negotiation"]
    reader = party(life)
    assert first(life) == ("offer", "F1", ["accept_offer", "refuse_offer", "offer"])
    assert shown(life, "p1")[0].due == ends
    talks = talks_view(reader, life.roster)
    assert talks
    assert talks.offers[0].until == ends
    run = next(run for run in deadlines_view(reader, lambda: life.roster) if run.deadline == "offer")
    assert says(reader, run) == ("theirs_what", "talks_silence")
    life.live(ends - SECOND - life.time)
    assert ("accept_offer", "") in offers_of(life, "p1")
    life.live(2 * SECOND)
    assert ("accept_offer", "") not in offers_of(life, "p1")


def test_only_the_last_word_on_an_interview_counts() -> None:
    """A later invitation takes the place of the one before, and a cancelled interview is gone. Another person
    on the case keeps theirs, and does not read why that of the first was cancelled."""
    life, _ = joint(2, accepted())
    life.take("take", "zhao")
    said = {"how": Way.PHONE, "purpose": "核对经过。"}
    for who, days in (("p1", 1), ("p2", 1), ("p1", 2)):
        life.take("invite_interview", "zhao", party=who, meeting=life.time + days * DAY, **said)
    assert [one.at for one in interviews(party(life))] == [life.time + 2 * DAY]
    life.take("cancel_interview", "zhao", party="p1", reason="已经核对清楚了。")
    assert [interviews(party(life, who)) != [] for who in ("p1", "p2")] == [False, True]
    last = life.case.entries
    assert [party_entry(party(life, who), last) is not None for who in ("p1", "p2")] == [True, False]


def test_a_meeting_in_28_seconds_comes_first_until_it_is_over() -> None:
    """The meeting comes before the offer that waits for days, and stays first while it goes on."""
    life = with_meeting()
    starts = life.time + timedelta(seconds=28)
    assert (first(life), shown(life, "p1")[0].due) == (("meeting", "M1", []), starts)
    life.live(MINUTE)
    assert first(life)[0] == "meeting"
    life.live(HOUR)
    assert "meeting" not in {stake.deadline for stake in shown(life, "p1")}


def test_after_ones_own_signature_the_others_date_counts() -> None:
    """Who has signed loses the text when the others have not signed in time."""
    life = signed_by_one()
    due = next(run.due for run in deadlines(life.case).values() if run.name == "signing")
    assert shown(life, "p1")[0] == Stake("signing", OTHERS, due, [])
    assert due
    life.live(due + SECOND - life.time)
    assert life.case.stage != Stage.SIGNING


def test_the_time_to_contest_runs_on_after_the_answer_was_accepted() -> None:
    """Talks can be asked for until the window ends, at whatever stage the complaint is then."""
    life = started("over")
    assert first(life) == ("answer_window", None, ["raise_dispute", "ask_reconsideration"])
    life.live(shown(life, "p1")[0].due + SECOND - life.time)
    assert "raise_dispute" not in {move for move, _ in offers_of(life, "p1")}


def test_the_end_of_a_representatives_authority_is_theirs_to_know() -> None:
    """At that moment a representative loses everything; the person whom they represent loses nothing."""
    life = represented(accepted())
    agent = next(one for one in life.case.parties if one.represents)
    ends = [stake for stake in shown(life, agent.id) if stake.deadline == "authority_term"]
    assert not [stake for stake in shown(life, "p1") if stake.deadline == "authority_term"]
    assert [stake.about for stake in ends] == ([agent.id] if agent.until else [])


def test_joining_another_complaint_is_shown_until_its_day() -> None:
    """The invitation to a joint complaint has one act, and a day."""
    leading, other = accepted(), neighbour(1)
    other.take("accept", "wang")
    other.take("invite_to_join", "sun", leading=leading.case)
    assert first(other) == ("party_reply", "joint_invitation", ["join_case"])
