"""Importing this makes dbt parse the project, so that a process has done what every first run does.

dbt generates code for its many classes when it first needs it, which takes longer than the parsing
itself. Parsed twice: the second time from the file that the first one wrote, as a nightly run does.
Then every macro is compiled into dbt's own cache of templates, so that no fork compiles them again.
Without the static parser, whose threads would be missing in forks: they would wait for them.
"""

from tempfile import TemporaryDirectory

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt_common.clients.jinja import template_cache

from loader.configuration.settings import PROJECT

with TemporaryDirectory() as folder:
    for _ in range(2):
        outcome = dbtRunner().invoke(
            [
                "parse",
                "--no-static-parser",
                "--project-dir",
                str(PROJECT / "dbt_project"),
                "--profiles-dir",
                str(PROJECT / "profiles"),
                "--target-path",
                folder,
                "--log-path",
                folder,
                "--log-level",
                "none",
                "--log-level-file",
                "none",
            ]
        )
        assert outcome.success, outcome.exception

assert isinstance(outcome.result, Manifest)
for macro in outcome.result.macros.values():
    template_cache.get_node_template(macro)
