-- Grain: one row per 365 UTC days of a participant with hours, from the first to the last; each column is an
-- array over the hours.
copy (
    select
        hours.starts,
        hours.readings,
        hours.covered,
        hours.means,
        hours.deviations,
        hours.means_of_readings,
        hours.lowest,
        hours.highest
    from (
        select
            date_trunc('day', min(hour)) as first_day,
            max(hour) as last_hour
        from marts.heart_rate_hour
        where
            participant_id = %(participant)s
            and hour >= %(start)s
            and hour < %(end)s
    ) as span
    cross join generate_series(span.first_day, span.last_hour, interval '365 days') as slices (slice_start)
    cross join
        lateral (
            select
                array_agg(hour order by hour) as starts,
                array_agg(readings order by hour) as readings,
                array_agg(minutes_covered order by hour) as covered,
                array_agg(mean_bpm order by hour) as means,
                array_agg(sd_bpm order by hour) as deviations,
                array_agg(mean_of_readings_bpm order by hour) as means_of_readings,
                array_agg(min_bpm order by hour) as lowest,
                array_agg(max_bpm order by hour) as highest
            from marts.heart_rate_hour
            where
                participant_id = %(participant)s
                and hour >= greatest(slices.slice_start, %(start)s)
                and hour < least(slices.slice_start + interval '365 days', %(end)s)
            having count(*) > 0
        ) as hours
) to stdout (format binary) -- noqa: PRS
