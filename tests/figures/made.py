"""A generated year of complaints, written straight into the export. Its contents are known, so the figures
can be checked."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from chalicelib.domain.model.codes import Region
from chalicelib.figures import editions
from chalicelib.figures.lake import Lake, path, statements
from chalicelib.figures.tables import TABLES

BEGUN = "2026-01-01"
SUBSTANCE = """
create macro chance(i, what) as (hash(i, what, {seed}) % 1000003) / 1000003.0;
create macro one_of(i, what, codes) as codes[1 + cast(floor(chance(i, what) * len(codes)) as integer)];
create table made as
select i, printf('%012d', 260000000000 + i) as ref,
  timestamp '{begun} 00:00:00' + to_seconds(cast(floor(chance(i, 'at') * {days} * 86400) as bigint))
    as came_at,
  one_of(i, 'type', ['quality', 'price', 'delivery', 'return_refund', 'contract', 'conduct', 'privacy'])
    as type,
  one_of(i, 'channel', ['web', 'web', 'web', 'phone', 'app', 'email']) as channel,
  one_of(i, 'team', ['general', 'general', 'north']) as team,
  one_of(i, 'class', ['appliance', 'electronics', 'food', 'clothing', 'furniture', 'daily']) as class,
  one_of(i, 'company', ['安居家电', '乐途旅行社', '捷运快递', null, null, null]) as company,
  one_of(i, 'region', {regions}) as region,
  one_of(i, 'right', ['know', 'choose', 'fair_trade', 'safety']) as touched,
  one_of(i, 'cause', ['design', 'manufacture', 'skill', 'carrier', 'policy', 'it_fault', 'not_told'])
    as cause,
  1.0 + chance(i, 'decided') * 30 as decided_h,
  30 + chance(i, 'answered') * 500 as answered_h,
  600 + chance(i, 'closed') * 900 as closed_h,
  cast(1 + floor(chance(i, 'score') * 5) as bigint) as score,
  printf('person%d', cast(floor(chance(i, 'person') * 3 * {count}) as bigint)) as person
from range({count}) t(i);
"""
SUB_TYPES = (
    "case type when 'quality' then 'defect' when 'price' then 'overcharge' when 'delivery' then 'lost' "
    "when 'return_refund' then 'refund_delay' when 'contract' then 'late' when 'conduct' then 'rude' "
    "else 'leak' end"
)
ROWS = {
    "complaints": """
select ref, came_at as received_at, came_at as recorded_at, channel, 'default-1' as policy, team,
  case when closed_at < ended then 'closed' else 'investigating' end as stage,
  case when closed_at < ended then 'answered_accepted' end as outcome,
  case when closed_at < ended then closed_at end as closed_at, type, sub_type, 'goods' as subject,
  class, company, region,
  'no' as hurt, 1 as people, false as represented, i % 10 = 7 as needs_help,
  false as story, 0 as reopened, false as joined,
  person || type as repeats, cast(moved as date) as day
from lives""",
    "matters": """
select ref, 1 as n, type, sub_type, 10000 as amount, true as accepted, 'upheld' as conclusion,
  cast(moved as date) as day from lives""",
    "rights": "select ref, touched as code, 'infringed' as examined, cast(moved as date) as day from lives",
    "causes": """
select ref, 1 as rank, cause as code, answered_at as found_at, cast(moved as date) as day
from lives where answered_at < ended""",
    "promises": """
select ref, 'O1' as id, 'refund' as kind, 'business' as debtor, false as agreed,
  cast(answered_at as date) + 20 as by_day, 'confirmed' as state, closed_at as state_at,
  false as breached, 100 + i % 900 as amount, false as offered, answered_at as promised_at, person,
  cast(moved as date) as day from lives where answered_at < ended""",
    "moves": """
select ref, n, taken_at, move, role, false as asked, code, waited_s,
  case when move = 'answer' then 'upheld' end as conclusion,
  case when n = 4 then score end as overall,
  case when n = 4 then score end as ease, case when n = 4 then score end as speed,
  case when n = 4 then score end as fairness, case when n = 4 then score end as clarity,
  cast(taken_at as date) as day
from (
  select ref, 1 as n, came_at as taken_at, 'submit' as move, 'consumer' as role, null as code,
    null as waited_s, score, ended from lives
  union all select ref, 2, decided_at, 'accept', 'intake', null, null, score, ended from lives
  union all select ref, 3, answered_at, 'answer', 'lead', null, null, score, ended from lives
  union all select ref, 4, closed_at + interval 1 day, 'answer_survey', 'consumer', null, null, score, ended
    from lives where chance(i, 'says') < 0.3
  union all select ref, 5, answered_at - interval 1 hour, 'take_step', 'clock', null,
    cast(floor(chance(i, 'late') * 60) as bigint), score, ended from lives
) where taken_at < ended""",
}


def year(folder: Path, count: int, seed: int = 1, planted: str = "", ended: str = "2027-01-01") -> None:
    """Write an export of `count` complaints of one year with random contents, as rows before `ended`.

    `planted` is SQL that changes the table `made`, so that the figures have something to find."""
    with duckdb.connect() as db:
        db.execute(
            SUBSTANCE.format(seed=seed, count=count, begun=BEGUN, days=365, regions=[*map(str, Region)])
        )
        if planted:
            db.execute(planted)
        db.execute(f"""
create view lives as
select *, {SUB_TYPES} as sub_type, timestamp '{ended}' as ended,
  came_at + to_seconds(cast(decided_h * 3600 as bigint)) as decided_at,
  came_at + to_seconds(cast(answered_h * 3600 as bigint)) as answered_at,
  came_at + to_seconds(cast(closed_h * 3600 as bigint)) as closed_at,
  least(came_at + to_seconds(cast(closed_h * 3600 as bigint)), timestamp '{ended}' - interval 1 hour) as moved
from made where came_at < timestamp '{ended}'""")
        for table, rows in ROWS.items():
            said = db.sql(rows)
            columns = ", ".join(
                f'cast({name if name in said.columns else "null"} as {column.kind}) as "{name}"'
                for name, column in TABLES[table].items()
            )
            # all rows of a complaint share one day, and no figure depends on which
            file = folder / path(table, f"{datetime.fromisoformat(ended) - timedelta(days=1):%Y-%m-%d}")
            file.parent.mkdir(parents=True)
            db.execute(f"copy (select {columns} from ({rows})) to '{file}' (format parquet)")


def published_files(count: int, planted: str = "", ended: str = "2027-01-01") -> dict[str, bytes]:
    """Return the files of such a year that the store publishes, by key."""
    with TemporaryDirectory() as folder:
        year(Path(folder), count, planted=planted, ended=ended)
        lake = Lake(Path(folder))
        found = {name: lake.run(name) for name in statements()}
    over = datetime.fromisoformat(ended).replace(tzinfo=UTC)
    until = str(over.date() - timedelta(days=1))
    kept: dict[str, Any] = {
        f"{month:%Y-%m}": editions.edition(found, month, editions.PROVISIONAL, until)
        for month in editions.finished_months(found, over, ())
    }
    return {f"public/{name}.json": json.dumps(said, default=str).encode() for name, said in kept.items()}
