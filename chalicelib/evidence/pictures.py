"""The small picture of a photograph, drawn in a child process with limits.

Strangers choose the input: a file of 2 kB can describe a picture of 1 GB, and a decoder can hang or crash.
The worker survives that. The child is a new interpreter with pipes, because a fork would copy the worker's
credentials. Lambda has no /dev/shm, which pools and queues of `multiprocessing` need."""

import logging
import os
import resource
import subprocess
import sys
from io import BytesIO
from tempfile import TemporaryFile
from typing import Any, NamedTuple

from chalicelib.evidence.file_types import PICTURED

MEGABYTE = 1024 * 1024
SMALL = 320
"""The longer side of a small picture, in pixels."""
MOST_PIXELS = 60_000_000
"""The maximum number of pixels to decode. The header's size is checked first; the child's limits protect
against a false header."""
MOST_MEMORY = 768 * MEGABYTE
"""The maximum address space of a child, in bytes."""
MOST_SECONDS = 20
"""The maximum time of a child, in seconds. A photograph of 20 MB takes less than 5 s on a slow function."""
LEFT_TO_WORKER = 64 * MEGABYTE
"""The memory reserved from worker and child, in bytes, since the platform's own processes run in the function
too."""
MOST_DRAWN = MEGABYTE
"""The maximum size of a small picture, in bytes. The child cannot write more."""
UNREADABLE = 3
"""The child's exit status for an undecodable picture."""
CHILD = (
    "import sys; sys.path[:] = sys.argv[3:]; "
    "from chalicelib.evidence import pictures; pictures.main(*sys.argv[1:3])"
)
log = logging.getLogger("redress")


class Room(NamedTuple):
    """The limits of a child: bytes of address space, and seconds of both CPU and wall-clock time.

    `libraries` are the folders of the interpreter's own libraries, separated by colons."""

    memory: int = MOST_MEMORY
    seconds: int = MOST_SECONDS
    libraries: str = ""


def room(function: int, left_ms: int, libraries: str = "") -> Room:
    """Return the limits of a child in a function of `function` megabytes with `left_ms` milliseconds left.
    The child gets the memory that the worker has never used, and half of the time. `function` is 0 in local
    tests, which have no function."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    free = function * MEGABYTE - used - LEFT_TO_WORKER if function else MOST_MEMORY
    return Room(min(MOST_MEMORY, max(0, free)), max(1, min(MOST_SECONDS, left_ms // 2000)), libraries)


def small(content: bytes, type: str, room: Room) -> bytes | None:
    """Return a small upright JPEG of a photograph; None for another type, an undecodable picture, or exceeded
    limits. It is drawn on an empty picture, so it contains no place, time or camera data."""
    if type not in PICTURED:
        return None
    # -I and -S: neither the environment nor the folder decides what is imported
    command = [sys.executable, "-I", "-S", "-B", "-c", CHILD, str(room.memory), str(room.seconds), *sys.path]
    surroundings = {"LD_LIBRARY_PATH": room.libraries, "MALLOC_ARENA_MAX": "1"}
    with TemporaryFile() as drawn:
        try:
            done = subprocess.run(
                command,
                input=content,
                stdout=drawn,
                stderr=subprocess.DEVNULL,
                timeout=room.seconds,
                env=surroundings,
            )
            ended: object = done.returncode
        except (OSError, subprocess.TimeoutExpired) as failed:  # no process could be started, or it hung
            ended = failed.__class__.__name__
        drawn.seek(0)
        picture = drawn.read()
    if ended == 0 and picture:
        return picture
    # A damaged photograph is normal. Any other end of a child is a warning for operations.
    say = log.info if ended == UNREADABLE else log.warning
    say("no small picture", extra={"ended": ended, "type": type, "bytes": len(content)})
    return None


def main(memory: str, seconds: str) -> None:
    """Set the limits of this process, read a picture, write the small picture."""
    for kind, most in (
        (resource.RLIMIT_AS, int(memory)),
        (resource.RLIMIT_CPU, int(seconds)),
        (resource.RLIMIT_FSIZE, MOST_DRAWN),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))
    from PIL import Image, ImageOps

    try:
        drawn = _drawn(sys.stdin.buffer.read(), Image, ImageOps)
    except Exception:  # a decoder raises errors of every kind, MemoryError among them
        sys.exit(UNREADABLE)
    if os.write(sys.stdout.fileno(), drawn) != len(drawn):  # the file size limit truncates without an error
        sys.exit("the small picture is too large")


def _drawn(content: bytes, image: Any, operations: Any) -> bytes:
    """Return the small picture. Raises ValueError for too many pixels, and any error of the decoder."""
    with image.open(BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        picture.draft("RGB", (SMALL * 2, SMALL * 2))  # decode a JPEG only to the needed size
        upright = operations.exif_transpose(picture)
        upright.thumbnail((SMALL, SMALL))
        clean = image.new("RGB", upright.size, "white")
        layer = upright.convert("RGBA")
        clean.paste(layer, mask=layer)
        drawn = BytesIO()
        clean.save(drawn, "JPEG", quality=75)
        return drawn.getvalue()
