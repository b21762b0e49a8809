"""The HTTP headers by which callers see the version of an answer, their limits, and the old forms."""

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256
from typing import Any

from chalicelib.access.rate_limits import Counted

ETAG = re.compile(r'(?:W/)?"?([0-9]{1,9})(?:-[0-9a-f]+)?"?')
"""The format of an ETag in `If-Match`: the version, and perhaps the digest of an answer. Only the version
counts, because the same version of a case looks different to each reader. A weak mark is ignored, because
proxies that compress answers add it."""
VERSION_CHANGED = frozenset({"stage_or_version_changed", "roster_changed", "routing_changed"})
"""The codes of the refusals for a change since the version that the caller saw."""
OLD_FORMS = "old-forms"
"""The preference (RFC 7240) of a caller who still needs the old forms: 409 instead of 412 for `If-Match`, and
amounts in fen in the facts of entries and in reports."""
DEPRECATED, SUNSET = datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 12, 1, tzinfo=UTC)
"""Since when the old forms are deprecated, and the moment after which they end."""
BY_SIZE = "megabytes"
"""The kind of limit that counts megabytes (of 1024 × 1024 bytes) and not requests."""
REALM = 'Bearer realm="complaints"'
"""The challenge of a 401 (RFC 6750). The template repeats it for requests that API Gateway refuses itself."""


def entity_tag(body: str, version: int | None = None) -> str:
    """Return the strong ETag of the text of an answer. It begins with the `version` of the resource, if there
    is one."""
    found = sha256(body.encode()).hexdigest()[:16]
    return f'"{found}"' if version is None else f'"{version}-{found}"'


def not_modified(request: Any, tag: str) -> bool:
    """Return whether the caller has the answer with this ETag. Weak tags match too (RFC 9110, 13.1.2)."""
    known = (request.headers.get("if-none-match") or "").split(",")
    return bool({"*", tag} & {one.strip().removeprefix("W/") for one in known})


def seen(request: Any) -> int | None:
    """Return the version that the header `If-Match` names, of several the newest. Return None without the
    header, or for `*`. Raises ValueError for any other value."""
    told = request.headers.get("if-match")
    if told is None or told.strip() == "*":
        return None
    tags = [ETAG.fullmatch(one.strip()) for one in told.split(",")]
    if None in tags:
        raise ValueError(told)
    return max(int(tag[1]) for tag in tags if tag)


def failed(request: Any, code: str) -> bool:
    """Return whether a refusal with this code means that the condition of `If-Match` failed (412)."""
    named = (request.headers.get("if-match") or "*").strip() != "*"
    return named and code in VERSION_CHANGED and not old_forms(request)


def challenge(request: Any) -> str:
    """Return the `WWW-Authenticate` of a 401. It tells an invalid credential from a missing one."""
    return f'{REALM}, error="invalid_token"' if request.headers.get("authorization") else REALM


def old_forms(request: Any) -> bool:
    """Return whether the caller asks for the old forms with the header `Prefer`."""
    preferred = (request.headers.get("prefer") or "").lower().split(",")
    return OLD_FORMS in {one.partition(";")[0].strip() for one in preferred}


def ending() -> dict[str, str]:
    """Return the headers of an answer in the old forms (RFC 7240, 8594, 9745)."""
    return {
        "Preference-Applied": OLD_FORMS,
        "Deprecation": f"@{DEPRECATED.timestamp():.0f}",
        "Sunset": format_datetime(SUNSET, usegmt=True),
    }


def limits(counted: list[Counted]) -> dict[str, str]:
    """Return the headers with the limits of a request, as draft-ietf-httpapi-ratelimit-headers-10 defines
    them. What is left is given only for a limit under which nobody but the caller counts."""
    policies, left = list[str](), list[str]()
    for one in counted:
        name, most = f'"{one.kind}-{"-".join(one.by)}"', f"q={one.ceiling.most}"
        if one.kind == BY_SIZE:
            most = f'q={one.ceiling.most << 20};qu="content-bytes"'
        policies.append(f"{name};{most};w={one.ceiling.per.total_seconds():.0f}")
        if one.left is not None:
            left.append(f"{name};r={one.left};t={one.wait}")
    told = {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(left)}
    return {name: value for name, value in told.items() if value}
