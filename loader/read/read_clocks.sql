-- Grain: one row per row of several files of one format, as in read_rows.sql, but with a local time, or of a
-- format whose rows name the participant.
insert into clocks
select
    file_name::integer,
    coalesce(participant_id, $owners[file_name::integer - $first_file + 1]),
    case when is_heart_rate(value) and fits then timestamp end,
    measurement_of(value, confidence),
    null
from {relation}($copies, $delimiter, $columns)
