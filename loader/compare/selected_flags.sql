-- Grain: one row. The selected participant-days as a list of flags: `days` entries from `first_day` on for each
-- person. The delta looks up its rows in it, because a join would change their order and need a sort.
create or replace table selected_flags as
with bounds as (
    select
        min(day) as first_day,
        (max(day) - min(day) + 1)::bigint as days
    from selected_days
),

places as (
    select distinct people.person * bounds.days + (selected_days.day - bounds.first_day) as place
    from selected_days
    inner join people on selected_days.participant_id = people.participant_id
    cross join bounds
)

select
    bounds.first_day,
    bounds.days,
    list(places.place is not null order by every.place) as is_selected
from bounds
cross join (
    select unnest(range((select count(*) from people) * (select days from bounds))) as place
) as every
left join places on every.place = places.place
group by bounds.first_day, bounds.days
