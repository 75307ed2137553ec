-- ISO, or as the format.yml says with the day or the month first.
create macro generic_local_time(time_text, grammar) as (
    case
        when grammar in ('day first', 'month first')
            then study_time(with_slashes(time_text), grammar = 'day first')
        else iso_local_time(time_text)
    end
);

create macro csv_local(copies, delimiter, layout) as table (
    select
        file_name,
        participant_id,
        generic_local_time(time_text, layout['times']) as timestamp,
        number(with_decimal_point(value_text)) as value,
        confidence(unquoted(confidence_text)) as confidence,
        fits
    from generic_fields(copies, delimiter, layout)
);

create macro csv_local_rejected(copies, delimiter, layout) as table (
    select
        row_number() over () as row_number,
        line as raw,
        coalesce(
            generic_reject_reason(line, field_count, lacks_participant, layout),
            instant_among_local_times(
                coalesce(
                    epoch_instant(with_decimal_point(time_text))::varchar || 'Z',
                    time_text
                )
            ),
            reject_reason(
                time_text,
                generic_local_time(time_text, layout['times']),
                value_text,
                number(with_decimal_point(value_text))
            )
        ) as reason
    from generic_fields(copies, delimiter, layout)
);
