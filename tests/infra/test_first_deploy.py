"""A whole first deploy into an empty account, from the checks to the test of the site. CloudFormation and the
services that only AWS has are fakes that know AWS's descriptions; moto has the rest."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infra import build, deploy, install, releases, smoke
from infra.targets import HOST
from tests.infra.account import Account, Answers
from tests.infra.formation import Formation
from tests.infra.modelled import Modelled

WORDS = {
    "MAIL_FROM": "complaints@company.example",
    "OPS_EMAIL": "operations@company.example",
    "ADMIN": "王川 <wang.chuan@company.example>",
}
TOPICS = ("WakeTopic", "TicketTopic", "NoteTopic")


class Empty(Account):
    """An account that is ready, and has no stack. `names` are the functions that were started."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.names = list[str]()
        self.formation = Formation(boto3.client("s3"))
        pool = boto3.client("cognito-idp").create_user_pool(PoolName="staff")["UserPool"]["Id"]
        topics = {name: boto3.client("sns").create_topic(Name=name)["TopicArn"] for name in TOPICS}
        self.formation.ids = {"StaffPool": pool, **topics}
        self.formation.told = {"EndpointURL": f"{address}/"}
        self.formation.types = {releases.FUNCTION: releases.DEPLOYED}
        for group in ("role:administrator", "team:general"):
            boto3.client("cognito-idp").create_group(UserPoolId=pool, GroupName=group)
        for topic in topics.values():
            boto3.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint=WORDS["OPS_EMAIL"])

    def __call__(self, service: str, region: str = "") -> Any:
        """Return the client of a service."""
        if service == "cloudformation":
            return Modelled(service, self.formation)
        if service in ("s3", "sns", "cognito-idp", "cloudwatch"):
            return deploy.client(service)
        return super().__call__(service)

    def get_domain_name(self, domainName: str) -> dict[str, str]:
        """Tell where a domain of the site leads."""
        return {"regionalDomainName": f"d-1.execute-api.us-east-1.amazonaws.com of {domainName}"}

    def invoke(self, FunctionName: str, Qualifier: str, Payload: str) -> dict[str, Any]:
        """Start a function."""
        self.names.append(FunctionName)
        return {"Payload": BytesIO(b"null")}

    def get_paginator(self, operation: str) -> Any:
        """List the certificates, or the versions of a function."""
        if operation == "list_versions_by_function":
            return SimpleNamespace(paginate=lambda **_: [{"Versions": [{"Version": "1"}]}])
        return super().get_paginator(operation)

    def list_aliases(self, FunctionName: str) -> dict[str, Any]:
        """List the only alias of a function."""
        return {"Aliases": [{"Name": "live", "FunctionVersion": "1"}]}


@pytest.fixture
def out(out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with the packaged template. Its zips are small, as moto takes a second for real ones."""
    for name in ("sam.json", "digest"):
        shutil.copy(out / name, tmp_path)
    for zipped in out.glob("*.zip"):
        (tmp_path / zipped.name).write_bytes(zipped.name.encode())
    monkeypatch.setattr(build, "OUT", tmp_path)
    return tmp_path


@pytest.fixture
def address() -> Iterator[str]:
    """The address of a site that answers as it should, below a path as that of API Gateway."""
    handler = type("Handler", (Answers,), {"statuses": {f"/api{path}": to for _, path, _, to in smoke.ASKED}})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/api"
        server.shutdown()


@pytest.fixture
def account(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Empty]:
    """An empty account, whose API Gateway is at the address."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield Empty(address)


OPERATOR = "OperatorName=Company OperatorAddress='1 Road' OperatorPhone=400-800-1234 OperatorHours='9 to 18'"


def deployed(account: Empty, capsys: pytest.CaptureFixture[str], **words: str) -> str:
    """Run `make deploy` with these words, and return what the operator reads."""
    host = {"RUNTIME": HOST.python, "ARCHITECTURE": HOST.architecture}
    words["PARAMETERS"] = f"{OPERATOR} {words.get('PARAMETERS', '')}"
    install.install("redress", {**WORDS, **host, **words}, account)
    return capsys.readouterr().out


def parameters(account: Empty) -> dict[str, str]:
    """Return the parameters of the stack."""
    return account.formation.stacks["redress"].parameters


def test_first_deploy_without_a_domain(
    account: Empty, address: str, capsys: pytest.CaptureFixture[str], out: Path
) -> None:
    """The stack tells its own address, and is updated with it. Everything that is tried answers, and the
    administrator can sign in. The same command changes nothing. A right that is missing later is named
    first."""
    said = deployed(account, capsys)
    assert account.formation.calls == ["create", "update"]
    assert parameters(account)["PublicUrl"] == address
    assert "✓ The site, the interface and every function answer" in said
    assert f"The site: {address}/" in said
    assert "wang.chuan@company.example has an account" in said
    assert "✗" not in said
    assert len(account.names) > 8
    again = deployed(account, capsys)
    assert again.count("Nothing has changed.") == 1
    assert account.formation.calls == ["create", "update"]
    pool = account.formation.ids["StaffPool"]
    assert len(boto3.client("cognito-idp").list_users(UserPoolId=pool)["Users"]) == 1
    account.denied = {"dynamodb:CreateTable"}
    with pytest.raises(build.Broken, match=r"Nothing was deployed: mend what ✗ names \(1\)"):
        deployed(account, capsys, PARAMETERS="Hold=mail")
    assert parameters(account)["Hold"] == ""


def test_first_deploy_with_a_domain(account: Empty, capsys: pytest.CaptureFixture[str], out: Path) -> None:
    """The certificate is entered, and the DNS record of the site is named. The domain leads nowhere yet."""
    said = deployed(account, capsys, DOMAIN="complaints.company.example")
    assert account.formation.calls == ["create"]
    assert parameters(account)["PublicUrl"] == "https://complaints.company.example"
    assert parameters(account)["Certificate"] == "*.company.example ISSUED"
    assert "complaints.company.example CNAME d-1.execute-api" in said
    assert "https://complaints.company.example does not answer" in said


def test_address_that_was_not_told_is_told_by_the_next_run(
    account: Empty, address: str, capsys: pytest.CaptureFixture[str], out: Path
) -> None:
    """The first half was done, and the update with the address failed. An address of API Gateway that an
    earlier stack had ended with it, so the new stack does not adopt it."""
    gone = "https://a1b2.execute-api.us-east-1.amazonaws.com/api"
    account.formation.refuses = "Throttling: Rate exceeded"
    with pytest.raises(ClientError, match="Rate exceeded"):
        deployed(account, capsys, PARAMETERS=f"PublicUrl={gone}")
    assert parameters(account)["PublicUrl"] == install.UNKNOWN
    account.formation.refuses = ""
    deployed(account, capsys)
    assert parameters(account)["PublicUrl"] == address
