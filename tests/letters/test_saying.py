"""Codes, dates, durations and money as text, and the equality of both languages."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args

import pydantic_core
import pytest

from chalicelib import letters
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model import codes
from chalicelib.domain.model.case import Case
from chalicelib.letters import render
from chalicelib.locale import formats
from chalicelib.web.routes.desk_cases import OF_WORK
from tests.closed import complete
from tests.letters.sample import FORBIDDEN, MIDNIGHT, facts, slots

SOURCE = Path(letters.__file__).parent.parent
BOTH = pytest.mark.parametrize("language", formats.LANGUAGES)
LISTS: dict[str, type[StrEnum]] = {
    "stage": codes.Stage,
    "channel": codes.Channel,
    "way": codes.Way,
    "language": codes.Language,
    "right": codes.Right,
    "severity": codes.Severity,
    "wish": codes.Wish,
    "subject_kind": codes.SubjectKind,
    "goods_class": codes.GoodsClass,
    "service_class": codes.ServiceClass,
    "region": codes.Region,
    "decline_ground": codes.Ground,
    "missing_item": codes.Missing,
    "route": codes.Route,
    "outcome": codes.Outcome,
    "reopen_reason": codes.ReopenReason,
    "help_need": codes.HelpNeed,
    "capacity": codes.Capacity,
    "hurt": codes.Hurt,
    "asked_business": codes.Known,
    "undelivered": codes.Undelivered,
    "fault": codes.Fault,
    "talk": codes.Talk,
    "body": codes.Route,
    "conclusion": codes.Conclusion,
    "examined": codes.Examined,
    "remedy": codes.Remedy,
    "duty": codes.Duty,
    "proof": codes.Proof,
    "cause": codes.Cause,
    "law": codes.Law,
    "extension_reason": codes.ExtensionReason,
    "conflict": codes.Conflict,
    "power": codes.Power,
    "side": codes.Side,
    "evidence_kind": codes.EvidenceKind,
    "result": codes.Result,
    "dismissal": codes.Dismissal,
    "nature": codes.Nature,
    "reply": codes.Reply,
    "ending": codes.Ending,
    "obligation_kind": codes.ObligationKind,
    "measure": codes.Measure,
    "excuse_ground": codes.Excuse,
    "confirms": codes.Confirms,
    "forbidden": codes.Forbidden,
    "meeting_way": codes.MeetingWay,
    "signed": codes.Signed,
    "confirmation": codes.Confirmation,
    "source": codes.Source,
    "verdict": codes.Verdict,
    "lesson": codes.Lesson,
}


@BOTH
def test_every_code_of_a_list_has_a_label(language: str) -> None:
    """Each code list and its labels have the same codes."""
    labels = {section: {*formats.texts(language)[section]} for section in LISTS}
    assert labels == {section: {*codes_} for section, codes_ in LISTS.items()}


@BOTH
def test_roles_types_and_moves_have_labels(language: str) -> None:
    """Roles, types with sub-types, and moves have labels."""
    texts = formats.texts(language)
    codes_file = f"chalicelib/locale/{language}/codes.json"
    complete(texts["role"], {role.code for role in codes.Role}, f"{codes_file}, section `role`", "name it")
    assert {kind: tuple(subs) for kind, subs in texts["sub_type"].items()} == codes.TYPES
    assert set(texts["type"]) == set(codes.TYPES)
    complete(texts["move"], MOVES, f"{codes_file}, section `move`", "say in a few words what the move does")


@BOTH
def test_every_choice_of_a_long_list_has_everyday_words(language: str) -> None:
    """Goods, services and problem types have everyday search words."""
    search = dict(formats.texts(language)["search"])
    assert {kind: tuple(subs) for kind, subs in search.pop("sub_type").items()} == codes.TYPES
    assert {listed: set(words) for listed, words in search.items()} == {
        listed: set(LISTS[listed]) for listed in ("goods_class", "service_class")
    }


@BOTH
def test_every_phase_has_a_heading_on_the_desk(language: str) -> None:
    """Each phase with moves for people has a heading on the desk."""
    taken = (each for each in MOVES.values() if each.at and each.takers & ~codes.Role.CLOCK)
    subjects = {each.do.__module__.rpartition(".")[2] for each in taken}
    phases = {"work" if subject in OF_WORK else subject for subject in subjects}
    assert set(formats.texts(language)["page"]["desk"]["phase"]) == phases


def parts(hint: Any) -> Iterator[str]:
    """Yield the names of the fields inside a parameter's type."""
    # a form names another case by its number
    if isinstance(hint, type) and is_dataclass(hint) and hint is not Case:
        for field in fields(hint):
            yield field.name
    for part in get_args(hint):
        yield from parts(part)


