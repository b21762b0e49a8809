"""Draws the thumbnail of a photograph, in a child process with limits.

The input comes from strangers: a file of 2 kB can describe a picture of 1 GB, and a decoder can hang or
crash. The worker survives that. The pools and queues of `multiprocessing` need /dev/shm, which Lambda does
not have.
"""

import logging
import os
import subprocess
import sys
from io import BytesIO
from tempfile import TemporaryFile
from typing import Any

from chalicelib.evidence.confined import MEGABYTE, Room, confine, run, unused
from chalicelib.evidence.file_types import PICTURED

SMALL = 320
"""The longer side of a thumbnail, in pixels."""
MOST_PIXELS = 60_000_000
"""The maximum number of pixels of a photograph. First the size in the file's header is checked; against a
false header the limits of the child process protect."""
MOST_SECONDS = 20
"""The maximum time for a thumbnail, in seconds. A photograph of 20 MB takes less than 5 s on a slow
function."""
MOST_DRAWN = MEGABYTE
"""The maximum size of a thumbnail, in bytes. The child process cannot write more."""
UNREADABLE = 3
"""The exit status of the child process for a picture that cannot be decoded."""
log = logging.getLogger("redress")


def room(function: int, left_ms: int, libraries: str = "") -> Room:
    """Return the limits of the child process: the memory of this function (`function`, in megabytes) that the
    worker has never used, and half of the remaining time (`left_ms`, in milliseconds). `libraries` are the
    folders of the interpreter's libraries."""
    return Room(unused(function), max(1, min(MOST_SECONDS, left_ms // 2000)), libraries)


def small(content: bytes, type: str, room: Room) -> bytes | None:
    """Return the thumbnail of a photograph, an upright JPEG. Return None for a file of another type, for a
    picture that cannot be decoded, and if a limit is exceeded. The thumbnail is drawn on an empty picture, so
    it contains no place, time or camera data."""
    if type not in PICTURED:
        return None
    with TemporaryFile() as drawn:
        try:
            done = run("evidence.pictures", room, content, stdout=drawn, stderr=subprocess.DEVNULL)
            ended: object = done.returncode
        except (OSError, subprocess.TimeoutExpired) as failed:  # no process could be started, or it hung
            ended = failed.__class__.__name__
        drawn.seek(0)
        picture = drawn.read()
    if ended == 0 and picture:
        return picture
    # A damaged photograph is normal. Any other failure of the child process is logged as a warning, for
    # operators.
    say = log.info if ended == UNREADABLE else log.warning
    say("no small picture", extra={"ended": ended, "type": type, "bytes": len(content)})
    return None


def main(memory: str, seconds: str) -> None:
    """The function that the child process runs: limit this process, read a picture from the input, and write
    its thumbnail to the output."""
    confine(memory, seconds, MOST_DRAWN)
    from PIL import Image, ImageOps

    try:
        drawn = _drawn(sys.stdin.buffer.read(), Image, ImageOps)
    except Exception:  # a decoder can raise any error, also MemoryError
        sys.exit(UNREADABLE)
    if os.write(sys.stdout.fileno(), drawn) != len(drawn):  # the file size limit truncates without an error
        sys.exit("the small picture is too large")


def _drawn(content: bytes, image: Any, operations: Any) -> bytes:
    """Return the thumbnail. Raises ValueError for too many pixels, and any error of the decoder."""
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
