-- Put readings into a table in the shape of heart_rate (the columns of loader/stage/rows.py).
copy {table} (participant_id, timestamp, value, confidence)
from stdin (format binary)
