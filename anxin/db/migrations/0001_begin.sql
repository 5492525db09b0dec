-- The store. Partitioned tables are written in PostgreSQL's own form; on TimescaleDB the clause is dropped and the
-- table becomes a hypertable. The comment "-- partitioned <table> <column> <width>" tells the migration both.

create schema anxin;

create table anxin.partitioned (table_name text primary key, time_column text not null, width interval not null);

-- Words, copied from anxin.vocabulary at every migration run.
create table anxin.observation_kind (
    code smallint primary key, name text not null unique, unit text not null, scale double precision not null,
    low double precision not null, high double precision not null, label_en text not null, label_zh text not null
);
create table anxin.alert_kind (
    name text primary key, class text not null, priority smallint not null, latching boolean not null,
    life_safety boolean not null, label_en text not null, label_zh text not null
);

-- Places. A region tree (province, city, county, town) stands above facilities.
create table anxin.region (
    id integer generated always as identity primary key, code text not null unique, name text not null,
    level text not null check (level in ('province', 'city', 'county', 'town')),
    parent_id integer references anxin.region
);
create table anxin.facility (
    id integer generated always as identity primary key, code text not null unique, name text not null,
    region_id integer references anxin.region, time_zone text not null, language text not null default 'zh',
    partition smallint not null default 0, settings jsonb not null default '{}'
);
create table anxin.ward (
    id integer generated always as identity primary key, facility_id integer not null references anxin.facility,
    code text not null, name text not null, active boolean not null default true, unique (facility_id, code)
);
create table anxin.room (
    id integer generated always as identity primary key, facility_id integer not null references anxin.facility,
    ward_id integer not null references anxin.ward, code text not null, name text not null, kind text not null,
    scan_code text not null, active boolean not null default true, unique (facility_id, code),
    unique (facility_id, scan_code)
);
create table anxin.bed (
    id integer generated always as identity primary key, facility_id integer not null references anxin.facility,
    room_id integer not null references anxin.room, code text not null, name text not null, scan_code text not null,
    active boolean not null default true, unique (facility_id, code), unique (facility_id, scan_code)
);

-- People.
create table anxin.resident (
    id integer generated always as identity primary key, facility_id integer not null references anxin.facility,
    code text not null, name text not null, birth_year smallint, profile jsonb not null default '{}',
    active boolean not null default true, unique (facility_id, code)
);
create table anxin.stay (
    id integer generated always as identity primary key, resident_id integer not null references anxin.resident,
    bed_id integer not null references anxin.bed, starts_at timestamptz not null, ends_at timestamptz,
    check (ends_at is null or ends_at > starts_at), unique (resident_id, bed_id, starts_at)
);
create unique index stay_one_resident_a_bed on anxin.stay (bed_id) where ends_at is null;
create unique index stay_one_bed_a_resident on anxin.stay (resident_id) where ends_at is null;
create table anxin.account (
    id integer generated always as identity primary key, facility_id integer not null references anxin.facility,
    code text not null, name text not null, role text not null, password_hash text, language text not null default 'zh',
    phone text, active boolean not null default true, unique (facility_id, code)
);
create table anxin.consent (
    account_id integer not null references anxin.account, resident_id integer not null references anxin.resident,
    scopes text[] not null, given_by text not null, given_at timestamptz not null, revoked_at timestamptz,
    primary key (account_id, resident_id)
);
create table anxin.duty (
    id integer generated always as identity primary key, facility_id integer not null references anxin.facility,
    account_id integer not null references anxin.account, ward_id integer references anxin.ward, post text not null,
    shift text not null, starts time not null, ends time not null, unique (account_id, ward_id, post, shift)
);
create table anxin.session (
    token_hash bytea primary key, account_id integer not null references anxin.account,
    created_at timestamptz not null, expires_at timestamptz not null
);

