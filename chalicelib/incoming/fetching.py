"""Fetching of mails from a mailbox by IMAP (RFC 3501), where no SES takes them. Each mail goes to the store
of mails that arrived, and is taken from there like any other.

A mail leaves its folder only once it is stored, so a run that breaks off loses nothing. What it has stored
already is stored again under the same key, and a mail that was taken before changes nothing."""

import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from imaplib import IMAP4, IMAP4_SSL
from typing import Any
from urllib.parse import unquote, urlsplit

from chalicelib.cases.casework import Unavailable
from chalicelib.domain.frozen import frozen

IMAPS = 993
"""The port of IMAP by TLS, if the address of a mailbox names none."""
WAITS_S = 10
"""How many seconds the server may take to connect, and for each part of an answer."""
MOST, MOST_BYTES = 100, 100_000_000
"""The most mails that a run looks at, and how many bytes it fetches in all. A single mail may be larger."""
BEGINS_MS = 45_000
"""For how many milliseconds a run begins further mails. Then the next run goes on."""
ASKED = "(UID FLAGS RFC822.SIZE)"
"""What is asked about each mail before it is fetched."""
UID, SIZE = re.compile(rb"\bUID (\d+)", re.IGNORECASE), re.compile(rb"\bRFC822\.SIZE (\d+)", re.IGNORECASE)
CODE = re.compile(r"\[([A-Z-]+)")
"""The code in a refusal (RFC 5530), such as AUTHENTICATIONFAILED."""


@frozen
class Mailbox:
    """The folder of a mailbox. Stored mails are moved from `folder` to the folder `taken`; both names are as
    IMAP writes them."""

    host: str
    port: int
    user: str
    folder: str
    taken: str

    @classmethod
    def of(cls, address: str, taken: str) -> "Mailbox":
        """Return the mailbox at an address such as "imaps://user@host:993/INBOX"."""
        found = urlsplit(address)
        folder = unquote(found.path[1:]) or "INBOX"
        return cls(str(found.hostname), found.port or IMAPS, unquote(found.username or ""), folder, taken)


@frozen
class Fetching:
    """Moves mails from a mailbox to the store. `password` and `store` may raise Unavailable. `store` takes an
    id, under which a mail replaces what was stored before, and the bytes of the mail. Of a mail with more
    than `largest` bytes only one byte more than that is fetched, so that the store shows that it is too
    large."""

    mailbox: Mailbox
    password: Callable[[], str]
    store: Callable[[str, bytes], None]
    largest: int
    context: Callable[[], ssl.SSLContext] = ssl.create_default_context

    def run(self, left_ms: Callable[[], int]) -> None:
        """Fetch the mails that wait, the oldest first. `left_ms` returns the remaining milliseconds of the
        run. Raises Unavailable if the server or the store fails, or if the server does not give a mail; the
        mails after that one are fetched nevertheless."""
        until, password = left_ms() - BEGINS_MS, self.password()
        try:
            with self._connected() as server:
                withheld = self._fetched(server, password, lambda: left_ms() > until)
        except (OSError, IMAP4.error, UnicodeError) as error:
            # The text of an error comes from the server and may name people.
            code = CODE.search(str(error))
            why = f"{type(error).__name__} {code[1] if code else ''}".strip()
            raise Unavailable(f"mailbox at {self.mailbox.host}: {why}") from None
        if withheld:
            raise Unavailable(f"mailbox at {self.mailbox.host}: {withheld} mails not given")

    @contextmanager
    def _connected(self) -> Iterator[IMAP4_SSL]:
        box = self.mailbox
        server = IMAP4_SSL(box.host, box.port, ssl_context=self.context(), timeout=WAITS_S)
        try:
            yield server
            with suppress(OSError, IMAP4.error):  # all is done
                server.logout()
        finally:
            with suppress(OSError):
                server.shutdown()

    def _fetched(self, server: IMAP4_SSL, password: str, begins: Callable[[], bool]) -> int:
        """Fetch mails until the bounds of a run are reached. Return how many the server did not give."""
        server.login(_quoted(self.mailbox.user), password)
        able = _done(server.capability())[0].split()
        if b"ID" in able:  # NetEase opens no folder for a client without a name
            server.xatom("ID", '("name" "redress")')
        taken = _quoted(self.mailbox.taken)
        _done(server.status(taken, "(MESSAGES)"))  # fetch nothing if it cannot be moved
        exist = int(_done(server.select(_quoted(self.mailbox.folder)))[0])
        validity = server.response("UIDVALIDITY")[1][0]
        if not validity:
            raise IMAP4.error("no UIDVALIDITY")
        waiting = _waiting(_done(server.fetch(f"1:{min(exist, MOST)}", ASKED))) if exist else []
        fetched = withheld = 0
        for uid, size in waiting:
            if not begins() or (fetched and fetched + size > MOST_BYTES):
                break
            said, parts = server.uid("FETCH", uid, f"(BODY.PEEK[]<0.{self.largest + 1}>)")
            mail = next((part[1] for part in parts if isinstance(part, tuple)), None)
            if said != "OK" or mail is None:
                withheld += 1
                continue
            fetched += len(mail)
            box = self.mailbox
            whole = f"{box.host}\n{box.user}\n{box.folder}\n{int(validity)}\n{uid}"
            self.store(sha256(whole.encode()).hexdigest()[:32], mail)
            _move(server, uid, taken, able)
        return withheld


def _waiting(rows: list[Any]) -> list[tuple[str, int]]:
    """Return the UIDs and sizes of mails that were not deleted, the oldest first."""
    found = dict[int, int]()
    for row in rows:
        uid, size = UID.search(row or b""), SIZE.search(row or b"")
        if uid and size and b"\\deleted" not in row.lower():
            found[int(uid[1])] = int(size[1])
    return [(str(uid), found[uid]) for uid in sorted(found)]


def _move(server: IMAP4_SSL, uid: str, to: str, able: list[bytes]) -> None:
    """Move a mail to the folder `to`. `able`: what the server can do beyond RFC 3501."""
    if b"MOVE" in able:
        _done(server.uid("MOVE", uid, to))
        return
    _done(server.uid("COPY", uid, to))
    _done(server.uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)"))
    _done(server.uid("EXPUNGE", uid) if b"UIDPLUS" in able else server.expunge())


def _done(answer: tuple[str, list[Any]]) -> list[Any]:
    """Return the data of an answer. Raises IMAP4.error if it refuses."""
    said, data = answer
    if said != "OK":
        raise IMAP4.error(str(data[0]))
    return data


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
