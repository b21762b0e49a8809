"""The replay of closed complaints under a proposed policy. `python -m infra.replay --policy NEW.toml --since
2026-01-01` reads the complaints of the stack that moved since this day. Each is replayed under its own policy
and under the proposed one.

The report tells which steps would have been late, which deadlines would have escalated or lapsed, and which
actions would have come too late. Nothing is written."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from chalicelib.cases.dossier import Dossier
from chalicelib.domain.model.codes import Stage
from chalicelib.domain.policy import policy
from chalicelib.domain.reference import shown
from chalicelib.domain.roster import Roster
from chalicelib.figures.replay import Life, out_of_order, played
from chalicelib.figures.what_if import COLUMNS, connected_complaints, counted
from infra.ops import connect_to, say

WORSE = "late", "lapsed"
"""Those of `COLUMNS` by which the report compares each complaint. A complaint is listed if the proposed
policy gives it more of them."""


def main(arguments: Sequence[str] | None = None, connect: Any = connect_to) -> None:
    """Print what the proposed policy would have changed. `arguments` are by default those of the command
    line. `connect` sets the environment to that of the stack."""
    parser = argparse.ArgumentParser(prog="python -m infra.replay", description=__doc__)
    parser.add_argument("--policy", required=True, help="the file of the proposed policy")
    parser.add_argument("--since", required=True, type=date.fromisoformat, help="the first day (UTC)")
    parser.add_argument("--stack", default="redress")
    parser.add_argument("--endpoint", default="", help="the address of the local emulator")
    asked = parser.parse_args(arguments)
    if said := list(wrong(asked.policy)):
        sys.exit("\n".join(said))
    connect(asked.stack, asked.endpoint)
    from chalicelib.wiring import product

    refs = sorted(moved(product.file, asked.since))
    print(f"{len(refs)} complaints moved since {asked.since}", file=sys.stderr)
    pairs = list[tuple[Life, Life]]()
    played_ = set[str]()
    for n, ref in enumerate(refs, 1):
        if ref not in played_:
            together = connected_complaints(product.file, ref)
            played_ |= {dossier.case.ref for dossier in together}
            pairs += compared(together, product.file.roster(), asked.policy)
        print(f"\r{n} of {len(refs)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    say(f"{len(played_) - len(pairs)} are left out: not closed, or written into one that is not closed")
    for line in report_lines(pairs):
        say(line)


def wrong(file: str) -> Iterator[str]:
    """Yield a message for each reason why a policy cannot be used for a replay. `file` is the path of the
    policy. Nothing is yielded if it can be used."""
    try:
        rules, crooked = policy(file).rules, [*out_of_order(file)]
    except (OSError, ValueError, TypeError, KeyError) as error:
        yield f"{file} is no policy: {error}"
        return
    lacking = sorted(policy("default-1").rules.keys() - rules)
    yield from (f"{name}: the policy has no such deadline" for name in lacking)
    yield from (f"{name}: step {n} comes before the one above it" for name, n in crooked)


def moved(file: Any, since: date) -> set[str]:
    """Return the numbers of the complaints that moved on the day `since` (UTC) or later. `file` is the case
    store."""
    from chalicelib.aws.rows import shards

    days = (datetime.now(UTC).date() - since).days + 1
    every = ((since + timedelta(days=n), shard) for n in range(days) for shard in range(shards()[1]))
    return {ref for day, shard in every for ref in file.moved_on(day, shard)}


def compared(together: Sequence[Dossier], roster: Roster, rules: str) -> Iterator[tuple[Life, Life]]:
    """Yield a pair of replays for each of these connected complaints: under its own policy, and under the
    policy `rules`. Yield nothing if one of the complaints is not closed. `roster` holds the staff and their
    teams."""
    if all(dossier.case.stage == Stage.CLOSED for dossier in together):
        yield from zip(played(together, roster), played(together, roster, rules), strict=True)


def report_lines(every: Sequence[tuple[Life, Life]]) -> Iterator[str]:
    """Yield the lines of the report. `every` holds pairs of replays: under the complaint's own policy, and
    under the proposed policy.

    The report shows the numbers for each deadline. It lists the complaints with more late or lapsed steps,
    and those with an action that would have come too late."""
    lost = [(life.ref, *life.broken) for life, _ in every if life.broken]
    pairs = [pair for pair in every if not pair[0].broken]
    before, after = (counted(life for pair in pairs for life in [pair[n]]) for n in (0, 1))
    yield f"{len(lost)} cannot be played again even under their own rules"
    yield from (f"  {shown(ref)}: entry {n} ({why})" for ref, n, why in lost)
    yield f"{len(pairs)} closed complaints were played; before → under the proposed policy"
    yield f"{'deadline':<28}" + "".join(f"{name:>16}" for name in COLUMNS)
    for name in sorted({name for name, _ in before | after}):
        cells = [f"{before[name, what]} → {after[name, what]}" for what in COLUMNS]
        yield f"{name:<28}" + "".join(f"{cell:>16}" for cell in cells)
    worse = {two.ref: counted([two]) - counted([one]) for one, two in pairs}
    found = {ref: [(*key, n) for key, n in more.items() if key[1] in WORSE] for ref, more in worse.items()}
    yield f"{sum(map(bool, found.values()))} in which more would have been late or lapsed"
    for ref, more in found.items():
        if more:
            yield f"  {shown(ref)}: " + ", ".join(f"{name} {what} +{n}" for name, what, n in sorted(more))
    late = [(life.ref, *life.broken) for _, life in pairs if life.broken]
    yield f"{len(late)} in which somebody did what they could no longer have done"
    yield from (f"  {shown(ref)}: entry {n} ({why})" for ref, n, why in late)


if __name__ == "__main__":
    main()
