-- Why rows were rejected, how often, and the first such row.
select
    rejected.reason,
    count(*) as times,
    arg_min(files.path, (rejected.file_id, rejected.line)) as path,
    arg_min(rejected.line, (rejected.file_id, rejected.line)) as line,
    arg_min(rejected.raw, (rejected.file_id, rejected.line)) as raw
from rejected
inner join files on rejected.file_id = files.file_id
group by rejected.reason
order by times desc, rejected.reason asc
