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
from tests.life import agreed, contested
from tests.life.complaint import BY_PHONE, PROOF, SURE, WORKED, answer, report
from tests.life.contested import DENG, FAN, GU, MA, panel, staffed, talking
from tests.life.promised import NOT_DONE
from tests.scenario import CHEN, DAY, FENG, SUN, WANG, ZHAO, ZHOU
from tests.store import PDF, photograph


def investigated(scenario: Driven) -> str:
    """File, accept and assign a complaint; the consumer may write at any moment."""
    staffed(scenario)
    ref = scenario.submit(wishes=["explanation"]).ref
    scenario.message(ref)
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.live(4 * DAY, ref)
    return ref


def answered(scenario: Driven, ref: str, conclusion: str, *matters: int) -> None:
    """Report and answer the named matters, or both; the answer has a day to arrive."""
    day = scenario.time.date() + 10 * DAY
    scenario.move(ZHAO, "file_report", ref, **report(day, *matters or (1, 2), conclusion=conclusion))
    scenario.move(SUN, "answer", ref, routes=["samr_12315"])
    scenario.live(DAY, ref)


def upheld_and_paid(scenario: Driven) -> None:
    """An extension is approved; the complaint is upheld, accepted, paid, confirmed and surveyed."""
    ref = investigated(scenario)
    scenario.move(ZHAO, "tell_progress", ref, **WORKED)
    scenario.agreed(ref, ZHAO, SUN, "ask_extension", reason="complex", why="案情复杂。")
    scenario.live(5 * DAY, ref)
    answered(scenario, ref, "upheld")
    scenario.move(scenario.by_link(ref), "accept_answer", ref)
    paid(scenario, ref)


def paid(scenario: Driven, ref: str) -> None:
    """Pay every obligation, let its creditor confirm that, and send the survey."""
    for owed in scenario.product.file.load(ref).open_obligations:
        scenario.move(FENG, "claim_done", ref, obligation=owed.id, **PROOF)
        scenario.move(scenario.by_link(ref, owed.to), "confirm_done", ref, obligation=owed.id)
    scenario.live(10 * DAY, ref)


def decided_anew(scenario: Driven) -> None:
    """A refused complaint is decided again by a panel of three, and nobody responds until the window ends."""
    ref = investigated(scenario)
    answered(scenario, ref, "not_upheld")
    scenario.move(scenario.by_link(ref), "ask_reconsideration", ref, reasons={"1": "机器根本不脱水。"})
    panel(scenario, ref, *((who, {"1": "confirmed"}) for who in (DENG, FAN, GU)))
    scenario.move(DENG, "decide_reconsideration", ref, reasons={"1": "调查充分。"})
    scenario.live(35 * DAY, ref)


def talked_over(scenario: Driven) -> None:
    """A dispute with offers and counter offers, accepted and done on the spot."""
    ref = investigated(scenario)
    answered(scenario, ref, "not_upheld")
    scenario.move(scenario.by_link(ref), "raise_dispute", ref, nature="amount", about="一分不退不合理。")
    shop, consumer = talking(scenario, ref), scenario.by_link(ref)
    until = str((scenario.time + 9 * DAY).date())
    scenario.move(shop, "offer", ref, terms="免费换新机。", until=until)
    scenario.live(DAY, ref)
    scenario.move(
        consumer, "offer", ref, terms="退一千元。", until=until, counters="F1", amount={"amount": "1000.00"}
    )
    scenario.move(MA, "accept_offer", ref, offer="F2", side="business", read_back=True)
    scenario.move(
        MA, "record_on_the_spot", ref, done="当面转账。", consumer_confirms=True, business_confirms=True
    )
    scenario.live(10 * DAY, ref)


def left_alone(scenario: Driven) -> None:
    """The consumer never answers a request for photos, and the clock closes the case."""
    staffed(scenario)
    ref = scenario.submit().ref
    scenario.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    scenario.live(30 * DAY, ref)


def declined(scenario: Driven) -> None:
    """A declined complaint is contested; a panel accepts it, and nobody responds to its answer."""
    staffed(scenario)
    ref = scenario.submit(wishes=["explanation"]).ref
    scenario.message(ref)
    scenario.move(
        WANG,
        "decline",
        ref,
        grounds={"1": "not_complaint", "2": "not_complaint"},
        reasons={"1": "这是咨询。", "2": "这是咨询。"},
        routes=["samr_12315"],
    )
    scenario.live(2 * DAY, ref)
    scenario.move(scenario.by_link(ref), "ask_reconsideration", ref, reasons={"1": "不是咨询，是保修被拒。"})
    panel(scenario, ref, *((who, {"1": "changed"}) for who in (DENG, FAN, GU)))
    scenario.move(DENG, "decide_reconsideration", ref, reasons={"1": "属于投诉，应当受理。"})
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.live(2 * DAY, ref)
    answered(scenario, ref, "not_established", 1)
    scenario.live(35 * DAY, ref)


