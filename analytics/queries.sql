-- name: homes
-- The facilities of a partition.
select id, code, time_zone, partition from anxin.facility where partition = %(partition)s order by id

-- name: beds
-- The beds of a partition's facilities and where they stand.
select b.id, b.room_id, r.ward_id, b.facility_id, r.suite
from anxin.bed b join anxin.room r on r.id = b.room_id join anxin.facility f on f.id = b.facility_id
where f.partition = %(partition)s order by b.id

-- name: gateways
-- The gateways in use.
select g.id, g.facility_id, g.code, g.heartbeat_s::float8
from anxin.gateway g join anxin.facility f on f.id = g.facility_id
where f.partition = %(partition)s and g.active order by g.id

-- name: devices
-- The devices in use behind gateways in use, each with its place as far as it is known.
select d.id, d.facility_id, d.gateway_id, d.code, d.kind, r.ward_id, r.id, d.bed_id, d.resident_id,
    d.supervision_s::float8, r.kind, r.suite, coalesce(b.name, r.name, '')
from anxin.device d
join anxin.gateway g on g.id = d.gateway_id and g.active
join anxin.facility f on f.id = d.facility_id
left join anxin.bed b on b.id = d.bed_id
left join anxin.room r on r.id = coalesce(b.room_id, d.room_id)
where f.partition = %(partition)s and d.active order by d.id

-- name: stays
-- Who is or was in which bed; stays that ended long ago cannot matter any more.
select s.resident_id, s.bed_id, s.starts_at, s.ends_at
from anxin.stay s join anxin.bed b on b.id = s.bed_id join anxin.facility f on f.id = b.facility_id
where f.partition = %(partition)s and (s.ends_at is null or s.ends_at > %(since)s) order by s.id

-- name: policies
-- The overrides of the rules' numbers; those that ended long ago cannot matter any more.
select p.facility_id, p.ward_id, p.resident_id, p.rule, p.parameter, p.value, p.valid_from, p.valid_to,
    to_char(p.starts, 'HH24:MI'), to_char(p.ends, 'HH24:MI')
from anxin.policy p join anxin.facility f on f.id = p.facility_id
where f.partition = %(partition)s and (p.valid_to is null or p.valid_to > %(since)s) order by p.id

-- name: schedules
-- What is due when; lines that ended long ago cannot matter any more.
select s.facility_id, s.ward_id, s.resident_id, s.line, s.valid_from, s.valid_to
from anxin.schedule s join anxin.facility f on f.id = s.facility_id
where f.partition = %(partition)s and (s.valid_to is null or s.valid_to > %(since)s) order by s.id

-- name: states
-- What the detectors must remember.
select detector, subject, state from anxin.detector_state where partition = %(partition)s

-- name: put_states
-- Writes what detectors must remember of some subjects. All as one JSON text: as an array of texts it costs the client
-- forty times as much, for every quotation mark in it is escaped one by one.
insert into anxin.detector_state (partition, detector, subject, state)
select %(partition)s, detector, subject, state
from json_to_recordset(%(states)s::json) as s (detector text, subject text, state jsonb)
on conflict (partition, detector, subject) do update set state = excluded.state

-- name: drop_states
-- Forgets what detectors remembered of some subjects.
delete from anxin.detector_state d
using json_to_recordset(%(states)s::json) as s (detector text, subject text)
where d.partition = %(partition)s and d.detector = s.detector and d.subject = s.subject

-- name: listen
-- Hears of new rows of the log and of changes to the facility model.
listen anxin_log; listen anxin_directory

-- name: read_only
-- A replay changes nothing.
set transaction read only

-- name: first_row
-- Where the log begins in a stretch of time.
select arrival, received_at from anxin.log
where partition = %(partition)s and received_at >= %(since)s and received_at < %(stop)s order by arrival limit 1

-- name: replay_lines
-- What detectors did to the alerts that were raised in a stretch of time: action, event time, priority.
select a.id, a.kind, a.subject, h.action, h.detail->>'at' as happened, (h.detail->>'priority')::int as priority
from anxin.alert a
join anxin.facility f on f.id = a.facility_id
join anxin.alert_history h on h.alert_id = a.id
where f.partition = %(partition)s and a.raised_at >= %(start)s and a.raised_at < %(stop)s and h.account_id is null
    and h.action = any(%(actions)s) and h.at < %(stop)s and h.detail ? 'at' and a.kind <> 'alert_flood'
order by a.id, h.id

-- name: replay_acts
-- What people did to alerts in a stretch of time.
select h.at, h.alert_id, h.action, h.account_id, h.detail
from anxin.alert_history h join anxin.facility f on f.id = h.facility_id
where f.partition = %(partition)s and h.at >= %(since)s and h.at < %(stop)s and h.account_id is not null order by h.id

-- name: replay_holds
-- What held alerts in a stretch of time.
select h.id, h.facility_id, h.reason, h.starts_at, h.ends_at, h.resident_id, h.room_id, h.device_id, h.kind,
    h.account_id, h.note
from anxin.hold h join anxin.facility f on f.id = h.facility_id
where f.partition = %(partition)s and h.starts_at < %(stop)s and (h.ends_at is null or h.ends_at > %(since)s)
union all
select -s.id, r.facility_id, 'shadow', s.starts_at, s.shadow_until, s.resident_id, null, null, null, null, null
from anxin.stay s
join anxin.resident r on r.id = s.resident_id
join anxin.facility f on f.id = r.facility_id
where f.partition = %(partition)s and s.shadow_until > %(since)s
order by 1
