"""A process that runs the code of another release. `tests/beside.py` starts it with that code on its path,
tells it what to do, and answers its calls to AWS.

This file belongs to our tree, so it uses only what every release has: the scenario of its tests."""

from __future__ import annotations

import sys
from datetime import datetime
from multiprocessing.connection import Connection
from types import SimpleNamespace
from typing import Any

import botocore.endpoint
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.httpsession import URLLib3Session


def main(line: Connection) -> None:
    """Do what comes over the line, one order after another, until the line is closed. An order is a name, the
    present moment, and the arguments. The answer is a pair: None and the result, or an error's name and
    code."""

    def send(_: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
        line.send(("aws", request.method, request.url, dict(request.headers), request.body))
        status, headers, body = line.recv()
        made = AWSResponse(request.url, status, headers, None)
        made._content = body
        return made

    URLLib3Session.send = send
    botocore.endpoint.time = SimpleNamespace(sleep=lambda seconds: None)
    from chalice.test import Client

    from app import app
    from chalicelib.aws.rows import Row
    from chalicelib.wiring import product
    from tests.scenario import Scenario

    scenario = Scenario.__new__(Scenario)  # its usual start stores a roster
    scenario.product, scenario.played = product, None

    def forget() -> None:
        product.__dict__.clear()
        Row._connection = None

    def ordered(name: str, at: datetime, /, *said: Any, **more: Any) -> Any:
        scenario.time = at
        if name == "start":
            return scenario.started(forget)
        if name == "get":
            with Client(app, project_dir=".") as client:
                answer = client.http.get(*said, **more)
                return answer.status_code, dict(answer.headers), answer.body
        result = getattr(scenario, name)(*said, **more)
        return getattr(result, "ref", result)

    while True:
        try:
            order, more = line.recv()
        except EOFError:
            return
        try:
            line.send((None, ordered(*order, **more)))
        except Exception as error:
            line.send((type(error).__name__, getattr(error, "code", str(error))))


if __name__ == "__main__":
    main(Connection(int(sys.argv[1])))
