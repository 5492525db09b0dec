-- name: asked
-- The next question that nobody has answered yet.
select id, facility_id, rule, parameter, value, days from anxin.what_if where state = 'asked' order by id limit 1

-- name: answer
-- What came of a question.
update anxin.what_if set state = %(state)s, result = %(result)s, done_at = %(now)s where id = %(id)s and state = 'asked'

-- name: samples
-- The last sample of each device, kind and minute of a home in a span: the past by the minute.
select p.minute, p.device_id, k.name,
    coalesce(p.scaled[j.place * p.n] * k.scale, p.floats[j.place * p.n])::double precision as value,
    coalesce(p.quality[p.n] / 10000.0, 1)::double precision as quality,
    (coalesce(p.offsets[p.n] + 30000, p.start_ms + (p.n - 1) * p.step_ms))::integer as offset_ms
from anxin.observation_pack p
join anxin.device d on d.id = p.device_id and d.facility_id = %(facility_id)s
cross join lateral unnest(p.kinds) with ordinality as j (code, place)
join anxin.observation_kind k on k.code = j.code
where p.minute >= %(since)s and p.minute < %(until)s
order by p.minute, p.device_id

-- name: events
-- The discrete events of a home in a span, by receipt.
select e.arrival, e.item, e.received_at, e.gateway_id, e.device_id, e.time, e.type, e.origin, e.detail,
    f.code as facility, d.code as device
from anxin.device_event e join anxin.gateway g on g.id = e.gateway_id join anxin.facility f on f.id = g.facility_id
left join anxin.device d on d.id = e.device_id
where g.facility_id = %(facility_id)s and e.received_at >= %(since)s and e.received_at < %(until)s
order by e.received_at, e.arrival, e.item

-- name: past
-- The stored alerts of a home in a span, and what people found.
select kind, subject, onset_at, outcome from anxin.alert
where facility_id = %(facility_id)s and onset_at >= %(since)s and onset_at < %(until)s

-- name: subjects
-- What the home calls its residents' places, beds and rooms, by the key of a subject.
select 'resident:' || r.id, coalesce(b.name, r.code) from anxin.resident r
left join anxin.stay s on s.resident_id = r.id and s.ends_at is null left join anxin.bed b on b.id = s.bed_id
where r.facility_id = %(facility_id)s
union all select 'bed:' || id, name from anxin.bed where facility_id = %(facility_id)s
union all select 'room:' || id, name from anxin.room where facility_id = %(facility_id)s
union all select 'device:' || id, code from anxin.device where facility_id = %(facility_id)s

-- name: first_minute
-- From when on a home's past by the minute is there.
select min(p.minute) from anxin.observation_pack p join anxin.device d on d.id = p.device_id
where d.facility_id = %(facility_id)s and p.minute >= %(since)s
