"""The README of an archive: what it is, and how to read it."""

from importlib.resources import files
from string import Template

from loader import __version__
from loader.commands.archive.layout import By, Layout

EXAMPLES = {By.DAY: "2026-01-31", By.MONTH: "2026-01"}


def readme(layout: Layout) -> str:
    """The text of the file."""
    template = Template((files(__package__) / "readme.md").read_text(encoding="utf-8"))
    return template.substitute(
        version=__version__,
        by=str(layout.by),
        buckets=layout.buckets,
        example=EXAMPLES[layout.by],
    )
