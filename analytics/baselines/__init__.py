"""What is usual for one resident: nightly values and their spread, lengths of night trips, hours of rising. Pure."""
