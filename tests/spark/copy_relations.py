"""Writes relations of Spark's marts as one Parquet file each; runs in Spark's own environment.

Usage: copy_relations.py SPARK_DIR FOLDER SCHEMA.NAME …
"""

import sys
from pathlib import Path

from pyspark.sql import SparkSession


def session(spark_dir: str) -> SparkSession:
    """A session on the warehouse of ``make spark-build``."""
    return (
        SparkSession.builder.master("local[2]")
        .config("spark.sql.warehouse.dir", f"{spark_dir}/warehouse")
        .config(
            "spark.hadoop.javax.jdo.option.ConnectionURL",
            f"jdbc:derby:;databaseName={spark_dir}/metastore",
        )
        .config("spark.driver.extraJavaOptions", f"-Dderby.stream.error.file={spark_dir}/derby.log")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        .config("spark.ui.enabled", "false")
        .config("spark.log.level", "ERROR")
        .enableHiveSupport()
        .getOrCreate()
    )


def main(spark_dir: str, folder: str, *names: str) -> None:
    spark = session(spark_dir)
    for name in names:
        spark.table(name).coalesce(1).write.parquet(str(Path(folder) / name))


if __name__ == "__main__":
    main(*sys.argv[1:])
