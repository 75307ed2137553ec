"""What is told of a run, to a real service and a real command; and what it must not do to a run."""

import os
import socket
import threading
import time
from pathlib import Path

import pytest

from loader import notify
from loader.configuration.env_file import read_env_file
from loader.configuration.notify_url import url_fault
from loader.configuration.settings import PROJECT
from loader.errors import ExitCode
from loader.notify import Ending, Notifier
from tests.service import SECRET, refusing_url, service

FAILURE = Ending(ExitCode.BAD_INPUT, ("a.json is damaged — copy it", "b.json, too"), "run 7: …")
SUCCESS = Ending(summary="run 8: nothing new")


class Lines(list[str]):
    """What a person reads on stderr."""

    def notifier(self, url: str | None = None, command: str | None = None) -> Notifier:
        return Notifier(self.append, url, command)


@pytest.fixture
def lines() -> Lines:
    return Lines()


# --- The service ---------------------------------------------------------------------------------


def test_the_service_learns_of_the_start_and_of_each_ending(lines: Lines) -> None:
    with service() as told:
        notifier = lines.notifier(told.url)
        notifier.started()
        notifier.ended(SUCCESS)
        notifier.ended(FAILURE)
    assert told.requests == [
        ("GET", f"{SECRET}/start", ""),
        ("GET", SECRET, ""),
        ("POST", f"{SECRET}/fail", "a.json is damaged — copy it; b.json, too"),
    ]
    assert lines == []


def test_a_query_stays_behind_the_path(lines: Lines) -> None:
    with service() as told:
        lines.notifier(f"{told.url}/?create=1#x").started()
    assert told.requests == [("GET", f"{SECRET}/start?create=1", "")]


@pytest.mark.parametrize("status", [404, 500])
def test_an_answer_that_is_an_error_is_a_line(lines: Lines, status: int) -> None:
    with service(status) as told:
        lines.notifier(told.url).started()
    assert lines == [
        f"the start of the run wasn't reported to 127.0.0.1: it answered {status}; "
        "the run isn't affected"
    ]


def test_a_service_that_hangs_delays_a_run_by_the_timeout_alone(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify, "URL_TIMEOUT", 0.3)
    with service() as told:
        told.answers.clear()
        began = time.monotonic()
        lines.notifier(told.url).ended(SUCCESS)
        assert 0.3 <= time.monotonic() - began < 2
    assert len(lines) == 1
    assert "the success of the run wasn't reported to 127.0.0.1: " in lines[0]


