"""The figures in Spark: `spark_job.py PLAN RESULTS`. A job of EMR Serverless runs this file alone, so it
imports nothing of ours.

PLAN is the address of a JSON file (see `engines.spark_plan`). The rows of each statement are written into a
folder of its name below RESULTS, as Parquet files. Read in the order of their names, the files have the rows
in the order of the statement. The rows of views are written below RESULTS-views."""

import json
import sys

SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}
"""The settings that make Spark compute like DuckDB: times in UTC, and errors instead of wrong numbers."""


def main(plan: str, results: str) -> None:
    """Create the views over the stored tables, run every statement, and write its rows."""
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.config(map=SETTINGS).getOrCreate()
    (text,) = spark.read.text(plan, wholetext=True).first()
    told = json.loads(text)
    for name, table in told["tables"].items():
        spark.read.schema(table["columns"]).parquet(*table["places"]).createOrReplaceTempView(name)
    for name, sql in told["views"].items():
        # read back from files, because Spark would plan a view again for each of its uses in another view
        rows, place = spark.sql(sql), f"{results}-views/{name}"
        rows.write.mode("overwrite").parquet(place)
        spark.read.schema(rows.schema).parquet(place).createOrReplaceTempView(name)
    for name, sql in told["statements"].items():
        spark.sql(sql).write.mode("overwrite").parquet(f"{results}/{name}")
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
