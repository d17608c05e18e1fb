"""Redress between a payment provider and a shop that takes payments itself: behind it, beside it or in front of it."""
