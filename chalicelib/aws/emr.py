"""EMR Serverless as an engine of figures: one Spark job runs all statements (see `figures.spark_job`)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.cases.casework import Unavailable
from chalicelib.figures import spark_job
from chalicelib.figures.engines import ENGINE, Dialect, EngineFailed, Export, spark_plan
from chalicelib.figures.nightly import FigureStore
from chalicelib.figures.results import StoredResults

POLL_S = 10
"""The seconds between two looks whether the job has ended."""
MINUTES = 60
"""The time after which EMR Serverless cancels a job."""


class EmrServerless:
    """An `engines.Engine`. `application` and `role`: the id of the Spark application, and the ARN of the role
    of its jobs. `store` and `bucket`: the store of the export. `sql` returns the views and statements in
    Spark's dialect. `pause` waits for some seconds. `folder`: the local folder for results."""

    def __init__(
        self,
        client: Callable[[], Any],
        application: str,
        role: str,
        store: FigureStore,
        bucket: str,
        sql: Callable[[], Dialect],
        pause: Callable[[float], None],
        folder: Path,
    ) -> None:
        self._client, self._application, self._role, self._store = client, application, role, store
        self._bucket, self._sql, self._pause, self._folder = bucket, sql, pause, folder

    def results(self, run: str, export: Export, more: Callable[[], bool]) -> StoredResults | None:
        """See `engines.Engine`."""
        try:
            client, place = self._client(), f"{ENGINE}{run}/"
            job = self._started(client, run, place, export)
            while not self._ended(client, job):
                if not more():
                    return None
                self._pause(POLL_S)
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("EMR Serverless") from error
        for key in self._store.keys(f"{place}results/"):
            file = self._folder / key
            file.parent.mkdir(parents=True, exist_ok=True)
            self._store.fetch(key, file)
        return StoredResults(self._folder / place / "results")

    def _started(self, client: Any, run: str, place: str, export: Export) -> str:
        """Start the job, and return its id. If this run has started it before, return the id of then."""
        here = f"s3://{self._bucket}/"
        plan = spark_plan(
            self._sql(), lambda table: [here + export.places[table]] if table in export.places else []
        )
        self._store.put(f"{place}plan.json", json.dumps(plan).encode(), "application/json")
        self._store.put(f"{place}spark_job.py", Path(spark_job.__file__).read_bytes(), "text/x-python")
        started = client.start_job_run(
            applicationId=self._application,
            clientToken=run,
            executionRoleArn=self._role,
            executionTimeoutMinutes=MINUTES,
            name="figures",
            jobDriver={
                "sparkSubmit": {
                    "entryPoint": f"{here}{place}spark_job.py",
                    "entryPointArguments": [f"{here}{place}plan.json", f"{here}{place}results"],
                }
            },
        )
        return str(started["jobRunId"])

    def _ended(self, client: Any, job: str) -> bool:
        """Return whether the job has succeeded; False while it waits or runs. Raises EngineFailed if it
        failed, was cancelled, or took too long."""
        found = client.get_job_run(applicationId=self._application, jobRunId=job)["jobRun"]
        if found["state"] in ("FAILED", "CANCELLED", "CANCELLING"):
            raise EngineFailed(f"EMR Serverless, {found['state']}: {found.get('stateDetails', '')}")
        return bool(found["state"] == "SUCCESS")
