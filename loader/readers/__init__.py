"""The formats the loader understands: every module here with a ``READER`` is one."""

from importlib import import_module
from pkgutil import iter_modules

from loader.errors import BadFileError
from loader.readers.base import Layout, Reader


def _readers() -> tuple[Reader, ...]:
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    found = [module.READER for module in modules if hasattr(module, "READER")]
    return tuple(sorted(found, key=lambda reader: reader.rank))


READERS = _readers()
"""In the order of their ranks: where two files disagree about an instant, the later rank wins."""

UNDERSTOOD = "; ".join(reader.expected for reader in READERS)
"""What a person is told when a file is not understood."""


def recognise(head: bytes) -> Layout | None:
    """The layout of a file that begins with ``head``, or None when no reader claims it.

    Raises:
        BadFileError: two readers claim it.
    """
    claims = [layout for reader in READERS if (layout := reader.claim(head)) is not None]
    if len(claims) > 1:
        names = " and ".join(layout.format for layout in claims)
        raise BadFileError(
            f"the file could be {names}", "export it again, or take it out of the folder"
        )
    return claims[0] if claims else None


__all__ = ["READERS", "UNDERSTOOD", "Layout", "Reader", "recognise"]
