-- name: lock_facility
-- Lets one writer of a facility's alerts in at a time, until its commit: history ids then commit in their order.
select pg_advisory_xact_lock(%(space)s, %(facility_id)s)

-- name: facility_of
-- The facility of an alert; it never changes, so it may be read before the lock.
select facility_id from anxin.alert where id = %(alert_id)s

-- name: shown_on_page
-- The open alerts of a facility that are not held back: their first showing, where it is the first.
update anxin.alert set notified_at = greatest(raised_at, %(now)s)
where facility_id = %(facility_id)s and resolved_at is null and notified_at is null and held is null

-- name: lock_alert
-- One alert, locked; the room of its bed where it names only the bed.
select a.*, coalesce(a.room_id, b.room_id) as place_room_id
from anxin.alert a left join anxin.bed b on b.id = a.bed_id
where a.id = %(alert_id)s for update of a

-- name: lock_open_alerts
-- All unresolved alerts of these facilities, locked: what may hold or be held by what.
select a.*, coalesce(a.room_id, b.room_id) as place_room_id
from anxin.alert a left join anxin.bed b on b.id = a.bed_id
where a.resolved_at is null and a.facility_id = any(%(facilities)s)
order by a.id for update of a

-- name: holds
-- What holds alerts of these facilities now: what people set, and the first days of who moved in.
select h.id, h.facility_id, h.reason, h.starts_at, h.ends_at, h.resident_id, h.room_id, h.device_id, h.kind, h.account_id, h.note
from anxin.hold h
where h.facility_id = any(%(facilities)s) and h.starts_at <= %(now)s and (h.ends_at is null or h.ends_at > %(now)s)
union all
select -s.id, r.facility_id, 'shadow', s.starts_at, s.shadow_until, s.resident_id, null, null, null, null, null
from anxin.stay s join anxin.resident r on r.id = s.resident_id
where r.facility_id = any(%(facilities)s) and s.starts_at <= %(now)s and s.shadow_until > %(now)s
    and (s.ends_at is null or s.ends_at > %(now)s)
order by 1

-- name: due_holds
-- The held alerts at which somebody must look again.
select id, facility_id from anxin.alert where held_until <= %(now)s order by held_until, id limit %(limit)s

-- name: newest_closed
-- The priority of the newest closed alert of a kind and subject.
select priority from anxin.alert
where facility_id = %(facility_id)s and kind = %(kind)s and subject = %(subject)s and resolved_at is not null
order by raised_at desc, id desc limit 1

-- name: responder
-- One row where the account may act on alerts of the facility.
select 1 from anxin.account
where id = %(account_id)s and facility_id = %(facility_id)s and active and role = any(%(roles)s)

-- name: place_of_code
-- What a scanned code stands for: a bed, or a room.
select room_id, id as bed_id from anxin.bed
where facility_id = %(facility_id)s and scan_code = %(scan_code)s and active
union all
select id, null from anxin.room
where facility_id = %(facility_id)s and scan_code = %(scan_code)s and active
limit 1

-- name: place_of_press
-- Where the carers' button at an alert's bed or in its room was pressed last, and when. What was kept during an outage
-- comes with its own, old time: it proves nothing of now.
select d.room_id, d.bed_id, e.time
from anxin.alert a
join anxin.device d on d.facility_id = a.facility_id and d.active and d.room_id is not null
    and (d.bed_id = a.bed_id or (d.room_id = a.room_id and (d.bed_id is null or a.bed_id is null)))
join anxin.device_event e on e.device_id = d.id
where a.id = %(alert_id)s and e.type = 'detection' and e.detail->>'detection' = 'carer_present' and e.origin = 'live'
    and e.time between %(since)s and %(now)s
order by e.time desc
limit 1

-- name: insert_alert
-- A new alert.
insert into anxin.alert (
    facility_id, kind, subject, ward_id, room_id, bed_id, resident_id, device_id, gateway_id, class, priority, latching,
    life_safety, late, condition_present, occurrences, onset_at, raised_at, rang_at, notified_at, cleared_at,
    acknowledged_at, acknowledged_by, acknowledged_until, arrived_at, arrived_by, resolved_at, resolved_by, outcome,
    note, assigned_to, step, next_step_at, evidence, held, held_until, parent_id, sources)
