-- Grain: one row per UTC day of a participant with readings that count, from the first to the last; each column
-- is an array over the day's readings.
copy (
    select
        readings.timestamps,
        readings.bpm
    from (
        select
            date_trunc('day', min(timestamp)) as first_day,
            max(timestamp) as last_reading
        from heart_rate
        where
            participant_id = %(participant)s
            and timestamp >= %(start)s
            and timestamp < %(end)s
    ) as span
    cross join generate_series(span.first_day, span.last_reading, interval '1 day') as slices (slice_start)
    cross join
        lateral (
            select
                array_agg(timestamp order by timestamp) as timestamps,
                array_agg(value order by timestamp) as bpm
            from heart_rate
            where
                participant_id = %(participant)s
                and timestamp >= greatest(slices.slice_start, %(start)s)
                and timestamp < least(slices.slice_start + interval '1 day', %(end)s)
                and (confidence is null or confidence >= %(min_confidence)s)
            having count(*) > 0
        ) as readings
) to stdout (format binary) -- noqa: PRS
