"""Needs that a person delivers: products of the kind manual, and whatever waits in the manual queue."""
