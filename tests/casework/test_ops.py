"""Repairs by hand: each command first says what it would do, does it once, and prints no personal data."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from chalicelib.access.authorization import Caller
from chalicelib.delivery.correspondence import Unreachable
from chalicelib.domain.calendar import stamp
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Channel, Role, Undelivered
from chalicelib.domain.reference import shown
from chalicelib.web import partners, signin
from chalicelib.web.partners import Scope
from chalicelib.web.problems import Unauthenticated
from tests.casework.post import FakePost
from tests.casework.recorded import an_hour, life, tamper
from tests.casework.terminal import Operator
from tests.scenario import DAY, HOUR, WANG, Scenario


@pytest.fixture
def operator(scenario: Scenario, capsys: pytest.CaptureFixture[str]) -> Operator:
    """An operator of this scenario, whose stack settings are set."""
    return Operator(scenario, capsys)


def broken(scenario: Scenario) -> tuple[Case, Any]:
    """Return a case whose receipt cannot be rendered and was parked, with that letter's row."""
    from chalicelib.aws import rows

    case = scenario.submit()
    (letter,) = scenario.product.file.whole(case.ref).letters
    row = rows.Row.get(rows.case(case.ref), rows.letter(letter["id"]))
    _rewritten(scenario, row, entry=7)
    for _ in range(8):
        scenario.later(3 * HOUR)
        scenario.minute()
    return case, row


def mended(scenario: Scenario, row: Any) -> None:
    """Repair the letter's row."""
    row.refresh()
    _rewritten(scenario, row, entry=1)


def _rewritten(scenario: Scenario, row: Any, **said: Any) -> None:
    """Rewrite the letter's body as a release of ours could have, with its MAC."""
    row.body = json.dumps({**json.loads(str(row.body)), **said})
    scenario.product.macs.letter(row).save()


def test_parked_rows_are_listed_and_put_back(operator: Operator, post: FakePost) -> None:
    """The list shows number, letter and time; a letter put back is sent with the next walk, its faults
    forgotten.

    Without `--do` nothing happens.
    """
    scenario = operator.scenario
    case, row = broken(scenario)
    sent = len(post.taken)
    listed = operator.says("parked")
    assert f"{shown(case.ref)}  letter  receipt" in listed
    assert "since 2026-02-1" in listed
    assert "1 parked." in listed
    mended(scenario, row)
    assert "would put back" in operator.says("unpark", shown(case.ref))
    assert "1 parked." in operator.says("parked")
    said = operator.says("unpark", shown(case.ref), "--do")
    assert "1/1 put back" in said
    assert "Done." in said
    assert "Nothing is parked." in operator.says("parked")
    assert "Nothing of it is parked." in operator.says("unpark", case.ref, "--do")
    scenario.minute()
    row.refresh()
    assert (row.state, row.faults, row.shard) == ("sent", None, None)
    assert len(post.taken) == sent + 1


def test_all_that_is_parked_goes_back_with_all(operator: Operator) -> None:
    """`--all` puts back cases and letters of every number; without any name the command is refused."""
    for _ in range(2):
        broken(operator.scenario)
    assert operator.says("unpark", "--all", "--do").count(" put back: ") == 2
    assert "Name one complaint" in operator.says("unpark", "--do")


def test_a_letter_that_ended_unsent_is_sent_again(operator: Operator, post: FakePost) -> None:
    """The letter leaves with the next walk, and its call task ends."""
    scenario = operator.scenario
    post.trouble = Unreachable(Undelivered.BOUNCE)
    case = scenario.submit()
    scenario.move(WANG, "accept", case.ref)
    scenario.post()
    letter = next(
        letter for letter in scenario.product.file.whole(case.ref).letters if letter["name"] == "accepted"
    )
    assert f"{letter['id']}  accepted  given up  bounce" in operator.says("resend", case.ref)
    post.trouble = None
    scenario.later(2 * HOUR)
    assert "would owe again" in operator.says("resend", case.ref, letter["id"])
    assert not post.taken
    assert "owed again" in operator.says("resend", case.ref, letter["id"], "--do")
    scenario.minute()
    assert [id for _, id, _ in post.taken if id == letter["id"]] == [letter["id"]]
    assert scenario.product.file.load(case.ref).tellings == ()
    assert "letter_late" in scenario.moves(case.ref)


