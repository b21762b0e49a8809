"""Rate limits: attempts are counted under keyed hashes in fixed windows, and refused beyond a ceiling."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import chalicelib
from chalicelib.access.rate_limits import (
    CEILINGS,
    DAY,
    EPOCH,
    GUESSED,
    HOUR,
    NAMED,
    SHOWN,
    By,
    Ceiling,
    TooMany,
)
from chalicelib.aws import rows
from chalicelib.aws.ceilings import CeilingRows
from chalicelib.aws.rows import Secret
from chalicelib.cases.casework import Unavailable
from tests.aws_calls import Calls
from tests.scenario import Scenario

NETWORK = "203.0.113.7"
LISTED = [(kind, by) for kind, ceilings in CEILINGS.items() for by in ceilings]


def taken(scenario: Scenario, times: int, kind: str, **keys: str) -> Iterator[bool]:
    """Yield whether each of so many attempts was let through."""
    for _ in range(times):
        try:
            scenario.product.ceilings.take(kind, **keys)
            yield True
        except TooMany:
            yield False


@pytest.mark.parametrize(("kind", "by"), LISTED)
def test_the_network_is_counted_last_and_wide(kind: str, by: By) -> None:
    """The network's ceiling is asked last and is at least ten times a person's, since many people share an
    address.

    Each ceiling states the reason for its height.
    """
    ceilings = CEILINGS[kind]
    rates = {by: ceiling.most / (ceiling.per / HOUR) for by, ceiling in ceilings.items()}
    assert ceilings[by].why
    if by == ("network",) and {part for other in ceilings for part in other} & NAMED.keys():
        assert list(ceilings)[-1] == by
        assert rates[by] >= 10 * min(rates.values())


@pytest.mark.parametrize(("kind", "by"), LISTED)
def test_no_ceiling_is_counted_by_what_a_stranger_can_name(kind: str, by: By) -> None:
    """A key contains an address or a number only together with the network of the request."""
    assert {*by} <= SHOWN.keys() | NAMED.keys()
    assert {*by} & SHOWN.keys(), f"anybody could use up the {kind} of somebody else"


def test_every_part_of_a_key_is_declared_once() -> None:
    """Parts that only the caller can show and parts that anybody can name are disjoint and complete."""
    assert not SHOWN.keys() & NAMED.keys()
    assert SHOWN.keys() | NAMED.keys() == {part for _, by in LISTED for part in by}


FOUND = frozenset(
    {
        "network",
        "network(request)",
        "callers.network(request)",
        "callers.network(routes.current_request)",
        "callers.account(caller, ref)",
        "callers.account(asked.caller, ref)",
        "callers.account(caller, dossier.case.ref)",
        "account(caller, ref)",
        "_whose(caller)",
        "kept['id']",
        "kept['made']",
        "caller.who",
    }
)
"""The expressions that identify a caller by the gateway, the session, the link or the key."""


def test_counted_parts_of_a_caller_come_from_the_server() -> None:
    """No part that only the caller can show is read from a request's body, wherever attempts are counted."""
    counted = dict[str, set[str]]()
    for file in (Path(chalicelib.__file__).parent).rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("ceilings.take"):
                for part in call.keywords:
                    said = {part.arg or "": part.value}
                    if part.arg is None and ast.unparse(part.value) == "sender":
                        said = dict(_senders(file))
                    for name, value in said.items():
                        counted.setdefault(name, set()).add(ast.unparse(value))
    assert counted.keys() == SHOWN.keys() | NAMED.keys()
    assert {value for part in SHOWN for value in counted[part]} <= FOUND


def _senders(file: Path) -> Iterator[tuple[str, ast.expr]]:
    """Yield the parts of the dictionaries named `sender` in a file."""
    for each in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "sender":
            assert isinstance(each.value, ast.Dict)
            for key, value in zip(each.value.keys, each.value.values, strict=True):
                assert isinstance(key, ast.Constant)
                yield str(key.value), value


def test_a_window_is_fixed_and_ends() -> None:
    """Windows run from midnight UTC, not from the request; each includes its first moment."""
    hourly = Ceiling(1, HOUR, "")
    for now in (EPOCH, EPOCH + timedelta(minutes=59, seconds=59)):
        assert hourly.ends(now) == EPOCH + HOUR
    assert hourly.ends(EPOCH + HOUR) == EPOCH + 2 * HOUR
    assert Ceiling(1, DAY, "").ends(EPOCH + 5 * HOUR) == EPOCH + DAY


