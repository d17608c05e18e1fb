"""Suppliers' sites: one port (`port.py`) and one adapter for each protocol they speak (`kinds.py` lists them)."""
