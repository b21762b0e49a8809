"""How a letter owed becomes a letter sent: claimed, rendered from what was true when it was written, sent once, recorded, or given up."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from chalicelib.access import CLOCK, NotFound
from chalicelib.casework import CaseFile, Casework, Dossier, Meters, Newer, Unavailable
from chalicelib.domain.calendar import instant
from chalicelib.domain.case import Case, Refusal
from chalicelib.domain.change import ONLY_BY_MAIL
from chalicelib.domain.codes import Role, Undelivered
from chalicelib.domain.reference import shown
from chalicelib.domain.referral import referred
from chalicelib.domain.roster import Member, Roster
from chalicelib.letters import Attachment, Rendered, ics, render
from chalicelib.slots import Slots

GIVEN_UP_AFTER = timedelta(hours=48)
"""A letter is given up after this time, not after a number of tries."""
AGAIN = timedelta(minutes=2)
"""When a letter is tried again that could not be sent; it doubles with each try, up to an hour."""
HELD = timedelta(minutes=5)
PAPERS = {"in_force": ("agreement",), "confirmation_offer": ("application",)}
"""Letters that documents of the agreement go with, and which."""
NEXT = {Role.INTAKE: Role.LEAD, Role.INVESTIGATOR: Role.LEAD, Role.FOLLOWUP: Role.LEAD, Role.LEAD: Role.SUPERVISOR,
        Role.SAFETY: Role.SUPERVISOR, Role.SUPERVISOR: Role.EXECUTIVE, Role.DEPARTMENT: Role.DEPARTMENT_HEAD}
"""Who gets an inside letter when a role is empty."""


class Throttled(Exception):
    """The mail provider asks us to slow down: this was no try."""


class Rejected(Exception):
    """The mail provider will never take this letter: the address cannot be."""


class Post(Protocol):
    """The mail provider. `send` returns the provider's id; raises Throttled, Rejected, or Unavailable (it may have been sent)."""

    def send(self, to: str, letter: Rendered, ref: str, id: str) -> str: ...


