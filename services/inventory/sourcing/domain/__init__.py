"""Sourcing, decided: pure."""
