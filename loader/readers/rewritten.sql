-- Grain: one row per line that loader/readers/rewritten.py wrote, in their order.
create macro rewritten_rows(copies) as table (
    select
        parse_filename(filename, true) as file_name,
        clock as clock_text,
        value as value_text,
        device,
        raw,
        reason
    from read_json(
        copies,
        filename = true,
        format = 'newline_delimited',
        columns = {
            'clock': 'VARCHAR',
            'value': 'VARCHAR',
            'device': 'VARCHAR',
            'raw': 'VARCHAR',
            'reason': 'VARCHAR'
        }
    )
);

create macro rewritten(copies, delimiter, column_count) as table (
    select
        file_name,
        null as participant_id,
        utc_instant(clock_text) as timestamp,
        number(value_text) as value,
        null as confidence,
        reason is null as fits,
        device
    from rewritten_rows(copies)
);

create macro rewritten_rejected(copies, delimiter, column_count) as table (
    select
        row_number() over () as row_number,
        coalesce(raw, {'time': clock_text, 'value': value_text}::json::varchar) as raw,
        coalesce(
            reason,
            reject_reason(clock_text, utc_instant(clock_text), value_text, number(value_text))
        ) as reason
    from rewritten_rows(copies)
);
