-- Fails with what is staged and not in the table. Reading by reading up to a quarter of a million staged
-- ones, a night of several wearers; by participant above that, where a join would cost as much as the
-- merge; and by participant after a bulk load, which leaves nothing in staging to compare with. `make
-- verify` compares every reading of any history with the files.
{% set batch = source('staging', 'batch') %}
{% set delta = source('staging', 'heart_rate') %}
{% set touched_days = source('staging', 'touched_days') %}
{% set staged = run_query(
    "select (select coalesce(sum(readings), 0) from " ~ batch ~ ") as readings, "
    ~ "exists (select from " ~ delta ~ ") as to_compare, "
    ~ "(select min(participant_id) from " ~ touched_days ~ ") as first_person, "
    ~ "(select max(participant_id) from " ~ touched_days ~ ") as last_person"
).rows[0] if execute else {'readings': 0, 'to_compare': true} %}
with staged as (
    select * from {{ ref('stg_heart_rate') }}
),

heart_rate as (
    select * from {{ ref('heart_rate') }}
    where {{ in_touched_days('timestamp') }}
),

touched_days as (
    select * from {{ touched_days }}
)

{# A bulk load reaches the default target only. -#}
{% if not is_default_target() or staged['to_compare'] and (staged['readings'] <= 250000 or var('full_tests')) %}
select
    staged.participant_id,
    staged.timestamp,
    staged.value as staged_value,
    heart_rate.value as table_value
from staged
left join heart_rate
    on
        staged.participant_id = heart_rate.participant_id
        and staged.timestamp = heart_rate.timestamp
where
    (staged.value, staged.confidence)
    is distinct from (heart_rate.value, heart_rate.confidence)
{% else %}
select
    staged_counts.participant_id,
    staged_counts.readings as staged_readings,
    table_counts.readings as table_readings
from (
    select participant_id, sum(readings) as readings
    from touched_days
    group by participant_id
) as staged_counts
left join (
    {% if staged['first_person'] == staged['last_person'] %}
    -- Not grouped, and not by a where: grouping a year costs 3 s of work, and without statistics, as
    -- after a first load, a where would be looked up in the index; this costs 2.
    -- The name is asked for and not written here: what dbt compiles is kept, and shown in its docs.
    select
        (select min(touched_days.participant_id) from touched_days)
        as participant_id,
        count(*) filter (
            where participant_id = (
                select min(touched_days.participant_id) from touched_days
            )
        ) as readings
    from heart_rate
    {% else %}
    select participant_id, count(*) as readings
    from heart_rate
    group by participant_id
    {% endif %}
) as table_counts
    on staged_counts.participant_id = table_counts.participant_id
where staged_counts.readings > coalesce(table_counts.readings, 0)
{% endif %}
