-- name: claim
-- The next thing that a channel must tell, lives first, leased to this worker; only of alerts that still wait for an
-- answer.
with due as (
    select o.id from anxin.outbox o join anxin.alert a on a.id = o.alert_id
    where o.state = 'pending' and o.channel = %(channel)s and o.due_at <= %(now)s
      and a.acknowledged_at is null and a.resolved_at is null
    order by a.life_safety desc, a.priority, o.due_at, o.id limit 1 for update of o skip locked
), claimed as (
    update anxin.outbox o set due_at = %(lease_until)s, attempts = o.attempts + 1
    from due where o.id = due.id returning o.*
)
select c.id, c.attempts, c.recipient, c.history_id, h.at as ring_at, h.action, h.detail,
    a.id as alert_id, a.facility_id, a.kind, a.class, a.priority, a.state, a.late, a.occurrences, a.onset_at,
    a.raised_at, a.rang_at, f.code as facility_code, f.time_zone, w.code as ward_code, w.name as ward_name,
    r.code as room_code, r.name as room_name, b.code as bed_code, b.name as bed_name, p.code as resident_code,
    g.code as gateway_code, d.code as device_code, u.code as account_code, u.phone as account_phone,
    (select coalesce(array_agg(t.code order by t.code), '{}') from anxin.account t
     where h.detail -> 'told' @> to_jsonb(t.id) and t.facility_id = a.facility_id) as told_codes
from claimed c
join anxin.alert_history h on h.id = c.history_id
join anxin.alert a on a.id = c.alert_id
join anxin.facility f on f.id = a.facility_id
left join anxin.bed b on b.id = a.bed_id
left join anxin.room r on r.id = coalesce(a.room_id, b.room_id)
left join anxin.ward w on w.id = coalesce(a.ward_id, r.ward_id)
left join anxin.resident p on p.id = a.resident_id
left join anxin.gateway g on g.id = a.gateway_id
left join anxin.device d on d.id = a.device_id
left join anxin.account u on c.recipient = 'account:' || u.id

-- name: note_try
-- What became of a try. What was delivered counts as sent also where it was no longer wanted: somebody heard it.
update anxin.outbox set
    state = %(state)s, last_error = %(error)s, due_at = coalesce(%(again_at)s, due_at),
    done_at = case when %(state)s = 'pending' then null else %(now)s end
where id = %(id)s and (state = 'pending' or (%(state)s = 'sent' and state = 'cancelled'))

-- name: ring_failed
-- Whether all that a ring had sent to people has failed.
select bool_and(o.state = 'failed') from anxin.outbox o
where o.history_id = %(history_id)s and o.channel <> all(%(reach_nobody)s)

-- name: open_failure
-- The open alert about the notifications of a home.
select evidence from anxin.alert
where kind = 'notify_failed' and facility_id = %(facility_id)s and resolved_at is null and condition_present
