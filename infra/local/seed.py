"""The first content of a local stack after its deployment. It sets what the emulator ignores in templates,
creates staff accounts, writes a roster, and starts the functions."""

import contextlib
import json
import secrets
import urllib.error
import urllib.request
from datetime import date
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra import deploy, template

MAIL_DOMAIN = "redress.example"
STAFF = {
    "intake": "林夏",
    "investigator": "周宁",
    "investigator2": "吴桐",
    "lead": "陈雨",
    "safety": "郑安",
    "followup": "孙悦",
    "followup2": "钱诚",
    "negotiator": "许静",
    "chair": "何平",
    "panel": "沈文",
    "panel2": "韩冰",
    "panel3": "杨帆",
    "supervisor": "王川",
    "supervisor2": "顾敏",
    "executive": "赵岚",
    "auditor": "程远",
    "department": "马力",
    "department_head": "高原",
    "administrator": "管理员",
    "household-intake": "唐婉",
    "household-investigator": "邓凯",
    "household-lead": "曹颖",
    "north-intake": "宋雪",
    "north-investigator": "韩磊",
    "north-investigator2": "冯宇",
    "north-lead": "魏东",
}
"""The name of the person with each staff account. The name of an account is the role. An account of another
team than the general one has the team and a hyphen before it. A further account of a role has a number at the
end."""
OUTSIDE_DOMAIN = "mediation.example"
MEDIATORS: dict[str, dict[str, Any]] = {
    "mediator": {
        "name": "马静",
        "body": "滨江区消费纠纷人民调解委员会",
        "lawful": True,
        "qualification": "人民调解员",
        "number": "滨调2019-0107",
        "experience": "15年消费纠纷调解，曾任法官",
        "fields": ["any"],
        "languages": ["zh", "en"],
        "phone": "13800138001",
    },
    "mediator2": {
        "name": "陆伟",
        "body": "家电行业调解工作室",
        "lawful": False,
        "qualification": "行业调解员",
        "number": "家调0032",
        "experience": "8年家电维修和质量纠纷调解",
        "fields": ["quality", "warranty", "return_refund", "delivery"],
        "languages": ["zh"],
    },
}
"""The entry in the register of mediators for each mediator from outside. The key is the mediator's
account."""
WITHOUT_TEAM = ("auditor",)
"""The roles that read all teams and belong to none. They are not on the roster."""
SHARED = ("safety", "followup", "negotiator")
"""The roles whose people serve every team with cases."""
LANGUAGES = {"investigator2": ["zh", "en"], "north-investigator2": ["zh", "en"]}
"""The languages of the people who do not handle cases in every language. The key is their account."""
SHANGHAI, BEIJING = {"zh": "上海", "en": "Shanghai"}, {"zh": "北京", "en": "Beijing"}
TEAMS: dict[str, dict[str, Any]] = {
    "general": {"label": {"zh": "综合组", "en": "General team"}, "phone": "400-000-0000", "place": SHANGHAI},
    "household": {
        "label": {"zh": "家电组", "en": "Household appliances team"},
        "phone": "400-000-0002",
        "place": SHANGHAI,
        "assigns": "load",
    },
    "north": {
        "label": {"zh": "北方组", "en": "Northern team"},
        "phone": "400-000-0003",
        "place": BEIJING,
        "assigns": "rotation",
    },
    "repair": {
        "label": {"zh": "维修部", "en": "Repair department"},
        "phone": "400-000-0001",
        "place": SHANGHAI,
    },
}
"""Three teams with cases in two regions, and a department that answers questions."""
COVER = {"north": ("safety", "north-lead")}
"""The accounts on the cover rota of a team, in the order in which they are asked. The key is the team."""
ROUTING: dict[str, Any] = {
    "rules": [
        {"to": "north", "regions": ["110000", "120000", "130000", "140000", "150000"]},
        {"to": "household", "goods": ["appliance"]},
        {"to": "repair", "problems": ["warranty", "quality"]},
    ],
    "default": "general",
    "reason": "本地演示的三个团队：北方按地区，家电按商品，其余归综合组。",
}
"""The rules that choose the team of a complaint and the department of a question."""
Account = dict[str, str]


