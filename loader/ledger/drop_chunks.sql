-- Drop the chunks that end at an instant, or before. A session that waits for a lock holds up those that read, so this
-- gives up.
set local lock_timeout = '2s';
select count(*) from drop_chunks('public.heart_rate', older_than => %(range_end)s::timestamptz);
