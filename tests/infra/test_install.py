"""The first deploy: the checks of the account, and the accounts of the first people."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.aws import rows
from infra import build, deploy, install, preflight, smoke, staff, template
from tests.closed import complete
from tests.infra.account import STAFF, Account, Answers
from tests.infra.formation import Formation
from tests.scenario import Scenario

WANTED = {
    "PublicUrl": "https://complaints.company.example",
    "Domain": "complaints.company.example",
    "MailFrom": "complaints@company.example",
}


def stops(account: Account, **given: str) -> list[str]:
    """Return the findings that forbid a stack in this account."""
    return [one.words for one in preflight.check(WANTED | given, "1", account) if one.stops]


def test_ready_account_has_nothing_in_its_way() -> None:
    """The check enters the certificate, and says how many complaints a day the quota allows."""
    account, given = Account(), dict(WANTED)
    found = preflight.check(given, "1", account)
    assert [one.stops for one in found] == [False]
    assert "8333 complaints a day" in found[0].words
    assert given["Certificate"] == "*.company.example ISSUED"


def test_account_with_ten_executions_is_refused() -> None:
    """A new account may run ten functions at once. The sentence has the command that asks for more."""
    account = Account()
    account.executions = 10
    [words] = stops(account)
    assert "may run 10 functions at once" in words
    assert "aws service-quotas request-service-quota-increase" in words


def test_missing_rights_are_named() -> None:
    """The rights are asked of the role behind a session, with its path."""
    account = Account()
    account.arn, account.denied = "arn:aws:sts::1:assumed-role/Ops/me", {"kms:CreateKey"}
    assert "kms:CreateKey" in stops(account)[0]
    assert account.asked[0] == "arn:aws:iam::1:role/sso/Ops"


def test_copies_need_more_rights() -> None:
    """Who makes no copies in another region needs no right to do so."""
    account = Account()
    account.denied = {*preflight.COPIES}
    assert stops(account) == []
    assert "kms:ReplicateKey" in stops(account, ReplicaRegion="eu-west-1")[0]


def test_other_region_that_is_not_enabled_stops_a_deploy() -> None:
    """The sentence has the command that enables it. Without copies nobody asks there."""
    account = Account()
    account.closed = "eu-south-2"
    [words] = stops(account, ReplicaRegion="eu-south-2")
    assert "aws account enable-region --region-name eu-south-2" in words
    assert stops(account) == []
    assert stops(account, ReplicaRegion="eu-west-1") == []


def test_rights_are_looked_up_in_the_other_region_too() -> None:
    """A policy that allows one region only lets no copies be made."""
    account = Account()
    account.denied_there = {"s3:CreateBucket", "kms:CreateKey", "lambda:CreateFunction"}
    [words] = stops(account, ReplicaRegion="eu-west-1")
    assert "kms:CreateKey, s3:CreateBucket in eu-west-1" in words
    assert stops(account) == []


def test_later_deploy_looks_at_the_other_region() -> None:
    """The setting can come with any later deploy, which stops for it."""
    account = Account()
    account.closed = "eu-south-2"
    found = preflight.check({"ReplicaRegion": "eu-south-2"}, "1", account, WANTED)
    assert [one.stops for one in found if "not enabled" in one.words] == [True]


def test_root_user_needs_no_simulation() -> None:
    """The root user has every right, and IAM simulates nothing for it."""
    account = Account()
    account.arn, account.denied = "arn:aws:iam::123456789012:root", {"kms:CreateKey"}
    assert stops(account) == []


def test_sandbox_stops_production_and_not_a_trial() -> None:
    """SES delivers to confirmed addresses only while an account is in the sandbox."""
    account = Account()
    account.sandbox = True
    assert "production access" in stops(account)[0]
    assert stops(account, Production="no") == []


def test_other_provider_of_mail_needs_no_ses() -> None:
    """A stack whose mail goes by a gateway is not checked for SES, and no identity is made."""
    account = Account()
    account.sandbox, account.sending, account.identities = True, False, {}
    assert stops(account, MailGateway="smtps://mail.company.example:465") == []
    assert account.identities == {}


def test_mailbox_needs_its_password_and_domain() -> None:
    """Without them nothing could be fetched. What SES would need for replies is not told then."""
    account, box = Account(), "imaps://complaints@imap.company.example"
    (missing,) = stops(account, MailBox=box)
    assert "MailBoxSecret and ReplyDomain" in missing
    arn, domain = "arn:aws:secretsmanager:x", "reply.company.example"
    given = {"MailBox": box, "MailBoxSecret": arn, "ReplyDomain": domain}
    assert stops(account, **given) == []
    assert not [one for one in preflight.check(WANTED | given, "1", account) if "MX" in one.words]


def test_stopped_sender_is_told() -> None:
    """SES stops an account whose letters bounce too often."""
    account = Account()
    account.sending = False
    assert "AWS Support" in stops(account)[0]


def test_records_of_a_new_sender_are_named() -> None:
    """The check makes the identity and names its DNS records: DKIM, MAIL FROM and DMARC."""
    account = Account()
    account.identities = {}
    [words] = stops(account)
    for record in (
        "t2._domainkey.company.example CNAME t2.dkim.amazonses.com",
        "bounce.company.example MX 10 feedback-smtp.eu-central-1.amazonses.com",
        'bounce.company.example TXT "v=spf1 include:amazonses.com ~all"',
        '_dmarc.company.example TXT "v=DMARC1; p=quarantine"',
    ):
        assert record in words
    assert account.asked[-1] == "bounce.company.example"
    assert stops(account, Production="no") == []


def test_records_of_a_new_certificate_are_named() -> None:
    """A certificate is asked for once; a second run waits for the same one."""
    account = Account()
    account.certificates = [("other.example", "ISSUED")]
    for _ in range(2):
        [words] = stops(account)
        assert "_x.complaints.company.example CNAME _y.acm-validations.aws" in words
    assert len(account.certificates) == 2


@pytest.mark.parametrize(
    ("names", "holds"),
    [
        (["complaints.company.example"], True),
        (["*.company.example"], True),
        (["company.example", "*.complaints.company.example"], False),
        (["*.example"], False),
    ],
)
def test_certificate_holds_for_a_name(names: list[str], holds: bool) -> None:
    """A star stands for one label."""
    assert preflight.covers(names, "complaints.company.example") is holds


@pytest.mark.parametrize("service", ["iam", "lambda", "sesv2", "acm"])
def test_check_that_is_forbidden_stops_nothing(service: str) -> None:
    """An operator may deploy without the right to look. The finding says that the check is missing."""
    account = Account()
    account.unseen = service
    found = preflight.check(dict(WANTED), "1", account)
    assert not any(one.stops for one in found)
    assert any("Not checked" in one.words for one in found)


def test_every_service_of_the_template_has_a_right(packaged: dict[str, Any]) -> None:
    """The simulation asks for the right to make each kind of resource. A firewall of malware is a choice."""
    used = {resource["Type"].rpartition("::")[0] for resource in packaged["Resources"].values()}
    complete(
        preflight.CREATES,
        used - {"AWS::Backup", "AWS::GuardDuty"},
        "infra/preflight.py",
        "name the right to make one",
    )


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("wang.chuan@company.example", ("wang.chuan", "wang.chuan@company.example")),
        ("王川 <wang.chuan@company.example>", ("王川", "wang.chuan@company.example")),
    ],
)
def test_administrator_is_named_with_or_without_a_name(typed: str, found: tuple[str, str]) -> None:
    """An address alone is enough."""
    assert staff.person(typed, "ADMIN") == found


@pytest.mark.parametrize("typed", ["wang.chuan", "wang@company", "@company.example", "a b@c.example", "王川"])
def test_wrong_address_of_an_administrator_is_refused(typed: str) -> None:
    """The deploy ends before the package is built."""
    with pytest.raises(build.Broken, match=r"ADMIN has no e-mail address: .* Nothing was deployed"):
        install.install("redress", {"ADMIN": typed}, Account())


def test_first_deploy_names_what_is_missing() -> None:
    """A new stack needs a sender. The sentence shows how it is named."""
    account = Account()
    clients = {"cloudformation": Formation(None)}
    with pytest.raises(build.Broken, match=r"^MailFrom and Operator.* must be named.*DOMAIN=.*"):
        install.install("redress", {}, lambda service, *_: clients.get(service) or account(service))


def test_a_release_with_new_required_parameters_names_them() -> None:
    """An update of a stack of an earlier release says which of them it lacks."""
    known = {"PublicUrl": {}, "OperatorName": {}, "Hold": {"Default": ""}}
    with pytest.raises(build.Broken, match=r"^OperatorName must be named"):
        install.refuse_lacking(known, {"PublicUrl": "https://a.example"})
    install.refuse_lacking(known, {"PublicUrl": "https://a.example", "OperatorName": "公司"})


def test_first_deploy_stops_at_the_checks(capsys: pytest.CaptureFixture[str]) -> None:
    """The operator reads all findings at once."""
    account = Account()
    account.executions, account.sandbox = 10, True
    words = {
        "DOMAIN": "complaints.company.example",
        "MAIL_FROM": "complaints@company.example",
        "PARAMETERS": "OperatorName=公司 OperatorAddress=上海 OperatorPhone=400-800-1234 OperatorHours=9–18",
    }
    clients = {"cloudformation": Formation(None)}
    with pytest.raises(build.Broken, match=r"Nothing was deployed: mend what ✗ names \(2\)"):
        install.install("redress", words, lambda service, *_: clients.get(service) or account(service))
    assert capsys.readouterr().out.count("✗") == 2


BEFORE = WANTED | {"Certificate": "*.company.example ISSUED"}
"""The parameters of a stack that is deployed."""


def later(account: Account, **given: str) -> tuple[list[str], list[str]]:
    """Return the findings of a later deploy: those that stop it, and the hints."""
    found = preflight.check(given, "1", account, BEFORE)
    return [one.words for one in found if one.stops], [one.words for one in found if not one.stops]


def test_later_deploy_lacks_no_right() -> None:
    """A right that was taken away since is named before anything is changed."""
    account = Account()
    account.denied = {"lambda:CreateFunction"}
    [words], _ = later(account)
    assert "lambda:CreateFunction" in words


def test_later_deploy_may_be_the_mend() -> None:
    """A stopped sender, a lower limit of executions or an expired proof of the sender stop no deploy, and are
    told."""
    account = Account()
    account.sending, account.executions, account.identities = False, 10, {"company.example": "FAILED"}
    stops, hints = later(account)
    assert stops == []
    assert [any(words in hint for hint in hints) for words in ("AWS Support", "may run 10", "DNS")] == [
        True
    ] * 3


@pytest.mark.parametrize(
    ("given", "record"),
    [
        (
            {"Domain": "help.other.example", "PublicUrl": "https://help.other.example"},
            "_x.help.other.example",
        ),
        ({"MailFrom": "help@other.example"}, "t1._domainkey.other.example"),
    ],
)
def test_new_domain_of_a_stack_is_proved_first(given: dict[str, str], record: str) -> None:
    """A later deploy with another domain or sender waits for its proof, as the first one does."""
    [words], _ = later(Account(), **given)
    assert record in words


def test_new_domain_gets_its_own_certificate() -> None:
    """The certificate of the domain before is not kept. Without a new domain nothing is entered."""
    account, given = Account(), {"Domain": "help.other.example"}
    account.certificates.append(("help.other.example", "ISSUED"))
    preflight.check(given, "1", account, BEFORE)
    assert given["Certificate"] == "help.other.example ISSUED"
    kept: dict[str, str] = {}
    preflight.check(kept, "1", account, BEFORE)
    assert kept == {}


def test_words_set_their_parameters() -> None:
    """The domain gives the address of the site."""
    words = {"DOMAIN": "a.example", "MAIL_FROM": "b@a.example", "OPS_EMAIL": "c@a.example"}
    assert deploy.parameters_of(words, ()) == {
        "Domain": "a.example",
        "PublicUrl": "https://a.example",
        "MailFrom": "b@a.example",
        "OpsEmail": "c@a.example",
    }
    assert set(deploy.parameters_of(words, ())) <= {*template.infrastructure()["Parameters"]}


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, str]]:
    """A client for user pools, and an empty pool."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        cognito = boto3.client("cognito-idp", region_name="us-east-1")
        yield cognito, cognito.create_user_pool(PoolName="staff")["UserPool"]["Id"]


