"""Cases of mediated disputes, signed by all or not. Every step runs through the use cases, with the clock
and the mail."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
import vobject

from chalicelib.access.authorization import NotFound
from chalicelib.cases.casework import Unavailable
from chalicelib.documents.paperwork import agreement_key_of
from chalicelib.documents.seal_marks import CheckResult
from chalicelib.domain.calendar import stamp
from chalicelib.domain.engine.deadlines import due
from chalicelib.domain.model.case import Case
from tests.casework.post import FakePost
from tests.life.agreed import (
    REN,
    YAN,
    bound,
    called,
    digest,
    drafted,
    mediated,
    mediating,
    registered,
    sign,
    text,
)
from tests.life.complaint import refusal
from tests.life.contested import MA, answered, talking
from tests.scenario import DAY, HOUR, SUN, ZHOU, Scenario
from tests.store import PDF, Store


def held(scenario: Scenario, ref: str, *present: str, days: int = 10) -> Case:
    """Hold a called meeting in the presence of these sides, and record it."""
    meeting = called(scenario, ref, days).talks.mediation
    assert meeting
    assert meeting.meeting
    scenario.live(days * DAY + HOUR, ref)
    return scenario.move(
        YAN,
        "record_meeting",
        ref,
        meeting=meeting.meeting.id,
        present=list(present),
        minutes="双方说明了各自的情况。",
        next_step="下周再议。",
    )


def test_mediated_and_signed_by_three(scenario: Scenario) -> None:
    """The agreement is in force with the last of three signatures; performance by both sides closes the
    case."""
    ref, consumer, shop = mediated(scenario)
    held(scenario, ref, "consumer", "business")
    scenario.move(YAN, "draft_agreement", ref, **text(scenario))
    assert refusal(scenario, MA, "sign", ref, digest=digest(scenario, ref)) == "signer_needed"
    assert sign(scenario, ref, consumer, shop).stage == "signing"
    assert refusal(scenario, consumer, "sign", ref, digest=digest(scenario, ref)) == "signed_before"
    case = sign(scenario, ref, YAN)
    assert case.stage == "performing"
    assert case.bound
    assert case.bound.in_force == scenario.time
    assert [(o.debtor, o.to, o.by is None) for o in case.open_obligations] == [
        ("p1", "business", False),
        ("business", "p1", True),
    ]
    assert refusal(scenario, consumer, "withdraw", ref) == "agreement_in_force"
    scenario.move(consumer, "claim_done", ref, obligation="O1", proof="delivery_record", what="取走了。")
    assert refusal(scenario, consumer, "confirm_done", ref, obligation="O1") == "other_sides_obligation"
    after = scenario.move(shop, "confirm_done", ref, obligation="O1")
    assert after.open_obligations[0].by == (scenario.time + 7 * DAY).date()
    scenario.move(shop, "claim_done", ref, obligation="O2", proof="payment_record", what="已退。")
    scenario.move(consumer, "confirm_done", ref, obligation="O2")
    scenario.live(2 * DAY, ref)
    assert scenario.product.file.load(ref).outcome == "fulfilled"
    letters = scenario.letters(ref)
    assert [
        name
        for name in letters
        if name
        in (
            "mediation_opened",
            "mediator_appointed",
            "meeting_notice",
            "meeting_reminder",
            "minutes",
            "draft_agreement",
        )
    ] == [
        "mediation_opened",
        "mediator_appointed",
        "meeting_notice",
        "meeting_reminder",
        "minutes",
        "draft_agreement",
    ]


def test_signed_agreement_is_sealed_and_sent(scenario: Scenario, fonts: Path) -> None:
    """The document is made, stored and recorded once, right after the last signature, even if it is
    requested again.

    Each signer gets it with the letter, both sides also the application to the court. Its digest is
    authentic."""
    ref = bound(scenario)
    assert due(scenario.product.file.load(ref))["sealing"] == scenario.time + HOUR
    assert scenario.documents() == 1
    case = scenario.product.file.load(ref)
    assert case.bound
    assert case.bound.sealed
    assert case.bound.sealed.application
    assert "sealing" not in due(case)
    pdf = scenario.product.archive.read(agreement_key_of(scenario.product.file.load(ref)))
    assert case.bound.sealed.sha256 == sha256(pdf).hexdigest()
    assert case.bound.sealed.size == len(pdf)
    assert scenario.product.documents.make(ref) is False
    assert scenario.moves(ref).count("record_seal") == 1
    found = scenario.product.authenticity.of_digest(case.bound.sealed.sha256)
    assert (found.verdict, found.signed) == (CheckResult.AUTHENTIC, 3)
    post = FakePost.into(scenario)
    scenario.post()
    with_it = {
        (to, letter.attachments[0].media_type, sha256(letter.attachments[0].content).hexdigest())
        for to, _, letter in post.taken
        if letter.attachments
    }
    both = ("wang.fang@mail.example", "qin@shop.example")
    wanted = [
        (to, digest) for to in both for digest in (case.bound.sealed.sha256, case.bound.sealed.application)
    ]
    wanted.append(("yan@mediators.example", case.bound.sealed.sha256))
    assert with_it == {(to, "application/pdf", digest) for to, digest in wanted}
    assert scenario.letters(ref)[-2:] == ["in_force", "confirmation_offer"]
    assert scenario.letters(ref, "staff:yan")[-1] == "in_force"
    assert due(case)["judicial_confirmation"] > scenario.time + 29 * DAY


def test_a_letter_waits_for_a_store_that_does_not_answer(scenario: Scenario, fonts: Path) -> None:
    """A letter waits for the document that it mentions, and is retried."""
    ref = bound(scenario)
    scenario.documents()
    post, mail = FakePost.into(scenario), scenario.product.correspondence

    def silent(case: Case, name: str) -> bytes:
        raise Unavailable("file store")

    scenario.product.__dict__["correspondence"] = replace(scenario.product.correspondence, paper=silent)
    scenario.post()
    assert not [letter for _, _, letter in post.taken if "in_force" in letter.subject or letter.attachments]
    scenario.product.__dict__["correspondence"] = replace(mail, post=post)
    scenario.product.__dict__.pop("clockwork", None)
    scenario.later(HOUR)
    scenario.minute()
    assert len([letter for _, _, letter in post.taken if letter.attachments]) == 5
    assert "in_force" in scenario.letters(ref)


def test_everybodys_calendar_follows_a_meeting(scenario: Scenario) -> None:
    """Consumer, company and mediator get the same calendar event; each change and the cancellation raise
    its sequence number. An independent parser reads it. Each letter leaves while it is still true."""
    ref, _, _ = mediated(scenario)
    post = FakePost.into(scenario)
    called(scenario, ref)
    scenario.post()
    scenario.move(
        YAN, "change_meeting", ref, meeting="M1", reason="改期。", at=stamp(scenario.time + 20 * DAY)
    )
    scenario.post()
    scenario.move(YAN, "change_meeting", ref, meeting="M1", reason="不开了。", cancel=True)
    scenario.post()
    sent = [
        (to, vobject.readOne(letter.attachments[0].content.decode()))
        for to, _, letter in post.taken
        if letter.attachments
    ]
    for to in ("wang.fang@mail.example", "qin@shop.example", "yan@mediators.example"):
        mine = [found for address, found in sent if address == to]
        assert [(str(one.method.value), one.vevent.sequence.value) for one in mine] == [
            ("REQUEST", "0"),
            ("REQUEST", "1"),
            ("CANCEL", "2"),
        ]
        assert {one.vevent.uid.value for one in mine} == {f"{ref}-M1@complaints.example"}
        assert to in mine[0].vevent.attendee.value
        assert [one.vevent.dtstart.value - scenario.time for one in mine] == [10 * DAY, 20 * DAY, 20 * DAY]


def test_the_mediator_is_objected_to_and_replaced(scenario: Scenario) -> None:
    """A challenge stops the mediation deadline until the supervisor decides. A rejected mediator cannot be
    appointed again."""
    ref, _, shop = mediating(scenario)
    scenario.move(SUN, "appoint_mediator", ref, mediator="ren")
    assert (
        refusal(
            scenario,
            REN,
            "call_meeting",
            ref,
            at=stamp(scenario.time + 20 * DAY),
            minutes=60,
            way="phone",
            place="400",
        )
        == "accept_first"
    )
    scenario.move(REN, "accept_appointment", ref, independent=True)
    ends = due(scenario.product.file.load(ref))["mediation"]
    scenario.live(1 * DAY, ref)
    scenario.move(shop, "challenge_mediator", ref, conflict="business_tie", reason="去年为竞争对手做顾问。")
    assert "mediation" not in due(scenario.product.file.load(ref))
    assert (
        refusal(scenario, REN, "end_mediation", ref, ending="no_prospect", reason="算了。")
        == "challenge_waits"
    )
    scenario.live(2 * DAY, ref)
    scenario.move(ZHOU, "decide_challenge", ref, upheld=True, reason="属实。")
    assert refusal(scenario, SUN, "appoint_mediator", ref, mediator="ren") == "mediator_rejected"
    scenario.move(SUN, "appoint_mediator", ref, mediator="yan")
    case = scenario.move(YAN, "accept_appointment", ref, independent=True)
    assert case.owner == "yan"
    assert due(case)["mediation"] - ends == 2 * DAY
    assert not scenario.product.casework.sees(case, REN)


def test_absent_twice_without_good_reason(scenario: Scenario) -> None:
    """Each absence is questioned. After the second one without good reason the mediator may end the
    mediation."""
    ref, _, _ = mediated(scenario)
    for n in (1, 2):
        held(scenario, ref, "consumer")
        ending = {"ending": "absent", "reason": "企业方两次未到。"}
        assert refusal(scenario, YAN, "end_mediation", ref, **ending) == "ground_without_fact"
        assert (
            refusal(
                scenario,
                YAN,
                "decide_absence",
                ref,
                meeting=f"M{n}",
                side="business",
                good=False,
                reason="忙。",
            )
            == "absence_open"
        )
        scenario.live(12 * DAY, ref)
        scenario.move(
            YAN, "decide_absence", ref, meeting=f"M{n}", side="business", good=False, reason="没有说明。"
        )
    closed = scenario.move(YAN, "end_mediation", ref, **ending)
    assert (closed.stage, closed.outcome) == ("closed", "not_settled")
    assert scenario.letters(ref)[-1] == "mediation_ended"
    assert (
        scenario.letters(ref, f"party:{closed.business and closed.business.id}").count("absence_asked") == 2
    )


def test_refused_on_the_last_day(scenario: Scenario) -> None:
    """A refusal to sign on the last day voids the text. The mediation goes on within its sixty days, in which
    the sides meet."""
    ref, consumer, shop = drafted(scenario)
    sign(scenario, ref, consumer)
    scenario.live(due(scenario.product.file.load(ref))["signing"] - scenario.time - HOUR, ref)
    back = scenario.move(shop, "refuse_to_sign", ref, reason="总部不同意。")
    assert (back.stage, back.talks.agreement) == ("mediating", None)
    assert due(back)["mediation"] > scenario.time
    assert (
        scenario.letters(ref)[-2:] == ["answer_reminder", "not_signed"]
        or scenario.letters(ref)[-1] == "not_signed"
    )
    held(scenario, ref, "consumer", "business")
    scenario.live(60 * DAY, ref)
    # the survey follows the closing
    moves = [move for move in scenario.moves(ref) if move != "take_step"]
    assert scenario.product.file.load(ref).outcome == "not_settled"
    assert moves[-1] == "lapse_mediation"


def test_silence_is_as_a_refusal(scenario: Scenario) -> None:
    """An unsigned text is reminded once, and void at the end of the deadline."""
    ref, _, _ = drafted(scenario)
    scenario.live(9 * DAY, ref)
    case = scenario.product.file.load(ref)
    assert (case.stage, case.talks.agreement) == ("mediating", None)
    assert "lapse_signing" in scenario.moves(ref)
    assert "signing_reminder" in scenario.letters(ref)
    assert "not_signed" in scenario.letters(ref)


def test_a_changed_draft_voids_what_was_signed(scenario: Scenario) -> None:
    """A changed text needs new signatures from everyone, and the old text can no longer be signed."""
    ref, consumer, shop = drafted(scenario)
    old = digest(scenario, ref)
    sign(scenario, ref, consumer)
    changed = scenario.move(
        YAN, "amend_draft", ref, changed="期限改为五日。", **text(scenario, remarks="双方不再有其他争议。")
    )
    assert changed.talks.agreement
    assert changed.talks.agreement.signatures == ()
    assert changed.talks.agreement.version == 2
    assert refusal(scenario, shop, "sign", ref, digest=old) == "text_changed"
    assert sign(scenario, ref, YAN, shop, consumer).stage == "performing"


def test_paper_signature_needs_its_scan(scenario: Scenario) -> None:
    """A paper signature is recorded by the negotiator with its scan, and confirmed by the lead. Without a
    scan it is refused."""
    ref, _, shop = drafted(scenario)
    sign(scenario, ref, YAN, shop)
    paper = {"digest": digest(scenario, ref), "signer": "p1"}
    assert refusal(scenario, MA, "sign", ref, **paper) == "scan_needed"
    store = Store(scenario)
    scan = store.declare(
        scenario.product.file.load(ref), MA, type="application/pdf", shows="消费者签字的协议"
    )
    store.tell(store.put(scan, PDF))
    piece = next(piece for piece in scenario.product.file.load(ref).evidence if piece.file == scan.id)
    case = scenario.agreed(ref, MA, SUN, "sign", scan=piece.id, **paper)
    assert case.bound
    assert [(s.of, s.by, s.way, s.evidence) for s in case.bound.signatures][-1] == (
        "p1",
        "ma",
        "paper",
        piece.id,
    )


def test_a_settlement_without_a_mediator(scenario: Scenario) -> None:
    """A settlement between the two sides, reached without a mediator, is refused for judicial
    confirmation."""
    registered(scenario)
    ref = answered(scenario)
    consumer = scenario.by_link(ref)
    scenario.move(consumer, "raise_dispute", ref, nature="amount", about="一分不退不合理。")
    shop = talking(scenario, ref)
    scenario.move(MA, "draft_agreement", ref, **text(scenario))
    case = sign(scenario, ref, consumer, shop)
    assert case.bound
    assert case.bound.signers == ("p1", "business")
    assert "judicial_confirmation" not in due(case)
    assert refusal(scenario, consumer, "record_confirmation", ref, step="agrees") == "not_confirmable"


def test_a_mediation_over_is_over_for_the_mediator(scenario: Scenario) -> None:
    """A failed mediation is closed to its mediator. The mediator of an agreement in force still sees the
    case."""
    ref, *_ = mediated(scenario)
    case = scenario.move(YAN, "end_mediation", ref, ending="facts_unclear", reason="查不清。")
    assert not scenario.product.casework.sees(case, YAN)
    with pytest.raises(NotFound):
        scenario.move(YAN, "message", ref, text="还有一件事。")
    kept = bound(scenario)
    assert scenario.product.casework.sees(scenario.product.file.load(kept), YAN)
