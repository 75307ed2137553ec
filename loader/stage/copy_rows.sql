-- Fill a table of readings (the columns of loader/stage/binary_copy.py).
copy {table} (participant_id, timestamp, value, confidence)
from stdin (format binary) -- noqa: PRS
