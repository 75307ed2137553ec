"""``loader``, killed with -9 before its Nth change of a file or folder: ``dying N archive …``."""

import os
import signal
import sys

CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate")
"""The audit events of what changes names in a file system: https://docs.python.org/3/library/audit_events.html"""


def die_before(number: int, folder: str) -> None:
    """Kill this process before the change of this number below a folder; numbers count from 1."""
    left = number

    def audit(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event in CHANGES and str(arguments[0]).startswith(folder):
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(audit)


if __name__ == "__main__":
    from loader.cli import main

    die_before(int(sys.argv.pop(1)), os.environ["ARCHIVE_DIR"])
    main()
