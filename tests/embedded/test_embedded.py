"""The embedded TimescaleDB, run for real: every test makes a cluster of its own.

The programs come from this user's cache, which the first run fills from Debian.
"""

import contextlib
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psycopg2
import pytest

from scripts.embedded import databases
from scripts.embedded.account import account_for
from scripts.embedded.cluster import Cluster
from scripts.embedded.connection import (
    EXPORTED,
    MISLEADING,
    client_environment,
    dsn,
    read_connection,
)
from scripts.embedded.errors import UNAVAILABLE, EmbeddedError
from scripts.embedded.locks import file_lock
from scripts.embedded.places import MARKER
from scripts.embedded.programs import Programs, find_or_fetch, find_patchelf
from scripts.embedded.server import is_postmaster, postmasters_on

ROOT = Path(__file__).resolve().parents[2]
LIBPQ = ("PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD")
DEADLINE = 30.0

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture(scope="session")
def programs() -> Programs:
    return find_or_fetch()


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the server's account may enter, which pytest's own tmp_path is not."""
    folder = Path(tempfile.mkdtemp(prefix="embedded-", dir="/var/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def cluster(place: Path, programs: Programs) -> Iterator[Cluster]:
    """A cluster that is started."""
    made = Cluster(place / "cluster", programs)
    made.start()
    yield made
    made.remove()


class Checkout:
    """A copy of the commands in a folder that nobody else may enter."""

    def __init__(self, folder: Path, cache: Path, python: str = sys.executable) -> None:
        self.folder = folder
        self.python = python
        self.user: int | None = None
        kept = {name: value for name, value in os.environ.items() if name not in LIBPQ}
        self.environment = {**kept, "EMBEDDED_DB_CACHE": str(cache)}
        for name in (*MISLEADING, EXPORTED, "EMBEDDED_DB_DIR", "EMBEDDED_DB_MIRROR"):
            self.environment.pop(name, None)
        folder.mkdir(mode=0o700)
        for name in ("__init__.py", "roles.sql", "activate.sh"):
            (folder / "scripts").mkdir(exist_ok=True)
            shutil.copy(ROOT / "scripts" / name, folder / "scripts" / name)
        shutil.copytree(ROOT / "scripts/embedded", folder / "scripts/embedded")

    def popen(
        self, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.python, "-m", "scripts.embedded", *arguments],
            cwd=self.folder,
            env={**self.environment, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
        )

    def run(
        self, *arguments: str, stdin: str = "", environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        with self.popen(*arguments, environment=environment) as process:
            output, errors = process.communicate(stdin, timeout=DEADLINE)
        return subprocess.CompletedProcess(arguments, process.returncode, output, errors)

    def query(self, sql: str) -> str:
        result = self.run("psql", "-XqAt", stdin=sql)
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    @property
    def directory(self) -> Path:
        connection = read_connection(self.folder / ".embedded/connection.json")
        assert connection is not None
        return Path(connection.directory)


@pytest.fixture
def checkout(place: Path, programs: Programs) -> Iterator[Checkout]:
    made = Checkout(place / "checkout", programs.root.parent)
    yield made
    if made.folder.exists():
        assert made.run("remove").returncode == 0


def ask(cluster: Cluster, sql: str, database: str = "fitbit") -> str:
    """Run SQL as the loader and return what it prints."""
    result = subprocess.run(
        [cluster.programs.path("psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", sql],
        env=client_environment(cluster.loader_environment(database)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def wal_writer(cluster: Cluster) -> int:
    """The process that writes the log behind the sessions' backs."""
    asked = "select pid from pg_stat_activity where backend_type = 'walwriter'"
    return int(databases.psql(cluster.programs, cluster.superuser_environment(), asked))


def wait_until(holds: Callable[[], bool], seconds: float = DEADLINE) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "what was waited for did not happen"
        time.sleep(0.01)


