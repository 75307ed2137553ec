-- An instant: American, which is UTC, or ISO with Z or an offset.
create macro takeout_instant(field) as (
    coalesce(american_instant(field), instant_with_offset(field))
);

create macro takeout_json(copies, delimiter, column_count) as table (
    select
        file_name,
        null as participant_id,
        takeout_instant(time_text) as timestamp,
        number(value_text) as value,
        confidence(confidence_text) as confidence,
        true as fits
    from takeout_records(copies)
);

create macro takeout_json_rejected(copies, delimiter, column_count) as table (
    select
        row_number,
        raw,
        time_text,
        value_text,
        coalesce(
            local_time_among_instants(time_text),
            reject_reason(time_text, takeout_instant(time_text), value_text, number(value_text))
        ) as reason
    from takeout_raw_records(copies)
);
