"""A child process with limits of memory and time, for work on content that strangers choose. It is a new
interpreter with pipes, because a fork would copy the worker's credentials. Its environment has none of them.

The memory limit counts reserved memory too. With one arena of the allocator that is little more than the used
memory. macOS, where only local runs take place, refuses such a limit; there the time limit has to suffice."""

import resource
import subprocess
import sys
from collections.abc import Sequence
from math import ceil
from typing import Any, NamedTuple

MEGABYTE = 1024 * 1024
MOST_MEMORY = 768 * MEGABYTE
"""The maximum address space of a child, in bytes."""
LEFT_TO_WORKER = 64 * MEGABYTE
"""The memory reserved from worker and child, in bytes, since the platform's own processes run in the function
too."""
CHILD = (
    "import sys; sys.path[:] = sys.argv[2:]; from chalicelib.{module} import main; main(*sys.argv[1].split())"
)


class Room(NamedTuple):
    """The limits of a child: bytes of address space, and seconds of both CPU and wall-clock time.

    `libraries` are the folders of the interpreter's own libraries, separated by colons."""

    memory: int
    seconds: float
    libraries: str = ""


def unused(function: int) -> int:
    """Return the bytes that a worker has never used in its function of `function` megabytes. `function` is 0
    in local tests, which have no function."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    free = function * MEGABYTE - used - LEFT_TO_WORKER if function else MOST_MEMORY
    return min(MOST_MEMORY, max(0, free))


def run(module: str, room: Room, content: bytes, **pipes: Any) -> subprocess.CompletedProcess[bytes]:
    """Run the `main` of a module of ours in a child, with its limits as arguments. Raises OSError, and
    TimeoutExpired after the time limit."""
    # -I and -S: neither the environment nor the folder decides what is imported
    command = [sys.executable, "-I", "-S", "-B", "-c", CHILD.format(module=module)]
    surroundings = {"LD_LIBRARY_PATH": room.libraries, "MALLOC_ARENA_MAX": "1"}
    limits = f"{room.memory} {ceil(room.seconds)}"
    return subprocess.run(
        [*command, limits, *sys.path], input=content, timeout=room.seconds, env=surroundings, **pipes
    )


def confine(memory: str, seconds: str, written: int) -> None:
    """Set the limits of this process; `written` is the maximum size of a file that it writes, in bytes."""
    limits: Sequence[tuple[int, int]] = (
        (resource.RLIMIT_AS, int(memory)),
        (resource.RLIMIT_CPU, int(seconds)),
        (resource.RLIMIT_FSIZE, written),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, most in limits:
        if kind == resource.RLIMIT_AS and sys.platform == "darwin":
            continue
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))
