"""Read a JSON file strictly, value by value, in constant memory."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import BinaryIO

from loader.errors import COPY_AGAIN, BadFileError

CHUNK = 1 << 20
"""Bytes read at a time."""

LONGEST_VALUE = 16 << 20
"""Characters of one value: a day at 1 Hz, indented, has 8 million."""

_WHITE_SPACE = re.compile(r"[ \t\r\n]*")

_NESTED = re.compile(r'(?:[\s\ufeff]*[\[{]\s*(?:"[^"]*"\s*:)?){100}')


def nested_too_deeply(head: bytes) -> bool:
    """Whether a file begins with 100 nested lists or objects, which no export does."""
    return _NESTED.match(head.decode("utf-8", "replace")) is not None


def contains_key(value: object, names: frozenset[str]) -> bool:
    """Whether one of these keys occurs anywhere in a value."""
    if isinstance(value, dict):
        return any(key in names or contains_key(child, names) for key, child in value.items())
    return isinstance(value, list) and any(contains_key(child, names) for child in value)


class JsonText:
    """A JSON text that is read value by value.

    Every method raises BadFileError if the text isn't JSON, if an object has a key twice (it is
    unknown which one counts), or if a value is too long or nested too deeply.
    """

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._bytes = codecs.getincrementaldecoder("utf-8-sig")()
        self._text = ""
        self._at = 0
        self._ended = False
        self._decoder = json.JSONDecoder(object_pairs_hook=_without_repeated_keys)

    def next_letter(self) -> str:
        """The next character that isn't white space, without taking it; "" at the end."""
        while True:
            if white_space := _WHITE_SPACE.match(self._text, self._at):
                self._at = white_space.end()
            if self._at < len(self._text) or self._ended:
                return self._text[self._at : self._at + 1]
            self._read(CHUNK)

    def take_letter(self, wanted: str) -> None:
        """Take the next character, which must be ``wanted``."""
        found = self.next_letter()
        if found != wanted:
            raise _no_json(
                f"{wanted!r} expected, {found!r} found" if found else "it ends too early"
            )
        self._at += 1

    def take_value(self) -> object:
        """Take the next value."""
        self.next_letter()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except RecursionError as error:
                raise _no_json("it is nested too deeply") from error
            except ValueError as error:
                # The value may be incomplete: it is an error only at the end, or if it is too long.
                if self._ended or len(self._text) - self._at > LONGEST_VALUE:
                    raise _no_json(getattr(error, "msg", str(error))) from error
            else:
                if end < len(self._text) or self._ended:
                    self._at = end
                    return value
            self._read(max(CHUNK, len(self._text) - self._at))

    def take_list(self) -> Iterator[object]:
        """Take the members of a list, which must be next."""
        for _ in self.enter("[", "]"):
            yield self.take_value()

    def take_object(self) -> Iterator[str]:
        """Take the keys of an object, which must be next; the caller takes the value of each."""
        names: set[str] = set()
        for _ in self.enter("{", "}"):
            name = self.take_value()
            if not isinstance(name, str):
                raise _no_json("an object has a key that is not a string")
            if name in names:
                raise _repeated(name)
            names.add(name)
            self.take_letter(":")
            yield name

    def enter(self, opening: str, closing: str) -> Iterator[None]:
        """Take a list or an object, which must be next; the caller takes each of its members."""
        self.take_letter(opening)
        if self.next_letter() == closing:
            self._at += 1
            return
        while True:
            yield
            if self.next_letter() != ",":
                break
            self._at += 1
        self.take_letter(closing)

    def _read(self, count: int) -> None:
        block = self._source.read(count)
        self._ended = not block
        try:
            self._text = self._text[self._at :] + self._bytes.decode(block, final=self._ended)
        except UnicodeDecodeError as error:
            raise _no_json("it is not UTF-8") from error
        self._at = 0


def _without_repeated_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _repeated(twice)
    return found


def _repeated(name: str) -> BadFileError:
    return BadFileError(f"an object has the key {name[:60]!r} twice", COPY_AGAIN)


def _no_json(what: str) -> BadFileError:
    return BadFileError(f"it can't be read to its end as JSON ({what})", COPY_AGAIN)
