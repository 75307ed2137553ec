"""How numbers, names and other people's text are put into messages."""

from collections.abc import Iterable


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: ``1 file``, ``2,500 files``, ``1 day differs``.

    Args:
        number: how many.
        one: the noun for one, with whatever else has to agree with it.
        many: the same for any other number; by default ``one`` with an s.
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def shown(text: str) -> str:
    """Text as it is safe to show to people, on one line.

    What Python does not call printable is escaped (``\\x1b``, ``\\u202e``): control characters,
    among them the end of a line and what moves a terminal's cursor, and characters that turn the
    direction of the text or are invisible. Letters of every script stay as they are. Only for the
    eye: what is kept in the database stays the original.
    """
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


def shown_lines(lines: Iterable[str]) -> str:
    """Lines for a terminal, each of them safe to show."""
    return "\n".join(shown(line) for line in lines)