def assert_one_line_error(result: subprocess.CompletedProcess[str], *, code: int) -> str:
    """The last line is the error, with what to do; there is no traceback."""
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    line = result.stderr.splitlines()[-1]
    assert re.fullmatch(r"error: .+ — do: .+", line)
    return line


# The commands


def test_a_fresh_start_gives_a_loader_its_database(checkout: Checkout) -> None:
    result = checkout.run("start")
    assert result.returncode == 0, result.stderr
    assert re.search(r"^making a database cluster in .+ \.\.\. [\d.]+ s$", result.stderr, re.M)
    assert checkout.query("select current_user, current_database()") == "fitbit_loader|fitbit"
    assert "timescaledb" in checkout.query("select extname from pg_extension")
    assert checkout.query("select extname from pg_extension where extname ~ 'stat'") != ""
    rights = "rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls"
    assert checkout.query(f"select {rights} from pg_roles where rolname = current_user") == "f"
    assert checkout.query("select pg_has_role('pg_read_all_stats', 'member')") == "t"
    reader = f"select rolcanlogin, {rights} from pg_roles where rolname = 'fitbit_reader'"
    assert checkout.query(reader) == "t|f"
    checkout.query("create table t (i int); create schema marts; create temp table u (i int)")


def test_a_second_start_says_nothing_and_only_looks(checkout: Checkout) -> None:
    checkout.run("start")
    again = checkout.run("start")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    listed = checkout.run("start", environment={"PYTHONPROFILEIMPORTTIME": "1"})
    assert (listed.returncode, listed.stdout) == (0, "")
    imported = {line.rpartition("|")[2].strip() for line in listed.stderr.splitlines()}
    assert "scripts.embedded.connection" in imported
    # Without these it can neither look for programs nor start one: it costs Python's own start.
    assert imported.isdisjoint(
        {"subprocess", "scripts.embedded.programs", "scripts.embedded.cluster"}
    )


def test_two_starts_at_once_both_succeed(checkout: Checkout) -> None:
    starts = [checkout.popen("start") for _ in range(3)]
    for process in starts:
        _, errors = process.communicate(timeout=DEADLINE)
        assert process.returncode == 0, errors
    assert len(postmasters_on(checkout.directory / "data")) == 1
    assert checkout.query("select 1") == "1"


def test_a_start_beside_another_waits_before_it_claims_anything(
    checkout: Checkout, place: Path
) -> None:
    directory = place / "elsewhere"
    with file_lock(checkout.folder / ".embedded/lock", "never said: nobody else is here yet"):
        start = checkout.popen("start", environment={"EMBEDDED_DB_DIR": str(directory)})
        assert start.stderr is not None
        assert "waiting for another start or stop" in start.stderr.readline()
        assert not directory.exists()
    _, errors = start.communicate(timeout=DEADLINE)
    assert start.returncode == 0, errors


def test_the_marker_is_replaced_and_never_half_written(checkout: Checkout, place: Path) -> None:
    checkout.run("start")
    before = checkout.directory / MARKER
    seen = place / "seen"
    seen.hardlink_to(before)
    checkout.folder = checkout.folder.rename(place / "moved")
    checkout.run("stop")
    checkout.run("start")
    assert seen.read_text() == f"{place / 'checkout/.embedded'}\n"
    assert (checkout.directory / MARKER).read_text() == f"{place / 'moved/.embedded'}\n"


def test_stop_keeps_the_data_and_the_next_command_starts_again(checkout: Checkout) -> None:
    checkout.query("create table kept as select 42 as answer")
    assert checkout.run("status").returncode == 0
    assert checkout.run("stop").returncode == 0
    status = checkout.run("status")
    assert status.returncode == 3
    assert "not running" in status.stdout
    assert str(checkout.directory) in status.stdout
    assert "not running" in checkout.run("stop").stderr
    assert checkout.query("select answer from kept") == "42"


