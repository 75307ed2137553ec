"""crontab.txt, and the module that reads it, by themselves."""

from datetime import datetime

import pytest

from docker.crontab import CrontabError, Entry, due, read_crontab
from tests.docker.images import PROJECT


def entry(schedule: str) -> Entry:
    (read,) = read_crontab(f"{schedule} job", {})
    return read


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_projects_crontab_has_a_start_a_day_and_a_week() -> None:
    entries = read_crontab((PROJECT / "crontab.txt").read_text(), {})
    assert [(e.at_start, e.command) for e in entries] == [
        (True, "docker/wait_for_database docker/job ingest loader ingest"),
        (False, "docker/job ingest loader ingest"),
        (False, "docker/job reconcile loader ingest --reconcile"),
    ]
    assert entries[1].is_due(at("2026-11-25 03:17"))
    assert entries[2].last_due(at("2026-11-25 00:00")) == at("2026-11-22 04:47")


def test_a_variable_overrides_the_schedule_and_an_empty_one_does_not() -> None:
    text = (PROJECT / "crontab.txt").read_text()
    changed = read_crontab(text, {"INGEST_SCHEDULE": "@hourly", "RECONCILE_SCHEDULE": ""})
    assert changed[1].is_due(at("2026-11-25 12:00"))
    assert changed[2] == read_crontab(text, {})[2]


@pytest.mark.parametrize(
    ("schedule", "moment", "is_due"),
    [
        ("* * * * *", "2026-11-25 13:07", True),
        ("*/15 * * * *", "2026-11-25 13:45", True),
        ("*/15 * * * *", "2026-11-25 13:46", False),
        ("5,10-12 9-17/4 * * *", "2026-11-25 13:11", True),
        ("5,10-12 9-17/4 * * *", "2026-11-25 14:11", False),
        ("0 0 * nov wed", "2026-11-25 00:00", True),
        ("0 0 * * 7", "2026-11-22 00:00", True),
        ("0 0 * * 0", "2026-11-22 00:00", True),
        ("0 0 13 * fri", "2026-11-13 00:00", True),
        ("0 0 13 * fri", "2026-11-20 00:00", True),
        ("0 0 13 * fri", "2026-11-21 00:00", False),
        ("0 0 13 * *", "2026-11-20 00:00", False),
        ("@daily", "2026-11-25 00:00", True),
    ],
)
def test_when_an_entry_is_due(schedule: str, moment: str, is_due: bool) -> None:
    assert entry(schedule).is_due(at(moment)) is is_due


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("17 3 * * job now", "'job' is not a number"),
        ("17 3 * *", "fewer than five fields"),
        ("60 3 * * * job", "'60' is not within 0 to 59"),
        ("5-1 3 * * * job", "'5-1' is not within"),
        ("*/0 3 * * * job", r"'\*/0' is not within"),
        ("1/5 3 * * * job", "a step needs a range"),
        ("0 0 * foo * job", "'foo' is not a number or one of"),
        ("@nightly job", "@nightly is none of"),
        ("@daily", "fewer than five fields"),
        ("TZ=UTC", "variables are set in docker-compose.yml"),
        ("0 0 * * * date +%F", "a % in a command"),
    ],
)
def test_a_line_that_cant_be_understood_is_named(line: str, why: str) -> None:
    with pytest.raises(CrontabError, match=f"line 2.*{why}"):
        read_crontab(f"# a comment\n{line}\n", {})


def test_the_last_time_that_was_due() -> None:
    assert entry("17 3 * * *").last_due(at("2026-11-25 03:17:30")) == at("2026-11-25 03:17")
    assert entry("17 3 * * *").last_due(at("2026-11-25 03:16")) == at("2026-11-24 03:17")
    assert entry("0 0 29 2 *").last_due(at("2025-01-01 00:00")) == at("2024-02-29 00:00")
    assert entry("0 0 30 2 *").last_due(at("2026-11-25 00:00")) is None


def test_each_minute_is_asked_for_once() -> None:
    every, nightly = entry("* * * * *"), entry("17 3 * * *")
    assert due([every, nightly], at("2026-11-25 03:16"), at("2026-11-25 03:17")) == [every, nightly]
    assert due([every, nightly], at("2026-11-25 03:17"), at("2026-11-25 03:18")) == [every]


def test_what_was_missed_while_the_machine_slept_is_run_once() -> None:
    every, nightly = entry("* * * * *"), entry("17 3 * * *")
    slept, woke = at("2026-11-24 23:00"), at("2026-11-25 08:00")
    assert due([every, nightly], slept, woke) == [every, nightly]


def test_an_hour_that_the_clock_skips_or_repeats() -> None:
    nightly, hourly = entry("30 2 * * *"), entry("30 * * * *")
    both = [nightly, hourly]
    # 2026-03-29 in Berlin: 01:59 is followed by 03:00.
    assert due(both, at("2026-03-29 01:59"), at("2026-03-29 03:00")) == both
    # 2026-10-25: 02:59 is followed by 02:00; `seen` stays at 02:59 until the clock is past it.
    assert due(both, at("2026-10-25 02:59"), at("2026-10-25 02:30")) == [hourly]
    assert due(both, at("2026-10-25 02:59"), at("2026-10-25 03:00")) == []
