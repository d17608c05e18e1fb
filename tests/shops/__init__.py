"""Several shops in one installation: nothing of one is seen or touched by another."""