def apply_ignored(stack: str, resources: dict[str, Any]) -> None:
    """Set by API the settings that the emulator's CloudFormation ignores: time to live, recovery to a moment,
    object lock, answers to unknown paths, and the domain that sends mail. `resources` are the resources of
    the template."""
    made = deploy.made(deploy.client("cloudformation"), stack)
    for name, resource in resources.items():
        if name in template.stores({"Resources": resources}) and name not in made:
            continue  # it was adopted with its settings
        wanted = resource.get("Properties", {})
        if resource["Type"] == "AWS::DynamoDB::Table":
            expiry = wanted["TimeToLiveSpecification"]
            dynamodb = deploy.client("dynamodb")
            with contextlib.suppress(ClientError):  # already set
                dynamodb.update_time_to_live(TableName=made[name], TimeToLiveSpecification=expiry)
            recovery = wanted["PointInTimeRecoverySpecification"]
            dynamodb.update_continuous_backups(
                TableName=made[name], PointInTimeRecoverySpecification=recovery
            )
        if "ObjectLockConfiguration" in wanted:
            # The second value of the condition is the retention for a stack that is not production.
            _, _, retention = wanted["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]["Fn::If"]
            lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}}
            deploy.client("s3").put_object_lock_configuration(Bucket=made[name], ObjectLockConfiguration=lock)
        if resource["Type"] == "AWS::Serverless::Api":
            gateway = deploy.client("apigateway")
            for kind, answer in wanted["GatewayResponses"].items():
                headers = answer["ResponseParameters"]["Headers"]
                more: dict[str, Any] = (
                    {"statusCode": str(answer["StatusCode"])} if "StatusCode" in answer else {}
                )
                more["responseTemplates"] = answer.get("ResponseTemplates", {})
                more["responseParameters"] = {
                    f"gatewayresponse.header.{key}": value for key, value in headers.items()
                }
                gateway.put_gateway_response(restApiId=made[name], responseType=kind, **more)
            gateway.create_deployment(restApiId=made[name], stageName=wanted["StageName"])
    deploy.client("ses").verify_domain_identity(Domain=MAIL_DOMAIN)


def role_of(account: str) -> str:
    """Return the role of an account: its name without the team, and without a number at the end."""
    return account.rpartition("-")[2].rstrip("0123456789")


def teams_of(account: str) -> list[str]:
    """Return the teams of the person with this account."""
    role = role_of(account)
    if account in MEDIATORS or role in WITHOUT_TEAM:
        return []
    if role in SHARED:
        return [team for team in TEAMS if team != "repair"]
    return ["repair" if role.startswith("department") else account.rpartition("-")[0] or "general"]


def accounts(outputs: dict[str, str], kept: Path) -> dict[str, Account]:
    """Return the staff accounts by name, and create those that are missing. `outputs` are those of the stack.
    `kept` is the file that stores the accounts with their passwords."""
    known = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    staff: dict[str, Account] = known["staff"] if known.get("pool") == outputs["StaffPoolId"] else {}
    cognito = deploy.client("cognito-idp")
    for team in TEAMS:
        with contextlib.suppress(cognito.exceptions.GroupExistsException):
            cognito.create_group(UserPoolId=outputs["StaffPoolId"], GroupName=f"team:{team}")
    for account, name in {
        **STAFF,
        **{account: about["name"] for account, about in MEDIATORS.items()},
    }.items():
        groups = [f"role:{role_of(account)}", *(f"team:{team}" for team in teams_of(account))]
        if account in staff:
            _grouped(outputs, staff[account]["email"], groups)  # the teams may be newer than the account
            continue
        domain = OUTSIDE_DOMAIN if account in MEDIATORS else MAIL_DOMAIN
        email, password = f"{account}@{domain}", f"{secrets.token_urlsafe(9)}-Aa1"
        pool = {"UserPoolId": outputs["StaffPoolId"], "Username": email}
        attributes = [
            {"Name": key, "Value": value}
            for key, value in (("email", email), ("email_verified", "true"), ("name", name))
        ]
        user = cognito.admin_create_user(**pool, UserAttributes=attributes, MessageAction="SUPPRESS")["User"]
        cognito.admin_set_user_password(**pool, Password=password, Permanent=True)
        _grouped(outputs, email, groups)
        subject = next(attribute["Value"] for attribute in user["Attributes"] if attribute["Name"] == "sub")
        staff[account] = {"id": subject, "name": name, "email": email, "password": password}
    kept.touch(mode=0o600)
    kept.write_text(
        json.dumps({"pool": outputs["StaffPoolId"], "staff": staff}, ensure_ascii=False), encoding="utf-8"
    )
    return staff


