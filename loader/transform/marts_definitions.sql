-- Grain: one row. Whether a participant's marts have other definitions than the present ones. The oldest
-- version of the table has no column for them.
select
    coalesce(
        bool_or((to_jsonb(built) ->> 'definitions')::integer is distinct from %s), false
    ) as have_others
from marts.heart_rate_participant as built
