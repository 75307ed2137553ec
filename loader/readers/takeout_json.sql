create macro takeout_json(copies, delimiter, column_count) as table (
    select
        parse_filename(filename, true) as file_name,
        null as participant_id,
        american_instant("dateTime") as timestamp, -- noqa: RF06
        number(value.bpm) as value,
        confidence(value.confidence) as confidence,
        true as fits
    from read_json(
        copies,
        filename = true,
        format = 'array',
        columns = {'dateTime': 'VARCHAR', 'value': 'STRUCT(bpm VARCHAR, confidence VARCHAR)'}
    )
);

create macro takeout_json_rejected(copies, delimiter, column_count) as table (
    select
        row_number() over () as row_number,
        json::varchar as raw,
        json ->> '$.dateTime' as time_text,
        json ->> '$.value.bpm' as value_text,
        reject_reason(time_text, american_instant(time_text), value_text, number(value_text)) as reason
    from read_json_objects(copies, format = 'array')
);
