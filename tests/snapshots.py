"""The pages and answers that each reader of each life in `tests/life` sees after each move, written to a
folder.

    python -m tests.snapshots build/before      (then change the read side)
    python -m tests.snapshots build/after
    diff -r build/before build/after

A file holds one life for one reader: the consumer, each other party, or staff with every role. It has the
pages in both languages and the API's answers; all mails of the life are in a file of their own. Random
values (numbers, ids, digests, tokens) are replaced by their order of appearance. A page is written only when
it has changed."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from datetime import timedelta
from functools import wraps
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from chalicelib.aws.sessions import Sessions
from chalicelib.domain.calendar import stamp
from chalicelib.domain.model.case import Case
from chalicelib.web import signin
from chalicelib.web.callers import CASE_COOKIE
from tests.scenario import ROLES, Scenario

FOLDER = "SNAPSHOTS"
DRAWN = re.compile(
    r"(?<![0-9A-Za-z-])(\d{4}-\d{4}-\d{4}|\d{12}|[0-9A-HJKMNP-TV-Z]{26}(?:[0-9a-f]{16})?"
    r"|[0-9a-f]{64}|[0-9a-f]{8}"
    r"|p\d+-\d+-[a-z2-7]{26}|[\w-]{22}(?=\">))(?![0-9A-Za-z])"
)
PAGES = ("/case", "/case/agreement", "/case/files")
ANSWERS = ("", "/timeline", "/deadlines", "/files")
DESK = ("", "/timeline", "/letters", "/agreement", "/files")
BOSS = "boss"


class Album:
    """The snapshots of one life, for each of its readers."""

    def __init__(self, folder: Path, client: Any, scenario: Scenario) -> None:
        self.folder, self.client, self.scenario = folder, client, scenario
        self.drawn, self.before, self.files = (
            dict[str, str](),
            dict[tuple[str, str], str](),
            dict[str, list[str]](),
        )

    def look(self, case: Case, after: str) -> None:
        """Record the pages and answers of every reader after a move."""
        for reader, path, headers in self._asked(case):
            answer = self.client.http.get(path, headers=headers)
            self._keep(
                reader,
                f"{path} {headers.get('Cookie', '')[-2:]}".strip(),
                after,
                answer.status_code,
                answer.body.decode(),
            )

    def close(self) -> None:
        """Write the snapshots and the mails."""
        mails = [f"{mail['to']}: {mail['subject']}\n{mail['text']}" for mail in self.scenario.sent()]
        self.files["mails"] = [self._counted(mail) for mail in mails]
        self.folder.mkdir(parents=True, exist_ok=True)
        for reader, seen in self.files.items():
            (self.folder / f"{reader}.txt").write_text("\n\n".join(seen))

    def _asked(self, case: Case) -> Iterator[tuple[str, str, dict[str, str]]]:
        for party in case.parties:
            token = self.scenario.product.links.token(case.ref, party.id, party.generation)
            for path in ANSWERS:
                yield party.id, f"/v1/cases/{case.ref}{path}", {"Authorization": f"Bearer {token}"}
            for path in PAGES:
                for language in ("zh", "en"):
                    yield (
                        party.id,
                        path,
                        {"Cookie": f"{CASE_COOKIE}={case.ref}.{token}; __Host-lang={language}"},
                    )
        groups = [f"role:{role}" for role in sorted({*ROLES.values()})] + ["team:general"]
        kept = {"sub": BOSS, "groups": groups, "since": stamp(self.scenario.time)}
        Sessions().keep(signin.SESSION, BOSS, kept, self.scenario.time + timedelta(days=400))
        for path in DESK:
            for language in ("zh", "en"):
                yield (
                    BOSS,
                    f"/desk/cases/{case.ref}{path}",
                    {"Cookie": f"__Host-desk={BOSS}; __Host-lang={language}"},
                )

    def _keep(self, reader: str, asked: str, after: str, status: int, body: str) -> None:
        text = (
            json.dumps(json.loads(body), indent=1, ensure_ascii=False)
            if body.startswith("{")
            else unescape(body)
        )
        text = self._counted(f"{status} {text}")
        if self.before.get((reader, asked)) != text:
            self.before[reader, asked] = text
            self.files.setdefault(reader, []).append(f"=== {self._counted(asked)} after {after}\n{text}")

    def _counted(self, text: str) -> str:
        return DRAWN.sub(lambda found: self.drawn.setdefault(found[0], f"<{len(self.drawn)}>"), text)


@pytest.fixture(autouse=True)
def album(
    request: pytest.FixtureRequest,
    nothing_of_a_person_is_where_it_does_not_belong: None,
    client: Any,
    scenario: Scenario,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    """Record each life of `tests/life` after each move."""
    book = Album(Path(os.environ[FOLDER]) / re.sub(r"\W+", "_", request.node.name), client, scenario)
    for name in ("submit", "move"):
        monkeypatch.setattr(Scenario, name, _looking(book, getattr(Scenario, name)))
    yield
    book.close()


def _looking(book: Album, take: Any) -> Any:
    @wraps(take)
    def taken(scenario: Scenario, *said: Any, **more: Any) -> Case:
        case: Case = take(scenario, *said, **more)
        book.look(case, take.__name__ if take.__name__ == "submit" else said[1])
        return case

    return taken


if __name__ == "__main__":
    os.environ[FOLDER] = str(Path(sys.argv[1]).resolve())
    sys.exit(
        pytest.main(
            ["-q", "-p", "tests.snapshots", "-p", "no:cacheprovider", "-n", "2", "tests/life", *sys.argv[2:]]
        )
    )