def groups(cognito: Any, pool: str, email: str) -> set[str]:
    """Return the groups of an account."""
    found = cognito.admin_list_groups_for_user(UserPoolId=pool, Username=email)["Groups"]
    return {group["GroupName"] for group in found}


def test_administrator_gets_an_account_once(pool: tuple[Any, str]) -> None:
    """A second run changes nothing."""
    for _ in range(2):
        staff.administrator(*pool, "王川", "wang.chuan@company.example")
    assert groups(*pool, "wang.chuan@company.example") == {"role:administrator", "team:general"}


def test_people_of_a_file_get_accounts_and_ids(pool: tuple[Any, str], tmp_path: Path) -> None:
    """Each person has one account with all their roles, and the roster names its id."""
    (tmp_path / "staff.toml").write_text(STAFF, encoding="utf-8")
    content = staff.teams(str(tmp_path / "staff.toml"))
    for _ in range(2):
        duty = staff.hire(*pool, content)["teams"]["general"]["duty"]
    assert groups(*pool, "lin.xia@company.example") == {"role:intake", "role:lead", "team:general"}
    assert duty["intake"][0]["id"] == duty["lead"][0]["id"] != duty["supervisor"][0]["id"]
    assert "@" not in duty["intake"][0]["id"]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("duty.lead", "duty.chief", "there is no role chief"),
        ("wang.chuan@company.example", "wang.chuan", "has no e-mail address: wang.chuan"),
        ('languages = ["zh"]', 'languages = ["xx"]', "/teams/general/duty/intake/0/languages/0"),
        ('label = {zh = "综合组", en = "General team"}', "", "/teams/general/label"),
        ("[teams.general]", "[teams.general", "cannot be read"),
        ("[[teams.general.duty.intake]]", "[teams.general.duty.intake]", "is not in the form"),
        ('name = "王川"', "", "is not in the form"),
        ("teams", "people", "is not in the form"),
    ],
)
def test_wrong_file_of_staff_is_refused(tmp_path: Path, old: str, new: str, reason: str) -> None:
    """The operator reads the place. Nothing is deployed."""
    (tmp_path / "staff.toml").write_text(STAFF.replace(old, new), encoding="utf-8")
    with pytest.raises(build.Broken, match=reason):
        staff.teams(str(tmp_path / "staff.toml"))


