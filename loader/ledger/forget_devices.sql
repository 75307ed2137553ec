-- A bulk load records the devices of every day again.
delete from ingest.devices
