-- Which rooms are behind one door: a bathroom belongs to whoever sleeps in its suite. Null: a room for everybody.
alter table anxin.room add column suite text;
