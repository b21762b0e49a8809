"""The delivery of letters. A worker claims a letter, renders it, sends it once by mail or as a short message,
and records that. A letter that cannot be sent ends with the reason. If such a letter is important, staff read
it to the recipient on the phone. A letter is important if it opens a window of a party, or carries a decision
for a party.

There are three kinds of failure. If the address refuses mail, the letter ends at once. If no mail can leave
at all, one letter per minute is tried, and failed tries of a letter are not counted. If the text cannot be
rendered, the letter is tried more and more rarely. It is then held until an officer has looked at it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import chain
from typing import Any, NamedTuple, Protocol

from chalicelib.access.authorization import CLOCK, STAFF, NotFound
from chalicelib.access.links import Links
from chalicelib.cases.casework import Casework, Dossier, Forged, Newer, Unavailable
from chalicelib.delivery.daily_digest import DailyDigest, WaitingLines
from chalicelib.delivery.slots import Slots
from chalicelib.domain.addresses import mailbox
from chalicelib.domain.calendar import SHANGHAI, instant, published, stamp
from chalicelib.domain.engine.deadlines import due
from chalicelib.domain.engine.lateness import apology_at
from chalicelib.domain.engine.letters_owed import delivered_late, left
from chalicelib.domain.engine.overtaken import overtaken, unsent
from chalicelib.domain.engine.sending_limits import (
    A_DAY,
    CASES_A_DAY,
    CODE,
    CODE_GOOD_FOR,
    CONFIRM,
    EXPIRING,
    HOOK,
    MISSING,
    ON_REQUEST,
    RECEIPT,
    UNCONFIRMED_A_DAY,
    matters,
    next_morning,
)
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.holds import MAIL
from chalicelib.domain.model.case import LINK, Case, Refusal
from chalicelib.domain.model.case_records import CallTask, departed
from chalicelib.domain.model.change import Change
from chalicelib.domain.model.codes import Fault, Role, Side, Undelivered, Way
from chalicelib.domain.model.letters import DIGEST, letter_of
from chalicelib.domain.model.referral import referred
from chalicelib.domain.moves.call_tasks import (
    BY_POST,
    READ,
    by_post,
    letter_failed,
    letter_late,
    record_telling,
)
from chalicelib.domain.outages import LATE
from chalicelib.domain.policy import policy
from chalicelib.domain.reference import shown
from chalicelib.domain.roster import Member, Roster
from chalicelib.letters import Attachment, Rendered, abroad, ics, render, without_links
from chalicelib.letters.short import confirming, message_text, warning
from chalicelib.letters.spoken import spoken
from chalicelib.locale.formats import joined, kind
from chalicelib.logs import log
from chalicelib.view.signs import also, reasons

AGAIN, AT_LAST = timedelta(minutes=2), timedelta(minutes=16)
"""The delay before a letter is tried again. The first delay is the first value. Each try doubles the delay,
up to the second value."""
LEAVING = frozenset({"owed", "sending", "failing"})
"""The states of a letter that may still leave. It has no text yet, because its dates are those of the moment
at which it leaves."""
ENDED = frozenset({"failing", "skipped", "given up", "bounced"})
"""The states of a letter that has not arrived and will not arrive."""
NEWER = 50
"""The number of newest letters of a case among which a later letter of the same kind is searched."""
CALLED = "telling"
"""The way of a letter that staff read out or post."""
LONG_MS = 20_000
"""If less time than this is left (milliseconds), no letter is begun. The provider may take ten seconds to
answer. After the answer, there must be time to record that the letter was sent."""
NEXT = {
    Role.INTAKE: Role.LEAD,
    Role.INVESTIGATOR: Role.LEAD,
    Role.FOLLOWUP: Role.LEAD,
    Role.LEAD: Role.SUPERVISOR,
    Role.SAFETY: Role.SUPERVISOR,
    Role.SUPERVISOR: Role.EXECUTIVE,
    Role.DEPARTMENT: Role.DEPARTMENT_HEAD,
    Role.DEPARTMENT_HEAD: Role.SUPERVISOR,
}
"""Which role gets a staff letter if nobody holds the role to which the letter is addressed. The key is the
role without a holder, the value the role that gets the letter instead."""


class LetterText(NamedTuple):
    """The words of a letter that reached its reader: its subject, and its text without what only the reader
    may have. The subject is "" for a letter that staff read out. Both are None if they were erased. `cut`:
    the mail left out words of this text."""

    subject: str | None
    text: str | None
    cut: bool = False


class Script(NamedTuple):
    """The text of a letter that does not leave by itself. `shown`: what an officer reads out or prints.
    `stored`: the same without the passphrase, as it is stored."""

    shown: str
    stored: str


class Standstill(Exception):
    """No mail, or no short message, can leave now. The text says why: for example, our account may send
    nothing, the provider is down, or mail is held."""


class Unreachable(Exception):
    """Mail cannot reach this recipient, now or later. `why` is the code of the reason."""

    def __init__(self, why: Undelivered) -> None:
        super().__init__(why)
        self.why = why


class Enough(Exception):
    """The letter must wait until `until` (UTC), or until the next morning if `until` is None. Either a daily
    limit for this address is reached, or the limit for messages to new addresses lets it leave only then.
    `told`: staff call the recipient, because another person filed the complaint in the recipient's name.
    Without the call, the recipient would hear nothing of the complaint."""

    def __init__(self, told: bool = False, until: datetime | None = None) -> None:
        super().__init__()
        self.told, self.until = told, until


class LeftBefore(Exception):
    """The letter left before a restore of the table undid its move. It left at the moment `at` (UTC)."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at


class MailOutage(NamedTuple):
    """An outage of all mail. `since`: when it began (UTC). `why`: the provider's code for the reason."""

    since: datetime
    why: str


class MailProvider(Protocol):
    """The mail provider. `send` returns the provider's message id. It raises Unreachable if this address
    cannot be reached, Unavailable if only this letter must wait, and Standstill if no mail can leave. After
    Standstill the letter may have been sent nevertheless. `quota_used` returns how many percent of a day's
    letters were sent, or None if the provider does not tell. `reports` is whether an event reports each
    letter that left."""

    @property
    def reports(self) -> bool: ...
    def send(self, to: str, letter: Rendered, ref: str, id: str, name: str) -> str: ...
    def quota_used(self) -> float | None: ...


class Messenger(Protocol):
    """Carries short messages. It is an SMS gateway, or another channel addressed by phone number, such as a
    company's official account (公众号). `send` returns a message id. It raises Unreachable if this number cannot
    be reached, or Standstill if nothing can leave now."""

    def send(self, to: str, text: str) -> str: ...


class Ledger(Protocol):
    """The ledger of letters that left, apart from the table. `left` enters a letter. Raises Unavailable."""

    def left(self, ref: str, letter: str, name: str, now: datetime) -> None: ...


