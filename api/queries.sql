-- name: login_facility
-- The facility whose accounts sign in here: the named one, or the only one (two rows: the setting is missing).
select id, code, name, time_zone, language from anxin.facility
where %(code)s::text is null or code = %(code)s
order by id limit 2

-- name: account
-- An active account of a facility by its code, with its password's hash.
select id, role, language, password_hash from anxin.account
where facility_id = %(facility)s and code = %(code)s and active

-- name: put_session
-- Opens a session; only the token's hash is kept.
insert into anxin.session (token_hash, account_id, created_at, expires_at)
values (%(token_hash)s, %(account)s, %(now)s, %(expires_at)s)

-- name: drop_old_sessions
-- Clears away what has expired.
delete from anxin.session where expires_at <= %(now)s

-- name: drop_session
-- Signs out.
delete from anxin.session where token_hash = %(token_hash)s

-- name: extend_session
-- Keeps a wall's session alive while the wall is in use.
update anxin.session set expires_at = %(expires_at)s where token_hash = %(token_hash)s

-- name: person
-- Who a session belongs to, while it has not expired and the account is active.
select a.id as account_id, a.code, a.name, a.role, a.language, f.id as facility_id, f.code as facility,
    f.name as facility_name, f.time_zone, s.token_hash, s.created_at, s.expires_at
from anxin.session s
join anxin.account a on a.id = s.account_id
join anxin.facility f on f.id = a.facility_id
where s.token_hash = %(token_hash)s and s.expires_at > %(now)s and a.active

-- name: put_password
-- Stores the hash of an account's password (run as the owner; the API's own role may not).
update anxin.account a set password_hash = %(password_hash)s from anxin.facility f
where f.id = a.facility_id and a.code = %(code)s and (%(facility)s::text is null or f.code = %(facility)s)

-- name: ward_list
-- The wards of a facility.
select id, code, name from anxin.ward where facility_id = %(facility)s and active order by code

-- name: listen
-- Hears of alerts from now on.
listen anxin_alert

-- name: tip
-- The newest entry in a facility's alert history, 0 if there is none.
select coalesce(max(id), 0) from anxin.alert_history where facility_id = %(facility)s

-- name: tips
-- The newest entry in the alert history of each facility.
select f.id, coalesce((select max(h.id) from anxin.alert_history h where h.facility_id = f.id), 0)
from anxin.facility f

-- name: news
-- What happened to alerts after the entries already seen, per facility: within a facility entries commit in order.
select h.id, h.facility_id, h.alert_id, h.at, h.action, a.kind, a.class as alert_class, a.priority, a.state, a.ward_id,
    a.resolved_at is not null as resolved
from unnest(%(facilities)s::integer[], %(after)s::bigint[]) as seen (facility_id, id)
join anxin.alert_history h on h.facility_id = seen.facility_id and h.id > seen.id
join anxin.alert a on a.id = h.alert_id
order by h.id limit %(limit)s

-- name: pulse
-- How far the watch has come: when the newest message was stored, and when the newest one that every reader of the log has
-- read was stored (null: one of them has not begun), with the slowest reader's name.
select (select max(received_at) from anxin.ingest_partition),
    case when bool_and(c.arrival is not null) then
        min(case when c.arrival >= p.next_arrival - 1 then p.received_at else c.received_at end) end,
    (array_agg(wanted.consumer order by c.received_at nulls first))[1]
from anxin.ingest_partition p
cross join unnest(array['analytics', 'projector']) as wanted (consumer)
left join anxin.cursor c on c.partition = p.partition and c.consumer = wanted.consumer

-- name: alerts
-- Alerts of a facility with the names around them: the unresolved ones and, in any state, the listed ones.
-- Most urgent first; within a priority those nobody has taken first, the longest waiting on top.
select a.id, a.kind, a.class as alert_class, a.priority, a.state, a.latching, a.life_safety, a.late,
    a.condition_present, a.occurrences, a.onset_at, a.raised_at, a.rang_at, a.cleared_at, a.acknowledged_at,
    ack.name as acknowledged_by, a.acknowledged_until, a.arrived_at, arr.name as arrived_by, a.resolved_at,
    res.name as resolved_by, a.outcome, a.note, asg.name as assigned_to, a.step, a.evidence,
    a.notified_at, a.held, a.held_until, a.parent_id, a.sources,
    a.ward_id, w.name as ward, a.room_id, o.name as room, a.bed_id, b.name as bed, a.resident_id,
    r.name as resident, a.device_id, d.code as device, d.kind as device_kind, coalesce(db.name, dr.name) as device_at,
    a.gateway_id, g.name as gateway
