"""The stack of `make run`, up for a test."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra import build


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
