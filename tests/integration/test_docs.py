"""`make docs` as it is typed: it builds the one page, serves it, and ends with Ctrl-C."""

import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from loader.configuration.settings import PROJECT
from scripts.serve_docs import ALL_SELECTED, MODELS_SELECTED
from tests.pipeline import Pipeline, seconds

BUILT_WITHIN = 60.0


@contextmanager
def make_docs(port: int) -> Iterator[subprocess.Popen[str]]:
    """`make docs PORT=…`, as in a terminal of its own."""
    command = ["make", "--old-file=.venv/.ready", "docs", f"PORT={port}"]
    process = subprocess.Popen(
        command,
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def fetch(port: int, process: subprocess.Popen[str]) -> bytes:
    """The page, as soon as it is there."""
    deadline = time.monotonic() + BUILT_WITHIN
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
                return bytes(answer.read())
        except urllib.error.URLError:
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_make_docs_serves_the_one_page_until_ctrl_c(pipeline: Pipeline) -> None:
    pipeline.write(seconds("2024-01-01 00:00:00", range(60, 90)))
    pipeline.ingest()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]

    with make_docs(port) as process:
        page = fetch(port, process)
        os.killpg(process.pid, signal.SIGINT)
        said, _ = process.communicate(timeout=10)

    assert page == (Path(os.environ["DBT_TARGET_PATH"]) / "static_index.html").read_bytes()
    assert b"model.fitbit.heart_rate" in page  # the manifest is in the page itself
    # The graph shows the models at first, not the tests.
    assert (page.count(MODELS_SELECTED), page.count(ALL_SELECTED)) == (1, 0)
    assert f"http://127.0.0.1:{port}" in said
    assert "Traceback" not in said
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))


@pytest.mark.usefixtures("pipeline")
def test_a_port_in_use_is_said_with_what_to_do() -> None:
    """Nothing was loaded either: the docs are built all the same."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with make_docs(port) as process:
            said, _ = process.communicate(timeout=BUILT_WITHIN)

    assert process.returncode != 0
    errors = re.findall(r"^error: .*", said, re.MULTILINE)
    assert errors == [
        f"error: 127.0.0.1:{port}: Address already in use — do: make docs PORT={port + 1}"
    ]
