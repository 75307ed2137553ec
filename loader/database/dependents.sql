-- What other people have built on the relations that dbt replaces in a full refresh: views,
-- materialized views, indexes, grants, comments … dbt renames the old relation, puts the new one in
-- its place and drops the old one. Before that, staging.prepare_swap notes what is to be recreated
-- on the new one, or refuses and names what can't be; staging.finish_swap recreates it in the same
-- transaction. docs/decisions/0012 says what is carried over and what is refused.
-- Run with schema.sql and as often as that.

-- Grain: one row per relation that dbt builds, written at the start of each dbt run: the columns that it
-- has or had of its own. A full refresh would lose the data of any other column.
create table if not exists ingest.relations (
    schema_name text not null,
    relation_name text not null,
    kind text not null check (kind in ('table', 'view')),
    columns text[] not null,
    primary key (schema_name, relation_name)
);

-- Whether this session may act as a role: what an owner may do with a view is done as the owner.
create or replace function staging.may_act_as(role_oid oid) returns boolean
language sql stable
set search_path to pg_catalog
as $$
    select pg_has_role(
        session_user,
        role_oid,
        case when current_setting('server_version_num')::integer >= 160000 then 'SET' else 'MEMBER' end
    );
$$;

-- Grain: one row per view or materialized view that reads the relation, directly or through others.
-- `depth`: the longest way to it. `must_change`: it reads the relation itself, or a materialized view
-- that has to be created again; the others keep working as they are.
create or replace function staging.views_upon(target oid)
returns table (view_oid oid, depth integer, must_change boolean)
language sql stable
set search_path to pg_catalog
as $$
    with recursive uses as (
        select distinct
            rule.ev_class as reader,
            coalesce(nullif(row_type.typrelid, 0), dependency.refobjid) as relation
        from pg_depend as dependency
        inner join pg_rewrite as rule
            on dependency.classid = 'pg_rewrite'::regclass and dependency.objid = rule.oid
        inner join pg_class as reader on rule.ev_class = reader.oid
        left join pg_type as row_type
            on dependency.refclassid = 'pg_type'::regclass and dependency.refobjid = row_type.oid
        where
            reader.relkind in ('v', 'm')
            and rule.ev_class <> coalesce(nullif(row_type.typrelid, 0), dependency.refobjid)
            and (dependency.refclassid = 'pg_class'::regclass or row_type.typrelid <> 0)
    ),
    upon as (
        select uses.reader, 1 as depth
        from uses
        where uses.relation = target
        union
        select uses.reader, upon.depth + 1
        from upon
        inner join uses on upon.reader = uses.relation
        where upon.depth < 50
    ),
    replaced as (
        select target as relation
        union
        select uses.reader
        from replaced
        inner join uses on replaced.relation = uses.relation
        inner join pg_class as reader on uses.reader = reader.oid
        where reader.relkind = 'm'
    )
    select
        upon.reader,
        max(upon.depth),
        exists (
            select from uses
            inner join replaced on uses.relation = replaced.relation
            where uses.reader = upon.reader
        )
    from upon
    group by upon.reader;
$$;