from anxin.alert a
left join anxin.account ack on ack.id = a.acknowledged_by
left join anxin.account arr on arr.id = a.arrived_by
left join anxin.account res on res.id = a.resolved_by
left join anxin.account asg on asg.id = a.assigned_to
left join anxin.ward w on w.id = a.ward_id
left join anxin.room o on o.id = a.room_id
left join anxin.bed b on b.id = a.bed_id
left join anxin.resident r on r.id = a.resident_id
left join anxin.device d on d.id = a.device_id
left join anxin.bed db on db.id = d.bed_id
left join anxin.room dr on dr.id = d.room_id
left join anxin.gateway g on g.id = coalesce(a.gateway_id, d.gateway_id)
where a.facility_id = %(facility)s and ((%(open)s and a.resolved_at is null) or a.id = any(%(ids)s::bigint[]))
    and (%(ward)s::integer is null or a.ward_id is null or a.ward_id = %(ward)s)
order by a.resolved_at is not null, a.held is not null, a.priority, a.acknowledged_at is not null, a.rang_at, a.id

-- name: limits_of_care
-- The limits of care of whom an alert is about, as somebody entered them; no row where there are none.
select p.profile ->> 'limits_of_care'
from anxin.alert a
join anxin.resident p on p.id = a.resident_id
where a.id = %(alert)s and a.facility_id = %(facility)s and p.profile ->> 'limits_of_care' not in ('', 'none', '无')

-- name: children
-- The alerts that belong to an alert.
select id from anxin.alert where parent_id = %(alert)s and facility_id = %(facility)s order by id

-- name: to_check
-- Residents with their places: the named ones, or all who live here now.
select r.id, r.name, b.name as bed, o.name as room, w.name as ward
from anxin.resident r
join anxin.stay s on s.resident_id = r.id and s.starts_at <= %(now)s and (s.ends_at is null or s.ends_at > %(now)s)
join anxin.bed b on b.id = s.bed_id
join anxin.room o on o.id = b.room_id
join anxin.ward w on w.id = o.ward_id
where r.facility_id = %(facility)s and (%(ids)s::integer[] is null or r.id = any(%(ids)s))
order by w.code, o.code, b.code

-- name: colleagues
-- Who may be given an alert.
select id, name from anxin.account
where facility_id = %(facility)s and active and role in ('nurse', 'manager') order by name

-- name: silences
-- Which devices watch a resident, and when each was out of hearing by itself or with its gateway.
select d.id as device_id, d.kind, d.supervision_s, a.onset_at as silent_from,
    case when a.condition_present and a.resolved_at is null then null else coalesce(a.cleared_at, a.resolved_at) end
        as silent_until
from anxin.device d
left join anxin.alert a on a.facility_id = d.facility_id and (
        (a.kind in ('device_silent', 'call_path_down') and a.device_id = d.id)
        or (a.kind = 'gateway_silent' and a.gateway_id = d.gateway_id) or a.kind = 'watch_stalled')
    and a.onset_at < %(now)s
    and (a.resolved_at is null or coalesce(a.cleared_at, a.resolved_at) > %(start)s)
where d.facility_id = %(facility)s and d.active
    and (d.resident_id = %(resident)s or d.resident_id is null and d.bed_id in (
        select bed_id from anxin.stay
        where resident_id = %(resident)s and starts_at <= %(now)s and (ends_at is null or ends_at > %(now)s)))
order by d.id

-- name: alert_history
-- What happened to an alert, oldest first, with who did it.
select h.id, h.at, h.action, c.name as account, h.detail
from anxin.alert_history h
join anxin.alert a on a.id = h.alert_id
left join anxin.account c on c.id = h.account_id
where h.alert_id = %(alert)s and a.facility_id = %(facility)s
order by h.id

-- name: resident_alerts
-- The alerts about a resident that were raised in a span of time.
select id from anxin.alert
where facility_id = %(facility)s and resident_id = %(resident)s and raised_at >= %(start)s and raised_at < %(stop)s

-- name: recent_alerts
-- The latest alerts of a facility in any state, before an id (to page on).
select id from anxin.alert
where facility_id = %(facility)s and (%(before)s::bigint is null or id < %(before)s)
order by id desc limit %(limit)s

-- name: beds
-- The beds of a facility with who lives in them now.
select b.id, b.name, b.code, o.id as room_id, o.name as room, w.id as ward_id, w.name as ward,
    r.id as resident_id, r.name as resident
from anxin.bed b
join anxin.room o on o.id = b.room_id
join anxin.ward w on w.id = o.ward_id
left join anxin.stay s on s.bed_id = b.id and s.starts_at <= %(now)s and (s.ends_at is null or s.ends_at > %(now)s)
left join anxin.resident r on r.id = s.resident_id
where b.facility_id = %(facility)s and b.active and o.active and w.active
    and (%(ward)s::integer is null or w.id = %(ward)s) and (%(bed)s::integer is null or b.id = %(bed)s)
