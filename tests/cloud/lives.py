"""Whole lives that are lived under faults: what people do, in order; when the clock comes between is the
schedule's."""
from __future__ import annotations

from tests.cloud.driven import Driven
from tests.house import DAY, FENG, SUN, WANG, ZHAO
from tests.life.test_contested import DENG, FAN, GU, MA, panel, staffed, talking
from tests.life.test_lives import PROOF, WORKED, report


def investigated(house: Driven) -> str:
    """Filed, accepted, assigned; the consumer may write at any moment."""
    staffed(house)
    ref = house.submit(wishes=["explanation"]).ref
    house.message(ref)
    house.move(WANG, "accept", ref)
    house.move(SUN, "assign", ref, to="zhao")
    house.live(4 * DAY, ref)
    return ref


def answered(house: Driven, ref: str, conclusion: str) -> None:
    """Reported and answered; the answer has a day to arrive."""
    house.move(ZHAO, "file_report", ref, **report(house.time.date() + 10 * DAY, 1, 2, conclusion=conclusion))
    house.move(SUN, "answer", ref, routes=["samr_12315"])
    house.live(DAY, ref)


def upheld_and_paid(house: Driven) -> None:
    """An extension is asked for and approved, the complaint is upheld, accepted, paid, confirmed, and asked
    about."""
    ref = investigated(house)
    house.move(ZHAO, "tell_progress", ref, **WORKED)
    house.agreed(ref, ZHAO, SUN, "ask_extension", reason="complex", why="案情复杂。")
    house.live(5 * DAY, ref)
    answered(house, ref, "upheld")
    house.move(house.by_link(ref), "accept_answer", ref)
    for owed in house.product.file.load(ref).owed:
        house.move(FENG, "claim_done", ref, obligation=owed.id, **PROOF)
        house.move(house.by_link(ref), "confirm_done", ref, obligation=owed.id)
    house.live(10 * DAY, ref)


def decided_anew(house: Driven) -> None:
    """Not upheld; a panel of three decides anew, and nobody says anything until the window is over."""
    ref = investigated(house)
    answered(house, ref, "not_upheld")
    house.move(house.by_link(ref), "ask_reconsideration", ref, reasons={"1": "机器根本不脱水。"})
    panel(house, ref, *((who, {"1": "confirmed"}) for who in (DENG, FAN, GU)))
    house.move(DENG, "decide_reconsideration", ref, reasons={"1": "调查充分。"})
    house.live(35 * DAY, ref)


def talked_over(house: Driven) -> None:
    """A dispute: offers and counter offers, accepted and done on the spot."""
    ref = investigated(house)
    answered(house, ref, "not_upheld")
    house.move(house.by_link(ref), "raise_dispute", ref, nature="amount", about="一分不退不合理。")
    shop, consumer = talking(house, ref), house.by_link(ref)
    until = str((house.time + 9 * DAY).date())
    house.move(shop, "offer", ref, terms="免费换新机。", until=until)
    house.live(DAY, ref)
    house.move(consumer, "offer", ref, terms="退一千元。", until=until, counters="F1",
               amount={"amount": "1000.00"})
    house.move(MA, "accept_offer", ref, offer="F2", side="business", read_back=True)
    house.move(MA, "record_on_the_spot", ref, done="当面转账。", consumer_confirms=True,
               business_confirms=True)
    house.live(10 * DAY, ref)


def left_alone(house: Driven) -> None:
    """Asked for photos, the consumer never answers; the clock closes the case."""
    staffed(house)
    ref = house.submit().ref
    house.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    house.live(30 * DAY, ref)


LIVES = (upheld_and_paid, decided_anew, talked_over, left_alone)