def test_a_letter_that_has_left_goes_again_only_when_that_is_meant(
    operator: Operator, post: FakePost
) -> None:
    """A sent letter needs `--again`; one on its way or unknown is left alone."""
    scenario = operator.scenario
    case = scenario.submit()
    (letter,) = scenario.product.file.whole(case.ref).letters
    assert "on its way" in operator.says("resend", case.ref, letter["id"], "--do")
    assert "no letter none" in operator.says("resend", case.ref, "none")
    assert "no complaint 1" in operator.says("resend", "1")
    scenario.post()
    assert "--again" in operator.says("resend", case.ref, letter["id"], "--do")
    operator.says("resend", case.ref, letter["id"], "--again", "--do")
    scenario.minute()
    assert len(post.taken) == 2


def test_dead_letters_go_back_to_their_queue(operator: Operator) -> None:
    """Every message is moved once; the dry run only counts them."""
    sqs = boto3.client("sqs", "us-east-1")
    urls = [sqs.get_queue_url(QueueName=f"redress-post{end}")["QueueUrl"] for end in ("", "-dead")]
    for n in range(3):
        sqs.send_message(QueueUrl=urls[1], MessageBody=json.dumps({"shard": n}))
    assert "about 3 messages" in operator.says("redrive", "post")
    assert "3/3 moved back" in operator.says("redrive", "post", "--do")
    assert sorted(task["shard"] for task in operator.scenario._tasks("POST_QUEUE")) == [0, 1, 2]
    assert "empty" in operator.says("redrive", "post", "--do")
    assert "invalid choice" not in operator.says("redrive", "post")


def test_the_next_key_of_links_takes_over_beside_the_one_before(operator: Operator) -> None:
    """Links of both keys open until the older key is dropped; then only the newer ones do."""
    scenario, case = (
        operator.scenario,
        operator.scenario.submit(person={"name": "王芳", "phone": "13800138000"}),
    )
    one, said = (
        make(case.ref, "p1", 1) for make in (scenario.product.links.token, scenario.product.links.phrase)
    )
    assert "Nothing was done" in operator.says("rotate", "link")
    assert reads(scenario).links.token(case.ref, "p1", 1) == one
    assert "key 2 is the current one" in operator.says("rotate", "link", "--do", "--wait", "0")
    links = reads(scenario).links
    two = links.token(case.ref, "p1", 1)
    assert two.startswith("p1-2-")
    assert one.startswith("p1-1-")
    assert all(links.fits(token, case.ref, "p1", 1) for token in (one, two))
    assert links.says(said, case.ref, "p1", 1)
    assert "Two keys" in operator.says("rotate", "link", "--do", "--wait", "0")
    operator.says("rotate", "link", "--end", "--do")
    links = reads(scenario).links
    assert [links.fits(token, case.ref, "p1", 1) for token in (one, two)] == [False, True]
    assert not links.says(said, case.ref, "p1", 1)
    assert links.says(links.phrase(case.ref, "p1", 1), case.ref, "p1", 1)
    for token in ("p1-1-", "p1-9-aaaa", "p1", "p1--", "é-2-ß"):
        assert not links.fits(token, case.ref, "p1", 1)


def test_under_a_new_key_of_lookups_everybody_is_still_found(operator: Operator) -> None:
    """Cases of one person, a partner's own number, a refusing address and a lost link are still found."""
    scenario, shop = operator.scenario, Caller("partner:shop", Role.PARTNER, channel=Channel.API)
    before, email = scenario.submit(shop, external_id="S-1"), "wang.fang@mail.example"
    scenario.product.addresses.refuses(scenario.product.lookups.of(email)[0], "bounce", scenario.time)
    operator.says("rotate", "lookup", "--do", "--wait", "0")
    reads(scenario)
    after = scenario.submit()
    related = scenario.product.casework.related
    assert related(scenario.product.file.load(after.ref)) == [before.ref]
    assert related(before) == [after.ref]
    assert scenario.submit(shop, external_id="S-1").ref == before.ref
    assert scenario.product.addresses.refusing(scenario.product.lookups.of(email))
    scenario.product.casework.ask_link(before.ref, email)
    scenario.post()
    assert "send_link" in scenario.moves(before.ref)
    assert "no key that can be dropped" in operator.says("rotate", "lookup", "--end", "--do")


def reads(scenario: Scenario) -> Any:
    """Return the product after it has dropped its cached keys."""
    scenario.product.__dict__["_kept_keys"] = {}
    return scenario.product


