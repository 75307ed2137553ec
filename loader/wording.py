"""How numbers and names are put into messages for people."""


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: ``1 file``, ``2,500 files``, ``1 day differs``.

    Args:
        number: how many.
        one: the noun for one, with whatever else has to agree with it.
        many: the same for any other number; by default ``one`` with an s.
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"
