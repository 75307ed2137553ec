-- Select the participant-days on which the table differs from the files.
insert into selected_days
select
    deduplicated_days.participant_id,
    deduplicated_days.day
from deduplicated_days
left join table_days
    on deduplicated_days.participant_id = table_days.participant_id and deduplicated_days.day = table_days.day
where
    deduplicated_days.readings is distinct from table_days.readings
    or deduplicated_days.checksum is distinct from table_days.checksum
