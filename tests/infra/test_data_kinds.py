"""data.toml agrees with the stores: what it says of times is what the code and the template do."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

import infra
from chalicelib.aws import case_file, changed_rows, draft_rows, read_rows, rows, suggestion_rows
from chalicelib.domain.data_kinds import DataKind, Ends, Place, data_kinds, holds_nothing
from chalicelib.web import drafts
from infra import template

KINDS = {kind.name: kind for kind in data_kinds()}
BUCKETS = {Place.EVIDENCE: "Evidence", Place.SEALED: "Sealed", Place.FIGURES: "Figures"}
CODE = re.sub(r"environ\.get\(.*\)", "", Path(rows.__file__).read_text("utf-8"))
"""The module of keys, without the names of settings."""
ROW_KINDS = re.compile(r'"([A-Z]{3,})[#"]|f"([A-Z]{3,})#')
"""The kinds of rows in the module of keys: words in capital letters that begin a key."""


def lifecycle(place: Place) -> dict[str, int]:
    """Return the days after which the store deletes objects, by the pattern of their keys. In a bucket with
    versions the version goes after the object."""
    properties = template.infrastructure()["Resources"][BUCKETS[place]]["Properties"]
    return {
        f"{rule['Prefix']}*": rule["ExpirationInDays"]
        + rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays", 0)
        for rule in properties.get("LifecycleConfiguration", {}).get("Rules", [])
    }


@pytest.mark.parametrize("place", BUCKETS)
def test_the_store_deletes_what_it_is_said_to_delete(place: Place) -> None:
    """The lifecycle rules of a bucket are those of the kinds that the store ends, with the same days."""
    said = {
        pattern: kind.days
        for kind in data_kinds()
        if kind.ends is Ends.STORE
        for pattern in getattr(kind, place)
    }
    assert said == lifecycle(place)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("draft", drafts.KEPT),
        ("desk_draft", draft_rows.KEPT),
        ("reads", read_rows.KEPT),
        ("suggestions", suggestion_rows.KEPT),
        ("earlier", case_file.HEADS_KEPT),
        ("changes", changed_rows.KEPT),
        ("limits", case_file.REMEMBERED),
    ],
)
def test_rows_expire_when_they_are_said_to(name: str, kept: timedelta) -> None:
    """The days of a kind are those of the constant with which its rows are written."""
    assert KINDS[name].days == kept.days


def test_the_log_is_kept_as_long_as_said() -> None:
    """The days of the log are those of the template's log group."""
    assert (
        KINDS["logs"].days == template.infrastructure()["Resources"]["Logs"]["Properties"]["RetentionInDays"]
    )


@pytest.mark.parametrize("kind", data_kinds(), ids=lambda kind: kind.name)
def test_a_kind_ends_somehow(kind: DataKind) -> None:
    """What the store ends has a time."""
    assert (kind.days is not None) == (kind.ends is Ends.STORE)


@pytest.mark.parametrize("kind", data_kinds(), ids=lambda kind: kind.name)
def test_a_kind_lies_somewhere(kind: DataKind) -> None:
    """Each kind has a pattern in a place."""
    assert any(getattr(kind, place) for place in Place)


def test_no_row_is_of_two_kinds() -> None:
    """Each pattern of a row is named once."""
    named = [pattern for kind in data_kinds() for pattern in (*kind.rows, *kind.sessions)]
    assert len(named) == len({*named})


def test_every_kind_of_row_is_named() -> None:
    """Each word in capital letters of the module of keys stands in a pattern of data.toml."""
    declared = (Path(infra.__file__).parents[1] / "chalicelib/data.toml").read_text("utf-8")
    found = {first or second for first, second in ROW_KINDS.findall(CODE)}
    assert {word for word in found if not re.search(rf"\b{word}\b", declared)} == set()


@pytest.mark.parametrize("key", ["LOCK#case3 LOCK", "WATCH#3 CURSOR", "OUTAGES OUTAGE#1"])
def test_rows_of_nobody_are_of_no_kind(key: str) -> None:
    """A row that holds nothing of a person is of no kind."""
    assert holds_nothing(key)
    assert not any(kind.lies_at(Place.ROWS, key) for kind in data_kinds())
