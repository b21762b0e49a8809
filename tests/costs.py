"""The monthly bill of AWS, computed from counts and prices. `python -m tests.costs` writes README's table,
and `make bench` does so too.

Counted in a run: what one whole life uses (calls, request units, mails, invocations, CPU, lines of the log,
stored bytes), what its destruction uses and leaves, what an idle minute and hour use, and what the record
check and the export use for a case. Read
from the template: alarms, metrics, keys, rules, memory of functions. Everything else is in ASSUMED, and
prices are in PRICES."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any, NamedTuple

from botocore.awsrequest import AWSResponse

from chalicelib.access.authorization import CLOCK
from chalicelib.aws.meters import Emf
from chalicelib.aws.rows import Row
from chalicelib.domain.moves.retention import destroy_again
from chalicelib.domain.policy import policy
from chalicelib.operations.destruction import WAITS
from chalicelib.web.callers import CASE_COOKIE
from infra import replica, template
from infra.build import ROOT
from tests import bench
from tests.cloud.aws import Cloud
from tests.cloud.driven import FIRED, Driven
from tests.cloud.lives import upheld_and_paid
from tests.cloud.scenario import account, cloud_scenario
from tests.cloud.session import Apply, Call
from tests.cloud.table import size
from tests.scenario import DAY, HOUR, WANG, Scenario


class Price(NamedTuple):
    """A price in US dollars (us-east-1, no free tier), and the page that has it. `seen`: where it was read in
    2026-11, since AWS's own pages show their prices by script only."""

    dollars: float
    of: str
    page: str
    seen: str


