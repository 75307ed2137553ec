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
create macro fitabase_participant(field) as (
    case
        when not contains(field, '\') and strlen(trim(unquoted(field), ' ')) between 1 and 200
            then normalized_id(trim(unquoted(field), ' '))
    end
);

create macro fitabase_rows(copies, delimiter, day_first) as table (
    select
        file_name,
        fitabase_participant(first_field) as participant_id,
        study_time(second_field, day_first) as timestamp,
        number(third_field) as value,
        null as confidence,
        fourth_field is null and fitabase_participant(first_field) is not null as fits
    from csv_fields(copies, delimiter)
);

create macro fitabase_rows_rejected(copies, delimiter, day_first) as table (
    select
        line_number as row_number,
        line as raw,
        split_part(line, delimiter, 1) as participant_text,
        split_part(line, delimiter, 2) as time_text,
        split_part(line, delimiter, 3) as value_text,
        coalesce(
            line_reject_reason(line, delimiter, 3, 3),
            case when fitabase_participant(participant_text) is null then 'no participant' end,
            instant_among_local_times(time_text),
            reject_reason(
                time_text, study_time(time_text, day_first), value_text, number(value_text)
            )
        ) as reason
    from csv_lines(copies)
);

create macro fitabase(copies, delimiter, column_count) as table (
    from fitabase_rows(copies, delimiter, false)
);

create macro fitabase_rejected(copies, delimiter, column_count) as table (
    from fitabase_rows_rejected(copies, delimiter, false)
);

create macro fitabase_day_first(copies, delimiter, column_count) as table (
    from fitabase_rows(copies, delimiter, true)
);

create macro fitabase_day_first_rejected(copies, delimiter, column_count) as table (
    from fitabase_rows_rejected(copies, delimiter, true)
);
