"""Deposits, decided: pure."""
