"""Tests of what a partner reads with the consent of its person, and how that ends."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.codes import Channel, Role
from chalicelib.locale.formats import consent_texts
from chalicelib.operations.destruction import WAITS
from tests.casework.destroyed import WHY, hour
from tests.casework.joint import OTHER
from tests.casework.post import FakePost
from tests.scenario import SUN, WANG, WU, ZHOU, Scenario, complaint
from tests.web.browser import Browser, hidden, text
from tests.web.calls import EN, ZH, post
from tests.web.desk import Desk
from tests.web.links import held, shop
from tests.web.mediated import bound, mediating
from tests.web.own import AGENT, answered, investigated, own
from tests.web.provider import Provider

SHOP = Caller("partner:shop", Role.PARTNER, channel=Channel.API)
AGREED = {"version": "partner_reads_1", "at": "2026-02-12T00:30:00Z"}
TALKED = ("state_position", "share_statement", "offer", "record_meeting", "end_negotiation")
STORY = "洗衣机坏了，商家不退。"


def read(client: Any, ref: str, headers: dict[str, str]) -> Any:
    """Return the case as the partner reads it."""
    answer = client.http.get(f"/v1/cases/{ref}", headers=headers)
    assert answer.status_code == 200
    return answer.json_body


def agreed(scenario: Scenario, **changes: Any) -> str:
    """Return the number of a complaint that a partner filed with the person's consent."""
    return scenario.submit(SHOP, consent=AGREED, **changes).ref


@pytest.mark.parametrize("headers", [EN, ZH])
def test_the_text_that_a_partner_shows_is_published(client: Any, headers: dict[str, str]) -> None:
    """Nobody needs a key for it; it has both languages, and one version is the present one."""
    items = client.http.get("/v1/consents", headers=headers).json_body["items"]
    assert [(item["language"], item["version"]) for item in items if item["present"]] == [
        ("zh", "partner_reads_1"),
        ("en", "partner_reads_1"),
    ]
    for item in items:
        assert item["reads"] == consent_texts(item["language"])[item["version"]]["reads"]


def test_a_version_of_the_text_never_changes() -> None:
    """People agreed to these very words. Another text needs another version."""
    known = {"partner_reads_1": "ac8ced672048eb26"}
    assert {version: _digest(version) for version in consent_texts("zh")} == known
    assert consent_texts("zh").keys() == consent_texts("en").keys()


def _digest(version: str) -> str:
    from hashlib import sha256

    said = [consent_texts(language)[version] for language in ("zh", "en")]
    return sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]


