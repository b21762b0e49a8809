"""The resources of resources.yaml on moto (an AWS in memory), for tests. Each resource is created with boto3,
because moto's CloudFormation is not reliable enough."""

import functools
import json
import re
import secrets
from collections.abc import Callable
from typing import Any

from infra import template

Clients = Callable[[str], Any]
Made = dict[str, str]  # the values of references to a resource: "Ref" and attributes
PSEUDO = {
    "AWS::StackName": "redress",
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}
PARAMETERS = {
    "PublicUrl": "https://complaints.example",
    "MailFrom": "complaints@complaints.example",
    "Production": "no",
    "OperatorName": "安居家电有限公司 | Anju Appliances Ltd.",
    "OperatorAddress": "上海市示例路1号 | 1 Example Road, Shanghai",
    "OperatorPhone": "400-800-4321",
    "OperatorHours": "工作日9:00–18:00 | working days 9:00–18:00",
}


def create_all(clients: Clients, **parameters: str) -> dict[str, str]:
    """Create the resources of the template that tests need, such as tables, queues and buckets. Return the
    environment variables that the functions have.

    `clients` returns a boto3 client by the name of its service, as `boto3.Session(…).client` does.
    `parameters` are those of the template."""
    clients = functools.cache(clients)
    tree, stack = template.infrastructure(), described(clients("dynamodb").meta.region_name, **parameters)
    for name, resource in tree["Resources"].items():
        create = _CREATE.get(resource.get("Type", ""))
        if create and stack.holds(resource.get("Condition")):
            stack.made[name] = create(clients, stack.resolve(resource["Properties"]))
    clients("ses").verify_email_identity(EmailAddress=stack.values["MailFrom"])
    variables: dict[str, str] = stack.resolve(tree["Globals"]["Function"]["Environment"]["Variables"])
    return variables


def described(region: str, **parameters: str) -> "Stack":
    """Return a stack without any created resource. `parameters` are those of the template. A missing
    parameter has its value in `PARAMETERS`, or its default."""
    tree = template.infrastructure()
    defaults = {name: parameter.get("Default", "") for name, parameter in tree["Parameters"].items()}
    given = defaults | PARAMETERS | parameters
    return Stack(given | PSEUDO | {"AWS::Region": region}, tree["Conditions"])


class Stack:
    """The values to which references in the template resolve. A reference to a resource that was not created
    resolves to the name of the resource."""

    def __init__(self, values: dict[str, str], conditions: dict[str, Any]) -> None:
        """Start without any created resource. `values`: the values of parameters by name. `conditions`: the
        conditions of the template by name. `made`: for each created resource the values of references to
        it."""
        self.values, self.conditions, self.made = values, conditions, dict[str, Made]()

    def holds(self, condition: str | None) -> bool:
        """Return whether a condition of the template holds. `condition` is its name; None always holds."""
        return condition is None or bool(self.resolve(self.conditions[condition]))

    def attribute(self, name: str, attribute: str = "Ref") -> str:
        """Return the value of a reference to the parameter or resource `name`. `attribute` is the attribute
        of the resource that is referred to."""
        return self.values[name] if name in self.values else self.made.get(name, {}).get(attribute, name)

    def resolve(self, node: Any) -> Any:
        """Return a part of the template (`node`) in which every reference, function and condition is replaced
        by its value."""
        if isinstance(node, list):
            return [self.resolve(item) for item in node]
        if not isinstance(node, dict):
            return node
        match list(node.items()):
            case [("Ref", name)]:
                return self.attribute(name)
            case [("Fn::GetAtt", [name, attribute])]:
                return self.attribute(name, attribute)
            case [("Fn::Sub", [str(text), own])]:
                inner = Stack(self.values | self.resolve(own), self.conditions)
                inner.made = self.made
                return inner.resolve({"Fn::Sub": text})
            case [("Fn::Sub", text)]:
                return re.sub(
                    r"\$\{([\w:]+)(?:\.(\w+))?\}",
                    lambda found: str(self.attribute(found[1], found[2] or "Ref")),
                    text,
                )
            case [("Fn::If", [condition, yes, no])]:
                return self.resolve(yes if self.holds(condition) else no)
            case [("Fn::Equals", [one, other])]:
                return self.resolve(one) == self.resolve(other)
            case [("Fn::Not", [one])]:
                return not self.resolve(one)
            case [("Fn::And", parts)]:
                return all(self.resolve(part) for part in parts)
            case [("Condition", str(name))]:
                return self.holds(name)
        resolved = {key: self.resolve(value) for key, value in node.items()}
        return {key: value for key, value in resolved.items() if value != "AWS::NoValue"}


