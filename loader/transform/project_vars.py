"""The vars of the dbt project, read without dbt."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

NEVER = "never"
"""The value of ``columnstore_after`` with which nothing is compressed."""


def project_vars(project: Path) -> Mapping[str, Any]:
    """The vars of a ``dbt_project.yml``, including those of this package only.

    Raises:
        OSError, ValueError, KeyError: it can't be read as a project.
    """
    import yaml  # 15 ms, and most runs don't need it

    # A night reads the vars four times: 5 ms each with the parser in Python, 0.5 ms with that in C.
    parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        content = yaml.load(project.read_text(encoding="utf-8"), Loader=parser)
        variables = dict(content["vars"])
    except (yaml.YAMLError, TypeError) as error:
        raise ValueError(f"{project.name}: {error}") from error
    return variables | dict(variables.get(content.get("name")) or {})


def columnstore_after(project: Path) -> str | None:
    """How much older than the newest reading a chunk is that dbt compresses, as an interval.

    None if nothing is to be compressed, or if dbt has to say what is wrong with its project.
    """
    try:
        after = project_vars(project)["columnstore_after"]
    except (OSError, ValueError, KeyError):
        return None
    return None if after == NEVER else str(after)
