"""Raw answers of the Google Health API: pages of up to 5,000 data points, newest first, in UTC."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scripts.sample_data.columns import clock, joined, numbers, whole_numbers
from scripts.sample_data.places import Chunk
from scripts.sample_data.signal import HOUR, MINUTE, DayReadings

PAGE = 5_000
"""Data points."""


def pages(readings: DayReadings) -> Iterator[tuple[str, Chunk]]:
    """Path and content of each page of a UTC day; all but the last name a next page."""
    seconds, bpm = readings.seconds[::-1], readings.bpm[::-1]
    starts = range(0, len(seconds), PAGE)
    for number, start in enumerate(starts, start=1):
        page = slice(start, start + PAGE)
        part = DayReadings(readings.participant, readings.day, seconds[page], bpm[page])
        is_last = number == len(starts)
        token = b"" if is_last else f',"nextPageToken":"{readings.day}-{number + 1}"'.encode()
        content = b'{"dataPoints":[' + _points(part).removesuffix(b",") + b"]" + token + b"}\n"
        path = f"google-health/{readings.day}-page-{number}.json"
        yield path, Chunk(content, len(part.seconds))


def _points(readings: DayReadings) -> bytes:
    """The data points, each followed by a comma."""
    day, seconds = readings.day, readings.seconds
    names = np.array([f"{day:%Y%m%d}{second:05d}".encode() for second in seconds])
    return joined(
        len(seconds),
        b'{"name":"users/0/dataTypes/heart-rate/dataPoints/3f1a5c0e-8d0b-4c55-9f1e-',
        names,
        b'","dataSource":{"recordingMethod":"PASSIVELY_MEASURED","platform":"FITBIT",'
        b'"device":{"displayName":"Charge 6"}},"heartRate":{"sampleTime":{"physicalTime":"',
        f"{day}T".encode(),
        clock()[seconds],
        b'Z","utcOffset":"0s","civilTime":{"date":{"year":',
        f'{day.year},"month":{day.month},"day":{day.day}}},"time":{{"hours":'.encode(),
        numbers()[seconds // HOUR],
        b',"minutes":',
        numbers()[seconds // MINUTE % 60],
        b',"seconds":',
        numbers()[seconds % MINUTE],
        b'}}},"beatsPerMinute":"',
        whole_numbers(readings.bpm),
        b'","metadata":{"motionContext":"SEDENTARY"}}},',
    )
