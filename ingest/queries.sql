-- name: begin_partition
-- The row that numbers a partition's messages.
insert into anxin.ingest_partition (partition, received_at) values (%(partition)s, %(now)s)
on conflict (partition) do nothing

-- name: lock_partition
-- Where the numbers of a partition stand; nobody else moves them on until the commit.
select next_arrival, received_at, ordered_from from anxin.ingest_partition where partition = %(partition)s for update

-- name: load_watermarks
-- How far some lanes are committed.
select w.facility, w.gateway, w.lane, w.epoch, w.seq
from unnest(string_to_array(%(facility)s, ','), string_to_array(%(gateway)s, ','), string_to_array(%(lane)s, ','),
            string_to_array(%(epoch)s, ','))
    as k (facility, gateway, lane, epoch)
join anxin.watermark w using (facility, gateway, lane, epoch)

-- name: copy_log
-- Appends messages to the log.
copy anxin.log (partition, arrival, received_at, facility, gateway, lane, epoch, seq, payload) from stdin (format binary)

-- name: finish_batch
-- Takes the numbers that a batch used, if the partition still stands where the writer thinks; moves watermarks on, each
-- only if it stands where the writer thinks, begins those of new lanes (before = 0), and wakes the readers of the log
-- when it commits. One statement, for each costs as much as ten messages. Tells whether the partition stood there, and
-- how many lanes did.
with lane as materialized (
    select * from unnest(string_to_array(%(facility)s, ','), string_to_array(%(gateway)s, ','),
            string_to_array(%(lane)s, ','), string_to_array(%(epoch)s, ','),
            string_to_array(%(before)s, ',')::bigint[], string_to_array(%(after)s, ',')::bigint[])
        as k (facility, gateway, lane, epoch, before, after)
), taken as (
    update anxin.ingest_partition
    set next_arrival = %(next_arrival)s, received_at = %(received_at)s, ordered_from = %(ordered_from)s
    where partition = %(partition)s and next_arrival = %(arrival)s
    returning partition
), moved as (
    update anxin.watermark w set seq = k.after, committed_at = %(received_at)s
    from lane k
    where k.before > 0 and w.facility = k.facility and w.gateway = k.gateway and w.lane = k.lane
        and w.epoch = k.epoch and w.seq = k.before
    returning 1
), begun as (
    insert into anxin.watermark (facility, gateway, lane, epoch, seq, committed_at)
    select facility, gateway, lane, epoch, after, %(received_at)s from lane where before = 0
    on conflict (facility, gateway, lane, epoch) do nothing
    returning 1
)
select (select count(pg_notify('anxin_log', partition::text)) from taken),
    (select count(*) from moved) + (select count(*) from begun)

-- name: listen_names
-- Hears of changes to the facility model.
listen anxin_directory

-- name: quarantine_keys
-- Which rows there are, so that the table stays within its bound.
select facility, gateway, device, reason, digest from anxin.quarantine

-- name: put_quarantine
-- Keeps what was refused, or counts it once more.
insert into anxin.quarantine
    (facility, gateway, device, reason, digest, topic, detail, payload, first_at, last_at, count)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict (facility, gateway, device, reason, digest) do update set
    last_at = greatest(quarantine.last_at, excluded.last_at), count = quarantine.count + excluded.count

-- name: ensure_partition
-- Makes the partition that a moment falls into.
select anxin.ensure_partition(%(table)s, %(moment)s)

-- name: gateway_states
-- What is known of each gateway.
select gateway_id, up, since, heard_at, session, held, dropped from anxin.gateway_state

-- name: put_gateway_states
-- Writes what is known of some gateways. All as one JSON text: as seven arrays it cost the client twenty times as much.
insert into anxin.gateway_state (gateway_id, up, since, heard_at, session, held, dropped)
select s.gateway_id, s.up, s.since, s.heard_at, s.session, s.held, s.dropped
from json_to_recordset(%(states)s::json) as s (gateway_id integer, up boolean, since timestamptz,
    heard_at timestamptz, session text, held bigint, dropped bigint)
