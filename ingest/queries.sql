-- name: begin_partition
-- The row that numbers a partition's messages.
insert into anxin.ingest_partition (partition, received_at) values (%(partition)s, %(now)s)
on conflict (partition) do nothing

-- name: lock_partition
-- Makes this writer the only one of its partition until its commit, so that arrival numbers become visible in order.
select next_arrival, received_at from anxin.ingest_partition where partition = %(partition)s for update

-- name: load_watermarks
-- How far some lanes are committed.
select w.facility, w.gateway, w.lane, w.epoch, w.seq
from unnest(%(facility)s::text[], %(gateway)s::text[], %(lane)s::text[], %(epoch)s::text[])
    as k (facility, gateway, lane, epoch)
join anxin.watermark w using (facility, gateway, lane, epoch)

-- name: copy_log
-- Appends messages to the log.
copy anxin.log (partition, arrival, received_at, facility, gateway, lane, epoch, seq, payload) from stdin (format binary)

-- name: begin_lanes
-- The first watermark of new lanes; a lane that is there already is left alone (the caller counts).
insert into anxin.watermark (facility, gateway, lane, epoch, seq, committed_at)
select k.*, %(now)s
from unnest(%(facility)s::text[], %(gateway)s::text[], %(lane)s::text[], %(epoch)s::text[], %(after)s::bigint[])
    as k (facility, gateway, lane, epoch, seq)
on conflict (facility, gateway, lane, epoch) do nothing

-- name: move_lanes
-- Moves watermarks on, each only if it stands where the writer thinks (the caller counts).
update anxin.watermark w set seq = k.after, committed_at = %(now)s
from unnest(%(facility)s::text[], %(gateway)s::text[], %(lane)s::text[], %(epoch)s::text[],
            %(before)s::bigint[], %(after)s::bigint[])
    as k (facility, gateway, lane, epoch, before, after)
where w.facility = k.facility and w.gateway = k.gateway and w.lane = k.lane and w.epoch = k.epoch and w.seq = k.before

-- name: finish_batch
-- Takes the numbers that a batch used, and wakes the readers of the log when it commits.
with taken as (
    update anxin.ingest_partition set next_arrival = %(next_arrival)s, received_at = %(received_at)s
    where partition = %(partition)s
    returning partition
)
select pg_notify('anxin_log', partition::text) from taken

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
