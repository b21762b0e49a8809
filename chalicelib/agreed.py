"""The slots of letters about a mediation or an agreement, from the timeline up to the letter's own entry."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from chalicelib.domain.calendar import day_end, instant
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case, Party
from chalicelib.domain.model.codes import Confirmation, Side
from chalicelib.domain.model.parts import BUSINESS, MEDIATOR
from chalicelib.domain.roster import Roster
from chalicelib.dossier import Line
from chalicelib.view.party import side_of

DRAFTED = ("draft_agreement", "amend_draft")


@frozen
class Agreed:
    """The slots of one letter about a mediation or an agreement: for `party`, or for the mediator (None), who
    stands in an agreement as `me`, written when `history` was all that had happened, and about `about` (such
    as a meeting's id)."""

    case: Case
    history: Sequence[Line]
    roster: Roster
    public_url: str
    party: Party | None
    me: str
    about: str

    def all(self) -> dict[str, Any]:
        """Each of these slots; None where there is nothing to name."""
        return {
            "mediator": self.mediator(),
            "meeting": self.meeting(),
            "challenge": self.challenge(),
            "agreement": self.agreement(),
            "confirmation": self.confirmation(),
        }

    def mediator(self) -> SimpleNamespace | None:
        """Who was last asked to mediate, as the register knows them, with what they said of their `past`
        cases with this company when they took this one on."""
        asked, taken = self.last("appoint_mediator"), self.last("accept_appointment")
        known = self.roster.mediators.member(asked[0]["facts"]["mediator"]) if asked else None
        if known is None:
            return None
        past = taken[1].get("past_cases") if taken and taken[0]["who"] == known.id else None
        return SimpleNamespace(**vars(known), past_cases=past)

    def meeting(self) -> SimpleNamespace | None:
        """The meeting that the letter is about, as it was called and changed until then; `was`: the time that
        it was moved from."""
        id = self.about.partition("#")[0]
        found: dict[str, Any] = {}
        for line, words in self.history:
            said = {**line["facts"], **words}
            if line["move"] == "call_meeting" and said["meeting"] == id:
                found = {
                    "at": instant(said["at"]),
                    "minutes": said["minutes"],
                    "way": said["way"],
                    "place": said.get("place"),
                    "papers": said.get("papers"),
                    "was": None,
                    "sequence": 0,
                }
            elif line["move"] == "change_meeting" and said["meeting"] == id and found:
                new = {name: said[name] for name in ("minutes", "way", "place") if said.get(name)}
                moved = (
                    {"at": instant(said["at"]), "was": instant(said["was"])}
                    if said.get("at")
                    else {"was": None}
                )
                found |= {**new, **moved, "sequence": found["sequence"] + 1}
            elif said.get("called_off") == id and found:
                found["sequence"] += 1
        return (
            SimpleNamespace(id=id, uid=f"{self.case.ref}-{id}@{urlsplit(self.public_url).hostname}", **found)
            if found
            else None
        )

    def challenge(self) -> SimpleNamespace:
        """Which side last objected to the mediator, and whether that is the reader's."""
        asked, side = self.last("challenge_mediator"), self.party.side if self.party else None
        by = side_of(asked[0], asked[0]["facts"]) if asked else None
        return SimpleNamespace(side=by and str(by), own=side is not None and by == side)

    def agreement(self) -> SimpleNamespace | None:
        """The text last drafted before the letter, or changed: what it says, who has signed it or not, since
        when it is in force."""
        found = next(
            (n for n in range(len(self.history), 0, -1) if self.history[n - 1][0]["move"] in DRAFTED), 0
        )
        if not found:
            return None
        line, words = self.history[found - 1]
        text, since = words.get("text") or {}, [later for later, _ in self.history[found:]]
        signed = [
            later
            for later in since
            if "of" in later["facts"] and "sign" in (later["move"], later["facts"].get("move"))
        ]
        signers = [*(p["id"] for p in text.get("parties", ())), *([MEDIATOR] if text.get("mediator") else [])]
        missing = [signer for signer in signers if signer not in {later["facts"]["of"] for later in signed}]
        sealed: dict[str, Any] = next(
            (later["facts"] for later in since if later["move"] == "record_seal"), {}
        )
        names = {p["id"]: p.get("name") or p["id"] for p in text.get("parties", ())}
        return SimpleNamespace(
            number=text.get("number"),
            version=line["facts"]["version"],
            digest=line["facts"]["digest"],
            text=text or None,
            kind=text.get("kind", "settlement"),
            drafted_on=day_ends(text["drafted_on"]) if text else None,
            duties=[self.duty(clause, names) for clause in text.get("clauses", ())],
            me=names.get(self.me) if self.party and self.me != self.party.id else None,
            missing=list(self.people(missing)),
            unsigned=list(self.people(self.history[-1][0]["facts"].get("missing", ()))),
            replaced=[
                SimpleNamespace(
                    kind=old["kind"],
                    amount=old.get("amount"),
                    by=day_ends(old["by"]) if old.get("by") else None,
                    what=old.get("what"),
                )
                for old in text.get("replaces", ())
            ],
            in_force=next((instant(later["at"]) for later in signed if later["facts"].get("in_force")), None),
            sealed=sealed.get("sha256"),
            application=bool(sealed.get("application")),
            verify=f"{self.public_url}/verify",
        )

    def duty(self, clause: Mapping[str, Any], names: Mapping[str, str]) -> SimpleNamespace:
        """A clause of a text: `owes` and `gets` tell whether it is the reader's duty or claim; `after` and
        `days` what it waits for."""
        waits = clause.get("after") or {}
        return SimpleNamespace(
            id=clause["id"],
            kind=clause["kind"],
            amount=clause.get("amount"),
            penalty=clause.get("penalty"),
            measure=clause["measure"],
            by=day_ends(clause["by"]) if clause.get("by") else None,
            after=waits.get("clause"),
            days=waits.get("days"),
            proof=clause["proof"],
            confirms=clause["confirms"],
            cure_days=clause["cure_days"],
            zh=clause["what"].get("zh"),
            en=clause["what"].get("en"),
            debtor=names[clause["debtor"]],
            creditor=names[clause["creditor"]],
            owes=clause["debtor"] == self.me,
            gets=clause["creditor"] == self.me,
        )

    def people(self, signers: Iterable[str]) -> Iterator[SimpleNamespace]:
        """Signers by their role only: the reader, how many others who complain, the company, the mediator."""
        known = list(signers)
        others = [id for id in known if id not in (self.me, BUSINESS, MEDIATOR)]
        if self.me in known:
            yield SimpleNamespace(who="reader", n=1)
        if others:
            yield SimpleNamespace(who="consumer", n=len(others))
        for who in (BUSINESS, MEDIATOR):
            if who in known and who != self.me:
                yield SimpleNamespace(who=who, n=1)

    def confirmation(self) -> SimpleNamespace | None:
        """Whether the other side had agreed to apply for judicial confirmation; None where a court cannot
        confirm this agreement."""
        if not (self.case.bound and self.case.bound.lawful):
            return None
        side = self.party.side if self.party else Side.CONSUMER
        agreed = (
            side_of(line, line["facts"])
            for line, _ in self.history
            if line["move"] == "record_confirmation" and line["facts"]["step"] == Confirmation.AGREES
        )
        return SimpleNamespace(other_agreed=side.other in agreed)

    def last(self, move: str) -> Line | None:
        """The last entry of a move."""
        return next((entry for entry in reversed(self.history) if entry[0]["move"] == move), None)


def day_ends(day: str) -> datetime:
    """The end of a day."""
    return day_end(date.fromisoformat(day))