on conflict (gateway_id) do update set
    up = excluded.up, since = excluded.since, heard_at = excluded.heard_at, session = excluded.session,
    held = excluded.held, dropped = excluded.dropped

-- name: copy_device_events
-- Appends what is not a sample: calls, detections, device states, births, gaps, link changes.
copy anxin.device_event
    (partition, arrival, item, gateway_id, device_id, time, received_at, type, origin, detail) from stdin

-- name: put_current
-- Shows the newest values of some devices; NaN stands for unknown, values row after row, `width` each. An older time wins
-- only over one that lay in the future.
insert into anxin.current_state (device_id, kinds, time, received_at, "values", quality)
select s.device_id, %(kinds)s::smallint[], timestamptz 'epoch' + s.time_ms * interval '1 millisecond',
       timestamptz 'epoch' + s.received_ms * interval '1 millisecond',
       array_replace((%(values)s::real[])[(s.place - 1) * %(width)s + 1 : s.place * %(width)s], 'NaN', null),
       nullif(s.quality, 'NaN')
from unnest(%(device_id)s::integer[], %(time_ms)s::bigint[], %(received_ms)s::bigint[], %(quality)s::real[])
    with ordinality as s (device_id, time_ms, received_ms, quality, place)
on conflict (device_id, kinds) do update set
    time = excluded.time, received_at = excluded.received_at, "values" = excluded."values", quality = excluded.quality
where excluded.time >= current_state.time or current_state.time > excluded.received_at

-- name: copy_packs
-- Appends packs.
copy anxin.observation_pack
    (minute, device_id, n, start_ms, step_ms, arrival, kinds, offsets, scaled, floats, quality)
from stdin (format binary)

-- name: copy_minutes
-- Appends minutes.
copy anxin.minute (minute, device_id, kinds, n, mean, low, high) from stdin (format binary)

-- name: put_due_hours
-- Notes that hours got new minutes. Also where that is known: the note must not vanish before these minutes are seen.
insert into anxin.hour_due (hour)
select timestamptz 'epoch' + hour_ms * interval '1 millisecond' from unnest(%(hours)s::bigint[]) as due (hour_ms)
on conflict (hour) do update set hour = excluded.hour

-- name: due_hours
-- The hours to be made, of those that begin before a moment.
select hour from anxin.hour_due where hour < %(before)s order by hour limit %(rows)s

-- name: hour_begun
-- Takes the note that an hour is due; waits for whoever is adding minutes to it.
delete from anxin.hour_due where hour = %(hour)s

-- name: drop_hour
-- Takes an hour away, to make it again.
delete from anxin.hour where hour = %(hour)s

-- name: make_hour
-- Makes an hour from its minutes.
insert into anxin.hour (hour, device_id, kinds, n, mean, low, high)
select %(hour)s, device_id, array_agg(kind order by kind), array_agg(n order by kind), array_agg(mean order by kind),
    array_agg(low order by kind), array_agg(high order by kind)
from (
    select m.device_id, u.kind, sum(u.n)::integer as n, (sum(u.mean::double precision * u.n) / sum(u.n))::real as mean,
        min(u.low) as low, max(u.high) as high
    from anxin.minute m
    cross join lateral unnest(m.kinds, m.n, m.mean, m.low, m.high) as u (kind, n, mean, low, high)
    where m.minute >= %(hour)s and m.minute < %(until)s and u.n > 0
    group by m.device_id, u.kind
) by_kind
group by device_id

-- name: slowest_cursor
-- How far the slowest reader of the log has come, by receipt time.
select min(received_at) from anxin.cursor

-- name: drop_partitions
-- Takes away the partitions of a table that end before a moment.
select anxin.drop_partitions_before(%(table)s, %(moment)s)

-- name: wait_briefly
-- Dropping a partition waits for its readers, and makes others wait meanwhile: give up soon and come again.
set lock_timeout = '2s'
