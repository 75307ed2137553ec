-- Stage every reading for a first build or a full refresh (the columns of loader/rows.py).
copy staging.heart_rate_whole (participant_id, timestamp, value, confidence)
from stdin (format binary)
