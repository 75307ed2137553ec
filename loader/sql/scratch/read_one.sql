-- Grain: one row per row of one file, in its order; what is no reading gets a null timestamp.
insert into {target}
select
    $file_id,
    coalesce(participant_id, $participant_id),
    case when value > 0 and value <= 300 and fits then timestamp end,
    value,
    confidence
from {relation}([$snapshot], $delimiter, $columns)
