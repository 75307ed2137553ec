-- The value of a field, in any format; null if the field is invalid.

-- A field may have a pair of quotes, with spaces around it. (Without its second argument, trim
-- removes every kind of Unicode space.)
create macro unquoted(field) as (
    case
        when regexp_full_match(trim(field, ' '), '"[^"]*"') then trim(field, ' ')[2:-2]
        else trim(field, ' ')
    end
);

-- An instant in another year is an error in the file (docs/formats.md).
create macro in_supported_years(instant) as (
    case when instant >= timestamp '1900-01-01' and instant < timestamp '2200-01-01' then instant end
);

-- An instant of a CSV in UTC. This is the complete grammar (docs/formats.md):
--     YYYY-MM-DD, a space or T, HH:MM, optionally :SS, optionally a fraction of 1 to 9 digits,
--     optionally Z or an offset up to 15:59 (+02, +0200, +02:00); without one it is UTC.
-- DuckDB's conversions accept more (a space for a digit, 24:00, a missing zero), so a pattern
-- checks the text first. For the two most common forms a glob does it in a fifth of the time of a
-- regular expression: it leaves strptime no place for a space, so no digit can be missing.
create macro utc_instant(field) as (
    in_supported_years(
        case
            when field glob '????-??-?[0-9] [0-9]?:??:?[0-9]'
                then try_strptime(field, '%Y-%m-%d %H:%M:%S')
            when field glob '????-??-?[0-9]T[0-9]?:??:?[0-9]Z'
                then try_strptime(field, '%Y-%m-%dT%H:%M:%SZ')
            when
                regexp_full_match(
                    unquoted(field),
                    '\d{4}-\d\d-\d\d[ T]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?'
                    || '(Z|[+-](0\d|1[0-5])(:?[0-5]\d)?)?'
                )
                then try_cast(unquoted(field) as timestamptz)::timestamp
        end
    )
);

-- An instant of a CSV with Z or an offset; without one, its time may be local.
create macro instant_with_offset(field) as (
    case
        when regexp_matches(unquoted(field), ':.*(Z|[+-]\d\d(:?\d\d)?)$') then utc_instant(field)
    end
);

-- A local time as programs and databases write it: that of utc_instant without Z and offset.
create macro iso_local_time(field) as (
    case when instant_with_offset(field) is null then utc_instant(field) end
);