def test_psql_runs_a_script_and_passes_output_and_exit_code_on(checkout: Checkout) -> None:
    script = "select 'before';\nselect 1/0;\nselect 'after';\n"
    result = checkout.run("psql", "-XqAt", "-v", "ON_ERROR_STOP=1", stdin=script)
    assert result.returncode == 3
    assert result.stdout == "before\n"
    assert "division by zero" in result.stderr
    assert checkout.run("psql", "-XqAtc", "select 7").stdout == "7\n"


def test_run_gives_a_command_the_connection_and_passes_its_exit_code_on(
    checkout: Checkout,
) -> None:
    show = "import os, sys; print(os.environ['PGUSER'], sys.argv[1:]); sys.exit(7)"
    result = checkout.run("run", "--", sys.executable, "-c", show, "--a", "b")
    assert (result.returncode, result.stdout) == (7, "fitbit_loader ['--a', 'b']\n")
    assert_one_line_error(checkout.run("run", "--", "no-such-program"), code=1)
    assert_one_line_error(checkout.run("run"), code=1)


def test_env_can_be_evaluated_by_a_shell(checkout: Checkout) -> None:
    environment = {"PGSSLMODE": "require"}
    exports = checkout.run("env", environment=environment).stdout
    show = 'eval "$1"; echo "$PGHOST $PGDATABASE $PGUSER ${#PGPASSWORD} ${PGSSLMODE:-}"'
    shell = subprocess.run(
        ["sh", "-c", show, "sh", exports],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shell.stdout == "127.0.0.1 fitbit fitbit_loader 32 \n"


def test_with_pghost_set_nothing_is_started(checkout: Checkout) -> None:
    theirs = {"PGHOST": "127.0.0.1", "PGPORT": "1", "PGUSER": "me"}
    show = "import os; print(os.environ['PGHOST'], os.environ['PGPORT'])"
    result = checkout.run("run", "--", sys.executable, "-c", show, environment=theirs)
    assert result.stdout == "127.0.0.1 1\n"
    assert checkout.run("env", environment=theirs).stdout == ""
    assert checkout.run("psql", "-c", "select 1", environment=theirs).returncode == 2
    assert not (checkout.folder / ".embedded").exists()


def test_a_shell_with_our_own_env_gets_a_stopped_server_started(checkout: Checkout) -> None:
    lines = checkout.run("env").stdout.splitlines()
    exported = dict(line.removeprefix("export ").split("=", 1) for line in lines)
    checkout.run("stop")
    result = checkout.run("psql", "-XqAtc", "select 1", environment=exported)
    assert result.stdout == "1\n"


@pytest.mark.parametrize("shell", ["bash", "dash", "zsh"])
def test_activate_prepares_the_shell(checkout: Checkout, shell: str, tmp_path: Path) -> None:
    if not shutil.which(shell):
        pytest.skip(f"this machine has no {shell}")
    if not os.access(ROOT / ".venv/bin/python", os.X_OK):
        pytest.skip("this user may not run the Python of .venv")
    (checkout.folder / ".venv").symlink_to(ROOT / ".venv")
    script = f". {checkout.folder}/scripts/activate.sh && echo $PGUSER $DBT_PROFILES_DIR $PWD"
    result = subprocess.run(
        [shell, "-c", script],
        cwd=tmp_path,
        env=checkout.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == f"fitbit_loader {checkout.folder}/profiles {tmp_path}\n"
    assert result.stderr.splitlines()[-1].startswith("active: ")


# Another database, and the settings file


WHERE = ("psql", "-XqAtc", "select current_database() || ' ' || current_user")


def test_pgdatabase_and_pguser_choose_what_is_in_our_server(checkout: Checkout) -> None:
    exported = exports_of(checkout)

    def where(**environment: str) -> str:
        return checkout.run(*WHERE, environment=environment).stdout.strip()

    missing = checkout.run(*WHERE, environment={"PGDATABASE": "x"})
    assert 'database "x" does not exist' in missing.stderr
    assert checkout.run("start", environment={"PGDATABASE": "x"}).returncode == 0
    assert where() == "fitbit fitbit_loader"
    assert where(PGDATABASE="x") == "x fitbit_loader"
    assert where(PGUSER="postgres") == "fitbit postgres"
    # In a shell after activate.sh: what it exported, and what was changed since.
    assert where(**exported) == "fitbit fitbit_loader"
    assert where(**{**exported, "PGDATABASE": "x"}) == "x fitbit_loader"
    assert where(**{**exported, "PGUSER": "postgres"}) == "fitbit postgres"
    # A shell of an older version has no record of what it exported.
    older = {name: value for name, value in exported.items() if name != "FITBIT_EXPORTED"}
    assert where(**{**older, "PGDATABASE": "x"}) == "x fitbit_loader"
    role = "create role guest login password 'g' in role fitbit_reader;"
    made = checkout.run("psql", "-Xq", stdin=role, environment={"PGUSER": "postgres"})
    assert made.returncode == 0, made.stderr
    assert where(PGUSER="guest", PGPASSWORD="g") == "fitbit guest"
    chosen = {**exported, "PGDATABASE": "x", "PGUSER": "guest", "PGPASSWORD": "g"}
    assert where(**chosen) == "x guest"


def exports_of(checkout: Checkout, **environment: str) -> dict[str, str]:
    """What `env` has a shell export."""
    done = checkout.run("env", environment=environment)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("export ")]
    return dict(line.removeprefix("export ").split("=", 1) for line in lines)


def test_the_settings_file_is_followed(checkout: Checkout, place: Path) -> None:
    file = checkout.folder / ".env"
    checkout.environment["FITBIT_ENV_FILE"] = str(file)
    example = (ROOT / ".env.example").read_text()
    for name in ("POSTGRES_PASSWORD", "FITBIT_LOADER_PASSWORD", "PUID", "PGID"):
        example = example.replace(f"\n{name}=\n", f"\n{name}=1$x\n")  # as `make env` fills it in
    file.write_text(f"{example}\nEMBEDDED_DB_DIR={place / 'own'}\nPGDATABASE=x\n")

    assert checkout.run("start").returncode == 0
    assert checkout.directory == place / "own"
    assert checkout.run(*WHERE).stdout == "x fitbit_loader\n"

    file.write_text(file.read_text() + "PGHOST=127.0.0.1\nPGPORT=1\nFITBIT_TIMEZONE=Asia/Tokyo\n")
    show = "import os; print(*map(os.environ.get, ('PGHOST', 'PGPORT', 'FITBIT_TIMEZONE')))"
    shown = checkout.run("run", "--", sys.executable, "-c", show)
    assert shown.stdout == "127.0.0.1 1 Asia/Tokyo\n"
    environment = {"FITBIT_TIMEZONE": "Europe/Berlin"}
    shown = checkout.run("run", "--", sys.executable, "-c", show, environment=environment)
    assert shown.stdout == "127.0.0.1 1 Europe/Berlin\n"
    # A shell exports what the file says, and follows it when it is changed.
    exported = exports_of(checkout)
    assert (exported["PGPORT"], exported["FITBIT_TIMEZONE"]) == ("1", "Asia/Tokyo")
    file.write_text(file.read_text().replace("Asia/Tokyo", "Asia/Kolkata"))
    shown = checkout.run("run", "--", sys.executable, "-c", show, environment=exported)
    assert shown.stdout == "127.0.0.1 1 Asia/Kolkata\n"

    file.write_text("FITBIT_TIMEZON=x\n")
    for command in ("start", "stop", "status", "env", "settings", "psql"):
        wrong = checkout.run(command)
        assert_one_line_error(wrong, code=78)
        assert "did you mean FITBIT_TIMEZONE?" in wrong.stderr
    file.write_text(f"EMBEDDED_DB_DIR={place / 'own'}\n")


# Where it can't be had


def test_without_apt_the_error_names_the_other_ways(checkout: Checkout, tmp_path: Path) -> None:
    nowhere = {
        "PATH": str(Path(find_patchelf()).parent),
        "EMBEDDED_DB_CACHE": str(tmp_path / "empty"),
    }
    line = assert_one_line_error(checkout.run("start", environment=nowhere), code=UNAVAILABLE)
    for part in ("apt-get", "docker compose up", "PGHOST", "PGPASSWORD"):
        assert part in line


def test_a_mirror_that_cannot_be_reached_is_named(checkout: Checkout, tmp_path: Path) -> None:
    if not shutil.which("apt-get"):
        pytest.skip("this machine has no apt-get")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, but nobody listens: refused at once
        mirror = f"http://127.0.0.1:{closed.getsockname()[1]}/debian"
        environment = {
            "EMBEDDED_DB_MIRROR": mirror,
            "EMBEDDED_DB_CACHE": str(tmp_path / "empty"),
            "PATH": f"{Path(find_patchelf()).parent}:{os.environ['PATH']}",
        }
        result = checkout.run("start", environment=environment)
    line = assert_one_line_error(result, code=UNAVAILABLE)
    for part in (mirror, "EMBEDDED_DB_MIRROR", "docker compose up", "PGHOST"):
        assert part in line
    assert [path.name for path in (tmp_path / "empty").iterdir()] == ["lock"]


def test_a_traceback_only_for_those_who_ask(checkout: Checkout, tmp_path: Path) -> None:
    environment = {"PATH": "/nowhere", "EMBEDDED_DB_CACHE": str(tmp_path / "empty")}
    asked = {**environment, "EMBEDDED_DB_DEBUG": "1"}
    assert "Traceback" not in checkout.run("start", environment=environment).stderr
    assert "Traceback" in checkout.run("start", environment=asked).stderr


# What machines and people do to it


def test_committed_rows_survive_a_kill(cluster: Cluster) -> None:
    ask(cluster, "create table t as select g from generate_series(1, 1000) g")
    cluster.kill()
    assert cluster.postmaster is None
    cluster.start()
    assert ask(cluster, "select count(*) from t") == "1000"


def test_a_start_gets_over_an_unlogged_table_whose_new_file_was_taken_back(
    cluster: Cluster,
) -> None:
    """As the staging table's, of a run that died while it staged: a first start fails over it."""
    ask(cluster, "create unlogged table t as select 1 as i")
    variables = cluster.loader_environment()
    session = psycopg2.connect(dsn(variables))
    with contextlib.closing(session), session.cursor() as cursor:
        cursor.execute("truncate t")
        # A commit elsewhere brings to the disk that there is a new file; that it goes again is only
        # written behind, by a process that is held here.
        ask(cluster, "create table u as select 1 as i")
        os.kill(wal_writer(cluster), signal.SIGSTOP)
        session.rollback()
        cluster.kill()
    cluster.start()
    assert ask(cluster, "select count(*) from t") == "0"


def test_a_start_waits_for_what_a_killed_server_left_working(cluster: Cluster) -> None:
    """Only the postmaster is killed: its backend goes on, and must not have a second one beside."""
    busy = (
        "do $$ begin while clock_timestamp() < now() + interval '2 s' loop end loop; end $$;"
        "select pg_sleep(60)"
    )
    client = subprocess.Popen(
        [cluster.programs.path("psql"), "-Xqc", busy],
        env=client_environment(cluster.loader_environment()),
        stderr=subprocess.DEVNULL,
    )
    running = "select 1 from pg_stat_activity where query ~ '^do' and pid <> pg_backend_pid()"
    wait_until(lambda: ask(cluster, running) == "1")
    postmaster = cluster.postmaster
    assert postmaster is not None
    os.kill(postmaster.pid, signal.SIGKILL)
    wait_until(lambda: cluster.postmaster is None)
    cluster.start()
    client.wait(DEADLINE)
    assert ask(cluster, "select 1") == "1"
    assert len(postmasters_on(cluster.data)) == 1


def test_a_stale_pid_of_somebody_else_does_not_stop_a_start(cluster: Cluster) -> None:
    """As after a reboot: the pid in the file is that of another process of the same account."""
    cluster.kill()
    account = account_for(cluster.data)
    user = account.uid if account else None
    with subprocess.Popen(["sleep", "60"], user=user) as other:
        pid_file = cluster.data / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
        pid_file.write_text("\n".join([str(other.pid), *lines[1:], ""]))
        try:
            assert not is_postmaster(other.pid, cluster.data)
            cluster.start()
            assert ask(cluster, "select 1") == "1"
        finally:
            other.kill()


def test_a_taken_port_is_left_to_whoever_has_it(cluster: Cluster) -> None:
    cluster.stop()
    port = int(cluster.loader_environment()["PGPORT"])
    with socket.create_server(("127.0.0.1", port)):
        cluster.start()
        assert int(cluster.loader_environment()["PGPORT"]) != port
        assert ask(cluster, "select 1") == "1"


def test_a_deleted_data_folder_is_made_anew(cluster: Cluster) -> None:
    before = cluster.postmaster
    assert before is not None
    shutil.rmtree(cluster.data)
    cluster.start()
    assert ask(cluster, "select 1") == "1"
    assert not is_postmaster(before.pid, cluster.data)


def test_a_lost_connection_file_costs_no_data(cluster: Cluster) -> None:
    ask(cluster, "create table t as select 1 as i")
    before = cluster.loader_environment()["PGPASSWORD"]
    cluster.connection_file.unlink()
    cluster.start()
    assert cluster.loader_environment()["PGPASSWORD"] != before
    assert ask(cluster, "select i from t") == "1"


def test_what_a_killed_initdb_left_is_made_anew(place: Path, programs: Programs) -> None:
    cluster = Cluster(place / "cluster", programs)
    cluster.create()
    torn = cluster.data.rename(cluster.directory / "data.new-0")
    (torn / "PG_VERSION").write_text("torn")
    cluster.start()
    try:
        assert ask(cluster, "select 1") == "1"
        assert not torn.exists()
    finally:
        cluster.remove()


def test_a_server_that_does_not_start_is_quoted(place: Path, programs: Programs) -> None:
    cluster = Cluster(place / "cluster", programs, settings={"shared_preload_libraries": "nix"})
    with pytest.raises(EmbeddedError) as error:
        cluster.start()
    assert 'could not access file "nix"' in error.value.what
    assert str(cluster.log) in error.value.hint
    cluster.remove()


def test_passwords_stay_out_of_logs_and_statistics(cluster: Cluster) -> None:
    connection = json.loads(cluster.connection_file.read_text())
    assert cluster.connection_file.stat().st_mode & 0o777 == 0o600
    seen = "select query from pg_stat_statements"
    statements = databases.psql(cluster.programs, cluster.superuser_environment("fitbit"), seen)
    logged = "".join(path.read_text() for path in cluster.log.iterdir())
    settings = (cluster.directory / "settings.conf").read_text()
    for secret in [value for name, value in connection.items() if name.endswith("password")]:
        assert secret not in statements + logged + settings


def test_settings_can_be_changed_for_one_cluster(place: Path, programs: Programs) -> None:
    cluster = Cluster(place / "cluster", programs, settings={"fsync": "off", "work_mem": "7MB"})
    cluster.start()
    try:
        assert ask(cluster, "show work_mem") == "7MB"
    finally:
        cluster.remove()


def test_more_databases_by_template(cluster: Cluster) -> None:
    cluster.create_database("first")
    ask(cluster, "create table t as select 5 as i", "first")
    cluster.create_database("second", template="first")
    assert ask(cluster, "select i from t", "second") == "5"
    ask(cluster, "create schema staging", "second")
    cluster.drop_database("second")
    assert ask(cluster, "select count(*) from pg_database where datname = 'second'") == "0"


# Whose folder is it?


def test_remove_deletes_what_was_made_and_nothing_else(place: Path, programs: Programs) -> None:
    cluster = Cluster(place / "cluster", programs)
    cluster.create()
    (cluster.directory / "diary.txt").write_text("mine")
    assert cluster.remove()
    assert [path.name for path in cluster.directory.iterdir()] == ["diary.txt"]
    assert not cluster.remove()


def test_a_folder_of_somebody_elses_is_refused(checkout: Checkout, place: Path) -> None:
    theirs = place / "theirs"
    (theirs / "data").mkdir(parents=True)
    environment = {"EMBEDDED_DB_DIR": str(theirs)}
    line = assert_one_line_error(checkout.run("start", environment=environment), code=1)
    assert str(theirs) in line
    assert checkout.run("remove", environment=environment).returncode == 0
    assert (theirs / "data").exists()


def test_a_moved_checkout_takes_its_database_along(checkout: Checkout, place: Path) -> None:
    checkout.query("create table t as select 1 as i")
    checkout.folder = checkout.folder.rename(place / "moved")
    assert checkout.query("select i from t") == "1"


def test_a_copied_checkout_never_uses_the_database_of_the_other(
    checkout: Checkout, place: Path, programs: Programs
) -> None:
    checkout.query("create table t as select 1 as i")
    copy = Checkout(place / "copy", programs.root.parent)
    shutil.copytree(checkout.folder / ".embedded", copy.folder / ".embedded", symlinks=True)
    result = copy.run("start")
    if os.geteuid() == 0:  # its data lies elsewhere, and was not copied
        assert copy.query("select to_regclass('t') is null") == "t"
    else:
        assert "was copied from" in assert_one_line_error(result, code=1)
    assert copy.run("remove").returncode == 0
    assert checkout.query("select i from t") == "1"


@as_root  # an ordinary user's data is copied along
def test_a_copy_of_a_moved_checkout_gets_its_own(
    checkout: Checkout, place: Path, programs: Programs
) -> None:
    checkout.query("create table t as select 1 as i")
    checkout.folder = checkout.folder.rename(place / "moved")
    assert checkout.query("select i from t") == "1"
    copy = Checkout(place / "copy", programs.root.parent)
    shutil.copytree(checkout.folder / ".embedded", copy.folder / ".embedded")
    assert copy.query("select to_regclass('t') is null") == "t"
    assert copy.run("remove").returncode == 0
    assert checkout.query("select i from t") == "1"


@as_root
def test_an_ordinary_user_needs_nothing_from_root(place: Path, programs: Programs) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    checkout = Checkout(place / "checkout", programs.root.parent, _python_for(nobody))
    home = place / "home"
    home.mkdir(mode=0o700)
    checkout.environment["HOME"] = str(home)
    for path in (home, checkout.folder, *checkout.folder.rglob("*")):
        os.chown(path, nobody, nobody)
    checkout.user = nobody
    try:
        assert checkout.query("select current_user") == "fitbit_loader"
        private = checkout.folder / ".embedded"
        assert checkout.directory == private
        assert private.stat().st_mode & 0o777 == 0o700
        assert (private / "data").stat().st_uid == nobody
        checkout.user = None  # root, in the user's checkout: `sudo make ingest`
        assert checkout.query("select 1") == "1"
        assert (private / "connection.json").stat().st_uid == nobody
        checkout.user = nobody
    finally:
        assert checkout.run("remove").returncode == 0
    assert not private.exists()


def _python_for(user: int) -> str:
    """A Python that this user may run; the one of these tests may lie in root's home."""
    for python in (sys.executable, "/usr/bin/python3"):
        check = "import sys; sys.exit(sys.version_info < (3, 11))"
        with contextlib.suppress(PermissionError, FileNotFoundError):
            if subprocess.run([python, "-c", check], user=user, check=False).returncode == 0:
                return python
    pytest.skip("no Python 3.11 that an ordinary user may run")
