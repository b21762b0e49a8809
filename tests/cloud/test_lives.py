"""Whole lives under schedules of faults at every call to AWS.

They are a small share of those that `python -m tests.cloud.prove` plays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import chain

import pytest

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from tests.cloud import laws
from tests.cloud.driven import Driven, driven
from tests.cloud.faults import AT_STORES, Fault, Faults
from tests.cloud.lives import LIVES, left_alone, sealed, shown, told_in_figures, under_new_keys
from tests.cloud.prove import play
from tests.cloud.session import Call
from tests.scenario import DAY, T0

SHARE = 15
"""The number of schedules here; the lives take turns."""
KEPT = [("left_alone", 13), ("declined", 14), ("upheld_and_paid", 130)]
"""Schedules that broke a law before a fix.

The first two need the notice of undelivered letters; the last needs broken connections to count as an outage.
"""


@pytest.mark.parametrize(
    ("life", "seed"), [(LIVES[seed % len(LIVES)].__name__, seed) for seed in range(100, 100 + SHARE)]
)
def test_the_laws_hold_whatever_fails(life: str, seed: int) -> None:
    """No move is lost, no window lapses unheard, every letter ends, and nothing waits.

    Letters are doubled only in the one stated window.
    """
    play(life, seed)


@pytest.mark.parametrize(("life", "seed"), KEPT)
def test_the_laws_hold_where_it_is_hard(life: str, seed: int) -> None:
    """The laws also hold for these stored schedules."""
    play(life, seed)


def test_a_seed_is_a_life() -> None:
    """The same seed gives the same faults at the same calls, so that a failure can be reproduced."""
    one, again = (play("left_alone", 11) for _ in range(2))
    assert one.happened == again.happened
    assert one.happened
    assert one.calls == again.calls


def quiet() -> Faults:
    """Return a schedule without faults."""
    faults = Faults(0)
    faults.cease()
    return faults


def unsent(scenario: Driven, name: str) -> None:
    """Remove this letter from the sent mails."""
    (ref,) = laws.refs(scenario)
    (letter,) = (each for each in scenario.product.file.whole(ref).letters if each["name"] == name)
    tag = letter["id"].replace(".", "_")
    scenario.cloud.mails[:] = [mail for mail in scenario.cloud.mails if mail.tags["letter"] != tag]


def rewritten(scenario: Driven) -> None:
    """Change what a sent letter said in the table."""
    (ref,) = laws.refs(scenario)
    row = next(row for row in Row.query(rows.case(ref), Row.sk.startswith(rows.letter(""))) if row.words)
    row.update(actions=[Row.words.set((row.words or "").replace("投诉", "感谢"))])


BREAKS: dict[str, Callable[[Driven], object]] = {
    "a page shows what was said": rewritten,
    "nothing lost": lambda scenario: scenario.accepted.update({(laws.refs(scenario)[0], "accept"): 1}),
    "nothing doubled": lambda scenario: scenario.accepted.subtract(
        {(laws.refs(scenario)[0], "ask_information"): 1}
    ),
    "what is sent has left": lambda scenario: unsent(scenario, "receipt"),
    "no letter doubled": lambda scenario: scenario.faults.taken.append(scenario.faults.taken[-1]),
}
"""A change that breaks each law after a quiet life."""


@pytest.mark.parametrize("law", BREAKS)
def test_a_law_that_is_broken_says_so(law: str) -> None:
    """Each law about promises and sent letters reports its break."""
    with driven(quiet()) as scenario:
        left_alone(scenario)
        laws.hold(scenario)
        BREAKS[law](scenario)
        with pytest.raises(AssertionError, match=law):
            laws.hold(scenario)


def test_a_window_that_ends_on_words_that_did_not_leave_breaks_the_law() -> None:
    """The request was sent; the test removes it from the mails afterwards."""
    with driven(quiet()) as scenario:
        left_alone(scenario)
        (ref,) = laws.refs(scenario)
        laws.no_window_lapsed_unheard(scenario, ref)
        unsent(scenario, "information_request")
        with pytest.raises(AssertionError, match="no window lapsed unheard"):
            laws.no_window_lapsed_unheard(scenario, ref)


def stored(scenario: Driven, setting: str, begins: str) -> list[str]:
    """Return the keys in a store that begin with this prefix."""
    files = scenario.cloud.files.held[scenario.product.setting(setting)].files
    return sorted(key for key in files if key.startswith(begins))


def altered(scenario: Driven, setting: str, begins: str, content: bytes, nth: int = 0) -> None:
    """Replace the content of one of these files."""
    files = scenario.cloud.files.held[scenario.product.setting(setting)].files
    key = stored(scenario, setting, begins)[nth]
    files[key] = [replace(files[key][-1], body=content, checksum="")]


def put(scenario: Driven, setting: str, key: str) -> None:
    """Put a file without a row into a store."""
    scenario.cloud.files.put(
        {"Bucket": scenario.product.setting(setting), "Key": key, "Body": b"", "ChecksumAlgorithm": "SHA256"}
    )


def first_day_again(scenario: Driven) -> None:
    """Replace the exported moves of the second day by those of the first."""
    files = scenario.cloud.files.held[scenario.product.setting("FIGURES")].files
    one, two = (stored(scenario, "FIGURES", f"export/moves/day={T0.date() + n * DAY}/")[0] for n in range(2))
    files[two] = files[one]


BREAKS_OF_STORES: dict[Callable[[Driven], None], dict[str, Callable[[Driven], object]]] = {
    sealed: {
        "the application is kept": lambda scenario: altered(scenario, "SEALED", "agreements/", b"%PDF"),
        "the sealed one is kept": lambda scenario: altered(scenario, "SEALED", "agreements/", b"%PDF", -1),
        "what is archived is recorded": lambda scenario: put(scenario, "SEALED", "agreements/1/1.pdf"),
    },
    shown: {
        "what is kept is what was sent": lambda scenario: altered(scenario, "EVIDENCE", "evidence/", b""),
        "what is kept has its row": lambda scenario: put(scenario, "EVIDENCE", "evidence/1/1"),
        "nothing is left where files arrive": lambda scenario: put(scenario, "EVIDENCE", "incoming/1/1"),
        "no declared file is lost": lambda scenario: scenario.uploaded.update(
            {(laws.refs(scenario)[0], "1"): b""}
        ),
    },
    told_in_figures: {
        "a day is exported as it was": first_day_again,
        "each night's list is signed": lambda scenario: altered(
            scenario, "SEALED", f"heads/0/{T0.date()}", b"{}"
        ),
    },
    under_new_keys: {
        "a link of before still opens": lambda scenario: scenario.tokens.append(
            (laws.refs(scenario)[0], "p1", "p1-9-a")
        )
    },
}
"""A change that breaks each law of the stores after a quiet life."""


@pytest.mark.parametrize("life", BREAKS_OF_STORES, ids=lambda life: life.__name__)
def test_a_law_of_the_stores_that_is_broken_says_so(life: Callable[[Driven], None]) -> None:
    """Each law reports its break after the same life; every break is undone before the next."""
    with driven(quiet()) as scenario:
        life(scenario)
        scenario.live(DAY)
        laws.hold(scenario)
        kept, uploaded = scenario.cloud.snapshot(), dict(scenario.uploaded)
        for law, breaks in BREAKS_OF_STORES[life].items():
            breaks(scenario)
            with pytest.raises(AssertionError, match=law):
                laws.hold(scenario)
            scenario.cloud.again(kept)
            scenario.uploaded = dict(uploaded)


@pytest.mark.parametrize(
    ("fault", "service", "operation"),
    [
        (Fault.WRONG, "kms", "Sign"),
        (Fault.FORBIDDEN, "s3", "PutObject"),
        (Fault.CUT, "s3", "GetObject"),
        (Fault.STALE, "secretsmanager", "GetSecretValue"),
    ],
)
def test_faults_happen_at_the_calls_to_the_stores(fault: Fault, service: str, operation: str) -> None:
    """Some schedules draw each fault, and only at calls to its service."""
    call = Call(service, operation, {}, "https://")
    drawn = {Faults(seed).drawn(call) for seed in range(300)}
    assert fault in drawn
    assert drawn.isdisjoint({*chain(*AT_STORES.values())} - {*AT_STORES[service]})