@BOTH
def test_everything_a_form_asks_has_a_label(language: str) -> None:
    """Each parameter of a move for people, and each field inside it, has a label in both languages."""
    asked = {
        name
        for declared in MOVES.values()
        if (declared.by | declared.recorded_by) != codes.Role.CLOCK
        for parameter, (hint, _) in declared.parameters.items()
        for name in (parameter, *parts(hint))
    }
    decided_later = {"accepted", "ground"}
    missing = sorted(asked - decided_later - formats.texts(language)["label"].keys())
    assert not missing, (
        f"{missing} has no label in chalicelib/locale/{language}/forms.json, section `label`: write how "
        "the form asks for the parameter, and add a `hint` of the same name where an answer needs an example"
    )


def test_every_refusal_and_every_check_has_a_sentence() -> None:
    """Each refusal and each field error has a sentence in both languages."""
    sources = [path.read_text("utf-8") for path in SOURCE.rglob("*.py")]
    source = "\n".join(sources)
    nodes = (node for one in sources for node in ast.walk(ast.parse(one)))
    guards = [
        node
        for node in nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("refuse_if", "required")
    ]
    guarded = {node.args[1].value for node in guards if isinstance(node.args[1], ast.Constant)}
    assert guarded
    for texts in (formats.texts("zh"), formats.texts("en")):
        assert {*re.findall(r'Refusal\("(\w+)"', source)} | guarded <= set(texts["refusal"])
        assert set(re.findall(r'PydanticCustomError\("(\w+)"', source)) <= set(texts["field"])


def leaves(tree: Any, *path: str) -> Iterator[tuple[str, ...]]:
    """Yield the path of every text."""
    if isinstance(tree, dict):
        for key, inner in tree.items():
            yield from leaves(inner, *path, key)
    else:
        yield path


def test_no_text_is_there_that_nothing_says() -> None:
    """Each text is used: by a deadline of a policy, by a field of a declared move, or by a key in code or
    templates.

    A key in code or templates counts whole or as its parts."""
    texts = formats.texts("en")
    source = "\n".join(
        path.read_text("utf-8")
        for path in SOURCE.rglob("*")
        if path.suffix in (".py", ".html", ".md", ".typ") or path.name == "data.toml"
    )
    words = {part for word in re.findall(r"\w+", source) for part in (word, word.lower())}
    words.update(get_args(pydantic_core.core_schema.ErrorType))
    declared = {
        key
        for move, of in MOVES.items()
        for parameter, (hint, _) in of.parameters.items()
        for name in (parameter, *parts(hint))
        for key in (f"{move}.{name}", f"{parameter}.{name}")
    }
    policies = [
        tomllib.loads(path.read_text("utf-8")) for path in (SOURCE / "domain" / "policy").glob("*.toml")
    ]

    def is_used(path: tuple[str, ...]) -> bool:
        if path[0] == "deadline":
            return any(path[1] in policy["deadline"] for policy in policies)
        if path[:-1] == ("page", "process", "source"):
            return any(
                path[-1] == rule.get("source") for one in policies for rule in one["deadline"].values()
            )
        if path[0] in ("label", "hint") and "." in path[1]:
            return path[1] in declared
        key = path[-1]
        halves = [(key[:at], key[at + 1 :]) for at, letter in enumerate(key) if letter == "_"]
        return (
            key in words
            or words.issuperset(re.findall(r"[^\W_]+", key))
            or any(words.issuperset(pair) for pair in halves)
        )

    assert not [path for path in leaves(texts) if not is_used(path)]


def keys(tree: Any) -> Any:
    """Return the keys of a section with the slots of each text."""
    if isinstance(tree, dict):
        return {key: keys(value) for key, value in tree.items()}
    return [*map(keys, tree)] if isinstance(tree, list) else sorted(re.findall(r"\{[a-z_]+\}", tree))


def test_both_languages_have_the_same_texts_with_the_same_slots() -> None:
    """Both languages have the same keys, and each sentence has the same slots."""
    assert keys(formats.texts("zh")) == keys(formats.texts("en"))


