-- name: durable
-- Settings of the spool. synchronous = full: a number once given out survives power loss, so it is never given twice.
-- locking_mode = exclusive: a second agent on the same file is refused.
pragma locking_mode = exclusive;
pragma journal_mode = wal;
pragma synchronous = full;

-- name: size
-- Pages of the file.
pragma page_count

-- name: checkpoint
-- Moves the log into the file; the log keeps its room on the disk and begins again.
pragma wal_checkpoint(restart)

-- name: version
-- Which form of spool this is; 0 where the file is new (or from before forms were numbered).
pragma user_version

-- name: check
-- One row that says ok where the file is sound.
pragma quick_check(1)

-- name: create_tables
-- number is the lane's offset plus seq, so that a lane is one contiguous range. gap: first number that a gap covers.
-- rung: the local alarm rang for it. earliest, taken: epoch seconds.
create table if not exists lane (
    name text primary key, epoch text not null, next integer not null, dropped integer not null default 0,
    events integer not null default 0
) strict;
create table if not exists message (
    number integer primary key, gap integer, rung integer not null default 0, earliest real not null,
    taken real not null, payload blob not null
) strict;
create table if not exists note (name text primary key, value blob not null) strict;

-- name: lane
-- Epoch, next number, count of dropped messages and of all events of a lane.
select epoch, next, dropped, events from lane where name = ?

-- name: begin_lane
-- A lane's beginning, or its new beginning under another epoch.
insert or replace into lane (name, epoch, next, dropped, events) values (?, ?, ?, ?, ?)

-- name: save_lane
-- A lane's next number, count of dropped messages and of all events.
update lane set next = ?, dropped = ?, events = ? where name = ?

-- name: extent
-- Count and bytes of the messages of a lane.
select count(*), coalesce(sum(length(payload)), 0) from message where number between ? and ?

-- name: put
-- A message or a gap.
insert into message (number, gap, earliest, taken, payload) values (?, ?, ?, ?, ?)

-- name: after
-- The messages of a lane behind a number, in order.
select number, gap, payload from message where number > ? and number <= ? order by number limit ?

-- name: oldest
-- The oldest messages of a lane with what a gap must say about them; of a gap also the payload.
select number, gap, length(payload), earliest, taken, case when gap is not null then payload end
from message where number between ? and ? order by number

-- name: forget
-- Removes a range of a lane.
delete from message where number between ? and ?

-- name: unrung
-- Urgent messages for which the local alarm has not rung.
select number, taken, payload from message where number > ? and number < 1 << 56 and rung = 0 and gap is null
order by number

-- name: ring
-- The local alarm rang for this message.
update message set rung = 1 where number = ?

-- name: put_note
-- What the agent remembers between two runs.
insert or replace into note (name, value) values (?, ?)

-- name: note
-- What the agent remembered under a name.
select value from note where name = ?
