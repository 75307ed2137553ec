-- Stage the delta (the columns of loader/stage/packing.py).
copy staging.heart_rate_packs (
    participant_id,
    first_timestamp,
    last_timestamp,
    timestamps,
    bpm,
    confidences
)
from stdin (format binary)
