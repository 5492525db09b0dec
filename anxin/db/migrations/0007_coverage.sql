-- What is covered, in as many rows as there are different answers: one by one a city is a million rows, each with four
-- foreign keys to be looked up. It is derived; the watch writes it anew.
drop table anxin.coverage;

-- Each kind, what is missing (empty where it is covered), and for whom: residents, rooms, or (neither) the home itself.
create table anxin.coverage (
    facility_id integer not null references anxin.facility, kind text not null references anxin.alert_kind,
    missing text[] not null, residents integer[] not null, rooms integer[] not null,
    covered boolean not null generated always as (cardinality(missing) = 0) stored
);
create index coverage_facility on anxin.coverage (facility_id, kind);

-- The same one by one.
create view anxin.coverage_line as
select c.facility_id, c.kind, c.missing, c.covered, one.resident_id, one.room_id
from anxin.coverage c
cross join lateral (
    select resident_id, null::integer as room_id from unnest(c.residents) as resident_id
    union all
    select null, room_id from unnest(c.rooms) as room_id
    union all
    select null, null where c.residents = '{}' and c.rooms = '{}'
) one;
