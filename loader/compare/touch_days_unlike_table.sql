-- The participant-days in which the table does not hold what the files together give.
insert into touched
select
    settled_days.participant_id,
    settled_days.day
from settled_days
left join table_days
    on settled_days.participant_id = table_days.participant_id and settled_days.day = table_days.day
where
    settled_days.readings is distinct from table_days.readings
    or settled_days.checksum is distinct from table_days.checksum
