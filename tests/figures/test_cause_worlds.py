"""The verdict on an improvement action in simulated worlds: a short version of `make worlds`."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from numpy.random import default_rng

from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case_records import ActionScope
from chalicelib.domain.model.codes import Cause
from chalicelib.domain.policy import Sale
from chalicelib.figures.causes import Causes, causes_key
from tests.figures import cause_worlds
from tests.figures.cause_worlds import BEGUN, DONE, NULLS, OTHERS, World, series
from tests.trials import Trial

RUNS = 40
"""The runs of each world."""


REQUIRED = [one for one in cause_worlds.VERDICTS if one.at_most is not None or one.at_least is not None]
"""The trials with a required rate."""


@pytest.mark.parametrize("trial", REQUIRED, ids=lambda trial: trial.name)
def test_verdict_is_as_seldom_wrong_as_required(trial: Trial) -> None:
    """No world misses the required rate. Few runs scatter, so one wrong verdict more than required passes."""
    assert lenient(trial).missed(trial.measure(RUNS)) == []


def lenient(trial: Trial) -> Trial:
    """Return the trial with a bound that allows one more wrong verdict."""
    return trial._replace(at_most=trial.at_most + 1 / RUNS) if trial.at_most is not None else trial


def test_watch_of_an_action_for_a_part_looks_at_this_part() -> None:
    """A cause that grows threefold in the part opens the action again. One that grows in the other parts
    only, with a sign in the figures of all complaints, does not. Nor does one without complaints in the
    part, nor a smaller rise in the week of a sale."""
    action, since = cause_worlds._action(scoped=True), BEGUN + timedelta(days=300)
    assert action.improvement
    of, stated = action.improvement, {"since": str(BEGUN), "until": str(since + timedelta(days=91))}
    usual, more = [2] * 400, [2] * 320 + [6] * 80
    whole = {**stated, "counts": {of.cause: more}, "signs": {of.cause: [str(since + timedelta(days=30))]}}

    def sign(
        part: dict[str, list[int]] | None, scope: ActionScope | None = of.scope, *sales: Sale
    ) -> date | None:
        told = None if part is None else {**stated, "counts": part}
        watched = replace(action, improvement=replace(of, scope=scope))
        return Causes({causes_key(): whole, causes_key(of.scope): told}.get, lambda: sales).sign(
            watched, since
        )

    others = {code: usual for code in Cause if code != of.cause}
    grown = sign({of.cause: more, **others})
    assert grown
    assert grown > BEGUN + timedelta(days=320)
    assert sign({of.cause: usual, **others}) is None
    rise = {of.cause: [2] * 320 + [5] * 7 + [2] * 73, **others}
    sale = Sale("大促", f"{BEGUN + timedelta(days=320):%m-%d}", f"{BEGUN + timedelta(days=326):%m-%d}", "")
    assert sign(rise)
    assert sign(rise, of.scope, sale) is None
    assert sign({}) is None
    assert sign(None) is None
    assert sign(None, scope=None) == since + timedelta(days=30)


def test_world_has_the_rates_that_it_states() -> None:
    """The mean of a world over many runs is the stated number, and changes as stated after the action."""
    world = World(number=200, effect=0.5, others=1.2, shock=0.4, second=0.0)
    dice = default_rng(5)
    runs = np.array([series(world, dice)[0] for _ in range(60)])
    weeks = slice(0, DONE // 7 * 7)
    assert runs[:, weeks].mean() == pytest.approx(200 / 63, rel=0.05)
    assert runs[:, DONE : DONE + 182].mean() == pytest.approx(100 / 63, rel=0.06)


def test_worlds_have_enough_other_causes() -> None:
    """Each world draws the same causes for each of its halves."""
    assert series(NULLS["scope"], default_rng(1)).shape[0] == 2 * (OTHERS + 1)
