"""The structure of the code: imports point inward, only the edge knows AWS and HTTP, and keys and the
environment have one place each."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = [ROOT / "app.py", *sorted((ROOT / "chalicelib").rglob("*.py"))]
WORKERS = ROOT / "chalicelib/workers/handlers.py"
ROOMS = (
    "app",
    "workers",
    "web",
    "wiring",
    "aws",
    "operations",
    "documents",
    "incoming",
    "delivery",
    "hooks",
    "evidence",
    "view",
    "figures",
    "letters",
    "cases",
    "locale",
    "access",
    "logs",
    "domain",
    "__init__",
)
"""The rooms, each above the rooms that it may import."""
LEVEL = {room: level for level, room in enumerate(reversed(ROOMS))}
ONLY_FROM = {
    "aws": {"aws", "wiring"},
    "wiring": {"web", "workers"},
    "web": {"app", "web"},
    "workers": {"app", "workers"},
    "documents.typesetting": {"documents"},
    "documents.sealing": {"documents"},
}
"""Rooms and modules that few may import: AWS, the wiring, and modules that import slowly."""
ONLY = {
    "boto3": {"aws", "wiring"},
    "botocore": {"aws", "wiring"},
    "pynamodb": {"aws", "wiring"},
    "chalice": {"web", "workers", "app"},
}
"""Rooms that may know libraries of the outside."""
KEYS = re.compile(
    r"\b(CASE|CHANGED|ENTRY|PARTY|POST|LETTER|MOVED|SEAT|FIND|HOUSE|DIGEST|IDEM"
    r"|LOCK|HOOK|FILE|CEILING|SESSION|LOGIN|ENDPOINT)#"
)
LONGEST = 110
FORBIDDEN = {"logic", "utils", "services", "managers", "helpers"}


def part(file: Path) -> str:
    """Return the room of a file; for a module in the root its name."""
    names = file.relative_to(ROOT).with_suffix("").parts
    return names[1] if len(names) > 1 else names[0]


@cache
def nodes(file: Path) -> list[ast.AST]:
    """Return all syntax nodes of a file, the module first."""
    return [*ast.walk(ast.parse(file.read_text("utf-8")))]


def calls(file: Path) -> Iterator[tuple[str, ast.Call]]:
    """Yield every call in a file with the name of the called function: an empty one if a result is called."""
    for node in nodes(file):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func) if isinstance(node.func, ast.Name | ast.Attribute) else "", node


@cache
def imports(file: Path) -> tuple[str, ...]:
    """Yield every module that a file imports, in functions too, with the full names of imported names."""
    found: list[str] = []
    for node in nodes(file):
        if isinstance(node, ast.Import):
            found += (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written out"
            found += (f"{node.module}.{name.name}" for name in node.names)
    return tuple(found)


def test_rooms_import_downwards_only() -> None:
    """A room imports itself and rooms below it. A module that fails belongs in another room."""
    upward = [
        (str(file.relative_to(ROOT)), name)
        for file in FILES
        for name in imports(file)
        if name.startswith("chalicelib.") and LEVEL[room_of(name)] > LEVEL[part(file)]
    ]
    assert upward == []


def test_few_modules_lie_in_the_root() -> None:
    """The root has the modules that start the product; every other module is in the room of its subject."""
    assert {path.name for path in (ROOT / "chalicelib").glob("*.py")} == {
        "__init__.py",
        "logs.py",
        "wiring.py",
    }


def test_some_rooms_are_imported_by_few() -> None:
    """Only the wiring imports AWS, and only the web and the workers import the wiring."""
    for file in FILES:
        for name in imports(file):
            for one, by in ONLY_FROM.items():
                if f"{name}.".startswith(f"chalicelib.{one}."):
                    assert part(file) in by, f"{name} in {file}"


def test_libraries_of_the_edge_stay_there() -> None:
    """Only the listed rooms import a library of the outside."""
    for file in FILES:
        for name in imports(file):
            assert part(file) in ONLY.get(name.split(".")[0], {part(file)}), f"{name} in {file}"


def room_of(name: str) -> str:
    """Return the room of a module of ours, given its full name."""
    return name.split(".")[1]


def test_a_worker_starts_without_what_it_does_not_need() -> None:
    """The workers import no page, template or request model; pydantic loads only with the first stored
    row."""
    told = "import sys; import chalicelib.workers.handlers; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, text=True, check=True, capture_output=True)
    loaded = {".".join(name.split(".")[:2]) for name in done.stdout.split()}
    assert "chalicelib.wiring" in loaded
    assert not loaded & {"chalicelib.web", "chalicelib.web.request_models", "jinja2", "pydantic"}


UNDER = {
    "domain/model": {"domain.engine", "domain.moves"},
    "domain/engine": {"domain.moves"},
    "web/forms": {"web.pages", "web.routes"},
    "web/api": {"web.pages.consumer", "web.pages.desk"},
    "web/pages": {"web.routes"},
}
"""Modules that a folder must not import."""


def test_a_folder_knows_nothing_of_what_is_made_from_it() -> None:
    """Values import no move, the engine no phase, a form no page, an answer of the interface no page, a page
    no route."""
    for file in FILES:
        unknown = UNDER.get("/".join(file.relative_to(ROOT).parts[1:3]), set())
        for name in imports(file):
            ours = f"{name}.".removeprefix("chalicelib.")
            assert not any(ours.startswith(f"{one}.") for one in unknown), f"{name} in {file}"


def test_no_module_imports_itself_by_a_detour() -> None:
    """Imports have no cycle, including those for types only and inside functions."""
    modules = {".".join(file.relative_to(ROOT).with_suffix("").parts): file for file in FILES}
    needs = {
        name: {of for needed in imports(file) for of in (needed, needed.rpartition(".")[0]) if of in modules}
        for name, file in modules.items()
    }
    assert len([*TopologicalSorter(needs).static_order()]) == len(modules)


def test_the_domain_needs_nothing_but_python() -> None:
    """The domain imports only the standard library, and of that no clock, randomness, network or process."""
    for file in FILES:
        if part(file) == "domain":
            for name in imports(file):
                top = name.split(".")[0]
                assert top in sys.stdlib_module_names | {"chalicelib"}, f"{name} in {file}"
                assert top not in {
                    "os",
                    "time",
                    "random",
                    "secrets",
                    "uuid",
                    "socket",
                    "urllib",
                    "http",
                    "subprocess",
                    "threading",
                }, f"{name} in {file}"
            text = file.read_text("utf-8")
            assert not re.search(r"\b(now|today|utcnow)\(", text), f"time comes in as an argument: {file}"


def test_a_record_is_changed_in_one_way() -> None:
    """Records are copied by `domain/frozen`, which costs a third of `dataclasses.replace`."""
    others = {file for file in FILES if "dataclasses.replace" in imports(file)}
    assert {str(file.relative_to(ROOT)) for file in others} == {"chalicelib/domain/frozen.py"}


def test_no_text_becomes_code_or_a_command() -> None:
    """No text becomes code, a shell command, an object or a tree with entities. Only the press and the
    picture maker start a process, confined and without a shell."""
    of_processes = ("documents/typesetting", "evidence/confined", "evidence/pictures")
    starting = {ROOT / f"chalicelib/{module}.py" for module in of_processes}
    for file in FILES:
        names = {name.split(".")[0] for name in imports(file)}
        assert not names & {
            "pickle",
            "marshal",
            "shelve",
            "yaml",
            "xml",
            "lxml",
            "ctypes",
            "importlib",
            "ldap3",
        }, file
        assert "socket" not in names or file == ROOT / "chalicelib/hooks/https.py", file
        assert "subprocess" not in names or file in starting, file
        for called, call in calls(file):
            assert called not in {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}, file
            assert not any(keyword.arg == "shell" for keyword in call.keywords), file


def test_an_address_is_opened_only_to_sign_staff_in() -> None:
    """Other uses are the local mailbox, the configured mailbox and gateways of mail and short messages, and
    webhooks. No other address that a user wrote is opened. That of a webhook is checked
    (tests/hooks/test_https.py), and nothing is sent while `hooks` is in the setting HOLD
    (tests/hooks/test_sending.py)."""
    for file in FILES:
        opening = {
            "urllib.request",
            "http.client",
            "requests",
            "httpx",
            "urllib3",
            "aiohttp",
            "ftplib",
            "smtplib",
            "imaplib",
        }
        opens = [name for name in imports(file) if any(f"{name}.".startswith(f"{one}.") for one in opening)]
        assert not opens or file.relative_to(ROOT / "chalicelib").as_posix() in (
            "web/signin.py",
            "delivery/mail_gateway.py",
            "delivery/sms_gateway.py",
            "incoming/fetching.py",
            "hooks/https.py",
            "web/pages/consumer/mailbox.py",
        ), file


def test_digests_are_sha_256_and_secrets_are_no_chance() -> None:
    """Only certificates name a key by SHA-1, as RFC 5280 does. Randomness that only spreads retries may be
    guessable, and the draws of an interval have a fixed seed."""
    for file in FILES:
        allowed = {"hashlib.sha256", "hashlib.sha1"} if file.name == "certificate.py" else {"hashlib.sha256"}
        assert {name for name in imports(file) if name.startswith("hashlib")} <= allowed, file
        chance = {name for name in imports(file) if name.split(".")[0] in ("random", "uuid")}
        assert not chance or file.name in ("wiring.py", "survey.py"), file
        for called, call in calls(file):
            if called in ("hmac.digest", "hmac.new"):
                assert ast.unparse(call.args[2]) == "'sha256'", file


def test_only_wiring_and_aws_read_the_environment() -> None:
    """Other modules get a setting from the wiring."""
    for file in FILES:
        if part(file) not in ("wiring", "aws"):
            read = {node.attr for node in nodes(file) if isinstance(node, ast.Attribute)}
            asked = read & {"environ", "getenv", "environb"} | {*imports(file)} & {"os.environ", "os.getenv"}
            assert not asked, f"{asked} in {file}"


def test_only_rows_builds_a_key() -> None:
    """Only `rows.py` knows the form of the table's keys."""
    for file in FILES:
        if file == ROOT / "chalicelib/aws/rows.py":
            continue
        for node in nodes(file):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not KEYS.search(node.value), f"{node.value} in {file}"
        for called, call in calls(file):
            if called in ("Row", "Row.get", "Row.query", "rows.Row"):
                inside = [inner for value in call.args[:2] for inner in ast.walk(value)]
                assert not any(isinstance(inner, ast.JoinedStr) for inner in inside), (
                    f"{ast.unparse(call)} in {file}"
                )


