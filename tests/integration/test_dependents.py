"""What others have built on the tables: a full refresh carries it over, or is refused."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from loader.errors import ExitCode, ObjectsRefusedError
from loader.transform.dependents import refuse_to_lose_objects
from scripts.embedded.cluster import Cluster
from scripts.embedded.connection import dsn
from tests.databases import SHARED_DATABASE, TEMPLATE
from tests.faults.waiting import until
from tests.pipeline import Pipeline, changed_project, readings, seconds

MINE = seconds("2024-01-01 00:00:00", [60 + number % 40 + 0.5 for number in range(300)])
LATER = seconds("2024-02-01 00:00:00", [70 + number % 30 + 0.5 for number in range(100)])
NEW = seconds("2024-03-01 00:00:00", [80.5] * 10)

ROLES = """
create role alice;
grant fitbit_reader to alice;
grant alice to fitbit_loader;
create role guest;
create role stranger;
grant fitbit_reader to stranger;
create schema analysis authorization alice;
create schema elsewhere authorization stranger;
grant usage on schema staging, intermediate to alice, stranger;
grant select on all tables in schema staging, intermediate to alice, stranger;
"""
"""alice's objects can be recreated as hers, because the loader is a member of her role."""

OURS = """
set role fitbit_loader;
create index high on heart_rate (value) where value > 90;
comment on index high is 'of exercise';
create unique index once on heart_rate (timestamp, participant_id, value);
alter table heart_rate cluster on once;
alter table heart_rate alter column value set statistics 500;
alter table heart_rate alter column value set (n_distinct = 200);
grant select on heart_rate to guest;
grant select, references (value) on heart_rate to guest;
grant select on heart_rate to alice with grant option;
revoke select on marts.heart_rate_hour from guest;
grant select on marts.heart_rate_gap to public;
grant select, insert on marts.participants to guest;
grant select on staging.stg_heart_rate to guest;
alter table marts.heart_rate_day add constraint "at most" check (mean_bpm < 400);
comment on constraint "at most" on marts.heart_rate_day is 'nobody is a bird';
alter table marts.heart_rate_day add constraint one_a_day unique (participant_id, day, readings);
alter table marts.heart_rate_day alter column p05_bpm set default 50;
alter table marts.heart_rate_hour set (autovacuum_vacuum_scale_factor = 0.05);
create statistics marts.of_days on participant_id, day from marts.heart_rate_day;
comment on statistics marts.of_days is 'both grow';
create view public."by key" with (security_barrier) as
    select participant_id, timestamp, value, count(*)
    from heart_rate group by participant_id, timestamp;
comment on view public."by key" is 'depends on the primary key';
comment on column public."by key".value is 'in bpm';
grant select on public."by key" to guest;
create view public.editable as select participant_id, day, p05_bpm from marts.heart_rate_day;
alter view public.editable alter column p05_bpm set default 51;
create rule nothing as on update to public.editable do instead nothing;
create function public.ignore() returns trigger language plpgsql as 'begin return null; end';
create trigger ignored instead of insert on public.editable
    for each row execute function public.ignore();
create function public.readings() returns bigint language sql
    as 'select count(*) from public.heart_rate';
reset role;
"""

HERS = """
set role alice;
grant select on public.heart_rate to stranger;
create view analysis.recent with (security_invoker, check_option = local) as
    select * from public.heart_rate where timestamp >= '2024-01-15';
create view analysis.recent_days as
    select participant_id, timestamp::date as day, count(*) from analysis.recent group by 1, 2;
create materialized view analysis.days with (fillfactor = 90) as
    select day.*, recent_days.count
    from marts.heart_rate_day as day left join analysis.recent_days using (participant_id, day);
create unique index days_key on analysis.days (participant_id, day);
comment on index analysis.days_key is 'for refresh concurrently';
create statistics analysis.of_days on participant_id, readings from analysis.days;
comment on materialized view analysis.days is 'as she left it';
comment on column analysis.days.day is 'local';
grant select on analysis.days to guest with grant option;
grant select (day) on analysis.days to public;
create materialized view analysis.days_again as
    select days.day, days.readings as daily, valid.is_valid_day as valid
    from analysis.days inner join marts.heart_rate_day as valid using (participant_id, day);
create view analysis.top as select * from analysis.days_again inner join analysis.days using (day);
create view analysis.top_of_top as select count(*) from analysis.top;
create materialized view analysis.not_yet as select * from public.heart_rate with no data;
create view analysis.staged as select * from staging.stg_heart_rate;
create view analysis.statistics as select * from intermediate.int_heart_rate_day_statistics;
create view analysis.who as select participant_id, time_zone from marts.participants;
create view analysis.everything as
    select * from public.heart_rate cross join analysis.recent_days as recent (who, which, many);
grant select on analysis.recent, analysis.recent_days, analysis.everything, analysis.top_of_top
    to fitbit_loader;
reset role;
create view elsewhere.of_a_superuser as select * from staging.stg_heart_rate;
"""

