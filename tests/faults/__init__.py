"""Fault drills: the whole house on real servers, under load, while processes, servers and data are taken away from it.

Each service runs in two processes of its own, a writer and a stand-by. Buyers order and pay without a pause; drills come one after the
other in an order that a seed decides. At the end the stores are judged by the laws of the simulation's checker.

    python -m tests.faults --drills 250 --seed 1
"""
