"""CloudFormation templates: how they are read, merged, and searched for references."""

import functools
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from chalicelib.aws import rows

HERE = Path(__file__).parent
Node = Any  # any part of a template: a mapping, a list or a value
ALARMS = {"AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"}


class Store(NamedTuple):
    """How a stack adopts an existing store of one type. `parameter` is the end of the parameter's name,
    `pattern` what its value looks like, and `arn` the text for Fn::Sub that makes the store's ARN from
    the value. The value is always what Ref returns."""

    parameter: str
    pattern: str
    arn: str


class Unknown(Exception):
    """A reference to a store is in a form that adoption does not know; the message shows it."""


STORES = {
    "AWS::DynamoDB::Table": Store(
        "Name",
        "[A-Za-z0-9_.-]{3,255}",
        "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${VALUE}",
    ),
    "AWS::S3::Bucket": Store("Bucket", "[a-z0-9.-]{3,63}", "arn:${AWS::Partition}:s3:::${VALUE}"),
    "AWS::KMS::Key": Store(
        "Id", "[a-z0-9-]{36}", "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/${VALUE}"
    ),
    "AWS::SecretsManager::Secret": Store("Arn", "arn:.+:secretsmanager:.+", "${VALUE}"),
    "AWS::Cognito::UserPool": Store(
        "Id",
        "[a-z0-9-]+_[A-Za-z0-9]+",
        "arn:${AWS::Partition}:cognito-idp:${AWS::Region}:${AWS::AccountId}:userpool/${VALUE}",
    ),
}
"""The types of resources that hold what nobody can make again."""
RETAINED = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
"""The policies of a resource that stays when its stack is deleted. A stack that could not be created leaves
nothing."""


class _Loader(yaml.SafeLoader):
    """A YAML loader that turns CloudFormation's short forms (`!Ref x`) into the long ones (`{"Ref":
    "x"}`)."""


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> Node:
    """Return the long form of one of CloudFormation's short forms. `suffix` is the name after the "!", and
    `node` what follows the name."""
    value: Node
    if isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.ScalarNode)
        value = loader.construct_scalar(node)
    if suffix == "GetAtt":
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)


def load(name: str) -> dict[str, Node]:
    """Return the content of a YAML file in the folder infra/. `name` is the name of the file."""
    tree: dict[str, Node] = yaml.load((HERE / name).read_text(encoding="utf-8"), Loader=_Loader)
    return tree


def merge(base: Node, over: Node) -> Node:
    """Return `base` with the values of `over` in it. Mappings are merged key by key. Any other value in
    `over` replaces the one in `base`."""
    if isinstance(base, dict) and isinstance(over, dict):
        return base | {key: merge(base[key], value) if key in base else value for key, value in over.items()}
    return over


@functools.cache
def infrastructure() -> dict[str, Node]:
    """Return resources.yaml with overrides.yaml merged in. Chalice merges the result into its template. The
    result is cached, so do not change it. Its metadata tell the versions of rows (see `rows.SCHEMA`)."""
    tree: dict[str, Node] = merge(load("resources.yaml"), load("overrides.yaml"))
    tree["Metadata"] = {"Rows": {"reads": rows.READS, "writes": rows.SCHEMA}}
    _notify(tree["Resources"])
    code = tree["Resources"]["CheckRelease"]["Properties"]["Code"]
    code["ZipFile"] = (HERE.parent / code["ZipFile"]).read_text("utf-8")
    return tree


def _notify(resources: dict[str, Node]) -> None:
    """Make each alarm notify the topic of its level. An alarm of the level `wake` that a composite alarm
    watches notifies nobody, because the composite alarm does so."""
    alarms = {name: each for name, each in resources.items() if each.get("Type", "") in ALARMS}
    watched = {
        name
        for each in alarms.values()
        for name in references(each["Properties"].get("AlarmRule", {}))
        if alarms[name]["Metadata"]["Level"] == "wake"
    }
    for name, alarm in alarms.items():
        topic = [] if name in watched else [{"Ref": f"{alarm['Metadata']['Level'].capitalize()}Topic"}]
        alarm["Properties"] |= {"AlarmActions": topic, "OKActions": topic}


