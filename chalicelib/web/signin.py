"""Sign-in of staff with an OpenID Connect provider: code flow with PKCE, a checked ID token, and a stored
session that can be revoked.

Settings. OIDC_ISSUER: the issuer that tokens must name. OIDC_DISCOVERY: the address of the provider's
discovery document. OIDC_CLIENT_ID: our client. OIDC_CLIENT_SECRET: its secret, if it has one. OIDC_MFA: a
comma list of second factors; a token must name one of them in `amr` or `acr`.

Cryptography and HTTP are imported where they are used, so that public pages do not wait for them."""

import base64
import json
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, reduce
from hashlib import sha256
from operator import or_
from typing import Any
from urllib.parse import quote, urlencode

from chalicelib.access.authorization import STAFF, Caller, SessionRecord
from chalicelib.cases.casework import Unavailable
from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.model.codes import Role
from chalicelib.logs import log
from chalicelib.web import inputs
from chalicelib.wiring import product

STATE_COOKIE = "__Host-login"
LOGIN, SESSION = "LOGIN", "SESSION"
"""The kinds of rows that this module stores. `LOGIN`: a sign-in that has begun; it can be finished once.
`SESSION`: a session. Each row is found by a secret in the browser's cookie."""
SIGN_IN_WITHIN, SESSION_LASTS = timedelta(minutes=10), timedelta(hours=8)
"""`SIGN_IN_WITHIN`: the time allowed for a sign-in. `SESSION_LASTS`: how long a session lasts (a working
day).

Unlike in NIST SP 800-63B, a session does not end while it is idle, because an officer may be on the telephone
or write a long answer. Instead, an account that is disabled or signed out loses access within a minute. Staff
see and end their own sessions. An account can have any number of sessions."""
FORMER = timedelta(days=2)
"""How long after its end a session still tells whose it was, if the table has not deleted it."""
TOKEN_LASTS = timedelta(minutes=5)
"""The longest lifetime of a bearer token that is accepted. A token cannot be revoked, so it must be
short-lived."""
LEEWAY, KEYS_AGAIN_AFTER = 30, 60
"""Both in seconds. `LEEWAY`: the difference allowed between the provider's clock and ours.
`KEYS_AGAIN_AFTER`: the least time between two fetches of the provider's keys, if a token names an unknown
key."""
PATIENCE = 5
"""How long a request to the provider may take, in seconds."""
HOME = "/desk"
INSIDE = re.compile(r"/desk(/[\w-]+)*/?(\?[\w=&%.+-]*)?", re.ASCII)
"""The format of the addresses to which the browser may be sent after a sign-in: those of the desk."""


class Refused(Exception):
    """A failed sign-in. `code` says why: `state`, `expired`, `denied`, `token`, `second_factor`, `no_role`,
    or `out` for a disabled or signed-out account. `why`: more detail, for the log."""

    def __init__(self, code: str, why: object = "") -> None:
        super().__init__(f"{code}: {why}")
        self.code = code


@dataclass
class Provider:
    """The OpenID Connect provider. Its discovery document and its keys are fetched when needed, and kept in
    memory."""

    issuer: str
    discovery: str
    client: str
    secret: str
    _document: dict[str, Any] = field(default_factory=dict)
    _keys: Any = None
    _asked: float = 0

    @property
    def document(self) -> dict[str, Any]:
        """The discovery document. Raises Unavailable if it cannot be fetched, or names another issuer (OpenID
        Connect Discovery 1.0, 4.3)."""
        if not self._document:
            found = _fetch(self.discovery)
            if found.get("issuer") != self.issuer:
                raise Unavailable("sign-in")
            self._document = found
        return self._document

    def keys(self, kid: str, now: float) -> Any:
        """Return the provider's keys. If they do not contain `kid`, the key that a token names, they are
        fetched again, but at most once a minute. `now`: in seconds since 1970."""
        from joserfc.jwk import KeySet

        known = self._keys is not None and kid in {key.kid for key in self._keys.keys}
        if self._keys is None or (not known and now - self._asked > KEYS_AGAIN_AFTER):
            self._keys = KeySet.import_key_set({"keys": _fetch(self.document["jwks_uri"])["keys"]})
            self._asked = now
        return self._keys

    def exchange(self, code: str, verifier: str, back: str) -> dict[str, Any]:
        """Return the tokens for an authorisation code. `verifier`: the PKCE secret. `back`: our callback
        address. Raises Refused if the provider rejects the code."""
        said = {
            "grant_type": "authorization_code",
            "client_id": self.client,
            "code": code,
            "redirect_uri": back,
            "code_verifier": verifier,
        }
        basic = base64.b64encode(f"{quote(self.client, '')}:{quote(self.secret, '')}".encode()).decode()
        return _fetch(
            self.document["token_endpoint"],
            urlencode(said).encode(),
            {"Authorization": f"Basic {basic}"} if self.secret else {},
        )


