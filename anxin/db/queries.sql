-- name: timescale_offered
-- One row where the server can load TimescaleDB.
select 1 from pg_available_extensions where name = 'timescaledb'

-- name: load_timescale
-- Installs the extension in this database.
create extension if not exists timescaledb

-- name: lock_migration
-- Lets one migration in at a time; released with the transaction.
select pg_advisory_xact_lock(%(key)s)

-- name: role_exists
-- One row where the server knows the role.
select 1 from pg_roles where rolname = %(role)s

-- name: create_migration_table
-- Where the names of applied migrations stand.
create schema if not exists anxin_meta;
create table if not exists anxin_meta.migration (
    name text primary key, applied_at timestamptz not null default clock_timestamp()
)

-- name: applied_migrations
-- The names of the migrations that this database has.
select name from anxin_meta.migration

-- name: note_migration
-- Remembers that a migration ran.
insert into anxin_meta.migration (name) values (%(name)s)

-- name: note_partitioned
-- Remembers a partitioned table, its time column and the width of a partition.
insert into anxin.partitioned values (%(table)s, %(column)s, %(width)s)

-- name: create_hypertable
-- Turns an empty table into a hypertable.
select public.create_hypertable(
    %(table)s::regclass, %(column)s::name, chunk_time_interval => %(width)s::interval, create_default_indexes => false)

-- name: put_observation_kind
-- Copies one word of anxin.vocabulary.
insert into anxin.observation_kind (code, name, unit, scale, low, high, label_en, label_zh)
values (%s, %s, %s, %s, %s, %s, %s, %s)
on conflict (code) do update set
    name = excluded.name, unit = excluded.unit, scale = excluded.scale, low = excluded.low, high = excluded.high,
    label_en = excluded.label_en, label_zh = excluded.label_zh

-- name: put_alert_kind
-- Copies one kind of anxin.catalogue.
insert into anxin.alert_kind (name, class, priority, latching, life_safety, label_en, label_zh, risks, suppressible,
    onset, persistence, hysteresis, clearing)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict (name) do update set
    class = excluded.class, priority = excluded.priority, latching = excluded.latching,
    life_safety = excluded.life_safety, label_en = excluded.label_en, label_zh = excluded.label_zh,
    risks = excluded.risks, suppressible = excluded.suppressible, onset = excluded.onset,
    persistence = excluded.persistence, hysteresis = excluded.hysteresis, clearing = excluded.clearing

-- name: server_now
-- The server's clock, to compare with ours.
select clock_timestamp()
