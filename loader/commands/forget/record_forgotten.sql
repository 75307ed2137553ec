-- Record that a participant was erased, when, and how many readings they had.
insert into ingest.forgotten (readings)
values (%(readings)s)