-- Grain: one row per statement that gives a new relation of the same name what this one has beyond
-- its columns and rows, in the order of `place`. Objects with a name of their own get out of the way
-- first: they go with the old relation.
create or replace function staging.properties(target oid)
returns table (place integer, run_as oid, about text, statement text)
language sql stable
set search_path to pg_catalog
as $$
    with self as (
        select
            pg_class.*,
            format('%I.%I', nspname, relname) as name,
            case relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end as kind
        from pg_class
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        where pg_class.oid = target
    ),
    columns as (
        select
            attribute.*,
            self.kind,
            self.name as relation_name,
            self.relowner,
            format('alter %s %s alter column %I', self.kind, self.name, attribute.attname) as alter_column
        from pg_attribute as attribute
        inner join self on attribute.attrelid = self.oid
        where attribute.attnum > 0 and not attribute.attisdropped
    ),
    indexes as (
        select
            pg_index.indexrelid,
            pg_index.indisclustered,
            index_class.relname,
            format('%I.%I', nspname, index_class.relname) as name,
            pg_constraint.oid as constraint_oid,
            coalesce(pg_constraint.contype, 'i') as kind
        from pg_index
        inner join pg_class as index_class on pg_index.indexrelid = index_class.oid
        inner join pg_namespace on index_class.relnamespace = pg_namespace.oid
        left join pg_constraint
            on pg_index.indexrelid = pg_constraint.conindid and pg_constraint.contype in ('p', 'u', 'x')
        where pg_index.indrelid = target
    ),
    options as (
        select '' as prefix, unnest(reloptions) as setting from self
        union all
        select 'toast.', unnest(toast.reloptions)
        from self
        inner join pg_class as toast on self.reltoastrelid = toast.oid
    ),
    granted as (
        select self.relowner, null::name as column_name, acl.*
        from self
        cross join lateral aclexplode(self.relacl) as acl
        union all
        select columns.relowner, columns.attname, acl.*
        from columns
        cross join lateral aclexplode(columns.attacl) as acl
    ),
    statistics as (
        select
            pg_statistic_ext.oid,
            stxname,
            format('%I.%I', nspname, stxname) as name,
            nullif((to_jsonb(pg_statistic_ext) ->> 'stxstattarget')::integer, -1) as stattarget
        from pg_statistic_ext
        inner join pg_namespace on pg_statistic_ext.stxnamespace = pg_namespace.oid
        where stxrelid = target
    ),
    constraints as (
        select pg_constraint.*
        from pg_constraint
        where conrelid = target and contype in ('c', 'u', 'x', 'f') and coninhcount = 0
    )

    select
        1,
        null::oid,
        'the options of ' || self.name,
        format(
            'alter %s %s set (%s)',
            self.kind,
            self.name,
            string_agg(
                format(
                    '%s%I = %L',
                    options.prefix,
                    split_part(options.setting, '=', 1),
                    substr(options.setting, strpos(options.setting, '=') + 1)
                ),
                ', '
            )
        )
    from self
    cross join options
    group by self.kind, self.name
    union all
    select 2, null, 'a setting of column ' || columns.attname, columns.alter_column || changed.change
    from columns
    inner join pg_type on columns.atttypid = pg_type.oid
    cross join lateral (
        values
        (' set statistics ' || nullif(columns.attstattarget, -1)),
        (
            (
                select
                    ' set ('
                    || string_agg(
                        format(
                            '%I = %L', split_part(setting, '=', 1), substr(setting, strpos(setting, '=') + 1)
                        ),
                        ', '
                    )
                    || ')'
                from unnest(columns.attoptions) as settings (setting)
                where setting like 'n_distinct%'
            )
        ),
        (
            case
                when columns.kind <> 'view' and columns.attstorage <> pg_type.typstorage
                    then
                        ' set storage '
                        || case columns.attstorage
                            when 'p' then 'plain'
                            when 'e' then 'external'
                            when 'm' then 'main'
                            else 'extended'
                        end
            end
        ),
        (' set compression ' || case columns.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end)
    ) as changed (change)
    where changed.change is not null
    union all
    select
        3,
        null,
        'the default of column ' || columns.attname,
        columns.alter_column || ' set default ' || pg_get_expr(pg_attrdef.adbin, pg_attrdef.adrelid)
    from columns
    inner join pg_attrdef
        on columns.attrelid = pg_attrdef.adrelid and columns.attnum = pg_attrdef.adnum
    where columns.attgenerated = ''
    union all
    select
        4,
        null,
        'index ' || indexes.name,
        format('alter index %s rename to %I', indexes.name, 'replaced_' || indexes.indexrelid)
    from indexes
    where indexes.kind <> 'p'
    union all
    select
        5,
        null,
        'constraint ' || constraints.conname,
        format(
            'alter table %s add constraint %I %s',
            self.name,
            constraints.conname,
            pg_get_constraintdef(constraints.oid)
        )
    from constraints
    cross join self
    union all
    select
        6,
        null,
        'the comment on constraint ' || constraints.conname,
        format('comment on constraint %I on %s is %L', constraints.conname, self.name, described.text)
    from constraints
    cross join self
    cross join lateral obj_description(constraints.oid, 'pg_constraint') as described (text)
    where described.text is not null
    union all
    select 7, null, 'index ' || indexes.name, pg_get_indexdef(indexes.indexrelid)
    from indexes
    where indexes.kind = 'i'
    union all
    select
        8,
        null,
        'index ' || indexes.name,
        format('alter %s %s cluster on %I', self.kind, self.name, indexes.relname)
    from indexes
    cross join self
    where indexes.indisclustered and indexes.kind <> 'p'
    union all
    select
        8,
        null,
        'the comment on index ' || indexes.name,
        format('comment on index %s is %L', indexes.name, described.text)
    from indexes
    cross join lateral obj_description(indexes.indexrelid, 'pg_class') as described (text)
    where indexes.kind <> 'p' and described.text is not null
    union all
    select
        9 + step.place,
        null,
        'statistics ' || statistics.name,
        step.statement
    from statistics
    cross join lateral (
        values
        (0, format('alter statistics %s rename to %I', statistics.name, 'replaced_' || statistics.oid)),
        (1, pg_get_statisticsobjdef(statistics.oid)),
        (2, 'alter statistics ' || statistics.name || ' set statistics ' || statistics.stattarget),
        (
            2,
            format('comment on statistics %s is ', statistics.name)
            || quote_literal(obj_description(statistics.oid, 'pg_statistic_ext'))
        )
    ) as step (place, statement)
    where step.statement is not null
    union all
    select
        case when granted.grantor = granted.relowner then 12 else 13 end,
        case when granted.grantor <> granted.relowner then granted.grantor end,
        'a grant on ' || self.name,
        format(
            'grant %s%s on %s to %s%s',
            granted.privilege_type,
            ' (' || quote_ident(granted.column_name) || ')',
            self.name,
            case granted.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(granted.grantee)) end,
            case when granted.is_grantable then ' with grant option' end
        )
    from granted
    cross join self
    where granted.grantee <> granted.relowner
    union all
    -- dbt describes what it builds.
    select
        14,
        null,
        'the comment on ' || self.name,
        format('comment on materialized view %s is %L', self.name, described.text)
    from self
    cross join lateral obj_description(self.oid, 'pg_class') as described (text)
    where self.relkind = 'm' and described.text is not null
    union all
    select
        14,
        null,
        'a comment on ' || columns.relation_name,
        format('comment on column %s.%I is %L', columns.relation_name, columns.attname, described.text)
    from columns
    cross join lateral col_description(columns.attrelid, columns.attnum) as described (text)
    where columns.kind = 'materialized view' and described.text is not null;