def test_a_slow_answer_is_limited_as_a_whole(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time, so no timeout of the socket ends it."""
    monkeypatch.setattr(notify, "URL_TIMEOUT", 0.5)
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def trickle() -> None:
            connection, _ = server.accept()
            with connection:
                for _ in range(50):
                    if not over.wait(0.1):
                        connection.send(b"H")

        threading.Thread(target=trickle, daemon=True).start()
        began = time.monotonic()
        lines.notifier(f"http://127.0.0.1:{server.getsockname()[1]}{SECRET}").started()
        took = time.monotonic() - began
        over.set()
    assert 0.5 <= took < 2
    assert "no answer within 0.5 seconds" in lines[0]


def test_no_line_repeats_the_secret(lines: Lines) -> None:
    notifiers = [
        lines.notifier(refusing_url()),
        lines.notifier(f"http://no.such.host.invalid{SECRET}"),
    ]
    with service(302) as told:  # a redirect that leads nowhere
        for notifier in [*notifiers, lines.notifier(told.url)]:
            notifier.started()
    assert len(lines) == 3
    assert "127.0.0.1: Connection refused; the run isn't affected" in lines[0]
    assert "no.such.host.invalid: " in lines[1]
    assert SECRET not in repr(lines) + repr(notifiers)


@pytest.mark.parametrize(
    "url",
    [
        "hc-ping.com/secret",
        "ftp://hc-ping.com/secret",
        "file:///secret",
        "https://",
        "https:///secret",
        "https://host:port/secret",
        "https://host:99999/secret",
        "https://[host/secret",
        "https://user:secret@host/",
        "https://host/secret path",
        "https://host/secret\n",
        "https://hôst/secret",
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(url: str) -> None:
    fault = url_fault(url)
    assert fault
    assert "http or https" in fault
    assert "secret" not in fault
    assert Notifier.from_env({"NOTIFY_URL": url}, print).url is None


@pytest.mark.parametrize(
    "url", ["https://hc-ping.com/a-b", "http://127.0.0.1:8000/ping/x?create=1", "HTTPS://h"]
)
def test_addresses(url: str) -> None:
    assert url_fault(url) is None
    assert Notifier.from_env({"NOTIFY_URL": url}, print).url == url


# --- The command ---------------------------------------------------------------------------------

WRITE = 'echo "$FITBIT_OUTCOME|$FITBIT_EXIT_CODE|$FITBIT_ERROR" >{0}; cat >>{0}'


def test_the_command_learns_of_each_ending(lines: Lines, tmp_path: Path) -> None:
    told = tmp_path / "told"
    notifier = lines.notifier(command=WRITE.format(told))
    notifier.started()
    assert not told.exists()
    notifier.ended(SUCCESS)
    assert told.read_text() == "success|0|\nrun 8: nothing new\n"
    notifier.ended(FAILURE)
    assert told.read_text() == (
        "failure|65|a.json is damaged — copy it; b.json, too\n"
        "run 7: …\nerror: a.json is damaged — copy it\nerror: b.json, too\n"
    )
    assert lines == []


EXAMPLES = [
    line
    for line in (PROJECT / "docs" / "notifications.md").read_text().splitlines()
    if line.startswith("NOTIFY_COMMAND=")
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_the_documentation(
    lines: Lines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, example: str
) -> None:
    assert len(EXAMPLES) == 3
    (tmp_path / "mail").write_text(f'#!/bin/sh\nprintf "%s|" "$0" "$@" >>{tmp_path}/told\n')
    (tmp_path / "mail").chmod(0o755)
    for name in ("curl", "python"):
        (tmp_path / name).symlink_to(tmp_path / "mail")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (tmp_path / ".env").write_text(f"{example}\n")

    notifier = Notifier.from_env(read_env_file(tmp_path / ".env", {}), lines.append)
    notifier.ended(SUCCESS)
    assert not (tmp_path / "told").exists()
    notifier.ended(FAILURE)

    assert FAILURE.error in (tmp_path / "told").read_text()
    assert lines == []


def test_a_command_that_fails_is_a_line(lines: Lines) -> None:
    lines.notifier(command="exit 3").ended(FAILURE)
    assert lines == ["NOTIFY_COMMAND ended with exit code 3; the run isn't affected"]


def test_a_command_that_hangs_is_ended_with_all_its_processes(
    lines: Lines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify, "COMMAND_TIMEOUT", 0.5)
    process = tmp_path / "process"
    began = time.monotonic()
    lines.notifier(command=f"sleep 60 & echo $! >{process}; wait").ended(FAILURE)
    assert time.monotonic() - began < 5
    assert lines == ["NOTIFY_COMMAND was ended after 0.5 seconds; the run isn't affected"]
    deadline = time.monotonic() + 10
    while _runs(int(process.read_text())):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_command_need_not_read_the_summary(lines: Lines) -> None:
    lines.notifier(command="true").ended(Ending(summary="x" * 1_000_000))
    assert lines == []


def test_the_errors_of_a_thousand_files_fit_in_an_environment(lines: Lines, tmp_path: Path) -> None:
    errors = tuple(f"{number}.json is damaged\x1b — copy it" for number in range(10_000))
    notifier = lines.notifier(command=WRITE.format(tmp_path / "told"))
    notifier.ended(Ending(ExitCode.BAD_INPUT, errors))
    assert lines == []
    first, *rest = (tmp_path / "told").read_text().splitlines()
    assert first.startswith("failure|65|0.json is damaged\\x1b — copy it; 1.json is")
    assert first.endswith(" …")
    assert len(rest) == len(errors)


def test_ctrl_c_ends_the_command_and_not_the_run(
    lines: Lines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("subprocess.Popen.communicate", interrupted)
    lines.notifier(command="sleep 60").ended(SUCCESS)
    assert lines == ["interrupted while reporting the end of the run; the run isn't affected"]


def test_without_settings_nothing_happens(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("subprocess.Popen", None)
    monkeypatch.setattr(notify, "_request", None)
    notifier = Notifier.from_env({"NOTIFY_URL": "", "NOTIFY_COMMAND": ""}, lines.append)
    notifier.started()
    notifier.ended(FAILURE)
    assert lines == []
    assert "NOTIFY_URL" not in os.environ
