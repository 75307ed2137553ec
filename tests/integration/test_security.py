"""Hostile names and contents end as data; passwords end nowhere; files and rights stay narrow."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg2
import pytest

from loader.configuration.settings import PROJECT
from loader.errors import BadFileError, ExitCode
from scripts.embedded.cluster import Cluster
from scripts.embedded.connection import dsn
from tests.loaded_once import LoadedOnce, LoadOnce
from tests.pipeline import Pipeline, readings, seconds

ROWS = seconds("2024-01-01 00:00:00", [60 + number % 40 + 0.5 for number in range(100)])

HOSTILE_NAMES = [
    b"it's.csv",
    b'a "b".csv',
    b"'; drop table heart_rate; --.csv",
    b"new\nline.csv",
    b"100%s %(x)s %%.csv",
    b"not utf-8 \xff\xfe.csv",
    b"$(touch made_by_a_name).csv",
    b"`touch made_by_a_name`.csv",
    b"-rf.csv",
    b"*.csv",
    b"{{ env_var('PGPASSWORD') }}.csv",
    b"back\\slash.csv",
    b"\x1b[31mred.csv",
    "Лена ♥.CSV".encode(),
]

HOSTILE_PARTICIPANTS = [
    'O\'Brien "x"',
    "'; drop table heart_rate; --",
    "$(touch made_by_a_name) `id` ${PGPASSWORD}",
    "{{ env_var('PGPASSWORD') }} {% raw %}",
    "%s %(x)s \\N \\. \\x00",
    "Лена ♥ 𝄞",
    "é" * 100,
]

HOSTILE_ROWS = [
    b"2024-01-01 12:00:00,1); drop table heart_rate; --",
    b"'; drop table ingest.runs; --,61",
    b"2024-01-01 12:00:00,(select 61)",
    b"\\.",
    b"\\N,\\N",
    b"=cmd|' /C calc'!A0,61",
    b"{{ env_var('PGPASSWORD') }},61",
    b"%s %(x)s,%d",
    b"\x1b[31mred\x1b[0m,61",
    b"\x1e\x1f,61",
    b"$1,$2",
    b"2024-01-01 12:00:00\xe2\x80\xae,61",
]

EVERYTHING_ELSE = """
select relname, relkind::text from pg_class join pg_namespace on pg_namespace.oid = relnamespace
where nspname in ('public', 'staging', 'ingest')
union all select nspname, 'schema' from pg_namespace where nspname !~ '^(_timescaledb|pg_)'
union all select rolname, 'role' from pg_roles
order by 1, 2
"""


def write(
    pipeline: Pipeline, name: bytes, *rows: bytes, header: bytes = b"timestamp,value"
) -> Path:
    path = Path(os.fsdecode(os.fsencode(pipeline.data) + b"/" + name))
    path.write_bytes(b"".join(line + b"\n" for line in (header, *rows)))
    return path


def reading(number: int) -> bytes:
    return b"2024-01-01 12:%02d:00,61.5" % number


@contextmanager
def nothing_else_changes(pipeline: Pipeline) -> Iterator[None]:
    """No relation, schema or role comes or goes, and no file is made where commands would run."""
    before = pipeline.query(EVERYTHING_ELSE)
    yield
    assert pipeline.query(EVERYTHING_ELSE) == before
    made = "made_by_a_name"
    folders = (PROJECT, PROJECT / "dbt_project", pipeline.data, Path.cwd())
    assert not any((folder / made).exists() for folder in folders)


@pytest.fixture(scope="module")
def original(load_once: LoadOnce) -> LoadedOnce:
    def load(pipeline: Pipeline) -> None:
        pipeline.write(ROWS)
        pipeline.ingest()

    return load_once(load)


@pytest.fixture
def loaded(original: LoadedOnce, pipeline: Pipeline) -> Pipeline:
    return original.copy_to(pipeline)


# --- Hostile names and contents ------------------------------------------------------------------


def test_hostile_file_names_are_names(loaded: Pipeline) -> None:
    for number, name in enumerate(HOSTILE_NAMES):
        write(loaded, name, reading(number), b"bad")
    expected = [*ROWS, *(reading(number).decode() for number in range(len(HOSTILE_NAMES)))]

    with nothing_else_changes(loaded):
        result = loaded.ingest()

    assert loaded.table() == readings(expected)
    assert result.counts.rejected == len(HOSTILE_NAMES)
    for table in ("files", "days", "rejected_rows"):
        (known,) = loaded.query(
            f"select count(distinct path) from ingest.{table} where path <> 'hr.csv'"
        )
        assert known == (len(HOSTILE_NAMES),), table
    assert loaded.query("select 1 from ingest.files where path = %s", ["it's.csv"])
    assert loaded.ingest().counts.read == 0


def test_names_that_are_told_apart_by_bytes_alone_are_two_files(loaded: Pipeline) -> None:
    write(loaded, b"a\xff.csv", reading(1))
    write(loaded, b"a\\xff.csv", reading(2))
    loaded.ingest()
    assert loaded.table() == readings([*ROWS, reading(1).decode(), reading(2).decode()])


@pytest.mark.parametrize("name", [b"new\nline error: x.csv", b"\x1b[31m\rred.csv", b"\xff.csv"])
def test_an_error_about_a_hostile_name_is_one_line_of_printable_text(
    loaded: Pipeline, name: bytes
) -> None:
    cut = b'[{"dateTime":"01/01/24 00:00:00","value":{"bpm":61}},{"dateTime":"\x1b[31m'
    write(loaded, name, b"", header=cut)
    done = loaded.loader("ingest")
    assert done.returncode == ExitCode.BAD_INPUT
    (line,) = [line for line in done.stderr.splitlines() if "error: " in line]
    assert "can't be read to its end" in line
    assert line.isprintable()
    assert all(" UTC  " in line for line in done.stderr.split("\n")[:-1])


def test_hostile_participants_are_participants(
    loaded: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    with nothing_else_changes(loaded):
        for number, participant in enumerate(HOSTILE_PARTICIPANTS):
            monkeypatch.setenv("FITBIT_PARTICIPANT", participant)
            write(loaded, b"%d.csv" % number, reading(number))
            loaded.ingest()

    given = {who for who, _, _ in loaded.table()}
    assert given == {"me", *HOSTILE_PARTICIPANTS}
    known = loaded.query("select participant_id from ingest.participants")
    assert {who for (who,) in known} == given
    assert len(loaded.table()) == len(ROWS) + len(HOSTILE_PARTICIPANTS)


@pytest.mark.parametrize("participant", ["new\nline", "tab\there", "\x1b[31mred"])
def test_a_participant_with_control_characters_is_no_name(
    loaded: Pipeline, participant: str
) -> None:
    done = loaded.loader("status", FITBIT_PARTICIPANT=participant)
    assert done.returncode == ExitCode.SETTINGS
    assert "FITBIT_PARTICIPANT" in done.stderr


def test_hostile_rows_are_rejected_rows(loaded: Pipeline) -> None:
    write(loaded, b"b.csv", *HOSTILE_ROWS, reading(1))

    with nothing_else_changes(loaded):
        result = loaded.ingest()

    assert loaded.table() == readings([*ROWS, reading(1).decode()])
    assert result.counts.rejected == len(HOSTILE_ROWS)
    kept = loaded.query(
        "select line, raw from ingest.rejected_rows where path = 'b.csv' order by 1"
    )
    escaped = [
        row.decode().replace("\x1e", "\\x1e").replace("\x1f", "\\x1f") for row in HOSTILE_ROWS
    ]
    assert kept == list(enumerate(escaped, start=2))


@pytest.mark.parametrize(
    "header", [b"timestamp,value'; drop table heart_rate; --", b"timestamp,$(id)", b"{{ 1 }},value"]
)
def test_a_hostile_header_is_refused(loaded: Pipeline, header: bytes) -> None:
    write(loaded, b"hr.csv", reading(1), header=header)
    with nothing_else_changes(loaded), pytest.raises(BadFileError):
        loaded.ingest()
    assert loaded.table() == readings(ROWS)


# --- Passwords -----------------------------------------------------------------------------------


class CommandLines(threading.Thread):
    """Collects the command line of every process of this machine, as `ps` shows them."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen: set[bytes] = set()
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.is_set():
            for file in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.seen.add(file.read_bytes())
                except OSError:
                    continue
            time.sleep(0.02)

    def __enter__(self) -> "CommandLines":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.join()


