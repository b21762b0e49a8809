"""E-mail addresses as a reader sees them: the mailbox of an address, and whether the address is one of ours
or looks like one of ours.

Lookalike letters of other scripts are replaced by Latin letters, from a small table in this file. The table
of Unicode (UTS 39) is not used, because it also replaces digits by letters. It would take a consumer's
mailbox for a colleague's."""

import unicodedata
from collections.abc import Iterable

from chalicelib.domain.frozen import frozen

ALIKE = {
    "a": "аɑαАΑ",
    "b": "ЬьвВΒßβ",
    "c": "сϲСϹᴄς",
    "d": "ԁɗ",
    "e": "еєεЕΕҽ",
    "f": "ƒſϝ",
    "g": "ɡɢԌԍ",
    "h": "һнНΗҺ",
    "i": "іıιІΙӀɩ",
    "j": "јϳЈͿ",
    "k": "кκКΚ",
    "l": "ӏᛁ",
    "m": "мМΜϻϺ",
    "n": "пηΝո",
    "o": "оοσОΟօө",
    "p": "рρРΡ",
    "q": "ԛԚգ",
    "r": "гᴦ",
    "s": "ѕЅꜱ",
    "t": "тτТΤ",
    "u": "υսцᴜμ",
    "v": "νѵѴ",
    "w": "ԝωԜѡш",
    "x": "хχХΧ",
    "y": "уγУΥүҮ",
    "z": "ᴢΖʐ",
}
"""The lookalikes of each Latin letter in other scripts (Cyrillic, Greek, Armenian, phonetic). The key is the
Latin letter, the value its lookalikes. A capital is listed by its own shape: the Greek capital Η stands under
h, although its small letter η looks like n."""
LATIN = str.maketrans({other: letter for letter, others in ALIKE.items() for other in others} | {"。": "."})


def mailbox(address: str) -> str:
    """Return the mailbox of an e-mail address: in small letters, without a tag after a plus, with its domain
    in Unicode and without a dot at the end. A telephone number is returned unchanged."""
    text = unicodedata.normalize("NFKC", address).strip().replace("。", ".").lower()
    local, at, domain = text.rpartition("@")
    if not at:
        return text
    labels = (_decoded(label) for label in domain.strip(".").split("."))
    return f"{local.partition('+')[0] or local}@{'.'.join(labels)}"


def _decoded(label: str) -> str:
    """Return one label of a domain (the part between two dots) in Unicode. A label in ASCII form (RFC 3492,
    "xn--…") is decoded. A label that cannot be decoded is returned unchanged."""
    if not label.startswith("xn--"):
        return label
    try:
        return unicodedata.normalize("NFKC", label[4:].encode().decode("punycode")).lower()
    except UnicodeError:
        return label


def _seen(address: str) -> str:
    """Return the address as a hasty reader sees it. Lookalike letters become Latin letters, and accents are
    dropped."""
    if address.isascii() and "xn--" not in address.lower():
        return mailbox(address)
    text = mailbox(unicodedata.normalize("NFKC", address).translate(LATIN)).translate(LATIN)
    plain = (c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) not in ("Mn", "Cf"))
    return "".join(plain).lower()


@frozen
class OurAddresses:
    """The domains of the company, with all their subdomains, and the mailboxes of staff and mediators."""

    domains: tuple[str, ...] = ()
    people: frozenset[str] = frozenset()

    def hold(self, address: str) -> bool:
        """Return whether the address is one of these addresses, or looks like one of them."""
        seen = _seen(address)
        domain = seen.rpartition("@")[2]
        return seen in self.people or any(domain == own or domain.endswith(f".{own}") for own in self.domains)


def our_addresses(domains: Iterable[str], people: Iterable[str]) -> OurAddresses:
    """Return the addresses of the company: `domains` are its domains, `people` the e-mail addresses of staff
    and mediators, in any spelling. Empty texts are left out."""
    named = (_seen(f"x@{domain}").rpartition("@")[2] for domain in domains if domain)
    return OurAddresses(tuple(named), frozenset(_seen(one) for one in people if one))
