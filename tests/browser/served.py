"""The product of a test as a site for browsers, with time in the test's hands, and persons who act on its
pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

from playwright.sync_api import Browser, Locator, Page

from chalicelib.aws.sessions import Sessions
from chalicelib.domain.calendar import stamp
from chalicelib.web import signin
from chalicelib.web.callers import DESK_COOKIE
from chalicelib.web.pages.consumer.agreement import READ
from chalicelib.web.routes.consumer import CHOSEN
from tests.browser.pictures import PICTURES, picture
from tests.browser.tree import wrong_in_tree
from tests.browser.visitors import SEND, found, guest, sends
from tests.scenario import Scenario, sent_code


class Quiet(BaseHTTPRequestHandler):
    """A handler of requests that prints no line for them."""

    disable_nagle_algorithm = True  # a body does not wait until its headers have arrived

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@contextmanager
def site(client: Any) -> Iterator[str]:
    """Serve the client's application while the context lasts; yield its address. A request that a page sends
    later, such as that of a draft, gets no answer: it would meet the environment of the next test."""
    one_at_a_time, over = Lock(), Event()

    class Answers(Quiet):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            sent = {name.lower(): value for name, value in self.headers.items()}
            with one_at_a_time:
                if over.is_set():
                    return
                answer = client.http.request(self.command, self.path, headers=sent, body=body)
            self.send_response(answer.status_code)
            for name, values in answer.headers.items():
                for value in values if isinstance(values, list) else [values]:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_POST = do_GET

    with listening(Answers) as address:
        try:
            yield address
        finally:
            with one_at_a_time:
                over.set()


@contextmanager
def listening(handler: type[Quiet]) -> Iterator[str]:
    """Answer requests by `handler` on a free port of this machine while the context lasts; yield the
    address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Road:
    """A complaint and the persons who act on it, each in their own browser. Each page they see is
    photographed; it must not scroll sideways, nor break a rule of axe, nor have a fault in the tree that
    screen readers read."""

    def __init__(
        self, name: str, scenario: Scenario, chromium: Browser, address: str, locale: str, axe: str
    ) -> None:
        self.scenario, self.chromium, self.address, self.locale = scenario, chromium, address, locale
        self.axe = axe
        self.pictures = PICTURES / name / locale[:2]
        self.taken = 0

    def party(self, ref: str, party: str = "p1") -> Person:
        """Return a person of the case who has opened their link."""
        generation = self.scenario.product.file.load(ref).party(party).generation
        page = guest(self.chromium, locale=self.locale)
        page.goto(self.address + self.scenario.product.links.path(ref, party, generation))
        return Person(self, page, ref, party)

    def staff(self, who: str, ref: str, *groups: str, script: bool = True) -> Person:
        """Return a member of staff who is signed in at the desk, in a browser with or without script."""
        page = guest(self.chromium, script, self.locale)
        kept = {"sub": who, "groups": groups, "since": stamp(self.scenario.time)}
        Sessions().keep(signin.SESSION, who, kept, self.scenario.time + timedelta(days=400))
        ours = self.address.replace("http:", "https:")
        page.context.add_cookies([{"name": DESK_COOKIE, "value": who, "url": ours, "secure": True}])
        return Person(self, page, ref)

    def visitor(self) -> Person:
        """Return a person without a case."""
        return Person(self, guest(self.chromium, locale=self.locale), "")

    def photograph(self, page: Page, what: str) -> None:
        """Save a picture of a page, and check that it does not scroll sideways. axe checks every second page
        in one language, and the others in the other."""
        self.taken += 1
        picture(page, self.pictures / f"{self.taken:02}-{what}.png")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url
        wrong = wrong_in_tree(page)
        assert wrong == [], (page.url, wrong)
        if self.taken % 2 == self.locale.startswith("zh"):
            broken = found(page, self.axe)
            assert broken == [], (page.url, broken)


class Person:
    """A person in front of a page: a party of a case, or a member of staff where `party` is empty."""

    def __init__(self, road: Road, page: Page, ref: str, party: str = "") -> None:
        self.road, self.page, self.ref, self.party = road, page, ref, party

    def goes(self, path: str) -> str:
        """Open a page of the site and return its text."""
        self.page.goto(self.road.address + path)
        self.road.photograph(self.page, path.split("/")[-1][:8])
        return self.page.inner_text("main")

    def does(self, move: str, **said: Any) -> str:
        """Take a move by its form, with a code where the page asks for one; return the text of the resulting
        page. Raises AssertionError with the page's text where the form comes back."""
        at = "/case" if self.party else f"/desk/cases/{self.ref}"
        about = "&".join(f"{name}={value}" for name, value in said.items() if name in CHOSEN)
        self.page.goto(f"{self.road.address}{at}/moves/{move}" + (f"?{about}" if about else ""))
        self.page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
        self._fill(said)
        self.road.photograph(self.page, move)
        if self.page.locator("main form[data-preview]").count():
            sends(self.page)
        else:
            self._send()
        if self.page.locator("[value=address]").count():
            self.road.scenario.confirm(self.ref, self.party)
            self._send()
        code = self.page.locator("[autocomplete=one-time-code]")
        if code.count():
            self.road.photograph(self.page, "code")
            code.fill(sent_code(self.road.scenario.product, self.ref, self.party))
            self._send()
        told = self.page.inner_text("main")
        assert f"/moves/{move}" not in self.page.url, told
        self.road.scenario.post()
        self.road.photograph(self.page, f"{move}-done")
        return told

    def presses(self, button: str) -> None:
        """Press a button, and wait for the next page."""
        with self.page.expect_navigation():
            self.page.click(button)

    def _send(self) -> None:
        self.presses(SEND)

    def _fill(self, said: Mapping[str, Any], within: str = "") -> None:
        for name, value in said.items():
            if isinstance(value, Mapping):
                self._fill(value, f"{within}{name}.")
            else:
                self._say(f"{within}{name}", value)
        if self.page.locator(f"[name={READ}]").count():
            self.page.check(f"[name={READ}]")

    def _say(self, name: str, value: Any) -> None:
        field: Locator = self.page.locator(f"main form [name='{name}']")
        kind = field.first.evaluate("field => field.type")
        if kind in ("radio", "checkbox"):
            for each in value if isinstance(value, list) else [value]:
                chosen = str(each).lower() if isinstance(each, bool) else each
                self.page.check(f"main form [name='{name}'][value='{chosen}']")
        elif kind.startswith("select"):
            field.select_option(value)
        elif kind != "hidden":
            field.fill(value)
