-- name: put_region
-- One level of the tree above the facility.
insert into anxin.region (code, name, level, parent_id)
values (%(code)s, %(name)s, %(level)s, (select id from anxin.region where code = %(parent)s))
on conflict (code) do update set name = excluded.name, level = excluded.level, parent_id = excluded.parent_id

-- name: put_facility
-- The home itself; returns its id.
insert into anxin.facility (code, name, region_id, time_zone, language, partition)
values (%(code)s, %(name)s, (select id from anxin.region where code = %(region)s), %(time_zone)s, %(language)s,
        %(partition)s)
on conflict (code) do update set
    name = excluded.name, region_id = excluded.region_id, time_zone = excluded.time_zone,
    language = excluded.language, partition = excluded.partition
returning id

-- name: lock_facility
-- Lets one load of a facility in at a time; released with the transaction.
select pg_advisory_xact_lock(hashtext('anxin.directory'), hashtext(%(code)s))

-- name: put_ward
-- A ward by its code.
insert into anxin.ward (facility_id, code, name) values (%(facility)s, %(code)s, %(name)s)
on conflict (facility_id, code) do update set name = excluded.name, active = true

-- name: put_room
-- A room by its code; without a scan code in the file it keeps the one it has, or is given one.
insert into anxin.room as r (facility_id, ward_id, code, name, kind, suite, scan_code)
select %(facility)s, w.id, %(code)s, %(name)s, %(kind)s, %(suite)s,
       coalesce(%(scan_code)s, 'r' || substr(md5(random()::text), 1, 9))
from anxin.ward w where w.facility_id = %(facility)s and w.code = %(ward)s
on conflict (facility_id, code) do update set
    ward_id = excluded.ward_id, name = excluded.name, kind = excluded.kind, suite = excluded.suite, active = true,
    scan_code = coalesce(%(scan_code)s, r.scan_code)

-- name: put_bed
-- A bed by its code; scan codes as with rooms.
insert into anxin.bed as b (facility_id, room_id, code, name, scan_code)
select %(facility)s, r.id, %(code)s, %(name)s, coalesce(%(scan_code)s, 'b' || substr(md5(random()::text), 1, 9))
from anxin.room r where r.facility_id = %(facility)s and r.code = %(room)s
on conflict (facility_id, code) do update set
    room_id = excluded.room_id, name = excluded.name, active = true, scan_code = coalesce(%(scan_code)s, b.scan_code)

-- name: put_resident
-- A resident by code.
insert into anxin.resident (facility_id, code, name, birth_year, profile)
values (%(facility)s, %(code)s, %(name)s, %(birth_year)s, %(profile)s)
on conflict (facility_id, code) do update set
    name = excluded.name, birth_year = excluded.birth_year, profile = excluded.profile, active = true

-- name: end_stays
-- Ends the open stays that the file no longer has.
update anxin.stay s set ends_at = greatest(%(now)s, s.starts_at + interval '1 second')
from anxin.resident r, anxin.bed b
where s.ends_at is null and r.id = s.resident_id and b.id = s.bed_id and r.facility_id = %(facility)s
  and not exists (
      select from unnest(%(residents)s::text[], %(beds)s::text[]) as wanted (resident, bed)
      where wanted.resident = r.code and wanted.bed = b.code)

-- name: begin_stay
-- Begins a stay that is not open yet. Whose day of moving in is known is new for a week: what may be held is recorded
-- and not rung (clinical.md 8: a shadow week).
insert into anxin.stay (resident_id, bed_id, starts_at, shadow_until)
select r.id, b.id, coalesce(%(since)s, %(now)s), %(since)s::timestamptz + interval '7 days'
from anxin.resident r, anxin.bed b
where r.facility_id = %(facility)s and r.code = %(resident)s and b.facility_id = %(facility)s and b.code = %(bed)s
  and not exists (select from anxin.stay s where s.resident_id = r.id and s.bed_id = b.id and s.ends_at is null)
on conflict (resident_id, bed_id, starts_at) do update set ends_at = null

-- name: put_gateway
-- A gateway by its code.
insert into anxin.gateway (facility_id, code, name, heartbeat_s) values (%(facility)s, %(code)s, %(name)s, %(heartbeat)s)
on conflict (facility_id, code) do update set
    name = excluded.name, heartbeat_s = excluded.heartbeat_s, active = true, by_hand = false

