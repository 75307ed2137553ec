"""The formats the loader understands, one module each; ``recognise`` asks them all."""

from loader.readers.base import Layout, Reader
from loader.readers.hr_csv import HrCsv

READERS: tuple[Reader, ...] = (HrCsv(),)
"""In the order of their ranks: where two files disagree about an instant, the later rank wins."""


def recognise(head: bytes) -> Layout | None:
    """The layout of a file that begins with ``head``, or None when no reader claims it."""
    claims = [layout for reader in READERS if (layout := reader.claims(head)) is not None]
    return claims[0] if len(claims) == 1 else None


__all__ = ["READERS", "Layout", "Reader", "recognise"]
