"""The copies in another region: what is made there, who may copy and delete, which seals stay valid, and
how a new stack there goes on."""

from __future__ import annotations

import json
from base64 import b64encode
from itertools import pairwise
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.domain.data_kinds import Ends, backed_up, data_kinds
from infra import build, deploy, replica, template
from infra.resources import Stack as Values, create_all, described
from tests.infra.conftest import branches
from tests.infra.formation import Formation
from tests.infra.modelled import Modelled

HOME, THERE = "eu-central-1", "eu-west-1"
GIVEN = {
    **{
        name: "x" for name, about in template.infrastructure()["Parameters"].items() if "Default" not in about
    },
    "PublicUrl": "https://complaints.example",
}
ON = {
    "ReplicaRegion": THERE,
    "ReplicaEvidence": "copied-evidence",
    "ReplicaSealed": "copied-sealed",
    "ReplicaKey": "k",
    "ReplicaVault": "v",
}
KINDS = {"AWS::KMS::Key", "AWS::S3::Bucket", "AWS::SecretsManager::Secret", "AWS::IAM::Policy"}


class Backup:
    """AWS Backup, with what it may do in the account."""

    def __init__(self) -> None:
        self.may = True

    def describe_region_settings(self) -> dict[str, Any]:
        """Return what AWS Backup may do with tables."""
        return {
            "ResourceTypeOptInPreference": {"DynamoDB": True},
            "ResourceTypeManagementPreference": {"DynamoDB": self.may},
        }