def references(node: Node) -> Iterator[str]:
    """Yield every name to which a part of a template refers, by Ref, GetAtt, Sub or Condition."""
    if isinstance(node, list):
        for item in node:
            yield from references(item)
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key == "Ref":
            yield value
        elif key == "Fn::GetAtt":
            yield value[0] if isinstance(value, list) else value.split(".")[0]
        elif key == "Fn::Sub":
            text, own = (value, {}) if isinstance(value, str) else value
            yield from (name.split(".")[0] for name in re.findall(r"\$\{([^!}]+)\}", text) if name not in own)
            yield from references(own)
        else:
            yield from references(value)


def dangling(template: dict[str, Node]) -> set[str]:
    """Return the names that a template refers to but does not define."""
    known = {*template["Resources"], *template.get("Parameters", {})}
    named = {
        name
        for part in ("Resources", "Outputs", "Conditions", "Globals")
        for name in references(template.get(part, {}))
    }
    return {
        name
        for name in named
        if not name.startswith("AWS::") and name not in known and name.split(".")[0] not in known
    }


LACKING = {
    "cognito": ("AWS::Cognito::", ("OwnPool", "NamedSignIn"), "OidcIssuer"),
    "ses": ("AWS::SES::", ("MailHere",), "MailGateway"),
}
"""The services without which a template can be built, because no China region has them. For each: the
beginning of its types, the conditions that ask for it, and the parameter that has to name its substitute."""


def without(template: dict[str, Node], services: Collection[str]) -> dict[str, Node]:
    """Return a template that has no resource of these services, a part of `LACKING`, and refers to none.

    A condition on the resources would not do, because CloudFormation refuses a template with a type that its
    region lacks. The parameter of the substitute gets no default, so it has to be named."""
    kinds = tuple(LACKING[one][0] for one in services)
    off = {condition for one in services for condition in LACKING[one][1]}
    # All of an Fn::And must hold, so one that asks for a missing condition never does.
    for name, of in template["Conditions"].items():
        if any(part.get("Condition") in off for part in of.get("Fn::And", ())):
            off.add(name)

    def remaining(part: dict[str, Node]) -> dict[str, Node]:
        return {
            name: _folded(one, off)
            for name, one in part.items()
            if not one.get("Type", "").startswith(kinds) and one.get("Condition") not in off
        }

    made = {
        "Resources": remaining(template["Resources"]),
        "Outputs": remaining(template["Outputs"]),
        "Globals": _folded(template["Globals"], off),
        "Conditions": {name: of for name, of in template["Conditions"].items() if name not in off},
    }
    used = {*references([*made.values()])}
    parameters = {name: about for name, about in template["Parameters"].items() if name in used}
    for name in (LACKING[one][2] for one in services):
        told = {key: value for key, value in parameters[name].items() if key != "Default"}
        parameters[name] = told | {"AllowedPattern": told.get("AllowedPattern", "|.+").removeprefix("|")}
    return template | made | {"Parameters": parameters}


def _folded(node: Node, off: Collection[str]) -> Node:
    """Return a part of a template in which each choice by a condition in `off` is its other branch."""
    match node:
        case {"Fn::If": [condition, _, other]} if condition in off:
            return _folded(other, off)
        case dict():
            return {key: _folded(value, off) for key, value in node.items()}
        case list():
            return [_folded(item, off) for item in node]
    return node


def stores(template: dict[str, Node]) -> dict[str, str]:
    """Return the parameter that adopts each store of a template, by the logical id of the store."""
    return {
        name: f"{name}{STORES[resource['Type']].parameter}"
        for name, resource in template["Resources"].items()
        if resource.get("Type") in STORES and RETAINED.items() <= resource.items()
    }