class MailState(Protocol):
    """Whether mail can leave at all. `outage` returns the present outage of all mail, or None. `probe`
    returns whether this worker may try one letter during an outage. `stand` records that no mail can leave.
    `goes` records that mail can leave again."""

    def outage(self, now: datetime) -> MailOutage | None: ...
    def probe(self, now: datetime) -> bool: ...
    def stand(self, why: str, now: datetime) -> None: ...
    def goes(self, now: datetime) -> None: ...


class Outbox(Protocol):
    """The rows of letters and their states. `claim` is the id of a worker's claim on a letter."""

    def drafts(self, change: Change, now: datetime) -> list[dict[str, Any]]: ...
    def expand(self, ref: str, post: str, now: datetime) -> list[str]: ...
    def claim(self, ref: str, id: str, claim: str, now: datetime) -> dict[str, Any] | None: ...
    def release(self, ref: str, id: str, claim: str, at: datetime) -> None: ...
    def wait(self, ref: str, id: str, claim: str, at: datetime) -> None: ...
    def unmade(self, ref: str, id: str, claim: str, faults: int, now: datetime) -> bool: ...
    def failing(self, ref: str, id: str, claim: str, why: str) -> None: ...
    def sent(self, ref: str, id: str, claim: str, body: dict[str, Any]) -> None: ...
    def fetched(self, ref: str, id: str, body: dict[str, Any]) -> bool: ...
    def printed(self, ref: str, id: str, digest: str, at: datetime) -> None: ...
    def ended(self, ref: str, id: str, claim: str, state: str, why: str) -> None: ...
    def by_message(self, message_id: str) -> tuple[str, str] | None: ...
    def mark(self, ref: str, id: str, event: str, body: dict[str, Any]) -> None: ...
    def arrived(self, ref: str, id: str, at: datetime) -> None: ...
    def letter(self, ref: str, id: str) -> dict[str, Any]: ...


