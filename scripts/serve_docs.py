"""Serve the page that ``dbt docs generate --static`` wrote, on loopback, until Ctrl-C."""

import os
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import click

from loader.configuration.env_file import load_settings
from loader.configuration.settings import PROJECT
from loader.errors import ExitCode, LoaderError

HOST = "127.0.0.1"

ALL_SELECTED = b'resource_types:["model","seed","snapshot","source","test","unit_test","analysis"'
MODELS_SELECTED = b'resource_types:["model","seed","snapshot","source","analysis"'
"""What the lineage graph of dbt's page shows at first, and what it shows here.

Two thirds of its nodes are unit tests, which dbt has no setting for; *resources* in the page adds
them.
"""


class DocsServer(HTTPServer):
    """Serves one page for every path.

    Raises:
        OSError: the port is in use.
    """

    def __init__(self, port: int, page: bytes) -> None:
        super().__init__((HOST, port), _Handler)
        self.page = page


class _Handler(BaseHTTPRequestHandler):
    server: DocsServer

    def do_GET(self) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(self.server.page)))
        self.end_headers()
        self.wfile.write(self.server.page)

    def log_message(self, *_arguments: object) -> None:
        """Log nothing: nobody needs a list of requests."""


def static_page() -> Path:
    """Where dbt wrote the page."""
    project = Path(os.environ.get("DBT_PROJECT_DIR") or PROJECT / "dbt_project")
    return project / os.environ.get("DBT_TARGET_PATH", "target") / "static_index.html"


def show_models(path: Path) -> bytes:
    """The page, its lineage graph without tests at first; changes the file.

    Raises:
        OSError: there is none, or it can't be written.
    """
    page = path.read_bytes().replace(ALL_SELECTED, MODELS_SELECTED, 1)
    path.write_bytes(page)
    return page


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8080, help="The port on 127.0.0.1.")
def main(port: int) -> None:
    """Serve the dbt docs as one static page until Ctrl-C."""
    try:
        load_settings(os.environ)
    except LoaderError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    page = static_page()
    try:
        server = DocsServer(port, show_models(page))
    except OSError as error:
        what = page if error.filename else f"{HOST}:{port}"
        hint = "make docs" if error.filename else f"make docs PORT={port + 1}"
        click.echo(f"error: {what}: {error.strerror} — do: {hint}", err=True)
        sys.exit(ExitCode.USAGE)
    with server:
        click.echo(f"serving {page} on http://{HOST}:{port}; stop with Ctrl-C")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo()


if __name__ == "__main__":
    main(prog_name="python -m scripts.serve_docs")
