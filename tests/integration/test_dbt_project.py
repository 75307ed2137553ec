"""dbt as it is typed in dbt_project/: it works, changes nothing twice, fails where it should."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline import Pipeline, changed_project, readings, seconds

pytestmark = pytest.mark.artefacts

FIRST_DAY = seconds("2024-01-01 00:00:00", [60 + number % 40 + 0.5 for number in range(300)])
WEEKS = [f"2024-{month:02d}-15 12:00:00,{60 + month}" for month in range(2, 12)]
LAST_DAY = seconds("2024-12-15 00:00:00", [70 + number % 30 for number in range(100)])


@pytest.fixture(scope="module")
def loaded(module_pipeline: Pipeline) -> Pipeline:
    """A project after two runs; the second one's delta, a last day, is still staged."""
    made = module_pipeline
    made.write([*FIRST_DAY, *WEEKS])
    assert made.loader("ingest").returncode == 0
    made.append(LAST_DAY)
    assert made.loader("ingest").returncode == 0
    return made


def artefact(pipeline: Pipeline, name: str) -> Any:
    """A file of JSON in dbt's target folder."""
    return json.loads((target(pipeline) / name).read_text(encoding="utf-8"))


def target(pipeline: Pipeline) -> Path:
    return Path(pipeline.environment["DBT_TARGET_PATH"])


# --- The commands --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ("build",),
        ("run",),
        ("test",),
        ("test", "--vars", "{full_tests: true}"),
        ("build", "--selector", "nightly"),
        ("build", "--empty"),
        ("run", "--empty"),
    ],
    ids=" ".join,
)
def test_dbt_as_it_is_typed_succeeds_and_rewrites_no_row(
    loaded: Pipeline, arguments: tuple[str, ...]
) -> None:
    before = loaded.row_versions()

    done = loaded.dbt(*arguments)

    assert done.returncode == 0, done.stdout
    assert "WARN" not in re.sub(r"WARN=0", "", done.stdout)
    assert loaded.row_versions() == before
    assert loaded.table() == readings([*FIRST_DAY, *WEEKS, *LAST_DAY])


def test_dbt_run_by_hand_does_what_was_staged_and_ingest_commits_it(pipeline: Pipeline) -> None:
    pipeline.write(FIRST_DAY)
    staged = pipeline.loader("load")
    assert (staged.returncode, "make dbt-build" in staged.stdout) == (0, True)
    assert not pipeline.state_file.exists()

    assert pipeline.dbt("run").returncode == 0

    assert pipeline.table() == readings(FIRST_DAY)
    before = pipeline.row_versions()
    result = pipeline.ingest()
    assert (result.counts.read, result.counts.unchanged) == (300, 300)
    assert pipeline.row_versions() == before
    assert pipeline.state_file.exists()


def test_dbt_build_by_hand_is_green_on_a_new_database(pipeline: Pipeline) -> None:
    """Unit tests, too, before any table is there."""
    pipeline.write(FIRST_DAY)
    assert pipeline.loader("load").returncode == 0

    done = pipeline.dbt("build")

    assert done.returncode == 0, done.stdout
    assert "WARN=0 ERROR=0 SKIP=0" in done.stdout
    assert pipeline.table() == readings(FIRST_DAY)


def test_dbt_empty_makes_the_tables_and_takes_nothing_from_a_later_run(pipeline: Pipeline) -> None:
    assert pipeline.loader("status").returncode == 0  # makes the tables of the ledger
    done = pipeline.dbt("build", "--empty")
    assert done.returncode == 0, done.stdout
    assert pipeline.table() == set()
    pipeline.write(FIRST_DAY)
    assert pipeline.loader("load").returncode == 0

    assert pipeline.dbt("run", "--empty").returncode == 0
    assert pipeline.query("select * from ingest.merges") == []
    assert pipeline.dbt("run", "--select", "heart_rate").returncode == 0

    assert pipeline.table() == readings(FIRST_DAY)