@frozen
class Correspondence:
    """Sends letters and handles the provider's reports on letters. `held` returns the parts of the system
    that are stopped (`domain/holds.py`). `messenger`: the gateway of short messages (None: none are sent).
    `lines`: the lines that wait for digests. `sender`: our address. `company`: the company's name by
    language.

    These are functions. `links` returns the maker of links, passphrases and codes, with the present keys.
    `paper` returns a stored document of a case. `reply_address` returns the address to which a party of a
    case replies; "" if we take no replies. All of them may raise Unavailable.
    """

    casework: Casework
    outbox: Outbox
    lines: WaitingLines
    mail: MailState
    ledger: Ledger
    post: MailProvider
    links: Callable[[], Links]
    public_url: str
    sender: str
    company: Mapping[str, str]
    paper: Callable[[Case, str], bytes]
    messenger: Messenger | None = None
    held: Callable[[], Collection[str]] = frozenset
    reply_address: Callable[[str, str], str] = lambda ref, party: ""

    def nudged(
        self,
        ref: str,
        letters: Iterable[str] = (),
        posts: Iterable[str] = (),
        left_ms: Callable[[], int] = lambda: LONG_MS,
    ) -> None:
        """Send the letters of a move that was just saved. `letters` are the ids of letters to one recipient,
        `posts` those of letters to several. `left_ms` returns the worker's remaining milliseconds. If the
        time runs out, or if no mail can leave, the clock has the other letters sent later."""
        now = self.casework.now()
        if MAIL in self.held() or self.mail.outage(now):
            return
        with suppress(Standstill):
            for id in chain(letters, *(self._expanded(ref, post, now) for post in posts)):
                if left_ms() < LONG_MS:
                    return
                self.deliver(ref, id, now)

    def ready(self, now: datetime) -> bool:
        """Return whether a letter may be tried now. While mail can leave, this is always true; during an
        outage of all mail, once a minute."""
        return self.mail.outage(now) is None or self.mail.probe(now)

    def expand(self, ref: str, post: str, now: datetime) -> None:
        """Make a letter for each recipient of the post with this id, and send these letters. A post is a
        letter to several recipients. Raises Standstill."""
        for id in self._expanded(ref, post, now):
            self.deliver(ref, id, now)

    def _expanded(self, ref: str, post: str, now: datetime) -> list[str]:
        try:
            return self.outbox.expand(ref, post, now)
        except Forged as forged:
            self._forged(ref, forged)
            return []

    def _forged(self, ref: str, forged: Forged) -> None:
        """Note on the case that somebody changed the row of a letter in the table. The letter is held until
        an officer has looked at it. If the letter belongs to no case, only report a metric."""
        self.casework.meters.count("LettersParked")
        try:
            case = self.casework.file.load(ref)
        except NotFound:
            return self.casework.meters.count("RecordChanged")
        self.casework.doubt(case, max(1, min(forged.entry, case.entries)), Fault.ROW)
        return None

    def known(self, ref: str, id: str) -> None:
        """Raise NotFound if there is no letter with this id, or if its row has no state and so is no
        letter."""
        if not self.outbox.letter(ref, id)["state"]:
            raise NotFound(id)

    def deliver(self, ref: str, id: str, now: datetime) -> None:
        """Send the letter with this id. Do nothing if it was sent or ended already. Raises Standstill if no
        mail can leave, or if mail is held: a hold also stops a run that has begun. After any other failure
        the letter ends, or becomes due again later."""
        if MAIL in self.held():
            raise Standstill(MAIL)
        claim = self.casework.fresh()
        try:
            row = self.outbox.claim(ref, id, claim, now)
        except Forged as forged:
            return self._forged(ref, forged)
        if row is None:
            return None
        listed: list[Mapping[str, Any]] = []
        again = now + min(AGAIN * 2 ** min(row["tries"] - 1, 5), AT_LAST)
        try:
            # A row without a body has no `name`, so this raises a KeyError, which is handled below.
            listed = self.lines.lines(row["to"][6:]) if row["name"] == DIGEST else []
            of_no_case = not letter_of(row["name"]).of_case
            to, letter = self._of_no_case(row, listed, now) if of_no_case else self._made(row, ref, now)
            message_id = self._sent(row, ref, to, letter)
        except LeftBefore as before:
            return self.outbox.sent(ref, id, claim, {"at": before.at, "message_id": ""})
        except Enough as enough:
            if enough.told:
                self._failed(row, ref, Undelivered.WAITS)
            return self.outbox.wait(ref, id, claim, enough.until or next_morning(now))
        except Unreachable as unreachable:
            self._end(row, ref, claim, unreachable.why)
            return self.lines.drop(row["to"][6:], listed)
        except Standstill as standstill:
            if row["way"] == Way.SMS:
                return self._not_texted(row, ref, claim, again, str(standstill), now)
            about = {"ref": ref, "letter": row["name"], "why": str(standstill)}
            log.warning("mail stands still", extra=about)
            self.outbox.release(ref, id, claim, again)
            self.mail.stand(str(standstill), now)
            raise
        except Newer:  # a worker of the release that wrote the case sends it
            return self.outbox.release(ref, id, claim, again)
        except Unavailable:  # the case is unreadable, a document is not made yet, or the provider waits
            self.outbox.release(ref, id, claim, again)
            return self._overdue(row, ref, Undelivered.NOT_SENT, now)
        except Exception as error:  # the letter cannot be rendered, and must not block the others
            self.casework.meters.count("UnhandledError")
            about = {"ref": ref, "letter": row.get("name", id), "error": type(error).__name__}
            log.exception("no letter could be made", extra=about)
            if self.outbox.unmade(ref, id, claim, row["faults"] + 1, now):
                self.casework.meters.count("LettersParked")
            return self._overdue(row, ref, Undelivered.NO_TEXT, now) if "name" in row else None
        kept = {
            "at": now,
            "message_id": message_id,
            "subject": letter.subject,
            "text": letter.stored,
            **({"digest": letter.digest} if letter.digest in letter.text else {}),
        }
        if letter.short:
            kept["short"] = without_links(letter.short)
        if letter.whole:
            kept["whole"] = letter.whole
        self.outbox.sent(ref, id, claim, kept)
        if row["way"] != Way.SMS:
            self.mail.goes(now)
        if row["way"] == Way.SMS or not self.post.reports:
            self._enter(ref, row, now)
        # After a crash before the lines are removed, the next digest lists those that are still open again.
        self.lines.drop(row["to"][6:], listed)
        called = matters(row["name"], row["to"]) or row["name"] == RECEIPT
        if called and now - instant(row["at"]) > LATE:
            late = {"letter": row["key"], "id": id, "since": instant(row["at"]), "at": now}
            self._move(ref, letter_late.__name__, late)  # after a crash, the clock does this
        return None

    def _sent(self, row: Mapping[str, Any], ref: str, to: str, letter: Rendered) -> str:
        """Send a rendered letter through its channel and return the provider's message id. Raises
        Unreachable, Unavailable or Standstill."""
        if row["way"] != Way.SMS:
            return self.post.send(to, letter, ref, row["id"], row["name"])
        if self.messenger is None:  # the gateway was removed after the person chose it
            raise Unreachable(Undelivered.NO_ADDRESS)
        return self.messenger.send(to, letter.short)

    def _enter(self, ref: str, row: Mapping[str, Any], now: datetime) -> None:
        """Enter a letter in the ledger, if no event reports that it left. If the ledger does not answer, the
        letter counts as sent nevertheless; after a restore it may be sent again."""
        try:
            self.ledger.left(ref, row["id"], row["name"], now)
        except Unavailable:
            self.casework.meters.count("Transient")
            log.warning("not entered in the ledger", extra={"ref": ref, "letter": row["name"]})

    def _not_texted(
        self, row: Mapping[str, Any], ref: str, claim: str, again: datetime, why: str, now: datetime
    ) -> None:
        """Handle a failure (`why`) of the gateway of short messages. The message becomes due at `again`. If
        it is an hour late, it ends instead, so that staff call the recipient. Mail is not affected."""
        about = {"ref": ref, "letter": row["name"], "why": why}
        log.warning("the gateway of short messages fails", extra=about)
        if now - instant(row["at"]) < LATE:
            return self.outbox.release(ref, row["id"], claim, again)
        return self._end(row, ref, claim, Undelivered.NOT_SENT)

    def _made(self, row: Mapping[str, Any], ref: str, now: datetime) -> tuple[str, Rendered]:
        """Return the recipient's address and the rendered letter. Raises Unreachable if there is no address,
        if the letter is no longer true, or if the failure of this letter is recorded already, because a
        worker crashed before it ended the letter. Raises Enough if the letter must wait, and LeftBefore if it
        left before a restore of the table."""
        if row["sent"] and "why" in row["sent"]:
            raise Unreachable(Undelivered(row["sent"]["why"]))
        dossier, roster = self.casework.file.whole(ref), self.casework.file.roster()
        if at := _left_before(dossier, row):
            raise LeftBefore(at)
        over = overtaken(dossier.case, unsent(row, dossier.line(row["entry"])), now)
        if over or _repeated(dossier, row, now):
            raise Unreachable(Undelivered.OVERTAKEN)
        if row["to"].startswith("party:"):
            self._untouched(dossier, row["to"][6:])
            _in_turn(dossier, row, now)
        to = address(dossier, row, roster, now)
        if to is None:
            raise Unreachable(Undelivered.NO_ADDRESS)
        if row["to"].startswith("party:"):
            self._may_go(dossier, row, to, now)
        late = now if now - instant(row["at"]) > LATE else None
        if row["name"] == CODE:
            return to, self._addressed(dossier, row, self._coded(dossier, row, roster, now))
        letter = self._composed(dossier, row, roster, now, late)
        if row["way"] == Way.SMS:
            return to, letter
        letter = letter._replace(attachments=self._attached(dossier, row, roster, now, to, late))
        return to, self._addressed(dossier, row, letter)

    def _composed(
        self,
        dossier: Dossier,
        row: Mapping[str, Any],
        roster: Roster,
        now: datetime,
        late: datetime | None = None,
    ) -> Rendered:
        """Return a letter as it leaves now by its way, as staff read it out, or as its reader finds it on
        their page. `late`: when it leaves (UTC), if it leaves late."""
        if row["way"] == Way.SMS:
            return self._shortened(dossier, row, roster, now, late)
        if row["way"] == CALLED:
            task = next(task for task in dossier.case.tellings if task.id == row["id"])
            letter = self.read_out(dossier, row, roster, now)
            return letter._replace(text=self._script(dossier, task, row, roster, now).stored)
        mailed = row["way"] == Way.EMAIL
        verify = f"{self.public_url}/verify" if mailed and abroad(row["name"]) else None
        return self.rendered(dossier, row, roster, now, verify, mailed=mailed, arrives=late)

    def _addressed(self, dossier: Dossier, row: Mapping[str, Any], letter: Rendered) -> Rendered:
        """Return a letter of a case as it leaves by mail: with its thread, and for a party with the address
        to which they reply. A letter to a party is not automatic if one of our staff took its step."""
        ref, to, by = dossier.case.ref, row["to"], dossier.line(row["entry"])["role"]
        return letter._replace(
            reply_to=self._replies_to(dossier.case, row),
            thread=f"<{ref}@{self.sender.rpartition('@')[2]}>",
            automatic=not (to.startswith("party:") and Role[by.upper()] & STAFF),
        )

    def _replies_to(self, case: Case, row: Mapping[str, Any]) -> str:
        """Return the address to which the recipient of a letter replies. Return "" for a letter to staff or
        of few lines, for a warning to an earlier address, and for a person who has left the case."""
        kind, _, id = row["to"].partition(":")
        if kind != "party" or letter_of(row["name"]).bare or row["facts"].get("about") == "before":
            return ""
        if case.party(id).left:
            return ""
        return self.reply_address(case.ref, id)

    def _untouched(self, dossier: Dossier, party: str) -> None:
        """Check that nobody changed the head or the recipient's row in the table. The head names the
        recipients, so after a change of the head Unavailable is raised, until two officers have accepted the
        head. A change of the recipient's row is noted on the case; then Unreachable is raised, so that staff
        call the recipient."""
        case = dossier.case
        if case.altered:
            case = self.casework.sound(case)
        if any(doubt.fault == Fault.HEAD and doubt.cleared is None for doubt in case.doubts):
            raise Unavailable("record")
        if not dossier.same(party):
            self.casework.doubt(case, 1, Fault.ROW)
            raise Unreachable(Undelivered.NOT_SENT)

    def _coded(self, dossier: Dossier, row: Mapping[str, Any], roster: Roster, now: datetime) -> Rendered:
        """Return the letter with a one-time code. Only this rendered letter contains the digits. Raises
        Unreachable if the code has expired."""
        if now >= instant(row["at"]) + CODE_GOOD_FOR:
            raise Unreachable(Undelivered.NOTHING_LEFT)
        facts = dossier.line(row["entry"])["facts"]
        digits = self.links().code(dossier.case.ref, facts["party"], facts["code"])
        slots = {**self.slots(dossier, row, roster, now), "code": digits}
        return self._written(CODE, _language(dossier, row), slots)

    def _shortened(
        self, dossier: Dossier, row: Mapping[str, Any], roster: Roster, now: datetime, late: datetime | None
    ) -> Rendered:
        """Return a letter that leaves as a short message. Its `short` is the text of the message, which links
        to the page with the whole letter. `late`: when it leaves (UTC), if it leaves late."""
        case, language = dossier.case, _language(dossier, row)
        party = case.party(row["to"].removeprefix("party:"))
        slots = {**self.slots(dossier, row, roster, now, arrives=late), "verify": f"{self.public_url}/verify"}
        letter = self._written(row["name"], language, slots, mailed=False)
        company = self.company[language]
        if row["name"] == CONFIRM:
            return letter._replace(short=confirming(language, company, slots["confirm"]))
        if row["facts"].get("about") == "before":
            return letter._replace(short=warning(language, company, letter.subject, slots["phone"]))
        windows = letter_of(row["name"]).opens
        ends = [slots["due"][name] for name in windows if name in slots["due"]]
        until = min(ends) if ends and "reopen_window" not in windows else None
        link = self.public_url + self.links().path(case.ref, party.id, party.generation)
        text = message_text(language, company, slots["number"], letter.subject, until, link)
        return letter._replace(short=text)

    def _of_no_case(
        self, row: Mapping[str, Any], listed: Iterable[Mapping[str, Any]], now: datetime
    ) -> tuple[str, Rendered]:
        """Return the recipient's address and the rendered text of a letter that belongs to no case. It goes
        to a member of staff, or to a partner's contact, whose address the letter's row has. `listed`
        are the lines of a digest. Raises Unreachable if there is no address, or if what the letter would
        report does not hold any more."""
        roster = self.casework.file.roster()
        who = row["to"].removeprefix("staff:")
        contact = row["facts"]["contact"] if row["name"] == HOOK else None
        member = Member(who, who, contact) if contact else roster.member(who)
        if member is None or not member.email:
            raise Unreachable(Undelivered.NO_ADDRESS)
        letter = self.of_no_case(row, member, listed, roster, now)
        if letter is None:
            raise Unreachable(Undelivered.NOTHING_LEFT)
        return member.email, letter

    def of_no_case(
        self,
        row: Mapping[str, Any],
        member: Member,
        listed: Iterable[Mapping[str, Any]],
        roster: Roster,
        now: datetime,
        language: str = "",
    ) -> Rendered | None:
        """Return a letter to `member` that belongs to no case, in the language that the letter's row names if
        `language` is empty. Return None if its content is no longer true. `row`, `listed`: see
        `_of_no_case`."""
        language = language or row["facts"].get("language", "zh")
        if row["name"] == DIGEST:
            slots = DailyDigest(self.casework.file.load).slots(listed, member, roster, now, language)
        else:
            of_name = {EXPIRING: self._expiring, MISSING: self._missing, HOOK: self._disabled}
            told = of_name.get(row["name"], self._more)
            slots = told(row["facts"], member, roster, now, language)
        team = next((team for team in roster.teams.values() if member in team.people()), None)
        common = {
            "name": member.name,
            "link": f"{self.public_url}/desk",
            "team": team.label[language] if team else "",
            "today": now,
            "side": None,
            "verify": None,
            "words": {},
        }
        return self._written(row["name"], language, {**common, **slots}) if slots else None

    def _expiring(
        self, facts: Mapping[str, Any], member: Member, roster: Roster, now: datetime, language: str
    ) -> dict[str, Any] | None:
        """Return the values for the letter that a mediator's qualification ends soon. Return None if the
        qualification has another end now, or if the mediator is suspended."""
        mediator = roster.mediators.member(facts["mediator"])
        if mediator is None or mediator.suspended or mediator.until.isoformat() != facts["until"]:
            return None
        said = {
            "mediator": mediator.name,
            "qualification": mediator.qualification,
            "own": member.id == mediator.id,
            "cases": [shown(ref) for ref in facts["cases"]],
            "due": published().own(now, mediator.until).at,
        }
        return {"number": mediator.number, "team": mediator.body, "facts": said}

    def _disabled(
        self, facts: Mapping[str, Any], member: Member, roster: Roster, now: datetime, language: str
    ) -> dict[str, Any]:
        """Return the values for the letter that an endpoint gets no webhooks any more."""
        return {
            "number": facts["endpoint"],
            "team": member.name,
            "link": f"{self.public_url}/reference",
            "facts": {**facts, "since": instant(facts["since"])},
        }

    def _missing(
        self, facts: Mapping[str, Any], member: Member, roster: Roster, now: datetime, language: str
    ) -> dict[str, Any] | None:
        """Return the values for the letter that the calendar of a year is not published. They name the
        deadlines that this calendar can move. Return None if the calendar has been published since."""
        year, rules = facts["year"], policy(self.casework.policy).rules
        if published().knows(year):
            return None
        moves = [name for name, rule in rules.items() if rule.generous or rule.length.endswith("w")]
        return {"number": str(year), "facts": {"year": year, "deadlines": moves}}

    def _more(
        self, facts: Mapping[str, Any], member: Member, roster: Roster, now: datetime, language: str
    ) -> dict[str, Any]:
        """Return the values for the letter that there were unusually many complaints of one kind. `facts`
        name the kind, the cases, and the day after the week that was counted. Those of the former release
        have no weeks and no reasons."""
        ended = datetime.combine(date.fromisoformat(facts["day"]), time(), SHANGHAI)
        weeks = facts.get("weeks", ())
        said = {
            "due": ended,
            "cases": [shown(ref) for ref in facts["cases"]],
            "weeks": joined(language, map(str, weeks)) if any(weeks) else "",
            "reasons": [*reasons(language, facts, roster)],
            "also": [also(language, one, roster) for one in facts.get("also", ())],
        }
        return {"number": kind(language, facts["facet"], facts["code"], roster), "facts": {**facts, **said}}

    def unsendable(self, to: str, now: datetime) -> Undelivered | None:
        """Return why no mail can go to the address `to` now: the address refuses our letters, or no mail can
        leave. None if it can."""
        if self.casework.addresses.refusing(self.casework.lookups(to)):
            return Undelivered.SUPPRESSED
        return Undelivered.NOT_SENT if MAIL in self.held() or self.mail.outage(now) else None

    def _may_go(self, dossier: Dossier, row: Mapping[str, Any], to: str, now: datetime) -> None:
        """Check that a letter may go to a party's address, and count the letter for the sender who named that
        address. Raises Unreachable if the address refuses our letters, or got this access link today. Raises
        Enough if the daily limit is reached.

        Only what the sender can cause is counted: the letters in `ON_REQUEST`, and letters that report an act
        of the recipient. So nobody can delay what our staff write, or what the process owes, such as an
        apology. An important letter to a confirmed address, or to one that the business named, is never
        counted. To any other address it is counted if it reports an act of the recipient. Otherwise somebody
        could name a stranger's address, and flood it by doing and undoing an act. The warning to a confirmed
        address that a new address was named always goes."""
        case, party = dossier.case, dossier.case.party(row["to"][6:])
        if self.casework.addresses.refusing(self.casework.lookups(to)):
            raise Unreachable(Undelivered.SUPPRESSED)
        # The business itself named the address of its representative, so it is no stranger's address.
        known = (party.confirmed or party.side == Side.BUSINESS) and row["name"] != CONFIRM
        warns = party.proven and row["facts"].get("about") == "before"
        caused = row["name"] in ON_REQUEST or _own_act(dossier, row, party.id)
        if warns or not caused or (known and matters(row["name"], row["to"])):
            return
        named_by = dossier.people.get(party.id, {}).get("named_by") or case.ref
        key, most = self.casework.lookups(mailbox(to))[0], A_DAY if known else UNCONFIRMED_A_DAY
        if row["name"] == LINK:
            of_cases = f"{LINK}#{named_by}"
            if not known and not self.casework.addresses.counted(key, of_cases, case.ref, CASES_A_DAY, now):
                raise Enough(told=False)
            own = f"{LINK}#{case.ref}#{party.id}#{party.generation}"
            if not self.casework.addresses.counted(key, own, row["id"], most, now) and any(
                self._accepted(case.ref, id) for id in self.casework.addresses.today(key, own, now)
            ):
                raise Unreachable(Undelivered.SAME_LINK)
        elif not self.casework.addresses.counted(key, named_by, row["id"], most, now):
            by_others = row["name"] == RECEIPT and dossier.line(row["entry"])["role"] != Role.CONSUMER.code
            raise Enough(told=by_others)

    def _accepted(self, ref: str, id: str) -> bool:
        """Return whether the mail provider has accepted the letter with this id, and the letter has not
        bounced since."""
        with suppress(NotFound):
            return bool(self.outbox.letter(ref, id)["state"] == "sent")
        return False

    def event(
        self,
        kind: str,
        message_id: str,
        ref: str,
        id: str,
        name: str,
        permanent: bool,
        to: Iterable[str],
        now: datetime,
    ) -> None:
        """Handle the mail provider's report (`kind`) on a letter. `ref` and `id` identify the letter; with
        `ref` empty, it is found by `message_id`. `name` is the name of its declaration. `to` are the
        addresses that the report concerns.

        After `send` the letter is sent, and entered in the ledger. After a permanent bounce or a reject it
        counts as undelivered. After a permanent bounce or a spam complaint we send no letter to the address
        any more, in any case.
        """
        found = (ref, id) if ref else self.outbox.by_message(message_id)
        if found is None:
            return
        if kind == "send":
            self.ledger.left(
                *found, name, now
            )  # first, because the row may be held while a table is restored
            self.outbox.mark(*found, "send", {"at": now, "message_id": message_id})
        elif permanent:
            try:
                row = self.outbox.letter(*found)
            except NotFound:  # a letter of another deployment, or from before a restore
                return
            if kind == "complaint":
                self._refused(row, kind, to, now)  # the letter arrived, but its reader refuses further ones
            elif row["state"] in ("sent", "sending"):
                if kind == "bounce":
                    self._refused(row, kind, to, now)
                self._undelivered(row, found[0])

    def returned(self, message_id: str, to: Iterable[str], unknown: bool, now: datetime) -> bool:
        """Handle a mail that reports that a letter cannot be delivered to the addresses `to`. `unknown`:
        there is no such address, so no letter is sent to it any more. Return False if the report does not
        count.

        Anybody can write such a report. It counts only with the id that only the letter itself names, and
        with the address to which the letter goes."""
        if (found := self.outbox.by_message(message_id)) is None:
            return False
        try:
            row, case = self.outbox.letter(*found), self.casework.file.load(found[0])
        except NotFound:
            return False
        file = self.casework.file
        own = address(file.dossier_of(case), row, file.roster(), now)
        if row["way"] == Way.SMS or not own or mailbox(own) not in map(mailbox, to):
            return False
        self.event("bounce" if unknown else "reject", message_id, *found, row["name"], True, [own], now)
        return True

    def texted(self, message_id: str, delivered: bool, now: datetime) -> bool:
        """Handle the gateway's report on a short message: it reached its telephone (`delivered`), or never
        will. Return False if no short message has this id.

        An undelivered message counts as a letter that did not arrive, so staff read it out if it matters. The
        number gets further messages: a telephone may have been switched off."""
        found = self.outbox.by_message(message_id)
        row = self.outbox.letter(*found) if found else {"way": ""}
        if found is None or row["way"] != Way.SMS:
            return False
        if delivered:
            self.outbox.arrived(*found, now)
        elif row["state"] in ("sent", "sending"):
            self._undelivered(row, found[0])
        return True

    def _undelivered(self, row: Mapping[str, Any], ref: str) -> None:
        """Mark a letter that left as not arrived. If it matters, staff read it to the recipient."""
        if matters(row["name"], row["to"]) and self._alone(row, ref):
            # Record the failure before the letter ends: after a crash in between, this is done again.
            self._failed(row, ref, Undelivered.BOUNCE)
        self.outbox.mark(ref, row["id"], "bounced", {})

    def _refused(self, row: Mapping[str, Any], why: str, to: Iterable[str], now: datetime) -> None:
        """Record that a party's addresses (`to`) bounce or refuse our letters. For a staff address only
        report a metric, because staff must still get letters."""
        if not row["to"].startswith("party:"):
            return self.casework.meters.count("StaffAddressRefuses")
        for address in to:
            self.casework.addresses.refuses(self.casework.lookups(address)[0], why, now)
        return None

    def rendered(
        self,
        dossier: Dossier,
        row: Mapping[str, Any],
        roster: Roster,
        now: datetime,
        verify: str | None = None,
        phrase: str | None = None,
        mailed: bool = False,
        arrives: datetime | None = None,
    ) -> Rendered:
        """Return a letter as its recipient reads it: on the page, on the phone, or by mail (`mailed`). `row`
        is the stored letter. `verify` is the URL at which a letter that leaves now can be verified. `phrase`
        is the passphrase in a letter on paper. `arrives`: see `slots`."""
        source, replies = (
            self._source(dossier, row, roster, now, arrives),
            self._replies_to(dossier.case, row),
        )
        added = {"verify": verify, "phrase": phrase, "replies": mailed and bool(replies)}
        every = source.all()
        slots = source.for_mail(every) if mailed else every
        written = partial(self._written, row["name"], _language(dossier, row))
        letter = written({**slots, **added}, mailed)
        # A mail without the name in its greeting leaves out nothing that its reader has to look up.
        if slots is every or written({**every, **added, "name": None}, False).digest == letter.digest:
            return letter
        # The text is on a page or read out to its reader, so there is no mailbox to confirm.
        whole = {**every, **added, "verify": None, "confirm": None, "replies": False}
        return letter._replace(whole=written(whole, False).stored)

    def _written(self, name: str, language: str, slots: Mapping[str, Any], mailed: bool = True) -> Rendered:
        """Render the letter `name` with the values `slots`, in the company's name. The result has HTML only
        if `mailed`."""
        return render(name, language, slots, self.company[language], mailed=mailed)

    def read_out(self, dossier: Dossier, row: Mapping[str, Any], roster: Roster, now: datetime) -> Rendered:
        """Return the letter as staff read it to the recipient now. A letter about a window names the end that
        the window has if the recipient hears the letter now."""
        return self.rendered(dossier, row, roster, now, arrives=_if_late(row, now))

    def shown(
        self, dossier: Dossier, row: Mapping[str, Any], roster: Roster, now: datetime
    ) -> LetterText | None:
        """Return what a letter says to its recipient, who reads it on their page now. It is the text that was
        sent or read out. A letter that will not be sent gets its text now, which is stored. Return None for a
        letter that has no text yet, or that was overtaken before it said anything."""
        if (said := said_in(dossier, row)) or row["state"] in LEAVING:
            return said
        never = row["way"] not in ("page", "fetch")  # these were delivered when they were written
        if never and overtaken(dossier.case, unsent(row, dossier.line(row["entry"])), now):
            return None
        letter = self.rendered(dossier, row, roster, now)
        read = {"fetched": now, "subject": letter.subject, "text": letter.stored}
        whose = dossier.case.ref, row["id"]
        if self.outbox.fetched(*whose, {**(row["sent"] or {}), **read}):
            return LetterText(letter.subject, letter.stored)
        with suppress(NotFound):  # another reader was first, or the letter has no row of its own yet
            return said_in(dossier, self.outbox.letter(*whose))
        return None

    def script(self, dossier: Dossier, telling: CallTask, roster: Roster, now: datetime) -> Script:
        """Return the text that staff read out for a call task, or print if the letter is to be posted. The
        digest of a printed text is not stored here."""
        row = dossier.letters.get(telling.id)
        assert row, telling.id
        return self._script(dossier, telling, row, roster, now)

    def _script(
        self, dossier: Dossier, telling: CallTask, row: Mapping[str, Any], roster: Roster, now: datetime
    ) -> Script:
        if by_post(dossier.case, telling):
            paper = self.paper_of(dossier, row, roster, now)
            return Script(without_links(paper.text), paper.stored)
        text = self.aloud(dossier, row, telling.party, roster, now)
        return Script(text, text)

    def aloud(
        self, dossier: Dossier, row: Mapping[str, Any], party: str, roster: Roster, now: datetime
    ) -> str:
        """Return the text of a letter in sentences that staff can read aloud to `party` now, without a
        passphrase."""
        letter = self.read_out(dossier, row, roster, now)
        language = str(dossier.people.get(party, {}).get("language", "zh"))
        return spoken(language, letter._replace(text=letter.stored), shown(dossier.case.ref))

    def text_to_read(self, case: Case, telling: str, at: datetime) -> str | None:
        """Return the text that staff read out or print for a call task at the moment `at` (UTC), as it is
        stored. Return None if the case has no such call task, or if no text can be made, because the call is
        then recorded without it. `telling`: the id of the call task."""
        found = next((each for each in case.tellings if each.id == telling), None)
        if found is None:
            return None
        try:
            return self.script(
                self.casework.file.dossier_of(case), found, self.casework.file.roster(), at
            ).stored
        except Unavailable:
            raise
        except Exception as error:
            self.casework.meters.count("UnhandledError")
            about = {"ref": case.ref, "letter": found.letter, "error": type(error).__name__}
            log.exception("no letter could be made", extra=about)
            return None

    def printed(self, dossier: Dossier, row: Mapping[str, Any], roster: Roster, now: datetime) -> Rendered:
        """Return the letter for printing. The digest of the text is stored, so that the paper can be
        verified."""
        letter = self.paper_of(dossier, row, roster, now)
        self.outbox.printed(dossier.case.ref, row["id"], letter.digest, now)
        return letter

    def paper_of(self, dossier: Dossier, row: Mapping[str, Any], roster: Roster, now: datetime) -> Rendered:
        """Return the letter for printing, with the URL at which it can be verified. A letter about a window
        names the end that the window has when the paper arrives by post."""
        arrives = _if_late(row, now + BY_POST)
        party = dossier.case.party(row["to"].removeprefix("party:"))
        whose = dossier.case.ref, party.id, party.generation
        # The officer who prints the letter must not see its reader's link, so it has a passphrase instead.
        phrase = self.links().phrase(*whose) if party.says_phrase else None
        verify = f"{self.public_url}/verify"
        return self.rendered(dossier, row, roster, now, verify, phrase, arrives=arrives)

    def drafted(
        self, dossier: Dossier, change: Change, roster: Roster, now: datetime
    ) -> list[tuple[Mapping[str, Any], Callable[[], Rendered]]]:
        """Return the letters that a move would send, each with its row, and with a function that returns the
        letter as it would reach its reader at the moment `now` (UTC). `dossier`: the case before the move.
        `change` is what the move would save. Nothing is written or sent."""
        after, rows = dossier.after(change), self.outbox.drafts(change, now)
        return [(row, partial(self._composed, after, row, roster, now)) for row in rows]

    def _attached(
        self,
        dossier: Dossier,
        row: Mapping[str, Any],
        roster: Roster,
        now: datetime,
        to: str,
        late: datetime | None,
    ) -> tuple[Attachment, ...]:
        """Return the attachments of a letter that is mailed to the address `to`: the documents that `papers`
        names, or else the calendar invitation to a meeting. A letter to an unconfirmed address gets no
        documents. `late`: when the letter leaves (UTC), if it leaves late."""
        if names := papers(dossier.case, row):
            if row["to"].startswith("party:") and not dossier.case.party(row["to"][6:]).confirmed:
                return ()
            number = shown(dossier.case.ref)
            return tuple(
                Attachment(f"{name}-{number}.pdf", "application/pdf", self.paper(dossier.case, name))
                for name in names
            )
        if not letter_of(row["name"]).method:
            return ()
        slots = self.slots(dossier, row, roster, now, mailed=True, arrives=late)
        return ics.attachments(
            row["name"],
            _language(dossier, row),
            slots,
            ics.Address(slots["team"], self.sender),
            ics.Address(slots["name"] or to, to),
        )

    def slots(
        self,
        dossier: Dossier,
        row: Mapping[str, Any],
        roster: Roster,
        now: datetime,
        mailed: bool = False,
        arrives: datetime | None = None,
    ) -> dict[str, Any]:
        """Return all values for the text of a letter, by name. `row` is the stored letter; `mailed`: it
        leaves by mail. `arrives`: when a late letter reaches its reader (UTC), so that its dates hold then.
        The values are those of the letter's own move, whatever has happened on the case since."""
        source = self._source(dossier, row, roster, now, arrives)
        return source.for_mail(source.all()) if mailed else source.all()

    def _source(
        self,
        dossier: Dossier,
        row: Mapping[str, Any],
        roster: Roster,
        now: datetime,
        arrives: datetime | None,
    ) -> Slots:
        """Return the source of the values of a letter. The arguments are those of `slots`."""
        case, leaves = dossier.case, now
        staff = None if row["to"].startswith("party:") else _recipient(case, row, roster, now)
        dossier, now = _as_written(dossier, row, now)
        if arrives:
            dossier, row = _anew(dossier, row, arrives, case)
            row |= {"leaves": leaves, "arrives": arrives}
        return Slots(dossier, row, roster, now, self.public_url, self.links, staff, case)

    def _end(self, row: Mapping[str, Any], ref: str, claim: str, why: Undelivered) -> None:
        """End a letter that cannot be sent, for the reason `why`. If the letter is important and still true,
        staff read it to the recipient. This is not needed if another person who acts for the same party gets
        the letter."""
        told = matters(row["name"], row["to"]) and why != Undelivered.OVERTAKEN
        if told and row.get("beside"):
            self.outbox.failing(ref, row["id"], claim, why)
            told = self._alone(row, ref)
        if told:
            # Record the failure before the letter ends: after a crash in between, this is done again.
            self._failed(row, ref, why)
            self.casework.meters.count("LettersNotSent")
        self.outbox.ended(ref, row["id"], claim, "given up" if told else "skipped", why)

    def _alone(self, row: Mapping[str, Any], ref: str) -> bool:
        """Return whether nobody else who acts for the same party gets this letter, because each of their
        letters has failed too."""
        for id in row.get("beside") or ():
            with suppress(NotFound):
                if self.outbox.letter(ref, id)["state"] in ENDED:
                    continue
            return False
        return True

    def _overdue(self, row: Mapping[str, Any], ref: str, why: Undelivered, now: datetime) -> None:
        """If an important letter is an hour late because of our own failure, record it as undelivered, so
        that staff call the recipient. The letter itself is tried again nevertheless."""
        since = instant(row["at"])
        if now - since >= LATE and matters(row["name"], row["to"]):
            with suppress(NotFound):  # a letter that belongs to no case is only parked
                if not delivered_late(self.casework.file.load(ref), row["key"], since) and self._failed(
                    row, ref, why
                ):
                    self.casework.meters.count("LettersNotSent")

    def _failed(self, row: Mapping[str, Any], ref: str, why: Undelivered) -> bool:
        """Record on the case that a letter did not arrive, so that staff call the recipient. Return False if
        this is recorded already, or if there is no such case."""
        failed = {"letter": row["key"], "id": row["id"], "party": row["to"][6:], "why": why}
        return self._move(ref, letter_failed.__name__, failed)

    def _move(self, ref: str, name: str, said: Mapping[str, Any]) -> bool:
        """Take the move `name` in the name of the clock, with the facts `said`. Return False if the move is
        refused, because it was taken before, or if there is no such case."""
        with suppress(Refusal, NotFound):
            self.casework.move(name, ref, CLOCK, said)
            return True
        return False


