"""Whole lives under faults: what people do, in order.

The schedule of faults decides when the clock runs in between.
"""

from __future__ import annotations

import sys
from contextlib import suppress

from chalicelib.access.authorization import Caller
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.model.case import Refusal
from chalicelib.evidence.uploads import TEST_SIGNATURE
from infra import layer
from tests.cloud.driven import Driven
from tests.house import CHEN, DAY, FENG, SUN, WANG, ZHAO, ZHOU
from tests.life import agreed, contested
from tests.life.complaint import BY_PHONE, PROOF, SURE, WORKED, answer, report
from tests.life.contested import DENG, FAN, GU, MA, panel, staffed, talking
from tests.life.promised import NOT_DONE
from tests.store import PDF, photograph


def investigated(house: Driven) -> str:
    """File, accept and assign a complaint; the consumer may write at any moment."""
    staffed(house)
    ref = house.submit(wishes=["explanation"]).ref
    house.message(ref)
    house.move(WANG, "accept", ref)
    house.move(SUN, "assign", ref, to="zhao")
    house.live(4 * DAY, ref)
    return ref


def answered(house: Driven, ref: str, conclusion: str, *matters: int) -> None:
    """Report and answer the named matters, or both; the answer has a day to arrive."""
    day = house.time.date() + 10 * DAY
    house.move(ZHAO, "file_report", ref, **report(day, *matters or (1, 2), conclusion=conclusion))
    house.move(SUN, "answer", ref, routes=["samr_12315"])
    house.live(DAY, ref)


def upheld_and_paid(house: Driven) -> None:
    """An extension is approved; the complaint is upheld, accepted, paid, confirmed and surveyed."""
    ref = investigated(house)
    house.move(ZHAO, "tell_progress", ref, **WORKED)
    house.agreed(ref, ZHAO, SUN, "ask_extension", reason="complex", why="案情复杂。")
    house.live(5 * DAY, ref)
    answered(house, ref, "upheld")
    house.move(house.by_link(ref), "accept_answer", ref)
    paid(house, ref)


def paid(house: Driven, ref: str) -> None:
    """Pay every obligation, let its creditor confirm that, and send the survey."""
    for owed in house.product.file.load(ref).open_obligations:
        house.move(FENG, "claim_done", ref, obligation=owed.id, **PROOF)
        house.move(house.by_link(ref, owed.to), "confirm_done", ref, obligation=owed.id)
    house.live(10 * DAY, ref)


def decided_anew(house: Driven) -> None:
    """A refused complaint is decided again by a panel of three, and nobody responds until the window ends."""
    ref = investigated(house)
    answered(house, ref, "not_upheld")
    house.move(house.by_link(ref), "ask_reconsideration", ref, reasons={"1": "机器根本不脱水。"})
    panel(house, ref, *((who, {"1": "confirmed"}) for who in (DENG, FAN, GU)))
    house.move(DENG, "decide_reconsideration", ref, reasons={"1": "调查充分。"})
    house.live(35 * DAY, ref)


def talked_over(house: Driven) -> None:
    """A dispute with offers and counter offers, accepted and done on the spot."""
    ref = investigated(house)
    answered(house, ref, "not_upheld")
    house.move(house.by_link(ref), "raise_dispute", ref, nature="amount", about="一分不退不合理。")
    shop, consumer = talking(house, ref), house.by_link(ref)
    until = str((house.time + 9 * DAY).date())
    house.move(shop, "offer", ref, terms="免费换新机。", until=until)
    house.live(DAY, ref)
    house.move(
        consumer, "offer", ref, terms="退一千元。", until=until, counters="F1", amount={"amount": "1000.00"}
    )
    house.move(MA, "accept_offer", ref, offer="F2", side="business", read_back=True)
    house.move(
        MA, "record_on_the_spot", ref, done="当面转账。", consumer_confirms=True, business_confirms=True
    )
    house.live(10 * DAY, ref)


def left_alone(house: Driven) -> None:
    """The consumer never answers a request for photos, and the clock closes the case."""
    staffed(house)
    ref = house.submit().ref
    house.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    house.live(30 * DAY, ref)


def declined(house: Driven) -> None:
    """A declined complaint is contested; a panel accepts it, and nobody responds to its answer."""
    staffed(house)
    ref = house.submit(wishes=["explanation"]).ref
    house.message(ref)
    house.move(
        WANG,
        "decline",
        ref,
        grounds={"1": "not_complaint", "2": "not_complaint"},
        reasons={"1": "这是咨询。", "2": "这是咨询。"},
        routes=["samr_12315"],
    )
    house.live(2 * DAY, ref)
    house.move(house.by_link(ref), "ask_reconsideration", ref, reasons={"1": "不是咨询，是保修被拒。"})
    panel(house, ref, *((who, {"1": "changed"}) for who in (DENG, FAN, GU)))
    house.move(DENG, "decide_reconsideration", ref, reasons={"1": "属于投诉，应当受理。"})
    house.move(SUN, "assign", ref, to="zhao")
    house.live(2 * DAY, ref)
    answered(house, ref, "not_established", 1)
    house.live(35 * DAY, ref)


