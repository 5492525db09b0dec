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

-- Each minute and hour of a device and kind: how many values are known, their mean, the lowest and the highest. A query
-- gives a range of `time` and the device.
create view report.minute as
select m.minute as time, m.device_id, k.name as kind, k.unit, sum(u.n) as n,
    sum(u.mean::double precision * u.n) / sum(u.n) as mean, min(u.low) as low, max(u.high) as high
from anxin.minute m
cross join lateral unnest(m.kinds, m.n, m.mean, m.low, m.high) as u (code, n, mean, low, high)
join anxin.observation_kind k on k.code = u.code
where u.n > 0
group by m.minute, m.device_id, k.name, k.unit;

create view report.hour as
select h.hour as time, h.device_id, k.name as kind, k.unit, u.n, u.mean::double precision as mean, u.low, u.high
from anxin.hour h
cross join lateral unnest(h.kinds, h.n, h.mean, h.low, h.high) as u (code, n, mean, low, high)
join anxin.observation_kind k on k.code = u.code;

-- The newest value of each device and kind.
create view report.current as
select distinct on (c.device_id, k.code)
    c.device_id, k.name as kind, k.unit, c.time, c.received_at, v.value::double precision as value, c.quality
from anxin.current_state c
cross join lateral unnest(c.kinds, c."values") as v (code, value)
join anxin.observation_kind k on k.code = v.code
order by c.device_id, k.code, c.time desc;

grant select on report.observation, report.minute, report.hour, report.current to anxin_report;
