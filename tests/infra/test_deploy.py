"""Deploy and destroy in every state of a stack, against a fake CloudFormation and moto."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, NoCredentialsError, NoRegionError
from moto import mock_aws
from moto.core.botocore_stubber import MockRawResponse

from infra import build, deploy, template
from infra.destroy import PRIVATE, destroy
from tests.infra.formation import Formation, Stack
from tests.infra.modelled import Modelled

BEFORE: dict[str, Any] = {
    "Parameters": {
        "PublicUrl": {},
        "SealName": {"Default": "Ours"},
        "Production": {"Default": "yes"},
        "Hold": {"Default": ""},
        "SmsBody": {"Default": ""},
        **{name: {"Default": ""} for name in deploy.MIGRATED},
    },
    "Resources": {
        "Table": {"Type": "AWS::DynamoDB::Table", **template.RETAINED},
        "Evidence": {"Type": "AWS::S3::Bucket", **template.RETAINED},
        "Site": {"Type": "AWS::Serverless::Function", "Properties": {}},
    },
    "Conditions": {},
    "Globals": {},
    "Outputs": {"TableName": {"Value": {"Ref": "Table"}}},
}
SMALL = template.adoptable(BEFORE)
GIVEN = {"PublicUrl": "https://complaints.example"}


class World:
    """An AWS account with a fake CloudFormation, and the package of a small application."""

    def __init__(self, folder: Path) -> None:
        """Write the package into `folder`."""
        self.out, self.said, self.theirs = folder, list[str](), set[str]()
        self.formation = Formation(self.clients("s3"))
        self.pack(SMALL)
        for name in ("deployment", "layer", "figures"):
            (folder / f"{name}.zip").write_bytes(name.encode())

    def clients(self, service: str) -> Any:
        """Return a client by the name of its service."""
        if service == "cloudformation":
            return Modelled("cloudformation", self.formation)
        client = deploy.client(service)
        client.meta.events.register_first("before-send.s3.HeadBucket", self.of_another_account)
        return client

    def of_another_account(self, request: Any, **_: Any) -> AWSResponse | None:
        """Refuse a bucket of another account if the caller names its own account, which moto does not."""
        foreign = any(request.url.endswith(f"/{name}") for name in self.theirs)
        if foreign and request.headers["x-amz-expected-bucket-owner"]:
            return AWSResponse(request.url, 403, {}, MockRawResponse(b""))
        return None

    def pack(self, packaged: dict[str, Any]) -> None:
        """Make a package with another template."""
        (self.out / "sam.json").write_text(json.dumps(packaged), encoding="utf-8")

    def deploy(self, bucket: str = "packages", **parameters: str) -> Stack:
        """Deploy the package, and return the stack."""
        deploy.create(self.out, "redress", bucket, parameters, self.said.append, self.clients)
        return self.formation.stacks["redress"]

    def deployed(self, **parameters: str) -> Stack:
        """Deploy the package for the first time, and make its table."""
        stack = self.deploy(**GIVEN, **parameters)
        table(self.clients("dynamodb"), stack.resources["Table"])
        self.formation.calls.clear()
        return stack

    def file(self, number: int = 1) -> None:
        """Put an item into the table."""
        self.clients("dynamodb").put_item(TableName="redress-table", Item={"pk": {"S": str(number)}})

    def destroy(self, typed: str = "", file: str = "adopt.json") -> None:
        """Destroy the stack; the operator types this name."""
        destroy("redress", lambda question: typed, self.out / file, self.said.append, self.clients)

    def left(self) -> dict[str, Any]:
        """Return what the file of the last destroy says."""
        found: dict[str, Any] = json.loads((self.out / "adopt.json").read_text(encoding="utf-8"))
        return found


def table(client: Any, name: str) -> None:
    """Make an empty table."""
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An account without a stack."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield World(tmp_path)


def changed(**resources: Any) -> dict[str, Any]:
    """Return the small template with other resources."""
    packaged = copy.deepcopy(SMALL)
    packaged["Resources"] |= resources
    return packaged


def test_new_stack_is_made_and_protected(world: World) -> None:
    """A stack is in production by default, and then protected against deletion. Its bucket is made."""
    stack = world.deploy(**GIVEN)
    assert (stack.status, stack.protected) == ("CREATE_COMPLETE", True)
    assert world.clients("s3").head_bucket(Bucket="packages")
    assert any("Add" in line and "Table" in line for line in world.said)


def test_no_tool_may_replace_a_store_in_production(world: World) -> None:
    """CloudFormation refuses to replace a store, and refuses no other change."""
    denied = [one for one in world.deploy(**GIVEN).policy["Statement"] if one["Effect"] == "Deny"]
    assert [(one["Action"], one["Resource"]) for one in denied] == [
        ("Update:Replace", ["LogicalResourceId/Table", "LogicalResourceId/Evidence"])
    ]


def test_trial_is_not_protected(world: World) -> None:
    """A stack that is not in production can be deleted at once."""
    stack = world.deploy(**GIVEN, Production="no")
    assert (stack.protected, stack.policy) == (False, {})


def test_deploy_of_the_same_changes_nothing(world: World) -> None:
    """A second deploy of the same package is no failure."""
    world.deployed()
    world.deploy()
    assert (world.formation.calls, world.said[-1]) == ([], "Nothing has changed.")


def test_update_keeps_values_and_drops_a_parameter_that_is_gone(world: World) -> None:
    """Values with spaces arrive whole, an update keeps them, and a parameter that the template no longer has
    is not sent."""
    world.deployed(SealName="One  Company, 一家 公司", Hold="mail")
    packaged = changed()
    del packaged["Parameters"]["Hold"]
    world.pack(packaged)
    stack = world.deploy()
    assert stack.status == "UPDATE_COMPLETE"
    assert stack.parameters["SealName"] == "One  Company, 一家 公司"
    assert "Hold" not in stack.parameters


def test_unknown_parameter_is_refused_by_its_name(world: World) -> None:
    """The nearest known parameter is named, and nothing is deployed."""
    with pytest.raises(build.Broken, match=r"no parameter SaelName; the nearest is SealName"):
        world.deploy(**GIVEN, SaelName="Ours")
    assert not world.formation.stacks


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PublicUrl", "https://https://complaints.example", "Where consumers reach the site"),
        ("MailFrom", "complaints", "MailFrom cannot be complaints"),
        ("Production", "perhaps", "It is one of yes, no"),
        ("SealedYears", "2", "SealedYears cannot be 2"),
        ("SealedYears", "ten", "SealedYears cannot be ten"),
        ("BackupHours", "5", "It is one of 1, 2, 3, 4, 6, 12"),
        ("ReplicaRegion", "Ireland", "ReplicaRegion cannot be Ireland"),
        ("SealName", "某" * 51, "The company"),
        ("OperatorName", "", "OperatorName cannot be empty"),
    ],
)
def test_value_that_the_template_does_not_allow_is_refused(name: str, value: str, words: str) -> None:
    """One sentence says what the parameter is, before an identity or a certificate is asked for."""
    with pytest.raises(build.Broken, match=words) as refused:
        deploy.refuse_unknown({name: value}, template.infrastructure()["Parameters"])
    assert "Nothing was deployed. Correct it" in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Budget", "450"),
        ("Hold", ""),
        ("Hold", "mail,moves"),
        ("SealName", "某某公司"),
        ("ReplicaRegion", ""),
    ],
)
def test_value_that_the_template_allows_passes(name: str, value: str) -> None:
    """Numbers come as text, and an empty text turns a setting off."""
    deploy.refuse_unknown({name: value}, template.infrastructure()["Parameters"])


@pytest.mark.parametrize(
    "content", ["[1, 2]", '{"parameters": [1]}', '{"parameters": {"Hold": 3}}', '"words"', "{}"]
)
def test_other_file_than_that_of_destroy_is_refused(tmp_path: Path, content: str) -> None:
    """A file of another form ends the deploy with a sentence."""
    (tmp_path / "adopt.json").write_text(content)
    with pytest.raises(build.Broken, match="no file that make destroy wrote"):
        deploy.parameters_of({"ADOPT": str(tmp_path / "adopt.json")}, ("Hold",))


@pytest.mark.parametrize("state", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED"])
def test_stack_that_could_not_be_made_is_made_again(world: World, state: str) -> None:
    """The stack holds nothing and takes no update, so the deploy deletes it first."""
    world.formation.stacks["redress"] = Stack(state)
    assert world.deploy(**GIVEN).status == "CREATE_COMPLETE"
    assert world.formation.calls == ["delete", "create"]


def test_failed_first_deploy_says_why_and_can_be_repeated(world: World) -> None:
    """The first fault is named with its reason and the next step. The same command works afterwards."""
    world.formation.fails = {"Site": "the account has too few executions"}
    with pytest.raises(build.Broken, match=r"Site: the account .*Nothing of it stays\. Mend .* make deploy"):
        world.deploy(**GIVEN)
    world.formation.fails = {}
    assert world.deploy(**GIVEN).status == "CREATE_COMPLETE"


def test_failed_update_leaves_the_stack_as_it_was(world: World) -> None:
    """The operator reads that the stack is as before."""
    world.deployed()
    world.pack(changed(Site={"Type": "AWS::Serverless::Function", "Properties": {"MemorySize": 1}}))
    world.formation.fails = {"Site": "too little memory"}
    with pytest.raises(build.Broken, match=r"too little memory.*It is as it was before"):
        world.deploy()


def test_store_that_an_earlier_stack_left_is_told(world: World) -> None:
    """A table of the same name is not overwritten: the operator reads how to adopt it."""
    world.formation.fails = {"Table": "redress already exists"}
    with pytest.raises(build.Broken, match=r"already exists.*ADOPT=adopt.json"):
        world.deploy(**GIVEN)


def test_rollback_that_failed_is_finished_first(world: World) -> None:
    """A stack whose rollback failed takes no update before the rollback is finished."""
    world.deployed().status = "UPDATE_ROLLBACK_FAILED"
    assert world.deploy(SealName="Other").status == "UPDATE_COMPLETE"
    assert world.formation.calls == ["continue", "update"]


def test_rollback_that_cannot_be_finished_is_told(world: World) -> None:
    """The operator reads the fault that stopped the rollback."""
    world.deployed().status = "UPDATE_ROLLBACK_FAILED"
    world.formation.stuck = True
    with pytest.raises(build.Broken, match=r"cannot be rolled back \(Site: a rule is missing\)"):
        world.deploy(SealName="Other")


@pytest.mark.parametrize(
    ("state", "step"),
    [
        ("DELETE_FAILED", "Run make destroy"),
        ("CREATE_FAILED", "Run make destroy"),
        ("UPDATE_IN_PROGRESS", "when that is over"),
        ("DELETE_IN_PROGRESS", "when that is over"),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "when that is over"),
    ],
)
def test_stack_in_another_state_is_left_alone(world: World, state: str, step: str) -> None:
    """A deploy in such a state touches nothing and says the next step."""
    world.deployed().status = state
    with pytest.raises(build.Broken, match=step):
        world.deploy(SealName="Other")
    assert world.formation.calls == []


def test_stack_that_was_only_planned_is_made(world: World) -> None:
    """A change set that nobody carried out leaves a stack under review."""
    world.formation.stacks["redress"] = Stack("REVIEW_IN_PROGRESS")
    assert world.deploy(**GIVEN).status == "CREATE_COMPLETE"


def test_bucket_of_another_account_is_refused(world: World) -> None:
    """Packages never go to a bucket of somebody else."""
    world.theirs.add("theirs")
    with pytest.raises(build.Broken, match="belongs to another account"):
        world.deploy("theirs", **GIVEN)
    assert not world.formation.stacks


def test_bucket_in_another_region_is_refused(world: World) -> None:
    """A wrong region would make a second stack, whose functions cannot read the bucket."""
    boto3.client("s3", region_name="eu-central-1").create_bucket(
        Bucket="packages", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    with pytest.raises(build.Broken, match=r"in the region eu-central-1.*AWS_DEFAULT_REGION=eu-central-1"):
        world.deploy(**GIVEN)
    assert not world.formation.stacks


@pytest.mark.parametrize(
    ("old", "new", "step"),
    [
        ((1, 1), (2, 2), "Deploy the release between the two first"),
        ((2, 2), (1, 1), "Go back no farther than to a release that reads version 2"),
        (None, (3, 2), "Deploy the release between the two first"),
        ((1, 1), (2, 1), ""),
        ((2, 1), (2, 2), ""),
        ((2, 2), (2, 1), ""),
        (None, (2, 1), ""),
    ],
)
def test_two_releases_read_the_rows_of_each_other(
    world: World, old: tuple[int, int] | None, new: tuple[int, int], step: str
) -> None:
    """A deploy that leaves out the release between two versions of rows is refused, and so is a way back
    beyond it. A release before versions reads and writes the first."""

    def pack(rows: tuple[int, int] | None) -> None:
        about = {"Metadata": {"Rows": dict(zip(("reads", "writes"), rows, strict=True))}} if rows else {}
        world.pack(SMALL | about)

    pack(old)
    world.deployed()
    pack(new)
    if step:
        with pytest.raises(build.Broken, match=step):
            world.deploy()
    else:
        world.deploy()
    assert (world.formation.calls == []) == bool(step)


def test_store_is_never_made_anew(world: World) -> None:
    """A change that replaces the table would leave the site with an empty one."""
    world.deployed()
    world.pack(changed(Table=SMALL["Resources"]["Table"] | {"Anew": True}))
    with pytest.raises(build.Broken, match="would make the store Table anew"):
        world.deploy()
    assert world.formation.calls == []


def test_running_stack_adopts_another_table(world: World) -> None:
    """The stack gives its table up, which stays, and goes on with the other one."""
    world.deployed()
    table(world.clients("dynamodb"), "restored")
    stack = world.deploy(TableName="restored")
    assert (stack.status, stack.parameters["TableName"]) == ("UPDATE_COMPLETE", "restored")
    assert "Table" not in stack.resources
    assert any("Remove" in line and "Table" in line for line in world.said)


def test_adoption_waits_until_the_release_retains_the_table(world: World) -> None:
    """An earlier release deletes its table when another is adopted. Its stack takes the retention first."""
    stack = world.deployed()
    table(world.clients("dynamodb"), "restored")
    earlier = copy.deepcopy(BEFORE)
    earlier["Resources"]["Table"]["DeletionPolicy"] = "Delete"
    stack.template = earlier
    with pytest.raises(build.Broken, match=r"would delete Table.*once without TableName, then again with it"):
        world.deploy(TableName="restored")
    assert world.formation.calls == []
    world.deploy()
    assert world.deploy(TableName="restored").parameters["TableName"] == "restored"


@pytest.mark.parametrize(
    "parameters", [{"TableName": "nowhere"}, {"EvidenceBucket": "nowhere"}, {"EvidenceBucket": "theirs"}]
)
def test_store_that_is_not_ours_is_not_adopted(world: World, parameters: dict[str, str]) -> None:
    """A store that is missing or of another account is refused by its name."""
    world.theirs.add("theirs")
    [(name, value)] = parameters.items()
    with pytest.raises(build.Broken, match=f"{name}: {value} does not exist in this account"):
        world.deploy(**GIVEN, **parameters)


@pytest.mark.parametrize("name", deploy.MIGRATED)
@pytest.mark.parametrize(
    ("lacks", "given", "since"),
    [(True, {}, "in sixty days"), (False, {}, ""), (True, dict.fromkeys(deploy.MIGRATED, ""), "")],
)
def test_first_release_with_macs_gives_older_rows_sixty_days(
    world: World, lacks: bool, given: dict[str, str], since: str, name: str
) -> None:
    """A parameter is set sixty days ahead on a stack without it. A new stack, and a stack that has or is
    given a value, are left as they are."""
    stack = world.deployed()
    for lacking in deploy.MIGRATED if lacks else ():
        del stack.parameters[lacking]
    later = datetime.now(UTC).date() + deploy.UNTIL_MIGRATED
    expected = str(later) if since == "in sixty days" else since
    assert world.deploy(SealName="Other", **given).parameters[name] == expected


def test_production_is_deleted_only_by_its_name(world: World) -> None:
    """Protection, stack and file stay untouched until the operator has typed the name."""
    stack = world.deployed()
    for typed in ("", "yes", "redres"):
        with pytest.raises(build.Broken, match=r"is in production.*Nothing was deleted"):
            world.destroy(typed)
    assert (world.formation.calls, stack.protected) == ([], True)
    assert not (world.out / "adopt.json").exists()
    world.destroy("redress")
    assert not world.formation.stacks


def test_trial_with_data_is_deleted_only_by_its_name(world: World) -> None:
    """An item in the table protects a trial, too."""
    world.deployed(Production="no")
    world.file()
    with pytest.raises(build.Broken, match=r"has data.*Nothing was deleted.*CONFIRM=redress"):
        world.destroy()
    world.destroy("redress")
    assert world.formation.calls == ["delete"]


def test_empty_trial_is_deleted_at_once(world: World) -> None:
    """A trial without an item asks nothing."""
    world.deployed(Production="no")
    world.destroy()
    assert not world.formation.stacks


def test_adopted_table_protects_its_stack(world: World) -> None:
    """A stack that has adopted its table is asked for the data of that table."""
    table(world.clients("dynamodb"), "redress-table")
    world.file()
    world.deploy(**GIVEN, Production="no", TableName="redress-table")
    with pytest.raises(build.Broken, match="has data"):
        world.destroy()


def test_what_stays_is_written_and_adopted(world: World) -> None:
    """The file has the stores and the settings, and no text that may hold a password. A deploy reads it."""
    world.deployed(Production="no", SealName="One Company", SmsBody='{"password": "secret"}')
    world.clients("s3").create_bucket(Bucket="redress-evidence")
    world.destroy()
    kept = world.left()
    assert kept["parameters"] == {
        **GIVEN,
        "Production": "no",
        "SealName": "One Company",
        "TableName": "redress-table",
        "EvidenceBucket": "redress-evidence",
    }
    assert (kept["stack"], kept["region"]) == ("redress", "us-east-1")
    asked = deploy.parameters_of({"ADOPT": str(world.out / "adopt.json")}, SMALL["Parameters"])
    assert world.deploy(**asked).parameters["TableName"] == "redress-table"


def test_texts_for_gateways_are_not_written() -> None:
    """The text that is posted to a provider may contain a password, so no file has it."""
    bodies = {name for name in template.infrastructure()["Parameters"] if name.endswith("Body")}
    assert bodies == PRIVATE


def test_file_of_another_stack_is_not_overwritten(world: World) -> None:
    """The file keeps the stores of one stack when another is destroyed."""
    world.deployed(Production="no")
    (world.out / "adopt.json").write_text('{"stack": "other", "parameters": {"TableName": "other"}}')
    with pytest.raises(build.Broken, match=r"stays of the stack other.*Nothing was deleted"):
        world.destroy()
    assert world.formation.calls == []


def test_failed_deletion_is_told_and_repeated(world: World) -> None:
    """A deletion that failed goes on with the same command, and the file still names every store."""
    world.deployed(Production="no")
    world.formation.fails = {"Site": "it is in use"}
    with pytest.raises(build.Broken, match=r"could not be deleted \(Site: it is in use\).*same again"):
        world.destroy()
    assert world.formation.stacks["redress"].status == "DELETE_FAILED"
    world.formation.fails = {}
    world.destroy()
    assert world.left()["parameters"]["TableName"] == "redress-table"
    assert not world.formation.stacks


@pytest.mark.parametrize("state", ["ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"])
def test_stack_that_was_never_made_is_deleted(world: World, state: str) -> None:
    """The stack has no data, so the operator is not asked."""
    world.formation.stacks["redress"] = Stack(state)
    world.destroy()
    assert not world.formation.stacks


@pytest.mark.parametrize(
    ("state", "hold", "reason"),
    [
        ("UPDATE_COMPLETE", "mail,hooks,clock,moves", "A restore of redress may be in progress"),
        ("UPDATE_COMPLETE", "hooks,mail", "hooks,mail is held"),
        ("UPDATE_COMPLETE", "mail", "end the hold with make deploy PARAMETERS='Hold='"),
        ("UPDATE_IN_PROGRESS", "", "is being changed"),
    ],
)
def test_destroy_during_a_restore_or_a_change_is_refused(
    world: World, state: str, hold: str, reason: str
) -> None:
    """Even the typed name deletes nothing then."""
    stack = world.deployed(Hold=hold)
    stack.status = state
    with pytest.raises(build.Broken, match=reason):
        world.destroy("redress")
    assert (world.formation.calls, stack.protected) == ([], True)


def test_release_that_would_delete_its_table_is_not_destroyed(world: World) -> None:
    """Earlier releases did not retain the table. Even the typed name deletes nothing then."""
    stack = world.deployed()
    stack.template["Resources"]["Table"] = {"Type": "AWS::DynamoDB::Table", "DeletionPolicy": "Delete"}
    with pytest.raises(build.Broken, match="Run make deploy once, then make destroy again"):
        world.destroy("redress")
    assert world.formation.calls == []


def test_stack_that_does_not_exist_is_told(world: World) -> None:
    """A destroy of nothing is one sentence."""
    with pytest.raises(build.Broken, match="There is no stack redress"):
        world.destroy("redress")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("PublicUrl=https://a.example SealName='One Company'", {"SealName": "One Company"}),
        ("SealName=\"One 'Best' Company\"", {"SealName": "One 'Best' Company"}),
        ("Hold=", {"Hold": ""}),
        ('SmsBody=\'{"to": "{number}", "k": "a=b"}\'', {"SmsBody": '{"to": "{number}", "k": "a=b"}'}),
    ],
)
def test_values_with_spaces_are_taken_in_quotes(words: str, found: dict[str, str]) -> None:
    """Quotes hold a value together, as in a shell."""
    assert found.items() <= deploy.parameters_of({"PARAMETERS": words}, ()).items()


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"PARAMETERS": "SealName=One Company"}, "Company in PARAMETERS is no Name=value"),
        ({"PARAMETERS": "SealName='One"}, "quotation mark"),
        ({"SETTINGS": "nowhere.toml"}, "nowhere.toml cannot be read"),
        ({"ADOPT": "nowhere.json"}, "nowhere.json cannot be read"),
        ({"ADOPT": str(template.HERE / "layer.in")}, "layer.in cannot be read"),
    ],
)
def test_words_that_cannot_be_read_are_refused(environment: dict[str, str], reason: str) -> None:
    """The operator reads which word or file is wrong."""
    with pytest.raises(build.Broken, match=reason):
        deploy.parameters_of(environment, ())


def test_nearer_words_win(tmp_path: Path) -> None:
    """Typed parameters win over a file of settings, and this file over that of an earlier stack."""
    (tmp_path / "a.toml").write_text('Hold = "b"\nSealedYears = 12\nSealName = "公司 一"\n', encoding="utf-8")
    (tmp_path / "a.json").write_text('{"parameters": {"Hold": "a", "SealName": "a", "Gone": "a"}}')
    environment = {
        "ADOPT": str(tmp_path / "a.json"),
        "SETTINGS": str(tmp_path / "a.toml"),
        "PARAMETERS": "Hold=c",
    }
    found = deploy.parameters_of(environment, ("Hold", "SealName", "SealedYears"))
    assert found == {"Hold": "c", "SealName": "公司 一", "SealedYears": "12"}


@pytest.mark.parametrize(
    ("error", "step"),
    [
        (ClientError({"Error": {"Code": "ExpiredToken"}}, "CreateStack"), "sign in again"),
        (ClientError({"Error": {"Code": "AccessDenied"}}, "CreateStack"), "Ask the administrator"),
        (ClientError({"Error": {"Code": "LimitExceeded"}}, "CreateStack"), "Mend what is named"),
        (NoCredentialsError(), "Sign in"),
        (NoRegionError(), "set AWS_DEFAULT_REGION"),
        (build.Broken("Do this."), "Do this."),
    ],
)
def test_operator_reads_a_sentence_with_the_next_step(error: Exception, step: str) -> None:
    """A refusal of AWS ends the command with a sentence."""

    def fail() -> None:
        raise error

    with pytest.raises(SystemExit, match=step):
        deploy.in_a_sentence(fail)


@pytest.mark.parametrize("command", ["infra.install", "infra.destroy"])
def test_command_without_credentials_ends_in_one_line(command: str, tmp_path: Path) -> None:
    """Nobody sees a traceback."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    done = subprocess.run(
        [sys.executable, "-m", command, "redress"],
        cwd=build.ROOT,
        env=environment,
        text=True,
        capture_output=True,
    )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "Sign in" in done.stderr


@pytest.mark.parametrize("word", ["deploy", "package"])
def test_chalice_deploy_says_to_use_make(word: str) -> None:
    """The command of the framework would deploy a site without tables, rights and alarms."""
    code = f"import sys; sys.argv = ['/usr/bin/chalice', '{word}', '--stage', 'main']; import app"
    done = subprocess.run([sys.executable, "-c", code], cwd=build.ROOT, text=True, capture_output=True)
    assert ("make deploy" in done.stderr, bool(done.returncode)) == (word == "deploy",) * 2
