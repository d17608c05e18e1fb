"""The store port and its two backends: PostgreSQL for real, memory for tests and the simulation."""
