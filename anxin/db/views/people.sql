-- report.burden: the alarm burden of each local day, by kind and priority; places and people stay out of it. judged: closed
-- by a person with an outcome that says right or wrong; wrong: false or nothing found; ended_alone: closed by itself.
create view report.burden as
select a.facility_id, a.day, a.kind, a.label_en, a.label_zh, a.class, a.priority, count(*) as alerts,
    count(*) filter (where a.outcome in ('real', 'assisted', 'self_resolved', 'false', 'not_found')) as judged,
    count(*) filter (where a.outcome in ('false', 'not_found')) as wrong,
    count(*) filter (where a.outcome = 'self_cleared') as ended_alone,
    percentile_disc(0.5) within group (order by a.acknowledge_s) as acknowledge_p50_s,
    percentile_disc(0.9) within group (order by a.acknowledge_s) as acknowledge_p90_s,
    percentile_disc(0.5) within group (order by a.arrive_s) as arrive_p50_s,
    percentile_disc(0.9) within group (order by a.arrive_s) as arrive_p90_s
from report.alert a
group by a.facility_id, a.day, a.kind, a.label_en, a.label_zh, a.class, a.priority;

-- Residents of each home at the present, to divide by.
create view report.residents as
select r.facility_id, count(*) as residents
from anxin.stay s join anxin.resident r on r.id = s.resident_id cross join (select report.present() as now) p
where s.starts_at <= p.now and (s.ends_at is null or s.ends_at > p.now)
group by r.facility_id;

grant select on report.burden, report.residents to anxin_report;
