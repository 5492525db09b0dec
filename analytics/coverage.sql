-- name: said
-- What each device was heard to measure.
select device_id, array_agg(distinct kind) from anxin.current_state, unnest(kinds) as kind group by device_id

-- name: clear_coverage
-- Forgets what is written about a home.
delete from anxin.coverage where facility_id = %(facility)s

-- name: written_coverage
-- What is written about a home.
select kind, missing, residents, rooms from anxin.coverage where facility_id = %(facility)s

-- name: copy_coverage
-- Each kind and what is missing, with the residents or rooms for whom it is so.
copy anxin.coverage (facility_id, kind, missing, residents, rooms) from stdin

-- name: listen_directory
-- Hear that the facility model changed.
listen anxin_directory
