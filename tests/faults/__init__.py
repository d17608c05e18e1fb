"""Fault drills: the whole house on real servers, under load, while processes, servers and data are taken away from it.

Each service runs in two processes of its own, a writer and a stand-by, behind a balancer. Buyers order and pay without a pause; drills
come one after the other, or two at once, in an order that a seed decides. At the end the stores are judged by the laws of the simulation's
checker, by those of `laws_of_attempts`, and over restores by those of `laws_of_restoring`.

    python -m tests.faults --drills 300 --seed 1 --journal faults.journal

`drills_on_processes`, `drills_aimed`, `drills_on_servers` and `drills_restoring` each hold the drills of one sort; `catalogue` puts them
together.
"""
