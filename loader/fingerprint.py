"""A file's fingerprint: one short digest per block, so that growth is told from rewriting.

A nightly run must not read five years to learn that a day was appended, and must not take a file
for grown whose past was corrected in the same night. So the digests are kept per block of 4 MiB,
and a grown file is checked block by block: the first block, the newest ``RECENT_BLOCKS`` (256 MB,
three months at one reading a second), and a slice of the older ones that moves on each time.
``make reconcile`` reads everything.
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

RECENT_BLOCKS = 64
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

    def resume_at(self) -> int:
        """Where reading must resume to extend this fingerprint: the start of a partial block."""
        return self.length - self.length % BLOCK

    def whole_blocks(self) -> "Fingerprint":
        """The same without the partial last block."""
        blocks = self.length // BLOCK
        return Fingerprint(blocks * BLOCK, bytearray(self.digests[: blocks * DIGEST]))

    def matches(self, file: BinaryIO, turn: int | None = None) -> bool:
        """Whether the file still begins with the bytes this was made from.

        Args:
            file: opened for reading, on a disk; its position stays.
            turn: which slice of the older blocks to compare: how often this file was compared;
                None compares every block.
        """
        if os.fstat(file.fileno()).st_size < self.length:
            return False
        # Read and hashed on every core; at the first difference the rest is left.
        cores = ThreadPoolExecutor(max_workers=os.cpu_count() or 1)
        try:
            compare = partial(self._block_matches, file.fileno())
            return all(cores.map(compare, self._blocks_to_compare(turn)))
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
