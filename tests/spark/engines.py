"""The same readings in Postgres and, by the archive, in Spark; and where their marts differ."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from loader.configuration.settings import PROJECT
from scripts.spark.build import VENV
from tests.marts.study import Person, Study
from tests.pipeline import Pipeline

BUCKETS = 2

RELATIONS = """
select schemaname || '.' || relname
from (
    select schemaname, tablename as relname from pg_tables
    union all
    select schemaname, viewname from pg_views
) as relations
where
    schemaname in ('marts', 'intermediate')
    and relname not in ('participants', 'heart_rate_zones')
order by 1
"""
"""Every mart and intermediate table, and the views over them; not the seeds."""

COLUMNS = """
select attribute.attname, format_type(attribute.atttypid, null)
from pg_attribute as attribute
where attribute.attrelid = %s::regclass and attribute.attnum > 0 and not attribute.attisdropped
order by attribute.attnum
"""

ARROW = {
    "text": pa.string(),
    "timestamp with time zone": pa.timestamp("us", "UTC"),
    "date": pa.date32(),
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "double precision": pa.float64(),
    "boolean": pa.bool_(),
    # Spark writes an interval of days to seconds as its microseconds.
    "interval": pa.int64(),
    "smallint[]": pa.list_(pa.int16()),
}
"""The type in Spark's files for each type of a mart's column."""


Row = tuple[str, ...]


@dataclass
class Compared:
    """One relation on both engines."""

    rows: int
    columns: int
    differences: list[str] = field(default_factory=list)


@dataclass
class Engines:
    """A study in Postgres, its archive, and Spark's marts of that."""

    study: Study
    pipeline: Pipeline
    folder: Path
    project: Path

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    def write_archive(self) -> None:
        """Every reading of ``heart_rate``; the study has no ledger that would name the new ones."""
        self.study.query("insert into ingest.runs (command) values ('ingest')")
        done = self.pipeline.loader(
            "archive", "--full", "--buckets", str(BUCKETS), ARCHIVE_DIR=str(self.archive)
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def build(self, *options: str, project: Path | None = None) -> str:
        """Write the archive, and build Spark's marts from it; returns dbt's words."""
        self.write_archive()
        command = [sys.executable, "-m", "scripts.spark", "build", *options]
        done = self._run(*command, DBT_PROJECT_DIR=str(project or self.project))
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def compare(self) -> dict[str, Compared]:
        """Every row and column of every relation, types and the last bit of doubles included."""
        names = [name for (name,) in self.study.query(RELATIONS)]
        copies = self.folder / "copies"
        shutil.rmtree(copies, ignore_errors=True)
        script = Path(__file__).with_name("copy_relations.py")
        spark_names = [f"spark_{name}" for name in names]
        done = self._run(
            str(VENV / "bin" / "python"),
            *(str(script), str(self.archive / ".spark"), str(copies), *spark_names),
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return {name: self._compare(name, copies / f"spark_{name}") for name in names}

    def _compare(self, name: str, copy: Path) -> Compared:
        columns = [(column, kind) for column, kind in self.study.query(COLUMNS, [name])]
        table = pq.read_table(copy)
        compared = Compared(0, len(columns))
        if set(table.column_names) - {"bucket", "part"} != {column for column, _ in columns}:
            compared.differences.append(f"columns: {table.column_names}, not {columns}")
            return compared
        for column, kind in columns:
            if (found := table.schema.field(column).type) != ARROW[kind]:
                compared.differences.append(f"{column} is {found}, not {ARROW[kind]}")
        expected = comparable(self.study.query(in_postgres(name, columns)))
        values = (table.column(column).to_pylist() for column, _ in columns)
        in_spark = comparable(zip(*values, strict=True))
        compared.rows = len(expected)
        compared.differences += differing(expected - in_spark, in_spark - expected, columns)
        return compared

    def _run(self, *command: str, **settings: str) -> subprocess.CompletedProcess[str]:
        variables = {
            **os.environ,
            **self.pipeline.environment,
            "ARCHIVE_DIR": str(self.archive),
            "SPARK_MASTER": "local[2]",
            **settings,
        }
        return subprocess.run(
            command, cwd=PROJECT, env=variables, capture_output=True, text=True, check=False
        )


def in_postgres(name: str, columns: Iterable[tuple[str, str]]) -> str:
    """A query for the rows of a relation, intervals as Spark's files have them."""
    listed = [
        f"(extract(epoch from {column}) * 1000000)::bigint" if kind == "interval" else column
        for column, kind in columns
    ]
    return f"select {', '.join(listed)} from {name}"


def comparable(rows: Iterable[tuple[Any, ...]]) -> set[Row]:
    """Rows of texts, in which doubles have all their bits and -0.0 isn't 0.0."""
    listed = [
        tuple(repr(one.astimezone(UTC) if isinstance(one, datetime) else one) for one in row)
        for row in rows
    ]
    assert len(listed) == len(set(listed)), "a row occurs twice"
    return set(listed)


def differing(
    postgres: set[Row], spark: set[Row], columns: Sequence[tuple[str, str]]
) -> Iterator[str]:
    """A line for each of the first rows that only one engine has: every row begins with its key."""
    if len(postgres) != len(spark):
        yield f"{len(postgres)} rows only in Postgres, {len(spark)} only in Spark"
    for ours, theirs in islice(zip_longest(sorted(postgres), sorted(spark)), 5):
        if ours is None or theirs is None or ours[:2] != theirs[:2]:
            yield f"Postgres {ours}, Spark {theirs}"
        else:
            different = [
                f"{column} {our} and {their}"
                for (column, _), our, their in zip(columns, ours, theirs, strict=True)
                if our != their
            ]
            yield f"{', '.join(ours[:2])}: {'; '.join(different)}"


def project_of(people: Iterable[Person], folder: Path) -> Path:
    """A copy of ``dbt_project/`` that knows these people."""
    project = folder / "dbt_project"
    shutil.copytree(
        PROJECT / "dbt_project", project, ignore=shutil.ignore_patterns("target", "logs")
    )
    with (project / "seeds" / "participants.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["participant_id", *Person._fields[1:]])
        writer.writerows(people)
    return project
