-- name: accounts
-- The accounts of a facility, with how many sessions are open and whether a password is set.
select a.code, a.name, a.role, a.language, a.active, a.password_hash is not null as has_password,
    (select count(*) from anxin.session s where s.account_id = a.id and s.expires_at > %(now)s) as sessions,
    (select max(s.created_at) from anxin.session s where s.account_id = a.id) as signed_in_at,
    (select string_agg(r.name, ', ' order by r.name) from anxin.consent c join anxin.resident r on r.id = c.resident_id
        where c.account_id = a.id and c.revoked_at is null) as residents
from anxin.account a where a.facility_id = %(facility)s order by a.role, a.code

-- name: gateways
-- The gateways of a facility and when they were last heard.
select g.id, g.code, g.name, g.heartbeat_s, s.up, s.since, s.heard_at, s.held, s.dropped,
    (select count(*) from anxin.device d where d.gateway_id = g.id and d.active) as devices
from anxin.gateway g left join anxin.gateway_state s on s.gateway_id = g.id
where g.facility_id = %(facility)s and g.active order by g.code

-- name: devices
-- The devices of a facility: where they are, when they were last heard, what their battery says.
select d.id, d.code, d.kind, d.model, d.supervision_s, g.code as gateway, o.name as room, b.name as bed,
    (select max(c.received_at) from anxin.current_state c where c.device_id = d.id) as heard_at,
    (select u.value from anxin.current_state c cross join lateral unnest(c.kinds, c."values") as u (code, value)
        join anxin.observation_kind k on k.code = u.code and k.name = 'battery'
        where c.device_id = d.id order by c.time desc limit 1) as battery
from anxin.device d
join anxin.gateway g on g.id = d.gateway_id
left join anxin.bed b on b.id = d.bed_id
left join anxin.room o on o.id = coalesce(d.room_id, b.room_id)
where d.facility_id = %(facility)s and d.active order by g.code, d.code

-- name: quarantine
-- Messages that could not be taken, the latest first.
select q.id, q.gateway, q.device, q.topic, q.reason, q.detail, q.first_at, q.last_at, q.count, length(q.payload) as size
from anxin.quarantine q where q.facility = %(facility)s order by q.last_at desc limit 200

-- name: quarantined
-- One such message with its bytes.
select q.id, q.gateway, q.device, q.topic, q.reason, q.detail, q.first_at, q.last_at, q.count, length(q.payload) as size,
    substring(q.payload from 1 for %(most)s) as payload
from anxin.quarantine q where q.facility = %(facility)s and q.id = %(id)s