def test_dbt_empty_is_refused_where_a_table_would_miss_what_is_loaded(loaded: Pipeline) -> None:
    before = loaded.row_versions()
    done = loaded.dbt("run", "--empty", "--full-refresh", "--no-use-colors")
    assert (done.returncode != 0, "without --full-refresh" in done.stdout) == (True, True)
    loaded.query("alter table marts.heart_rate_gap rename to elsewhere")
    try:
        done = loaded.dbt("run", "--empty", "--no-use-colors")
    finally:
        loaded.query("alter table marts.elsewhere rename to heart_rate_gap")
    assert (done.returncode != 0, "build --select heart_rate_gap first" in done.stdout) == (
        True,
        True,
    )
    assert loaded.row_versions() == before


def test_the_selectors_name_what_people_run(loaded: Pipeline) -> None:
    def listed(*arguments: str) -> set[str]:
        done = loaded.dbt("-q", "ls", *arguments)
        assert done.returncode == 0, done.stdout
        return {name for name in done.stdout.split() if not name.startswith("source:")}

    assert listed("--selector", "nightly") == listed("--exclude-resource-type", "unit_test")
    assert listed("--selector", "marts") == listed("--select", "tag:daily")
    assert listed("--selector", "full_tests") == listed("--resource-type", "test")


OWN_RELATIONS = """
select nspname, relname
from pg_class join pg_namespace on pg_namespace.oid = relnamespace
where relkind in ('r', 'v', 'm', 'p', 'f')
and nspname !~ '^(pg_|_timescaledb|timescaledb_|information_schema)'
and not exists (
    select from pg_depend
    where objid = pg_class.oid and classid = 'pg_class'::regclass and deptype = 'e'
)
"""


SCHEMAS = {"public", "staging", "ingest", "intermediate", "marts"}


def test_everything_lies_in_the_five_schemas_by_its_plain_name(loaded: Pipeline) -> None:
    relations = set(loaded.query(OWN_RELATIONS))
    assert {schema for schema, _ in relations} == SCHEMAS
    assert {name for schema, name in relations if schema == "public"} == {"heart_rate"}
    assert ("staging", "stg_heart_rate") in relations
    schemas = loaded.query(
        "select nspname from pg_namespace"
        " where nspname !~ '^(pg_|_timescaledb|timescaledb_|information_schema)'"
    )
    assert {name for (name,) in schemas} == SCHEMAS


# --- The data tests fail where they should -------------------------------------------------------


LATE = "where timestamp = '2024-12-15 00:00:0{}+00'"
EARLY = "where timestamp = '2024-0{}-15 12:00:00+00'"


def failures(pipeline: Pipeline, *arguments: str) -> dict[str, int]:
    """How many rows each failing data test found."""
    done = pipeline.dbt("test", "--exclude-resource-type", "unit_test", *arguments)
    results = artefact(pipeline, "run_results.json")["results"]
    found = {
        result["unique_id"].split(".")[2]: result["failures"]
        for result in results
        if result["status"] == "fail"
    }
    assert (done.returncode != 0) is bool(found), done.stdout
    return found


FAULTY_DAY = """
update marts.heart_rate_day
set p50_bpm = p95_bpm + 1, night_minutes = -1
where day = '2024-12-15'
"""
LONGER_GAP = """
update marts.heart_rate_gap
set gap_end = gap_end + interval '{0} minute', duration = duration + interval '{0} minute'
where gap_end >= '2024-12-15'
"""
FAULTY_HOUR = "update marts.heart_rate_hour set readings = readings + 1 where hour >= '2024-12-15'"


def test_a_failing_data_test_says_which_assertion_failed(loaded: Pipeline) -> None:
    """In dbt's output and in run_results.json, where `make ingest` has it from."""
    day = "marts.heart_rate_day where day = '2024-12-15'"
    ((p50_bpm, night_minutes),) = loaded.query(f"select p50_bpm, night_minutes from {day}")
    loaded.query(FAULTY_DAY)
    loaded.query(FAULTY_HOUR)
    try:
        done = loaded.dbt("test", "--selector", "full_tests", "--no-use-colors")
        responses = {
            result["unique_id"].split(".")[2]: result["adapter_response"]["_message"]
            for result in artefact(loaded, "run_results.json")["results"]
            if result["status"] == "fail"
        }
        assert responses == {
            "heart_rate_day_holds_together": (
                "p50_bpm <= p95_bpm, night_minutes 0 to minutes_covered (1 row)"
            ),
            "marts_levels_add_up": "minutes = hours: readings (1 row)",
        }
        for name, failed in responses.items():
            assert f"FAIL {name}: {failed}" in done.stdout
    finally:
        loaded.query(FAULTY_HOUR.replace("+ 1", "- 1"))
        loaded.query(
            "update marts.heart_rate_day set (p50_bpm, night_minutes) = (%s, %s)"
            " where day = '2024-12-15'",
            (p50_bpm, night_minutes),
        )


