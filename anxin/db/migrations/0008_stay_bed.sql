-- Who is or was in a bed. Without it a ward's wall reads all stays of a city once for each bed.
create index stay_bed on anxin.stay (bed_id, starts_at);
