-- Grain: one row per line of the snapshot, in its order; a line that is no reading gets a null
-- timestamp. The snapshot holds whole lines of clean text (loader/snapshot.py), so every line
-- arrives here as one row.
insert into readings
select
    $file_id,
    $participant_id,
    case when bpm > 0 and bpm <= 300 and more_fields is null then instant end,
    bpm,
    null
from (
    select
        more_fields,
        hr_csv_instant(first_field) as instant,
        hr_csv_number(second_field) as bpm
    from read_csv(
        $snapshot,
        auto_detect = false,
        header = false,
        columns = {'first_field': 'VARCHAR', 'second_field': 'VARCHAR', 'more_fields': 'VARCHAR'},
        delim = $delimiter,
        -- A missing field is null, an empty one is empty; fields beyond the third are dropped.
        null_padding = true,
        strict_mode = false,
        -- A control character that the snapshot never contains.
        nullstr = chr(30),
        quote = '',
        escape = '',
        new_line = '\n',
        max_line_size = 1000000
    )
)
