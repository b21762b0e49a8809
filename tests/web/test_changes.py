"""`GET /v1/changes`: the changes of a partner's own complaints, and the cursor to continue from."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import pytest

from chalicelib.domain.model.codes import Channel
from chalicelib.view.changes import KEPT
from chalicelib.web import partners
from chalicelib.web.partners import FILES, Scope
from chalicelib.web.sealed_cursors import sealed
from tests.scenario import DAY, HOUR, SUN, WANG, Scenario, complaint
from tests.web.calls import EN, ZH, bearing, link, post
from tests.web.provider import Provider


def key(partner: str = "shop", *scopes: Scope, headers: dict[str, str] = EN) -> dict[str, str]:
    """Return the headers of a partner with a new key."""
    given, _ = partners.give(partner, Channel.API, scopes or FILES, 700 * DAY, "zheng")
    return {**headers, "Authorization": f"Bearer {given}"}


def ask(client: Any, headers: dict[str, str], query: str = "") -> Any:
    """Ask for the changes."""
    return client.http.get(f"/v1/changes{query}", headers=headers)


def filed(client: Any, headers: dict[str, str], **changes: Any) -> str:
    """File a complaint; return its number."""
    return str(post(client, "/v1/complaints", complaint(**changes), headers).json_body["number"])


def test_partner_follows_its_complaints(client: Any, scenario: Scenario) -> None:
    """A partner asks again and again with `next`, and gets each change once."""
    shop = key()
    ref = filed(client, shop, external_id="A-1")
    first = ask(client, shop).json_body
    assert first["items"] == [
        {
            "number": ref,
            "external_id": "A-1",
            "move": "submit",
            "entry": 1,
            "at": "2026-02-12T01:00:00Z",
            "stage": "received",
        }
    ]
    idle = ask(client, shop, f"?after={first['next']}").json_body
    assert idle["items"] == []
    scenario.later(HOUR)
    scenario.move(WANG, "accept", ref)
    found = ask(client, shop, f"?after={idle['next']}&limit=1").json_body["items"]
    assert [(one["move"], one["entry"], one["at"]) for one in found] == [
        ("accept", 2, "2026-02-12T02:00:00Z")
    ]


def test_words_are_told_to_nobody(client: Any, scenario: Scenario) -> None:
    """No word of a person is in the list."""
    shop = key()
    ref = filed(client, shop)
    scenario.move(scenario.by_link(ref), "message", ref, text="我住在梧桐路。")
    scenario.move(SUN, "message", ref, text="还在查。")
    answered = ask(client, shop)
    assert [one["move"] for one in answered.json_body["items"]] == ["submit", "message", "message"]
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in answered.body.decode())


def test_two_keys_have_one_list(client: Any) -> None:
    """A partner's two keys have the same list, and either goes on where the other stopped."""
    one, other = key(), key()
    refs = [filed(client, one), filed(client, other)]
    first = ask(client, one, "?limit=1").json_body
    rest = ask(client, other, f"?after={first['next']}").json_body["items"]
    assert sorted(item["number"] for item in (*first["items"], *rest)) == sorted(refs)


@pytest.mark.parametrize(
    ("headers", "title"),
    [(EN, "This list did not give this value of after to this partner."), (ZH, "after不是这个列表")],
)
def test_cursor_of_another_partner_is_refused(client: Any, headers: dict[str, str], title: str) -> None:
    """A partner that sends the cursor of another partner gets a refusal in its own language."""
    shop, mall = key("shop"), key("mall", headers=headers)
    filed(client, shop)
    foreign = ask(client, shop).json_body["next"]
    answered = ask(client, mall, f"?after={foreign}")
    assert (answered.status_code, answered.json_body["type"]) == (422, "/problems/foreign_cursor")
    assert answered.json_body["title"].startswith(title)
    assert answered.json_body["errors"][0]["pointer"] == "/after"