-- An American time. This is the complete grammar (docs/formats.md):
--     M/D/YY or M/D/YYYY, a space, H:MM, optionally :SS; if a space and AM or PM follow, the hour
--     is 1 to 12. Month, day and hour have one or two digits; the years 69 to 99 mean 1969 to 1999,
--     the others 2000 to 2068.
-- The two most common forms come first, as in utc_instant. %y is tried before %Y, which would read
-- two digits as a year of the first century.
create macro american_instant(field) as (
    in_supported_years(
        case
            when field glob '[0-9]?/??/?[0-9] [0-9]?:??:?[0-9]'
                then try_strptime(field, '%m/%d/%y %H:%M:%S')
            when field glob '[0-9]*/[0-9][0-9][0-9][0-9] [0-9]*:??:?[0-9] [AP]M'
                then try_strptime(field, '%m/%d/%Y %I:%M:%S %p')
            when
                regexp_full_match(
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

-- A time like an American one, but with the day first.
create macro day_first_instant(field) as (
    american_instant(regexp_replace(field, '^(\d\d?)/(\d\d?)/', '\2/\1/'))
);

-- A local time of a study: American as Fitabase writes it, or with the day first, or ISO if a program has
-- saved the file again.
create macro study_time(field, day_first) as (
    coalesce(
        case
            when day_first then day_first_instant(unquoted(field))
            else coalesce(american_instant(field), american_instant(unquoted(field)))
        end,
        iso_local_time(field)
    )
);

-- An instant as seconds (10 digits, optionally a fraction of 1 to 9 digits, kept to the microsecond) or
-- milliseconds (13 digits) since 1970. Not by a double, which would change the last digits.
create macro epoch_instant(field) as (
    in_supported_years(
        case
            when regexp_full_match(unquoted(field), '\d{10}(\.\d{1,9})?')
                then make_timestamp(
                    left(unquoted(field), 10)::bigint * 1000000
                    + rpad(unquoted(field)[12:17], 6, '0')::bigint
                )
            when regexp_full_match(unquoted(field), '\d{13}')
                then make_timestamp(unquoted(field)::bigint * 1000)
        end
    )
);

-- An instant as a number of seconds or milliseconds since 1970, to the microsecond; no double, as above.
create macro counted_instant(field, unit) as (
    in_supported_years(
        case
            when unit = 'seconds' and regexp_full_match(unquoted(field), '\d{1,10}(\.\d{1,9})?')
                then make_timestamp(
                    split_part(unquoted(field), '.', 1)::bigint * 1000000
                    + rpad(split_part(unquoted(field), '.', 2), 6, '0')::bigint
                )
            when unit = 'milliseconds' and regexp_full_match(unquoted(field), '\d{1,13}(\.\d{1,9})?')
                then make_timestamp(
                    split_part(unquoted(field), '.', 1)::bigint * 1000
                    + rpad(split_part(unquoted(field), '.', 2), 3, '0')::bigint
                )
        end
    )
);

-- A date with dots as one with slashes.
create macro with_slashes(field) as (
    regexp_replace(field, '^([ "]*\d\d?)\.(\d\d?)\.', '\1/\2/')
);

-- A field with a decimal point instead of a decimal comma. (No field contains the delimiter.)
create macro with_decimal_point(field) as (
    case
        when contains(field, ',') and not contains(field, '.') then replace(field, ',', '.')
        else field
    end
);

-- A value. This is the complete grammar (docs/formats.md): a decimal number, optionally with a sign,
-- a fraction and an exponent, optionally in a pair of quotes, with spaces around it. This is
-- DuckDB's grammar of a double without its underscores; is_heart_rate excludes infinity.
create macro number(field) as (
    case
        when field not like '%\_%' escape '\'
            then coalesce(try_cast(field as double), try_cast(unquoted(field) as double))
    end
);

create macro is_heart_rate(bpm) as (bpm > 0 and bpm <= 300);

-- Fitbit's 0 to 3; a cast alone would round 2.7. Not `in`: DuckDB converts a long list to a join,
-- which changes the order of the rows, and so which of two readings of an instant wins.
create macro confidence(field) as (
    case when field glob '[0-3]' or field glob '[0-3].0' then try_cast(field as tinyint) end
);

-- An Id that a spreadsheet or program wrote as a float becomes an integer again: 9000000001.0, or
-- 9.000000001E+09, which has every digit. 9.00E+09 has lost digits, and a float rounds an Id of 16
-- or more digits: these stay unchanged. Leading zeros belong to the Id.
create macro normalized_id(id) as (
    case
        when not contains(id, '.') then id
        when regexp_full_match(id, '(0|[1-9]\d{0,14})\.0+') then split_part(id, '.', 1)
        when
            regexp_full_match(id, '[1-9]\.\d{1,14}[eE]\+?\d{1,2}')
            and strlen(regexp_extract(id, '\.(\d+)', 1))
            >= try_cast(regexp_extract(id, '(\d+)$', 1) as integer)
            and try_cast(id as double) = floor(try_cast(id as double))
            then try_cast(id as double)::bigint::varchar
        else id
    end
);

-- A participant of 1 to 200 bytes of text; in the copy, bytes that are not UTF-8 are escapes.
create macro participant_of(field) as (
    case
        when not contains(field, '\') and strlen(trim(unquoted(field), ' ')) between 1 and 200
            then normalized_id(trim(unquoted(field), ' '))
    end
);

-- Why a row is rejected; null if it is a reading.
create macro reject_reason(time_text, instant, value_text, bpm) as (
    case
        when coalesce(trim(time_text, ' "'), '') = '' then 'no timestamp'
        when instant is null then 'timestamp not understood'
        when coalesce(trim(value_text, ' "'), '') = '' then 'no value'
        when bpm is null then 'value is not a number'
        when isnan(bpm) or isinf(bpm) then 'value is not finite'
        when not is_heart_rate(bpm) then 'value is not a heart rate (over 0, up to 300)'
    end
);

-- Why a row of a file with local times is rejected; null if its time isn't an instant.
create macro instant_among_local_times(time_text) as (
    case
        when instant_with_offset(time_text) is not null
            then 'an instant (with Z or an offset) in a file of local times'
    end
);

-- Why a row of a file with instants is rejected; null if its time isn't a local time.
create macro local_time_among_instants(time_text) as (
    case
        when iso_local_time(time_text) is not null
            then 'a local time (without Z or an offset) in a file of instants'
    end
);

-- Why a line is rejected before its fields are read; null if it isn't. The copy
-- (loader/read/file_copy.py) contains bytes that are not UTF-8 as escapes.
create macro line_reject_reason(line, delimiter, fewest, most) as (
    case
        when trim(line, ' ') = '' then 'blank line'
        when strlen(line) > 1000 then 'line too long'
        when contains(line, '\x00') then 'NUL byte'
        when contains(line, '\x') then 'not UTF-8'
        when len(string_split(line, delimiter)) < fewest then 'too few columns'
        when len(string_split(line, delimiter)) > most then 'too many columns'
    end
);

-- Whether a row of time, value and optionally a data source has no other columns. The source may be
-- in quotes and contain the delimiter.
create macro source_fits(third_field, fourth_field, column_count) as (
    third_field is null
    or (column_count = 3 and (fourth_field is null or trim(third_field) like '"%'))
);

-- The data source of such a row as it is written; null if it has none. device_name is too slow for every row.
create macro data_source(third_field, fourth_field, fifth_field, delimiter) as (
    case
        when fourth_field is null then third_field
        else concat_ws(delimiter, third_field, fourth_field, fifth_field)
    end
);

-- The name of a device or app, as a field has it; empty if there is none. The ledger's key has room for 80
-- characters.
create macro device_name(field) as (left(coalesce(unquoted(field), ''), 80));

-- The largest number of columns that the line of such a row may have.
create macro most_columns(line, delimiter, column_count) as (
    case
        when column_count = 3 and split_part(line, delimiter, 3) like '"%' then 1000
        else column_count
    end
);

-- Grain: one row per line of the copies, in their order. The copies have only complete lines of
-- clean text, so every line is one row. A missing field is null, an empty one is empty; fields after
-- the fifth are dropped.
create macro csv_fields(copies, delimiter) as table (
    select
        parse_filename(filename, true) as file_name,
        first_field,
        second_field,
        third_field,
        fourth_field,
        fifth_field
    from read_csv(
        copies,
        filename = true,
        auto_detect = false,
        header = false,
        columns = {
            'first_field': 'VARCHAR',
            'second_field': 'VARCHAR',
            'third_field': 'VARCHAR',
            'fourth_field': 'VARCHAR',
            'fifth_field': 'VARCHAR'
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

-- Grain: one row per line of the copies, unchanged.
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

-- The fields of a line. A delimiter within quotes is part of a field, if each quote is closed. Only a line with
-- quotes needs the slower pattern.
create macro line_fields(line, delimiter) as (
    case
        when contains(line, '"') and (strlen(line) - strlen(replace(line, '"', ''))) % 2 = 0
            then regexp_extract_all(
                line || delimiter,
                '([^' || delimiter || '"]*(?:"[^"]*"[^' || delimiter || '"]*)*)' || delimiter,
                1
            )
        else string_split(line, delimiter)
    end
);

-- The field of a row with this role (loader/readers/generic_csv.py); null if no column has it.
create macro field_of(fields, layout, role) as (fields[list_position(layout['roles'], role)]);

-- The time of a row, in one column or two.
create macro generic_time(fields, layout) as (
    case
        when list_contains(layout['roles'], 'date')
            then unquoted(field_of(fields, layout, 'date')) || ' ' || unquoted(field_of(fields, layout, 'time'))
        else field_of(fields, layout, 'time')
    end
);

-- Grain: one row per line of the copies, in their order: what the line's columns of these roles are.
create macro generic_fields(copies, delimiter, layout) as table (
    select
        file_name,
        line,
        participant_of(field_of(fields, layout, 'participant')) as participant_id,
        generic_time(fields, layout) as time_text,
        field_of(fields, layout, 'value') as value_text,
        field_of(fields, layout, 'confidence') as confidence_text,
        list_contains(layout['roles'], 'participant') and participant_id is null as lacks_participant,
        len(fields) as field_count,
        field_count = len(layout['roles']) and not lacks_participant as fits
    from (
        select
            parse_filename(filename, true) as file_name,
            line,
            line_fields(line, delimiter) as fields
        from read_csv(
            copies,
            filename = true,
            auto_detect = false,
            header = false,
            columns = {'line': 'VARCHAR'},
            -- As in csv_lines.
            delim = chr(31),
            nullstr = chr(30),
            quote = '',
            escape = '',
            new_line = '\n',
            max_line_size = 1000000,
            buffer_size = 8000000
        )
    )
);

-- Why a line is rejected, for its own sake; null if it isn't.
create macro generic_reject_reason(line, field_count, lacks_participant, layout) as (
    coalesce(
        line_reject_reason(line, chr(31), 1, 1),
        case
            when field_count < len(layout['roles']) then 'too few columns'
            when field_count > len(layout['roles']) then 'too many columns'
            when lacks_participant then 'no participant'
        end
    )
);

-- Grain: one row per record of Takeout's JSON, in their order.
create macro takeout_records(copies) as table (
    select
        parse_filename(filename, true) as file_name,
        "dateTime" as time_text, -- noqa: RF06
        value.bpm as value_text,
        value.confidence as confidence_text
    from read_json(
        copies,
        filename = true,
        format = 'array',
        columns = {'dateTime': 'VARCHAR', 'value': 'STRUCT(bpm VARCHAR, confidence VARCHAR)'}
    )
);

-- Grain: one row per record of Takeout's JSON, unchanged.
create macro takeout_raw_records(copies) as table (
    select
        row_number() over () as row_number,
        json::varchar as raw,
        json ->> '$.dateTime' as time_text,
        json ->> '$.value.bpm' as value_text
    from read_json_objects(copies, format = 'array')
);
