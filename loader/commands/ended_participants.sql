-- Grain: one row per participant who no longer wears the device. As JSON, because the table of an earlier version,
-- or from a seed of one's own, may lack the column.
select seed.participant_id
from marts.participants as seed
where (to_jsonb(seed) ->> 'ended_on')::date < (now() at time zone 'UTC')::date
