-- family.*: what a consented relative may read, as the role anxin_family. The API sets, for one transaction, who asks
-- (anxin.account) and when (anxin.now). No raw values, no unconfirmed alarms, nobody else's residents; no grant on tables.
grant usage on schema family to anxin_family;

-- The nights of a time zone before a moment, the newest first; a night is from 21:00 to 07:00 local time, the carers'
-- night shift. One that has begun counts.
create or replace function anxin.nights(before timestamptz, zone text, wanted integer)
returns table (night date, starts_at timestamptz, ends_at timestamptz) language sql stable as $$
    select d::date, (d + interval '21 hours') at time zone zone, (d + interval '31 hours') at time zone zone
    from generate_series(0, wanted) as back (days)
    cross join lateral (select date_trunc('day', before at time zone zone) - make_interval(days => days) as d) as local
    where (d + interval '21 hours') at time zone zone <= before
    order by d desc limit wanted
$$;

-- A span of time as a resident's bed saw it: `in`, `out` or `unknown`, without holes. A sample holds until the next one,
-- but only while its device is heard, of whatever kind, as often as it promised (10 minutes without a promise; 90 s at
-- least, as packs are a minute long): an end that nobody saw is unknown.
create or replace function anxin.bed_segments(resident integer, start timestamptz, stop timestamptz)
returns table (starts_at timestamptz, ends_at timestamptz, state text) language sql stable as $$
    with kind as (select code from anxin.observation_kind where name = 'bed_occupied'),
    sensor as (
        select d.id, s.starts_at, s.ends_at, make_interval(secs => greatest(coalesce(d.supervision_s, 600), 90)) as hold
        from anxin.stay s join anxin.device d on d.bed_id = s.bed_id
        where s.resident_id = resident and s.starts_at < stop and (s.ends_at is null or s.ends_at > start)
            and d.kind in ('bed_sensor', 'vitals', 'presence', 'other')
    ),
    heard as (
        select d.id, d.hold, k.code is not null as says, moment.at,
            coalesce(p.scaled[place.first + i.n]::double precision, p.floats[place.first + i.n]) as value
        from sensor d
        join anxin.observation_pack p on p.device_id = d.id and p.minute >= start - interval '1 hour' and p.minute < stop
        left join kind k on k.code = any(p.kinds)
        cross join lateral (select (array_position(p.kinds, k.code) - 1) * p.n as first) as place
        -- The first and last sample of a pack and those that say something new say it all: a pack is shorter than a hold.
        cross join lateral (select p.floats is null and (k.code is null
            or p.scaled[place.first + 1 : place.first + p.n] = array_fill(p.scaled[place.first + 1], array[p.n::integer])
        ) as steady) as whole
        cross join lateral generate_series(1, p.n, case when whole.steady then greatest(p.n - 1, 1) else 1 end) as i (n)
        cross join lateral (select p.minute + make_interval(secs => (
                case when p.offsets is null then p.start_ms + (i.n - 1) * p.step_ms else p.offsets[i.n] + 30000 end
            ) / 1000.0) as at) as moment
        where moment.at >= d.starts_at and (d.ends_at is null or moment.at < d.ends_at)
            and (whole.steady or p.floats is not null or i.n in (1, p.n)
                or p.scaled[place.first + i.n] is distinct from p.scaled[place.first + i.n - 1])
    ),
    speaking as (
        select *, lead(at) over (partition by id order by at) as next_at from heard
        where id in (select id from heard where says)
    ),
    known as (
        select at, case when value is null then 'unknown' when value >= 0.5 then 'in' else 'out' end as state
        from speaking where says
        union all
        select at + hold, 'unknown' from speaking where next_at is null or next_at > at + hold
        union all
        select start - interval '1 hour', 'unknown'
        union all
        select ends_at, 'unknown' from sensor where ends_at is not null
    ),
    pieces as (
        select greatest(at, start) as starts_at, least(coalesce(lead(at) over (order by at), stop), stop) as ends_at, state
        from known where at < stop
    ),
    changes as (
        select *, state is distinct from lag(state) over (order by starts_at, ends_at) as is_new
        from pieces where ends_at > starts_at
    ),
    islands as (select *, count(*) filter (where is_new) over (order by starts_at) as island from changes)
    select min(starts_at), max(ends_at), min(state) from islands group by island order by 1