_provider = cache(Provider)


def provider() -> Provider:
    """Return the provider that the settings describe."""
    return _provider(
        *(product.setting(f"OIDC_{name}") for name in ("ISSUER", "DISCOVERY", "CLIENT_ID", "CLIENT_SECRET"))
    )


def start(back: str) -> tuple[str, str]:
    """Begin a sign-in. Return the address of the provider's sign-in page, and the state that the browser
    keeps in a cookie. `back`: the path to open after the sign-in."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    kept = {"nonce": nonce, "verifier": verifier, "back": back if INSIDE.fullmatch(back) else HOME}
    product.sessions.keep(LOGIN, state, kept, product.now() + SIGN_IN_WITHIN)
    challenge = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": provider().client,
        "redirect_uri": _callback(),
        "scope": "openid email profile",
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{provider().document['authorization_endpoint']}?{urlencode(asked)}", state


def finish(code: str, state: str, kept_state: str, agent: str) -> tuple[str, str]:
    """Finish a sign-in. Return the id of the new session and the path to open.

    `code` and `state` come from the provider, `kept_state` from the browser's cookie. `agent`: the browser
    family. Raises Refused if a check fails."""
    if not state or not secrets.compare_digest(state.encode(), kept_state.encode()):
        raise Refused("state")
    login = product.sessions.take(LOGIN, state, product.now())
    if login is None:
        raise Refused("expired")
    if not code:
        raise Refused("denied")
    tokens = provider().exchange(code, login["verifier"], _callback())
    claims = verify(str(tokens.get("id_token", "")), login["nonce"])
    caller, now = caller_from_claims(claims), product.now()
    if not caller.roles:
        raise Refused("no_role", caller.who)
    if product.staff.standing(caller.who, now).disabled:
        raise _out(caller.who)
    product.staff.came(caller.who)
    sid, opened = secrets.token_urlsafe(32), {"since": stamp(now), "agent": agent}
    kept = {name: claims[name] for name in KEPT if name in claims}
    product.sessions.keep(SESSION, sid, kept | opened, now + SESSION_LASTS, caller.who)
    log.info("signed in", extra={"who": caller.who})
    return sid, login["back"]


def verify(token: str, nonce: str | None = None) -> dict[str, Any]:
    """Return the claims of an ID token, after checking signature, issuer, audience, expiry and second factor.
    `nonce`: the value that the token must contain, or None for any. Raises Refused for an invalid token."""
    from joserfc import jwt
    from joserfc.errors import JoseError

    ours, now = provider(), product.now().timestamp()
    try:
        header = inputs.parsed(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
        claims: dict[str, Any] = jwt.decode(
            token, ours.keys(str(header["kid"]), now), algorithms=["RS256"]
        ).claims
        checks = jwt.JWTClaimsRegistry(
            int(now),
            LEEWAY,
            iss={"essential": True, "value": ours.issuer},
            aud={"essential": True, "value": ours.client},
            exp={"essential": True},
            sub={"essential": True},
            token_use={"value": "id"},
            azp={"value": ours.client},
        )
        checks.validate(claims)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise Refused("token", error) from error
    if nonce is not None and not secrets.compare_digest(
        nonce.encode(), str(claims.get("nonce", "")).encode()
    ):
        raise Refused("token", "nonce")
    wanted = {*filter(None, product.setting("OIDC_MFA").split(","))}
    if wanted and wanted.isdisjoint([*claims.get("amr", ()), claims.get("acr")]):
        raise Refused("second_factor")
    return claims


def bearer(token: str) -> Caller:
    """Return the member of staff whom an ID token names. Raises Refused for an invalid token, for one that
    lasts more than five minutes, and for a disabled or signed-out account."""
    claims = verify(token)
    issued = claims.get("iat")
    if not isinstance(issued, (int, float)) or claims["exp"] - issued > TOKEN_LASTS.total_seconds():
        raise Refused("token", "lasts too long")
    return _admitted(claims, datetime.fromtimestamp(issued, UTC))


def _admitted(claims: dict[str, Any], since: datetime) -> Caller:
    """Return the caller whom the claims of an ID token name. `since`: when they signed in. Raises Refused if
    the account is disabled, or was signed out after `since`."""
    caller = caller_from_claims(claims)
    if product.staff.standing(caller.who, product.now()).refuses(since):
        raise _out(caller.who)
    return caller


def _out(who: str) -> Refused:
    """Log an attempt by the disabled or signed-out account `who`. Return the error to raise."""
    product.meters.count("StaffRefused")
    log.warning("somebody came who is disabled or signed out", extra={"who": who})
    return Refused("out", who)


GROUP = re.compile(r"(?P<kind>role|team)[:.](?P<code>[\w-]+)")
"""The format of the name of a group, in the provider, that gives a role or a team here. Groups with other
names belong to other applications."""
KEPT = ("sub", "email", "name", "cognito:groups", "groups")
"""The claims of the ID token that a session stores."""


def caller_from_claims(claims: dict[str, Any]) -> Caller:
    """Return the caller whom the claims of an ID token name. Groups such as `role:lead` and `team:retail`
    give the caller roles and teams."""
    found = claims.get("cognito:groups") or claims.get("groups") or []
    groups = [GROUP.fullmatch(str(group)) for group in (found if isinstance(found, list) else [found])]
    said = [(group["kind"], group["code"]) for group in groups if group]
    roles = reduce(or_, (role for role in STAFF if ("role", role.code) in said), Role(0))
    return Caller(
        str(claims["sub"]),
        roles,
        frozenset(code for kind, code in said if kind == "team"),
        name=str(claims.get("email", "")),
    )


def session(sid: str) -> Caller | None:
    """Return the member of staff of the session `sid`; None if the session has ended. For a disabled or
    signed-out account, the session is deleted and Refused is raised."""
    claims = product.sessions.find(SESSION, sid, product.now())
    if claims is None:
        return None
    try:
        return _admitted(claims, instant(claims["since"]))
    except Refused:
        product.sessions.end(SESSION, sid, claims["sub"])
        raise


def former(sid: str) -> str | None:
    """Return the account whose session `sid` ended by itself in the last two days. Return None if there was
    none, or if its row is gone, as after a sign-out."""
    claims = product.sessions.find(SESSION, sid, product.now() - FORMER)
    return str(claims["sub"]) if claims else None


def sessions(who: str) -> list[SessionRecord]:
    """Return the sessions of the account `who`, the newest first."""
    found = product.sessions.held(SESSION, who, product.now())
    return sorted(found, key=lambda held: str(held.kept["since"]), reverse=True)


def end_one(who: str, id: str) -> None:
    """End one session of the account `who`. `id`: the session's public id, as its owner sees it."""
    product.sessions.forget(SESSION, id, who)


