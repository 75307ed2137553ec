-- How many participant-days have limits that the marts don't have yet.
select count(*) from ingest.changed_limits
