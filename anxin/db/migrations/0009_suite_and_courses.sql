-- Which rooms are behind one door: a bathroom belongs to whoever sleeps in its suite. Null: a room for everybody.
alter table anxin.room add column suite text;

-- How each condition begins, holds and ends (anxin.courses): written with the rest of the catalogue, never by hand.
alter table anxin.alert_kind
    add column onset text not null default '', add column persistence text not null default '',
    add column hysteresis text not null default '', add column clearing text not null default '';
