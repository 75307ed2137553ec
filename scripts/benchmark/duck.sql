-- sqlfluff:dialect:duckdb
-- What DuckDB reads of the files.

-- name: rows
-- Grain: one row per reading of a file, in its order, as loader/stage/rows.py takes them.
select
    'me' as participant_id,
    epoch_us(timestamp) as timestamp_us,
    value,
    null::tinyint as confidence
from read_csv($file, columns = {'timestamp': 'timestamp', 'value': 'double'}, header = true);

-- name: scan
-- Grain: one row. DuckDB reads a file as fast as it can.
select
    count(*) as readings,
    sum(value) as total
from read_csv($file, columns = {'timestamp': 'timestamp', 'value': 'double'}, header = true);

-- name: file_contents
-- Grain: one row per file and UTC day: readings, and a sum in which every reading's second and its
-- ten-thousandths of a bpm count; an hr.csv has four decimals.
select
    filename,
    timestamp::date::varchar as day,
    count(*)::bigint as readings,
    sum((epoch(timestamp)::bigint % 86400 + 1) * round(value * 10000)::bigint)::bigint as checksum
from
    read_csv(
        $files,
        columns = {'timestamp': 'timestamp', 'value': 'double'},
        header = true,
        filename = true
    )
group by filename, day
order by filename, day;

-- name: read_takeout
-- DuckDB reads an archive of daily Takeout JSON files into a table, as one would by hand.
create table readings as
select
    strptime("dateTime", '%m/%d/%y %H:%M:%S') as timestamp, -- noqa: RF06
    value.bpm::double as value,
    value.confidence::tinyint as confidence
from read_json($files);

-- name: read_google_health
-- DuckDB reads pages of the Google Health API into a table, with the columns declared that it needs: with its own
-- detection, it takes twice as long.
create table readings as
select
    strptime(point['heartRate']['sampleTime']['physicalTime'], '%Y-%m-%dT%H:%M:%SZ') as timestamp,
    point['heartRate']['beatsPerMinute']::double as value,
    point['dataSource']['device']['displayName'] as device
from (
    select unnest("dataPoints") as point -- noqa: RF06
    from read_json(
        $files,
        columns = {
            'dataPoints': 'STRUCT(
                "heartRate" STRUCT("sampleTime" STRUCT("physicalTime" VARCHAR), "beatsPerMinute" VARCHAR),
                "dataSource" STRUCT("device" STRUCT("displayName" VARCHAR))
            )[]',
            'nextPageToken': 'VARCHAR'
        }
    )
);

-- name: folder_contents
-- Grain: one row per UTC day of what read_takeout or read_google_health read, as in file_contents.
select
    'me' as participant,
    timestamp::date::varchar as day,
    count(*)::bigint as readings,
    sum((epoch(timestamp)::bigint % 86400 + 1) * round(value * 10000)::bigint)::bigint as checksum
from readings
group by day
order by day;
