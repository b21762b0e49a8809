"""The check of a new version of the site before it gets requests. CodeDeploy calls `check` on AWS; if it
fails, the version gets none, and the update is undone.

The text of this file is the whole code of the function (template.py). So a broken package cannot break its
own check."""

import json
import os
from typing import Any

import boto3

NUMBER = "100000000002"
ASKED = {
    "/": (200, 303),
    "/openapi.json": (200,),
    "/v1/cases/{ref}": (401, 404),  # reads the tables
}
"""The routes of the requests, with the statuses of which one must come. None of them files or changes
anything."""
STRANGER = "Bearer p1-1-aaaaaaaaaaaaaaaaaaaaaaaaaa"


def check(event: dict[str, Any], context: object) -> None:
    """Ask the newest version of the site, and tell CodeDeploy whether it may get requests. `event` is that of
    CodeDeploy."""
    try:
        faults = faults_of(boto3.client("lambda"), os.environ["SITE"])
    except Exception as error:  # CodeDeploy would wait an hour for an answer
        faults = [type(error).__name__]
    print(json.dumps({"message": "release checked", "faults": faults}))
    boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
        deploymentId=event["DeploymentId"],
        lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
        status="Failed" if faults else "Succeeded",
    )


def faults_of(functions: Any, site: str) -> list[str]:
    """Return the requests that the newest version of the function `site` answers wrongly, with its answer.
    `functions` is a boto3 client for Lambda."""
    pages = functions.get_paginator("list_versions_by_function").paginate(FunctionName=site)
    versions = [one["Version"] for page in pages for one in page["Versions"] if one["Version"].isdigit()]
    found = []
    for route, statuses in ASKED.items():
        said = functions.invoke(
            FunctionName=site, Qualifier=max(versions, key=int), Payload=json.dumps(request(route))
        )
        answer = json.loads(said["Payload"].read())
        status = None if "FunctionError" in said else answer.get("statusCode")
        if status not in statuses:
            found.append(f"GET {route}: {status}")
    return found


def request(route: str) -> dict[str, Any]:
    """Return the event with which API Gateway would pass on a stranger's GET of this route."""
    path = route.replace("{ref}", NUMBER)
    return {
        "resource": route,
        "path": path,
        "httpMethod": "GET",
        "headers": {"Authorization": STRANGER, "Accept": "*/*", "Host": "localhost"},
        "multiValueHeaders": {},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"ref": NUMBER} if path != route else None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": route,
            "path": path,
            "httpMethod": "GET",
            "requestId": "check-release",
            "identity": {"sourceIp": "127.0.0.1"},
        },
        "body": None,
        "isBase64Encoded": False,
    }