class World:
    """An account with a fake CloudFormation in each region, and moto for the rest."""

    def __init__(self) -> None:
        self.said, self.backup = list[str](), Backup()
        self.formations = dict[str, Formation]()
        self.lost = ""

    def clients(self, service: str, region: str = "") -> Any:
        """Return a client of a region. The lost region does not answer."""
        region = region or HOME
        assert region != self.lost, "a lost region is asked"
        if service == "cloudformation":
            return Modelled(service, self.formations.setdefault(region, Formation(None, region)))
        if service == "backup":
            return Modelled(service, self.backup)
        return boto3.client(service, region_name=region)

    def make(self, before: dict[str, str] | None = None, **parameters: str) -> dict[str, str]:
        """Deploy the stack as `make deploy` does, and return its parameters. `before` are those it has."""
        values = GIVEN | (before or {}) | parameters
        values |= replica.prepare("redress", values, before or {}, self.said.append, self.clients)
        tree = template.infrastructure()
        known = dict(tree["Parameters"])
        small = {
            "Parameters": known,
            "Conditions": tree["Conditions"],
            "Resources": {name: one for name, one in tree["Resources"].items() if one.get("Type") in KINDS},
        }
        formation = self.clients("cloudformation")
        found = deploy.deployed(formation, "redress")
        body = {"TemplateBody": json.dumps(small)}
        deploy.apply(formation, "redress", found, small, values, body, self.said.append, {})
        self._real()
        replica.complete("redress", self.said.append, self.clients)
        return self.formations[HOME].stacks["redress"].parameters

    def _real(self) -> None:
        """Make the keys and secrets of the stack on moto, once each."""
        made = self.formations[HOME].stacks["redress"].resources
        for name, id in self.real.items():
            if name in made:
                made[name] = id
        for name in ("SealingKey", "MultiRegionSealingKey"):
            if name in made and name not in self.real:
                key = self.clients("kms").create_key(KeySpec="RSA_3072", KeyUsage="SIGN_VERIFY")
                self.real[name] = made[name] = key["KeyMetadata"]["KeyId"]
        for name in ("LinkKey", "LookupKey", "RecordKey", "HookKey"):
            if name not in self.real:
                self.real[name] = made[name] = self.clients("secretsmanager").create_secret(
                    Name=name, SecretString="words"
                )["ARN"]

    real: dict[str, str]

    def public(self, name: str) -> str:
        """Return the public key of a sealing key of the stack, in base64."""
        return b64encode(self.clients("kms").get_public_key(KeyId=self.real[name])["PublicKey"]).decode()

    @property
    def copy(self) -> Any:
        """The stack in the other region."""
        return self.formations[THERE].stacks["redress-replica"]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Any:
    """An account with nothing in it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        made = World()
        made.real = {}
        yield made


def test_a_stack_without_the_setting_is_as_before(world: World) -> None:
    """Without a region nothing of a replica is made, no key is replaced, and no other region is asked."""
    parameters = world.make()
    assert set(world.formations) == {HOME}
    made = world.formations[HOME].stacks["redress"].resources
    names = {
        name
        for name, one in template.infrastructure()["Resources"].items()
        if one.get("Condition") == "HasReplica"
    }
    assert len(names) >= 9
    assert not names & {*made}
    assert parameters["FormerSeals"] == ""


@pytest.mark.parametrize("name", ["Evidence", "Sealed", "LinkKey", "LookupKey", "RecordKey", "HookKey"])
def test_a_store_without_the_setting_has_no_copy(name: str) -> None:
    """Buckets and secrets have no replication by default."""
    resource = template.infrastructure()["Resources"][name]["Properties"]
    off, on = (described(HOME, **parameters).resolve(resource) for parameters in ({}, ON))
    assert not {"ReplicationConfiguration", "ReplicaRegions"} & {*off}
    assert {"ReplicationConfiguration", "ReplicaRegions"} & {*on}


@pytest.mark.parametrize(("parameters", "key"), [({}, "SealingKey"), (ON, "MultiRegionSealingKey")])
def test_new_seals_get_the_key_of_both_regions(parameters: dict[str, str], key: str) -> None:
    """With the setting the functions sign with the multi-Region key, and have rights on that key only."""
    tree = template.infrastructure()
    stack = described(HOME, **parameters)
    assert stack.resolve(tree["Globals"]["Function"]["Environment"]["Variables"])["SEAL_KEY"] == key
    for file in ("documents", "watch", "api"):
        policy = json.loads((build.ROOT / f".chalice/{file}.json").read_text("utf-8"))
        [seals] = [one for one in policy["Statement"] if "SealingKey" in json.dumps(one)]
        assert stack.resolve(seals["Resource"]) == key


def test_the_new_key_is_like_the_former_one() -> None:
    """The two keys differ only in that one of them can have a replica."""
    resources = template.infrastructure()["Resources"]
    one, other = (resources[name]["Properties"] for name in replica.SEALS)
    assert other == one | {"MultiRegion": True}


def test_the_bucket_copies_what_is_kept_and_no_deletion() -> None:
    """Files that wait to be checked and drafts stay in one region. A marker of a deletion is not copied, so a
    mistake or an attack on the first bucket does not hide the copy."""
    resources = template.infrastructure()["Resources"]
    for name, prefixes in (("Evidence", ["evidence/", "thumbs/"]), ("Sealed", [""])):
        rules = described(HOME, **ON).resolve(resources[name]["Properties"]["ReplicationConfiguration"])[
            "Rules"
        ]
        assert [one["Filter"]["Prefix"] for one in rules] == prefixes
        assert {one["DeleteMarkerReplication"]["Status"] for one in rules} == {"Disabled"}
        assert {one["Destination"]["Bucket"] for one in rules} == {f"arn:aws:s3:::copied-{name.lower()}"}
        assert {one["Destination"]["ReplicationTime"]["Time"]["Minutes"] for one in rules} == {15}
        assert len({one["Priority"] for one in rules}) == len(rules)


def test_the_copying_role_reads_here_and_writes_there() -> None:
    """S3 may read what is copied, and write it into the copy. It may delete nothing, and neither key opens
    for it but through S3 in the key's own region."""
    resources, stack = template.infrastructure()["Resources"], described(HOME, **ON)
    rights = {
        (action, resource)
        for name in ("EvidenceReplication", "SealedReplication")
        for line in stack.resolve(resources[name]["Properties"]["PolicyDocument"]["Statement"])
        for action in ([line["Action"]] if isinstance(line["Action"], str) else line["Action"])
        for resource in ([line["Resource"]] if isinstance(line["Resource"], str) else line["Resource"])
    }
    assert not [action for action, _ in rights if "Delete" in action or "*" in action]
    written = {on for action, on in rights if action == "s3:ReplicateObject"}
    assert written == {"arn:aws:s3:::copied-evidence/*", "arn:aws:s3:::copied-sealed/*"}
    read = {on for action, on in rights if action == "s3:GetObjectVersionForReplication"}
    assert len(read) == 3
    assert not [on for on in read if "incoming" in on]
    for line in stack.resolve(resources["SealedReplication"]["Properties"]["PolicyDocument"]["Statement"])[
        -2:
    ]:
        region = HOME if line["Action"] == "kms:Decrypt" else THERE
        assert line["Condition"]["StringEquals"] == {"kms:ViaService": f"s3.{region}.amazonaws.com"}


