"""A file's fingerprint: one short digest per block, to distinguish growth from rewriting.

A nightly run must not read five years to learn that a day was appended, and must not take a file
for grown whose past was corrected in the same night. So the digests are kept per block of 4 MiB,
and a grown file is checked block by block: all of up to ``RECENT_BLOCKS`` (4 GiB, five years at one
reading a second). Of a larger one the first block, the newest ones, and a slice of the older ones
that moves on each time; the run says so, and ``make reconcile`` reads everything.
"""

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO

BLOCK = 4 << 20
"""Bytes in a block."""

DIGEST = 8
"""Bytes kept of each block's SHA-256: enough against accidents, 2 KB for a gigabyte."""

RECENT_BLOCKS = 1024
"""How many of the newest blocks a grown file is always compared in."""

ROTATING_BLOCKS = 16
"""How many of the older blocks each run compares, another slice each time."""


@dataclass
class Fingerprint:
    """The digests of the first ``length`` bytes of a file; the last block may be partial."""

    length: int = 0
    digests: bytearray = field(default_factory=bytearray)

    def extend(self, block: bytes) -> None:
        """Add the next block; only the last one may be shorter than ``BLOCK``."""
        self.digests += hashlib.sha256(block).digest()[:DIGEST]
        self.length += len(block)

    def without_last_block(self) -> "Fingerprint":
        """The same without the last block, which may be partial."""
        blocks = max(0, self.length - 1) // BLOCK
        return Fingerprint(blocks * BLOCK, bytearray(self.digests[: blocks * DIGEST]))

    def ends_with(self, block: bytes) -> bool:
        """Whether its last block is the beginning of these bytes; the rest may be appended ones."""
        length = self.length - self.without_last_block().length
        digest = hashlib.sha256(block[:length]).digest()[:DIGEST]
        return not length or digest == self.digests[-DIGEST:]

    def bytes_not_compared(self, turn: int) -> int:
        """How many bytes ``matches`` does not compare at this turn."""
        count = -(-self.length // BLOCK)
        return (count - len(set(self._blocks_to_compare(turn)))) * BLOCK

    def matches(self, file: BinaryIO, turn: int | None = None, *, start: int = 0) -> bool:
        """Whether the file still begins with the bytes this was made from.

        Args:
            file: opened for reading, on a disk; its position stays.
            turn: which slice of the older blocks to compare: how often this file was compared;
                None compares every block.
            start: only compare the blocks from the one that holds this byte on.
        """
        if os.fstat(file.fileno()).st_size < self.length:
            return False
        # Read and hashed on every core; at the first difference the rest is left.
        cores = ThreadPoolExecutor(max_workers=os.cpu_count() or 1)
        try:
            compare = partial(self._block_matches, file.fileno())
            blocks = (block for block in self._blocks_to_compare(turn) if block >= start // BLOCK)
            return all(cores.map(compare, blocks))
        finally:
            cores.shutdown(cancel_futures=True)

    def _blocks_to_compare(self, turn: int | None) -> Iterator[int]:
        count = -(-self.length // BLOCK)
        older = count - RECENT_BLOCKS
        if turn is None or older <= 0:
            yield from range(count)
            return
        yield 0
        for step in range(min(ROTATING_BLOCKS, older)):
            yield (turn * ROTATING_BLOCKS + step) % older
        yield from range(older, count)

    def _block_matches(self, descriptor: int, block: int) -> bool:
        start = block * BLOCK
        data = os.pread(descriptor, min(BLOCK, self.length - start), start)
        kept = self.digests[block * DIGEST : (block + 1) * DIGEST]
        return hashlib.sha256(data).digest()[:DIGEST] == kept
