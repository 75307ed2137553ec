-- Grain: one row per participant and UTC day with readings, in the order of the participants named and of time;
-- the other columns are arrays over the day's readings. The bounds are literals, so that only the chunks between are
-- planned; each lateral needs the row before it, so the order is that of the rows.
copy (
    select
        named.participant_id,
        readings.timestamps,
        readings.bpm,
        readings.confidences
    from unnest(%(participants)s::text[]) as named (participant_id)
    cross join
        lateral (
            select
                date_trunc('day', min(timestamp)) as first_day,
                max(timestamp) as last_reading
            from public.heart_rate
            where
                participant_id = named.participant_id
                and timestamp >= %(start)s
                and timestamp < %(end)s
        ) as span
    cross join
        lateral generate_series(span.first_day, span.last_reading, interval '1 day') as slices (slice_start)
    cross join
        lateral (
            select
                array_agg(timestamp order by timestamp) as timestamps,
                array_agg(value order by timestamp) as bpm,
                array_agg(confidence order by timestamp) as confidences
            from public.heart_rate
            where
                participant_id = named.participant_id
                and timestamp >= slices.slice_start
                and timestamp < slices.slice_start + interval '1 day'
                and timestamp >= %(start)s
                and timestamp < %(end)s
            having count(*) > 0
        ) as readings
) to stdout (format binary) -- noqa: PRS
