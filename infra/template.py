"""CloudFormation templates: how they are read, merged, and searched for references."""

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
Node = Any  # any part of a template: a mapping, a list or a value
ALARMS = {"AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"}


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
    result is cached, so do not change it."""
    tree: dict[str, Node] = merge(load("resources.yaml"), load("overrides.yaml"))
    _notify(tree["Resources"])
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
