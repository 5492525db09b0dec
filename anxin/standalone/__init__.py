"""The whole system on one machine with nothing installed: what `anxin serve` and `anxin demo` share."""
