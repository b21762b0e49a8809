"""The rights of each function compared with its calls, in whole lives. The function's policy allows each
call to AWS. Each right is used by a call, or has a reason why none uses it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from botocore.awsrequest import AWSResponse

from chalicelib.aws.rows import Row, Secret
from chalicelib.figures.published import FINAL_EDITIONS, PUBLIC
from chalicelib.figures.volumes import VOLUMES
from infra import build
from tests.casework.joint import OTHER
from tests.cloud.driven import Driven, driven
from tests.cloud.faults import Faults
from tests.cloud.lives import LIVES
from tests.cloud.scenario import account
from tests.cloud.session import Call
from tests.life.contested import staffed
from tests.scenario import SUN, WU, ZHOU

SITE = "api_handler"
UNSEEN = {
    "Copy": "nobody asks for a copy: tests/web/test_copies.py",
    "FindCauses": "no action is verified: tests/casework/test_actions.py",
    "FindProposals": "nobody proposes other lengths: tests/web/test_what_if.py",
    "Propose": "the same",
    "FindPublished": "nobody opens a page of figures: tests/web/test_figures_pages.py",
    "FindParts": "nobody sends a large file: tests/casework/test_large_files.py",
    "HandOver": "no complaint encloses files: tests/casework/test_enclosures.py",
    "KnowParts": "the same",
    "KnowSeal": "nobody asks whether a document is ours: tests/web/test_authenticity.py",
    "LetDownload": "nobody downloads a file: tests/web/test_files.py",
    "LetDownloadSealed": "nobody downloads a document: tests/casework/test_paperwork.py",
    "Log": "Lambda itself writes the log",
    "ReadCauses": "no action is verified: tests/casework/test_actions.py",
    "ReadCertificate": "no authority's certificate is set: tests/casework/test_paperwork.py",
    "ReadFigures": "nobody opens a page of figures: tests/web/test_figures_pages.py",
    "ReadPublished": "the same",
    "Take": "Lambda itself takes from the queue",
    "Text": "no gateway of short messages is set: tests/casework/test_texts.py",
    "EnterTexts": "the same: tests/casework/test_ledger.py",
    "TellMissingFromForbidden": "it changes what S3 answers of a missing file",
    "Verify": "nobody asks whether a document is ours: tests/web/test_authenticity.py",
}
"""Rights that no life uses, with the reason."""
NOT_PLAYED = {
    "post_events": "no provider tells of mail here: tests/casework/test_delivery.py",
    "mails": "no mail arrives here: tests/casework/test_mail_arrives.py",
}
"""Functions that do no more than start in a life, with the reason."""
NOT_IN_A_LIFE = {
    (SITE, "KnowWhatCameFirst"): "nobody encloses, verifies or copies",
    (SITE, "Sessions"): "nobody signs in: tests/web/test_signin.py",
    ("cover", "OweLettersOfTheHouse"): "no calendar is missing: tests/casework/test_cover.py",
    ("cover", "Keys"): "the same",
    ("cover", "KnowWhatIsHeld"): "one process plays all functions, and remembers what is held",
    ("hooks", "KnowWhatIsHeld"): "the same",
    ("fetch", "KnowWhatIsHeld"): "the same, and no mailbox is set: tests/casework/test_mail_fetched.py",
    ("cover", "FindDisabledEndpoints"): "a life has its hours without: tests/casework/test_webhooks.py",
    ("hooks", "Endpoints"): "no partner has an endpoint: tests/casework/test_webhooks.py",
    ("hooks", "Changes"): "the same",
    ("hooks", "Keys"): "the same",
    ("fetch", "KeepFetched"): "no mailbox is set: tests/incoming/test_fetching.py",
    ("fetch", "Keys"): "the same",
    ("cover", "WakeCases"): "no case waits for an owner: tests/casework/test_assignment.py",
    ("cover", "SeeOpenCases"): "no qualification ends: tests/casework/test_cover.py",
    ("api_handler", "Seek"): "nobody searches: tests/casework/test_words.py",
    ("seek", "FindSought"): "the same",
    ("seek", "ReadSought"): "the same",
    ("destroy", "DeleteFiles"): "no file has arrived: tests/casework/test_destruction.py",
    ("destroy", "Keys"): "one process plays all functions, and reads the keys once",
    ("destroy", "Unpublish"): "no story is public: tests/casework/test_destruction.py",
    ("documents", "Know"): "one process plays all functions, and remembers roster and outages",
    ("documents", "Keys"): "the same, and the keys",
    ("files", "Keys"): "the same",
    ("walk", "CountOpenCases"): "the teams assign by hand: tests/casework/test_assignment.py",
    ("walk", "TakeTurns"): "the same",
    ("watch", "Keys"): "the keys are read once",
    ("watch", "SignRegister"): "each row has its MAC: tests/casework/test_outage_rows.py",
    ("watch", "Tell"): "no record was changed: tests/casework/test_record.py",
    ("night", "EndParts"): "no export is cut short: tests/figures/test_nightly.py",
    ("night", "Ask"): "no quarter ends: tests/figures/test_nightly.py",
    ("night", "FindOpenCases"): "nobody proposes other lengths: tests/web/test_what_if.py",
    ("night", "Keys"): "one process plays all functions, and reads the keys once",
    ("night", "OweLettersOfTheHouse"): "no sign is told: tests/figures/test_signs_told.py",
    ("post", "Attach"): "documents go with letters that leave at once",
    ("letters", "Keys"): "one process plays all functions, and reads the keys once",
    ("post", "Keys"): "the same",
    ("walk", "Keys"): "the same",
    (
        "letters",
        "Tell",
    ): "what a letter's end owes to others is told with the walk: tests/casework/test_delivery.py",
    ("post", "Tell"): "no walk runs out of time: tests/casework/test_letters_apart.py",
}
"""Rights that one function uses only outside the played lives, or only on its own, with the reason."""
LOGICAL = {
    "LETTERS_QUEUE": "LettersQueue",
    "CLOCK_QUEUE": "ClockQueue",
    "POST_QUEUE": "PostQueue",
    "DOCUMENTS_QUEUE": "DocumentsQueue",
    "RECORD_QUEUE": "RecordQueue",
    "LINK_KEY_ARN": "LinkKey",
    "LOOKUP_KEY_ARN": "LookupKey",
    "RECORD_KEY_ARN": "RecordKey",
    "HOOK_KEY_ARN": "HookKey",
}
"""The logical ids of queues and secrets, by the setting that holds their address."""


LISTS = {"ListObjectsV2": "s3:ListBucket", "ListObjectVersions": "s3:ListBucketVersions"}


class Right(NamedTuple):
    """A right that a call needs. `resource` is a logical id or a file; `leading` is the partition in a
    table, or the prefix of listed files."""

    action: str
    resource: str
    leading: str = ""


SIGNED = (
    Right("dynamodb:UpdateItem", "Table", "CASE#1"),
    Right("dynamodb:PutItem", "Table", "HOUSE#wang"),
    Right("dynamodb:UpdateItem", "Table", "OUTAGES"),
)
"""The writing of rows with MACs."""
OTHERS = ("CASE#1", "HOUSE#wang", "FIND#person#1", "IDEM#1", "ROSTER", "OUTAGES", "STAFF", "DESTROY", "")
"""Partitions that a function which talks to strangers' servers does not reach."""
READS_KEY = Right("secretsmanager:GetSecretValue", "RecordKey")


