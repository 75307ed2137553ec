-- Keep that every partition of some buckets was written or removed, as far as the ledger or the files know one.
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
