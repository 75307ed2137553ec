"""The containers as the README brings them up, and what must survive. One stack, in this order."""

import json
import re
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest

from tests.docker.engine import Engine
from tests.docker.stack import (
    JOB_USER,
    Stack,
    after_the_sample,
    file_readings,
    sample_readings,
    taking_at_most,
    wait_until,
)

pytestmark = pytest.mark.docker

STOPS_WITHIN = 10.0


def test_it_does_not_start_without_a_password(stack: Stack) -> None:
    for name in ("POSTGRES_PASSWORD", "FITBIT_LOADER_PASSWORD"):
        password = stack.setting(name)
        stack.set(**{name: ""})
        refused = stack.compose("up", "--detach", check=False)
        stack.set(**{name: password})
        assert refused.returncode != 0
        assert f"{name} is missing a value: no password is set, do: make env" in refused.stderr


def test_up_loads_the_sample_and_both_are_healthy(stack: Stack) -> None:
    stack.up()
    stack.wait_for_health("fitbit-db", "healthy")
    stack.wait_for_health("fitbit-ingestion", "healthy")
    stack.wait_for_log("ended with exit code 0", since=0)
    assert stack.runs() == ["ok"]
    assert stack.readings() == sample_readings(stack.folder)
    assert stack.sql("select distinct participant_id from heart_rate") == "sample"


def test_the_commands_of_its_users_work_as_they_stand(stack: Stack) -> None:
    assert "nothing new" in stack.exec("make", "ingest").stdout
    assert "last run     nothing new" in stack.exec("make", "status").stdout
    assert "Completed successfully" in stack.exec("dbt", "build").stdout
    assert "every one of them is in heart_rate" in stack.exec("make", "verify").stdout
    assert "heart_rate" in stack.exec("make", "psql", r"ARGS=-c '\dt'").stdout
    stack.exec("make", "report", "ARGS=--output logs/heart_rate.html")
    assert "A day by the minute" in (stack.folder / "logs/heart_rate.html").read_text()
    assert stack.sql(r"\dt") == "public|heart_rate|table|fitbit_loader"
    psql = ["exec", "fitbit-db", "psql", "-U", "postgres", "-d", "fitbit", "-c"]
    described = stack.engine.docker(*psql, r"\d heart_rate").stdout
    assert 'PRIMARY KEY, btree (participant_id, "timestamp")' in described
    assert "(5 rows)" in stack.engine.docker(*psql, "SELECT * FROM heart_rate LIMIT 5").stdout


def test_output_is_in_the_log_folder_and_in_the_containers_log(stack: Stack) -> None:
    told = "run 1: heart_rate has"
    assert told in stack.logs()
    log = stack.folder / "logs/ingest.log"
    assert told in log.read_text()
    assert (stack.folder / "logs/dbt.log").exists()
    state = stack.folder / "state/last_OK_run.json"
    assert json.loads(state.read_text())["last_OK_run"].endswith("+00:00")
    assert {file.stat().st_uid for file in (log, state)} == {JOB_USER}


