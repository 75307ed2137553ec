-- Grain: one row per participant, with the settings that its marts were built with.
select
    coverage.participant_id,
    coverage.first_reading,
    coverage.last_reading,
    coverage.days_with_data,
    coverage.valid_days,
    extract(epoch from coverage.longest_gap)::double precision / 3600 as longest_gap_hours,
    coverage.latest_arrival,
    coverage.late_readings,
    participant.time_zone,
    participant.birth_year,
    participant.valid_day_hours,
    participant.resting_minutes,
    participant.zone_rule,
    participant.zone_resting_days
from marts.heart_rate_coverage as coverage
inner join marts.heart_rate_participant as participant
    on coverage.participant_id = participant.participant_id
order by coverage.participant_id
