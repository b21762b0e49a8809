"""A search for personal data where none belongs: log lines, metrics, queue messages and addresses of
calls."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from chalicelib.aws import rows
from chalicelib.aws.rows import Row, Secret
from chalicelib.domain.data_kinds import Place, data_kinds, holds_nothing
from tests.aws_calls import observed_calls
from tests.scenario import Scenario

PERSONAL = re.compile(r"[\u3400-\u9fff]|@|\d{7}")
"""A pattern for typed text, addresses and phone numbers: Chinese characters, "@" or seven digits. Codes and
dates do not match."""
AT_ONE_ADDRESS = "dynamodb", "sesv2"
"""Services whose calls all go to one address; their requests may hold personal data."""


def strings(value: Any) -> Iterator[str]:
    """Yield every string in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


def _said(row: Row) -> list[Any]:
    """Return the texts of a row that can be erased. Those of a letter are stored as they were sent, and those
    of a timeline entry as JSON."""
    texts = [text for _, text in json.loads(row.words).values()]
    return texts if rows.kind(row.sk)[0] == "LETTER" else [json.loads(text) for text in texts]


def personal() -> set[str]:
    """Return the personal data of all cases in the table: parties, every text that was typed, and every
    letter."""
    found: set[str] = set()
    for row in Row.scan():
        if row.words:
            found |= {one for text in _said(row) for one in strings(text)}
        if rows.kind(row.sk)[0] == "PARTY":
            found |= {*strings(json.loads(row.body or "{}"))}
    numbers = {rows.ref_of(row.pk) for row in Row.scan()}
    return {one for one in found if PERSONAL.search(one) and re.sub(r"\W", "", one) not in numbers}


def unnamed(scenario: Scenario) -> set[str]:
    """Return the keys of rows and objects that no kind of data.toml names."""
    found = {(Place.ROWS, f"{row.pk} {row.sk}") for row in Row.scan()}
    found |= {(Place.SESSIONS, f"{row.pk} {row.sk}") for row in Secret.scan()}
    for place in (Place.EVIDENCE, Place.SEALED, Place.FIGURES):
        bucket = scenario.product.setting(place.upper())
        listed = boto3.client("s3", "us-east-1").list_objects_v2(Bucket=bucket)
        found |= {(place, one["Key"]) for one in listed.get("Contents", [])}
    return {
        f"{place}: {key}"
        for place, key in found
        if not any(kind.lies_at(place, key) for kind in data_kinds())
        and not (place == Place.ROWS and holds_nothing(key))
    }


@pytest.fixture
def nothing_of_a_person_is_where_it_does_not_belong(
    scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> Iterator[None]:
    """No log line, metric, queue message or address of a call holds a person's data or typed text, and
    data.toml names all that is stored. Stored situations are off, so the whole life is searched."""
    heard: list[str] = []
    scenario.played = None

    def note(model: Any, params: Any, **_: Any) -> None:
        body = params.get("body", b"")
        said = body.decode(errors="replace") if isinstance(body, bytes) else str(body)
        heard.append(str(params["url"]) + (said if model.service_model.service_name == "sqs" else ""))

    with observed_calls("before-call", note, *AT_ONE_ADDRESS):
        yield
    printed = capsys.readouterr()
    told = "\n".join((printed.out, printed.err, *heard))
    assert heard
    assert not [one for one in personal() if one in told or json.dumps(one)[1:-1] in told]
    assert unnamed(scenario) == set(), (
        "name it in chalicelib/data.toml, and add its line to the privacy notice"
    )
