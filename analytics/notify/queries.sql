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
    u.email as account_email, coalesce(u.language, f.language) as language, p.name as resident_name,
    coalesce(u.role in ('nurse', 'manager') and p.profile ->> 'limits_of_care' not in ('', 'none', '无'), false)
        as limits_of_care,
    (select coalesce(jsonb_agg(jsonb_build_array(s.endpoint, s.p256dh, s.auth) order by s.created_at desc), '[]')
     from anxin.push_subscription s where s.account_id = u.id) as push,
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

-- name: drop_stale
-- What a ring had left to tell is too old to be told.
update anxin.outbox set state = 'cancelled', done_at = %(now)s, last_error = 'too old'
where history_id = %(history_id)s and state = 'pending'

-- name: forget_push
-- Browsers that their push service knows no longer.
delete from anxin.push_subscription where endpoint = any(%(endpoints)s)

-- name: put_test
-- A test at the beginning of a shift, once.
insert into anxin.phone_test (facility_id, account_id, channel, shift, shift_at, due_at)
values (%(facility_id)s, %(account_id)s, %(channel)s, %(shift)s, %(shift_at)s, %(now)s)
on conflict (account_id, channel, shift_at) do nothing

-- name: facilities
-- All homes.
select id from anxin.facility order by id

-- name: claim_test
-- The next test that a channel must send, leased to this worker.
with claimed as (
    update anxin.phone_test t set due_at = %(lease_until)s, attempts = t.attempts + 1
    where t.id = (
        select id from anxin.phone_test
        where state = 'pending' and channel = %(channel)s and due_at <= %(now)s
        order by due_at, id limit 1 for update skip locked)
    returning t.*
)
select c.id, c.facility_id, c.account_id, c.attempts, c.shift_at, f.code as facility_code, f.name as facility_name,
    f.time_zone, u.code as account_code, u.phone as account_phone, u.email as account_email, u.language,
    (select coalesce(jsonb_agg(jsonb_build_array(s.endpoint, s.p256dh, s.auth) order by s.created_at desc), '[]')
     from anxin.push_subscription s where s.account_id = u.id) as push
from claimed c join anxin.facility f on f.id = c.facility_id join anxin.account u on u.id = c.account_id

-- name: note_test
-- What became of a test.
update anxin.phone_test set
    state = %(state)s, last_error = %(error)s, due_at = coalesce(%(again_at)s, due_at),
    done_at = case when %(state)s = 'pending' then null else %(now)s end
where id = %(id)s and state = 'pending'

-- name: unanswered_tests
-- People whose phone was tested at the beginning of a shift and who have confirmed none of its tests in time, not yet
-- told of. Only where at least one test could be sent at all.
select t.facility_id, t.account_id, a.code, array_agg(t.id)
from anxin.phone_test t join anxin.account a on a.id = t.account_id and a.active
where t.shift_at > %(now)s - interval '1 day' and t.shift_at <= %(now)s - %(within)s::interval and t.told_at is null
group by t.facility_id, t.account_id, a.code, t.shift_at
having bool_and(t.confirmed_at is null) and bool_or(t.state in ('sent', 'failed'))

-- name: told_of_tests
-- Notes that an unconfirmed test has been told of.
update anxin.phone_test set told_at = %(now)s where id = any(%(ids)s)

-- name: answered_people
-- The people of a home whose newest test has been confirmed, or is from more than a day ago.
select distinct a.code from anxin.account a
where a.facility_id = %(facility_id)s and not exists (
    select from anxin.phone_test t
    where t.account_id = a.id and t.told_at is not null and t.confirmed_at is null
      and t.shift_at > %(now)s - interval '1 day'
      and t.shift_at = (select max(n.shift_at) from anxin.phone_test n where n.account_id = a.id))

-- name: open_failures
-- The open alerts about notifications.
select facility_id, evidence from anxin.alert
where kind = 'notify_failed' and resolved_at is null and condition_present

-- name: ringing_wards
-- What rings in each ward: the most urgent priority, and since when. A ward where nothing rings has none.
select f.id, f.code, w.code, min(a.priority), min(a.rang_at),
    coalesce(array_agg(distinct a.kind) filter (where a.id is not null), '{}')
from anxin.ward w join anxin.facility f on f.id = w.facility_id
left join anxin.alert a on a.facility_id = w.facility_id and (a.ward_id = w.id or a.ward_id is null)
    and a.resolved_at is null and a.acknowledged_at is null and a.next_step_at is not null
where w.active
group by f.id, f.code, w.code order by f.code, w.code