$$;

revoke all on function anxin.nights, anxin.bed_segments from public;
grant execute on function anxin.nights, anxin.bed_segments to anxin_api;

create function family.account() returns integer language sql stable as $$
    select nullif(current_setting('anxin.account', true), '')::integer
$$;

create function family.moment() returns timestamptz language sql stable as $$
    select coalesce(nullif(current_setting('anxin.now', true), '')::timestamptz, now())
$$;

-- The residents that the asking account has a standing consent for, with its scopes.
create function family.consented()
returns table (resident_id integer, scopes text[], facility_id integer)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select c.resident_id, c.scopes, r.facility_id
    from anxin.consent c
    join anxin.account a on a.id = c.account_id and a.active and a.role = 'relative'
    join anxin.resident r on r.id = c.resident_id and r.facility_id = a.facility_id and r.active
    where c.account_id = family.account() and c.given_at <= family.moment()
        and (c.revoked_at is null or c.revoked_at > family.moment())
$$;

-- The last seven nights of those residents: time in and out of bed, how often up and back again, and one word.
create function family.nights()
returns table (
    resident_id integer, night date, starts_at timestamptz, ends_at timestamptz, finished boolean, in_bed interval,
    out_of_bed interval, unknown interval, times_up integer, state text
) language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select c.resident_id, n.night, n.starts_at, n.ends_at, n.ends_at <= family.moment(), b.in_bed, b.out_of_bed,
        b.unknown, b.times_up, case
            when exists (
                select 1 from anxin.alert a
                where a.resident_id = c.resident_id and a.class = 'physiological' and a.outcome in ('real', 'assisted')
                    and a.onset_at >= n.starts_at and a.onset_at < n.ends_at
            ) then 'attention'
            when b.unknown > (least(n.ends_at, family.moment()) - n.starts_at) / 2 then 'unknown'
            else 'normal' end
    from family.consented() c
    join anxin.facility f on f.id = c.facility_id
    cross join lateral anxin.nights(family.moment(), f.time_zone, 7) n
    cross join lateral (
        select coalesce(sum(s.ends_at - s.starts_at) filter (where s.state = 'in'), interval '0') as in_bed,
            coalesce(sum(s.ends_at - s.starts_at) filter (where s.state = 'out'), interval '0') as out_of_bed,
            coalesce(sum(s.ends_at - s.starts_at) filter (where s.state = 'unknown'), interval '0') as unknown,
            (count(*) filter (where s.state = 'out' and s.before = 'in' and s.after = 'in'))::integer as times_up
        from (
            select *, lag(g.state) over (order by g.starts_at) as before, lead(g.state) over (order by g.starts_at) as after
            from anxin.bed_segments(c.resident_id, n.starts_at, least(n.ends_at, family.moment())) g
        ) s
    ) b
    where 'summary' = any(c.scopes)
$$;

create view family.resident with (security_barrier) as
select r.id as resident_id, r.name, f.name as facility, f.time_zone, c.scopes, (
        select max(s.received_at) from anxin.stay t
        join anxin.device d on d.bed_id = t.bed_id
        join anxin.current_state s on s.device_id = d.id
        where t.resident_id = r.id and t.ends_at is null
    ) as heard_at
from family.consented() c
join anxin.resident r on r.id = c.resident_id
join anxin.facility f on f.id = r.facility_id;

create view family.night with (security_barrier) as select * from family.nights();

-- What happened, once a carer had been there and said so and a nurse has released it; nothing that was false, a test or
-- is still open.
create view family.event with (security_barrier) as
select a.id, a.resident_id, a.kind, k.label_en, k.label_zh, a.onset_at, a.arrived_at, a.resolved_at, a.outcome
from family.consented() c
join anxin.alert a on a.resident_id = c.resident_id
join anxin.alert_kind k on k.name = a.kind
join anxin.family_release x on x.alert_id = a.id and x.released_at <= family.moment()
where 'events' = any(c.scopes) and a.class = 'physiological' and a.outcome in ('real', 'assisted')
    and a.onset_at > family.moment() - interval '30 days';

revoke all on function family.account, family.moment, family.consented, family.nights from public;
grant execute on function family.account, family.moment, family.consented, family.nights to anxin_family;
grant select on family.resident, family.night, family.event to anxin_family;
