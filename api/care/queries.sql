-- name: note_entry
-- Keeps an entry and appends it to the log; returns its id, the old one where the key is known.
select anxin.note_entry(%(facility)s, %(key)s, %(kind)s, %(time)s, %(account)s, %(resident)s, %(room)s, %(ward)s,
                        %(facts)s, %(now)s)

-- name: residents_at
-- Who lives in a room (or in one bed of it) now, and whether she is on leave by the last entry about it.
select r.id, r.name, b.name as bed,
    coalesce((select e.kind = 'leave_out' from anxin.care_entry e
              where e.resident_id = r.id and e.kind in ('leave_out', 'leave_back') order by e.time desc limit 1), false)
        as away,
    coalesce((select array_agg(distinct s.line->>'code') from anxin.schedule s
              where s.resident_id = r.id and s.valid_to is null and s.line->>'kind' = 'medication'), '{}') as medicines,
    coalesce((select array_agg(distinct s.line->>'code') from anxin.schedule s
              where s.facility_id = r.facility_id and s.valid_to is null and s.line->>'kind' = 'task'
                and (s.resident_id is null or s.resident_id = r.id)
                and (s.ward_id is null or s.ward_id = o.ward_id)), '{}') as tasks
from anxin.stay t join anxin.resident r on r.id = t.resident_id join anxin.bed b on b.id = t.bed_id
join anxin.room o on o.id = b.room_id
where t.starts_at <= %(now)s and (t.ends_at is null or t.ends_at > %(now)s) and r.facility_id = %(facility)s
  and (%(room)s::integer is null or o.id = %(room)s) and (%(bed)s::integer is null or b.id = %(bed)s)
order by b.name

-- name: wards
-- The wards, each with how many of its residents should be there: who stays and is not on leave.
select w.id, w.name, count(t.id) filter (where not coalesce(
    (select e.kind = 'leave_out' from anxin.care_entry e
     where e.resident_id = t.resident_id and e.kind in ('leave_out', 'leave_back') order by e.time desc limit 1),
    false)) as expected
from anxin.ward w
left join anxin.room o on o.ward_id = w.id
left join anxin.bed b on b.room_id = o.id
left join anxin.stay t on t.bed_id = b.id and t.starts_at <= %(now)s and (t.ends_at is null or t.ends_at > %(now)s)
where w.facility_id = %(facility)s and w.active group by w.id, w.name order by w.name

-- name: latest
-- The latest entries of the facility, newest first.
select e.id, e.kind, e.time, a.name as account, r.name as resident, o.name as room, w.name as ward, e.facts
from anxin.care_entry e join anxin.account a on a.id = e.account_id
left join anxin.resident r on r.id = e.resident_id
left join anxin.room o on o.id = e.room_id
left join anxin.ward w on w.id = e.ward_id
where e.facility_id = %(facility)s order by e.id desc limit 20

-- name: coverage
-- Each kind: for how many it is covered, and what the others lack, with their names.
select c.kind, count(*) as total, count(*) filter (where c.covered) as covered,
    coalesce(array_agg(distinct coalesce(r.name, o.name))
             filter (where not c.covered and coalesce(r.name, o.name) is not null), '{}') as without,
    coalesce(array_agg(distinct array_to_string(c.missing, ' + ')) filter (where not c.covered), '{}') as lacks
from anxin.coverage_line c
left join anxin.resident r on r.id = c.resident_id
left join anxin.room o on o.id = c.room_id
where c.facility_id = %(facility)s group by c.kind

-- name: coverage_rows
-- What is covered, one by one.
select kind, resident_id, room_id, covered, missing from anxin.coverage_line where facility_id = %(facility)s
order by kind, resident_id, room_id
