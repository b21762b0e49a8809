"""Changes of an obligation: both sides agree, and sign if more than the date changes; or it is excused or
waived."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.overtaken import Unsent, overtaken
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.case_records import Evidence, Owed
from chalicelib.domain.model.codes import Duty, EvidenceKind, Excuse, Outcome, Power, Remedy, Role, Stage
from chalicelib.domain.model.obligation import Amendment, terms_in
from chalicelib.domain.moves.drafting import digest_of
from tests.domain.life import DAY, T0, Life, answered, joint, performing, represented
from tests.domain.promises import (
    approved,
    both_owe,
    breached,
    called_on,
    closed,
    confirms,
    promise,
    runs,
    says_done,
    state,
    uncured,
)

TODAY = published().day_of(T0)
LATER: dict[str, Any] = {"obligation": "O1", "by": TODAY + 40 * DAY, "reason": "仓库盘点，晚两周。"}
ONE = {
    "remedies": (Owed(1, Remedy.REFUND, TODAY + 10 * DAY, 165500), Owed(2, Remedy.APOLOGY, TODAY + 10 * DAY))
}


def later(life: Life, days: int = 20, **said: Any) -> dict[str, Any]:
    """Return another day for the consumer's obligation, and the reason."""
    return {
        "obligation": "O1",
        "by": published().day_of(life.time) + days * DAY,
        "reason": "我要出差。",
        **said,
    }


def lapsed(life: Life) -> bool:
    """Return whether the change that was proposed for the first obligation has lapsed."""
    asked = promise(life).proposed
    return asked is not None and asked.lapsed is not None


# Another date


def test_another_date_is_agreed_by_the_other_side() -> None:
    """Either side proposes a date with a reason; the other is asked to reply in time and agrees. Both get a
    letter, and the obligation has the new day."""
    life = both_owe()
    asked = later(life)
    life.says("propose_change", "p1", **asked)
    assert life.keys("party:p2")[-1] == "change_proposed#O1"
    assert promise(life).by != asked["by"]
    assert "O1" in runs(life, "change_reply")
    assert "出差" not in life.entries[-1].line
    life.says("agree_change", "p2", obligation="O1")
    assert promise(life).by == asked["by"]
    assert promise(life).proposed is None
    assert life.keys()[-1] == life.keys("party:p2")[-1] == "change_agreed#O1"


def test_change_proposed_after_an_answer_reaches_the_company() -> None:
    """The company has no access then: the follow-up officer gets a task with a last day, and records the
    answer. The officer's own proposal for the company goes to the consumer."""
    life = performing()
    asked = later(life)
    life.says("propose_change", "p1", **asked)
    assert [letter.name for letter in life.letters if letter.entry == len(life.entries)] == ["task"]
    assert "O1" in runs(life, "change_reply")
    life.take("agree_change", "feng", obligation="O1", side="business", read_back=True)
    assert promise(life).by == asked["by"]
    life.take("propose_change", "feng", side="business", **{**later(life, 30), "obligation": "O2"})
    assert life.keys()[-1] == "change_proposed#O2"
    life.says("agree_change", "p1", obligation="O2")


def test_refused_change_ends_at_once() -> None:
    """The other side refuses, with a reason or without. The proposal ends, and no reply is awaited. Only the
    proposer gets a letter, and the old date stays."""
    life = both_owe()
    by = promise(life).by
    life.says("propose_change", "p1", **later(life))
    life.says("refuse_change", "p2", obligation="O1", reason="仓库只到这周。")
    assert promise(life).by == by
    assert promise(life).proposed is None
    assert not runs(life, "change_reply")
    assert life.keys("party:p1")[-1] == "change_refused#O1"
    assert "change_refused#O1" not in life.keys("party:p2")
    assert "仓库" not in life.entries[-1].line
    assert life.refused("agree_change", "p2", Role.BUSINESS_REP, obligation="O1") == "nothing_proposed"
    life.says("propose_change", "p2", **later(life))
    life.says("refuse_change", "p1", obligation="O1")
    assert life.keys("party:p2")[-1] == "change_refused#O1"


def test_only_the_other_side_refuses_in_time() -> None:
    """The proposer cannot refuse its own proposal, staff name the side for which they record, and after the
    time to reply nobody refuses any more."""
    life = both_owe()
    life.says("propose_change", "p1", **later(life))
    assert life.refused("refuse_change", "p1", Role.CONSUMER, obligation="O1") == "own_proposal"
    assert life.refused("refuse_change", "feng", obligation="O1") == "side_needed"
    assert life.refused("refuse_change", "p2", Role.BUSINESS_REP, obligation="O2") == "nothing_proposed"
    life.time = life.due["change_reply"]
    assert life.refused("refuse_change", "p2", Role.BUSINESS_REP, obligation="O1") == "proposal_over"


