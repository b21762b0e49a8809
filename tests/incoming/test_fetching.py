"""Fetching of mails by IMAP: each is stored once and then moved, whatever the server does in between."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.cases.casework import Unavailable
from chalicelib.incoming import fetching
from chalicelib.incoming.fetching import MOST, MOST_BYTES, Fetching, Mailbox
from tests.incoming.imap_server import LETS_IN, USER, Account, hangs, serving, trusting

LARGEST = 1000


class Box:
    """A mailbox with a client that fetches from it. `stored` are the stored mails by id."""

    def __init__(self, account: Account, port: int) -> None:
        self.account, self.stored, self.port = account, dict[str, bytes](), port
        self.folder = "INBOX"

    def run(self, password: str = LETS_IN, store: Any = None, left: Callable[[], int] | None = None) -> None:
        """Fetch once."""
        box = Mailbox("localhost", self.port, USER, self.folder, "Taken")
        to = store or self.stored.__setitem__
        Fetching(box, lambda: password, to, LARGEST, trusting).run(left or (lambda: 300_000))

    @property
    def mails(self) -> list[bytes]:
        """The stored mails, in their order."""
        return [*self.stored.values()]


@pytest.fixture
def box() -> Iterator[Box]:
    """A mailbox that is served."""
    account = Account()
    with serving(account) as port:
        yield Box(account, port)


def test_mails_are_stored_and_moved_oldest_first(box: Box) -> None:
    """The client stores each mail byte for byte, and moves the same bytes to the other folder."""
    sent = [b"Subject: \xff\xfe\r\n\r\n)\r\na1 OK\r\n", b"\x00\r\n", b"Subject: 3\r\n\r\n"]
    for raw in sent:
        box.account.add(raw)
    box.run()
    assert box.mails == sent
    assert box.account.held("INBOX") == []
    assert box.account.held("Taken") == sent
    box.run()
    assert box.mails == sent


def test_mail_that_was_read_or_marked_by_others(box: Box) -> None:
    """A mail that somebody has read is fetched like any other. One that somebody has deleted is not."""
    box.account.add(b"deleted", deleted=True)
    box.account.add(b"read")
    box.run()
    assert box.mails == [b"read"]


@pytest.mark.parametrize("able", ["IMAP4rev1", "IMAP4rev1 UIDPLUS", "IMAP4rev1 ID"])
def test_server_without_move(box: Box, able: str) -> None:
    """The mail is copied, and removed afterwards. A server that wants the client's name gets it first."""
    box.account.able = able
    box.account.add(b"one")
    box.account.add(b"two")
    box.run()
    assert box.mails == box.account.held("Taken") == [b"one", b"two"]
    assert box.account.folders["INBOX"] == {}
    assert ("ID" in box.account.said) == ("ID" in able.split())


def test_too_large_mail_is_stored_cut(box: Box) -> None:
    """One byte more than the limit shows the store that it is too large."""
    box.account.add(b"x" * (LARGEST + 500))
    box.account.add(b"y" * LARGEST)
    box.run()
    assert box.mails == [b"x" * (LARGEST + 1), b"y" * LARGEST]


def test_mail_stays_until_it_is_stored(box: Box) -> None:
    """A store that is away leaves the mail where it is."""

    def away(*_: Any) -> None:
        raise Unavailable("file store")

    box.account.add(b"one")
    with pytest.raises(Unavailable, match="file store"):
        box.run(store=away)
    assert box.account.held("INBOX") == [b"one"]
    box.run()
    assert box.mails == [b"one"]


def test_mail_that_was_not_moved_replaces_itself(box: Box) -> None:
    """A connection that breaks between store and move makes a repeat under the same id."""

    def drops(name: str) -> None:
        if name == "UID MOVE":
            raise OSError

    box.account.add(b"one")
    box.account.before = drops
    with pytest.raises(Unavailable):
        box.run()
    assert box.account.held("INBOX") == box.mails
    box.account.before = lambda name: None
    box.run()
    assert box.mails == [b"one"]


def test_other_numbering_makes_other_ids(box: Box) -> None:
    """A server with new numbers can give a mail the number of an earlier one. The client stores both. The
    same holds for another folder."""
    for n, (validity, folder) in enumerate([(7, "INBOX"), (8, "INBOX"), (8, "Other")]):
        box.account.validity, box.account.next_uid, box.folder = validity, 5, folder
        box.account.folders.setdefault(folder, {})
        box.account.add(b"%d" % n, folder)
        box.run()
    assert box.mails == [b"0", b"1", b"2"]