def end_all(who: str) -> None:
    """End all sessions of the account `who`, and invalidate every token issued to it so far."""
    product.staff.sign_out(who, product.now())
    for held in sessions(who):
        end_one(who, held.id)


def forget(sid: str) -> None:
    """End the session `sid` here, but not at the provider."""
    claims = product.sessions.find(SESSION, sid, product.now()) or {}
    product.sessions.end(SESSION, sid, claims.get("sub", ""))


def end(sid: str) -> str:
    """End the session `sid` here. Return the address that ends the session at the provider too. If the
    provider has no such address, return the address of our first page."""
    forget(sid)
    home = product.setting("PUBLIC_URL") + "/"
    try:
        leave = provider().document.get("end_session_endpoint")
    except Unavailable:
        leave = None
    back = urlencode({"client_id": provider().client, "logout_uri": home, "post_logout_redirect_uri": home})
    return f"{leave}?{back}" if leave else home


def _callback() -> str:
    return product.setting("PUBLIC_URL") + "/desk/callback"


def _fetch(address: str, said: bytes | None = None, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """Return JSON from the provider, without following redirects. `said`: the form to post, if any. Raises
    Refused if the provider rejects a posted form, Unavailable for any other failure."""
    from urllib.error import HTTPError
    from urllib.request import HTTPRedirectHandler, Request, build_opener

    class Stays(HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            """Follow no redirect, because the request may contain secrets for the provider."""

    try:
        with build_opener(Stays).open(Request(address, said, headers or {}), timeout=PATIENCE) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except HTTPError as error:
        if said is not None and 400 <= error.code < 500:
            raise Refused("token", error.read(200)) from error
        raise Unavailable("sign-in") from error
    except (OSError, ValueError) as error:
        raise Unavailable("sign-in") from error
