-- Grain: one row per row of several files of one format whose rows name no participant, in the order of the
-- files and of their rows; a row without a reading gets a null timestamp. A copy's name is its file's id.
insert into readings
select
    $owners[file_name::integer - $first_file + 1],
    case when is_heart_rate(value) and fits then timestamp end,
    measurement_of(value, confidence)
from {relation}($copies, $delimiter, $columns)
