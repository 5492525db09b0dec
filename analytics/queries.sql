-- name: homes
-- The facilities of a partition.
select id, code, time_zone, partition from anxin.facility where partition = %(partition)s order by id

-- name: beds
-- The beds of a partition's facilities and where they stand.
select b.id, b.room_id, r.ward_id, b.facility_id
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
    d.supervision_s::float8, r.kind
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

-- name: put_state
-- Writes one detector's state of one subject.
insert into anxin.detector_state (partition, detector, subject, state)
values (%(partition)s, %(detector)s, %(subject)s, %(state)s)
on conflict (partition, detector, subject) do update set state = excluded.state

-- name: drop_state
-- Forgets one detector's state of one subject.
delete from anxin.detector_state
where partition = %(partition)s and detector = %(detector)s and subject = %(subject)s

-- name: listen
-- Hears of new rows of the log and of changes to the facility model.
listen anxin_log; listen anxin_directory