def test_only_the_destruction_deletes_copies() -> None:
    """The function that destroys personal data may find and delete copies of evidence in all versions; no
    other policy names the copies, and no function may write there."""
    resources, stack = template.infrastructure()["Resources"], described(HOME, **ON)
    naming = {
        name
        for name, one in resources.items()
        if one.get("Type") == "AWS::IAM::Policy" and "ReplicaEvidence" in json.dumps(one)
    }
    assert naming == {"EvidenceReplication", "DestroyCopies"}
    lines = stack.resolve(resources["DestroyCopies"]["Properties"])
    assert lines["Roles"] == ["DestroyRole"]
    assert {one["Action"] for one in lines["PolicyDocument"]["Statement"]} == {
        "s3:ListBucketVersions",
        "s3:DeleteObjectVersion",
    }
    for file in (build.ROOT / ".chalice").glob("*.json"):
        assert "Replica" not in file.read_text("utf-8").replace("HasReplica", "")


def test_copies_end_when_the_notice_says() -> None:
    """Copied backups end before the time that page and notice name for backups. The buckets in the other
    region have the lock and the lifecycle of the first ones."""
    resources = template.infrastructure()["Resources"]
    [rule] = resources["BackupPlan"]["Properties"]["BackupPlan"]["BackupPlanRule"]
    days = [
        rule["Lifecycle"]["DeleteAfterDays"],
        *(one["Lifecycle"]["DeleteAfterDays"] for one in rule["CopyActions"]),
    ]
    assert days == [1, 3]
    assert max(days) < backed_up().days
    there = replica.described()["Resources"]
    for name in ("Evidence", "Sealed"):
        for part in (
            "LifecycleConfiguration",
            "ObjectLockConfiguration",
            "VersioningConfiguration",
            "BucketEncryption",
        ):
            assert there[name]["Properties"].get(part) == resources[name]["Properties"].get(part)
    copied = {
        kind.name for kind in data_kinds() if kind.sealed or {*kind.evidence} & {"evidence/*", "thumbs/*"}
    }
    assert copied == {"complaint", "agreement", "lists", "ledger"}
    assert {kind.ends for kind in data_kinds() if kind.name in copied} == {Ends.CASE, Ends.LOCK, Ends.STORE}


@pytest.mark.parametrize("hours", [1, 12])
def test_the_table_is_copied_as_often_as_is_set(hours: int) -> None:
    """The plan backs up the table of cases that the stack uses, and copies each backup."""
    resources, stack = template.infrastructure()["Resources"], described(HOME, **ON, BackupHours=str(hours))
    [rule] = stack.resolve(resources["BackupPlan"]["Properties"]["BackupPlan"]["BackupPlanRule"])
    assert rule["ScheduleExpression"] == f"cron(15 0/{hours} * * ? *)"
    assert [one["DestinationBackupVaultArn"] for one in rule["CopyActions"]] == [
        f"arn:aws:backup:{THERE}:123456789012:backup-vault:v"
    ]
    [table] = resources["BackupSelection"]["Properties"]["BackupSelection"]["Resources"]
    assert [*template.references(table)] == ["Table"]


