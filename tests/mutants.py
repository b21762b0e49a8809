"""Whether a test notices when a rule changes: places of the domain and of the views are drawn with a kept
seed, and for each of them the tests are run on a product in which only that place says something else.

    python -m tests.mutants --seed 15 --count 100 [--keep build/mutants]

Nothing is written into the sources: modules are changed while they are imported. Folder by folder, the tests
are run once to note which of them come to which place, and how long each takes; then those are run on each
mutant that no folder before has noticed, the quick ones first. What is known is kept, so that a run that was
stopped goes on where it was. Random lives are left out: a rule is to be stated by a test of its own."""

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
"""Whose tests run the product in their own process, the quickest first."""
LONGEST = 60
"""Seconds of CPU for the tests of one mutant; one that never ends is noticed too."""
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
"""The comparison that takes the place of one."""


class Place(NamedTuple):
    """One change: in which function of which module (empty outside of all), what stands there, the
    how-many-eth of it, and what takes its place."""

    module: str
    function: str
    source: str
    nth: int
    becomes: str


def changed(node: ast.expr) -> ast.expr | None:
    """What takes the place of an expression; None for one that is left alone."""
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
    """Gives each place of a module that was drawn both of its meanings: `is_mutant(n)` says which holds."""

    def __init__(self, module: str, drawn: dict[Place, int]) -> None:
        self.module, self.drawn, self.within = module, drawn, ""
        self.found, self.seen = list[Place](), Counter[tuple[str, str]]()

    def visit(self, node: ast.AST) -> Any:
        """Types, decorators of classes and patterns are no places."""
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
        """Of an expression that was drawn, what gives it both meanings, once those within it have theirs."""
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
    """All places that there are."""
    for package in PLACES:
        for file in sorted((ROOT / package.replace(".", "/")).rglob("*.py")):
            planting = Planting(".".join(file.relative_to(ROOT).with_suffix("").parts), {})
            planting.visit(ast.parse(file.read_text("utf-8")))
            yield from planting.found


class Planted(SourceFileLoader):
    """Loads a module with both meanings of its places, never from what was compiled before."""

    drawn: dict[Place, int]

    def get_code(self, fullname: str) -> Any:
        """The compiled module."""
        tree = Planting(fullname, self.drawn).visit(ast.parse(self.get_data(self.path)))
        return compile(ast.fix_missing_locations(tree), self.path, "exec")