-- Equipment.
create table anxin.gateway (
    id integer generated always as identity primary key, facility_id integer not null references anxin.facility,
    code text not null, name text not null, heartbeat_s real not null, active boolean not null default true,
    unique (facility_id, code)
);
create table anxin.device (
    id integer generated always as identity primary key, facility_id integer not null references anxin.facility,
    gateway_id integer not null references anxin.gateway, code text not null, kind text not null, model text,
    room_id integer references anxin.room, bed_id integer references anxin.bed,
    resident_id integer references anxin.resident, supervision_s real, active boolean not null default true,
    unique (gateway_id, code)
);

-- A rule's number, from its time on; the narrowest scope wins (resident, ward, facility).
create table anxin.policy (
    id integer generated always as identity primary key, facility_id integer not null references anxin.facility,
    ward_id integer references anxin.ward, resident_id integer references anxin.resident, rule text not null,
    parameter text not null, value jsonb not null, valid_from timestamptz not null, valid_to timestamptz
);
create unique index policy_one_in_force on anxin.policy
    (facility_id, coalesce(ward_id, 0), coalesce(resident_id, 0), rule, parameter) where valid_to is null;

-- The log: each message as it came, numbered without gaps in the order of commits (the row of ingest_partition is locked
-- until the commit, so `arrival > cursor` can never skip a row that commits later).
-- received_at does not decrease from `ordered_from` on: there the server's clock was last put back a long way.
create table anxin.ingest_partition (
    partition smallint primary key, next_arrival bigint not null default 1, received_at timestamptz not null,
    ordered_from bigint not null default 1
);
create table anxin.log (
    partition smallint not null, arrival bigint not null, received_at timestamptz not null, facility text not null,
    gateway text not null, lane text not null, epoch text not null, seq bigint not null, payload bytea not null
) partition by range (received_at);
-- partitioned anxin.log received_at 6 hours
create index log_arrival on anxin.log (partition, arrival);
create table anxin.watermark (
    facility text not null, gateway text not null, lane text not null, epoch text not null, seq bigint not null,
    committed_at timestamptz not null, primary key (facility, gateway, lane, epoch)
);
create table anxin.quarantine (
    id bigint generated always as identity primary key, facility text not null, gateway text not null,
    device text not null default '', topic text not null, reason text not null, detail text not null,
    payload bytea not null, digest bytea not null, first_at timestamptz not null, last_at timestamptz not null,
    count bigint not null default 1, unique (facility, gateway, device, reason, digest)
);
create table anxin.cursor (
    consumer text not null, partition smallint not null, arrival bigint not null, received_at timestamptz not null,
    now timestamptz not null, primary key (consumer, partition)
);

-- Projections of the log.
-- observation_pack: one row a device, set of kinds and minute, n samples. Value of kind j at sample i is
-- scaled[(j - 1) * n + i] * scale, or floats[...] where a value does not fit. Time of sample i is
-- minute + offsets[i] + 30000 ms, or minute + start_ms + (i - 1) * step_ms where offsets is null.
create table anxin.observation_pack (
    minute timestamptz not null, device_id integer not null, n smallint not null, start_ms integer not null,
    step_ms integer not null, arrival bigint not null, kinds smallint[] not null, offsets smallint[],
    scaled smallint[], floats real[], quality smallint[]
) partition by range (minute);
-- partitioned anxin.observation_pack minute 1 day
create index observation_pack_device on anxin.observation_pack (device_id, minute);
create table anxin.current_state (
    device_id integer not null references anxin.device, kinds smallint[] not null, time timestamptz not null,
    received_at timestamptz not null, "values" real[] not null, quality real, primary key (device_id, kinds)
) with (fillfactor = 50);
create table anxin.device_event (
    partition smallint not null, arrival bigint not null, item smallint not null, gateway_id integer not null,
    device_id integer, time timestamptz not null, received_at timestamptz not null, type text not null,
    origin text not null, detail jsonb not null, primary key (partition, arrival, item)
);
create index device_event_device on anxin.device_event (device_id, time);
create table anxin.gateway_state (
    gateway_id integer primary key references anxin.gateway, up boolean not null, since timestamptz not null,
    heard_at timestamptz not null, session text, held bigint not null default 0, dropped bigint not null default 0
);

