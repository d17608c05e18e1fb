"""The aggregate base."""
