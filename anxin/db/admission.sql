-- name: add_gateway
-- A gateway that the facility file does not know (yet); one that is there stays as it is, but is active again.
insert into anxin.gateway as g (facility_id, code, name, heartbeat_s, by_hand)
values (%(facility)s, %(gateway)s, %(name)s, %(heartbeat)s, true)
on conflict (facility_id, code) do update set active = true, by_hand = g.by_hand or not g.active

-- name: offer_code
-- A one-time code for a gateway; an older one of it is void. A password that is in use stays until the code is used.
insert into anxin.gateway_access as a (gateway_id, code_hash, code_expires_at, changed_by)
select g.id, %(code_hash)s, %(expires_at)s, %(by)s
from anxin.gateway g where g.facility_id = %(facility)s and g.code = %(gateway)s and g.active
on conflict (gateway_id) do update set
    code_hash = excluded.code_hash, code_expires_at = excluded.code_expires_at, changed_by = excluded.changed_by,
    revoked_at = null
returning a.gateway_id

-- name: redeem_code
-- Turns a valid code into a password, once; returns whose.
update anxin.gateway_access a set
    code_hash = null, code_expires_at = null, password_hash = %(password_hash)s, enrolled_at = %(now)s
from anxin.gateway g join anxin.facility f on f.id = g.facility_id
where a.code_hash = %(code_hash)s and a.code_expires_at > %(now)s and g.id = a.gateway_id and g.active
returning f.code, g.code

-- name: password_of
-- The stored password of a gateway.
select a.password_hash
from anxin.gateway g
join anxin.facility f on f.id = g.facility_id
left join anxin.gateway_access a on a.gateway_id = g.id
where f.code = %(facility)s and g.code = %(gateway)s and g.active

-- name: put_password
-- Gives a gateway of this machine its password without a code; a revoked one stays revoked.
insert into anxin.gateway_access as a (gateway_id, password_hash, enrolled_at)
select g.id, %(password_hash)s, %(now)s
from anxin.gateway g join anxin.facility f on f.id = g.facility_id
where f.code = %(facility)s and g.code = %(gateway)s and g.active
on conflict (gateway_id) do update set password_hash = excluded.password_hash, enrolled_at = excluded.enrolled_at
where a.revoked_at is null

-- name: revoke
-- Takes password and code away.
insert into anxin.gateway_access as a (gateway_id, revoked_at, changed_by)
select g.id, %(now)s, %(by)s from anxin.gateway g where g.facility_id = %(facility)s and g.code = %(gateway)s
on conflict (gateway_id) do update set
    code_hash = null, code_expires_at = null, password_hash = null, enrolled_at = null, revoked_at = %(now)s,
    changed_by = %(by)s
returning a.gateway_id

-- name: admitted
-- The gateways that may speak, with their passwords' hashes.
select f.code, g.code, a.password_hash
from anxin.gateway_access a join anxin.gateway g on g.id = a.gateway_id join anxin.facility f on f.id = g.facility_id
where a.password_hash is not null and g.active order by f.code, g.code

-- name: facility_id
-- A facility by its code.
select id from anxin.facility where code = %(facility)s

-- name: tell
-- Wakes who keeps the broker's access files, and who holds a snapshot of the directory.
select pg_notify('anxin_access', ''), pg_notify('anxin_directory', %(facility)s::text)
