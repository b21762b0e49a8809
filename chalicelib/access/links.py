"""Access links, reply addresses and keyed hashes. No token is stored, because it can be computed again with
the key. Each party has a generation number. Raising that number makes the party's earlier links invalid."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator, Mapping
from secrets import token_hex

from chalicelib.domain.frozen import frozen

LENGTH = 26
DIGITS, TYPED = 12, 60
"""The number of digits of a passphrase, and the maximum number of characters that are read of a typed
passphrase."""

TO_PARTNER = "partner"
"""The value of `to` in an access link that opens the page on which the person ends what their partner
reads."""


@frozen
class PurposeKeys:
    """The keys of one purpose, by id. The key `current` makes new tokens; every key in `by_id` checks
    them."""

    current: str
    by_id: Mapping[str, str]

    @classmethod
    def read(cls, secret: str) -> PurposeKeys:
        """Return the keys in a secret's text. The text is JSON, `{"current": "2", "keys": {"1": …, "2": …}}`,
        or a single key, which gets the id 1."""
        try:
            kept = json.loads(secret)
        except ValueError:
            kept = None
        return cls(kept["current"], kept["keys"]) if isinstance(kept, dict) else cls("1", {"1": secret})

    def written(self) -> str:
        """Return the keys as the text of a secret, in the form that `read` takes."""
        return json.dumps({"current": self.current, "keys": dict(self.by_id)})

    def digest(self, text: str, id: str = "") -> bytes:
        """Return the keyed hash of a text under the key with this id; without `id`, under the current key."""
        return hmac.digest(self.by_id[id or self.current].encode(), text.encode(), "sha256")

    def digests(self, text: str) -> Iterator[bytes]:
        """Yield the keyed hash of a text under each key, the current key first."""
        for id in sorted(self.by_id, key=lambda id: id != self.current):
            yield self.digest(text, id)


@frozen
class Links:
    """Makes and checks the tokens of access links. Four other secrets that only the reader of a letter knows
    are made and checked here too: the passphrase, the address token, the one-time code, and the link to a
    question. `ref` is a case number, `party` a party's id on the case."""

    keys: PurposeKeys

    def path(self, ref: str, party: str, generation: int) -> str:
        """Return the path of a party's access link on our site. `generation` is the party's generation
        number."""
        return f"/case/{ref}/{self.token(ref, party, generation)}"

    def token(self, ref: str, party: str, generation: int) -> str:
        """Return the token of an access link: party, key id and keyed hash. The token reveals nothing about
        the case."""
        return self._token(party, f"link|{ref}|{party}|{generation}")

    def party(self, token: str) -> str:
        """Return the party id that a token names; for a link to a question, the id of the question. The
        functions `fits` and `asks` check the token; this one does not."""
        return token.partition("-")[0]

    def fits(self, token: str, ref: str, party: str, generation: int) -> bool:
        """Return whether a token is valid for this case, party and generation."""
        return self._fits(token, party, f"link|{ref}|{party}|{generation}")

    def phrase(self, ref: str, party: str, generation: int) -> str:
        """Return the passphrase of a party: twelve digits in groups of four, which can be said on the phone.
        A party without e-mail signs in with case number and passphrase."""
        digits = _digits(self.keys.digest(f"phrase|{ref}|{party}|{generation}"))
        return f"{digits[:4]} {digits[4:8]} {digits[8:]}"

    def says(self, phrase: str, ref: str, party: str, generation: int) -> bool:
        """Return whether the typed text `phrase` is the current passphrase of this party. Spaces do not
        matter, and full-width digits are accepted."""
        said = _typed(phrase).encode()
        known = map(_digits, self.keys.digests(f"phrase|{ref}|{party}|{generation}"))
        return any(hmac.compare_digest(said, digits.encode()) for digits in known)

    def whole(self, phrase: str) -> bool:
        """Return whether a typed text has as many digits as a passphrase."""
        return len(_typed(phrase)) == DIGITS

    def proof(self, ref: str, party: str, address: str) -> str:
        """Return the token with which the owner of an e-mail address or telephone number confirms it. The
        token is sent only to that address or number. It proves that its holder can read what arrives
        there."""
        return self._token(party, f"address|{ref}|{party}|{_address(address)}")

    def proves(self, token: str, ref: str, party: str, address: str) -> bool:
        """Return whether a token is the one that `proof` makes for this address or telephone number."""
        return self._fits(token, party, f"address|{ref}|{party}|{_address(address)}")

    def code(self, ref: str, party: str, id: str) -> str:
        """Return the six digits of a one-time code. They are computed from the id of the code, so they need
        not be stored."""
        return str(int.from_bytes(self.keys.digest(f"code|{ref}|{party}|{id}")[:8], "big") % 10**6).zfill(6)

    def question_path(self, ref: str, question: str, who: str) -> str:
        """Return the path of the link with which a person of a department answers a question without an
        account. `question` is the id of the question, `who` that of the person."""
        return f"/question/{ref}/{self._token(question, f'question|{ref}|{question}|{who}')}"

    def asks(self, token: str, ref: str, question: str, who: str) -> bool:
        """Return whether a token is the one in the link of this person to this question."""
        return self._fits(token, question, f"question|{ref}|{question}|{who}")

    def _token(self, party: str, said: str, id: str = "") -> str:
        digest = base64.b32encode(self.keys.digest(said, id)).decode().lower()[:LENGTH]
        return f"{party}-{id or self.keys.current}-{digest}"

    def _fits(self, token: str, party: str, said: str) -> bool:
        _, _, rest = token.partition("-")
        id = rest.partition("-")[0]
        good = self._token(party, said, id) if id in self.keys.by_id else ""
        return bool(good) and hmac.compare_digest(token.encode(), good.encode())