RELATIONS = """
select
    pg_class.oid::regclass::text, relkind::text, pg_get_userbyid(relowner), reloptions,
    array(select acl::text from unnest(relacl) as acl order by 1),
    obj_description(pg_class.oid, 'pg_class'), relispopulated,
    case when relkind in ('v', 'm') then pg_get_viewdef(pg_class.oid) end
from pg_class
inner join pg_namespace on pg_namespace.oid = relnamespace
where nspname in ('public', 'staging', 'intermediate', 'marts', 'analysis', 'elsewhere')
and relkind in ('r', 'v', 'm') and relname <> 'heart_rate_bulk_load'
and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e')
order by 1
"""
PARTS = """
with own as (
    select pg_class.oid, pg_class.oid::regclass::text as name
    from pg_class
    inner join pg_namespace on pg_namespace.oid = relnamespace
    where nspname in ('public', 'staging', 'intermediate', 'marts', 'analysis', 'elsewhere')
)
select 'column', name, attname, attacl::text, format('%s %s', attstattarget,
    array(select option from unnest(attoptions) as option where option like 'n_distinct%')),
    col_description(own.oid, attnum), pg_get_expr(adbin, adrelid)
from own
inner join pg_attribute on attrelid = own.oid and attnum > 0 and not attisdropped
left join pg_attrdef on adrelid = own.oid and adnum = attnum
where exists (select from pg_class where pg_class.oid = attrelid and relkind in ('r', 'v', 'm'))
union all
select 'index', name, indexrelid::regclass::text, pg_get_indexdef(indexrelid), indisclustered::text,
    obj_description(indexrelid, 'pg_class'), null
from own inner join pg_index on indrelid = own.oid
where not indisprimary
union all
select 'constraint', name, conname, pg_get_constraintdef(pg_constraint.oid), null,
    obj_description(pg_constraint.oid, 'pg_constraint'), null
from own inner join pg_constraint on conrelid = own.oid
where contype <> 'p'
union all
select 'statistics', name, stxname, pg_get_statisticsobjdef(pg_statistic_ext.oid), null,
    obj_description(pg_statistic_ext.oid, 'pg_statistic_ext'), null
from own inner join pg_statistic_ext on stxrelid = own.oid
union all
select 'trigger', name, tgname, pg_get_triggerdef(pg_trigger.oid), null, null, null
from own inner join pg_trigger on tgrelid = own.oid
where not tgisinternal
union all
select 'rule', name, rulename, pg_get_ruledef(pg_rewrite.oid), null, null, null
from own inner join pg_rewrite on ev_class = own.oid
where rulename <> '_RETURN'
order by 1, 2, 3
"""
VIEWS = [
    "analysis.recent",
    "analysis.recent_days",
    "analysis.days",
    "analysis.days_again",
    "analysis.top",
    "analysis.top_of_top",
    "analysis.statistics",
    "analysis.who",
    "analysis.everything",
    'public."by key"',
    "public.editable",
]


