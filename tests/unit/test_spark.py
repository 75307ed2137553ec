"""What ``make spark-build`` checks and sets before it starts Spark."""

from pathlib import Path

import pytest

from loader.commands.archive.layout import LEDGER_FILES, By, Layout
from loader.commands.archive.manifest import Manifest, StoreId
from loader.configuration.settings import Settings
from loader.errors import (
    ArchiveRefusedError,
    ExitCode,
    LoaderError,
    LockedError,
    NoInputError,
    UsageError,
)
from scripts.spark.archive import SparkArchive, open_archive
from scripts.spark.build import spark_environment, target
from scripts.spark.java import NoJavaError, require_java


def java(home: Path, script: str) -> dict[str, str]:
    """An environment whose Java is a shell script."""
    program = home / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return {"JAVA_HOME": str(home), "PATH": "/nonexistent"}


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "21" 2023-09-19 LTS', 21),
        ('openjdk version "25-ea" 2025-09-16', 25),
    ],
)
def test_java_is_new_enough(tmp_path: Path, said: str, version: int) -> None:
    assert require_java(java(tmp_path, f"echo '{said}' >&2")) == version


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("""echo 'openjdk version "1.8.0_402"' >&2""", "Java 17 or newer, and .* is 8"),
        ("""echo 'openjdk version "11.0.22" 2024-01-16' >&2""", "Java 17 or newer, and .* is 11"),
        ("exit 1", "can't say its version"),
    ],
)
def test_java_is_refused(tmp_path: Path, script: str, words: str) -> None:
    with pytest.raises(NoJavaError, match=words) as refused:
        require_java(java(tmp_path, script))
    assert "apt install openjdk-17-jre-headless" in refused.value.hint
    assert refused.value.exit_code is ExitCode.DATABASE


@pytest.mark.parametrize("environment", [{"JAVA_HOME": "/nonexistent"}, {"PATH": "/nonexistent"}])
def test_java_is_missing(environment: dict[str, str]) -> None:
    with pytest.raises(NoJavaError, match="there is none"):
        require_java(environment)


def settings(folder: Path) -> Settings:
    return Settings.from_env({"ARCHIVE_DIR": str(folder)})


def write_archive(folder: Path, manifest: Manifest, *, has_ledger: bool = True) -> None:
    folder.mkdir()
    (folder / "manifest.json").write_text(manifest.to_json())
    (folder / "days.parquet").touch()
    (folder / "ledger").mkdir()
    for file in LEDGER_FILES.values() if has_ledger else ():
        (folder / file).touch()


def test_an_archive_is_opened(tmp_path: Path) -> None:
    write_archive(tmp_path / "archive", Manifest(Layout(buckets=16)))
    opened = open_archive(settings(tmp_path / "archive"))
    environment = spark_environment(
        {"SPARK_HOST": "", "DBT_TARGET": "dev"}, settings(tmp_path / "archive"), opened
    )
    assert opened.layout.buckets == 16
    assert environment["SPARK_LEDGER_DIR"] == str(tmp_path / "archive" / "ledger")
    assert environment["DBT_TARGET"] == "spark"
    assert environment["SPARK_LOCAL_IP"] == "127.0.0.1"


def test_a_cluster_is_reached_by_the_network(tmp_path: Path) -> None:
    opened = SparkArchive(tmp_path, Layout())
    master = {"SPARK_MASTER": "spark://host:7077"}
    assert "SPARK_LOCAL_IP" not in spark_environment(master, settings(tmp_path), opened)
    assert target(master) == "spark"
    assert target({"SPARK_HOST": "host"}) == "spark_thrift"


@pytest.mark.parametrize(
    ("manifest", "has_ledger", "error", "words"),
    [
        (None, True, NoInputError, "there is no archive with readings"),
        (Manifest(Layout(By.MONTH)), True, ArchiveRefusedError, "divided by month"),
        (Manifest(Layout()), False, NoInputError, "make archive writes them"),
        (Manifest(Layout(), store=StoreId("a")), False, NoInputError, "make ingest writes them"),
    ],
)
def test_an_archive_is_refused(
    tmp_path: Path,
    manifest: Manifest | None,
    has_ledger: bool,
    error: type[LoaderError],
    words: str,
) -> None:
    if manifest is not None:
        write_archive(tmp_path / "archive", manifest, has_ledger=has_ledger)
    with pytest.raises(error, match=r".*") as refused:
        open_archive(settings(tmp_path / "archive"))
    assert words in str(refused.value)


def test_archive_dir_has_to_be_set() -> None:
    with pytest.raises(UsageError):
        open_archive(Settings.from_env({}))


def test_one_build_at_a_time(tmp_path: Path) -> None:
    archive = SparkArchive(tmp_path, Layout())
    with archive.opened(), pytest.raises(LockedError), archive.opened():
        pass
    with archive.opened():
        assert archive.own.is_dir()


def test_marts_of_a_moved_folder_are_deleted(tmp_path: Path) -> None:
    former = SparkArchive(tmp_path / "former", Layout())
    former.path.mkdir()
    with former.opened():
        assert not former.forget_former_place()
        (former.path / "marts").mkdir()
        (former.path / "heart_rate").mkdir()
        (former.own / "metastore").mkdir()
        assert not former.forget_former_place()
        assert (former.path / "marts").exists()
    present = SparkArchive(former.path.rename(tmp_path / "present"), Layout())
    with present.opened():
        assert present.forget_former_place()
        assert sorted(path.name for path in present.path.iterdir()) == [
            ".lock-spark",
            ".spark",
            "heart_rate",
        ]
        assert not present.forget_former_place()
