"""The advice to people after a report of danger, by the source of the danger."""

from collections.abc import Iterator, Mapping
from enum import StrEnum, auto

from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import GoodsClass, SubjectKind, Type


class Source(StrEnum):
    """The source of a danger: a thing, food, a product for the body such as a cosmetic or a medicine, or a
    place. `UNKNOWN`: the complaint does not tell."""

    THING, FOOD, BODY, PLACE, UNKNOWN = (auto() for _ in range(5))


BY_PROBLEM: Mapping[str, Source] = {
    "food_poisoning": Source.FOOD,
    "foreign_body": Source.FOOD,
    "allergy_reaction": Source.BODY,
    "premises": Source.PLACE,
    "fire_explosion": Source.THING,
    "electric_shock": Source.THING,
}
"""The source of a danger, by the sub-type of the safety matter. The other sub-types do not tell."""
BY_GOODS: Mapping[GoodsClass, Source] = {
    GoodsClass.FOOD: Source.FOOD,
    GoodsClass.HEALTH_FOOD: Source.FOOD,
    GoodsClass.COSMETICS: Source.BODY,
    GoodsClass.DRUG_DEVICE: Source.BODY,
}
"""The source of a danger, by the kind of goods. All other goods are things."""
STEPS: Mapping[Source, tuple[str, ...]] = {
    Source.THING: ("stop", "keep", "leave"),
    Source.FOOD: ("stop_food", "keep_food"),
    Source.BODY: ("stop_body", "keep_body"),
    Source.PLACE: ("leave_place", "keep_place"),
    Source.UNKNOWN: ("stop_unknown", "keep_unknown", "leave_unknown"),
}
"""The steps that the advice names, by the source of the danger. The emergency call comes before them, the
doctor after them."""


def advice(case: Case | None = None) -> tuple[str, ...]:
    """Return the steps to take at once after a danger, as codes. Without a case, nothing is known of the
    danger."""
    sources = dict.fromkeys(_sources(case) if case else ()) or {Source.UNKNOWN: None}
    return ("emergency", *(step for source in sources for step in STEPS[source]), "care")


def _sources(case: Case) -> Iterator[Source]:
    """Yield the source of each safety matter of a case, as far as the complaint tells."""
    subject = case.intake.subject
    bought = (
        BY_GOODS.get(subject.goods_class, Source.THING)
        if subject.goods_class
        else Source.PLACE
        if subject.service_class or subject.kind == SubjectKind.SERVICE
        else Source.UNKNOWN
    )
    for matter in case.matters:
        if matter.type == Type.SAFETY:
            yield BY_PROBLEM.get(matter.sub_type, bought)
