"""The type of a problem is guessed from the words of a story, in either language and without a library."""

import gzip
import json
import time
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from chalicelib.domain.guesses import TABLE, bought, guesses, pieces, stem
from chalicelib.domain.model.codes import TYPES, GoodsClass, ServiceClass
from infra.guesses import __main__ as learned

EVERYDAY = (
    *(
        "诈骗",
        "健身",
        "培训",
        "汽车",
        "航班",
        "酒店",
        "保险",
        "拒赔",
        "账号被封",
        "游戏",
        "宽带",
        "行李",
        "快递",
    ),
    *(
        "租房",
        "房贷",
        "征信",
        "态度恶劣",
        "flight",
        "hotel",
        "baggage",
        "gym",
        "mortgage",
        "insurance",
        "rent",
    ),
    *("broadband", "rude", "scam", "parcel", "identity theft", "data cap", "credit report", "claim refused"),
    *("account banned", "blocked account"),
)
LABELLED = Path(__file__).with_name("labelled_stories.json")
UNREAD = Path(__file__).with_name("unread_stories.json")
CODES = {f"{kind}/{sub}" for kind, subs in TYPES.items() for sub in subs}


def test_table_is_what_the_situations_give() -> None:
    """`python -m infra.guesses` would change nothing."""
    assert json.loads(gzip.decompress(TABLE.read_bytes())) == learned.table()


def test_table_is_small() -> None:
    """A worker reads the table at its first story."""
    assert len(gzip.decompress(TABLE.read_bytes())) <= 1_000_000


def test_every_type_has_situations_in_both_languages() -> None:
    """A type without situations could never be guessed."""
    for language in ("zh", "en"):
        text = (learned.HERE / f"situations.{language}.txt").read_text(encoding="utf-8")
        assert {line[2:] for line in text.splitlines() if line.startswith("# ")} == CODES


def test_classes_are_codes() -> None:
    """Each class of a group of words is a class of goods or of services."""
    classes = {"goods": {*GoodsClass}, "service": {*ServiceClass}}
    for named in learned.groups()[1].values():
        kind, _, code = named.partition("/")
        assert code in classes[kind]


@pytest.mark.parametrize("word", EVERYDAY)
def test_everyday_word_finds_types(word: str) -> None:
    """A single everyday word is enough for a proposal."""
    assert guesses(word)


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        ("保险公司说我没有如实告知，拒绝理赔。", "insurance/claim_refused"),
        ("健身房昨天突然关门，老板联系不上，卡里还有两千。", "prepaid/closed_shop"),
        ("酒店到了说没有房间，可是我早就订好了。", "travel/booking"),
        ("The airline lost my suitcase and nobody answers.", "flight/baggage"),
        ("My landlord keeps the deposit although the flat is clean.", "housing/rent_deposit"),
        ("There is a loan in my name that I never took.", "credit/loan_in_my_name"),
    ],
)
def test_story_finds_its_type(story: str, expected: str) -> None:
    """A plain story has its type among the three proposals."""
    assert expected in guesses(story)


def test_word_is_found_at_its_borders_only() -> None:
    """The "rent" in "different" is no rent."""
    assert not {one for one in guesses("different") if one.startswith("housing")}
    assert {one for one in guesses("rent") if one.startswith("housing")}
    assert stem("renting") == stem("rented") == stem("rents") == "rent"


def test_class_is_guessed_from_the_story() -> None:
    """The class follows from the words; without any, or with two equally often, there is none."""
    assert bought("The hotel had no room for us") == "service/lodging"
    assert bought("新买的洗衣机漏水") == "goods/appliance"
    assert bought("不知道") is None
    assert bought("flight and train") is None


@pytest.mark.parametrize(
    "story", ["", " ", "😡😡", "Η μηχανή χάλασε", "Машина сломалась", "機械が壊れた。", "\x00\ud800"]
)
def test_unknown_words_are_no_error(story: str) -> None:
    """A story in a third language has few guesses or none."""
    assert len(guesses(story)) <= 3


@given(st.text(max_size=300))
def test_any_text_has_at_most_three_known_types(story: str) -> None:
    """The guesses are codes, different from one another, and always the same."""
    found = guesses(story)
    assert {*found} <= CODES
    assert len({*found}) == len(found) <= 3
    assert guesses(story) == found


@pytest.mark.parametrize(
    "part", ["十月三日买的洗衣机，二十天就漏水！", "My flight was late and they lost my bag. "]
)
def test_long_story_takes_at_most_twenty_milliseconds(part: str) -> None:
    """50,000 characters cost no more than their beginning and end. The least of several runs is the time of
    the code, without that of other processes."""
    varied = "".join(f"{part}{chr(0x4E00 + n % 5000)}{n}" for n in range(5000))[:50_000]
    guesses(varied)
    times = []
    for _ in range(7):
        started = time.process_time()
        guesses(varied)
        times.append(time.process_time() - started)
    assert min(times) <= 0.02


def test_end_of_a_long_story_counts() -> None:
    """What it is about may stand at the end of a long story."""
    assert "insurance/claim_refused" in guesses("唉。" * 20_000 + "保险公司拒赔，理赔申请被拒绝。")


def test_pieces_have_words_groups_and_pairs() -> None:
    """A story is cut into stems, neighbours, groups, and pairs of groups."""
    assert pieces("hotel room", {"hotel": ["stay"], "room": ["space"]}) == {
        *("hotel", "room", "hotel room", "@stay", "@space", "@space@stay")
    }


def right(file: Path) -> float:
    """Return the share of the stories in a file that have a right type among the guesses."""
    stories = json.loads(file.read_text(encoding="utf-8"))
    found = sum(bool({one["type"], *one["also"]} & {*guesses(one["text"])}) for one in stories)
    return found / len(stories)


def test_every_type_has_a_labelled_story() -> None:
    """A type that no story has is not measured."""
    stories = json.loads(LABELLED.read_text("utf-8"))
    used = {code for one in stories for code in (one["type"], *one["also"])}
    assert {f"{type}/{sub}" for type, subs in TYPES.items() for sub in subs} == used


def test_labelled_stories_have_their_type_among_three() -> None:
    """Nine of ten labelled stories have a right type among the guesses. Some situations were written after
    these stories were read, so unread stories may have fewer."""
    assert right(LABELLED) >= 0.9


def test_unread_stories_have_their_type_among_three() -> None:
    """The stories were written without sight of the lexicon, and measured once when it was finished: 96 of
    100 Chinese ones and 90 of 100 English ones were right. Nobody may learn from them."""
    assert right(UNREAD) >= 0.8
