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
        self.answered: Any = {}
        self.headers = {"Cookie": cookies, "Sec-Fetch-Site": "same-origin"}

    def get(self, path: str, status: int = 200) -> str:
        """Return a page as text."""
        answer = self.client.http.get(path, headers=self.headers)
        assert answer.status_code == status, answer.body.decode()
        page = answer.body.decode()
        assert not re.search(r"<form\b(?:(?!</form>).)*<form\b", page, re.S), f"a form in a form: {path}"
        return unescape(unmarked(page))

    def post(self, path: str, fields: Any, status: int = 303, **headers: str) -> Any:
        """Post a form; return the place it redirects to, or the page that comes back. If a page shows first
        what would leave, and a redirect is expected, read it and post what it posts."""
        answer = self._posted(path, fields, headers)
        if status == 303 and answer.status_code == 200:
            return self.once(path, hidden(answer.body.decode()), **headers)
        assert answer.status_code == status, answer.body.decode()
        return answer.headers["Location"] if status == 303 else unescape(unmarked(answer.body.decode()))

    def once(self, path: str, fields: Any, **headers: str) -> str:
        """Post a form that redirects at once; return the place."""
        answer = self._posted(path, fields, headers)
        assert answer.status_code == 303, answer.body.decode()
        return str(answer.headers["Location"])

    def _posted(self, path: str, fields: Any, headers: dict[str, str]) -> Any:
        body = urlencode(fields, True).encode()
        answer = self.client.http.post(path, headers={**self.headers, **FORM, **headers}, body=body)
        self.answered = answer.headers
        return answer

    def take(self, case: Case, move: str, status: int = 303, **fields: Any) -> Any:
        """Take a move by its form, opened just before."""
        path = f"/desk/cases/{case.ref}/moves/{move}"
        return self.post(
            path,
            {**hidden(self.get(path)), **{name.replace("__", "."): value for name, value in fields.items()}},
            status,
        )


def visible(page: str) -> str:
    """Return the text that people read on a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def without_filters(page: str) -> str:
    """Return the page of a work list without its form of filters, which offers every code."""
    return re.sub(r'<form method="get" action="/desk" class="work-filters">.*?</form>', "", page, flags=re.S)


def hidden(page: str) -> dict[str, list[str]]:
    """Return what a form posts besides what people type: its hidden fields, by name."""
    found = dict[str, list[str]]()
    for name, value in re.findall(r'type="hidden" name="([\w.]+)" value="([^"]*)"', unmarked(page)):
        found.setdefault(name, []).append(unescape(value))
    return found
