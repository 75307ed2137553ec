-- Grain: one row per reading of a file, in its order, as loader/stage/rows.py expects them. DuckDB.
select
    'me' as participant_id,
    epoch_us(timestamp) as timestamp_us,
    value,
    null::tinyint as confidence
from read_csv($file, columns = {'timestamp': 'timestamp', 'value': 'double'}, header = true)
