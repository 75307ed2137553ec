create macro hr_csv(copies, delimiter, column_count) as table (
    select
        file_name,
        null as participant_id,
        utc_instant(first_field) as timestamp,
        number(second_field) as value,
        null as confidence,
        third_field is null as fits
    from csv_fields(copies, delimiter)
);

-- An independent way to read the same file: DuckDB's, in place. A row that it can't read is an
-- error, because a skipped row might be one that the table has lost. It accepts extra spaces, a
-- missing zero, 6_1 and epoch, which the loader rejects. The table then lacks that row, and verify
-- reads the file in the loader's way.
create macro hr_csv_typed(path, delimiter, header_lines) as table (
    select
        timestamp,
        value,
        null as confidence
    from read_csv(
        path,
        auto_detect = false,
        header = false,
        skip = header_lines,
        columns = {'timestamp': 'TIMESTAMP', 'value': 'DOUBLE'},
        timestampformat = '%Y-%m-%d %H:%M:%S',
        delim = delimiter,
        buffer_size = 8000000
    )
);

create macro hr_csv_rejected(copies, delimiter, column_count) as table (
    select
        line_number as row_number,
        line as raw,
        split_part(line, delimiter, 1) as time_text,
        split_part(line, delimiter, 2) as value_text,
        coalesce(
            line_reject_reason(line, delimiter, 2, 2),
            reject_reason(time_text, utc_instant(time_text), value_text, number(value_text))
        ) as reason
    from csv_lines(copies)
);