def said_in(dossier: Dossier, row: Mapping[str, Any]) -> LetterText | None:
    """Return what a letter said when it last reached its reader: what was sent or fetched, or what staff read
    out later. If its mail left out words, this is the whole text, which was stored with the mail. Return None
    if the letter has not reached anybody yet."""
    sent = row["sent"] or {}
    kept = "text" in sent or "text" in sent.get("said", {})
    since = sent.get("at") or sent.get("fetched") or ""
    # A letter that was sent needs no call any more, so no later call has another text.
    called = row["to"].startswith("party:") and not (kept and row["state"] == "sent")
    told = dossier.numbers(record_telling) if called else []
    dossier.prefetch(told)
    for n in reversed(told):
        line = dossier.line(n)
        if line["facts"].get("telling") == row["id"] and READ in line["words"]:
            if not kept or line["at"] >= since:
                return LetterText("", dossier.entry(n)[1].get(READ))
            break
    cut = "whole" in sent or "whole" in sent.get("said", {})
    return LetterText(sent.get("subject"), sent.get("whole" if cut else "text"), cut) if kept else None


def _left_before(dossier: Dossier, row: Mapping[str, Any]) -> datetime | None:
    """Return when a reminder or a report of the clock left (UTC), before a restore of the table undid its
    step. After the restore the clock takes the step again, and such a letter must not leave again. Return
    None for any other letter: what people do again or ask for again may differ, and so may a decision, its
    dates and its paper."""
    declared = letter_of(row["name"])
    if row["name"] in {*ON_REQUEST, CODE} or declared.decides or declared.encloses:
        return None
    key = departed(row["name"], row["id"])
    for restored in dossier.case.restored:
        before = [instant(at) for at, _, of in (one.partition(" ") for one in restored.letters) if of == key]
        if not before or row["entry"] <= restored.noted:
            continue
        if dossier.line(row["entry"])["role"] != Role.CLOCK.code:
            continue
        again = [
            one
            for one in dossier.letters.newest(NEWER, row["id"])
            if one["entry"] > restored.noted and departed(one["name"], one["id"]) == key
        ]
        if len(again) < len(before):
            return before[len(again)]
    return None


