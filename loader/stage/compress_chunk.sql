-- Compress a chunk that has got its readings, in the transaction that filled it.
select compress_chunk(format('%%I.%%I', %(schema)s::text, %(name)s::text)::regclass)
