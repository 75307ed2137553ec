"""One ``loader`` command in a process of its own that stops at a given moment.

``python -m tests.faults.child MOMENT ACTION FOLDER ARGUMENTS…`` puts a file ``reached`` into the
folder at the moment and then, by ACTION: dies (``kill``), waits for a file ``go`` (``wait``), or
can write no more files (``full``). No test code lives in the product.
"""

import os
import resource
import signal
import sys
from contextlib import nullcontext
from pathlib import Path
from unittest import mock

import loader.cli
from loader.console import Console, Step
from tests.faults.moments import Moment
from tests.faults.trial import LARGE_DELTAS
from tests.faults.waiting import until
from tests.large_delta import every_delta_is_large


class StoppingConsole(Console):
    """The command line's own reporter, which also watches for the moment."""

    moment: Moment
    action: str
    folder: Path

    def step(self, name: Step, text: str) -> None:
        super().step(name, text)
        self._pass(name)

    def progress(self, what: str, done: int, total: int, short: int = 0) -> None:
        super().progress(what, done, total)
        self._pass(f"progress {what}")

    def _pass(self, now: str) -> None:
        if now == self.moment and not (self.folder / "reached").exists():
            (self.folder / "reached").touch()
            self._act()

    def _act(self) -> None:
        if self.action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.action == "full":
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        else:
            until((self.folder / "go").exists, "the harness to let the run go on")


def main(moment: str, action: str, folder: str, *arguments: str) -> None:
    StoppingConsole.moment = Moment(moment)
    StoppingConsole.action = action
    StoppingConsole.folder = Path(folder)
    with (
        mock.patch.object(loader.cli, "Console", StoppingConsole),
        every_delta_is_large() if os.environ.get(LARGE_DELTAS) else nullcontext(),
    ):
        loader.cli.main(list(arguments), prog_name="loader")


if __name__ == "__main__":
    main(*sys.argv[1:])
