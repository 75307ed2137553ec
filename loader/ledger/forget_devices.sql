-- A bulk load records the devices of every day from the floor on again.
delete from ingest.devices
where %(floor)s::date is null or day >= %(floor)s::date