-- name: put_device
-- A device behind a gateway, with its place.
insert into anxin.device (facility_id, gateway_id, code, kind, model, room_id, bed_id, resident_id, supervision_s)
select %(facility)s, g.id, %(id)s, %(kind)s, %(model)s, coalesce(r.id, b.room_id), b.id, p.id, %(supervision)s
from anxin.gateway g
left join anxin.room r on r.facility_id = g.facility_id and r.code = %(room)s
left join anxin.bed b on b.facility_id = g.facility_id and b.code = %(bed)s
left join anxin.resident p on p.facility_id = g.facility_id and p.code = %(resident)s
where g.facility_id = %(facility)s and g.code = %(gateway)s
on conflict (gateway_id, code) do update set
    kind = excluded.kind, model = excluded.model, room_id = excluded.room_id, bed_id = excluded.bed_id,
    resident_id = excluded.resident_id, supervision_s = excluded.supervision_s, active = true, by_hand = false

-- name: put_account
-- Somebody who signs in; a password hash stays as it is.
insert into anxin.account (facility_id, code, name, role, language, phone, email)
values (%(facility)s, %(code)s, %(name)s, %(role)s, %(language)s, %(phone)s, %(email)s)
on conflict (facility_id, code) do update set
    name = excluded.name, role = excluded.role, language = excluded.language, phone = excluded.phone, email = excluded.email, active = true

-- name: put_consent
-- A resident's consent that a relative may see them.
insert into anxin.consent (account_id, resident_id, scopes, given_by, given_at)
select a.id, r.id, %(scopes)s, %(given_by)s, %(now)s
from anxin.account a, anxin.resident r
where a.facility_id = %(facility)s and a.code = %(account)s
  and r.facility_id = %(facility)s and r.code = %(resident)s
on conflict (account_id, resident_id) do update set
    scopes = excluded.scopes, given_by = excluded.given_by, revoked_at = null

-- name: revoke_consents
-- Revokes the consents that the file no longer has.
update anxin.consent c set revoked_at = %(now)s
from anxin.account a, anxin.resident r
where c.revoked_at is null and a.id = c.account_id and r.id = c.resident_id and a.facility_id = %(facility)s
  and not exists (
      select from unnest(%(accounts)s::text[], %(residents)s::text[]) as wanted (account, resident)
      where wanted.account = a.code and wanted.resident = r.code)

-- name: clear_duties
-- The roster is replaced as a whole.
delete from anxin.duty where facility_id = %(facility)s

-- name: put_duty
-- One line of the roster.
insert into anxin.duty (
    facility_id, account_id, ward_id, post, shift, starts, ends, days, first_day, last_day)
select %(facility)s, a.id, w.id, %(post)s, %(shift)s, %(starts)s::time, %(ends)s::time, %(days)s::smallint[],
    %(first_day)s::date, %(last_day)s::date
from anxin.account a
left join anxin.ward w on w.facility_id = a.facility_id and w.code = %(ward)s
where a.facility_id = %(facility)s and a.code = %(account)s

-- name: clear_absences
-- Absences of the file are replaced by those it has now; what was noted on the page stays.
delete from anxin.absence where facility_id = %(facility)s and not by_hand

-- name: put_absence
-- One absence of the file. A time without an offset is meant in the facility's zone.
insert into anxin.absence (facility_id, account_id, substitute_id, starts_at, ends_at, reason, noted_at)
select f.id, a.id, s.id,
    case when %(local)s then %(starts)s::timestamp at time zone f.time_zone else %(starts)s::timestamptz end,
    case when %(local)s then %(ends)s::timestamp at time zone f.time_zone else %(ends)s::timestamptz end,
    %(reason)s, %(now)s
from anxin.facility f
join anxin.account a on a.facility_id = f.id and a.code = %(account)s
left join anxin.account s on s.facility_id = f.id and s.code = %(substitute)s
where f.id = %(facility)s

-- name: end_plans
-- Ends the escalations in force that the file has no longer, or has with other levels.
update anxin.escalation_plan p set valid_to = %(now)s
where p.facility_id = %(facility)s and p.valid_to is null
  and not exists (
      select from unnest(%(kinds)s::text[], %(priorities)s::smallint[], %(wards)s::text[], %(shifts)s::text[],
                         %(levels)s::text[], %(repeats)s::real[])
          as wanted (kind, priority, ward, shift, levels, repeat_s)
      left join anxin.ward w on w.facility_id = p.facility_id and w.code = wanted.ward
      where wanted.priority = p.priority and wanted.kind is not distinct from p.kind
        and wanted.shift is not distinct from p.shift and w.id is not distinct from p.ward_id
        and wanted.levels::jsonb = p.levels and wanted.repeat_s = p.repeat_s)