@dataclass
class Zoo:
    """A loaded database, and what a superuser finds in it."""

    pipeline: Pipeline
    superuser_dsn: str
    snapshots: list[dict[str, Any]] = field(default_factory=list)
    readers: "Readers | None" = None
    other: "TableThenView | None" = None

    def query(self, sql: str) -> list[Any]:
        """As a superuser."""
        with closing(self.session()) as session, session.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def session(self) -> Any:
        """An autocommit session of the superuser."""
        session = psycopg2.connect(self.superuser_dsn, options="-c timezone=UTC")
        session.autocommit = True
        return session

    def snapshot(self) -> dict[str, Any]:
        """All that is not a row, and the rows of the views."""
        return {
            "relations": self.query(RELATIONS),
            "parts": self.query(PARTS),
            **{view: sorted(self.query(f"select * from {view}")) for view in VIEWS},
        }

    def full_refresh(self) -> None:
        done = self.pipeline.loader("ingest", "--full-refresh")
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def zoo(
    cluster: Cluster, dbt_target: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Zoo]:
    """Tables with objects of the loader's own role and of two others, before any full refresh."""
    name = SHARED_DATABASE
    cluster.create_database(name, TEMPLATE)
    folder = tmp_path_factory.mktemp("objects")
    pipeline = Pipeline(folder, cluster.loader_environment(name), dbt_target)
    pipeline.write_artefacts()
    made = Zoo(pipeline, dsn(cluster.superuser_environment(name)))
    pipeline.write([*MINE, *LATER])
    done = pipeline.loader("ingest")
    assert done.returncode == 0, done.stderr
    made.query(ROLES + OURS + HERS)
    yield made
    cluster.drop_database(name)
    with closing(psycopg2.connect(dsn(cluster.superuser_environment()))) as session:
        session.autocommit = True
        session.cursor().execute("drop role alice, guest, stranger")


@pytest.fixture(scope="module")
def refreshed(zoo: Zoo) -> Zoo:
    """After a full refresh."""
    zoo.snapshots.append(zoo.snapshot())
    zoo.full_refresh()
    zoo.snapshots.append(zoo.snapshot())
    return zoo


# --- What is carried over ------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["relations", "parts", *VIEWS])
def test_a_full_refresh_changes_nothing_but_the_tables(refreshed: Zoo, what: str) -> None:
    before, after = refreshed.snapshots[:2]
    assert before[what]
    assert after[what] == before[what]


def test_a_second_full_refresh_does_the_same(watched: Zoo) -> None:
    """Its readings are others, and so are the contents of the views."""
    first, second = watched.snapshots[1:3]
    assert second["relations"] == first["relations"]
    assert second["parts"] == first["parts"]


def test_a_view_shows_what_arrives_after_a_full_refresh(watched: Zoo) -> None:
    recent = {(who, at, bpm) for who, at, bpm, _ in watched.query("select * from analysis.recent")}
    assert recent == readings([*LATER, *NEW])
    assert watched.query("select public.readings()") == [(410,)]
    days = watched.query("select day::text from analysis.days order by 1")
    assert days == [("2024-01-01",), ("2024-02-01",), ("2024-03-01",)]


def test_nothing_of_the_old_tables_is_left(watched: Zoo) -> None:
    assert (
        watched.query(
            "select oid::regclass::text from pg_class"
            " where relname ~ '(replaced_|__dbt_)' or relname = 'heart_rate_bulk_load'"
        )
        == []
    )


# --- Readers meanwhile ---------------------------------------------------------------------------


class Readers:
    """Sessions that read without a pause while something else happens."""

    def __init__(self, zoo: Zoo, queries: list[str]) -> None:
        self._zoo = zoo
        self._over = threading.Event()
        self.errors: list[Exception] = []
        self.answers: dict[str, set[Any]] = {query: set() for query in queries}
        self._threads = [threading.Thread(target=self._read, args=(query,)) for query in queries]

    def __enter__(self) -> "Readers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _read(self, query: str) -> None:
        try:
            with closing(self._zoo.session()) as session, session.cursor() as cursor:
                while not self._over.wait(0.02):
                    cursor.execute(query)
                    self.answers[query].add(cursor.fetchone())
        except psycopg2.Error as error:
            self.errors.append(error)


WANTED = """
select 1 from pg_locks
where relation = 'public.heart_rate'::regclass and mode = 'AccessExclusiveLock' and not granted
"""


class TableThenView(threading.Thread):
    """Reads the table, and the view on it in the same transaction, when the swap waits for it."""

    def __init__(self, zoo: Zoo) -> None:
        super().__init__()
        self._zoo = zoo
        self.waited_for = False
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            with closing(self._zoo.session()) as session, session.cursor() as cursor:
                cursor.execute("begin; select from public.heart_rate limit 1")
                until(lambda: self._zoo.query(WANTED), "the swap to want the table", 120)
                self.waited_for = True
                cursor.execute("select count(*) from analysis.recent; commit")
        except (psycopg2.Error, TimeoutError) as error:
            self.error = error


