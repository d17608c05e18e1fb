"""The hostile world: the real declarations and the real core in one process, on a virtual clock, under everything that can go wrong.

`simulate(seeds, start, jobs)` runs worlds and tells what a checker found that reads only stores and logs. See `runner.py`.
"""

from redress.simulation.runner import Report, simulate

__all__ = ["Report", "simulate"]
