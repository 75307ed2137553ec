-- Grain: one row per reading of a file, in its order. DuckDB.
select
    epoch_us(timestamp) as timestamp_us,
    value
from read_csv($file, columns = {'timestamp': 'timestamp', 'value': 'double'}, header = true)