$$;

-- Grain: one row per statement that a replacement of the relation needs (`problem` is null), in the
-- order of `step`, `depth`, `place`, and one per object that it would lose (`problem` names it).
-- `columns` and `kind`: what dbt builds, as in ingest.relations.
create or replace function staging.dependents(target oid, own_columns text[], own_kind text)
returns table (
    step integer, depth integer, place integer, run_as oid, statement text, problem text
)
language plpgsql stable
set search_path to pg_catalog
as $$
#variable_conflict use_column
declare
    self record;
    carried oid [];
    replaced oid [];
    row_types oid [];
    has_columnstore boolean;
begin
    select pg_class.*, nspname, format('%I.%I', nspname, relname) as name
    into self
    from pg_class
    inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
    where pg_class.oid = target;
    select compression_enabled
    into has_columnstore
    from timescaledb_information.hypertables
    where hypertable_schema = self.nspname and hypertable_name = self.relname;

    -- What TimescaleDB keeps for a continuous aggregate is its own; the aggregate is named below.
    select coalesce(array_agg(view_oid), '{}')
    into carried
    from staging.views_upon(target)
    inner join pg_class on view_oid = pg_class.oid
    inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
    where
        must_change
        and nspname !~ '^_timescaledb'
        and not exists (
            select from timescaledb_information.continuous_aggregates
            where view_schema = nspname and view_name = relname
        );
    select array_agg(pg_class.oid), array_agg(pg_type.oid) || array_agg(pg_type.typarray)
    into replaced, row_types
    from pg_class
    inner join pg_type on pg_class.reltype = pg_type.oid
    where pg_class.oid = target or (pg_class.oid = any(carried) and pg_class.relkind = 'm');

    -- 1. What would be lost.
    return query
    with problems as (
        select case self.relkind when 'v' then 'view ' when 'm' then 'materialized view ' else 'table ' end
            || self.name || ' itself, which is not the ' || own_kind || ' that dbt builds' as problem
        where (self.relkind in ('r', 'p')) <> (own_kind = 'table')
        union all
        select format('column %I of %s', attname, self.name)
        from pg_attribute
        where
            attrelid = target
            and own_kind = 'table'
            and self.relkind in ('r', 'p')
            and attnum > 0
            and not attisdropped
            and attname::text <> all(own_columns)
        union all
        -- All that depends on it or on its row type and is not carried over.
        select distinct pg_describe_object(dependency.classid, dependency.objid, dependency.objsubid)
        from pg_depend as dependency
        left join pg_class
            on dependency.classid = 'pg_class'::regclass and dependency.objid = pg_class.oid
        left join pg_rewrite
            on dependency.classid = 'pg_rewrite'::regclass and dependency.objid = pg_rewrite.oid
        left join pg_class as rewritten on pg_rewrite.ev_class = rewritten.oid
        left join pg_attrdef
            on dependency.classid = 'pg_attrdef'::regclass and dependency.objid = pg_attrdef.oid
        left join pg_constraint
            on dependency.classid = 'pg_constraint'::regclass and dependency.objid = pg_constraint.oid
        left join pg_trigger
            on dependency.classid = 'pg_trigger'::regclass and dependency.objid = pg_trigger.oid
        where
            (
                (dependency.refclassid = 'pg_class'::regclass and dependency.refobjid = any(replaced))
                or (dependency.refclassid = 'pg_type'::regclass and dependency.refobjid = any(row_types))
            )
            and case dependency.classid
                when 'pg_class'::regclass then
                    pg_class.relkind not in ('i', 'I', 't', 'S')
                    and not pg_class.oid = any(replaced)
                    and not exists (
                        select from pg_inherits
                        where inhrelid = pg_class.oid and pg_class.relnamespace::regnamespace::text ~ '^_timescaledb'
                    )
                when 'pg_rewrite'::regclass then
                    rewritten.relkind not in ('v', 'm')
                    or (rewritten.oid = target and pg_rewrite.rulename <> '_RETURN')
                when 'pg_attrdef'::regclass then not pg_attrdef.adrelid = any(replaced)
                when 'pg_constraint'::regclass then
                    pg_constraint.contype = 't'
                    or (pg_constraint.conrelid <> 0 and not pg_constraint.conrelid = any(replaced))
                when 'pg_type'::regclass then not dependency.objid = any(row_types)
                when 'pg_statistic_ext'::regclass then false
                when 'pg_trigger'::regclass then
                    not pg_trigger.tgisinternal
                    and not exists (
                        select from pg_depend as membership
                        where
                            membership.classid = 'pg_proc'::regclass
                            and membership.objid = pg_trigger.tgfoid
                            and membership.deptype = 'e'
                    )
                else true
            end
        union all
        select 'row-level security of ' || self.name where self.relrowsecurity
        union all
        select 'the replica identity of ' || self.name where self.relkind = 'r' and self.relreplident <> 'd'
        union all
        select 'the tablespace of ' || self.name where self.reltablespace <> 0
        union all
        select 'the inheritance of ' || self.name where exists (select from pg_inherits where inhrelid = target)
        union all
        select 'a security label of ' || self.name
        where exists (select from pg_seclabel where classoid = 'pg_class'::regclass and objoid = target)
        union all
        select format('view %I.%I, a temporary one of an open session', nspname, relname)
        from pg_class
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        where pg_class.oid = any(carried) and relpersistence = 't'
        union all
        select format(
            'view %I.%I, in whose schema its owner %I may not create', nspname, relname, pg_get_userbyid(relowner)
        )
        from pg_class
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        where
            pg_class.oid = any(carried)
            and relpersistence <> 't'
            and not has_schema_privilege(relowner, relnamespace, 'create')
        union all
        select format('continuous aggregate %I.%I', view_schema, view_name)
        from timescaledb_information.continuous_aggregates
        where hypertable_schema = self.nspname and hypertable_name = self.relname
        union all
        select format('TimescaleDB''s job %s (%s) on %s', job_id, proc_name, self.name)
        from timescaledb_information.jobs
        where hypertable_schema = self.nspname and hypertable_name = self.relname
        union all
        select lost.what || self.name
        from timescaledb_information.hypertables
        cross join lateral (
            values
            ('the tablespaces of ', tablespaces is not null),
            ('another dimension of ', num_dimensions > 1)
        ) as lost (what, is_so)
        where hypertable_schema = self.nspname and hypertable_name = self.relname and lost.is_so
    )
    select 0, 0, 0, null::oid, null::text, problems.problem
    from problems;

    -- 2. What is carried over.
    return query
    with views as (
        select
            pg_class.*,
            upon.depth,
            format('%I.%I', nspname, relname) as name,
            format('replaced_%s', pg_class.oid) as old_name,
            format('%I.replaced_%s', nspname, pg_class.oid) as old_qualified
        from staging.views_upon(target) as upon
        inner join pg_class on upon.view_oid = pg_class.oid
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        where pg_class.oid = any(carried) and relpersistence <> 't'
    ),
    statements as (
        select 1 as step, 0 as depth, properties.*
        from staging.properties(target) as properties
        union all
        -- The bulk-load table already has the settings that dbt made (dbt_project/macros/columnstore/). Each compressed chunk
        -- keeps the settings with which it was compressed.
        select
            1,
            0,
            0,
            null,
            'the columnstore settings of ' || self.name,
            format(
                'alter table %s set (timescaledb.compress%s%s)',
                self.name,
                ', timescaledb.compress_segmentby = ' || quote_literal(nullif(settings.segmentby, '')),
                ', timescaledb.compress_orderby = ' || quote_literal(nullif(settings.orderby, ''))
            )
        from timescaledb_information.hypertable_compression_settings as settings
        -- The view looks up every hypertable by its name, and fails if another session has just renamed one; without
        -- columnstore it is not read.
        where has_columnstore and settings.hypertable = target
        union all
        -- By `or replace` a view keeps its identity, owner, grants and comments, and so does what
        -- has been built on it.
        select
            2,
            views.depth,
            0,
            views.relowner,
            'view ' || views.name,
            format(
                'create or replace view %s%s as %s',
                views.name,
                (
                    select
                        ' with ('
                        || string_agg(
                            format(
                                '%I = %L', split_part(setting, '=', 1), substr(setting, strpos(setting, '=') + 1)
                            ),
                            ', '
                        )
                        || ')'
                    from unnest(views.reloptions) as settings (setting)
                ),
                pg_get_viewdef(views.oid)
            )
        from views
        where views.relkind = 'v'
        union all
        select
            2,
            views.depth,
            1,
            views.relowner,
            'view ' || views.name,
            regexp_replace(pg_get_ruledef(pg_rewrite.oid), '^CREATE RULE', 'CREATE OR REPLACE RULE')
        from views
        inner join pg_rewrite on views.oid = pg_rewrite.ev_class
        where views.relkind = 'v' and pg_rewrite.rulename <> '_RETURN'
        union all
        select 2, views.depth, step.place, views.relowner, 'materialized view ' || views.name, step.statement
        from views
        left join pg_am on views.relam = pg_am.oid
        left join pg_tablespace on views.reltablespace = pg_tablespace.oid
        cross join lateral (
            values
            (-2, format('alter materialized view %s rename to %I', views.name, views.old_name)),
            (
                -1,
                format(
                    'create materialized view %s using %I%s as %s with %s',
                    views.name,
                    pg_am.amname,
                    ' tablespace ' || quote_ident(pg_tablespace.spcname),
                    rtrim(pg_get_viewdef(views.oid), ';'),
                    case when views.relispopulated then 'data' else 'no data' end
                )
            )
        ) as step (place, statement)
        where views.relkind = 'm'
        union all
        select 2, views.depth, properties.place, coalesce(properties.run_as, views.relowner), properties.about,
            properties.statement
        from views
        cross join lateral staging.properties(views.oid) as properties
        where views.relkind = 'm'
        union all
        select 3, -views.depth, 0, views.relowner, 'materialized view ' || views.name,
            'drop materialized view ' || views.old_qualified
        from views
        where views.relkind = 'm'
        union all
        select 4, 0, 0, null, 'the owner of ' || self.name,
            format(
                'alter %s %s owner to %I',
                case self.relkind when 'v' then 'view' else 'table' end,
                self.name,
                pg_get_userbyid(self.relowner)
            )
        where pg_get_userbyid(self.relowner) <> current_user
    )
    select
        statements.step,
        statements.depth,
        statements.place,
        statements.run_as,
        case when acts.may then statements.statement end,
        case
            when not acts.may
                then format(
                    '%s of %s (unless you: %s to %I)',
                    statements.about,
                    acting.rolname,
                    -- Nobody should be a member of a superuser.
                    case
                        when acting.rolsuper then 'alter ' || statements.about || ' owner'
                        else 'grant ' || quote_ident(acting.rolname)
                    end,
                    session_user
                )
        end
    from statements
    left join pg_roles as acting on statements.run_as = acting.oid
    cross join lateral (
        select statements.run_as is null or staging.may_act_as(statements.run_as) as may
    ) as acts;