values (
    %(facility_id)s, %(kind)s, %(subject)s, %(ward_id)s, %(room_id)s, %(bed_id)s, %(resident_id)s, %(device_id)s,
    %(gateway_id)s, %(class)s, %(priority)s, %(latching)s, %(life_safety)s, %(late)s, %(condition_present)s,
    %(occurrences)s, %(onset_at)s, %(raised_at)s, %(rang_at)s, %(notified_at)s, %(cleared_at)s, %(acknowledged_at)s,
    %(acknowledged_by)s, %(acknowledged_until)s, %(arrived_at)s, %(arrived_by)s, %(resolved_at)s, %(resolved_by)s,
    %(outcome)s, %(note)s, %(assigned_to)s, %(step)s, %(next_step_at)s, %(evidence)s, %(held)s, %(held_until)s,
    %(parent_id)s, %(sources)s)
returning id

-- name: update_alert
-- An alert as it was decided. Who it is about never changes; a kind only goes up its ladder.
update anxin.alert set
    kind = %(kind)s, life_safety = %(life_safety)s, held = %(held)s, held_until = %(held_until)s,
    parent_id = %(parent_id)s, sources = %(sources)s,
    priority = %(priority)s, latching = %(latching)s, late = %(late)s, condition_present = %(condition_present)s,
    occurrences = %(occurrences)s, onset_at = %(onset_at)s, rang_at = %(rang_at)s, notified_at = %(notified_at)s,
    cleared_at = %(cleared_at)s, acknowledged_at = %(acknowledged_at)s, acknowledged_by = %(acknowledged_by)s,
    acknowledged_until = %(acknowledged_until)s, arrived_at = %(arrived_at)s, arrived_by = %(arrived_by)s,
    resolved_at = %(resolved_at)s, resolved_by = %(resolved_by)s, outcome = %(outcome)s, note = %(note)s,
    assigned_to = %(assigned_to)s, step = %(step)s, next_step_at = %(next_step_at)s, evidence = %(evidence)s
where id = %(id)s

-- name: set_parent
-- What an alert belongs to, once that has a number.
update anxin.alert set parent_id = %(parent_id)s where id = %(id)s

-- name: insert_hold
-- Something holds from now on.
insert into anxin.hold (facility_id, reason, resident_id, room_id, device_id, kind, starts_at, ends_at, account_id, note)
values (%(facility_id)s, %(reason)s, %(resident_id)s, %(room_id)s, %(device_id)s, %(kind)s, %(starts_at)s, %(ends_at)s,
    %(account_id)s, %(note)s)

-- name: drop_tasks
-- What need no longer be done, of some kinds (none named: of all).
update anxin.task set dropped_at = %(now)s
where alert_id = %(alert_id)s and done_at is null and dropped_at is null
    and (%(kinds)s::text[] = '{}' or kind = any(%(kinds)s))

-- name: insert_task
-- Something to be done.
insert into anxin.task (facility_id, alert_id, kind, due_at, created_at)
values (%(facility_id)s, %(alert_id)s, %(kind)s, %(due_at)s, %(now)s) on conflict do nothing

-- name: task
-- An open task, locked.
select alert_id, facility_id, kind from anxin.task
where id = %(task_id)s and facility_id = %(facility_id)s and done_at is null and dropped_at is null for update

-- name: tick_task
-- Somebody did it.
update anxin.task set done_at = %(now)s, done_by = %(account_id)s, note = %(note)s where id = %(task_id)s

-- name: tasks_shown
-- Tasks with names: the open ones that are due until a moment, or all of one alert.
select t.id, t.alert_id, a.kind as alert_kind, t.kind, t.due_at, t.done_at, c.name as done_by, t.dropped_at,
    w.name as ward, o.name as room, b.name as bed, r.name as resident
from anxin.task t
join anxin.alert a on a.id = t.alert_id
left join anxin.account c on c.id = t.done_by
left join anxin.ward w on w.id = a.ward_id
left join anxin.bed b on b.id = a.bed_id
left join anxin.room o on o.id = coalesce(a.room_id, b.room_id)
left join anxin.resident r on r.id = a.resident_id
where t.facility_id = %(facility_id)s
    and case when %(alert_id)s::bigint is null
        then t.done_at is null and t.dropped_at is null and t.due_at <= %(until)s
        else t.alert_id = %(alert_id)s end
