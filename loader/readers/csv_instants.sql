-- With Z, an offset, or since 1970; without, only in a column that is in UTC.
create macro generic_instant(time_text, roles) as (
    coalesce(
        instant_with_offset(time_text),
        epoch_instant(with_decimal_point(time_text)),
        case when list_contains(roles, 'utc') then utc_instant(time_text) end
    )
);

create macro csv_instants(copies, delimiter, roles) as table (
    select
        file_name,
        null as participant_id,
        generic_instant(time_text, roles) as timestamp,
        number(with_decimal_point(value_text)) as value,
        null as confidence,
        has_all_columns as fits
    from generic_fields(copies, delimiter, roles)
);

create macro csv_instants_rejected(copies, delimiter, roles) as table (
    select
        row_number,
        raw,
        time_text,
        value_text,
        coalesce(
            line_reject_reason(raw, delimiter, len(roles), len(roles)),
            case
                when not list_contains(roles, 'utc') then local_time_among_instants(time_text)
            end,
            reject_reason(
                time_text,
                generic_instant(time_text, roles),
                value_text,
                number(with_decimal_point(value_text))
            )
        ) as reason
    from generic_lines(copies, delimiter, roles)
);
