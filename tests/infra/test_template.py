"""The packaged template: each part that can wake, fail or wait has its settings, its rights and its alarm."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from app import app
from chalicelib.access.authorization import STAFF
from chalicelib.web.api.openapi import OPEN, PROBLEM
from chalicelib.web.conditions import REALM
from chalicelib.web.pages import EVERYWHERE
from infra import build, template
from infra.resources import described
from tests.closed import complete

Resources = dict[str, Any]


def of(resources: Resources, kind: str) -> Iterator[tuple[str, Any]]:
    """Yield logical id and properties of each resource of one type."""
    yield from (
        (name, resource["Properties"])
        for name, resource in resources.items()
        if resource["Type"] == f"AWS::{kind}"
    )


def events(resources: Resources, kind: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield function, its properties and the event's properties for each event source of one type."""
    for name, function in of(resources, "Serverless::Function"):
        yield from (
            (name, function, event["Properties"])
            for event in function.get("Events", {}).values()
            if event["Type"] == kind
        )


def alarms(resources: Resources, metric: str) -> dict[str, Any]:
    """Return the alarms on one metric, by the resource they watch (the stack for metrics of the
    application)."""
    watched = of(resources, "CloudWatch::Alarm")
    found = [alarm for _, alarm in watched if alarm.get("MetricName") == metric]
    return {next(template.references(alarm["Dimensions"])): alarm for alarm in found}


def test_every_reference_has_its_definition(out: Path) -> None:
    """All references of the template exist, and a broken reference raises Broken."""
    packaged = json.loads((out / "sam.json").read_text(encoding="utf-8"))
    build.check(packaged)
    packaged["Outputs"]["Lost"] = {"Value": {"Fn::Sub": "${Table.Arn} ${Nowhere.Arn}"}}
    with pytest.raises(build.Broken, match="Nowhere"):
        build.check(packaged)


def test_an_override_of_nothing_is_refused(out: Path) -> None:
    """A misspelt logical id in overrides.yaml breaks the build instead of adding a resource without a
    type."""
    packaged = json.loads((out / "sam.json").read_text(encoding="utf-8"))
    packaged["Resources"]["Leters"] = {"Properties": {}}
    with pytest.raises(build.Broken, match="Leters"):
        build.check(packaged)


def test_every_queue_source_reports_partial_failures(resources: Resources) -> None:
    """Without the setting Lambda would delete the failed messages of a batch. No source may take all of the
    account's concurrency."""
    sources = list(events(resources, "SQS"))
    assert sources
    for _, _, source in sources:
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert source["ScalingConfig"]["MaximumConcurrency"] <= 16


def test_every_queue_gives_its_function_time_and_five_tries(resources: Resources) -> None:
    """A message stays hidden for six times the function's timeout. After five tries it moves to the queue's
    own dead-letter queue. One failed try does not raise the alarm on the queue's age."""
    queues, dead = dict(of(resources, "SQS::Queue")), []
    for _, function, source in events(resources, "SQS"):
        queue = queues[next(template.references(source["Queue"]))]
        assert queue["VisibilityTimeout"] == 6 * function["Timeout"]
        assert queue["RedrivePolicy"]["maxReceiveCount"] >= 5
        waited = alarms(resources, "ApproximateAgeOfOldestMessage")[
            next(template.references(source["Queue"]))
        ]
        assert waited["Threshold"] > queue["VisibilityTimeout"] + function["Timeout"], "one failed try"
        dead.append(next(template.references(queue["RedrivePolicy"]["deadLetterTargetArn"])))
    assert len(queues) == 2 * len(set(dead)) == 2 * len(dead)


def test_alarm_reads_at_most_ten_metrics(resources: Resources) -> None:
    """CloudWatch refuses an alarm that computes with more than ten metrics."""
    for name, made in of(resources, "CloudWatch::Alarm"):
        assert sum("MetricStat" in metric for metric in made.get("Metrics", ())) <= 10, name


