"""Stand-ins for the outside world, speaking its real wire formats, with faults that can be switched on.

`behaviour/` is pure: state machines with the interface `handle(request, now) -> Reaction`, no clock, no
network, no chance of their own. The simulation plugs them in as its transport; `app.py` serves the same
objects over HTTP for the demo and for trials.
"""
