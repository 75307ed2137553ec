-- Grain: one row per data point of plain pages, in their order. DuckDB's format is newline_delimited for pages of one
-- line, which is a third faster, and otherwise unstructured.
create macro google_health_points(copies, json_format) as table (
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
            format = json_format,
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

-- If anything of a point is missing or unusual, it is no reading here, and the strict parser reads its page. So every
-- time has to be as the API itself writes it. (Not in a case around utc_instant: DuckDB would compute it three times.)
create macro google_health_readings(copies, json_format) as table (
    select
        file_name,
        null as participant_id,
        utc_instant(time_text) as timestamp,
        number(value_text) as value,
        null as confidence,
        coalesce(
            time_text glob '????-??-??T??:??:??*Z'
            and strlen(device) between 1 and 80
            and device not glob ' *'
            and device not glob '* ',
            false
        ) as fits,
        device
    from google_health_points(copies, json_format)
);

create macro google_health_json(copies, delimiter, column_count) as table (
    select
        file_name,
        participant_id,
        timestamp,
        value,
        confidence,
        fits,
        device
    from google_health_readings(copies, 'unstructured')
);

create macro google_health_json_of_one_line(copies, delimiter, column_count) as table (
    select
        file_name,
        participant_id,
        timestamp,
        value,
        confidence,
        fits,
        device
    from google_health_readings(copies, 'newline_delimited')
);