def test_resources_that_can_fail_have_alarms(resources: Resources) -> None:
    """Functions, queues, dead-letter queues, tables and schedules have alarms; a silent schedule counts as
    failed."""
    functions = {name for name, _ in of(resources, "Serverless::Function")}
    complete(
        alarms(resources, "Errors"),
        functions,
        "infra/alarms.py",
        "decide when errors of the function wake us",
    )
    throttled = {name: made.get("Metrics") for name, made in of(resources, "CloudWatch::Alarm")}
    started = [*throttled["FunctionsThrottledAlarm"], *throttled["WorkersThrottledAlarm"]]
    assert functions == set(template.references(started))
    refused = json.dumps([throttled["TableThrottledAlarm"], throttled["IndexesThrottledAlarm"]])
    tables = [table for _, table in of(resources, "DynamoDB::Table")]
    indexes = [index["IndexName"] for table in tables for index in table.get("GlobalSecondaryIndexes", ())]
    assert refused.count("ThrottleEvents") == 2 * len(tables) + 2 * len(indexes)
    assert all(refused.count(f'"{index}"') == 2 for index in indexes)
    fed = {next(template.references(source["Queue"])) for _, _, source in events(resources, "SQS")}
    assert set(alarms(resources, "ApproximateAgeOfOldestMessage")) == fed
    dead = {
        next(template.references(queue["RedrivePolicy"]))
        for _, queue in of(resources, "SQS::Queue")
        if "RedrivePolicy" in queue
    }
    assert set(alarms(resources, "ApproximateNumberOfMessagesVisible")) == dead
    for name, _, _ in events(resources, "Schedule"):
        assert alarms(resources, f"{name}Heartbeat")["AWS::StackName"]["TreatMissingData"] == "breaching"


def test_every_metric_of_the_application_is_seen(resources: Resources) -> None:
    """Each metric has an alarm or a place on the dashboard, which shows this stack only."""
    source = "".join(path.read_text(encoding="utf-8") for path in (build.ROOT / "chalicelib").rglob("*.py"))
    sent = set(re.findall(r'\.count\(\s*"(\w+)"', source))
    alarmed = [alarm for _, alarm in of(resources, "CloudWatch::Alarm")]
    watched = {alarm["MetricName"] for alarm in alarmed if alarm.get("Namespace") == "Redress"}
    shown = str(resources["Dashboard"]["Properties"]["DashboardBody"])
    unseen = sorted(name for name in sent - watched if name not in shown)
    assert not unseen, (
        f"{unseen} is not seen: give it an alarm in infra/alarms.py, or a place on the dashboard"
    )
    assert shown.count("AWS::StackName") == shown.count("Redress") + 1  # once for the site


def test_dashboard_shows_promises_above_the_machine(resources: Resources) -> None:
    """The dashboard has two halves: promises to people, then the machine with every function and queue."""
    body = resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    widgets = json.loads(body)["widgets"]
    titles = [one["properties"]["markdown"] for one in widgets if one["type"] == "text"]
    assert titles == ["# Promises to people", "# The machine"]
    below = next(one["y"] for one in widgets if "machine" in str(one))
    machine = json.dumps([one for one in widgets if one["y"] > below])
    for name, _ in of(resources, "Serverless::Function"):
        assert machine.count(f'"${{{name}}}"') >= 2, "errors and throttles"
    for name, _ in of(resources, "SQS::Queue"):
        assert f"${{{name}.QueueName}}" in machine
    rows = sorted((one["y"], one["x"]) for one in widgets)
    assert len(rows) == len(set(rows)), "no widget lies on another"


def test_saved_queries_read_the_log_of_this_stack(resources: Resources) -> None:
    """Each saved query has the stack in its name and reads the stack's log only."""
    queries = dict(of(resources, "Logs::QueryDefinition"))
    assert queries
    for query in queries.values():
        assert query["Name"]["Fn::Sub"].startswith("${AWS::StackName}/")
        assert query["LogGroupNames"] == [{"Ref": "Logs"}]


def test_tracing_reaches_every_function_once_it_is_set(resources: Resources) -> None:
    """All functions may write traces, and only while the setting is on; it is off by default."""
    roles = [
        next(template.references(function["Role"])) for _, function in of(resources, "Serverless::Function")
    ]
    rights = resources["TracingRights"]
    assert sorted(template.references(rights["Properties"]["Roles"])) == sorted(roles)
    assert rights["Condition"] == "Traced"
    assert template.infrastructure()["Parameters"]["Tracing"]["Default"] == "no"


