-- The files whose limits of zones are recorded.
select distinct path from ingest.zone_limits