PRICES = {
    "write unit": Price(0.625e-6, "write request unit", "dynamodb/pricing/on-demand", "airbyte.com"),
    "read unit": Price(0.125e-6, "read request unit", "dynamodb/pricing/on-demand", "airbyte.com"),
    "table": Price(
        0.25, "GB and month in a table", "dynamodb/pricing/on-demand", "aws.amazon.com, an older copy"
    ),
    "backup": Price(
        0.20, "GB and month of point-in-time recovery", "dynamodb/pricing/on-demand", "finops.com.py"
    ),
    "queue": Price(0.4e-6, "request of a queue", "sqs/pricing", "adhdecode-articles-4.pages.dev"),
    "topic": Price(0.5e-6, "message to a topic", "sns/pricing", "factualminds.com"),
    "mail": Price(1e-4, "mail", "ses/pricing", "acecloudinterviews.com"),
    "api": Price(3.5e-6, "request of a REST API", "api-gateway/pricing", "awsforengineers.com"),
    "invocation": Price(0.2e-6, "invocation", "lambda/pricing", "git.mcrn.ar"),
    "GB-second": Price(1.66667e-5, "GB and second on x86", "lambda/pricing", "cloudchipr.com"),
    "disk": Price(
        3.09e-8,
        "GB and second of a function's disk above 512 MB",
        "lambda/pricing",
        "a price list of AWS in a public repository",
    ),
    "log": Price(0.5, "GB written to the log", "cloudwatch/pricing", "factualminds.com"),
    "kept log": Price(0.03, "GB and month of the log", "cloudwatch/pricing", "c3x.dev"),
    "metric": Price(0.3, "metric of ours and month", "cloudwatch/pricing", "signoz.io"),
    "alarm": Price(0.1, "metric that an alarm reads", "cloudwatch/pricing", "c3x.dev"),
    "composite": Price(0.5, "composite alarm", "cloudwatch/pricing", "c3x.dev"),
    "dashboard": Price(3, "dashboard", "cloudwatch/pricing", "factualminds.com"),
    "file": Price(0.023, "GB and month of files", "s3/pricing", "devnotes.tech"),
    "put": Price(5e-6, "file written or list read", "s3/pricing", "devnotes.tech"),
    "get": Price(4e-7, "file read", "s3/pricing", "devnotes.tech"),
    "key": Price(1, "key and month", "kms/pricing", "aws.amazon.com, an older copy"),
    "sign": Price(1.5e-5, "signature with RSA 3072", "kms/pricing", "factualminds.com"),
    "secret": Price(0.4, "secret and month", "secrets-manager/pricing", "hivebook.wiki"),
    "firewall": Price(5, "web ACL", "waf/pricing", "c3x.dev"),
    "rule": Price(1, "rule of it", "waf/pricing", "c3x.dev"),
    "inspected": Price(0.6e-6, "request through it", "waf/pricing", "c3x.dev"),
    "backup copy": Price(
        0.10, "GB and month of a backup of AWS Backup", "backup/pricing", "factualminds.com, of June 2026"
    ),
    "between regions": Price(
        0.02, "GB copied to another region", "s3/pricing", "an article of AWS on repost.aws"
    ),
    "in time": Price(
        0.015, "GB copied within fifteen minutes", "s3/pricing", "notes in two public repositories"
    ),
    "traffic": Price(0.09, "GB to the internet", "ec2/pricing/on-demand", "awsforengineers.com"),
}
"""The prices, with the page below https://aws.amazon.com/."""
ASSUMED = {
    "requests for a move": 4.0,
    "views of the case for a letter to a party": 1.0,
    "milliseconds of waiting for a call to AWS": 10.0,
    "files of evidence for a complaint": 0.5,
    "MB of a file": 2.0,
    "kB of an answer, compressed": 15.0,
    "days for which a case is open": 30.0,
    "days in which a case moves": 8.0,
    "teams": 20.0,
    "requests of a queue for a message": 3.0,
    "reports of SES on a mail": 2.0,
    "milliseconds of a function for such a report": 50.0,
}
"""What no run can count. A move takes the list, the page, the form and the page after it. Open days are those
of 60,000 open cases at 2,000 complaints a day; the generator of five years has 8 days of moves for a
complaint."""
MORE_CASES = 30
"""The number of cases by which two counted runs differ. A run takes seconds of CPU, and two runs of the same
differ by a tenth, so that the difference of a few cases would only be that."""
SHARDS, MONTH, YEAR = 16, 30, 365
VCPU_MB, LAMBDA_LINES = 1_769, 330
"""The memory for which Lambda gives one core, and the bytes of the lines START, END and REPORT of a call."""
PARTS = {
    "requests of the site": ("api", "inspected", "traffic"),
    "compute": ("invocation", "GB-second", "disk"),
    "table, requests": ("write unit", "read unit"),
    "queues": ("queue", "topic"),
    "mails": ("mail",),
    "logs": ("log", "kept log"),
    "metrics, alarms, dashboard": ("metric", "alarm", "composite", "dashboard"),
    "storage": ("table", "file", "put", "get"),
    "backups": ("backup",),
    "keys, secrets, firewall": ("key", "sign", "secret", "firewall", "rule"),
}
"""The lines of the table, with the prices that each contains."""
COPIES = ("backup copy", "between regions", "in time", "file", "put", "key", "secret", "metric", "alarm")
"""The prices of copies in another region, which have a line of their own below the sum."""
CASES = {
    (2_000, 1): "2,000 a day, first year",
    (2_000, 5): "fifth",
    (200_000, 1): "200,000 a day, first year",
    (200_000, 5): "fifth",
}
BEGIN, END = "<!-- costs:begin -->", "<!-- costs:end -->"
TARGET = 450
"""US dollars a month at 2,000 complaints a day, at the end of the first year."""


class Counted(bench.Priced):
    """A network that also counts calls by service and operation."""

    def __call__(self, call: Call, apply: Apply) -> AWSResponse:
        """Pass a call on and count it."""
        self.used["call"] += 1
        if call.service == "s3":
            self.used["get" if call.operation in ("GetObject", "HeadObject") else "put"] += 1
        if (call.service, call.operation) == ("kms", "Sign"):
            self.used["sign"] += 1
        return super().__call__(call, apply)


