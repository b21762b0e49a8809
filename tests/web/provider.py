"""A small OpenID Connect provider on a loopback port: discovery, keys, and a token endpoint with PKCE."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

ISSUER, CLIENT = "https://staff.example/pool", "desk"
PLACES = {
    "authorization_endpoint": "/authorize",
    "token_endpoint": "/token",
    "jwks_uri": "/keys",
    "end_session_endpoint": "/leave",
}
KEY, OTHER_KEY = (RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}) for kid in ("k1", "k2"))


class Provider:
    """The state of the provider and the requests that it got."""

    def __init__(self, address: str) -> None:
        self.address, self.asked, self.key, self.keys = address, Counter[str](), KEY, [KEY]
        self.codes: dict[str, dict[str, str]] = {}
        self.now: datetime | None = None
        self.changes: dict[str, Any] = {}
        self.issuer, self.leads = ISSUER, dict[str, str]()

    def environment(self) -> dict[str, str]:
        """Return the settings that make the product use this provider."""
        return {
            "OIDC_ISSUER": ISSUER,
            "OIDC_DISCOVERY": f"{self.address}/.well-known/openid-configuration",
            "OIDC_CLIENT_ID": CLIENT,
        }

    def authorize(self, address: str) -> tuple[str, dict[str, str]]:
        """Sign somebody in; return the code for the browser and the parameters of the request."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return code, asked

    def token(self, key: Any = None, header: dict[str, str] | None = None, **changes: Any) -> str:
        """Return an ID token of a lead in the team general, with changes; None omits a claim."""
        assert self.now
        start = int(self.now.timestamp())
        claims = (
            {
                "iss": ISSUER,
                "aud": CLIENT,
                "sub": "sun",
                "email": "sun@house.example",
                "iat": start,
                "exp": start + 300,
                "token_use": "id",
                "cognito:groups": ["role:lead", "team:general"],
            }
            | self.changes
            | changes
        )
        signer = key or self.key
        said = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(header or {"alg": "RS256", "kid": signer.kid}, said, signer, algorithms=["RS256"])

    def answer(self, path: str, body: bytes) -> tuple[int, Any]:
        """Return the status and body for a path, or 302 and the place that `leads` names for it."""
        self.asked[path] += 1
        if path in self.leads:
            return 302, self.leads[path]
        if path.startswith("/.well-known/openid-configuration"):
            return 200, {
                "issuer": self.issuer,
                **{name: self.address + place for name, place in PLACES.items()},
            }
        if path == "/keys":
            return 200, {"keys": [key.as_dict(private=False) for key in self.keys]}
        said = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        asked = self.codes.pop(said.get("code", ""), None)
        challenge = (
            base64.urlsafe_b64encode(sha256(said.get("code_verifier", "").encode()).digest())
            .rstrip(b"=")
            .decode()
        )
        if (
            asked is None
            or challenge != asked["code_challenge"]
            or said["redirect_uri"] != asked["redirect_uri"]
        ):
            return 400, {"error": "invalid_grant"}
        return 200, {"id_token": self.token(**{"nonce": asked["nonce"], **self.changes})}


@contextmanager
def running() -> Iterator[Provider]:
    """Run a provider while the context lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, found = provider.answer(
                self.path, self.rfile.read(int(self.headers.get("content-length") or 0))
            )
            self.send_response(status)
            if status == 302:
                self.send_header("Location", found)
            self.end_headers()
            self.wfile.write(json.dumps(found).encode())

        do_POST = do_GET

        def log_message(self, *said: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = Provider(f"http://127.0.0.1:{server.server_port}")
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
