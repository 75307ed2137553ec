-- Keep the lines that are no readings, with their number, their text and the reason. A second pass
-- over the snapshot, made only where there are such lines.
insert into rejected
select
    $file_id,
    line_number,
    left(line, 1000),
    reason
from (
    select
        line,
        line_number,
        split_part(line, $delimiter, 1) as first_field,
        split_part(line, $delimiter, 2) as second_field,
        hr_csv_instant(first_field) as instant,
        hr_csv_number(second_field) as bpm,
        case
            when trim(line, ' ') = '' then 'blank line'
            when strlen(line) > 1000 then 'line too long'
            when contains(line, '\x00') then 'NUL byte'
            when contains(line, '\x') then 'not UTF-8'
            when not contains(line, $delimiter) then 'too few columns'
            when strlen(first_field) + 1 + strlen(second_field) <> strlen(line) then 'too many columns'
            when trim(first_field, ' "') = '' then 'no timestamp'
            when instant is null then 'timestamp not understood'
            when trim(second_field, ' "') = '' then 'no value'
            when bpm is null then 'value is not a number'
            when isnan(bpm) or isinf(bpm) then 'value is not finite'
            else 'value is not a heart rate (over 0, up to 300)'
        end as reason
    from (
        select
            line,
            row_number() over () - 1 + $first_line as line_number
        from read_csv(
            $snapshot,
            auto_detect = false,
            header = false,
            columns = {'line': 'VARCHAR'},
            -- Control characters that the snapshot never contains: a line is one field, as it is.
            delim = chr(31),
            nullstr = chr(30),
            quote = '',
            escape = '',
            new_line = '\n',
            max_line_size = 1000000
        )
    )
    where line_number in (
        select readings.rowid - files.first_rowid + files.first_line
        from readings
        inner join files on readings.file_id = files.file_id
        where readings.file_id = $file_id and readings.timestamp is null
    )
)
where reason <> 'blank line'
