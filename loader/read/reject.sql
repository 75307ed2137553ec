-- Keep the first $most rejected rows of one file, with their line number, text and reason: a second pass
-- over the copy.
insert into rejected
select
    $file_id,
    row_number - 1 + $first_row,
    left(raw, 1000),
    reason
from {relation}_rejected([$copy], $delimiter, $columns)
where
    row_number in (
        select rowid - $first_rowid + 1
        from readings
        where
            source_id in (select source_id from sources where file_id = $file_id)
            and timestamp is null
        order by rowid
        limit $looked_at
    )
    and reason <> 'blank line'
order by row_number
limit $most
