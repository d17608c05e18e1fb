"""Stand-ins that speak the outside world's wire formats, with switchable faults."""
