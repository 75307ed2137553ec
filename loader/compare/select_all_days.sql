-- Every participant-day the files give.
insert into selected_days
select
    participant_id,
    day
from deduplicated_days
