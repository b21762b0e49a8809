"""The end of a mediation: prolonged by all three, ended on a listed ground, on day sixty, or by another
move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest

from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.engine.deadlines import look_at
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.case_records import Absence, Appraisal
from chalicelib.domain.model.codes import (
    Conclusion,
    Conflict,
    Ending,
    Fact,
    HelpNeed,
    Hurt,
    Outcome,
    ReopenReason,
    Role,
    Route,
    Side,
    Stage,
)
from chalicelib.domain.moves.mediation import BY_THE_MEDIATOR
from tests.domain.life import (
    BY_PHONE,
    DAY,
    DISPUTE,
    PERSON,
    SHOP,
    SURE,
    T0,
    Life,
    accepted,
    answered,
    disputed,
    drafted,
    heard,
    held,
    joint,
    mediated,
    mediating,
    mediation,
    talking,
    triaged,
)


def asked_to_mediate() -> Life:
    """A mediation whose mediator was asked and has not accepted."""
    life = mediating()
    life.take("appoint_mediator", "sun", mediator="yan")
    return life


def absent_twice() -> Life:
    """A mediation with two absences of the company without good reason."""
    return absent(mediated(), *missed("M1", "M2"))


def absent(life: Life, *absences: Absence) -> Life:
    """A mediation with these absences."""
    life.case = replace(
        life.case, talks=replace(life.case.talks, mediation=replace(mediation(life), absences=absences))
    )
    return life


def missed(*meetings: str, side: Side = Side.BUSINESS, good: bool | None = False) -> list[Absence]:
    """Absences of a side from meetings."""
    return [Absence(meeting, side, T0, good) for meeting in meetings]


def objected() -> Life:
    """Bring a life into mediation with the consumer's objection to the mediator."""
    life = mediated()
    life.take("challenge_mediator", "li", conflict=Conflict.BUSINESS_TIE, reason="他当过这家企业的顾问。")
    return life


# More time


@pytest.mark.parametrize("order", list(permutations(("p1", "p2", "yan"))))
def test_all_three_agree_to_thirty_days_more(order: tuple[str, ...]) -> None:
    """Each agrees for themselves, in any order; with the last yes all get one letter."""
    life = mediated().later(DAY)
    before = life.due["mediation"]
    for who in order:
        assert life.due["mediation"] == before
        assert "mediation_extended" not in life.letters_to()
        life.take("agree_extension", who, Role.MEDIATOR if who == "yan" else life.case.party(who).role)
        if who != order[-1]:
            assert (
                life.refused("agree_extension", who, None if who == "yan" else life.case.party(who).role)
                == "agreed_before"
            )
    assert life.due["mediation"] == before + 30 * DAY
    assert (
        life.letters_to()[-1]
        == "mediation_extended"
        == life.letters_to("party:p2")[-1]
        == life.letters_to("staff:yan")[-1]
    )
    assert life.refused("agree_extension", "li") == "extended_before"


def test_staff_cannot_agree_to_mediation_for_a_party() -> None:
    """Staff cannot agree, and nobody can without a mediator; in a joint complaint only the chosen
    representatives agree."""
    life = mediating()
    assert life.refused("agree_extension", "li") == "no_mediator"
    for by in ("sun", "ma", "zhou"):
        assert life.refused("agree_extension", by) == "move_not_allowed_for_role"
    many = mediated(
        mediating(chosen(talking(disputed(answered(Conclusion.NOT_UPHELD, joint(2, accepted())[0])))))
    )
    assert many.refused("agree_extension", "p2", Role.CONSUMER) == "representatives_decide"


def chosen(life: Life) -> Life:
    """A joint complaint for which p1 was chosen to speak."""
    life.take("appoint_joint_representatives", "sun", representatives=("p1",), each_agrees=True)
    return life


def test_each_mediation_can_be_prolonged_once() -> None:
    """Time added to an earlier mediation of the complaint does not count."""
    life = mediated(mediating(talking(disputed(accepted()))))
    for who in ("p1", "p2"):
        life.says("agree_extension", who)
    life.take("agree_extension", "yan")
    heard(life.later(DAY)).take("end_mediation", "yan", ending=Ending.NO_PROSPECT, reason="谈不拢。")
    assert life.case.stage == Stage.INVESTIGATING
    life.take("raise_dispute", "li", **DISPUTE)
    life.take("assign_negotiator", "sun", to="bai")
    mediated(mediating(life))
    before = life.due["mediation"]
    for who in ("p1", "p2"):
        life.says("agree_extension", who)
    life.take("agree_extension", "yan")
    assert life.due["mediation"] == before + 30 * DAY


# The end


