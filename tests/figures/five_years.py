"""A generator of an export of many years, or of its newest rows alone. In the export every complaint has
rows on each day on which it moved, as in the real one. DuckDB makes all rows, so that millions take
minutes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import duckdb

from chalicelib.domain.model.codes import Region
from chalicelib.figures.lake import Files
from chalicelib.figures.tables import TABLES
from tests.figures.made import SUB_TYPES, SUBSTANCE

DAYS = 5 * 365
MOMENTS = """
create or replace table made as
select *,
  one_of(i, 'other right', ['know', 'choose', 'fair_trade', 'safety']) as other,
  printf('person%d', cast(floor(chance(i, 'owner') * 60) as bigint)) as owner,
  came_at + to_seconds(cast(decided_h * 3600 as bigint)) as decided_at,
  came_at + to_seconds(cast(answered_h * 3600 as bigint)) as answered_at,
  came_at + to_seconds(cast(closed_h * 3600 as bigint)) as closed_at
from made
"""
"""The moments of each complaint, and what only this generator adds to it."""
STEPS = """
create table steps as
select i, taken_at, row_number() over (partition by i order by taken_at, rank) as n, move, role, code,
  deadline, early, waited_s, score
from (
  select i, came_at as taken_at, 0 as rank, 'submit' as move, 'consumer' as role, null as code,
    null as deadline, null as early, null as waited_s, null as score from made
  union all select i, decided_at, 1, 'accept', 'intake', null, null, null, null, null from made
  union all select i, decided_at + interval 1 hour, 2, 'assign', 'lead', null, null, null, null, null
    from made
  union all select i, decided_at + interval 30 hour, 3, 'ask_department', 'investigator', null, null, null,
    null, null from made
  union all select i, decided_at + interval 60 hour, 4, 'answer_department', 'department', null, null, null,
    null, null from made
  union all select i, came_at + interval 168 hour, 5, 'take_step', 'clock', null, 'progress', false,
    cast(floor(chance(i, 'late') * 60) as bigint), null from made where answered_h > 168
  union all select i, answered_at - interval 20 hour, 6, 'file_report', 'investigator', null, null, null,
    null, null from made
  union all select i, answered_at, 7, 'answer', 'lead', null, null, null, null, null from made
  union all select i, answered_at + interval 72 hour, 8, 'take_step', 'clock', null, 'reconsideration', true,
    cast(floor(chance(i, 'late') * 60) as bigint), null from made
  union all select i, closed_at, 9, 'confirm_performed', 'consumer', null, null, null, null, null from made
  union all select i, closed_at + interval 24 hour, 10, 'answer_survey', 'consumer', null, null, null, null,
    score from made where chance(i, 'says') < 0.3
) each_step
where taken_at < timestamp '{ended}';
create table heads as
select h.day, h.until, m.*, {sub_types} as sub_type
from (
  select i, max(cast(taken_at as date)) as day, max(taken_at) as until from steps group by {group}
) h join made m on m.i = h.i;
"""
"""The timeline entries (`steps`), and each complaint at the end of a day (`heads`). The group is `i` for the
newest day alone, else `i` and the day."""
ROWS = {
    "complaints": """
select ref, came_at as received_at, came_at as recorded_at, channel, 'default-1' as policy, team,
  case when closed_at <= until then 'closed' else 'investigating' end as stage,
  case when closed_at <= until then 'answered_accepted' end as outcome,
  case when closed_at <= until then closed_at end as closed_at, type, sub_type, 'goods' as subject,
  class, company, 'zh' as language, region, 'no' as hurt, 1 as people, false as represented, false as story,
  0 as reopened, false as joined, person || type as repeats, day
from heads""",
    "matters": """
select ref, 1 as n, type, sub_type, 10000 as amount, true as accepted, 'upheld' as conclusion, day
from heads""",
    "rights": """
select ref, unnest(list_distinct([touched, other])) as code, 'infringed' as examined, day from heads""",
    "causes": """
select ref, 1 as rank, cause as code, answered_at as found_at, day from heads where answered_at <= until""",
    "promises": """
select ref, 'O1' as id, 'refund' as kind, 'business' as debtor, false as agreed,
  cast(answered_at as date) + 20 as by_day,
  case when closed_at <= until then 'confirmed' else 'due' end as state,
  case when closed_at <= until then closed_at else answered_at end as state_at, false as breached,
  100 + i % 90000 as amount, false as offered, answered_at as promised_at, person, day
from heads where answered_at <= until""",
    "holders": """
select ref, 1 as n, came_at as since, team, null as owner, day from heads
union all
select ref, 3, decided_at + interval 1 hour, team, owner, day from heads
where decided_at + interval 1 hour <= until""",
    "moves": """
select m.ref, s.n, s.taken_at, s.move, s.role, false as asked, s.code, s.deadline, s.early, s.waited_s,
  case when s.move = 'answer' then 'upheld' end as conclusion,
  s.score as overall, s.score as ease, s.score as speed, s.score as fairness, s.score as clarity,
  cast(s.taken_at as date) as day
from steps s join made m on m.i = s.i""",
}
"""The rows of each table of the export, with the day of their file."""


def export(folder: Path, count: int, ended: date, days: int = DAYS, seed: int = 1) -> None:
    """Write an export of `count` complaints that came in the days before `ended` (UTC), a file for each table
    and day."""
    with _made(folder / "made.duckdb", count, ended, days, seed, "i, cast(taken_at as date)") as db:
        for table, rows in ROWS.items():
            db.execute(
                f"copy ({_rows(db, table, rows)} order by day) to '{folder / table}' "
                "(format parquet, compression zstd, partition_by (day), filename_pattern 'rows')"
            )
    (folder / "made.duckdb").unlink()


def by_month(folder: Path, count: int, ended: date, days: int = DAYS, seed: int = 1) -> Iterator[Files]:
    """Yield the newest rows of `count` complaints that came in the days before `ended` (UTC), as files of
    each table, for each month in which they came. The files lie in `folder`."""
    folder.mkdir(parents=True)
    with _made(folder / "made.duckdb", count, ended, days, seed, "i") as db:
        for table, rows in ROWS.items():
            db.execute(
                f"copy (select r.*, strftime(m.came_at, '%Y-%m') as month from ({_rows(db, table, rows)}) r "
                f"join made m using (ref)) to '{folder / table}' "
                "(format parquet, compression zstd, partition_by (month))"
            )
    (folder / "made.duckdb").unlink()
    for month in sorted(folder.glob("complaints/*")):
        yield {table: sorted((folder / table / month.name).glob("*.parquet")) for table in ROWS}


@contextmanager
def _made(
    file: Path, count: int, ended: date, days: int, seed: int, group: str
) -> Iterator[duckdb.DuckDBPyConnection]:
    began, regions = ended - timedelta(days=days), [*map(str, Region)]
    limits = {"memory_limit": "2GB", "preserve_insertion_order": "false"}
    with duckdb.connect(str(file), config=limits) as db:
        db.execute(SUBSTANCE.format(seed=seed, count=count, begun=began, regions=regions, days=days))
        db.execute(MOMENTS)
        db.execute(STEPS.format(ended=ended, sub_types=SUB_TYPES, group=group))
        yield db


def _rows(db: duckdb.DuckDBPyConnection, table: str, rows: str) -> str:
    """Return the SQL of a table's rows with all columns of the export."""
    said = db.sql(rows).columns
    columns = ", ".join(
        name if name in said else f'cast(null as {column.kind}) as "{name}"'
        for name, column in TABLES[table].items()
    )
    return f"select {columns}, day from ({rows})"