def test_change_refused_after_an_answer_reaches_both_sides() -> None:
    """The follow-up officer records the refusal of the company, and the consumer gets a letter. When the
    consumer refuses a proposal of the company, the officer gets a task to tell the company."""
    life = performing()
    life.says("propose_change", "p1", **later(life))
    life.take("refuse_change", "feng", obligation="O1", side="business", reason="银行要三周。")
    assert life.keys()[-1] == "change_refused#O1"
    life.take("propose_change", "feng", side="business", **later(life, 30))
    life.says("refuse_change", "p1", obligation="O1")
    assert [letter.name for letter in life.letters if letter.entry == len(life.entries)] == ["task"]
    assert promise(life).proposed is None


def test_change_of_an_overdue_obligation_without_a_new_day_can_be_refused() -> None:
    """Nobody can agree to it any more, as the obligation would get no new day."""
    life = both_owe()
    by = promise(life).by
    assert by
    life.live(by - published().day_of(life.time) - DAY)
    life.says("propose_change", "p1", obligation="O1", reason="换一种做法。", way="送到门店。")
    life.live(3 * DAY)
    assert life.refused("agree_change", "p2", Role.BUSINESS_REP, obligation="O1") == "new_day_needed"
    life.says("refuse_change", "p2", obligation="O1")
    assert promise(life).proposed is None


def test_silence_of_the_company_rejects_a_change_proposed_after_an_answer() -> None:
    """The officer who asks the company is reminded. After the time to reply the proposal ends, the consumer
    gets a letter, and nobody can agree to it."""
    life = performing()
    life.says("propose_change", "p1", **later(life))
    life.over("change_reply")
    assert life.facts("lapse_change")[0]["lapsed"]
    assert life.keys()[-1] == "change_refused#O1"
    assert "warning" in [letter.name for letter in life.letters if letter.to == "staff:feng"]
    said = {"obligation": "O1", "side": "business", "read_back": True}
    assert life.refused("agree_change", "feng", **said) == "proposal_over"


def test_change_agreed_by_one_side_has_no_effect() -> None:
    """A change agreed by one side only has no effect, whichever side proposed it, also if staff record it."""
    life = both_owe()
    life.says("propose_change", "p1", **later(life))
    assert life.refused("agree_change", "p1", Role.CONSUMER, obligation="O1") == "own_proposal"
    assert life.refused("agree_change", "feng", obligation="O1", side="p1", read_back=True) == "own_proposal"
    assert life.refused("agree_change", "feng", obligation="O1", side="business") == "read_back_needed"
    assert life.refused("agree_change", "feng", obligation="O1") == "side_needed"
    assert life.refused("agree_change", "p2", Role.BUSINESS_REP, obligation="O2") == "nothing_proposed"


def test_silence_rejects_a_proposed_change() -> None:
    """The other side is reminded. After five working days nobody can agree to the proposal. The obligation
    stays as it was, the proposer gets a letter, and a new proposal is allowed."""
    life = both_owe()
    life.says("propose_change", "p1", **later(life))
    by = promise(life).by
    life.over("change_reply")
    assert [key for key in life.keys("party:p2") if key == "change_reminder#O1"] == ["change_reminder#O1"]
    assert "change_refused#O1" in life.keys("party:p1")
    assert life.refused("agree_change", "p2", Role.BUSINESS_REP, obligation="O1") == "proposal_over"
    assert promise(life).by == by
    life.says("propose_change", "p2", **later(life))
    life.says("agree_change", "p1", obligation="O1")
    assert promise(life).by != by


def test_proposal_waits_for_its_answer_while_the_case_is_closed() -> None:
    """A court takes the case after the change was proposed. The letter that has not left yet is still true,
    and the window ends by itself."""
    life = both_owe()
    life.says("propose_change", "p1", **later(life))
    life.take("close_in_court", "sun", body="court", number="（2026）沪0101民初9号")
    written = life.letters[next(n for n, one in enumerate(life.letters) if one.name == "change_proposed")]
    assert not overtaken(life.case, Unsent("", written.key, written.to, life.time), life.time)
    assert "O1" in runs(life, "change_reply")
    life.over("change_reply")
    assert lapsed(life)


