"""Staff calls to the interface with an ID token."""

from __future__ import annotations

import json
from typing import Any

from tests.web.desk import GROUPS
from tests.web.provider import Provider


def bearing(provider: Provider, who: str) -> dict[str, str]:
    """Return the headers of a staff member."""
    token = provider.token(sub=who, **{"cognito:groups": GROUPS[who]})
    return {"Content-Type": "application/json", "Accept-Language": "en", "Authorization": f"Bearer {token}"}


def call(client: Any, method: str, path: str, headers: dict[str, str], body: Any) -> Any:
    """Call the interface."""
    return client.http.request(method, path, headers=headers, body=json.dumps(body).encode())
