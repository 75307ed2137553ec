-- The marts have been built with every limit of zones that is recorded.
delete from ingest.changed_limits
