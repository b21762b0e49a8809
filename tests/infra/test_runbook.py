"""The runbook: each alarm of the template has a row under its level, and each command there can be run."""

from __future__ import annotations

import argparse
import re
import shlex
from collections import defaultdict
from importlib.util import find_spec

import botocore.session
import pytest
from botocore import xform_name

from infra import build, ops, template

RUNBOOK = (build.ROOT / "infra/RUNBOOK.md").read_text("utf-8")
MAKE = (build.ROOT / "Makefile").read_text("utf-8")
CODE = re.compile(r"`([^`\n]+)`")
FILLED = {"QUEUE": "clock", "DAY": "2026-11-28", "LETTER-ID": "1.a", "…": "2026-11-28T09:30+08:00"}
"""What stands for the placeholders of the runbook that not every text can replace."""


def words(name: str) -> str:
    """Return the runbook's name of an alarm from its logical id."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name.removesuffix("Alarm")).lower()


def rows() -> dict[str, list[tuple[list[str], str]]]:
    """Return the rows of the tables of alarms by level: the names of the alarms, and what to do."""
    found = defaultdict(list)
    level = ""
    for line in RUNBOOK.splitlines():
        if line.startswith("#"):
            level = line.removeprefix("### ").lower()
        elif level in ("wake", "ticket", "note") and line.startswith("| ") and "| when |" not in line:
            names, _, do = (cell.strip() for cell in line.strip("| ").split(" | "))
            found[level].append((names.split(", "), do))
    return found


def commands() -> list[str]:
    """Return the commands in the runbook. A command of `infra.ops` may stand there without its beginning."""
    (own,) = (one.choices for one in ops.parser()._actions if isinstance(one, argparse._SubParsersAction))
    told = (code.removeprefix("python -m infra.ops ") for code in CODE.findall(RUNBOOK))
    return sorted({code for code in told if code.split()[0] in {*own} | {"make", "aws"} and code != "make"})


def test_every_alarm_has_a_row_under_its_level() -> None:
    """The tables name exactly the alarms of the template, each once and under its own level."""
    levels = defaultdict(list)
    for name, resource in template.infrastructure()["Resources"].items():
        if resource.get("Type", "") in template.ALARMS:
            levels[resource["Metadata"]["Level"]].append(words(name))
    told = {level: [name for names, _ in of for name in names] for level, of in rows().items()}
    assert {level: sorted(names) for level, names in told.items()} == {
        level: sorted(names) for level, names in levels.items()
    }


def test_every_alarm_says_what_to_do() -> None:
    """No row leaves out what to do."""
    assert all(len(do) > 20 for of in rows().values() for _, do in of)


def test_programs_of_the_runbook_exist() -> None:
    """Each program of ours that a command starts is there."""
    named = {*re.findall(r"python -m (infra\.\w+)", RUNBOOK)}
    assert "infra.replica" in named
    assert not {name for name in named if find_spec(name) is None}


@pytest.mark.parametrize("command", commands())
def test_command_of_the_runbook_can_be_run(command: str) -> None:
    """A command of `infra.ops` is accepted by its parser, a word of make is in the Makefile, and an operation
    of AWS has these options."""
    first, *more = (FILLED.get(word, word) for word in shlex.split(command))
    if first == "make":
        assert re.search(rf"^{more[0]}:", MAKE, re.MULTILINE)
        used = {word.split("=")[0] for word in more[1:]}
        used -= {"2026-11-28T09:30+08:00"}  # stands for further parameters
        assert all(f"$({name})" in MAKE or f"{name}=" in MAKE for name in used)
    elif first == "aws":
        service = {"s3api": "s3"}.get(more[0], more[0])
        model = botocore.session.get_session().get_service_model(service)
        operation = {xform_name(name, "-"): name for name in model.operation_names}[more[1]]
        shape = model.operation_model(operation).input_shape
        known = {xform_name(name, "-") for name in (shape.members if shape else ())}
        assert {word.removeprefix("--") for word in more[2:] if word.startswith("--")} <= known
    elif more:  # a single word only mentions the command
        assert ops.parser().parse_args([first, *more]).command.__name__ == first
