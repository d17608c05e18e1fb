"""Sourcing: needs for cards, the suppliers that meet them, and the saga between the two."""
