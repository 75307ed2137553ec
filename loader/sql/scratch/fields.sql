-- What a field of a file means, whatever the format; null where it means nothing.

-- A field may stand in quotes, a whole pair of them.
create macro unquoted(field) as (
    case
        when regexp_full_match(trim(field), '"[^"]*"') then trim(field)[2:-2]
        else trim(field)
    end
);

-- The years in which a float8 of seconds still holds every microsecond (staging.instant_hash in
-- sql/postgres/schema.sql): a reading of another year is a mistake anyway.
create macro of_our_time(instant) as (
    case when instant >= timestamp '1900-01-01' and instant < timestamp '2200-01-01' then instant end
);

-- Naive timestamps are UTC; an offset is honoured. The length alone proves no form:
-- '2024-01-01 00:00+02' has 19 characters too.
create macro utc_instant(field) as (
    of_our_time(
        case
            when strlen(field) = 19 and field[17] = ':' then try_cast(field as timestamp)
            when regexp_full_match(unquoted(field), '\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?')
                then try_cast(unquoted(field) as timestamp)
            when regexp_full_match(
                unquoted(field),
                '\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-](0\d|1[0-5])(:?[0-5]\d)?)'
            )
                then try_cast(unquoted(field) as timestamptz)::timestamp
        end
    )
);

-- Months first, one or two digits, a year of two or four: '05/18/15 05:25:00',
-- '4/12/2016 7:21:00 AM'. Seconds may be missing, as a spreadsheet leaves them out. The commonest
-- two come first, each tried alone: the list costs four times as much.
create macro american_instant(field) as (
    of_our_time(
        coalesce(
            case when strlen(field) = 17 then try_strptime(field, '%m/%d/%y %H:%M:%S') end,
            case when strlen(field) > 18 then try_strptime(field, '%m/%d/%Y %I:%M:%S %p') end,
            try_strptime(
                field,
                [
                    '%m/%d/%y %H:%M:%S',
                    '%m/%d/%Y %I:%M %p',
                    '%m/%d/%Y %H:%M:%S',
                    '%m/%d/%Y %H:%M',
                    '%m/%d/%y %I:%M:%S %p',
                    '%m/%d/%y %I:%M %p',
                    '%m/%d/%y %H:%M'
                ]
            )
        )
    )
);

-- DuckDB takes an underscore between digits for SQL's; here it is no number.
create macro number(field) as (
    case
        when not contains(field, '_')
            then coalesce(try_cast(field as double), try_cast(unquoted(field) as double))
    end
);

create macro is_heart_rate(bpm) as (bpm > 0 and bpm <= 300);

-- Fitbit's own 0 to 3.
create macro confidence(field) as (
    case when try_cast(field as tinyint) between 0 and 3 then try_cast(field as tinyint) end
);

-- Why a row is no reading.
create macro complaint(time_text, instant, value_text, bpm) as (
    case
        when coalesce(trim(time_text, ' "'), '') = '' then 'no timestamp'
        when instant is null then 'timestamp not understood'
        when coalesce(trim(value_text, ' "'), '') = '' then 'no value'
        when bpm is null then 'value is not a number'
        when isnan(bpm) or isinf(bpm) then 'value is not finite'
        else 'value is not a heart rate (over 0, up to 300)'
    end
);

-- Why a line can't be a row at all; null if it can. The snapshot (loader/snapshot.py) wrote bytes
-- that are no text as escapes.
create macro line_complaint(line, delimiter, fewest, most) as (
    case
        when trim(line, ' ') = '' then 'blank line'
        when strlen(line) > 1000 then 'line too long'
        when contains(line, '\x00') then 'NUL byte'
        when contains(line, '\x') then 'not UTF-8'
        when len(string_split(line, delimiter)) < fewest then 'too few columns'
        when len(string_split(line, delimiter)) > most then 'too many columns'
    end
);

-- Grain: one row per line of the snapshots, in their order. The snapshots hold whole lines of clean
-- text, so every line arrives here as one row. A missing field is null, an empty one is empty, what
-- is beyond the last field is dropped.
create macro csv_fields(snapshots, delimiter) as table (
    select
        parse_filename(filename, true) as file_name,
        first_field,
        second_field,
        third_field,
        fourth_field
    from read_csv(
        snapshots,
        filename = true,
        auto_detect = false,
        header = false,
        columns = {
            'first_field': 'VARCHAR',
            'second_field': 'VARCHAR',
            'third_field': 'VARCHAR',
            'fourth_field': 'VARCHAR'
        },
        delim = delimiter,
        null_padding = true,
        strict_mode = false,
        -- A control character that the snapshot never contains.
        nullstr = chr(30),
        quote = '',
        escape = '',
        new_line = '\n',
        max_line_size = 1000000,
        buffer_size = 8000000
    )
);

-- Grain: one row per line of the snapshots, as it is.
create macro csv_lines(snapshots) as table (
    select
        row_number() over () as line_number,
        line
    from read_csv(
        snapshots,
        auto_detect = false,
        header = false,
        columns = {'line': 'VARCHAR'},
        -- Control characters that the snapshot never contains: a line is one field.
        delim = chr(31),
        nullstr = chr(30),
        quote = '',
        escape = '',
        new_line = '\n',
        max_line_size = 1000000
    )
);
