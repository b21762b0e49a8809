"""A mailbox on the local machine, by IMAP over TLS with a certificate of the test's own authority. It speaks
the part of RFC 3501, RFC 6851 (MOVE) and RFC 4315 (UID EXPUNGE) that a client needs to empty a folder."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import sleep
from typing import Any

from tests.hooks.receiver import certificates

USER, LETS_IN = "complaints@house.example", 'pass "word" \\ 1'
ARGUMENT = re.compile(rb'"((?:[^"\\]|\\.)*)"|(\([^)]*\)|[^ ]+)')
BODY = re.compile(rb"BODY\.PEEK\[\]<0\.(\d+)>", re.IGNORECASE)


@dataclass
class StoredMail:
    """A mail in a folder. `withheld`: the server refuses to give it."""

    raw: bytes
    deleted: bool = False
    withheld: bool = False


@dataclass
class Account:
    """A mailbox with its folders. `before` gets each command by its name and may raise: OSError drops the
    connection, and ValueError refuses the command with its text. `said` are the commands that came."""

    folders: dict[str, dict[int, StoredMail]] = field(default_factory=lambda: {"INBOX": {}, "Taken": {}})
    validity: int | None = 7
    able: str = "IMAP4rev1 MOVE UIDPLUS"
    before: Callable[[str], Any] = lambda name: None
    said: list[str] = field(default_factory=list)
    next_uid: int = 1

    def add(self, raw: bytes, folder: str = "INBOX", **more: bool) -> int:
        """Put a mail into a folder, and return its UID."""
        uid, self.next_uid = self.next_uid, self.next_uid + 1
        self.folders[folder][uid] = StoredMail(raw, **more)
        return uid

    def held(self, folder: str) -> list[bytes]:
        """Return the mails in a folder that are not deleted."""
        return [mail.raw for mail in self.folders[folder].values() if not mail.deleted]


class Session:
    """One connection to an account."""

    def __init__(self, account: Account, line: Any) -> None:
        self.account, self.line, self.folder, self.user = account, line, "", False

    def serve(self) -> None:
        """Answer commands until the client leaves."""
        self.account.before("connect")
        self.line.write(b"* OK ready\r\n")
        while command := self.line.readline():
            tag, _, rest = command.strip().partition(b" ")
            words = [
                re.sub(rb"\\(.)", rb"\1", quoted) if quoted or not other else other
                for quoted, other in ARGUMENT.findall(rest)
            ]
            name = words.pop(0).decode().upper()
            if name == "UID":
                name = f"UID {words.pop(0).decode().upper()}"
            self.account.said.append(name)
            try:
                self.account.before(name)
                answer = getattr(self, name.lower().replace(" ", "_"))(*words) or "done"
                self.line.write(b"%s OK %s\r\n" % (tag, answer.encode()))
            except ValueError as refusal:
                self.line.write(b"%s NO %s\r\n" % (tag, str(refusal).encode()))
            if name == "LOGOUT":
                return

    @property
    def selected_mails(self) -> dict[int, StoredMail]:
        """The mails of the selected folder, by UID."""
        return self.account.folders[self.folder]

    def capability(self) -> None:
        """List what the server can do; more after the login, as many servers do."""
        able = self.account.able if self.user else "IMAP4rev1"
        self.line.write(f"* CAPABILITY {able}\r\n".encode())

    def login(self, user: bytes, password: bytes) -> None:
        """Let the owner in."""
        if (user.decode(), password.decode()) != (USER, LETS_IN):
            raise ValueError("[AUTHENTICATIONFAILED] wrong password of complaints@house.example")
        self.user = True

    def id(self, _: bytes) -> None:
        """Take the name of the client."""

    def status(self, folder: bytes, _: bytes) -> None:
        """Say how many mails a folder has."""
        self._existing(folder)
        self.line.write(b'* STATUS "%s" (MESSAGES 0)\r\n' % folder)

    def select(self, folder: bytes) -> str:
        """Open a folder."""
        self.folder = self._existing(folder)
        self.line.write(b"* %d EXISTS\r\n* FLAGS (\\Deleted \\Seen)\r\n" % len(self.selected_mails))
        if self.account.validity is not None:
            self.line.write(b"* OK [UIDVALIDITY %d] valid\r\n" % self.account.validity)
        return "[READ-WRITE] done"

    def fetch(self, numbers: bytes, _: bytes) -> None:
        """Tell UIDs, flags and sizes."""
        first, last = map(int, numbers.split(b":"))
        for n, (uid, one) in [*enumerate(self.selected_mails.items(), 1)][first - 1 : last]:
            flags = rb"\Deleted" if one.deleted else rb"\Seen"
            self.line.write(
                b"* %d FETCH (FLAGS (%s) UID %d RFC822.SIZE %d)\r\n" % (n, flags, uid, len(one.raw))
            )

    def uid_fetch(self, uid: bytes, what: bytes) -> None:
        """Give the beginning of a mail."""
        found = BODY.search(what)
        assert found
        if one := self.selected_mails.get(int(uid)):
            if one.withheld:
                raise ValueError("cannot be read")
            part = one.raw[: int(found[1])]
            self.line.write(b"* 1 FETCH (UID %s BODY[]<0> {%d}\r\n%s)\r\n" % (uid, len(part), part))

    def uid_copy(self, uid: bytes, folder: bytes) -> None:
        """Copy a mail to another folder."""
        if one := self.selected_mails.get(int(uid)):
            self.account.add(one.raw, self._existing(folder))

    def uid_store(self, uid: bytes, what: bytes, flags: bytes) -> None:
        """Mark a mail as deleted."""
        assert (what, flags) == (b"+FLAGS.SILENT", rb"(\Deleted)")
        self.selected_mails[int(uid)].deleted = True

    def uid_expunge(self, uid: bytes) -> None:
        """Remove a mail that is marked."""
        if self.selected_mails[int(uid)].deleted:
            del self.selected_mails[int(uid)]

    def expunge(self) -> None:
        """Remove all mails that are marked."""
        for uid in [uid for uid, one in self.selected_mails.items() if one.deleted]:
            del self.selected_mails[uid]

    def uid_move(self, uid: bytes, folder: bytes) -> None:
        """Move a mail to another folder."""
        self.uid_copy(uid, folder)
        self.selected_mails.pop(int(uid), None)

    def logout(self) -> None:
        """Say good-bye."""
        self.line.write(b"* BYE bye\r\n")

    def _existing(self, folder: bytes) -> str:
        if folder.decode() not in self.account.folders:
            raise ValueError("[NONEXISTENT] no such folder")
        return folder.decode()


@contextmanager
def serving(account: Account, name: str = "localhost") -> Iterator[int]:
    """Run a server of this mailbox, with a certificate for `name`. Yield its port."""
    listening = socket.create_server(("127.0.0.1", 0))

    def take(raw: socket.socket) -> None:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # a line does not wait for the one before
        with suppress(OSError), certificates(name).serving.wrap_socket(raw, server_side=True) as wrapped:
            wrapped.settimeout(10)
            with wrapped.makefile("rwb", buffering=0) as line:
                Session(account, line).serve()

    def listen() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=take, args=(listening.accept()[0],), daemon=True).start()

    threading.Thread(target=listen, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def trusting(name: str = "localhost") -> ssl.SSLContext:
    """Return the settings of TLS of a client that trusts the server."""
    return certificates(name).trusting


def hangs(at: str) -> Callable[[str], None]:
    """Return a behaviour of a server that does not answer the command `at`."""
    return lambda name: sleep(8) if name == at else None
