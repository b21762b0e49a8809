"""`make demo` without a stack: it tells a recorded life in both languages, and says plainly that no stack
runs."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest

from chalicelib.locale.formats import LANGUAGES
from infra import build
from infra.local import seed
from infra.local.demo_lives import LIVES, USUAL, chosen
from infra.local.demo_stage import Trouble
from infra.local.demo_story import WORDS, Run, Story, follow, story_lines
from tests.infra.running import free_port


def at(minute: int) -> str:
    """Return a moment of the one morning of these tests (08:00 UTC is 16:00 in Shanghai)."""
    return f"2026-11-25T08:{minute:02}:00Z"


def entry(n: int, taken: str, who: str, as_: str, **facts: Any) -> dict[str, Any]:
    """Return a timeline entry as the interface gives it."""
    return {
        "n": n,
        "move": taken,
        "who": who,
        "role": as_,
        "at": at(n),
        "facts": facts,
        "words": {},
        "hash": "0" * 64,
    }


STORY = Story(
    case={
        "number": "655297174052",
        "stage": "closed",
        "outcome": "fulfilled",
        "received_at": at(0),
        "channel": "phone",
        "stages": [
            {"stage": "received", "since": at(1), "until": at(2)},
            {"stage": "investigating", "since": at(2), "until": None},
        ],
    },
    entries=[
        entry(1, "submit", "p1", "consumer"),
        entry(2, "accept", "u1", "intake"),
        entry(3, "ask_extension", "u2", "investigator", reason="third_party", asked="A1"),
        entry(
            4, "approve", "u3", "lead", approval="A1", move="ask_extension", asked={"reason": "third_party"}
        ),
        entry(
            5,
            "take_step",
            "clock",
            "clock",
            deadline="department_answer",
            run="department_answer#Q1",
            step=1,
            overtaken=0,
            due=at(4),
            late_minutes=1,
            early=False,
            to="u4",
            role="department",
            also=["u2"],
        ),
        entry(
            6,
            "take_step",
            "clock",
            "clock",
            deadline="answer_window",
            run="answer_window",
            step=0,
            overtaken=0,
            due=at(9),
            late_minutes=-3,
            early=True,
            consumer="answer_reminder",
        ),
        entry(7, "record_telling", "u1", "intake", telling="T1", how="phone", told=True),
        entry(
            8,
            "settle_at_once",
            "u1",
            "intake",
            causes=["policy"],
            remedies=[
                {
                    "matter": 1,
                    "kind": "refund",
                    "by": "2026-11-25",
                    "amount": {"amount": "399.00", "currency": "CNY"},
                }
            ],
        ),
    ],
    runs=[
        Run("acknowledgement", at(1), [at(4)], at(2)),
        Run("department_answer", at(1), [at(4)], at(9)),
        Run("investigation", at(1), [at(16), at(31)]),
        Run("answer_window", at(3), [at(8)], at(8)),
    ],
    letters=[
        {
            "Timestamp": 1795593600.0,
            "To": ["wang.fang@mail.example"],
            "Subject": "投诉登记回执（编号6552-9717-4052）",
        }
    ],
    names={"p1": "王芳", "u1": "林夏", "u2": "吴桐", "u3": "陈雨", "u4": "马力"},
    read={"T1": "performance_question#O1@p1"},
    now=at(10),
)


def test_a_life_is_told_in_chinese() -> None:
    """The text has actors and acts in local time, the officers whom the clock warned, each deadline met or
    missed, and the letters."""
    text = "\n".join(story_lines("zh", STORY))
    for line in (
        "6552-9717-4052  结果：履行完毕",
        "收到：16:00:00，电话",
        "16:02:00  受理员 林夏：受理",
        "待第二人同意",
        "组长 陈雨：批准：申请延期",
        "部门答复，已逾期1分钟 → 马力，吴桐",
        "答复期限提醒",
        "记录告知：履行情况询问",
        "人民币399.00元 2026-11-25",
        "✓ 受理反馈：按时 (到期 16:04:00，结束 16:02:00)",
        "✗ 部门答复：逾期 (到期 16:04:00，结束 16:09:00)",
        "… 调查答复：进行中 (到期 16:16:00，改为 16:31:00)",
        "· 回应答复或者决定的期限：到期，由系统接着办",
        "wang.fang@mail.example：投诉登记回执",
    ):
        assert line in text, f"{line} is not in\n{text}"


def test_a_life_is_told_in_english() -> None:
    """The English text has no code of ours; Chinese stands only in names and in quoted words of people."""
    text = "\n".join(story_lines("en", STORY))
    for line in (
        "intake officer 林夏: accept",
        "team lead 陈雨: approve: ask for more time",
        "✓ acknowledgement: met",
        "✗ department answer: missed",
        "CNY 399.00",
    ):
        assert line in text, f"{line} is not in\n{text}"
    assert not re.search(r"[a-z]_[a-z]", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_there_in_each_language(language: str) -> None:
    """Both languages have the same keys, and tell the story in as many lines."""
    assert WORDS[language].keys() == WORDS["zh"].keys()
    assert len([*story_lines(language, STORY)]) == len([*story_lines("zh", STORY)])


def item(deadline: str, due: int | None) -> dict[str, Any]:
    """Return a running deadline as the interface gives it."""
    return {"deadline": deadline, "since": at(1), "due": due and at(due)}


def test_a_deadline_is_followed_through_pause_and_extension() -> None:
    """A pause takes a deadline's end away, and an extension moves it. The run ends when the deadline is
    gone; the last end decides whether it was met."""
    runs: list[Run] = []
    for due in (16, None, 31):
        follow(runs, [item("investigation", due)], at(5))
    assert [(run.due, run.ended, run.verdict(at(20))) for run in runs] == [([at(16), at(31)], "", "runs")]
    follow(runs, [item("acknowledgement", 4)], at(30))
    assert [(run.deadline, run.ended, run.verdict(at(40))) for run in runs] == [
        ("investigation", at(30), "met"),
        ("acknowledgement", "", "missed"),
    ]


def test_missing_run_of_two_simultaneous_ones_has_ended() -> None:
    """Two obligations that began at one moment are two runs; the missing one has ended, the other still
    runs."""
    runs: list[Run] = []
    follow(runs, [item("obligation", 16), item("obligation", 17)], at(2))
    follow(runs, [item("obligation", 17)], at(5))
    assert [(run.due, run.ended) for run in runs] == [([at(16)], at(5)), ([at(17)], "")]


def test_a_deadline_comes_back_as_it_was() -> None:
    """A deadline that disappears while two cases are joined, and returns unchanged, is one run."""
    runs: list[Run] = []
    for running in ([item("statutory_remedy", 16)], [], [item("statutory_remedy", 16)]):
        follow(runs, running, at(5))
    assert [(run.due, run.ended) for run in runs] == [([at(16)], "")]


def test_lives_are_chosen_by_name() -> None:
    """No name chooses the usual lives; an unknown name raises Trouble with the known names."""
    assert [*chosen("")] == [*USUAL]
    assert [*chosen("joint")] == ["joint"]
    with pytest.raises(Trouble, match=", ".join(LIVES)):
        chosen("battery,nobody")


def test_demo_without_a_stack_names_the_start_command() -> None:
    """Without a stack the demo prints one sentence with the command that starts it, and exits with 1."""
    ports = {"PORT": str(free_port()), "EMULATOR_PORT": str(free_port())}
    command = [sys.executable, "-m", "infra.local.demo"]
    done = subprocess.run(command, cwd=build.ROOT, env={"PATH": "", **ports}, text=True, capture_output=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"make run POLICY=demo PORT={ports['PORT']}" in done.stderr
    assert "Traceback" not in done.stderr


def test_two_supervisors_can_publish_a_story() -> None:
    """The demo has more than one supervisor, because no supervisor may publish the story of a complaint that
    they handled."""
    assert len([account for account in seed.STAFF if seed.role_of(account) == "supervisor"]) > 1
