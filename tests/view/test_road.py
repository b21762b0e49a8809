"""The progress of a complaint: past, current and coming stages."""

from __future__ import annotations

from chalicelib.domain.model.codes import ANY, Conclusion, Stage
from chalicelib.view.progress import AS_FAR_AS, ROAD, road
from tests.domain.life import Life, answered


def stretches(life: Life) -> list[tuple[str, str]]:
    """Return pairs of stage and place."""
    return [(str(part.stage), part.place) for part in road(life.case)]


def test_a_new_complaint_has_all_of_it_ahead() -> None:
    """A new complaint has every later stage ahead, from received to closed."""
    assert stretches(Life()) == [("received", "now"), *((str(stage), "ahead") for stage in ROAD[1:])]


def test_revisited_stage_is_listed_once() -> None:
    """A revisited stage is listed once, at its last place; an upheld answer has performance ahead."""
    life = answered(Conclusion.UPHELD)
    assert stretches(life) == [
        ("received", "behind"),
        ("investigating", "behind"),
        ("answered", "now"),
        ("performing", "ahead"),
        ("closed", "ahead"),
    ]


def test_missing_information_keeps_the_road_ahead() -> None:
    """A case that awaits information keeps its coming stages."""
    life = Life()
    life.take("ask_information", "wang", items=("photos",), why="看不清")
    assert stretches(life)[:3] == [
        ("received", "behind"),
        ("awaiting_information", "now"),
        ("investigating", "ahead"),
    ]


def test_every_stage_is_on_the_road_or_has_its_place_there() -> None:
    """Each stage is either in ROAD or has an entry in AS_FAR_AS."""
    assert {*ROAD, *AS_FAR_AS, Stage.AWAITING_INFORMATION} == ANY
    assert not {*ROAD} & {*AS_FAR_AS}
