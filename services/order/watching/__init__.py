"""How payments that are created fare at each provider: a channel that fails is hidden for a while, and comes back on probation."""
