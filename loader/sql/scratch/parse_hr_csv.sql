-- Grain: one row per line of the snapshot, in its order. The snapshot holds whole lines of clean
-- text (loader/snapshot.py), so every line arrives here, and what can't be parsed keeps its text.
insert into readings
select
    $file_id,
    $participant_id,
    case when reason is null then instant end,
    case when reason is null then bpm end,
    null,
    case when reason is not null then left(line, 1000) end,
    reason
from (
    select
        line,
        -- The length alone proves neither form: '2024-01-01 00:00+02' has 19 characters too.
        case
            when strlen(first_field) = 19 and first_field[17] = ':'
                then try_cast(first_field as timestamp)
            when regexp_full_match(
                trim(first_field, ' "'), '\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?'
            )
                then try_cast(trim(first_field, ' "') as timestamp)
            when regexp_full_match(
                trim(first_field, ' "'),
                '\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)'
            )
                then try_cast(trim(first_field, ' "') as timestamptz)::timestamp
        end as instant,
        coalesce(
            try_cast(second_field as double), try_cast(trim(second_field, ' "') as double)
        ) as bpm,
        case
            when
                instant is not null and bpm > 0 and bpm <= 300
                and strlen(first_field) + 1 + strlen(second_field) = strlen(line)
                then null
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
            split_part(line, $delimiter, 1) as first_field,
            split_part(line, $delimiter, 2) as second_field
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
)