def test_each_fault_in_the_table_is_found_by_its_data_test(loaded: Pipeline) -> None:
    (key,) = loaded.query(
        "select conname from pg_constraint"
        " where contype = 'p' and conrelid = 'heart_rate'::regclass"
    )
    loaded.query("update heart_rate set value = 301 " + LATE.format(1))
    loaded.query("update heart_rate set confidence = 4 " + LATE.format(2))
    loaded.query("update heart_rate set value = value + 1e-9 " + LATE.format(3))
    loaded.query("delete from heart_rate " + LATE.format(4))
    loaded.query(LONGER_GAP.format(1))
    loaded.query(f"alter table heart_rate drop constraint {key[0]}")
    try:
        assert failures(loaded) == {
            "heart_rate_readings_are_plausible": 2,
            "heart_rate_holds_what_is_staged": 4,
            "heart_rate_is_a_hypertable_with_its_key": 1,
            "marts_levels_add_up": 1,
            "marts_gaps_are_empty": 1,
        }
    finally:
        loaded.query(LONGER_GAP.format(-1))
        loaded.query("alter table heart_rate add primary key (participant_id, timestamp)")
        repair(loaded)


def test_a_fault_before_what_is_staged_is_found_by_the_full_tests_alone(loaded: Pipeline) -> None:
    loaded.query("update heart_rate set value = 0 " + EARLY.format(5))
    loaded.query("update heart_rate set confidence = -1 " + EARLY.format(6))
    try:
        assert failures(loaded) == {}
        found = failures(loaded, "--vars", "{full_tests: true}")
        assert found == {"heart_rate_readings_are_plausible": 2, "marts_levels_add_up": 2}
    finally:
        repair(loaded)


def repair(pipeline: Pipeline) -> None:
    """Every reading as in the file again, for the tests that follow."""
    pipeline.query("delete from heart_rate")
    for reading in readings([*FIRST_DAY, *WEEKS, *LAST_DAY]):
        pipeline.query("insert into heart_rate values (%s, %s, %s, null)", reading)


# --- The merge -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "['participant_id', 'timestamp'],\n        timestamp_column",
            "['participant_id'],\n        timestamp_column",
            "unique_key to be a list that holds the timestamp_column",
        ),
        (
            "unique_key=['participant_id', 'timestamp']",
            "unique_key='timestamp'",
            "unique_key to be a list that holds the timestamp_column",
        ),
        ("        timestamp_column='timestamp',\n", "", "timestamp_column"),
    ],
    ids=["key without the timestamp", "key as text", "no timestamp column"],
)
def test_the_merge_refuses_a_wrong_configuration(
    *, loaded: Pipeline, tmp_path: Path, old: str, new: str, words: str
) -> None:
    wrong = changed_project(tmp_path, "models/core/heart_rate.sql", old, new)
    before = loaded.row_versions()

    done = loaded.dbt("run", **wrong)

    assert done.returncode != 0
    assert "Compilation Error" in done.stdout
    assert words in done.stdout
    assert loaded.row_versions() == before


def compiled_merges(pipeline: Pipeline) -> list[str]:
    """The statements of the newest merge, as they were sent."""
    text = (target(pipeline) / "run/fitbit/models/core/heart_rate.sql").read_text()
    return [statement for statement in text.split(";") if "with staged as" in statement]


def chunks_planned(pipeline: Pipeline, merge: str) -> set[str]:
    """The chunks in the plan of a compiled merge, its source made anew."""
    (source,) = set(re.findall(r'"heart_rate__dbt_tmp\w*"', merge))
    plan = pipeline.query(
        f"create temp table {source} as select * from staging.stg_heart_rate;"
        f"analyze {source}; explain (format text) {merge}"
    )
    return set(re.findall(r"_hyper_\d+_\d+_chunk", "\n".join(line for (line,) in plan)))


