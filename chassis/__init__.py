"""Runs a service declaration on real servers or in a simulation; contains no business word."""
