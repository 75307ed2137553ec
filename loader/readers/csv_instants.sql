-- With Z, an offset, or since 1970; without, only in a column that is in UTC.
create macro generic_instant(time_text, grammar) as (
    case
        when grammar in ('seconds', 'milliseconds')
            then counted_instant(with_decimal_point(time_text), grammar)
        else coalesce(
            instant_with_offset(time_text),
            epoch_instant(with_decimal_point(time_text)),
            case when grammar = 'utc' then utc_instant(time_text) end
        )
    end
);

create macro csv_instants(copies, delimiter, layout) as table (
    select
        file_name,
        participant_id,
        generic_instant(time_text, layout['times']) as timestamp,
        number(with_decimal_point(value_text)) as value,
        confidence(unquoted(confidence_text)) as confidence,
        fits
    from generic_fields(copies, delimiter, layout)
);

create macro csv_instants_rejected(copies, delimiter, layout) as table (
    select
        row_number() over () as row_number,
        line as raw,
        coalesce(
            generic_reject_reason(line, field_count, lacks_participant, layout),
            case when layout['times'] <> 'utc' then local_time_among_instants(time_text) end,
            reject_reason(
                time_text,
                generic_instant(time_text, layout['times']),
                value_text,
                number(with_decimal_point(value_text))
            )
        ) as reason
    from generic_fields(copies, delimiter, layout)
);