@BOTH
def test_short_texts_are_filled_and_well_spoken(language: str) -> None:
    """No text is empty or has a forbidden word."""
    said = (
        json.dumps(formats.texts(language), ensure_ascii=False)
        .lower()
        .replace("天无理由", "")
        .replace("日无理由", "")
    )
    assert '""' not in said
    assert not [word for word in FORBIDDEN if word in said]


SENTENCE = {"zh": r"[一-龥]", "en": r"[A-Za-z']+"}
USUAL, LONGEST = {"zh": 20, "en": 12}, {"zh": 60, "en": 40}
"""The limits for a page's sentence, on average and at most, in Chinese characters or English words.
Newspapers have some forty characters or twenty words."""


@BOTH
def test_pages_are_read_as_easily_as_a_newspaper(language: str) -> None:
    """The sentences of pages are short, each of them and on average."""

    def sentences(tree: Any) -> Iterator[str]:
        for said in tree.values() if isinstance(tree, dict) else tree:
            inner = isinstance(said, dict | list)
            yield from sentences(said) if inner else re.split(r"[.!?。！？；;\n]", said)

    counts = {
        said: len(re.findall(SENTENCE[language], said)) for said in sentences(formats.texts(language)["page"])
    }
    assert not [said for said, count in counts.items() if count > LONGEST[language]]
    whole = [count for count in counts.values() if count > 3]
    assert sum(whole) / len(whole) <= USUAL[language]


@BOTH
def test_every_ladder_says_what_to_do_and_what_silence_means(language: str) -> None:
    """Warnings and escalations have a label for each deadline, and each task has a text about inaction."""
    texts = formats.texts(language)
    for policy in (SOURCE / "domain" / "policy").glob("*.toml"):
        for name in tomllib.loads(policy.read_text("utf-8"))["deadline"]:
            assert name in texts["deadline"], (
                f"{name} is missing in chalicelib/locale/{language}/codes.json, section `deadline`: write "
                "what is to be done by then, and in tasks.json what follows if it is not done"
            )
            for letter in ("warning", "escalation"):
                assert (
                    formats.label(language, name, "deadline")
                    in render(letter, language, slots(facts=facts(deadline=name))).text
                )
    assert texts["task"].keys() == texts["task_silence"].keys()
    assert texts["decline_ground"].keys() == texts["decline_ground_must_say"].keys()
    assert texts["route"].keys() == texts["route_note"].keys()


@pytest.mark.parametrize(
    ("when", "zh", "en"),
    [
        ("2026-12-08T16:00", "2026年12月8日（星期二）24:00", "Tuesday 8 December 2026, 24:00"),
        ("2026-12-08T07:30", "2026年12月8日（星期二）15:30", "Tuesday 8 December 2026, 15:30"),
        ("2026-12-31T16:00:01", "2027年1月1日（星期五）00:00", "Friday 1 January 2027, 00:00"),
    ],
)
def test_a_day_ends_at_24(when: str, zh: str, en: str) -> None:
    """An exclusive end at local midnight reads 24:00 of the ending day; a second later belongs to the new
    day."""
    moment = datetime.fromisoformat(when).replace(tzinfo=UTC)
    assert (formats.moment("zh", moment), formats.moment("en", moment)) == (zh, en)


def test_midnight_that_is_not_an_end_belongs_to_the_new_day() -> None:
    """An event at midnight belongs to the day that begins."""
    assert formats.moment("zh", MIDNIGHT, end=False) == "2026年12月9日（星期三）00:00"
    assert formats.day("en", MIDNIGHT, end=False) == "Wednesday 9 December 2026"
    assert formats.day("zh", MIDNIGHT) == "2026年12月8日（星期二）"


def test_money_is_written_in_figures() -> None:
    """Fen are written as yuan with two decimals and thousands separators."""
    assert formats.money("zh", 128000) == "人民币1,280.00元"
    assert formats.money("en", 128005) == "CNY 1,280.05"


@pytest.mark.parametrize(
    ("by", "zh", "en"),
    [
        (-485, "还剩8小时5分钟", "8 h 5 min left"),
        (0, "刚到期", "due just now"),
        (1600, "已逾期1天2小时", "1 d 2 h late"),
        (timedelta(minutes=-3), "还剩3分钟", "3 min left"),
        (timedelta(days=2), "已逾期2天", "2 d late"),
    ],
)
def test_time_left_and_time_late_are_said_in_two_units(by: int | timedelta, zh: str, en: str) -> None:
    """Durations are written in days, hours and minutes, at most two units."""
    assert (formats.late("zh", by), formats.late("en", by)) == (zh, en)
