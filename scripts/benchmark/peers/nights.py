"""A night with marts: the loader, and other loaders followed by dbt by hand."""

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from psycopg2.sql import SQL, Identifier

from scripts.benchmark import contents
from scripts.benchmark.contents import Contents
from scripts.benchmark.files import START, make_file
from scripts.benchmark.peers.tools import Peer, install
from scripts.benchmark.process import BenchmarkError
from scripts.benchmark.project import Project
from scripts.benchmark.results import Results
from scripts.benchmark.server import Database, Server
from scripts.benchmark.sizes import Sizes

NIGHT = "a night with a late-arriving reading"
BY_HAND = "dbt build of the marts by hand"
MARTS = ("build", "--select", "tag:daily", "--exclude-resource-type", "unit_test")
GOAL = 0.6


@dataclass(frozen=True)
class Files:
    """A history and the files of the nights after it.

    Attributes:
        history: a file that lacks a day for each night.
        nights: a day each, and a reading of one of the days that the history lacks.
        in_order: the same days without the late readings.
    """

    history: Path
    nights: Sequence[Path]
    in_order: Sequence[Path]


def measure(server: Server, folder: Path, sizes: Sizes, results: Results) -> None:
    """Load a history in each way, then REPEATS nights in turns; add the rows.

    If the other loaders can't be installed, only the reason is added.
    """
    folder.mkdir()
    try:
        peers = install(folder)
    except BenchmarkError as error:
        results.notes.append(f"part peers was skipped: {error}")
        return
    files = make_files(folder / "files", sizes)
    with ExitStack() as stack:
        databases = [
            stack.enter_context(server.database(f"peers_{name}"))
            for name in ("ours", "by_hand", *(peer.name for peer in peers))
        ]
        ours, by_hand = (
            Project(folder / database.name, folder / f"data_{database.name}", database)
            for database in databases[:2]
        )
        theirs = list(zip(peers, databases[2:], strict=True))
        _load_history(files.history, folder, [ours, by_hand], theirs)
        for night in files.nights:
            for database in databases:
                database.settle()
            _link(night, folder / "data_peers_ours")
            results.add(NIGHT, ours.loader("ingest"))
            _link(night, folder / "data_peers_by_hand")
            by_hand.loader("load")
            by_hand.dbt("run", "--select", "heart_rate")
            results.add(BY_HAND, by_hand.dbt(*MARTS))
            for peer, database in theirs:
                results.add(_name(peer), peer.load(database, night))
        _check(files, databases[:2], theirs, results)
    for peer in peers:
        both = results.seconds(_name(peer)) + results.seconds(BY_HAND)
        against = f"{peer.name} loading the same file, then {BY_HAND}"
        results.ratio_at_most(f"{NIGHT}, with marts", against, GOAL, results.seconds(NIGHT), both)


def make_files(folder: Path, sizes: Sizes) -> Files:
    """Write the files: for each night the history lacks a day, of which one reading arrives then.

    A reading of a day that another file holds would be a different measure: the loader reads that
    file again.
    """
    nights, in_order = [], []
    days = sizes.repeats + sizes.short_days
    history = make_file(folder / "history.csv", sizes, first_day=0, days=days)
    for number in range(sizes.repeats):
        file = make_file(folder / f"in_order_{number}.csv", sizes, first_day=days + number, days=1)
        in_order.append(file)
        nights.append(folder / f"night_{number}.csv")
        _take_out(history, START + timedelta(days=number), file, nights[-1])
    return Files(history, nights, in_order)


def _take_out(history: Path, day: date, file: Path, night: Path) -> None:
    """Remove a day from ``history``; write its reading of noon and then ``file`` to ``night``."""
    rest = history.with_suffix(".rest")
    noon = ""
    with history.open() as lines, rest.open("w") as kept:
        for line in lines:
            if not line.startswith(f"{day} "):
                kept.write(line)
            elif line.startswith(f"{day} 12:00:00,"):
                noon = line
    rest.replace(history)
    header, _, readings = file.read_text(encoding="utf-8").partition("\n")
    night.write_text(f"{header}\n{noon}{readings}", encoding="utf-8")


def _load_history(
    history: Path,
    folder: Path,
    projects: Sequence[Project],
    theirs: Sequence[tuple[Peer, Database]],
) -> None:
    for name, project in zip(("ours", "by_hand"), projects, strict=True):
        _link(history, folder / f"data_peers_{name}")
        project.loader("ingest")
    for peer, database in theirs:
        peer.prepare(database)
        peer.load(database, history)


def _link(file: Path, data: Path) -> None:
    data.mkdir(exist_ok=True)
    os.link(file, data / file.name)


def _check(
    files: Files,
    own: Sequence[Database],
    theirs: Sequence[tuple[Peer, Database]],
    results: Results,
) -> None:
    """Compare each table with the files, and note which late readings are missing.

    Raises:
        BenchmarkError: other readings are missing or wrong.
    """
    everything = contents.of_files([files.history, *files.nights])
    without_late = contents.of_files([files.history, *files.in_order])
    for database in own:
        contents.check(database, "heart_rate", everything)
        contents.check_minutes(database, _readings(everything))
    for peer, database in theirs:
        lost = lost_readings(database, peer.table, everything, without_late)
        late = len(files.nights)
        results.notes.append(
            f"{peer.name} lost {lost} of {late} late-arriving readings; the loader lost none."
        )


def lost_readings(
    database: Database, table: str, everything: Contents, without_late: Contents
) -> int:
    """How many late readings a table lacks: none or all.

    Raises:
        BenchmarkError: it holds neither ``everything`` nor ``without_late``.
    """
    ((held,),) = database.query(SQL("select count(*) from {}").format(Identifier(table)))
    lost = _readings(everything) - int(held)
    contents.check(database, table, without_late if lost else everything)
    return lost


def _readings(expected: Contents) -> int:
    return sum(readings for readings, _ in expected.values())


def _name(peer: Peer) -> str:
    return f"{peer.name} loading the same file"
