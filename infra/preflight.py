"""The checks before a deploy: may this account run the stack, may it send letters, is the domain ready?

Each check yields what it finds as sentences with the next step. A mail identity and a certificate that are
missing are asked for here, because only AWS knows the DNS records that prove the domain."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from infra import deploy, replica, template

CREATES = {
    "AWS::ApiGateway": "apigateway:POST",
    "AWS::Athena": "athena:CreateWorkGroup",
    "AWS::Budgets": "budgets:ModifyBudget",
    "AWS::CloudTrail": "cloudtrail:CreateTrail",
    "AWS::CloudWatch": "cloudwatch:PutMetricAlarm",
    "AWS::Cognito": "cognito-idp:CreateUserPool",
    "AWS::DynamoDB": "dynamodb:CreateTable",
    "AWS::EMRServerless": "emr-serverless:CreateApplication",
    "AWS::Events": "events:PutRule",
    "AWS::Glue": "glue:CreateDatabase",
    "AWS::IAM": "iam:CreateRole",
    "AWS::KMS": "kms:CreateKey",
    "AWS::Lambda": "lambda:CreateFunction",
    "AWS::Logs": "logs:CreateLogGroup",
    "AWS::S3": "s3:CreateBucket",
    "AWS::SES": "ses:CreateConfigurationSet",
    "AWS::SNS": "sns:CreateTopic",
    "AWS::SQS": "sqs:CreateQueue",
    "AWS::SecretsManager": "secretsmanager:CreateSecret",
    "AWS::Serverless": "cloudformation:CreateChangeSet",
    "AWS::WAFv2": "wafv2:CreateWebACL",
}
"""The right to make a resource, by the service in its type."""
SHIFTS = "codedeploy:CreateApplication"
"""The right to make what shifts requests to a new release of the site, which SAM adds to the template."""
COPIES = (
    "backup:CreateBackupPlan",
    "kms:ReplicateKey",
    "s3:PutReplicationConfiguration",
    "secretsmanager:ReplicateSecretToRegions",
    "ssm:PutParameter",
)
"""The rights that a stack with copies in another region needs as well."""
IN_BOTH = ("backup:CreateBackupVault", "cloudformation:CreateChangeSet")
"""The rights that the other region needs for every stack of copies."""
STOPS_LATER = {"identity": "MailFrom", "certificate": "Domain"}
"""The checks whose findings stop a later deploy if it changes this parameter."""
SITE = 20
"""How many executions the site and the schedules need at once, beside those of the queues."""
LETTERS = 6
"""How many letters a complaint needs, for the hint about the quota of SES. README counts 12,000 letters for
2,000 complaints."""


class Finding(NamedTuple):
    """A sentence about what is not ready. `stops` tells that the stack must not be deployed before it is."""

    words: str
    stops: bool = True


def check(
    given: dict[str, str],
    account: str,
    clients: deploy.Clients = deploy.client,
    before: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Check an account before a deploy. `given` are the parameters that the operator names; the certificate
    of the domain is entered there if there is one. `before` are those of the deployed stack ({}: it is new).
    What the operator may not read is found as a hint.

    A later deploy may be the mend. So only what it needs stops it: rights, and the proofs of a new domain or
    sender."""
    found, before = list[Finding](), before or {}
    values = {**before, **given}
    renewed = {name for name, value in values.items() if before.get(name) != value}
    if "Domain" in renewed and "Certificate" not in given:
        values.pop("Certificate", None)
    by_ses = () if values.get("MailGateway") else (letters, identity, replies)
    for look in (rights, other_region, executions, *by_ses, mailbox, certificate):
        needed = not before or look in (rights, other_region) or STOPS_LATER.get(look.__name__) in renewed
        try:
            found += (one if needed else one._replace(stops=False) for one in look(values, account, clients))
        except ClientError as error:
            if "AccessDenied" not in str(error):
                raise
            found.append(Finding(f"Not checked ({look.__name__}), because you may not look: {error}", False))
    if (entered := values.get("Certificate")) and entered != before.get("Certificate"):
        given["Certificate"] = entered
    return found


def rights(given: dict[str, str], account: str, clients: deploy.Clients) -> Iterator[Finding]:
    """Find rights that the operator lacks, by a simulation. The root user of an account has every right."""
    needed = {*CREATES.values(), SHIFTS, *(COPIES if given.get("ReplicaRegion") else ())}
    if lacking := _lacking(needed, clients):
        yield Finding(
            f"You lack the rights {', '.join(lacking)}: ask the administrator of the account for them."
        )


