"""Athena and EMR Serverless as engines of the figures of many complaints."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import duckdb
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.backends import get_backend

from chalicelib.aws.athena import Athena
from chalicelib.aws.emr import EmrServerless
from chalicelib.cases.casework import Unavailable
from chalicelib.figures.engines import MOST, Dialect, EngineFailed, Export
from chalicelib.figures.lake import SQL, VIEWS_BY_NAME, Lake, working_days
from chalicelib.figures.nightly import COMPUTED, EXPORT, RUN, Nightly
from chalicelib.figures.tables import KEPT
from infra.dialects import in_dialect
from tests.figures import any_rows
from tests.figures.athena_service import AthenaService
from tests.scenario import DAY, T0, Scenario
from tests.years import Disk

REGION, ACCOUNT = "eu-central-1", "123456789012"
EXPORTED = Export({table: f"export/{table}/" for table in KEPT}, "2026-01-01")
JOB_STATUS = "moto.emrserverless.models.JOB_STATUS"
"""The state of each job in moto, which runs none, and starts a job for each call."""
NAMES = ("received", "closed", "sign_cases")


def some(dialect: str) -> Dialect:
    """Return what three statements need in a dialect."""
    names = (
        "newest",
        "causes",
        "complaints",
        "moves",
        "last_entry",
        "rights",
        "facets",
        "kinds",
        "recent_kinds",
    )
    return Dialect(
        {name: in_dialect(VIEWS_BY_NAME[name].read_text("utf-8"), dialect) for name in names},
        {name: in_dialect((SQL / f"{name}.sql").read_text("utf-8"), dialect) for name in NAMES},
    )


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an export with random rows."""
    any_rows.write(folder := tmp_path_factory.mktemp("any"), seed=4, count=60)
    return folder


@pytest.fixture
def service(exported: Path) -> Iterator[AthenaService]:
    """Return an Athena over this export."""
    with duckdb.connect() as db:
        for table in KEPT:
            files = f"'{exported}/{table}/*/*.parquet', hive_partitioning = true"
            db.execute(f"create view {table}_kept as select * from read_parquet({files})")
        db.execute(f"create table working_days as {working_days()}")
        yield AthenaService(db, page=7, slow=1)


def athena(client: Any, pauses: list[float] | None = None) -> Athena:
    """Return the engine with some statements. It notes its pauses."""
    waited = [] if pauses is None else pauses
    return Athena(lambda: client, "group", "figures", "bucket", lambda: some("athena"), waited.append)


def test_athena_gives_the_rows_of_duckdb(service: AthenaService, exported: Path) -> None:
    """Views become tables in their order, results are read page by page, and empty text is not null."""
    pauses: list[float] = []
    found = athena(service, pauses).results("run", EXPORTED, lambda: True)
    assert found
    with found, Lake(exported) as lake:
        assert {name: found.run(name) for name in NAMES} == {name: lake.run(name) for name in NAMES}
        assert len(found.run("received")) > service.page
    assert len(pauses) == len(service.asked)
    assert {each["WorkGroup"] for each in service.asked.values()} == {"group"}
    assert {each["QueryExecutionContext"]["Database"] for each in service.asked.values()} == {"figures"}


def test_athena_continues_a_run_and_starts_no_query_twice(service: AthenaService) -> None:
    """A run without time ends, and the next call finds its queries again. Another run starts new ones."""
    left = iter([True] * 5 + [False])
    assert athena(service).results("run", EXPORTED, lambda: next(left)) is None
    begun = len(service.asked)
    assert athena(service).results("run", EXPORTED, lambda: True)
    ended = len(service.asked)
    assert athena(service).results("run", EXPORTED, lambda: True)
    assert begun < ended == len(service.asked)
    assert athena(service).results("other", EXPORTED, lambda: True)
    assert len(service.asked) == 2 * ended


def test_athena_says_which_query_failed(service: AthenaService) -> None:
    """A query that reads too much ends the run with Athena's own words."""
    service.fails["CREATE TABLE facets"] = "Bytes scanned limit was exceeded"
    with pytest.raises(EngineFailed, match="Athena, view facets, FAILED: Bytes scanned limit was exceeded"):
        athena(service).results("run", EXPORTED, lambda: True)


def test_athena_takes_what_the_engine_asks() -> None:
    """The real client accepts the calls. After too many requests the service is unavailable."""
    with mock_aws():
        client = boto3.client("athena", region_name=REGION)
        place = {"ResultConfiguration": {"OutputLocation": "s3://bucket/engine/"}}
        client.create_work_group(Name="group", Configuration=place)
        assert athena(client).results("run", EXPORTED, lambda: True)
        begun = get_backend("athena")[ACCOUNT][REGION].executions
        assert next(iter(begun.values())).query == "DROP TABLE IF EXISTS `complaints_kept`"
        client.meta.events.register("before-call.athena.GetQueryExecution", throttled)
        with pytest.raises(Unavailable):
            athena(client).results("again", EXPORTED, lambda: True)


def throttled(**_: Any) -> None:
    """Answer that there are too many requests."""
    said = {"Error": {"Code": "TooManyRequestsException", "Message": "Rate exceeded"}}
    raise ClientError(said, "GetQueryExecution")  # type: ignore[arg-type]


