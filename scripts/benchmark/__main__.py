"""Measure, check and write docs/benchmarks.md: `make benchmark`.

Environment variables set the sizes (sizes.py). Exit code 1: a process that was timed didn't do its
work. A goal that is missed is a line in the table.
"""

import os
import sys
from pathlib import Path

import click

from loader.configuration.settings import PROJECT
from scripts.benchmark import archive, history, page, second, study
from scripts.benchmark.peers import nights
from scripts.benchmark.process import BenchmarkError, Finished
from scripts.benchmark.results import Results
from scripts.benchmark.server import start_server
from scripts.benchmark.sizes import Sizes
from scripts.benchmark.year import Year
from scripts.embedded.errors import EmbeddedError


class Told(Results):
    """Results that print each process when it ends."""

    def add(self, name: str, finished: Finished) -> Finished:
        click.echo(f"{finished.seconds:9.2f} s {finished.peak_mb:6.0f} MB  {name}")
        return super().add(name, finished)


@click.command()
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=PROJECT / "docs" / "benchmarks.md",
    help="The page to write.  [default: docs/benchmarks.md]",
)
def main(output: Path) -> None:
    """Compare the loader with psql, and one more day after a long and a short history."""
    try:
        _measure(Sizes.from_env(os.environ), output)
    except (BenchmarkError, EmbeddedError) as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)


def _measure(sizes: Sizes, output: Path) -> None:
    results = Told()
    with start_server() as (server, folder):
        machine = page.machine_of(folder)
        if "year" in sizes.parts:
            Year(server, folder / "year", sizes, results).measure()
        if "second" in sizes.parts:
            second.measure(server, folder / "second", sizes, results)
        if "history" in sizes.parts:
            history.measure(server, folder / "history", sizes, results)
        if "study" in sizes.parts:
            study.measure(server, folder / "study", sizes, results)
        if "archive" in sizes.parts:
            archive.measure(server, folder / "archive", sizes, results)
        if "peers" in sizes.parts:
            nights.measure(server, folder / "peers", sizes, results)
    for row in results.rows:
        click.echo(
            f"{'met   ' if row.met else 'MISSED'}  {row.measure} : {row.against or '-'}"
            f"  goal {row.goal}  {row.measured}"
        )
    for note in results.notes:
        click.echo(note)
    output.write_text(page.render(results, sizes, machine), encoding="utf-8")
    click.echo(f"{output} is written")


if __name__ == "__main__":
    main(prog_name="python -m scripts.benchmark")
