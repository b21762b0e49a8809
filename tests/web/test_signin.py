"""Tests of staff sign-in: only a valid token of the provider opens the desk."""

from __future__ import annotations

import base64
import hmac
import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session
from joserfc.jwk import RSAKey

from chalicelib.aws.sessions import Sessions
from chalicelib.domain.holds import Switching
from chalicelib.domain.model.codes import Role
from chalicelib.web import signin
from tests.scenario import Scenario
from tests.web.provider import CLIENT, ISSUER, KEY, OTHER_KEY, Provider

EN = {"Accept-Language": "en"}


def get(client: Any, path: str, *cookies: str) -> Any:
    """Get a page with cookies."""
    return client.http.get(path, headers={**EN, "Cookie": "; ".join(cookies)})


def set_by(answer: Any) -> dict[str, str]:
    """Return the cookies that an answer sets, by name, as a browser sends them back."""
    return {
        cookie.partition("=")[0]: cookie.partition(";")[0] for cookie in answer.headers.get("Set-Cookie", [])
    }


def begin(client: Any, provider: Provider, path: str = "/desk/sign-in") -> tuple[str, str, str]:
    """Begin a sign-in; return the code, the state and the browser's cookie."""
    answer = get(client, path)
    code, asked = provider.authorize(answer.headers["Location"])
    return code, asked["state"], set_by(answer)[signin.STATE_COOKIE]


def sign_in(client: Any, provider: Provider) -> str:
    """Sign in; return the session cookie."""
    code, state, cookie = begin(client, provider)
    return set_by(get(client, f"/desk/callback?code={code}&state={state}", cookie))["__Host-desk"]


def test_sign_in_returns_to_the_requested_page(client: Any, provider: Provider) -> None:
    """Sign-in uses the code flow with PKCE S256, state and nonce, then opens the requested page."""
    first = get(client, "/desk?list=team")
    assert (first.status_code, first.headers["Location"]) == (303, "/desk/sign-in?back=%2Fdesk%3Flist%3Dteam")
    second = get(client, first.headers["Location"])
    assert second.status_code == 303
    assert re.fullmatch(
        r"__Host-login=[\w-]{43}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600",
        second.headers["Set-Cookie"][0],
    )
    code, asked = provider.authorize(second.headers["Location"])
    assert (
        asked.items()
        >= {
            "response_type": "code",
            "client_id": CLIENT,
            "code_challenge_method": "S256",
            "redirect_uri": "https://complaints.example/desk/callback",
        }.items()
    )
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    third = get(client, f"/desk/callback?code={code}&state={asked['state']}", set_by(second)["__Host-login"])
    assert (third.status_code, third.headers["Location"]) == (303, "/desk?list=team")
    for cookie in third.headers["Set-Cookie"]:
        assert re.match(r"__Host-\w+=[\w-]*; Path=/; Secure; HttpOnly; SameSite=Lax", cookie)
    assert set_by(third)["__Host-login"] == "__Host-login="
    assert get(client, third.headers["Location"], set_by(third)["__Host-desk"]).status_code == 200


@pytest.mark.parametrize(
    "back",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/desk/../v1",
        "/desk@evil.example",
        "/case",
        "/desk\r\nX: 1",
    ],
)
def test_signing_in_leads_only_to_the_desk(client: Any, provider: Provider, back: str) -> None:
    """Sign-in never redirects to an outside address."""
    address, state = signin.start(back)
    code, _ = provider.authorize(address)
    assert signin.finish(code, state, state, "other")[1] == "/desk"


def test_a_sign_in_belongs_to_its_browser(client: Any, provider: Provider) -> None:
    """A foreign code and state are refused: the state must match this browser's cookie, which must exist."""
    code, state, cookie = begin(client, provider)
    for cookies in ((), ("__Host-login=",), ("__Host-login=another",)):
        answer = get(client, f"/desk/callback?code={code}&state={state}", *cookies)
        assert answer.status_code == 400
        assert "__Host-desk" not in set_by(answer)
    assert get(client, f"/desk/callback?code={code}&state=", "__Host-login=").status_code == 400
    assert get(client, f"/desk/callback?code={code}&state={state}", cookie).status_code == 303


