"""The stack of `make run`, up for a test."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from infra import build
from infra.local.run import surroundings


def free_port() -> int:
    """A port nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def alone() -> Iterator[None]:
    """One stack at a time, of the processes that share the suite: there is one folder for the emulator."""
    build.LOCAL.mkdir(exist_ok=True)
    with (build.LOCAL / "tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def running(port: int, emulator: int, data: Path) -> Iterator[str]:
    """What the run said until it was ready; stopped with Ctrl-C in the end, and nothing it started stays. One
    stack at a time."""
    settings = {
        **os.environ,
        "PORT": str(port),
        "EMULATOR_PORT": str(emulator),
        "DATA": str(data),
        "POLICY": "demo",
    }
    with alone():
        process = subprocess.Popen(
            [sys.executable, "-m", "infra.local.run"],
            cwd=build.ROOT,
            env=settings,
            text=True,
            stdout=subprocess.PIPE,
        )
        said = ""
        try:
            assert process.stdout
            for line in process.stdout:
                said += line
                if "is ready" in line:
                    break
            assert "is ready" in said, said + (data / "log").read_text(errors="replace")[-3000:]
            yield said
        finally:
            process.send_signal(signal.SIGINT)
            rest, _ = process.communicate(timeout=60)
        assert (process.returncode, rest) == (0, "Stopped.\n")
        for each in (port, emulator):
            with socket.socket() as probe:
                assert probe.connect_ex(("127.0.0.1", each)) != 0


def ask(url: str, body: Any = None) -> tuple[int, str, str]:
    """Status, content type and text of an answer."""
    data, kind = (json.dumps(body).encode(), {"Content-Type": "application/json"}) if body else (None, {})
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, kind), timeout=30) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers["Content-Type"], answer.read().decode()


def within(seconds: float, true: Callable[[], bool]) -> bool:
    """Whether something comes true in time."""
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
    return True


class Emulator:
    """The emulator alone, with its two clients and what others are made of; killed in the end."""

    def __init__(self, python: Path, data: Path) -> None:
        self.port = free_port()
        (data / "functions").mkdir(parents=True, exist_ok=True)
        with (data / "log").open("a") as log:
            self.process = subprocess.Popen(
                [python, "-m", "infra.local.emulator"],
                cwd=build.ROOT,
                stdout=log,
                stderr=log,
                env=surroundings(data, free_port(), self.port),
            )
        assert within(30, lambda: self.answers("/_ministack/health")), (data / "log").read_text()[-3000:]
        self.about: dict[str, Any] = {
            "endpoint_url": f"http://127.0.0.1:{self.port}",
            "region_name": "us-east-1",
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
            "config": Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        }
        self.table, self.store = boto3.client("dynamodb", **self.about), boto3.client("s3", **self.about)

    def answers(self, path: str) -> bool:
        """Whether it answers at all."""
        with suppress(OSError):
            return ask(f"http://127.0.0.1:{self.port}{path}")[0] < 300
        return False

    def kill(self) -> None:
        """As nobody should."""
        self.process.kill()
        self.process.wait()
