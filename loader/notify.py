"""Tell others how a run ended: ``NOTIFY_URL`` and ``NOTIFY_COMMAND``.

Nothing here changes how a run ends. A message that can't be delivered is one line on stderr.
"""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Thread

from loader.configuration.notify_url import url_fault
from loader.errors import ExitCode
from loader.wording import shown

URL_TIMEOUT = 5.0
"""Seconds that a run waits for the service, at its start and at its end."""

COMMAND_TIMEOUT = 60.0
"""Seconds that ``NOTIFY_COMMAND`` may take."""

LONGEST_ERROR = 10_000
"""Characters of ``FITBIT_ERROR``: a thousand refused files would not fit in an environment."""

UNAFFECTED = "the run isn't affected"


@dataclass(frozen=True)
class Ending:
    """How a command ended.

    Attributes:
        code: its exit code.
        errors: one line for each error.
        summary: the summary of a run that ended; else empty.
    """

    code: int = ExitCode.OK
    errors: tuple[str, ...] = ()
    summary: str = ""

    @property
    def ok(self) -> bool:
        """Whether it succeeded; not if, for example, another run holds the lock."""
        return self.code == ExitCode.OK

    @property
    def error(self) -> str:
        """All errors on one line."""
        line = shown("; ".join(self.errors))
        return line if len(line) <= LONGEST_ERROR else f"{line[:LONGEST_ERROR]} …"

    @property
    def text(self) -> str:
        """What the command printed about its end, without its progress."""
        lines = [self.summary, *(f"error: {shown(error)}" for error in self.errors)]
        return "".join(f"{line}\n" for line in lines if line)


@dataclass(frozen=True)
class Notifier:
    """Reports the start and the end of a run.

    Attributes:
        url: the address of a check at healthchecks.io, or of a service with its convention.
        command: a command for the shell.
        say: prints a line.
    """

    say: Callable[[str], None]
    url: str | None = field(default=None, repr=False)
    command: str | None = field(default=None, repr=False)

    @classmethod
    def from_env(cls, environ: Mapping[str, str], say: Callable[[str], None]) -> "Notifier":
        """A notifier for a run, also for one that fails because other settings are invalid."""
        url = environ.get("NOTIFY_URL") or None
        if url and url_fault(url):
            url = None
        return cls(say, url, environ.get("NOTIFY_COMMAND") or None)

    def started(self) -> None:
        """Report that a run begins."""
        if self.url:
            self._report("the start", "/start")

    def ended(self, ending: Ending) -> None:
        """Report how a run ended."""
        try:
            if self.url and ending.ok:
                self._report("the success", "")
            elif self.url:
                self._report("the failure", "/fail", ending.error)
            if self.command:
                self._run_command(self.command, ending)
        except KeyboardInterrupt:
            self.say(f"interrupted while reporting the end of the run; {UNAFFECTED}")

    def _report(self, what: str, suffix: str, body: str = "") -> None:
        from urllib.parse import urlsplit

        assert self.url is not None
        parts = urlsplit(self.url)
        address = parts._replace(path=parts.path.rstrip("/") + suffix, fragment="").geturl()
        problem = _request(address, body.encode())
        if problem:
            self.say(
                f"{what} of the run wasn't reported to {parts.hostname}: {problem}; {UNAFFECTED}"
            )

    def _run_command(self, command: str, ending: Ending) -> None:
        environment = {
            **os.environ,
            "FITBIT_OUTCOME": "success" if ending.ok else "failure",
            "FITBIT_EXIT_CODE": str(int(ending.code)),
            "FITBIT_ERROR": ending.error,
        }
        try:
            # stdout has the summary alone. A session of its own, so that all its processes can be
            # ended together.
            process = subprocess.Popen(
                ["/bin/sh", "-c", command],
                stdin=subprocess.PIPE,
                stdout=2,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            self.say(f"NOTIFY_COMMAND can't be started: {error.strerror}; {UNAFFECTED}")
            return
        try:
            process.communicate(ending.text.encode(), timeout=COMMAND_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.say(f"NOTIFY_COMMAND was ended after {COMMAND_TIMEOUT:g} seconds; {UNAFFECTED}")
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if process.returncode > 0:
            code = process.returncode
            self.say(f"NOTIFY_COMMAND ended with exit code {code}; {UNAFFECTED}")


def _request(address: str, body: bytes) -> str | None:
    """GET, or POST if there is a body; returns what went wrong.

    In a thread, because no timeout of a socket limits looking up a name, or a slow answer.
    """
    problems: list[str] = []

    def send() -> None:
        problem = _send(address, body)
        if problem:
            problems.append(problem)

    thread = Thread(target=send, daemon=True)
    thread.start()
    thread.join(URL_TIMEOUT)
    if thread.is_alive():
        return f"no answer within {URL_TIMEOUT:g} seconds"
    return problems[0] if problems else None


def _send(address: str, body: bytes) -> str | None:
    # Imported here: with TLS it takes 50 ms, and most runs have no address.
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError
    from urllib.request import Request, urlopen

    request = Request(address, data=body or None, headers={"User-Agent": "fitbit-heart-rate"})
    if body:
        request.add_header("Content-Type", "text/plain; charset=utf-8")
    try:
        with urlopen(request, timeout=URL_TIMEOUT):
            return None
    except HTTPError as error:
        return f"it answered {error.code}"
    except URLError as error:
        reason = error.reason
        return str(getattr(reason, "strerror", None) or reason)
    except OSError as error:
        return error.strerror or type(error).__name__
    except (HTTPException, ValueError) as error:
        # Their texts may repeat the address.
        return type(error).__name__
