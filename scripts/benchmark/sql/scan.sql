-- Grain: one row. DuckDB reads a file as fast as it can.
select
    count(*) as readings,
    sum(value) as total
from read_csv($file, columns = {'timestamp': 'timestamp', 'value': 'double'}, header = true)
