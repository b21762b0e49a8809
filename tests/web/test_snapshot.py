"""Lambda may start the site from a snapshot of a process. What must be fresh or unique in each copy of the
process is made after the snapshot."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest

from chalicelib.aws import rows
from chalicelib.wiring import Product
from infra import build

IMPORTED = """
import sys
from types import SimpleNamespace

hooks = []
sys.modules["snapshot_restore_py"] = SimpleNamespace(register_after_restore=hooks.append)
import app
from chalicelib.aws import rows
from chalicelib.wiring import product

assert hooks == [product.restored]
assert product.__dict__ == {}
assert rows.Row._connection is None
assert rows.Secret._connection is None


def written(value):  # the order of a set depends on how its module was loaded
    if isinstance(value, (set, frozenset)):
        return "{" + ", ".join(sorted(map(written, value))) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{written(key)}: {written(one)}" for key, one in value.items()) + "}"
    return repr(value)


plain = (str, bytes, int, float, tuple, list, dict, set, frozenset)
for name, module in sorted(sys.modules.items()):
    if name.split(".")[0] in ("app", "chalicelib"):
        for key, value in sorted(vars(module).items()):
            if isinstance(value, plain) and not key.startswith("__") and " at 0x" not in repr(value):
                print(name, key, written(value))
"""
"""A program that imports the site as Lambda does, and prints the plain values of its modules."""


def imported() -> str:
    """Return what a new process prints after importing the site."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED],
        cwd=build.ROOT,
        env={"PYTHONHASHSEED": "0", "AWS_DEFAULT_REGION": "us-east-1"},
        text=True,
        capture_output=True,
        check=True,
    )
    return done.stdout


def test_import_makes_nothing_unique() -> None:
    """Two processes have the same values after the import, no connection, and nothing that was read. Both
    call `restored` after a restore."""
    first = imported()
    assert "chalicelib.wiring KEYS_KEPT_S 300" in first
    assert imported() == first


def test_restored_process_forgets_what_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections and everything that was read before the snapshot are gone."""
    product, connected = Product(), object()
    monkeypatch.setattr(rows.Row, "_connection", connected)
    monkeypatch.setattr(rows.Secret, "_connection", connected)
    assert product._kept_keys == {}
    assert product.meters
    product.restored()
    assert product.__dict__ == {}
    assert rows.Row._connection is None
    assert rows.Secret._connection is None


def test_restored_processes_pause_differently(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two copies of one process make different random numbers."""
    monkeypatch.setattr(rows.Row, "_connection", None)
    monkeypatch.setattr(rows.Secret, "_connection", None)
    before, numbers = random.getstate(), set()
    for _ in range(2):
        random.setstate(before)
        Product().restored()
        numbers.add(random.random())
    random.setstate(before)
    assert len(numbers) == 2