class Metered(Driven):
    """A scenario that counts what each function uses. `ran` holds the counts by function; the moves of people
    count as the function `site`."""

    def __init__(self, scenario: Scenario, cloud: Cloud, faults: Counted) -> None:
        self.ran = defaultdict[str, Counter[str]](Counter)
        self.used = faults.used
        super().__init__(scenario, cloud, faults)

    @contextmanager
    def spent(self, name: str) -> Iterator[None]:
        """Count what is used in this context as use of the function `name`."""
        before, written, began = Counter(self.used), sys.stdout.tell(), process_time()
        yield
        took = process_time() - began
        self.ran[name].update(self.used)
        self.ran[name].subtract(before)
        more: Any = {"cpu": took, "invocation": 1, "log": sys.stdout.tell() - written}
        self.ran[name].update(more)

    def _run(self, name: str, event: dict[str, Any]) -> Any:
        with self.spent(name):
            return super()._run(name, event)

    def _until(self, name: str, do: Callable[[], Any]) -> Any:
        with self.spent("site"):
            return super()._until(name, do)

    def count(self, name: str, value: float = 1, unit: str = "Count", team: str = "") -> None:
        """Count a metric, and write its line to the log."""
        super().count(name, value, unit, team)
        Emf("redress", lambda: self.time).count(name, value, unit, team)


@contextmanager
def metered() -> Iterator[Metered]:
    """Yield a scenario whose use of AWS is counted."""
    cloud, _ = account()
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(StringIO()):
        (rules := Path(folder) / "untaught.toml").write_text(bench.UNTAUGHT)
        with cloud_scenario(faults := Counted(cloud), SHARDS="2") as scenario:
            os.environ["POLICY"] = str(rules)
            yield Metered(scenario, cloud, faults)


Use = Mapping[str, Mapping[str, float]]
"""What was used: counts by function."""


class Life(NamedTuple):
    """The life of one complaint. `ran`: what each function used. `kept`: the bytes that stay in the table.
    `letters`: the letters to its parties. `ended`: what the destruction of its personal data uses. `left`:
    the bytes that stay in the table after it."""

    ran: Use
    kept: float
    letters: int
    ended: Mapping[str, float]
    left: float


def life() -> Life:
    """Return what a complaint uses that is upheld and paid, from its filing to the survey, and what the
    destruction of its personal data uses years later."""
    with metered() as scenario:
        upheld_and_paid(scenario)
        table = scenario.cloud.tables[Row.Meta.table_name]
        (ref,) = {item["pk"]["S"][5:] for item in table.items.values() if item["pk"]["S"].startswith("CASE#")}
        letters = scenario.product.file.whole(ref).letters
        told = sum(one["to"].startswith("party:") for one in letters)
        ran, kept = dict(scenario.ran), _of_case(table)
        with scenario.spent("destroy"), scenario.faults.unquiet():
            scenario.product.casework.move(destroy_again.__name__, ref, CLOCK, {})
        scenario.later(WAITS)
        with scenario.spent("destroy"), scenario.faults.unquiet():
            assert scenario.product.destruction.hour(lambda: 600_000) == 1
        return Life(ran, kept, told, scenario.ran["destroy"], _of_case(table))


def _of_case(table: Any) -> int:
    """Return the bytes of the rows of cases in a table and its indexes."""
    items = [item for item in table.items.values() if item["pk"]["S"].startswith(("CASE#", "MOVED#"))]
    kept = sum(map(_kept, items))
    for index in table.indexes.values():
        kept += sum(_kept(index.of(item)) for item in items if index.hash in item and index.range in item)
    return kept


def _kept(item: Any) -> int:
    return size(item) + 100  # DynamoDB adds 100 bytes to each item


