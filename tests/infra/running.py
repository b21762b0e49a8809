"""The stack of `make run`, started for a test."""

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
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from infra import build
from infra.local.run import surroundings


def free_port() -> int:
    """Return a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def alone() -> Iterator[None]:
    """Let one test process at a time use the emulator: all share one folder for it."""
    build.LOCAL.mkdir(exist_ok=True)
    with (build.LOCAL / "tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def running(port: int, emulator: int, data: Path) -> Iterator[str]:
    """Start the stack and yield its output up to "is ready". Afterwards stop it with Ctrl-C and check that
    no process of it is left. One stack runs at a time."""
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


class Stack:
    """The stack of `make run` on ports of its own, with what it keeps in the folder `data`. `said` is its
    output of the last start."""

    def __init__(self, data: Path) -> None:
        self.port, self.emulator, self.data, self.said = free_port(), free_port(), data, ""
        self._up = ExitStack()

    def start(self) -> None:
        """Start the stack."""
        self.said = self._up.enter_context(running(self.port, self.emulator, self.data))

    def stop(self) -> None:
        """Stop the stack; its data stay."""
        self._up.close()


def ask(url: str, body: Any = None) -> tuple[int, str, str]:
    """Send a GET, or a POST of `body`; return status, content type and text of the answer."""
    data, kind = (json.dumps(body).encode(), {"Content-Type": "application/json"}) if body else (None, {})
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, kind), timeout=30) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers["Content-Type"], answer.read().decode()


def within(seconds: float, true: Callable[[], bool]) -> bool:
    """Return whether a condition comes true within so many seconds."""
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
    return True


class Emulator:
    """The emulator alone, with clients for table and files; `about` holds the settings for other clients."""

    def __init__(self, python: Path, data: Path) -> None:
        self.port, self.site = free_port(), free_port()
        (data / "functions").mkdir(parents=True, exist_ok=True)
        with (data / "log").open("a") as log:
            self.process = subprocess.Popen(
                [python, "-m", "infra.local.emulator"],
                cwd=build.ROOT,
                stdout=log,
                stderr=log,
                env=surroundings(data, self.site, self.port),
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
        """Return whether the emulator answers this path with a status below 300."""
        with suppress(OSError):
            return ask(f"http://127.0.0.1:{self.port}{path}")[0] < 300
        return False

    def kill(self) -> None:
        """Kill the emulator without letting it save anything."""
        self.process.kill()
        self.process.wait()
