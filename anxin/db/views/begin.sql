-- Views are dropped and made again at every migration run, each schema by a file of its own in this folder.
-- report.*: what Grafana may read. family.*: what a consented relative may read; the account is the setting anxin.account.

drop schema if exists report cascade;
drop schema if exists family cascade;
create schema report;
create schema family;