def viewed() -> Use:
    """Return what a view of a party's page uses (`view`), a check of a case (`check`), and reading its head
    (`look`)."""
    with metered() as scenario:
        ref = scenario.move(WANG, "accept", scenario.submit().ref).ref
        scenario.live(HOUR)
        token = scenario.product.links.token(
            ref, "p1", scenario.product.file.load(ref).party("p1").generation
        )
        for _ in range(2):  # the first view fills caches
            scenario.ran.clear()
            with scenario.spent("view"), scenario.faults.unquiet():
                answer = bench.request("/case", ref, {"cookie": f"{CASE_COOKIE}={ref}.{token}"})
            assert answer["statusCode"] == 200
            with scenario.spent("check"), scenario.faults.unquiet():
                assert scenario.product.record.check(ref) == []
            with scenario.spent("look"), scenario.faults.unquiet():
                scenario.product.file.load(ref)
        return scenario.ran


def hourly(cases: int, days: int) -> Use:
    """Return what the workers of the record and of figures use in some days with so many accepted cases."""
    with metered() as scenario:
        for _ in range(cases):
            scenario.move(WANG, "accept", scenario.submit().ref)
        scenario.live(HOUR)
        scenario.ran.clear()
        scenario.every_hour("record", "night", "words")
        scenario.live(days * DAY)
        return {name: scenario.ran[name] for name in ("record", "watch", "night", "words")}


def minute() -> Use:
    """Return what one minute uses in which nothing is due."""
    with metered() as scenario:
        for _ in range(2):  # the first minute fills caches
            scenario.ran.clear()
            for name in ("clock", "accounts", "hooks", "fetch"):
                scenario._run(name, FIRED)
        return scenario.ran


class Counts(NamedTuple):
    """All that was counted. `life` is of one complaint, `hour` of an hour without a case,
    `case_day` of an open case and a day in which it moved. `scale` turns CPU of this machine into that of the
    reference machine, which is taken for a core of Lambda."""

    life: Life
    view: Mapping[str, float]
    check: Mapping[str, float]
    look: Mapping[str, float]
    minute: Use
    hour: Use
    case_day: Use
    scale: float


def counted() -> Counts:
    """Count everything."""
    took = []
    for _ in range(bench.STARTS):
        began = process_time()
        bench.reference()
        took.append(process_time() - began)
    scale = bench.REFERENCE_MS / 1000 / median(took)
    lived, one = life(), viewed()
    days, few, many = 2, hourly(1, 2), hourly(1 + MORE_CASES, 2)
    case_day = {
        name: {what: (many[name][what] - few[name][what]) / MORE_CASES / days for what in many[name]}
        for name in many
    }
    none = hourly(0, days)
    hour = {name: {what: n / 24 / days for what, n in none[name].items()} for name in none}
    return Counts(lived, one["view"], one["check"], one["look"], minute(), hour, case_day, scale)


def memory() -> Mapping[str, int]:
    """Return the megabytes of each function, as Chalice is told."""
    stage = json.loads((ROOT / ".chalice/config.json").read_text())["stages"]["main"]
    plain = stage["lambda_memory_size"]
    named = {name: said.get("lambda_memory_size", plain) for name, said in stage["lambda_functions"].items()}
    return {
        **named,
        "site": named["api_handler"],
        "view": named["api_handler"],
        "check": named["watch"],
        "look": named["watch"],
    }


