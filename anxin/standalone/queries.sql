-- name: stored
-- Messages of the numbered lanes in the log, and the events in them.
select count(*), coalesce(sum(jsonb_array_length(convert_from(payload, 'UTF8')::jsonb -> 'data')), 0)
from anxin.log where lane in ('urgent', 'data')

-- name: quarantined
-- How often something was put aside.
select coalesce(sum(count), 0) from anxin.quarantine

-- name: alerts
-- Alerts by kind, open and resolved.
select kind, count(*) from anxin.alert group by kind order by kind

-- name: sent
-- (SQLite, a spool) Messages numbered, events taken and messages dropped, of both lanes.
select coalesce(sum(next - 1), 0), coalesce(sum(events), 0), coalesce(sum(dropped), 0) from lane

-- name: forget_clock
-- The store's views go by the real clock again.
delete from anxin.simulated_clock

-- name: tell_clock
-- Lets the views that Grafana reads go by the simulated home's clock.
insert into anxin.simulated_clock (origin, anchor, speed) values (%(origin)s, %(anchor)s, %(speed)s)
