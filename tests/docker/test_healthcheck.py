"""What makes the container red, by itself."""

from datetime import datetime, timedelta

import pytest

from docker.crontab import read_crontab
from docker.healthcheck import Job, Ledger, complaint

ENTRIES = read_crontab("17 3 * * * job\n47 4 * * 0 job", {})
NOW = datetime(2026, 11, 25, 12, 0)
THIS_NIGHT = datetime(2026, 11, 25, 3, 17, 1)
LAST_NIGHT = THIS_NIGHT - timedelta(days=1)


def judge(ledger: Ledger, *jobs: Job, now: datetime = NOW) -> str | None:
    return complaint(ledger, jobs, ENTRIES, now, timedelta(hours=1))


@pytest.mark.parametrize(
    "ledger",
    [
        Ledger("ok", None, THIS_NIGHT),
        Ledger("nothing new", None, THIS_NIGHT),
        Ledger("interrupted", None, THIS_NIGHT),
        Ledger(going_on_since=NOW - timedelta(minutes=5)),
        Ledger("ok", None, LAST_NIGHT, going_on_since=NOW - timedelta(minutes=5)),
    ],
)
def test_green(ledger: Ledger) -> None:
    assert judge(ledger) is None


@pytest.mark.parametrize(
    ("ledger", "why"),
    [
        (Ledger(), "no run has ended well yet"),
        (Ledger("interrupted"), "no run has ended well yet"),
        (Ledger("failed", "dbt said no", THIS_NIGHT), "the last run failed: dbt said no"),
        (
            Ledger("ok", None, LAST_NIGHT),
            "the last OK run is of 2026-11-24 03:17, one was due 03:17",
        ),
        (
            Ledger("ok", None, THIS_NIGHT, going_on_since=NOW - timedelta(hours=7)),
            "a run has been going on since 2026-11-25 05:00",
        ),
    ],
)
def test_red(ledger: Ledger, why: str) -> None:
    assert judge(ledger) == why


def test_a_run_has_its_time_before_it_is_missed() -> None:
    assert judge(Ledger("ok", None, LAST_NIGHT), now=datetime(2026, 11, 25, 4, 16)) is None
    assert judge(Ledger("ok", None, LAST_NIGHT), now=datetime(2026, 11, 25, 4, 17)) is not None


def test_a_job_that_failed_before_it_was_a_run() -> None:
    night = Ledger("ok", None, THIS_NIGHT)
    after, before = THIS_NIGHT + timedelta(hours=1), THIS_NIGHT - timedelta(hours=1)
    assert "exit code 73" in (judge(night, Job("ingest", 73, after)) or "")
    assert judge(night, Job("ingest", 73, before)) is None
    assert judge(night, Job("ingest", 75, after)) is None