class Recorded(Faults):
    """A network without faults that records the rights each function needs."""

    def __init__(self) -> None:
        super().__init__(0)
        self.cease()
        self.function = SITE
        self.needed: dict[str, set[Right]] = defaultdict(set)

    def foresees(self, call: Call) -> bool:
        """Return False: every call is to be seen on the wire."""
        return False

    def __call__(self, call: Call, apply: Callable[[], AWSResponse]) -> AWSResponse:
        self.needed[self.function] |= {*rights(call)}
        return super().__call__(call, apply)


def rights(call: Call) -> Iterator[Right]:
    """Yield the rights that AWS demands for this call."""
    variables, asked = account()[1], call.request
    tables = {Row.Meta.table_name: "Table", Secret.Meta.table_name: "Sessions"}
    if call.service == "dynamodb":
        for operation, table, key in _items(call.operation, asked):
            index = f"/index/{asked['IndexName']}" if "IndexName" in asked else ""
            yield Right(f"dynamodb:{operation}", tables[table] + index, "" if index else key)
    elif call.service == "sesv2":
        yield Right(f"ses:{call.operation}", "*")
    elif call.service == "cognito-idp":
        yield Right("cognito-idp:ListUsers", "StaffPool")
    elif call.service == "s3":
        yield from _on_files(call.operation, asked)
    elif call.service == "kms":
        yield Right(f"kms:{call.operation}", "SealingKey")
    elif call.service in ("sqs", "secretsmanager") and call.operation != "PutSecretValue":  # an operator's
        where = asked.get("QueueUrl") or asked["SecretId"]
        logical = next(name for setting, name in LOGICAL.items() if variables[setting] == where)
        yield Right(f"{call.service}:{call.operation.removesuffix('Batch')}", logical)


