"""The scenario of tests/scenario.py on moto alone, with the whole template, for `make test ON=moto`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from email import message_from_string, policy
from email.utils import format_datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.backends import get_backend

from chalicelib.aws.rows import Row, connection
from chalicelib.wiring import product
from infra.resources import create_all
from tests.cloud.aws import ACCOUNT, REGION
from tests.cloud.scenario import PARAMETERS
from tests.scenario import Scenario


@contextmanager
def moto_scenario() -> Iterator[Scenario]:
    """A scenario on an empty moto.

    Everything is created again for each test, so it takes ten times as long.
    """
    was = Row._connection
    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        for name, value in create_all(boto3.Session(region_name=REGION).client, **PARAMETERS).items():
            patch.setenv(name, str(value))
        Row._connection = None
        product.__dict__.clear()
        clock = Clock()
        # moto uses this machine's time; the table's clock is that of the scenario
        connection().session.register("after-call.dynamodb", clock.dates)
        clock.scenario = Scenario(product, sent)
        yield clock.scenario
    product.__dict__.clear()
    Row._connection = was


class Clock:
    """The table's clock, set to the time of the scenario."""

    scenario: Scenario | None = None

    def dates(self, parsed: dict[str, Any], **_: Any) -> None:
        """Set the time of the scenario on an answer of the table; without a scenario, set none."""
        date = format_datetime(self.scenario.time.astimezone(UTC), usegmt=True) if self.scenario else ""
        parsed["ResponseMetadata"]["HTTPHeaders"]["date"] = date


def sent() -> list[dict[str, Any]]:
    """Return the sent mails in the form of Scenario.sent."""
    return [_told(message) for message in get_backend("ses")[ACCOUNT][REGION].sent_messages]


def _told(message: Any) -> dict[str, Any]:
    """Return a mail as moto stores it: whole if it has attachments, else in parts."""
    if not hasattr(message, "raw_data"):
        (to,) = message.destinations["ToAddresses"]
        return {"to": to, "subject": message.subject, "text": message.body}
    mail = message_from_string(message.raw_data, policy=policy.default)
    text = mail.get_body(("html",))
    assert text
    return {
        "to": mail["To"],
        "subject": mail["Subject"],
        "text": text.get_content(),
        "files": {file.get_filename(): file.get_content() for file in mail.iter_attachments()},
    }
