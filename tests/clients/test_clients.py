"""Real clients that don't use libpq log in, each with what `make connect` prints.

libpq accepts logins that other implementations refuse (a SCRAM iteration count below 4,096), so a
test by psycopg2 proves nothing about them.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.embedded.clients import describe
from scripts.embedded.cluster import Cluster
from scripts.embedded.databases import psql
from scripts.embedded.programs import find_or_fetch
from tests.node import install

HERE = Path(__file__).parent
JARS = [
    Path("/usr/share/java", f"{name}.jar")
    for name in ("postgresql", "scram-client", "scram-common", "saslprep", "stringprep")
]
QUESTION = "select current_user || ' ' || count(*) from heart_rate"
ANSWER = "fitbit_reader 2"

TABLE = """
create table heart_rate (participant_id text, timestamp timestamptz, value double precision);
insert into heart_rate
values ('me', '2024-01-01 00:00:00+00', 61), ('me', '2024-01-01 00:00:01+00', 62);
grant select on heart_rate to fitbit_reader;
"""

Lines = dict[str, str]


def assert_answers(command: list[str | Path], standard_input: str = "") -> None:
    """A client logs in and reads the table."""
    done = subprocess.run(
        command, input=standard_input, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout.strip() == ANSWER, done.stderr


def printed(cluster: Cluster) -> Lines:
    """What `make connect` prints about a server, by the first word of each line."""
    variables = cluster.reader_environment()
    text = describe(variables, variables["PGPASSWORD"])
    return {line[:10].strip(): line[10:] for line in text.splitlines()}


@pytest.fixture(scope="module")
def lines(cluster: Cluster) -> Iterator[Lines]:
    """A table that the reader may read, in the database that every server has."""
    superuser = cluster.superuser_environment("fitbit")
    psql(cluster.programs, superuser, TABLE)
    yield printed(cluster)
    psql(cluster.programs, superuser, "drop table heart_rate;")


@pytest.fixture(scope="module")
def node_login(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """login.js in a folder with the package pg."""
    return install(HERE / "login.js", tmp_path_factory.mktemp("node"))


def jdbc(url: str, role: str, password: str) -> None:
    """Log in with PostgreSQL's JDBC driver, role and password given apart from the URL."""
    if shutil.which("java") is None or not all(jar.exists() for jar in JARS):
        pytest.skip("Java or Debian's libpostgresql-jdbc-java is not installed")
    classpath = os.pathsep.join(map(str, JARS))
    assert_answers(["java", "-cp", classpath, HERE / "Login.java", url, role, QUESTION], password)


def test_a_jdbc_client_logs_in(lines: Lines) -> None:
    url = lines["JDBC URL"].split("?")[0]
    jdbc(url, lines["role"].split()[0], lines["password"])


def test_a_node_client_logs_in(lines: Lines, node_login: Path) -> None:
    assert_answers(["node", node_login, lines["URI"], QUESTION])


def test_libpq_takes_the_printed_uri(lines: Lines, cluster: Cluster) -> None:
    command: list[str | Path] = [cluster.programs.path("psql"), lines["URI"], "-Atc", QUESTION]
    assert_answers(command)


def test_the_reader_changes_nothing(lines: Lines, cluster: Cluster) -> None:
    for statement in ("delete from heart_rate", "create table public.mine (id int)"):
        command = [str(cluster.programs.path("psql")), lines["URI"], "-c", statement]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "permission denied" in done.stderr


def with_old_passwords(folder: Path) -> Cluster:
    """A server whose passwords were made with one iteration, and whose reader has none."""
    cluster = Cluster(folder / "cluster", find_or_fetch(), settings={"scram_iterations": "1"})
    cluster.start()
    superuser = cluster.superuser_environment("fitbit")
    psql(cluster.programs, superuser, TABLE + "alter role fitbit_reader nologin password null;")
    cluster.stop()
    text = cluster.connection_file.read_text()
    stored = cluster.reader_environment()["PGPASSWORD"]
    old = text.replace(f'"{stored}"', '""').replace("roles-", "roles-before-")
    cluster.connection_file.write_text(old)
    return Cluster(cluster.directory, cluster.programs)


def test_a_server_from_before_lets_every_client_in(server_folder: Path) -> None:
    cluster = with_old_passwords(server_folder / "old")
    try:
        cluster.start()
        url = printed(cluster)["JDBC URL"].split("?")[0]
        reader = cluster.reader_environment()
        jdbc(url, reader["PGUSER"], reader["PGPASSWORD"])
        stored = psql(
            cluster.programs,
            cluster.superuser_environment("fitbit"),
            "select split_part(split_part(rolpassword, '$', 2), ':', 1) from pg_authid "
            "where rolname in ('fitbit_loader', 'fitbit_reader');",
        )
        assert stored.split() == ["4096", "4096"]
    finally:
        cluster.remove()


def _described(**server: str) -> Callable[[str], str]:
    text = describe(
        {name.upper(): value for name, value in server.items()}, server.get("secret", "")
    )
    return lambda name: next(line[10:] for line in text.splitlines() if line.startswith(name))


def test_what_a_url_can_not_hold_is_escaped() -> None:
    line = _described(pghost="::1", pgport="5433", pgdatabase="my data", secret="p@ss/&?")
    assert line("URI") == "postgresql://fitbit_reader:p%40ss%2F%26%3F@[::1]:5433/my%20data"
    assert line("JDBC") == (
        "jdbc:postgresql://[::1]:5433/my%20data?user=fitbit_reader&password=p%40ss%2F%26%3F"
    )


def test_without_a_known_password_no_url_has_one() -> None:
    line = _described(pghost="db.example")
    assert line("URI") == "postgresql://fitbit_reader@db.example:5432/fitbit"
    assert "FITBIT_READER_PASSWORD" in line("password")
