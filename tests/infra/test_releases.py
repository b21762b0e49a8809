"""Releases of a stack: when functions publish a version, what undoes an update, the check of a version."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from moto import mock_aws

from chalicelib.aws import rows
from infra import check_release, deploy, releases
from tests.web.events import context

PACKAGED: dict[str, Any] = {
    "Parameters": {"Hold": {"Default": ""}, "Emulator": {"Default": ""}},
    "Resources": {
        "Site": {
            "Type": releases.FUNCTION,
            "Properties": {"CodeUri": "s3://b/1", "DeploymentPreference": {}},
        },
        "CheckRelease": {"Type": releases.DEPLOYED, "Properties": {}},
        "Table": {"Type": "AWS::DynamoDB::Table"},
    },
}


def prepared(packaged: dict[str, Any] = PACKAGED, **values: str) -> dict[str, Any]:
    """Return the resources of a template that is prepared with these parameters."""
    made = copy.deepcopy(packaged)
    releases.prepare(made, values)
    found: dict[str, Any] = made["Resources"]
    return found


def digest(packaged: dict[str, Any] = PACKAGED, **values: str) -> str:
    """Return the digest by which SAM decides whether the site publishes a version."""
    return str(prepared(packaged, **values)["Site"]["Properties"]["AutoPublishCodeSha256"])


def test_only_the_emulator_sends_webhooks_to_this_machine() -> None:
    """The setting is added for the emulator. Nothing on AWS gets it."""
    assert "HOOKS_LOOPBACK" not in json.dumps(prepared())
    local = prepared(Emulator="http://127.0.0.1:4566")["Site"]["Properties"]
    assert local["Environment"]["Variables"]["HOOKS_LOOPBACK"] == "1"


def changed(name: str, value: Any) -> dict[str, Any]:
    """Return the template with another property of the site."""
    made = copy.deepcopy(PACKAGED)
    made["Resources"]["Site"]["Properties"][name] = value
    return made


def test_changed_parameter_alone_publishes_a_version() -> None:
    """A hold reaches the version in use, though neither code nor template has changed."""
    assert digest(Hold="mail") != digest()
    assert digest(Hold="mail") != digest(Hold="mail,clock")


def test_same_release_publishes_no_version() -> None:
    """The default of a parameter, given or not, is the same, also if it is a number. A parameter that is gone
    counts for nothing."""
    assert digest(Hold="") == digest()
    numbered = PACKAGED | {"Parameters": {"Years": {"Type": "Number", "Default": 10}}}
    assert digest(numbered, Years="10") == digest(numbered)
    assert digest(Gone="1") == digest()


@pytest.mark.parametrize(("name", "value"), [("CodeUri", "s3://b/2"), ("Timeout", 30)])
def test_changed_package_or_template_publishes_a_version(name: str, value: Any) -> None:
    """Other code and another setting of a function are another release."""
    assert digest(changed(name, value)) != digest()


def test_emulator_gets_no_canary() -> None:
    """The emulator shifts no traffic, so the canary and its check are left out there only."""
    assert "CheckRelease" in prepared()
    assert "DeploymentPreference" in prepared()["Site"]["Properties"]
    local = prepared(Emulator="http://127.0.0.1:4566")
    assert "CheckRelease" not in local
    assert "DeploymentPreference" not in local["Site"]["Properties"]


@pytest.fixture
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """AWS on moto."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


@pytest.mark.usefixtures("_aws")
def test_update_watches_the_alarms_that_are_not_up() -> None:
    """CloudFormation would refuse to begin with an alarm that is up, and the update may be its mend."""
    watch = deploy.client("cloudwatch")
    for name in ("overdue", "beat"):
        watch.put_metric_alarm(
            AlarmName=name, ComparisonOperator="LessThanThreshold", EvaluationPeriods=1, MetricName="m",
            Namespace="n", Period=60, Statistic="Sum", Threshold=1,
        )  # fmt: skip
    made = {"OldestOverdueAlarm": "overdue", "ClockHeartbeatAlarm": "beat", "Table": "t"}

    def watched() -> list[str]:
        found = releases.guards(made, {}, deploy.client)
        assert (found["MonitoringTimeInMinutes"] > 0) is bool(found["RollbackTriggers"])
        return [one["Arn"].rpartition(":")[2] for one in found["RollbackTriggers"]]

    assert watched() == ["overdue", "beat"]
    watch.set_alarm_state(AlarmName="beat", StateValue="ALARM", StateReason="dead")
    assert watched() == ["overdue"]
    watch.set_alarm_state(AlarmName="overdue", StateValue="ALARM", StateReason="late")
    assert watched() == []
    assert releases.guards(made, {"Emulator": "http://127.0.0.1:4566"}, deploy.client) == {}


