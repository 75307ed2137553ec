-- DuckDB reads an archive of daily Takeout JSON files into a table, as a person would write it.
create table readings as
select
    strptime("dateTime", '%m/%d/%y %H:%M:%S') as timestamp,
    value.bpm::double as value,
    value.confidence::tinyint as confidence
from read_json($files)
