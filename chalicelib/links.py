"""Access links and keyed hashes: nothing secret is stored, and a link is revoked by the next generation."""
from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass

LENGTH = 26
KEY_ID = "1"
DIGITS = 12


@dataclass(frozen=True)
class Links:
    """Makes and checks the token of a party's access link, and the keyed hashes under which people are found."""

    key: str
    lookups: str

    def path(self, ref: str, party: str, generation: int) -> str:
        """The path of a party's access link."""
        return f"/case/{ref}/{self.token(ref, party, generation)}"

    def token(self, ref: str, party: str, generation: int) -> str:
        """The token: party, key id and keyed hash; it says nothing by itself."""
        digest = hmac.digest(self.key.encode(), f"link|{ref}|{party}|{generation}".encode(), "sha256")
        return f"{party}-{KEY_ID}-{base64.b32encode(digest).decode().lower()[:LENGTH]}"

    def party(self, token: str) -> str:
        """The party that a token names; whether it is good only `fits` tells."""
        return token.partition("-")[0]

    def fits(self, token: str, ref: str, party: str, generation: int) -> bool:
        """Whether a token opens this case for this party now."""
        return hmac.compare_digest(token.encode(), self.token(ref, party, generation).encode())

    def phrase(self, ref: str, party: str, generation: int) -> str:
        """Twelve digits in groups of four, sayable on the phone, with which who has no mail asks back."""
        digest = hmac.digest(self.key.encode(), f"phrase|{ref}|{party}|{generation}".encode(), "sha256")
        digits = str(int.from_bytes(digest[:8], "big") % 10**DIGITS).zfill(DIGITS)
        return f"{digits[:4]} {digits[4:8]} {digits[8:]}"

    def proof(self, ref: str, party: str, address: str) -> str:
        """The token that goes only into letters to an e-mail address: whoever has it reads what is sent
        there."""
        digest = hmac.digest(self.key.encode(), f"address|{ref}|{party}|{self.lookup(address)}".encode(), "sha256")
        return f"{party}-{KEY_ID}-{base64.b32encode(digest).decode().lower()[:LENGTH]}"

    def proves(self, token: str, ref: str, party: str, address: str) -> bool:
        """Whether a token was in a letter to this address."""
        return hmac.compare_digest(token.encode(), self.proof(ref, party, address).encode())

    def lookup(self, address: str) -> str:
        """The keyed hash under which a phone number or e-mail address is found."""
        return hmac.new(self.lookups.encode(), address.strip().lower().encode(), "sha256").hexdigest()[:40]
