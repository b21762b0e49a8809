"""One-time codes. With a code, a party confirms an act that gives up a right. The code is sent to the party's
confirmed address.

A code has six digits. It is valid for one act: one party, one case, one move with the same facts. It works
once, within fifteen minutes, and with at most five tries. Only the letter contains the code; we store its
keyed hash.
"""

import hmac
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol

from chalicelib.access.authorization import CLOCK, Caller
from chalicelib.access.rate_limits import TooMany
from chalicelib.cases.casework import Casework
from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.sending_limits import CODE_GOOD_FOR
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case, Confirmed, Refusal, refuse_if, required
from chalicelib.domain.model.codes import ConfirmedBy, Side, Undelivered
from chalicelib.domain.model.letters import key_of, opened_by
from chalicelib.domain.moves.call_tasks import letter_failed
from chalicelib.domain.moves.parties import send_code, takes_codes
from chalicelib.domain.timeline import canonical

KEPT_AS = "CODE"
KNOWN_FOR = timedelta(days=1)
"""How long a used or expired code is remembered, so that its refusal can give the reason."""
TYPED = 60
"""The maximum number of characters that are read of a typed code."""


class SecretStore(Protocol):
    """A store of values under a secret, each until a given moment."""

    def keep(self, kind: str, secret: str, values: Mapping[str, Any], until: datetime) -> None: ...
    def find(self, kind: str, secret: str, now: datetime) -> dict[str, Any] | None: ...


@frozen
class Codes:
    """Sends and checks one-time codes. `kept` stores the last code of each party, as a keyed hash. `code`
    returns the digits of a code, from case number, party and code id. `hashed` returns a keyed hash.
    `unsendable` returns why no mail can go to an address now; None if it can."""

    casework: Casework
    kept: SecretStore
    code: Callable[[str, str, str], str]
    hashed: Callable[[str], str]
    unsendable: Callable[[str], Undelivered | None]

    def send(self, caller: Caller, move: str, body: Mapping[str, Any]) -> datetime:
        """Send a party a code for the move `move` with the facts in `body`, and return when the code expires
        (UTC). An earlier code of the party becomes invalid.

        Raises the Refusal of the move if the move cannot be taken. Raises Refusal `code_not_needed` if the
        move needs no code. Raises Refusal `address_unconfirmed` or `address_new` if no code may be sent to
        the party's address. Raises Refusal `code_unsent` while no mail can leave. Raises TooMany.
        """
        try:
            self.casework.change(move, caller.ref, caller, body, None)
        except Refusal as refusal:
            if refusal.code != "code_needed":
                raise
        else:
            raise Refusal("code_not_needed", move=move)
        dossier = self.casework.file.whole(caller.ref)
        takes_codes(dossier.case.party(caller.party), self.casework.now())
        if why := self.unsendable(dossier.people[caller.party]["email"]):
            self._hold(dossier.case, caller, move, body, why)
            raise Refusal("code_unsent")
        self.casework.ceilings.take("code_sent", account=_whose(caller))
        id, until = self.casework.fresh(), self.casework.now() + CODE_GOOD_FOR
        code = self.hashed(self.code(caller.ref, caller.party, id))
        self._keep(caller, {"id": id, "code": code, "act": self._act(move, body), "until": stamp(until)})
        self.casework.move(
            send_code.__name__, caller.ref, CLOCK, {"party": caller.party, "confirms": move, "code": id}
        )
        return until

    def _hold(self, case: Case, caller: Caller, move: str, said: Mapping[str, Any], why: Undelivered) -> None:
        """Suspend the window in which the party must do the act `move`, until staff have called the party.
        `why` says why no code can be sent. This is done because a failure of our mail must not cost the party
        its time."""
        answers = MOVES[move].answers
        opened = {*answers}.union(*map(opened_by, answers))
        about = {"", str(Side.BUSINESS), said.get("offer"), said.get("obligation")}
        for letter, post in case.posted.items():
            key = key_of(letter)
            if key.name in opened and key.about in about and letter in case.told:
                for row in self.casework.file.posted(case.ref, post):
                    if row["to"] == f"party:{caller.party}":
                        failed = {"letter": row["key"], "id": row["id"], "party": caller.party, "why": why}
                        with suppress(Refusal):  # the window is suspended already
                            self.casework.move(letter_failed.__name__, case.ref, CLOCK, failed)

    @contextmanager
    def confirming(
        self, caller: Caller, move: str, body: Mapping[str, Any], code: str, client: Mapping[str, str]
    ) -> Iterator[Caller]:
        """A context manager that checks the code and gives the caller, marked as confirmed for the move
        `move` with the facts `body`. `client` describes the caller's device and network. After the block the
        code is used up; if the block raises an error, the code can be used again.

        If the code is wrong, expired or used, a metric is reported, and the Refusal that gives the reason is
        raised.
        """
        try:
            # Full-width digits are accepted too.
            digits = "".join(str(int(c)) for c in code[:TYPED] if c.isdecimal())
            kept = self._checked(caller, move, body, digits, client.get("network", ""))
        except Refusal:
            self.casework.meters.count("CodeRefused")
            raise
        yield caller.with_confirmation(Confirmed(ConfirmedBy.CODE, client))
        self._keep(caller, {**kept, "used": True})

    def _checked(
        self, caller: Caller, move: str, said: Mapping[str, Any], code: str, network: str
    ) -> dict[str, Any]:
        """Return what is stored of the code that the caller entered. Raises the Refusal that says what is
        wrong with the code. Raises TooMany after too many tries."""
        now = self.casework.now()
        kept = required(self.kept.find(KEPT_AS, _whose(caller), now), "code_unknown", field="code")
        try:
            self.casework.ceilings.take("code", code=kept["id"])
        except TooMany:
            raise Refusal("code_spent", field="code") from None
        self.casework.ceilings.take("code", account=_whose(caller), network=network)
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
