"""The releases of a stack: each function's published versions, and what undoes a bad release.

Everything that wakes a function names its alias `live`, which CloudFormation points at the newest version. On
AWS a tenth of the requests go to a new version of the site first, and an alarm takes them back
(overrides.yaml)."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

ALIAS = "live"
FUNCTION, DEPLOYED = "AWS::Serverless::Function", "AWS::Lambda::Function"
"""The type of a function in our template, and in the template that CloudFormation makes of it."""
KEPT = 3
"""The number of versions of a function that stay: the present one, and two to go back to."""
WATCHED = ("OldestOverdueAlarm", "ClockHeartbeatAlarm")
"""The alarms that make CloudFormation undo a whole update, because deadlines are not watched any more."""
WATCHED_MINUTES = 10
"""For how many minutes after an update CloudFormation looks at these alarms. A dead clock raises its alarm
after five."""
OF_AWS = ("CheckRelease", "CheckReleaseRole")
"""The resources that only AWS has a use for, as the emulator shifts no traffic."""


def prepare(packaged: dict[str, Any], values: Mapping[str, str]) -> None:
    """Make each function publish a version if the package, the template or a parameter has changed.
    `packaged` is the template, which is changed, with the addresses of the package in it. `values` are those
    of the parameters.

    SAM by itself publishes one only if the package has changed. So a changed parameter, such as Hold, would
    not reach the version in use."""
    if values.get("Emulator"):
        for name in OF_AWS:
            packaged["Resources"].pop(name, None)
        for properties in _functions(packaged):
            properties.pop("DeploymentPreference", None)
            # The template does not have this setting, so no stack on AWS sends webhooks to itself.
            variables = properties.setdefault("Environment", {}).setdefault("Variables", {})
            variables["HOOKS_LOOPBACK"] = "1"
    # CloudFormation tells every value as a text, so a default that is a number counts as its text.
    whole = {name: str(one.get("Default")) for name, one in packaged["Parameters"].items()}
    whole |= {name: value for name, value in values.items() if name in whole}
    digest = hashlib.sha256(json.dumps([packaged, whole], sort_keys=True).encode()).hexdigest()
    for properties in _functions(packaged):
        properties["AutoPublishCodeSha256"] = digest


def _functions(packaged: dict[str, Any]) -> list[dict[str, Any]]:
    return [one["Properties"] for one in packaged["Resources"].values() if one["Type"] == FUNCTION]


def guards(
    made: Mapping[str, str], values: Mapping[str, str], clients: Callable[[str], Any]
) -> dict[str, Any]:
    """Return what CloudFormation watches during an update, as its `RollbackConfiguration`. `made` are the
    physical ids of the deployed stack by logical id, and `values` its parameters. `clients` returns a boto3
    client by the name of its service.

    An alarm that is up already is left out, because CloudFormation refuses to begin with it, and the update
    may be its mend. The emulator judges no alarms."""
    names = [made[name] for name in WATCHED if name in made]
    if not names or values.get("Emulator"):
        return {}
    found = clients("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"]
    watched = [one["AlarmArn"] for one in found if one["StateValue"] != "ALARM"]
    return {
        "RollbackTriggers": [{"Arn": arn, "Type": "AWS::CloudWatch::Alarm"} for arn in watched],
        "MonitoringTimeInMinutes": WATCHED_MINUTES if watched else 0,
    }


def retire(names: Iterable[str], functions: Any) -> None:
    """Delete the versions of functions that nobody goes back to. A version that an alias uses stays. `names`
    are the physical ids of the functions, and `functions` is a boto3 client for Lambda."""
    for name in names:
        pages = functions.get_paginator("list_versions_by_function").paginate(FunctionName=name)
        versions = [one["Version"] for page in pages for one in page["Versions"] if one["Version"].isdigit()]
        used = {one["FunctionVersion"] for one in functions.list_aliases(FunctionName=name)["Aliases"]}
        for version in sorted(versions, key=int)[:-KEPT]:
            if version not in used:
                functions.delete_function(FunctionName=name, Qualifier=version)
