"""A monitoring service on this machine, which records what it is told."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

SECRET = "/4fd0-secret"


@dataclass
class Service:
    """Answers with ``status``, but not before ``answers`` is set.

    Attributes:
        requests: method, path with query, and body of each request.
    """

    port: int = 0
    status: int = 200
    answers: Event = field(default_factory=Event)
    requests: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{SECRET}"

    @property
    def paths(self) -> list[str]:
        """The paths below the secret one."""
        return [path.removeprefix(SECRET) for _, path, _ in self.requests]


@contextmanager
def service(status: int = 200) -> Iterator[Service]:
    """Run it in a thread."""
    made = Service(status=status)
    made.answers.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            made.requests.append((self.command, self.path, body))
            made.answers.wait(20)
            self.send_response(made.status)
            self.end_headers()
            self.wfile.write(b"OK")

        do_POST = do_GET  # noqa: N815 (the name is http.server's)

        def log_message(self, format: str, *args: object) -> None:
            """Not printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.port = server.server_port
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield made
    finally:
        made.answers.set()
        server.shutdown()
        server.server_close()


def refusing_url() -> str:
    """The address of a service that isn't running."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}{SECRET}"