@pytest.mark.parametrize("ending", Ending)
def test_a_mediator_ends_on_a_listed_ground(ending: Ending) -> None:
    """The mediator gives a reason, and all get a letter; agreeing, withdrawing and running out of time are
    other moves."""
    life = heard(absent_twice() if ending == Ending.ABSENT else mediated())
    if ending == Ending.APPRAISAL_COST:
        refuse_test(life)
    said = {"ending": ending, "other_confirms": ending == Ending.SETTLED_PRIVATELY}
    if ending == Ending.SETTLED_PRIVATELY:
        life.take("state_position", "yan", side=Side.BUSINESS, text="双方已经谈好。")
    if ending not in BY_THE_MEDIATOR:
        assert life.refused("end_mediation", "yan", **said, reason="谈不拢。") == "ground_not_here"
        return
    assert life.refused("end_mediation", "yan", **said) == "reason_needed"
    life.take("end_mediation", "yan", **said, reason="谈不拢。")
    if ending == Ending.SUSPECTED_CRIME:
        assert life.case.stage == Stage.MEDIATING
        assert life.letters_to("role:supervisor")[-1] == "approval_request"
        assert life.refused("approve", "sun", approval=life.case.approvals[0].id) == "approver_level"
        life.take("approve", "zhou", approval=life.case.approvals[0].id)
    assert (life.case.stage, life.case.outcome) == (Stage.CLOSED, Outcome.NOT_SETTLED)
    assert "mediation_ended" in life.letters_to()
    assert "mediation_ended" in life.letters_to("party:p2")
    assert "mediation_ended" in life.letters_to("staff:yan")
    assert "reopen_window" in life.running
    assert life.refused("offer", "li", terms="三百。", until=date(2026, 4, 1)).startswith("move_not")


def refuse_test(life: Life) -> None:
    """Put an appraisal on record that the consumer has refused."""
    test = Appraisal(T0, 1, refused=(Side.CONSUMER,), ended=T0)
    life.case = replace(life.case, inquiry=replace(life.case.inquiry, appraisals=(test,)))


@pytest.mark.parametrize(
    ("ending", "fact"),
    [
        (Ending.REFUSED, Fact.SAID_NO),
        (Ending.NO_PROSPECT, Fact.SAID_NO),
        (Ending.APPRAISAL_COST, Fact.TEST_REFUSED),
        (Ending.ABSENT, Fact.ABSENT_TWICE),
    ],
)
def test_no_side_is_said_to_have_done_what_the_record_does_not_show(ending: Ending, fact: Fact) -> None:
    """Nobody spoke, was absent or refused a test, so the mediator cannot end the mediation for that. The
    refusal names field, ground and fact."""
    life = mediated()
    with pytest.raises(Refusal) as refused:
        life.take("end_mediation", "yan", ending=ending, reason="谈不拢。")
    assert (refused.value.code, refused.value.field) == ("ground_without_fact", "ending")
    assert refused.value.facts == {"ground": ending, "fact": fact}


def test_only_the_mediator_ends_a_mediation() -> None:
    """The lead, the negotiator, the supervisor and the parties cannot end it: only the mediator finds that it
    has no prospect."""
    life = mediated()
    for by in ("sun", "ma", "zhou", "wu", "li"):
        assert (
            life.refused("end_mediation", by, ending=Ending.NO_PROSPECT, reason="无。")
            == "move_not_allowed_for_role"
        )


@pytest.mark.parametrize(
    ("absences", "enough"),
    [
        (missed("M1"), False),
        (missed("M1", "M2"), True),
        (missed("M1", "M2", good=True), False),
        (missed("M1", "M2", good=None), False),
        (missed("M1") + missed("M2", side=Side.CONSUMER), False),
        (missed("M1") + missed("M2", good=True) + missed("M3"), True),
    ],
)
def test_absence_ends_it_after_two_times_of_one_side(absences: list[Absence], enough: bool) -> None:
    """The same side is absent twice, each time found to be without good reason."""
    life = absent(mediated(), *absences)
    said = {"ending": Ending.ABSENT, "reason": "两次无正当理由缺席。"}
    if enough:
        life.take("end_mediation", "yan", **said)
        assert life.case.stage == Stage.CLOSED
    else:
        assert life.refused("end_mediation", "yan", **said) == "ground_without_fact"


def test_settled_privately_needs_both_to_say_so() -> None:
    """A private settlement reported by one side is refused."""
    life = heard(mediated())
    life.take("state_position", "yan", side=Side.BUSINESS, text="双方已经谈好。")
    assert (
        life.refused("end_mediation", "yan", ending=Ending.SETTLED_PRIVATELY, reason="双方自行和解。")
        == "both_confirm"
    )


def test_ended_mediation_continues_open_matters_and_obligations() -> None:
    """An unanswered matter is investigated, an obligation is performed; any other case closes."""
    open_ = mediated(mediating(talking(disputed(accepted()))))
    heard(open_).take("end_mediation", "yan", ending=Ending.REFUSED, reason="企业拒绝继续。")
    assert open_.case.stage == Stage.INVESTIGATING
    assert open_.case.owner == "zhao"
    assert open_.due["investigation"]
    owing = mediated(mediating(talking(disputed(answered(Conclusion.UPHELD)))))
    heard(owing).take("end_mediation", "yan", ending=Ending.REFUSED, reason="企业拒绝继续。")
    assert owing.case.stage == Stage.PERFORMING
    assert owing.case.open_obligations


