-- The life of an alert: what holds it, what it belongs to, what each sensor said.
alter table anxin.alert
    add column held text, add column held_until timestamptz, add column parent_id bigint references anxin.alert,
    add column sources jsonb not null default '{}',
    add constraint held_is_open_and_silent check
        (held is null or (resolved_at is null and acknowledged_at is null and next_step_at is null)),
    add constraint held_until_means_held check (held_until is null or held is not null),
    add constraint life_is_never_held check (held is null or not (life_safety or kind = 'fall_suspected'));
create index alert_held on anxin.alert (held_until) where held_until is not null;
create index alert_parent on anxin.alert (parent_id) where parent_id is not null;

-- One fall is one alert, however far it has come. What older versions raised side by side stays with the newer one.
update anxin.alert low set parent_id = high.id
from anxin.alert high
where low.resolved_at is null and high.resolved_at is null and low.subject = high.subject and low.id <> high.id
    and array_position(array['fall_suspected', 'fall_confirmed', 'long_lie'], low.kind)
        < array_position(array['fall_suspected', 'fall_confirmed', 'long_lie'], high.kind);
create unique index alert_one_fall on anxin.alert (subject) where resolved_at is null and parent_id is null
    and kind in ('fall_suspected', 'fall_confirmed', 'bed_fall', 'long_lie');

-- What people set: somebody is in the room, a resident is out, one kind of one resident or device is put aside.
create table anxin.hold (
    id integer generated always as identity primary key, facility_id integer not null references anxin.facility,
    reason text not null check (reason in ('presence', 'leave', 'shelved')), resident_id integer references anxin.resident,
    room_id integer references anxin.room, device_id integer references anxin.device, kind text references anxin.alert_kind,
    starts_at timestamptz not null, ends_at timestamptz, account_id integer references anxin.account, note text,
    constraint presence_is_in_a_room_for_a_time check (reason <> 'presence' or (room_id is not null and ends_at is not null)),
    constraint leave_is_of_a_resident check (reason <> 'leave' or resident_id is not null),
    constraint shelved_is_one_kind_of_one_for_a_quarter check (reason <> 'shelved' or (kind is not null
        and (resident_id is null) <> (device_id is null) and account_id is not null and note is not null
        and ends_at <= starts_at + interval '15 minutes'))
);
create index hold_now on anxin.hold (facility_id, ends_at);

-- New residents: until then everything but what is never held is recorded and not rung.
alter table anxin.stay add column shadow_until timestamptz;

-- What is to be done because of an alert, until somebody ticks it.
create table anxin.task (
    id bigint generated always as identity primary key, facility_id integer not null references anxin.facility,
    alert_id bigint not null references anxin.alert, kind text not null, due_at timestamptz not null,
    created_at timestamptz not null, done_at timestamptz, done_by integer references anxin.account, note text,
    dropped_at timestamptz, unique (alert_id, kind, due_at),
    constraint done_means_who_and_when check ((done_at is null) = (done_by is null)),
    constraint done_is_not_dropped check (done_at is null or dropped_at is null)
);
create index task_open on anxin.task (facility_id, due_at) where done_at is null and dropped_at is null;

-- A shift handed over: what was open then, given by one person, signed by the next.
create table anxin.handover (
    id integer generated always as identity primary key, facility_id integer not null references anxin.facility,
    ward_id integer references anxin.ward, given_at timestamptz not null, given_by integer not null references anxin.account,
    note text, content jsonb not null, signed_at timestamptz, signed_by integer references anxin.account,
    constraint signed_means_who_and_when check ((signed_at is null) = (signed_by is null)),
    constraint signed_by_somebody_else check (signed_by is distinct from given_by)
);
create index handover_open on anxin.handover (facility_id, given_at);
