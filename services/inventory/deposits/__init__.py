"""Deposits (保证金): what a supplier has left with us against claims, kept as a ledger with a warning line and a floor."""
