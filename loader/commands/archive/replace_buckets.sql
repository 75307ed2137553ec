-- Record every partition of some buckets that the ledger or the files have as written or removed.
insert into written
select
    date_trunc($by, day)::date as first_day,
    bucket
from ledger
where bucket in (select unnest($buckets))
union
select
    first_day,
    bucket
from file_days
