"""Runs code on content from strangers in a child process with limits of memory and time. The child is a new
interpreter, connected by pipes. A fork would copy the worker's credentials; the child's environment has none.

The memory limit counts reserved memory too. The allocator is limited to one arena, so reserved memory is
little more than used memory. macOS, used only for local runs, does not allow such a limit; there only time is
limited.
"""

import resource
import subprocess
import sys
from collections.abc import Sequence
from math import ceil
from typing import Any, NamedTuple

MEGABYTE = 1024 * 1024
MOST_MEMORY = 768 * MEGABYTE
"""The maximum address space of a child process, in bytes."""
LEFT_TO_WORKER = 64 * MEGABYTE
"""The memory that is left to other processes, in bytes, since the platform runs its own in the same
function."""
CHILD = (
    "import sys; sys.path[:] = sys.argv[2:]; from chalicelib.{module} import main; main(*sys.argv[1].split())"
)


class Room(NamedTuple):
    """The limits of a child process. `memory`: bytes of address space. `seconds`: both of CPU time and of
    time that passes. `libraries`: the folders of the interpreter's libraries, separated by colons."""

    memory: int
    seconds: float
    libraries: str = ""


def unused(function: int) -> int:
    """Return how many bytes a child may use: the memory of this Lambda function (`function`, in megabytes)
    that the worker has never used. Locally there is no function and `function` is 0; then it is
    `MOST_MEMORY`."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    free = function * MEGABYTE - used - LEFT_TO_WORKER if function else MOST_MEMORY
    return min(MOST_MEMORY, max(0, free))


def run(module: str, room: Room, content: bytes, **pipes: Any) -> subprocess.CompletedProcess[bytes]:
    """Run the function `main` of one of our modules in a child process. It gets the limits as arguments and
    `content` as input. Raises OSError if the child cannot be started, and TimeoutExpired if it takes too
    long."""
    # -I and -S: neither environment variables nor the current folder decide what is imported
    command = [sys.executable, "-I", "-S", "-B", "-c", CHILD.format(module=module)]
    surroundings = {"LD_LIBRARY_PATH": room.libraries, "MALLOC_ARENA_MAX": "1"}
    limits = f"{room.memory} {ceil(room.seconds)}"
    return subprocess.run(
        [*command, limits, *sys.path], input=content, timeout=room.seconds, env=surroundings, **pipes
    )


def confine(memory: str, seconds: str, written: int) -> None:
    """Limit memory, CPU time and file size of this process. The sizes `memory` and `written` (the largest
    file that it may write) are in bytes."""
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
