-- Every participant-day the files give.
insert into touched
select
    participant_id,
    day
from settled_days
