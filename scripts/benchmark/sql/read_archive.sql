-- DuckDB reads an archive of daily Takeout JSON files into a table, told what they are.
create table readings as
select
    "dateTime" as timestamp,
    value.bpm as value,
    value.confidence as confidence
from read_json(
    $files,
    format = 'array',
    timestampformat = '%m/%d/%y %H:%M:%S',
    columns = {'dateTime': 'TIMESTAMP', 'value': 'STRUCT(bpm DOUBLE, confidence TINYINT)'}
)
