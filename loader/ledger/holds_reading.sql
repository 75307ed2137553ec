-- Whether the table has this very reading.
select 1
from public.heart_rate
where participant_id = %s and timestamp = %s