def test_day_sixty_ends_it() -> None:
    """A lapse ends it at that moment without a decision, and no statement in it binds."""
    life = held()
    ends = life.due["mediation"]
    life.live(ends - life.time - timedelta(seconds=1))
    assert life.case.stage == Stage.MEDIATING
    life.live(timedelta(seconds=1))
    assert (life.case.stage, life.case.outcome, life.time) == (Stage.CLOSED, Outcome.NOT_SETTLED, ends)
    assert life.facts("lapse_mediation") == [{"ending": Ending.OUT_OF_TIME}]
    assert life.letters_to()[-1] == "mediation_ended"
    assert [facts["early"] for facts in life.facts("take_step") if facts["deadline"] == "mediation"] == [
        True,
        True,
    ]


@pytest.mark.parametrize(
    "said", [{"hurt": Hurt.COULD_BE}, {"person": replace(PERSON, help=(HelpNeed.ELDERLY,)), "consents": SURE}]
)
def test_silence_never_ends_the_mediation_of_who_is_shielded(said: dict[str, Any]) -> None:
    """The lead gets the task for a danger or a help need, due in a working day, and ends it with a reason. No
    time can be added then."""
    life = held(mediated(mediating(talking(disputed(answered(Conclusion.NOT_UPHELD, accepted(**said)))))))
    triaged(life).live(70 * DAY)
    assert life.case.stage == Stage.MEDIATING
    assert life.case.clock.review
    assert life.refused("agree_extension", "li") == "mediation_over"
    assert life.refused("lapse_mediation", "sun") == "reason_needed"
    life.take("lapse_mediation", "sun", reason="期满未达成协议。")
    assert life.case.outcome == Outcome.NOT_SETTLED


def test_the_lead_ends_nothing_before_its_day() -> None:
    """A lapse is the clock's move, unless it was handed over to the lead."""
    assert mediated().refused("lapse_mediation", "sun", reason="期满。") == "lapse_not_barred"


@pytest.mark.parametrize("make", [asked_to_mediate, mediated, drafted])
@pytest.mark.parametrize(
    ("move", "by", "said", "letter"),
    [
        ("withdraw", "li", {}, "withdrawn"),
        ("close_in_court", "sun", {"body": Route.COURT, "number": "（2026）沪0101民初1号"}, "closed"),
    ],
)
def test_the_mediator_hears_of_what_ends_the_mediation_without_them(
    make: Callable[[], Life], move: str, by: str, said: dict[str, Any], letter: str
) -> None:
    """A mediator who holds the case or was asked gets a letter about a withdrawal or a court, also without a
    meeting ahead."""
    life = make()
    life.take(move, by, **said)
    assert life.letters_to("staff:yan")[-1] == letter


def test_a_former_mediator_hears_nothing_of_what_comes_later() -> None:
    """A mediator of an ended mediation gets no letter about the case any more."""
    life = mediated(mediating(talking(disputed(accepted()))))
    heard(life).take("end_mediation", "yan", ending=Ending.NO_PROSPECT, reason="差距太大。")
    life.take("withdraw", "li")
    assert life.letters_to("staff:yan")[-1] == "mediation_ended"


@pytest.mark.parametrize("make", [objected, drafted])
def test_withdrawing_leaves_nothing_standing_still(make: Any) -> None:
    """A pause for an objection or a signature ends with the talks, so the next mediation has its clock."""
    life = make()
    life.take("withdraw", "li")
    assert all(pause.until for pause in life.case.clock.halts)
    assert life.case.talks.agreement is None
    life.later(DAY).take("reopen", "li", cause=ReopenReason.RETURNED, facts="企业没有兑现。")
    disputed(life)
    talking_again(life)
    assert life.due["negotiation"]
    assert mediated(mediating(life), "ren").due["mediation"] == midnight_after(life, 60)


def talking_again(life: Life) -> None:
    """The talks of a complaint that had talks before."""
    life.take("assign_negotiator", "sun", to="ma")
    life.take("name_business_representative", "ma", person=SHOP)


def midnight_after(life: Life, days: int) -> Any:
    """Return the end of a local day so many days from now."""
    return (life.time.astimezone(SHANGHAI).replace(hour=0, minute=0) + (days + 1) * DAY).astimezone(
        life.time.tzinfo
    )


def test_the_clock_of_a_mediation_is_never_missing() -> None:
    """A mediation always has a next step after both consents, whatever the silence. It does not end while
    nobody has taken it on."""
    life = mediating(talking(disputed(answered(Conclusion.NOT_UPHELD, accepted(person=BY_PHONE)))))
    for _ in range(30):
        assert look_at(life.case)
        life.live(5 * DAY)
    assert life.case.stage == Stage.MEDIATING
