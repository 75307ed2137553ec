"""Format numbers, names and untrusted text for messages."""

from collections.abc import Iterable, Sequence


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: ``1 file``, ``2,500 files``, ``1 day differs``.

    Args:
        one: the singular noun, with any words that have to agree with it.
        many: the same in the plural; by default ``one`` with an s.
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def sized(number: int) -> str:
    """A number of bytes, in MB or kB."""
    return f"{number / 1e6:,.1f} MB" if number >= 1e6 else f"{number / 1e3:,.1f} kB"


def shown(text: str) -> str:
    """Text that is safe to display on one line; the database keeps the original.

    Characters that Python doesn't call printable are escaped (``\\x1b``, ``\\u202e``): control
    characters, including line ends and those that move a terminal's cursor, and characters that are
    invisible or change the direction of the text. Letters of every script stay.
    """
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


def shown_lines(lines: Iterable[str]) -> str:
    """Lines that are safe to display on a terminal."""
    return "\n".join(shown(line) for line in lines)


def first_of(names: Sequence[str], most: int) -> str:
    """The first names, and how many more there are: ``a, b and 3 more``."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")
