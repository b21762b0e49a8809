"""Views of an obligation: due date, standing, consequences, and who may see it."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.calendar import day_end
from chalicelib.domain.engine.deadlines import due
from chalicelib.domain.engine.obligation_deadlines import cure_end
from chalicelib.domain.model.case_records import BUSINESS
from chalicelib.domain.model.codes import Role
from chalicelib.view.obligation import ObligationView, change_of, denial_of, ledger, terms_of, totals
from chalicelib.view.reader import Reader
from tests.domain.life import performing, represented
from tests.domain.promises import (
    both_owe,
    breached,
    called_on,
    changing,
    confirms,
    promise,
    says_done,
    speaks,
)
from tests.view.read import house, party, staff


def obligation_seen(reader: Reader, id: str = "O1") -> ObligationView:
    """Return one obligation as a reader sees it."""
    return next(owed for owed in ledger(reader) if owed.id == id)


def test_obligation_is_due_at_the_end_of_its_day() -> None:
    """An obligation that waits for another shows that other and the number of days, but no date of its
    own."""
    life = both_owe()
    first, second = obligation_seen(house(life), "O1"), obligation_seen(house(life), "O2")
    assert first.by
    assert first.due == day_end(first.by)
    assert first.days is None
    assert first.waits_for is None
    assert (second.due, second.days, second.waits_for and second.waits_for.id) == (None, 3, "O1")
    after = obligation_seen(house(confirms(life, "O1")), "O2")
    assert after.by
    assert after.due == day_end(after.by)
    assert after.days is None
    assert after.waits_for is None


def test_how_it_stands_goes_with_the_day() -> None:
    """The standing follows the time: pending, due on the last day, late after it. After a demand it is in
    cure, then over; after a breach a measure is due."""
    life = performing()
    assert obligation_seen(party(life)).standing == "pending"
    life.time = due(life.case)["obligation"] - timedelta(hours=1)
    assert (obligation_seen(party(life)).standing, obligation_seen(party(life)).late) == ("due", False)
    life.time += 2 * timedelta(hours=1)
    assert (obligation_seen(party(life)).standing, obligation_seen(party(life)).late) == ("late", True)
    life = called_on()
    untold = obligation_seen(party(life))
    assert (untold.standing, untold.cure) == ("in_cure", cure_end(life.case, life.case.obligations[0]))
    assert untold.cure
    life.time = untold.cure
    assert obligation_seen(party(life)).standing == "in_cure_over"
    life = breached()
    assert obligation_seen(party(life)).standing == "breached"
    assert obligation_seen(party(life)).next == due(life.case)["measure"]


def test_standing_names_waiting_and_the_officer() -> None:
    """A debtor who waits for the other side is not late. Proof that an officer confirms is
    `claimed_officer`."""
    assert obligation_seen(party(both_owe()), "O2").standing == "waits"
    life = both_owe(confirms="officer")
    life = says_done(confirms(life, "O1"), "O2")
    assert obligation_seen(party(life), "O2").standing == "claimed_officer"


def test_a_clause_is_quoted_in_the_readers_language() -> None:
    """A clause is quoted in the reader's language if the agreement has it; other text stays as entered."""
    life = both_owe(what="退还八百元。", what_en="Pay back 800 yuan.")
    reader = party(life)
    terms = terms_of(reader, obligation_seen(reader, "O2"))
    assert (obligation_seen(reader, "O2").clause, terms.read("zh"), terms.read("en")) == (
        "C2",
        "退还八百元。",
        "Pay back 800 yuan.",
    )
    plain = terms_of(party(performing()), obligation_seen(party(performing())))
    assert plain.read("en") == plain.read("zh")


def test_totals_are_counted_by_side() -> None:
    """Totals are counted by side, and only over more than one sum; internal readers get none."""
    life = both_owe()
    one = life.case.obligation("O2")
    company = party(life, speaks(life, BUSINESS))
    assert totals(party(life), [one]) == (None, None)
    assert totals(party(life), [one, one]) == (None, 160000)
    assert totals(company, [one, one]) == (160000, None)
    assert totals(house(life), [one, one]) == (None, None)


def test_a_change_is_told_beside_what_is() -> None:
    """A proposed change shows old and new terms, the reason, and the deadline for the other side."""
    life = changing()
    reader, owed = party(life), obligation_seen(party(life))
    assert owed.proposed
    change = change_of(reader, owed, owed.proposed.entry)
    assert (change.old.by, change.new.by) == (owed.by, owed.proposed.by)
    assert (change.new.what.said, change.reason) == ("快递寄回。", "在外地出差。")
    assert change.digest == owed.proposed.digest
    assert change.text["obligation"] == "O1"
    assert owed.agree_by == due(life.case)["change_reply"]


def test_change_with_erased_words_keeps_its_day() -> None:
    """Dates of a change remain visible after the texts were erased."""
    life = changing()
    reader = staff(life, Role.AUDITOR)
    owed = obligation_seen(reader)
    assert owed.proposed
    change = change_of(reader, owed, owed.proposed.entry)
    assert (change.old.by, change.new.by) == (owed.by, owed.proposed.by)
    assert (change.new.what.said, change.reason, change.text) == (None, None, {})


def test_third_party_sees_no_obligation() -> None:
    """Third parties and agents with unchecked authority see no obligation."""
    life = represented(both_owe(), checked=False)
    assert ledger(party(life))
    assert not ledger(party(life, "p3"))


def test_a_denial_stays_with_the_decision_that_overruled_it() -> None:
    """The consumer's No and its reason, and the officer's decision and its reason, stay for both sides and
    staff after the obligation counts as performed."""
    life = performing()
    says_done(life, "O1")
    assert denial_of(party(life), promise(life)) is None
    life.says("dispute_done", "p1", obligation="O1", reason="账户里没有这笔钱。")
    for reader in (house(life), staff(life, Role.FOLLOWUP), party(life)):
        assert denial_of(reader, promise(life)) == ("账户里没有这笔钱。", None, None, None)
    life.take("decide_proof", "chen", obligation="O1", accepted=True, reason="银行回单上有入账时间。")
    confirmed = ("账户里没有这笔钱。", None, True, "银行回单上有入账时间。")
    for reader in (house(life), staff(life, Role.FOLLOWUP), party(life)):
        assert denial_of(reader, promise(life)) == confirmed


def test_of_two_denials_the_last_is_shown_with_its_own_decision() -> None:
    """After a proof that was not accepted, another claim and another No: the old decision is not taken for
    the new one. The company reads it too."""
    life = confirms(both_owe(), "O1")
    for n, accepted in ((1, False), (2, True)):
        says_done(life, "O2")
        life.says("dispute_done", "p1", obligation="O2", reason=f"第{n}次：没收到。")
        seen = denial_of(party(life, "p2"), promise(life, "O2"))
        assert seen == (f"第{n}次：没收到。", None, None, None)
        life.take("decide_proof", "feng", obligation="O2", accepted=accepted, reason=f"第{n}次核定。")
    seen = denial_of(party(life, "p2"), promise(life, "O2"))
    assert seen == ("第2次：没收到。", None, True, "第2次核定。")
