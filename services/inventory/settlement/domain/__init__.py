"""Settlement, decided: pure."""