@pytest.fixture(scope="module")
def watched(refreshed: Zoo) -> Zoo:
    """After a second full refresh with new readings, during which views were read."""
    refreshed.pipeline.append(NEW)
    queries = ["select count(*) from analysis.everything", "select count(*) from analysis.days"]
    other = TableThenView(refreshed)
    with Readers(refreshed, queries) as readers:
        other.start()
        refreshed.full_refresh()
        other.join()
    refreshed.snapshots.append(refreshed.snapshot())
    refreshed.readers = readers
    refreshed.other = other
    return refreshed


def test_readers_of_a_view_find_it_old_or_new_and_never_gone(watched: Zoo) -> None:
    assert watched.readers is not None
    assert watched.readers.errors == []
    everything, days = watched.readers.answers.values()
    # Two days of 400 readings beside each of them, or three of 410.
    assert everything == {(400 * 1,), (410 * 2,)}
    assert days == {(2,), (3,)}


def test_a_reader_of_table_and_view_is_let_by(watched: Zoo) -> None:
    assert watched.other is not None
    assert (watched.other.waited_for, watched.other.error) == (True, None)


# --- What is refused -----------------------------------------------------------------------------

ROW_TYPE = "create table analysis.kept (reading public.heart_rate)"
JOB = """
insert into _timescaledb_config.bgw_job (
    application_name, schedule_interval, max_runtime, max_retries, retry_period,
    proc_schema, proc_name, owner, scheduled, hypertable_id
)
select 'Retention', '1 day', '1 day', 1, '1 day', '_timescaledb_functions', 'policy_retention',
    'fitbit_loader', false, id
from _timescaledb_catalog.hypertable where schema_name = 'public' and table_name = 'heart_rate'
"""

REFUSED = {
    "a column": (
        "alter table marts.heart_rate_day add column note text",
        "column note of marts.heart_rate_day",
    ),
    "a trigger": (
        "create trigger audit before update on marts.heart_rate_gap"
        " for each row execute function public.ignore()",
        "trigger audit on table marts.heart_rate_gap",
    ),
    "a foreign key": (
        "create table analysis.visits (participant_id text references marts.heart_rate_coverage)",
        "constraint visits_participant_id_fkey on table analysis.visits",
    ),
    "a policy": (
        "create policy own on marts.heart_rate_hour using (true)",
        "policy own on table marts.heart_rate_hour",
    ),
    "row-level security": (
        "alter table marts.heart_rate_hour enable row level security",
        "row-level security of marts.heart_rate_hour",
    ),
    "a rule": (
        "create rule also as on delete to marts.heart_rate_gap do also notify gone",
        "rule also on table marts.heart_rate_gap",
    ),
    "a function": (
        "create function analysis.latest() returns timestamptz"
        " begin atomic select max(timestamp) from public.heart_rate; end",
        "function analysis.latest()",
    ),
    "a function of a row": (
        "create function analysis.of(marts.heart_rate_day) returns int language sql as 'select 1'",
        "function analysis.of(marts.heart_rate_day)",
    ),
    "a column of rows": (ROW_TYPE, "column reading of table analysis.kept"),
    "a view of rows": (
        "set role alice;"
        "create view analysis.rows as select whole from marts.heart_rate_day as whole",
        "column whole of view analysis.rows",
    ),
    "a publication": (
        "create publication out for table marts.heart_rate_coverage",
        "publication of table marts.heart_rate_coverage in publication out",
    ),
    "an heir": (
        "create table analysis.heir () inherits (marts.heart_rate_coverage)",
        "table analysis.heir",
    ),
    "an identity for replication": (
        "alter table marts.heart_rate_coverage replica identity full",
        "the replica identity of marts.heart_rate_coverage",
    ),
    "somebody else's view": (
        "set role stranger; create view elsewhere.mine as select * from public.heart_rate",
        "view elsewhere.mine of stranger (unless you: grant stranger to fitbit_loader)",
    ),
    "somebody else's view of a materialized view": (
        "grant usage on schema analysis to stranger; grant select on analysis.days to stranger;"
        "set role stranger; create view elsewhere.mine as select * from analysis.days",
        "view elsewhere.mine of stranger (unless you: grant stranger to fitbit_loader)",
    ),
    "a superuser's view": (
        "create view public.mine as select * from public.heart_rate",
        "view public.mine of postgres (unless you: alter view public.mine owner to fitbit_loader)",
    ),
    "a grant by somebody else": (
        "grant select on public.heart_rate to stranger with grant option;"
        "set role stranger; grant select on public.heart_rate to guest",
        "a grant on public.heart_rate of stranger (unless you: grant stranger to fitbit_loader)",
    ),
    "a view in a closed schema": (
        "revoke all on schema analysis from alice; alter schema analysis owner to postgres",
        "view analysis.recent, in whose schema its owner alice may not create",
    ),
    "a temporary view": (
        "create temporary view mine as select * from public.heart_rate",
        "mine, a temporary one of an open session",
    ),
    "a view in the place of a table": (
        "alter table marts.heart_rate_hour rename to hours;"
        "create view marts.heart_rate_hour as select * from marts.hours",
        "view marts.heart_rate_hour itself, which is not the table that dbt builds",
    ),
    "a table in the place of a view": (
        "drop view elsewhere.of_a_superuser, analysis.staged, staging.stg_heart_rate;"
        "create table staging.stg_heart_rate (day date)",
        "table staging.stg_heart_rate itself, which is not the view that dbt builds",
    ),
    "a job of TimescaleDB": (JOB, "(policy_retention) on public.heart_rate"),
}


