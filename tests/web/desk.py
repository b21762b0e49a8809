"""The desk, as a staff member uses it in a browser."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

from chalicelib.aws.sessions import Sessions
from chalicelib.domain.calendar import stamp
from chalicelib.domain.model.case import Case
from chalicelib.web import signin
from tests.scenario import ROLES, Scenario
from tests.web.browser import unmarked

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
GROUPS = {who: [f"role:{role}", "team:general"] for who, role in ROLES.items()} | {
    "auditor": ["role:auditor"],
    "stranger": ["role:lead", "team:retail"],
    "lin": ["role:lead", "team:general"],
}


class Desk:
    """A staff member at the desk, signed in."""

    def __init__(self, client: Any, scenario: Scenario, who: str, language: str = "en") -> None:
        self.client, self.scenario = client, scenario
        kept = {"sub": who, "groups": GROUPS[who], "since": stamp(scenario.time)}
        Sessions().keep(signin.SESSION, who, kept, scenario.time + timedelta(days=400))
        cookies = f"__Host-desk={who}; __Host-lang={language}"
        self.headers = {"Cookie": cookies, "Sec-Fetch-Site": "same-origin"}

    def get(self, path: str, status: int = 200) -> str:
        """Return a page as text."""
        answer = self.client.http.get(path, headers=self.headers)
        assert answer.status_code == status, answer.body.decode()
        return unescape(unmarked(answer.body.decode()))

    def post(self, path: str, fields: Any, status: int = 303, **headers: str) -> Any:
        """Post a form; return the place it redirects to, or the page that comes back."""
        answer = self.client.http.post(
            path, headers={**self.headers, **FORM, **headers}, body=urlencode(fields, True).encode()
        )
        assert answer.status_code == status, answer.body.decode()
        return answer.headers["Location"] if status == 303 else unescape(unmarked(answer.body.decode()))

    def take(self, case: Case, move: str, status: int = 303, **fields: Any) -> Any:
        """Take a move by its form, opened just before."""
        path = f"/desk/cases/{case.ref}/moves/{move}"
        page = self.get(path)
        hidden = dict[str, list[str]]()
        for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page):
            hidden.setdefault(name, []).append(value)
        return self.post(
            path, {**hidden, **{name.replace("__", "."): value for name, value in fields.items()}}, status
        )


def visible(page: str) -> str:
    """Return the text that people read on a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
