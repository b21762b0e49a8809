"""Mutation testing: does a test notice when a rule changes? A kept seed draws places of the domain and the
views. For each place, tests run on a product in which only that place differs.

    python -m tests.mutants --seed 15 --count 100 [--keep build/mutants]

Sources are not written: modules change while they are imported. The tests of each folder run once, to record
the places they reach and their time. Then they run, the quick ones first, on each mutant that no earlier
folder noticed. Results are kept, so a stopped run can continue. Random lives are left out, because each rule
should have a test of its own."""

from __future__ import annotations

import argparse
import ast
import builtins
import json
import os
import random
import resource
import subprocess
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple

import pytest
from hypothesis import Phase, settings

ROOT = Path(__file__).parents[1]
PLACES = ("chalicelib.domain", "chalicelib.view")
FOLDERS = ("domain", "view", "letters", "life", "casework", "web", "documents", "cloud")
"""Folders whose tests run the product in their own process, the quickest first."""
LONGEST = 60
"""The limit in CPU seconds for the tests of one mutant. A mutant that exceeds it counts as noticed."""
OTHER: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
"""The comparison that replaces each comparison."""


class Place(NamedTuple):
    """A change: module, function (empty at module level), original source, its occurrence in that function,
    and its replacement."""

    module: str
    function: str
    source: str
    nth: int
    becomes: str


def changed(node: ast.expr) -> ast.expr | None:
    """Return the replacement of an expression, or None to leave it alone."""
    match node:
        case ast.Compare(left, [op], right):
            return ast.Compare(left, [OTHER[type(op)]()], right)
        case ast.BoolOp(op, values):
            return ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.UnaryOp(ast.Not(), operand):
            return operand
        case ast.BinOp(left, ast.BitOr(), ast.Attribute()):
            return left
        case ast.Constant(bool() as value):
            return ast.Constant(not value)
        case ast.Constant(int() as value):
            return ast.Constant(value + 1)
    return None


class Planting(ast.NodeTransformer):
    """A transformer that gives each drawn place of a module both meanings; `is_mutant(n)` chooses at run
    time."""

    def __init__(self, module: str, drawn: dict[Place, int]) -> None:
        self.module, self.drawn, self.within = module, drawn, ""
        self.found, self.seen = list[Place](), Counter[tuple[str, str]]()

    def visit(self, node: ast.AST) -> Any:
        """Visit a node, but skip types, patterns and decorators of classes."""
        outer = self.within
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            self.within = f"{outer}.{node.name}".lstrip(".")
        becomes = self.becomes(node) if isinstance(node, ast.expr) else None
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "pattern", "kind") or (
                field == "decorator_list" and isinstance(node, ast.ClassDef)
            ):
                continue
            if isinstance(value, list):
                value[:] = [self.visit(each) if isinstance(each, ast.AST) else each for each in value]
            elif isinstance(value, ast.AST):
                setattr(node, field, self.visit(value))
        self.within = outer
        return becomes(node) if becomes else node

    def becomes(self, node: ast.expr) -> Callable[[Any], ast.expr] | None:
        """Return a function that gives a drawn expression both meanings, once its inner expressions have
        theirs; None for all others."""
        other = changed(node)
        if other is None:
            return None
        source = ast.unparse(node)
        self.seen[self.within, source] += 1
        place = Place(self.module, self.within, source, self.seen[self.within, source], ast.unparse(other))
        self.found.append(place)
        if place not in self.drawn:
            return None
        asked = ast.Call(ast.Name("is_mutant", ast.Load()), [ast.Constant(self.drawn[place])], [])
        mutant = deepcopy(other)
        return lambda node: ast.IfExp(asked, mutant, node)


def every() -> Iterator[Place]:
    """Yield all places."""
    for package in PLACES:
        for file in sorted((ROOT / package.replace(".", "/")).rglob("*.py")):
            planting = Planting(".".join(file.relative_to(ROOT).with_suffix("").parts), {})
            planting.visit(ast.parse(file.read_text("utf-8")))
            yield from planting.found


