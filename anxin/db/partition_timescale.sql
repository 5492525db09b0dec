-- Partitioning on TimescaleDB: hypertables make their chunks themselves.

create or replace function anxin.ensure_partition(parent text, moment timestamptz) returns boolean
language sql as $$ select false $$;

create or replace function anxin.drop_partitions_before(parent text, moment timestamptz) returns integer
language plpgsql security definer as $$
declare
    width interval; dropped integer;
begin
    select p.width into strict width from anxin.partitioned p where p.table_name = parent;
    select count(*) into dropped
    from public.drop_chunks(parent::regclass, date_bin(width, moment, timestamptz '2000-01-01 00:00:00+00'));
    return dropped;
end $$;
