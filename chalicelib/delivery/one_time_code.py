"""One-time codes: an act that gives something up is confirmed by whoever reads the mail at a party's
confirmed address (issue 14).

A code of six digits is for one act only: by this party, on this case, in these very terms. It can be used
once, within fifteen minutes and with at most five tries. It stands only in a letter (`Correspondence`); we
keep nothing but keyed hashes.
"""

import hmac
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol

from chalicelib.access.authorization import CLOCK, Caller
from chalicelib.access.rate_limits import TooMany
from chalicelib.cases.casework import Casework, Meters
from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.engine.deadlines import DEADLINES
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.sending_limits import CODE_GOOD_FOR
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Case, Confirmed, Refusal, refuse_if, required
from chalicelib.domain.model.codes import ConfirmedBy, Side, Undelivered
from chalicelib.domain.model.letters import key_of
from chalicelib.domain.moves.parties import send_code, takes_codes
from chalicelib.domain.moves.work import letter_failed
from chalicelib.domain.timeline import canonical

KEPT_AS = "CODE"
KNOWN_FOR = timedelta(days=1)
"""How long a code is remembered, so that one that is used twice or too late is refused with that reason."""
TYPED = 60
"""In how many characters at most somebody may type a code."""


class Kept(Protocol):
    """Keeps what belongs to a secret until its time is over."""

    def keep(self, kind: str, secret: str, kept: Mapping[str, Any], until: datetime) -> None: ...
    def find(self, kind: str, secret: str, now: datetime) -> dict[str, Any] | None: ...


class Ceilings(Protocol):
    """Counts attempts; raises TooMany beyond a ceiling."""

    def take(self, kind: str, **parts: str) -> None: ...


@frozen
class Codes:
    """Sends one-time codes and checks them. `code` makes the digits from case, party and id; `hashed` is a
    keyed hash; `unsendable` says why no mail can go to an address now."""

    casework: Casework
    kept: Kept
    ceilings: Ceilings
    meters: Meters
    code: Callable[[str, str, str], str]
    hashed: Callable[[str], str]
    unsendable: Callable[[str], Undelivered | None]

    def send(self, caller: Caller, move: str, said: Mapping[str, Any]) -> datetime:
        """Send a party a code for a move in these terms; gives until when it can be used (UTC). An earlier
        code can no longer be used.

        Raises the Refusal of the move itself where it could not be taken, `code_not_needed`,
        `address_unconfirmed` or `address_new` where no code can be sent, `code_unsent` where mail does not
        leave now, and TooMany.
        """
        try:
            self.casework.change(move, caller.ref, caller, said, None)
        except Refusal as refusal:
            if refusal.code != "code_needed":
                raise
        else:
            raise Refusal("code_not_needed", move=move)
        dossier = self.casework.file.whole(caller.ref)
        takes_codes(dossier.case.party(caller.party), self.casework.now())
        if why := self.unsendable(dossier.people[caller.party]["email"]):
            self._hold(dossier.case, caller, move, said, why)
            raise Refusal("code_unsent")
        self.ceilings.take("code_sent", account=_whose(caller))
        id, until = self.casework.fresh(), self.casework.now() + CODE_GOOD_FOR
        code = self.hashed(self.code(caller.ref, caller.party, id))
        self._keep(caller, {"id": id, "code": code, "act": self._act(move, said), "until": stamp(until)})
        self.casework.move(
            send_code.__name__, caller.ref, CLOCK, {"party": caller.party, "confirms": move, "code": id}
        )
        return until

    def _hold(self, case: Case, caller: Caller, move: str, said: Mapping[str, Any], why: Undelivered) -> None:
        """Stop the window in which the act is possible, as if the letter that opened it had not arrived,
        until staff have told the party on the phone: nobody loses their time because our mail does not
        leave."""
        answers = MOVES[move].answers
        opened = {*answers}.union(*(DEADLINES[name].opened for name in answers if name in DEADLINES))
        about = {"", str(Side.BUSINESS), said.get("offer"), said.get("obligation")}
        for letter, post in case.posted.items():
            key = key_of(letter)
            if key.name in opened and key.about in about and letter in case.told:
                for row in self.casework.file.posted(case.ref, post):
                    if row["to"] == f"party:{caller.party}":
                        failed = {"letter": row["key"], "id": row["id"], "party": caller.party, "why": why}
                        with suppress(Refusal):  # the window stands still already
                            self.casework.move(letter_failed.__name__, case.ref, CLOCK, failed)

    @contextmanager
    def confirming(
        self, caller: Caller, move: str, said: Mapping[str, Any], code: str, client: Mapping[str, str]
    ) -> Iterator[Caller]:
        """The caller as one who has confirmed this move in these terms; with it the code is used up, unless
        the move is refused. Raises the Refusal that names what is wrong with the code, and counts it."""
        try:
            digits = "".join(str(int(c)) for c in code[:TYPED] if c.isdecimal())  # full-width digits too
            kept = self._checked(caller, move, said, digits, client.get("network", ""))
        except Refusal:
            self.meters.count("CodeRefused")
            raise
        yield replace(caller, confirmed=Confirmed(ConfirmedBy.CODE, client))
        self._keep(caller, {**kept, "used": True})

    def _checked(
        self, caller: Caller, move: str, said: Mapping[str, Any], code: str, network: str
    ) -> dict[str, Any]:
        """What is kept of the code that was entered, if it is the right one."""
        now = self.casework.now()
        kept = required(self.kept.find(KEPT_AS, _whose(caller), now), "code_unknown", field="code")
        try:
            self.ceilings.take("code", code=kept["id"])
        except TooMany:
            raise Refusal("code_spent", field="code") from None
        self.ceilings.take("code", account=_whose(caller), network=network)
        refuse_if(not hmac.compare_digest(kept["code"], self.hashed(code)), "code_wrong", field="code")
        refuse_if("used" in kept, "code_used", field="code")
        refuse_if(now >= instant(kept["until"]), "code_late", field="code")
        refuse_if(kept["act"] != self._act(move, said), "code_of_another_act", field="code")
        return kept

    def _act(self, move: str, said: Mapping[str, Any]) -> str:
        return self.hashed(sha256(f"{move}\n{canonical(said)}".encode()).hexdigest())

    def _keep(self, caller: Caller, kept: Mapping[str, Any]) -> None:
        self.kept.keep(KEPT_AS, _whose(caller), kept, self.casework.now() + KNOWN_FOR)


def _whose(caller: Caller) -> str:
    return f"{caller.ref}\n{caller.party}"
