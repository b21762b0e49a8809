"""What belongs to people, searched where it does not belong: in log lines, metrics, messages of queues,
addresses of calls."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from tests.house import House
from tests.overheard import overheard

PERSONAL = re.compile(r"[\u3400-\u9fff]|@|\d{7}")
"""What somebody typed has Chinese in it, or is an address or a phone number; codes and dates do not."""
AT_ONE_ADDRESS = "dynamodb", "sesv2"
"""Services whose every call goes to one address, and whose requests may hold what is personal."""


def strings(value: Any) -> Iterator[str]:
    """Every string in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


def personal() -> set[str]:
    """Who the people of all cases are, and every word that was said on them, as the table has them."""
    found: set[str] = set()
    for row in Row.scan():
        if row.words:
            found |= {
                one for _, words in json.loads(row.words).values() for one in strings(json.loads(words))
            }
        if rows.kind(row.sk)[0] == "PARTY":
            found |= {*strings(json.loads(row.body or "{}"))}
    numbers = {rows.ref_of(row.pk) for row in Row.scan()}
    return {one for one in found if PERSONAL.search(one) and re.sub(r"\W", "", one) not in numbers}


@pytest.fixture
def nothing_of_a_person_is_where_it_does_not_belong(
    house: House, capsys: pytest.CaptureFixture[str]
) -> Iterator[None]:
    """No log line, metric, queue message or address of a call names a person or repeats what was said (issue
    14). The whole life is heard, so none of it is put there as it was kept."""
    heard: list[str] = []
    house.played = None

    def note(model: Any, params: Any, **_: Any) -> None:
        body = params.get("body", b"")
        said = body.decode(errors="replace") if isinstance(body, bytes) else str(body)
        heard.append(str(params["url"]) + (said if model.service_model.service_name == "sqs" else ""))

    with overheard("before-call", note, *AT_ONE_ADDRESS):
        yield
    printed = capsys.readouterr()
    told = "\n".join((printed.out, printed.err, *heard))
    assert heard and not [one for one in personal() if one in told or json.dumps(one)[1:-1] in told]