def _on_files(operation: str, asked: Mapping[str, Any]) -> Iterator[Right]:
    """Yield the rights of a call to a store of files. A posted form uses the rights of the role that signed
    it."""
    variables = account()[1]
    stores = {variables[name.upper()]: name for name in ("Evidence", "Sealed", "Figures")}
    if operation in LISTS:
        yield Right(LISTS[operation], stores[asked["Bucket"]], asked.get("Prefix", ""))
        return
    if operation == "CopyObject":
        name, _, rest = asked["CopySource"].partition("/")
        key, _, version = rest.partition("?versionId=")
        yield from _on_files("GetObject", {"Bucket": name, "Key": key, "VersionId": version})
    key = asked["Fields"]["key"] if operation == "POST" else asked["Key"]
    action = {"POST": "PutObject", "CopyObject": "PutObject", "HeadObject": "GetObject"}.get(
        operation, operation
    )
    if "ObjectLockMode" in asked:
        yield Right("s3:PutObjectRetention", f"${{{stores[asked['Bucket']]}.Arn}}/{key}")
    version = "Version" if asked.get("VersionId") else ""
    yield Right(f"s3:{action}{version}", f"${{{stores[asked['Bucket']]}.Arn}}/{key}")


def _items(operation: str, asked: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the single operations of a call: operation, table, partition."""
    if operation == "TransactWriteItems":
        for action in asked["TransactItems"]:
            ((kind, one),) = action.items()
            name = kind if kind == "ConditionCheck" else f"{kind}Item"
            yield (
                name.replace("ConditionCheck", "ConditionCheckItem"),
                one["TableName"],
                one.get("Item", one.get("Key"))["pk"]["S"],
            )
    elif operation == "BatchGetItem":
        for table, of in asked["RequestItems"].items():
            yield from ((operation, table, key["pk"]["S"]) for key in of["Keys"])
    elif operation == "Query":
        yield (
            operation,
            asked["TableName"],
            next(str(*value.values()) for value in asked["ExpressionAttributeValues"].values()),
        )
    else:
        yield operation, asked["TableName"], asked.get("Item", asked.get("Key"))["pk"]["S"]


def statements(function: str) -> list[dict[str, Any]]:
    """Return the statements of a function's policy."""
    stage = json.loads((build.ROOT / ".chalice/config.json").read_text("utf-8"))["stages"]["main"]
    file = stage["lambda_functions"][function]["iam_policy_file"]
    found: list[dict[str, Any]] = json.loads((build.ROOT / ".chalice" / file).read_text("utf-8"))["Statement"]
    return found


FUNCTIONS = list(
    json.loads((build.ROOT / ".chalice/config.json").read_text("utf-8"))["stages"]["main"]["lambda_functions"]
)


def resources(node: Any) -> Iterator[str]:
    """Yield the resources of a statement, as logical ids with their path."""
    for one in node if isinstance(node, list) else [node]:
        match one:
            case {"Fn::GetAtt": [name, _]}:
                yield name
            case {"Fn::Sub": text}:
                yield text.replace("${Table.Arn}", "Table")
            case {"Fn::If": ["HasReplica", _, other]}:
                yield from resources(other)
            case {"Fn::If": [_, first, _]}:
                yield from resources(first)
            case str():
                yield one


def allows(statement: Mapping[str, Any], right: Right) -> bool:
    """Return whether a statement gives a right."""
    actions, given = statement["Action"], statement.get("Condition", {})
    leading = given.get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", ["*"])
    if listed := {**given.get("StringLike", {}), **given.get("StringEquals", {})}.get("s3:prefix"):
        leading = [listed] if isinstance(listed, str) else listed
    return (
        right.action in ([actions] if isinstance(actions, str) else actions)
        and any(fnmatchcase(right.resource, pattern) for pattern in resources(statement["Resource"]))
        and any(fnmatchcase(right.leading, pattern) for pattern in leading)
    )


def destroyed(scenario: Driven) -> None:
    """The person of a withdrawn complaint asks for the destruction of their data, and so does somebody who
    left a joint complaint. Both are done a day later. The accounts of staff are watched for a minute."""
    staffed(scenario)
    scenario.every_hour("destroy", "words")
    ref = scenario.submit().ref
    scenario.move(scenario.by_link(ref), "withdraw", ref)
    scenario.agreed(ref, ZHOU, WU, "destroy_data", ground="asked", reason="本人来电要求删除。")
    first, second = scenario.submit().ref, scenario.submit(person=OTHER).ref
    scenario.move(SUN, "invite_to_join", second, leading=first)
    scenario.move(scenario.by_link(second), "join_case", second, own_wish=True)
    scenario.live(timedelta(hours=1), first)
    scenario.move(scenario.by_link(first, "p2"), "leave_case", first)
    scenario.move(scenario.by_link(second), "withdraw", second)
    scenario.agreed(second, ZHOU, WU, "destroy_data", ground="asked", reason="本人来电要求删除。")
    scenario.live(timedelta(days=2), ref, first, second)
    assert scenario.product.file.load(ref).retention.destroyed
    assert scenario.product.file.load(first).erased("p2")
    scenario.every_hour("accounts")
    scenario.live(timedelta(minutes=2))


@pytest.fixture(scope="module")
def needed() -> dict[str, set[Right]]:
    """The rights that each function needed in all lives together."""
    found: dict[str, set[Right]] = defaultdict(set)
    for life in (*LIVES, destroyed):
        road = Recorded()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Driven, "_run", _noting(road, Driven._run))
            with driven(road) as scenario:
                life(scenario)
        for function, these in road.needed.items():
            found[function] |= these
    return found