def adoptable(template: dict[str, Node]) -> dict[str, Node]:
    """Return a template whose stack can adopt existing stores, such as those that an earlier stack left.

    Each store gets a parameter. If it is empty, the stack makes the store. Otherwise the stack makes
    neither the store nor what is retained with it, such as the groups of a user pool or the right to copy a
    bucket. Each reference to the store then gives the adopted one."""
    owned = stores(template)
    conditions, parameters = dict(template["Conditions"]), dict(template["Parameters"])
    for name, parameter in owned.items():
        kind = template["Resources"][name]["Type"]
        parameters[parameter] = {
            "Type": "String",
            "Default": "",
            "AllowedPattern": f"|{STORES[kind].pattern}",
            "Description": f"An existing {kind} that this stack adopts as its {name}; made when empty.",
        }
        conditions[f"Adopts{name}"] = {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, ""]}]}
        makes = {"Fn::Equals": [{"Ref": parameter}, ""]}
        before = template["Resources"][name].get("Condition")
        conditions[f"Makes{name}"] = {"Fn::And": [{"Condition": before}, makes]} if before else makes
    resources = {}
    for name, resource in template["Resources"].items():
        # A retained resource of another type lies in the store to which it refers, and is made with it.
        kept_with = name if name in owned else next((one for one in references(resource) if one in owned), "")
        if RETAINED.items() <= resource.items() and kept_with:
            others = {store: parameter for store, parameter in owned.items() if store != kept_with}
            holds, own = f"Makes{kept_with}", resource.get("Condition")
            if own != template["Resources"][kept_with].get("Condition"):
                both = [{"Condition": own}, {"Condition": holds}]
                holds = f"{own}{holds}"
                conditions[holds] = {"Fn::And": both}
            resources[name] = _adopting(resource, others, template) | {"Condition": holds}
        else:
            resources[name] = _adopting(resource, owned, template)
    parts = {part: _adopting(template[part], owned, template) for part in ("Globals", "Outputs")}
    return template | parts | {"Resources": resources, "Conditions": conditions, "Parameters": parameters}


def _adopting(node: Node, owned: dict[str, str], template: dict[str, Node]) -> Node:
    """Return a part of a template in which each reference to a store gives the adopted store if there is
    one. `owned` are the parameters of the stores, by their logical ids in `template`. Raises Unknown for a
    reference in another form than Ref, GetAtt of ARN or id, and Fn::Sub of a text."""
    if isinstance(node, list):
        return [_adopting(item, owned, template) for item in node]
    if not isinstance(node, dict):
        return node
    name = next((name for name in references(node) if name in owned), "")
    if not name or node.keys().isdisjoint(("Ref", "Fn::GetAtt", "Fn::Sub")):
        return {key: _adopting(value, owned, template) for key, value in node.items()}
    value = f"${{{owned[name]}}}"
    arn = STORES[template["Resources"][name]["Type"]].arn.replace("${VALUE}", value)
    adopted: Node
    match node:
        case {"Ref": _} | {"Fn::GetAtt": [_, "Id"]}:
            adopted = {"Ref": owned[name]}
        case {"Fn::GetAtt": [_, "Arn"]}:
            adopted = {"Ref": owned[name]} if arn == value else {"Fn::Sub": arn}
        case {"Fn::Sub": str(text)}:
            adopted = {"Fn::Sub": text.replace(f"${{{name}}}", value).replace(f"${{{name}.Arn}}", arn)}
        case _:
            adopted = node
    if name in references(adopted):
        raise Unknown(f"this reference to {name} cannot give an adopted store: {node}")
    others = {store: parameter for store, parameter in owned.items() if store != name}
    both = [_adopting(adopted, others, template), _adopting(node, others, template)]
    return {"Fn::If": [f"Adopts{name}", *both]}