def test_with_consent_the_partner_reads_the_story_at_once(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """The partner's statement is on the record with its moment and version, and so is each read."""
    headers = shop(client, provider)
    filed = post(client, "/v1/complaints", complaint(external_id="A", consent=AGREED), headers).json_body
    assert filed["reads"] == "as_the_person"
    found = read(client, filed["number"], headers)
    given = {**AGREED, "stated": True, "ended": None}
    assert (found["reads"], found["consent"]) == ("as_the_person", given)
    assert found["shared"]["story"] == {"story": STORY}
    assert found["shared"]["answer"] is None
    assert scenario.lines(filed["number"], "submit")[0]["consent"] == AGREED
    [record] = scenario.product.reads.of_case(filed["number"], "", 100)[0]
    assert (record["who"], record["as"], record["thing"]) == ("partner:shop", "partner", "case")


def test_with_consent_the_partner_reads_answer_and_promises(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """The partner reads each conclusion with its reason and facts, and the promise with its day and state."""
    headers = shop(client, provider)
    ref = answered(scenario, investigated(scenario, caller=SHOP, consent=AGREED))
    found = read(client, ref, headers)
    answer = found["shared"]["answer"]
    assert [(one["conclusion"], one["reason"]) for one in answer["matters"]] == [
        ("upheld", "机器确有缺陷。"),
        ("not_upheld", "保修期已过。"),
    ]
    assert answer["matters"][0]["findings"][0]["fact"] == "查明第1项。"
    assert answer["terms"] == "退到原付款账户。"
    [owed] = found["obligations"]
    assert (owed["by"], owed["state"], owed["amount"]["amount"]) == ("2026-03-01", "pending", "1655.00")
    assert found["totals"] == {"owe": None, "owed": None}  # one sum alone is no total


def test_with_consent_the_partner_reads_why_a_matter_was_declined(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """The ground and the reason of each matter are there, also where a second person confirmed them."""
    headers = shop(client, provider)
    part, whole = agreed(scenario), agreed(scenario, person=OTHER)
    said = {"reasons": {"2": "买来经营。"}, "routes": ["court"]}
    scenario.agreed(part, WANG, SUN, "accept", declined={"2": "not_for_living"}, **said)
    grounds = dict.fromkeys(("1", "2"), "not_for_living")
    why = dict.fromkeys(grounds, "买来经营。")
    scenario.agreed(whole, WANG, SUN, "decline", grounds=grounds, reasons=why, routes=["court"])
    for ref, matters in ((part, [2]), (whole, [1, 2])):
        shared = read(client, ref, headers)["shared"]
        assert [(one["n"], one["reason"]) for one in shared["declined"]] == [
            (n, "买来经营。") for n in matters
        ]
        assert shared["routes"] == ["court"]


def test_without_consent_the_partner_reads_what_it_read_before(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """The answer says so, and has neither words nor promises."""
    headers = shop(client, provider)
    filed = post(client, "/v1/complaints", complaint(external_id="A"), headers).json_body
    assert filed["reads"] == "what_was_filed"
    ref = answered(scenario, investigated(scenario, caller=SHOP))
    found = read(client, ref, headers)
    assert (found["reads"], found["consent"], found["shared"]) == ("what_was_filed", None, None)
    assert (found["obligations"], found["totals"]) == ([], {})
    assert "缺陷" not in json.dumps(found, ensure_ascii=False)


def test_the_person_ends_it_by_the_link_of_the_receipt(
    client: Any, scenario: Scenario, provider: Provider, browser: Browser
) -> None:
    """The link needs no login and opens the page; a press of the button ends it. Both read that it ended."""
    headers, mails = shop(client, provider), FakePost.into(scenario)
    language = browser.headers["accept-language"]
    ref = agreed(scenario, person=complaint()["person"] | {"language": language})
    scenario.post()
    [(_, _, letter)] = [one for one in mails.taken if "receipt" in one[1] or True][:1]
    [end] = re.findall(r"https?://\S+\?to=partner", letter.text)
    page = browser.get(end.partition("://")[2].partition("/")[2].join(("/", "")))
    shown = text(page)
    for line in consent_texts(language)["partner_reads_1"]["reads"]:
        assert line in shown
    assert scenario.product.file.load(ref).partner_reads
    done = browser.post("/case/moves/end_partner_access", hidden(page))
    assert done.status_code == 200
    assert not scenario.product.file.load(ref).partner_reads
    found = read(client, ref, headers)
    assert (found["reads"], found["shared"]) == ("what_was_filed", None)
    assert found["consent"]["ended"] == "2026-02-12T01:00:00Z"
    entries = client.http.get(f"/v1/cases/{ref}/timeline", headers=headers).json_body["items"]
    assert entries[0]["move"] == "end_partner_access"
    assert own(browser, "entry.end_partner_access") in text(browser.get("/case/history"))
    assert own(browser, "parts.partner.title") in text(browser.get("/case/complaint"))


def test_the_person_agrees_again_on_their_page(
    client: Any, scenario: Scenario, provider: Provider, browser: Browser
) -> None:
    """The person sees the present text and ticks a box to agree. Without the tick nothing changes."""
    headers, ref = shop(client, provider), agreed(scenario)
    scenario.move(scenario.by_link(ref), "end_partner_access", ref)
    browser.get(scenario.product.links.path(ref, "p1", 1))
    page = browser.get("/case/moves/give_partner_access")
    assert consent_texts(browser.headers["accept-language"])["partner_reads_1"]["ends"] in text(page)
    assert browser.post("/case/moves/give_partner_access", hidden(page)).status_code == 422
    assert read(client, ref, headers)["reads"] == "what_was_filed"
    browser.post("/case/moves/give_partner_access", {**hidden(page), "agreed": "true"})
    found = read(client, ref, headers)
    assert (found["reads"], found["consent"]["stated"]) == ("as_the_person", False)


def test_staff_record_that_somebody_ends_it_by_phone(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """Whoever gets no mail calls; nobody at the desk can agree for them."""
    headers, ref = shop(client, provider), agreed(scenario)
    Desk(client, scenario, "wang").take(scenario.product.file.load(ref), "end_partner_access")
    assert read(client, ref, headers)["reads"] == "what_was_filed"
    with pytest.raises(Refusal, match="move_not_allowed_for_role"):
        scenario.move(WANG, "give_partner_access", ref, agreed=True)
    with pytest.raises(Refusal, match="move_not_allowed_for_role"):
        scenario.move(SHOP, "end_partner_access", ref)


def test_a_representative_may_end_it_and_not_agree(scenario: Scenario) -> None:
    """A consent is the person's own."""
    ref = agreed(scenario)
    scenario.move(scenario.by_link(ref), "add_representative", ref, powers=["submit", "answer"], **AGENT)
    scenario.move(
        SUN, "check_authority", ref, representative="p2", document="委托书", powers=["submit", "answer"]
    )
    scenario.move(scenario.by_link(ref, "p2"), "end_partner_access", ref)
    with pytest.raises(Refusal, match="move_not_allowed_for_role"):
        scenario.move(scenario.by_link(ref, "p2"), "give_partner_access", ref, agreed=True)


def test_in_a_joint_complaint_the_partner_reads_nothing_of_the_others(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """The partner's own person alone decides. The consent does not follow a person who leaves the joint
    complaint."""
    headers, ref = shop(client, provider), agreed(scenario, external_id="A")
    second = scenario.submit(person=OTHER, account={"story": "邻居的经过"}).ref
    scenario.move(SUN, "invite_to_join", second, leading=ref)
    scenario.move(scenario.by_link(second), "join_case", second, own_wish=True)
    scenario.move(scenario.by_link(ref, "p2"), "message", ref, text="邻居的私话")
    found = json.dumps(read(client, ref, headers), ensure_ascii=False)
    told = client.http.get(f"/v1/cases/{ref}/timeline", headers=headers).body.decode()
    assert STORY in found
    assert "邻居" not in found + told
    for move in ("end_partner_access", "give_partner_access"):
        said = {"agreed": True} if move.startswith("give") else {}
        with pytest.raises(Refusal):
            scenario.move(scenario.by_link(ref, "p2"), move, ref, **said)
    scenario.move(WANG, "accept", ref)
    scenario.move(scenario.by_link(ref), "leave_case", ref)
    alone = scenario.product.file.load(ref).party("p1").own
    assert alone
    assert read(client, alone, headers)["reads"] == "what_was_filed"
    assert read(client, alone, headers)["external_id"] == "A"


def test_what_the_sides_agree_stays_between_them(client: Any, scenario: Scenario, provider: Provider) -> None:
    """The partner reads neither words nor promises of a mediation and its agreement in force."""
    headers, ref = shop(client, provider), mediating(scenario, caller=SHOP, consent=AGREED)
    bound(scenario, ref)
    found = read(client, ref, headers)
    assert found["reads"] == "as_the_person"
    assert scenario.product.file.load(ref).open_obligations
    assert (found["obligations"], found["dispute"]) == ([], None)
    told = client.http.get(f"/v1/cases/{ref}/timeline?limit=100", headers=headers).json_body["items"]
    assert not any(entry["words"] for entry in told if entry["move"] in (*TALKED, "draft_agreement", "sign"))


def test_a_successor_is_asked_anew(scenario: Scenario) -> None:
    """The consent of the person before them ends with their place."""
    ref = agreed(scenario)
    heir = {"name": "王小芳", "phone": "13900139000"}
    scenario.move(SUN, "substitute_party", ref, party="p1", person=heir, document="公证书", reason="本人去世")
    assert not scenario.product.file.load(ref).partner_reads


def test_nothing_is_left_to_read_of_a_destroyed_complaint(scenario: Scenario) -> None:
    """The consent ends with the data."""
    ref = agreed(scenario)
    scenario.move(SHOP, "withdraw", ref)
    scenario.agreed(ref, ZHOU, WU, "destroy_data", **WHY)
    scenario.later(WAITS)
    assert hour(scenario) == 1
    assert not scenario.product.file.load(ref).partner_reads


@pytest.mark.parametrize(
    ("by", "changes", "code"),
    [
        ("partner", {"person": complaint()["person"] | {"capacity": "agent"}}, "consent_of_another"),
        ("partner", {"person": complaint()["person"] | {"on_behalf_of": "王小明"}}, "consent_of_another"),
        ("partner", {"consent": AGREED | {"version": "partner_reads_9"}}, "fields"),
        ("partner", {"consent": AGREED | {"at": "2026-02-13T00:30:00Z"}}, "fields"),
        ("partner", {"consent": AGREED | {"at": "2026-02-12T00:30:00"}}, "fields"),
        ("nobody", {}, "only_partners_state"),
    ],
)
def test_a_consent_that_cannot_be_is_refused_by_name(
    client: Any, provider: Provider, by: str, changes: dict[str, Any], code: str
) -> None:
    """The refused consents: of another person, to an unknown text, in the future, without a zone, or stated
    by a non-partner."""
    headers = shop(client, provider) if by == "partner" else EN
    answer = post(client, "/v1/complaints", complaint(**{"consent": AGREED} | changes), headers)
    assert (answer.status_code, answer.json_body["type"]) == (422, f"/problems/{code}")
    assert answer.json_body["errors"][0]["pointer"].startswith("/consent")


def test_a_danger_is_filed_without_a_consent_that_cannot_be(client: Any, provider: Provider) -> None:
    """An anonymous report of danger is taken in; the partner reads what it filed."""
    said = complaint(hurt="hurt", person={}, consent=AGREED)
    answer = post(client, "/v1/complaints", said, shop(client, provider))
    assert (answer.status_code, answer.json_body["reads"]) == (201, "what_was_filed")
    assert "/consent" in [part["pointer"] for part in answer.json_body["asked"]]


@pytest.mark.parametrize("query", ["to=partner", "to=//evil.example", "to=accept"])
def test_a_link_with_more_opens_no_other_place(client: Any, scenario: Scenario, query: str) -> None:
    """Only the page that ends what the partner reads; opening it ends nothing."""
    ref = agreed(scenario)
    answer = client.http.get(f"{scenario.product.links.path(ref, 'p1', 1)}?{query}", headers=EN)
    there = "/case/moves/end_partner_access" if query == "to=partner" else "/case"
    assert answer.headers["Location"].endswith(there)
    assert scenario.product.file.load(ref).partner_reads
    assert client.http.get("/case", headers=held(scenario, ref)).status_code == 200