def test_the_merge_plans_only_the_chunks_in_reach(pipeline: Pipeline) -> None:
    pipeline.write([*FIRST_DAY, *WEEKS])
    pipeline.ingest()
    chunks = dict(
        pipeline.query(
            "select chunk_name, range_start::date::text from timescaledb_information.chunks"
            " where hypertable_name = 'heart_rate'"
        )
    )
    assert len(chunks) == 11
    pipeline.append(["2024-01-01 06:00:00,61", "2024-06-15 13:00:00,62", "2024-11-15 13:00:00,63"])

    result = pipeline.ingest()

    assert (result.counts.late, result.counts.new) == (2, 1)
    merges = compiled_merges(pipeline)
    assert len(merges) == 3
    for merge, day in zip(merges, ("2024-01-01", "2024-06-15", "2024-11-15"), strict=True):
        assert f"timestamp >= timestamptz '{day} 00:00:00+00'" in merge
        planned = chunks_planned(pipeline, merge)
        assert len(planned) == 1
        assert planned <= chunks.keys()
    # Without the literals every chunk is in the plan, so that this test could fail.
    literal = r"(?:target\.)?timestamp (?:>=|<) timestamptz '[^']+'"
    assert len(chunks_planned(pipeline, re.sub(literal, "true", merges[1]))) == len(chunks)


# --- Descriptions --------------------------------------------------------------------------------


def test_every_model_source_and_column_is_described(loaded: Pipeline) -> None:
    assert loaded.dbt("docs", "generate").returncode == 0
    manifest, catalog = artefact(loaded, "manifest.json"), artefact(loaded, "catalog.json")
    nodes = {
        name: node
        for name, node in {**manifest["nodes"], **manifest["sources"]}.items()
        if node["resource_type"] in ("model", "source", "seed", "snapshot")
    }
    assert nodes.keys() >= {"model.fitbit.heart_rate", "model.fitbit.stg_heart_rate"}
    assert all(node["description"] for node in nodes.values())
    assert nodes.pop("source.fitbit.staging.heart_rate_bulk_load")  # there during a bulk load only
    missing = []
    for name, node in nodes.items():
        actual = {**catalog["nodes"], **catalog["sources"]}[name]["columns"].keys()
        described = {column for column, about in node["columns"].items() if about["description"]}
        missing += [f"{name}.{column}" for column in actual - described]
        missing += [] if node["description"] else [name]
        missing += [f"{name}.{column} is not there" for column in node["columns"].keys() - actual]
    assert missing == []


def test_every_macro_and_its_arguments_are_described(loaded: Pipeline) -> None:
    macros = artefact(loaded, "manifest.json")["macros"].values()
    own = [macro for macro in macros if macro["package_name"] == "fitbit"]
    assert own
    missing = []
    for macro in own:
        (kind, signature) = re.findall(r"{%-?\s*(\w+) ([^%]*?)-?%}", macro["macro_sql"])[0]
        if kind == "test":
            continue
        _, _, arguments = signature.partition("(") if kind == "macro" else ("", "", "")
        names = re.findall(r"(\w+)(?:=[^,)]*)?[,)]", arguments)
        described = [one["name"] for one in macro["arguments"] if one["description"]]
        missing += [macro["name"]] if not macro["description"] else []
        missing += [] if names == described else [(macro["name"], names, described)]
    assert missing == []


WITHOUT_COMMENT = """
select relation::regclass::text, attname
from (
    select pg_class.oid as relation, attnum, attname
    from pg_class join pg_attribute on attrelid = pg_class.oid
    where relnamespace in ('public'::regnamespace, 'marts'::regnamespace)
    and relkind = 'r' and attnum > 0 and not attisdropped
    union all
    select oid, 0, 'the table itself'
    from pg_class
    where relnamespace in ('public'::regnamespace, 'marts'::regnamespace) and relkind = 'r'
) as described
where (case attnum when 0 then obj_description(relation, 'pg_class')
    else col_description(relation, attnum) end) is null
"""


def test_psql_shows_the_descriptions(loaded: Pipeline) -> None:
    assert loaded.query(WITHOUT_COMMENT) == []
    (about,) = loaded.query("select obj_description('marts.heart_rate_day'::regclass, 'pg_class')")
    assert "local day" in about[0]
