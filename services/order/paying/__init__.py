"""Payments that are created for an order at a provider, and asked about until the order is paid or its time is over."""
