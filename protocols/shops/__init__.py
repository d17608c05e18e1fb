"""The databases of the shops that stand beside us: which tables they keep, what their rows mean. Nothing here writes, or connects."""
