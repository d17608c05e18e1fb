"""Stock, decided: pure."""
