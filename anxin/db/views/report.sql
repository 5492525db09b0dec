-- report.*: what Grafana may read, as the role anxin_report.
grant usage on schema report to anxin_report;