end;
$$;

-- Grain: one row per object that a full refresh of these relations would lose; of all that dbt builds
-- where none are named (as schema.name). A view is replaced in place as long as its columns stay the
-- same (dbt_project/macros/view.sql); where they change, prepare_swap asks.
create or replace function staging.lost_objects(only_these text[] default null)
returns table (problem text)
language sql stable
as $$
    select distinct dependents.problem
    from ingest.relations as built
    cross join lateral (
        select to_regclass(format('%I.%I', built.schema_name, built.relation_name))::oid as oid
    ) as target
    inner join pg_class on target.oid = pg_class.oid
    cross join lateral staging.dependents(target.oid, built.columns, built.kind) as dependents
    where
        (built.kind = 'table' or pg_class.relkind <> 'v')
        and dependents.problem is not null
        and (only_these is null or built.schema_name || '.' || built.relation_name = any(only_these))
    order by 1;
$$;

-- Before dbt renames the old relation: keeps readers out of it and of the views on it. A reader locks
-- a view before what the view reads, so the outermost views are locked first. Who locks in another
-- order is let by: all is unlocked again before Postgres looks for a deadlock (deadlock_timeout, 1 s)
-- and would cancel one of the two. Gives up after the setting fitbit.lock_wait (600 seconds).
create or replace function staging.lock_for_swap(target oid) returns void
language plpgsql as $$
declare
    lock_wait constant float8 := coalesce(nullif(current_setting('fitbit.lock_wait', true), ''), '600')::float8;
    give_up_at constant timestamptz := clock_timestamp() + make_interval(secs => lock_wait);
    lock_timeout constant text := current_setting('lock_timeout');
    role_before constant text := current_setting('role');
    locked record;
    relations oid [];
    holders text;