def test_beyond_a_ceiling_only_who_asked_waits_until_the_window_ends(scenario: Scenario) -> None:
    """The next attempt under the same key is refused with the seconds to wait.

    Other keys are let through, and so is this key in the next window.
    """
    most = CEILINGS["passphrase"]["network", "number"].most
    assert (
        list(taken(scenario, most + 2, "passphrase", number="1", network=NETWORK))
        == [True] * most + [False] * 2
    )
    scenario.later(timedelta(minutes=45))
    with pytest.raises(TooMany, match="rate_limited") as refused:
        scenario.product.ceilings.take("passphrase", number="1", network=NETWORK)
    assert refused.value.wait == 15 * 60
    assert list(taken(scenario, 1, "passphrase", number="2", network=NETWORK)) == [True]
    scenario.later(timedelta(minutes=15))
    assert list(taken(scenario, 1, "passphrase", number="1", network=NETWORK)) == [True]


def test_refused_attempts_do_not_count_against_the_network(scenario: Scenario) -> None:
    """Only the permitted ones of a hundred attempts of one address count against its network."""
    most = CEILINGS["finding"]["network", "address"].most
    assert sum(taken(scenario, 100, "finding", address="a@mail.example", network=NETWORK)) == most
    shared = CEILINGS["finding"]["network",].most - most
    assert sum(taken(scenario, shared + 5, "finding", network=NETWORK)) == shared


def test_a_stranger_uses_up_nothing_of_another_network(scenario: Scenario) -> None:
    """Attempts from another network do not count, whatever address or number they name.

    The first 64 bits of an IPv6 address are one network, as of one household.
    """
    for kind, part, said in (
        ("finding", "address", "a@mail.example"),
        ("filing", "address", "+8613800138000"),
        ("passphrase", "number", "482109365174"),
    ):
        assert False in [*taken(scenario, 100, kind, **{"network": "198.51.100.1", part: said})]
        assert [*taken(scenario, 1, kind, **{"network": NETWORK, part: said})] == [True]


def test_counts_of_the_release_before_are_left_alone(scenario: Scenario) -> None:
    """Counts of the earlier release, by address alone, are never read again."""
    hashed, ends = scenario.product.lookups.of("a@mail.example")[0], Ceiling(1, HOUR, "").ends(scenario.time)
    old = rows.ceiling("finding#address", hashed, ends)
    Secret(old, rows.CEILING, tries=1_000, ttl=int(ends.timestamp())).save()
    assert [*taken(scenario, 1, "finding", address="a@mail.example", network=NETWORK)] == [True]


def test_an_attempt_is_one_write_a_key(calls: Calls, scenario: Scenario) -> None:
    """An attempt reads nothing; a refusal by the narrow ceiling costs one write."""
    scenario.product.ceilings.take("verify", network=NETWORK)
    calls.made()
    scenario.product.ceilings.take("finding", address="a@mail.example", network=NETWORK)
    scenario.product.ceilings.take("finding", address="", network=NETWORK)
    assert calls.made() == {"UpdateItem": 3}


def test_counter_row_is_anonymous_and_expires(scenario: Scenario) -> None:
    """The key is hashed; the row's time to live is the end of its window."""
    scenario.product.ceilings.take("finding", address="wang.fang@mail.example", network=NETWORK)
    kept = list(Secret.scan())
    ends = {ceiling.ends(scenario.time).timestamp() for ceiling in CEILINGS["finding"].values()}
    assert {row.ttl for row in kept} == ends
    assert not any("wang" in row.pk or NETWORK in row.pk for row in kept)


@pytest.mark.parametrize("kind", CEILINGS)
def test_outage_of_counters_blocks_only_guessing(
    scenario: Scenario, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An outage of the counters stops no complaint and opens no secret; operations see it."""

    def nobody(_: str) -> str:
        raise Unavailable("keys")

    counts = CeilingRows(nobody, scenario.product.meters, lambda: scenario.time)
    if kind in GUESSED:
        with pytest.raises(Unavailable):
            counts.take(kind, network=NETWORK)
    else:
        counts.take(kind, **{part: "somebody" for by in CEILINGS[kind] for part in by})
    assert '"CeilingNotCounted": 1' in capsys.readouterr().out
