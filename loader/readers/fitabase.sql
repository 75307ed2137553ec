create macro fitabase_rows(copies, delimiter, day_first) as table (
    select
        file_name,
        participant_of(first_field) as participant_id,
        study_time(second_field, day_first) as timestamp,
        number(third_field) as value,
        null as confidence,
        fourth_field is null and participant_of(first_field) is not null as fits
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
            case when participant_of(participant_text) is null then 'no participant' end,
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
