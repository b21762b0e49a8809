"""What checkov finds in the template is an exception with a reason, or is told."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from infra.audit import EXCEPTIONS
from infra.hardening import Finding, unexcused

OPEN = Finding("CKV_1", "Ensure the bucket is closed", "Evidence")
LOGGED = Finding("CKV_2", "Ensure access is logged", "Sealed")


@pytest.mark.parametrize(
    ("found", "excepted", "lines"),
    [
        ([OPEN], [], ["Evidence: Ensure the bucket is closed (CKV_1)"]),
        ([OPEN], [{"rule": "CKV_1", "resources": ["Evidence"]}], []),
        ([OPEN, LOGGED], [{"rule": "CKV_1"}, {"rule": "CKV_2"}], []),
        ([OPEN._replace(resource="Sealed")], [{"rule": "CKV_1"}], []),
        (
            [OPEN],
            [{"rule": "CKV_1", "resources": ["Sealed"]}],
            [
                "Evidence: Ensure the bucket is closed (CKV_1)",
                "the exception for CKV_1 Sealed is needed no more",
            ],
        ),
        ([], [{"rule": "CKV_2"}], ["the exception for CKV_2 is needed no more"]),
    ],
)
def test_finding_is_excepted_or_told(
    found: list[Finding], excepted: list[dict[str, Any]], lines: list[str]
) -> None:
    """An exception holds for its resources only, or for all; one that excuses nothing is told."""
    assert list(unexcused(found, excepted)) == lines


def test_every_exception_has_a_reason() -> None:
    """Each rule that may fail says why, once."""
    excepted = tomllib.loads(EXCEPTIONS.read_text("utf-8"))["hardening"]
    assert all(len(one["reason"]) > 20 for one in excepted)
    assert len({one["rule"] for one in excepted}) == len(excepted)
