"""Takeout's JSON, saved again with ISO times that name no zone: they are the wearer's local times.

``[{"dateTime": "2019-11-01T00:00:07", "value": {"bpm": 53, "confidence": 2}}, …]``, as in PMData
(https://datasets.simula.no/pmdata/).
"""

from loader.readers.base import Reader
from loader.readers.takeout_json import PLAIN_SHAPE, claims_records, rewrite

READER = Reader(
    name="local takeout json",
    rank=250,
    expected='[{"dateTime": "2019-11-01T00:00:07", "value": {"bpm": …}}, …] (Takeout, local times)',
    times="local",
    lines=False,
    claims=lambda reader, head, *_: claims_records(reader, head, local=True),
    relation="takeout_json_local",
    plain_shape=PLAIN_SHAPE,
    rewrite=rewrite,
)
