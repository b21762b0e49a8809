"""Signing: each person signs the one text once; with the last signature it is in force, and its clauses are
owed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.obligation_deadlines import overdue
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.case_records import Evidence
from chalicelib.domain.model.codes import (
    Conclusion,
    Duty,
    EvidenceKind,
    Measure,
    Outcome,
    Power,
    Proof,
    Reply,
    Role,
    Side,
    Signed,
    Stage,
)
from chalicelib.domain.moves.drafting import first_day
from chalicelib.domain.moves.intake import Person
from tests.domain.life import (
    DAY,
    DISPUTE,
    HOUR,
    PERSON,
    Life,
    accepted,
    agreement,
    answered,
    bound,
    clause,
    disputed,
    drafted,
    joint,
    mediated,
    mediating,
    offered,
    represented,
    returned,
    sign,
    speaker,
    talking,
    text,
    unopposed,
)


def together(people: int = 3) -> Life:
    """Return a joint complaint in talks."""
    return talking(disputed(answered(Conclusion.NOT_UPHELD, joint(people, accepted())[0])))


def scanned(life: Life, kind: EvidenceKind = EvidenceKind.FILE) -> str:
    """Add a scan to the evidence and return its id."""
    piece = Evidence(f"E{len(life.case.evidence) + 1}", kind, life.time, "ma", life.case.entries, "f1")
    life.case = replace(life.case, evidence=(*life.case.evidence, piece))
    return piece.id


# Signing


@pytest.mark.parametrize("order", list(permutations(("p1", "business", "mediator"))))
def test_the_last_signature_puts_it_in_force_at_that_moment(order: tuple[str, ...]) -> None:
    """The last signature is enough, in any order, and no earlier one."""
    life = drafted()
    for signer in order:
        assert life.case.bound is None
        assert life.case.stage == Stage.SIGNING
        sign(life.later(HOUR), signer)
    assert life.case.bound
    assert life.case.bound.in_force == life.time == agreement(life).signatures[-1].at
    assert life.case.stage == Stage.PERFORMING
    assert life.case.owner is None
    assert life.facts("sign")[-1]["in_force"] is True
    assert [s.way for s in agreement(life).signatures] == [
        Signed.DESK if s == "mediator" else Signed.LINK for s in order
    ]
    assert [(s.of, s.role) for s in sorted(agreement(life).signatures, key=lambda s: s.of)] == [
        ("business", "business_rep"),
        ("mediator", "mediator"),
        ("p1", "consumer"),
    ]
    assert all(pause.until for pause in life.case.clock.halts)


def test_settlement_is_signed_by_both_sides_only() -> None:
    """Only the parties sign a settlement."""
    life = drafted(talking())
    sign(life, "p1", "business")
    assert life.case.bound
    assert not life.case.bound.lawful


def test_only_the_digest_that_was_shown_is_signed() -> None:
    """The digest of an earlier text, a different one and an empty one are refused."""
    life = drafted()
    old = agreement(life).digest
    life.take("amend_draft", "yan", **text(life, clause(life, amount=1)), changed="金额。")
    for digest in (old, "", agreement(life).digest.upper(), agreement(life).digest[:-1]):
        assert life.refused("sign", "li", digest=digest) == "text_changed"
    sign(life, "p1")
    assert life.refused("sign", "li", digest=agreement(life).digest) == "signed_before"


def test_only_the_signer_can_sign() -> None:
    """A party cannot name the signer; a stranger, a leaver and another mediator cannot sign."""
    life = drafted()
    digest = agreement(life).digest
    assert life.refused("sign", "li", digest=digest, signer="business") == "only_for_others"
    assert life.refused("sign", "p2", Role.BUSINESS_REP, digest=digest, signer="p1") == "only_for_others"
    assert life.refused("sign", "p7", Role.CONSUMER, digest=digest) == "unknown_person"
    assert life.refused("sign", "ren", digest=digest) == "not_the_mediator"
    assert life.refused("sign", "yan", digest=digest, signer="p1") == "only_for_others"
    assert drafted(talking()).refused("sign", "yan", digest=digest) == "not_the_mediator"
    for by in ("zhou", "feng", "wang", "zhao", "wu"):
        assert life.refused("sign", by, digest=digest, signer="p1") == "move_not_allowed_for_role"
    assert not agreement(life).signatures
    many = drafted(together())
    many.case = many.case.with_party(replace(many.case.party("p2"), left=many.time))
    many.case = replace(
        many.case,
        talks=replace(many.case.talks, agreement=replace(agreement(many), signers=("p1", "p3", "business"))),
    )
    assert many.refused("sign", "p2", Role.CONSUMER, digest=agreement(many).digest) == "unknown_person"


def test_a_signature_is_the_persons_own_whoever_signs_with_their_authority() -> None:
    """A representative with that power signs for the person, who has then signed. Without it, after the term
    or unchecked they cannot."""
    for said, code in (
        ({"powers": (Power.SUBMIT, Power.SETTLE)}, "power_missing"),
        ({"until": date(2026, 3, 5)}, "authority_expired"),
        ({"checked": False, "document": None}, "authority_unchecked"),
    ):
        life = drafted(represented(mediated(), **said)).later(DAY)
        assert life.refused("sign", "p3", Role.REPRESENTATIVE, digest=agreement(life).digest) == code
    life = drafted(represented(mediated()))
    life.says("sign", "p3", digest=agreement(life).digest)
    (signature,) = agreement(life).signatures
    assert (signature.of, signature.by, signature.role) == ("p1", "p3", "representative")
    assert life.refused("sign", "li", digest=agreement(life).digest) == "signed_before"


def test_present_representative_signs_for_the_company() -> None:
    """A representative named later signs; the link of the earlier one is closed."""
    life = drafted()
    life.take("name_business_representative", "ma", person=Person("新店长", email="new@shop.example"))
    sign(life, "business")
    assert agreement(life).signatures[0].by == speaker(life, Side.BUSINESS) != "p2"


def test_a_signature_on_paper_is_written_down_with_its_scan() -> None:
    """The neutral officer or the lead names the signer, and another person confirms. A statement is no scan,
    nor is a file older than the text; the mediator signs at the desk."""
    life = mediated()
    old = scanned(life)
    drafted(life.later(HOUR))
    said = {"digest": agreement(life).digest}
    assert life.refused("sign", "ma", **said, scan=scanned(life)) == "signer_needed"
    assert life.refused("sign", "ma", **said, scan=scanned(life), signer="p9") == "signer_needed"
    for scan in (None, "E9", old, scanned(life, EvidenceKind.STATEMENT)):
        assert life.refused("sign", "ma", **said, signer="p1", scan=scan) == "scan_needed"
    one = scanned(life)
    assert life.refused("sign", "ma", **said, scan=one, signer="mediator") == "signer_needed"
    # one sheet can have both signatures
    for signer in ("p1", "business"):
        asked = life.ask_approval("sign", "ma", **said, signer=signer, scan=one)
        assert signer in agreement(life).missing
        assert life.refused("approve", "wu", approval=asked) == "approver_level"
        life.take("approve", "sun", approval=asked)
    assert {(s.of, s.by, s.role, s.way, s.evidence) for s in agreement(life).signatures} == {
        (of, "ma", role, Signed.PAPER, one) for of, role in (("p1", "consumer"), ("business", "business_rep"))
    }
    assert sign(life).case.bound
    lead = drafted()
    asked = lead.ask_approval(
        "sign", "sun", digest=agreement(lead).digest, signer="business", scan=scanned(lead)
    )
    assert lead.refused("approve", "sun", approval=asked) == "own_request"
    lead.take("approve", "lin", approval=asked)
    assert agreement(lead).signatures[0].way == Signed.PAPER


def test_a_scan_of_an_older_text_proves_nothing() -> None:
    """A change voids a scan like every signature."""
    life = drafted()
    scan = scanned(life)
    life.later(HOUR).take("amend_draft", "yan", **text(life), changed="日期。")
    assert life.refused("sign", "ma", digest=agreement(life).digest, signer="p1", scan=scan) == "scan_needed"


def test_each_person_of_a_joint_complaint_signs_for_themselves() -> None:
    """The text is not in force while one person's signature is missing, as nobody is chosen to sign for
    all."""
    life = together()
    drafted(life, *[clause(life, creditor=p.id) for p in life.case.consumers])
    life.take("appoint_joint_representatives", "sun", representatives=("p1",), each_agrees=True)
    sign(life, "business", "p1", "p3")
    assert life.case.bound is None
    assert agreement(life).missing == ("p2",)
    sign(life, "p2")
    assert life.case.bound
    assert {o.to for o in life.case.open_obligations} == {"p1", "p2", "p3"}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["p1", "business", "mediator", "amend"]), max_size=12))
def test_agreement_is_in_force_once_all_signed_the_same_text(steps: list[str]) -> None:
    """Any number of changes may come between; a signature of an older text does not count."""
    life, signed = drafted(), set[str]()
    for step in steps:
        if step == "amend":
            life.take(
                "amend_draft", "yan", **text(life, clause(life, amount=len(life.entries))), changed="金额。"
            )
            signed.clear()
        elif step not in signed:
            signed.add(step)
            sign(life, step)
        assert {s.of for s in agreement(life).signatures} == signed
        assert (life.case.bound is not None) == (len(signed) == 3) == (life.case.stage == Stage.PERFORMING)
        if life.case.bound:
            break


# Obligations of the agreement


def test_each_clause_is_owed_from_the_last_signature_on() -> None:
    """Numbers follow those of earlier obligations; one that waits for another has its day once that is
    performed."""
    life = unopposed(mediated(mediating(talking(disputed(answered(Conclusion.UPHELD))))))
    drafted(
        life,
        returned(life),
        clause(life, by=None, after=1, days=7, penalty=5000, measure=Measure.AGREED_PENALTY),
        replaces=("O1",),
    )
    drafted_on = published().day_of(life.time)
    sign(life.later(DAY))
    was, kept, back, refund = life.case.obligations
    assert (was.id, was.state, was.since) == ("O1", Duty.REPLACED, life.time)
    assert (kept.id, kept.state) == ("O2", Duty.PENDING)
    assert (back.id, back.debtor, back.to, back.by, back.since) == (
        "O3",
        "p1",
        "business",
        drafted_on + 9 * DAY,
        life.time,
    )
    assert (refund.id, refund.after, refund.by, refund.amount, refund.to) == ("O4", "O3", None, 80000, "p1")
    assert (back.term, refund.term) == agreement(life).terms
    assert {back.entry, refund.entry} == {agreement(life).entry}
    assert "O4" not in {run.id for run in deadlines(life.case).values()}, "what has no day yet is not late"
    life.later(2 * DAY).says(
        "claim_done", "p1", obligation="O3", proof=Proof.DELIVERY_RECORD, what="快递已签收。"
    )
    assert life.case.obligations[3].by is None
    life.says("confirm_done", "p2", obligation="O3")
    assert life.case.obligations[3].by == published().day_of(life.time) + 7 * DAY
    assert {o.id for o in life.case.open_obligations} == {"O2", "O4"}
    for id in ("O2", "O4"):
        life.says("confirm_done", "p1", obligation=id)
    life.live(HOUR)
    assert (life.case.stage, life.case.outcome) == (Stage.CLOSED, Outcome.FULFILLED)
    assert life.whole()


@pytest.mark.parametrize(
    ("name", "wait"), [("at once", 0 * DAY), ("within the time", 6 * DAY), ("late", 12 * DAY)]
)
def test_nobody_is_late_before_a_fair_day(name: str, wait: timedelta) -> None:
    """A clause is due on its day. If the last signature comes later, it is due three days after it. Days from
    the entry into force count from the last signature."""
    life = unopposed()
    first = first_day(life.case, life.time)
    drafted(life, clause(life, by=first), clause(life, by=None, days=2))
    sign(life, "p1", "business").later(wait)
    if life.case.stage == Stage.SIGNING:
        sign(life, "mediator")
    today = published().day_of(life.time)
    due, soon = life.case.obligations
    assert due.by == max(first, today + 3 * DAY)
    assert soon.by == today + 2 * DAY
    assert not overdue(life.case, due, life.time)


@pytest.mark.parametrize("change", ["draft_agreement", "amend_draft"])
@pytest.mark.parametrize("people", [1, 3])
def test_clause_within_the_time_to_sign_is_refused(change: str, people: int) -> None:
    """The refusal names the clause and the first day that is possible, for a new text and a changed one. The
    time to sign is longer in a joint case."""
    life = together(people) if people > 1 else talking()
    if change == "amend_draft":
        drafted(life).later(DAY)
    first = first_day(life.case, life.time)
    assert (first - published().day_of(life.time)).days >= (8 if people == 1 else 16)
    early = text(life, clause(life), clause(life, by=first - DAY))
    said = {**early, "changed": "日期。"} if change == "amend_draft" else early
    with pytest.raises(Refusal) as refused:
        life.take(change, "ma", **said)
    found = (refused.value.code, refused.value.field, refused.value.facts["day"])
    assert found == ("clause_before_signing", "clauses/1/by", first)
    drafted_ = text(life, clause(life), clause(life, by=first))
    life.take(change, "ma", **({**drafted_, "changed": "日期。"} if change == "amend_draft" else drafted_))


def test_early_payment_stays_confirmed() -> None:
    """A payment before the return of the goods counts: the return gives it no new day."""
    life = unopposed()
    sign(drafted(life, returned(life), clause(life, by=None, after=1, days=7)))
    life.later(DAY).says("confirm_done", "p1", obligation="O2")
    paid = life.case.obligations[1]
    life.later(DAY).says("confirm_done", "p2", obligation="O1")
    assert life.case.obligations[1] == paid
    assert not life.case.open_obligations


def test_obligation_performed_before_the_last_signature_stays_confirmed() -> None:
    """An obligation performed before the last signature stays, though the text was to replace it."""
    life = mediated(mediating(talking(disputed(answered(Conclusion.UPHELD)))))
    drafted(life, replaces=("O1",))
    life.says("confirm_done", "p1", obligation="O1")
    assert sign(life).case.obligations[0].state == Duty.CONFIRMED


def test_agreement_ends_open_offers() -> None:
    """The agreement replaces an offer of the answer, and an unanswered one of the talks."""
    life = mediated(mediating(talking(disputed(answered(Conclusion.OFFER)))))
    offered(life, Side.BUSINESS)
    sign(drafted(life))
    assert [o.term is not None for o in life.case.obligations] == [True]
    assert life.case.talks.dispute
    assert life.case.talks.dispute.open is None
    assert life.case.talks.dispute.offers[-1].state == Reply.LAPSED


def test_agreement_in_force_cannot_be_undone() -> None:
    """An agreement signed by all cannot be undone; a missing performance is followed up."""
    life = bound()
    assert life.refused("withdraw", "li") == "agreement_in_force"
    assert life.refused("raise_dispute", "li", **DISPUTE) == "nothing_to_dispute"
    assert life.refused("amend_draft", "yan", **text(life), changed="金额。") == "move_not_allowed_in_stage"
    many = bound(together())
    assert many.refused("leave_case", "p2", Role.CONSUMER) == "bound_together"
    assert many.refused("withdraw", "p2", Role.CONSUMER) == "leave_first"


def test_before_it_is_in_force_the_complaint_can_be_withdrawn() -> None:
    """A withdrawal is allowed with one signature missing; it leaves no text, and none is sealed."""
    life = sign(drafted(), "p1", "business")
    life.take("withdraw", "li")
    assert life.case.talks.agreement is None
    assert life.case.outcome == Outcome.WITHDRAWN
    assert life.refused("record_seal", "clock", sha256="0" * 64, size=1) == "no_draft"


@pytest.mark.parametrize("name", ["link_duplicate", "leave_case", "substitute_party", "join_case"])
def test_people_stay_the_same_during_signing(name: str) -> None:
    """A person who does not want to sign refuses first."""
    life = drafted(together())
    said = {
        "link_duplicate": {"leading": Life().case},
        "join_case": {"own_wish": True},
        "substitute_party": {"party": "p1", "person": PERSON, "document": "E1", "reason": "继承"},
    }.get(name, {})
    by = "sun" if name in ("link_duplicate", "substitute_party") else "p1"
    assert life.refused(name, by, **said) == "move_not_allowed_in_stage"
