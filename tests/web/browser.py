"""A browser without script, and readers of the pages it receives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Any
from urllib.parse import urlencode

from chalicelib.access.authorization import CLOCK
from chalicelib.web.pages.consumer import complaint
from chalicelib.wiring import product
from tests.scenario import Scenario, sent_code

FORM = {"content-type": "application/x-www-form-urlencoded"}


class Browser:
    """A browser without script: it follows redirects, keeps cookies and sends forms. With `confirms`, its
    user reads the mail and enters each code that a page asks for."""

    def __init__(self, client: Any, language: str, confirms: bool = True) -> None:
        self.client, self.headers, self.confirms = client, {"accept-language": language}, confirms
        self.cookies: dict[str, str] = {}

    def get(self, path: str, follow: bool = True) -> Any:
        """Open a page."""
        return self._went(self._ask("GET", path), follow)

    def post(self, path: str, form: dict[str, Any], follow: bool = True, **headers: str) -> Any:
        """Send a form."""
        answer = self._ask("POST", path, urlencode(form, doseq=True).encode(), **FORM, **headers)
        return self._went(self._confirmed(answer, path, form, headers) if self.confirms else answer, follow)

    def complain(self, said: Mapping[str, Any], stop: str = "") -> Any:
        """Fill in the complaint form page by page and send it; stop after the page `stop`."""
        self.get("/complain")
        for page in complaint.PAGES:
            names = [name for name in said if complaint.is_on_page(page, name)]
            answer = self.post(f"/complain/{page}", {name: said[name] for name in names})
            if page == stop:
                break
        return answer

    def head(self, path: str) -> Any:
        """Send a HEAD request."""
        return self._ask("HEAD", path)

    def _ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Any:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.client.http.request(
            method, path, headers={**self.headers, "cookie": cookie, **headers}, body=body
        )
        for one in answer.headers.get("Set-Cookie", []):
            name, _, value = one.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def _confirmed(self, answer: Any, path: str, form: dict[str, Any], headers: dict[str, str]) -> Any:
        """Confirm the mailbox and enter the code from the mail if the page asks for them; return the last
        answer."""
        shown, (ref, _, token) = answer.body.decode(), self.cookies.get("__Host-case", "").partition(".")
        party = product.links.party(token)
        if 'value="address"' in shown:
            product.casework.move("confirm_address", ref, CLOCK, {"party": party})
            answer = self._ask("POST", path, urlencode(form, doseq=True).encode(), **FORM, **headers)
        if 'autocomplete="one-time-code"' not in answer.body.decode():
            return answer
        said = {**form, "code": sent_code(product, ref, party)}
        return self._ask("POST", path, urlencode(said, doseq=True).encode(), **FORM, **headers)

    def _went(self, answer: Any, follow: bool) -> Any:
        while follow and answer.status_code == 303:
            answer = self._ask("GET", answer.headers["Location"])
        return answer


def text(answer: Any) -> str:
    """Return the visible text of a page, without markup."""
    return unescape(re.sub(r"<[^>]+>", " ", unmarked(answer.body.decode())))


def unmarked(page: str) -> str:
    """Return a page without the language marks that stand inside its sentences."""
    return re.sub(r'<span lang="[\w-]+">([^<]*)</span>', r"\1", page)


def hidden(answer: Any) -> dict[str, str]:
    """Return the hidden fields of a page's form."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.body.decode()))


def value(answer: Any, name: str) -> str:
    """Return the text in a page's text box, or ""."""
    found = re.search(
        rf'<textarea[^>]* name="{re.escape(name)}"[^>]*>([^<]*)</textarea>', answer.body.decode()
    )
    return unescape(found[1]) if found else ""


def rows(scenario: Scenario) -> int:
    """Return the number of items in the table, without the attempt counts."""
    from chalicelib.aws.rows import CEILING, Row

    return sum(1 for row in Row.scan() if row.sk != CEILING)


def link(scenario: Scenario, ref: str) -> str:
    """Return the access link of a case."""
    return scenario.product.links.path(ref, "p1", 1)
