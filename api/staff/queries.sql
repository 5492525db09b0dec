-- name: people
-- Who may be on duty, by id.
select id, code, name, role from anxin.account
where facility_id = %(facility)s and active and role in ('nurse', 'manager') order by name, id

-- name: my_tests
-- Tests of one person's phone in the last day, the newest first.
select id, channel, shift, shift_at, state, confirmed_at from anxin.phone_test
where account_id = %(account)s and shift_at > %(now)s - interval '1 day' order by shift_at desc, channel

-- name: confirm_tests
-- She says that her phone rang.
update anxin.phone_test set confirmed_at = %(now)s
where account_id = %(account)s and confirmed_at is null and shift_at > %(now)s - interval '1 day'

-- name: absences
-- Absences that are not over.
select a.id, a.account_id, p.name, a.substitute_id, s.name as substitute, a.starts_at, a.ends_at, a.reason, a.by_hand
from anxin.absence a join anxin.account p on p.id = a.account_id left join anxin.account s on s.id = a.substitute_id
where a.facility_id = %(facility)s and a.ended_at is null and a.ends_at > %(now)s
order by a.starts_at, a.id

-- name: put_absence
-- Notes an absence; both must be people of the facility who may be on duty.
insert into anxin.absence (
    facility_id, account_id, substitute_id, starts_at, ends_at, reason, by_hand, noted_by, noted_at)
select p.facility_id, p.id, s.id, %(starts_at)s, %(ends_at)s, %(reason)s, true, %(noted_by)s, %(now)s
from anxin.account p
left join anxin.account s on s.id = %(substitute)s::integer and s.facility_id = p.facility_id and s.active
    and s.role in ('nurse', 'manager')
where p.id = %(account)s and p.facility_id = %(facility)s and p.active and p.role in ('nurse', 'manager')
    and (%(substitute)s::integer is null or s.id is not null) and s.id is distinct from p.id
returning id

-- name: end_absence
-- Takes an absence back: one's own, or anybody's for who may.
update anxin.absence set ended_at = %(now)s
where id = %(id)s and facility_id = %(facility)s and ended_at is null and (%(any)s or account_id = %(account)s)

-- name: wards
-- Names of wards by id.
select id, name from anxin.ward where facility_id = %(facility)s

-- name: put_push
-- A browser agrees to be told. It may change hands: whoever signs in last owns it.
insert into anxin.push_subscription (endpoint, facility_id, account_id, p256dh, auth, created_at)
values (%(endpoint)s, %(facility)s, %(account)s, %(p256dh)s, %(auth)s, %(now)s)
on conflict (endpoint) do update set facility_id = excluded.facility_id, account_id = excluded.account_id,
    p256dh = excluded.p256dh, auth = excluded.auth, created_at = excluded.created_at

-- name: push_count
-- In how many browsers somebody switched push messages on.
select count(*) from anxin.push_subscription where account_id = %(account)s

-- name: drop_push
-- Switches push messages off in all browsers of a person.
delete from anxin.push_subscription where account_id = %(account)s

-- name: newest_vitals
-- The newest value of each wanted kind from the devices at a resident's bed or on her, also of a dead device: its age says it.
select distinct on (k.name) k.name as kind, k.label_en, k.label_zh, k.unit, u.value::double precision as value, c.time
from anxin.device d
left join anxin.stay s on s.bed_id = d.bed_id and s.starts_at <= %(now)s and (s.ends_at is null or s.ends_at > %(now)s)
join anxin.current_state c on c.device_id = d.id
cross join lateral unnest(c.kinds, c."values") as u (code, value)
join anxin.observation_kind k on k.code = u.code and k.name = any(%(kinds)s::text[])
where d.facility_id = %(facility)s and coalesce(d.resident_id, s.resident_id) = %(resident)s and u.value is not null
    and u.value <> 'NaN' and c.time > %(now)s - interval '7 days'
order by k.name, c.time desc

-- name: relatives
-- Whom to call: relatives with a consent that stands.
select a.name, a.phone from anxin.consent c join anxin.account a on a.id = c.account_id and a.active
where c.resident_id = %(resident)s and a.facility_id = %(facility)s and c.given_at <= %(now)s
    and (c.revoked_at is null or c.revoked_at > %(now)s)
order by a.name, a.id

-- name: profile
-- What was entered of a resident.
select birth_year, profile from anxin.resident where id = %(resident)s and facility_id = %(facility)s

-- name: put_question
-- Asks what another number would have done.
insert into anxin.what_if (facility_id, asked_by, asked_at, rule, parameter, value, days)
values (%(facility)s, %(account)s, %(now)s, %(rule)s, %(parameter)s, %(value)s, %(days)s)

-- name: questions
-- The last questions and their answers.
select q.id, q.asked_at, a.name, q.rule, q.parameter, q.value, q.days, q.state, q.result
from anxin.what_if q left join anxin.account a on a.id = q.asked_by
where q.facility_id = %(facility)s order by q.id desc limit 5
