-- Grain: one row. The participant's clock and birth year, or dbt's defaults (dbt_project.yml).
select
    coalesce(max(time_zone), 'UTC') as time_zone,
    coalesce(max(birth_year), 1985) as birth_year
from marts.participants
where participant_id = %(participant)s
