-- The data source may be in quotes and contain the delimiter.
create macro takeout_csv_fits(third_field, fourth_field, column_count) as (
    third_field is null
    or (column_count = 3 and (fourth_field is null or trim(third_field) like '"%'))
);

create macro takeout_csv(copies, delimiter, column_count) as table (
    select
        file_name,
        null as participant_id,
        utc_instant(first_field) as timestamp,
        number(second_field) as value,
        null as confidence,
        takeout_csv_fits(third_field, fourth_field, column_count) as fits
    from csv_fields(copies, delimiter)
);

create macro takeout_csv_rejected(copies, delimiter, column_count) as table (
    select
        line_number as row_number,
        line as raw,
        split_part(line, delimiter, 1) as time_text,
        split_part(line, delimiter, 2) as value_text,
        coalesce(
            line_reject_reason(
                line,
                delimiter,
                2,
                case
                    when column_count = 3 and split_part(line, delimiter, 3) like '"%' then 1000
                    else column_count
                end
            ),
            reject_reason(time_text, utc_instant(time_text), value_text, number(value_text))
        ) as reason
    from csv_lines(copies)
);