def test_a_backup_is_made_and_restored_with_narrow_rights() -> None:
    """AWS Backup reads the table of cases only, and restores only tables whose names begin with that of the
    stack. No right has a star as its action or its whole resource."""
    made, there = template.infrastructure()["Resources"]["BackupRole"], replica.described()["Resources"]
    statements = [
        line
        for role in (made, there["RestoreRole"])
        for policy in role["Properties"]["Policies"]
        for line in policy["PolicyDocument"]["Statement"]
    ]
    assert not [line for line in statements if "*" in json.dumps(line["Action"])]
    assert not [line for line in statements if line["Resource"] == "*"]
    on_tables = [line for line in statements if "dynamodb:" in json.dumps(line["Action"])]
    assert [line["Resource"] for line in on_tables] == [
        {"Fn::GetAtt": ["Table", "Arn"]},
        {"Fn::Sub": "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Stage}-*"},
    ]
    for role in (made, there["RestoreRole"]):
        [trusts] = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert trusts["Principal"] == {"Service": "backup.amazonaws.com"}
        assert trusts["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_a_copy_that_fails_is_told() -> None:
    """The alarm watches each rule of replication, and failed backups and copies of backups come to the same
    topic. The policy of the topic still lets alarms in."""
    resources, stack = template.infrastructure()["Resources"], described(HOME, **ON)
    watched = {
        frozenset(
            (one["Name"], stack.resolve(one["Value"])) for one in metric["MetricStat"]["Metric"]["Dimensions"]
        )
        for metric in resources["CopiesFailAlarm"]["Properties"]["Metrics"]
        if "MetricStat" in metric
    }
    rules = {
        frozenset(
            {
                ("SourceBucket", name),
                ("DestinationBucket", one["Destination"]["Bucket"].rpartition(":")[2]),
                ("RuleId", one["Id"]),
            }
        )
        for name in ("Evidence", "Sealed")
        for one in stack.resolve(resources[name]["Properties"]["ReplicationConfiguration"])["Rules"]
    }
    assert watched == rules
    assert [*template.references(resources["BackupFailedRule"]["Properties"]["Targets"])] == ["TicketTopic"]
    told = resources["TicketTopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert [one["Principal"]["Service"].partition(".")[0] for one in told] == ["cloudwatch", "events"]


def test_the_template_of_the_other_region_is_clean() -> None:
    """cfn-lint accepts it in every region that we name, every reference has its definition, and it is short
    enough to be sent without a bucket."""
    made = replica.described()
    assert template.dangling(made) == set()
    assert build.linted(made) == ""
    assert len(json.dumps(made).encode()) < 51_200


@pytest.mark.parametrize("name", ["TablesKey", "FilesKey", "Evidence", "Sealed", "SealingKey", "Vault"])
def test_copies_outlive_their_stack(name: str) -> None:
    """Stores in the other region stay when that stack is deleted, and when a change would replace them."""
    store = replica.described()["Resources"][name]
    assert store["DeletionPolicy"].startswith("Retain")
    assert store["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("adopted", ["Evidence", "Sealed"])
def test_an_adopted_bucket_goes_on_with_its_role(packaged: dict[str, Any], adopted: str) -> None:
    """The right to copy a bucket is made with the bucket, and only with the setting. It stays with it,
    because the settings of the bucket name the role."""
    other = {"Evidence": "Sealed", "Sealed": "Evidence"}[adopted]
    for resources, expected in ((ON, {other}), ({}, set())):
        values = described(HOME, **resources, **{f"{adopted}Bucket": "b-1"}).values
        stack = Values(dict.fromkeys(packaged["Parameters"], "") | values, packaged["Conditions"])
        made = {
            name
            for name in ("Evidence", "Sealed")
            if stack.holds(packaged["Resources"][f"{name}Replication"]["Condition"])
        }
        assert made == expected
    role = packaged["Resources"]["ReplicationRole"]
    assert template.RETAINED.items() <= role.items()
    vault = branches(packaged["Resources"]["Vault"], lambda store: True)
    assert vault["Condition"] == "HasReplica", "the vault does not go with the key that a stack adopts"


def test_a_deploy_makes_both_stacks(world: World) -> None:
    """The stack of copies is made first, then the stack, then the copy of its key. The stack gets the names
    of its copies."""
    parameters = world.make(ReplicaRegion=THERE)
    assert world.copy.status == "UPDATE_COMPLETE"
    assert world.copy.protected
    assert parameters["ReplicaEvidence"] == world.copy.resources["Evidence"]
    assert parameters["ReplicaSealed"] == world.copy.resources["Sealed"]
    assert parameters["ReplicaKey"] == world.copy.resources["FilesKey"]
    assert world.copy.parameters["SealingKeyArn"].endswith(world.real["MultiRegionSealingKey"])
    assert "SealingKey" in world.copy.resources


def test_the_emulator_has_no_other_region(world: World) -> None:
    """The setting does nothing on the local emulator, which has no such services."""
    parameters = world.make(ReplicaRegion=THERE, Emulator="http://127.0.0.1:4566")
    assert set(world.formations) == {HOME}
    variables = template.infrastructure()["Globals"]["Function"]["Environment"]["Variables"]
    assert described(HOME, **parameters).resolve(variables)["REPLICA_REGION"] == ""


def test_a_repeated_deploy_changes_nothing(world: World) -> None:
    """The same command a second time finds both stacks as they are."""
    before = world.make(ReplicaRegion=THERE)
    calls = len(world.formations[THERE].calls)
    assert world.make(before) == before
    assert len(world.formations[THERE].calls) == calls


def test_former_seals_stay_valid(world: World) -> None:
    """A stack that sealed before keeps the public key of then; one that never sealed has none. Turned off
    again, the papers of the time between stay valid too."""
    before = world.make()
    on = world.make(before, ReplicaRegion=THERE)
    assert any("not copied by itself" in words for words in world.said)
    assert on["FormerSeals"] == world.public("SealingKey")
    off = world.make(on, ReplicaRegion="")
    assert off["FormerSeals"].split(",") == [
        world.public("SealingKey"),
        world.public("MultiRegionSealingKey"),
    ]
    assert any("empty that bucket" in words for words in world.said)


def test_a_new_stack_has_no_former_seal(world: World) -> None:
    """A stack that begins with copies has sealed nothing before, and has nothing in its buckets."""
    assert world.make(ReplicaRegion=THERE)["FormerSeals"] == ""
    assert not any("not copied by itself" in words for words in world.said)


@pytest.mark.parametrize(
    ("region", "words"),
    [
        (HOME, "is the region of the stack itself"),
        ("cn-north-1", "nothing can be copied"),
        ("eu-nowhere-1", "nothing can be copied"),
    ],
)
def test_a_region_that_cannot_take_copies_is_refused(world: World, region: str, words: str) -> None:
    """The own region, one of another partition and one that does not exist: one sentence, and nothing is made
    anywhere."""
    with pytest.raises(build.Broken, match=words) as refused:
        world.make(ReplicaRegion=region)
    assert "Name " in str(refused.value)
    assert not any(one.calls for one in world.formations.values())


@pytest.mark.parametrize(("region", "refused"), [("cn-northwest-1", False), ("eu-west-1", True)])
def test_copies_stay_in_china(monkeypatch: pytest.MonkeyPatch, region: str, refused: bool) -> None:
    """From a region of China only the other one there takes copies."""
    world = World()
    values = GIVEN | {"ReplicaRegion": region}
    clients = lambda service, there="": world.clients(service, there or "cn-north-1")  # noqa: E731
    if refused:
        with pytest.raises(build.Broken, match="as cn-northwest-1"):
            replica.refuse(values, {}, clients)
    else:
        replica.refuse(values, {}, clients)


def test_an_account_without_copied_tables_is_told_the_command(world: World) -> None:
    """AWS Backup has to be allowed once to copy tables, which is a setting of the account."""
    world.backup.may = False
    with pytest.raises(build.Broken, match="aws backup update-region-settings"):
        world.make(ReplicaRegion=THERE)


def test_a_licensed_certificate_is_not_taken_for_the_new_key(world: World) -> None:
    """The authority's certificate is over the former key: documents would fail to be sealed."""
    before = world.make(SealCertificate="certificates/ours.pem")
    with pytest.raises(build.Broken, match="SealCertificate="):
        world.make(before, ReplicaRegion=THERE)
    assert world.make(before, ReplicaRegion=THERE, SealCertificate="")["ReplicaRegion"] == THERE


def test_after_the_loss_a_stack_adopts_the_copies(world: World) -> None:
    """Only the other region is asked. The file names copies of files, keys and secrets, the settings, and the
    seals of before; nothing that belongs to the lost region is in it."""
    world.make(world.make(), ReplicaRegion=THERE, SealName="某某", SmsBody="secret")
    world.lost = HOME
    found = replica.adoption("redress", lambda service, region="": world.clients(service, region or THERE))
    known = template.adoptable(template.infrastructure() | {"Outputs": {}})["Parameters"]
    assert {*found} <= {*known}
    assert (found["SealName"], found["PublicUrl"]) == ("某某", GIVEN["PublicUrl"])
    assert found["EvidenceBucket"] == world.copy.resources["Evidence"]
    assert found["SealingKeyId"] == world.real["MultiRegionSealingKey"]
    assert found["FormerSeals"]
    assert not {"ReplicaRegion", "ReplicaEvidence", "SmsBody"} & {*found}
    assert HOME not in json.dumps(found)
    secrets = {name: found[name] for name in replica.SECRETS}
    assert {arn.split(":")[3] for arn in secrets.values()} == {THERE}


def test_without_copies_the_command_says_which_region(world: World) -> None:
    """A region without the stack of copies is told in one sentence."""
    with pytest.raises(build.Broken, match="There is no finished stack redress-replica in eu-central-1"):
        replica.adoption("redress", world.clients)


def test_settings_that_are_too_long_are_told(world: World) -> None:
    """CloudFormation takes a parameter of 4,096 bytes at most."""
    with pytest.raises(build.Broken, match="too long"):
        world.make(ReplicaRegion=THERE, OidcOrigin="https://" + "x" * 4_000)


FORMER = "M" * 564
"""A public key of RSA 3072 as FormerSeals has it: 422 bytes of DER in base64."""
LONG = {
    "Domain": "consumer-complaints.some-company.example",
    "PublicUrl": "https://consumer-complaints.some-company.example",
    "MailFrom": "consumer-complaints@some-company.example",
    "OpsEmail": "consumer-operations@some-company.example",
    "SealName": "某某某某（上海）电子商务股份有限公司",
    "CompanyEnglish": "Some Company (Shanghai) Electronic Commerce Co., Ltd.",
    "OperatorName": "某某某某（上海）电子商务股份有限公司",
    "OperatorAddress": "上海市浦东新区世纪大道一百号某某大厦十二层消费者权益部",
    "OperatorPhone": "+86 400 800 1234",
    "OperatorHours": "周一至周五 9:00-18:00",
    "ReplicaRegion": "ap-southeast-1",
    "ReplicaEvidence": "b" * 63,
    "OidcIssuer": "https://identity.some-company.example/realms/staff",
    "OidcOrigin": "https://identity.some-company.example",
    "OidcClientId": "c" * 64,
}
"""The settings of a company with long names."""


def test_settings_of_a_function_fit_with_a_former_key(packaged: dict[str, Any]) -> None:
    """Lambda allows 4,096 bytes with the names of the settings. A company with long names has room for one
    former key, and one with short names for two."""
    sizes = [deploy.environment(packaged, LONG | {"FormerSeals": ",".join([FORMER] * n)}) for n in range(3)]
    assert sizes[1] <= deploy.MOST_SETTINGS
    assert [two - one for one, two in pairwise(sizes)] == [len(FORMER), len(FORMER) + 1]
    assert deploy.environment(packaged, {"FormerSeals": f"{FORMER},{FORMER}"}) <= deploy.MOST_SETTINGS


def test_settings_that_lambda_would_refuse_are_refused_before(packaged: dict[str, Any]) -> None:
    """The sentence names the longest, and not what it holds."""
    with pytest.raises(build.Broken, match="The longest are FormerSeals, ") as refused:
        deploy.refuse_long(LONG | {"FormerSeals": ",".join([FORMER] * 4)}, packaged)
    assert "MMMM" not in str(refused.value)
    deploy.refuse_long(LONG, packaged)


def test_functions_get_the_names_of_the_copies() -> None:
    """With the setting each function knows the other region and the bucket there; without it, none."""

    def settings(**parameters: str) -> dict[str, str]:
        with mock_aws():
            return create_all(boto3.Session("test", "test", region_name="us-east-1").client, **parameters)

    on, off = settings(**ON), settings()
    assert (on["REPLICA_REGION"], on["EVIDENCE_COPY"]) == (THERE, "copied-evidence")
    assert (off["REPLICA_REGION"], off["FORMER_SEALS"]) == ("", "")
