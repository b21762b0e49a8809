"""How often anybody may ask: counts under keyed hashes in fixed windows, and what is answered beyond a
ceiling."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib.aws.ceilings import CeilingRows
from chalicelib.aws.rows import Secret
from chalicelib.casework import Unavailable
from chalicelib.ceilings import CEILINGS, DAY, EPOCH, GUESSED, HOUR, Ceiling, TooMany
from tests.house import House
from tests.overheard import Calls

NETWORK = "203.0.113.7"
LISTED = [(kind, by) for kind, ceilings in CEILINGS.items() for by in ceilings]


def taken(house: House, times: int, kind: str, **keys: str) -> Iterator[bool]:
    """Whether each of so many attempts was let through."""
    for _ in range(times):
        try:
            house.product.ceilings.take(kind, **keys)
            yield True
        except TooMany:
            yield False


@pytest.mark.parametrize(("kind", "by"), LISTED)
def test_the_network_is_counted_last_and_wide(kind: str, by: str) -> None:
    """Many people share an address: its ceiling is asked last, and is at least ten times what one person has;
    each ceiling says why it is where it is."""
    ceilings = CEILINGS[kind]
    rates = {by: ceiling.most / (ceiling.per / HOUR) for by, ceiling in ceilings.items()}
    assert ceilings[by].why and by in ("code", "number", "address", "key", "account", "network")
    if by == "network" and {*ceilings} & {"number", "address"}:
        assert list(ceilings)[-1] == by and rates[by] >= 10 * min(rates.values())


def test_a_window_is_fixed_and_ends() -> None:
    """Windows run from midnight UTC, whatever moment asks; the one that begins holds its first moment."""
    hourly = Ceiling(1, HOUR, "")
    for now in (EPOCH, EPOCH + timedelta(minutes=59, seconds=59)):
        assert hourly.ends(now) == EPOCH + HOUR
    assert (
        hourly.ends(EPOCH + HOUR) == EPOCH + 2 * HOUR
        and Ceiling(1, DAY, "").ends(EPOCH + 5 * HOUR) == EPOCH + DAY
    )


def test_beyond_a_ceiling_only_who_asked_waits_until_the_window_ends(house: House) -> None:
    """The next one of the same key is refused with the seconds it has to wait; every other key goes on, and
    so does this one in the next window."""
    most = CEILINGS["passphrase"]["number"].most
    assert (
        list(taken(house, most + 2, "passphrase", number="1", network=NETWORK)) == [True] * most + [False] * 2
    )
    house.later(timedelta(minutes=45))
    with pytest.raises(TooMany, match="rate_limited") as refused:
        house.product.ceilings.take("passphrase", number="1", network=NETWORK)
    assert refused.value.wait == 15 * 60
    assert list(taken(house, 1, "passphrase", number="2", network=NETWORK)) == [True]
    house.later(timedelta(minutes=15))
    assert list(taken(house, 1, "passphrase", number="1", network=NETWORK)) == [True]


def test_whoever_is_refused_does_not_use_up_what_others_share(house: House) -> None:
    """A hundred attempts of one address count against its network only as far as they were let through."""
    most = CEILINGS["finding"]["address"].most
    assert sum(taken(house, 100, "finding", address="a@mail.example", network=NETWORK)) == most
    shared = CEILINGS["finding"]["network"].most - most
    assert sum(taken(house, shared + 5, "finding", network=NETWORK)) == shared


def test_an_attempt_is_one_write_a_key(calls: Calls, house: House) -> None:
    """Nothing is read; who is refused by the narrow ceiling costs one write."""
    house.product.ceilings.take("verify", network=NETWORK)
    calls.made()
    house.product.ceilings.take("finding", address="a@mail.example", network=NETWORK)
    house.product.ceilings.take("finding", address="", network=NETWORK)
    assert calls.made() == {"UpdateItem": 3}


def test_nothing_of_a_count_says_whose_it_is_and_it_goes_by_itself(house: House) -> None:
    """The key is hashed; the row's time to live is the end of its window."""
    house.product.ceilings.take("finding", address="wang.fang@mail.example", network=NETWORK)
    kept = list(Secret.scan())
    assert [row.ttl for row in kept] == [(CEILINGS["finding"]["network"].ends(house.time)).timestamp()] * 2
    assert not any("wang" in row.pk or NETWORK in row.pk for row in kept)


@pytest.mark.parametrize("kind", CEILINGS)
def test_who_cannot_be_counted_is_let_through_unless_a_secret_is_guessed(
    house: House, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An outage of the counters stops nobody's complaint, and opens no secret; operations see it."""

    def nobody(_: str) -> str:
        raise Unavailable("keys")

    counts = CeilingRows(nobody, house.product.meters, lambda: house.time)
    if kind in GUESSED:
        with pytest.raises(Unavailable):
            counts.take(kind, network=NETWORK)
    else:
        counts.take(kind, **dict.fromkeys(CEILINGS[kind], "somebody"))
    assert '"CeilingNotCounted": 1' in capsys.readouterr().out
