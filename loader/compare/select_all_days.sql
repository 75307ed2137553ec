-- Select every participant-day of the files.
insert into selected_days
select
    participant_id,
    day
from deduplicated_days
