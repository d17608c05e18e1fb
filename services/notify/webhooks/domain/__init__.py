"""Endpoints and the queues of deliveries, pure."""
