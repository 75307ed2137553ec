"""Loads files as somebody does who has psql only."""

from pathlib import Path


def copy_file(file: Path, folder: Path) -> str:
    r"""A script for psql that loads one file of ``folder`` with ``\copy``.

    The participant becomes the column's default, because the file doesn't name one: that of a
    folder ``participant_id=…``, otherwise ``me``.
    """
    _, named, name = file.parent.name.partition("participant_id=")
    participant = name if named else "me"
    path = file.relative_to(folder)
    return (
        f"alter table by_hand alter column participant_id set default '{participant}';\n"
        rf"\copy by_hand (timestamp, value) from '{path}' with (format csv, header)"
        "\n"
    )
