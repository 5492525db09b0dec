-- report.*: what Grafana may read, as the role anxin_report.
grant usage on schema report to anxin_report;

-- Every stored sample, one row per value. Packs are skipped by `minute` (and `device_id`): a query gives both a range of
-- `minute` and one of `time`. value null: the sensor knew no value. item tells samples of one millisecond apart.
create view report.observation as
select
    p.minute, p.device_id, k.name as kind, k.unit,
    p.minute + (coalesce(p.offsets[s.item] + 30000, p.start_ms + (s.item - 1) * p.step_ms) * interval '1 millisecond')
        as time,
    coalesce(s.scaled * k.scale, p.floats[s.place]) as value,
    p.quality[s.item] / 10000.0::real as quality,
    p.arrival, s.item
from anxin.observation_pack p
cross join lateral (
    select u.scaled, u.place, (u.place - 1) / p.n + 1 as kind_place, ((u.place - 1) % p.n)::integer + 1 as item
    from unnest(p.scaled) with ordinality as u (scaled, place)
) s
join anxin.observation_kind k on k.code = p.kinds[s.kind_place];

-- The newest value of each device and kind.
create view report.current as
select distinct on (c.device_id, k.code)
    c.device_id, k.name as kind, k.unit, c.time, c.received_at, v.value::double precision as value, c.quality
from anxin.current_state c
cross join lateral unnest(c.kinds, c."values") as v (code, value)
join anxin.observation_kind k on k.code = v.code
order by c.device_id, k.code, c.time desc;

grant select on report.observation, report.current to anxin_report;