def test_notice_of_default_does_not_overtake_a_proposal() -> None:
    """The obligation changes its state while the letter waits. The letter still asks for an answer."""
    life = both_owe()
    by = promise(life).by
    assert by
    life.live(by - published().day_of(life.time) - DAY)
    life.says("propose_change", "p1", **later(life))
    asked, owed = life.time, promise(life).proposed
    called_on(life)
    assert promise(life).proposed == owed
    assert not overtaken(life.case, Unsent("", "change_proposed#O1", "party:p2", asked), life.time)


def test_change_that_an_older_release_proposed_goes_on() -> None:
    """The older release counted the window under another name, and may have taken its step. The window and
    its last day stay, and it ends as a new one does."""
    life = both_owe()
    life.says("propose_change", "p1", **later(life))
    until = life.due["change_reply"]
    steps = {"party_reply#change_proposed#O1#2026-03-02T01:00:00Z": 1}
    life.case = replace(life.case, clock=replace(life.case.clock, steps=steps))
    assert life.due["change_reply"] == until
    life.over("change_reply")
    assert lapsed(life)


def test_a_counter_proposal_takes_the_place_of_the_first() -> None:
    """Only the last proposal can be agreed to, by the side that did not make it."""
    life = both_owe()
    life.says("propose_change", "p1", **later(life, 40))
    life.says("propose_change", "p2", **later(life, 10))
    assert life.refused("agree_change", "p2", Role.BUSINESS_REP, obligation="O1") == "own_proposal"
    life.says("agree_change", "p1", obligation="O1")
    assert promise(life).by == published().day_of(life.time) + 10 * DAY


def test_a_date_is_changed_twice() -> None:
    """Each change needs both sides; every reminder comes again for the new day, and nothing is late in
    between."""
    life = both_owe()
    for days in (12, 30):
        life.says("propose_change", "p1", **later(life, days))
        life.says("agree_change", "p2", obligation="O1")
        life.live(DAY)
    assert not life.facts("send_cure_notice")
    assert runs(life, "obligation") == {"O1"}
    called_on(life)
    assert len(life.facts("send_cure_notice")) == 1
    assert life.keys().count("obligation_due#O1") == 1


def test_agreed_new_day_makes_an_obligation_pending_again() -> None:
    """An agreed new day makes an obligation in cure or in breach pending again, and the case is performed on.
    A proposal without a day is refused."""
    for life in (called_on(both_owe()), breached(both_owe())):
        assert (
            life.refused("propose_change", "p1", Role.CONSUMER, obligation="O1", way="快递寄回。", reason="x")
            == "new_day_needed"
        )
        life.says("propose_change", "p1", **later(life, 10))
        life.says("agree_change", "p2", obligation="O1")
        assert state(life) == Duty.PENDING
        assert not promise(life).notice
        assert not promise(life).found
        assert life.case.stage == Stage.PERFORMING


def test_a_change_of_nothing_is_none() -> None:
    """A proposal without a change is refused, and so is an amount where no money is owed."""
    life = both_owe()
    assert (
        life.refused("propose_change", "p1", Role.CONSUMER, obligation="O1", reason="x") == "nothing_changed"
    )
    assert (
        life.refused("propose_change", "p1", Role.CONSUMER, obligation="O1", by=promise(life).by, reason="x")
        == "nothing_changed"
    )
    assert (
        life.refused("propose_change", "p1", Role.CONSUMER, obligation="O1", amount=5, reason="x")
        == "remedy_has_no_amount"
    )
    assert (
        life.refused("propose_change", "p2", Role.BUSINESS_REP, obligation="O2", amount=0, reason="x")
        == "remedy_needs_amount"
    )


# More than the date


def test_change_of_terms_needs_a_signature() -> None:
    """The signature names the digest of the text that shows the old and the new terms; another digest, or
    none, is refused."""
    life = both_owe()
    life.says(
        "propose_change",
        "p2",
        obligation="O2",
        amount=60000,
        way="退到银行卡。",
        reason="原支付账户已经注销。",
    )
    asked = promise(life, "O2").proposed
    assert asked
    assert asked.digest
    text = life.words(asked.entry)["text"]
    assert digest_of(text) == asked.digest
    assert (text["old"]["amount"], text["new"]["amount"]) == (80000, 60000)
    assert text["old"]["what"] == "原路退回货款。"
    assert text["new"]["what"] == "退到银行卡。"
    for digest in (None, "0" * 64):
        assert (
            life.refused("agree_change", "p1", Role.CONSUMER, obligation="O2", digest=digest)
            == "text_changed"
        )
    life.says("agree_change", "p1", obligation="O2", digest=asked.digest)
    changed = promise(life, "O2")
    # the obligation still waits for the goods
    assert changed.amount == 60000
    assert changed.by is None
    assert changed.after == "O1"
    assert terms_in(changed, life.words(changed.way)) == "退到银行卡。"


