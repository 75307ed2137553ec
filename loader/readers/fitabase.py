"""Fitabase's ``heartrate_seconds_merged.csv``: ``Id,Time,Value``, many participants in one file.

``4/12/2016 7:21:00 AM`` is the study's local time, of a zone that the file does not name.
"""

from loader.readers.base import Reader, claims_header

MACROS = """
-- A participant of 1 to 200 bytes of text; the snapshot wrote bytes that are no text as escapes.
create macro fitabase_participant(field) as (
    case
        when not contains(field, '\\') and strlen(unquoted(field)) between 1 and 200
            then unquoted(field)
    end
);

create macro fitabase(snapshots, delimiter, column_count) as table (
    select
        file_name,
        fitabase_participant(first_field) as participant_id,
        coalesce(
            american_instant(second_field), american_instant(unquoted(second_field))
        ) as timestamp,
        number(third_field) as value,
        null as confidence,
        fourth_field is null and fitabase_participant(first_field) is not null as fits
    from csv_fields(snapshots, delimiter)
);

create macro fitabase_rejected(snapshots, delimiter, column_count) as table (
    select
        line_number as row_number,
        line as raw,
        split_part(line, delimiter, 1) as participant_text,
        split_part(line, delimiter, 2) as time_text,
        split_part(line, delimiter, 3) as value_text,
        coalesce(
            line_complaint(line, delimiter, 3, 3),
            case when fitabase_participant(participant_text) is null then 'no participant' end,
            complaint(
                time_text, american_instant(unquoted(time_text)), value_text, number(value_text)
            )
        ) as reason
    from csv_lines(snapshots)
);
"""

READER = Reader(
    name="fitabase",
    rank=200,
    expected="Id,Time,Value (Fitabase)",
    times="local",
    lines=True,
    claims=claims_header(("id",), ("time",), ("value",)),
    relation="fitabase",
    macros=MACROS,
    names_participants=True,
)
