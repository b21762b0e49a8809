"""Tests of paths without a route, and of the headers of every answer."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from app import app
from tests.scenario import Scenario

WRONG = [
    ("DELETE", "/v1/complaints", 405, "method_not_allowed"),
    ("PATCH", "/v1/cases/{ref}", 405, "method_not_allowed"),
    ("GET", "/v1/{path+}", 404, "no_such_path"),
    ("OPTIONS", "/v1", 404, "no_such_path"),
]


def served(method: str, route: str, language: str = "zh", **query: str) -> Any:
    """Return the application's answer to API Gateway for a route of the template."""
    event = {
        "requestContext": {"resourcePath": route, "httpMethod": method, "identity": {}, "path": route},
        "headers": {"accept-language": language},
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} or None,
        "pathParameters": {"path": "no/such", "ref": "1"},
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }
    return app(event, SimpleNamespace(aws_request_id="1a2b3c4d"))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("method", "route", "status", "code"), WRONG)
def test_a_wrong_path_or_method_is_a_problem_document(
    scenario: Scenario, method: str, route: str, status: int, code: str, language: str
) -> None:
    """The problem is in the caller's language with the right status; a path with other methods names them in
    Allow.
    """
    answer = served(method, route, language)
    said = json.loads(answer["body"])
    assert (answer["statusCode"], said["status"], said["type"]) == (status, status, f"/problems/{code}")
    assert answer["headers"]["Content-Type"].startswith("application/problem+json")
    assert said["title"].isascii() == (language == "en")
    assert (
        answer["headers"].get("Allow", "") == ", ".join(app.routes[route])
        if status == 405
        else "Allow" not in answer["headers"]
    )


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("method", "route", "status"),
    [("GET", "/{path+}", 404), ("POST", "/{path+}", 404), ("PUT", "/case", 405)],
)
def test_a_wrong_path_or_method_of_a_page_is_a_page(
    scenario: Scenario, method: str, route: str, status: int, language: str
) -> None:
    """The page is in the caller's language, links to the start page and, except after a POST, to the other
    language.
    """
    answer = served(method, route, language)
    assert (answer["statusCode"], answer["headers"]["Content-Language"][:2]) == (status, language)
    other = served(method, route, language, lang="en" if language == "zh" else "zh")
    assert method == "POST" or other["headers"]["Content-Language"][:2] != language
    assert 'href="/"' in answer["body"]
    assert ("?lang=" in answer["body"]) == (method != "POST")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/static/site.css"),
        ("GET", "/static/none.css"),
        ("GET", "/desk"),
        ("GET", "/openapi.json"),
        ("GET", "/v1/work"),
        ("POST", "/v1/links"),
    ],
)
def test_every_answer_asks_for_tls_and_forbids_the_devices(
    client: Any, scenario: Scenario, method: str, path: str
) -> None:
    """Pages, redirects, files, documents and problems all carry the headers; none may be framed, sniffed or
    read from another origin.
    """
    headers = client.http.request(
        method, path, headers={"Content-Type": "application/json"}, body=b"{}"
    ).headers
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert {"camera=()", "geolocation=()", "microphone=()"} <= set(headers["Permissions-Policy"].split(", "))
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in headers
    assert {"default-src 'none'", "frame-ancestors 'none'"} <= set(
        headers["Content-Security-Policy"].split("; ")
    )