@pytest.fixture
def emr(tmp_path: Path) -> Iterator[tuple[Callable[[], EmrServerless], Callable[[], Any], Disk]]:
    """Return a maker of the engine, a reader of the service's jobs, and the store."""
    with mock_aws():
        client = boto3.client("emr-serverless", region_name=REGION)
        made = client.create_application(releaseLabel="emr-7.13.0", type="SPARK", clientToken="a", name="f")
        application, disk = made["applicationId"], Disk(tmp_path / "store")
        role = f"arn:aws:iam::{ACCOUNT}:role/spark"

        def engine() -> EmrServerless:
            plan = Dialect({}, {"received": "SELECT 1 AS n"})
            return EmrServerless(
                lambda: client, application, role, disk, "bucket", lambda: plan, print, tmp_path / "here"
            )

        jobs = get_backend("emr-serverless")[ACCOUNT][REGION].job_runs
        yield engine, lambda: jobs[application], disk


def test_emr_runs_one_job_and_reads_its_results(
    emr: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job gets the script, and a plan with the SQL and the places of tables. A run without time ends; the
    next call has the same token, so that EMR starts no second job. The results of the job are read."""
    engine, jobs, disk = emr
    monkeypatch.setattr(JOB_STATUS, "RUNNING")
    assert engine().results("run", EXPORTED, lambda: False) is None
    (job,) = jobs()
    driver = job.job_driver["sparkSubmit"]
    assert driver["entryPoint"] == "s3://bucket/engine/run/spark_job.py"
    assert driver["entryPointArguments"] == [
        f"s3://bucket/engine/run/{name}" for name in ("plan.json", "results")
    ]
    plan = json.loads(disk.read("engine/run/plan.json"))
    assert plan["tables"]["moves_kept"]["places"] == ["s3://bucket/export/moves/"]
    assert plan["tables"]["working_days"]["places"] == []
    assert b"SparkSession" in disk.read("engine/run/spark_job.py")
    (made := tmp_path / "store/engine/run/results/received").mkdir(parents=True)
    for n in (0, 1):
        duckdb.sql(f"select {n} as n").write_parquet(str(made / f"part-0000{n}.parquet"))
    monkeypatch.setattr(JOB_STATUS, "SUCCESS")
    found = engine().results("run", EXPORTED, lambda: True)
    with found:
        assert found.run("received") == [{"n": 0}, {"n": 1}]
        with pytest.raises(EngineFailed, match="no result of closed"):
            found.run("closed")
    assert {job.client_token for job in jobs()} == {"run"}


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
def test_emr_says_that_a_job_failed(emr: Any, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that failed, or was cancelled after its time, ends the run."""
    engine, _, _ = emr
    monkeypatch.setattr(JOB_STATUS, state)
    with pytest.raises(EngineFailed, match=f"EMR Serverless, {state}"):
        engine().results("run", EXPORTED, lambda: True)


class Noted:
    """An engine that computes with DuckDB, or fails, and notes its runs."""

    def __init__(self, store: Any, folder: Path) -> None:
        self.store, self.folder, self.fails = store, folder, False
        self.runs: list[tuple[str, Export]] = []

    def results(self, run: str, export: Export, more: Callable[[], bool]) -> Lake | None:
        """Return the results of DuckDB over the stored export."""
        self.runs.append((run, export))
        if self.fails:
            raise EngineFailed("Athena, received, FAILED: no such column")
        for key in self.store.keys(EXPORT):
            (file := self.folder / key.removeprefix(EXPORT)).parent.mkdir(parents=True, exist_ok=True)
            self.store.fetch(key, file)
        return Lake(self.folder)


def test_many_complaints_are_left_to_the_engine(scenario: Scenario, nightly: Nightly, tmp_path: Path) -> None:
    """DuckDB computes the figures of up to three million complaints, and the engine those of more. After a
    failure the figures of before stay, and the next night starts a new run."""
    engine = Noted(nightly.store, tmp_path / "engine")
    night = replace(nightly, engine=engine)
    scenario.submit()
    scenario.later(DAY)
    night.night(T0.date())
    assert engine.runs == []
    assert counted(nightly) == 1
    said = {**json.loads(nightly.store.read(COMPUTED)), "complaints": MOST + 1}
    nightly.store.put(COMPUTED, json.dumps(said).encode())
    scenario.submit(person={"name": "李明", "phone": "13900139000"})
    scenario.later(DAY)
    engine.fails = True
    for _ in range(2):
        with pytest.raises(EngineFailed):
            night.night(T0.date())
    assert json.loads(nightly.store.read(RUN))["failed"] == 2
    assert counted(nightly) == MOST + 1
    engine.fails = False
    night.night(T0.date())
    assert counted(nightly) == 2
    runs = [run for run, _ in engine.runs]
    assert len({*runs}) == len(runs) == 3
    export = engine.runs[-1][1]
    assert export.first == str(T0.date())
    assert export.places["moves"] == "export/moves/"
    assert [*nightly.store.keys(export.places["working_days"])] == ["engine/working_days/rows.parquet"]


def counted(nightly: Nightly) -> int:
    """Return the number of complaints of the stored figures."""
    found: int = json.loads(nightly.store.read(COMPUTED))["complaints"]
    return found