-- name: begin_plan
-- Puts an escalation in force, unless it is already.
insert into anxin.escalation_plan (facility_id, kind, priority, ward_id, shift, levels, repeat_s, valid_from)
select f.id, %(kind)s::text, %(priority)s, w.id, %(shift)s::text, %(levels)s::jsonb, %(repeat_s)s, %(now)s
from anxin.facility f left join anxin.ward w on w.facility_id = f.id and w.code = %(ward)s
where f.id = %(facility)s and not exists (
    select from anxin.escalation_plan p
    where p.facility_id = f.id and p.valid_to is null and p.priority = %(priority)s
      and p.kind is not distinct from %(kind)s::text and p.shift is not distinct from %(shift)s::text
      and p.ward_id is not distinct from w.id)

-- name: end_policies
-- Ends the policies in force that the file has no longer, or has with another value.
update anxin.policy p set valid_to = %(now)s
where p.facility_id = %(facility)s and p.valid_to is null
  and not exists (
      select from unnest(%(all_ward)s::text[], %(all_resident)s::text[], %(all_rule)s::text[],
                         %(all_parameter)s::text[], %(all_value)s::text[], %(all_starts)s::time[], %(all_ends)s::time[])
          as wanted (ward, resident, rule, parameter, value, starts, ends)
      left join anxin.ward w on w.facility_id = p.facility_id and w.code = wanted.ward
      left join anxin.resident r on r.facility_id = p.facility_id and r.code = wanted.resident
      where wanted.rule = p.rule and wanted.parameter = p.parameter and wanted.value::jsonb = p.value
        and (wanted.starts, wanted.ends) is not distinct from (p.starts, p.ends)
        and w.id is not distinct from p.ward_id and r.id is not distinct from p.resident_id)

-- name: begin_policy
-- Puts a policy in force, unless it is already.
insert into anxin.policy (facility_id, ward_id, resident_id, rule, parameter, value, starts, ends, valid_from)
select f.id, w.id, r.id, %(rule)s, %(parameter)s, %(value)s::jsonb, %(starts)s::time, %(ends)s::time, %(now)s
from anxin.facility f
left join anxin.ward w on w.facility_id = f.id and w.code = %(ward)s
left join anxin.resident r on r.facility_id = f.id and r.code = %(resident)s
where f.id = %(facility)s and not exists (
    select from anxin.policy p
    where p.facility_id = f.id and p.valid_to is null and p.rule = %(rule)s and p.parameter = %(parameter)s
      and (p.starts, p.ends) is not distinct from (%(starts)s::time, %(ends)s::time)
      and p.ward_id is not distinct from w.id and p.resident_id is not distinct from r.id)

-- name: end_schedules
-- Ends the lines of the schedules that the file has no longer.
update anxin.schedule set valid_to = %(now)s
where facility_id = %(facility)s and valid_to is null and line <> all(%(lines)s::jsonb[])

-- name: begin_schedule
-- Puts a line of the schedules in force, unless it is already.
insert into anxin.schedule (facility_id, ward_id, resident_id, line, valid_from)
select f.id, w.id, r.id, %(line)s::jsonb, %(now)s
from anxin.facility f
left join anxin.ward w on w.facility_id = f.id and w.code = %(ward)s
left join anxin.resident r on r.facility_id = f.id and r.code = %(resident)s
where f.id = %(facility)s and not exists (
    select from anxin.schedule s where s.facility_id = f.id and s.valid_to is null and s.line = %(line)s::jsonb)

-- name: retire_wards
-- What the file has no longer is kept, as not active.
update anxin.ward set active = false where facility_id = %(facility)s and active and code <> all(%(codes)s)

-- name: retire_rooms
-- As with wards.
update anxin.room set active = false where facility_id = %(facility)s and active and code <> all(%(codes)s)

-- name: retire_beds
-- As with wards.
update anxin.bed set active = false where facility_id = %(facility)s and active and code <> all(%(codes)s)

-- name: retire_residents
-- As with wards.
update anxin.resident set active = false where facility_id = %(facility)s and active and code <> all(%(codes)s)

-- name: retire_accounts
-- As with wards.
update anxin.account set active = false where facility_id = %(facility)s and active and code <> all(%(codes)s)

-- name: retire_gateways
-- As with wards; what was added by hand stays.
update anxin.gateway set active = false
where facility_id = %(facility)s and active and not by_hand and code <> all(%(codes)s)

-- name: retire_devices
-- As with gateways; a device is named by its gateway and its id.
update anxin.device d set active = false
from anxin.gateway g
where g.id = d.gateway_id and d.facility_id = %(facility)s and d.active and not d.by_hand
  and not exists (
      select from unnest(%(gateways)s::text[], %(ids)s::text[]) as wanted (gateway, id)
      where wanted.gateway = g.code and wanted.id = d.code)

-- name: tell
-- Wakes everybody who holds a snapshot of the directory.
select pg_notify('anxin_directory', %(facility)s::text)