def standing() -> Counter[str]:
    """Return what the template has that is paid by the month."""
    resources = {
        name: said
        for name, said in template.infrastructure()["Resources"].items()
        if said.get("Condition") != "HasReplica"
    }
    kinds = Counter(said.get("Type", "") for said in resources.values())
    alarms = [
        said["Properties"] for said in resources.values() if said.get("Type") == "AWS::CloudWatch::Alarm"
    ]
    text = json.dumps(resources, default=str)
    ours = {said["MetricName"] for said in alarms if said.get("Namespace") == "Redress"}
    ours |= {
        *re.findall(r'\\"([A-Z]\w+)\\", \\"Stack\\"', text),
        *re.findall(r'\[\\"\.\\", \\"([A-Z]\w+)\\", \\"\.', text),
    }
    teams = {*re.findall(r'MetricName=\\+"(\w+)', text)}
    return Counter(
        {
            "alarm": sum(
                len([one for one in said.get("Metrics", [0]) if not one or "MetricStat" in one])
                for said in alarms
            ),
            "composite": kinds["AWS::CloudWatch::CompositeAlarm"],
            "dashboard": kinds["AWS::CloudWatch::Dashboard"],
            "metric": len(ours | teams) + len(teams) * int(ASSUMED["teams"]),
            "key": kinds["AWS::KMS::Key"],
            "secret": kinds["AWS::SecretsManager::Secret"],
            "firewall": kinds["AWS::WAFv2::WebACL"],
            "rule": len(resources["WebFirewall"]["Properties"]["Rules"]),
        }
    )


