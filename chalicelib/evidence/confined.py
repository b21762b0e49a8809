"""Runs code on content from strangers in a child process with limits of memory and time.

The child is a new interpreter, connected by pipes, because a fork would copy the worker's credentials. The
child's environment contains no credentials. The memory limit also counts memory that is reserved and not
used. So the allocator may use only one arena, which keeps reserved memory small. macOS, used only for local
runs, does not allow such a limit; only time is limited there.
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
"""The memory in bytes that is left to other processes, because Lambda runs processes of its own in the same
function."""
CHILD = (
    "import sys; sys.path[:] = sys.argv[2:]; from chalicelib.{module} import main; main(*sys.argv[1].split())"
)


class Room(NamedTuple):
    """The limits of a child process. `memory`: its address space in bytes. `seconds`: its CPU time, and also
    the time until it is stopped. `libraries`: the folders of the interpreter's libraries, separated by
    colons."""

    memory: int
    seconds: float
    libraries: str = ""


def unused(function: int) -> int:
    """Return how many bytes of memory a child process may use. `function` is the memory of this Lambda
    function in megabytes. The child may use what the worker has never used of it, at most `MOST_MEMORY`. In a
    local run there is no function, so `function` is 0; then `MOST_MEMORY` is returned."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    free = function * MEGABYTE - used - LEFT_TO_WORKER if function else MOST_MEMORY
    return min(MOST_MEMORY, max(0, free))


def run(module: str, room: Room, content: bytes, **pipes: Any) -> subprocess.CompletedProcess[bytes]:
    """Run the function `main` of the module `module` in a child process, and return the ended process. `main`
    gets the limits in `room` as arguments and `content` as its input. `pipes` says where its output goes, as
    for `subprocess.run`. Raises OSError if the child cannot be started, and TimeoutExpired if it takes too
    long."""
    # With -I and -S, neither environment variables nor the current folder decide what is imported.
    command = [sys.executable, "-I", "-S", "-B", "-c", CHILD.format(module=module)]
    surroundings = {"LD_LIBRARY_PATH": room.libraries, "MALLOC_ARENA_MAX": "1"}
    limits = f"{room.memory} {ceil(room.seconds)}"
    return subprocess.run(
        [*command, limits, *sys.path], input=content, timeout=room.seconds, env=surroundings, **pipes
    )


def confine(memory: str, seconds: str, written: int) -> None:
    """Limit this process: its memory in bytes, its CPU time in seconds, and the size in bytes of any file
    that it writes (`written`)."""
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
