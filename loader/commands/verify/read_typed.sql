-- Grain: one row per UTC day of one plain file, as DuckDB's own CSV reader reads it.
insert into typed_days
select
    $participant_id,
    timestamp::date as day,
    count(*) as readings,
    day_checksum(reading_hash(timestamp, measurement_of(value, confidence))) as checksum
from {relation}_typed($path, $delimiter, $header_lines)
where is_heart_rate(value) and in_supported_years(timestamp) is not null
group by day
