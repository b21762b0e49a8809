"""The text of an agreement: obligations that can be performed and proved, no forbidden clause, one digest
that all sign."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.domain.engine.process import take
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.codes import (
    Conclusion,
    Conflict,
    HelpNeed,
    Measure,
    PauseReason,
    Power,
    Role,
    Side,
    Stage,
)
from chalicelib.domain.moves.drafting import Clause, digest_of, terms_of
from chalicelib.domain.moves.intake import Account
from chalicelib.domain.timeline import canonical
from tests.domain.life import (
    BY_PHONE,
    DAY,
    PERSON,
    SURE,
    Life,
    accepted,
    agreement,
    answered,
    both_heard,
    clause,
    disputed,
    drafted,
    invited,
    joint,
    late_accepted,
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


def refusal(life: Life, *clauses: Clause, **changes: Any) -> tuple[str, str | None]:
    """Return the code and the field with which a draft is refused."""
    said = text(life, *clauses, **changes)
    with pytest.raises(Refusal) as refused:
        take(
            "draft_agreement", life.case, life.act("yan"), **{**life._given("draft_agreement", said), **said}
        )
    return refused.value.code, refused.value.field


def written(life: Life) -> dict[str, Any]:
    """Return the current text as it is stored."""
    found: dict[str, Any] = life.words(agreement(life).entry)["text"]
    return found


@pytest.mark.parametrize(
    ("product", "named"),
    [("剃须刀A1", {"product": "剃须刀A1", "order": "D-7712"}), ("剃须刀\N{LOVE HOTEL}", {"order": "D-7712"})],
)
def test_a_text_names_what_was_bought(product: str, named: dict[str, str]) -> None:
    """The text names product and order as the complaint did; characters that no document can show do not
    prevent an agreement."""
    life = accepted(account=Account("三个月坏了两次。", product=product, order="D-7712"))
    complaint = written(drafted(talking(disputed(life))))["complaint"]
    assert {name: complaint[name] for name in ("product", "order") if name in complaint} == named


def test_a_text_that_several_sign_names_nobodys_order() -> None:
    """An order belongs to one person; the product is common to all."""
    life, _ = joint(2, accepted(account=Account("坏了。", product="剃须刀A1", order="D-7712")))
    life.take("appoint_joint_representatives", "wang", representatives=("p1",), each_agrees=True)
    complaint = written(drafted(talking(disputed(life))))["complaint"]
    assert (complaint["product"], "order" in complaint) == ("剃须刀A1", False)


# Who drafts, and when


def test_only_the_neutral_officer_drafts_the_agreement() -> None:
    """A text with a mediator is a mediation agreement, which the mediator signs too; without one it is a
    settlement. Nobody else drafts."""
    life = unopposed()
    for by in ("li", "sun", "zhou", "feng", "wang"):
        assert life.refused("draft_agreement", by, **text(life)) == "move_not_allowed_for_role"
    assert written(drafted(life))["kind"] == "mediation"
    assert agreement(life).signers == ("p1", "business", "mediator")
    assert (life.case.stage, agreement(life).back, agreement(life).lawful) == (
        Stage.SIGNING,
        Stage.MEDIATING,
        True,
    )
    plain = drafted(talking())
    assert written(plain)["kind"] == "settlement"
    assert "mediator" not in written(plain)
    assert agreement(plain).signers == ("p1", "business")
    assert agreement(plain).back == Stage.NEGOTIATING
    assert not agreement(plain).lawful
    by_ma = unopposed()
    # the neutral officer records the draft for them
    by_ma.take("draft_agreement", "ma", **text(by_ma))
    assert written(by_ma)["kind"] == "mediation"
    assert not agreement(drafted(mediated(by="ren"))).lawful


def test_draft_agreement_needs_running_talks() -> None:
    """Drafting is refused after the negotiation, without a mediator, while one can be or is objected to, and
    without a company."""
    assert invited().refused("draft_agreement", "ma", **text(invited())) == "negotiation_over"
    assert mediating().refused("draft_agreement", "ma", **text(mediating())) == "no_mediator"
    open_to_it = mediated()
    assert open_to_it.refused("draft_agreement", "yan", **text(open_to_it)) == "challenge_window_open"
    life = unopposed()
    life.take(
        "challenge_mediator",
        "li",
        conflict=Conflict.INTEREST,
        reason="他是股东。",
        unknown_before="昨天才知道。",
    )
    assert life.refused("draft_agreement", "yan", **text(life)) == "challenge_waits"
    unnamed = disputed()
    unnamed.take("assign_negotiator", "sun", to="ma", severity="S4")
    assert unnamed.refused("draft_agreement", "ma", **text(unnamed)) == "company_unnamed"
    assert answered().refused("draft_agreement", "ma", **text(answered())) == "move_not_allowed_in_stage"


@pytest.mark.parametrize(("make", "clock", "days"), [(talking, "negotiation", 1), (mediated, "mediation", 3)])
def test_the_talks_stand_still_while_the_text_lies_before_both(make: Any, clock: str, days: int) -> None:
    """Everybody gets the text, each party has seven days, and the talks lose no day."""
    life = make()
    before = life.due[clock]
    drafted(life)
    assert life.letters_to()[-1] == "draft_agreement" == life.letters_to("party:p2")[-1]
    assert clock not in life.running
    assert ("draft_agreement" in life.letters_to("staff:yan")) == (make is mediated)
    assert life.case.clock.halts[-1].why == PauseReason.SIGNING
    assert life.case.clock.halts[-1].until is None
    life.later(3 * DAY)  # Thursday to Sunday
    life.says("refuse_to_sign", "p1")
    assert life.due[clock] == before + days * DAY


def test_an_accepted_offer_is_drafted_within_three_working_days() -> None:
    """A draft meets the deadline of three working days."""
    life = talking()
    offer = offered(life, Side.CONSUMER)
    life.says("accept_offer", speaker(life, Side.BUSINESS), offer=offer)
    assert life.due["drafting"]
    assert "drafting" not in drafted(life).running


# The text


def test_the_text_says_who_does_what_by_when() -> None:
    """The text has parties, mediator, facts, and each obligation with its proof and measure; the company's
    representative and the digest too."""
    life = represented(unopposed())
    refund = clause(
        life, by=None, after=1, days=7, penalty=5000, measure=Measure.AGREED_PENALTY, what_en="Refund."
    )
    drafted(
        life,
        returned(life, what_en="Give it back."),
        refund,
        remarks="双方互相体谅。",
        english=True,
        facts_en="A washing machine.",
        remarks_en="Both are content.",
    )
    said = written(life)
    assert (said["form"], said["languages"], said["number"]) == (
        "agreement-1",
        ["zh", "en"],
        said["complaint"]["number"] + "-1",
    )
    assert said["drafted_on"] == "2026-03-11"
    assert said["complaint"]["received_on"] == "2026-03-05"
    assert said["complaint"]["nature"] == "amount"
    assert said["parties"] == [
        {"id": "p1", "side": "consumer", "name": "李雷", "represented_by": "李雪"},
        {"id": "business", "side": "business", "name": "梧桐家电有限公司", "represented_by": "秦店长"},
    ]
    assert said["mediator"] == {
        "name": "严明",
        "body": "市消费纠纷人民调解委员会",
        "lawful": True,
        "qualification": "人民调解员",
        "number": "RT-yan",
    }
    first, second = said["clauses"]
    assert (first["id"], first["debtor"], first["creditor"], first["by"]) == (
        "C1",
        "p1",
        "business",
        "2026-03-20",
    )
    assert (second["after"], second["amount"], second["penalty"], second["what"]) == (
        {"clause": "C1", "days": 7},
        80000,
        5000,
        {"zh": "原路退回货款。", "en": "Refund."},
    )
    assert said["remarks"] == {"zh": "双方互相体谅。", "en": "Both are content."}
    assert said["facts"]["en"] == "A washing machine."


def test_only_who_may_sign_stands_in_the_text_as_representative() -> None:
    """A representative without the power to sign is not named in the text."""
    assert (
        "represented_by"
        not in written(drafted(represented(unopposed(), powers=(Power.SUBMIT, Power.NEGOTIATE))))["parties"][
            0
        ]
    )


def test_the_line_binds_the_text_by_its_digest() -> None:
    """The line holds the digest of the text and nothing personal; the head of the case holds codes, dates and
    the digest only."""
    life = drafted()
    facts = life.facts("draft_agreement")[0]
    assert (
        facts["digest"]
        == agreement(life).digest
        == digest_of(written(life))
        == sha256(canonical(written(life)).encode()).hexdigest()
    )
    for word in ("李雷", "梧桐家电", "原路退回", "脱水"):
        assert word not in life.entries[-1].line
        assert word not in repr(life.case)
    assert life.whole()


def test_a_text_in_two_languages_is_whole_in_both() -> None:
    """Facts, obligations and remarks are in both languages; Chinese alone is enough where no English is
    wanted."""
    life = unopposed()
    assert refusal(life, english=True) == ("english_missing", "facts_en")
    assert refusal(life, english=True, facts_en="A machine.") == ("english_missing", "clauses/0/what_en")
    both = clause(life, what_en="Refund.")
    assert refusal(life, both, clause(life), english=True, facts_en="A machine.") == (
        "english_missing",
        "clauses/1/what_en",
    )
    assert refusal(life, both, english=True, facts_en="A.", remarks="无。") == (
        "english_missing",
        "remarks_en",
    )


def test_earlier_promises_can_be_replaced() -> None:
    """Only open obligations can be replaced, named as they were promised."""
    life = unopposed(mediated(mediating(talking(disputed(answered(Conclusion.UPHELD))))))
    assert life.refused("draft_agreement", "yan", **text(life, replaces=("O9",))) == "obligation_unknown"
    drafted(life, replaces=("O1",))
    assert written(life)["replaces"] == [
        {"id": "O1", "kind": "refund", "amount": 165500, "by": "2026-03-15", "what": "全额退款，原路退回。"}
    ]


# Changes of the text


def test_a_change_voids_what_was_signed() -> None:
    """The leader of the talks changes the text. All sign the new version with its new digest within seven
    days from then."""
    life = sign(drafted(), "p1").later(2 * DAY)
    before = agreement(life)
    for by in ("li", "sun", "zhou"):
        assert life.refused("amend_draft", by, **text(life), changed="金额。") == "move_not_allowed_for_role"
    life.take("amend_draft", "yan", **text(life, clause(life, amount=90000)), changed="金额改为900元。")
    after = agreement(life)
    assert after.signatures == ()
    assert after.digest != before.digest
    assert (before.version, after.version) == (1, 2)
    assert written(life)["number"].endswith("-2")
    assert after.back == before.back
    assert life.case.stage == Stage.SIGNING
    assert (
        life.letters_to()[-1]
        == "draft_changed"
        == life.letters_to("party:p2")[-1]
        == life.letters_to("staff:yan")[-1]
    )
    assert {run.start for run in life.running.values() if run.name == "signing"} == {life.time}
    assert "改为" not in life.entries[-1].line


def test_a_text_of_the_negotiation_is_not_the_mediators() -> None:
    """The mediator cannot change a text of the negotiation, and nobody can change a text that does not
    exist."""
    plain = drafted(talking())
    assert plain.refused("amend_draft", "yan", **text(plain), changed="金额。") == "not_the_mediator"
    plain.take("amend_draft", "ma", **text(plain), changed="没有改动。")
    assert (
        unopposed().refused("amend_draft", "yan", **text(unopposed()), changed="金额。")
        == "move_not_allowed_in_stage"
    )


def test_changed_draft_replaces_the_call_about_the_earlier_one() -> None:
    """A party on the phone gets a call about the newest text only, and their seven days begin with that
    call."""
    life = drafted(
        mediated(mediating(talking(disputed(answered(Conclusion.NOT_UPHELD, accepted(person=BY_PHONE))))))
    )
    assert [t.letter for t in life.case.tellings].count("draft_agreement") == 1
    life.later(DAY).take(
        "amend_draft", "yan", **text(life, clause(life, amount=90000)), changed="金额改为900元。"
    )
    waiting = [t.letter for t in life.case.tellings]
    assert "draft_agreement" not in waiting
    assert waiting.count("draft_changed") == 1
    life.later(20 * DAY)
    while life.case.tellings:
        life.tell("ma")
    assert life.case.stage == Stage.SIGNING
    assert life.running["signing"].due
    life.says("refuse_to_sign", "p1")
    assert not [t for t in life.case.tellings if t.letter.startswith("draft")]


def test_a_change_after_the_time_ran_out_is_a_new_time() -> None:
    """A changed text gives everybody seven days again, also after its lapse was handed to the lead."""
    life = talking(
        disputed(
            answered(
                Conclusion.NOT_UPHELD,
                accepted(person=replace(PERSON, help=(HelpNeed.ELDERLY,)), consents=SURE),
            )
        )
    )
    late_accepted(life)
    drafted(life).live(10 * DAY)
    assert life.case.clock.review
    assert life.case.stage == Stage.SIGNING
    life.take("amend_draft", "ma", **text(life), changed="日期。")
    assert life.case.clock.review is None
    assert life.running["signing"].due
    assert "lapse_review" not in life.running
    assert life.refused("lapse_signing", "sun", reason="期满。") == "lapse_not_barred"


# The digest


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield every single value of a text with its place."""
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, (*path, key))
    else:
        yield path, value


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Return a text with one value changed."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(value[path[0]], path[1:], new)
    return copy


