-- Grain: one row per data point of plain pages, in their order.
create macro google_health_points(copies) as table (
    select
        file_name,
        point['heartRate']['sampleTime']['physicalTime'] as time_text,
        point['heartRate']['beatsPerMinute'] as value_text,
        point['dataSource']['device']['displayName'] as device
    from (
        select
            parse_filename(filename, true) as file_name,
            unnest("dataPoints") as point -- noqa: RF06
        from read_json(
            copies,
            filename = true,
            format = 'unstructured',
            columns = {
                'dataPoints': 'STRUCT(
                    "heartRate" STRUCT("sampleTime" STRUCT("physicalTime" VARCHAR), "beatsPerMinute" VARCHAR),
                    "dataSource" STRUCT("device" STRUCT("displayName" VARCHAR))
                )[]',
                -- A top-level key without a column makes DuckDB ten times slower.
                'nextPageToken': 'VARCHAR'
            }
        )
    )
);

-- An instant as the API itself writes it. Every other form is left to the strict parser.
create macro google_health_instant(field) as (
    case when field glob '????-??-??T??:??:??*Z' then utc_instant(field) end
);

-- If anything of a point is missing or unusual, it is no reading here, and the strict parser reads its page.
create macro google_health_json(copies, delimiter, column_count) as table (
    select
        file_name,
        null as participant_id,
        google_health_instant(time_text) as timestamp,
        number(value_text) as value,
        null as confidence,
        coalesce(device <> '' and device = trim(device, ' ') and length(device) <= 80, false) as fits,
        device
    from google_health_points(copies)
);