-- Alerts. The rules that no program may break stand here as constraints.
create table anxin.alert (
    id bigint generated always as identity primary key, facility_id integer not null references anxin.facility,
    kind text not null references anxin.alert_kind, subject text not null, ward_id integer references anxin.ward,
    room_id integer references anxin.room, bed_id integer references anxin.bed,
    resident_id integer references anxin.resident, device_id integer references anxin.device,
    gateway_id integer references anxin.gateway, class text not null, priority smallint not null,
    latching boolean not null, life_safety boolean not null, late boolean not null default false,
    condition_present boolean not null, occurrences integer not null default 1 check (occurrences >= 1),
    onset_at timestamptz not null, raised_at timestamptz not null, rang_at timestamptz not null, notified_at timestamptz,
    cleared_at timestamptz, acknowledged_at timestamptz, acknowledged_by integer references anxin.account,
    acknowledged_until timestamptz, arrived_at timestamptz, arrived_by integer references anxin.account,
    resolved_at timestamptz, resolved_by integer references anxin.account, outcome text, note text,
    assigned_to integer references anxin.account, step smallint not null default 0, next_step_at timestamptz,
    evidence jsonb not null default '{}',
    state text not null generated always as (case
        when resolved_at is not null then 'off'
        when condition_present and acknowledged_at is null then 'on'
        when condition_present then 'ack'
        when acknowledged_at is null and latching then 'latched'
        else 'off' end) stored,
    constraint acknowledged_means_who_and_when check ((acknowledged_at is null) = (acknowledged_by is null)),
    constraint arrived_means_who_and_when check ((arrived_at is null) = (arrived_by is null)),
    constraint resolved_has_an_outcome check ((resolved_at is null) = (outcome is null)),
    constraint resolved_by_a_person_or_by_itself check
        (resolved_at is null or resolved_by is not null or outcome = 'self_cleared'),
    constraint life_safety_ends_at_the_place check (resolved_at is null or not life_safety or arrived_at is not null),
    constraint resolved_is_not_escalated check (resolved_at is null or next_step_at is null)
);
create unique index alert_one_unresolved on anxin.alert (kind, subject) where resolved_at is null;
create index alert_open on anxin.alert (facility_id) where resolved_at is null;
create index alert_due on anxin.alert (next_step_at) where next_step_at is not null;
create index alert_resident on anxin.alert (resident_id, raised_at);
create index alert_raised on anxin.alert (facility_id, raised_at);

-- What happened to an alert, in the order of commits within a facility (writers hold the facility's advisory lock).
create table anxin.alert_history (
    id bigint generated always as identity primary key, facility_id integer not null,
    alert_id bigint not null references anxin.alert, at timestamptz not null, action text not null,
    account_id integer references anxin.account, detail jsonb not null default '{}',
    recorded_at timestamptz not null default clock_timestamp()
);
create index alert_history_alert on anxin.alert_history (alert_id, id);
create index alert_history_facility on anxin.alert_history (facility_id, id);

-- One try to tell one person by one channel, kept until it is delivered, failed for good or no longer wanted.
create table anxin.outbox (
    id bigint generated always as identity primary key, alert_id bigint not null references anxin.alert,
    history_id bigint not null references anxin.alert_history, channel text not null, recipient text not null,
    due_at timestamptz not null, attempts integer not null default 0, state text not null default 'pending'
        check (state in ('pending', 'sent', 'failed', 'cancelled')),
    done_at timestamptz, last_error text, unique (history_id, channel, recipient)
);
create index outbox_due on anxin.outbox (due_at) where state = 'pending';

-- What a detector must remember across a restart: written together with the cursor and the alerts.
create table anxin.detector_state (
    partition smallint not null, detector text not null, subject text not null, state jsonb not null,
    primary key (partition, detector, subject)
);

-- The clock of a simulated home; no row in a real one. It stood at origin when the real one stood at anchor, and runs at
-- speed. Grafana knows only the real clock, so the views of report.* ask report.present().
create table anxin.simulated_clock (
    only_one boolean primary key default true check (only_one), origin timestamptz not null,
    anchor timestamptz not null, speed double precision not null check (speed >= 0)
);
