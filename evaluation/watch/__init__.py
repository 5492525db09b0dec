"""Runs the real engine and the real decisions about alerts over a simulated home or a recording, and scores them."""