@frozen
class ReplyAddresses:
    """Makes and checks the secret e-mail addresses to which people reply. Each person on a case has their own
    address, which is computed from the number of the case and the id of the party. It goes on working with a
    new access link, because people reply to old letters; it opens nothing. `keys` are those of keyed hashes,
    because none of them is ever dropped. `domain` is the domain of the addresses; "" if there are none."""

    keys: PurposeKeys
    domain: str

    def of(self, ref: str, party: str) -> str:
        """Return the reply address of a party; "" without a domain. It has lower case only, and its local
        part has at most 64 characters, as RFC 5321 demands."""
        return f"{self._local(ref, party, self.keys.current)}@{self.domain}" if self.domain else ""

    def whose(self, address: str) -> tuple[str, str] | None:
        """Return the case number and the party id of a reply address. Return None for any other address."""
        local, _, domain = _address(address).rpartition("@")
        ref, party, id, _ = f"{local}---".split("-", 3)
        fits = self.domain == domain and id in self.keys.by_id
        good = self._local(ref, party, id) if fits else ""
        return (ref, party) if good and hmac.compare_digest(local.encode(), good.encode()) else None

    def _local(self, ref: str, party: str, id: str) -> str:
        digest = base64.b32encode(self.keys.digest(f"reply|{ref}|{party}", id)).decode().lower()[:LENGTH]
        return f"{ref}-{party}-{id}-{digest}"


@frozen
class CalendarAddresses:
    """Makes the secret parts of the addresses of calendar feeds. `keys` are those of keyed hashes, because
    none of them is ever dropped."""

    keys: PurposeKeys

    def secret(self, who: str, made: str) -> str:
        """Return the secret part of the address of a calendar. `who`: the id of its owner. `made`: a random
        text and the id of the key, as `new` returns them."""
        id, _, _ = made.partition("-")
        return base64.b32encode(self.keys.digest(f"calendar|{who}|{made}", id)).decode().lower()[:LENGTH]

    def new(self) -> str:
        """Return a new random text with the id of the present key. It is stored, and reveals nothing about
        the address."""
        return f"{self.keys.current}-{token_hex(16)}"


@frozen
class Lookups:
    """Makes keyed hashes of addresses. They serve to find the cases of a person and to count attempts,
    without storing an address."""

    keys: PurposeKeys

    def of(self, address: str) -> tuple[str, ...]:
        """Return the keyed hash of a phone number, e-mail address or account under each key, the current key
        first. The hashes under earlier keys find rows that were stored before the key changed."""
        return tuple(digest.hex()[:40] for digest in self.keys.digests(_address(address)))


def _address(said: str) -> str:
    return said.strip().lower()


def _typed(phrase: str) -> str:
    return "".join(str(int(c)) for c in phrase[:TYPED] if c.isdecimal())


def _digits(digest: bytes) -> str:
    return str(int.from_bytes(digest[:8], "big") % 10**DIGITS).zfill(DIGITS)
