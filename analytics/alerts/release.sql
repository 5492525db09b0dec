-- name: put_release
-- Releases an alert to the family, once.
insert into anxin.family_release (alert_id, released_at, released_by) values (%(alert_id)s, %(now)s, %(account_id)s)
on conflict (alert_id) do nothing returning alert_id
