create macro google_health_csv(copies, delimiter, column_count) as table (
    select
        file_name,
        null as participant_id,
        instant_with_offset(first_field) as timestamp,
        number(second_field) as value,
        null as confidence,
        source_fits(third_field, fourth_field, column_count) as fits,
        data_source(third_field, fourth_field, fifth_field, delimiter) as device
    from csv_fields(copies, delimiter)
);

create macro google_health_csv_rejected(copies, delimiter, column_count) as table (
    select
        line_number as row_number,
        line as raw,
        split_part(line, delimiter, 1) as time_text,
        split_part(line, delimiter, 2) as value_text,
        coalesce(
            line_reject_reason(line, delimiter, 2, most_columns(line, delimiter, column_count)),
            reject_reason(
                time_text, instant_with_offset(time_text), value_text, number(value_text)
            )
        ) as reason
    from csv_lines(copies)
);
