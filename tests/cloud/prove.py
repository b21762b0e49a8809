"""Whole lives under schedules of faults.

`python -m tests.cloud.prove 2000 [first]` plays so many on every core and prints its progress. `python -m
tests.cloud.prove --again left_alone 47` plays one again and prints its faults.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from traceback import extract_tb

import tests.conftest  # noqa: F401  (the environment that clients need)
from tests.cloud import laws
from tests.cloud.driven import driven
from tests.cloud.expressions import NotBuilt
from tests.cloud.faults import Faults
from tests.cloud.lives import LIVES

BY_NAME = {life.__name__: life for life in LIVES}


def play(life: str, seed: int) -> Faults:
    """Play one life under the schedule of one seed; raise AssertionError if a law fails in the end."""
    faults = Faults(seed)
    with driven(faults) as scenario:
        BY_NAME[life](scenario)
        faults.cease()
        scenario.live(laws.QUIET)
        laws.hold(scenario)
    return faults


def judged(life: str, seed: int) -> tuple[str, int, str, int, Counter[str]]:
    """Return a life, its seed, its error or an empty text, its calls and its faults."""
    try:
        faults = play(life, seed)
    except (Exception, NotBuilt) as error:
        where = extract_tb(error.__traceback__)[-1]
        return life, seed, f"{type(error).__name__}: {str(error) or where.line}"[:300], 0, Counter()
    return life, seed, "", faults.calls, Counter(map(str, faults.summed().elements()))


def prove(schedules: int, first: int = 0) -> int:
    """Play so many schedules, the lives in turn; return how many broke a law."""
    names, start, calls = list(BY_NAME), time.monotonic(), 0
    faults, broken = Counter[str](), 0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        asked = [pool.submit(judged, names[n % len(names)], n) for n in range(first, first + schedules)]
        for done, one in enumerate(as_completed(asked), 1):
            life, seed, wrong, of, happened = one.result()
            calls, broken, faults = calls + of, broken + bool(wrong), faults + happened
            if wrong:
                print(f"  {life} {seed}: {wrong}", flush=True)
            if done % 50 == 0 or done == schedules:
                print(
                    f"{done} of {schedules} lives, {calls} calls, {faults.total()} faults, "
                    f"{broken} broken, {time.monotonic() - start:.0f} s",
                    flush=True,
                )
    print(", ".join(f"{fault} {n}" for fault, n in faults.most_common()))
    return broken


if __name__ == "__main__":
    if sys.argv[1] == "--again":
        play(sys.argv[2], int(sys.argv[3]))
    else:
        sys.exit(bool(prove(*map(int, sys.argv[1:]))))
