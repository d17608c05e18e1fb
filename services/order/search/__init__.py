"""After a restore: an order's payment is looked for at its providers before the order may expire. The saga of `domain/search.py`."""