AGREED = unopposed()
WHOLE = written(
    drafted(
        AGREED,
        returned(AGREED),
        clause(AGREED, by=None, after=1, days=7, penalty=5000, measure=Measure.AGREED_PENALTY),
        remarks="双方互相体谅。",
    )
)


@settings(max_examples=200, deadline=None)
@given(
    at=st.sampled_from([path for path, _ in leaves(WHOLE)]),
    new=st.one_of(st.text(max_size=5), st.integers(), st.booleans(), st.none()),
)
def test_any_change_of_the_text_changes_its_digest(at: tuple[Any, ...], new: Any) -> None:
    """The digest differs exactly if a character, a fen or a day of the text does."""
    before = dict(leaves(WHOLE))[at]
    same = type(before) is type(new) and before == new
    assert (digest_of(changed(WHOLE, at, new)) == digest_of(WHOLE)) == same


@given(st.permutations(list(WHOLE)))
def test_the_digest_is_of_what_is_said_not_of_how_it_is_stored(order: list[str]) -> None:
    """The text and its digest survive JSON and any order of keys."""
    shuffled = {key: WHOLE[key] for key in order}
    assert digest_of(json.loads(json.dumps(shuffled, indent=3, ensure_ascii=True))) == digest_of(WHOLE)
    assert canonical(json.loads(canonical(WHOLE))) == canonical(WHOLE)


