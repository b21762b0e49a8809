"""The costs of the product. `make bench` measures them, writes `build/bench.json` and README's table, and
prints each figure. Times are measured in RUNS runs, each in a process of its own; the table gives the lowest
and the highest.

Times are CPU only: the small AWS of `tests/cloud` repeats its earlier answers, so neither network nor table
is timed. Figures are medians. A ratio compares two works that took turns. Milliseconds are those of a
machine on which the reference workload needs REFERENCE_MS; it takes its turn too. Imports and memory are
those of the package, each in its own process.

Money is requests and units of whole lives, times list prices. It excludes the clock's queries of an idle
minute, and sealing and storage of documents, which the small AWS lacks."""

from __future__ import annotations

import ast
import gc
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from functools import cached_property, partial
from hashlib import sha256
from math import ceil
from operator import truediv
from os import cpu_count, getloadavg
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from time import process_time
from types import MappingProxyType, SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from botocore import UNSIGNED, xform_name
from botocore.awsrequest import AWSResponse
from botocore.session import get_session

import app
import tests.conftest  # noqa: F401  (the environment that clients need)
from chalicelib.aws import rows
from chalicelib.aws.macs import Macs
from chalicelib.documents.agreement import render
from chalicelib.figures.published import Published
from chalicelib.web.callers import CASE_COOKIE
from chalicelib.wiring import Product
from chalicelib.workers import handlers
from infra import build, layer, static
from tests.cloud.aws import REGION, Cloud
from tests.cloud.driven import LEFT, driven
from tests.cloud.faults import Faults
from tests.cloud.lives import LIVES
from tests.cloud.scenario import account, cloud_scenario, started as anew
from tests.cloud.session import Apply, Call
from tests.cloud.table import size
from tests.desk_pages import DeskPage, desk_pages
from tests.documents.agreements import IN_FORCE, VERIFY, agreement, digest, signatures
from tests.figures.made import published_files
from tests.scenario import HOUR, WANG, Scenario

REFERENCE_MS = 4.0
"""The milliseconds of the reference workload on the machine that figures refer to."""
ROUNDS = 60
STARTS = 9
"""The number of starts of each process."""
RUNS = 3
"""The number of runs of every measurement of time. Their range says how far to trust a figure."""
PRICES = {"write unit": 0.625e-6, "read unit": 0.125e-6, "message": 3 * 0.4e-6, "mail": 1e-4}
"""US dollars, us-east-1, on demand, without a free tier (AWS price lists of November 2024). The units are
DynamoDB's request units; SQS's requests to send, receive and delete a message; SES's mails."""
LEAN = "import chalice, pynamodb.models, pydantic, jinja2"
"""The least that such a function imports."""
TABLE = (
    (r"accept\.cpu_ratio", "CPU of a move, in those of boto3 with the same items", "×", 2.2),
    (r"accept\.macs_percent", "of it for the MACs of its rows, which are no call", "%", 10),
    (r"index\.items", "items of work lists that a move writes or deletes", "", 5),
    (r"index\.kb", "their size; the indexes hold as much again, and lines of roles twice", "kB", 3),
    (r"ladder_step\.cpu_ms", "CPU of a step of the clock", "ms", 2.5),
    (r"case_api\.cpu_ms", "CPU of `GET /v1/cases/{ref}` by a party", "ms", 2),
    (r"page\.start\.cpu_ms", "CPU of the first page", "ms", 1),
    (r"page\.complaint\.cpu_ms", "CPU of a party's page", "ms", 8),
    (r"page\.desk_list\.cpu_ms", "CPU of the desk's list, read from two full lists", "ms", 10),
    (r"page\.desk_case_\w+\.cpu_ms", "CPU of the dearest page of a case at the desk", "ms", 10),
    (r"page\.\w+\.cpu_ms", "CPU of the dearest page that is measured", "ms", 10),
    (r"coldstart\.site\.ratio", "start of the site, in imports of its libraries", "×", 1.3),
    (r"coldstart\.documents\.ratio", "start of the worker that sets and seals documents, likewise", "×", 1.3),
    (r"coldstart\.(?!site|documents)\w+\.ratio", "start of the slowest other worker, likewise", "×", 1.3),
    (r"package\.zip_mb", "package", "MB", 22),
    (r"package\.unzipped_mb", "package, unzipped", "MB", 60),
    (r"life\.upheld_and_paid\.us_cent", "AWS for a complaint that is upheld and paid", "US cent", 0.2),
    (r"life\.\w+\.us_cent", "AWS for the dearest life: a mediation with all its letters", "US cent", 0.2),
    (r"machine\.load", "load of each core while it was measured (above one the figures are too high)", "", 1),
)
"""The rows of README's table: a pattern of figure names, the description, the unit, the target."""
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
WORK = json.dumps([{"n": n, "text": "投诉" * 20} for n in range(400)])


