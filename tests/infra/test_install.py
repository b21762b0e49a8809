"""The first deploy: the checks of the account, and the accounts of the first people."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from chalicelib.aws import rows
from infra import build, deploy, install, preflight, smoke, staff, template
from tests.closed import complete
from tests.infra.formation import Formation
from tests.infra.modelled import Modelled
from tests.scenario import Scenario

WANTED = {
    "PublicUrl": "https://complaints.company.example",
    "Domain": "complaints.company.example",
    "MailFrom": "complaints@company.example",
}


class NotFound(Exception):
    """SES knows no such identity."""


class Account:
    """An AWS account as the checks see it: ready, until a test changes it."""

    exceptions = SimpleNamespace(NotFoundException=NotFound)
    meta = SimpleNamespace(region_name="eu-central-1")

    def __init__(self) -> None:
        """Start with an account that is ready in every way."""
        self.arn, self.denied, self.executions = "arn:aws:iam::1:user/ops", set[str](), 1000
        self.sandbox, self.sending, self.quota = False, True, 50_000
        self.identities = {"company.example": "SUCCESS"}
        self.certificates = [("*.company.example", "ISSUED")]
        self.asked: list[str] = []
        self.unseen = ""

    def __call__(self, service: str, region: str = "") -> Modelled:
        """Return the client of any service. Raises ClientError for one into which the operator may not
        look."""
        if service == self.unseen:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "Get")
        return Modelled(service, self)

    def get_caller_identity(self) -> dict[str, str]:
        """Say who asks."""
        return {"Account": "1", "Arn": self.arn}

    def get_role(self, RoleName: str) -> Any:
        """Describe a role, which has a path."""
        return {"Role": {"Arn": f"arn:aws:iam::1:role/sso/{RoleName}"}}

    def simulate_principal_policy(self, PolicySourceArn: str, ActionNames: list[str]) -> Any:
        """Say of each action whether it is allowed."""
        self.asked.append(PolicySourceArn)
        decided = {name: "implicitDeny" if name in self.denied else "allowed" for name in ActionNames}
        return {
            "EvaluationResults": [
                {"EvalActionName": name, "EvalDecision": told} for name, told in decided.items()
            ]
        }

    def get_account_settings(self) -> Any:
        """Say how many functions may run at once."""
        return {"AccountLimit": {"ConcurrentExecutions": self.executions}}

    def get_account(self) -> Any:
        """Say what SES allows."""
        return {
            "SendingEnabled": self.sending,
            "ProductionAccessEnabled": not self.sandbox,
            "SendQuota": {"Max24HourSend": float(self.quota)},
        }

    def get_email_identity(self, EmailIdentity: str) -> Any:
        """Describe the identity of a domain."""
        if EmailIdentity not in self.identities:
            raise NotFound
        status = self.identities[EmailIdentity]
        return {
            "VerifiedForSendingStatus": status == "SUCCESS",
            "DkimAttributes": {"Status": status, "Tokens": ["t1", "t2", "t3"]},
            "MailFromAttributes": {"MailFromDomainStatus": status},
        }

    def create_email_identity(self, EmailIdentity: str) -> None:
        """Make an identity that nobody has proved yet."""
        self.identities[EmailIdentity] = "PENDING"

    def put_email_identity_mail_from_attributes(self, **asked: str) -> None:
        """Record the domain to which letters return."""
        self.asked.append(asked["MailFromDomain"])

    def get_paginator(self, _: str) -> Any:
        """List the certificates."""
        listed = [
            {"DomainName": name, "CertificateArn": f"{name} {status}"} for name, status in self.certificates
        ]
        return SimpleNamespace(paginate=lambda **_: [{"CertificateSummaryList": listed}])

    def describe_certificate(self, CertificateArn: str) -> Any:
        """Describe a certificate by the ARN, which holds its name and its status here."""
        name, _, status = CertificateArn.partition(" ")
        record = {"Name": f"_x.{name}", "Type": "CNAME", "Value": "_y.acm-validations.aws"}
        return {
            "Certificate": {
                "CertificateArn": CertificateArn,
                "Status": status,
                "DomainValidationOptions": [{"ResourceRecord": record}],
            }
        }

    def request_certificate(self, DomainName: str, ValidationMethod: str) -> Any:
        """Ask for a certificate."""
        self.certificates.append((DomainName, "PENDING_VALIDATION"))
        return {"CertificateArn": f"{DomainName} PENDING_VALIDATION"}


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
    """A new stack needs an address and a sender. The sentence shows how they are named."""
    account = Account()
    clients = {"cloudformation": Formation(None)}
    with pytest.raises(build.Broken, match=r"PublicUrl and MailFrom and Operator.* must be named.*DOMAIN=.*"):
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


STAFF = """
[teams.general]
label = {zh = "综合组", en = "General team"}
phone = "400-000-0000"
place = {zh = "上海", en = "Shanghai"}

[[teams.general.duty.intake]]
name = "林夏"
email = "lin.xia@company.example"
languages = ["zh"]

[[teams.general.duty.lead]]
name = "林夏"
email = "lin.xia@company.example"
languages = ["zh"]

[[teams.general.duty.supervisor]]
name = "王川"
email = "wang.chuan@company.example"
"""


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


class Answers(BaseHTTPRequestHandler):
    """A site that answers with the status in `statuses`, or 404."""

    statuses: dict[str, int]

    def do_GET(self) -> None:
        """Answer a request."""
        self.send_response(self.statuses.get(self.path, 404))
        self.end_headers()

    do_POST = do_GET

    def log_message(self, *_: Any) -> None:
        """Log nothing."""


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