begin
    loop
        begin
            perform set_config('lock_timeout', '500ms', true);
            relations := '{}';
            for locked in
                select
                    pg_class.oid,
                    pg_get_userbyid(pg_class.relowner) as owner,
                    case
                        when relkind in ('v', 'm')
                            -- Changes nothing. `lock table` would lock what the view reads, too.
                            then format(
                                'alter %s %I.%I owner to %I',
                                case relkind when 'v' then 'view' else 'materialized view' end,
                                nspname,
                                relname,
                                pg_get_userbyid(relowner)
                            )
                        else format('lock table only %I.%I in access exclusive mode', nspname, relname)
                    end as statement
                from (
                    select view_oid as oid, depth from staging.views_upon(target)
                    union all
                    select target, 0
                ) as to_lock
                inner join pg_class on to_lock.oid = pg_class.oid
                inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
                where staging.may_act_as(relowner) and nspname !~ '^_timescaledb'
                order by to_lock.depth desc, to_lock.oid
            loop
                relations := relations || locked.oid;
                perform set_config('role', locked.owner, true);
                execute locked.statement;
            end loop;
            perform set_config('role', role_before, true);
            perform set_config('lock_timeout', lock_timeout, true);
            return;
        exception when lock_not_available or deadlock_detected then
            if clock_timestamp() > give_up_at then
                select string_agg(
                    distinct format(
                        'pid %s (user %s, %s) since %s',
                        activity.pid,
                        activity.usename,
                        concat_ws(', ', nullif(activity.application_name, ''), activity.state),
                        activity.xact_start
                    ),
                    ' and '
                )
                into holders
                from pg_locks as locks
                inner join pg_stat_activity as activity on locks.pid = activity.pid
                where locks.relation = any(relations) and locks.granted and locks.pid <> pg_backend_pid();
                raise exception 'gave up after % s of waiting for a lock on %, held by %',
                    lock_wait, target::regclass, coalesce(holders, 'somebody who has just ended')
                using errcode = 'lock_not_available';
            end if;
        end;
        perform pg_sleep(0.2);
    end loop;
