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
