-- What a field of a file means, whatever the format; null where it means nothing.

-- A field may stand in quotes, a whole pair of them, with blanks around (if it is not named,
-- trim takes every kind of blank that Unicode has).
create macro unquoted(field) as (
    case
        when regexp_full_match(trim(field, ' '), '"[^"]*"') then trim(field, ' ')[2:-2]
        else trim(field, ' ')
    end
);

-- The years in which a float8 of seconds still holds every microsecond (staging.instant_hash in
-- database/schema.sql): a reading of another year is a mistake anyway.
create macro of_our_time(instant) as (
    case when instant >= timestamp '1900-01-01' and instant < timestamp '2200-01-01' then instant end
);

-- An instant of a CSV in UTC. The grammar, and nothing else is one (docs/formats.md):
--     YYYY-MM-DD, a blank or T, HH:MM, perhaps :SS, perhaps a fraction of 1 to 9 digits,
--     perhaps Z or an offset up to 15:59 (+02, +0200, +02:00); without one it is UTC.
-- DuckDB's own conversions take more (a blank for a digit, 24:00, a missing zero), so each is asked
-- only for what a pattern has let pass. The two commonest forms have one that costs a fifth of a
-- regular expression: it leaves strptime no place for a blank, and so no digit can be missing.
create macro utc_instant(field) as (
    of_our_time(
        case
            when field glob '????-??-?[0-9] [0-9]?:??:?[0-9]'
                then try_strptime(field, '%Y-%m-%d %H:%M:%S')
            when field glob '????-??-?[0-9]T[0-9]?:??:?[0-9]Z'
                then try_strptime(field, '%Y-%m-%dT%H:%M:%SZ')
            when regexp_full_match(
                unquoted(field),
                '\d{4}-\d\d-\d\d[ T]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?'
                || '(Z|[+-](0\d|1[0-5])(:?[0-5]\d)?)?'
            )
                then try_cast(unquoted(field) as timestamptz)::timestamp
        end
    )
);

-- An American time. The grammar, and nothing else is one (docs/formats.md):
--     M/D/YY or M/D/YYYY, a blank, H:MM, perhaps :SS; followed by a blank and AM or PM, the hour
--     is 1 to 12. Month, day and hour have one digit or two; the years 69 to 99 are of 19.., the
--     others of 20...
-- The commonest two forms come first, as in utc_instant. A year of two digits is tried before one of
-- four, which takes two digits for the first century.
create macro american_instant(field) as (
    of_our_time(
        case
            when field glob '[0-9]?/??/?[0-9] [0-9]?:??:?[0-9]'
                then try_strptime(field, '%m/%d/%y %H:%M:%S')
            when field glob '[0-9]*/[0-9][0-9][0-9][0-9] [0-9]*:??:?[0-9] [AP]M'
                then try_strptime(field, '%m/%d/%Y %I:%M:%S %p')
            when regexp_full_match(
                field,
                '\d\d?/\d\d?/(\d\d|\d{4}) \d\d?:\d\d(:\d\d)?( [AaPp][Mm])?'
            )
                then try_strptime(
                    field,
                    [
                        '%m/%d/%y %H:%M:%S',
                        '%m/%d/%y %H:%M',
                        '%m/%d/%y %I:%M:%S %p',
                        '%m/%d/%y %I:%M %p',
                        '%m/%d/%Y %H:%M:%S',
                        '%m/%d/%Y %H:%M',
                        '%m/%d/%Y %I:%M:%S %p',
                        '%m/%d/%Y %I:%M %p'
                    ]
                )
        end
    )
);

-- A value. The grammar, and nothing else is one (docs/formats.md): a decimal number, perhaps with a
-- sign, a fraction and an exponent, perhaps in a pair of quotes, with blanks around it. It is what
-- DuckDB takes for a double, less its underscore between digits; is_heart_rate leaves no infinity.
create macro number(field) as (
    case
        when field not like '%\_%' escape '\'
            then coalesce(try_cast(field as double), try_cast(unquoted(field) as double))
    end
);

create macro is_heart_rate(bpm) as (bpm > 0 and bpm <= 300);

-- Fitbit's own 0 to 3; a cast alone would round 2.7. Not `in`: of a long list DuckDB makes a join, which
-- changes the order of the rows, and with it which of two readings of one instant stands.
create macro confidence(field) as (
    case when field glob '[0-3]' or field glob '[0-3].0' then try_cast(field as tinyint) end
);

-- Why a row is no reading; null if it is one.
create macro complaint(time_text, instant, value_text, bpm) as (
    case
        when coalesce(trim(time_text, ' "'), '') = '' then 'no timestamp'
        when instant is null then 'timestamp not understood'
        when coalesce(trim(value_text, ' "'), '') = '' then 'no value'
        when bpm is null then 'value is not a number'
        when isnan(bpm) or isinf(bpm) then 'value is not finite'
        when not is_heart_rate(bpm) then 'value is not a heart rate (over 0, up to 300)'
    end
);

-- Why a line can't be a row at all; null if it can. The copy (loader/read/file_copy.py) wrote bytes
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

-- Grain: one row per line of the copies, in their order. The copies hold whole lines of clean
-- text, so every line arrives here as one row. A missing field is null, an empty one is empty, what
-- is beyond the last field is dropped.
create macro csv_fields(copies, delimiter) as table (
    select
        parse_filename(filename, true) as file_name,
        first_field,
        second_field,
        third_field,
        fourth_field
    from read_csv(
        copies,
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
        -- A control character that the copy never contains.
        nullstr = chr(30),
        quote = '',
        escape = '',
        new_line = '\n',
        max_line_size = 1000000,
        buffer_size = 8000000
    )
);

-- Grain: one row per line of the copies, as it is.
create macro csv_lines(copies) as table (
    select
        row_number() over () as line_number,
        line
    from read_csv(
        copies,
        auto_detect = false,
        header = false,
        columns = {'line': 'VARCHAR'},
        -- Control characters that the copy never contains: a line is one field.
        delim = chr(31),
        nullstr = chr(30),
        quote = '',
        escape = '',
        new_line = '\n',
        max_line_size = 1000000
    )
);
