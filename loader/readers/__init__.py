"""The supported formats: each module here with a ``READER``."""

from importlib import import_module
from pkgutil import iter_modules

from loader.errors import COPY_AGAIN, EXPORT_AGAIN, BadFileError
from loader.readers.base import Layout, Reader
from loader.readers.folder_format import NO_FORMAT, FolderFormat
from loader.readers.json_text import nested_too_deeply
from loader.readers.quantity_in_name import WORDS_IN_NAMES


def _readers() -> tuple[Reader, ...]:
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    found = [module.READER for module in modules if hasattr(module, "READER")]
    return tuple(sorted(found, key=lambda reader: reader.rank))


READERS = _readers()
"""In the order of their ranks: if files overlap, the higher rank wins."""

RELATIONS = {relation for reader in READERS for relation in reader.relations}
"""The names of the macros that read their files."""

UNDERSTOOD = "; ".join([*(reader.expected for reader in READERS), *WORDS_IN_NAMES])
"""The formats and words: what a ledger says of skipped files holds only for the same ones."""

EXPECTED = (
    "timestamp,value (hr.csv), files of a Takeout, the Google Health API or Fitabase, or another "
    "format of docs/formats.md"
)
"""For a person whose file has no known format; all of them would fill the screen."""


def recognise(head: bytes, name: str = "", settings: FolderFormat = NO_FORMAT) -> Layout | None:
    """The layout of a file that begins with ``head``; None if no reader claims it.

    Args:
        head: its first bytes.
        name: its path below ``DATA_DIR``; empty to use only the content.
        settings: those of its folder.

    Raises:
        BadFileError: two readers claim it, it is nested too deeply, or the settings contradict it.
    """
    if nested_too_deeply(head):
        raise BadFileError("it is nested too deeply to be read as JSON", COPY_AGAIN)
    claims = _claims(head, name, settings, generic=False)
    claims = claims or _claims(head, name, settings, generic=True)
    if len(claims) > 1:
        names = " and ".join(layout.format for layout in claims)
        raise BadFileError(f"the file could be {names}", EXPORT_AGAIN)
    return claims[0] if claims else None


def _claims(head: bytes, name: str, settings: FolderFormat, *, generic: bool) -> list[Layout]:
    readers = [reader for reader in READERS if reader.is_generic == generic]
    claims = (reader.claim(head, name, settings) for reader in readers)
    return [layout for layout in claims if layout is not None]


def participant_in_name(name: str) -> str | None:
    """The participant that a file's own name (not a folder) names in one of the formats."""
    rules = (reader.participant_in_name for reader in READERS)
    return next((who for rule in rules if rule and (who := rule(name))), None)


__all__ = [
    "EXPECTED",
    "READERS",
    "RELATIONS",
    "UNDERSTOOD",
    "Layout",
    "Reader",
    "participant_in_name",
    "recognise",
]