def test_a_sign_in_is_used_once_and_in_time(client: Any, provider: Provider, scenario: Scenario) -> None:
    """A state works once and for ten minutes, even while its row still exists."""
    code, state, cookie = begin(client, provider)
    assert get(client, f"/desk/callback?code={code}&state={state}", cookie).status_code == 303
    again = get(client, f"/desk/callback?code={code}&state={state}", cookie)
    assert again.status_code == 400
    assert "took too long" in again.body.decode()
    code, state, cookie = begin(client, provider)
    scenario.later(timedelta(minutes=10))
    assert get(client, f"/desk/callback?code={code}&state={state}", cookie).status_code == 400


def test_refusal_of_the_provider_is_shown(client: Any, provider: Provider) -> None:
    """A denial by the provider, or an unknown code, shows a page that offers to begin again."""
    _, state, cookie = begin(client, provider)
    denied = get(client, f"/desk/callback?error=access_denied&state={state}", cookie)
    assert denied.status_code == 400
    assert "did not let you in" in denied.body.decode()
    _, state, cookie = begin(client, provider)
    assert get(client, f"/desk/callback?code=unknown&state={state}", cookie).status_code == 400
    code, state, cookie = begin(client, provider)
    provider.codes[code]["code_challenge"] = "another"
    assert get(client, f"/desk/callback?code={code}&state={state}", cookie).status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"exp": 1},
        {"exp": None},
        {"token_use": "access"},
        {"azp": "another"},
        {"sub": None},
        {"iat": 9999999999},
    ],
)
def test_a_token_that_is_not_ours_or_not_good_opens_nothing(
    client: Any, provider: Provider, changes: dict[str, Any]
) -> None:
    """Issuer, audience, expiry, nonce and kind of the token are all checked."""
    provider.changes = changes
    code, state, cookie = begin(client, provider)
    answer = get(client, f"/desk/callback?code={code}&state={state}", cookie)
    assert answer.status_code == 400
    assert "did not pass our checks" in answer.body.decode()
    assert "__Host-desk" not in set_by(answer)


def part(value: bytes) -> str:
    """Return a base64url part of a token."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def test_only_the_providers_own_rs256_signature_counts(provider: Provider) -> None:
    """Tampered and unsigned tokens, tokens signed with the public key as a secret or by another key, and
    malformed ones are refused.
    """
    good = provider.token()
    assert signin.verify(good)["sub"] == "sun"
    head, body, signature = good.split(".")
    hs256, none = part(b'{"alg":"HS256","kid":"k1"}'), part(b'{"alg":"none","kid":"k1"}')
    as_secret = hmac.digest(KEY.as_pem(private=False), f"{hs256}.{body}".encode(), "sha256")
    other_body = part(base64.urlsafe_b64decode(body + "==").replace(b"sun", b"wu"))
    forged = [
        f"{head}.{other_body}.{signature}",
        f"{head}.{body}.",
        f"{none}.{body}.",
        f"{hs256}.{body}.{part(as_secret)}",
        provider.token(OTHER_KEY),
        provider.token(OTHER_KEY, {"alg": "RS256", "kid": "k1"}),
        provider.token(header={"alg": "RS256"}),
    ]
    for token in (*forged, "..", "a.b.c", "é.é.é", f"{head}.{body}", ""):
        with pytest.raises(signin.Refused):
            signin.verify(token)


def test_clocks_may_differ_a_little(provider: Provider) -> None:
    """The clocks may differ by thirty seconds either way, no more."""
    assert provider.now
    now = int(provider.now.timestamp())
    assert signin.verify(provider.token(exp=now - 20, iat=now + 20))
    for changes in ({"exp": now - 31}, {"iat": now + 31}):
        with pytest.raises(signin.Refused):
            signin.verify(provider.token(**changes))


def test_keys_are_kept_and_asked_for_again_when_they_change(provider: Provider, scenario: Scenario) -> None:
    """The document and the keys are each requested once. A new key is found; unknown keys do not cause
    endless requests.
    """
    for _ in range(3):
        signin.verify(provider.token())
    assert provider.asked == {"/.well-known/openid-configuration": 1, "/keys": 1}
    scenario.later(timedelta(minutes=2))
    provider.key, provider.keys = OTHER_KEY, [KEY, OTHER_KEY]
    assert signin.verify(provider.token())
    for _ in range(3):
        with pytest.raises(signin.Refused):
            signin.verify(provider.token(header={"alg": "RS256", "kid": "k9"}))
    assert provider.asked["/keys"] == 2


def test_a_session_ends_after_eight_hours_and_when_signed_out(
    client: Any, provider: Provider, scenario: Scenario
) -> None:
    """The code checks the session's age. Signing out ends the session at once, here and at the provider."""
    first, second = sign_in(client, provider), sign_in(client, provider)
    scenario.later(timedelta(hours=8) - timedelta(seconds=1))
    assert get(client, "/desk", first).status_code == 200
    out = client.http.post(
        "/desk/sign-out",
        headers={**EN, "Cookie": first, "Content-Type": "application/x-www-form-urlencoded"},
        body=b"",
    )
    assert out.status_code == 303
    leave = urlsplit(out.headers["Location"])
    assert leave.path == "/leave"
    assert parse_qs(leave.query)["logout_uri"] == ["https://complaints.example/"]
    assert set_by(out)["__Host-desk"] == "__Host-desk="
    assert get(client, "/desk", first).status_code == 303
    assert get(client, "/desk", second).status_code == 200
    scenario.later(timedelta(seconds=1))
    assert get(client, "/desk", second).status_code == 303


