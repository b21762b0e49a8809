"""Two releases on the same table. The other one is the code of a commit, in a process of its own. It takes
every second move, and every second run of a worker.

    python -m tests.beside COMMIT [arguments of pytest]

plays each life of `tests/life` in turns with the release of that commit, and every assertion of the life must
hold. `make beside BEFORE=COMMIT` does it before a deploy, with the commit that is deployed now."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO
from itertools import cycle
from multiprocessing import Pipe
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytest
from botocore.awsrequest import AWSPreparedRequest

from chalicelib.access.authorization import Caller
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Case, Refusal
from tests.cloud import rest_xml
from tests.cloud.aws import Cloud
from tests.cloud.moto_pool import on_moto
from tests.cloud.refused import Refused
from tests.cloud.scenario import account
from tests.cloud.session import Call, _call, answer
from tests.scenario import CONSUMER, Scenario

ROOT = Path(__file__).parent.parent
STYLES = "chalicelib/web/static/built"
COMMIT = "BESIDE"
RAISED = "^SCHEMA, READS = "
"""What git looks for in the history of `aws/rows.py`: the line with the versions of rows."""


class OtherFailed(Exception):
    """The other release raised this error. `name`: the name of its class."""

    def __init__(self, name: str, said: str) -> None:
        super().__init__(f"{name}: {said}")
        self.name = name


class OtherRelease:
    """The process of the other release. Its calls to AWS are answered by the cloud of the scenario. `heard`
    is called before each of them, and `taken` holds the moves that it took in turn."""

    def __init__(self, code: Path, cloud: Cloud) -> None:
        self.cloud, self.taken = cloud, list[str]()
        self.heard: Callable[[Call], object] = lambda call: None
        self._line, theirs = Pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-P", Path(__file__).with_name("other_release.py"), str(theirs.fileno())],
            cwd=code,
            env={**os.environ, "PYTHONPATH": str(code)},
            pass_fds=[theirs.fileno()],
            stdout=subprocess.DEVNULL,
        )
        theirs.close()

    def ask(self, scenario: Scenario, name: str, *said: Any, **more: Any) -> Any:
        """Let the other release do something with its own scenario, at our time. Raises Refusal with the same
        code as there, or OtherFailed for any other error."""
        self._line.send(((name, scenario.time, *said), more))
        while (answered := self._line.recv())[0] == "aws":
            self._line.send(self._answer(*answered[1:]))
        error, result = answered
        if error == "Refusal":
            raise Refusal(result)
        if error:
            raise OtherFailed(error, result)
        return result

    def _answer(self, method: str, url: str, headers: Any, body: Any) -> tuple[int, dict[str, str], bytes]:
        request = AWSPreparedRequest(method, url, headers, body, False)
        response = on_moto(request)
        if response is None:
            try:
                call = _call(request)
                self.heard(call)
                response = answer(self.cloud, call)
            except Refused as refused:
                response = rest_xml.refused(url, method, refused)
        return response.status_code, dict(response.headers), response.content


class Turns(Scenario):
    """A scenario in which two releases take turns: every second move, and every second run of a worker, is
    that of the other release."""

    other: OtherRelease
    ours: Iterator[bool]
    whole: object
    """The part of the product that sends letters, as it was before a test put its own in its place."""

    def submit(self, caller: Caller = CONSUMER, key: Any = None, **changes: Any) -> Case:
        """File a complaint."""
        if next(self.ours):
            return super().submit(caller, key, **changes)
        return self._theirs("submit", caller, key, **changes)

    def move(self, caller: Caller, name: str, ref: str, seen: int | None = None, **body: Any) -> Case:
        """Take a move."""
        if next(self.ours):
            return super().move(caller, name, ref, seen, **body)
        return self._theirs("move", caller, name, ref, seen, **body)

    def minute(self) -> int:
        """Run the schedules of a minute."""
        return super().minute() if self._works() else int(self.other.ask(self, "minute"))

    def post(self) -> int:
        """Deliver what was asked for."""
        return super().post() if self._works() else int(self.other.ask(self, "post"))

    def message(self, ref: str) -> None:
        """Let the consumer write."""
        self.move(self.by_link(ref), "message", ref, text="还要多久？")

    def _works(self) -> bool:
        """Return whether our worker runs now. It always does once a test sends letters in its own way."""
        return next(self.ours) or self.product.correspondence is not self.whole

    def _theirs(self, order: str, caller: Caller, *said: Any, **more: Any) -> Case:
        self.other.taken.append(str(said[0]) if order == "move" else order)
        plain = replace(caller, seen=None)  # the other release reads the case itself
        return self.product.file.load(self.other.ask(self, order, plain, *said, **more))


def in_turns(scenario: Scenario, other: OtherRelease | None) -> Turns:
    """Return the scenario, in which two releases take turns from now on. Without another release, ours has
    every turn."""
    scenario.__class__, turns = Turns, cast(Turns, scenario)
    turns.played = None  # what was played before was not played in turns
    turns.whole = turns.product.correspondence
    turns.ours = cycle((True, False) if other else (True,))
    if other:
        turns.other = other
        other.ask(turns, "start")
    return turns


def raised() -> list[str]:
    """Return the commits that changed the versions of rows, the newest first; [] without a history."""
    asked = ["git", "log", "--format=%H", f"-G{RAISED}", "--", "chalicelib/aws/rows.py"]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()


@cache
def release(commit: str) -> OtherRelease:
    """Return the process of the release of a commit. It is started once, within a scenario, and ends with
    this process."""
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    folder = TemporaryDirectory()
    weakref.finalize(release, folder.cleanup)
    code = Path(folder.name)
    with tarfile.open(fileobj=BytesIO(packed)) as files:
        files.extractall(code, filter="data")
    (code / STYLES).symlink_to(ROOT / STYLES)  # fetched, so no commit has them
    return OtherRelease(code, account()[0])


@pytest.fixture(autouse=True)
def turns(scenario: Scenario) -> None:
    """Let the two releases take turns in each life of `tests/life`."""
    in_turns(scenario, release(os.environ[COMMIT]))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Tell how many moves the other release took."""
    taken = Counter(release(os.environ[COMMIT]).taken)
    terminalreporter.write_line(
        f"The other release took {taken.total()} moves, {len(taken)} of them different."
    )


if __name__ == "__main__":
    os.environ[COMMIT] = sys.argv[1]
    sys.exit(pytest.main(["-q", "-p", "tests.beside", "-p", "no:cacheprovider", "tests/life", *sys.argv[2:]]))
