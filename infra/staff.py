"""The first people of a stack: its administrator, and staff and teams from a file.

The file is TOML in the form of `PUT /v1/roster`, with a name and an e-mail address for each person instead of
the id that only the pool knows:

    [teams.general]
    label = {zh = "综合组", en = "General team"}
    phone = "400-000-0000"
    place = {zh = "上海", en = "Shanghai"}

    [[teams.general.duty.intake]]
    name = "林夏"
    email = "lin.xia@company.example"
"""

import re
import tomllib
from contextlib import suppress
from email.utils import parseaddr
from typing import Any

from infra import build, deploy

ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>.]+")
TEAM = "general"


def person(typed: str, what: str) -> tuple[str, str]:
    """Return name and e-mail address of a person, typed as `Name <address>` or as the address alone. `what`
    names in a message where it was typed. Raises Broken if it is no address."""
    name, address = parseaddr(typed)
    if not ADDRESS.fullmatch(address):
        raise build.Broken(f"{what} has no e-mail address: {typed}. Nothing was deployed. Correct it.")
    return name or address.partition("@")[0], address


def teams(path: str) -> dict[str, Any]:
    """Return the teams in a file of the operator. Raises Broken if the file is not as it should be; the
    message names the place."""
    from pydantic import ValidationError

    from chalicelib.access.authorization import STAFF
    from chalicelib.domain.model.case import Refusal
    from chalicelib.domain.roster import Roster
    from chalicelib.web.problems import field_errors, sentence
    from chalicelib.web.routes.roster import Rota

    content: dict[str, Any] = deploy.read(path, tomllib.loads)
    try:
        people = [
            (role, one["name"], one["email"], team)
            for team, about in content["teams"].items()
            for role, served in about.get("duty", {}).items()
            for one in served
        ]
    except (AttributeError, KeyError, TypeError):
        raise build.Broken(
            f"{path} is not in the form that infra/staff.py shows. Nothing was deployed."
        ) from None
    for role, name, email, team in people:
        if role not in {known.code for known in STAFF}:
            raise build.Broken(f"{path}: there is no role {role} ({team}). Nothing was deployed.")
        person(email, f"{path}: {name} ({team})")
    try:
        Roster(teams=Rota.model_validate(with_ids(content, lambda email: email)).teams).checked()
    except Refusal as refusal:
        raise build.Broken(f"{path}: {sentence('en', refusal)} Nothing was deployed.") from None
    except ValidationError as error:
        first = field_errors("en", error)[0]
        raise build.Broken(f"{path}: {first['pointer']}: {first['message']} Nothing was deployed.") from None
    return content


def with_ids(content: dict[str, Any], id_of: Any) -> dict[str, Any]:
    """Return the teams of a file with an id for each person. `id_of` returns the id by the e-mail address."""
    return {
        "teams": {
            team: about
            | {
                "duty": {
                    role: [one | {"id": id_of(one["email"])} for one in people]
                    for role, people in about.get("duty", {}).items()
                }
            }
            for team, about in content["teams"].items()
        }
    }


def account(cognito: Any, pool: str, name: str, email: str, groups: list[str]) -> str:
    """Make an account in the user pool unless it exists, add it to these groups, and return its id. Cognito
    sends a new person their first password. `cognito` is a boto3 client for user pools. Raises Broken if
    Cognito refuses the address."""
    attributes = {"email": email, "email_verified": "true", "name": name}
    try:
        cognito.admin_create_user(
            UserPoolId=pool,
            Username=email,
            UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()],
            DesiredDeliveryMediums=["EMAIL"],
        )
    except cognito.exceptions.UsernameExistsException:
        pass
    except (cognito.exceptions.InvalidParameterException, cognito.exceptions.CodeDeliveryFailureException):
        raise build.Broken(
            f"Cognito refuses the address {email}: correct it, then run the same again."
        ) from None
    for group in groups:
        with suppress(cognito.exceptions.GroupExistsException):
            cognito.create_group(UserPoolId=pool, GroupName=group)
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=group)
    known = cognito.admin_get_user(UserPoolId=pool, Username=email)["UserAttributes"]
    return next(str(one["Value"]) for one in known if one["Name"] == "sub")


def administrator(cognito: Any, pool: str, name: str, email: str) -> None:
    """Make the account of an administrator in the user pool, as `account` does."""
    account(cognito, pool, name, email, ["role:administrator", f"team:{TEAM}"])


def hire(cognito: Any, pool: str, content: dict[str, Any]) -> dict[str, Any]:
    """Make an account for each person in the content of a file, and return the teams with their ids."""
    groups: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for team, about in content["teams"].items():
        for role, people in about.get("duty", {}).items():
            for one in people:
                names[one["email"]] = one["name"]
                groups.setdefault(one["email"], []).extend([f"role:{role}", f"team:{team}"])
    ids = {
        email: account(cognito, pool, names[email], email, list(dict.fromkeys(belongs)))
        for email, belongs in groups.items()
    }
    return with_ids(content, ids.__getitem__)


def roster(duty: dict[str, Any]) -> bool:
    """Write the first roster through the application, whose settings are in the environment. Return whether
    it was written; a roster that is there already is changed at the desk. `duty` is what `hire` returns."""
    from chalicelib.web.routes.roster import Rota
    from chalicelib.wiring import product

    _, version = product.file.fresh_roster()
    if not version:
        product.cover.replace_teams(Rota.model_validate(duty).teams, 0)
    return not version