@pytest.mark.parametrize(
    ("chosen", "made"),
    [
        ("athena", {"FiguresWorkGroup", "FiguresDatabase", "AthenaRights"}),
        ("emr", {"SparkApplication", "SparkRole", "EmrRights"}),
        ("none", set()),
    ],
)
def test_only_the_chosen_engine_of_figures_is_made(chosen: str, made: set[str]) -> None:
    """Each engine has its resources only if it is chosen. The functions know which, and the night function
    has rights on that one only."""
    tree, stack = template.infrastructure(), described("eu-central-1", LargeFigures=chosen)
    engines = {"ByAthena", "ByEmr"}
    of_engines = {name: one for name, one in tree["Resources"].items() if one.get("Condition") in engines}
    assert {
        name for name, one in of_engines.items() if stack.resolve({"Fn::If": [one["Condition"], 1, 0]})
    } == made
    settings = stack.resolve(tree["Globals"]["Function"]["Environment"]["Variables"])
    assert [*settings["LARGE_FIGURES"].split(), ""][0] == chosen.replace("none", "")
    for name in made & {"AthenaRights", "EmrRights"}:
        assert list(template.references(of_engines[name]["Properties"]["Roles"])) == ["NightRole"]
        for line in of_engines[name]["Properties"]["PolicyDocument"]["Statement"]:
            assert "*" not in str(line["Action"])
            assert line["Resource"] != "*"


def test_no_trace_stores_a_path(resources: Resources) -> None:
    """API Gateway is never traced, because X-Ray would store its paths, some of which hold secrets. The
    functions have no library that would add the path of a request to their traces."""
    assert resources["RestAPI"]["Properties"]["TracingEnabled"] is False
    for pins in ("package.in", "layer.in"):
        assert "xray" not in (build.ROOT / "infra" / pins).read_text("utf-8")


def test_access_trail_sees_every_store(resources: Resources) -> None:
    """The trail of accesses records every table and every bucket but its own; it is off by default."""
    trail = resources["AccessTrailOfData"]
    stores = {name for kind in ("DynamoDB::Table", "S3::Bucket") for name, _ in of(resources, kind)}
    seen = set(template.references(trail["Properties"]["AdvancedEventSelectors"]))
    assert seen == stores - {"AccessTrailFiles"}
    assert trail["Condition"] == "HasAccessTrail"
    assert template.infrastructure()["Parameters"]["AccessTrail"]["Default"] == "no"


def test_budget_is_told_before_and_after_it_is_used(resources: Resources) -> None:
    """OpsEmail hears of 80 and 100 per cent of the budget, and of a forecast beyond it."""
    told = [
        one["Notification"]
        for one in resources["MonthlyBudget"]["Properties"]["NotificationsWithSubscribers"]
    ]
    assert [(one["NotificationType"], one["Threshold"]) for one in told] == [
        ("ACTUAL", 80),
        ("ACTUAL", 100),
        ("FORECASTED", 100),
    ]
    assert resources["MonthlyBudget"]["Condition"] == "HasBudget"


def test_every_alarm_says_in_a_sentence_what_is_wrong(resources: Resources) -> None:
    """The officer on call gets a sentence that says what is wrong, by the topic of the alarm's level. The
    alarms behind a composite alarm leave the telling to it."""
    composite = dict(of(resources, "CloudWatch::CompositeAlarm"))
    watched = {name for one in composite.values() for name in template.references(one["AlarmRule"])}
    for name, alarm in (*of(resources, "CloudWatch::Alarm"), *composite.items()):
        assert re.fullmatch(r"[A-Z].{40,}\.", alarm["AlarmDescription"])
        level = resources[name]["Metadata"]["Level"]
        topic = [{"Ref": {"wake": "WakeTopic", "ticket": "TicketTopic", "note": "NoteTopic"}[level]}]
        assert alarm["AlarmActions"] == ([] if level == "wake" and name in watched else topic)
        assert alarm["OKActions"] == alarm["AlarmActions"]


def test_every_function_has_its_own_rights(resources: Resources) -> None:
    """Each function has its own policy file and role, and no policy file is unused."""
    config = json.loads((build.ROOT / ".chalice/config.json").read_text())
    files = [
        function["iam_policy_file"]
        for stage in config["stages"].values()
        for function in stage["lambda_functions"].values()
    ]
    complete(
        [*files, "config.json"],
        [path.name for path in (build.ROOT / ".chalice").glob("*.json")],
        ".chalice/config.json",
        "name the policy file at its function, or delete it",
    )
    functions = [function for _, function in of(resources, "Serverless::Function")]
    assert len(functions) == len(files) == len({json.dumps(function["Role"]) for function in functions})


