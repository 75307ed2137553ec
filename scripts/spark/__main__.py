"""Build the marts with Spark: ``python -m scripts.spark build``."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from loader.configuration.env_file import load_settings
from loader.configuration.settings import Settings
from loader.errors import INTERRUPTED, ExitCode, LoaderError
from loader.wording import shown
from scripts.spark.archive import open_archive
from scripts.spark.build import SESSION, build, target
from scripts.spark.java import require_java


@click.group()
def main() -> None:
    """Build the marts with Spark from the Parquet archive (docs/spark.md)."""


@main.command()
def check() -> None:
    """Check that Spark can start."""
    with _errors():
        load_settings(os.environ)
        click.echo(
            f"Spark's Python environment is ready; it will use Java {require_java(os.environ)}"
        )


@main.command("build")
@click.option("--full", is_flag=True, help="Build the marts from the beginning.")
@click.argument("arguments", nargs=-1)
def build_marts(full: bool, arguments: tuple[str, ...]) -> None:
    """Build the marts of the archive in ARCHIVE_DIR, in the folders marts/ and intermediate/ there.

    ARGUMENTS are passed to dbt, for example: -- --select heart_rate_day.
    """
    with _errors():
        load_settings(os.environ)
        settings = Settings.from_env(os.environ)
        if target(os.environ) == SESSION:
            require_java(os.environ)
        archive = open_archive(settings)
        with archive.opened():
            if archive.forget_former_place():
                click.echo(f"{archive.path} was moved or copied: building from the beginning")
            build(settings, archive, arguments, full=full)


@contextmanager
def _errors() -> Iterator[None]:
    """Print an error as one line, and exit with its code."""
    try:
        yield
    except LoaderError as error:
        click.echo(f"error: {shown(str(error))}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        click.echo(f"error: {INTERRUPTED}", err=True)
        sys.exit(ExitCode.INTERRUPTED)


if __name__ == "__main__":
    main(prog_name="python -m scripts.spark")
