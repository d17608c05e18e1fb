"""A shop beside us: its orders are read, followed, and delivered where the shop's operator wants it."""