class Functions:
    """A fake Lambda with the versions of one function. `live` is the version that its alias uses."""

    def __init__(self, last: int, live: int, handler: Any = None) -> None:
        self.versions, self.live, self.handler = [*range(1, last + 1)], live, handler
        self.asked: list[str] = []

    def get_paginator(self, name: str) -> Any:
        """Return the paginator of versions, with two on a page and $LATEST first."""
        assert name == "list_versions_by_function"
        known = ["$LATEST", *map(str, self.versions)]
        pages = [known[n : n + 2] for n in range(0, len(known), 2)]
        told = [{"Versions": [{"Version": version} for version in page]} for page in pages]
        return SimpleNamespace(paginate=lambda FunctionName: told)

    def list_aliases(self, FunctionName: str) -> dict[str, Any]:
        """Return the alias."""
        return {"Aliases": [{"Name": "live", "FunctionVersion": str(self.live)}]}

    def delete_function(self, FunctionName: str, Qualifier: str) -> None:
        """Delete a version."""
        self.versions.remove(int(Qualifier))

    def invoke(self, FunctionName: str, Qualifier: str, Payload: str) -> dict[str, Any]:
        """Ask a version, and return what Lambda would."""
        self.asked.append(Qualifier)
        try:
            answer = self.handler(json.loads(Payload), context())
        except ZeroDivisionError as error:
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(json.dumps(str(error)).encode())}
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


@pytest.mark.parametrize(
    ("last", "live", "left"), [(12, 12, [10, 11, 12]), (12, 4, [4, 10, 11, 12]), (2, 2, [1, 2]), (0, 0, [])]
)
def test_three_versions_stay(last: int, live: int, left: list[int]) -> None:
    """The newest three stay, and the version that the alias uses."""
    functions = Functions(last, live)
    releases.retire(["site"], functions)
    assert functions.versions == left


def test_check_of_a_release_asks_the_newest_version(client: Any, scenario: Any) -> None:
    """A sound version of the site answers the check, which asks version 12 and not version 2."""
    import app

    functions = Functions(12, 2, app.app)
    assert check_release.faults_of(functions, "site") == []
    assert {*functions.asked} == {"12"}


@pytest.mark.parametrize("fault", ["raises", "fails"])
def test_check_of_a_release_finds_a_broken_one(fault: str) -> None:
    """A version that cannot start, or answers with an error of ours, gets no requests."""

    def answer(*_: Any) -> dict[str, Any]:
        return {"statusCode": 500 if fault == "fails" else 1 // 0}

    found = check_release.faults_of(Functions(3, 2, answer), "site")
    assert len(found) == len(check_release.ASKED)


@pytest.mark.parametrize(
    ("faults", "status"), [([], "Succeeded"), (["GET /: 500"], "Failed"), (None, "Failed")]
)
def test_codedeploy_hears_of_the_check(
    monkeypatch: pytest.MonkeyPatch, faults: list[str] | None, status: str
) -> None:
    """CodeDeploy hears of success and failure, also if the check itself fails."""
    told: dict[str, str] = {}
    clients = {
        "lambda": None,
        "codedeploy": SimpleNamespace(
            put_lifecycle_event_hook_execution_status=lambda **said: told.update(said)
        ),
    }
    monkeypatch.setattr(check_release, "boto3", SimpleNamespace(client=clients.get))
    monkeypatch.setenv("SITE", "site")
    if faults is not None:
        monkeypatch.setattr(check_release, "faults_of", lambda *_: faults)
    check_release.check({"DeploymentId": "d", "LifecycleEventHookExecutionId": "l"}, None)
    assert told == {"deploymentId": "d", "lifecycleEventHookExecutionId": "l", "status": status}


def test_everything_that_wakes_a_function_names_its_alias(expanded: dict[str, Any]) -> None:
    """Schedules, queues and the site call the version in use, never the newest code by itself."""
    resources = expanded["Resources"]
    aliases = {name for name, one in resources.items() if one["Type"] == "AWS::Lambda::Alias"}
    functions = {name for name, one in resources.items() if one["Type"] == releases.DEPLOYED} - {
        "CheckRelease"
    }
    assert {resources[name]["Properties"]["FunctionName"]["Ref"] for name in aliases} == functions
    wakes = (
        "AWS::Events::Rule",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Permission",
        "AWS::ApiGateway::RestApi",
    )
    for name, one in resources.items():
        if one["Type"] in wakes:
            said = json.dumps(one["Properties"])
            assert not any(f'"{function}"' in said or f"${{{function}." in said for function in functions), (
                name
            )


def test_site_changes_by_a_canary_with_alarms(expanded: dict[str, Any]) -> None:
    """A check comes before the first request, then a tenth of the requests; an alarm on errors goes back."""
    resources = expanded["Resources"]
    policy = resources["APIHandlerAliaslive"]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
    assert policy["BeforeAllowTrafficHook"] == {"Ref": "CheckRelease"}
    group = resources["APIHandlerDeploymentGroup"]["Properties"]
    assert "Canary10Percent5Minutes" in json.dumps(group["DeploymentConfigName"])
    assert [one["Name"]["Ref"] for one in group["AlarmConfiguration"]["Alarms"]] == [
        "APIHandlerErrors",
        "SiteErrorsAlarm",
        "Answered503Alarm",
    ]
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]


def test_check_of_a_release_ships_as_its_text(resources: dict[str, Any]) -> None:
    """The code of the check is its file, which needs nothing of the package."""
    code = resources["CheckRelease"]["Properties"]["Code"]["ZipFile"]
    found: dict[str, Any] = {}
    exec(compile(code, "index.py", "exec"), found)
    assert callable(found["check"])
    assert "chalicelib" not in code


def test_deployed_template_tells_the_versions_of_rows(expanded: dict[str, Any]) -> None:
    """The next deploy compares them with its own, in the template as CloudFormation expands it."""
    assert expanded["Metadata"]["Rows"] == {"reads": rows.READS, "writes": rows.SCHEMA}
