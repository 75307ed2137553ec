"""A person at a terminal sees how far dbt is; a log has no bar."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from loader.configuration.settings import PROJECT
from tests.pipeline import Pipeline, seconds

ROWS = seconds("2024-01-01 00:00:00", [60 + number % 40 + 0.5 for number in range(200)])


@pytest.mark.skipif(not shutil.which("script"), reason="needs script of util-linux")
@pytest.mark.without_marts
def test_on_a_terminal_dbts_nodes_are_counted_and_in_a_log_they_are_not(pipeline: Pipeline) -> None:
    pipeline.write(ROWS)
    command = f"{sys.executable} -m loader ingest"
    done = subprocess.run(
        ["script", "--quiet", "--return", "--command", command, "/dev/null"],
        cwd=PROJECT,
        env={**os.environ, **pipeline.environment, "COLUMNS": "80", "TERM": "xterm"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    shown = [(int(n), int(of)) for n, of in re.findall(r"dbt +\[[#-]+\] +(\d+)/(\d+)", done.stdout)]
    total = shown[-1][1]
    assert total > 1
    assert shown[-1] == (total, total)
    assert shown == sorted(shown)
    assert {of for _, of in shown} == {total}
    # No colour; each drawing of the bar fits the terminal.
    assert not re.search(r"\x1b\[\d*(;\d+)*m", done.stdout)
    drawn = [re.sub(r"\x1b\[[?\d]*[a-zA-Z]", "", part) for part in re.split(r"[\r\n]", done.stdout)]
    assert max(len(part) for part in drawn if part.startswith("dbt ")) < 80

    pipeline.append(["2024-01-02 00:00:00,70"])
    logged = pipeline.loader("ingest")
    assert logged.returncode == 0
    assert "[#" not in logged.stderr
    assert "\r" not in logged.stderr
