"""Draws the thumbnail of a photograph, in a child process with limits.

The photograph comes from a stranger: a file of 2 kB can describe a picture of 1 GB, and a decoder can hang or
crash. Only the child process suffers from that. The child is not made by `multiprocessing`, because its pools
and queues need /dev/shm, which Lambda does not have.
"""

import os
import subprocess
import sys
from io import BytesIO
from tempfile import TemporaryFile
from typing import Any

from chalicelib.evidence.confined import MEGABYTE, Room, confine, run, unused
from chalicelib.evidence.file_types import PICTURED
from chalicelib.logs import log

SMALL = 320
"""The longer side of a thumbnail, in pixels."""
MOST_PIXELS = 60_000_000
"""The maximum number of pixels of a photograph, checked with the size in the file's header. If that header is
false, the limits of the child process still protect the worker."""
MOST_SECONDS = 20
"""The maximum time for a thumbnail, in seconds. It is enough: a photograph of 20 MB takes less than 5 s on a
slow function."""
MOST_DRAWN = MEGABYTE
"""The maximum size of a thumbnail, in bytes. The child process cannot write more."""
UNREADABLE = 3
"""The exit status of the child process for a picture that cannot be decoded."""


def room(function: int, left_ms: int, libraries: str = "") -> Room:
    """Return the limits of the child process. Its memory is what the worker has never used of this Lambda
    function, which has `function` megabytes. Its time is half of the remaining time `left_ms` (milliseconds),
    at most `MOST_SECONDS`. `libraries` are the folders of the interpreter's libraries."""
    return Room(unused(function), max(1, min(MOST_SECONDS, left_ms // 2000)), libraries)


def small(content: bytes, type: str, room: Room) -> bytes | None:
    """Return the thumbnail of a photograph, an upright JPEG. `type` is the media type of `content`. Return
    None if it is no photograph, if it cannot be decoded, or if a limit is exceeded. The thumbnail contains no
    place, time or camera data, because it is drawn on an empty picture."""
    if type not in PICTURED:
        return None
    with TemporaryFile() as drawn:
        try:
            done = run("evidence.pictures", room, content, stdout=drawn, stderr=subprocess.DEVNULL)
            ended: object = done.returncode
        except (OSError, subprocess.TimeoutExpired) as failed:  # the child process did not start, or hung
            ended = failed.__class__.__name__
        drawn.seek(0)
        picture = drawn.read()
    if ended == 0 and picture:
        return picture
    # A damaged photograph is normal. Operators must see any other failure, so it is logged as a warning.
    say = log.info if ended == UNREADABLE else log.warning
    say("no small picture", extra={"ended": ended, "type": type, "bytes": len(content)})
    return None


def main(memory: str, seconds: str) -> None:
    """Run in the child process: limit this process, read a photograph from the input, and write its thumbnail
    to the output. If the photograph cannot be decoded, exit with `UNREADABLE`."""
    confine(memory, seconds, MOST_DRAWN)
    from PIL import Image, ImageOps

    try:
        drawn = _drawn(sys.stdin.buffer.read(), Image, ImageOps)
    except Exception:  # a decoder can raise any error, also MemoryError
        sys.exit(UNREADABLE)
    if os.write(sys.stdout.fileno(), drawn) != len(drawn):  # the file size limit truncates without an error
        sys.exit("the small picture is too large")


def _drawn(content: bytes, image: Any, operations: Any) -> bytes:
    """Return the thumbnail of a photograph, as a JPEG. `image` and `operations` are modules of Pillow. Raises
    ValueError for too many pixels, and any error of the decoder."""
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
