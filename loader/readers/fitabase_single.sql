create macro fitabase_single_rows(copies, delimiter, day_first) as table (
    select
        file_name,
        null as participant_id,
        study_time(first_field, day_first) as timestamp,
        number(second_field) as value,
        null as confidence,
        third_field is null as fits
    from csv_fields(copies, delimiter)
);

create macro fitabase_single_rows_rejected(copies, delimiter, day_first) as table (
    select
        line_number as row_number,
        line as raw,
        split_part(line, delimiter, 1) as time_text,
        split_part(line, delimiter, 2) as value_text,
        coalesce(
            line_reject_reason(line, delimiter, 2, 2),
            instant_among_local_times(time_text),
            reject_reason(
                time_text, study_time(time_text, day_first), value_text, number(value_text)
            )
        ) as reason
    from csv_lines(copies)
);

create macro fitabase_single(copies, delimiter, column_count) as table (
    from fitabase_single_rows(copies, delimiter, false)
);

create macro fitabase_single_rejected(copies, delimiter, column_count) as table (
    from fitabase_single_rows_rejected(copies, delimiter, false)
);

create macro fitabase_single_day_first(copies, delimiter, column_count) as table (
    from fitabase_single_rows(copies, delimiter, true)
);

create macro fitabase_single_day_first_rejected(copies, delimiter, column_count) as table (
    from fitabase_single_rows_rejected(copies, delimiter, true)
);