@pytest.mark.parametrize("container", ["fitbit-db", "fitbit-ingestion"])
def test_it_has_no_rights_that_it_does_not_need(stack: Stack, container: str) -> None:
    command = ["exec", container, "cat", "/proc/1/status"]
    lines = stack.engine.docker(*command).stdout.splitlines()
    status = {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
    assert int(status["CapBnd"], 16) == int(status["CapEff"], 16) == 0
    assert status["NoNewPrivs"] == "1"
    assert "0" not in status["Uid"].split()
    host = stack.inspect(container)["HostConfig"]
    assert host["ReadonlyRootfs"]
    assert host["Memory"] > 0
    assert host["PidsLimit"] > 0
    assert host["RestartPolicy"]["Name"] == "unless-stopped"
    published = [port["HostIp"] for ports in host["PortBindings"].values() for port in ports]
    assert published == (["127.0.0.1"] if container == "fitbit-db" else [])


def test_a_change_of_code_installs_no_package(stack: Stack) -> None:
    file = stack.folder / "loader/__init__.py"
    file.write_text(file.read_text() + "\n# a change\n")
    built = stack.compose("--progress", "plain", "build", "fitbit-ingestion")
    steps = (built.stdout + built.stderr).splitlines()
    install = next(line.split()[0] for line in steps if "--mount=type=secret" in line)
    assert f"{install} CACHED" in steps


def test_jobs_do_not_overlap(stack: Stack) -> None:
    command = "docker/job first sleep 3 & sleep 1; docker/job second true; echo code $?; wait"
    said = stack.exec("sh", "-c", command).stdout
    assert "second: not started: the job before is still running" in said
    assert "code 75" in said


def test_the_docs_are_served_on_loopback(stack: Stack) -> None:
    stack.compose("--profile", "docs", "up", "--detach")
    stack.wait_for_health("fitbit-docs", "healthy")
    address = f"http://127.0.0.1:{stack.docs_port}"
    with urllib.request.urlopen(f"{address}/catalog.json", timeout=10) as answer:
        assert "model.fitbit.heart_rate" in json.load(answer)["nodes"]
    with urllib.request.urlopen(address, timeout=10) as answer:
        assert b"dbt Docs" in answer.read()
    with taking_at_most(STOPS_WITHIN):
        stack.compose("--profile", "docs", "rm", "--stop", "--force", "fitbit-docs")


def test_an_appended_day_arrives_by_cron(stack: Stack) -> None:
    stack.set(INGEST_SCHEDULE="* * * * *")
    stack.up()
    stack.wait_for_log("ingest: ended with exit code 0", since=0)
    before, seen = stack.readings(), len(stack.logs())
    stack.append_readings(after_the_sample(0), 86_400)
    wait_until(lambda: stack.readings() == before + 86_400, 120, "the day to arrive")
    stack.wait_for_log("ingest: ended with exit code 0", since=seen)
    arrived = re.compile(r"^  new +86,400$", re.MULTILINE)
    assert arrived.search(stack.logs()[seen:])
    assert arrived.search((stack.folder / "logs/ingest.log").read_text())
    stack.set(INGEST_SCHEDULE="")


def test_stopping_takes_seconds_and_is_clean(stack: Stack) -> None:
    stack.up()
    stack.wait_for_log("ended with exit code 0", since=0)
    with taking_at_most(STOPS_WITHIN):
        stack.compose("stop", "fitbit-ingestion")
    with taking_at_most(STOPS_WITHIN):
        stack.compose("stop", "fitbit-db")
    assert stack.inspect("fitbit-db")["State"]["ExitCode"] == 0
    assert stack.inspect("fitbit-ingestion")["State"]["ExitCode"] == 0
    assert "database system is shut down" in stack.logs("fitbit-db").splitlines()[-1]


def test_state_and_data_survive_down_and_up(stack: Stack) -> None:
    state = (stack.folder / "state/last_OK_run.json").read_text()
    stack.compose("down")
    stack.up()
    stack.wait_for_log("ended with exit code 0", since=0)
    assert stack.runs()[-1] == "nothing new"
    assert (stack.folder / "state/last_OK_run.json").read_text() == state
    own = file_readings(stack.folder / "data/hr.csv")
    assert stack.readings() == own + sample_readings(stack.folder)


def test_a_new_volume_with_an_old_state_file_loads_all(stack: Stack) -> None:
    """All but the sample: by now there is a file of one's own."""
    stack.compose("down", "--volumes")
    stack.up()
    stack.wait_for_log("ended with exit code 0", since=0)
    assert "no run is recorded in this database" in stack.logs()
    assert stack.runs() == ["ok"]
    assert stack.readings() == file_readings(stack.folder / "data/hr.csv")


@pytest.mark.parametrize("container", ["fitbit-ingestion", "fitbit-db"])
def test_killing_a_container_in_a_run_recovers(stack: Stack, container: str) -> None:
    """The engine restarts it; the next run, at the start or by cron, makes good what was lost."""
    stack.set(INGEST_SCHEDULE="* * * * *")
    stack.up()
    stack.wait_for_log("ended with exit code 0", since=0)
    before, seen = stack.runs(), len(stack.logs())
    stack.append_readings(after_the_sample(100), 1_000_000, f"{container}.csv")
    stack.compose("restart", "fitbit-ingestion")
    stack.wait_for_dbt()
    seen = len(stack.logs())
    stack.crash(container)
    stack.wait_for_log("ended with exit code 0", since=seen, within=240)
    stack.wait_for_health("fitbit-ingestion", "healthy")
    # cron may have begun with a part of the file, before the run that is killed.
    assert "interrupted" in stack.runs()[len(before) :]
    assert "every one of them is in heart_rate" in stack.exec("make", "verify").stdout
    stack.set(INGEST_SCHEDULE="")
    stack.up()


def test_stopping_in_a_run_takes_seconds_and_recovers(stack: Stack) -> None:
    seen = len(stack.logs())
    stack.append_readings(after_the_sample(200), 1_000_000, "stopped.csv")
    stack.compose("restart", "fitbit-ingestion")
    stack.wait_for_dbt()
    with taking_at_most(STOPS_WITHIN):
        stack.compose("stop", "fitbit-ingestion")
    seen = len(stack.logs())
    stack.up()
    stack.wait_for_log("ended with exit code 0", since=seen)
    assert stack.runs()[-2:] == ["interrupted", "ok"]
    assert "every one of them is in heart_rate" in stack.exec("make", "verify").stdout


def test_a_failed_run_is_red_until_a_good_one(stack: Stack) -> None:
    bad = stack.folder / "data/cut.json"
    bad.write_text('[{"dateTime":"01/01/24 00:00:00","value":{"bpm":61}},{')
    assert stack.exec("make", "ingest", check=False).returncode != 0
    stack.wait_for_health("fitbit-ingestion", "unhealthy")
    assert "the last run failed: " in stack.health_says("fitbit-ingestion")
    bad.unlink()
    stack.exec("make", "ingest")
    stack.wait_for_health("fitbit-ingestion", "healthy")


def test_an_overdue_run_is_red(stack: Stack) -> None:
    """The schedule is every minute, but docker/job finds another job running all the time."""
    stack.set(INGEST_SCHEDULE="* * * * *", HEALTH_GRACE_MINUTES="0.1")
    stack.up()
    stack.wait_for_log("ended with exit code 0", since=0)
    command = ["exec", "--detach", "fitbit-ingestion", "flock", "/tmp/job.lock", "sleep", "600"]
    stack.engine.docker(*command)
    stack.wait_for_health("fitbit-ingestion", "unhealthy", within=300)
    assert "the last OK run is of" in stack.health_says("fitbit-ingestion")
    stack.set(INGEST_SCHEDULE="", HEALTH_GRACE_MINUTES="")
    stack.up()
    stack.wait_for_health("fitbit-ingestion", "healthy")


def test_a_wrong_password_of_the_loader_is_said_and_red(stack: Stack) -> None:
    password = stack.setting("FITBIT_LOADER_PASSWORD")
    stack.set(FITBIT_LOADER_PASSWORD="wrong")
    stack.up()
    stack.wait_for_health("fitbit-ingestion", "unhealthy")
    said = "the database at fitbit-db:5432 refused the password of fitbit_loader"
    assert said in stack.health_says("fitbit-ingestion")
    assert said in stack.logs()
    stack.set(FITBIT_LOADER_PASSWORD=password)
    stack.up()
    stack.wait_for_health("fitbit-ingestion", "healthy")


def test_the_passwords_can_be_changed_as_the_docs_say(stack: Stack) -> None:
    stack.set(FITBIT_LOADER_PASSWORD="another", POSTGRES_PASSWORD="another")
    psql = ["exec", "fitbit-db", "psql", "-U", "postgres", "-d", "fitbit"]
    # What psql's \password would send.
    stack.engine.docker(*psql, "-c", "alter role postgres password 'another'")
    stack.up()
    stack.engine.docker(*psql, "-f", "/docker-entrypoint-initdb.d/100_roles.sql")
    stack.wait_for_log("ended with exit code", since=0)  # the run at the start holds the lock
    assert "nothing new" in stack.exec("make", "ingest").stdout
    stack.wait_for_health("fitbit-ingestion", "healthy")


def test_a_wrong_password_of_the_superuser_is_said_and_red(stack: Stack) -> None:
    password = stack.setting("POSTGRES_PASSWORD")
    stack.set(POSTGRES_PASSWORD="wrong")
    refused = stack.compose("up", "--detach", check=False)
    assert "dependency failed to start: container fitbit-db is unhealthy" in refused.stderr
    assert "password authentication failed" in stack.health_says("fitbit-db")
    stack.set(POSTGRES_PASSWORD=password)
    stack.up()
    stack.wait_for_health("fitbit-db", "healthy")


def test_an_unwritable_folder_is_said_and_red(stack: Stack) -> None:
    stack.set(PUID="4322", PGID="4322")
    stack.up()
    stack.wait_for_health("fitbit-ingestion", "unhealthy")
    assert "the job ingest ended with exit code 73" in stack.health_says("fitbit-ingestion")
    assert "can't be written: Permission denied" in stack.logs()
    stack.set(PUID=str(JOB_USER), PGID=str(JOB_USER))
    stack.up()
    stack.wait_for_health("fitbit-ingestion", "healthy")


def test_a_bad_schedule_and_a_bad_zone_are_said(stack: Stack) -> None:
    for name, value, why in (
        ("INGEST_SCHEDULE", "3 o'clock", "correct .env or crontab.txt"),
        ("TZ", "Europe/Atlantis", "No time zone found with key Europe/Atlantis"),
    ):
        stack.set(**{name: value})
        stack.up()
        wait_until(lambda why=why: why in stack.logs(), 60, why, stack.logs)  # type: ignore[misc]
        stack.set(**{name: "" if name == "INGEST_SCHEDULE" else "UTC"})
    stack.up()


def test_the_schedule_follows_the_time_zone(stack: Stack) -> None:
    now = datetime.now(UTC)
    soon = now + timedelta(hours=9, minutes=1 if now.second < 30 else 2)
    stack.set(TZ="Asia/Tokyo", INGEST_SCHEDULE=f"{soon.minute} {soon.hour} * * *")
    stack.up()
    stack.wait_for_log("ended with exit code 0", since=0)
    seen = len(stack.logs())
    stack.wait_for_log("ended with exit code 0", since=seen, within=180)
    assert "+09:00 ingest: loader ingest" in stack.logs()[seen:]
    stack.set(TZ="UTC", INGEST_SCHEDULE="")
    stack.up()


def test_a_start_before_the_database_waits_for_it(stack: Stack) -> None:
    """As after a reboot, when Docker starts both at once."""
    stack.wait_for_log("ended with exit code 0", since=0)
    seen = len(stack.logs())
    stack.engine.docker("stop", "fitbit-db")
    stack.engine.docker("restart", "fitbit-ingestion")
    stack.wait_for_log("waiting for the database", since=seen)
    stack.engine.docker("start", "fitbit-db")
    stack.wait_for_log("ended with exit code", since=seen)
    assert "ended with exit code 0" in stack.logs()[seen:]
    stack.wait_for_health("fitbit-ingestion", "healthy")


def test_both_come_back_after_a_reboot(engine: Engine, stack: Stack) -> None:
    if not engine.is_ours:
        pytest.skip("the engine is not ours to restart")
    engine.stop()
    engine.start()
    stack.wait_for_health("fitbit-db", "healthy", within=180)
    stack.wait_for_health("fitbit-ingestion", "healthy", within=180)
    assert "every one of them is in heart_rate" in stack.exec("make", "verify").stdout
