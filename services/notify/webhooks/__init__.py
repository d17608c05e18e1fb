"""Webhooks: addresses of a shop's own, to which what happens to its orders and products is posted (Standard Webhooks)."""