def answered(statuses: dict[str, int]) -> list[str]:
    """Return what the test of a site says of one with these statuses."""
    handler = type("Handler", (Answers,), {"statuses": statuses})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        found = list(smoke.site(f"http://127.0.0.1:{server.server_port}"))
        server.shutdown()
    return found


def test_site_that_answers_as_it_should_passes() -> None:
    """Form, interface, sign-in, refusal and a look into the table are tried. Nothing is filed."""
    right = {path: status for _, path, _, status in smoke.ASKED}
    assert answered(right) == []
    assert "/v1/complaints" not in right


@pytest.mark.parametrize("path", [path for _, path, _, _ in smoke.ASKED])
def test_site_that_answers_otherwise_is_told(path: str) -> None:
    """The message names the request and the status."""
    right = {path: status for _, path, _, status in smoke.ASKED}
    [words] = answered(right | {path: 502})
    assert f"{path} is answered 502" in words


def test_site_that_does_not_answer_is_told_once() -> None:
    """A missing DNS record is one message, not five."""
    [words] = smoke.site("https://nowhere.invalid")
    assert "does not answer" in words


def test_first_roster_is_written_and_a_later_one_is_not(scenario: Scenario, tmp_path: Path) -> None:
    """The file is the first roster. What the desk has changed since is never overwritten."""
    (tmp_path / "staff.toml").write_text(STAFF, encoding="utf-8")
    duty = staff.with_ids(staff.teams(str(tmp_path / "staff.toml")), lambda email: f"id of {email}")
    found, version = scenario.product.file.fresh_roster()
    assert version
    assert not staff.roster(duty)
    assert scenario.product.file.fresh_roster() == (found, version)
    rows.Row(rows.ROSTER, rows.ROSTER).delete()
    assert staff.roster(duty)
    written, _ = scenario.product.file.fresh_roster()
    [lead] = written.teams["general"].duty["lead"]
    assert (lead.id, lead.name) == ("id of lin.xia@company.example", "林夏")