def _noting(road: Recorded, run: Callable[..., Any]) -> Callable[..., Any]:
    def noted(scenario: Driven, name: str, event: dict[str, Any]) -> Any:
        was, road.function = road.function, name
        try:
            return run(scenario, name, event)
        finally:
            road.function = was

    return noted


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_call_is_allowed(needed: dict[str, set[Right]], function: str) -> None:
    """The policy of a function allows each call of it, in its own partitions."""
    lacking = [
        right for right in needed[function] if not any(allows(line, right) for line in statements(function))
    ]
    assert not lacking, (
        f"{lacking} is not allowed: add it to the policy file of {function} in .chalice, for its own "
        "partitions, or decide that this function must not do it"
    )


def test_site_finds_and_reads_figures() -> None:
    """The site lists and reads provisional and final editions and the numbers of customers, which no life
    here opens. Without the right to list, S3 calls a missing object forbidden."""
    for found, key in (
        (PUBLIC, f"{PUBLIC}2026-02.json"),
        (FINAL_EDITIONS, f"{FINAL_EDITIONS}2026-02.json"),
        (VOLUMES, VOLUMES),
    ):
        listed = Right("s3:ListBucket", "Figures", found)
        read = Right("s3:GetObject", f"${{Figures.Arn}}/{key}")
        for right in (listed, read):
            assert any(allows(line, right) for line in statements(SITE)), right


def test_site_reads_every_index() -> None:
    """The site reads all indexes of cases, also that of waiting lines, which no life here reads, as nobody in
    them has more than three work lists."""
    for index in Row._indexes:
        right = Right("dynamodb:Query", f"Table/index/{index}")
        assert any(allows(line, right) for line in statements(SITE)), index


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_right_is_used(needed: dict[str, set[Right]], function: str) -> None:
    """A recorded call uses each right, or a reason is written down."""
    unused = {
        line["Sid"]
        for line in statements(function)
        if not any(allows(line, right) for right in needed[function])
    }
    unexplained = {sid for sid in unused if sid not in UNSEEN and (function, sid) not in NOT_IN_A_LIFE}
    assert not unexplained or function in NOT_PLAYED, (
        f"no call uses {sorted(unexplained)}: delete the right in the policy file of {function} in "
        ".chalice, or give the reason in UNSEEN or NOT_IN_A_LIFE, with the test that uses it"
    )