def test_signing_in_anew_ends_the_session_that_the_browser_had(client: Any, provider: Provider) -> None:
    """The browser's earlier session ends, also one of another user."""
    before = sign_in(client, provider)
    code, state, cookie = begin(client, provider)
    after = set_by(get(client, f"/desk/callback?code={code}&state={state}", cookie, before))["__Host-desk"]
    assert [get(client, "/desk", session).status_code for session in (before, after)] == [303, 200]


def test_every_sign_in_leaves_a_line(
    client: Any, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log line names the user, or the reason of the refusal; it has no code, state or session."""
    code, state, cookie = begin(client, provider)
    first, _ = (set_by(get(client, f"/desk/callback?code={code}&state={state}", cookie)) for _ in range(2))
    said = capsys.readouterr().out
    assert '"message": "signed in"' in said
    assert '"who": "sun"' in said
    assert '"message": "not signed in"' in said
    assert '"code": "expired"' in said
    assert not any(
        secret in said for secret in (state, first["__Host-desk"].partition("=")[2], provider.token())
    )


def test_no_secret_of_a_browser_is_stored(client: Any, provider: Provider, scenario: Scenario) -> None:
    """State and session id are not readable in the table, and every such row has an expiry."""
    _, state, _ = begin(client, provider)
    sid = sign_in(client, provider).partition("=")[2]
    from chalicelib.aws.rows import Secret

    rows = list(Secret.scan())
    assert sorted(row.sk.partition("#")[0] for row in rows) == ["LOGIN", "SESSION", "SESSION"]
    assert all(
        row.ttl and state not in str(row.attribute_values) and sid not in str(row.attribute_values)
        for row in rows
    )


def test_sign_in_needs_a_role(client: Any, provider: Provider) -> None:
    """An account at the provider is not enough without a role."""
    provider.changes = {"cognito:groups": ["team:general", "role:clock", "role:consumer", "admins"]}
    code, state, cookie = begin(client, provider)
    answer = get(client, f"/desk/callback?code={code}&state={state}", cookie)
    assert answer.status_code == 403
    assert "no role yet" in answer.body.decode()
    assert "__Host-desk" not in set_by(answer)


@pytest.mark.parametrize(
    ("claims", "roles", "teams"),
    [
        ({"cognito:groups": ["role:intake", "team:general"]}, Role.INTAKE, {"general"}),
        (
            {"groups": ["role.lead", "role:safety", "team.retail", "team:general", "other"]},
            Role.LEAD | Role.SAFETY,
            {"retail", "general"},
        ),
        (
            {
                "groups": [
                    "role:clock",
                    "role:consumer",
                    "role:partner",
                    "role:",
                    "role",
                    "team:",
                    "ROLE:lead",
                ]
            },
            Role(0),
            set(),
        ),
        ({"groups": "role:lead"}, Role.LEAD, set()),
        ({}, Role(0), set()),
    ],
)
def test_roles_and_teams_are_groups(claims: dict[str, Any], roles: Role, teams: set[str]) -> None:
    """Groups give only our own staff roles; other group names are ignored."""
    caller = signin.caller_from_claims({"sub": "u1", "email": "a@b.example", **claims})
    assert (caller.who, caller.roles, caller.teams, caller.name) == ("u1", roles, teams, "a@b.example")


def test_a_provider_that_does_not_answer_is_no_refusal(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the provider is down, pages say to try again, and signing out still works."""
    monkeypatch.setenv("OIDC_DISCOVERY", "http://127.0.0.1:9/nothing")
    assert get(client, "/desk/sign-in").status_code == 503
    answer = client.http.get("/v1/work", headers={**EN, "Authorization": "Bearer eyJraWQiOiJrMSJ9.e30.x"})
    assert answer.status_code == 503
    out = client.http.post(
        "/desk/sign-out", headers={**EN, "Content-Type": "application/x-www-form-urlencoded"}, body=b""
    )
    assert (out.status_code, out.headers["Location"]) == (303, "https://complaints.example/")


def test_only_the_provider_itself_is_believed(client: Any, provider: Provider) -> None:
    """The provider's redirects are not followed, and a document of another issuer is refused."""
    document = "/.well-known/openid-configuration"
    provider.leads = {document: f"{document}?elsewhere"}
    assert get(client, "/desk/sign-in").status_code == 503
    provider.leads, provider.issuer = {}, "https://evil.example"
    assert get(client, "/desk/sign-in").status_code == 503
    provider.issuer = ISSUER
    assert get(client, "/desk/sign-in").status_code == 303


def test_the_interface_takes_the_same_tokens(client: Any, provider: Provider) -> None:
    """The interface takes an ID token as a bearer token; an invalid one gets 401."""
    ask = {**EN, "Authorization": f"Bearer {provider.token()}"}
    assert client.http.get("/v1/work?queue=team", headers=ask).status_code == 200
    for bad in (provider.token(aud="another"), provider.token(token_use="access")):
        answer = client.http.get("/v1/work", headers={**EN, "Authorization": f"Bearer {bad}"})
        assert (answer.status_code, answer.json_body["type"]) == (401, "/problems/unauthenticated")


def test_a_cognito_token_is_taken(
    scenario: Scenario, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Cognito pool's token has the pool as issuer, Cognito's claim for groups, and may lack an e-mail
    address.
    """
    cognito = boto3.client("cognito-idp", "us-east-1")
    pool = cognito.create_user_pool(PoolName="staff")["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="desk", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )
    client_id = client["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(UserPoolId=pool, Username="sun")
    cognito.admin_set_user_password(UserPoolId=pool, Username="sun", Password="Long-Enough-1", Permanent=True)
    for group in ("role:lead", "team:general"):
        cognito.create_group(UserPoolId=pool, GroupName=group)
        cognito.admin_add_user_to_group(UserPoolId=pool, Username="sun", GroupName=group)
    token = cognito.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=client_id,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "sun", "PASSWORD": "Long-Enough-1"},
    )["AuthenticationResult"]
    issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{pool}"
    asked = AWSRequest("GET", f"{issuer}/.well-known/jwks.json").prepare()
    keys = json.loads(URLLib3Session().send(asked).content)["keys"]
    provider.issuer, provider.keys = issuer, [RSAKey.import_key(key) for key in keys]
    monkeypatch.setenv("OIDC_ISSUER", issuer)
    monkeypatch.setenv("OIDC_CLIENT_ID", client_id)
    scenario.time = datetime.now(UTC).replace(microsecond=0)
    caller = signin.caller_from_claims(signin.verify(token["IdToken"]))
    assert (caller.roles, caller.teams) == (Role.LEAD, {"general"})
    with pytest.raises(signin.Refused):
        signin.verify(token["AccessToken"])


@pytest.fixture
def sun(client: Any, provider: Provider, scenario: Scenario) -> Any:
    """Return a function that gives the status of Sun's request, at the desk with a session or at the
    interface with a new token.
    """

    def answer(session: str = "", issued: int = 0) -> int:
        if session:
            return int(get(client, "/desk", session).status_code)
        start = int(scenario.time.timestamp()) - issued
        bearer = {**EN, "Authorization": f"Bearer {provider.token(iat=start, exp=start + 300)}"}
        return int(client.http.get("/v1/work?queue=team", headers=bearer).status_code)

    return answer


@pytest.mark.parametrize("out", ["disabled", "removed", "by_hand"])
def test_disabled_account_is_refused_within_a_minute(
    client: Any,
    provider: Provider,
    scenario: Scenario,
    sun: Any,
    out: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Desk and interface refuse a disabled account within a minute, with any session or valid token. Once
    enabled again at the provider it works again, unless operations disabled it. The refusal is shown to the
    user and counted for operations.
    """
    session = sign_in(client, provider)
    scenario.product.staff.heed({"sun": True})
    assert sun(session) == 200
    assert sun() == 200
    if out == "by_hand":
        scenario.product.staff.disable("sun")
    else:
        scenario.product.staff.heed({"sun": False} if out == "disabled" else {"somebody": True})
    scenario.later(timedelta(seconds=60))
    capsys.readouterr()
    refused = get(client, "/desk", session)
    assert refused.status_code == 403
    assert "Your account is disabled" in refused.body.decode()
    assert set_by(refused)["__Host-desk"] == "__Host-desk="
    said = capsys.readouterr().out
    assert '"StaffRefused": 1' in said
    assert '"who": "sun"' in said
    assert sun() == 401
    assert sun(session) == 303
    code, state, cookie = begin(client, provider)
    assert get(client, f"/desk/callback?code={code}&state={state}", cookie).status_code == 403
    scenario.product.staff.heed({"sun": True})
    scenario.later(timedelta(seconds=60))
    assert sun() == (401 if out == "by_hand" else 200)
    scenario.product.staff.enable("sun")
    scenario.later(timedelta(seconds=60))
    assert sun() == 200


def test_signing_out_ends_what_was_opened_before_and_nothing_after(
    client: Any, provider: Provider, scenario: Scenario, sun: Any
) -> None:
    """Signing out ends the sessions of all browsers and all earlier tokens; a new sign-in works."""
    first, second = sign_in(client, provider), sign_in(client, provider)
    form = {**EN, "Cookie": first, "Content-Type": "application/x-www-form-urlencoded"}
    assert client.http.post("/desk/sessions", headers=form, body=b"who=sun").status_code == 303
    scenario.later(timedelta(seconds=60))
    assert sun(first) == sun(second) == 303
    assert sun(issued=61) == 401
    assert sun() == 200
    assert sun(sign_in(client, provider)) == 200


def test_each_sees_their_sessions_and_ends_them_and_the_administrator_anybodys(
    client: Any, provider: Provider, scenario: Scenario
) -> None:
    """The page shows start and program of each session. The shown ids open nothing. Only the administrator
    sees or ends another person's sessions.
    """

    def posted(cookie: str, body: str) -> Any:
        headers = {**EN, "Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        return client.http.post("/desk/sessions", headers=headers, body=body.encode())

    mine, other = sign_in(client, provider), sign_in(client, provider)
    page = get(client, "/desk/sessions", mine).body.decode()
    assert page.count("another program") == 2
    assert page.count("this one") == 1
    ids = re.findall(r'name="id" value="(\w{64})"', page)
    assert not {mine.partition("=")[2], other.partition("=")[2]} & set(ids)
    provider.changes = {"sub": "zheng", "cognito:groups": ["role:administrator"]}
    zheng = sign_in(client, provider)
    assert [
        get(client, f"/desk/sessions?who={who}", cookie).status_code
        for who, cookie in (("zheng", mine), ("sun", zheng), ("nobody", zheng))
    ] == [403, 200, 404]
    assert posted(mine, "who=zheng&id=" + ids[0]).status_code == 403
    assert posted(zheng, f"id={ids[0]}").status_code == 303, "another's id ends nothing"
    assert get(client, "/desk", mine).status_code == get(client, "/desk", other).status_code == 200
    for id in ids:
        posted(zheng, f"who=sun&id={id}")
    assert get(client, "/desk", mine).status_code == get(client, "/desk", other).status_code == 303
    assert get(client, "/desk/administration", zheng).status_code == 200


def test_an_administrator_signs_in_and_releases_while_everything_is_held(
    client: Any, provider: Provider, scenario: Scenario
) -> None:
    """Signing in and the hold switch write rows that are never held."""
    scenario.product.holds.switch(Switching(1, ("moves",), scenario.time, "", "演练"))
    provider.changes = {"sub": "zheng", "cognito:groups": ["role:administrator"]}
    cookie = sign_in(client, provider)
    headers = {
        "Cookie": cookie,
        "Sec-Fetch-Site": "same-origin",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    said = urlencode({"seen": "1", "why": "演练结束", "confirmed": "true"}).encode()
    answer = client.http.post("/desk/administration/hold", headers=headers, body=said)
    assert answer.status_code == 303
    assert scenario.product.held == frozenset()


@pytest.mark.parametrize(("changes", "status"), [({}, 200), ({"exp": 301}, 401), ({"iat": None}, 401)])
def test_a_bearer_token_lasts_five_minutes(
    client: Any, provider: Provider, scenario: Scenario, changes: dict[str, Any], status: int
) -> None:
    """A bearer token cannot be revoked, so the interface refuses one that lasts over five minutes or lacks
    `iat`. A sign-in may use a longer one.
    """
    start = int(scenario.time.timestamp())
    token = provider.token(**{name: value and start + value for name, value in changes.items()})
    assert client.http.get("/v1/work", headers={"Authorization": f"Bearer {token}"}).status_code == status
    provider.changes = {"exp": start + 3600}
    assert get(client, "/desk", sign_in(client, provider)).status_code == 200


@pytest.mark.parametrize(
    ("says", "taken"),
    [
        ({"amr": ["pwd", "mfa"]}, True),
        ({"acr": "gold"}, True),
        ({"amr": ["pwd"]}, False),
        ({}, False),
        ({"amr": None, "acr": None}, False),
    ],
)
def test_a_second_factor_is_insisted_on(
    client: Any, provider: Provider, monkeypatch: pytest.MonkeyPatch, says: dict[str, Any], taken: bool
) -> None:
    """Tokens of an external provider must state the second factor, for sessions and for bearer tokens."""
    monkeypatch.setenv("OIDC_MFA", "mfa,gold")
    provider.changes = says
    code, state, cookie = begin(client, provider)
    answer = get(client, f"/desk/callback?code={code}&state={state}", cookie)
    assert ("__Host-desk" in set_by(answer)) == taken
    assert taken or "no second factor" in answer.body.decode()
    bearer = {"Authorization": f"Bearer {provider.token()}"}
    assert client.http.get("/v1/work", headers=bearer).status_code == (200 if taken else 401)


def test_our_own_pool_is_asked_who_has_an_account(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All pages of the pool are read. Disabled and deleted accounts are shut out, also between two runs of
    the schedule. Another provider's accounts are not checked.
    """
    cognito, pool = boto3.client("cognito-idp", "us-east-1"), scenario.product.setting("STAFF_POOL")
    ids = {}
    for n in range(61):
        user = cognito.admin_create_user(UserPoolId=pool, Username=f"user{n}")["User"]
        ids[n] = next(one["Value"] for one in user["Attributes"] if one["Name"] == "sub")
    cognito.admin_disable_user(UserPoolId=pool, Username="user60")
    scenario.product.staff.came("gone")
    scenario.product.watch_accounts()
    out = {
        who for who in (*ids.values(), "gone") if scenario.product.staff.standing(who, scenario.time).disabled
    }
    assert out == {ids[60], "gone"}
    scenario.later(timedelta(minutes=1))
    scenario.product.__dict__["pause"] = lambda seconds: cognito.admin_disable_user(
        UserPoolId=pool, Username="user59"
    )
    scenario.product.watch_accounts()
    assert scenario.product.staff.standing(
        ids[59], scenario.time
    ).disabled  # checked again after half a minute
    monkeypatch.setenv("STAFF_POOL", "")
    scenario.product.staff.came("elsewhere")
    scenario.product.watch_accounts()
    assert not scenario.product.staff.standing("elsewhere", scenario.time).disabled


def test_a_session_is_found_only_by_its_secret(scenario: Scenario) -> None:
    """Another id finds nothing, and neither does the right id as another kind."""
    Sessions().keep(signin.SESSION, "secret", {"sub": "sun"}, scenario.time + timedelta(hours=1))
    assert Sessions().find(signin.SESSION, "secret", scenario.time) == {"sub": "sun"}
    assert Sessions().find(signin.SESSION, "Secret", scenario.time) is None
    assert Sessions().find("LOGIN", "secret", scenario.time) is None
    assert Sessions().take(signin.SESSION, "secret", scenario.time)
    assert Sessions().take(signin.SESSION, "secret", scenario.time) is None


def test_public_pages_do_not_wait_for_cryptography() -> None:
    """Importing the application loads neither the token library nor an HTTP client for the provider."""
    loaded = "import sys, app; sys.exit(bool({'joserfc', 'cryptography'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", loaded], check=False).returncode == 0