class Tape:
    """A network that records AWS's answers and replays them in the same order."""

    def __init__(self) -> None:
        self.kept: list[tuple[Call, int, bytes, Mapping[str, str]]] = []
        self.next: int | None = None

    def __call__(self, call: Call, apply: Apply) -> AWSResponse:
        """Return the answer to one call, recorded or replayed. Raises AssertionError where another operation
        was recorded."""
        if self.next is None:
            made = apply()
            self.kept.append((call, made.status_code, made.content, made.headers))
            return made
        was, status, content, headers = self.kept[self.next]
        assert was.operation == call.operation, f"{call.operation} where {was.operation} was asked for"
        self.next += 1
        again = AWSResponse(call.url, status, headers, None)
        again._content = content
        return again

    @contextmanager
    def record(self) -> Iterator[list[tuple[Call, int, bytes, Mapping[str, str]]]]:
        """Record the answers while the context lasts; yield the record."""
        self.kept, self.next = [], None
        yield self.kept


def reference() -> None:
    """Run a fixed piece of work in plain Python: parse, sort, serialize and hash text. It uses Python's own
    garbage collection thresholds, whatever the product has set."""
    ours = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    for _ in range(4):
        read = sorted(json.loads(WORK), key=lambda one: str(one["n"]))
        sha256(json.dumps(read).encode()).hexdigest()
    gc.set_threshold(*ours)


def cpu() -> float:
    """Return the seconds of CPU of this process and of its ended children, as a child process sets a
    document."""
    children = getrusage(RUSAGE_CHILDREN)
    return process_time() + children.ru_utime + children.ru_stime


def taking_turns(rounds: int, *works: Callable[[], object]) -> list[float]:
    """Return the median CPU of each work, in milliseconds of the machine that figures refer to. Each turn is
    divided by the reference workload of the same turn."""
    found: list[list[float]] = [[] for _ in range(len(works) + 1)]
    with Path(os.devnull).open("w") as log, redirect_stdout(log):  # logs are written, then discarded
        for _ in range(rounds):
            for took, work in zip(found, (reference, *works), strict=True):
                start = cpu()
                work()
                took.append(cpu() - start)
    return [REFERENCE_MS * median(map(truediv, took, found[0])) for took in found[1:]]


class Bench:
    """The figures by name, printed as they are found."""

    def __init__(self) -> None:
        self.figures: dict[str, float] = {}

    def say(self, name: str, value: float) -> None:
        """Record and print a figure."""
        self.figures[name] = round(value, 3)
        print(f"{name:40} {value:8.2f}", flush=True)


def moves(bench: Bench) -> None:
    """Measure a move against its bare calls, a step of the clock, the API and the pages."""
    tape = Tape()
    with cloud_scenario(tape) as scenario:
        tape.next = None
        warm = scenario.move(WANG, "accept", scenario.submit().ref).ref
        scenario.post()
        ref = scenario.submit().ref
        accept = taped(tape, lambda: scenario.product.casework.move("accept", ref, WANG, {}))
        listed = [*written_to_lists(tape.kept)]
        bench.say("index.items", len(listed))
        bench.say("index.kb", sum(map(size, listed)) / 1e3)
        stock = get_session()  # with botocore's own parsers of answers, unlike the session of the product
        stock.register("choose-signer.*.*", lambda **_: UNSIGNED)
        clients = {name: stock.create_client(name, region_name=REGION) for name in ("dynamodb", "sqs")}
        raw = played(tape, tape.kept, lambda: bare(clients, tape.kept))
        ours, plain, macs = taking_turns(ROUNDS, accept, raw, authenticated(scenario, accept))
        bench.say("accept.cpu_ratio", ours / plain)
        bench.say("accept.cpu_ms", ours)
        bench.say("accept.macs_percent", 100 * macs / ours)

        tape.next = None
        late = scenario.submit().ref
        scenario.later(16 * HOUR)
        (
            scenario.product.file.roster(),
            scenario.product.file.load(late),
            scenario.product.holds.known(),
        )  # fills the caches of roster, outages and the hold switch
        step = taped(tape, lambda: scenario.product.casework.look_at(late, scenario.time))
        bench.say("ladder_step.cpu_ms", *taking_turns(ROUNDS, step))
        tape.next = None
        for name, ask in api_requests(scenario, warm):
            answer = ask()
            assert answer["statusCode"] == 200, (name, answer)
            bench.say(f"{name}.cpu_ms", *taking_turns(ROUNDS, taped(tape, ask)))
            tape.next = None