class Planted(SourceFileLoader):
    """A loader that gives a module both meanings of its places, and never uses a compiled file."""

    drawn: dict[Place, int]

    def get_code(self, fullname: str) -> Any:
        """Return the compiled module."""
        tree = Planting(fullname, self.drawn).visit(ast.parse(self.get_data(self.path)))
        return compile(ast.fix_missing_locations(tree), self.path, "exec")


class Finder(PathFinder):
    """A finder that loads the modules of PLACES with `Planted`."""

    @classmethod
    def find_spec(cls, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return the spec of a module, or None outside of PLACES."""
        spec = super().find_spec(fullname, path, target) if f"{fullname}.".startswith(PLACES) else None
        if spec and isinstance(spec.loader, SourceFileLoader):
            spec.loader = Planted(fullname, spec.loader.path)
        return spec


class Trial:
    """The tests of a folder, collected once. A child process records which tests reach which places; then
    each mutant runs in a child of its own. With `only`, that one mutant is active since the import."""

    def __init__(self, keep: Path, folder: str, only: int | None) -> None:
        self.keep, self.folder, self.only = keep, folder, only
        self.test, self.failed, self.seen = "", "", set[tuple[int, str]]()
        builtins.is_mutant = self.reached if only is None else only.__eq__  # type: ignore[attr-defined]

    def reached(self, n: int) -> bool:
        """Record the running test at a place, which keeps its meaning."""
        self.seen.add((n, self.test))
        return False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember the last test that failed."""
        self.failed = report.nodeid if report.failed else self.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Replace pytest's single run of all tests."""
        items = {item.nodeid: item for item in session.items}
        if not (self.keep / f"{self.folder}.json").exists():
            child(lambda: self.note([*items.values()]))
        for n in still_open(self.keep, self.folder, self.only):
            tests = [items[test] for test in chosen(self.keep, self.folder, n)]
            seconds = child(lambda n=n, tests=tests: self.try_(n, tests))  # type: ignore[misc]
            if seconds is None:
                record_killer(self.keep, n, self.folder, f"more than {LONGEST} seconds")
        return True

    def note(self, items: list[pytest.Item]) -> None:
        """Run all tests on the unchanged product, and keep times and reached places. Tests that fail here
        are not used on mutants."""
        took = dict[str, float]()
        for item in items:
            begun, self.test, self.failed = process_time(), item.nodeid, ""
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
            if not self.failed:
                took[item.nodeid] = process_time() - begun
        notes = json.dumps({"took": took, "reached": sorted(self.seen)}, ensure_ascii=False)
        (self.keep / f"{self.folder}.json").write_text(notes, "utf-8")

    def try_(self, n: int, items: list[pytest.Item]) -> None:
        """Run tests on a mutant until one fails."""
        resource.setrlimit(resource.RLIMIT_CPU, (int(process_time()) + LONGEST, -1))
        builtins.is_mutant = n.__eq__  # type: ignore[attr-defined]
        for item in items:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
            if self.failed:
                break
        record_killer(self.keep, n, self.folder, self.failed)


def child(do: Callable[[], None]) -> int | None:
    """Run a function in a fork of this process; return its exit status, or None where a signal ended it."""
    if pid := os.fork():
        _, status = os.waitpid(pid, 0)
        return None if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        do()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Plant the places before the product is imported (plugin `-p tests.mutants`). Random tests stop at the
    first failing example."""
    settings.register_profile("mutants", deadline=None, phases=[Phase.explicit, Phase.generate])
    keep, folder, only = Path(os.environ["MUTANTS"]), os.environ["FOLDER"], os.environ.get("MUTANT")
    Planted.drawn = {place: n for n, place in enumerate(drawn(keep))}
    sys.meta_path.insert(0, Finder)
    early_config.pluginmanager.register(Trial(keep, folder, int(only) if only else None))


def drawn(keep: Path) -> list[Place]:
    """Return the drawn places."""
    return [Place(*each) for each in json.loads((keep / "drawn.json").read_text("utf-8"))]


def noted(keep: Path, folder: str) -> tuple[dict[int, set[str]], dict[str, float]]:
    """Return the tests of a folder that reach each place ("" during the import), and the seconds of each
    test."""
    notes, reached = json.loads((keep / f"{folder}.json").read_text("utf-8")), dict[int, set[str]]()
    for n, test in notes["reached"]:
        reached.setdefault(n, set()).add(test)
    return reached, notes["took"]


def chosen(keep: Path, folder: str, n: int) -> list[str]:
    """Return the tests for a place, as many as half of LONGEST allows, the quick ones first. Tests that
    reach the place lead. Tests of the same files follow, as one test's result is often cached for the
    next."""
    every_, took = noted(keep, folder)
    reached = every_.get(n, set())
    files = {test.partition("::")[0] for test in reached}
    found, spent = list[str](), 0.0
    for test in sorted(took, key=lambda test: ("" not in reached and test not in reached, took[test])):
        if "" in reached or test.partition("::")[0] in files:
            spent += took[test]
            found += [test] if spent < LONGEST / 2 else []
    return found


def record_killer(keep: Path, n: int, folder: str, killer: str) -> None:
    """Record and print the test of a folder that noticed a mutant, or that none did."""
    with (keep / "outcomes.jsonl").open("a", encoding="utf-8") as file:
        print(json.dumps([n, folder, killer]), file=file)
    print(n, killer or f"survives {folder}", *drawn(keep)[n], sep=" · ", file=sys.stderr, flush=True)


def outcomes(keep: Path) -> dict[int, dict[str, str]]:
    """Return the test that noticed each place, by folder; empty text where none did."""
    found: dict[int, dict[str, str]] = {n: {} for n in range(len(drawn(keep)))}
    if (kept := keep / "outcomes.jsonl").exists():
        for n, folder, killer in map(json.loads, kept.read_text("utf-8").splitlines()):
            found[n][folder] = killer
    return found


def still_open(keep: Path, folder: str, only: int | None = None) -> list[int]:
    """Return the mutants that no test has noticed and these tests have not run on. Without `only`, mutants
    active during the import are left out, because each needs its own run."""
    reached, _ = noted(keep, folder)
    known = outcomes(keep)
    left = [n for n in known if not any(known[n].values()) and folder not in known[n]]
    return [n for n in left if (n == only if only is not None else "" not in reached.get(n, ()))]


def run(keep: Path, folder: str, **environ: str) -> None:
    """Run the tests of a folder with the places planted."""
    subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "tests.mutants", "--hypothesis-profile=mutants", "-q"),
            *("-p", "no:cacheprovider", "--tb=no", "--capture=sys", f"tests/{folder}"),
            "--ignore=tests/domain/test_laws.py",
        ],
        cwd=ROOT,
        env={**os.environ, "MUTANTS": str(keep), "FOLDER": folder, **environ},
        stdout=subprocess.DEVNULL,
    )


def main() -> None:
    """Draw the places unless they are kept, record the tests that reach them, then find the test that
    notices each."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seed", type=int, default=15)
    asked.add_argument("--count", type=int, default=100)
    asked.add_argument("--keep", type=Path, default=ROOT / "build" / "mutants")
    said = asked.parse_args()
    keep: Path = said.keep.resolve()
    keep.mkdir(parents=True, exist_ok=True)
    if not (keep / "drawn.json").exists():
        found = sorted(every())
        picked = random.Random(said.seed).sample(found, said.count)
        (keep / "drawn.json").write_text(json.dumps(picked, ensure_ascii=False, indent=1), "utf-8")
        print(f"{len(picked)} of {len(found)} places")
    for folder in FOLDERS:
        run(keep, folder)
        reached, _ = noted(keep, folder)
        for n in reached:
            if still_open(keep, folder, n):
                run(keep, folder, MUTANT=str(n))
            if still_open(keep, folder, n):
                record_killer(keep, n, folder, "its import")
    known = outcomes(keep)
    for n, place in enumerate(drawn(keep)):
        print(n, next(filter(None, known[n].values()), "SURVIVED"), *place, sep=" · ")
    print(f"{sum(any(by.values()) for by in known.values())} of {len(known)} are noticed.")


if __name__ == "__main__":
    main()
