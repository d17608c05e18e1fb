"""Worlds end well, and the same seed is the same world, whatever process runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from redress.simulation.defects import heads_not_polled
from redress.simulation.plan import plan_of
from redress.simulation.runner import KEPT_EVERY, run_seed, simulate
from redress.simulation.shop import install_services
from redress.simulation.world import World

TOLD = "import sys; from redress.simulation.runner import run_seed; print(run_seed(int(sys.argv[1])).digest)"


@pytest.mark.parametrize("seed", range(3_000, 3_010))
def test_a_hostile_world_ends_without_violations(seed: int) -> None:
    assert run_seed(seed).violations == []


@pytest.mark.long
def test_a_seed_replays_exactly_in_another_process_with_other_hashes() -> None:
    for seed in (2, 45):
        told = [
            subprocess.run(
                [sys.executable, "-c", TOLD, str(seed)],
                env={**os.environ, "PYTHONHASHSEED": hashes},
                check=True,
                capture_output=True,
                text=True,
                timeout=120,
            ).stdout
            for hashes in ("1", "2")
        ]
        assert told[0] == told[1] == f"{run_seed(seed).digest}\n"


def test_a_traced_world_is_the_same_world() -> None:
    traced = run_seed(7, is_traced=True)
    assert traced.digest == run_seed(7).digest
    assert any("hostile from here" in line for line in traced.lines)


def test_the_report_ends_with_the_count_of_seeds_and_violations() -> None:
    lines: list[str] = []
    report = simulate(3, start=20, say=lines.append)
    assert lines == ["3 seeds, 0 violations"]
    assert report.violation_count == 0
    assert report.event_count > 100


def test_a_failing_seed_prints_itself_and_how_to_replay_it() -> None:
    lines: list[str] = []
    with heads_not_polled():
        report = simulate(3, start=0, say=lines.append)
    assert report.violation_count > 0
    seed = report.failed[0].seed
    assert any(line.startswith(f"seed {seed}: ") for line in lines)
    assert f"  replay: redress simulate --seeds 1 --start {seed} --trace" in lines
    assert lines[-1] == f"3 seeds, {report.violation_count} violations"


@pytest.mark.long
def test_a_run_that_was_cut_off_goes_on_where_it_was(tmp_path: Path) -> None:
    file, done = tmp_path / "run.json", list[int]()

    class CutOff(Exception):
        pass

    def advance(count: int, violations: int) -> None:
        done.append(count)
        if count == KEPT_EVERY + 1 and len(done) == count:
            raise CutOff

    with pytest.raises(CutOff):
        simulate(KEPT_EVERY + 2, start=60, say=lambda line: None, resume=file, advance=advance)
    report = simulate(KEPT_EVERY + 2, start=60, say=lambda line: None, resume=file, advance=advance)
    assert report.seed_count == KEPT_EVERY + 2
    assert done[-2:] == [KEPT_EVERY + 1, KEPT_EVERY + 2]
    assert len(done) == KEPT_EVERY + 3, "only what was not kept is run again"
    with pytest.raises(ValueError, match=r"run\.json tells of"):
        simulate(3, start=0, say=lambda line: None, resume=file)


@pytest.mark.long
def test_the_first_seeds_visit_the_far_corners_of_the_flow() -> None:
    """A world that never fails a delivery or stocks a late card would prove little."""
    said, noted, steps = set(), set(), 0
    for seed in range(100):
        world = World(plan_of(seed), install_services, is_traced=True)
        steps += sum("the clock is put" in line for line in world.run().lines)
        rows = [row for node in world.nodes.values() for row in node.store.events_after(0, 10**6)]
        said |= {row.type.split(".")[2] for row in rows if row.type}
        noted |= {row.topic for row in rows}
    assert steps > 20
    assert noted >= {
        "inventory.Card.Held",
        "inventory.Need.AwaitsPerson@2",
        "inventory.Need.CalledAgain",
        "inventory.Need.Ending",
        "inventory.Need.RunAgain",
        "inventory.Supplier.Suspended@2",
        "notify.DeliveryQueue.GivenUp",
        "notify.DeliveryQueue.QueuedAgain",
        "notify.Endpoint.Enabled",
        "notify.Endpoint.Recovered",
        "notify.Endpoint.SecretReplaced",
        "order.ChannelWatch.Hidden",
        "order.ChannelWatch.Offered",
        "order.Checkout.TradeNamed",
        "order.Order.PaidAgain",
        "order.PaymentNotice.NotConfirmedYet",
    }
    assert said >= {
        "CardDelivered",
        "CardOpened",
        "ClaimRaised",
        "DeliveryFailed",
        "DeliveryOverdue",
        "NeedClosed",
        "OrderExpired",
        "PaymentDuplicated",
        "PaymentRejected",
        "RedeliveryRequested",
        "SourcingExhausted",
        "SupplierFailedOver",
    }
