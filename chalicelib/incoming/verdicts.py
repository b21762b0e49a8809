"""Verdicts of our own mail server on the sender of a mail. Lines below its own were written by others, and
count for nothing."""

import re
from collections.abc import Sequence

COMMENT = re.compile(r"\([^()]*+\)")
QUOTED = re.compile(r'"[^"]*+"')
RESULT = re.compile(r"\s*([\w.-]+)\s*=\s*(\S+)")
"""A method and its result, or a property and its value."""
NESTED = 5
"""How deep comments are nested at most."""

Headers = Sequence[tuple[str, str]]
"""The headers of a mail from the top: names in small letters, values on one line."""


def ours(headers: Headers, hops: int = 1) -> Headers:
    """Return the headers that our server wrote: those above the `Received` of the sender's own server. `hops`
    is how many such lines ours writes. A mail with fewer did not come through it, so nothing in it is
    ours."""
    received = [n for n, (name, _) in enumerate(headers) if name == "received"]
    if len(received) < hops:
        return ()
    return headers[: received[hops] if len(received) > hops else None]


def fails(headers: Headers, header: str) -> bool:
    """Return whether our server says FAIL in its header `header`."""
    found = next((value for name, value in ours(headers) if name == header), "")
    return found.strip().upper() == "FAIL"


def verified(headers: Headers, authserv_ids: Sequence[str], domain: str) -> bool:
    """Return whether our server found that the mail comes from the domain of its sender: by DMARC, or by DKIM
    or SPF for this domain or a domain above it. `authserv_ids` are the names of our server in
    `Authentication-Results` (RFC 8601). Only the first such header counts, and it must be ours. A server that
    writes two `Received` lines is named as "mx.example:2"."""
    value = next((value for name, value in headers if name == "authentication-results"), "")
    for _ in range(NESTED):
        value = COMMENT.sub(" ", value)
    server, *results = QUOTED.sub("", value).split(";")
    known = {
        id.lower(): int(hops) if hops.isdecimal() else 1
        for id, _, hops in (one.partition(":") for one in authserv_ids)
    }
    hops = known.get(next(iter(server.lower().split()), ""), 0)
    above = ours(headers, hops) if hops and domain else ()
    # the other server chooses a name in its line, which could add a result
    return (
        any(name == "authentication-results" for name, _ in above)
        and all(value.count(";") == 1 for name, value in above if name == "received")
        and not re.search(r'[()"]', ";".join((server, *results)))
        and _passes(results, domain)
    )


def _passes(results: Sequence[str], domain: str) -> bool:
    passed = False
    for result in results:
        found = [(name.lower(), value.lower()) for name, value in RESULT.findall(result)]
        if not found:
            continue
        method, verdict = found[0]
        about = dict(found[1:])
        if method == "dmarc" and verdict != "pass" and verdict not in ("none", "bestguesspass"):
            return False
        if method == "dmarc" and verdict == "pass":
            passed |= about.get("header.from") == domain
        if method == "dkim" and verdict == "pass":
            passed |= _aligned(about.get("header.d") or about.get("header.i", ""), domain)
        if method == "spf" and verdict == "pass":
            passed |= _aligned(about.get("smtp.mailfrom") or _envelope(results), domain)
    return passed


def _envelope(results: Sequence[str]) -> str:
    """Return the sender of the envelope as SES writes it: among the results, and not within that of SPF."""
    values = [
        value for result in results for name, value in RESULT.findall(result) if name == "envelope-from"
    ]
    return values[0] if len(values) == 1 else ""


def _aligned(signer: str, domain: str) -> bool:
    """Return whether the signer is the domain or a domain above it, but no top-level domain."""
    of = signer.strip("<>").rpartition("@")[2].lower()
    return "." in of and (domain == of or domain.endswith(f".{of}"))
