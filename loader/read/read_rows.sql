-- Grain: one row per row of several files of one format that does not say whose they are, in the order
-- of the files and of their rows; what is no reading gets a null timestamp. A copy is named by
-- its file's number.
insert into readings
select
    $whose[file_name::integer - $first_file + 1],
    case when is_heart_rate(value) and fits then timestamp end,
    measurement_of(value, confidence)
from {relation}($copies, $delimiter, $columns)
