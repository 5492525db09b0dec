-- name: cases
-- The alerts of a home raised in a span, with how they were answered and how many people were told when.
select a.id, a.kind, a.priority, a.class = 'technical' as technical, d.code as device, g.code as gateway,
    coalesce(b.name, o.name, w.name) as place, a.resident_id, a.raised_at, a.outcome, a.resolved_by is not null as by_person,
    extract(epoch from h.taken_at - a.raised_at)::double precision as taken_s,
    extract(epoch from h.arrived_at - a.raised_at)::double precision as arrived_s,
    extract(epoch from a.resolved_at - a.raised_at)::double precision as lasted_s, h.ring_times, h.ring_counts
from anxin.alert a
left join anxin.device d on d.id = coalesce(a.device_id, case when jsonb_typeof(a.evidence -> 'device_id') = 'number'
    then (a.evidence ->> 'device_id')::numeric::integer end) and d.facility_id = a.facility_id
left join anxin.gateway g on g.id = coalesce(a.gateway_id, d.gateway_id)
left join anxin.bed b on b.id = a.bed_id
left join anxin.room o on o.id = a.room_id
left join anxin.ward w on w.id = a.ward_id
cross join lateral (
    select min(e.at) filter (where e.action in ('acknowledged', 'arrived')) as taken_at,
        min(e.at) filter (where e.action = 'arrived') as arrived_at,
        coalesce(array_agg(e.at order by e.id) filter (where e.action = 'escalated'), '{}') as ring_times,
        coalesce(array_agg(jsonb_array_length(coalesce(e.detail -> 'told', '[]')) order by e.id)
            filter (where e.action = 'escalated'), '{}') as ring_counts
    from anxin.alert_history e where e.alert_id = a.id
) h
where a.facility_id = %(facility_id)s and a.raised_at >= %(since)s and a.raised_at < %(until)s
order by a.raised_at, a.id

-- name: resident_days
-- For how many days residents lived here in a span, summed over all of them.
select coalesce(sum(extract(epoch from least(coalesce(s.ends_at, %(until)s), %(until)s) - greatest(s.starts_at, %(since)s))), 0)
    ::double precision / 86400
from anxin.stay s join anxin.resident r on r.id = s.resident_id
where r.facility_id = %(facility_id)s and s.starts_at < %(until)s and coalesce(s.ends_at, %(until)s) > %(since)s

-- name: home
-- A home by its code, or the only one.
select id, code, name, time_zone from anxin.facility where %(code)s::text is null or code = %(code)s order by id limit 2
