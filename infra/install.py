"""Deploys a stack into an empty account, and each later release of it (`make deploy`).

The command is `python -m infra.install STACK`. Its environment variables are:

- DOMAIN: the domain of the site
- MAIL_FROM: the sender of letters
- OPS_EMAIL: the recipient of alarms
- ADMIN: the first administrator, as `Name <address>`
- ROSTER: a file of staff and teams (`infra.staff`)
- BUCKET: the bucket for packages; by default the stack has one of its own
- those of `infra.deploy`

Each step can be repeated, so the same command goes on from where it stopped."""

import os
import sys
from collections.abc import Collection, Iterator
from typing import Any

from botocore.exceptions import ClientError

from infra import build, deploy, ops, preflight, replica, smoke, staff, template
from infra.targets import HOST, chosen

GATEWAY = ".execute-api."
"""A part of each address of API Gateway. Such an address ends with its stack, so no other one adopts it."""
UNKNOWN = "https://address.invalid"
"""The address of a site without a domain of its own, until its stack is made and tells it."""
NOT_MADE = ("DELETE_COMPLETE", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED")
"""The states of a stack that is made by the next deploy."""


def say(words: str) -> None:
    """Print a line for the operator, without buffering."""
    print(words, flush=True)


def install(stack: str, environment: dict[str, str], clients: deploy.Clients = deploy.client) -> None:
    """Check the account, deploy the stack, make the first accounts, and test the site. Raises Broken with the
    next step where that is not possible; nothing was deployed then unless the message says so."""
    target = chosen(environment)
    known = template.adoptable(template.without(template.infrastructure(), target.without))["Parameters"]
    given = deploy.parameters_of(environment, known)
    if given.get("Emulator"):
        target = HOST
    deploy.refuse_unknown(given, known)
    admin = staff.person(environment["ADMIN"], "ADMIN") if environment.get("ADMIN") else None
    content = staff.teams(environment["ROSTER"]) if environment.get("ROSTER") else None
    account = clients("sts").get_caller_identity()["Account"]
    found = deploy.deployed(clients("cloudformation"), stack)
    new = found is None or found.status in NOT_MADE
    before = {} if found is None or new else found.parameters
    if (admin or content) and (before | given).get("OidcIssuer"):
        raise build.Broken("Accounts are made at your own sign-in provider: leave out ADMIN and ROSTER.")
    if new and (not given.get("PublicUrl") or GATEWAY in given["PublicUrl"]):
        say(
            "· Without DOMAIN= the site has an address of API Gateway, which is known once the stack is made."
        )
        given["PublicUrl"] = UNKNOWN
    refuse_lacking(known, before | given)
    checked(given, before, account, clients)
    given |= replica.prepare(stack, before | given, before, say, clients)
    bucket = environment.get("BUCKET") or f"{stack}-packages-{account}"
    out = build.package(target)
    outputs = deploy.create(out, stack, bucket, given, say, clients)
    if (before | given).get("PublicUrl") == UNKNOWN:
        given["PublicUrl"] = outputs["EndpointURL"].rstrip("/")
        say(f"The address of the site is {given['PublicUrl']}. Its functions are told.")
        outputs = deploy.create(out, stack, bucket, {"PublicUrl": given["PublicUrl"]}, say, clients)
    replica.complete(stack, say, clients)
    pool, cognito = outputs.get("StaffPoolId", ""), clients("cognito-idp")
    if admin:
        staff.administrator(cognito, pool, *admin)
        say(f"The administrator {admin[1]} has an account; a new one gets a first password by mail.")
    if content:
        duty = staff.hire(cognito, pool, content)
        ops.connect_to(stack, "")
        told = "is written" if staff.roster(duty) else "was there already, and is changed at the desk"
        say(f"The people of {environment['ROSTER']} have accounts. The roster {told}.")
    try:
        for words in after(stack, new, outputs, (before | given), clients):
            say(words)
    except ClientError as error:
        say(f"✗ The stack is deployed, but not all of it was tried: {error}")
    if new and pool and not admin and not environment.get("ADOPT"):
        say("Nobody can sign in yet: run the same again with ADMIN=.")


def refuse_lacking(known: dict[str, Any], named: Collection[str]) -> None:
    """Raise Broken if a parameter without a default is not named. A new release can have such parameters that
    the stack lacks. `known` are the parameters of the template, and `named` those that have a value."""
    if lacking := [name for name, about in known.items() if "Default" not in about and name not in named]:
        raise build.Broken(
            f"{' and '.join(lacking)} must be named, as in make deploy STAGE=redress "
            f"DOMAIN=complaints.company.example MAIL_FROM=complaints@company.example "
            f"OPS_EMAIL=operations@company.example ADMIN=administrator@company.example "
            f"SETTINGS=company.toml. What has no word of its own, such as OperatorName, stands in that file."
        )


def checked(given: dict[str, str], before: dict[str, str], account: str, clients: deploy.Clients) -> None:
    """Raise Broken if the stack cannot be deployed yet. `given` are the parameters that the operator names,
    and `before` those of the deployed stack ({}: it is new)."""
    findings = preflight.check(given, account, clients, before)
    for finding in findings:
        say(("✗ " if finding.stops else "· ") + finding.words)
    if stops := sum(finding.stops for finding in findings):
        raise build.Broken(f"Nothing was deployed: mend what ✗ names ({stops}), then run the same again.")


def after(
    stack: str, new: bool, outputs: dict[str, str], values: dict[str, str], clients: deploy.Clients
) -> Iterator[str]:
    """Yield what the operator should know of a stack that is deployed: what does not work, which DNS record
    is needed, and whether the alarms reach somebody. `new` tells that the stack was just made. `values` are
    its parameters."""
    address, host = values.get("PublicUrl", ""), ""
    if domain := values.get("Domain"):
        host = clients("apigateway").get_domain_name(domainName=domain)["regionalDomainName"]
        yield f"Set this DNS record unless you have: {domain} CNAME {host}"
    wrong = [*smoke.site(address, host), *smoke.functions(stack, new, clients)]
    yield from (f"✗ {words}" for words in wrong)
    if not wrong:
        yield "✓ The site, the interface and every function answer; nothing was filed."
    sns, topics = clients("sns"), [value for name, value in outputs.items() if name.endswith("TopicArn")]
    subscribed = [
        one
        for topic in topics
        for one in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        if one["Protocol"] in ("email", "https")
    ]
    waiting = {one["Endpoint"] for one in subscribed if one["SubscriptionArn"] == "PendingConfirmation"}
    if waiting:
        yield f"✗ Alarms do not arrive yet: confirm the mail of AWS to {', '.join(sorted(waiting))}."
    elif not subscribed:
        yield "✗ Nobody gets the alarms: run the same again with OPS_EMAIL=."
    else:
        yield "✓ The recipient of alarms has confirmed."
    yield f"The site: {address}/   The desk: {address}/desk"
    yield from (f"{name}: {value}" for name, value in outputs.items())


def main() -> None:
    """Deploy the stack that the argument names."""
    match sys.argv[1:]:
        case [stack] if stack:
            install(stack, dict(os.environ))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    deploy.in_a_sentence(main)