def _table(clients: Clients, wanted: dict[str, Any]) -> Made:
    """Create a table with its indexes and its time to live. `wanted` are its properties in the template.
    Return the values of references to it."""
    client = clients("dynamodb")
    taken = ("TableName", "BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    made = client.create_table(**{key: wanted[key] for key in taken if key in wanted})["TableDescription"]
    client.update_time_to_live(
        TableName=wanted["TableName"], TimeToLiveSpecification=wanted["TimeToLiveSpecification"]
    )
    return {"Ref": made["TableName"], "Arn": made["TableArn"]}


def _queue(clients: Clients, wanted: dict[str, Any]) -> Made:
    """Create a queue. `wanted` are its properties in the template. All of them are attributes of the queue,
    except the name. Return the values of references to it."""
    client = clients("sqs")
    attributes = {
        key: json.dumps(value) if isinstance(value, dict) else str(value)
        for key, value in wanted.items()
        if key != "QueueName"
    }
    url = client.create_queue(QueueName=wanted["QueueName"], Attributes=attributes)["QueueUrl"]
    arn = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return {"Ref": url, "Arn": arn, "QueueName": wanted["QueueName"]}


def _bucket(clients: Clients, wanted: dict[str, Any]) -> Made:
    """Create a bucket with a random name, and with the versioning, encryption, object lock and lifecycle in
    `wanted`. Return the values of references to it."""
    client, name = clients("s3"), f"bucket-{secrets.token_hex(8)}"
    client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=wanted.get("ObjectLockEnabled", False))
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration=wanted["VersioningConfiguration"])
    (rule,) = wanted["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    client.put_bucket_encryption(
        Bucket=name,
        ServerSideEncryptionConfiguration={
            "Rules": [
                {
                    "ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"],
                    "BucketKeyEnabled": rule.get("BucketKeyEnabled", False),
                }
            ]
        },
    )
    if locked := wanted.get("ObjectLockConfiguration"):
        client.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=locked)
    if lifecycle := wanted.get("LifecycleConfiguration"):
        rules = [
            {
                "ID": rule["Id"],
                "Filter": {"Prefix": rule["Prefix"]},
                "Status": rule["Status"],
                "Expiration": {"Days": rule["ExpirationInDays"]},
                **{part: rule[part] for part in ("NoncurrentVersionExpiration",) if part in rule},
            }
            for rule in lifecycle["Rules"]
        ]
        client.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
    return {"Ref": name, "Arn": f"arn:aws:s3:::{name}"}


def _key(clients: Clients, wanted: dict[str, Any]) -> Made:
    """Create a KMS key of the kind in `wanted`. Return the values of references to it."""
    kind = {name: wanted[name] for name in ("KeySpec", "KeyUsage") if name in wanted}
    made = clients("kms").create_key(**kind)["KeyMetadata"]
    return {"Ref": made["KeyId"], "Arn": made["Arn"]}


def _topic(clients: Clients, wanted: dict[str, Any]) -> Made:
    """Create a topic. `wanted` are its properties in the template. Return the values of references to it."""
    return {"Ref": clients("sns").create_topic(Name=wanted["TopicName"])["TopicArn"]}


def _subscription(clients: Clients, wanted: dict[str, Any]) -> Made:
    """Subscribe a queue to a topic. `wanted` are the properties of the subscription in the template. Return
    the values of references to it."""
    attributes = {"RawMessageDelivery": str(wanted.get("RawMessageDelivery", False)).lower()}
    arn = clients("sns").subscribe(
        **{key: wanted[key] for key in ("TopicArn", "Protocol", "Endpoint")}, Attributes=attributes
    )
    return {"Ref": arn["SubscriptionArn"]}


def _secret(clients: Clients, wanted: dict[str, Any]) -> Made:
    """Create a secret with random text. `wanted` are its properties in the template. Return the values of
    references to it."""
    words = secrets.token_hex(wanted["GenerateSecretString"]["PasswordLength"] // 2)
    arn = clients("secretsmanager").create_secret(Name=secrets.token_hex(8), SecretString=words)["ARN"]
    return {"Ref": arn, "Id": arn}


def _mail_set(clients: Clients, wanted: dict[str, Any]) -> Made:
    """Create the configuration set with which mail is sent. Return the values of references to it."""
    clients("ses").create_configuration_set(ConfigurationSet={"Name": wanted["Name"]})
    return {"Ref": wanted["Name"]}


def _pool(clients: Clients, wanted: dict[str, Any]) -> Made:
    """Create the user pool of staff accounts. Return the values of references to it."""
    made = clients("cognito-idp").create_user_pool(PoolName=wanted["UserPoolName"])["UserPool"]
    return {"Ref": made["Id"], "Arn": made["Arn"]}


_CREATE: dict[str, Callable[[Clients, dict[str, Any]], Made]] = {
    "AWS::DynamoDB::Table": _table,
    "AWS::SQS::Queue": _queue,
    "AWS::S3::Bucket": _bucket,
    "AWS::KMS::Key": _key,
    "AWS::SNS::Topic": _topic,
    "AWS::SNS::Subscription": _subscription,
    "AWS::SecretsManager::Secret": _secret,
    "AWS::SES::ConfigurationSet": _mail_set,
    "AWS::Cognito::UserPool": _pool,
}