class Outbox(Protocol):
    """The states of letters owed."""

    def claim(self, ref: str, id: str, claim: str, now: datetime) -> dict[str, Any] | None: ...
    def release(self, ref: str, id: str, claim: str, at: datetime, tried: bool = True) -> None: ...
    def sent(self, ref: str, id: str, claim: str, kept: dict[str, Any]) -> None: ...
    def ended(self, ref: str, id: str, claim: str, state: str, why: str) -> None: ...
    def by_message(self, message_id: str) -> tuple[str, str] | None: ...
    def mark(self, ref: str, id: str, event: str, kept: dict[str, Any]) -> None: ...
    def letter(self, ref: str, id: str) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Correspondence:
    """Letters out, and what the provider tells of them. `link` makes a party's access link, `phrase` the anonymous caller's words;
    `sender` is the address that letters come from; `paper` reads a kept document of a case, and may raise Unavailable.
    """

    casework: Casework
    file: CaseFile
    outbox: Outbox
    post: Post
    meters: Meters
    link: Callable[[str, str, int], str]
    phrase: Callable[[str, str, int], str]
    public_url: str
    sender: str
    paper: Callable[[Case, str], bytes]
    held: bool = False

    def nudged(self, ref: str, letters: list[str]) -> None:
        """Send the letters that a move has just owed."""
        for id in letters:
            self.deliver(ref, id, self.casework.now())

    def deliver(self, ref: str, id: str, now: datetime) -> None:
        """Send one letter if it is still owed. Never raises for the mail provider's sake: what fails is due again."""
        claim = self.casework.fresh()
        row = self.outbox.claim(ref, id, claim, now)
        if row is None:
            return
        try:
            if self.held:
                self.outbox.release(ref, id, claim, now + HELD, tried=False)
            elif now - instant(row["at"]) > GIVEN_UP_AFTER:
                self._give_up(row, ref, claim, Undelivered.GIVEN_UP, now)
            else:
                self._send(row, ref, claim, now)
        except Newer:               # the case is of a newer release by now: a worker of that one sends the letter
            self.outbox.release(ref, id, claim, now + AGAIN, tried=False)

    def _send(self, row: Mapping[str, Any], ref: str, claim: str, now: datetime) -> None:
        dossier, roster, id = self.file.whole(ref), self.file.roster(), row["id"]
        to = address(dossier, row, roster, now)
        if to is None:
            return self._give_up(row, ref, claim, Undelivered.NO_ADDRESS, now)
        try:
            letter = self.rendered(dossier, row, roster, now)._replace(attachments=self._attached(dossier, row, roster, now, to))
            message_id = self.post.send(to, letter, ref, id)
        except Throttled:
            return self.outbox.release(ref, id, claim, now + AGAIN, tried=False)
        except Rejected:
            return self._give_up(row, ref, claim, Undelivered.BOUNCE, now)
        except Unavailable:
            return self.outbox.release(ref, id, claim, now + min(AGAIN * 2 ** min(row["tries"] - 1, 5), timedelta(hours=1)))
        return self.outbox.sent(ref, id, claim, {"at": now, "message_id": message_id, "subject": letter.subject, "text": letter.text})

    def event(self, kind: str, message_id: str, ref: str, id: str, permanent: bool, now: datetime) -> None:
        """What the provider tells: *send* marks a letter sent, a permanent bounce or a refusal means it did not arrive."""
        found = (ref, id) if ref else self.outbox.by_message(message_id)
        if found is None:
            return
        if kind == "send":
            self.outbox.mark(*found, "send", {"at": now, "message_id": message_id})
        elif kind in ("bounce", "reject") and permanent:
            try:
                row = self.outbox.letter(*found)
            except NotFound:                # of another deployment, or from before a restore
                return
            if row["state"] in ("sent", "sending"):
                self._failed(row, found[0], Undelivered.BOUNCE, now)        # first: a crash in between repeats it, and loses nothing
                self.outbox.mark(*found, "bounced", {})

    def rendered(self, dossier: Dossier, row: Mapping[str, Any], roster: Roster, now: datetime) -> Rendered:
        """The letter as it reads for its recipient."""
        return render(row["name"], _language(dossier, row), self.slots(dossier, row, roster, now))

    def _attached(self, dossier: Dossier, row: Mapping[str, Any], roster: Roster, now: datetime, to: str) -> tuple[Attachment, ...]:
        """What goes with a mailed letter: with one about a meeting the calendar's invitation, with one about an agreement in force the
        sealed document, or the application to the court."""
        if names := papers(dossier.case, row):
            number = shown(dossier.case.ref)
            return tuple(Attachment(f"{name}-{number}.pdf", "application/pdf", self.paper(dossier.case, name)) for name in names)
        if row["name"] not in ics.METHODS:
            return ()
        slots, language = self.slots(dossier, row, roster, now), _language(dossier, row)
        return ics.attachments(row["name"], language, slots, ics.Address(slots["team"], self.sender), ics.Address(slots["name"] or to, to))

    def slots(self, dossier: Dossier, row: Mapping[str, Any], roster: Roster, now: datetime) -> dict[str, Any]:
        """Everything a letter's text may name."""
        staff = None if row["to"].startswith("party:") else _recipient(dossier.case, row["to"], roster, now)
        return Slots(dossier, row, roster, now, self.public_url, self.link, self.phrase, staff).all()

    def _give_up(self, row: Mapping[str, Any], ref: str, claim: str, why: Undelivered, now: datetime) -> None:
        """The letter ends unsent; a party's becomes a telling task for the case's owner."""
        self._failed(row, ref, why, now)            # first: a crash in between repeats it, and loses nothing
        self.outbox.ended(ref, row["id"], claim, "given up" if why != Undelivered.NO_ADDRESS else "skipped", why)
        self.meters.count("LettersGivenUp")

    def _failed(self, row: Mapping[str, Any], ref: str, why: Undelivered, now: datetime) -> None:
        if not row["to"].startswith("party:") or row["name"] in ONLY_BY_MAIL:
            return
        try:
            failed = {"letter": row.get("key") or row["name"], "id": row["id"], "party": row["to"][6:], "why": why}
            self.casework.move("letter_failed", ref, CLOCK, failed)
        except (Refusal, NotFound):
            return              # it has been recorded before


def papers(case: Case, row: Mapping[str, Any]) -> tuple[str, ...]:
    """The documents that go with a letter: when an obligation was passed on the agreement to both of its sides, and to its creditor alone
    what they take to the court."""
    for name, owed in referred(case).items() if row["name"] == "breach_referred" else ():
        if owed.id == row["facts"].get("about"):
            return ("agreement", name) if case.stands_for(row["to"].removeprefix("party:")) == owed.to else ("agreement",)
    return PAPERS.get(row["name"], ()) if case.bound and case.bound.sealed else ()


def _language(dossier: Dossier, row: Mapping[str, Any]) -> str:
    """The language of a letter: a party's own, Chinese inside the house."""
    person = dossier.people.get(row["to"][6:], {}) if row["to"].startswith("party:") else {}
    return str(person.get("language", "zh"))


def address(dossier: Dossier, row: Mapping[str, Any], roster: Roster, now: datetime) -> str | None:
    """Where a letter goes; None when there is nowhere."""
    if row["to"].startswith("party:"):
        person = dossier.people.get(row["to"][6:], {})
        return (person.get("before") or {}).get("email") if row["facts"].get("about") == "before" else person.get("email")
    member = _recipient(dossier.case, row["to"], roster, now)
    return member.email if member and member.email else None


def _recipient(case: Case, to: str, roster: Roster, now: datetime) -> Member | None:
    kind, _, id = to.partition(":")
    if kind == "staff":
        return roster.member(id)
    code, _, team = id.partition("@")                           # "department@repair": of another team than the case's
    role: Role | None = Role[code.upper()]
    while role:
        if member := roster.on_duty(team or case.team, role, now).member:
            return member
        role = NEXT.get(role)
    return None
