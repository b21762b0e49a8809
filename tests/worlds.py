"""Trials of the conclusions of figures, in simulated worlds with a known truth.

`make worlds` runs every trial with its full number of runs, and writes the measured rates into `MEASURED` and
the table of the runbook. `ONLY` names the trials to run, by their names in the file; the other rates are
kept. With `PERCENT=30` each trial has 30 % of its runs; the table says how many it had. It exits with an
error if a required rate is missed."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from infra.build import ROOT
from tests.figures.cause_worlds import VERDICTS
from tests.figures.disclosure_worlds import DISCLOSURE
from tests.figures.money_worlds import MONEY
from tests.figures.survey_worlds import SURVEY
from tests.figures.worlds import SIGNS
from tests.trials import Trial

MEASURED, RUNBOOK = ROOT / "chalicelib/figures/measured.json", ROOT / "infra/RUNBOOK.md"
BEGIN, END = "<!-- worlds:begin -->", "<!-- worlds:end -->"
HEAD = ("trial", "measured", "required", "world: rate")


def trials() -> tuple[Trial, ...]:
    """Return every trial, in the order of the table."""
    return (*SIGNS, *VERDICTS, *DISCLOSURE, *SURVEY, *MONEY)


def stored() -> dict[str, Any]:
    """Return the rates that were measured last, by the name of the trial."""
    found: dict[str, Any] = json.loads(MEASURED.read_text("utf-8")) if MEASURED.exists() else {}
    return found


def table(measured: Mapping[str, Any]) -> str:
    """Return the table of the runbook: a line for each trial."""
    lines = (_line(one) for one in measured.values())
    return "\n".join([_row(HEAD), _row(["---"] * len(HEAD)), *lines])


def written(runbook: str, measured: Mapping[str, Any]) -> str:
    """Return the text of the runbook with the table between its two marks."""
    before, rest = runbook.split(BEGIN)
    return f"{before}{BEGIN}\n{table(measured)}\n{END}{rest.split(END)[1]}"


def run(names: Iterable[str], percent: int = 100) -> list[str]:
    """Run the trials of these names, all without a name, with this percentage of their runs. Store their
    rates, write the runbook, and return each required bound that was missed."""
    wanted, missed = set(names), []
    for trial in (one for one in trials() if not wanted or one.name in wanted):
        entry = trial.record(trial.runs * percent // 100)
        missed += [f"{trial.name}: {world}" for world in trial.missed(entry["rates"])]
        there = stored() | {trial.name: entry}
        kept = {one.name: there[one.name] for one in trials() if one.name in there}
        MEASURED.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
        RUNBOOK.write_text(written(RUNBOOK.read_text("utf-8"), kept), "utf-8")
        print(_line(entry), flush=True)
    return missed


def _line(entry: Mapping[str, Any]) -> str:
    """Return the line of a trial. Its rate is the worst one, or the range if no bound is required."""
    rates, share = entry["rates"], entry["share"]
    at_most, at_least = entry["at_most"], entry["at_least"]
    bound = f"≤ {_rate(at_most, share)}" if at_most is not None else ""
    bound = f"≥ {_rate(at_least, share)}" if at_least is not None else bound
    low, high = (_rate(pick(rates.values()), share) for pick in (min, max))
    worst = high if at_most is not None else low if at_least is not None else f"{low} to {high}"
    each = "; ".join(f"{world}: {_rate(rate, share)}" for world, rate in rates.items())
    return _row([f"{entry['says']} ({entry['runs']} runs)", worst, bound or "reported", each])


def _rate(rate: float, share: bool) -> str:
    return f"{100 * rate:.1f} %" if share else f"{rate:.2f}"


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    if failed := run(sys.argv[1:], int(os.environ.get("PERCENT", "100"))):
        sys.exit("required rates were missed:\n" + "\n".join(failed))
