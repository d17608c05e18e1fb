"""Claims, decided: pure."""