def _repeated(dossier: Dossier, row: Mapping[str, Any], now: datetime) -> bool:
    """Return whether a later letter of the same kind to the same recipient waits too, so that only the later
    one leaves. This applies to letters that replace each other, such as reports on progress, and only after
    some minutes."""
    return (
        letter_of(row["name"]).repeats == row["name"]
        and now - instant(row["at"]) >= AGAIN
        and any(
            (one["key"], one["to"]) == (row["key"], row["to"])
            and (one["at"], one["id"]) > (row["at"], row["id"])
            and one["state"] in ("owed", "sending")
            and not one["parked"]
            for one in dossier.letters.newest(NEWER)
        )
    )


def _anew(
    dossier: Dossier, row: Mapping[str, Any], at: datetime, now: Case
) -> tuple[Dossier, dict[str, Any]]:
    """Return the dossier and the row of a late letter, with the dates that hold if the letter reaches its
    reader at `at` (UTC). A window that the letter opens then begins at `at`. A window of which it reminds
    ends later. What moves ends is taken from `now`, the present case: outages, extensions and deliveries."""
    case = replace(dossier.case, outages=now.outages, clock=now.clock, told={**dossier.case.told, **now.told})
    if letter_of(row["name"]).of_window and row["to"].startswith("party:"):
        case = left(case, row["key"], row["id"], instant(row["at"]), at)
    dates = {name: stamp(at) for name, at in due(case).items()}
    return replace(dossier, case=case), {**row, "due": {**row["due"], **dates}}


