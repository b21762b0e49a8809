"""The safety advice speaks of what the danger comes from, and of nothing else."""

from __future__ import annotations

import pytest

from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import Matter, Subject
from chalicelib.domain.model.codes import GoodsClass, ServiceClass, SubjectKind, Type
from chalicelib.locale.formats import label
from chalicelib.view.safety import advice
from tests.domain.life import Life

GOODS, SERVICE = SubjectKind.GOODS, SubjectKind.SERVICE
NOTHING_KNOWN = Subject()
BATTERY, FOOD, PLACE = ("电池", "batter"), ("吃", "eat"), ("监控录像", "camera")


def reported(*problems: str, subject: Subject = NOTHING_KNOWN) -> Case:
    """Return a case with these safety matters."""
    case = Life().case
    matters = tuple(Matter(Type.SAFETY, problem) for problem in problems)
    return replace(case, matters=matters, intake=replace(case.intake, subject=subject))


@pytest.mark.parametrize(
    ("case", "speaks"),
    [
        (reported("premises"), (False, False, True)),
        (
            reported("injury", subject=Subject(SERVICE, service_class=ServiceClass.FITNESS)),
            (False, False, True),
        ),
        (reported("food_poisoning"), (False, True, False)),
        (reported("hazard", subject=Subject(GOODS, GoodsClass.FOOD)), (False, True, False)),
        (reported("allergy_reaction"), (False, False, False)),
        (reported("fire_explosion"), (True, False, False)),
        (reported("hazard", subject=Subject(GOODS, GoodsClass.E_BIKE)), (True, False, False)),
        (reported("fire_explosion", "premises"), (True, False, True)),
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_advice_fits_the_source_of_the_danger(
    language: str, case: Case, speaks: tuple[bool, bool, bool]
) -> None:
    """A fall at a pool has nothing to do with batteries. With two sources, both are spoken of."""
    said = " ".join(label(language, step, "safety_step") for step in advice(case))
    assert tuple(words[language == "en"] in said for words in (BATTERY, FOOD, PLACE)) == speaks


@pytest.mark.parametrize("language", ["zh", "en"])
def test_advice_begins_with_the_emergency_and_ends_with_the_doctor(language: str) -> None:
    """Also where nothing is known of the danger."""
    for steps in (advice(), advice(reported("injury"))):
        assert "119" in label(language, steps[0], "safety_step")
        assert ("就医" if language == "zh" else "doctor") in label(language, steps[-1], "safety_step")
