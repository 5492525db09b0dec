-- report.*: the state of the wards for dashboards, as the role anxin_report. Places, devices and carers, never residents.
-- Views hold rights of their own on the tables beneath; functions get them by `security definer`.

-- The present: of the real clock, or of the simulated home's. The same within one statement.
create function report.present() returns timestamptz
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select coalesce(
        (select c.origin + (statement_timestamp() - c.anchor) * c.speed from anxin.simulated_clock c),
        statement_timestamp())
$$;

-- Wards to choose from. label: with its facility where the store holds several.
create view report.ward as
select w.id as ward_id, w.code, w.name as ward, f.id as facility_id, f.name as facility, f.time_zone,
    case when count(*) over () = count(*) over (partition by f.id) then w.name
        else f.name || ' · ' || w.name end as label
from anxin.ward w join anxin.facility f on f.id = w.facility_id
where w.active;

-- Beds in use, with their place. label: the name, with the codes where two beds of the store have the same.
create view report.bed_place as
select b.id as bed_id, b.name as bed, o.name as room, w.id as ward_id, w.name as ward, w.facility_id,
    case when count(*) over (partition by b.name) = 1 then b.name else f.code || ' ' || b.code end as label
from anxin.bed b
join anxin.room o on o.id = b.room_id
join anxin.ward w on w.id = o.ward_id
join anxin.facility f on f.id = w.facility_id
where b.active and o.active and w.active;

-- Each bed and what is known of it now; the same rule as on the pages (api/bedside.py): a value counts only while its
-- device and its gateway are heard as often as they promised (10 minutes without a promise, 3 missed beats), heart and
-- respiratory rate for 120 s; the word of a living device beats a dead one's, a newer an older. Otherwise the value is
-- null, occupancy `unknown`, and the time says when something was last known (null: never).
create view report.bed as
with present as materialized (select report.present() as now),
stay as materialized (
    select s.bed_id, s.resident_id from anxin.stay s cross join present p
    where s.starts_at <= p.now and (s.ends_at is null or s.ends_at > p.now)
),
heard as (select c.device_id, max(c.received_at) as heard_at from anxin.current_state c group by c.device_id),
device as (
    select d.id, coalesce(d.bed_id, s.bed_id) as bed_id,
        p.now - h.heard_at <= make_interval(secs => coalesce(nullif(d.supervision_s, 0), 600))
            and (gs.gateway_id is null
                or gs.up and p.now - gs.heard_at <= make_interval(secs => g.heartbeat_s * 3)) as alive
    from anxin.device d
    cross join present p
    join heard h on h.device_id = d.id
    join anxin.gateway g on g.id = d.gateway_id
    left join anxin.gateway_state gs on gs.gateway_id = g.id
    left join stay s on d.bed_id is null and s.resident_id = d.resident_id
    where d.active
),
newest as (
    select distinct on (d.bed_id, k.name) d.bed_id, k.name as kind, c.time,
        case when d.alive and (k.name not in ('heart_rate', 'respiratory_rate')
            or p.now - c.time <= interval '120 seconds') then u.value end as value
    from device d
    cross join present p
    join anxin.current_state c on c.device_id = d.id
    cross join lateral unnest(c.kinds, c."values") as u (code, value)
    join anxin.observation_kind k on k.code = u.code
        and k.name in ('bed_occupied', 'bed_edge', 'heart_rate', 'respiratory_rate')
    where d.bed_id is not null
    order by d.bed_id, k.name, d.alive desc, c.time desc
),
state as (
    select bed_id,
        max(value) filter (where kind = 'bed_occupied') as occupied,
        max(time) filter (where kind = 'bed_occupied') as occupied_at,
        max(value) filter (where kind = 'bed_edge') as edge,
        max(value) filter (where kind = 'heart_rate') as heart_rate,
        max(time) filter (where kind = 'heart_rate') as heart_rate_at,
        max(value) filter (where kind = 'respiratory_rate') as respiratory_rate,
        max(time) filter (where kind = 'respiratory_rate') as respiratory_rate_at
    from newest group by bed_id
)
select b.*, exists (select 1 from stay s where s.bed_id = b.bed_id) as lived_in,
    case when s.occupied is null then 'unknown' when s.occupied < 0.5 then 'out'
        when s.edge >= 0.5 then 'edge' else 'in' end as occupancy,
    s.occupied_at as occupancy_at, extract(epoch from p.now - s.occupied_at)::double precision as occupancy_age_s,
    s.heart_rate::double precision as heart_rate, s.heart_rate_at,
    extract(epoch from p.now - s.heart_rate_at)::double precision as heart_rate_age_s,
    s.respiratory_rate::double precision as respiratory_rate, s.respiratory_rate_at,
    extract(epoch from p.now - s.respiratory_rate_at)::double precision as respiratory_rate_age_s
