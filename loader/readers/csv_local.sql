create macro csv_local(copies, delimiter, roles) as table (
    select
        file_name,
        null as participant_id,
        iso_local_time(time_text) as timestamp,
        number(with_decimal_point(value_text)) as value,
        null as confidence,
        has_all_columns as fits
    from generic_fields(copies, delimiter, roles)
);

create macro csv_local_rejected(copies, delimiter, roles) as table (
    select
        row_number,
        raw,
        time_text,
        value_text,
        coalesce(
            line_reject_reason(raw, delimiter, len(roles), len(roles)),
            instant_among_local_times(
                coalesce(
                    epoch_instant(with_decimal_point(time_text))::varchar || 'Z',
                    time_text
                )
            ),
            reject_reason(
                time_text,
                iso_local_time(time_text),
                value_text,
                number(with_decimal_point(value_text))
            )
        ) as reason
    from generic_lines(copies, delimiter, roles)
);