def _grouped(outputs: dict[str, str], email: str, groups: list[str]) -> None:
    """Add the account with this e-mail address to these groups. Nothing happens if it is in them already."""
    for group in groups:
        deploy.client("cognito-idp").admin_add_user_to_group(
            UserPoolId=outputs["StaffPoolId"], Username=email, GroupName=group
        )


def token(outputs: dict[str, str], account: Account) -> str:
    """Sign a staff account in, and return its ID token. `outputs` are those of the stack."""
    answer = deploy.client("cognito-idp").admin_initiate_auth(
        UserPoolId=outputs["StaffPoolId"],
        ClientId=outputs["StaffClientId"],
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": account["email"], "PASSWORD": account["password"]},
    )
    return str(answer["AuthenticationResult"]["IdToken"])


def roster(site: str, outputs: dict[str, str], staff: dict[str, Account], done: Path) -> list[str]:
    """Write the first roster, the first rules of the routing and the first register of mediators, signed in
    as the administrator. Return a message for each of them that the application refused.

    `site` is the address of the site. `outputs` are those of the stack. `staff` are the accounts by name.
    `done` is a file which marks that all of them were written."""
    seeded = f"{outputs['StaffPoolId']} {len(staff)}"
    if done.exists() and done.read_text() == seeded:
        return []
    teams = teams_with(staff)
    valid = {"until": f"{date.today().year + 2}-12-31", "employed": False}
    mediators = [
        {**about, **valid, "id": staff[account]["id"], "email": staff[account]["email"]}
        for account, about in MEDIATORS.items()
    ]
    said = token(outputs, staff["administrator"])
    refused = [
        _write(f"{site}/v1/roster", "PUT", {"teams": teams}, said),
        _write(f"{site}/v1/routing", "PUT", ROUTING, said),
        _write(f"{site}/v1/mediators", "POST", {"mediators": mediators}, said),
    ]
    if not any(refused):
        done.write_text(seeded)
    return list(filter(None, refused))


def teams_with(staff: dict[str, Account]) -> dict[str, Any]:
    """Return the teams with their people, telephone hours and cover rotas, as the interface takes them.
    `staff` are the accounts by name."""
    duty: dict[str, dict[str, list[Any]]] = {team: {} for team in TEAMS}
    members = {
        account: {"id": of["id"], "name": of["name"], "email": of["email"]}
        | {"languages": LANGUAGES.get(account, [])}
        for account, of in staff.items()
    }
    for account, member in members.items():
        for team in teams_of(account):
            duty[team].setdefault(role_of(account), []).append(member)
    hours = [{"day": day, "since": "09:00", "until": "18:00"} for day in range(1, 6)]
    cover = {team: [members[account] for account in COVER.get(team, ())] for team in TEAMS}
    return {
        team: {**about, "duty": duty[team], "hours": hours, "cover": cover[team]}
        for team, about in TEAMS.items()
    }


def _write(address: str, method: str, body: dict[str, Any], said: str) -> str:
    """Send `body` to the application. `said` is the ID token of the sender. What an earlier seed has stored
    is overwritten. Return a message if the application refuses the request, otherwise ""."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {said}", "If-Match": "*"}
    request = urllib.request.Request(
        address, json.dumps(body, ensure_ascii=False).encode(), headers, method=method
    )
    try:
        urllib.request.urlopen(request, timeout=30).close()
    except urllib.error.HTTPError as error:
        return f"{address} was not taken ({error.code}): {error.read().decode()[:300]}"
    return ""
