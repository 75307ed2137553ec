-- Grain: one row per row of several files of one format, as in read_rows.sql, but with the local time,
-- or of a format that says whose each row is.
insert into clocks
select
    file_name::integer,
    coalesce(participant_id, $whose[file_name::integer - $first_file + 1]),
    case when is_heart_rate(value) and fits then timestamp end,
    measurement_of(value, confidence)
from {relation}($copies, $delimiter, $columns)