def _lacking(needed: Collection[str], clients: deploy.Clients, region: str = "") -> list[str]:
    """Return those of the rights that the operator lacks, in `region` if a policy names regions."""
    who, iam = clients("sts").get_caller_identity()["Arn"], clients("iam")
    if who.endswith(":root"):
        return []
    if ":assumed-role/" in who:
        who = iam.get_role(RoleName=who.split("/")[1])["Role"]["Arn"]
    there = {
        "ContextKeyName": "aws:RequestedRegion",
        "ContextKeyValues": [region],
        "ContextKeyType": "string",
    }
    results = iam.simulate_principal_policy(
        PolicySourceArn=who, ActionNames=sorted(needed), ContextEntries=[there] if region else []
    )
    found = results["EvaluationResults"]
    return [one["EvalActionName"] for one in found if one["EvalDecision"] != "allowed"]


def other_region(given: dict[str, str], account: str, clients: deploy.Clients) -> Iterator[Finding]:
    """Find why the region of the copies cannot take them: it is not enabled for the account, or the operator
    lacks rights there. AWS makes the names of the buckets there, so none can be taken."""
    if not (region := given.get("ReplicaRegion")):
        return
    try:
        clients("sts", region).get_caller_identity()
    except ClientError as error:
        if error.response["Error"]["Code"] not in deploy.SIGN_IN:
            raise
        yield Finding(
            f"{region} does not take the credentials of this account, so it is probably not enabled: "
            f"aws account enable-region --region-name {region}, wait some minutes, then run the same again."
        )
        return
    types = {one["Type"] for one in replica.described()["Resources"].values()}
    needed = {right for kind, right in CREATES.items() if any(one.startswith(f"{kind}::") for one in types)}
    if lacking := _lacking({*needed, *IN_BOTH}, clients, region):
        yield Finding(
            f"You lack the rights {', '.join(lacking)} in {region}: "
            f"ask the administrator of the account for them."
        )