order by w.code, o.code, b.code, s.starts_at desc

-- name: bed_values
-- The newest values of the wanted kinds for each bed, from devices at the bed or worn by who lives in it, with what tells
-- whether the device still lives: when it and its gateway were last heard, and how often they promised to be.
select coalesce(d.bed_id, s.bed_id) as bed_id, k.name as kind, u.value, c.time, d.supervision_s,
    max(c.received_at) over (partition by d.id) as device_heard_at, g.heartbeat_s, gs.up as gateway_up,
    gs.heard_at as gateway_heard_at
from anxin.device d
join anxin.gateway g on g.id = d.gateway_id
left join anxin.gateway_state gs on gs.gateway_id = g.id
left join lateral (
    select bed_id from anxin.stay where d.bed_id is null and resident_id = d.resident_id and starts_at <= %(now)s
        and (ends_at is null or ends_at > %(now)s)
    order by starts_at desc limit 1
) s on true
join anxin.current_state c on c.device_id = d.id
cross join lateral unnest(c.kinds, c."values") as u (code, value)
left join anxin.observation_kind k on k.code = u.code
where d.facility_id = %(facility)s and d.active and (d.bed_id is null or d.bed_id = any(%(beds)s))
    and coalesce(d.bed_id, s.bed_id) = any(%(beds)s)

-- name: bed_equipment
-- How many live devices stand at each bed or are worn by who lives in it, by kind.
select coalesce(d.bed_id, s.bed_id) as bed_id, d.kind, count(*)
from anxin.device d
left join lateral (
    select bed_id from anxin.stay where d.bed_id is null and resident_id = d.resident_id and starts_at <= %(now)s
        and (ends_at is null or ends_at > %(now)s)
    order by starts_at desc limit 1
) s on true
where d.facility_id = %(facility)s and d.active and (d.bed_id is null or d.bed_id = any(%(beds)s))
    and coalesce(d.bed_id, s.bed_id) = any(%(beds)s)
group by 1, 2

-- name: resident
-- A resident with the place she lives at now.
select r.id, r.name, r.birth_year, r.profile, b.id as bed_id, b.name as bed, o.name as room, w.name as ward
from anxin.resident r
left join anxin.stay s on s.resident_id = r.id and s.starts_at <= %(now)s and (s.ends_at is null or s.ends_at > %(now)s)
left join anxin.bed b on b.id = s.bed_id
left join anxin.room o on o.id = b.room_id
left join anxin.ward w on w.id = o.ward_id
where r.facility_id = %(facility)s and r.id = %(resident)s
order by s.starts_at desc limit 1

-- name: nights
-- The last nights of a facility before now, the newest first.
select night, starts_at, ends_at from anxin.nights(%(now)s, %(zone)s, %(count)s)

-- name: bed_segments
-- A resident's night as spans of in bed, out of bed and unknown.
select starts_at, ends_at, state from anxin.bed_segments(%(resident)s, %(start)s, %(stop)s) order by starts_at

-- name: vitals
-- Heart and respiratory rate of a resident by minute (mean of the minute's samples), from the devices at her bed or on her.
select p.minute, k.name as kind, avg(v.value) as value
from anxin.device d
left join anxin.stay s on s.bed_id = d.bed_id and s.resident_id = %(resident)s and s.starts_at < %(stop)s
    and (s.ends_at is null or s.ends_at > %(start)s)
join anxin.observation_pack p on p.device_id = d.id and p.minute >= %(start)s and p.minute < %(stop)s
cross join lateral unnest(p.kinds) with ordinality as j (code, place)
join anxin.observation_kind k on k.code = j.code and k.name = any(%(kinds)s::text[])
cross join lateral generate_series((j.place - 1) * p.n + 1, j.place * p.n) as i (position)
cross join lateral (
    select coalesce(p.scaled[i.position] * k.scale, p.floats[i.position]) as value
) v
where d.facility_id = %(facility)s and (d.resident_id = %(resident)s or s.id is not null) and v.value is not null
    and (s.id is null or (p.minute >= s.starts_at and (s.ends_at is null or p.minute < s.ends_at)))
group by 1, 2 order by 1, 2

-- name: place
-- The room or bed that a scan code belongs to; a bed's code also stands for its room.
select o.id as room_id, o.name as room, null::integer as bed_id, null::text as bed, w.name as ward
from anxin.room o join anxin.ward w on w.id = o.ward_id
where o.facility_id = %(facility)s and o.scan_code = %(code)s and o.active
union all
select o.id, o.name, b.id, b.name, w.name
from anxin.bed b join anxin.room o on o.id = b.room_id join anxin.ward w on w.id = o.ward_id
where b.facility_id = %(facility)s and b.scan_code = %(code)s and b.active
