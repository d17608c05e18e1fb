"""Checks of cards and inspections of batches, decided: pure."""