def three_together(scenario: Driven) -> None:
    """Three complain together, agree to a settlement, and each is paid and confirms it."""
    staffed(scenario)
    leading, *others = (
        scenario.submit(
            person={"name": f"邻居{n}", "email": f"neighbour{n}@mail.example"},
            matters=[{"type": "prepaid", "sub_type": "closed_shop"}],
        ).ref
        for n in range(1, 4)
    )
    for ref in others:
        scenario.move(SUN, "invite_to_join", ref, leading=leading)
        scenario.move(scenario.by_link(ref), "join_case", ref, own_wish=True)
        scenario.accepted[leading, "join_case"] += 1  # the move is on both timelines
    day = str((scenario.time + 3 * DAY).date())
    refund = {"matter": 1, "kind": "refund", "by": day, "amount": {"amount": "300.00"}}
    scenario.move(WANG, "ask_consent", leading, settlement="每人退款300元。", remedies=[refund])
    for n in range(1, 4):
        scenario.move(scenario.by_link(leading, f"p{n}"), "consent_represented", leading, agrees=True)
    scenario.move(
        SUN,
        "settle_at_once",
        leading,
        agreement="各自在页面上同意。",
        causes=["no_owner"],
        terms="退预付款余额。",
        remedies=[refund],
    )
    scenario.live(DAY, leading)
    paid(scenario, leading)


def represented(scenario: Driven) -> None:
    """An agent and the consumer, both by mail: withdrawn, resumed, answered, and no response."""
    ref = investigated(scenario)
    scenario.move(
        WANG,
        "add_representative",
        ref,
        checked=True,
        document="授权委托书",
        until="2026-12-31",
        powers=["submit", "answer", "settle"],
        person={"name": "李律师", "email": "li@law.example", "capacity": "lawyer"},
    )
    scenario.move(scenario.by_link(ref), "withdraw", ref)
    scenario.live(5 * DAY, ref)
    scenario.move(
        scenario.by_link(ref, "p2"), "reopen", ref, cause="returned", facts="想了想，还是要个说法。"
    )
    scenario.live(2 * DAY, ref)
    answered(scenario, ref, "not_upheld")
    scenario.live(35 * DAY, ref)


def by_phone(scenario: Driven) -> None:
    """A consumer with a telephone only is asked for photos, told late, and never answers.

    Staff read every letter out some days later.
    """
    staffed(scenario)
    ref = scenario.submit(
        WANG, channel="phone", person={**BY_PHONE, "help": ["elderly", "phone_only"]}, consents=SURE
    ).ref
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    record_calls(scenario, ref)
    answer(scenario, ref, conclusion="not_upheld")
    scenario.live(6 * DAY, ref)
    record_calls(scenario, ref)
    scenario.live(50 * DAY, ref)
    record_calls(scenario, ref)


def record_calls(scenario: Driven, ref: str) -> None:
    """Record every waiting call as made, unless its letter has left by mail meanwhile."""
    for telling in scenario.product.file.load(ref).tellings:
        scenario.reads_out(ref, telling.id)
        with suppress(Refusal):
            scenario.move(
                WANG,
                "record_telling",
                ref,
                telling=telling.id,
                how="counter",
                told=True,
                said="按文书读给本人听。",
            )


def never_signed(scenario: Driven) -> None:
    """A mediated text is signed by nobody, and the sixty days pass.

    Staff name the mediator by telephone where no mail went.
    """
    ref, _, _ = mediated(scenario)
    scenario.move(agreed.YAN, "draft_agreement", ref, **agreed.text(scenario))
    scenario.live(70 * DAY, ref)


def mediated(scenario: Driven) -> tuple[str, Caller, Caller]:
    """Bring a dispute to a mediator and let the time to object pass, which an outage can lengthen.

    Staff name the mediator by telephone where no mail went. Return the number, the consumer and the
    company's representative.
    """
    ref, consumer, shop = agreed.mediating(scenario)
    scenario.move(SUN, "appoint_mediator", ref, mediator=agreed.YAN.who)
    scenario.move(agreed.YAN, "accept_appointment", ref, independent=True)
    scenario.live(DAY, ref)
    record_calls(scenario, ref)
    scenario.live(15 * DAY, ref)
    while any(
        run.due is None or run.due > scenario.time
        for run in running_of(scenario.product.file.load(ref), "challenge")
    ):
        scenario.live(DAY, ref)
        record_calls(scenario, ref)
    return ref, consumer, shop