def written_to_lists(kept: list[Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the items of work lists that the transactions on a tape write. Each has an entry in the index."""
    for call, *_ in kept:
        for action in call.request.get("TransactItems", ()):
            for one in action.values():
                item = one.get("Item") or one.get("Key") or {}
                if item.get("sk", {}).get("S", "").startswith(rows.every("SEAT")):
                    yield item


class NotedMacs(Macs):
    """MACs that record each request to make or check one."""

    def __init__(self, of: Macs) -> None:
        self.__dict__.update(of.__dict__)
        self.asked: list[Callable[[], object]] = []

    def _made(self, *said: Any) -> str:
        self.asked.append(lambda: Macs._made(self, *said))
        return super()._made(*said)

    def _fits(self, mac: str | None, *said: Any) -> bool:
        self.asked.append(lambda: Macs._fits(self, mac, *said))
        return super()._fits(mac, *said)


def authenticated(scenario: Scenario, move: Callable[[], object]) -> Callable[[], None]:
    """Return the work on MACs of a move, without the rest of the move."""
    file = scenario.product.file
    own, file._macs = file._macs, NotedMacs(scenario.product.macs)
    move()
    noted, file._macs = file._macs, own

    def again() -> None:
        for one in noted.asked:
            one()

    return again


def api_requests(scenario: Scenario, ref: str) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    """Yield requests as API Gateway sends them, by the name of their figure."""
    token = scenario.product.links.token(ref, "p1", scenario.product.file.load(ref).party("p1").generation)
    mine = {"cookie": f"{CASE_COOKIE}={ref}.{token}"}
    files = published_files(5_000)
    store = SimpleNamespace(keys=lambda folder: iter(files), read=files.__getitem__)
    scenario.product.published = Published(store, lambda: scenario.time)
    for name, resource, headers in (
        ("case_api", "/v1/cases/{ref}", {"authorization": f"Bearer {token}"}),
        ("page.start", "/", {}),
        ("page.complaint", "/case", mine),
        ("page.file", "/complain", {}),
        ("page.figures", "/figures", {}),
    ):
        yield name, lambda resource=resource, headers=headers: request(resource, ref, headers)


def desk(bench: Bench) -> None:
    """Measure the pages of the desk of a busy team."""
    tape = Tape()
    with cloud_scenario(tape) as scenario, Path(os.devnull).open("w") as log:
        with redirect_stdout(log):
            every = [*desk_pages(scenario)]
        for page in every:
            tape.next = None
            with redirect_stdout(log):
                page_answer(page)  # fills the caches of a process, and records the reads of this hour
                answer = page_answer(page)
            assert answer["statusCode"] == 200, (page, answer)
            bench.say(
                f"page.desk_{page.name}.cpu_ms",
                *taking_turns(ROUNDS, taped(tape, partial(page_answer, page))),
            )


def page_answer(page: DeskPage) -> dict[str, Any]:
    """Return the site's answer to a request for a page of the desk."""
    answer: dict[str, Any] = app.app(
        event(page.resource, page.names, {"cookie": page.cookie}, page.query, page.form), LEFT
    )
    return answer


def request(resource: str, ref: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """Return the site's answer to a GET."""
    answer: dict[str, Any] = app.app(event(resource, {"ref": ref}, headers), LEFT)
    return answer


def event(
    resource: str,
    names: Mapping[str, str],
    headers: Mapping[str, str],
    query: Mapping[str, str] = MappingProxyType({}),
    form: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return a request as the event of API Gateway: a GET, or a POST of a form. `names`: the values in the
    path."""
    path, used = resource.format(**names), {name: names[name] for name in names if f"{{{name}}}" in resource}
    sent = {} if form is None else {"content-type": "application/x-www-form-urlencoded"}
    return {
        "resource": resource,
        "path": path,
        "httpMethod": "GET" if form is None else "POST",
        "headers": {**headers, **sent},
        "body": None if form is None else urlencode(form),
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} or None,
        "pathParameters": used or None,
        "stageVariables": None,
        "isBase64Encoded": False,
        "requestContext": {
            "resourcePath": resource,
            "path": path,
            "httpMethod": "GET" if form is None else "POST",
            "identity": {"sourceIp": "127.0.0.1"},
        },
    }


def taped(tape: Tape, work: Callable[[], object]) -> Callable[[], None]:
    """Run the work once, and return it as a replay over AWS's answers of that run."""
    with tape.record() as kept:
        work()
    return played(tape, kept, work)


def played(tape: Tape, kept: list[Any], work: Callable[[], object]) -> Callable[[], None]:
    """Return the work over a tape, from the tape's beginning."""

    def again() -> None:
        tape.kept, tape.next = kept, 0
        work()

    return again


def bare(clients: Mapping[str, Any], kept: list[Any]) -> None:
    """Make the calls of a move with boto3's clients, and nothing else."""
    for call, *_ in kept:
        getattr(clients[call.service], xform_name(call.operation))(**call.request)


def package(bench: Bench) -> None:
    """Measure the size of the package, and each function's imports until it can work, against the lean
    import."""
    out = build.package()
    with zipfile.ZipFile(out / "deployment.zip") as zipped, tempfile.TemporaryDirectory() as folder:
        bench.say("package.zip_mb", (out / "deployment.zip").stat().st_size / 1e6)
        bench.say("package.unzipped_mb", sum(entry.file_size for entry in zipped.infolist()) / 1e6)
        zipped.extractall(folder)
        with zipfile.ZipFile(out / "layer.zip") as only_documents:
            only_documents.extractall(folder)
        asked = f"import app; app.app({event('/', {}, {})!r}, None)"
        lean, request, *woken = started(folder, LEAN, asked, *functions().values())
        bench.say("coldstart.lean.ms", median(took for took, _ in lean))
        for name, starts in zip(functions(), woken, strict=True):
            turns = zip(starts, lean, strict=True)
            bench.say(f"coldstart.{name}.ratio", median(took / least for (took, _), (least, _) in turns))
        bench.say("memory.request_mb", median(kept for _, kept in request))


def functions() -> dict[str, str]:
    """Return, by function, the statement that makes it ready. The statement imports the handlers and builds
    the parts of the product that the function uses, clients of AWS included."""
    found = {"site": "import app"}
    for node in ast.parse(Path(handlers.__file__).read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            inside = [one for one in ast.walk(node) if isinstance(one, ast.Attribute)]
            used = next(one.attr for one in inside if ast.unparse(one.value) == "product")
            made = vars(Product)[used]
            names = [used] if isinstance(made, cached_property) else made.__code__.co_names
            parts = (name for name in names if isinstance(vars(Product).get(name), cached_property))
            built = ", ".join(f"product.{part}" for part in parts)
            found[node.name] = f"from chalicelib.workers.handlers import product; {built}"
    return found


def started(folder: str, *statements: str) -> list[list[tuple[float, float]]]:
    """Return, for each statement, CPU milliseconds and peak megabytes (as Linux counts them) of STARTS
    processes that run only it. Statements take turns."""
    _, variables = account()
    found: list[list[tuple[float, float]]] = [[] for _ in statements]
    for _ in range(STARTS):
        for seen, statement in zip(found, statements, strict=True):
            seen.append(once_started(folder, statement, variables))
    return found


def once_started(folder: str, statement: str, variables: Mapping[str, str]) -> tuple[float, float]:
    """Return CPU milliseconds and peak megabytes of one such process."""
    said = "\n".join(
        (
            "import json, sys, time",
            f"sys.path[:0] = [{folder!r}, {folder + '/python'!r}]",
            "start = time.process_time()",
            statement,
            "took = time.process_time() - start",
            "kept = next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM'))",
            "print(json.dumps([took * 1e3, int(kept) / 1e3]))",
        )
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", said],
        env={**os.environ, **variables},
        text=True,
        check=True,
        capture_output=True,
    )
    took, kept = json.loads(done.stdout.splitlines()[-1])
    return took, kept


class Priced(Faults):
    """A network without faults that counts the priced units of AWS."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(0)
        self.cease()
        self.cloud, self.used = cloud, Counter[str]()

    def foresees(self, call: Call) -> bool:
        """Return False: every call is to be seen on the wire."""
        return False

    def __call__(self, call: Call, apply: Apply) -> AWSResponse:
        """Pass a call on and count its units."""
        answer = super().__call__(call, apply)
        if call.service == "dynamodb":
            self._units(call, json.loads(answer.content))
        else:
            self.used[{"sqs": "message", "sesv2": "mail"}.get(call.service, "other")] += 1
        return answer

    def _units(self, call: Call, answer: Mapping[str, Any]) -> None:
        request = call.request
        if call.operation == "TransactWriteItems":
            for action in request["TransactItems"]:
                self.used["write unit"] += 2 * sum(self._written(one) for one in action.values())
        elif call.operation in ("PutItem", "UpdateItem", "DeleteItem"):
            self.used["write unit"] += self._written(request)
        elif call.operation in ("GetItem", "Query", "BatchGetItem", "TransactGetItems", "Scan"):
            read = len(json.dumps(answer, ensure_ascii=False).encode())
            asked = next(iter(request.get("RequestItems", {"": request}).values()))
            share = 1 if asked.get("ConsistentRead") else 0.5
            self.used["read unit"] += share * ceil(read / 4096)

    def _written(self, one: Mapping[str, Any]) -> int:
        """Return the write units of an item as it now is, with its entries in the indexes."""
        table = self.cloud.tables[one["TableName"]]
        whole = one.get("Item") or {}
        item = whole or table.items.get((one["Key"][table.hash]["S"], one["Key"][table.range]["S"]), {})
        indexes = [index for index in table.indexes.values() if index.hash in item and index.range in item]
        return ceil(max(size(item), 1) / 1024) + sum(ceil(size(index.of(item)) / 1024) for index in indexes)


UNTAUGHT = """based_on = "default-1"
trainings = {}
"""
"""A policy that demands no training. Without trainings a daily digest would leave, which is no cost
of a complaint."""


def lives(bench: Bench) -> None:
    """Measure the AWS price of whole lives, from the filing to the last obligation."""
    with tempfile.TemporaryDirectory() as folder:
        (rules := Path(folder) / "untaught.toml").write_text(UNTAUGHT)
        for life in LIVES:
            priced = Priced(account()[0])
            with driven(priced) as scenario:
                os.environ["POLICY"] = str(rules)
                scenario.started(anew)
                life(scenario)
            bench.say(
                f"life.{life.__name__}.us_cent",
                sum(100 * PRICES.get(what, 0) * n for what, n in priced.used.items()),
            )


def documents(bench: Bench) -> None:
    """Measure the typesetting of an agreement."""
    sys.path.append(str(layer.fonts()))
    text = agreement()
    bench.say(
        "agreement.ms",
        *taking_turns(STARTS, lambda: render(text, signatures(text), digest(text), IN_FORCE, VERIFY)),
    )


def table(figures: Mapping[str, list[float]]) -> str:
    """Return README's table. A row shows the range of its highest figure over all runs, and the target."""
    lines = ["| what it costs | measured | to reach |", "|---|---|---|"]
    for names, what, unit, goal in TABLE:
        most = max((found for name, found in figures.items() if re.fullmatch(names, name)), key=median)
        said = dict.fromkeys(f"{value:.3g}" for value in (min(most), max(most)))
        lines.append(f"| {what} | {'–'.join(said)} {unit} | {goal:g} {unit} |")
    return "\n".join(lines)


def run(to: Path) -> None:
    """Measure all times once, and write the figures to the file `to`."""
    bench = Bench()
    bench.say("machine.load", getloadavg()[0] / (cpu_count() or 1))
    for part in (moves, desk, documents, package):
        part(bench)
    to.write_text(json.dumps(bench.figures))


def runs() -> dict[str, list[float]]:
    """Measure all times in RUNS processes, one after another. Return the figures of all runs by name."""
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for n in range(RUNS):
            print(f"run {n + 1} of {RUNS}", flush=True)
            to = Path(folder) / "run.json"
            subprocess.run([sys.executable, "-m", "tests.bench", "run", str(to)], check=True)
            for name, value in json.loads(to.read_text()).items():
                found.setdefault(name, []).append(value)
    return found


def main(to: Path = Path("build/bench.json"), readme: Path = Path("README.md")) -> None:
    """Measure everything, and write the figures and README's table. A figure of time is a list with the
    value of each run."""
    static.main()
    found, bench = runs(), Bench()
    lives(bench)
    found |= {name: [value] for name, value in bench.figures.items()}
    to.parent.mkdir(exist_ok=True)
    to.write_text(json.dumps(found, indent=1))
    before, begin, rest = readme.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    readme.write_text(f"{before}{begin}\n{table(found)}\n{end}{after}", "utf-8")
    subprocess.run([sys.executable, "-m", "tests.costs"], check=True)
    print(f"written to {to} and {readme}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["run"]:
        run(Path(sys.argv[2]))
    else:
        main()