def three_together(house: Driven) -> None:
    """Three complain together, agree to a settlement, and each is paid and confirms it."""
    staffed(house)
    leading, *others = (
        house.submit(
            person={"name": f"邻居{n}", "email": f"neighbour{n}@mail.example"},
            matters=[{"type": "prepaid", "sub_type": "closed_shop"}],
        ).ref
        for n in range(1, 4)
    )
    for ref in others:
        house.move(SUN, "invite_to_join", ref, leading=leading)
        house.move(house.by_link(ref), "join_case", ref, own_wish=True)
        house.accepted[leading, "join_case"] += 1  # the move is on both timelines
    day = str((house.time + 3 * DAY).date())
    refund = {"matter": 1, "kind": "refund", "by": day, "amount": {"amount": "300.00"}}
    house.move(WANG, "ask_consent", leading, settlement="每人退款300元。", remedies=[refund])
    for n in range(1, 4):
        house.move(house.by_link(leading, f"p{n}"), "consent_represented", leading, agrees=True)
    house.move(
        SUN,
        "settle_at_once",
        leading,
        agreement="各自在页面上同意。",
        causes=["no_owner"],
        terms="退预付款余额。",
        remedies=[refund],
    )
    house.live(DAY, leading)
    paid(house, leading)


def represented(house: Driven) -> None:
    """An agent and the consumer, both by mail: withdrawn, resumed, answered, and no response."""
    ref = investigated(house)
    house.move(
        WANG,
        "add_representative",
        ref,
        checked=True,
        document="授权委托书",
        until="2026-12-31",
        powers=["submit", "answer", "settle"],
        person={"name": "李律师", "email": "li@law.example", "capacity": "lawyer"},
    )
    house.move(house.by_link(ref), "withdraw", ref)
    house.live(5 * DAY, ref)
    house.move(house.by_link(ref, "p2"), "reopen", ref, cause="returned", facts="想了想，还是要个说法。")
    house.live(2 * DAY, ref)
    answered(house, ref, "not_upheld")
    house.live(35 * DAY, ref)


def by_phone(house: Driven) -> None:
    """A consumer with a telephone only is asked for photos, told late, and never answers.

    Staff read every letter out some days later.
    """
    staffed(house)
    ref = house.submit(
        WANG, channel="phone", person={**BY_PHONE, "help": ["elderly", "phone_only"]}, consents=SURE
    ).ref
    house.move(WANG, "accept", ref)
    house.move(SUN, "assign", ref, to="zhao")
    record_calls(house, ref)
    answer(house, ref, conclusion="not_upheld")
    house.live(6 * DAY, ref)
    record_calls(house, ref)
    house.live(50 * DAY, ref)
    record_calls(house, ref)


def record_calls(house: Driven, ref: str) -> None:
    """Record every waiting call as made, unless its letter has left by mail meanwhile."""
    for telling in house.product.file.load(ref).tellings:
        with suppress(Refusal):
            house.move(
                WANG,
                "record_telling",
                ref,
                telling=telling.id,
                how="phone",
                told=True,
                said="按文书读给本人听。",
            )


def never_signed(house: Driven) -> None:
    """A mediated text is signed by nobody, and the sixty days pass.

    Staff name the mediator by telephone where no mail went.
    """
    ref, _, _ = mediated(house)
    house.move(agreed.YAN, "draft_agreement", ref, **agreed.text(house))
    house.live(70 * DAY, ref)


def mediated(house: Driven) -> tuple[str, Caller, Caller]:
    """Bring a dispute to a mediator and let the time to object pass, which an outage can lengthen.

    Staff name the mediator by telephone where no mail went. Return the number, the consumer and the
    company's representative.
    """
    ref, consumer, shop = agreed.mediating(house)
    house.move(SUN, "appoint_mediator", ref, mediator=agreed.YAN.who)
    house.move(agreed.YAN, "accept_appointment", ref, independent=True)
    house.live(DAY, ref)
    record_calls(house, ref)
    house.live(15 * DAY, ref)
    while any(
        run.due is None or run.due > house.time
        for run in running_of(house.product.file.load(ref), "challenge")
    ):
        house.live(DAY, ref)
        record_calls(house, ref)
    return ref, consumer, shop


