"""An AWS account before a first deploy, and a site after it, as fakes."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from tests.infra.modelled import Modelled

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
"""A file of staff and teams."""


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
        self.unseen, self.closed, self.denied_there = "", "", set[str]()

    def __call__(self, service: str, region: str = "") -> Modelled:
        """Return the client of any service. Raises ClientError for one into which the operator may not
        look."""
        if service == self.unseen:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "Get")
        if region and region == self.closed:
            raise ClientError({"Error": {"Code": "InvalidClientTokenId"}}, "GetCallerIdentity")
        return Modelled(service, self)

    def get_caller_identity(self) -> dict[str, str]:
        """Say who asks."""
        return {"Account": "1", "Arn": self.arn}

    def get_role(self, RoleName: str) -> Any:
        """Describe a role, which has a path."""
        return {"Role": {"Arn": f"arn:aws:iam::1:role/sso/{RoleName}"}}

    def simulate_principal_policy(
        self, PolicySourceArn: str, ActionNames: list[str], ContextEntries: list[Any]
    ) -> Any:
        """Say of each action whether it is allowed, in a region if one is named."""
        self.asked.append(PolicySourceArn)
        denied = self.denied_there if ContextEntries else self.denied
        decided = {name: "implicitDeny" if name in denied else "allowed" for name in ActionNames}
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
