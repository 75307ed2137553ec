alter table by_hand add primary key (participant_id, timestamp);