def test_only_what_writes_rows_with_macs_reads_their_key() -> None:
    """Only functions that write moves, letters to staff or outages read the key, so no other writer of the
    table can make a row with a valid MAC."""
    writing = {
        name for name in FUNCTIONS if any(allows(line, one) for line in statements(name) for one in SIGNED)
    }
    reading = {name for name in FUNCTIONS if any(allows(line, READS_KEY) for line in statements(name))}
    assert reading == writing
    assert {"record", "accounts"}.isdisjoint(reading)


def test_no_worker_reaches_what_is_not_its_business() -> None:
    """Only the site writes disabled accounts, stories, suggestions, the roster and the hold switch; only it
    and the worker of mails write idempotency keys; only walks and the site write a shard's lock."""

    def reach(partition: str) -> set[str]:
        right = Right("dynamodb:PutItem", "Table", partition)
        return {
            function for function in FUNCTIONS if any(allows(line, right) for line in statements(function))
        }

    assert reach("STAFF") == reach("STORIES") == {SITE}
    assert reach("IDEM#key") == {SITE, "mails"}
    assert reach("SUGGESTIONS#2026-02") == {SITE}
    assert reach("LOCK#case1") == {SITE, "walk", "post"}
    assert reach("ROSTER") == reach("HOLDS") == {SITE}


def test_who_can_write_a_case_can_read_what_is_held() -> None:
    """Every function that writes rows which can be held, sends, or fetches reads the hold switch. `accounts`
    writes rows of staff only, `record` and `seek` none."""
    read = Right("dynamodb:Query", "Table", "HOLDS")
    reading = {name for name in FUNCTIONS if any(allows(line, read) for line in statements(name))}
    assert {*FUNCTIONS} - reading == {"accounts", "record", "seek"}


def test_who_fetches_mails_reaches_no_case() -> None:
    """The function that talks to the server of a mailbox writes mails that arrived, and reads its password.
    It reads no mail, no key, and no row but the hold switch."""
    lines = {line["Sid"]: line for line in statements("fetch") if line["Sid"] != "Log"}
    assert {sid: line["Action"] for sid, line in lines.items()} == {
        "KeepFetched": "s3:PutObject",
        "Keys": "secretsmanager:GetSecretValue",
        "KnowWhatIsHeld": "dynamodb:Query",
    }
    assert not any(allows(lines["KnowWhatIsHeld"], Right("dynamodb:Query", "Table", key)) for key in OTHERS)
    assert lines["KeepFetched"]["Resource"] == {"Fn::Sub": "${Evidence.Arn}/mails/*"}
    assert lines["Keys"]["Resource"]["Fn::If"][:2] == ["HasMailBoxSecret", {"Ref": "MailBoxSecret"}]


def test_the_sender_of_webhooks_reaches_no_case() -> None:
    """The function that talks to addresses that others name has rights to endpoints and changes, and reads no
    key but that of its secrets."""
    lines = [line for line in statements("hooks") if line["Sid"] != "Log"]
    actions = {
        one
        for line in lines
        for one in ([line["Action"]] if isinstance(line["Action"], str) else line["Action"])
    }
    reached = [Right(action, "Table", key) for action in actions for key in OTHERS]
    assert {action for action in actions if action.startswith("dynamodb:")} == {
        f"dynamodb:{name}" for name in ("GetItem", "PutItem", "Query", "UpdateItem")
    }
    assert not [one for one in reached if any(allows(line, one) for line in lines)]
    assert {name for line in lines for name in resources(line["Resource"])} == {"Table", "HookKey"}


@pytest.mark.parametrize("function", ["api", "walk", "letters", "mails", "watch", "destroy"])
def test_functions_that_write_people_read_the_key_of_lookups(function: str) -> None:
    """A move that writes a person's row writes keyed hashes. The clock splits people off joint cases, too."""
    policy = (Path(__file__).parents[2] / f".chalice/{function}.json").read_text("utf-8")
    assert '"LookupKey"' in policy
