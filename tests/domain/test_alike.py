"""Stories that are the same one."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from chalicelib.domain.alike import alike

STORY = "我上个月在你们店里买的洗衣机，用了不到两个星期就漏水，打电话没人管。"


@pytest.mark.parametrize(
    "other",
    [
        STORY,
        STORY.replace("，", ", ").replace("。", ""),
        STORY + "今天又漏了一次，楼下也来找我。",
        STORY.replace("两个星期", "三个星期"),
    ],
)
def test_same_story_is_recognised(other: str) -> None:
    """Punctuation, an addition and a corrected word make no other story."""
    assert alike(STORY, other)


@pytest.mark.parametrize(
    "other",
    [
        "",
        "。。。",
        "我上个月在你们店里买的空调，师傅装的时候把墙打坏了，现在要我自己出钱修。",
        "The washer leaks.",
    ],
)
def test_other_story_is_another(other: str) -> None:
    """The same shop and month are not enough."""
    assert not alike(STORY, other)


@given(one=st.text(max_size=40), other=st.text(max_size=40))
def test_likeness_has_no_direction(one: str, other: str) -> None:
    """Which of the two came first does not matter."""
    assert alike(one, other) == alike(other, one)
