"""A PostgreSQL and an MQTT broker that pip installs, supervised as children: the embedded default (ADR 2 and 3)."""
