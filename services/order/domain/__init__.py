"""What an order, a payment notice and a listed product may do. Pure: no I/O, clock, randomness or settings."""
