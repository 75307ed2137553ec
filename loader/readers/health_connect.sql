-- Grain: one row per sample of the rewritten databases, in their order. A sample whose fields are not
-- whole numbers, or that has no record, has only raw and reason.
create macro health_connect_rows(copies) as table (
    select
        parse_filename(filename, true) as file_name,
        millis,
        value as beats_per_minute,
        device,
        raw,
        reason
    from read_json(
        copies,
        filename = true,
        format = 'newline_delimited',
        columns = {
            'millis': 'BIGINT',
            'value': 'BIGINT',
            'device': 'VARCHAR',
            'raw': 'VARCHAR',
            'reason': 'VARCHAR'
        }
    )
);

-- The instant of milliseconds since 1970, with them; the bounds only prevent an overflow.
create macro instant_of_millis(millis) as (
    in_supported_years(
        case
            when millis between -10000000000000 and 10000000000000 then make_timestamp(millis * 1000)
        end
    )
);

create macro health_connect(copies, delimiter, column_count) as table (
    select
        file_name,
        null as participant_id,
        instant_of_millis(millis) as timestamp,
        beats_per_minute::double as value,
        null as confidence,
        reason is null as fits,
        device
    from health_connect_rows(copies)
);

create macro health_connect_rejected(copies, delimiter, column_count) as table (
    select
        row_number() over () as row_number,
        coalesce(
            raw, {'epoch_millis': millis, 'beats_per_minute': beats_per_minute}::json::varchar
        ) as raw,
        coalesce(
            reason,
            reject_reason(
                millis::varchar,
                instant_of_millis(millis),
                beats_per_minute::varchar,
                beats_per_minute::double
            )
        ) as reason
    from health_connect_rows(copies)
);