def test_handlers_hold_one_call() -> None:
    """Each worker has its trigger and one call."""
    module = nodes(WORKERS)[0]
    assert isinstance(module, ast.Module)
    handlers = [node for node in module.body if isinstance(node, ast.FunctionDef)]
    assert handlers
    for handler in handlers:
        said, only = handler.body[0], handler.body[1:]
        assert handler.decorator_list, handler.name
        assert isinstance(said, ast.Expr), handler.name
        assert ast.get_docstring(handler), handler.name
        assert len(only) == 1, handler.name
        assert isinstance(only[0], (ast.Expr, ast.Return)), handler.name
        assert isinstance(only[0].value, ast.Call), handler.name


def test_schedules_and_queues_are_in_the_index() -> None:
    """The other blueprints have routes only."""
    for file in (file for file in FILES if file != WORKERS):
        functions = [node for node in nodes(file) if isinstance(node, ast.FunctionDef)]
        decorators = [
            ast.unparse(decorator) for function in functions for decorator in function.decorator_list
        ]
        assert not [
            name for name in decorators if re.search(r"\.(schedule|on_\w+|lambda_function)\(", name)
        ], file


def test_modules_are_named_for_what_they_are() -> None:
    """No module has a catch-all name, and every room is listed."""
    for file in FILES:
        assert not FORBIDDEN & set(file.relative_to(ROOT).with_suffix("").parts), file
        assert part(file) in LEVEL, f"list the room {part(file)} in ROOMS, above all that it imports"


def test_no_test_imports_a_test() -> None:
    """Builders that several tests share are in a module without tests."""
    for file in (ROOT / "tests").rglob("*.py"):
        if re.search(r"(?<!def )\btest_", file.read_text("utf-8")):  # a file without it names no test
            assert not [name for name in imports(file) if ".test_" in name], file


def test_no_module_of_the_tests_is_called_as_one_of_python() -> None:
    """pytest puts the folders of tests on `sys.path`, where such a module would hide Python's own."""
    assert not {file.stem for file in (ROOT / "tests").rglob("*.py")} & sys.stdlib_module_names


def test_a_line_has_at_most_110_characters() -> None:
    """The formatter lays out code; this rule covers texts, comments and scripts of pages too."""
    scripts = (ROOT / "chalicelib/web/static").glob("*.js")
    places = [file for place in ("chalicelib", "infra", "tests") for file in (ROOT / place).rglob("*.py")]
    long = {
        str(file): n
        for file in [ROOT / "app.py", *places, *scripts]
        for n, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if len(line) > LONGEST
    }
    assert not long
