-- The catalogue: which of the nine risks of GB 38600 a kind guards against, and whether a rule may suppress it.
alter table anxin.alert_kind
    add column risks smallint[] not null default '{}', add column suppressible boolean not null default true;

-- A rule's number may hold at a time of the day only (local; over midnight if ends is not later).
alter table anxin.policy
    add column starts time, add column ends time,
    add constraint policy_starts_and_ends check
        ((starts is null) = (ends is null) and (starts is null or starts <> ends));
drop index anxin.policy_one_in_force;
create unique index policy_one_in_force on anxin.policy
    (facility_id, coalesce(ward_id, 0), coalesce(resident_id, 0), rule, parameter, coalesce(starts, '00:00'),
     coalesce(ends, '00:00')) where valid_to is null;

-- What is due when: one line of the facility file, from its time on.
create table anxin.schedule (
    id integer generated always as identity primary key, facility_id integer not null references anxin.facility,
    ward_id integer references anxin.ward, resident_id integer references anxin.resident, line jsonb not null,
    valid_from timestamptz not null, valid_to timestamptz
);
create unique index schedule_one_in_force on anxin.schedule (facility_id, line) where valid_to is null;

-- What carers told the watch, one tap each, to keep. key: of the tap, so that a repeated request counts once.
create table anxin.care_entry (
    id bigint generated always as identity primary key, facility_id integer not null references anxin.facility,
    key text not null check (length(key) between 1 and 100), kind text not null, time timestamptz not null,
    account_id integer not null references anxin.account, resident_id integer references anxin.resident,
    room_id integer references anxin.room, ward_id integer references anxin.ward, facts jsonb not null default '{}',
    partition smallint not null, arrival bigint not null, received_at timestamptz not null,
    unique (facility_id, key)
);
create index care_entry_time on anxin.care_entry (facility_id, time);

-- How an entry stands in the log (anxin.care.Entry); written here only, so that a replay from the kept rows is exact.
create function anxin.entry_payload(entry anxin.care_entry) returns bytea
language sql stable set search_path = pg_catalog as $$
    select convert_to(jsonb_strip_nulls(jsonb_build_object(
        'kind', entry.kind, 'time', to_char(entry.time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'account', entry.account_id, 'resident', entry.resident_id, 'room', entry.room_id, 'ward', entry.ward_id,
        'facts', entry.facts))::text, 'UTF8')
$$;

-- Keeps an entry and appends it to the log in the caller's transaction, under the lock that numbers the arrivals, so
-- that the watch reads it in its turn, exactly once. Returns its id; a key that is known changes nothing. It runs with
-- the rights of its owner: the api may append entries and nothing else.
create function anxin.note_entry(
    p_facility integer, p_key text, p_kind text, p_time timestamptz, p_account integer, p_resident integer,
    p_room integer, p_ward integer, p_facts jsonb, p_now timestamptz) returns bigint
language plpgsql security definer set search_path = pg_catalog as $$
declare
    home anxin.facility; numbered anxin.ingest_partition; put_back boolean; came timestamptz; made anxin.care_entry;
begin
    select * into strict home from anxin.facility where id = p_facility;
    if not exists (select from anxin.account where id = p_account and facility_id = p_facility)
        or p_resident is not null and not exists (
            select from anxin.resident where id = p_resident and facility_id = p_facility)
        or p_room is not null and not exists (select from anxin.room where id = p_room and facility_id = p_facility)
        or p_ward is not null and not exists (select from anxin.ward where id = p_ward and facility_id = p_facility)
    then
        raise exception 'an entry names somebody or somewhere of another facility' using errcode = 'foreign_key_violation';
    end if;
    insert into anxin.ingest_partition (partition, received_at) values (home.partition, p_now)
    on conflict (partition) do nothing;
    perform anxin.ensure_partition('anxin.log', p_now);
    select * into strict numbered from anxin.ingest_partition where partition = home.partition for update;
    put_back := numbered.received_at - p_now > interval '1 hour';
    came := case when put_back then p_now else greatest(p_now, numbered.received_at) end;
    insert into anxin.care_entry (facility_id, key, kind, time, account_id, resident_id, room_id, ward_id, facts,
                                  partition, arrival, received_at)
    values (p_facility, p_key, p_kind, p_time, p_account, p_resident, p_room, p_ward, p_facts,
            home.partition, numbered.next_arrival, came)
    on conflict (facility_id, key) do nothing returning * into made;
    if made.id is null then
        return (select id from anxin.care_entry where facility_id = p_facility and key = p_key);
    end if;
    insert into anxin.log (partition, arrival, received_at, facility, gateway, lane, epoch, seq, payload)
    values (made.partition, made.arrival, came, home.code, 'console', 'entry', 'entry', made.id,
            anxin.entry_payload(made));
    update anxin.ingest_partition
    set next_arrival = made.arrival + 1, received_at = came,
        ordered_from = case when put_back then made.arrival else numbered.ordered_from end
    where partition = home.partition;
    perform pg_notify('anxin_log', home.partition::text);
    return made.id;
end $$;
revoke all on function
    anxin.note_entry(integer, text, text, timestamptz, integer, integer, integer, integer, jsonb, timestamptz) from public;

-- What can be seen: each kind for each resident, room or home; missing is empty where it is covered.
create table anxin.coverage (
    facility_id integer not null references anxin.facility, kind text not null references anxin.alert_kind,
    resident_id integer references anxin.resident, room_id integer references anxin.room,
    missing text[] not null, covered boolean not null generated always as (cardinality(missing) = 0) stored
);
create index coverage_facility on anxin.coverage (facility_id, kind);
