-- name: said
-- What each device was heard to measure.
select device_id, array_agg(distinct kind) from anxin.current_state, unnest(kinds) as kind group by device_id

-- name: clear_coverage
-- Forgets what was covered.
delete from anxin.coverage where facility_id = any(%(facilities)s)

-- name: put_coverage
-- One kind for one resident, room or home.
insert into anxin.coverage (facility_id, kind, resident_id, room_id, missing)
values (%(facility)s, %(kind)s, %(resident)s, %(room)s, %(missing)s)
