-- name: ask_as
-- Says for this transaction which account asks, and when: what family.* may show depends on both.
select set_config('anxin.account', %(account)s::text, true), set_config('anxin.now', %(now)s::text, true)

-- name: residents
-- The residents this relative may see.
select resident_id, name, scopes, heard_at from family.resident order by name, resident_id

-- name: nights
-- Their last nights, the newest first.
select resident_id, night, finished, in_bed, out_of_bed, unknown, times_up, state from family.night
order by resident_id, night desc

-- name: events
-- What happened to them, confirmed by a carer.
select resident_id, kind, onset_at, resolved_at, outcome from family.event order by onset_at desc limit 20