def test_walk_of_letters_has_the_rights_of_its_queue() -> None:
    """The walk of letters has the rights of the letters queue. It delivers what the queue could not, such as
    a letter whose document was not ready."""
    queue, clock = (
        {
            line["Sid"]: line
            for line in json.loads((build.ROOT / ".chalice" / f"{name}.json").read_text("utf-8"))["Statement"]
        }
        for name in ("letters", "post")
    )
    assert all(clock[right] == queue[right] for right in ("Attach", "Keys", "Send"))


def test_only_who_makes_links_or_looks_people_up_reads_their_keys(resources: Resources) -> None:
    """Only the site and the two workers that write letters read the link key. Mail events, mails that
    arrive, the check of the record, the destruction of data, and the clock, which splits people off joint
    cases, need lookups only."""
    roles = dict(of(resources, "IAM::Role"))

    def readers(secret: str) -> set[str]:
        return {
            name
            for name, function in of(resources, "Serverless::Function")
            for role in template.references(function["Role"])
            if role in roles and secret in template.references(roles[role]["Policies"])
        }

    assert readers("LinkKey") == {"APIHandler", "Letters", "Post"}
    assert readers("LookupKey") == {
        *("APIHandler", "Destroy", "Letters", "Mails", "Post", "PostEvents", "Walk", "Watch")
    }
    assert readers("HookKey") == {"APIHandler", "Hooks"}


def test_no_right_is_wider_than_what_it_is_for(resources: Resources) -> None:
    """No action has a star and no resource is one. The emulator alone needs it for mail, as it knows no mail
    identities. Policies cannot name a telephone number, so the right to publish excludes every topic and
    holds only where a gateway is set."""
    for _, role in of(resources, "IAM::Role"):
        for statement in (
            line for policy in role["Policies"] for line in policy["PolicyDocument"]["Statement"]
        ):
            assert "*" not in json.dumps(statement["Action"])
            if statement["Action"] == "ses:GetAccount":  # SES knows no narrower resource
                continue
            if "NotResource" in statement:
                assert (statement["Sid"], statement["Action"]) == ("Text", "sns:Publish")
                assert statement["Effect"] == {"Fn::If": ["HasSns", "Allow", "Deny"]}
                assert statement["NotResource"] == {"Fn::Sub": "arn:${AWS::Partition}:sns:*:*:*"}
                continue
            resource = statement["Resource"]
            if isinstance(resource, dict) and "Fn::If" in resource:
                condition, one, resource = resource["Fn::If"]
                assert one != "*" or (condition, statement["Sid"]) == ("OnEmulator", "Send")
            assert "*" not in (resource if isinstance(resource, list) else [resource])
            assert not re.search(r'"arn:aws:', json.dumps(resource)), "the China partition has other ARNs"


def test_only_the_site_can_make_itself_a_session(resources: Resources) -> None:
    """No worker reaches the table of sign-ins, sessions and partners' keys, so none can forge one."""
    reached = {
        name
        for name, role in of(resources, "IAM::Role")
        if "Sessions" in template.references(role["Policies"])
    }
    (site,) = reached
    assert site in template.references(resources["APIHandler"]["Properties"]["Role"])


def test_the_site_has_one_public_stage_and_it_is_throttled(expanded: dict[str, Any]) -> None:
    """SAM adds no stage of its own, which would have no throttling."""
    made = expanded["Resources"]
    (stage,) = (stage for _, stage in of(made, "ApiGateway::Stage"))
    assert stage["MethodSettings"][0]["ThrottlingRateLimit"] <= 100
    assert stage["MethodSettings"][0]["MetricsEnabled"] is False  # each method would be paid as a metric
    assert all("StageName" not in deployment for _, deployment in of(made, "ApiGateway::Deployment"))


def test_behind_a_domain_nobody_comes_by_the_default_endpoint(resources: Resources) -> None:
    """The default endpoint is disabled where a domain is set; else callers could bypass the guards in front
    of it."""
    assert resources["RestAPI"]["Properties"]["DisableExecuteApiEndpoint"] == {
        "Fn::If": ["HasDomain", True, False]
    }


