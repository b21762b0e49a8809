"""Hanging mail delays no case when letters and steps are due at once, on the small AWS.

`python -m tests.cloud.test_slow_mail` plays ten thousand letters and a thousand steps; the tests play a
twentieth.
"""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from datetime import timedelta
from io import StringIO

from botocore.exceptions import ReadTimeoutError

import tests.conftest  # noqa: F401  (the environment that clients need)
from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from tests.cloud.scenario import cloud_scenario
from tests.cloud.session import Apply, AWSResponse, Call
from tests.scenario import HOUR, Scenario

MINUTE = timedelta(minutes=1)
MANY, LETTERS, STEPS = 100, 10_000, 1_000
"""The number of complaints that share the waiting letters, of these letters, and of steps."""


class Hanging:
    """A road to AWS on which mail does not answer until it is released; it counts the tries."""

    def __init__(self) -> None:
        self.hangs, self.tried = True, 0

    def __call__(self, call: Call, apply: Apply) -> AWSResponse:
        """Handle one call."""
        if call.service == "sesv2":
            self.tried += 1
            if self.hangs:
                raise ReadTimeoutError(endpoint_url=call.url)
        return apply()


def play(letters: int, steps: int, road: Hanging, scenario: Scenario) -> None:
    """Let so many letters and steps fall due while mail hangs.

    Every step is taken in its minute, then every letter leaves once.
    """
    cases = [
        scenario.submit(person={"name": "王芳", "phone": f"138{n:08}", "email": f"c{n}@mail.example"})
        for n in range(steps)
    ]
    wait = [scenario.product.file.whole(case.ref).letters[0] for case in cases[:MANY]]
    for n in range(letters):
        letter, ref = wait[n % len(wait)], cases[n % len(wait)].ref
        row = Row.get(rows.case(ref), rows.letter(letter["id"]))
        id = f"{letter['id'][:-4]}{n:05}.0.0"
        copied = Row(
            row.pk,
            rows.letter(id),
            state="owed",
            tries=0,
            shard=row.shard,
            look_at=row.look_at,
            body=(row.body or "").replace(letter["id"], id).replace('"receipt"', '"accepted"'),
        )
        scenario.product.macs.letter(copied).save()
    scenario.time += 16 * HOUR + MINUTE
    before = road.tried
    for _ in range(5):
        scenario.minute()
        scenario.time += MINUTE
    assert all(scenario.product.file.load(case.ref).clock.steps for case in cases), "a step waited for mail"
    assert road.tried - before <= 5, "one letter a minute is tried while mail stands still"
    road.hangs = False
    for _ in range(40):
        scenario.time += MINUTE
        if scenario.minute() == 0 and scenario.time.minute % 20 == 0:
            break
    found = [mail.tags["letter"] for mail in scenario_mails(scenario)]
    assert len(found) == len(set(found)), "a letter left twice"
    assert sum(1 for id in found if id.rpartition("_0_0")[0][-5:].isdigit()) >= letters, (
        "a letter has not left"
    )


def scenario_mails(scenario: Scenario) -> list[object]:
    """Return the sent mails with their tags."""
    from tests.cloud.scenario import account

    return account()[0].mails  # type: ignore[return-value]


def test_steps_are_on_time_while_mail_hangs_and_every_letter_leaves_once() -> None:
    """Fifty steps are each taken in their minute while 500 letters are due.

    Mail is tried once a minute. Afterwards every letter leaves once.
    """
    road = Hanging()
    with cloud_scenario(road) as scenario:
        play(LETTERS // 20, STEPS // 20, road, scenario)


if __name__ == "__main__":
    road = Hanging()
    print("mail hangs while letters and steps are due …", flush=True)
    # The metrics of some hundred minutes would hide the result.
    with cloud_scenario(road) as the_house, redirect_stdout(StringIO()):
        play(*(map(int, sys.argv[1:]) if sys.argv[1:] else (LETTERS, STEPS)), road, the_house)
    print("every step in its minute, every letter once")
