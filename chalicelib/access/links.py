"""Access links and keyed hashes. No token is stored, since its key reproduces it. Raising the party's
generation number revokes a link."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator, Mapping

from chalicelib.domain.frozen import frozen

LENGTH = 26
DIGITS, TYPED = 12, 60
"""The number of digits of a passphrase, and the most characters in which a person may type it."""


@frozen
class Keys:
    """The keys of one purpose, by their ids. The current key makes new tokens; any kept key checks them."""

    current: str
    by_id: Mapping[str, str]

    @classmethod
    def read(cls, secret: str) -> Keys:
        """Return the keys of a secret: `{"current": "2", "keys": {"1": …, "2": …}}`, or one key alone, whose
        id is 1."""
        try:
            kept = json.loads(secret)
        except ValueError:
            kept = None
        return cls(kept["current"], kept["keys"]) if isinstance(kept, dict) else cls("1", {"1": secret})

    def written(self) -> str:
        """Return the secret in which these keys are kept."""
        return json.dumps({"current": self.current, "keys": dict(self.by_id)})

    def digest(self, text: str, id: str = "") -> bytes:
        """Return the keyed hash of a text, under the current key or the one with this id."""
        return hmac.digest(self.by_id[id or self.current].encode(), text.encode(), "sha256")

    def digests(self, text: str) -> Iterator[bytes]:
        """Yield the keyed hash of a text under every kept key, the current one first."""
        for id in sorted(self.by_id, key=lambda id: id != self.current):
            yield self.digest(text, id)


@frozen
class Links:
    """Maker and checker of the tokens of access links, and of the other secrets that only a letter's reader
    knows."""

    keys: Keys

    def path(self, ref: str, party: str, generation: int) -> str:
        """Return the path of a party's access link."""
        return f"/case/{ref}/{self.token(ref, party, generation)}"

    def token(self, ref: str, party: str, generation: int) -> str:
        """Return the token of an access link: party, key id and keyed hash. It reveals nothing about the
        case."""
        return self._token(party, f"link|{ref}|{party}|{generation}")

    def party(self, token: str) -> str:
        """Return the party that a token names; only `fits` checks the token."""
        return token.partition("-")[0]

    def fits(self, token: str, ref: str, party: str, generation: int) -> bool:
        """Return whether a token opens this case for this party now."""
        return self._fits(token, party, f"link|{ref}|{party}|{generation}")

    def phrase(self, ref: str, party: str, generation: int) -> str:
        """Return the passphrase: twelve digits in groups of four, which can be said on the phone. A party
        without e-mail opens the case with it."""
        digits = _digits(self.keys.digest(f"phrase|{ref}|{party}|{generation}"))
        return f"{digits[:4]} {digits[4:8]} {digits[8:]}"

    def says(self, phrase: str, ref: str, party: str, generation: int) -> bool:
        """Return whether a passphrase is this party's present one, in any spacing, also in full-width
        digits."""
        said = _typed(phrase).encode()
        known = map(_digits, self.keys.digests(f"phrase|{ref}|{party}|{generation}"))
        return any(hmac.compare_digest(said, digits.encode()) for digits in known)

    def whole(self, phrase: str) -> bool:
        """Return whether a typed text has the number of digits of a passphrase."""
        return len(_typed(phrase)) == DIGITS

    def proof(self, ref: str, party: str, address: str) -> str:
        """Return the token that goes only into letters to an e-mail address. Its holder can read the mail of
        that address."""
        return self._token(party, f"address|{ref}|{party}|{_address(address)}")

    def proves(self, token: str, ref: str, party: str, address: str) -> bool:
        """Return whether a token was in a letter to this address."""
        return self._fits(token, party, f"address|{ref}|{party}|{_address(address)}")

    def code(self, ref: str, party: str, id: str) -> str:
        """Return the six digits of a one-time code, derived from its id, so that they need not be stored."""
        return str(int.from_bytes(self.keys.digest(f"code|{ref}|{party}|{id}")[:8], "big") % 10**6).zfill(6)

    def _token(self, party: str, said: str, id: str = "") -> str:
        digest = base64.b32encode(self.keys.digest(said, id)).decode().lower()[:LENGTH]
        return f"{party}-{id or self.keys.current}-{digest}"

    def _fits(self, token: str, party: str, said: str) -> bool:
        _, _, rest = token.partition("-")
        id = rest.partition("-")[0]
        good = self._token(party, said, id) if id in self.keys.by_id else ""
        return bool(good) and hmac.compare_digest(token.encode(), good.encode())


@frozen
class Lookups:
    """Maker of the keyed hashes by which people are found and attempts are counted."""

    keys: Keys

    def of(self, address: str) -> tuple[str, ...]:
        """Return the keyed hashes of a phone number, an e-mail address or an account, the current key first.
        The hashes under earlier keys find older rows."""
        return tuple(digest.hex()[:40] for digest in self.keys.digests(_address(address)))


def _address(said: str) -> str:
    return said.strip().lower()


def _typed(phrase: str) -> str:
    return "".join(str(int(c)) for c in phrase[:TYPED] if c.isdecimal())


def _digits(digest: bytes) -> str:
    return str(int.from_bytes(digest[:8], "big") % 10**DIGITS).zfill(DIGITS)