def volumes(counts: Counts, a_day: int, year: int) -> Counter[str]:
    """Return the volumes of the last month of a year, by the name of their price."""
    found, megabytes = Counter[str](standing()), memory()
    complaints, ever = a_day * MONTH, a_day * YEAR * year
    keeps = policy("default-1").keep_years * YEAR + ASSUMED["days for which a case is open"]
    whole = min(ever, a_day * keeps)  # the personal data of the others are destroyed

    queued = ASSUMED["requests of a queue for a message"]

    def add(name: str, used: Mapping[str, float], times: float) -> None:
        seconds = used.get("cpu", 0) * counts.scale * max(1, VCPU_MB / megabytes[name])
        seconds += used.get("call", 0) * ASSUMED["milliseconds of waiting for a call to AWS"] / 1000
        seconds += used.get("pause", 0)
        lines = used.get("log", 0) + LAMBDA_LINES * used.get("invocation", 0)
        more = {"GB-second": seconds * megabytes[name] / 1024, "log": lines / 1e9}
        for what, n in {**used, **more, "queue": queued * used.get("message", 0)}.items():
            if what in PRICES:
                found[what] += n * times  # type: ignore[assignment]

    for name, used in counts.life.ran.items():
        add(name, used, complaints)
    add("destroy", {**counts.life.ended, "invocation": 0}, complaints if whole < ever else 0)
    moves = counts.life.ran["site"]["invocation"]
    views = moves * (ASSUMED["requests for a move"] - 1)
    views += counts.life.letters * ASSUMED["views of the case for a letter to a party"]
    add("view", counts.view, complaints * views)
    shards = SHARDS * max(1, a_day // 50_000)  # more shards for more complaints
    for name, used in counts.minute.items():
        pause = {"pause": 30.0} if name == "accounts" else {}
        per_shard = {"call", "read unit"} if name == "clock" else set()
        more = {what: n * (shards / 2 if what in per_shard else 1) for what, n in used.items()}
        add(name, more | pause, MONTH * 24 * 60)
    for name, used in counts.hour.items():
        often = {"watch": shards / 2, "words": 6}  # `words` runs every ten minutes
        add(name, used, MONTH * 24 * often.get(name, 1))
    for name, used in counts.case_day.items():
        days = "days in which a case moves" if name in ("night", "words") else "days for which a case is open"
        add(name, used, complaints * ASSUMED[days])
    rounds = max(ever - a_day * ASSUMED["days for which a case is open"], 0) * MONTH / 28
    # a case is checked on its newest list, on the others its head is read; runs of `watch` are in the hours
    add("check", {**counts.check, "invocation": 0}, rounds)
    add("look", {**counts.look, "invocation": 0}, rounds * (ASSUMED["days in which a case moves"] - 1))
    requests = complaints * (moves + views)
    mails = found["mail"]
    facts = min(ever, 3_000_000) / 1e6  # beyond 3 million another engine takes over, which is not in here
    seconds = facts * FIGURES_S * counts.scale * MONTH * VCPU_MB / megabytes["night"]
    gigabytes = seconds * megabytes["night"] / 1024
    events = ASSUMED["reports of SES on a mail"] * mails
    event_s = ASSUMED["milliseconds of a function for such a report"] / 1000
    files = whole * ASSUMED["files of evidence for a complaint"] * ASSUMED["MB of a file"] / 1000
    stored = (whole * counts.life.kept + (ever - whole) * counts.life.left) / 1e9
    for what, n in {
        "api": requests,
        "inspected": requests,
        "traffic": requests * ASSUMED["kB of an answer, compressed"] / 1e6,
        "invocation": events,
        "GB-second": gigabytes + events * event_s * megabytes["post_events"] / 1024,
        "disk": seconds * 9.5,
        "topic": events,
        "queue": queued * events,
        "log": events * LAMBDA_LINES / 1e9,
        "put": mails,
        "table": stored,
        "backup": stored,
        "file": files,
    }.items():
        found[what] += n  # type: ignore[assignment]
    found["kept log"] = 3 * found["log"]  # 90 days
    return found


def copies(month: Counter[str], a_day: int) -> Counter[str]:
    """Return what copies in another region use in a month, beside what the stack itself uses. `month` has
    the volumes of the stack. A backup is a full copy of the table; it is kept for a day here, and for three
    days there."""
    tree = template.infrastructure()
    [rule] = tree["Resources"]["BackupPlan"]["Properties"]["BackupPlan"]["BackupPlanRule"]
    days = sum(one["Lifecycle"]["DeleteAfterDays"] for one in (rule, *rule["CopyActions"]))
    runs = 24 / tree["Parameters"]["BackupHours"]["Default"]
    rules = sum(
        len(tree["Resources"][name]["Properties"]["ReplicationConfiguration"]["Fn::If"][1]["Rules"])
        for name in ("Evidence", "Sealed")
    )
    new = a_day * MONTH * ASSUMED["files of evidence for a complaint"] * ASSUMED["MB of a file"] / 1000
    made = replica.described()["Resources"].values()
    keys = [one for one in made if one["Type"] in ("AWS::KMS::Key", "AWS::KMS::ReplicaKey")]
    return Counter(
        {
            "backup copy": month["table"] * runs * days,
            "between regions": month["table"] * runs * MONTH + new,
            "in time": new,
            "file": month["file"],
            "put": month["put"],
            "key": len(keys) + 1,  # the key of new seals
            "secret": month["secret"],
            "metric": 4 * rules,
            "alarm": rules,
        }
    )


FIGURES_S = 167.0
"""The seconds of CPU that the figures of a million complaints take: `make years` took 502 of 3 million."""


def table(counts: Counts) -> str:
    """Return README's table of costs."""
    months = [volumes(counts, *case) for case in CASES]
    lines = [f"| US dollars a month | {' | '.join(CASES.values())} |", f"|---|{'---|' * len(CASES)}"]
    sums = [0.0] * len(CASES)
    for part, names in PARTS.items():
        said = [sum(PRICES[name].dollars * month[name] for name in names) for month in months]
        sums = [all_of + one for all_of, one in zip(sums, said, strict=True)]
        lines.append(f"| {part} | {' | '.join(f'{one:,.0f}' for one in said)} |")
    lines.append(f"| **together** | {' | '.join(f'**{one:,.0f}**' for one in sums)} |")
    there = [copies(month, a_day) for month, (a_day, _) in zip(months, CASES, strict=True)]
    more = [sum(PRICES[name].dollars * one[name] for name in COPIES) for one in there]
    lines.append(f"| more with copies in another region | {' | '.join(f'{one:,.0f}' for one in more)} |")
    return "\n".join(lines)


def main(readme: Path = ROOT / "README.md") -> None:
    """Count, and write README's table of costs."""
    said = table(counted())
    print(said)
    before, begin, rest = readme.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    readme.write_text(f"{before}{begin}\n{said}\n{end}{after}", "utf-8")


if __name__ == "__main__":
    main()