def test_a_signature_on_paper_needs_its_scan_and_a_second_person() -> None:
    """The scan must be newer than the proposal, and a second person must have looked at it, as for the
    agreement itself."""
    life = both_owe()
    life.says("propose_change", "p2", obligation="O2", amount=60000, reason="折旧。")
    asked = promise(life, "O2").proposed
    assert asked
    said: dict[str, Any] = {"obligation": "O2", "side": "p1", "digest": asked.digest, "read_back": True}
    assert life.refused("agree_change", "feng", **said) == "scan_needed"
    old, new = (
        Evidence(f"E{n}", EvidenceKind.FILE, asked.at + n * timedelta(minutes=1), "feng", 1, "f")
        for n in (-1, 1)
    )
    life.case = replace(life.case, evidence=(*life.case.evidence, old, new))
    life.later(timedelta(hours=1))
    assert life.refused("agree_change", "feng", **said, scan=old.id) == "scan_needed"
    approved(life, "agree_change", "feng", "sun", **said, scan=new.id)
    assert promise(life, "O2").amount == 60000


def test_a_signature_in_time_counts_however_late_it_is_confirmed() -> None:
    """The second person looks at the scan after the time to agree; the signature was recorded in it."""
    life = both_owe()
    life.says("propose_change", "p2", obligation="O2", amount=60000, reason="折旧。")
    asked = promise(life, "O2").proposed
    assert asked
    scan = Evidence("E9", EvidenceKind.FILE, asked.at + timedelta(minutes=1), "feng", 1, "f")
    life.case = replace(life.case, evidence=(*life.case.evidence, scan))
    said: dict[str, Any] = {"obligation": "O2", "side": "p1", "digest": asked.digest, "read_back": True}
    approval = life.ask_approval("agree_change", "feng", **said, scan=scan.id)
    life.live(14 * DAY)
    assert life.refused("agree_change", "feng", **said, scan=scan.id) == "proposal_over"
    life.take("approve", "sun", approval=approval)
    assert promise(life, "O2").amount == 60000


def test_only_the_two_sides_of_a_promise_change_it() -> None:
    """Another person of a joint complaint can neither propose nor agree, nor can a representative without the
    power to settle."""
    life, _ = joint(2)
    life.take("accept", "wang")
    answered(life=life, **ONE)
    for id in ("p1", "p2"):
        life.says("accept_answer", id)
    (other, *_) = [o for o in life.case.open_obligations if o.to == "p2"]
    said = {"obligation": other.id, "by": TODAY + 50 * DAY, "reason": "x"}
    assert life.refused("propose_change", "p1", Role.CONSUMER, **said) == "other_sides_obligation"
    life.says("propose_change", "p2", **said)
    assert life.refused("agree_change", "p1", Role.CONSUMER, obligation=other.id) == "other_sides_obligation"
    weak = represented(both_owe(), powers=(Power.SUBMIT, Power.ANSWER))
    agent = weak.case.parties[-1].id
    for move, facts in (
        ("waive", {"obligation": "O2", "words": "x"}),
        ("agree_change", {"obligation": "O1"}),
    ):
        assert weak.refused(move, agent, Role.REPRESENTATIVE, **facts) == "power_missing"


# Waivers and excuses


def test_only_the_creditor_gives_up_and_in_their_own_words() -> None:
    """The creditor waives by their link, or on the phone once it was read back. The debtor cannot waive, and
    staff cannot take a mail for a waiver."""
    life = both_owe()
    assert (
        life.refused("waive", "p2", Role.BUSINESS_REP, obligation="O2", words="不付了。")
        == "other_sides_obligation"
    )
    assert life.refused("waive", "feng", obligation="O2", words="邮件里说算了。") == "read_back_needed"
    life.says("waive", "p2", obligation="O1", words="洗衣机不用还了。")
    assert state(life) == Duty.WAIVED
    assert life.keys()[-1] == life.keys("party:p2")[-1] == "waived#O1"
    assert promise(life, "O2").by  # the obligation that waited has its day
    life.take("waive", "feng", obligation="O2", words="退款不要了。", read_back=True)
    assert closed(life).case.outcome == Outcome.FULFILLED


