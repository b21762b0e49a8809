"""Calls of the interface."""

from __future__ import annotations

import json
from typing import Any

from tests.web.provider import Provider

JSON = {"Content-Type": "application/json"}
ZH, EN = {**JSON, "Accept-Language": "zh-CN"}, {**JSON, "Accept-Language": "en-GB,en;q=0.9"}


def post(client: Any, path: str, body: Any, headers: dict[str, str] = EN) -> Any:
    """Post JSON; send a string unchanged."""
    return client.http.post(
        path, headers=headers, body=(body if isinstance(body, str) else json.dumps(body)).encode()
    )


def link(answer: Any) -> dict[str, str]:
    """Return the headers of the consumer who got this answer."""
    return {**EN, "Authorization": f"Bearer {answer.json_body['token']}"}


def bearing(provider: Provider, who: str, *groups: str) -> dict[str, str]:
    """Return the headers of a staff member."""
    return {
        **EN,
        "Authorization": f"Bearer {provider.token(sub=who, **{'cognito:groups': [*groups, 'team:general']})}",
    }
