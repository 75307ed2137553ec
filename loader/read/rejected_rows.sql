-- Grain: one row per rejected row that was kept, with its line number in the file.
select
    files.path,
    rejected.line,
    rejected.raw,
    rejected.reason
from rejected
inner join files on rejected.file_id = files.file_id
order by rejected.file_id, rejected.line
