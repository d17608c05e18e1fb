"""The instruments of the figures; no timing is asserted."""
