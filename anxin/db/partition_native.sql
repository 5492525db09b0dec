-- Partitioning on plain PostgreSQL: range partitions made ahead of the writer. A table is attached, not created in
-- place, so that readers of the parent are not shut out meanwhile.

create or replace function anxin.ensure_partition(parent text, moment timestamptz) returns boolean
language plpgsql security definer set search_path = pg_catalog as $$
declare
    width interval; lower_end timestamptz; name text;
begin
    select p.width into strict width from anxin.partitioned p where p.table_name = parent;
    lower_end := date_bin(width, moment, timestamptz '2000-01-01 00:00:00+00');
    name := format('%s_%s', parent, to_char(lower_end at time zone 'UTC', 'YYYYMMDD"t"HH24MI'));
    if to_regclass(name) is not null then
        return false;
    end if;
    -- Attaching takes this lock anyway. Waiting for it, unlike for an advisory lock, also makes this session forget that
    -- it has just not found the table.
    execute format('lock table %s in share update exclusive mode', parent);
    if to_regclass(name) is not null then
        return false;
    end if;
    execute format('create table %s (like %s including defaults including constraints)', name, parent);
    execute format('alter table %s attach partition %s for values from (%L) to (%L)',
                   parent, name, lower_end, lower_end + width);
    return true;
end $$;

create or replace function anxin.drop_partitions_before(parent text, moment timestamptz) returns integer
language plpgsql security definer set search_path = pg_catalog as $$
declare
    width interval; oldest_kept text; child record; dropped integer := 0;
begin
    select p.width into strict width from anxin.partitioned p where p.table_name = parent;
    oldest_kept := to_char(date_bin(width, moment, timestamptz '2000-01-01 00:00:00+00') at time zone 'UTC',
                           'YYYYMMDD"t"HH24MI');
    for child in
        select c.oid::regclass as name, right(c.relname, 13) as lower_end
        from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = parent::regclass
    loop
        if child.lower_end < oldest_kept then
            execute format('drop table %s', child.name);
            dropped := dropped + 1;
        end if;
    end loop;
    return dropped;
end $$;
