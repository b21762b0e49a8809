"""The operator's command of a restore, on the scenario's table and a stack in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.aws import rows
from chalicelib.aws.former import FormerTable
from chalicelib.aws.rows import Row
from chalicelib.domain.reference import shown
from infra.deploy import Deployed
from infra.restore import STEPS, Product, Restore
from tests.casework.restored import Restorable


class HeldStack:
    """A stack with parameters. `retained`: its release leaves the table."""

    name = "redress"

    def __init__(self) -> None:
        self.parameters = {"Hold": "", "TableName": ""}
        self.retained, self.status = True, "UPDATE_COMPLETE"

    def deployed(self) -> Deployed:
        """Return the stack."""
        return Deployed(self.status, self.parameters, {}, True)

    def table(self) -> str:
        """Return the table in use."""
        return self.parameters["TableName"] or "redress"

    def retains(self) -> bool:
        """Return whether the release leaves the table."""
        return self.retained

    def change(self, **parameters: str) -> None:
        """Give parameters a new value."""
        self.parameters |= parameters


class CopiedTables:
    """The tables of an account. `slow` is how often a restored table is still being made. `denied` are the
    tables to which nobody can write."""

    def __init__(self, table: Restorable) -> None:
        self.table, self.slow = table, 1
        self.states = {"redress": "ACTIVE"}
        self.denied: list[str] = []
        self.first = table.moment - timedelta(days=20)
        self.differing: list[str] = []

    def state(self, table: str) -> str:
        """Return the state of a table."""
        if self.states.get(table) == "CREATING":
            self.slow -= 1
            if self.slow < 0:
                self.states[table] = "ACTIVE"
        return self.states.get(table, "")

    def window(self, table: str) -> tuple[datetime, datetime] | None:
        """Return the moments to which a table can be restored."""
        return self.first, self.table.scenario.time - timedelta(minutes=5)

    def deny(self, table: str) -> None:
        """Deny everybody to write."""
        self.denied.append(table)

    def allow(self, table: str) -> None:
        """Allow everybody to write."""
        self.denied.remove(table)

    def restore(self, table: str, target: str, moment: datetime) -> None:
        """Begin to restore a table."""
        assert moment == self.table.moment
        self.states[target] = "CREATING"
        self.table.restore()

    def equip(self, target: str, like: str) -> None:
        """Give a table the settings of another."""

    def carry(self, partition: str, table: str, target: str) -> None:
        """Copy the rows of a partition as they were into the restored table, which has the name of the former
        one."""
        for row in OldTable(self.table)._query(Row.Meta.table_name, "pk = :pk", pk=partition):
            row.save()

    def differences(self, target: str, like: str) -> list[str]:
        """Return the settings in which two tables differ."""
        return self.differing


class OldTable(FormerTable):
    """The table that the last restore has replaced. The operator knows it by the name that the scenario's
    table had before and has again."""

    def __init__(self, table: Restorable) -> None:
        scenario = table.scenario
        super().__init__(lambda: rows.connection().client, lambda: scenario.time, scenario.product.macs)
        self.table = table

    def _query(self, table: str, condition: str, **values: str) -> Iterator[Row]:
        assert table == Row.Meta.table_name
        return super()._query(self.table.former, condition, **values)


class Operator:
    """Somebody who restores the table of a scenario, command after command. `said` is what they read."""

    def __init__(self, table: Restorable) -> None:
        self.table, self.stack, self.tables = table, HeldStack(), CopiedTables(table)
        self.said: list[str] = []
        self.lacking: list[str] = []
        self.astray = False

    def run(self, do: bool = True, at: datetime | None = None) -> None:
        """Run the command once."""
        self._restore(at).run(do)

    def give_up(self) -> None:
        """Run the command that gives up."""
        self._restore(None).give_up(do=True)

    def _restore(self, at: datetime | None) -> Restore:
        product = self.table.scenario.product
        reconciled = replace(product.restoration, former=OldTable(self.table))
        at_desk = lambda: product.holds.newest().parts  # noqa: E731
        parts = Product(product.archive, reconciled, self._verified, lambda: self.astray, shown, at_desk)
        now = lambda: self.table.scenario.time  # noqa: E731
        moment = at or self.table.moment
        return Restore(self.stack, self.tables, parts, moment, now, lambda: self.lacking, self.said.append)

    def all(self) -> None:
        """Take every step, with a minute between two."""
        for _ in range(len(STEPS) + self.tables.slow + 1):
            self.run()
            self.table.scenario.later(timedelta(minutes=1))
        assert self.said[-1].endswith("is finished.")

    def _verified(self) -> int:
        record: Any = self.table.scenario.product.record
        return sum(len({*record.watch(shard, lambda: 3_600_000, again=True)}) for shard in range(16))
