-- Grain: one row per file, participant and local day.
select
    path,
    participant_id,
    day,
    rank,
    moderate_from_bpm,
    vigorous_from_bpm,
    peak_from_bpm
from ingest.zone_limits
where participant_id <> all(%(left_out)s::text[])
order by participant_id, day, path