@pytest.mark.parametrize(("made", "named"), REFUSED.values(), ids=REFUSED)
def test_what_can_not_be_carried_over_is_named_before_anything_is_done(
    watched: Zoo, made: str, named: str
) -> None:
    with closing(watched.session()) as session, session.cursor() as cursor:
        cursor.execute("begin")
        cursor.execute(f"{made}; reset role; set session authorization fitbit_loader")
        with pytest.raises(ObjectsRefusedError) as refused:
            refuse_to_lose_objects(session)
        cursor.execute("rollback")
    assert named in refused.value.what
    others = 6 if made.startswith("revoke") else 0
    assert refused.value.what.count("; ") == others


def test_what_is_not_on_a_table_of_ours_is_nobodys_business(watched: Zoo) -> None:
    with closing(watched.session()) as session, session.cursor() as cursor:
        cursor.execute("begin")
        cursor.execute(
            "create function analysis.latest() returns timestamptz"
            " begin atomic select max(timestamp) from analysis.recent; end;"
            "create table analysis.mine (id int primary key, note text);"
            "create view analysis.of_mine as select * from analysis.mine;"
            "set session authorization fitbit_loader"
        )
        refuse_to_lose_objects(session)
        cursor.execute("rollback")


STATE = """
select
    'public.heart_rate'::regclass::oid::bigint,
    (select array_agg(xmin::text) from heart_rate),
    (select array_agg(xmin::text) from marts.heart_rate_day),
    (select array_agg(xmin::text) from marts.participants),
    (select run_id from staging.batch)
"""


@pytest.fixture
def annotated(watched: Zoo) -> Iterator[Zoo]:
    """Columns that somebody added to the table and to a mart, with data in them."""
    watched.query(
        "alter table heart_rate add column note text;"
        "alter table marts.heart_rate_day add column note text;"
        "update heart_rate set note = 'rested' where timestamp = '2024-01-01';"
        "update marts.heart_rate_day set note = 'a holiday' where day = '2024-01-01'"
    )
    yield watched
    watched.query(
        "alter table heart_rate drop column note; alter table marts.heart_rate_day drop column note"
    )


def test_a_refused_full_refresh_does_nothing(annotated: Zoo) -> None:
    before = annotated.query(STATE)

    done = annotated.pipeline.loader("ingest", "--full-refresh")
    by_hand = annotated.pipeline.dbt("build", "--full-refresh", "--select", "tag:daily")

    assert done.returncode == ExitCode.REFUSED
    assert (
        "a full refresh would lose column note of marts.heart_rate_day; "
        "column note of public.heart_rate — save"
    ) in done.stderr
    assert by_hand.returncode != 0
    words = " ".join(by_hand.stdout.split())
    assert "a full refresh would lose column note of marts.heart_rate_day (save" in words
    assert annotated.query(STATE) == before


