"""The timeline: deleted, edited and reordered entries are found; erased words leave the chain whole; personal
words are hashed with a salt."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, date, datetime

import pytest

from chalicelib.domain.model.change import Entry
from chalicelib.domain.model.codes import Role, Stage
from chalicelib.domain.timeline import canonical, verify
from tests.domain.life import ASK, DECLINED_BY_TWO, PERSON, STORY, Life

PERSONAL = (
    STORY,
    "李雷",
    "13800138000",
    "li.lei@mail.example",
    "D-7712",
    "没有凭证",
    "附件里",
    "查无此单",
    "还要多久",
    "时效",
    "不想再等",
    "梧桐路",
)


def lived() -> Life:
    """Return a case with personal words in every kind of entry."""
    life = Life()
    life.take("ask_information", "wang", **ASK)
    life.take("give_information", "li", answer="发票在附件里。")
    life.take(
        "refuse_approval",
        "sun",
        approval=life.ask_approval("decline", "wang", **DECLINED_BY_TWO),
        reason="时效没有超过。",
    )
    life.take("message", "li", text="还要多久？")
    life.ask_approval("decline", "wang", **DECLINED_BY_TWO)
    life.take("withdraw", "li", reason="不想再等。")
    return life


def test_a_chain_that_nobody_touched_is_whole() -> None:
    """Each line binds the one before it, up to the head on the case."""
    life = lived()
    assert life.whole()
    assert [entry.n for entry in life.entries] == list(range(1, life.case.entries + 1))


def test_a_deleted_entry_is_found() -> None:
    """The first, a middle or the last deleted entries are found."""
    life = lived()
    for n in range(len(life.entries)):
        assert verify(life.entries[:n] + life.entries[n + 1 :], life.case) == n + 1
    assert verify(life.entries[:-2], life.case) == len(life.entries) - 1
    assert verify([], life.case) == 1


def test_an_edited_entry_is_found() -> None:
    """A changed line, hash or number is found, and so is a line with its hash made to fit."""
    life = lived()
    for n, entry in enumerate(life.entries):
        line = entry.line.replace('"who":"', '"who":"x')
        for forged in (
            replace(entry, line=line),
            replace(entry, line=entry.line + " "),
            replace(entry, hash="0" * 64),
            replace(entry, n=entry.n + 1),
        ):
            assert verify([*life.entries[:n], forged, *life.entries[n + 1 :]], life.case) == n + 1


def test_reordered_entries_are_found() -> None:
    """Two swapped entries are found, also if their numbers were made to fit."""
    life = lived()
    for n in range(len(life.entries) - 1):
        one, two = life.entries[n], life.entries[n + 1]
        for swapped in ([two, one], [replace(two, n=one.n), replace(one, n=two.n)]):
            assert verify([*life.entries[:n], *swapped, *life.entries[n + 2 :]], life.case) == n + 1


def test_an_entry_put_at_the_end_is_found() -> None:
    """The head on the case shows the end."""
    life = lived()
    more = Life().entries[0]
    assert verify([*life.entries, more], life.case) == len(life.entries) + 1


def test_erased_words_leave_the_chain_whole_and_changed_words_do_not() -> None:
    """Deleting words and their salt changes nothing hashed; changing or adding words does."""
    life = lived()
    assert verify([replace(entry, words={}) for entry in life.entries], life.case) is None
    for n, entry in enumerate(life.entries):
        for name, (salt, words) in entry.words.items():
            rest = {key: salted for key, salted in entry.words.items() if key != name}
            assert (
                verify([*life.entries[:n], replace(entry, words=rest), *life.entries[n + 1 :]], life.case)
                is None
            )
            for changed in ((salt, words + "x"), ("0" * 32, words)):
                assert (
                    verify(
                        [
                            *life.entries[:n],
                            replace(entry, words={**rest, name: changed}),
                            *life.entries[n + 1 :],
                        ],
                        life.case,
                    )
                    == n + 1
                )
        added = replace(entry, words={**entry.words, "more": ("s", "w")})
        assert verify([*life.entries[:n], added, *life.entries[n + 1 :]], life.case) == n + 1


@pytest.mark.parametrize("words", PERSONAL)
def test_no_personal_words_are_in_what_is_hashed_or_in_the_head(words: str) -> None:
    """Names, phones, addresses, stories and reasons are stored apart from the line; neither the head nor an
    approval has them."""
    life = lived()
    head = repr(life.case) + canonical(asdict(replace(life.case, taken={})))
    assert words not in head
    assert not any(words in entry.line for entry in life.entries)
    assert any(words in kept for entry in life.entries for _, kept in entry.words.values())


def test_every_value_has_a_salt_of_its_own() -> None:
    """Equal words of two people look different, and erasing one value reveals nothing of another. The act's
    own salt is not stored."""
    life, other = lived(), Life()
    salts = [salt for entry in (*life.entries, *other.entries) for salt, _ in entry.words.values()]
    assert len(set(salts)) == len(salts)
    assert all(len(salt) == 32 for salt in salts)
    digests = [
        digest
        for entry in (life.entries[0], other.entries[0])
        for digest in json.loads(entry.line)["words"].values()
    ]
    assert len(set(digests)) == len(digests)
    kept = (
        "".join(entry.line + repr(entry.words) for entry in life.entries)
        + repr(life.case)
        + repr(life.letters)
    )
    assert not any(f"'salt{n}'" in kept or f'"salt{n}"' in kept for n in range(1000))


def test_one_text_for_one_value() -> None:
    """The canonical text has ordered keys, UTC in whole seconds, codes for roles, and no field without a
    value."""
    told = {
        "b": (1, None),
        "a": datetime(2026, 3, 5, 10, 0, 0, 999, tzinfo=UTC),
        "d": date(2026, 3, 5),
        "n": None,
        "r": Role.LEAD,
        "s": Stage.CLOSED,
    }
    assert (
        canonical(told)
        == '{"a":"2026-03-05T10:00:00Z","b":[1,null],"d":"2026-03-05","r":"lead","s":"closed"}'
    )
    assert canonical({2: PERSON.name, 10: "x"}) == '{"10":"x","2":"李雷"}'


def test_an_entry_says_who_when_and_what() -> None:
    """An entry has person and role, the moment, the move and its facts."""
    life = Life()
    life.take("ask_information", "wang", **ASK)
    line = json.loads(life.entries[1].line)
    assert {key: line[key] for key in ("n", "move", "who", "role", "at", "facts")} == {
        "n": 2,
        "move": "ask_information",
        "who": "wang",
        "role": "intake",
        "at": "2026-03-05T02:00:00Z",
        "facts": {"items": ["purchase_proof", "photos"]},
    }
    assert isinstance(life.entries[1], Entry)
    assert list(line["words"]) == ["why"]
