-- name: read_log
-- The next messages of a partition behind a position, in the order of commits, cut where they become too many bytes.
-- The condition on received_at only lets older partitions be skipped: it does not decrease within a partition, unless the
-- server's clock was put back behind our position.
select arrival, received_at, facility, gateway, lane, epoch, seq, payload
from (
    select page.*, sum(octet_length(payload)) over (order by arrival) - octet_length(payload) as bytes_before
    from (
        select arrival, received_at, facility, gateway, lane, epoch, seq, payload
        from anxin.log
        where partition = %(partition)s and arrival > %(arrival)s and received_at >= coalesce((
            select case when p.ordered_from <= %(arrival)s then %(received_at)s end
            from anxin.ingest_partition p where p.partition = %(partition)s
        ), '-infinity'::timestamptz)
        order by arrival
        limit %(rows)s
    ) page
) counted
where bytes_before < %(bytes)s
order by arrival

-- name: read_urgent
-- The next urgent messages of a partition behind a position, in the order of commits. As above, but by an index that
-- holds this lane only: what lies between costs nothing.
select arrival, received_at, facility, gateway, lane, epoch, seq, payload
from anxin.log
where partition = %(partition)s and lane = 'urgent' and arrival > %(arrival)s and received_at >= coalesce((
    select case when p.ordered_from <= %(arrival)s then %(received_at)s end
    from anxin.ingest_partition p where p.partition = %(partition)s
), '-infinity'::timestamptz)
order by arrival
limit %(rows)s

-- name: load_cursor
-- How far a consumer has come in a partition.
select arrival, received_at, now from anxin.cursor where consumer = %(consumer)s and partition = %(partition)s

-- name: begin_cursor
-- A consumer's first position.
insert into anxin.cursor (consumer, partition, arrival, received_at, now)
values (%(consumer)s, %(partition)s, %(arrival)s, %(received_at)s, %(now)s)
on conflict (consumer, partition) do nothing

-- name: move_cursor
-- Moves a consumer on, if it still stands where the caller thinks.
update anxin.cursor set arrival = %(arrival)s, received_at = %(received_at)s, now = %(now)s
where consumer = %(consumer)s and partition = %(partition)s and arrival = %(expected)s

-- name: wire_names
-- What gateways and devices are called on the wire, with their numbers; a gateway without devices has one row.
select f.code, f.partition, g.id, g.code, d.id, d.code
from anxin.facility f
join anxin.gateway g on g.facility_id = f.id and g.active
left join anxin.device d on d.gateway_id = g.id and d.active
order by g.id, d.id