def test_server_without_numbering_is_not_fetched_from(box: Box) -> None:
    """The mail numbers of a server without UIDVALIDITY mean nothing at the next connection."""
    box.account.validity = None
    box.account.add(b"one")
    with pytest.raises(Unavailable):
        box.run()
    assert box.mails == []


def test_run_is_bounded_and_the_next_goes_on(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    """By number, bytes and time. At least one mail is fetched, however large."""
    for n in range(MOST + 5):
        box.account.add(b"%03d" % n)
    box.run()
    assert len(box.mails) == MOST
    ticks = iter([300_000, 299_000, 250_000])
    box.run(left=lambda: next(ticks))
    assert len(box.mails) == MOST + 1
    monkeypatch.setattr(fetching, "MOST_BYTES", 6)
    box.run()
    assert box.mails[MOST + 1 :] == [b"101", b"102"]
    box.account.add(b"x" * 10)
    for _ in range(2):
        box.run()
    assert box.mails[-1] == b"x" * 10
    assert MOST_BYTES > LARGEST


def test_mail_that_is_not_given_delays_no_other(box: Box) -> None:
    """The run fails, so that somebody looks, and the mails after it are stored."""
    box.account.add(b"bad", withheld=True)
    box.account.add(b"good")
    with pytest.raises(Unavailable, match="1 mails not given"):
        box.run()
    assert box.mails == [b"good"]
    assert box.account.held("INBOX") == [b"bad"]


def test_missing_folder_is_found_before_anything_is_stored(box: Box) -> None:
    """The run stops first, because otherwise every run would store the same mails again."""
    del box.account.folders["Taken"]
    box.account.add(b"one")
    with pytest.raises(Unavailable, match="NONEXISTENT"):
        box.run()
    assert box.mails == []


def test_wrong_password_is_told_without_it(box: Box) -> None:
    """The error names the server and the code of its answer, and no words of the server."""
    with pytest.raises(Unavailable) as found:
        box.run("secret")
    assert str(found.value) == "mailbox at localhost: error AUTHENTICATIONFAILED"
    with pytest.raises(Unavailable):
        box.run("密码")


@pytest.mark.parametrize(
    "at", ["connect", "LOGIN", "CAPABILITY", "STATUS", "SELECT", "FETCH", "UID FETCH", "UID MOVE"]
)
@pytest.mark.parametrize("how", ["drops", "hangs"])
def test_server_that_breaks_off_loses_nothing(
    box: Box, at: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it hangs or drops the connection, the next run has all mails."""
    monkeypatch.setattr(fetching, "WAITS_S", 0.3)

    def drops(name: str) -> None:
        if name == at:
            raise OSError

    box.account.add(b"one")
    box.account.add(b"two")
    box.account.before = drops if how == "drops" else hangs(at)
    with pytest.raises(Unavailable):
        box.run()
    box.account.before = lambda name: None
    box.run()
    assert sorted(box.mails) == [b"one", b"two"]
    assert box.account.held("INBOX") == []


def test_end_that_is_dropped_is_no_fault(box: Box) -> None:
    """A connection that breaks at the logout is no fault, because the mail is already stored."""

    def drops(name: str) -> None:
        if name == "LOGOUT":
            raise OSError

    box.account.add(b"one")
    box.account.before = drops
    box.run()
    assert box.mails == [b"one"]


def test_server_with_another_certificate_gets_no_password() -> None:
    """The client sends no command to a server whose certificate has another name and issuer."""
    account = Account()
    with serving(account, "other.example") as port:
        box = Box(account, port)
        with pytest.raises(Unavailable):
            box.run()
    assert account.said == []


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("imaps://li@mx.example", Mailbox("mx.example", 993, "li", "INBOX", "T")),
        ("imaps://a@b.example@mx.example:994/A%20b", Mailbox("mx.example", 994, "a@b.example", "A b", "T")),
    ],
)
def test_address_of_mailbox(address: str, found: Mailbox) -> None:
    """User names are often addresses themselves."""
    assert Mailbox.of(address, "T") == found


def test_folder_and_password_are_quoted(box: Box) -> None:
    """A name with spaces and quotation marks is one word."""
    box.folder = 'A "b" \\c'
    box.account.folders[box.folder] = {}
    box.account.add(b"one", box.folder)
    box.run()
    assert json.dumps([*map(bytes.decode, box.mails)]) == '["one"]'