def with_fact(life: Life, ground: Excuse) -> Life:
    """Put on record what a ground presupposes: a debt of the other side, or a later day that was proposed."""
    owed = life.case.open_obligations
    if ground == Excuse.OTHER_SIDE_FIRST:
        back = replace(owed[0], id="O9", debtor=owed[0].to, to="business", state=Duty.CLAIMED)
        life.case = replace(life.case, obligations=(*life.case.obligations, back))
    if ground == Excuse.AGREED_LATER:
        asked = Amendment(life.time, 1, "business", by=TODAY + 60 * DAY, other_by=TODAY + 60 * DAY)
        later = tuple(replace(one, proposed=asked) for one in owed)
        life.case = replace(life.case, obligations=later)
    return life


@pytest.mark.parametrize("ground", Excuse)
def test_excuse_needs_a_second_person(ground: Excuse) -> None:
    """An excuse without a day ends the obligation; one with a day moves it. Both sides get a letter with the
    reason."""
    life = with_fact(uncured(performing(**ONE)), ground)
    said: dict[str, Any] = {"obligation": "O1", "ground": ground, "reason": "台风停运七天。"}
    if ground == Excuse.AGREED_LATER:  # such an excuse never ends an obligation
        approved(life, "excuse", **said, by=TODAY + 60 * DAY)
        assert (state(life), promise(life).by) == (Duty.PENDING, TODAY + 60 * DAY)
        return
    asked = life.ask_approval("excuse", "feng", **said)
    assert state(life) == Duty.IN_CURE
    assert life.refused("approve", "feng", approval=asked)
    life.take("approve", "zhou", approval=asked)
    assert state(life) == Duty.EXCUSED
    assert life.keys()[-1] == "no_breach#O1"
    approved(life, "excuse", **{**said, "obligation": "O2", "by": TODAY + 60 * DAY})
    assert state(life, "O2") == Duty.PENDING
    assert promise(life, "O2").by == TODAY + 60 * DAY
    life.case = replace(life.case, obligations=tuple(o for o in life.case.obligations if o.id != "O9"))
    closed(confirms(life, "O2"))
    assert life.case.outcome == Outcome.FULFILLED


def test_a_settled_promise_is_touched_no_more() -> None:
    """Every move on a performed, waived or excused obligation is refused with a code."""
    life = confirms(says_done(both_owe(), "O1"), "O1")
    for move, said in (
        ("claim_done", {"proof": "photo", "what": "x"}),
        ("confirm_done", {}),
        ("waive", {"words": "x"}),
        ("propose_change", {"by": TODAY + 90 * DAY, "reason": "x"}),
        ("agree_change", {}),
    ):
        assert life.refused(move, "p1", Role.CONSUMER, obligation="O1", **said) == "obligation_unknown"
    for move, said in (
        ("excuse", {"ground": Excuse.FORCE_MAJEURE, "reason": "x"}),
        ("find_no_breach", {"reason": "x", "by": TODAY}),
        ("decide_proof", {"accepted": True, "reason": "x"}),
        ("send_cure_notice", {}),
    ):
        assert life.refused(move, "feng", obligation="O1", **said) == "obligation_unknown"


def test_a_claim_that_is_waived_or_changed_is_no_claim_any_more() -> None:
    """A new day starts the obligation and its ladder again, and nobody is asked about the old claim."""
    life = says_done(both_owe(), "O1")
    life.says("propose_change", "p2", **later(life))
    life.says("agree_change", "p1", obligation="O1")
    assert state(life) == Duty.PENDING
    assert promise(life).claimed_by is None
    assert not runs(life, "creditor_answer")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["p1", "p2", "agree p1", "agree p2", "claim", "confirm", "wait"]),
            st.integers(1, 30),
        ),
        max_size=12,
    )
)
def test_a_date_moves_only_by_both(said: list[tuple[str, int]]) -> None:
    """The day is the first one or one that both agreed to, in whatever order they propose, agree, claim,
    confirm and wait."""
    life = both_owe()
    agreed, waiting = {promise(life).by}, None
    for what, days in said:
        with suppress(Refusal):
            if what == "wait":
                life.live(days * DAY)
            elif what.startswith("agree"):
                life.says("agree_change", what[-2:], obligation="O1")
                assert waiting
                assert waiting[0] != what[-2:]
                agreed.add(waiting[1])
            elif what in ("claim", "confirm"):
                says_done(life, "O1") if what == "claim" else confirms(life, "O1")
            else:
                asked = later(life, days)
                life.says("propose_change", what, **asked)
                waiting = (what, asked["by"])
        assert promise(life).by in agreed
        assert life.whole()
