"""The page of one participant."""

from scripts.report.headlines import headlines
from scripts.report.html import document, hours_long, local, table, text
from scripts.report.notable import unusual_days, workouts
from scripts.report.study import Study


def render(study: Study, study_page: str | None = None) -> str:
    """The HTML of the page.

    Args:
        study_page: the address of the study page, seen from this one, if there is one.
    """
    body = _sections(study, study_page) if study.person is not None else _EMPTY
    runs = _runs(study) if study.runs else ""
    return document("Heart rate", study.made_at, study.time_zone, body + runs + _storage(study))


_EMPTY = (
    "<h2 id=empty>No readings yet</h2>\n<p>The database holds no heart-rate readings. "
    "Put files into the data folder, run <code>make ingest</code>, then "
    "<code>make report</code>.</p>\n"
)


def _sections(study: Study, study_page: str | None) -> str:
    # Takes a second, which the page of an empty database doesn't need.
    from scripts.report import sections

    has_zones = any(row.zone_source for row in study.days)
    no_zones = "" if has_zones else sections.reason_without_zones(study)
    parts = [
        f"<p>Participant <strong>{text(study.person.participant_id)}</strong>, times in "
        f"{text(study.time_zone)}."
        + (f' <a href="{study_page}">All participants</a>' if study_page else "")
        + "</p>\n",
        headlines(study, no_zones),
        sections.history(study),
        sections.resting(study),
        sections.nights(study),
        sections.day(study),
        sections.week(study),
        sections.zones(study, no_zones),
        workouts(study, no_zones),
        unusual_days(study),
        sections.calendar(study),
        _gaps(study),
        _coverage(study),
    ]
    return "".join(parts)


def _coverage(study: Study) -> str:
    zone = study.time_zone
    return table(
        "participants",
        "Participants",
        [
            "Participant",
            f"First reading ({zone})",
            f"Last reading ({zone})",
            "Days",
            "Valid days",
            "Longest gap",
            f"Arrived ({zone})",
            "Late",
        ],
        [
            [
                row.participant_id,
                local(row.first_reading, zone),
                local(row.last_reading, zone),
                row.days_with_data,
                row.valid_days,
                hours_long(row.longest_gap_hours),
                local(row.latest_arrival, zone),
                row.late_readings,
            ]
            for row in study.coverage
        ],
    )


def _gaps(study: Study) -> str:
    return table(
        "gaps",
        "The longest gaps",
        [f"From ({study.time_zone})", f"To ({study.time_zone})", "Length"],
        [[row.gap_start, row.gap_end, hours_long(row.hours)] for row in study.gaps],
    )


def _runs(study: Study) -> str:
    zone = study.time_zone
    header = (
        f"Run,Started ({zone}),Ended,Read,New,Late,Corrected,Unchanged,Duplicate,Rejected,"
        "Below retention,Seconds"
    )
    rows: list[list[object]] = [
        [
            row.run_id,
            local(row.started_at, zone),
            row.outcome,
            row.rows_read,
            row.rows_new,
            row.rows_late,
            row.rows_corrected,
            row.rows_unchanged,
            row.rows_duplicate,
            row.rows_rejected,
            row.rows_below_retention,
            None if row.seconds is None else f"{row.seconds:.1f}",
        ]
        for row in study.runs
    ]
    return table("runs", "The last runs", header.split(","), rows)


def _storage(study: Study) -> str:
    return "".join(
        "<section>\n<h2>Storage</h2>\n"
        f"<p id=storage>heart_rate takes {text(storage.render())}.</p>\n</section>\n"
        for storage in study.storage
    )
