create macro takeout_json_local(copies, delimiter, column_count) as table (
    select
        file_name,
        null as participant_id,
        iso_local_time(time_text) as timestamp,
        number(value_text) as value,
        confidence(confidence_text) as confidence,
        true as fits
    from takeout_records(copies)
);

create macro takeout_json_local_rejected(copies, delimiter, column_count) as table (
    select
        row_number,
        raw,
        time_text,
        value_text,
        coalesce(
            instant_among_local_times(time_text),
            case
                when american_instant(time_text) is not null
                    then 'an American time, which may be UTC, in a file of local times'
            end,
            reject_reason(time_text, iso_local_time(time_text), value_text, number(value_text))
        ) as reason
    from takeout_raw_records(copies)
);
