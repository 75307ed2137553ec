-- The next run loads the seeds again (loader/transform/unchanged.py): the participant's row of one was erased, and the
-- file of the seed may still have it.
delete from ingest.project
