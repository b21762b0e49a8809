"""When an endpoint is tried, disabled, resumed, and with which secrets it is signed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from chalicelib.access.links import PurposeKeys
from chalicelib.domain.frozen import replace
from chalicelib.hooks.endpoint import (
    AT_ONCE,
    BOTH,
    GIVEN_UP,
    DeliveryFault,
    Endpoint,
    Failing,
    Signing,
    WebhookKind,
    Why,
    after_tries,
    secret,
    shown_secret,
    tries,
)

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
DAY = timedelta(days=1)
ENDPOINT = Endpoint(
    "e1", "acme", "https://crm.example.com/", "it@acme.example", "en", NOW, (Signing(1, "1"),)
)
FAULT = Failing(NOW, DeliveryFault.STATUS, 500, "msg_1_1", WebhookKind.LIVE, "{}", NOW)
KEYS = PurposeKeys("1", {"1": "k" * 64})


def test_tries_double_up_to_an_hour() -> None:
    """The tries after the first failure: after 1, 3, 7, 15, 31 and 63 minutes, then each hour."""
    minutes = [after_tries(n) // timedelta(minutes=1) for n in range(9)]
    assert minutes == [0, 1, 3, 7, 15, 31, 63, 123, 183]


@given(st.integers(0, 200))
def test_a_try_counts_from_its_moment_on(n: int) -> None:
    """`tries` is the inverse of `after_tries`."""
    at = after_tries(n)
    assert tries(at) == n
    assert n == 0 or tries(at - timedelta(seconds=1)) == n - 1


def test_tries_go_on_for_five_days() -> None:
    """There is a try at least each hour until the endpoint is disabled, which is far longer than a day."""
    failing = replace(ENDPOINT, failing=FAULT)
    minutes = [NOW + n * AT_ONCE for n in range(1, GIVEN_UP // AT_ONCE + 1)]
    tried = [at for at in minutes if failing.due(at, at - AT_ONCE)]
    assert 110 < len(tried) < 130
    assert max(after - before for before, after in pairwise(tried)) == timedelta(hours=1)


@given(st.integers(1, 5 * 24 * 60), st.integers(61, 600))
def test_a_late_run_misses_no_try(minute: int, late_s: int) -> None:
    """A late run makes the try that fell due before it."""
    failing = replace(ENDPOINT, failing=FAULT)
    before = NOW + minute * AT_ONCE
    after = before + timedelta(seconds=late_s)
    seconds = (before + timedelta(seconds=n) for n in range(1, late_s + 1))
    single = any(failing.due(at, at - timedelta(seconds=1)) for at in seconds)
    assert failing.due(after, before) == single


def test_only_the_first_failure_changes_an_endpoint() -> None:
    """A further failure changes nothing, so it is not written."""
    once = ENDPOINT.failed(FAULT, False, NOW)
    again = replace(FAULT, since=NOW + DAY, fault=DeliveryFault.TLS)
    assert once.failing == FAULT
    assert once.failed(again, False, NOW + DAY) == once


@pytest.mark.parametrize(("gone", "after", "why"), [(False, GIVEN_UP, Why.FAILED), (True, DAY, Why.GONE)])
def test_an_endpoint_is_disabled(gone: bool, after: timedelta, why: Why) -> None:
    """After five days of failures, or at once by the answer 410."""
    ended = ENDPOINT.failed(FAULT, False, NOW).failed(FAULT, gone, NOW + after)
    assert ended.off
    assert (ended.off.why, ended.off.since, ended.off.told) == (why, NOW + after, False)


def test_resuming_keeps_the_place() -> None:
    """Webhooks go on with the first that was not taken."""
    off = replace(ENDPOINT, after="p7").failed(FAULT, True, NOW)
    assert off.resumed() == replace(ENDPOINT, after="p7")


def test_pausing_needs_no_letter() -> None:
    """The owner has paused it and knows."""
    paused = ENDPOINT.paused(NOW)
    assert paused.off
    assert paused.off.told
    assert paused.paused(NOW + DAY) == paused


def test_two_secrets_sign_while_rotating() -> None:
    """The previous secret signs together with the new one for a day. A rotation ends any older secret at
    once."""
    twice = ENDPOINT.rotated("1", NOW).rotated("2", NOW + timedelta(hours=1))
    at = NOW + timedelta(hours=1)
    assert [one.generation for one in twice.signing(at)] == [3, 2]
    assert [one.generation for one in twice.signing(at + BOTH)] == [3]


def test_secrets_are_derived() -> None:
    """Each endpoint and generation has its own secret of 32 bytes, which stays when the key is replaced."""
    newer = PurposeKeys("2", {"1": "k" * 64, "2": "n" * 64})
    made = {
        secret(KEYS, "e1", Signing(1, "1")),
        secret(KEYS, "e1", Signing(2, "1")),
        secret(KEYS, "e2", Signing(1, "1")),
        secret(newer, "e1", Signing(1, "2")),
    }
    assert len(made) == 4
    assert {len(one) for one in made} == {32}
    assert secret(newer, "e1", Signing(1, "1")) == secret(KEYS, "e1", Signing(1, "1"))
    assert shown_secret(b"\x00" * 32).startswith("whsec_AAAA")
