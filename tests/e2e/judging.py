"""What must hold after every demo, whatever was done to the system meanwhile."""

from __future__ import annotations

from redress.demo.figures import Figures
from redress.demo.scenes import SCENES


def assert_settled(figures: Figures) -> None:
    """Nothing was given twice, nothing sold that was not there, the books agree, every payable order ended delivered or with a person."""
    assert figures.orders == sum(len(scene.quantities) for scene in SCENES) >= 120
    assert (figures.double_issued, figures.oversold, figures.settlement_difference) == (0, 0, 0)
    assert figures.delivered + figures.manual + figures.unpaid >= figures.orders
    assert figures.delivered >= figures.orders // 2
