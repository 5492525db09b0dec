-- Roll-ups, kept for years. minute: one row for each device, set of kinds and pack (a late pack adds a row to its
-- minute): for kind j the samples with a known value, their mean, the lowest and the highest. hour: one row for each
-- device, made from the minutes.
create table anxin.minute (
    minute timestamptz not null, device_id integer not null, kinds smallint[] not null, n integer[] not null,
    mean real[] not null, low real[] not null, high real[] not null
) partition by range (minute);
-- partitioned anxin.minute minute 7 days
create index minute_device on anxin.minute (device_id, minute);
create table anxin.hour (
    hour timestamptz not null, device_id integer not null, kinds smallint[] not null, n integer[] not null,
    mean real[] not null, low real[] not null, high real[] not null
) partition by range (hour);
-- partitioned anxin.hour hour 91 days
create index hour_device on anxin.hour (device_id, hour);
-- Hours that got new minutes and have to be made (again).
create table anxin.hour_due (hour timestamptz primary key);

-- Pages ask for the devices of a home.
create index device_facility on anxin.device (facility_id);
create index device_resident on anxin.device (resident_id);
create index device_bed on anxin.device (bed_id);
create index room_ward on anxin.room (ward_id);
create index bed_room on anxin.bed (room_id);