def broken_and_made_good(scenario: Driven) -> None:
    """An answer's promise is not paid: demanded, found in breach, paid in advance, confirmed."""
    staffed(scenario)
    ref = contested.answered(scenario, conclusion="upheld")
    scenario.move(scenario.by_link(ref), "accept_answer", ref)
    scenario.live(25 * DAY, ref)
    for owed in scenario.product.file.load(ref).open_obligations:
        scenario.agreed(ref, FENG, ZHOU, "find_breach", obligation=owed.id, **NOT_DONE)
        scenario.agreed(
            ref,
            FENG,
            ZHOU,
            "take_measure",
            obligation=owed.id,
            measure="pay_first",
            basis="先行赔付制度。",
            amount={"amount": "1655.00"},
        )
        scenario.move(FENG, "claim_done", ref, obligation=owed.id, **PROOF)
        scenario.move(CHEN, "record_cure", ref, obligation=owed.id, what="先行赔付已到账。")
    scenario.live(10 * DAY, ref)


def sealed(scenario: Driven) -> None:
    """A mediated agreement is signed by three, sealed and kept, then performed."""
    if str(layer.fonts()) not in sys.path:
        sys.path.append(str(layer.fonts()))
    ref, consumer, shop = mediated(scenario)
    for party in (consumer.party, shop.party):
        scenario.confirm(ref, party)
    scenario.move(agreed.YAN, "draft_agreement", ref, **agreed.text(scenario))
    for signer in (consumer, shop, agreed.YAN):
        scenario.move(signer, "sign", ref, digest=agreed.digest(scenario, ref))
    scenario.live(DAY, ref)
    for obligation, proof, debtor, creditor in (
        ("O1", "delivery_record", consumer, shop),
        ("O2", "payment_record", shop, consumer),
    ):
        scenario.move(debtor, "claim_done", ref, obligation=obligation, proof=proof, what="已完成。")
        scenario.move(creditor, "confirm_done", ref, obligation=obligation)
    scenario.live(5 * DAY, ref)


def shown(scenario: Driven) -> None:
    """The consumer sends a document, a photograph, an invalid picture and malware during the investigation.

    Two of them answer a request. The scanner reports at once.
    """
    with_files(scenario, "signature")


def shown_to_a_slow_scanner(scenario: Driven) -> None:
    """The consumer sends the same files, and the scanner reports later."""
    with_files(scenario, "guardduty")


def with_files(scenario: Driven, scanner: str) -> None:
    """Send files under this scanner."""
    staffed(scenario)
    scenario.takes_files(scanner)
    ref = scenario.submit(wishes=["explanation"]).ref
    consumer = scenario.by_link(ref)
    scenario.upload(ref, consumer, "application/pdf", PDF)
    scenario.live(DAY, ref)
    scenario.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    scenario.upload(ref, consumer, "image/*", photograph(size=(40, 30)))
    scenario.upload(ref, consumer, "image/*", PDF)
    scenario.live(DAY, ref)
    if scenario.product.file.load(ref).stage != "received":
        scenario.live(40 * DAY, ref)  # the files waited too long to answer, and no other file comes
        return
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.upload(ref, consumer, "*/*", PDF + TEST_SIGNATURE)
    scenario.live(2 * DAY, ref)
    answered(scenario, ref, "not_upheld")
    scenario.live(35 * DAY, ref)


def told_in_figures(scenario: Driven) -> None:
    """Complaints arrive on several days; each night exports the day before and signs its list."""
    staffed(scenario)
    scenario.every_hour("record", "night")
    for n in range(2):
        ref = scenario.submit(person={"name": f"邻居{n}", "email": f"neighbour{n}@mail.example"}).ref
        scenario.move(WANG, "accept", ref)
        scenario.live(DAY, ref)
    scenario.move(SUN, "assign", ref, to="zhao")


def under_new_keys(scenario: Driven) -> None:
    """An operator makes the next key of links, lookups and the record during an investigation.

    Earlier links still open.
    """
    ref = investigated(scenario)
    links = scenario.product.links
    generation = scenario.product.file.load(ref).party("p1").generation
    scenario.tokens.append((ref, "p1", links.token(ref, "p1", generation)))
    for keys in ("link", "record", "lookup"):
        scenario.rotate(keys)
        scenario.live(DAY, ref)
    other = scenario.submit().ref
    scenario.message(other)
    answered(scenario, ref, "not_upheld")
    scenario.rotate("record")
    scenario.live(35 * DAY, ref, other)


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
