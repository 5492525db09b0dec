"""Ingest: broker → log and watermark in one transaction → projections of the log (packs, current state, events)."""