def test_a_record_is_verified_by_its_number_or_a_whole_day(operator: Operator, scenario: Scenario) -> None:
    """Whole records are reported as whole, changes by their place; a day is checked by its signed lists."""
    ref, first = life(scenario), scenario.time
    assert operator.says("verify", shown(ref)) == "Whole.\n"
    an_hour(scenario, first + DAY)
    assert operator.says("verify", "--day", str(first.date())).endswith("All whole.\n")
    tamper(ref, "line")
    assert operator.says("verify", ref) == "entry 2: entry\nChanged, and noted on the case.\n"
    assert "1 changed" in operator.says("verify", "--day", str(first.date()))
    assert "no complaint" in operator.says("verify", "1234-1234-1234")
    assert "Name one" in operator.says("verify")
    assert "no list of 2020-02-01" in operator.says("verify", "--day", "2020-02-01")


def test_operator_signs_a_person_out(operator: Operator) -> None:
    """The person is named by roster address or id; with `--do` all earlier sessions end.

    Sessions are listed without naming people.
    """
    product, now = operator.scenario.product, operator.scenario.time
    product.sessions.keep(
        signin.SESSION, "a-secret", {"sub": "sun", "since": stamp(now), "agent": "Chrome"}, now + HOUR, "sun"
    )
    assert "Chrome" in operator.says("sessions", "SUN@house.example")
    assert "1 sessions." in operator.says("sessions", "sun")
    assert "Nothing was done" in operator.says("signout", "sun", "--disable")
    assert not product.staff.standing("sun", now).disabled
    assert "sun, signed out everywhere and disabled" in operator.says(
        "signout", "sun@house.example", "--disable", "--do"
    )
    operator.scenario.later(HOUR)
    standing = product.staff.standing("sun", operator.scenario.time)
    assert standing.disabled
    assert standing.refuses(now)
    assert operator.says("sessions", "sun") == "No sessions.\n"
    operator.says("signout", "sun", "--enable", "--do")
    operator.scenario.later(HOUR)
    standing = product.staff.standing("sun", operator.scenario.time)
    assert standing.refuses(now)
    assert not standing.refuses(operator.scenario.time)
    nobody = "Nobody on the roster or in the user pool has the address"
    assert nobody in operator.says("signout", "son@house.example", "--do")


def test_operator_signs_an_administrator_out(operator: Operator) -> None:
    """An administrator may serve in no team. The user pool knows their address."""
    product = operator.scenario.product
    cognito, pool = boto3.client("cognito-idp"), product.setting("STAFF_POOL")
    attributes = [{"Name": "email", "Value": "ad.min@house.example"}]
    made = cognito.admin_create_user(
        UserPoolId=pool, Username="ad.min@house.example", UserAttributes=attributes
    )["User"]
    sub = next(one["Value"] for one in made["Attributes"] if one["Name"] == "sub")
    said = operator.says("signout", "ad.min@house.example", "--disable", "--do")
    assert f"{sub}, signed out everywhere and disabled" in said
    operator.scenario.later(HOUR)
    assert product.staff.standing(sub, operator.scenario.time).disabled


def test_operator_gives_and_revokes_a_key_of_a_partner(operator: Operator, scenario: Scenario) -> None:
    """Without `--do` nothing happens. The new key is printed once, and works until it is revoked. A wrong
    scope, a third key and an unknown id are refused in words."""
    give = ("keys", "--give", "shop", "--scopes", "read", "--days", "30")
    said = operator.says(*give)
    assert said == "would give shop a key for 30 days: read\nNothing was done. With --do it is.\n"
    assert operator.says("keys") == ""
    key = operator.says(*give, "--do").splitlines()[0]
    assert partners.caller(key, Scope.READ).who == "partner:shop"
    listed = operator.says("keys")
    assert key not in listed
    assert listed.split("  ")[:3] == ["shop_1", "read", "api"]
    assert "scopes: " in operator.says("keys", "--give", "shop", "--scopes", "all", "--do")
    operator.says(*give, "--do")
    assert "two keys already" in operator.says(*give, "--do")
    assert "no valid key shop_9" in operator.says("keys", "--revoke", "shop_9", "--do")
    assert "Nothing was done" in operator.says("keys", "--revoke", "shop_1")
    assert partners.caller(key, Scope.READ)
    operator.says("keys", "--revoke", "shop_1", "--do")
    with pytest.raises(Unauthenticated):
        partners.caller(key, Scope.READ)
