"""The checks of an improvement action as texts, also those that the former release made."""

from __future__ import annotations

from datetime import date

import pytest

from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case_records import Counted, Look, RateChange
from chalicelib.domain.model.codes import Unclear, Verdict
from chalicelib.web.pages.desk import effect
from tests.scenario import T0

BEFORE, AFTER = Counted(date(2025, 1, 6), date(2026, 1, 4), 900, 520), Counted(T0.date(), T0.date(), 9, 1)


def look(verdict: Verdict = Verdict.CANNOT_BE_TOLD, **more: object) -> Look:
    """Return a check with counts."""
    return Look("first", T0, "zhou", verdict, BEFORE, AFTER, **more)  # type: ignore[arg-type]


def test_check_of_the_former_release_shows_its_own_interval() -> None:
    """A check that compared the cause only with itself shows one interval of 95 %, which may be open."""
    old = look(ratio=0.4, low=0.187, high=0.805)
    assert effect.changes("en", old) == [("By itself", ["× 0.40", "95% confidence interval: 0.19 to 0.81"])]
    (said,) = effect.changes("en", look(low=0.5))
    assert said == ("By itself", ["95% confidence interval: 0.50 or more"])
    assert effect.meaning("en", old).startswith("It cannot be told: the figures are too small")
    assert "10.0 a week" in effect.rates("en", old)


def test_check_shows_every_comparison() -> None:
    """A check for a part of the complaints shows three comparisons, each with its interval."""
    found = look(
        Verdict.FELL,
        ratio=0.4,
        low=0.2,
        high=0.8,
        beside=RateChange(0.5, 0.3, 0.9),
        outside=RateChange(0.6, 0.4, 0.95),
        expected=80.4,
    )
    assert [label for label, _ in effect.changes("en", found)] == [
        "By itself",
        "Beside the other causes",
        "Beside the same cause elsewhere",
    ]
    assert "about 80 complaints" in effect.rates("en", found)


def test_check_per_customer_says_so() -> None:
    """If the growth of the customers is known, the change by itself is that per customer, and the sentence
    on the rates a week has the growth."""
    found = look(
        ratio=0.5, low=0.3, high=0.8, beside=RateChange(0.5, 0.3, 0.9), expected=80.4, customers_grew=2.0
    )
    assert next(label for label, _ in effect.changes("en", found)) == "By itself, per customer"
    said = effect.rates("en", found)
    assert "1.00 times as many" in said
    assert "2.00 times as many customers" in said


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("why", [*Unclear, None])
def test_every_result_has_words(language: str, why: Unclear | None) -> None:
    """Each reason and each result of the clock is a whole sentence in both languages."""
    for needed in (90, None):
        said = effect.meaning(language, look(unclear=why, needed=needed))
        assert "{" not in said
        assert ("90" in said) == (needed == 90 and why is not None)
    for sign in (T0.date(), None):
        clock = Look("third", T0, "clock", Verdict.CANNOT_BE_TOLD, sign=sign)
        assert effect.meaning(language, clock)
        assert len(effect.changes(language, clock)) == 1


@pytest.mark.parametrize(
    ("language", "says"),
    [("en", "one comparison says that the cause changed"), ("zh", "有的比较看得出变化，有的看不出")],
)
def test_comparisons_that_disagree_are_not_called_chance(language: str, says: str) -> None:
    """If the cause fell by itself, but no more than the others did, the page does not say that the fall can
    be chance."""
    others = RateChange(0.9, 0.7, 1.2)
    fell = look(unclear=Unclear.TOO_FEW, ratio=0.4, low=0.2, high=0.8, beside=others, needed=90)
    assert says in effect.meaning(language, fell)
    chance = look(unclear=Unclear.TOO_FEW, ratio=0.9, low=0.6, high=1.3, beside=others, needed=90)
    assert says not in effect.meaning(language, chance)


def test_short_time_before_is_told() -> None:
    """The page says how many weeks were counted, and how many it takes."""
    short = Counted(date(2025, 10, 1), date(2025, 12, 1), 90, 52)
    said = effect.meaning("en", replace(look(unclear=Unclear.SHORT_BASELINE), before=short))
    assert "for 8 full weeks before the action, and it takes 26" in said