class Finder(PathFinder):
    """Finds the modules of PLACES for `Planted`."""

    @classmethod
    def find_spec(cls, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """None for every other module."""
        spec = super().find_spec(fullname, path, target) if f"{fullname}.".startswith(PLACES) else None
        if spec and isinstance(spec.loader, SourceFileLoader):
            spec.loader = Planted(fullname, spec.loader.path)
        return spec


class Trial:
    """A folder's tests, collected once: a child of this process notes who comes to the places; then each
    mutant is tried in a child of its own, or the one that holds since the product was imported."""

    def __init__(self, keep: Path, folder: str, only: int | None) -> None:
        self.keep, self.folder, self.only = keep, folder, only
        self.test, self.failed, self.seen = "", "", set[tuple[int, str]]()
        builtins.is_mutant = self.reached if only is None else only.__eq__  # type: ignore[attr-defined]

    def reached(self, n: int) -> bool:
        """A place keeps its meaning, and it is noted who came to it."""
        self.seen.add((n, self.test))
        return False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """The last test that failed."""
        self.failed = report.nodeid if report.failed else self.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In the place of the one run of all tests."""
        items = {item.nodeid: item for item in session.items}
        if not (self.keep / f"{self.folder}.json").exists():
            child(lambda: self.note([*items.values()]))
        for n in still_open(self.keep, self.folder, self.only):
            tests = [items[test] for test in chosen(self.keep, self.folder, n)]
            seconds = child(lambda n=n, tests=tests: self.try_(n, tests))  # type: ignore[misc]
            if seconds is None:
                told(self.keep, n, self.folder, f"more than {LONGEST} seconds")
        return True

    def note(self, items: list[pytest.Item]) -> None:
        """Run all tests on the product as it is; what fails there says nothing of mutants."""
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
        told(self.keep, n, self.folder, self.failed)


def child(do: Callable[[], None]) -> int | None:
    """Do something in a copy of this process; None where it did not end by itself."""
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
    """As a plugin (`-p tests.mutants`): plant the places before anything imports the product. The first
    random example that fails will do."""
    settings.register_profile("mutants", deadline=None, phases=[Phase.explicit, Phase.generate])
    keep, folder, only = Path(os.environ["MUTANTS"]), os.environ["FOLDER"], os.environ.get("MUTANT")
    Planted.drawn = {place: n for n, place in enumerate(drawn(keep))}
    sys.meta_path.insert(0, Finder)
    early_config.pluginmanager.register(Trial(keep, folder, int(only) if only else None))


def drawn(keep: Path) -> list[Place]:
    """The places that were drawn."""
    return [Place(*each) for each in json.loads((keep / "drawn.json").read_text("utf-8"))]


def noted(keep: Path, folder: str) -> tuple[dict[int, set[str]], dict[str, float]]:
    """Which tests of a folder come to each place ("" while it is imported), and the seconds of each test."""
    notes, reached = json.loads((keep / f"{folder}.json").read_text("utf-8")), dict[int, set[str]]()
    for n, test in notes["reached"]:
        reached.setdefault(n, set()).add(test)
    return reached, notes["took"]


def chosen(keep: Path, folder: str, n: int) -> list[str]:
    """Tests for a place, as many as there is time for: those that come to it, then the others of their files,
    for what one test works out is often kept for the next; the quick ones first."""
    every_, took = noted(keep, folder)
    reached = every_.get(n, set())
    files = {test.partition("::")[0] for test in reached}
    found, spent = list[str](), 0.0
    for test in sorted(took, key=lambda test: ("" not in reached and test not in reached, took[test])):
        if "" in reached or test.partition("::")[0] in files:
            spent += took[test]
            found += [test] if spent < LONGEST / 2 else []
    return found


def told(keep: Path, n: int, folder: str, killer: str) -> None:
    """Keep which test of a folder noticed a mutant, if one did."""
    with (keep / "outcomes.jsonl").open("a", encoding="utf-8") as file:
        print(json.dumps([n, folder, killer]), file=file)
    print(n, killer or f"survives {folder}", *drawn(keep)[n], sep=" · ", file=sys.stderr, flush=True)


def outcomes(keep: Path) -> dict[int, dict[str, str]]:
    """Of each place, by folder, which test noticed it."""
    found: dict[int, dict[str, str]] = {n: {} for n in range(len(drawn(keep)))}
    if (kept := keep / "outcomes.jsonl").exists():
        for n, folder, killer in map(json.loads, kept.read_text("utf-8").splitlines()):
            found[n][folder] = killer
    return found


def still_open(keep: Path, folder: str, only: int | None = None) -> list[int]:
    """The mutants that nobody has noticed yet and that these tests were not run on; those that hold from the
    import on are tried one at a time."""
    reached, _ = noted(keep, folder)
    known = outcomes(keep)
    left = [n for n in known if not any(known[n].values()) and folder not in known[n]]
    return [n for n in left if (n == only if only is not None else "" not in reached.get(n, ()))]


def run(keep: Path, folder: str, **environ: str) -> None:
    """A folder's tests, with the places planted."""
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
    """Draw the places unless they are kept, note who comes to them, then see who notices each."""
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
                told(keep, n, folder, "its import")
    known = outcomes(keep)
    for n, place in enumerate(drawn(keep)):
        print(n, next(filter(None, known[n].values()), "SURVIVED"), *place, sep=" · ")
    print(f"{sum(any(by.values()) for by in known.values())} of {len(known)} are noticed.")


if __name__ == "__main__":
    main()