order by t.due_at, t.id

-- name: insert_handover
-- A shift hands over.
insert into anxin.handover (facility_id, given_at, given_by, note, content)
values (%(facility_id)s, %(now)s, %(account_id)s, %(note)s, %(content)s) returning id

-- name: handover
-- Who gave a hand-over, and who signed it.
select given_by, signed_by from anxin.handover
where id = %(handover_id)s and facility_id = %(facility_id)s for update

-- name: sign_handover
-- The next shift signs.
update anxin.handover set signed_at = %(now)s, signed_by = %(account_id)s where id = %(handover_id)s

-- name: handovers
-- The latest hand-overs of a home.
select h.id, h.given_at, g.name as given_by, h.note, h.content, h.signed_at, s.name as signed_by
from anxin.handover h
join anxin.account g on g.id = h.given_by
left join anxin.account s on s.id = h.signed_by
where h.facility_id = %(facility_id)s order by h.given_at desc, h.id desc limit %(limit)s

-- name: end_hold
-- What holds no longer, before its time: one hold, or somebody's presence in a room, or a resident's leave.
update anxin.hold set ends_at = greatest(%(now)s, starts_at)
where facility_id = %(facility_id)s and (ends_at is null or ends_at > %(now)s)
    and (%(id)s::integer is null or id = %(id)s) and (%(reason)s::text is null or reason = %(reason)s)
    and (%(room_id)s::integer is null or room_id = %(room_id)s)
    and (%(resident_id)s::integer is null or resident_id = %(resident_id)s)
    and (%(account_id)s::integer is null or account_id = %(account_id)s)

-- name: holds_shown
-- What holds in a home now, with names.
select h.id, h.reason, h.kind, o.name as room, r.name as resident, d.code as device, a.name as by, h.note, h.starts_at,
    h.ends_at
from anxin.hold h
left join anxin.room o on o.id = h.room_id
left join anxin.resident r on r.id = h.resident_id
left join anxin.device d on d.id = h.device_id
left join anxin.account a on a.id = h.account_id
where h.facility_id = %(facility_id)s and h.starts_at <= %(now)s and (h.ends_at is null or h.ends_at > %(now)s)
order by h.starts_at desc, h.id

-- name: insert_history
-- One line of an alert's history; only ever written under the facility's lock.
insert into anxin.alert_history (facility_id, alert_id, at, action, account_id, detail)
values (%(facility_id)s, %(alert_id)s, %(at)s, %(action)s, %(account_id)s, %(detail)s)
returning id

-- name: due_alerts
-- The alerts whose next step has come: lives first, so that a flood of faults holds up no call.
select id, facility_id from anxin.alert where next_step_at <= %(now)s
order by life_safety desc, priority, next_step_at, id limit %(limit)s

-- name: lock_due
-- One due alert, locked; none where another worker has it or somebody has answered meanwhile.
select a.*, coalesce(a.room_id, b.room_id) as place_room_id
from anxin.alert a left join anxin.bed b on b.id = a.bed_id
where a.id = %(alert_id)s and a.next_step_at <= %(now)s for update of a skip locked

-- name: roster
-- The shifts of a facility's active accounts, and its time zone; one row without an account where there are none.
select f.time_zone, d.account_id, d.post, d.ward_id, d.starts, d.ends, d.shift, d.days, d.first_day, d.last_day
from anxin.facility f
left join (anxin.duty d join anxin.account a on a.id = d.account_id and a.active) on d.facility_id = f.id
where f.id = %(facility_id)s
order by d.id

-- name: absences
-- Who is absent, or was within the last two days; whoever stands in must be active.
select a.account_id, s.id, a.starts_at, a.ends_at
from anxin.absence a left join anxin.account s on s.id = a.substitute_id and s.active
where a.facility_id = %(facility_id)s and a.ended_at is null and a.ends_at > %(now)s - interval '2 days'
order by a.noted_at desc, a.id desc

