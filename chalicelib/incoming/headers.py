"""Headers of mails: words in any character set, addresses and parameters. The functions read any value, and
leave out what has no meaning."""

import re
from base64 import b64decode
from binascii import a2b_qp
from collections import defaultdict
from collections.abc import Iterator
from email.parser import HeaderParser
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from chalicelib.incoming.charsets import decoded

MOST_BYTES, MOST_HEADERS, LONGEST = 256_000, 1_000, 20_000
"""How many bytes of the headers of a part are read, how many headers, and how many characters of one."""
NAMED = re.compile(rb"[\x21-\x39\x3b-\x7e]{1,100}[ \t]*:|From ")
FOLD = re.compile(r"\r?\n[ \t]*|\r")
WORD = re.compile(r"=\?([\w.:+*'()-]{1,60})\?([bBqQ])\?([^?]*)\?=")
"""A word in a character set (RFC 2047). Some programs break lines within it."""
PARAMETER = re.compile(r';\s*([^\s=;"]{1,80})\s*=\s*("(?:[^"\\]|\\.)*+"|[^;]*)', re.DOTALL)
SECTION = re.compile(r"(.{1,60}?)(?:\*(\d{1,3}))?(\*?)$")
"""The name of a parameter, its section and the sign that it is percent-encoded (RFC 2231)."""
UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
"""Control characters, and characters that change the writing direction or take no space."""
ALPHABET = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
OTHERS = bytes(code for code in range(256) if code not in ALPHABET)
TOKEN = re.compile(
    r'"((?:[^"\\]|\\.)*+)"|\\.|(\((?:[^()\\]|\\.)*+\))|<([^<>]*+)>|([,;])|[^",;<>()\\]++|.', re.DOTALL
)
ADDRESS = re.compile(
    r"[^\s<>\"(),:;@\\\[\]\x00-\x20\x7f-\x9f]{1,64}@[^\s<>\"(),:;@\\\[\]_!#$%&*+/=?^`{|}~]{1,255}"
)
DOMAIN = re.compile(r"(?!-)[^.]+(?:\.[^.]+)+")


class Mailbox(NamedTuple):
    """A person in an address header: the name that is shown, and the address."""

    name: str
    address: str


def split(raw: bytes, start: int, end: int) -> tuple[list[tuple[str, str]], int]:
    """Return the headers of a part of a mail, and where its body begins. The part lies between `start` and
    `end`. Values are as they stand, with line breaks."""
    if raw.startswith((b"\n", b"\r\n"), start, end):
        return [], raw.index(b"\n", start, end) + 1
    if not NAMED.match(raw, start, end):
        return [], start
    blank = re.compile(rb"\n\r?\n").search(raw, start, end)
    stop, body = blank.span() if blank else (end, end)
    text = raw[start : min(stop, start + MOST_BYTES)].decode("ascii", "surrogateescape")
    found = HeaderParser().parsestr(text, headersonly=True).raw_items()
    return [(name.lower(), str(value)[:LONGEST]) for name, value in found][:MOST_HEADERS], body


def words(value: str) -> str:
    """Return the text of a header, on one line."""
    return " ".join(UNSEEN.sub(" ", _decoded(value)).split())


def _decoded(value: str) -> str:
    value = FOLD.sub("\n", value)
    pieces: list[tuple[str, bytes]] = []  # neighbours in one character set: a character can be broken
    at = 0
    for found in WORD.finditer(value):
        gap = value[at : found.start()]
        if gap.strip() or not pieces:
            pieces.append(("", _bytes(gap)))
        charset = found[1].partition("*")[0].lower()
        said = _bytes("".join(found[3].split("\n")))
        content = base64(said) if found[2] in "bB" else a2b_qp(said, header=True)
        if pieces[-1][0] == charset:
            pieces[-1] = charset, pieces[-1][1] + content
        else:
            pieces.append((charset, content))
        at = found.end()
    pieces.append(("", _bytes(value[at:])))
    return "".join(decoded(content, charset) for charset, content in pieces)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def base64(content: bytes) -> bytes:
    """Return the decoded bytes. Foreign characters are left out, and every length is read."""
    pieces = re.split(rb"=+", content.translate(None, OTHERS))
    return b"".join(b64decode(piece[: len(piece) - (len(piece) % 4 == 1)] + b"==") for piece in pieces)


def parameters(value: str) -> dict[str, str]:
    """Return the parameters of a header by name, in small letters, such as the boundary or the file name."""
    sections: dict[str, dict[int, tuple[str, bool]]] = defaultdict(dict)
    for found in PARAMETER.finditer(FOLD.sub("\n", value)):
        named = SECTION.match(found[1].lower())
        said = found[2].strip()
        if said.startswith('"'):
            said = re.sub(r"\\(.)", r"\1", said.strip('"'), flags=re.DOTALL)
        if named:
            encoded = bool(named[3])
            # The form of RFC 2231 is preferred: programs add the other one for old receivers.
            at = sections[f"{named[1]}*" if encoded or named[2] else named[1]]
            at.setdefault(int(named[2] or 0), (said, encoded))
    read = {name.rstrip("*"): _joined(at) for name, at in sections.items() if name.endswith("*")}
    return {name: _decoded(at[0][0]) for name, at in sections.items() if not name.endswith("*")} | read


def _joined(sections: dict[int, tuple[str, bool]]) -> str:
    charset, content = "", b""
    for n in sorted(sections):
        said, encoded = sections[n]
        if encoded and n == min(sections) and said.count("'") >= 2:
            charset, _, said = said.split("'", 2)
        content += unquote_to_bytes(_bytes(said)) if encoded else _bytes(said)
    return decoded(content, charset) if charset else _decoded(content.decode("utf-8", "surrogateescape"))


def mailboxes(value: str) -> Iterator[Mailbox]:
    """Yield the people in an address header. An address within an encoded word is part of the name, and is no
    address: nobody could see it in the mail. A name without an address has an empty one."""
    names: list[str] = []
    bares: list[str] = []  # the names, with a mark for each quoted text
    angles: list[str] = []
    for found in [*TOKEN.finditer(FOLD.sub(" ", value)), None]:
        if found is None or found[4]:
            said = "".join(names).strip()
            if said or angles:
                bare = "" if angles else next(filter(_address, "".join(bares).split()), "")
                address = _address(angles[0] if len(angles) == 1 else bare)
                yield Mailbox(words(said.replace(bare, "") if bare else said), address)
            names, bares, angles = [], [], []
        elif found[3] is not None:
            angles.append(found[3])
        elif not found[2]:
            names.append(found[0] if found[1] is None else re.sub(r"\\(.)", r"\1", found[1]))
            bares.append(found[0] if found[1] is None else '"')


def _address(text: str) -> str:
    """Return an address with its domain in small letters; empty for a text that is no address."""
    local, _, domain = text.strip().rpartition("@")
    whole = f"{local}@{domain.lower().rstrip('.')}"
    return whole if ADDRESS.fullmatch(whole) and DOMAIN.fullmatch(domain) else ""
