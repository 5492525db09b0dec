-- name: unknown_devices
-- Devices that were heard and that nobody has assigned, the latest first, with the first message they stood in.
select q.gateway, q.device, q.count, q.first_at, q.last_at, q.payload
from anxin.quarantine q
where q.facility = %(facility)s and q.reason = 'unknown_device' and q.device <> '' and not exists (
    select from anxin.device d join anxin.gateway g on g.id = d.gateway_id join anxin.facility f on f.id = g.facility_id
    where f.code = q.facility and g.code = q.gateway and d.code = q.device and d.active)
order by q.last_at desc limit 200

-- name: gateways
-- All gateways of a facility with what they may do at the broker, and those that were heard and are not registered.
select g.code, g.name, a.enrolled_at, a.code_expires_at, a.revoked_at, s.heard_at, true as known, null::bigint as refused
from anxin.gateway g
left join anxin.gateway_access a on a.gateway_id = g.id
left join anxin.gateway_state s on s.gateway_id = g.id
where g.facility_id = %(facility_id)s and g.active
union all
select q.gateway, '', null, null, null, max(q.last_at), false, sum(q.count)::bigint
from anxin.quarantine q
where q.facility = %(facility)s and q.reason = 'unknown_gateway' and q.gateway <> '' and not exists (
    select from anxin.gateway g where g.facility_id = %(facility_id)s and g.code = q.gateway and g.active)
group by q.gateway
order by known, code

-- name: places
-- Where a device can be: beds, rooms and residents of a facility.
select 'bed' as sort, b.code, coalesce(o.name || ' · ' || b.name, b.name) as name, p.name as resident
from anxin.bed b
join anxin.room o on o.id = b.room_id
left join anxin.stay s on s.bed_id = b.id and s.ends_at is null
left join anxin.resident p on p.id = s.resident_id
where b.facility_id = %(facility_id)s and b.active
union all
select 'room', o.code, o.name, null from anxin.room o where o.facility_id = %(facility_id)s and o.active
union all
select 'resident', p.code, p.name, null from anxin.resident p where p.facility_id = %(facility_id)s and p.active
order by sort, name

-- name: assign
-- Believes a device from now on: behind its gateway, at a place; one that was retired comes back.
insert into anxin.device
    (facility_id, gateway_id, code, kind, room_id, bed_id, resident_id, supervision_s, by_hand, assigned_by, assigned_at)
select g.facility_id, g.id, %(device)s, %(kind)s, coalesce(r.id, b.room_id), b.id, p.id, %(supervision)s, true,
       %(by)s, %(now)s
from anxin.gateway g
left join anxin.room r on r.facility_id = g.facility_id and r.code = %(room)s and r.active
left join anxin.bed b on b.facility_id = g.facility_id and b.code = %(bed)s and b.active
left join anxin.resident p on p.facility_id = g.facility_id and p.code = %(resident)s and p.active
where g.facility_id = %(facility_id)s and g.code = %(gateway)s and g.active
  and (b.id is not null or r.id is not null or p.id is not null)
on conflict (gateway_id, code) do update set
    kind = excluded.kind, room_id = excluded.room_id, bed_id = excluded.bed_id, resident_id = excluded.resident_id,
    supervision_s = excluded.supervision_s, active = true, by_hand = true, assigned_by = excluded.assigned_by,
    assigned_at = excluded.assigned_at
where not device.active
returning id

-- name: tell
-- Wakes everybody who holds a snapshot of the directory.
select pg_notify('anxin_directory', %(facility_id)s::text)