def test_foreign_cursor_or_deployment_is_refused(
    client: Any, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cursor of another list or deployment, a changed cursor, and any other text all get 422."""
    shop = key()
    filed(client, shop)
    good = ask(client, shop).json_body["next"]
    raw = urlsafe_b64decode(good + "==")
    forged = [bytes([raw[0] ^ 1]) + raw[1:], raw[:-1] + b"9", raw[:16], raw[:16] + b"\xff", b""]
    tried = [
        sealed("cases", "partner:shop", ""),
        *(urlsafe_b64encode(one).decode().rstrip("=") or "x" for one in forged),
        f"{good}x",
        "1",
        "%00",
        "2026-02-12T01:00:00Z_123456789012",
        "W10" * 300,
        "。",
    ]
    monkeypatch.setenv("STACK", "staging")
    tried.append(sealed("changes", "partner:shop", ""))
    monkeypatch.undo()
    told = {one: ask(client, shop, f"?after={one}").status_code for one in tried}
    assert told == dict.fromkeys(tried, 422)
    assert ask(client, shop, f"?after={good}").status_code == 200


def test_old_cursor_is_refused_and_one_in_use_stays_good(client: Any, scenario: Scenario) -> None:
    """A cursor is refused once changes after it may be gone. A partner that asks regularly goes on, even if
    nothing changes for longer."""
    shop = key()
    filed(client, shop)
    old = now = ask(client, shop).json_body["next"]
    for _ in range(4):
        scenario.later(KEPT / 3)
        now = ask(client, shop, f"?after={now}").json_body["next"]
    answered = ask(client, shop, f"?after={old}")
    assert (answered.status_code, answered.json_body["type"]) == (410, "/problems/cursor_too_old")
    assert "90 days" in answered.json_body["title"]


@pytest.mark.parametrize("limit", ["0", "101", "-1", "1.5", "x", "", "１"])
def test_limit_is_bounded(client: Any, limit: str) -> None:
    """A limit that is no whole number from 1 to 100 is refused."""
    answered = ask(client, key(), f"?limit={limit}")
    assert (answered.status_code, answered.json_body["type"]) == (422, "/problems/bad_limit")


def test_only_partners_that_may_read_get_it(client: Any, provider: Provider) -> None:
    """Staff, consumers and a key without the scope `read` are refused; without a credential it is 401."""
    consumer = link(post(client, "/v1/complaints", complaint()))
    told = [
        ask(client, headers).status_code
        for headers in (EN, consumer, bearing(provider, "zhou", "role:supervisor"), key("mall", Scope.FILE))
    ]
    assert told == [401, 404, 403, 403]


def test_key_that_was_replaced_still_fits(client: Any, scenario: Scenario) -> None:
    """A cursor stays good when operators replace the key of links, as long as the earlier one is kept."""
    shop = key()
    filed(client, shop)
    good = ask(client, shop).json_body["next"]
    secret = scenario.product.links.keys
    vault, arn = scenario.product.client("secretsmanager"), scenario.product.setting("LINK_KEY_ARN")
    keys = type(secret)("next", {**secret.by_id, "next": "n" * 40})
    vault.put_secret_value(SecretId=arn, SecretString=keys.written())
    scenario.product._kept_keys.clear()
    assert ask(client, shop, f"?after={good}").status_code == 200
    assert scenario.product.links.keys.current == "next"


def test_hold_of_moves_gives_no_change_unfenced(
    client: Any, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While operators hold all moves, nothing new is answered as usual. What was not read before waits, since
    reading it needs a write."""
    shop = key()
    read = ask(client, shop).json_body["next"]
    filed(client, shop)
    monkeypatch.setenv("HOLD", "moves")
    answered = ask(client, shop, f"?after={read}")
    assert (answered.status_code, answered.json_body["type"]) == (503, "/problems/held")
    assert int(answered.headers["Retry-After"]) > 0
    assert ask(client, key("mall")).status_code == 200
    monkeypatch.undo()
    assert len(ask(client, shop, f"?after={read}").json_body["items"]) == 1