def test_no_two_variables_stand_at_one_place_of_a_path(resources: Resources) -> None:
    """API Gateway refuses two different variables at one place of a path, and would not deploy the site."""
    paths = resources["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    places: dict[str, set[str]] = {}
    for parts in (path.split("/") for path in paths):
        for n, part in enumerate(parts):
            if part.startswith("{"):
                places.setdefault("/".join(parts[:n]), set()).add(part)
    assert not {place: names for place, names in places.items() if len(names) > 1}


def test_every_wrong_path_and_method_reaches_the_application(resources: Resources) -> None:
    """The application itself answers unknown paths and methods, as problem documents or pages in the
    caller's language."""
    paths = resources["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    caught = {path for path, methods in paths.items() if "x-amazon-apigateway-any-method" in methods}
    assert caught == {*paths}
    assert {"/{path+}", "/v1", "/v1/{path+}"} <= caught


def test_errors_of_api_gateway_carry_our_headers(resources: Resources) -> None:
    """Errors of API Gateway carry our headers too, such as HSTS and Permissions-Policy."""
    for answer in resources["RestAPI"]["Properties"]["GatewayResponses"].values():
        sent = answer["ResponseParameters"]["Headers"]
        assert {name: sent[name].strip("'") for name in EVERYWHERE} == EVERYWHERE


def test_api_gateway_challenges_who_shows_no_credentials(resources: Resources) -> None:
    """API Gateway answers 401 with `WWW-Authenticate`, where an answer of the application would lose it. The
    answer is the application's own: a problem document with the same code and challenge."""
    interface = resources["RestAPI"]["Properties"]
    answer = interface["GatewayResponses"]["BAD_REQUEST_PARAMETERS"]
    assert answer["StatusCode"] == 401
    assert answer["ResponseParameters"]["Headers"]["WWW-Authenticate"] == f"'{REALM}'"
    told = json.loads(answer["ResponseTemplates"]["application/json"])
    assert not [*jsonschema_rs.validator_for(PROBLEM).iter_errors(told)]
    assert (told["type"], told["status"]) == ("/problems/unauthenticated", 401)


def test_only_operations_with_credentials_require_them(resources: Resources) -> None:
    """The validator looks at exactly those operations of the interface that serve nobody without
    credentials."""
    body = resources["RestAPI"]["Properties"]["DefinitionBody"]
    (validator,) = body["x-amazon-apigateway-request-validators"]
    asked = {
        (method.upper(), path)
        for path, methods in body["paths"].items()
        for method, operation in methods.items()
        if operation.get("x-amazon-apigateway-request-validator") == validator
    }
    assert all(
        {"name": "Authorization", "in": "header", "required": True, "type": "string"}
        in body["paths"][path][method.lower()]["parameters"]
        for method, path in asked
    )
    served = {
        (method, path)
        for path, methods in app.routes.items()
        for method in methods
        if path.startswith("/v1/")
    }
    assert asked == served - OPEN
    assert served | {("GET", "/openapi.json")} >= OPEN


def test_the_firewall_looks_into_no_words(resources: Resources) -> None:
    """Rules on bodies only count. A complaint that quotes an address or a page, or is long, is not
    refused."""
    rules = {rule["Name"]: rule["Statement"] for rule in resources["WebFirewall"]["Properties"]["Rules"]}
    counted = {
        rule["Name"]
        for group in ("common", "bad-inputs")
        for rule in rules[group]["ManagedRuleGroupStatement"]["RuleActionOverrides"]
        if rule["ActionToUse"] == {"Count": {}}
    }
    assert counted == {
        f"{name}_BODY"
        for name in (
            "SizeRestrictions",
            "CrossSiteScripting",
            "GenericLFI",
            "GenericRFI",
            "EC2MetaDataSSRF",
            "JavaDeserializationRCE",
            "Log4JRCE",
            "ReactJSRCE",
        )
    }
    assert rules["rate"]["RateBasedStatement"]["Limit"] >= 6000, "a household or a call centre is one address"
    assert "RestAPI.Stage" in json.dumps(resources["WebFirewallOfTheSite"])


KEYS = {
    "DynamoDB::Table": "TablesKey",
    "S3::Bucket": "FilesKey",
    "SQS::Queue": "MessagesKey",
    "SNS::Topic": "MessagesKey",
}


@pytest.mark.parametrize(("kind", "key"), KEYS.items())
def test_every_store_is_under_a_key_of_our_own(resources: Resources, kind: str, key: str) -> None:
    """On AWS each table, bucket, queue and topic has a key of ours. Callers use the key through the store's
    service only."""
    for name, store in of(resources, kind):
        assert key in template.references(store), name
    statements = {line["Sid"]: line for line in resources[key]["Properties"]["KeyPolicy"]["Statement"]}
    assert {"kms:CallerAccount", "kms:ViaService"} == set(
        statements["ThroughTheService"]["Condition"]["StringEquals"]
    )
    assert resources[key]["Properties"]["EnableKeyRotation"]
    assert template.infrastructure()["Resources"][key]["Condition"] == "OnAws"
    assert all(
        "Service" in line["Principal"]
        for sid, line in statements.items()
        if sid not in ("Account", "ThroughTheService")
    )


def test_verdicts_of_ses_count_only_where_ses_takes_the_mail() -> None:
    """Any server may write the name of SES into a mail. So with a mailbox only what the operator names
    counts, and SES gets no rule."""
    box = {"ReplyDomain": "r.house.example", "MailBox": "imaps://li@imap.house.example"}
    tree = template.infrastructure()

    def counted(**parameters: str) -> tuple[str, bool]:
        stack = described("us-east-1", **parameters)
        given = tree["Globals"]["Function"]["Environment"]["Variables"]["MAIL_VERDICTS"]
        return stack.resolve(given), stack.holds("TakesMail")

    assert counted(ReplyDomain="r.house.example") == ("amazonses.com", True)
    assert counted(**box) == ("", False)
    assert counted(**box, MailVerdicts="mx.house.example:2") == ("mx.house.example:2", False)


def test_no_function_misses_a_setting(resources: Resources) -> None:
    """All functions get each setting that the application reads, and no other. Lambda gives some. The local
    run adds one, so that no stack on AWS can send webhooks to itself."""
    source = "".join(path.read_text(encoding="utf-8") for path in (build.ROOT / "chalicelib").rglob("*.py"))
    given = set(template.infrastructure()["Globals"]["Function"]["Environment"]["Variables"])
    read = set(re.findall(r'(?:setting|environ|environ\.get)[(\[]\s*["\']([A-Z_]+)["\']', source)) - {
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "LD_LIBRARY_PATH",
        "HOOKS_LOOPBACK",
    }
    assert read <= given
    assert "HOOKS_LOOPBACK" not in json.dumps([template.infrastructure(), resources])
    assert {name for name in given if not re.search(rf"\b{name}\b", source)} == set()


def test_letters_come_back_as_news(resources: Resources) -> None:
    """The mail set reports each event that decides whether a letter arrived, to a topic that feeds the
    queue."""
    told = resources["MailSetEvents"]["Properties"]["EventDestination"]
    assert {"send", "bounce", "complaint", "delivery", "reject", "renderingFailure"} == set(
        told["MatchingEventTypes"]
    )
    assert told["SnsDestination"]["TopicARN"] == resources["PostEventsSubscription"]["Properties"]["TopicArn"]


def test_staff_accounts_are_given_and_their_tokens_come_by_code(resources: Resources) -> None:
    """Only administrators create accounts, and passwords have at least twelve characters. Tokens are given
    for a code, to one address of ours. The pool does not reveal which accounts exist."""
    pool, client = (resources[name]["Properties"] for name in ("StaffPool", "StaffClient"))
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] >= 12
    assert pool["MfaConfiguration"] == {"Fn::If": ["InProduction", "ON", "OPTIONAL"]}
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert client["CallbackURLs"] == [{"Fn::Sub": "${PublicUrl}/desk/callback"}]
    assert set(client["ExplicitAuthFlows"]["Fn::If"][2]) == {"ALLOW_REFRESH_TOKEN_AUTH"}


def test_every_role_of_staff_can_be_given_to_somebody(resources: Resources) -> None:
    """The user pool has a group for each role that signs in at the desk, including mediators."""
    groups = {
        group["Properties"]["GroupName"]
        for group in resources.values()
        if group["Type"] == "AWS::Cognito::UserPoolGroup"
    }
    assert {f"role:{role.code}" for role in STAFF} <= groups


def test_every_log_ends(out: Path, resources: Resources) -> None:
    """Every function writes to the log of the stack, not to a log of its own that would be kept for ever. A
    log group has a retention."""
    packaged = json.loads((out / "sam.json").read_text(encoding="utf-8"))
    every = packaged["Globals"]["Function"]["LoggingConfig"]
    assert every == {"LogGroup": {"Ref": "Logs"}}
    assert not [
        name
        for name, said in of(resources, "Serverless::Function")
        if said.get("LoggingConfig", every) != every
    ]
    assert not [
        name for name, said in of(resources, "Lambda::Function") if said.get("LoggingConfig") != every
    ]
    assert all(said["RetentionInDays"] <= 400 for _, said in of(resources, "Logs::LogGroup"))
