-- Database roles, the last wall. Re-applied at every migration run; grants name views and tables one by one.
-- The roles themselves are created by migrate.py under a lock (they belong to the whole server, not to one database).

grant usage on schema anxin to anxin_ingest, anxin_analytics, anxin_api;

grant select on anxin.facility, anxin.gateway, anxin.device, anxin.observation_kind to anxin_ingest;
grant select, insert, update on
    anxin.ingest_partition, anxin.watermark, anxin.quarantine, anxin.cursor, anxin.current_state, anxin.gateway_state
    to anxin_ingest;
grant select, insert on anxin.log, anxin.observation_pack, anxin.device_event, anxin.minute to anxin_ingest;
grant select, insert, delete on anxin.hour to anxin_ingest;
grant select, insert, update, delete on anxin.hour_due to anxin_ingest;
grant select on anxin.minute, anxin.hour to anxin_analytics, anxin_api;

grant select on
    anxin.observation_kind, anxin.alert_kind, anxin.region, anxin.facility, anxin.ward, anxin.room, anxin.bed,
    anxin.resident, anxin.stay, anxin.account, anxin.duty, anxin.gateway, anxin.device, anxin.policy,
    anxin.schedule, anxin.log, anxin.observation_pack, anxin.current_state, anxin.device_event, anxin.gateway_state,
    anxin.ingest_partition
    to anxin_analytics;
grant select, insert, update on anxin.cursor, anxin.alert, anxin.outbox, anxin.hold, anxin.task to anxin_analytics;
grant select, insert on anxin.alert_history to anxin_analytics;
grant select, insert, update, delete on anxin.detector_state to anxin_analytics;

grant select on
    anxin.observation_kind, anxin.alert_kind, anxin.region, anxin.facility, anxin.ward, anxin.room, anxin.bed,
    anxin.resident, anxin.stay, anxin.account, anxin.consent, anxin.duty, anxin.gateway, anxin.device, anxin.policy,
    anxin.schedule, anxin.observation_pack, anxin.current_state, anxin.device_event, anxin.gateway_state,
    anxin.quarantine, anxin.ingest_partition, anxin.cursor, anxin.watermark
    to anxin_api;
grant select, insert, update on anxin.alert, anxin.outbox, anxin.hold, anxin.task, anxin.handover to anxin_api;
grant select, insert on anxin.alert_history to anxin_api;
grant select, insert, update, delete on anxin.session to anxin_api;

-- Gateways and devices are added and assigned by people, on the pages.
grant select, insert, update on anxin.gateway_access to anxin_api;
grant insert, update on anxin.gateway, anxin.device to anxin_api;

-- People: absences and swaps, push messages, phone tests, what families may know, what-if.
grant select on anxin.absence, anxin.escalation_plan to anxin_analytics, anxin_api;
grant insert, update on anxin.absence to anxin_api;
grant select, delete on anxin.push_subscription to anxin_analytics;
grant select, insert, update, delete on anxin.push_subscription to anxin_api;
grant select, insert, update on anxin.phone_test to anxin_analytics;
grant select, update on anxin.phone_test to anxin_api;
grant select, insert on anxin.family_release to anxin_api;
grant select, update on anxin.what_if to anxin_analytics;
grant select, insert on anxin.what_if to anxin_api;

-- What is covered: judged by the watch, shown on pages.
grant select, insert, delete on anxin.coverage to anxin_analytics;
grant select on anxin.coverage, anxin.coverage_line to anxin_api;

-- Carers' entries: the api appends them by the one function that may.
grant select on anxin.care_entry to anxin_analytics, anxin_api;
grant execute on function
    anxin.note_entry(integer, text, text, timestamptz, integer, integer, integer, integer, jsonb, timestamptz)
    to anxin_api;