@pytest.mark.artefacts
def test_the_password_is_in_no_output_file_ledger_or_process_list(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    password = pipeline.environment["PGPASSWORD"]
    target = tmp_path / "target"
    pipeline.environment["DBT_TARGET_PATH"] = str(target)
    wrong = "a-wrong-pass-word"
    pipeline.write(ROWS)
    pipeline.preloads = False  # a fork has the command line of the process that it was forked from

    with CommandLines() as processes:
        runs = [
            pipeline.loader("--debug", "ingest"),
            pipeline.loader("--debug", "ingest", DATA_DIR="/nowhere"),
            pipeline.loader("--debug", "ingest", PGPASSWORD=wrong),
            pipeline.loader("--debug", "ingest", PGPORT="1"),
            pipeline.loader("status"),
            pipeline.dbt("run", "--debug", "--log-path", str(pipeline.log), PGPASSWORD=wrong),
        ]

    # Status fails, too, because the last run did.
    assert [done.returncode == 0 for done in runs] == [True, *[False] * 5]
    assert any(b"loader" in line for line in processes.seen)
    said = {f"output of {done.args}": done.stdout + done.stderr for done in runs}
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {"manifest.json", "dbt.log", "last_OK_run.json"} <= {file.name for file in files}
    said |= {str(file): file.read_bytes().decode(errors="replace") for file in files}
    said["ingest.runs"] = str(pipeline.query("select runs::text from ingest.runs"))
    said["ps"] = b"\n".join(processes.seen).decode(errors="replace")
    for secret in (password, wrong):
        assert [place for place, text in said.items() if secret in text] == []


# --- Files ---------------------------------------------------------------------------------------


@pytest.mark.artefacts
def test_what_a_run_writes_is_for_this_user_alone(pipeline: Pipeline) -> None:
    pipeline.environment["DBT_TARGET_PATH"] = str(pipeline.log.parent / "target")
    pipeline.log.mkdir(mode=0o755)
    pipeline.state_file.parent.mkdir(mode=0o755)
    pipeline.write(ROWS)

    done = subprocess.run(
        [sys.executable, "-m", "loader", "ingest"],
        cwd=PROJECT,
        env={**os.environ, **pipeline.environment},
        capture_output=True,
        umask=0,
        check=True,
    )

    assert done.returncode == 0
    root = pipeline.log.parent
    written = [
        path
        for folder in (pipeline.log, pipeline.state_file.parent, root / "target")
        for path in folder.rglob("*")
    ]
    assert {"dbt.log", "last_OK_run.json", "manifest.json"} <= {path.name for path in written}
    assert [path for path in written if path.stat().st_mode & 0o077] == []


def test_a_run_leaves_no_scratch_behind_and_keeps_it_private(pipeline: Pipeline) -> None:
    modes: set[int] = set()
    pipeline.write(ROWS)

    def watch(ended: threading.Event) -> None:
        while not ended.is_set():
            with suppress(FileNotFoundError):
                modes.update(entry.stat().st_mode & 0o777 for entry in pipeline.scratch.iterdir())

    ended = threading.Event()
    watcher = threading.Thread(target=watch, args=(ended,), daemon=True)
    watcher.start()
    done = pipeline.loader("ingest")
    ended.set()
    watcher.join()

    assert done.returncode == 0, done.stderr
    assert modes == {0o700}
    assert list(pipeline.scratch.iterdir()) == []


# --- Roles ---------------------------------------------------------------------------------------


def test_the_loaders_role_has_no_more_than_it_needs(loaded: Pipeline) -> None:
    (rights,) = loaded.query(
        "select rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls"
        " from pg_roles where rolname = current_user"
    )
    assert rights == (False,) * 5
    assert loaded.query("select current_user") == [("fitbit_loader",)]


def test_the_loaders_role_owns_its_schemas_and_one_table_in_public(loaded: Pipeline) -> None:
    schemas = loaded.query(
        "select nspname from pg_namespace where pg_get_userbyid(nspowner) = current_user order by 1"
    )
    assert schemas == [("ingest",), ("intermediate",), ("marts",), ("staging",)]
    owned = loaded.query(
        "select distinct nspname, case when nspname = 'public' then relname end"
        " from pg_class join pg_namespace on pg_namespace.oid = relnamespace"
        " where pg_get_userbyid(relowner) = current_user and relkind in ('r', 'v', 'm', 'S')"
    )
    in_public = {name for schema, name in owned if schema == "public"}
    assert in_public == {"heart_rate"}
    chunks = "_timescaledb_internal"
    own = {"public", "staging", "ingest", "intermediate", "marts"}
    assert {schema for schema, _ in owned} == own | {chunks}


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("select count(*) from public.heart_rate", True),
        ("insert into public.heart_rate values ('x', now(), 1, null)", False),
        ("update public.heart_rate set value = 1", False),
        ("delete from public.heart_rate", False),
        ("truncate public.heart_rate", False),
        ("drop table public.heart_rate", False),
        ("create table public.x (y int)", False),
        ("delete from ingest.runs", False),
        ("truncate staging.heart_rate", False),
    ],
)
def test_a_reader_may_read_and_nothing_else(
    readable: Pipeline, cluster: Cluster, statement: str, allowed: bool
) -> None:
    variables = cluster.superuser_environment(readable.environment["PGDATABASE"])
    session = psycopg2.connect(dsn(variables))
    with closing(session), session.cursor() as cursor:
        cursor.execute("set role fitbit_reader")
        if allowed:
            cursor.execute(statement)
            assert cursor.fetchone() == (len(ROWS),)
        else:
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(statement)


@pytest.fixture(scope="module")
def readable(module_pipeline: Pipeline) -> Pipeline:
    """A project after a run, a full refresh and one more run: the grants must outlive them."""
    made = module_pipeline
    made.write(ROWS[:-1])
    assert made.loader("ingest").returncode == 0
    assert made.loader("ingest", "--full-refresh").returncode == 0
    made.append(ROWS[-1:])
    assert made.loader("ingest").returncode == 0
    return made