def broken_and_made_good(house: Driven) -> None:
    """An answer's promise is not paid: demanded, found in breach, paid in advance, confirmed."""
    staffed(house)
    ref = contested.answered(house, conclusion="upheld")
    house.move(house.by_link(ref), "accept_answer", ref)
    house.live(25 * DAY, ref)
    for owed in house.product.file.load(ref).open_obligations:
        house.agreed(ref, FENG, ZHOU, "find_breach", obligation=owed.id, **NOT_DONE)
        house.agreed(
            ref,
            FENG,
            ZHOU,
            "take_measure",
            obligation=owed.id,
            measure="pay_first",
            basis="先行赔付制度。",
            amount={"amount": "1655.00"},
        )
        house.move(FENG, "claim_done", ref, obligation=owed.id, **PROOF)
        house.move(CHEN, "record_cure", ref, obligation=owed.id, what="先行赔付已到账。")
    house.live(10 * DAY, ref)


def sealed(house: Driven) -> None:
    """A mediated agreement is signed by three, sealed and kept, then performed."""
    if str(layer.fonts()) not in sys.path:
        sys.path.append(str(layer.fonts()))
    ref, consumer, shop = mediated(house)
    for party in (consumer.party, shop.party):
        house.confirm(ref, party)
    house.move(agreed.YAN, "draft_agreement", ref, **agreed.text(house))
    for signer in (consumer, shop, agreed.YAN):
        house.move(signer, "sign", ref, digest=agreed.digest(house, ref))
    house.live(DAY, ref)
    for obligation, proof, debtor, creditor in (
        ("O1", "delivery_record", consumer, shop),
        ("O2", "payment_record", shop, consumer),
    ):
        house.move(debtor, "claim_done", ref, obligation=obligation, proof=proof, what="已完成。")
        house.move(creditor, "confirm_done", ref, obligation=obligation)
    house.live(5 * DAY, ref)


def shown(house: Driven) -> None:
    """The consumer sends a document, a photograph, an invalid picture and malware during the investigation.

    Two of them answer a request. The scanner reports at once.
    """
    with_files(house, "signature")


def shown_to_a_slow_scanner(house: Driven) -> None:
    """The consumer sends the same files, and the scanner reports later."""
    with_files(house, "guardduty")


def with_files(house: Driven, scanner: str) -> None:
    """Send files under this scanner."""
    staffed(house)
    house.takes_files(scanner)
    ref = house.submit(wishes=["explanation"]).ref
    consumer = house.by_link(ref)
    house.upload(ref, consumer, "application/pdf", PDF)
    house.live(DAY, ref)
    house.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    house.upload(ref, consumer, "image/*", photograph(size=(40, 30)))
    house.upload(ref, consumer, "image/*", PDF)
    house.live(DAY, ref)
    if house.product.file.load(ref).stage != "received":
        house.live(40 * DAY, ref)  # the files waited too long to answer, and no other file comes
        return
    house.move(WANG, "accept", ref)
    house.move(SUN, "assign", ref, to="zhao")
    house.upload(ref, consumer, "*/*", PDF + TEST_SIGNATURE)
    house.live(2 * DAY, ref)
    answered(house, ref, "not_upheld")
    house.live(35 * DAY, ref)


def told_in_figures(house: Driven) -> None:
    """Complaints arrive on several days; each night exports the day before and signs its list."""
    staffed(house)
    house.every_hour("record", "night")
    for n in range(2):
        ref = house.submit(person={"name": f"邻居{n}", "email": f"neighbour{n}@mail.example"}).ref
        house.move(WANG, "accept", ref)
        house.live(DAY, ref)
    house.move(SUN, "assign", ref, to="zhao")
    house.live(DAY, ref)


def under_new_keys(house: Driven) -> None:
    """An operator makes the next key of links, lookups and the record during an investigation.

    Earlier links still open.
    """
    ref = investigated(house)
    links = house.product.links
    generation = house.product.file.load(ref).party("p1").generation
    house.tokens.append((ref, "p1", links.token(ref, "p1", generation)))
    for keys in ("link", "record", "lookup"):
        house.rotate(keys)
        house.live(DAY, ref)
    other = house.submit().ref
    house.message(other)
    answered(house, ref, "not_upheld")
    house.rotate("record")
    house.live(35 * DAY, ref, other)


LIVES = (
    upheld_and_paid,
    decided_anew,
    talked_over,
    left_alone,
    declined,
    three_together,
    represented,
    by_phone,
    never_signed,
    broken_and_made_good,
    sealed,
    shown,
    shown_to_a_slow_scanner,
    told_in_figures,
    under_new_keys,
)
