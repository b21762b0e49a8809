"""The audit finds known weaknesses of releases, and lines that look like secrets."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from infra import audit
from infra.audit import Advisory, Audited, Secret
from tests.infra.running import free_port

WEAK = {
    "id": "GHSA-aaaa-bbbb-cccc",
    "aliases": ["CVE-2026-0001"],
    "summary": "it can be made to fail",
    "modified": "2026-11-01T00:00:00Z",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "six"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.18.0"}]}],
        }
    ],
}
FOUND = Advisory("six", "1.17.0", ("CVE-2026-0001", "GHSA-aaaa-bbbb-cccc"), ("1.18.0",))


@contextmanager
def source(answers: dict[str, Any]) -> Iterator[str]:
    """Serve these answers as a source of advisories, by the name of the package; yield its address."""

    class AdvisoryHandler(BaseHTTPRequestHandler):
        """A handler that answers each query with the advisories of its package."""

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(answers.get(asked["package"]["name"], {})).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Print no line for a request."""

    server = HTTPServer(("127.0.0.1", free_port()), AdvisoryHandler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def pinned(tmp_path: Path) -> Path:
    """A pins file with one release."""
    (tmp_path / "pins.txt").write_text(f"six==1.17.0 --hash=sha256:{'a' * 64}\n")
    return tmp_path / "pins.txt"


def test_a_known_weakness_is_found(pinned: Path) -> None:
    """The audit reports the ids of the advisory and the release that mends it; a release without advisory is
    not reported."""
    with source({"six": {"vulns": [WEAK]}}) as address:
        assert audit.audited([pinned], address) == Audited([FOUND], [])
    with source({}) as address:
        assert audit.audited([pinned], address) == Audited([], [])


def test_a_source_that_cannot_be_reached_is_told_and_the_rest_goes_on(
    pinned: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unreachable source is printed in one line and is no finding."""
    answer = audit.audited([pinned], f"http://127.0.0.1:{free_port()}/v1/query")
    assert answer is None
    assert [*audit.told_of_advisories(answer, {})] == []
    assert capsys.readouterr().out.count("\n") == 1


def test_pins_that_cannot_be_read_end_the_audit(tmp_path: Path) -> None:
    """Unreadable pins end the audit; they do not count as an unreachable source."""
    (tmp_path / "pins.txt").write_text("six==1.17.0\n")
    with pytest.raises(SystemExit, match="pip-audit failed"):
        audit.audited([tmp_path / "pins.txt"], "http://127.0.0.1:1/v1/query")


@pytest.mark.parametrize("known", FOUND.ids)
def test_an_exception_names_a_weakness_by_any_of_its_ids(known: str) -> None:
    """An exception may use any id of the weakness."""
    assert [*audit.told_of_advisories(Audited([FOUND], []), {known: "not reached"})] == []


def test_audit_reports_weaknesses_and_idle_exceptions() -> None:
    """A weakness without exception and an exception without weakness are both reported, with the remedy."""
    [weak, idle] = audit.told_of_advisories(Audited([FOUND], []), {"CVE-1": "gone"})
    assert weak.startswith("six 1.17.0 has a known weakness, CVE-2026-0001 or GHSA-aaaa-bbbb-cccc")
    assert weak.endswith("mended in 1.18.0")
    assert idle == "the exception for CVE-1 is needed no more"


def test_a_release_that_the_source_does_not_know_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A release unknown to the source is printed; then no exception is reported as needless."""
    assert [*audit.told_of_advisories(Audited([], ["six"]), {"CVE-1": "maybe"})] == []
    assert "does not know six" in capsys.readouterr().out


def test_a_secret_in_a_file_is_found_and_its_words_are_not_told(tmp_path: Path) -> None:
    """A key of AWS, a password and a private key are found; an ordinary line is not. The secret itself is
    not printed."""
    key = "AKIA" + "QYLPMN5HFIQR7BBB"
    begun = "-----BEGIN RSA " + "PRIVATE KEY-----"
    (tmp_path / "a.py").write_text(f"x = 1\naws = '{key}'\npassword = 'hunter2-{key[:6]}'\n{begun}\n")
    found = [*audit.secrets(tmp_path, ["a.py"])]
    assert {one.number for one in found} == {2, 3, 4}
    told = [*audit.told_of_secrets(found, ())]
    assert len(told) == len(found)
    assert key not in "".join(told)


def test_an_exception_holds_for_its_files_and_lines_alone() -> None:
    """An exception covers its own files and lines only; one that covers no line is reported."""
    excepted = [{"file": "tests/*.py", "line": "^password"}, {"file": "b.py", "line": "x"}]
    lines = [
        Secret("tests/a.py", 1, "password = 1", "k"),
        Secret("tests/a.py", 2, "token = 1", "k"),
        Secret("c.py", 1, "password = 1", "k"),
    ]
    assert [*audit.told_of_secrets(lines, excepted)] == [
        "tests/a.py:2 looks like a secret (k)",
        "c.py:1 looks like a secret (k)",
        "the exception for x in b.py is needed no more",
    ]


def test_every_exception_has_a_reason() -> None:
    """Each exception in the exceptions file has a reason of more than ten characters."""
    excepted = tomllib.loads(audit.EXCEPTIONS.read_text("utf-8"))
    assert all(len(reason) > 10 for reason in excepted["advisories"].values())
    assert all(len(one["reason"]) > 10 for one in excepted["secrets"])


def component(name: str, *licences: dict[str, Any]) -> dict[str, Any]:
    """Return a component of a bill of materials."""
    return {"name": name, "licenses": licences}


@pytest.mark.parametrize(
    ("licences", "agreed"),
    [
        ([{"license": {"id": "MIT"}}], True),
        ([{"license": {"name": "BSD License"}}, {"license": {"id": "Apache-2.0"}}], True),
        ([{"expression": "GPL-3.0-only OR MIT AND OFL-1.1"}], True),
        ([{"expression": "MIT AND GPL-3.0-only"}], False),
        ([{"license": {"id": "MIT"}}, {"license": {"id": "AGPL-3.0-only"}}], False),
        ([{"license": {"name": "unknown"}}], False),
    ],
)
def test_licence_needs_our_agreement(licences: list[dict[str, Any]], agreed: bool) -> None:
    """Each licence of a part has to be one of ours, and one way of a choice has to be whole."""
    told = list(audit.told_of_licences([component("one", *licences)], {}))
    assert not told if agreed else "one has the licence" in told[0]


def test_exception_for_a_licence_is_used_or_told() -> None:
    """An exception excuses its part, and one that excuses nothing is told."""
    parts = [component("one", {"license": {"id": "MPL-2.0"}}), component("two", {"license": {"id": "MIT"}})]
    assert list(audit.told_of_licences(parts, {"one": "why"})) == []
    assert list(audit.told_of_licences(parts, {"one": "why", "two": "why"})) == [
        "the exception for the licence of two is needed no more"
    ]


def test_what_ships_has_licences_that_we_agreed_to(out: Path) -> None:
    """Each part of the package and its layers has a licence of ours, or an exception with a reason."""
    excepted = tomllib.loads(audit.EXCEPTIONS.read_text("utf-8"))["licences"]
    parts = json.loads((out / "sbom.json").read_text("utf-8"))["components"]
    assert list(audit.told_of_licences(parts, excepted)) == []
    assert all(reason for reason in excepted.values())