-- name: escalation_plans
-- The plans that a facility has set itself and that are in force.
select kind, priority, ward_id, shift, levels, repeat_s from anxin.escalation_plan
where facility_id = %(facility_id)s and valid_from <= %(now)s and (valid_to is null or valid_to > %(now)s)

-- name: supersede
-- A newer ring takes the place of what one channel has not yet delivered to one person.
update anxin.outbox set state = 'cancelled', done_at = %(now)s
where alert_id = %(alert_id)s and channel = %(channel)s and recipient = %(recipient)s and state = 'pending'

-- name: insert_outbox
-- One thing to be told by one channel.
insert into anxin.outbox (alert_id, history_id, channel, recipient, due_at)
values (%(alert_id)s, %(history_id)s, %(channel)s, %(recipient)s, %(now)s)

-- name: tell_again
-- Tells everybody who was told in this ringing once more, because of a new line of the history.
insert into anxin.outbox (alert_id, history_id, channel, recipient, due_at)
select distinct o.alert_id, %(history_id)s::bigint, o.channel, o.recipient, %(now)s::timestamptz
from anxin.outbox o join anxin.alert_history h on h.id = o.history_id
where o.alert_id = %(alert_id)s and h.at >= %(since)s

-- name: cancel_pending
-- What was not delivered yet is no longer wanted: somebody has answered, the alert is closed, or it rings anew.
update anxin.outbox set state = 'cancelled', done_at = %(now)s
where alert_id = any(%(alert_ids)s) and state = 'pending'

-- name: notify
-- Wakes the live stream when this transaction commits.
select pg_notify('anxin_alert', %(facility_id)s::text)

-- name: listen
-- Hears of changed alerts, on a connection of its own.
listen anxin_alert

-- name: story_alert
-- An alert with the codes of who and what it is about, for an explanation.
select a.*, coalesce(a.room_id, b.room_id) as place_room_id, f.time_zone, f.code as facility_code, w.code as ward_code,
    r.code as room_code, b.code as bed_code, p.code as resident_code, g.code as gateway_code, d.code as device_code
from anxin.alert a
join anxin.facility f on f.id = a.facility_id
left join anxin.bed b on b.id = a.bed_id
left join anxin.room r on r.id = coalesce(a.room_id, b.room_id)
left join anxin.ward w on w.id = coalesce(a.ward_id, r.ward_id)
left join anxin.resident p on p.id = a.resident_id
left join anxin.gateway g on g.id = a.gateway_id
left join anxin.device d on d.id = a.device_id
where a.id = %(alert_id)s

-- name: story_children
-- The alerts that belong to an alert.
select id, kind from anxin.alert where parent_id = %(alert_id)s order by id

-- name: story_devices
-- The sensors that told of an alert: what they are and where they stand.
select d.id, d.kind, d.code, coalesce(b.name, r.name) as at
from anxin.alert a
join anxin.device d on a.sources ? ('device:' || d.id)
left join anxin.bed b on b.id = d.bed_id
left join anxin.room r on r.id = d.room_id
where a.id = %(alert_id)s

-- name: story_history
-- All that happened to an alert.
select id, at, action, account_id, detail from anxin.alert_history where alert_id = %(alert_id)s order by id

-- name: story_told
-- All that was sent because of an alert, and how that went.
select history_id, channel, recipient, state, attempts, due_at, done_at, last_error
from anxin.outbox where alert_id = %(alert_id)s order by id

-- name: story_policies
-- What the home had set otherwise than the defaults when the alert was raised, the widest scope first.
select p.rule, p.parameter, p.value,
    case when p.resident_id is not null then 'resident' when p.ward_id is not null then 'ward' else 'facility' end as scope
from anxin.policy p join anxin.alert a on a.facility_id = p.facility_id
where a.id = %(alert_id)s and p.valid_from <= a.raised_at and (p.valid_to is null or p.valid_to > a.raised_at)
  and (p.ward_id is null or p.ward_id = a.ward_id) and (p.resident_id is null or p.resident_id = a.resident_id)
order by p.rule, p.parameter, p.resident_id nulls first, p.ward_id nulls first

-- name: account_codes
-- The codes of a facility's accounts.
select id, code from anxin.account where facility_id = %(facility_id)s