def _if_late(row: Mapping[str, Any], at: datetime) -> datetime | None:
    """Return the moment `at` for a letter that was written long before it, and for any letter that opens a
    window or reminds of one. Return None for any other letter."""
    late = at - instant(row["at"]) > LATE
    return at if late or letter_of(row["name"]).of_window else None


def _as_written(dossier: Dossier, row: Mapping[str, Any], now: datetime) -> tuple[Dossier, datetime]:
    """Return the dossier with the case as it was after the move that caused a letter, and the moment (UTC)
    for which the letter is rendered.

    That moment is `now` while we have not kept a date that the letter names; the letter then says so.
    Otherwise it is the moment of the letter's move. Staff letters are rendered from the present case. So are
    letters of an earlier release, for which no state is stored.
    """
    case, n = dossier.case, row.get("as_of")
    if n is None or not row["to"].startswith("party:"):
        return dossier, now
    past = dossier.past(n) if n < case.entries else case
    if past is None:
        return dossier, now
    missed = any(
        at <= now and row["due"].get(name) == stamp(at) and apology_at(case.policy, name)
        for name, at in due(case).items()
    )
    return replace(dossier, case=past), now if missed else instant(row["at"])


def _own_act(dossier: Dossier, row: Mapping[str, Any], party: str) -> bool:
    """Return whether a letter reports an act of its own recipient, or of another person who acts for the same
    party."""
    case, who = dossier.case, dossier.line(row["entry"])["who"]
    return any(one.id == who for one in case.parties) and case.stands_for(who) == case.stands_for(party)