end;
$$;

create or replace function staging.prepare_swap(old_schema text, old_name text) returns void
language plpgsql as $$
declare
    target oid := to_regclass(format('%I.%I', old_schema, old_name));
    built ingest.relations;
    problems text;
begin
    select * into built
    from ingest.relations
    where schema_name = old_schema and relation_name = old_name;
    perform staging.lock_for_swap(target);
    select string_agg(distinct problem, '; ') into problems
    from staging.dependents(target, built.columns, built.kind);
    if problems is not null then
        raise exception 'replacing %.% would lose: %', old_schema, old_name, problems;
    end if;
    perform set_config(
        'fitbit.swap',
        (
            select coalesce(
                jsonb_agg(
                    jsonb_build_object('role', pg_get_userbyid(run_as), 'statement', statement)
                    order by step, depth, place, statement
                ),
                '[]'
            )::text
            from staging.dependents(target, built.columns, built.kind)
        ),
        true
    );
end;
$$;

-- After the new relation is in its place and complete. Privileges that it has by default and the old
-- one had not are taken away, except those of the role for readers.
create or replace function staging.finish_swap(new_schema text, new_name text) returns void
language plpgsql
set search_path to pg_catalog
as $$
declare
    role_before text := current_setting('role');
    carried record;
begin
    if coalesce(current_setting('fitbit.swap', true), '') = '' then
        return;
    end if;
    for carried in
        select distinct format(
            'revoke all on %I.%I from %s',
            new_schema,
            new_name,
            case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end
        ) as statement
        from pg_class
        cross join lateral aclexplode(relacl)
        where
            pg_class.oid = format('%I.%I', new_schema, new_name)::regclass
            and grantee <> relowner
            and (grantee = 0 or pg_get_userbyid(grantee) <> 'fitbit_reader')
    loop
        execute carried.statement;
    end loop;
    for carried in
        select step ->> 'role' as run_as, step ->> 'statement' as statement
        from jsonb_array_elements(current_setting('fitbit.swap')::jsonb) as steps (step)
    loop
        perform set_config('role', coalesce(carried.run_as, role_before), true);
        execute carried.statement;
    end loop;
    perform set_config('role', role_before, true);
    perform set_config('fitbit.swap', '', true);
end;
$$;
