"""Small pictures are drawn in a child process with limits of memory, time and output."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from threading import Thread

import pytest
from PIL import Image

from chalicelib.evidence import pictures
from chalicelib.evidence.confined import LEFT_TO_WORKER, MEGABYTE, MOST_MEMORY, Room
from chalicelib.evidence.pictures import MOST_SECONDS, room, small
from tests.store import photograph

ROOM = Room(MOST_MEMORY, MOST_SECONDS)
ENDLESS = """
from chalicelib.evidence import pictures
pictures._drawn = lambda *_: {what}
pictures.main(*{limits})
"""


def test_a_photograph_is_drawn() -> None:
    """The drawing fits into the room that a small worker leaves in a function of 1,024 MB."""
    with Image.open(BytesIO(small(photograph(), "image/jpeg", ROOM) or b"")) as drawn:
        assert (drawn.format, drawn.size) == ("JPEG", (240, 320))


@pytest.mark.parametrize(
    "given",
    [Room(MEGABYTE, 20), Room(0, 20), Room(MOST_MEMORY, 0)],
    ids=["no memory to start", "none at all", "no time"],
)
def test_a_child_without_room_ends_without_a_picture(given: Room) -> None:
    """The caller gets None and goes on."""
    assert small(photograph(), "image/jpeg", given) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8\xff" + bytes(1000),
        photograph()[:900],
        photograph("PNG").replace(b"IDAT", b"IDAX"),
        b"RIFF\xff\xff\xff\xffWEBPVP8 " + b"\xff" * 400,
    ],
)
def test_unreadable_image_has_no_picture(content: bytes) -> None:
    """Any error of the decoder gives None."""
    assert [small(content, type, ROOM) for type in sorted(pictures.PICTURED)] == [None] * 3


@pytest.mark.parametrize(
    ("what", "limits"),
    [
        ("bytearray(400_000_000)", (200 * MEGABYTE, 20)),
        ("next(n for n in iter(int, 1) if n)", (200 * MEGABYTE, 1)),
        ("b'x' * (picture.MOST_DRAWN + 1)", (200 * MEGABYTE, 20)),
        ("open('written', 'wb').write(bytes(9_000_000)) and b''", (200 * MEGABYTE, 20)),
    ],
    ids=["memory", "time", "output", "a file of its own"],
)
def test_the_child_itself_ends_what_takes_too_much(
    what: str, limits: tuple[int, int], tmp_path: Path
) -> None:
    """A decoder under an attacker's control stays within the child's memory, time and output."""
    begun = time.monotonic()
    with (tmp_path / "out").open("wb") as out:
        done = subprocess.run(
            [sys.executable, "-c", ENDLESS.format(what=what, limits=tuple(map(str, limits)))],
            input=b"",
            stdout=out,
            stderr=subprocess.DEVNULL,
            timeout=30,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))},
        )
    assert done.returncode != 0
    assert time.monotonic() - begun < 15
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 2 * pictures.MOST_DRAWN


def test_the_child_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child's environment contains none of the worker's."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the-secret")
    drawing = Thread(target=small, args=(photograph("PNG", (6000, 6000)), "image/png", ROOM))
    drawing.start()
    seen = set()
    while drawing.is_alive():
        for known in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):
                ours = f"PPid:\t{os.getpid()}\n" in (known.parent / "status").read_text()
                if (
                    ours
                    and b"chalicelib.evidence.pictures import main" in (known.parent / "cmdline").read_bytes()
                ):
                    seen.add(known.read_bytes())
    given = [line.split(b"=")[0] for environment in seen for line in environment.split(b"\0")]
    assert b"MALLOC_ARENA_MAX" in given
    assert b"AWS_SECRET_ACCESS_KEY" not in given


@pytest.mark.parametrize(
    ("function", "left_ms", "seconds"), [(0, 60_000, 20), (1024, 60_000, 20), (1024, 12_000, 6), (1024, 0, 1)]
)
def test_the_room_follows_the_function(function: int, left_ms: int, seconds: int) -> None:
    """The room is the memory unused by the worker and the platform, and half of its time."""
    given = room(function, left_ms)
    assert given.seconds == seconds <= MOST_SECONDS
    assert given.memory <= min(MOST_MEMORY, function * MEGABYTE - LEFT_TO_WORKER if function else MOST_MEMORY)


def test_a_function_that_is_full_leaves_no_room() -> None:
    """The memory is zero, never negative."""
    assert room(1, 60_000).memory == 0