def _in_turn(dossier: Dossier, row: Mapping[str, Any], now: datetime) -> None:
    """Check that a change of the recipient's address does not stop a letter to that party.

    A message about a new address may have to wait; then Enough is raised. If that address has been replaced
    since, Unreachable is raised. An important letter raises Unreachable while the present address is
    unconfirmed and a new address waits for confirmation. Staff then call the recipient.
    """
    party = dossier.case.party(row["to"][6:])
    pending, entry, asks = party.pending, row["entry"], row["name"] == CONFIRM
    if asks or row["facts"].get("about") == "before":
        replaced = pending is not None and pending.first <= entry < pending.entry
        if replaced or (asks and (pending is None or pending.entry != entry)):
            raise Unreachable(Undelivered.NOTHING_LEFT)
        if pending and pending.entry == entry and now < pending.leaves:
            raise Enough(until=pending.leaves)
    elif party.held_back and matters(row["name"], row["to"]):
        raise Unreachable(Undelivered.UNCONFIRMED)


def papers(case: Case, row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the documents that are sent with a letter; () for most letters. When an obligation
    is referred to a court, both sides get the agreement. Only the creditor also gets the paper for the
    court."""
    for name, owed in referred(case).items() if row["name"] == "breach_referred" else ():
        if owed.id == row["facts"].get("about"):
            return (
                ("agreement", name)
                if case.stands_for(row["to"].removeprefix("party:")) == owed.to
                else ("agreement",)
            )
    encloses = letter_of(row["name"]).encloses
    return (encloses,) if encloses and case.bound and case.bound.sealed else ()


def _language(dossier: Dossier, row: Mapping[str, Any]) -> str:
    """Return the language of a letter: the party's language, or Chinese for staff."""
    person = dossier.people.get(row["to"][6:], {}) if row["to"].startswith("party:") else {}
    return str(person.get("language", "zh"))


def address(dossier: Dossier, row: Mapping[str, Any], roster: Roster, now: datetime) -> str | None:
    """Return the e-mail address or phone number to which a letter goes; None if there is none."""
    if row["to"].startswith("party:"):
        person, kind = dossier.people.get(row["to"][6:], {}), "phone" if row["way"] == Way.SMS else "email"
        if row["name"] == CONFIRM:
            return (person.get("pending") or {}).get(kind)
        # An earlier release stored only the addresses before the last change, as `before`.
        if row["facts"].get("about") == "before":
            earlier = (person.get("earlier") or {}).get(str(row["entry"]))
            return (earlier or person.get("before") or {}).get(kind)
        return person.get(kind)
    member = _recipient(dossier.case, row, roster, now)
    return member.email if member and member.email else None


def _recipient(case: Case, row: Mapping[str, Any], roster: Roster, now: datetime) -> Member | None:
    """Return the member of staff who gets a letter now, or None if nobody is there. An urgent letter to a
    role below the supervisor goes to the cover rota outside the telephone hours of the team."""
    kind, _, id = row["to"].partition(":")
    if kind == "staff":
        return roster.member(id)
    # A role can name its team, as in "department@repair".
    code, _, team = id.partition("@")
    role: Role | None = Role[code.upper()]
    urgent = letter_of(row["name"]).urgent
    if urgent and (cover := roster.covering(team or case.team, code, now)):
        return cover
    while role:
        if member := roster.on_duty(team or case.team, role, now).member:
            return member
        role = NEXT.get(role)
    return None
