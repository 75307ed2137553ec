-- Grain: one row per row of several files of one format, as in read_rows.sql, but with the local time,
-- or of a format that says whose each row is.
insert into clocks
select
    file_name::integer,
    coalesce(participant_id, $participant_ids[file_name::integer - $first_file + 1]),
    case when value > 0 and value <= 300 and fits then timestamp end,
    value,
    confidence
from {relation}($snapshots, $delimiter, $columns)
