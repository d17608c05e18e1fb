"""Telling: what shops, and later people, are told of what happens to their orders."""
