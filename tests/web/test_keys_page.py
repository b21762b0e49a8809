"""Tests of the page of partners' keys: given, shown once, listed, revoked; for the administrator only."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.calendar import stamp
from chalicelib.domain.model.codes import Channel
from chalicelib.locale.formats import texts
from chalicelib.web import partners
from chalicelib.web.partners import Scope
from chalicelib.web.problems import Unauthenticated
from tests.scenario import DAY, Scenario
from tests.web.desk import Desk, visible

SECRET = re.compile(r"rk_[\w-]+")


class KeysPage:
    """The administrator at the page of keys. The browser keeps the cookie of the last form."""

    def __init__(self, client: Any, scenario: Scenario, language: str = "en") -> None:
        self.desk = Desk(client, scenario, "zheng", language)
        self.own = self.desk.headers["Cookie"]

    def blank_form(self, **query: str) -> dict[str, Any]:
        """Open the form for a new key; return its hidden text and a filled-in form."""
        page = self.desk.get("/desk/keys/give?" + "&".join(f"{name}={said}" for name, said in query.items()))
        unique = re.search(r'name="key" value="([^"]+)"', page)
        assert unique
        return {
            "key": unique[1],
            "partner": "shop",
            "channel": "chat",
            "scopes": ["file", "read"],
            "days": "90",
        }

    def press(self, form: dict[str, Any]) -> str:
        """Post the form; keep the cookie of the answer. Return the place to go to."""
        answer = self.desk.post("/desk/keys/give", form)
        self.desk.headers["Cookie"] = f"{self.own}; __Host-given={form['key']}"
        return str(answer)

    def secrets(self, where: str, method: str = "get") -> list[str]:
        """Return the keys that a page shows; drop the cookies that its answer ends."""
        answer = getattr(self.desk.client.http, method)(where, headers=self.desk.headers)
        assert answer.status_code == 200
        if answer.headers.get("Set-Cookie"):
            self.desk.headers["Cookie"] = self.own
        return SECRET.findall(answer.body.decode())


@pytest.fixture
def page(client: Any, scenario: Scenario) -> KeysPage:
    """The page of keys in English."""
    return KeysPage(client, scenario)


def test_a_new_key_is_shown_once(page: KeysPage, scenario: Scenario) -> None:
    """The key works for its scopes. It is in no address, and a reload does not show it again, even with the
    cookie that showed it."""
    form = page.blank_form()
    where = page.press(form)
    assert where == "/desk/keys?done=give"
    cookie = page.desk.headers["Cookie"]
    [key] = page.secrets(where)
    assert partners.caller(key, Scope.READ).who == "partner:shop"
    assert page.secrets(where) == []
    page.desk.headers["Cookie"] = cookie
    scenario.later(timedelta(seconds=11))
    assert page.secrets(where) == []
    assert "not shown again" in page.desk.get(where)
    stored = str([*scenario.product.sessions.held(partners.KEPT_AS, partners.OF_PARTNERS, scenario.time)])
    assert key not in stored


def test_a_look_without_a_body_does_not_use_up_the_only_showing(page: KeysPage) -> None:
    """A HEAD request shows nothing, so it must not count as shown."""
    where = page.press(page.blank_form())
    assert page.secrets(where, "head") == []
    assert len(page.secrets(where)) == 1


def test_a_double_press_gives_one_key_and_shows_it(page: KeysPage) -> None:
    """The second press leads to the same key, although the first answer never reached the browser."""
    form = page.blank_form()
    first, second = page.press(form), page.press(form)
    assert first == second
    assert len(page.secrets(second)) == 1
    assert [key["id"] for key in partners.valid_keys()] == ["shop_1"]


def test_a_double_press_shows_the_key_although_the_first_page_was_made(page: KeysPage) -> None:
    """The second press comes while the browser loads the first page. The browser drops that page."""
    form = page.blank_form()
    assert len(page.secrets(page.press(form))) == 1
    assert len(page.secrets(page.press(form))) == 1


def test_two_presses_at_one_moment_give_one_key(page: KeysPage, scenario: Scenario) -> None:
    """Two requests of one form that both find no key yet make the same key."""
    given = partners.give("shop", Channel.API, partners.FILES, DAY, "zheng", form="f" * 43)
    found = scenario.product.sessions.find
    blind = iter([True, True])  # the second request reads both ids before the first one writes
    scenario.product.sessions.find = lambda *key: None if next(blind, False) else found(*key)
    assert partners.give("shop", Channel.API, partners.FILES, DAY, "zheng", form="f" * 43) == given


def test_two_administrators_at_one_moment_give_two_keys(scenario: Scenario) -> None:
    """The second key does not replace the first one."""
    one, _ = partners.give("shop", Channel.API, partners.FILES, DAY, "zheng")
    found = scenario.product.sessions.find
    blind = iter([True, True])
    scenario.product.sessions.find = lambda *key: None if next(blind, False) else found(*key)
    two, _ = partners.give("shop", Channel.API, partners.FILES, DAY, "sun")
    assert [partners.caller(key, None).who for key in (one, two)] == ["partner:shop"] * 2


def test_an_old_form_revives_no_revoked_key(page: KeysPage) -> None:
    """A browser that goes back and posts the form again must not make a leaked key valid again."""
    form = page.blank_form()
    [key] = page.secrets(page.press(form))
    page.desk.post("/desk/keys/revoke", {"id": "shop_1"})
    assert page.secrets(page.press(form)) == []
    with pytest.raises(Unauthenticated):
        partners.caller(key, None)


def test_an_expired_id_is_free_again(scenario: Scenario) -> None:
    """The store deletes expired rows late; a new key does not wait for that."""
    for _ in range(2):
        partners.give("shop", Channel.API, partners.FILES, DAY, "zheng")
    scenario.later(DAY + timedelta(seconds=1))
    key, _ = partners.give("shop", Channel.API, partners.FILES, DAY, "zheng")
    assert partners.caller(key, Scope.FILE)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_tells_of_each_key(client: Any, scenario: Scenario, language: str) -> None:
    """Permissions in words, channel, last day, last use, and who gave it; a key that ends soon is marked. A
    key of an earlier release has no giver, and one by command says so."""
    key, _ = partners.give("shop", Channel.CHAT, [Scope.FILE], 20 * DAY, "zheng")
    partners.give("mall", Channel.API, [Scope.ABSENCES], 300 * DAY, "")
    old = {
        "id": "old_1",
        "partner": "old",
        "channel": "api",
        "scopes": ["read"],
        "given": stamp(scenario.time),
    }
    until = scenario.time + 300 * DAY
    old |= {"until": stamp(until), "used": None, "hash": "0"}
    scenario.product.sessions.keep(partners.KEPT_AS, "old_1", old, until, partners.OF_PARTNERS)
    partners.caller(key, Scope.FILE)
    words = texts(language)["page"]["keys"]
    seen = visible(Desk(client, scenario, "zheng", language).get("/desk/keys"))
    cards = {
        id: seen.partition(f" {id} ")[2].partition(words["revoke"])[0] for id in ("shop_1", "mall_1", "old_1")
    }
    assert words["soon"] in cards["shop_1"]
    assert words["soon"] not in cards["mall_1"]
    assert words["scope"]["file"] in cards["shop_1"]
    assert words["scope"]["add"] not in cards["shop_1"]
    assert words["never"] not in cards["shop_1"]
    assert words["never"] in cards["mall_1"]
    assert words["by"].format(who="Zheng") in cards["shop_1"]
    assert words["by"].format(who=words["command"]) in cards["mall_1"]
    assert words["by"].partition("{who}")[0] not in cards["old_1"]
    assert key not in seen


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_scope_is_told_in_words(scope: Scope, language: str) -> None:
    """The form says what a scope permits."""
    words = texts(language)["page"]["keys"]
    assert words["scope"][scope]
    assert words["permits"][scope]


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"partner": "Call Centre"}, "partner"),
        ({"partner": ""}, "partner"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"days": "731"}, "days"),
        ({"days": "soon"}, "days"),
        ({"channel": "pigeon"}, "channel"),
    ],
)
def test_a_wrong_field_is_named_and_gives_no_key(page: KeysPage, said: Any, place: str) -> None:
    """The form comes back with the error at its field. Without a tick, no scope is given by default."""
    again = page.desk.post("/desk/keys/give", page.blank_form() | said, 422)
    assert f'href="#{place}"' in again
    assert [*partners.valid_keys()] == []


def test_a_third_key_of_a_partner_is_refused(page: KeysPage) -> None:
    """The form says which field is wrong, and why."""
    for _ in range(2):
        page.press(page.blank_form())
    again = page.desk.post("/desk/keys/give", page.blank_form(), 422)
    assert "2 keys already" in again


def test_a_key_is_revoked_after_a_question(page: KeysPage) -> None:
    """The question names the key and whether it is in use. After it the key opens nothing."""
    [key] = page.secrets(page.press(page.blank_form()))
    assert "never used" in page.desk.get("/desk/keys/revoke?id=shop_1")
    partners.caller(key, None)
    assert "may still use it" in page.desk.get("/desk/keys/revoke?id=shop_1")
    where = page.desk.post("/desk/keys/revoke", {"id": "shop_1"})
    assert "is revoked" in page.desk.get(where)
    with pytest.raises(Unauthenticated):
        partners.caller(key, None)
    page.desk.get("/desk/keys/revoke?id=shop_1", 404)


@pytest.mark.parametrize("who", ["sun", "zhou", "auditor"])
def test_only_the_administrator_keeps_keys(client: Any, scenario: Scenario, who: str) -> None:
    """Other staff find no link, no page and no form, and cannot post one."""
    desk = Desk(client, scenario, who)
    assert 'href="/desk/keys"' not in desk.get("/desk/sessions")
    assert 'href="/desk/keys"' in Desk(client, scenario, "zheng").get("/desk/sessions")
    for path in ("/desk/keys", "/desk/keys/give", "/desk/keys/revoke?id=shop_1"):
        desk.get(path, 403)
    form = {"key": "f" * 43, "partner": "shop", "channel": "api", "scopes": ["file"], "days": "1"}
    desk.post("/desk/keys/give", form, 403)
    partners.give("shop", Channel.API, partners.FILES, DAY, "zheng")
    desk.post("/desk/keys/revoke", {"id": "shop_1"}, 403)
    assert [key["id"] for key in partners.valid_keys()] == ["shop_1"]


def test_another_site_cannot_give_a_key(page: KeysPage) -> None:
    """A form on another site is refused."""
    page.desk.post("/desk/keys/give", page.blank_form(), 403, **{"Sec-Fetch-Site": "cross-site"})
    assert [*partners.valid_keys()] == []