def test_each_person_of_a_joint_complaint_signs() -> None:
    """One text holds obligations for all of them, each to their own person."""
    life = talking(disputed(answered(Conclusion.NOT_UPHELD, joint(3, accepted())[0])))
    drafted(life, *[clause(life, creditor=p.id) for p in life.case.consumers])
    assert agreement(life).signers == ("p1", "p2", "p3", "business")
    assert len(written(life)["parties"]) == 4
    assert {term.creditor for term in agreement(life).terms} == {"p1", "p2", "p3"}
    with pytest.raises(Refusal, match="clause_one_side"):
        terms_of(life.case, life.act("ma"), (clause(life, debtor="p2", creditor="p1"),))


def test_representatives_sign_but_do_not_draft() -> None:
    """A representative of the consumer or the company cannot write the text."""
    life = represented(both_heard())
    assert (
        life.refused("draft_agreement", "p3", Role.REPRESENTATIVE, **text(life))
        == "move_not_allowed_for_role"
    )
    assert (
        life.refused("draft_agreement", "p2", Role.BUSINESS_REP, **text(life)) == "move_not_allowed_for_role"
    )


def test_confirmation_is_open_where_the_text_says_so() -> None:
    """The register says at drafting whether the body is lawfully established, and the text agrees with the
    head of the case. Otherwise it would promise an application that cannot be filled in."""
    life = unopposed()
    known = life.roster.mediators.entries["yan"]
    life.roster = replace(
        life.roster, mediators=life.roster.mediators.entered([replace(known, lawful=False)])
    )
    drafted(life)
    assert not agreement(life).lawful


def test_a_text_that_cannot_be_kept_is_refused() -> None:
    """A text longer than a row of the table is refused as such, not as a temporary fault."""
    life = unopposed()
    long = [clause(life, what="退" * 1_500) for _ in range(50)]
    assert life.refused("draft_agreement", "yan", **text(life, *long)) == "text_too_long"
    life.take("draft_agreement", "yan", **text(life, *long[:20]))


def test_a_text_has_160000_bytes_at_most() -> None:
    """The limit counts the stored, canonical form."""

    def written(letters: int) -> dict[str, Any]:
        most = [clause(life, what="退" * 1_500) for _ in range(33)]
        return text(life, *most, clause(life, what="a" * letters))

    life = unopposed()
    life.take("draft_agreement", "yan", **written(1))
    room = 160_000 - len(canonical(life.words(agreement(life).entry)["text"]).encode())
    life = unopposed()
    assert life.refused("draft_agreement", "yan", **written(room + 2)) == "text_too_long"
    life.take("draft_agreement", "yan", **written(room + 1))
