"""Letters to an unconfirmed address: text of others than our staff is withheld, so the mail is no relay."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.codes import Role
from chalicelib.domain.model.letters import LETTERS
from chalicelib.domain.moves.meetings import call_meeting, change_meeting
from chalicelib.letters import render
from chalicelib.letters.redaction import LEFT_OUT, OTHERS, OURS, STAFF, Shared, withheld, without_repeats
from chalicelib.locale import formats
from tests.letters.reading import covering, reads_whole
from tests.letters.sample import BRANCHES, facts, slots

CODES = re.compile(r"[A-Za-z0-9_:./#@-]*")
"""The pattern of our own codes and numbers."""
BOTH = pytest.mark.parametrize("language", formats.LANGUAGES)
PARTY = [name for name, letter in LETTERS.items() if letter.to == "party"]
REGISTERED = {
    "mediator": {"name", "body", "qualification", "number", "experience"},
    "agreement": {"body", "qualification"},
}
"""Texts of ours and of the register in slots that also hold free text."""
WRITTEN = {slot: OTHERS.get(slot, frozenset()) | STAFF.get(slot, frozenset()) for slot in {*OTHERS, *STAFF}}
"""The fields with free text, by slot."""


def texts(value: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield every text in a slot, with its path of names."""
    inside = vars(value) if isinstance(value, SimpleNamespace) else value
    if isinstance(inside, str):
        yield place, inside
    elif isinstance(inside, dict):
        for name, part in inside.items():
            yield from texts(part, (*place, str(name)))
    elif isinstance(inside, (list, tuple)):
        for part in inside:
            yield from texts(part, place)


def test_every_slot_is_marked() -> None:
    """Each slot with text is marked as free text, as left out, or as ours. Unmarked text in a marked slot
    looks like a code."""
    for branch in BRANCHES.values():
        for place, said in texts({name: value for name, value in branch.items() if not callable(value)}):
            slot = place[0]
            if slot == "words":
                continue
            if slot in WRITTEN:
                known = WRITTEN[slot] & {*place} or place[-1] in REGISTERED.get(slot, ())
                assert known or CODES.fullmatch(said), (place, said)
            else:
                assert slot in LEFT_OUT or slot in OURS or slot in ("promised", "due", "missed"), place
    assert not (WRITTEN.keys() & OURS)
    assert not (LEFT_OUT.keys() & OURS)


@cache
def left(language: str) -> list[dict[str, Any]]:
    """Return what remains of each branch after withholding."""
    return [withheld(branch, language) for branch in BRANCHES.values() if branch["side"] is not None]


@pytest.mark.parametrize("name", PARTY)
def test_words_are_in_no_letter_and_each_still_reads_whole(name: str) -> None:
    """Withheld letters contain no free text in subject or body, and read whole in each branch."""
    for language in formats.LANGUAGES:
        reads_whole(name, language, *covering(name, language, left(language)))
    evil = "evil.example"

    def with_evil(value: Any, parts: frozenset[str], every: bool) -> Any:
        if isinstance(value, SimpleNamespace):
            return SimpleNamespace(**with_evil(vars(value), parts, every))
        if isinstance(value, dict):
            return {part: with_evil(one, parts, every or part in parts) for part, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [with_evil(one, parts, every) for one in value]
        return evil if every and isinstance(value, str) else value

    filled = slots(facts=facts(about=None))
    filled |= {slot: with_evil(filled[slot], parts, False) for slot, parts in WRITTEN.items()}
    filled["words"] = with_evil(filled["words"], frozenset(), True)
    filled |= {
        "name": evil,
        "representative": evil,
        "outside_number": evil,
        "rules": [{"law": "contract", "article": evil}],
        "purchase": dict.fromkeys(filled["purchase"], evil),
        "changed": [("email", evil)],
    }
    for language in formats.LANGUAGES:
        letter = render(name, language, withheld(filled, language))
        assert evil not in f"{letter.subject}{letter.text}{letter.html}"


@pytest.mark.parametrize("name", [name for name, move in MOVES.items() if move.official])
def test_only_staff_write_the_text_that_is_marked_as_theirs(name: str) -> None:
    """No staff member records the move for a party, so an entry of staff holds their own words."""
    assert not MOVES[name].recorded_by & ~Role.PARTNER
    assert MOVES[name].official <= MOVES[name].personal
    assert name == "message" or not MOVES[name].by & (Role.PARTY | Role.PARTNER)


def test_the_texts_about_a_meeting_are_those_of_staff() -> None:
    """The slot `meeting` is filled from the moves whose marks say so."""
    assert STAFF["meeting"] <= MOVES[call_meeting.__name__].official
    assert "place" in MOVES[change_meeting.__name__].official


@BOTH
def test_the_reason_of_a_decline_and_the_place_of_a_meeting_are_told(language: str) -> None:
    """An address that was given at filing gets the words of staff, and none of the party."""
    shared = Shared({"reasons", "reason"}, staff=True, heard=("洗衣机坏了",))
    filled = slots(facts=facts(about=None))
    declined = render("declined", language, withheld(filled, language, shared)).text
    assert "没有找到您的订单。" in declined
    notice = render("meeting_notice", language, withheld(filled, language, shared)).text
    assert "市民中心三楼。" in notice
    assert filled["purchase"]["product"] not in declined


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("没有查到您的订单。", "没有查到您的订单。"),
        ("您说“凭这个号码到柜台领取退款八百元”，我们没有这样答复。", "您说“…”，我们没有这样答复。"),
        ("请看evil.example/a，谢谢。", "请看…，谢谢。"),
        ("请致电13900139000。", "请致电…。"),
        ("请致电400-000-0000。", "请致电400-000-0000。"),
        ("您买的甲壳虫牌不在保修期内。", "您买的…不在保修期内。"),
        ("We never wrote that.", "We never wrote that."),
    ],
)
def test_a_text_of_staff_repeats_no_words_of_a_party(text: str, left: str) -> None:
    """Passages, addresses, numbers and names that a party wrote are cut out of a text of our staff."""
    heard = (
        "凭这个号码到柜台领取退款八百元，请看 evil.example/a，谢谢。电话13900139000。They never wrote back.",
        "甲壳虫牌",
        "好",
    )
    assert without_repeats(text, heard, "…") == left


def test_a_long_text_is_compared_in_little_time() -> None:
    """The longest story costs no more than its length; an overlap at each end is found."""
    story = "".join(chr(0x4E00 + n % 9000) for n in range(50_000))
    assert without_repeats(f"答{story[:40]}复{story[-40:]}", (story,), "…") == "答…复…"
