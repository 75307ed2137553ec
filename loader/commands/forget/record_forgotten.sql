-- Keep that somebody was erased: when, and how many readings.
insert into ingest.forgotten (readings)
values (%(readings)s)