from report.bed_place b
cross join present p
left join state s on s.bed_id = b.bed_id;

-- A bed's past as spans without holes: in, out, unknown (also what lies after the present), free (nobody lived there).
create function report.bed_segments(bed integer, start timestamptz, stop timestamptz)
returns table (starts_at timestamptz, ends_at timestamptz, state text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    with present as materialized (select report.present() as now),
    stay as (
        select s.resident_id, greatest(s.starts_at, start) as starts_at, least(s.ends_at, p.now, stop) as ends_at
        from anxin.stay s cross join present p
        where s.bed_id = bed and s.starts_at < least(p.now, stop) and (s.ends_at is null or s.ends_at > start)
    )
    select g.starts_at, g.ends_at, g.state
    from stay s cross join lateral anxin.bed_segments(s.resident_id, s.starts_at, s.ends_at) g
    union all
    select f.starts_at, f.ends_at, 'free'
    from present p cross join lateral (
        select lag(s.ends_at, 1, start) over (order by s.starts_at) as starts_at, s.starts_at as ends_at from stay s
        union all
        select coalesce(max(s.ends_at), start), least(p.now, stop) from stay s
    ) f
    where f.ends_at > f.starts_at
    union all
    select greatest(p.now, start), stop, 'unknown' from present p where p.now < stop
$$;

-- Measured values of a bed, one row a device, kind and minute: the mean of the samples of the devices at the bed or worn by
-- who lived in it then, and how many there were (0: the sensor knew no value). A query gives a range of `minute`, by which
-- packs are skipped, and weighs by `samples`.
create view report.bed_minute as
select b.bed_id, b.label, b.ward_id, b.facility_id, k.name as kind, k.unit, p.minute, v.value, v.samples
from anxin.device d
join anxin.observation_pack p on p.device_id = d.id
left join anxin.stay s on d.bed_id is null and s.resident_id = d.resident_id and s.starts_at <= p.minute
    and (s.ends_at is null or s.ends_at > p.minute)
join report.bed_place b on b.bed_id = coalesce(d.bed_id, s.bed_id)
cross join lateral unnest(p.kinds) with ordinality as j (code, place)
join anxin.observation_kind k on k.code = j.code
cross join lateral (
    select avg(s.value) as value, count(s.value) as samples
    from generate_series((j.place - 1) * p.n + 1, j.place * p.n) as i (position)
    cross join lateral (select coalesce(p.scaled[i.position] * k.scale, p.floats[i.position]) as value) s
) v;

-- Alerts with their place and who has them. ward_id null: of the whole facility. acknowledge_s, arrive_s: from the alert
-- to the first person who took it, and who stood there (who arrives has taken it); null: nobody did.
create view report.alert as
select a.id as alert_id, a.facility_id, w.id as ward_id, w.name as ward,
    coalesce(b.name, o.name, g.name, d.code, f.name) as place, a.kind, k.label_en, k.label_zh, a.class, a.priority,
    a.state, a.late, a.occurrences, a.onset_at, a.raised_at, a.resolved_at, a.outcome,
    extract(epoch from report.present() - a.raised_at)::double precision as age_s,
    coalesce(taker.name, assignee.name) as taken_by,
    date_trunc('day', a.raised_at, f.time_zone) as day,
    extract(epoch from h.taken_at - a.raised_at)::double precision as acknowledge_s,
    extract(epoch from h.arrived_at - a.raised_at)::double precision as arrive_s
from anxin.alert a
join anxin.facility f on f.id = a.facility_id
join anxin.alert_kind k on k.name = a.kind
left join anxin.ward w on w.id = a.ward_id and w.active
left join anxin.room o on o.id = a.room_id
left join anxin.bed b on b.id = a.bed_id
left join anxin.gateway g on g.id = a.gateway_id
left join anxin.device d on d.id = a.device_id
left join anxin.account taker on taker.id = a.acknowledged_by
left join anxin.account assignee on assignee.id = a.assigned_to
left join lateral (
    select min(e.at) as taken_at, min(e.at) filter (where e.action = 'arrived') as arrived_at
    from anxin.alert_history e where e.alert_id = a.id and e.action in ('acknowledged', 'arrived')
) h on true;

-- Devices and gateways and when they were last heard. silent: longer ago than promised (never heard counts); null: no
-- promise was made, so nobody can say. ward_id null: in no ward.
create view report.equipment as
with present as materialized (select report.present() as now),
heard as (
    select 'device' as sort, d.id, d.facility_id, coalesce(d.room_id, b.room_id, sb.room_id) as room_id,
        coalesce(b.name, sb.name) as bed, d.code as name, d.kind, g.name as gateway,
        make_interval(secs => nullif(d.supervision_s, 0)) as promised, greatest(
            (select max(c.received_at) from anxin.current_state c where c.device_id = d.id),
            (select e.received_at from anxin.device_event e where e.device_id = d.id order by e.time desc limit 1)
        ) as heard_at, true as up
    from anxin.device d
    cross join present p
    join anxin.gateway g on g.id = d.gateway_id
    left join anxin.bed b on b.id = d.bed_id
    left join anxin.stay s on d.bed_id is null and d.room_id is null and s.resident_id = d.resident_id
        and s.starts_at <= p.now and (s.ends_at is null or s.ends_at > p.now)
    left join anxin.bed sb on sb.id = s.bed_id
    where d.active and g.active
    union all
    select 'gateway', g.id, g.facility_id, null, null, g.name, 'gateway', g.name,
        make_interval(secs => g.heartbeat_s * 3), gs.heard_at, coalesce(gs.up, false)
    from anxin.gateway g left join anxin.gateway_state gs on gs.gateway_id = g.id
    where g.active
)
select h.sort, h.id, h.facility_id, w.id as ward_id, w.name as ward, coalesce(h.bed, o.name) as place, h.name, h.kind,
    h.gateway, h.heard_at, extract(epoch from p.now - h.heard_at)::double precision as age_s,
    extract(epoch from h.promised)::double precision as promised_s,
    case when h.promised is not null then not h.up or coalesce(p.now - h.heard_at > h.promised, true) end as silent
from heard h
cross join present p
left join anxin.room o on o.id = h.room_id
left join anxin.ward w on w.id = o.ward_id and w.active;

-- How far the watch itself is behind: since the newest message was stored, since the current state was last brought up to
-- date, and since the slowest detectors last worked (null: never). Packing is left out: it waits for its minutes to close.
create view report.watch as
select extract(epoch from report.present() - (select max(received_at) from anxin.ingest_partition))::double precision
        as stored_age_s,
    extract(epoch from report.present() - (select min(now) from anxin.cursor where consumer = 'projector'))
        ::double precision as shown_age_s,
    extract(epoch from report.present() - (select min(now) from anxin.cursor where consumer = 'analytics'))
        ::double precision as watched_age_s;

revoke all on function report.present, report.bed_segments from public;
grant execute on function report.present, report.bed_segments to anxin_report;
grant select on
    report.ward, report.bed_place, report.bed, report.bed_minute, report.alert, report.equipment, report.watch
    to anxin_report;