def executions(given: dict[str, str], account: str, clients: deploy.Clients) -> Iterator[Finding]:
    """Find a limit of concurrent executions that is too low. A new account may have ten."""
    limit = clients("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    needed = SITE + sum(concurrency(template.infrastructure()["Resources"]))
    if limit < needed:
        yield Finding(
            f"The account may run {limit} functions at once, and {needed} are needed: ask for 1,000 with "
            f"aws service-quotas request-service-quota-increase --service-code lambda "
            f"--quota-code L-B99A9384 --desired-value 1000."
        )


def concurrency(node: Any) -> Iterator[int]:
    """Yield how many executions each queue may start at once. `node` is a part of the template."""
    for key, value in node.items():
        if key == "MaximumConcurrency":
            yield value
        elif isinstance(value, dict):
            yield from concurrency(value)


def letters(given: dict[str, str], account: str, clients: deploy.Clients) -> Iterator[Finding]:
    """Find an account that may send no letters to strangers, and tell its quota. A trial may begin in the
    sandbox of SES. A stack with another provider of mail needs no SES."""
    if given.get("MailGateway"):
        return
    about = clients("sesv2", given.get("MailRegion", "")).get_account()
    a_day = int(about["SendQuota"]["Max24HourSend"])
    if not about["SendingEnabled"]:
        yield Finding("SES has stopped this account from sending: ask AWS Support for the reason.")
    if not about["ProductionAccessEnabled"]:
        yield Finding(
            "SES holds this account in its sandbox, so letters reach confirmed addresses only: ask for "
            "production access on the page of SES (Account dashboard); AWS answers within a day.",
            given.get("Production") != "no",
        )
    elif a_day >= 0:
        yield Finding(
            f"SES sends {a_day} letters a day for this account, enough for about {a_day // LETTERS} "
            f"complaints a day. More is asked for in Service Quotas.",
            False,
        )


def identity(given: dict[str, str], account: str, clients: deploy.Clients) -> Iterator[Finding]:
    """Find a sender whose domain is not proved to SES, and name the DNS records that prove it: DKIM, and the
    address to which undelivered letters return. A missing identity is made. A trial may send from a single
    address that SES knows."""
    if not (sender := given.get("MailFrom")) or given.get("MailGateway"):
        return
    ses, domain = clients("sesv2", given.get("MailRegion", "")), sender.rpartition("@")[2]
    try:
        known = ses.get_email_identity(EmailIdentity=domain)
    except ses.exceptions.NotFoundException:
        ses.create_email_identity(EmailIdentity=domain)
        known = ses.get_email_identity(EmailIdentity=domain)
    returns = known.get("MailFromAttributes", {}).get("MailFromDomain") or f"bounce.{domain}"
    if not known.get("MailFromAttributes", {}).get("MailFromDomain"):
        ses.put_email_identity_mail_from_attributes(EmailIdentity=domain, MailFromDomain=returns)
    dkim = known["DkimAttributes"]
    zone = dkim.get("SigningHostedZone", "dkim.amazonses.com")
    proofs = [
        *(f"{token}._domainkey.{domain} CNAME {token}.{zone}" for token in dkim.get("Tokens", ())),
        f"{returns} MX 10 feedback-smtp.{ses.meta.region_name}.amazonses.com",
        f'{returns} TXT "v=spf1 include:amazonses.com ~all"',
        f'_dmarc.{domain} TXT "v=DMARC1; p=quarantine"',
    ]
    if not known["VerifiedForSendingStatus"] or dkim["Status"] != "SUCCESS":
        yield Finding(
            f"SES does not know yet that {domain} is yours. Set these DNS records, wait some minutes, "
            f"then run the same again:" + "".join(f"\n    {record}" for record in proofs),
            given.get("Production") != "no",
        )
    elif known.get("MailFromAttributes", {}).get("MailFromDomainStatus") != "SUCCESS":
        yield Finding(
            "Undelivered letters do not return by your domain yet. Set these DNS records:"
            + "".join(f"\n    {record}" for record in proofs if record.startswith(returns)),
            False,
        )


def replies(given: dict[str, str], account: str, clients: deploy.Clients) -> Iterator[Finding]:
    """Tell what else is needed so that replies by mail arrive. Only the owner of the domain can do it."""
    if not (domain := given.get("ReplyDomain")) or given.get("MailBox") or given.get("MailRegion"):
        return
    region = clients("sesv2").meta.region_name
    yield Finding(
        f"Replies by mail arrive once SES knows {domain} as an identity, its DNS has the record\n"
        f"    {domain} MX 10 inbound-smtp.{region}.amazonaws.com\n"
        "and the rules of this stack are the active ones of the account: aws ses set-active-receipt-rule-set "
        f"--region {region} --rule-set-name STAGE-mails. Not every region of SES takes mail. This program "
        "does not know which ones do: AWS lists them under “Email receiving endpoints” at "
        f"https://docs.aws.amazon.com/general/latest/gr/ses.html. If {region} is not listed there, let the "
        "mails be fetched from a mailbox, see infra/RUNBOOK.md (Mail that arrives).",
        False,
    )


def mailbox(given: dict[str, str], account: str, clients: deploy.Clients) -> Iterator[Finding]:
    """Find a mailbox from which nothing can be fetched, because its password or the domain of replies is
    missing."""
    lacking = [name for name in ("MailBoxSecret", "ReplyDomain") if not given.get(name)]
    if given.get("MailBox") and lacking:
        yield Finding(f"MailBox needs {' and '.join(lacking)}, see infra/RUNBOOK.md (Mail that arrives).")


def certificate(given: dict[str, str], account: str, clients: deploy.Clients) -> Iterator[Finding]:
    """Enter the certificate of the domain into `given`, or find that it is missing. A missing one is asked
    for, and the DNS record that proves the domain is named."""
    domain = given.get("Domain")
    if not domain or given.get("Certificate"):
        return
    acm = clients("acm")
    listed = [
        one
        for page in acm.get_paginator("list_certificates").paginate(
            CertificateStatuses=["ISSUED", "PENDING_VALIDATION"]
        )
        for one in page["CertificateSummaryList"]
        if covers([one["DomainName"], *one.get("SubjectAlternativeNameSummaries", ())], domain)
    ]
    details = [
        acm.describe_certificate(CertificateArn=one["CertificateArn"])["Certificate"] for one in listed
    ]
    if issued := next((one for one in details if one["Status"] == "ISSUED"), None):
        given["Certificate"] = issued["CertificateArn"]
        return
    if not details:
        asked = acm.request_certificate(DomainName=domain, ValidationMethod="DNS")["CertificateArn"]
        details = [acm.describe_certificate(CertificateArn=asked)["Certificate"]]
    options = details[0].get("DomainValidationOptions", [])
    records = [one["ResourceRecord"] for one in options if "ResourceRecord" in one]
    yield Finding(
        f"The certificate of {domain} is not issued yet. "
        f"Set this DNS record, wait some minutes, then run the same again:"
        + "".join(f"\n    {one['Name']} {one['Type']} {one['Value']}" for one in records)
        + ("" if records else " (AWS names it in a minute.)")
    )


def covers(names: list[str], domain: str) -> bool:
    """Return whether a certificate with these names holds for a domain."""
    return domain in names or f"*.{domain.partition('.')[2]}" in names
