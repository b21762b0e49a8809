"""The local run ends a function that exceeds the template's memory or time, as Lambda does."""

from __future__ import annotations

import io
import json
import os
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra import environments
from infra.local.run import KEEP
from tests.infra.running import Emulator, alone, within

pytestmark = pytest.mark.browser
MEMORY, SECONDS, TRIES = 128, 2, 2
FUNCTION = """
import os, subprocess, sys, time

def handler(event, context):
    for record in event.get("Records", []):
        event = eval(record["body"])
    if event.get("in_child"):
        subprocess.run([sys.executable, "-c", "held = bytearray(%d * 2**20); input()" % event["take"]])
    else:
        held = bytearray(event.get("take", 0) * 2**20)
    if event.get("leave"):
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", event["leave"]])
    time.sleep(event.get("sleep", 0))
    return os.getpid()
"""


class Lambda:
    """A function with 128 MB and two seconds that reads a queue with a dead-letter queue."""

    def __init__(self, at: Emulator) -> None:
        self.functions, self.sqs, iam = (boto3.client(name, **at.about) for name in ("lambda", "sqs", "iam"))
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        role = iam.create_role(
            RoleName="role",
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        )["Role"]["Arn"]
        allowed = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        iam.put_role_policy(
            RoleName="role",
            PolicyName="all",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
        )
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as zipped:
            zipped.writestr("index.py", FUNCTION)
        self.functions.create_function(
            FunctionName="hungry",
            Runtime=f"python3.{sys.version_info.minor}",
            Role=role,
            Handler="index.handler",
            Code={"ZipFile": code.getvalue()},
            MemorySize=MEMORY,
            Timeout=SECONDS,
        )
        self.dead = self.queue("dead")
        again = {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead", "maxReceiveCount": TRIES}
        self.tasks = self.queue("tasks", VisibilityTimeout="3", RedrivePolicy=json.dumps(again))
        self.functions.create_event_source_mapping(
            FunctionName="hungry", EventSourceArn="arn:aws:sqs:us-east-1:000000000000:tasks", BatchSize=1
        )

    def queue(self, name: str, **attributes: str) -> str:
        """Create a queue and return its address."""
        return str(self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])

    def invoke(self, **event: Any) -> Any:
        """Return the id of the process that handled the event, or the error message."""
        answer = self.functions.invoke(FunctionName="hungry", Payload=json.dumps(event))
        told = json.loads(answer["Payload"].read())
        return told["errorMessage"] if answer.get("FunctionError") else told

    def length(self, queue: str) -> int:
        """Return the number of messages in a queue, including those in flight."""
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        found = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=[*names])["Attributes"]
        return sum(int(found[name]) for name in names)


@pytest.fixture(scope="module")
def function(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lambda]:
    """The function, in an emulator of its own."""
    with alone():
        python = environments.emulator()
    emulator = Emulator(python, tmp_path_factory.mktemp("emulator"))
    try:
        made = Lambda(emulator)
        assert emulator.answers(KEEP)  # the emulator reads queues only after this call
        yield made
    finally:
        emulator.kill()


def commands() -> str:
    """Return the command lines of all processes of this machine."""
    found = []
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # the process has just ended
            found.append(command.read_text(errors="replace"))
    return "\n".join(found)


def is_alive(process: int) -> bool:
    """Return whether a process runs."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_function_within_its_limits_is_kept_warm(function: Lambda) -> None:
    """The same process answers again; memory that is reserved but untouched does not count."""
    assert function.invoke() == function.invoke(take=20, sleep=0.2)


@pytest.mark.parametrize("in_child", [False, True])
def test_a_function_that_takes_too_much_memory_is_ended(function: Lambda, in_child: bool) -> None:
    """Memory of the function and of its child processes counts; the next invocation gets a fresh process."""
    before = function.invoke()
    assert "died" in str(function.invoke(take=300, sleep=1, in_child=in_child))
    assert not is_alive(before)
    assert function.invoke() != before


def test_a_function_that_takes_too_long_is_ended(function: Lambda) -> None:
    """A child process of the function ends too; the next invocation gets a fresh process."""
    before, mark = function.invoke(), f"left-{time.time_ns()}"
    assert function.invoke(sleep=30, leave=mark) == "Task timed out after 2.00 seconds"
    assert not is_alive(before)
    assert within(5, lambda: mark not in commands())
    assert function.invoke() != before


@pytest.mark.parametrize("event", [{"take": 300, "sleep": 1}, {"sleep": 30}], ids=["memory", "time"])
def test_a_message_that_ends_the_function_is_parked(function: Lambda, event: dict[str, Any]) -> None:
    """The message is retried as often as its queue allows, and the message behind it is processed."""
    parked = function.length(function.dead)
    for body in (event, {}):
        function.sqs.send_message(QueueUrl=function.tasks, MessageBody=repr(body))
    assert within(40, lambda: function.length(function.dead) == parked + 1)
    assert within(10, lambda: function.length(function.tasks) == 0)