# --- The ordinary night --------------------------------------------------------------------------


def test_a_night_leaves_added_columns_indexes_triggers_and_grants_alone(annotated: Zoo) -> None:
    annotated.query(
        "create trigger audit after update on marts.heart_rate_day"
        " for each row execute function public.ignore()"
    )
    before = annotated.snapshot()
    annotated.pipeline.append(seconds("2024-01-01 06:00:00", [90.5] * 5))

    done = annotated.pipeline.loader("ingest")

    assert done.returncode == 0, done.stderr
    after = annotated.snapshot()
    annotated.query("drop trigger audit on marts.heart_rate_day")
    assert after["relations"] == before["relations"]
    assert after["parts"] == before["parts"]
    assert annotated.query("select count(*), max(note) from heart_rate") == [(415, "rested")]
    assert annotated.query(
        "select readings, note from marts.heart_rate_day where day = '2024-01-01'"
    ) == [(305, "a holiday")]


@pytest.mark.parametrize(
    ("change", "undo", "words"),
    [
        (
            "alter table heart_rate add column note text not null default '';"
            "alter table heart_rate alter column note drop default",
            "alter table heart_rate drop column note",
            'column note of "public"."heart_rate" is not null and has no default',
        ),
        (
            "alter table marts.heart_rate_coverage rename column valid_days to days",
            "alter table marts.heart_rate_coverage rename column days to valid_days",
            "Source columns not in target",
        ),
    ],
    ids=["a column that must be filled", "a column of ours renamed"],
)
def test_a_column_that_no_night_can_fill_is_named(
    watched: Zoo, change: str, undo: str, words: str
) -> None:
    watched.query(change)
    done = watched.pipeline.dbt("run", "--select", "heart_rate heart_rate_coverage")
    watched.query(undo)
    assert done.returncode != 0
    assert words in done.stdout.replace(f'"{watched.pipeline.environment["PGDATABASE"]}".', "")


# --- Every model, and the seeds ------------------------------------------------------------------


def test_every_model_ends_by_carrying_over(watched: Zoo) -> None:
    manifest = json.loads(
        (Path(watched.pipeline.environment["DBT_TARGET_PATH"]) / "manifest.json").read_text()
    )
    last = {
        node["name"]: node["config"]["post-hook"][-1]["sql"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }
    assert last
    assert set(last.values()) == {
        "{{ finish_swap(this) }}",
        # Of models that are also built on Spark.
        "{{ finish_swap(this) if target.type == 'postgres' }}",
    }


def test_a_seed_with_another_column_keeps_what_is_built_on_it(watched: Zoo, tmp_path: Path) -> None:
    watched.query("grant select on marts.participants to guest")
    project = changed_project(
        tmp_path,
        "seeds/participants.csv",
        "participant_id,time_zone,birth_year,enrolled_on,ended_on\n",
        "participant_id,time_zone,birth_year,enrolled_on,ended_on,site\n",
    )
    seed = Path(project["DBT_PROJECT_DIR"]) / "seeds" / "participants.csv"
    seed.write_text("participant_id,time_zone,birth_year,site\nP001,UTC,1980,Kiel\n")
    before = watched.query(RELATIONS)

    for _ in range(2):
        done = watched.pipeline.dbt(
            "seed", "--full-refresh", "--project-dir", project["DBT_PROJECT_DIR"], **project
        )
        assert done.returncode == 0, done.stdout

    assert watched.query(RELATIONS) == before
    assert watched.query("select participant_id, site from marts.participants") == [
        ("P001", "Kiel")
    ]
    assert watched.query("select * from analysis.who") == [("P001", "UTC")]


def test_a_table_that_is_being_renamed_stops_no_other(watched: Zoo) -> None:
    """Models are swapped at the same time: what a session reads of the catalog may have gone."""
    with closing(watched.session()) as session, session.cursor() as cursor:
        cursor.execute("begin")
        cursor.execute(
            "update _timescaledb_catalog.hypertable set table_name = 'renamed'"
            " where table_name = 'heart_rate_minute'"
        )
        assert cursor.rowcount == 1
        cursor.execute("select * from staging.dependents('heart_rate'::regclass, '{}', 'table')")
        cursor.execute("rollback")
