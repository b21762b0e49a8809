"""Sign-in of staff with their OpenID Connect provider: code flow with PKCE, a checked ID token, a session row
that can be revoked.

Settings: OIDC_ISSUER is the issuer that tokens must name. OIDC_DISCOVERY is the address of the provider's
discovery document. OIDC_CLIENT_ID is our client; OIDC_CLIENT_SECRET is for a confidential client. OIDC_MFA is
a comma list of second factors, of which a token must name one in `amr` or `acr`.

Cryptography and HTTP are imported where they are used, so that pages of the public do not wait for them."""

import base64
import json
import logging
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
from chalicelib.web import inputs
from chalicelib.wiring import product

STATE_COOKIE = "__Host-login"
LOGIN, SESSION = "LOGIN", "SESSION"
"""The kinds of rows stored under a secret of the browser: a pending sign-in, which is used once, and a
session."""
SIGN_IN_WITHIN, SESSION_LASTS = timedelta(minutes=10), timedelta(hours=8)
"""The time for a sign-in, and the lifetime of a session: a working day.

Unlike in NIST SP 800-63B, a session does not end while it is idle: an officer who listens on the phone, or
writes a long answer, can go on. Instead, an account that is disabled or signed out is out within a minute.
Staff see and end their own sessions. The number of sessions of an account is not limited."""
TOKEN_LASTS = timedelta(minutes=5)
"""The longest lifetime of a bearer token. A token cannot be ended, so one that lasts longer is refused."""
LEEWAY, KEYS_AGAIN_AFTER = 30, 60
"""Seconds: the difference allowed between clocks, and the least time between two fetches of the keys for an
unknown key."""
PATIENCE = 5
"""The time that the provider has to answer, in seconds."""
HOME = "/desk"
INSIDE = re.compile(r"/desk(/[\w-]+)*/?(\?[\w=&%.+-]*)?", re.ASCII)
"""The paths to which a sign-in may lead back."""


log = logging.getLogger("redress")


class Refused(Exception):
    """A failed sign-in, by its code: `state`, `expired`, `denied`, `token`, `second_factor`, `no_role` or
    `out`."""

    def __init__(self, code: str, why: object = "") -> None:
        super().__init__(f"{code}: {why}")
        self.code = code


@dataclass
class Provider:
    """The OpenID Connect provider, as its discovery document describes it. The container keeps the document
    and the keys."""

    issuer: str
    discovery: str
    client: str
    secret: str
    _document: dict[str, Any] = field(default_factory=dict)
    _keys: Any = None
    _asked: float = 0

    @property
    def document(self) -> dict[str, Any]:
        """The discovery document. Raises Unavailable if it names another issuer (OpenID Connect Discovery
        1.0, 4.3)."""
        if not self._document:
            found = _fetch(self.discovery)
            if found.get("issuer") != self.issuer:
                raise Unavailable("sign-in")
            self._document = found
        return self._document

    def keys(self, kid: str, now: float) -> Any:
        """Return the provider's keys. They are fetched again when a token names an unknown key."""
        from joserfc.jwk import KeySet

        known = self._keys is not None and kid in {key.kid for key in self._keys.keys}
        if self._keys is None or (not known and now - self._asked > KEYS_AGAIN_AFTER):
            self._keys = KeySet.import_key_set({"keys": _fetch(self.document["jwks_uri"])["keys"]})
            self._asked = now
        return self._keys

    def exchange(self, code: str, verifier: str, back: str) -> dict[str, Any]:
        """Return the tokens for a code. Raises Refused when the provider rejects the code."""
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
    """Return the provider that the settings name."""
    return _provider(
        *(product.setting(f"OIDC_{name}") for name in ("ISSUER", "DISCOVERY", "CLIENT_ID", "CLIENT_SECRET"))
    )


def start(back: str) -> tuple[str, str]:
    """Return the address of the provider's sign-in page, and the state that the browser keeps meanwhile.
    After the sign-in, the browser goes to `back`."""
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
    """Return the id of the new session and the address to go to. `kept_state` is the state that the browser
    kept, `agent` its program. Raises Refused."""
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
    """Return the claims of a valid ID token that our provider made for us. Raises Refused."""
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
    """Return the member of staff of an ID token, which lasts five minutes at most. Raises Refused."""
    claims = verify(token)
    issued = claims.get("iat")
    if not isinstance(issued, (int, float)) or claims["exp"] - issued > TOKEN_LASTS.total_seconds():
        raise Refused("token", "lasts too long")
    return _admitted(claims, datetime.fromtimestamp(issued, UTC))


def _admitted(claims: dict[str, Any], since: datetime) -> Caller:
    """Return the caller that the claims of a sign-in name. Raises Refused for an account that was disabled,
    or signed out since."""
    caller = caller_from_claims(claims)
    if product.staff.standing(caller.who, product.now()).refuses(since):
        raise _out(caller.who)
    return caller


def _out(who: str) -> Refused:
    """Log that a disabled or signed-out account came, with its id. Return the error to raise."""
    product.meters.count("StaffRefused")
    log.warning("somebody came who is disabled or signed out", extra={"who": who})
    return Refused("out", who)


GROUP = re.compile(r"(?P<kind>role|team)[:.](?P<code>[\w-]+)")
"""A group of the provider that has a meaning here. All others belong to other applications."""
KEPT = ("sub", "email", "name", "cognito:groups", "groups")
"""The claims that a session keeps."""


def caller_from_claims(claims: dict[str, Any]) -> Caller:
    """Return the caller that the claims name. Groups such as `role:lead` and `team:retail` give roles and
    teams."""
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
    """Return the member of staff of a session; None when it has ended. For an account that is disabled or
    signed out, end the session and raise Refused."""
    claims = product.sessions.find(SESSION, sid, product.now())
    if claims is None:
        return None
    try:
        return _admitted(claims, instant(claims["since"]))
    except Refused:
        product.sessions.end(SESSION, sid, claims["sub"])
        raise


def sessions(who: str) -> list[SessionRecord]:
    """Return the sessions of an account, the newest first."""
    found = product.sessions.held(SESSION, who, product.now())
    return sorted(found, key=lambda held: str(held.kept["since"]), reverse=True)


def end_one(who: str, id: str) -> None:
    """End one session of an account, by the id under which its owner sees it."""
    product.sessions.forget(SESSION, id, who)


def end_all(who: str) -> None:
    """End all sessions of an account, and invalidate the tokens given to it until now."""
    product.staff.sign_out(who, product.now())
    for held in sessions(who):
        end_one(who, held.id)


def forget(sid: str) -> None:
    """End a session here, and not at the provider."""
    claims = product.sessions.find(SESSION, sid, product.now()) or {}
    product.sessions.end(SESSION, sid, claims.get("sub", ""))


def end(sid: str) -> str:
    """End a session. Return the address at which the provider's own session ends too, or our first page."""
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
    """Return JSON from the provider itself, without following a redirect. Raises Refused when it rejects what
    was posted, Unavailable for any other failure."""
    from urllib.error import HTTPError
    from urllib.request import HTTPRedirectHandler, Request, build_opener

    class Stays(HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            """Follow no redirect, since the request is for the provider alone."""

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
